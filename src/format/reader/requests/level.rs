//! The measurement that follows from the single requests of a load level.

use super::{METRICS, Request};
use crate::catalog::instant::rfc3339;
use crate::catalog::number::plural;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, Kind, Load, Place, Sample, Severity, Sink, Stat};

/// The percentiles of a measurement, as shares of the way from the least to the greatest value.
const PERCENTILES: [(Stat, f64); 6] =
    [(Stat::Min, 0.0), (Stat::P50, 0.5), (Stat::P90, 0.9), (Stat::P95, 0.95), (Stat::P99, 0.99), (Stat::Max, 1.0)];

/// Throughput is given where fewer than one in so many requests lack an instant.
const UNTIMED: u64 = 100;

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
}
