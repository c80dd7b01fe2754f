//! The lines that state figures, and what their words mean.
//!
//! Batch lines are a mark and then `key: value` or `key = value`, separated by commas: SGLang's of prefill and decode,
//! TensorRT-LLM's of an iteration, vLLM's of ten seconds. Statements are sentences with numbers in fixed places, as
//! engines write while they start. Fractions of 1 become percent; SGLang's GB are GiB (it divides by 2³⁰).

/// The position of a line's keys relative to its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// Behind it.
    Follow,
    /// The mark is the first of them.
    Begin,
    /// On both sides of it: the order varies.
    Surround,
}

/// A line of keys and values.
pub(super) struct Batch {
    /// The text that every such line contains.
    pub mark: &'static str,
    /// The position of its keys.
    pub fields: Fields,
    /// What the engine computed, if the line's kind implies it.
    pub batch: Option<&'static str>,
    /// The engine that writes such lines.
    pub engine: &'static str,
    /// Key, metric, factor to its unit.
    pub words: &'static [(&'static str, &'static str, f64)],
}

/// Keys that identify or count, and are no figures.
pub(super) const SKIPPED: &[&str] = &["global_rank", "rank", "timestamp", "Per-position acceptance rate"];

/// SGLang's words of both kinds of batch. “full” and “swa” are the two caches of hybrid models.
const SGLANG: &[(&str, &str, f64)] = &[
    ("#running-req", "running_requests", 1.0),
    ("#queue-req", "queued_requests", 1.0),
    ("token usage", "kv_usage", 100.0),
    ("full token usage", "kv_usage", 100.0),
    ("swa token usage", "swa_kv_usage", 100.0),
    ("mamba usage", "mamba_usage", 100.0),
    ("#new-seq", "new_requests", 1.0),
    ("#new-token", "new_tokens", 1.0),
    ("#cached-token", "cached_tokens", 1.0),
    ("#pending-token", "pending_tokens", 1.0),
    ("#inflight-req", "inflight_requests", 1.0),
    ("input throughput (token/s)", "prompt_tps", 1.0),
    ("cache hit rate", "cache_hit_rate", 1.0),
    ("#token", "kv_tokens", 1.0),
    ("#full token", "kv_tokens", 1.0),
    ("#prealloc-req", "prealloc_requests", 1.0),
    ("#transfer-req", "transfer_requests", 1.0),
    ("#retracted-req", "retracted_requests", 1.0),
    ("pre-allocated usage", "preallocated_usage", 100.0),
    ("accept len", "accepted_length", 1.0),
    ("accept rate", "acceptance_rate", 100.0),
    ("gen throughput (token/s)", "generation_tps", 1.0),
];

/// Every kind of batch line.
pub(super) static BATCHES: [Batch; 5] = [
    Batch { mark: "Decode batch", fields: Fields::Follow, batch: Some("decode"), engine: "SGLang", words: SGLANG },
    Batch { mark: "Prefill batch", fields: Fields::Follow, batch: Some("prefill"), engine: "SGLang", words: SGLANG },
    Batch {
        mark: "host_step_time",
        fields: Fields::Surround,
        batch: None,
        engine: "TensorRT-LLM",
        words: &[
            ("iter", "iteration", 1.0),
            ("num_scheduled_requests", "running_requests", 1.0),
            ("kv_cache_util", "kv_usage", 100.0),
            ("currank_total_requests", "fetched_requests", 1.0),
            ("host_step_time", "step_time", 1.0),
            ("prev_device_step_time", "device_step_time", 1.0),
            ("num_ctx_requests", "new_requests", 1.0),
            ("num_ctx_tokens", "new_tokens", 1.0),
            ("num_generation_tokens", "decode_tokens", 1.0),
            ("cached_kv_tokens", "cached_tokens", 1.0),
        ],
    },
    Batch {
        mark: "Avg prompt throughput:",
        fields: Fields::Begin,
        batch: None,
        engine: "vLLM",
        words: &[
            ("Avg prompt throughput", "prompt_tps", 1.0),
            ("Avg generation throughput", "generation_tps", 1.0),
            ("Running", "running_requests", 1.0),
            ("Waiting", "queued_requests", 1.0),
            // The first engine called those that wait so.
            ("Pending", "queued_requests", 1.0),
            ("Swapped", "swapped_requests", 1.0),
            ("GPU KV cache usage", "kv_usage", 1.0),
            ("CPU KV cache usage", "cpu_kv_usage", 1.0),
            ("Prefix cache hit rate", "cache_hit_rate", 1.0),
        ],
    },
    Batch {
        mark: "SpecDecoding metrics:",
        fields: Fields::Follow,
        batch: None,
        engine: "vLLM",
        words: &[
            ("Mean acceptance length", "accepted_length", 1.0),
            ("Accepted throughput", "accepted_tps", 1.0),
            ("Drafted throughput", "drafted_tps", 1.0),
            ("Avg Draft acceptance rate", "acceptance_rate", 1.0),
        ],
    },
];

/// A sentence with numbers: the text it contains, and the words before each figure. Figures of one metric add up.
pub(super) struct Statement {
    pub mark: &'static str,
    pub engine: &'static str,
    pub figures: &'static [(&'static str, &'static str)],
}

/// Every kind of statement.
pub(super) static STATEMENTS: [Statement; 8] = [
    Statement {
        mark: "Load weight end.",
        engine: "SGLang",
        figures: &[("avail mem=", "memory_available"), ("mem usage=", "memory_used")],
    },
    Statement {
        mark: "KV Cache is allocated.",
        engine: "SGLang",
        figures: &[
            ("#tokens: ", "kv_capacity"),
            (", KV size: ", "kv_memory"),
            (", K size: ", "kv_memory"),
            (", V size: ", "kv_memory"),
        ],
    },
    Statement {
        mark: "Peak memory during memory usage profiling",
        engine: "TensorRT-LLM",
        figures: &[
            ("(torch + non-torch): ", "memory_used"),
            ("calculating max tokens: ", "kv_memory"),
            ("device total memory ", "memory_total"),
        ],
    },
    Statement {
        mark: "paged KV cache (",
        engine: "TensorRT-LLM",
        figures: &[("[MemUsageChange] Allocated ", "kv_memory"), ("paged KV cache (", "kv_capacity")],
    },
    Statement { mark: "GPU KV cache size: ", engine: "vLLM", figures: &[("GPU KV cache size: ", "kv_capacity")] },
    Statement { mark: "Available KV cache memory: ", engine: "vLLM", figures: &[("Available KV cache memory: ", "kv_memory")] },
    Statement { mark: "Model loading took ", engine: "vLLM", figures: &[("Model loading took ", "model_memory")] },
    Statement { mark: "Maximum concurrency for ", engine: "vLLM", figures: &[("tokens per request: ", "kv_concurrency")] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metrics::metric;

    #[test]
    fn every_word_is_in_the_catalogue() {
        let words = BATCHES.iter().flat_map(|batch| batch.words.iter().map(|(_, metric, _)| *metric));
        let stated = STATEMENTS.iter().flat_map(|statement| statement.figures.iter().map(|(_, metric)| *metric));
        for key in words.chain(stated) {
            assert!(metric(key).is_some(), "{key}");
        }
    }
}
