//! One measurement as the 52 cells of a consolidated row.

use super::hardware::Family;
use super::plan::{Accident, Run};
use super::random::{Random, exp};
use super::serving::{Noise, Steady, seats};
use crate::record::SYNTHETIC;

/// How many columns a row has.
pub(super) const COLUMNS: usize = 52;

/// A row: column names and cells, in the importer's order.
pub(super) type Row = [(&'static str, String); COLUMNS];

/// Standard normal quantiles.
const P1: f64 = -2.326_348;
const P95: f64 = 1.644_854;
const P99: f64 = 2.326_348;
const P99_9: f64 = 3.090_232;
/// Where the fastest and the slowest of some hundreds or thousands of requests lie.
const EXTREME: f64 = 3.3;

/// Lognormal: a mean and the standard deviation of the logarithm.
#[derive(Clone, Copy)]
struct Spread {
    mean: f64,
    sigma: f64,
}

impl Spread {
    fn quantile(self, z: f64) -> f64 {
        self.mean * exp(self.sigma * z - self.sigma * self.sigma / 2.0)
    }
}

/// One level's figures before they are written.
struct Figures {
    /// ms.
    ttft: Spread,
    /// ms.
    itl: Spread,
    output: f64,
    /// Whether the tool's “time per output token” has the first one in it.
    first_counts: bool,
    rps: f64,
    in_flight: f64,
    successful: u64,
    errored: u64,
}

impl Figures {
    fn of(run: &Run, users: u32, seed: u64) -> Figures {
        let mut random = Random::named(seed, &format!("{} {} {users}", run.name(), run.repeat));
        let noise = Noise { decode: random.around(0.01), prefill: random.around(0.01) };
        let steady = run.deployment.steady(run.task.demand(), f64::from(users), noise);
        // A lone user's first token depends on little else than chance.
        let first = if users == 1 { random.around(0.05) } else { 1.0 };
        let crowd = 0.25 * (1.0 - 1.0 / f64::from(users)) + if steady.seat_wait > 0.0 { 0.15 } else { 0.0 };
        let data = if run.task.dataset.is_empty() { 0.0 } else { 0.2 };
        let ttft_sigma = (0.1 + data + crowd + 0.4 * steady.prefill_share) * random.around(0.1);
        let itl_sigma = (0.012 + data / 4.0 + 0.07 * steady.prefill_share) * random.around(0.1);
        let output = run.task.output.0;
        let latency = steady.ttft + (output - 1.0) * steady.gap;
        // Requests cut off at the ends of the window leave it a little less than full.
        let full = 1.0 - (0.003 + 0.12 * (latency / run.task.seconds).min(1.0)) * random.around(0.1);
        let sent = steady.rps * full;
        let failed = failing(run, users, &steady) * random.around(0.2);
        let rps = sent * (1.0 - failed);
        Figures {
            ttft: Spread { mean: 1000.0 * steady.ttft * first, sigma: ttft_sigma },
            itl: Spread { mean: 1000.0 * steady.gap, sigma: itl_sigma },
            output,
            first_counts: run.deployment.engine.names_tool,
            rps,
            in_flight: f64::from(users) * full,
            successful: (rps * run.task.seconds).max(1.0) as u64,
            errored: (sent * failed * run.task.seconds) as u64,
        }
    }

    /// End-to-end latency at a quantile, s: slow first tokens and slow gaps are taken to meet in the same requests.
    fn latency(&self, z: f64) -> f64 {
        (self.ttft.quantile(z) + (self.output - 1.0) * self.itl.quantile(z)) / 1000.0
    }

    /// GuideLLM's “time per output token” at a quantile, ms: from 0.4 on the first token and its wait count, before they
    /// did not.
    fn tpot(&self, z: f64) -> f64 {
        let first = if self.first_counts { self.ttft.quantile(z) } else { 0.0 };
        (first + (self.output - 1.0) * self.itl.quantile(z)) / self.output
    }
}

/// The share of requests that fail.
fn failing(run: &Run, users: u32, steady: &Steady) -> f64 {
    match (run.accident, users) {
        (Accident::Failures, 650..) => 0.14,
        (Accident::Failures, 500..) => 0.08,
        (Accident::Failures, 400..) => 0.021,
        // A client's patience ends: the longer the wait for a seat, the more often.
        _ if steady.seat_wait > 20.0 => 0.03 * steady.seat_wait / (steady.seat_wait + 300.0),
        (_, 500..) if steady.prefill_share > 0.6 => 0.0009,
        _ => 0.0,
    }
}

/// A count or a degree in a column that has blanks: data frames hold it as a float.
fn float(value: Option<u32>) -> String {
    value.map(|value| format!("{value}.0")).unwrap_or_default()
}

/// Rounded to a decimal, as percentiles of clock readings come.
fn rounded(value: f64, scale: f64) -> String {
    format!("{:?}", (value * scale).round() / scale)
}

fn ms(value: f64) -> String {
    rounded(value, 1e3)
}

fn exact(value: f64) -> String {
    format!("{value:?}")
}

/// The arguments in the engine's own style. The regression of the newest release comes with another attention backend,
/// so that a comparison of arguments finds it.
fn arguments(run: &Run) -> String {
    let (d, t) = (&run.deployment, &run.task);
    let (tp, dp, batch) = (d.tp.unwrap_or(1), d.dp.unwrap_or(1), seats(d.accelerator));
    let length = t.turns.map_or((t.prompt.1 + t.output.1) as u32, |(turns, prefix, _)| prefix + turns * (t.isl + t.osl)) + 248;
    match d.engine.family {
        Family::Vllm => {
            let data = if dp > 1 { format!("data-parallel-size: {dp}; ") } else { String::new() };
            let caching =
                if t.prefix_caching == "yes" { "enable-prefix-caching: true" } else { "no-enable-prefix-caching: true" };
            let drafts = if t.spec_decoding.is_empty() {
                ""
            } else {
                "; speculative-config: {\"method\": \"eagle3\", \"num_speculative_tokens\": 3}"
            };
            let cache = if d.model.low_precision { "fp8" } else { "auto" };
            let backend = match (d.accelerator.name, d.engine.version) {
                ("MI300X", "RHAIIS-3.5-EA2") => "; attention-backend: TRITON_ATTN",
                ("MI300X", _) => "; attention-backend: ROCM_AITER_FA",
                (_, "vLLM-0.21.0-optimized") => {
                    "; max-num-batched-tokens: 16384; cuda-graph-sizes: 1024; attention-backend: FLASHINFER"
                }
                _ => "",
            };
            format!(
                "tensor-parallel-size: {tp}; {data}max-model-len: {length}; gpu-memory-utilization: 0.9; kv-cache-dtype: {cache}; \
                 max-num-seqs: {batch}; async-scheduling: true; {caching}; dtype: auto; trust-remote-code: true\
                 {backend}{drafts}"
            )
        }
        Family::Sglang => format!(
            "tp-size: {tp}; dp-size: {dp}; context-length: {length}; mem-fraction-static: 0.9; max-running-requests: {batch}; \
             chunked-prefill-size: 8192; disable-radix-cache: true; attention-backend: fa3; trust-remote-code: true"
        ),
        Family::TrtLlm => format!(
            "tp_size: {tp}; max_seq_len: {length}; max_batch_size: {batch}; max_num_tokens: 16384; kv_cache_config.dtype: fp8; \
             kv_cache_config.free_gpu_memory_fraction: 0.9; kv_cache_config.enable_block_reuse: false; \
             cuda_graph_config.enable_padding: true; enable_chunked_prefill: true; backend: pytorch"
        ),
    }
}

/// The row of one level. `start` is when the run began, ms since the epoch.
pub(super) fn row(run: &Run, users: u32, start: u64, seed: u64) -> Row {
    let (d, t) = (&run.deployment, &run.task);
    let f = Figures::of(run, users, seed);
    let layout = match (d.tp, d.dp) {
        (tp, None) => float(tp).trim_end_matches(".0").to_owned(),
        (None, Some(dp)) => format!("dp{dp}"),
        (Some(tp), Some(dp)) => format!("tp{tp}dp{dp}"),
    };
    let (turns, prefix_tokens, prefix_count) = t.turns.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
    let end = start + (t.levels.len() as f64 * (t.seconds + 41.0) * 1000.0) as u64;
    let produced = f.rps * t.output.0;
    let uuid = Random::named(seed, &format!("run {} {}", run.name(), run.repeat)).uuid();
    let chat = !t.dataset.is_empty() || t.turns.is_some();
    let mut row: Row = [
        ("run", format!("{SYNTHETIC}-{}-{}-{layout}", d.accelerator.name, d.model.name)),
        ("accelerator", d.accelerator.name.to_owned()),
        ("model", d.model.name.to_owned()),
        ("version", d.engine.version.to_owned()),
        ("prompt toks", t.isl.to_string()),
        ("output toks", t.osl.to_string()),
        ("TP", float(d.tp)),
        ("measured concurrency", exact(f.in_flight)),
        ("intended concurrency", users.to_string()),
        ("measured rps", exact(f.rps)),
        ("output_tok/sec", exact(produced)),
        ("total_tok/sec", exact(produced + f.rps * t.prompt.0)),
        ("prompt_token_count_mean", exact(t.prompt.0)),
        ("prompt_token_count_p99", exact(t.prompt.1)),
        ("output_token_count_mean", exact(t.output.0)),
        ("output_token_count_p99", exact(t.output.1)),
        ("ttft_median", ms(f.ttft.quantile(0.0))),
        ("ttft_p95", ms(f.ttft.quantile(P95))),
        ("ttft_p1", ms(f.ttft.quantile(P1))),
        ("ttft_p999", ms(f.ttft.quantile(P99_9))),
        ("tpot_median", ms(f.tpot(0.0))),
        ("tpot_p95", ms(f.tpot(P95))),
        ("tpot_p99", ms(f.tpot(P99))),
        ("tpot_p999", ms(f.tpot(P99_9))),
        ("tpot_p1", ms(f.tpot(P1))),
        ("itl_median", ms(f.itl.quantile(0.0))),
        ("itl_p95", ms(f.itl.quantile(P95))),
        ("itl_p999", ms(f.itl.quantile(P99_9))),
        ("itl_p1", ms(f.itl.quantile(P1))),
        ("request_latency_median", rounded(f.latency(0.0), 1e6)),
        ("request_latency_min", rounded(f.latency(-EXTREME), 1e6)),
        ("request_latency_max", rounded(f.latency(EXTREME), 1e6)),
        ("successful_requests", f.successful.to_string()),
        ("errored_requests", f.errored.to_string()),
        ("uuid", uuid),
        ("ttft_mean", exact(f.ttft.mean)),
        ("ttft_p99", ms(f.ttft.quantile(P99))),
        ("itl_mean", exact(f.itl.mean)),
        ("itl_p99", ms(f.itl.quantile(P99))),
        ("runtime_args", arguments(run)),
        ("guidellm_start_time_ms", start.to_string()),
        ("guidellm_end_time_ms", end.to_string()),
        ("image_tag", d.engine.image.to_owned()),
        ("guidellm_version", if d.engine.names_tool { "v0.5.1".to_owned() } else { String::new() }),
        ("DP", float(d.dp)),
        ("dataset", t.dataset.to_owned()),
        ("spec_decoding", t.spec_decoding.to_owned()),
        ("prefix_caching", t.prefix_caching.to_owned()),
        ("turns", float(turns)),
        ("prefix_tokens", float(prefix_tokens)),
        ("prefix_count", float(prefix_count)),
        ("request_type", if chat { "chat_completions" } else { "completions" }.to_owned()),
    ];
    let mut random = Random::named(seed, &format!("blank {} {users}", run.name()));
    for (name, cell) in &mut row {
        let blank = match run.accident {
            Accident::Blanks => OPTIONAL.contains(name) && random.unit() < 0.04,
            Accident::Gaps => users == 300 && *name == "output_tok/sec",
            Accident::None | Accident::Failures | Accident::Doubled => false,
        };
        if blank {
            cell.clear();
        }
    }
    row
}

/// Columns in which real tables have blank cells.
const OPTIONAL: [&str; 14] = [
    "measured concurrency",
    "measured rps",
    "prompt_token_count_p99",
    "output_token_count_p99",
    "ttft_p1",
    "ttft_p999",
    "tpot_p999",
    "tpot_p1",
    "itl_p999",
    "itl_p1",
    "itl_p99",
    "request_latency_min",
    "runtime_args",
    "image_tag",
];
