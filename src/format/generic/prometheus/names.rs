//! What the names of metrics and labels mean: rows of data. Everything else keeps its own name.

/// Metrics: the exposed name with `_` for `:`, the catalogue's metric, factor to its unit. Where one server exposes a
/// figure under two names, the one that stands first is taken.
const METRICS: &[(&str, &str, f64)] = &[
    // vLLM; names that it dropped come after those that replaced them.
    ("vllm_num_requests_running", "running_requests", 1.0),
    ("vllm_num_requests_waiting", "queued_requests", 1.0),
    ("vllm_kv_cache_usage_perc", "kv_usage", 100.0),
    ("vllm_gpu_cache_usage_perc", "kv_usage", 100.0),
    ("vllm_gpu_prefix_cache_hit_rate", "cache_hit_rate", 100.0),
    ("vllm_avg_prompt_throughput_toks_per_s", "prompt_tps", 1.0),
    ("vllm_avg_generation_throughput_toks_per_s", "generation_tps", 1.0),
    ("vllm_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("vllm_inter_token_latency_seconds", "server_itl", 1000.0),
    ("vllm_time_per_output_token_seconds", "server_itl", 1000.0),
    ("vllm_request_time_per_output_token_seconds", "server_tpot", 1000.0),
    ("vllm_e2e_request_latency_seconds", "server_e2el", 1000.0),
    ("vllm_request_queue_time_seconds", "queue_time", 1000.0),
    ("vllm_request_prefill_time_seconds", "prefill_time", 1000.0),
    ("vllm_request_decode_time_seconds", "decode_time", 1000.0),
    ("vllm_request_inference_time_seconds", "inference_time", 1000.0),
    ("vllm_request_prompt_tokens", "input_tokens", 1.0),
    ("vllm_request_generation_tokens", "output_tokens", 1.0),
    // SGLang
    ("sglang_num_running_reqs", "running_requests", 1.0),
    ("sglang_num_queue_reqs", "queued_requests", 1.0),
    ("sglang_num_prefill_inflight_queue_reqs", "inflight_requests", 1.0),
    ("sglang_num_decode_prealloc_queue_reqs", "prealloc_requests", 1.0),
    ("sglang_num_decode_transfer_queue_reqs", "transfer_requests", 1.0),
    ("sglang_token_usage", "kv_usage", 100.0),
    ("sglang_cache_hit_rate", "cache_hit_rate", 100.0),
    ("sglang_gen_throughput", "generation_tps", 1.0),
    ("sglang_spec_accept_length", "accepted_length", 1.0),
    ("sglang_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("sglang_inter_token_latency_seconds", "server_itl", 1000.0),
    ("sglang_time_per_output_token_seconds", "server_itl", 1000.0),
    ("sglang_e2e_request_latency_seconds", "server_e2el", 1000.0),
    ("sglang_queue_time_seconds", "queue_time", 1000.0),
    // TensorRT-LLM
    ("trtllm_kv_cache_utilization", "kv_usage", 100.0),
    ("trtllm_kv_cache_hit_rate", "cache_hit_rate", 100.0),
    ("trtllm_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("trtllm_time_per_output_token_seconds", "server_tpot", 1000.0),
    ("trtllm_e2e_request_latency_seconds", "server_e2el", 1000.0),
    ("trtllm_request_queue_time_seconds", "queue_time", 1000.0),
    // Dynamo; its “percent” of cache usage is a share of 1.
    ("dynamo_frontend_queued_requests", "queued_requests", 1.0),
    ("dynamo_frontend_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("dynamo_frontend_inter_token_latency_seconds", "server_itl", 1000.0),
    ("dynamo_frontend_request_duration_seconds", "server_e2el", 1000.0),
    ("dynamo_frontend_input_sequence_tokens", "input_tokens", 1.0),
    ("dynamo_frontend_output_sequence_tokens", "output_tokens", 1.0),
    ("dynamo_component_gpu_cache_usage_percent", "kv_usage", 100.0),
    ("dynamo_component_kvstats_gpu_cache_usage_percent", "kv_usage", 100.0),
    ("dynamo_component_kvstats_gpu_prefix_cache_hit_rate", "cache_hit_rate", 100.0),
    // DCGM exporter: memory in MiB, energy in mJ, profiling shares of 1
    ("DCGM_FI_DEV_POWER_USAGE", "gpu_power", 1.0),
    ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "gpu_energy", 1e-3),
    ("DCGM_FI_DEV_GPU_UTIL", "gpu_util", 1.0),
    ("DCGM_FI_DEV_MEM_COPY_UTIL", "gpu_memory_util", 1.0),
    ("DCGM_FI_DEV_GPU_TEMP", "gpu_temperature", 1.0),
    ("DCGM_FI_DEV_MEMORY_TEMP", "gpu_memory_temperature", 1.0),
    ("DCGM_FI_DEV_SM_CLOCK", "gpu_sm_clock", 1.0),
    ("DCGM_FI_DEV_MEM_CLOCK", "gpu_memory_clock", 1.0),
    ("DCGM_FI_DEV_FB_USED", "gpu_memory_used", 1.0 / 1024.0),
    ("DCGM_FI_DEV_FB_FREE", "gpu_memory_free", 1.0 / 1024.0),
    ("DCGM_FI_DEV_FB_RESERVED", "gpu_memory_reserved", 1.0 / 1024.0),
    ("DCGM_FI_PROF_SM_ACTIVE", "gpu_sm_active", 100.0),
    ("DCGM_FI_PROF_SM_OCCUPANCY", "gpu_sm_occupancy", 100.0),
    ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gpu_tensor_active", 100.0),
    ("DCGM_FI_PROF_DRAM_ACTIVE", "gpu_dram_active", 100.0),
    ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "gpu_graphics_active", 100.0),
    // node-exporter and the clients' own process metrics, in bytes
    ("node_load1", "host_load", 1.0),
    ("node_memory_MemTotal_bytes", "host_memory_total", 1.0 / 1_073_741_824.0),
    ("node_memory_MemAvailable_bytes", "host_memory_available", 1.0 / 1_073_741_824.0),
    ("process_resident_memory_bytes", "process_memory", 1.0 / 1_073_741_824.0),
];

/// Labels and the dimension that each names. Where several of a series' labels name one, the first in this order does;
/// the others keep their own names.
const LABELS: &[(&str, &str)] = &[
    ("model_name", "model"),
    ("served_model_name", "model"),
    ("model", "model"),
    ("modelName", "accelerator"),
    ("worker_id", "worker"),
    ("worker", "worker"),
    ("instance", "worker"),
    ("pod", "worker"),
    ("engine", "worker"),
    ("dp_rank", "rank"),
    ("tp_rank", "rank"),
    ("worker_type", "role"),
    ("engine_type", "role"),
    ("gpu", "gpu"),
    ("UUID", "gpu_uuid"),
    ("gpu_uuid", "gpu_uuid"),
    ("Hostname", "node"),
    ("hostname", "node"),
    ("node", "node"),
];

/// Labels of ranks, each with the dimension that keeps it whichever of them is the rank: what tensor-parallel ranks report of
/// one engine is the same, what data-parallel ranks report is not.
const RANKS: &[(&str, &str)] = &[("dp_rank", "dp_rank"), ("tp_rank", "tp_rank"), ("pp_rank", "pp_rank")];

/// Labels that tell series of one thing apart, beside those that name a dimension: what is left of an `_info` series
/// describes it.
const SOURCES: &[&str] = &["device", "port", "namespace", "container", "job", "service", "dynamo_component", "cpu"];

/// The catalogue's metric for an exposed name: key, factor, and its rank among names of the same figure.
pub(super) fn metric(name: &str) -> Option<(&'static str, f64, usize)> {
    let plain = name.replacen(':', "_", 1);
    let rank = METRICS.iter().position(|(known, ..)| *known == plain)?;
    METRICS.get(rank).map(|(_, key, factor)| (*key, *factor, rank))
}

/// The dimension that a label names, and its rank among labels of the same dimension.
pub(super) fn label(name: &str) -> Option<(&'static str, usize)> {
    let rank = LABELS.iter().position(|(known, _)| *known == name)?;
    LABELS.get(rank).map(|(_, key)| (*key, rank))
}

/// The dimension of a label that numbers a rank.
pub(super) fn rank(name: &str) -> Option<&'static str> {
    RANKS.iter().find(|(label, _)| *label == name).map(|(_, key)| *key)
}

/// Whether a label says which thing an `_info` series is about.
pub(super) fn is_source(name: &str) -> bool {
    SOURCES.contains(&name) || label(name).is_some()
}

/// Which server wrote a metric, where its name says so.
pub(super) fn tool(name: &str) -> Option<&'static str> {
    const TOOLS: [(&str, &str); 6] = [
        ("vllm:", "vLLM"),
        ("sglang:", "SGLang"),
        ("trtllm_", "TensorRT-LLM"),
        ("dynamo_", "Dynamo"),
        ("DCGM_FI_", "DCGM exporter"),
        ("node_", "node-exporter"),
    ];
    TOOLS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, tool)| *tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (_, key, _) in METRICS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
        for (_, key) in LABELS {
            assert!(crate::catalog::dimensions::dimension(key).is_some(), "{key}");
        }
    }
}
