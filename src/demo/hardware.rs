//! What is benchmarked: accelerators, models, serving engines. Rows of data.
//!
//! Accelerators carry the figures of their public data sheets, models those of their public model cards, both rounded.
//! How much of an accelerator an engine gets out, and how much a release changes, is invented.

/// One accelerator, per device.
pub(super) struct Accelerator {
    pub name: &'static str,
    /// Dense 16-bit FLOP/s.
    pub compute: f64,
    /// How much faster 8-bit arithmetic is.
    pub low_precision: f64,
    /// Memory bandwidth, B/s.
    pub bandwidth: f64,
    /// Memory, B.
    pub memory: f64,
    /// Share of the data-sheet figures that kernels reach.
    pub reached: f64,
    /// Time of a decode step that no arithmetic explains: launches, sampling, collectives, s.
    pub overhead: f64,
}

const TERA: f64 = 1e12;
const GIGA: f64 = 1e9;

pub(super) static ACCELERATORS: [Accelerator; 5] = [
    Accelerator {
        name: "H200",
        compute: 990.0 * TERA,
        low_precision: 1.8,
        bandwidth: 4.8 * TERA,
        memory: 141.0 * GIGA,
        reached: 0.60,
        overhead: 0.0032,
    },
    Accelerator {
        name: "B200",
        compute: 2250.0 * TERA,
        low_precision: 1.8,
        bandwidth: 8.0 * TERA,
        memory: 180.0 * GIGA,
        reached: 0.50,
        overhead: 0.0029,
    },
    Accelerator {
        name: "B300",
        compute: 2500.0 * TERA,
        low_precision: 1.8,
        bandwidth: 8.0 * TERA,
        memory: 288.0 * GIGA,
        reached: 0.54,
        overhead: 0.0027,
    },
    Accelerator {
        name: "MI300X",
        compute: 1307.0 * TERA,
        low_precision: 1.6,
        bandwidth: 5.3 * TERA,
        memory: 192.0 * GIGA,
        reached: 0.43,
        overhead: 0.0041,
    },
    Accelerator {
        name: "TPU",
        compute: 918.0 * TERA,
        low_precision: 1.2,
        bandwidth: 1.64 * TERA,
        memory: 32.0 * GIGA,
        reached: 0.55,
        overhead: 0.0036,
    },
];

/// One model.
pub(super) struct Model {
    pub name: &'static str,
    /// Parameters, all experts.
    pub parameters: f64,
    /// Parameters that one token uses.
    pub active: f64,
    /// Bytes per parameter.
    pub width: f64,
    /// Bytes of KV cache per token.
    pub cache: f64,
    /// Tensor parallelism it is usually measured with.
    pub tp: u32,
    /// Whether 8-bit (or narrower) arithmetic applies.
    pub low_precision: bool,
}

const BILLION: f64 = 1e9;

pub(super) static MODELS: [Model; 8] = [
    Model {
        name: "openai/gpt-oss-120b",
        parameters: 117.0 * BILLION,
        active: 5.1 * BILLION,
        width: 0.54,
        cache: 37_000.0,
        tp: 4,
        low_precision: true,
    },
    Model {
        name: "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic",
        parameters: 70.6 * BILLION,
        active: 70.6 * BILLION,
        width: 1.0,
        cache: 164_000.0,
        tp: 4,
        low_precision: true,
    },
    Model {
        name: "meta-llama/Llama-3.3-70B-Instruct",
        parameters: 70.6 * BILLION,
        active: 70.6 * BILLION,
        width: 2.0,
        cache: 328_000.0,
        tp: 4,
        low_precision: false,
    },
    Model {
        name: "Qwen/Qwen3-235B-A22B-Instruct-2507",
        parameters: 235.0 * BILLION,
        active: 22.0 * BILLION,
        width: 2.0,
        cache: 192_000.0,
        tp: 8,
        low_precision: false,
    },
    Model {
        name: "deepseek-ai/DeepSeek-R1-0528",
        parameters: 671.0 * BILLION,
        active: 37.0 * BILLION,
        width: 1.0,
        cache: 70_000.0,
        tp: 8,
        low_precision: true,
    },
    Model {
        name: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
        parameters: 400.0 * BILLION,
        active: 17.0 * BILLION,
        width: 1.0,
        cache: 196_000.0,
        tp: 8,
        low_precision: true,
    },
    Model {
        name: "mistralai/Ministral-3-14B-Instruct-2512",
        parameters: 14.0 * BILLION,
        active: 14.0 * BILLION,
        width: 1.0,
        cache: 164_000.0,
        tp: 1,
        low_precision: true,
    },
    Model {
        name: "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8",
        parameters: 31.6 * BILLION,
        active: 3.5 * BILLION,
        width: 1.0,
        cache: 8_000.0,
        tp: 1,
        low_precision: true,
    },
];

/// How a release's arguments are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Vllm,
    Sglang,
    TrtLlm,
}

/// One release of a serving engine.
pub(super) struct Engine {
    pub version: &'static str,
    pub family: Family,
    /// Decode speed relative to the oldest release.
    pub decode: f64,
    /// Prefill speed relative to the oldest release.
    pub prefill: f64,
    /// When it was benchmarked, ms since the epoch.
    pub measured: u64,
    /// Image tag; the host is one that can never exist (RFC 2606), as the image does not.
    pub image: &'static str,
    /// Whether its results name the tool's version: those of the oldest were made before GuideLLM 0.4 and do not.
    pub names_tool: bool,
}

const fn engine(
    version: &'static str,
    family: Family,
    speeds: (f64, f64),
    day: u64,
    image: &'static str,
    names_tool: bool,
) -> Engine {
    // Days are counted from 2026-01-01T06:00:00Z.
    let measured = 1_767_247_200_000 + day * 86_400_000;
    Engine { version, family, decode: speeds.0, prefill: speeds.1, measured, image, names_tool }
}

pub(super) static ENGINES: [Engine; 11] = [
    engine("RHAIIS-3.3", Family::Vllm, (1.00, 1.00), 12, "demo.invalid/rhaiis/vllm-rhel9:3.3.0", false),
    engine("RHAIIS-3.4-EA1", Family::Vllm, (1.04, 1.03), 47, "demo.invalid/rhaiis/vllm-rhel9:3.4.0-ea.1", true),
    engine("RHAIIS-3.4-EA2", Family::Vllm, (1.05, 1.09), 75, "demo.invalid/rhaiis/vllm-rhel9:3.4.0-ea.2", true),
    engine("RHAIIS-3.4-GA", Family::Vllm, (1.10, 1.11), 103, "demo.invalid/rhaiis/vllm-rhel9:3.4.0", true),
    engine("RHAIIS-3.5-EA1", Family::Vllm, (1.15, 1.14), 145, "demo.invalid/rhaiis/vllm-rhel9:3.5.0-ea.1", true),
    engine("RHAIIS-3.5-EA2", Family::Vllm, (1.22, 1.22), 180, "demo.invalid/rhaiis/vllm-rhel9:3.5.0-ea.2", true),
    engine("vLLM-0.19.1", Family::Vllm, (1.13, 1.12), 138, "demo.invalid/vllm/vllm-openai:v0.19.1", true),
    engine("vLLM-0.21.0", Family::Vllm, (1.19, 1.21), 172, "demo.invalid/vllm/vllm-openai:v0.21.0", true),
    engine("vLLM-0.21.0-optimized", Family::Vllm, (1.29, 1.27), 174, "demo.invalid/vllm/vllm-openai:v0.21.0", true),
    engine("sglang-0.5.11", Family::Sglang, (1.17, 1.30), 176, "demo.invalid/lmsysorg/sglang:v0.5.11", true),
    engine("TRT-LLM-1.3.0rc13", Family::TrtLlm, (1.27, 1.24), 178, "demo.invalid/nvidia/tensorrt-llm/release:1.3.0rc13", true),
];

/// What a release does to one model on one accelerator, beyond its general speed: (version, model, accelerator, decode
/// factor, prefill factor). The first is the demo data's deliberate regression.
pub(super) static PECULIAR: [(&str, &str, &str, f64, f64); 5] = [
    ("RHAIIS-3.5-EA2", "openai/gpt-oss-120b", "MI300X", 0.74, 0.85),
    ("RHAIIS-3.5-EA2", "deepseek-ai/DeepSeek-R1-0528", "B200", 1.16, 1.10),
    ("RHAIIS-3.5-EA1", "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "B200", 1.07, 1.02),
    ("RHAIIS-3.4-GA", "openai/gpt-oss-120b", "H200", 1.04, 1.00),
    ("vLLM-0.21.0", "Qwen/Qwen3-235B-A22B-Instruct-2507", "H200", 0.95, 0.97),
];

impl Accelerator {
    pub(super) fn named(name: &str) -> Option<&'static Accelerator> {
        ACCELERATORS.iter().find(|row| row.name == name)
    }
}

impl Model {
    pub(super) fn named(name: &str) -> Option<&'static Model> {
        MODELS.iter().find(|row| row.name == name)
    }

    /// Bytes of all weights.
    pub(super) fn weights(&self) -> f64 {
        self.parameters * self.width
    }
}

impl Engine {
    pub(super) fn named(version: &str) -> Option<&'static Engine> {
        ENGINES.iter().find(|row| row.version == version)
    }

    /// Whether the engine runs on an accelerator at all.
    pub(super) fn runs_on(&self, accelerator: &Accelerator) -> bool {
        match self.family {
            Family::Vllm => true,
            Family::Sglang => accelerator.name != "TPU",
            Family::TrtLlm => matches!(accelerator.name, "H200" | "B200" | "B300"),
        }
    }
}
