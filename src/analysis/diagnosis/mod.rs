//! Why a server is slow: ten rules over its history and over a sweep of loads, each with the figures that it rests on.
//!
//! The rules, their thresholds and their test vectors: `../shared/formats/aiperf-and-dynamo.md` §5.6. No rule gives a
//! verdict from one figure alone: a full KV cache is normal where nothing waits, and a busy GPU where it keeps up.
//! The file knows no table: a history is its moments, a sweep its levels.

mod history;
mod load;
mod short;
mod thresholds;
mod throttle;

pub use history::{History, Moment};
pub use load::{Attempts, Drift, Limits, Pressure};
pub use short::in_short;
pub use thresholds::{THRESHOLDS, Threshold, Thresholds};
pub use throttle::{GpuHistory, GpuMoment};

use super::sweep::Level;
use crate::catalog::number;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Requests wait because the KV cache is full.
    KvCacheWall,
    /// Requests wait although the KV cache has room: a limit of the scheduler.
    AdmissionCap,
    /// The GPUs compute as fast as they can.
    ComputeWall,
    /// The GPUs' memory is read as fast as it can be.
    MemoryBandwidthWall,
    /// Prefill or the router is saturated while decode has room.
    PrefillQueueWall,
    /// A latency is over its limit even where nothing waits.
    LatencyFloor,
    /// The load generator fell short of the requested load.
    LoadGeneratorLimit,
    /// GPUs run below their clock for power or heat.
    ThermalPowerThrottle,
    /// Requests failed.
    Errors,
    /// The figures changed during the run.
    NotSteady,
}

impl Rule {
    /// Every rule, in the order of reports.
    pub const ALL: [Rule; 10] = [
        Rule::KvCacheWall,
        Rule::AdmissionCap,
        Rule::ComputeWall,
        Rule::MemoryBandwidthWall,
        Rule::PrefillQueueWall,
        Rule::LatencyFloor,
        Rule::LoadGeneratorLimit,
        Rule::ThermalPowerThrottle,
        Rule::Errors,
        Rule::NotSteady,
    ];

    /// Name in links and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Rule::KvCacheWall => "kv-cache-wall",
            Rule::AdmissionCap => "admission-cap",
            Rule::ComputeWall => "compute-wall",
            Rule::MemoryBandwidthWall => "memory-bandwidth-wall",
            Rule::PrefillQueueWall => "prefill-queue-wall",
            Rule::LatencyFloor => "latency-floor",
            Rule::LoadGeneratorLimit => "load-generator-limit",
            Rule::ThermalPowerThrottle => "thermal-power-throttle",
            Rule::Errors => "errors",
            Rule::NotSteady => "not-steady",
        }
    }

    /// Name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Rule::KvCacheWall => "KV-cache wall",
            Rule::AdmissionCap => "Admission cap",
            Rule::ComputeWall => "Compute wall",
            Rule::MemoryBandwidthWall => "Memory-bandwidth wall",
            Rule::PrefillQueueWall => "Prefill or queue wall",
            Rule::LatencyFloor => "Latency floor",
            Rule::LoadGeneratorLimit => "Load-generator limit",
            Rule::ThermalPowerThrottle => "Thermal or power throttling",
            Rule::Errors => "Errors",
            Rule::NotSteady => "Unsteady run",
        }
    }

    /// What helps.
    pub const fn advice(self) -> &'static str {
        match self {
            Rule::KvCacheWall => {
                "Give the KV cache more room: more tensor parallelism, an FP8 KV cache, weights of lower precision or a higher \
                 gpu_memory_utilization; or use less of it: a smaller max_model_len, KV offload to the host, more replicas."
            }
            Rule::AdmissionCap => {
                "Raise the scheduler's limits (max_num_seqs, max_num_batched_tokens; max-running-requests of SGLang), or add \
                 replicas: the KV cache has room."
            }
            Rule::ComputeWall => {
                "The GPUs are the limit: more GPUs or replicas, weights of lower precision, or speculative decoding if the batches \
                 are small."
            }
            Rule::MemoryBandwidthWall => {
                "Reading weights and KV cache is the limit: quantize the weights or the KV cache, use more tensor parallelism or \
                 larger batches, or speculative decoding."
            }
            Rule::PrefillQueueWall => {
                "Decode has room: add prefill workers or separate prefill from decode, use prefix caching, or larger chunks of prefill."
            }
            Rule::LatencyFloor => {
                "A lower load will not help: more tensor parallelism, a smaller or quantized model, chunked prefill or prefix caching."
            }
            Rule::LoadGeneratorLimit => {
                "Run the load generator with more workers or on another machine: until then all conclusions of these levels are weak."
            }
            Rule::ThermalPowerThrottle => {
                "Check cooling and the power limit (nvidia-smi -q -d PERFORMANCE): clocks below their maximum cost throughput."
            }
            Rule::Errors => "Look at the failed requests first: figures of the others flatter a server that drops load.",
            Rule::NotSteady => {
                "Run longer, discard the warm-up, or lower the load: while a queue grows, means depend on when the run ends."
            }
        }
    }

    /// What is needed to decide it.
    pub const fn needs(self) -> &'static str {
        match self {
            Rule::KvCacheWall => "KV-cache usage, running and waiting requests over time (at least 12 samples under load)",
            Rule::AdmissionCap => "waiting and running requests and KV-cache usage over time (at least 12 samples under load)",
            Rule::ComputeWall => {
                "a sweep of three or more concurrencies with ITL and throughput, or GPU utilisation beside ITL and running requests over time"
            }
            Rule::MemoryBandwidthWall => {
                "DRAM and SM activity (DCGM_FI_PROF_DRAM_ACTIVE, …_SM_ACTIVE) beside a sweep or ITL over time"
            }
            Rule::PrefillQueueWall => "a sweep of three or more concurrencies with throughput, TTFT and ITL",
            Rule::LatencyFloor => "a level at concurrency 1 with at least 10 requests and median latencies",
            Rule::LoadGeneratorLimit => {
                "levels with throughput, mean E2E latency and at least 5 requests per user; of request rates two or more, with 20 requests each"
            }
            Rule::ThermalPowerThrottle => {
                "SM clocks (at least 12 samples at work) beside power and its limit, or the counters of throttled time"
            }
            Rule::Errors => "counts of completed and failed requests",
            Rule::NotSteady => "single requests with their start, or TTFT over time",
        }
    }
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Figures that it needs are missing.
    InsufficientData,
    /// The figures speak against it.
    NotSeen,
    /// Most signals hold.
    Likely,
    /// All signals hold.
    Confirmed,
}

impl Verdict {
    /// Name in links and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Verdict::InsufficientData => "insufficient-data",
            Verdict::NotSeen => "not-seen",
            Verdict::Likely => "likely",
            Verdict::Confirmed => "confirmed",
        }
    }

    /// Name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Verdict::InsufficientData => "not enough data",
            Verdict::NotSeen => "not seen",
            Verdict::Likely => "likely",
            Verdict::Confirmed => "confirmed",
        }
    }
}

/// One figure that a verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// What it is.
    pub what: String,
    /// Its value; `None` where it is not known.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// What it is held against, in words: `≥ 50%`.
    pub bound: String,
    /// Whether it holds; `None` where it is not known.
    pub holds: Option<bool>,
}

impl Signal {
    /// What it is and its value: `TTFT, median at concurrency 1: 12.4 s`.
    pub fn in_words(&self) -> String {
        let value = self.value.map_or_else(|| "unknown".to_owned(), |value| number::measure(value, self.unit));
        format!("{}: {value}", self.what)
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its verdict.
    pub verdict: Verdict,
    /// What it rests on.
    pub signals: Vec<Signal>,
    /// What else can be said: where the limit lies; empty for nothing.
    pub remark: String,
    /// The moments that show it, s.
    pub marks: Vec<f64>,
}

impl Finding {
    fn new(rule: Rule, verdict: Verdict, signals: Vec<Signal>) -> Finding {
        Finding { rule, verdict, signals, remark: String::new(), marks: Vec::new() }
    }

    fn insufficient(rule: Rule) -> Finding {
        Finding::new(rule, Verdict::InsufficientData, Vec::new())
    }

    /// The more certain of two findings of one rule.
    #[must_use]
    fn or(self, other: Finding) -> Finding {
        if other.verdict > self.verdict { other } else { self }
    }
}

/// Everything known of one engine, or of one run.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The engine over time.
    pub history: Option<History>,
    /// Its GPUs over time.
    pub gpus: Vec<GpuHistory>,
    /// Its levels of asked concurrency, in order; of one configuration.
    pub closed: Vec<Level>,
    /// Its levels of an asked request rate, in order.
    pub open: Vec<Level>,
    /// Limits on latencies.
    pub limits: Limits,
    /// What is known of failures, by level or source.
    pub attempts: Vec<Attempts>,
    /// How the figures changed during each level.
    pub drifts: Vec<Drift>,
    /// How hard the GPUs worked at the highest level.
    pub top: Pressure,
    /// Whether the KV cache of one of its engines was found full.
    pub cache_full: bool,
}

/// Every rule's finding.
pub fn diagnose(of: &Evidence, thresholds: &Thresholds) -> Vec<Finding> {
    let history = of.history.as_ref();
    let wall = history.map_or_else(|| Finding::insufficient(Rule::KvCacheWall), |history| history.kv_cache_wall(thresholds));
    let full = of.cache_full || wall.verdict >= Verdict::Likely;
    let cap = history.map_or_else(|| Finding::insufficient(Rule::AdmissionCap), |history| history.admission_cap(thresholds));
    let over_time = |rule| history.map_or_else(|| Finding::insufficient(rule), |history| history.hardware_wall(rule, thresholds));
    let hardware = |rule| load::hardware_wall(rule, &of.closed, of.top, full, thresholds).or(over_time(rule));
    let throttling = throttle::throttling(&of.gpus, thresholds);
    let mut compute = hardware(Rule::ComputeWall);
    if compute.verdict >= Verdict::Likely && throttling.verdict >= Verdict::Likely {
        compute.remark = format!("{} Its GPUs throttle: mend that first.", compute.remark).trim().to_owned();
    }
    vec![
        wall,
        cap,
        compute,
        hardware(Rule::MemoryBandwidthWall),
        load::prefill_queue_wall(&of.closed),
        load::latency_floor(&of.closed, &of.limits),
        load::generator_limit(&of.closed, &of.open),
        throttling,
        load::errors(&of.attempts, thresholds),
        load::not_steady(&of.drifts, thresholds),
    ]
}

/// The value below which a share of some numbers lies, linear between them; `None` of none.
fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> Option<f64> {
    use crate::sorting::Sorting;
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.order_by(f64::total_cmp);
    let at = share * (values.len().checked_sub(1)? as f64);
    let (low, high) = (values.get(at.floor() as usize)?, values.get(at.ceil() as usize)?);
    Some(low + (high - low) * at.fract())
}

/// Spearman's rank correlation, with mean ranks for ties; `None` for fewer than three pairs or without any variation.
fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let ranks = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
        use crate::sorting::Sorting;
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.order_by(|a, b| of(&pairs[*a]).total_cmp(&of(&pairs[*b])));
        let mut ranks = vec![0.0; pairs.len()];
        let mut from = 0;
        for tie in order.chunk_by(|a, b| of(&pairs[*a]) == of(&pairs[*b])) {
            let mean = from as f64 + (tie.len() as f64 - 1.0) / 2.0;
            tie.iter().for_each(|at| ranks[*at] = mean);
            from += tie.len();
        }
        ranks
    };
    let (x, y) = (ranks(|pair| pair.0), ranks(|pair| pair.1));
    let middle = (pairs.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>();
    let spread = (product(&x, &x) * product(&y, &y)).sqrt();
    (spread > 0.0).then(|| product(&x, &y) / spread)
}

#[cfg(test)]
mod tests;
