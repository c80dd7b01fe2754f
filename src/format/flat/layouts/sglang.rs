//! SGLang's benchmarks without arrivals: a fixed batch through a server (`bench_one_batch_server`) or through the model
//! alone (`bench_one_batch`), and all requests at once (`bench_offline_throughput`). A line each.
//!
//! Seconds; −1 is “not measured”. `output_throughput` has two meanings: without `last_ttft` it is batch × output length ÷
//! latency, with it ÷ (latency − last TTFT), the phase after the last request's first token. Truth: sglang
//! `benchmark/one_batch_server.py`, `one_batch.py`, `offline_throughput.py`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Stat;

pub(in crate::format::flat) static BATCH: Row = Row {
    about: &About::new(
        "sglang-batch",
        "SGLang bench_one_batch and bench_one_batch_server JSONL",
        "a fixed batch per line, served or in the model alone; the batch size is the load",
        &["jsonl", "json"],
    ),
    tool: "SGLang bench_one_batch",
    marks: &["batch_size", "input_len", "output_len", "overall_throughput"],
    fields: &[
        ("run_name", "run"),
        // Only in the result for pydantic, which is a list.
        ("model_path", "model"),
        ("server_args.tp_size", "tp"),
        ("server_args.dp_size", "dp"),
        ("server_args.pp_size", "pp"),
        ("server_args.ep_size", "ep"),
        ("server_args.quantization", "quantization"),
        ("batch_size", "load concurrency"),
        ("input_len", "isl"),
        ("output_len", "osl"),
        ("latency", "duration s"),
        ("total_latency", "duration s"),
        // Prompt and output tokens of the batch over the whole time.
        ("overall_throughput", "total_tps"),
        ("last_ttft", "ttft max s"),
        ("acc_length", "accepted_length"),
        ("cache_hit_rate", "cache_hit_rate fraction"),
        // In the model alone: no server, so no TTFT.
        ("prefill_latency", "prefill_time mean s"),
        ("median_decode_latency", "itl p50 s"),
        ("output_throughput", "ignore"),
    ],
    ignored: &["server_args.*"],
    missing: &["-1"],
    notes: &["The load is the size of a batch whose requests are all sent at once, not a number of arrivals in flight."],
    complete: Some(batch),
    ..Row::EMPTY
};

fn batch(draft: &mut Draft<'_>) {
    let served = draft.number("prefill_latency").is_none();
    draft.set("benchmark", Some(if served { "one batch, served" } else { "one batch, model alone" }));
    let [size, length, time] = ["batch_size", "output_len", "latency"].map(|key| draft.positive(key));
    let output = draft.positive("output_throughput");
    match (draft.positive("last_ttft"), output) {
        (None, Some(output)) => draft.add("output_tps", Stat::Mean, output),
        (Some(_), output) => {
            if let Some(output) = output {
                draft.add("output_throughput after the last TTFT", Stat::Mean, output);
            }
            if let (Some(size), Some(length), Some(time)) = (size, length, time) {
                draft.add("output_tps", Stat::Mean, size * length / time);
                draft.once(
                    "output_throughput is that after the last request's first token; the output throughput of the whole run is \
                     computed: batch × output length ÷ latency.",
                );
            }
        }
        (None, None) => {}
    }
}

pub(in crate::format::flat) static OFFLINE: Row = Row {
    about: &About::new(
        "sglang-offline",
        "SGLang bench_offline_throughput JSONL",
        "requests and tokens per second of an engine that has all requests at once",
        &["jsonl", "json"],
    ),
    tool: "SGLang bench_offline_throughput",
    marks: &["backend", "successful_requests", "total_latency", "total_throughput"],
    fields: &[
        ("backend", "backend"),
        // All that were sent: success is not measured.
        ("successful_requests", "requests"),
        ("total_latency", "duration s"),
        ("request_throughput", "rps"),
        ("input_throughput", "input_tps"),
        ("output_throughput", "output_tps"),
        ("total_throughput", "total_tps"),
    ],
    fixed: &[("load", "max")],
    missing: &["-1"],
    notes: &["All requests are given to the engine at once: the load is the maximum. The file does not state the model."],
    ..Row::EMPTY
};
