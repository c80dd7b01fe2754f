//! Arguments of inference servers that results state: a run with another value is another configuration.

use super::identity::Identity;

/// Arguments of vLLM's server that sweeps vary, as vLLM writes them.
const SERVER_ARGUMENTS: &[&str] = &[
    "max_num_seqs",
    "max_num_batched_tokens",
    "max_model_len",
    "max_num_partial_prefills",
    "long_prefill_token_threshold",
    "gpu_memory_utilization",
    "kv_cache_memory_bytes",
    "kv_cache_dtype",
    "block_size",
    "swap_space",
    "cpu_offload_gb",
    "num_scheduler_steps",
    "enforce_eager",
    "enable_prefix_caching",
    "enable_chunked_prefill",
    "enable_expert_parallel",
    "async_scheduling",
    "attention_backend",
    "optimization_level",
    "distributed_executor_backend",
    "cudagraph_capture_sizes",
    "max_cudagraph_capture_size",
    "num_speculative_tokens",
    "stream_interval",
];

/// Whether a key is one of the arguments of vLLM's server, or belongs to one (`compilation_config.mode`).
pub(in crate::format) fn is_server_argument(key: &str) -> bool {
    let folded = key.trim_start_matches('-').replace('-', "_");
    SERVER_ARGUMENTS.contains(&folded.split('.').next().unwrap_or_default())
        || folded.split_once('.').is_some_and(|(config, _)| config.ends_with("_config"))
}

/// The argument that a table's column is called by, however its words are joined: `MaxNumSeqs`, `Max Num Seqs`.
pub(in crate::format) fn server_argument(name: &str) -> Option<&'static str> {
    let joined = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = joined(name);
    SERVER_ARGUMENTS.iter().copied().find(|known| joined(known) == wanted)
}

/// Adds a server's argument to what a run is: to its configuration, since a line of a chart joins what has one, and under
/// its own name.
pub(in crate::format) fn set_server_argument(identity: &mut Identity, key: &str, value: &str) {
    let stated = format!("{key}={value}");
    let config = identity.get("config").map_or_else(|| stated.clone(), |config| format!("{config}, {stated}"));
    identity.set("config", Some(config));
    identity.label(key, Some(value.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_by_arguments_in_any_spelling() {
        for name in ["MaxNumSeqs", "Max Num Seqs", "max-num-seqs", "max_num_seqs"] {
            assert_eq!(server_argument(name), Some("max_num_seqs"), "{name}");
        }
        assert_eq!(server_argument("Max Num"), None);
        assert_eq!(server_argument("batch size"), None);
    }
}
