//! vLLM's `bench latency`, `bench throughput` and `bench startup`, alone or in a sweep, which adds the swept settings.
//!
//! Seconds. None names vLLM's version or the hardware, and the model stands only in the name that a pipeline gave the
//! file, so it is not taken from there. Each is a tool of its own here: their figures are not those of a server under load.
//! Truth: vLLM `benchmarks/latency.py`, `throughput.py`, `startup.py`, `sweep/`.

use crate::format::About;
use crate::format::flat::Row;

pub(in crate::format::flat) static LATENCY: Row = Row {
    about: &About::new(
        "vllm-latency",
        "vLLM bench latency JSON",
        "the time of one batch through the engine, mean and percentiles; no server, no arrivals",
        &["json"],
    ),
    tool: "vLLM bench latency",
    marks: &["avg_latency", "latencies", "percentiles"],
    fields: &[("avg_latency", "e2el mean s"), ("percentiles.{stat}", "e2el s"), ("latencies", "ignore")],
    notes: &["The latency is that of a whole batch in the engine. The file states neither model nor batch size nor lengths."],
    ..Row::EMPTY
};

pub(in crate::format::flat) static THROUGHPUT: Row = Row {
    about: &About::new(
        "vllm-throughput",
        "vLLM bench throughput JSON",
        "requests and tokens per second of an engine that has all requests at once",
        &["json"],
    ),
    tool: "vLLM bench throughput",
    marks: &["elapsed_time", "num_requests", "requests_per_second", "tokens_per_second"],
    fields: &[
        ("elapsed_time", "duration s"),
        ("num_requests", "completed"),
        ("requests_per_second", "rps"),
        // Prompt and output tokens together.
        ("tokens_per_second", "total_tps"),
    ],
    fixed: &[("load", "max")],
    notes: &["All requests are given to the engine at once: the load is the maximum. The file does not state the model."],
    ..Row::EMPTY
};

pub(in crate::format::flat) static STARTUP: Row = Row {
    about: &About::new(
        "vllm-startup",
        "vLLM bench startup JSON",
        "seconds of cold and warm starts and of their compilation; also of a sweep",
        &["json"],
    ),
    tool: "vLLM bench startup",
    marks: &["avg_cold_startup_time|avg_warm_startup_time", "cold_startup_times|warm_startup_times"],
    fields: &[
        ("avg_cold_startup_time", "figure cold_startup_s mean"),
        ("avg_cold_compilation_time", "figure cold_compilation_s mean"),
        ("avg_cold_encoder_compilation_time", "figure cold_encoder_compilation_s mean"),
        ("avg_warm_startup_time", "figure warm_startup_s mean"),
        ("avg_warm_compilation_time", "figure warm_compilation_s mean"),
        ("avg_warm_encoder_compilation_time", "figure warm_encoder_compilation_s mean"),
        ("cold_startup_percentiles.{stat}", "figure cold_startup_s"),
        ("cold_compilation_percentiles.{stat}", "figure cold_compilation_s"),
        ("cold_encoder_compilation_percentiles.{stat}", "figure cold_encoder_compilation_s"),
        ("warm_startup_percentiles.{stat}", "figure warm_startup_s"),
        ("warm_compilation_percentiles.{stat}", "figure warm_compilation_s"),
        ("warm_encoder_compilation_percentiles.{stat}", "figure warm_encoder_compilation_s"),
        ("run_number", "run"),
    ],
    notes: &["Times of starting the engine, in seconds: nothing was served."],
    ..Row::EMPTY
};
