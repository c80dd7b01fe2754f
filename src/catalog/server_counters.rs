//! What inference servers and machines count since their start: counters and histograms, by what they count.
//!
//! Figures come from differences of such series, never from their values. Sources of the names and of their meaning:
//! `../shared/formats/server-metrics.md` §2–8.

/// What is counted.
#[derive(Debug, PartialEq)]
pub struct Counted {
    /// Name in code.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit of a count, or of an observation of a histogram, after [`Counted::factor`].
    pub unit: &'static str,
    /// From the exported unit to [`Counted::unit`].
    pub factor: f64,
    /// Whether it is a histogram.
    pub histogram: bool,
    /// The label whose values are of interest on their own; empty for none. All other labels are summed over.
    pub split: &'static str,
    /// The names it is exported under, with `_` for `:` and without `_total`. A server may export several, old and new:
    /// the first counts, never their sum.
    pub names: &'static [&'static str],
}

const fn count(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    split: &'static str,
    names: &'static [&'static str],
) -> Counted {
    Counted { key, label, unit, factor: 1.0, histogram: false, split, names }
}

/// A time in nanoseconds, told in seconds.
const fn nanoseconds(key: &'static str, label: &'static str, names: &'static [&'static str]) -> Counted {
    Counted { key, label, unit: "s", factor: 1e-9, histogram: false, split: "", names }
}

const fn latency(key: &'static str, label: &'static str, names: &'static [&'static str]) -> Counted {
    Counted { key, label, unit: "ms", factor: 1000.0, histogram: true, split: "", names }
}

const fn sizes(key: &'static str, label: &'static str, names: &'static [&'static str]) -> Counted {
    Counted { key, label, unit: "tokens", factor: 1.0, histogram: true, split: "", names }
}

/// Everything counted that a view reads.
pub static COUNTED: &[Counted] = &[
    count(
        "prompt_tokens",
        "Prompt tokens",
        "tokens",
        "",
        &["vllm_prompt_tokens", "sglang_prompt_tokens", "trtllm_prompt_tokens"],
    ),
    count(
        "generation_tokens",
        "Generated tokens",
        "tokens",
        "",
        &["vllm_generation_tokens", "sglang_generation_tokens", "trtllm_generation_tokens", "dynamo_frontend_output_tokens"],
    ),
    count("tokens_by_mode", "Tokens by kind of pass", "tokens", "mode", &["sglang_realtime_tokens"]),
    count("prompt_tokens_by_source", "Prompt tokens by source", "tokens", "source", &["vllm_prompt_tokens_by_source"]),
    count("prefill_tokens_by_source", "Prompt tokens by source", "tokens", "mode", &["sglang_prefill_effective_tokens"]),
    count("cached_tokens", "Cached prompt tokens", "tokens", "", &["vllm_prompt_tokens_cached", "trtllm_prompt_cached_tokens"]),
    count("cached_tokens_by_tier", "Cached prompt tokens by tier", "tokens", "source", &["vllm_prompt_tokens_cached_by_source"]),
    count(
        "finished",
        "Finished requests",
        "requests",
        "finished_reason",
        &[
            "vllm_request_success",
            "trtllm_request_success",
            "llm_d_epp_request",
            "inference_objective_request",
            "inference_model_request",
        ],
    ),
    count("requests_by_status", "Requests by status", "requests", "status", &["dynamo_frontend_requests"]),
    count("requests_seen", "Requests", "requests", "", &["sglang_num_requests"]),
    count(
        "failed",
        "Failed requests",
        "requests",
        "",
        &[
            "trtllm_request_error",
            "llm_d_epp_request_error",
            "inference_objective_request_error",
            "inference_model_request_error",
            "dynamo_component_errors",
        ],
    ),
    // Clients that left, most often: no failures.
    count("aborted", "Aborted requests", "requests", "", &["sglang_num_aborted_requests"]),
    count("rejected", "Rejected requests", "requests", "reason", &["vllm_admission_rejections"]),
    count("http_requests", "HTTP requests", "requests", "status", &["http_requests"]),
    count("preemptions", "Preemptions", "requests", "", &["vllm_num_preemptions", "sglang_num_retracted_requests"]),
    count(
        "prefix_queries",
        "Prefix cache: tokens looked up",
        "tokens",
        "",
        &["vllm_prefix_cache_queries", "vllm_gpu_prefix_cache_queries"],
    ),
    count("prefix_hits", "Prefix cache: tokens found", "tokens", "", &["vllm_prefix_cache_hits", "vllm_gpu_prefix_cache_hits"]),
    count("external_queries", "KV connector: tokens looked up", "tokens", "", &["vllm_external_prefix_cache_queries"]),
    count("external_hits", "KV connector: tokens found", "tokens", "", &["vllm_external_prefix_cache_hits"]),
    count("blocks_reused", "KV blocks reused", "blocks", "", &["trtllm_kv_cache_reused_blocks"]),
    count("blocks_missed", "KV blocks missed", "blocks", "", &["trtllm_kv_cache_missed_blocks"]),
    count("drafts", "Drafts", "drafts", "", &["vllm_spec_decode_num_drafts"]),
    count(
        "draft_tokens",
        "Drafted tokens",
        "tokens",
        "",
        &["vllm_spec_decode_num_draft_tokens", "trtllm_spec_decode_num_draft_tokens"],
    ),
    count(
        "accepted_tokens",
        "Accepted draft tokens",
        "tokens",
        "",
        &["vllm_spec_decode_num_accepted_tokens", "trtllm_spec_decode_num_accepted_tokens"],
    ),
    count(
        "accepted_by_position",
        "Accepted draft tokens by position",
        "tokens",
        "position",
        &["vllm_spec_decode_num_accepted_tokens_per_pos"],
    ),
    nanoseconds("power_violation", "Time throttled for power", &["DCGM_FI_DEV_POWER_VIOLATION"]),
    nanoseconds("thermal_violation", "Time throttled for heat", &["DCGM_FI_DEV_THERMAL_VIOLATION"]),
    latency(
        "ttft",
        "TTFT",
        &[
            "vllm_time_to_first_token_seconds",
            "sglang_time_to_first_token_seconds",
            "trtllm_time_to_first_token_seconds",
            "dynamo_frontend_time_to_first_token_seconds",
            "llm_d_epp_request_ttft_seconds",
        ],
    ),
    latency(
        "itl",
        "ITL",
        &[
            "vllm_inter_token_latency_seconds",
            "vllm_time_per_output_token_seconds",
            "sglang_inter_token_latency_seconds",
            "sglang_time_per_output_token_seconds",
            "dynamo_frontend_inter_token_latency_seconds",
            "llm_d_epp_request_streaming_itl_seconds",
        ],
    ),
    latency(
        "tpot",
        "TPOT",
        &[
            "vllm_request_time_per_output_token_seconds",
            "trtllm_time_per_output_token_seconds",
            "llm_d_epp_request_streaming_tpot_seconds",
        ],
    ),
    latency(
        "e2el",
        "E2E latency",
        &[
            "vllm_e2e_request_latency_seconds",
            "sglang_e2e_request_latency_seconds",
            "trtllm_e2e_request_latency_seconds",
            "dynamo_frontend_request_duration_seconds",
            "llm_d_epp_request_duration_seconds",
        ],
    ),
    latency(
        "queue_time",
        "Queue time",
        &[
            "vllm_request_queue_time_seconds",
            "sglang_queue_time_seconds",
            "trtllm_request_queue_time_seconds",
            "llm_d_epp_flow_control_request_queue_duration_seconds",
        ],
    ),
    latency("prefill_time", "Prefill time", &["vllm_request_prefill_time_seconds", "trtllm_request_prefill_time_seconds"]),
    latency("decode_time", "Decode time", &["vllm_request_decode_time_seconds", "trtllm_request_decode_time_seconds"]),
    latency(
        "inference_time",
        "Inference time",
        &["vllm_request_inference_time_seconds", "trtllm_request_inference_time_seconds"],
    ),
    sizes(
        "prompt_length",
        "Prompt length",
        &[
            "vllm_request_prompt_tokens",
            "sglang_prompt_tokens_histogram",
            "dynamo_frontend_input_sequence_tokens",
            "llm_d_epp_request_input_tokens",
        ],
    ),
    sizes(
        "output_length",
        "Output length",
        &[
            "vllm_request_generation_tokens",
            "sglang_generation_tokens_histogram",
            "dynamo_frontend_output_sequence_tokens",
            "llm_d_epp_request_output_tokens",
        ],
    ),
    sizes(
        "cached_length",
        "Cached prompt tokens per request",
        &["dynamo_frontend_cached_tokens", "llm_d_epp_request_cached_tokens"],
    ),
    sizes("step_tokens", "Tokens per step", &["vllm_iteration_tokens"]),
];

/// A name as [`Counted::names`] has it.
fn plain(name: &str) -> String {
    let name = name.strip_suffix("_total").unwrap_or(name);
    name.replacen(':', "_", 1)
}

/// What a series of this name counts (the name of a histogram is without `_bucket`), and its rank among names of the same.
pub fn counted(name: &str) -> Option<(&'static Counted, usize)> {
    let plain = plain(name);
    COUNTED.iter().find_map(|row| Some((row, row.names.iter().position(|known| *known == plain)?)))
}

/// The row of a key.
pub fn row(key: &str) -> Option<&'static Counted> {
    COUNTED.iter().find(|row| row.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_counts_one_thing() {
        let names: Vec<&str> = COUNTED.iter().flat_map(|row| row.names).copied().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        let keys: BTreeSet<&str> = COUNTED.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), COUNTED.len());
    }

    #[test]
    fn with_and_without_total_and_a_colon() {
        let key = |name| counted(name).map(|(row, rank)| (row.key, rank));
        assert_eq!(key("vllm:num_preemptions_total"), Some(("preemptions", 0)));
        assert_eq!(key("vllm_num_preemptions"), Some(("preemptions", 0)));
        assert_eq!(key("vllm:time_per_output_token_seconds"), Some(("itl", 1)));
        assert_eq!(key("vllm:iteration_tokens_total"), Some(("step_tokens", 0)));
        assert_eq!(key("vllm:kv_cache_usage_perc"), None);
    }
}
