//! The runs: what serves, on which nodes, what was asked for and what came of it. Rows of data.

/// How a run's folder is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `logs/{job}_{x}P_{y}D_{date}/`: everything in one folder, logs end in `.err`.
    Dated,
    /// `outputs/{job}/`: metadata at the top, everything else in `logs/`, logs end in `.out`.
    Numbered,
}

/// Which engine's words the logs have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sglang,
    Trtllm,
    Vllm,
}

impl Engine {
    /// As metadata call it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Engine::Sglang => "sglang",
            Engine::Trtllm => "trtllm",
            Engine::Vllm => "vllm",
        }
    }
}

/// The head of SGLang's lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// `[2026-03-12 14:05:11.896 DP1 TP4 EP4] `
    Fraction,
    /// `[2026-03-12 14:05:11 DP1 TP4] `
    TwoTags,
    /// `[2026-03-12 14:05:11 DP1 TP4 EP4] `
    Full,
    /// `[2026-03-12 14:05:11] `
    Bare,
}

/// One side of a deployment.
#[derive(Clone, Copy)]
pub(super) struct Side {
    /// `prefill`, `decode` or `agg`.
    pub role: &'static str,
    pub workers: u32,
    pub nodes: u32,
    /// GPUs of each worker; they may leave some of a node's idle.
    pub gpus: u32,
    /// Ranks of a worker that log for themselves.
    pub ranks: u32,
    pub head: Head,
    pub nodes_named: &'static [&'static str],
}

/// How fast it is.
#[derive(Clone, Copy)]
pub(super) struct Speed {
    /// Prompt tokens per second of one worker that prefills.
    pub prefill: f64,
    /// A decode step of one worker, s: without requests, and for each request more.
    pub step: (f64, f64),
    /// Requests that one worker decodes together.
    pub seats: f64,
}

/// A run.
pub(super) struct Run {
    pub layout: Layout,
    pub job: u32,
    /// Behind the mark of synthetic data.
    pub name: &'static str,
    pub engine: Engine,
    pub version: &'static str,
    pub model: &'static str,
    pub precision: &'static str,
    /// As metadata and as a driver call the accelerator, and its memory.
    pub gpu: (&'static str, &'static str, &'static str),
    pub container: &'static str,
    pub gpus_per_node: u32,
    pub sides: &'static [Side],
    pub isl: u32,
    pub osl: u32,
    pub planned: &'static [u32],
    /// How many of the planned levels came to an end.
    pub done: usize,
    /// Start of the job, s since 1970.
    pub start: u32,
    pub tags: &'static [&'static str],
    /// What SGLang prefills in one step.
    pub chunk: u32,
    pub speed: Speed,
    /// Whether a description lies beside the results.
    pub described: bool,
    /// Why there are no results.
    pub profiling: bool,
    /// Seconds between two lines of a log.
    pub every: f64,
}

impl Run {
    /// The run's folder below the root.
    pub(super) fn folder(&self) -> String {
        match self.layout {
            Layout::Dated => {
                let count = |role: &str| self.sides.iter().find(|side| side.role == role).map_or(0, |side| side.workers);
                let stamp = super::time::compact(f64::from(self.start), '_');
                format!("logs/{}_{}P_{}D_{stamp}", self.job, count("prefill"), count("decode"))
            }
            Layout::Numbered => format!("outputs/{}", self.job),
        }
    }

    /// Where its logs and results lie.
    pub(super) fn logs(&self) -> String {
        let folder = self.folder();
        if self.layout == Layout::Numbered { format!("{folder}/logs") } else { folder }
    }

    /// The side that does a part of the work: everything, where only one does.
    pub(super) fn side(&self, role: &str) -> Option<&'static Side> {
        self.sides.iter().find(|side| side.role == role).or_else(|| self.sides.iter().find(|side| side.role == "agg"))
    }

    /// Its name.
    pub(super) fn title(&self) -> String {
        format!("{}-{}", crate::record::SYNTHETIC, self.name)
    }
}

const fn side(role: &'static str, workers: u32, nodes: u32, gpus: u32, named: &'static [&'static str]) -> Side {
    Side { role, workers, nodes, gpus, ranks: 2, head: Head::Full, nodes_named: named }
}

/// One prefill worker in front of two decode workers: the more users, the longer they wait for prefill.
const SGLANG: Run = Run {
    layout: Layout::Dated,
    job: 9101,
    name: "sglang-1p2d",
    engine: Engine::Sglang,
    version: "0.5.9",
    model: "DeepSeek-R1-0528",
    precision: "fp8",
    gpu: ("h200-fp8", "NVIDIA H200", "143771 MiB"),
    container: "/containers/lmsysorg+sglang+v0.5.9.sqsh",
    gpus_per_node: 8,
    sides: &[
        Side { head: Head::Fraction, ..side("prefill", 1, 1, 8, &["demo-h200_cn01"]) },
        Side { head: Head::TwoTags, ..side("decode", 2, 2, 8, &["demo-h200_cn02", "demo-h200_cn03"]) },
    ],
    isl: 8192,
    osl: 1024,
    planned: &[16, 32, 64, 128],
    done: 4,
    start: 1_773_324_300,
    tags: &["baseline", "chunk-128k"],
    chunk: 131_072,
    speed: Speed { prefill: 38_000.0, step: (0.015, 0.000_11), seats: 128.0 },
    described: true,
    profiling: false,
    every: 4.0,
};

/// Every run.
pub(super) static RUNS: [Run; 6] = [
    SGLANG,
    // One setting differs, and the job's time was over before the larger levels.
    Run {
        job: 9102,
        name: "sglang-1p2d-chunk-32k",
        sides: &[side("prefill", 1, 1, 8, &["demo-h200_cn01"]), side("decode", 2, 2, 8, &["demo-h200_cn02", "demo-h200_cn03"])],
        done: 2,
        start: 1_773_331_260,
        tags: &["chunk-32k"],
        chunk: 32_768,
        speed: Speed { prefill: 31_000.0, ..SGLANG.speed },
        every: 8.0,
        ..SGLANG
    },
    // Two prefill workers that use half of their nodes, and one decode worker that everybody waits for.
    Run {
        layout: Layout::Numbered,
        job: 770_001,
        name: "trtllm-2p1d",
        engine: Engine::Trtllm,
        version: "1.3.0rc5",
        precision: "fp4",
        gpu: ("gb200", "NVIDIA GB200", "189471 MiB"),
        container: "nvcr.io/nvidia/ai-dynamo/tensorrtllm-runtime:0.9.0",
        gpus_per_node: 4,
        sides: &[
            Side { ranks: 1, ..side("prefill", 2, 2, 2, &["demo-gb200-01", "demo-gb200-02"]) },
            Side { ranks: 1, ..side("decode", 1, 2, 8, &["demo-gb200-03"]) },
        ],
        isl: 4096,
        planned: &[8, 32, 128],
        done: 3,
        start: 1_780_480_800,
        tags: &["decode-bound"],
        speed: Speed { prefill: 45_000.0, step: (0.009, 0.000_25), seats: 96.0 },
        ..SGLANG
    },
    // Two servers that do everything on one node; the largest level is missing.
    Run {
        layout: Layout::Numbered,
        job: 770_002,
        name: "vllm-2a",
        engine: Engine::Vllm,
        version: "0.21.0",
        model: "Qwen3-32B",
        precision: "bf16",
        gpu: ("h100", "NVIDIA H100 80GB HBM3", "81559 MiB"),
        container: "vllm/vllm-openai:v0.21.0",
        sides: &[Side { ranks: 1, ..side("agg", 2, 1, 4, &["demo-h100-01"]) }],
        isl: 1024,
        planned: &[8, 16, 32, 64, 128, 256],
        done: 5,
        start: 1_781_002_200,
        tags: &[],
        speed: Speed { prefill: 20_000.0, step: (0.012, 0.000_09), seats: 256.0 },
        every: 10.0,
        ..SGLANG
    },
    // Somebody kept the results and the logs only.
    Run {
        layout: Layout::Numbered,
        job: 770_003,
        name: "sglang-1p1d-undescribed",
        sides: &[
            Side { ranks: 1, head: Head::Bare, ..side("prefill", 1, 1, 4, &["demo-b200-01"]) },
            Side { ranks: 1, head: Head::Bare, ..side("decode", 1, 1, 4, &["demo-b200-02"]) },
        ],
        isl: 1024,
        planned: &[32, 64],
        done: 2,
        start: 1_781_186_400,
        tags: &[],
        speed: Speed { prefill: 30_000.0, step: (0.011, 0.000_12), seats: 128.0 },
        described: false,
        every: 8.0,
        ..SGLANG
    },
    // A profiling job, which has no results.
    Run {
        layout: Layout::Numbered,
        job: 770_004,
        name: "sglang-1p2d-profile",
        planned: &[],
        done: 0,
        start: 1_781_190_000,
        tags: &[],
        profiling: true,
        ..SGLANG
    },
];
