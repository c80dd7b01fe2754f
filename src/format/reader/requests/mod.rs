//! Single requests of a load level: each becomes a record of its own.
//!
//! Several tools keep a row for each request and no summary: then the requests together give the level's measurement
//! ([`Level`]). Others list them beside a summary, which they must not contradict ([`Summary`]). What a file states is
//! kept; what follows from it is computed by the catalogue's definitions: E2E latency from start to end, TPOT = (E2E
//! latency − TTFT) ÷ (output tokens − 1), throughput over the time from the first request's start to the last one's end.
//! Percentiles are interpolated linearly, as numpy does by default. Failed requests count as failures and give no latency.
//! This room knows no tool.

mod level;
mod summary;

pub(in crate::format) use level::Level;
pub(in crate::format) use summary::{Summary, unreadable_figures};

use crate::record::{Sample, Sink, Stat};

/// Figures of successful requests, in the order of [`Level::distributions`].
const METRICS: [&str; 5] = ["ttft", "tpot", "e2el", "input_tokens", "output_tokens"];

/// The longest reason for a failure that is kept, in characters.
const REASON: usize = 120;

/// The gaps between the tokens or chunks of one request, in ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::format) struct Gaps {
    pub mean: f64,
    pub longest: f64,
    /// From the first token to the last.
    pub sum: f64,
}

impl Gaps {
    /// Of some gaps; `None` of none.
    pub(in crate::format) fn of(gaps: &[f64]) -> Option<Gaps> {
        let sum: f64 = gaps.iter().sum();
        let longest = gaps.iter().copied().reduce(f64::max)?;
        Some(Gaps { mean: sum / gaps.len() as f64, longest, sum })
    }
}

/// What a file states about one request. Anything missing is `None`, never 0.
#[derive(Clone, Debug, Default)]
pub(in crate::format) struct Request {
    /// When it was sent, in seconds since 1970.
    pub start: Option<f64>,
    /// When its last token came, in seconds since 1970.
    pub end: Option<f64>,
    /// When it was sent, in seconds since the first request, where no clock time is stated.
    pub elapsed: Option<f64>,
    /// Time to first token, in ms.
    pub ttft: Option<f64>,
    /// Time per output token, in ms, where the tool states it; else it is computed.
    pub tpot: Option<f64>,
    /// E2E latency, in ms, where the tool states it; else it is computed.
    pub e2el: Option<f64>,
    /// The gaps between its tokens or chunks.
    pub gaps: Option<Gaps>,
    pub input_tokens: Option<f64>,
    pub output_tokens: Option<f64>,
    /// The reason why it failed.
    pub failure: Option<String>,
}

impl Request {
    /// Fills what follows from the rest.
    fn complete(&mut self) {
        self.e2el = self.e2el.or_else(|| self.start.zip(self.end).map(|(start, end)| (end - start) * 1000.0));
        if let (None, Some(ttft), Some(e2el), Some(tokens)) = (self.tpot, self.ttft, self.e2el, self.output_tokens) {
            self.tpot = (tokens > 1.0 && ttft <= e2el).then(|| (e2el - ttft) / (tokens - 1.0));
        }
    }

    fn figures(&self) -> [Option<f64>; 5] {
        [self.ttft, self.tpot, self.e2el, self.input_tokens, self.output_tokens]
    }

    /// What is known of it as samples; `gap` is the metric of its gaps. A failed request has no latency.
    fn samples(&self, gap: &str, sink: &mut dyn Sink) -> Vec<Sample> {
        let clock = [("time", self.start), ("elapsed", self.elapsed)];
        let known = |metric, value| Some((metric, Stat::Mean, value?));
        let mut figures: Vec<(&str, Stat, f64)> = clock.into_iter().filter_map(|(metric, value)| known(metric, value)).collect();
        if self.failure.is_some() {
            figures.extend(known("input_tokens", self.input_tokens));
        } else {
            figures.extend(METRICS.into_iter().zip(self.figures()).filter_map(|(metric, value)| known(metric, value)));
            if let Some(gaps) = self.gaps {
                figures.extend([(gap, Stat::Mean, gaps.mean), (gap, Stat::Max, gaps.longest)]);
            }
        }
        figures.into_iter().map(|(metric, stat, value)| Sample { metric: sink.metric(metric, stat), value }).collect()
    }
}

/// Why a request failed, as far as it is kept: one line, of Python's tracebacks the last, which names the exception.
pub(in crate::format) fn reason(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default();
    let line = if first.starts_with("Traceback") { lines.last().unwrap_or(first) } else { first };
    line.trim().chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_filled() {
        let mut request =
            Request { start: Some(10.0), end: Some(11.0), ttft: Some(100.0), output_tokens: Some(10.0), ..Request::default() };
        request.complete();
        assert_eq!((request.e2el, request.tpot), (Some(1000.0), Some(100.0)));
        let mut one = Request { output_tokens: Some(1.0), ..Request { tpot: None, ..request } };
        one.complete();
        assert_eq!(one.tpot, None);
    }

    #[test]
    fn every_metric_is_in_the_catalogue() {
        for key in
            METRICS.into_iter().chain(["time", "elapsed", "completed", "errored", "duration", "rps", "output_tps", "total_tps"])
        {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
