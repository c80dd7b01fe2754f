//! The rows of the table: figures in their order, with direction, source and definition. Data, not code.

use crate::record::Stat;

/// What a figure is about; in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Latency,
    Throughput,
    Memory,
    Reliability,
    Cost,
    Energy,
    Accuracy,
}

impl Group {
    pub(super) const ALL: [Group; 7] =
        [Group::Latency, Group::Throughput, Group::Memory, Group::Reliability, Group::Cost, Group::Energy, Group::Accuracy];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Group::Latency => "Latency",
            Group::Throughput => "Throughput",
            Group::Memory => "Memory",
            Group::Reliability => "Reliability",
            Group::Cost => "Cost",
            Group::Energy => "Energy",
            Group::Accuracy => "Accuracy",
        }
    }

    /// Which files have it.
    pub(super) const fn files(self) -> &'static str {
        match self {
            Group::Latency | Group::Throughput => "results of a benchmark or server metrics over time",
            Group::Memory => {
                "server metrics for the KV cache, logs of the server for the weights, DCGM or nvidia-smi for the GPUs"
            }
            Group::Reliability => "results that count failed requests",
            Group::Cost => "accelerator, GPUs, output throughput and a price",
            Group::Energy => "GPUs, output throughput and the power of a GPU",
            Group::Accuracy => "results of lm-evaluation-harness, AIPerf or InferenceX",
        }
    }
}

/// Where a figure comes from.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// A figure of results, with the first of these statistics that the most variants have.
    Measured(&'static str, &'static [Stat]),
    /// A quantile of a server's histogram, from 0 to 1.
    Quantile(&'static str, f64),
    /// What a server's counter gained per second while it gained anything, summed over engines.
    Rate(&'static str),
    /// The highest value of a gauge of engines.
    Highest(&'static str),
    /// 100 less the highest value of a gauge, %.
    Headroom(&'static str),
    /// The highest value of a gauge of GPUs.
    Gpu(&'static str),
    /// What logs or results state: the largest over ranks.
    Stated(&'static str),
    /// Tokens in the KV cache of an engine.
    KvCapacity,
    Cost,
    Energy,
    /// Failed requests of those that servers counted, %.
    ServerErrors,
    /// What a server's counter gained in all.
    Gained(&'static str),
    /// The energy of the GPUs beside servers ÷ the tokens that these generated meanwhile, J.
    ServerEnergy,
}

/// A definition of a row: key, group, title, unit, whether more is better, where it comes from, definition.
pub(super) type Row = (&'static str, Group, &'static str, &'static str, Option<bool>, Of, &'static str);

const MEDIAN: &[Stat] = &[Stat::P50, Stat::Mean];
const TAIL: &[Stat] = &[Stat::P95, Stat::P99, Stat::P90];

pub(super) static ROWS: &[Row] = &[
    ("ttft", Group::Latency, "TTFT", "ms", Some(false), Of::Measured("ttft", MEDIAN), ""),
    ("ttft-tail", Group::Latency, "TTFT", "ms", Some(false), Of::Measured("ttft", TAIL), ""),
    ("tpot", Group::Latency, "TPOT", "ms", Some(false), Of::Measured("tpot", MEDIAN), ""),
    ("itl", Group::Latency, "ITL", "ms", Some(false), Of::Measured("itl", MEDIAN), ""),
    ("itl-tail", Group::Latency, "ITL", "ms", Some(false), Of::Measured("itl", TAIL), ""),
    ("e2el", Group::Latency, "E2E latency", "ms", Some(false), Of::Measured("e2el", MEDIAN), ""),
    ("server-ttft", Group::Latency, "Median TTFT at the server", "ms", Some(false), Of::Quantile("ttft", 0.5), SCRAPED),
    ("server-ttft-p95", Group::Latency, "P95 TTFT at the server", "ms", Some(false), Of::Quantile("ttft", 0.95), SCRAPED),
    ("server-tpot", Group::Latency, "Median TPOT at the server", "ms", Some(false), Of::Quantile("tpot", 0.5), SCRAPED),
    ("server-itl", Group::Latency, "Median ITL at the server", "ms", Some(false), Of::Quantile("itl", 0.5), SCRAPED),
    ("output-tps", Group::Throughput, "Output throughput", "tok/s", Some(true), Of::Measured("output_tps", &[Stat::Mean]), ""),
    (
        "output-tps-per-gpu",
        Group::Throughput,
        "Output throughput per GPU",
        "tok/s/GPU",
        Some(true),
        Of::Measured("output_tps_per_gpu", &[Stat::Mean]),
        "",
    ),
    ("total-tps", Group::Throughput, "Total throughput", "tok/s", Some(true), Of::Measured("total_tps", &[Stat::Mean]), ""),
    ("rps", Group::Throughput, "Request throughput", "req/s", Some(true), Of::Measured("rps", &[Stat::Mean]), ""),
    (
        "server-tps",
        Group::Throughput,
        "Generated tokens per second at the server",
        "tok/s",
        Some(true),
        Of::Rate("generation_tokens"),
        "Tokens gained between scrapes ÷ their time, where any were gained; summed over engines. It depends on the load.",
    ),
    (
        "weights",
        Group::Memory,
        "Model weights per GPU",
        "GiB",
        Some(false),
        Of::Stated("model_memory"),
        "Memory of the weights as the server’s log states it, the largest over ranks.",
    ),
    (
        "kv-memory",
        Group::Memory,
        "KV cache per GPU",
        "GiB",
        None,
        Of::Stated("kv_memory"),
        "Memory reserved for the KV cache: what the weights leave of the share of the GPU that the server may take.",
    ),
    (
        "kv-capacity",
        Group::Memory,
        "KV cache capacity of an engine",
        "tokens",
        Some(true),
        Of::KvCapacity,
        "Tokens that fit in the KV cache of an engine: blocks × block size, or as stated; of several engines the smallest.",
    ),
    (
        "kv-headroom",
        Group::Memory,
        "KV cache headroom",
        "%",
        Some(true),
        Of::Headroom("kv_usage"),
        "100 % less the highest usage of the KV cache that any engine reported. It depends on the load.",
    ),
    (
        "largest-batch",
        Group::Memory,
        "Largest batch",
        "requests",
        Some(true),
        Of::Highest("running_requests"),
        "The most requests that one engine ran at once. It depends on the load.",
    ),
    (
        "gpu-memory",
        Group::Memory,
        "GPU memory used",
        "GiB",
        None,
        Of::Gpu("gpu_memory_used"),
        "The most that one GPU had in use. A server reserves its share at start and fills with KV cache what the weights leave: \
         smaller weights need not show here.",
    ),
    ("error-rate", Group::Reliability, "Error rate", "%", Some(false), Of::Measured("error_rate", &[Stat::Mean]), ""),
    (
        "server-error-rate",
        Group::Reliability,
        "Error rate at the server",
        "%",
        Some(false),
        Of::ServerErrors,
        "Failed ÷ all requests that the server counted as finished while it was scraped.",
    ),
    (
        "preemptions",
        Group::Reliability,
        "Preemptions",
        "requests",
        Some(false),
        Of::Gained("preemptions"),
        "Requests that were put back for lack of KV cache while the server was scraped. It depends on the load.",
    ),
    (
        "cost",
        Group::Cost,
        "Cost of a million output tokens",
        "$",
        Some(false),
        Of::Cost,
        "Price per hour ÷ 3600 × 10⁶ ÷ output tok/s of an instance filled with whole replicas.",
    ),
    (
        "energy",
        Group::Energy,
        "Energy of an output token",
        "J",
        Some(false),
        Of::Energy,
        "W per accelerator × GPUs ÷ output tok/s; excludes hosts and cooling.",
    ),
    (
        "server-energy",
        Group::Energy,
        "Energy of a generated token at the server",
        "J",
        Some(false),
        Of::ServerEnergy,
        "Mean power of the GPUs × the time that was scraped ÷ the tokens generated in it: idle time is in it, hosts and cooling are not.",
    ),
];

const SCRAPED: &str = "Estimated from the buckets that the server counted between the first scrape and the last, whatever the load; \
                       as the server sees it, without the network.";
