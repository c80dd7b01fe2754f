//! A benchmark report's names mapped to the catalogue. Rows of data; knows no file layout.
//!
//! The report fixes units by stating them, but not meanings: its converters copy each harness' own figures. So the
//! token latencies depend on the harness. **inference-perf, vLLM and InferenceMAX** follow the report's schema.
//! **GuideLLM's** time per output token counts the first token and its inter-token latency is TPOT; before 0.4 the
//! former meant something else, and a report does not state the release unless its configuration has the newer layout.
//! **AIPerf's** inter-token latency is TPOT.

/// The load generators, by the name in reports: name on the page, meanings of time per output token and of inter-token
/// latency.
pub(super) struct Harness {
    pub name: &'static str,
    pub label: &'static str,
    pub per_output_token: &'static [&'static str],
    pub inter_token: &'static [&'static str],
}

const fn harness(name: &'static str, label: &'static str) -> Harness {
    Harness { name, label, per_output_token: &["tpot"], inter_token: &["itl"] }
}

/// Every harness with a converter of its own.
pub(super) const HARNESSES: &[Harness] = &[
    harness("inference-perf", "inference-perf"),
    Harness { per_output_token: &["ntpot"], inter_token: &["itl", "tpot"], ..harness("guidellm", "GuideLLM") },
    harness("vllm-benchmark", "vLLM bench"),
    harness("inferencemax", "InferenceMAX"),
    Harness { inter_token: &["tpot"], ..harness("aiperf", "AIPerf") },
];

/// The harness of this name.
pub(super) fn named(name: &str) -> Option<&'static Harness> {
    HARNESSES.iter().find(|harness| harness.name == name)
}

/// Counts of `session_performance`.
pub(super) const SESSION_COUNTS: &[(&str, &str)] = &[
    ("total", "sessions"),
    ("succeeded", "sessions_succeeded"),
    ("failed", "sessions_failed"),
    ("total_events", "session_events"),
    ("total_events_completed", "session_events_completed"),
    ("total_events_cancelled", "session_events_cancelled"),
];

/// Summaries of `session_performance`.
pub(super) const SESSION_SUMMARIES: &[(&str, &str)] = &[
    ("session_rate", "session_rate"),
    ("session_duration", "session_duration"),
    ("events_per_session", "events_per_session"),
    ("events_cancelled_per_session", "cancelled_per_session"),
    ("input_tokens_per_session", "input_tokens_per_session"),
    ("output_tokens_per_session", "output_tokens_per_session"),
];

/// Summaries with a stated unit: section, key, the catalogue's metric. Those whose meaning depends on the harness are
/// not among them.
pub(super) const SUMMARIES: &[(&str, &str, &str)] = &[
    ("latency", "time_to_first_token", "ttft"),
    ("latency", "normalized_time_per_output_token", "ntpot"),
    ("latency", "request_latency", "e2el"),
    ("requests", "input_length", "input_tokens"),
    ("requests", "output_length", "output_tokens"),
    ("throughput", "output_token_rate", "output_tps"),
    ("throughput", "total_token_rate", "total_tps"),
    ("throughput", "input_token_rate", "input_tps"),
    ("throughput", "request_rate", "rps"),
];

/// Plain numbers of 0.1, whose unit is fixed.
pub(super) const RATES: &[(&str, &str)] = &[
    ("output_tokens_per_sec", "output_tps"),
    ("total_tokens_per_sec", "total_tps"),
    ("input_tokens_per_sec", "input_tps"),
    ("requests_per_sec", "rps"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_in_the_catalogue() {
        let keys = SUMMARIES.iter().map(|row| row.2).chain(RATES.iter().map(|row| row.1));
        let tokens = HARNESSES.iter().flat_map(|harness| harness.per_output_token.iter().chain(harness.inter_token).copied());
        for key in keys.chain(tokens) {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
