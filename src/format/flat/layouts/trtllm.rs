//! The report of `trtllm-bench --report_json`.
//!
//! Times are milliseconds. The report states the rate at which requests were issued, in practice all at once, and the
//! concurrency that was measured; a limit on it (`--concurrency`) it does not state. Truth: TensorRT-LLM
//! `bench/dataclasses/reporting.py`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Load;

/// An issue rate from here on is “all at once”.
const UNLIMITED: f64 = 1e6;

pub(in crate::format::flat) static BENCH: Row = Row {
    about: &About::new(
        "trtllm-bench",
        "TensorRT-LLM trtllm-bench JSON",
        "the report of --report_json: throughput, latencies with percentiles, degrees, GPUs",
        &["json"],
    ),
    tool: "trtllm-bench",
    marks: &["engine", "world_info", "request_info", "performance"],
    fields: &[
        ("engine.model", "model"),
        ("engine.backend", "backend"),
        ("engine.quantization", "quantization"),
        ("engine.dtype", "precision"),
        ("world_info.tp_size", "tp"),
        ("world_info.pp_size", "pp"),
        ("world_info.ep_size", "ep"),
        ("request_info.num_requests", "completed"),
        ("request_info.avg_num_concurrent_requests", "concurrency_achieved"),
        ("request_info.avg_input_length", "input_tokens mean"),
        ("request_info.avg_output_length", "output_tokens mean"),
        ("engine.kv_cache_dtype", "text kv_cache_dtype"),
        ("world_info.max_batch_size", "text max_batch_size"),
        ("world_info.max_num_tokens", "text max_num_tokens"),
        ("world_info.scheduling_policy", "text scheduling_policy"),
        ("world_info.kv_cache_percentage", "text kv_cache_percentage"),
        // A request's output tokens ÷ its whole time, the wait for the first token included.
        ("performance.output_throughput_per_user_tok_s", "figure request_output_throughput"),
        ("performance.total_latency_ms", "duration ms"),
        ("performance.request_throughput_req_s", "rps"),
        ("performance.system_output_throughput_tok_s", "output_tps"),
        ("performance.system_total_throughput_tok_s", "total_tps"),
        ("performance.output_throughput_per_gpu_tok_s", "output_tps_per_gpu"),
        ("performance.avg_request_latency_ms", "e2el mean ms"),
        ("performance.request_latency_percentiles_ms.{stat}", "e2el ms"),
        ("streaming_metrics.avg_ttft_ms", "ttft mean ms"),
        ("streaming_metrics.ttft_percentiles.{stat}", "ttft ms"),
        ("streaming_metrics.avg_tpot_ms", "tpot mean ms"),
        ("streaming_metrics.tpot_percentiles.{stat}", "tpot ms"),
        ("streaming_metrics.gen_tps_percentiles.{stat}", "tps_per_user"),
        ("streaming_metrics.token_output_speed_tok_s", "ignore"),
        ("dataset.isl_stats.minimum", "ignore"),
        ("dataset.osl_stats.minimum", "ignore"),
    ],
    // Files on the machine that measured, and settings that say nothing of the result.
    ignored: &[
        "engine.model_path",
        "engine.engine_dir",
        "engine.version",
        "world_info.world_size",
        "world_info.issue_rate",
        "dataset.*",
    ],
    complete: Some(complete),
    ..Row::EMPTY
};

fn complete(draft: &mut Draft<'_>) {
    draft.set("version", draft.text("engine.version").map(|version| format!("TensorRT-LLM-{version}")));
    const WORLD: &str = "world_info.world_size";
    if let Some(gpus) = draft.count(WORLD) {
        draft.set("gpus", Some(gpus.to_string()));
        draft.set("gpus_basis", Some("stated: world size"));
    }
    draft.without_gpus(&[WORLD]);
    // What each request had by plan is stated only where all had the same.
    for (dimension, [low, high]) in [
        ("isl", ["dataset.isl_stats.minimum", "dataset.isl_stats.maximum"]),
        ("osl", ["dataset.osl_stats.minimum", "dataset.osl_stats.maximum"]),
    ] {
        let same = draft.positive(low).filter(|length| draft.number(high) == Some(*length));
        draft.set(dimension, same.map(|length| length.to_string()));
    }
    match draft.positive("world_info.issue_rate") {
        Some(rate) if rate < UNLIMITED => draft.load = Load::rate(rate),
        _ => {
            draft.once("The report does not state the requested concurrency; the one that was measured is a figure.");
        }
    }
}
