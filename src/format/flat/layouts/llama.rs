//! `llama-bench` of llama.cpp, in each of its outputs: CSV, JSON, JSON lines, Markdown.
//!
//! A row is a test: `pp512` reads a prompt of 512 tokens, `tg128` generates 128, `pp512+tg128` does both, each for one
//! sequence in the engine, without a server. Truth: ggml-org/llama.cpp `tools/llama-bench`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Stat;

pub(in crate::format::flat) static BENCH: Row = Row {
    about: &About::new(
        "llama-bench",
        "llama.cpp llama-bench CSV and JSON",
        "a test per row (CSV, JSON, JSON lines): prompt processing as input, text generation as output throughput",
        &["csv", "json", "jsonl"],
    ),
    tool: "llama-bench",
    marks: &["model_filename", "n_prompt", "n_gen", "avg_ts"],
    fields: &[
        ("model_type", "model"),
        ("gpu_info", "accelerator"),
        ("cpu_info", "processor"),
        ("backends", "backend"),
        ("build_number", "tool_version"),
        ("build_commit", "text build_commit"),
        ("model_filename", "text model_filename"),
        ("n_threads", "text n_threads"),
        ("n_gpu_layers", "text n_gpu_layers"),
        ("n_batch", "text n_batch"),
        ("n_ubatch", "text n_ubatch"),
        ("type_k", "text type_k"),
        ("type_v", "text type_v"),
        ("flash_attn", "text flash_attn"),
        ("split_mode", "text split_mode"),
        ("test_time", "end_time"),
        ("stddev_ts", "figure stddev_ts mean"),
    ],
    // Settings at their defaults, raw samples, and what `complete` reads.
    ignored: &[
        "avg_*",
        "stddev_ns",
        "samples_*",
        "n_prompt",
        "n_gen",
        "n_depth",
        "model_size",
        "model_n_params",
        "cpu_mask",
        "cpu_strict",
        "poll",
        "main_gpu",
        "no_kv_offload",
        "tensor_split",
        "tensor_buft_overrides",
        "use_mmap",
        "embeddings",
        "no_op_offload",
        "use_direct_io",
        "defrag_thold",
        "n_cpu_moe",
        "no_host",
        "devices",
        "fit_*",
        "cuda",
        "vulkan",
        "kompute",
        "metal",
        "sycl",
        "rpc",
        "gpu_blas",
        "blas",
        "f16_kv",
    ],
    fixed: &[("framework", "llama.cpp")],
    notes: &[NOTE],
    complete: Some(|draft| {
        let [prompt, generated] = ["n_prompt", "n_gen"].map(|key| draft.positive(key));
        let depth = draft.positive("n_depth");
        let (speed, time) = (draft.positive("avg_ts"), draft.positive("avg_ns").map(|time| time / 1e6));
        test(draft, [prompt, generated, depth], speed, time);
    }),
    ..Row::EMPTY
};

const NOTE: &str = "Each row is a test of the engine for one sequence: prompt processing (pp) is input throughput, text \
                    generation (tg) output throughput. Nothing was served, so there is no load.";

pub(in crate::format::flat) static MARKDOWN: Row = Row {
    about: &About::new(
        "llama-bench-markdown",
        "llama.cpp llama-bench Markdown",
        "the table that llama-bench prints, also below other output",
        &["md", "txt", "log"],
    ),
    tool: "llama-bench",
    marks: &["model", "params", "test", "t/s"],
    fields: &[
        ("model", "model"),
        ("backend", "backend"),
        ("ngl", "text n_gpu_layers"),
        ("threads", "text n_threads"),
        ("n_batch", "text n_batch"),
        ("n_ubatch", "text n_ubatch"),
        ("type_k", "text type_k"),
        ("type_v", "text type_v"),
        ("fa", "text flash_attn"),
        ("sm", "text split_mode"),
    ],
    ignored: &["size", "params", "test", "t/s", "mmap"],
    fixed: &[("framework", "llama.cpp")],
    notes: &[NOTE, "Values are rounded as in the printed table; the other outputs of llama-bench are exact."],
    complete: Some(|draft| {
        let cell = draft.text("t/s").unwrap_or_default();
        let mut numbers = cell.split('±').map(|number| number.trim().parse::<f64>().ok());
        let speed = numbers.next().flatten().filter(|speed| *speed > 0.0);
        if let Some(spread) = numbers.next().flatten() {
            draft.add("stddev_ts", Stat::Mean, spread);
        }
        // `pp 512`, `pp512`, `pp512+tg128`, `tg128 @ d4096`.
        let name = draft.text("test").unwrap_or_default().replace(' ', "");
        let (name, depth) = name.split_once("@d").map_or((name.as_str(), None), |(name, depth)| (name, depth.parse().ok()));
        let part = |word: &str| name.split('+').find_map(|part| part.strip_prefix(word)?.parse::<f64>().ok());
        test(draft, [part("pp"), part("tg"), depth], speed, None);
        if speed.is_none() {
            // The spread of nothing.
            draft.take("stddev_ts", Stat::Mean);
        }
    }),
    ..Row::EMPTY
};

/// What a test of these lengths (prompt, generated, tokens before both) measured: tokens per second, milliseconds.
fn test(draft: &mut Draft<'_>, [prompt, generated, depth]: [Option<f64>; 3], speed: Option<f64>, time: Option<f64>) {
    let parts = [prompt.map(|length| format!("pp{length}")), generated.map(|length| format!("tg{length}"))];
    let mut name = parts.into_iter().flatten().collect::<Vec<String>>().join("+");
    if let Some(depth) = depth {
        name.push_str(&format!(" @ d{depth}"));
    }
    draft.set("benchmark", Some(name));
    draft.set("isl", prompt.map(|length| length.to_string()));
    draft.set("osl", generated.map(|length| length.to_string()));
    let (speed_of, time_of) = match (prompt, generated) {
        (Some(_), None) => ("input_tps", Some("prefill_time")),
        (None, Some(_)) => ("output_tps", Some("decode_time")),
        _ => ("total_tps", None),
    };
    if let Some(speed) = speed {
        draft.add(speed_of, Stat::Mean, speed);
    }
    if let (Some(time), Some(time_of)) = (time, time_of) {
        draft.add(time_of, Stat::Mean, time);
    }
}
