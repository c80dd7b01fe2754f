//! What exporters of servers and machines count, and the coordinates of engine profiles.

use super::{Better, Metric, Shape};

const fn row(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    better: Better,
    shape: Shape,
    definition: &'static str,
    aliases: &'static [&'static str],
) -> Metric {
    Metric { key, label, unit, better, shape, definition, aliases, derive: None }
}

const fn latency(key: &'static str, label: &'static str, definition: &'static str, aliases: &'static [&'static str]) -> Metric {
    row(key, label, "ms", Better::Lower, Shape::Distribution, definition, aliases)
}

const fn gauge(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    definition: &'static str,
    aliases: &'static [&'static str],
) -> Metric {
    row(key, label, unit, Better::Neutral, Shape::Scalar, definition, aliases)
}

/// What exporters count. Distributions are those of all requests since the server's start.
pub(super) static ROWS: &[Metric] = &[
    latency(
        "server_ttft",
        "TTFT at the server",
        "Time from a request's arrival at the server to its first token, without the network, as reported by the server.",
        &["time_to_first_token_seconds"],
    ),
    latency(
        "server_itl",
        "ITL at the server",
        "Gaps between tokens, pooled over all requests, as reported by the server.",
        &["inter_token_latency_seconds", "time_per_output_token_seconds"],
    ),
    latency(
        "server_tpot",
        "TPOT at the server",
        "Mean time per output token after the first, per request, as reported by the server.",
        &["request_time_per_output_token_seconds"],
    ),
    latency(
        "server_e2el",
        "Request latency at the server",
        "Time from a request's arrival at the server to its last token, without the network, as reported by the server.",
        &["e2e_request_latency_seconds", "request_duration_seconds"],
    ),
    latency("queue_time", "Queue time", "Time a request waits in the server's queue.", &["request_queue_time"]),
    latency("prefill_time", "Prefill time", "Time spent computing a request's prompt.", &["request_prefill_time"]),
    latency("decode_time", "Decode time", "Time from a request's first token to its last.", &["request_decode_time"]),
    latency(
        "inference_time",
        "Inference time",
        "Time spent computing a request: prefill and decode, without queueing.",
        &["request_inference_time"],
    ),
    gauge("context_length", "Context length", "tokens", "Tokens in a request's context: prompt and generated tokens.", &[]),
    gauge("host_load", "Host load", "", "Running or waiting processes on the host, one-minute mean.", &["load1"]),
    gauge("host_memory_total", "Host memory", "GiB", "Total memory of the host.", &["MemTotal"]),
    gauge("host_memory_available", "Host memory available", "GiB", "Available memory of the host.", &["MemAvailable"]),
    gauge("process_memory", "Process memory", "GiB", "Resident memory of the reporting process.", &["resident memory"]),
];
