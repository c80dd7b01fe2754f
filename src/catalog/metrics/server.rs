//! What servers and machines report over time: gauges and rates of workers, queues, caches, GPUs.

use super::{Better, Metric, Shape};

pub(super) const fn gauge(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    better: Better,
    definition: &'static str,
    aliases: &'static [&'static str],
) -> Metric {
    Metric { key, label, unit, better, shape: Shape::Scalar, definition, aliases, derive: None }
}

/// What is sampled over time.
pub(super) static ROWS: &[Metric] = &[
    gauge("time", "Time", "s", Better::Neutral, "Seconds since 1970-01-01 00:00 UTC.", &["timestamp"]),
    gauge("elapsed", "Time since start", "s", Better::Neutral, "Seconds since the first sample of the run.", &["offset"]),
    gauge(
        "prompt_tps",
        "Prefill throughput",
        "tok/s",
        Better::Higher,
        "Prompt tokens per second that a worker computes, as it reports it itself.",
        &["input throughput", "prompt throughput"],
    ),
    gauge(
        "generation_tps",
        "Generation throughput",
        "tok/s",
        Better::Higher,
        "Tokens per second that a worker generates, as it reports it itself.",
        &["gen throughput"],
    ),
    gauge(
        "running_requests",
        "Running requests",
        "requests",
        Better::Neutral,
        "Requests that a worker computes at the moment.",
        &["running-req", "num_requests_running"],
    ),
    gauge(
        "queued_requests",
        "Queued requests",
        "requests",
        Better::Lower,
        "Requests that wait to be computed.",
        &["queue-req", "num_requests_waiting"],
    ),
    gauge(
        "inflight_requests",
        "In-flight requests",
        "requests",
        Better::Neutral,
        "Requests between prefill and decode: computed, not handed over.",
        &["inflight-req"],
    ),
    gauge(
        "prealloc_requests",
        "Pre-allocated requests",
        "requests",
        Better::Lower,
        "Requests that wait for memory on the decode side.",
        &["prealloc-req"],
    ),
    gauge(
        "transfer_requests",
        "Transferring requests",
        "requests",
        Better::Lower,
        "Requests whose KV cache is on its way to the decode side.",
        &["transfer-req"],
    ),
    gauge(
        "kv_usage",
        "KV cache usage",
        "%",
        Better::Neutral,
        "Share of the KV cache's blocks or tokens in use.",
        &["token usage", "kv_cache_usage_perc", "gpu cache usage"],
    ),
    gauge(
        "cache_hit_rate",
        "Prefix cache hit rate",
        "%",
        Better::Higher,
        "Share of prompt tokens that were found in the prefix cache.",
        &["prefix cache hit rate", "cached-token"],
    ),
    gauge(
        "accepted_length",
        "Accepted length",
        "tokens",
        Better::Higher,
        "Mean tokens that one step of speculative decoding yields.",
        &["accept len"],
    ),
];
