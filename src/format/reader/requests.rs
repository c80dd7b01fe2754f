//! Single requests of a load level: each becomes a record of its own.
//!
//! Several tools keep a row for each request and no summary: then the requests together give the level's measurement
//! ([`Level`]). Others list them beside a summary, which they must not contradict ([`Summary`]). What a file states is
//! kept; what follows from it is computed by the catalogue's definitions: E2E latency from start to end, TPOT = (E2E latency − TTFT) ÷ (output tokens − 1),
//! throughput over the time from the first request's start to the last one's end. Percentiles are interpolated linearly,
//! as numpy does by default. Failed requests count as failures and give no latency. This room knows no tool.

use super::findings::Findings;
use super::identity::Identity;
use crate::catalog::instant::rfc3339;
use crate::catalog::metrics;
use crate::catalog::number::{plural, with_unit};
use crate::record::{Diagnostic, Kind, Load, Place, Sample, Severity, Sink, Stat};

/// The percentiles of a measurement, as shares of the way from the least to the greatest value.
const PERCENTILES: [(Stat, f64); 6] =
    [(Stat::Min, 0.0), (Stat::P50, 0.5), (Stat::P90, 0.9), (Stat::P95, 0.95), (Stat::P99, 0.99), (Stat::Max, 1.0)];

/// Figures of successful requests, in the order of [`Level::distributions`].
const METRICS: [&str; 5] = ["ttft", "tpot", "e2el", "input_tokens", "output_tokens"];

/// Throughput is given where fewer than one in so many requests lack an instant.
const UNTIMED: u64 = 100;

/// How far the mean of single requests may be from their summary's, as a share: the window of a summary may leave out the
/// first and the last of them.
const AGREES: f64 = 0.05;

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

/// Reports figures of single requests that are there and are none: how many, and the first in words.
pub(in crate::format) fn unreadable_figures(
    (count, first): (u64, Option<String>),
    place: &Place,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    let Some(first) = first else { return };
    findings.add(sink, "runs with unreadable figures of single requests", || {
        let message =
            format!("{} of single requests cannot be read and are left out; the first: {first}.", plural(count, "figure"));
        let hint = "The file may have been edited by hand, or written by an unsupported version.";
        Diagnostic::new(Severity::Warning, place.clone(), message, hint)
    });
}

/// The summary of a load level, beside which its single requests are listed.
pub(in crate::format) struct Summary<'s> {
    pub identity: &'s Identity,
    pub load: Load,
    pub place: &'s Place,
    pub samples: &'s [Sample],
    /// The metrics whose means are those of single requests, by the tool's definition.
    pub compared: &'static [&'static str],
    /// The metrics of the requests that follow from their gaps; they are dropped where they contradict the summary.
    pub derived: &'static [&'static str],
    /// Whether the tool lists every request of the summary and no other.
    pub complete: bool,
}

impl Summary<'_> {
    /// Emits the requests. `place` says where one stands, by what is listed with it.
    pub(in crate::format) fn list<K>(
        &self,
        mut requests: Vec<(K, Request)>,
        place: impl Fn(&K) -> Place,
        findings: &mut Findings,
        sink: &mut dyn Sink,
    ) {
        if requests.is_empty() {
            return;
        }
        requests.iter_mut().filter(|(_, request)| request.failure.is_none()).for_each(|(_, request)| request.complete());
        let contradicted = self.contradicted(&requests, findings, sink);
        let mut identity = self.identity.clone();
        for (key, mut request) in requests {
            if contradicted {
                for (metric, value) in [("tpot", &mut request.tpot), ("e2el", &mut request.e2el)] {
                    if self.derived.contains(&metric) {
                        *value = None;
                    }
                }
            }
            let samples = request.samples("itl", sink);
            if !samples.is_empty() {
                identity.set("status", Some(request.failure.unwrap_or_else(|| "ok".to_owned())));
                identity.emit_as(Kind::Request, &place(&key), self.load, &samples, sink);
            }
        }
    }

    /// Reports where the requests are not what the summary says; whether a derived metric is among it.
    fn contradicted<K>(&self, requests: &[(K, Request)], findings: &mut Findings, sink: &mut dyn Sink) -> bool {
        let stated = |metric: &str, sink: &mut dyn Sink| {
            let id = sink.metric(metric, Stat::Mean);
            self.samples.iter().find(|sample| sample.metric == id).map(|sample| sample.value)
        };
        let succeeded: Vec<&Request> =
            requests.iter().map(|(_, request)| request).filter(|request| request.failure.is_none()).collect();
        let listed = succeeded.len();
        if let Some(counted) = stated("completed", sink).filter(|counted| *counted != listed as f64) {
            let counts =
                format!("{} succeeded among the single requests, {counted} in the summary.", plural(listed as u64, "request"));
            let (severity, hint) = match self.complete {
                true => (Severity::Warning, "The summary counts requests that failed, or the file is cut or edited."),
                false => (
                    Severity::Info,
                    "The summary may leave out a warm-up, or the list is a sample: distributions are of what is listed.",
                ),
            };
            findings.first(sink, "lists that do not hold exactly the requests of their summary", || {
                Diagnostic::new(severity, self.place.clone(), counts, hint)
            });
            if !self.complete {
                return false;
            }
        }
        let mut derived = false;
        for (metric, at) in METRICS.into_iter().zip(0..).filter(|(metric, _)| self.compared.contains(metric)) {
            let values: Vec<f64> = succeeded.iter().filter_map(|request| request.figures()[at]).collect();
            let Some(stated) = stated(metric, sink) else { continue };
            let sum: f64 = values.iter().sum();
            let mean = sum / values.len() as f64;
            if values.is_empty() || (mean - stated).abs() <= AGREES * stated.max(mean) {
                continue;
            }
            let follows = self.derived.contains(&metric);
            derived |= follows;
            findings.add(sink, "summaries that their single requests contradict", || {
                let what = format!(
                    "The mean {} of {} is {}, the summary says {}.",
                    metrics::label(metric),
                    plural(values.len() as u64, "single request"),
                    with_unit(metric, mean),
                    with_unit(metric, stated)
                );
                let hint = match follows {
                    _ if (sum / listed as f64 - stated).abs() <= AGREES * stated => {
                        "The summary counts requests that have none as 0."
                    }
                    true => {
                        "It follows from the gaps between tokens, which seem to be incomplete: the requests are shown without it."
                    }
                    false => "The file may be cut or edited: compare it with the benchmark's log.",
                };
                Diagnostic::new(Severity::Warning, self.place.clone(), what, hint)
            });
        }
        derived
    }
}

/// The requests of one load level, of which only figures are kept.
pub(in crate::format) struct Level {
    load: Load,
    /// The metric of the gaps: between tokens, or between chunks.
    gap: &'static str,
    /// Whether the file would state a failure.
    states_failures: bool,
    distributions: [Vec<f64>; 5],
    gaps: Vec<f64>,
    window: Option<(f64, f64)>,
    completed: u64,
    failed: u64,
    /// Successful requests whose start or end is not known.
    untimed: u64,
}

impl Level {
    /// A level without requests. `states_failures` is whether the file would state a failed request: else none is known,
    /// which is not the same as none failed.
    pub(in crate::format) fn new(load: Load, gap: &'static str, states_failures: bool) -> Level {
        let distributions = [const { Vec::new() }; 5];
        Level { load, gap, states_failures, distributions, gaps: Vec::new(), window: None, completed: 0, failed: 0, untimed: 0 }
    }

    /// How many requests were added.
    pub(in crate::format) fn requests(&self) -> u64 {
        self.completed + self.failed
    }

    /// Adds gaps of a request to the level's distribution of them, in ms.
    pub(in crate::format) fn pool(&mut self, gaps: &[f64]) {
        self.gaps.extend_from_slice(gaps);
    }

    /// Emits a request and counts it. `identity` is what tells it from others.
    pub(in crate::format) fn add(&mut self, mut request: Request, mut identity: Identity, place: &Place, sink: &mut dyn Sink) {
        // A last line that was cut may end in half an instant.
        request.end = request.end.filter(|end| request.start.is_none_or(|start| start <= *end));
        let times = request.start.into_iter().chain(request.end);
        self.window = times.fold(self.window, |window, at| {
            Some(window.map_or((at, at), |(first, last): (f64, f64)| (first.min(at), last.max(at))))
        });
        if request.failure.is_none() {
            request.complete();
            self.completed += 1;
            self.untimed += u64::from(request.start.zip(request.end).is_none());
            for (value, values) in request.figures().into_iter().zip(&mut self.distributions) {
                values.extend(value);
            }
        } else {
            self.failed += 1;
        }
        let samples = request.samples(self.gap, sink);
        identity.set("status", request.failure.or_else(|| self.states_failures.then(|| "ok".to_owned())));
        if !samples.is_empty() {
            identity.emit_as(Kind::Request, place, self.load, &samples, sink);
        }
    }

    /// Emits the level's measurement; `identity` is what the file states about it.
    pub(in crate::format) fn finish(mut self, mut identity: Identity, place: &Place, sink: &mut dyn Sink) {
        let count = self.requests();
        if count == 0 {
            let hint = "Check the benchmark's log: possibly no request finished.";
            let message = "There are no requests.";
            return sink.diagnostic(Diagnostic::new(Severity::Warning, place.clone(), message, hint));
        }
        let mut samples = Vec::new();
        let mut figure = |metric: &str, stat: Stat, value: f64| {
            if value.is_finite() {
                samples.push(Sample { metric: sink.metric(metric, stat), value });
            }
        };
        figure("completed", Stat::Mean, self.completed as f64);
        if self.states_failures {
            figure("errored", Stat::Mean, self.failed as f64);
        }
        // Some requests without an instant may be at either end of the window, which changes little; many make it unknown.
        let timed = self.untimed * UNTIMED <= count;
        let window = self.window.map(|(first, last)| last - first).filter(|seconds| *seconds > 0.0 && timed);
        if let Some(seconds) = window {
            figure("duration", Stat::Mean, seconds);
            if self.completed > 0 {
                figure("rps", Stat::Mean, self.completed as f64 / seconds);
            }
            let [.., input, output] = &self.distributions;
            // Of a request without a count the tokens are missing, so the sum would be too small.
            let total = |values: &[f64]| (values.len() as u64 == self.completed).then(|| values.iter().sum::<f64>());
            let output = total(output).filter(|tokens| *tokens > 0.0);
            if let Some(tokens) = output {
                figure("output_tps", Stat::Mean, tokens / seconds);
            }
            if let (Some(output), Some(input)) = (output, total(input)) {
                figure("total_tps", Stat::Mean, (input + output) / seconds);
            }
        }
        for (values, metric) in self.distributions.iter_mut().zip(METRICS).chain([(&mut self.gaps, self.gap)]) {
            distribution(values, &mut |stat, value| figure(metric, stat, value));
        }
        for (key, at) in [("start_time", self.window.map(|(first, _)| first)), ("end_time", self.window.map(|(_, last)| last))] {
            let mut text = String::new();
            let known = at.is_some_and(|at| at > 0.0 && rfc3339(at * 1000.0, &mut text));
            identity.set(key, known.then_some(text));
        }
        identity.set("figures_basis", Some("computed from single requests".to_owned()));
        identity.emit(place, self.load, &samples, sink);
        failures(self.failed, count, place, sink);
        let message = format!(
            "{} and no summary: the measurement is computed from them. Throughput is over the time from the first start to the \
             last end; percentiles are interpolated linearly.",
            plural(count, "single request")
        );
        sink.diagnostic(Diagnostic::new(Severity::Info, place.clone(), message, ""));
    }
}

/// Reports failed requests, which a table of latencies does not show.
fn failures(failed: u64, count: u64, place: &Place, sink: &mut dyn Sink) {
    if failed > 0 {
        let message = match failed == count {
            true => format!("All {} failed: there is no latency and no throughput.", plural(count, "request")),
            false => format!("{failed} of {} failed; latencies are those of the others.", plural(count, "request")),
        };
        let hint = "Check the server's log; the outcome of each request is among the single requests.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, place.clone(), message, hint));
    }
}

/// The statistics of some values, which are sorted; none of no values.
fn distribution(values: &mut [f64], emit: &mut dyn FnMut(Stat, f64)) {
    if values.is_empty() {
        return;
    }
    values.sort_unstable_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    emit(Stat::Mean, mean);
    emit(Stat::Std, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt());
    for (stat, share) in PERCENTILES {
        if let Some(value) = percentile(values, share) {
            emit(stat, value);
        }
    }
}

/// The percentile of sorted values at a share of 0 to 1: linear between the two nearest ranks, numpy's default.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = share * (sorted.len().checked_sub(1)?) as f64;
    let below = *sorted.get(rank.floor() as usize)?;
    let above = *sorted.get(rank.ceil() as usize)?;
    Some(below + (above - below) * rank.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys() {
        let mut values = [40.0, 10.0, 30.0, 20.0];
        let mut found = Vec::new();
        distribution(&mut values, &mut |stat, value| found.push((stat.key(), value)));
        assert_eq!(found[0], ("mean", 25.0));
        assert!((found[1].1 - 125f64.sqrt()).abs() < 1e-12, "{found:?}");
        // numpy.percentile([10, 20, 30, 40], [0, 50, 90, 100])
        assert_eq!((found[2].1, found[3].1, found[4].1, found[7].1), (10.0, 25.0, 37.0, 40.0));
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7.0], 0.99), Some(7.0));
    }

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
