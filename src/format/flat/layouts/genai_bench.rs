//! genai-bench: a JSON for each scenario and load, and the experiment's description beside them.
//!
//! Seconds. `mean_input_throughput_tokens_per_s` is tokens ÷ time to first token, so it is no throughput of the
//! deployment. The description holds the command with its keys, so nothing of it is kept that is not listed. Truth:
//! sgl-project/genai-bench `genai_bench/metrics`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Kind;

pub(in crate::format::flat) static RUN: Row = Row {
    about: &About::new(
        "genai-bench",
        "genai-bench run JSON",
        "the aggregated metrics of one scenario and load; single requests are skipped",
        &["json"],
    ),
    tool: "genai-bench",
    marks: &["aggregated_metrics", "aggregated_metrics.scenario", "aggregated_metrics.num_completed_requests"],
    records: "aggregated_metrics",
    fields: &[
        ("scenario", "scenario"),
        ("num_concurrency", "load concurrency"),
        ("request_rate", "load rate"),
        ("mean_output_throughput_tokens_per_s", "output_tps"),
        ("mean_total_tokens_throughput_tokens_per_s", "total_tps"),
        ("requests_per_minute", "rps requests/min"),
        ("requests_per_second", "rps"),
        ("error_rate", "error_rate fraction"),
        ("num_error_requests", "errored"),
        ("num_completed_requests", "completed"),
        ("num_requests", "requests"),
        ("run_duration", "duration s"),
        ("stats.ttft.{stat}", "ttft s"),
        ("stats.tpot.{stat}", "tpot s"),
        ("stats.e2e_latency.{stat}", "e2el s"),
        ("stats.output_inference_speed.{stat}", "tps_per_user"),
        ("stats.num_input_tokens.{stat}", "input_tokens"),
        ("stats.num_output_tokens.{stat}", "output_tokens"),
    ],
    ignored: &["mean_total_chars_per_hour", "stats.*", "iteration_type"],
    complete: Some(complete),
    ..Row::EMPTY
};

/// A fixed scenario states its lengths: `D(100,1000)`.
fn complete(draft: &mut Draft<'_>) {
    let scenario = draft.text("scenario").unwrap_or_default();
    let inside = scenario.strip_prefix("D(").and_then(|rest| rest.strip_suffix(')'));
    if let Some((input, output)) = inside.and_then(|inside| inside.split_once(',')) {
        draft.set("isl", Some(input));
        draft.set("osl", Some(output));
    }
}

pub(in crate::format::flat) static EXPERIMENT: Row = Row {
    about: &About::new(
        "genai-bench-experiment",
        "genai-bench experiment metadata",
        "model, accelerator, GPUs and engine of the runs beside it",
        &["json"],
    ),
    tool: "genai-bench",
    kind: Kind::Context,
    marks: &["api_backend", "traffic_scenario", "server_engine", "experiment_folder_name"],
    fields: &[
        ("benchmark_version", "tool_version"),
        ("model", "model"),
        ("api_backend", "backend"),
        ("server_model_tokenizer", "tokenizer"),
        ("server_engine", "framework"),
        ("server_gpu_type", "accelerator"),
        ("server_gpu_count", "gpus"),
        ("task", "request_type"),
        ("dataset_path", "dataset"),
    ],
    fixed: &[("for_tool", "genai-bench")],
    complete: Some(|draft| {
        if draft.get("gpus").is_some() {
            draft.set("gpus_basis", Some("stated in the experiment's metadata"));
        }
        if let (Some(engine), Some(version)) = (draft.text("server_engine"), draft.text("server_version")) {
            draft.set("version", Some(format!("{engine}-{}", version.trim_start_matches('v'))));
        }
    }),
    ..Row::EMPTY
};
