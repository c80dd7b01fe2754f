//! The metrics that inference servers and machines export, by their Prometheus names. Any other metric keeps its name.

/// The exported name with `_` for `:`, the catalogue's metric, the factor to its unit. If a server exports one metric
/// under two names, the first is used.
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
    ("vllm_kv_offload_cpu_cache_usage_perc", "cpu_kv_usage", 100.0),
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
    ("sglang_spec_accept_rate", "acceptance_rate", 100.0),
    ("sglang_swa_token_usage", "swa_kv_usage", 100.0),
    ("sglang_mamba_usage", "mamba_usage", 100.0),
    ("sglang_num_retracted_reqs", "retracted_requests", 1.0),
    ("sglang_max_total_num_tokens", "kv_capacity", 1.0),
    ("sglang_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("sglang_inter_token_latency_seconds", "server_itl", 1000.0),
    ("sglang_time_per_output_token_seconds", "server_itl", 1000.0),
    ("sglang_e2e_request_latency_seconds", "server_e2el", 1000.0),
    ("sglang_queue_time_seconds", "queue_time", 1000.0),
    // TensorRT-LLM
    ("trtllm_num_requests_running", "running_requests", 1.0),
    ("trtllm_num_requests_waiting", "queued_requests", 1.0),
    ("trtllm_kv_cache_host_utilization", "cpu_kv_usage", 100.0),
    ("trtllm_kv_cache_utilization", "kv_usage", 100.0),
    ("trtllm_kv_cache_hit_rate", "cache_hit_rate", 100.0),
    ("trtllm_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("trtllm_time_per_output_token_seconds", "server_tpot", 1000.0),
    ("trtllm_e2e_request_latency_seconds", "server_e2el", 1000.0),
    ("trtllm_request_queue_time_seconds", "queue_time", 1000.0),
    ("trtllm_request_prefill_time_seconds", "prefill_time", 1000.0),
    ("trtllm_request_decode_time_seconds", "decode_time", 1000.0),
    ("trtllm_request_inference_time_seconds", "inference_time", 1000.0),
    // Dynamo; its “percent” of cache usage is a share of 1.
    ("dynamo_frontend_inflight_requests", "running_requests", 1.0),
    ("dynamo_frontend_queued_requests", "queued_requests", 1.0),
    ("dynamo_frontend_time_to_first_token_seconds", "server_ttft", 1000.0),
    ("dynamo_frontend_inter_token_latency_seconds", "server_itl", 1000.0),
    ("dynamo_frontend_request_duration_seconds", "server_e2el", 1000.0),
    ("dynamo_frontend_input_sequence_tokens", "input_tokens", 1.0),
    ("dynamo_frontend_output_sequence_tokens", "output_tokens", 1.0),
    ("dynamo_component_gpu_cache_usage_percent", "kv_usage", 100.0),
    ("dynamo_component_kvstats_gpu_cache_usage_percent", "kv_usage", 100.0),
    ("dynamo_component_kvstats_gpu_prefix_cache_hit_rate", "cache_hit_rate", 100.0),
    // llm-d's router
    ("llm_d_epp_request_running", "running_requests", 1.0),
    ("llm_d_epp_request_ttft_seconds", "server_ttft", 1000.0),
    ("llm_d_epp_request_streaming_itl_seconds", "server_itl", 1000.0),
    ("llm_d_epp_request_streaming_tpot_seconds", "server_tpot", 1000.0),
    ("llm_d_epp_request_duration_seconds", "server_e2el", 1000.0),
    // DCGM exporter: memory in MiB, energy in mJ, profiling shares of 1
    ("DCGM_FI_DEV_POWER_USAGE", "gpu_power", 1.0),
    ("DCGM_FI_DEV_POWER_MGMT_LIMIT", "gpu_power_limit", 1.0),
    ("DCGM_FI_DEV_ENFORCED_POWER_LIMIT", "gpu_power_limit", 1.0),
    ("DCGM_FI_DEV_XID_ERRORS", "gpu_xid", 1.0),
    // Renamed with NVML’s “clocks event reasons”; both are the same bits.
    ("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "gpu_clock_reasons", 1.0),
    ("DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", "gpu_clock_reasons", 1.0),
    ("DCGM_FI_PROF_PCIE_RX_BYTES", "gpu_pcie_rx", 1e-9),
    ("DCGM_FI_PROF_PCIE_TX_BYTES", "gpu_pcie_tx", 1e-9),
    ("DCGM_FI_PROF_NVLINK_RX_BYTES", "gpu_nvlink_rx", 1e-9),
    ("DCGM_FI_PROF_NVLINK_TX_BYTES", "gpu_nvlink_tx", 1e-9),
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

/// Counters whose rate is a metric of the catalogue.
const RATES: &[(&str, &str)] = &[
    ("vllm_prompt_tokens", "prompt_tps"),
    ("vllm_generation_tokens", "generation_tps"),
    ("sglang_prompt_tokens", "prompt_tps"),
    ("sglang_generation_tokens", "generation_tps"),
];

/// Values of a label that are read of one file at most: further series of it are left out, and said to be.
pub const MAX_VALUES: usize = 512;

/// The name with `_` for the `:` after a server's prefix.
fn plain(name: &str) -> String {
    name.replacen(':', "_", 1)
}

/// The catalogue's metric for an exported name: key, factor, and its rank among names of the same metric.
pub fn metric(name: &str) -> Option<(&'static str, f64, usize)> {
    let plain = plain(name);
    let rank = METRICS.iter().position(|(known, ..)| *known == plain)?;
    METRICS.get(rank).map(|(_, key, factor)| (*key, *factor, rank))
}

/// The exported names of a metric, with `_` for `:`, each with the factor to the metric's unit; the one to be used first.
pub fn names(key: &str) -> impl Iterator<Item = (&'static str, f64)> {
    METRICS.iter().filter(move |(_, own, _)| *own == key).map(|(name, _, factor)| (*name, *factor))
}

/// The catalogue's metric for the rate of a counter.
pub fn rate(counter: &str) -> Option<&'static str> {
    let plain = plain(counter);
    RATES.iter().find(|(known, _)| *known == plain).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_in_the_catalogue() {
        for key in METRICS.iter().map(|(_, key, _)| key).chain(RATES.iter().map(|(_, key)| key)) {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }

    #[test]
    fn names_with_and_without_a_colon() {
        assert_eq!(metric("vllm:kv_cache_usage_perc").map(|(key, factor, _)| (key, factor)), Some(("kv_usage", 100.0)));
        assert_eq!(metric("vllm_kv_cache_usage_perc"), metric("vllm:kv_cache_usage_perc"));
        assert_eq!(rate("sglang:generation_tokens"), Some("generation_tps"));
        assert_eq!(metric("vllm:unknown"), None);
        let names: Vec<_> = names("gpu_power_limit").collect();
        assert_eq!(names, [("DCGM_FI_DEV_POWER_MGMT_LIMIT", 1.0), ("DCGM_FI_DEV_ENFORCED_POWER_LIMIT", 1.0)]);
    }
}
