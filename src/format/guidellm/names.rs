//! What GuideLLM's words mean in the catalogue's, release by release. Rows of data; knows no file layout.
//!
//! - **Time per output token** changed its meaning: before 0.4 it is decode time ÷ all output tokens (the catalogue's
//!   `tpot_no_ttft`); from 0.4 on it counts from the start of the request (`ntpot`).
//! - **Inter-token latency** is (last token − first token) ÷ (output tokens − 1) of each request, weighted by its
//!   tokens. That is what other tools call TPOT, so it is given as `tpot` and, under the tool's own word, as `itl`.
//! - **Latencies and token counts** are those of successful requests.
//! - **Rates** are distributions of an instantaneous rate over time, so only their mean means anything. Taken is the
//!   mean of successful requests, as vLLM, SGLang and AIPerf count: work that came to nothing is no throughput. From
//!   0.8 on it is exact: counting each token between its request's first and last token, inside the measured window,
//!   gives the file's figure to the last digit (`guidellm-0.8.1/concurrent-1-16.json`, 16 streams: 983.12 output tok/s
//!   of successful requests, 1024.43 with those cut off by the window's end). Before 0.8 the window did not bound the
//!   token rates: output rates stay within 3 %, but prompt rates are wrong by up to 80 % (`guidellm-0.4.0`, 4 streams:
//!   1465 where 812 is right), so the prompt rate is left out and follows from total − output.
//!   (The importers of consolidated tables differ: the newer takes output and total throughput of all requests, the
//!   older of successful ones. `RATES` names the status in one word, should the choice change.)
//! - **Total throughput of 0.2** counts prompt tokens twice and is left out.
//! - **Concurrency** is what was in flight, finished in the end or not: the mean of all requests. The successful ones
//!   alone miss, in a run at full throttle, more than half of it (`sweep-5.json`: 90 of 193).

/// A release's definition of time per output token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum TimePerOutputToken {
    /// From the start of the request, the first token included.
    FromRequest,
    /// From the first token, divided by all tokens.
    FromFirstToken,
}

impl TimePerOutputToken {
    /// The catalogue's metric.
    pub(in crate::format) const fn metric(self) -> &'static str {
        match self {
            TimePerOutputToken::FromRequest => "ntpot",
            TimePerOutputToken::FromFirstToken => "tpot_no_ttft",
        }
    }

    /// The meaning in a release; `None` where the text names none.
    pub(in crate::format) fn of(version: &str) -> Option<TimePerOutputToken> {
        let release = release(version)?;
        Some(if release >= (0, 4) { TimePerOutputToken::FromRequest } else { TimePerOutputToken::FromFirstToken })
    }
}

/// A version without the `v` that some writers put before it, so that one release has one name.
pub(in crate::format) fn bare_version(version: &str) -> &str {
    match version.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => version,
    }
}

/// Major and minor number: `v0.5.1` is 0.5.
pub(super) fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = bare_version(version).splitn(3, '.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..digits].parse::<u32>().ok()
    });
    Some((numbers.next()??, numbers.next()??))
}

/// What a single request states, the newest word first: start, end, TTFT, TPOT, latency in seconds, input and output tokens.
pub(super) const REQUESTS: [&[&str]; 7] = [
    &["request_start_time", "start_time"],
    &["request_end_time", "end_time"],
    &["time_to_first_token_ms"],
    &["inter_token_latency_ms"],
    &["request_latency"],
    &["prompt_tokens"],
    &["output_tokens"],
];

/// One of the tool's distributions in the catalogue's words.
pub(super) struct Distribution {
    /// Key in `metrics`.
    pub name: &'static str,
    /// The catalogue's metrics.
    pub metrics: &'static [&'static str],
    /// From the tool's unit to the catalogue's.
    pub scale: f64,
}

const fn distribution(name: &'static str, metrics: &'static [&'static str], scale: f64) -> Distribution {
    Distribution { name, metrics, scale }
}

/// The key whose meaning depends on the release.
pub(super) const TIME_PER_OUTPUT_TOKEN: &str = "time_per_output_token_ms";

/// Distributions over successful requests.
pub(super) const DISTRIBUTIONS: &[Distribution] = &[
    distribution("time_to_first_token_ms", &["ttft"], 1.0),
    distribution("time_to_first_output_token_ms", &["ttfot"], 1.0),
    distribution("inter_token_latency_ms", &["itl", "tpot"], 1.0),
    distribution("request_latency", &["e2el"], 1000.0),
    distribution("prompt_token_count", &["input_tokens"], 1.0),
    distribution("output_token_count", &["output_tokens"], 1.0),
];

/// Means over the measured window: key in `metrics`, status, the catalogue's metric.
pub(super) const RATES: &[(&str, &str, &str)] = &[
    ("output_tokens_per_second", "successful", "output_tps"),
    ("tokens_per_second", "successful", "total_tps"),
    ("prompt_tokens_per_second", "successful", "input_tps"),
    ("requests_per_second", "successful", "rps"),
    ("request_goodput", "successful", "goodput_rps"),
    ("request_concurrency", "total", "concurrency_achieved"),
];

/// Counts of requests: key in the totals, the catalogue's metric.
pub(super) const TOTALS: &[(&str, &str)] = &[("successful", "completed"), ("errored", "errored"), ("incomplete", "incomplete")];

/// The request type of an API route or of one of the older names for it: `/v1/chat/completions` is `chat_completions`.
pub(super) fn request_type(format: &str) -> String {
    let name = format.trim_start_matches("/v1/").trim_matches('/').replace('/', "_");
    if name == "text_completions" { "completions".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_their_meaning() {
        use TimePerOutputToken::{FromFirstToken, FromRequest};
        let cases = [
            ("v0.5.1", Some(FromRequest)),
            ("0.4.0a21", Some(FromRequest)),
            ("0.10", Some(FromRequest)),
            ("1.0.0", Some(FromRequest)),
            ("0.3.1", Some(FromFirstToken)),
            ("v0.2.0", Some(FromFirstToken)),
            ("main", None),
            ("", None),
            ("0", None),
        ];
        for (version, meaning) in cases {
            assert_eq!(TimePerOutputToken::of(version), meaning, "{version}");
        }
        assert_eq!(bare_version("v0.5.1"), "0.5.1");
        assert_eq!(bare_version("vllm"), "vllm");
    }

    #[test]
    fn request_types() {
        assert_eq!(request_type("/v1/chat/completions"), "chat_completions");
        assert_eq!(request_type("/v1/completions"), "completions");
        assert_eq!(request_type("text_completions"), "completions");
        assert_eq!(request_type("/pooling"), "pooling");
    }

    #[test]
    fn every_word_is_in_the_catalogue() {
        use crate::catalog::metrics::metric;
        let metrics = DISTRIBUTIONS.iter().flat_map(|row| row.metrics.iter().copied());
        let metrics = metrics.chain(RATES.iter().map(|row| row.2)).chain(TOTALS.iter().map(|row| row.1));
        for key in metrics.chain(["ntpot", "tpot_no_ttft", "duration", "slo_attainment"]) {
            assert!(metric(key).is_some(), "{key}");
        }
    }
}
