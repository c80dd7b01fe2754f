//! The JSON of vLLM's `bench serve` and of the `benchmark_serving.py` that it was before: one object for each run,
//! several of them where results were appended; and the same keys in the two other layouts that vLLM writes: the table
//! of a sweep ([`sweep_table`]) and PyTorch's list of figures ([`pytorch`]).
//!
//! Latencies are of completed requests, in milliseconds. The file names neither vLLM's version nor the hardware; what
//! `--metadata` adds is among the keys as text; common names for hardware and parallelism degrees are recognised.
//! `max_concurrent_requests` counts requests in whole seconds and can exceed the limit, so it is no concurrency.

use crate::format::serving::keys::{FIGURES, LATENCIES};
use crate::format::serving::{self, Dialect, Fields, Run, Tool, pytorch, sweep_table};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Load, Sink};

/// The dialect of vLLM, which its forks share.
pub(super) const DIALECT: Dialect = Dialect {
    tool: "vLLM",
    latencies: LATENCIES,
    suffix: "_ms",
    scale: 1.0,
    figures: FIGURES,
    dimensions: &[
        ("model_id", "model"),
        ("tokenizer_id", "tokenizer"),
        ("backend", "backend"),
        ("endpoint_type", "backend"),
        ("burstiness", "burstiness"),
        ("label", "run"),
    ],
    own: &["date", "request_rate", "max_concurrency", "benchmark_start_time_unix", "benchmark_end_time_unix"],
    complete,
};

fn complete(_: Input<'_>, fields: &Fields, run: &mut Run) -> Load {
    run.times(fields);
    run.mean_tokens(fields, [("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")]);
    run.audit_requests(fields);
    run.schema = Some(if fields.contains_key("max_concurrent_requests") { "bench serve" } else { "benchmark_serving" });
    run.rate_or_concurrency(fields)
}

/// vLLM's own results.
pub(in crate::format) static VLLM: Format = Format {
    about: &About::new(
        "vllm",
        "vLLM bench serve JSON",
        "old and new versions, one or more runs per file, sweeps' summary.json and summary.csv, .pytorch.json; single requests of --save-detailed on demand",
        &["json", "jsonl", "ndjson", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let known = serving::tool(look) == Some(Tool::Vllm) || pytorch::sniff(look) || sweep_table::sniff(look);
    known.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let look = Look::new(input);
    if pytorch::sniff(&look) {
        pytorch::read(input, &DIALECT, sink);
    } else if sweep_table::sniff(&look) {
        sweep_table::read(input, &DIALECT, sink);
    } else {
        serving::read(input, &DIALECT, sink);
    }
}
