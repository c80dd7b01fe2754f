//! The tables of Argonne's LLM-Inference-Bench: a fixed batch per row, with the hardware by name.
//!
//! Seconds, milliwatts; throughput counts prompt and output tokens (batch × (input + output) ÷ latency). One column
//! stands for both lengths. Truth: argonne-lcf/LLM-Inference-Bench `Plots/`, whose figures follow from each other so.

use crate::format::About;
use crate::format::flat::{Draft, Row};

const NOTES: &[&str] =
    &["The load is the size of a batch whose requests are all sent at once, not a number of arrivals in flight."];

pub(in crate::format::flat) static BY_HARDWARE: Row = Row {
    about: &About::new(
        "llm-inference-bench",
        "LLM-Inference-Bench table (CSV)",
        "latency, throughput and power by hardware, model, lengths and batch size",
        &["csv"],
    ),
    tool: "LLM-Inference-Bench",
    marks: &["Hardware", "Num of Hardware", "Framework", "Model", "Batch Size"],
    fields: &[
        ("Num of Hardware", "gpus"),
        ("Framework", "framework"),
        ("Model", "model"),
        ("Input Output Length", "isl"),
        ("Input Length", "isl"),
        ("Output Length", "osl"),
        ("Batch Size", "load concurrency"),
        ("Parallelism Type", "text 'Parallelism type'"),
        ("Latency", "e2el mean s"),
        ("end_latency", "e2el mean s"),
        ("TTFT Latency", "ttft mean s"),
        ("Throughput", "total_tps"),
        ("Hardware", "ignore"),
        ("avg_power", "ignore"),
    ],
    notes: NOTES,
    complete: Some(complete),
    ..Row::EMPTY
};

fn complete(draft: &mut Draft<'_>) {
    let hardware = draft.text("Hardware").map(|name| name.trim().trim_end_matches(" GPU").to_owned());
    draft.set("accelerator", hardware.as_deref());
    let both = draft.text("Input Output Length").map(|length| length.trim().to_owned());
    if both.is_some() {
        draft.set("osl", both.as_deref());
    }
    if let Some(milliwatts) = draft.number("avg_power") {
        draft.add("gpu_power", crate::record::Stat::Mean, milliwatts / 1000.0);
    }
}

pub(in crate::format::flat) static HEAT_MAP: Row = Row {
    about: &About::new(
        "llm-inference-bench-lengths",
        "LLM-Inference-Bench lengths (CSV)",
        "latency and throughput by input and output length",
        &["csv"],
    ),
    tool: "LLM-Inference-Bench",
    marks: &["model_name", "tp_size", "max_input_length", "max_output_len", "batch_size", "latency", "throughput"],
    fields: &[
        ("model_name", "model"),
        ("tp_size", "tp"),
        ("precision", "precision"),
        ("max_input_length", "isl"),
        ("max_output_len", "osl"),
        ("batch_size", "load concurrency"),
        ("int8_kv_cache", "text int8_kv_cache"),
        ("latency", "e2el mean s"),
        ("throughput", "total_tps"),
    ],
    notes: NOTES,
    ..Row::EMPTY
};
