//! The JSON of AI-Hypercomputer's inference-benchmark, formerly the latency profile generator (LPG) of ai-on-gke.
//!
//! Throughput is per second, but a time may be in seconds (older) or milliseconds (newer), even within one file. No
//! request takes longer than the benchmark, and none gets its first token after its last: what follows from that is
//! decided, and what does not is left out rather than guessed. Keys that end in `_ms` say it themselves. Truth:
//! ai-on-gke `benchmark_serving.py`, inference-benchmark#27.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::{Severity, Stat};

pub(in crate::format::flat) static PROFILE: Row = Row {
    about: &About::new(
        "latency-profile",
        "AI-Hypercomputer inference-benchmark and LPG JSON",
        "one request rate per file; whether times are in s or ms is inferred from the file's other figures",
        &["json"],
    ),
    tool: "inference-benchmark",
    marks: &["metrics", "dimensions", "metrics.throughput", "metrics.num_prompts_attempted|metrics.benchmark_time"],
    fields: &[
        ("dimensions.model_id", "model"),
        ("dimensions.tokenizer_id", "tokenizer"),
        ("dimensions.backend", "backend"),
        ("config.model_server", "framework"),
        ("config.model", "model"),
        ("metrics.request_rate", "load rate"),
        ("metrics.benchmark_time", "duration s"),
        ("metrics.num_prompts_attempted", "requests"),
        ("metrics.num_prompts_succeeded", "completed"),
        ("metrics.throughput_rps", "rps"),
        ("metrics.throughput", "output_tps"),
        ("metrics.output_tokens_per_sec", "output_tps"),
        ("metrics.input_tokens_per_sec", "input_tps"),
        ("metrics.total_tokens_per_sec", "total_tps"),
        ("metrics.avg_latency_ms", "e2el mean ms"),
        ("metrics.median_latency_ms", "e2el p50 ms"),
        ("metrics.{stat}_latency_ms", "e2el ms"),
        ("metrics.{stat}_TTFT_ms", "ttft ms"),
        ("metrics.{stat}_ttft_ms", "ttft ms"),
        ("metrics.{stat}_tpot_ms", "tpot ms"),
        ("metrics.{stat}_inter_token_latency_ms", "itl ms"),
        ("metrics.{stat}_normalized_time_per_output_token_ms", "ntpot ms"),
        ("metrics.{stat}_input_len", "input_tokens"),
        ("metrics.{stat}_output_len", "output_tokens"),
    ],
    ignored: &["metrics.*", "config.*", "dimensions.*"],
    complete: Some(complete),
    ..Row::EMPTY
};

/// No server generates a token in less, in milliseconds.
const FASTEST_TOKEN: f64 = 0.5;

/// Spellings of the statistics in the keys without a unit.
const STATS: [(&str, Stat); 8] = [
    ("avg", Stat::Mean),
    ("median", Stat::P50),
    ("sd", Stat::Std),
    ("min", Stat::Min),
    ("max", Stat::Max),
    ("p90", Stat::P90),
    ("p95", Stat::P95),
    ("p99", Stat::P99),
];

fn complete(draft: &mut Draft<'_>) {
    if let (Some(sent), Some(done)) =
        (draft.number("metrics.num_prompts_attempted"), draft.number("metrics.num_prompts_succeeded"))
    {
        draft.add_rest("errored", ["num_prompts_attempted", "num_prompts_succeeded"], [sent, done]);
    }
    for (total, metric, mean) in
        [("total_input_tokens", "input_tps", "input_tokens"), ("total_output_token", "output_tps", "output_tokens")]
    {
        let Some(total) = draft.positive(&format!("metrics.{total}")) else { continue };
        if let Some(time) = draft.positive("metrics.benchmark_time") {
            draft.add(metric, Stat::Mean, total / time);
        }
        if let Some(done) = draft.positive("metrics.num_prompts_succeeded") {
            draft.add(mean, Stat::Mean, total / done);
        }
    }
    if let (Some(total), Some(time)) = (draft.positive("metrics.total_tokens"), draft.positive("metrics.benchmark_time")) {
        draft.add("total_tps", Stat::Mean, total / time);
    }
    let window = draft.positive("metrics.benchmark_time").map(|seconds| seconds * 1000.0);
    let tokens = draft.figure("output_tokens", Stat::Mean);
    let tokens = tokens.or_else(|| Some(draft.figure("output_tps", Stat::Mean)? / draft.figure("rps", Stat::Mean)?));
    let whole = draft.positive("metrics.avg_latency").and_then(|latency| {
        if latency * 1000.0 > window? {
            // As seconds it would be longer than the benchmark.
            Some((latency, 1.0))
        } else {
            (latency < tokens? * FASTEST_TOKEN).then_some((latency, 1000.0))
        }
    });
    let latency = whole.map(|(latency, scale)| latency * scale).or_else(|| draft.figure("e2el", Stat::Mean));
    let first = draft.positive("metrics.avg_TTFT").zip(latency).and_then(|(first, latency)| {
        match (first * 1000.0 <= latency, first >= 1.0) {
            // As seconds it would be longer than the whole request.
            (false, _) => Some((first, 1.0)),
            // No server answers in less than a millisecond.
            (true, false) => Some((first, 1000.0)),
            (true, true) => None,
        }
    });
    for (word, metric, unit) in [("latency", "e2el", whole), ("TTFT", "ttft", first)] {
        if draft.positive(&format!("metrics.avg_{word}")).is_none() {
            continue;
        }
        let Some((_, scale)) = unit else {
            let message = format!("The unit of “avg_{word}” (seconds or milliseconds) does not follow from the file: left out.");
            draft.note("times without a unit", Severity::Warning, message, "Write the unit into the keys: avg_TTFT_ms.");
            continue;
        };
        for (spelling, stat) in STATS {
            if let Some(value) = draft.positive(&format!("metrics.{spelling}_{word}")) {
                draft.add(metric, stat, value * scale);
            }
        }
        let name = if scale == 1.0 { "milliseconds" } else { "seconds" };
        let message = format!("“avg_{word}” is read as {name}: only that fits the other times of the file.");
        draft.note("times whose unit was decided", Severity::Info, message, "");
    }
}
