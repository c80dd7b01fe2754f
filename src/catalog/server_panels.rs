//! What is drawn of servers and GPUs over time: a panel is a row of data. The page's Server view and the Grafana boards that
//! the command line writes come from the same rows.

use super::{server_counters, server_metrics};

/// One figure over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// A gauge, by its metric.
    Gauge(&'static str),
    /// What a counter gains per second.
    Rate(&'static str),
    /// The same, a line for each value of the label that splits it.
    RateBy(&'static str),
    /// What some counters gain, as a share of what others gain, %. Those that are not exported count nothing, but one of
    /// each must be.
    Share(&'static [&'static str], &'static [&'static str]),
    /// A quantile of a histogram.
    Quantile(&'static str, f64),
    /// The mean of a histogram: exact.
    Mean(&'static str),
    /// Requests in flight at the client.
    ClientInFlight,
    /// A quantile of the TTFT that the client saw, ms.
    ClientTtft(f64),
    /// The memory in use, as a share of all, %.
    MemoryShare,
    /// Whether a GPU’s clocks are held down for power or heat: 1 or 0, by the bits of [`THROTTLING`].
    Throttled,
}

/// The clock event reasons (`nvmlClocksEventReasons`) that are throttling: software power cap, hardware slowdown, heat by
/// software and by hardware, power brake. The others are an idle GPU and limits that somebody set.
pub const THROTTLING: [u64; 5] = [0x4, 0x8, 0x20, 0x40, 0x80];

/// A line of a panel.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: &'static str,
    /// What it is.
    pub figure: Figure,
    /// Whether it is drawn only where the lines before it are not there: what a server states beside what follows from its
    /// counters is the same once more.
    pub instead: bool,
}

/// A panel.
#[derive(Debug, PartialEq)]
pub struct Panel {
    /// Name in links.
    pub key: &'static str,
    /// Title.
    pub title: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Whether its lines are parts of a whole.
    pub stacked: bool,
    /// Its lines, the most telling first: of several engines that one alone is drawn.
    pub lines: &'static [Line],
}

const fn line(label: &'static str, figure: Figure) -> Line {
    Line { label, figure, instead: false }
}

const fn instead(label: &'static str, figure: Figure) -> Line {
    Line { label, figure, instead: true }
}

const fn panel(key: &'static str, title: &'static str, unit: &'static str, lines: &'static [Line]) -> Panel {
    Panel { key, title, unit, stacked: false, lines }
}

const fn stack(key: &'static str, title: &'static str, unit: &'static str, lines: &'static [Line]) -> Panel {
    Panel { key, title, unit, stacked: true, lines }
}

/// P95, P50, P99 and the mean of a histogram, and more lines.
macro_rules! latency {
    ($key:literal, $title:literal, $unit:literal $(, $more:expr)*) => {
        panel(
            $key,
            $title,
            $unit,
            &[
                line("P95", Figure::Quantile($key, 0.95)),
                line("P50", Figure::Quantile($key, 0.5)),
                line("P99", Figure::Quantile($key, 0.99)),
                line("mean", Figure::Mean($key)),
                $($more,)*
            ],
        )
    };
}

/// Panels of engines, in their order.
pub static ENGINE: &[Panel] = &[
    panel(
        "requests",
        "Requests",
        "requests",
        &[
            line("waiting", Figure::Gauge("queued_requests")),
            line("running", Figure::Gauge("running_requests")),
            line("in flight at the client", Figure::ClientInFlight),
        ],
    ),
    panel("kv", "KV cache usage", "%", &[line("in use", Figure::Gauge("kv_usage"))]),
    latency!("ttft", "TTFT", "ms", line("P95 at the client", Figure::ClientTtft(0.95))),
    latency!("itl", "ITL", "ms"),
    panel(
        "tokens",
        "Tokens per second",
        "tok/s",
        &[
            line("generated", Figure::Rate("generation_tokens")),
            line("prompt", Figure::Rate("prompt_tokens")),
            instead("generated, as stated", Figure::Gauge("generation_tps")),
            instead("prompt, as stated", Figure::Gauge("prompt_tps")),
        ],
    ),
    panel("passes", "Tokens by kind of pass", "tok/s", &[line("", Figure::RateBy("tokens_by_mode"))]),
    panel("preemptions", "Preemptions", "1/s", &[line("preemptions", Figure::Rate("preemptions"))]),
    stack(
        "phases",
        "Mean time of a request",
        "ms",
        &[
            line("queue", Figure::Mean("queue_time")),
            line("prefill", Figure::Mean("prefill_time")),
            line("decode", Figure::Mean("decode_time")),
        ],
    ),
    latency!("e2el", "E2E latency", "ms"),
    panel(
        "hits",
        "Prefix-cache hits",
        "%",
        &[
            line("own cache", Figure::Share(&["prefix_hits"], &["prefix_queries"])),
            line("KV connector", Figure::Share(&["external_hits"], &["external_queries"])),
            line("blocks", Figure::Share(&["blocks_reused"], &["blocks_reused", "blocks_missed"])),
            instead("as stated", Figure::Gauge("cache_hit_rate")),
        ],
    ),
    panel(
        "finished",
        "Finished requests",
        "1/s",
        &[line("", Figure::RateBy("finished")), line("", Figure::RateBy("requests_by_status"))],
    ),
    panel(
        "failures",
        "Failed and rejected requests",
        "1/s",
        &[
            line("failed", Figure::Rate("failed")),
            line("aborted", Figure::Rate("aborted")),
            line("rejected", Figure::RateBy("rejected")),
        ],
    ),
    panel(
        "sources",
        "Prompt tokens by source",
        "tok/s",
        &[line("", Figure::RateBy("prompt_tokens_by_source")), line("", Figure::RateBy("prefill_tokens_by_source"))],
    ),
    panel("tiers", "Cached prompt tokens by tier", "tok/s", &[line("", Figure::RateBy("cached_tokens_by_tier"))]),
    panel(
        "steps",
        "Tokens per step",
        "tokens",
        &[line("mean", Figure::Mean("step_tokens")), line("P99", Figure::Quantile("step_tokens", 0.99))],
    ),
    panel(
        "acceptance",
        "Speculative decoding: accepted",
        "%",
        &[
            line("of drafted tokens", Figure::Share(&["accepted_tokens"], &["draft_tokens"])),
            line("of generated tokens", Figure::Share(&["accepted_tokens"], &["generation_tokens"])),
            instead("as stated", Figure::Gauge("acceptance_rate")),
        ],
    ),
    panel("positions", "Accepted draft tokens by position", "tok/s", &[line("", Figure::RateBy("accepted_by_position"))]),
    panel(
        "lengths",
        "Mean lengths of requests",
        "tokens",
        &[
            line("prompt", Figure::Mean("prompt_length")),
            line("output", Figure::Mean("output_length")),
            line("cached", Figure::Mean("cached_length")),
        ],
    ),
    panel("http", "HTTP requests", "1/s", &[line("", Figure::RateBy("http_requests"))]),
    panel(
        "disaggregation",
        "Disaggregated queues",
        "requests",
        &[
            line("between prefill and decode", Figure::Gauge("inflight_requests")),
            line("waiting for decode memory", Figure::Gauge("prealloc_requests")),
            line("KV cache in transfer", Figure::Gauge("transfer_requests")),
        ],
    ),
];

/// Panels of GPUs, in their order.
pub static GPU: &[Panel] = &[
    panel("util", "GPU utilisation", "%", &[line("utilisation", Figure::Gauge("gpu_util"))]),
    panel("sm", "SM activity", "%", &[line("SM activity", Figure::Gauge("gpu_sm_active"))]),
    panel("tensor", "Tensor-core activity", "%", &[line("tensor cores", Figure::Gauge("gpu_tensor_active"))]),
    panel("dram", "DRAM activity", "%", &[line("DRAM", Figure::Gauge("gpu_dram_active"))]),
    panel("memory", "Memory used", "GiB", &[line("used", Figure::Gauge("gpu_memory_used"))]),
    panel("memory-share", "Memory used, of all", "%", &[line("used", Figure::MemoryShare)]),
    panel("power", "Power", "W", &[line("power", Figure::Gauge("gpu_power")), line("limit", Figure::Gauge("gpu_power_limit"))]),
    panel(
        "temperature",
        "Temperature",
        "°C",
        &[line("GPU", Figure::Gauge("gpu_temperature")), line("memory", Figure::Gauge("gpu_memory_temperature"))],
    ),
    panel(
        "clocks",
        "Clocks",
        "MHz",
        &[line("SM", Figure::Gauge("gpu_sm_clock")), line("memory", Figure::Gauge("gpu_memory_clock"))],
    ),
    panel(
        "throttling",
        "Time throttled",
        "s/s",
        &[
            line("power", Figure::Rate("power_violation")),
            line("heat", Figure::Rate("thermal_violation")),
            instead("power or heat, as sampled", Figure::Throttled),
        ],
    ),
    panel("pcie", "PCIe", "GB/s", &[line("received", Figure::Gauge("gpu_pcie_rx")), line("sent", Figure::Gauge("gpu_pcie_tx"))]),
    panel(
        "nvlink",
        "NVLink",
        "GB/s",
        &[line("received", Figure::Gauge("gpu_nvlink_rx")), line("sent", Figure::Gauge("gpu_nvlink_tx"))],
    ),
    panel("xid", "Last XID error", "code", &[line("XID", Figure::Gauge("gpu_xid"))]),
];

/// Settings of an engine that the views read beside its series.
const SETTINGS: [&str; 1] = ["vllm:cache_config_info"];

/// Whether the views of servers and GPUs read the series of an exported name; of a histogram, any of its parts.
pub fn reads(name: &str) -> bool {
    let base = ["_bucket", "_sum", "_count"].into_iter().find_map(|part| name.strip_suffix(part));
    let histogram = base.and_then(server_counters::counted).is_some_and(|(row, _)| row.histogram);
    let counter = server_counters::counted(name).is_some_and(|(row, _)| !row.histogram);
    let gauge = server_metrics::metric(name).is_some_and(|(key, ..)| !key.starts_with("host_") && key != "process_memory");
    histogram || counter || gauge || SETTINGS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metrics;

    #[test]
    fn every_figure_is_in_the_catalogue() {
        let gauge = |key: &str| assert!(metrics::metric(key).is_some(), "{key}");
        let counter = |key: &str, histogram: bool| {
            assert_eq!(server_counters::row(key).map(|row| row.histogram), Some(histogram), "{key}");
        };
        for line in ENGINE.iter().chain(GPU).flat_map(|panel| panel.lines) {
            match line.figure {
                Figure::Gauge(key) => gauge(key),
                Figure::Rate(key) => counter(key, false),
                Figure::RateBy(key) => {
                    counter(key, false);
                    assert!(server_counters::row(key).is_some_and(|row| !row.split.is_empty()), "{key} is not split");
                }
                Figure::Share(of, among) => of.iter().chain(among).for_each(|key| counter(key, false)),
                Figure::Quantile(key, _) | Figure::Mean(key) => counter(key, true),
                Figure::ClientInFlight | Figure::ClientTtft(_) => {}
                Figure::MemoryShare => gauge("gpu_memory_used"),
                Figure::Throttled => gauge("gpu_clock_reasons"),
            }
        }
    }

    #[test]
    fn only_what_is_drawn_is_read() {
        for name in [
            "vllm:num_requests_running",
            "vllm:time_to_first_token_seconds_bucket",
            "sglang:prompt_tokens_total",
            "DCGM_FI_DEV_GPU_UTIL",
        ] {
            assert!(reads(name), "{name}");
        }
        for name in ["up", "node_load1", "vllm:time_to_first_token_seconds_created", "go_goroutines", "vllm:unknown_bucket"] {
            assert!(!reads(name), "{name}");
        }
    }
}
