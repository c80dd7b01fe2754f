//! Tables of accuracy: AIPerf's `accuracy_results.csv`, and what InferenceX keeps beside an evaluation's results.
//!
//! AIPerf's table has had three headers; shares are from 0 to 1. The row OVERALL stands first or last. Of model and load
//! it says nothing: the summary beside it does. A blank share is of a task without answers. Truth: ai-dynamo/aiperf
//! `src/aiperf/accuracy/accuracy_data_exporter.py`; SemiAnalysisAI/InferenceX `benchmarks/benchmark_lib.sh`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::{Kind, Severity, Stat};

pub(in crate::format::flat) static AIPERF: Row = Row {
    about: &About::new(
        "aiperf-accuracy",
        "AIPerf accuracy (CSV)",
        "the share of right answers by task, and over all; model and load come from the summary beside it",
        &["csv"],
    ),
    tool: "AIPerf",
    kind: Kind::Accuracy,
    marks: &["task", "total", "correct|passed", "accuracy|accuracy_rate"],
    fields: &[
        ("task", "task"),
        ("total", "samples"),
        ("unparsed", "unparsed"),
        ("accuracy", "score fraction"),
        ("accuracy_rate", "score fraction"),
    ],
    fixed: &[("accuracy_metric", "accuracy"), ("better", "higher")],
    ignored: &["correct", "passed", "unparsed_rate"],
    complete: Some(complete),
    notes: &["The score counts the answers that were graded, which may be a part of the data set."],
    ..Row::EMPTY
};

/// The row over all tasks is told by its name. A task without answers has no score: older tables say 0.
fn complete(draft: &mut Draft<'_>) {
    let level = if draft.get("task") == Some("OVERALL") { "group" } else { "task" };
    draft.set("task_level", Some(level));
    if draft.figure("samples", Stat::Mean) == Some(0.0) && draft.take("score", Stat::Mean).is_some() {
        let task = draft.get("task").unwrap_or_default();
        let message = format!("No answer to {task} was graded: it has no score.");
        draft.note("tasks without answers", Severity::Info, message, "");
    }
}

pub(in crate::format::flat) static ENVIRONMENT: Row = Row {
    about: &About::new(
        "inferencex-eval-environment",
        "InferenceX evaluation environment (meta_env.json)",
        "accelerator, framework, precision and parallelism of the evaluations beside it",
        &["json"],
    ),
    tool: "InferenceX",
    kind: Kind::Context,
    marks: &["infmax_model_prefix", "framework", "precision", "hw"],
    // Benchmark results have the same keys, and figures.
    without: &["tput_per_gpu", "task", "mean_ttft"],
    fields: &[
        ("model", "model"),
        ("hw", "accelerator"),
        ("framework", "framework"),
        ("precision", "precision"),
        ("spec_decoding", "spec_decoding"),
        ("isl", "isl"),
        ("osl", "osl"),
        ("tp", "tp"),
        ("pp", "pp"),
        ("ep", "ep"),
        ("dp_attention", "dp_attention"),
        ("conc", "benchmark_concurrency"),
        ("prefill_tp", "prefill_tp"),
        ("prefill_ep", "prefill_ep"),
        ("prefill_dp_attention", "prefill_dp_attention"),
        ("prefill_num_workers", "prefill_workers"),
        ("decode_tp", "decode_tp"),
        ("decode_ep", "decode_ep"),
        ("decode_dp_attention", "decode_dp_attention"),
        ("decode_num_workers", "decode_workers"),
    ],
    fixed: &[("for_tool", "lm-evaluation-harness")],
    missing: &["0"],
    ..Row::EMPTY
};
