//! What AIPerf's words mean in the catalogue's. Rows of data; knows no file layout.
//!
//! - **Inter-token latency** is (request latency − TTFT) ÷ (output tokens − 1) of each request: the catalogue's TPOT,
//!   to the letter. It is not given as ITL, whose percentiles are those of single gaps.
//! - **Inter-chunk latency** pools the gaps between streamed chunks, which may carry several tokens: a metric of its own.
//! - The first GenAI-Perf releases, which wrote nanoseconds, pooled all gaps under **inter-token latency** (a gap between
//!   responses divided by the tokens of the later one): that is given as ITL.
//! - **Output token throughput per user** is 1 ÷ inter-token latency, request by request; its P90 is a fast request,
//!   where interactivity at P90 is a slow one: a metric of its own.
//! - **Output sequence length** counts reasoning tokens too, as the server's work does; output token count does not.
//! - Latencies, lengths and rates are those of valid requests.
//!
//! A figure whose tag has no row (HTTP phases, token accounting of the server, energy) is not a benchmark result that
//! other tools share, and is not read.

/// Tag in the JSON, the catalogue's metric. The first tag of a metric that a file has is taken.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("time_to_first_token", "ttft"),
    ("ttft", "ttft"),
    ("time_to_first_output_token", "ttfot"),
    ("inter_token_latency", "tpot"),
    ("inter_chunk_latency", "icl"),
    ("request_latency", "e2el"),
    ("output_token_throughput_per_user", "tps_per_user"),
    ("input_sequence_length", "input_tokens"),
    ("output_sequence_length", "output_tokens"),
    ("num_input_token", "input_tokens"),
    ("num_output_token", "output_tokens"),
    ("reasoning_token_count", "reasoning_tokens"),
    ("usage_prompt_cache_read_tokens", "cached_prompt_tokens"),
    ("request_throughput", "rps"),
    ("output_token_throughput", "output_tps"),
    ("total_token_throughput", "total_tps"),
    ("input_token_throughput", "input_tps"),
    ("goodput", "goodput_rps"),
    ("request_goodput", "goodput_rps"),
    ("good_request_fraction", "slo_attainment"),
    ("request_count", "completed"),
    ("error_request_count", "errored"),
    ("request_error_rate", "error_rate"),
    ("benchmark_duration", "duration"),
    ("effective_concurrency", "concurrency_achieved"),
];

/// The metric of a tag.
pub(super) fn metric(tag: &str) -> Option<&'static str> {
    WORDS.iter().find(|(word, _)| *word == tag).map(|(_, metric)| *metric)
}

/// The metric and the unit of a name as the CSV writes it: `Time to First Token (ms)`, `GoodRequestFraction (ratio)`.
pub(super) fn heading(name: &str) -> Option<(&'static str, &str)> {
    let (name, unit) = match name.trim().strip_suffix(')').and_then(|name| name.rsplit_once(" (")) {
        Some((name, unit)) => (name, unit),
        None => (name.trim(), ""),
    };
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
    let folded = letters(name);
    WORDS.iter().find(|(word, _)| letters(word) == folded).map(|(_, metric)| (*metric, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_tags_in_other_letters() {
        assert_eq!(heading("Time to First Token (ms)"), Some(("ttft", "ms")));
        assert_eq!(heading("GoodRequestFraction (ratio)"), Some(("slo_attainment", "ratio")));
        assert_eq!(heading("Request Count"), Some(("completed", "")));
        assert_eq!(heading("HTTP Waiting (TTFB) (ms)"), None);
    }

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (tag, key) in WORDS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{tag}: {key}");
        }
    }
}
