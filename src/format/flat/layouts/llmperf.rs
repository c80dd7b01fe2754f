//! The summaries of LLMPerf, and of the tools that write like it (llmnop, llmperf-rs).
//!
//! Seconds. LLMPerf's inter-token latency is a request's time ÷ its tokens, the first among them, which elsewhere is
//! called NTPOT; of a tool that writes the gaps after the first token it is TPOT. Which of the two a file has follows from its own means.
//! Truth: ray-project/llmperf `token_benchmark_ray.py`.

use crate::format::About;
use crate::format::flat::{Draft, Row};
use crate::record::Stat;

pub(in crate::format::flat) static SUMMARY: Row = Row {
    about: &About::new(
        "llmperf",
        "LLMPerf summary JSON",
        "summaries of LLMPerf and of tools that write like it: latencies, throughput, failures",
        &["json"],
    ),
    tool: "LLMPerf",
    marks: &["num_concurrent_requests", "mean_input_tokens", "results_num_completed_requests"],
    fields: &[
        ("version", "tool_version"),
        ("model", "model"),
        ("name", "run"),
        ("num_concurrent_requests", "load concurrency"),
        ("mean_input_tokens", "isl"),
        ("mean_output_tokens", "osl"),
        ("results_ttft_s_{stat}", "ttft s"),
        ("results_ttft_s_quantiles_{stat}", "ttft s"),
        ("results_inter_token_latency_s_{stat}", "ntpot s"),
        ("results_inter_token_latency_s_quantiles_{stat}", "ntpot s"),
        ("results_end_to_end_latency_s_{stat}", "e2el s"),
        ("results_end_to_end_latency_s_quantiles_{stat}", "e2el s"),
        // A request's output tokens ÷ its whole time, the wait for the first token included.
        ("results_request_output_throughput_token_per_s_{stat}", "figure request_output_throughput"),
        ("results_request_output_throughput_token_per_s_quantiles_{stat}", "figure request_output_throughput"),
        ("results_number_input_tokens_{stat}", "input_tokens"),
        ("results_number_input_tokens_quantiles_{stat}", "input_tokens"),
        ("results_number_output_tokens_{stat}", "output_tokens"),
        ("results_number_output_tokens_quantiles_{stat}", "output_tokens"),
        ("results_mean_output_throughput_token_per_s", "output_tps"),
        ("results_num_completed_requests", "completed"),
        ("results_num_completed_requests_per_min", "rps requests/min"),
        ("results_number_errors", "errored"),
        ("results_error_rate", "error_rate fraction"),
        ("results_num_requests_started", "requests"),
        ("timestamp", "end_time"),
    ],
    ignored: &["results_error_code_frequency", "stddev_*_tokens"],
    complete: Some(complete),
    ..Row::EMPTY
};

fn complete(draft: &mut Draft<'_>) {
    let mean = |draft: &Draft<'_>, key: &str| draft.figure(key, Stat::Mean).filter(|value| *value > 0.0);
    let [gap, whole, first, tokens] = ["ntpot", "e2el", "ttft", "output_tokens"].map(|key| mean(draft, key));
    let (Some(gap), Some(whole), Some(first), Some(tokens)) = (gap, whole, first, tokens) else { return };
    let with_first = (gap * tokens - whole).abs();
    let without_first = (gap * (tokens - 1.0) - (whole - first)).abs();
    if without_first < with_first {
        draft.rename("ntpot", "tpot");
    } else {
        draft.once("The inter-token latency counts the first token (it is E2E latency ÷ output tokens): shown as NTPOT.");
    }
}
