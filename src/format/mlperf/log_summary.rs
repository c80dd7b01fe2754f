//! `mlperf_log_summary.txt`, which MLPerf's LoadGen writes of a run: `key : value`, latencies in nanoseconds.
//!
//! A sample is a request. Whether LoadGen holds the run for valid stands in the file, and is kept with the figures: an
//! invalid one is no result. Source: mlcommons/inference, loadgen/results.cc.

use crate::catalog::stats;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// What heads the file.
const TITLE: &str = "MLPerf Results Summary";

/// Single figures: key in lower case, the catalogue's metric. Offline runs leave out “completed”.
const FIGURES: &[(&str, &str)] = &[
    ("completed samples per second", "rps"),
    ("samples per second", "rps"),
    ("completed tokens per second", "output_tps"),
    ("tokens per second", "output_tps"),
];

/// Latencies: the end of the key in lower case, the catalogue's metric. The longest ends come first.
const LATENCIES: &[(&str, &str)] = &[
    ("first token latency (ns)", "ttft"),
    ("time to output token (ns)", "tpot"),
    ("time per output token (ns)", "tpot"),
    ("latency (ns)", "e2el"),
];

/// Nanoseconds in milliseconds.
const MS: f64 = 1e-6;

/// A run's summary.
pub(in crate::format) static MLPERF_LOG_SUMMARY: Format = Format {
    about: &About::new(
        "mlperf-log-summary",
        "MLPerf LoadGen summary (mlperf_log_summary.txt)",
        "throughput, latencies, TTFT and TPOT of a run, and whether LoadGen holds it for valid",
        &["txt"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    const HEAD: usize = 400;
    look.head(HEAD).contains(TITLE).then_some(Certainty::Certain)
}

#[derive(Default)]
struct Run {
    identity: Identity,
    samples: Vec<Sample>,
    scheduled: Option<f64>,
    target: Option<f64>,
    /// Constraints that the run does not satisfy.
    unmet: Vec<String>,
    valid: Option<String>,
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("MLPerf LoadGen".to_owned()), ..Provenance::default() });
    let mut findings = Findings::default();
    let mut run = Run::default();
    for (index, line) in input.text.lines().enumerate() {
        if let Some((key, value)) = line.rsplit_once(':') {
            run.line(key.trim(), value.trim(), index as u64 + 1, &mut findings, sink);
        }
    }
    findings.finish(sink);
    run.finish(sink);
    sink.progress(1.0);
}

impl Run {
    fn line(&mut self, key: &str, value: &str, number: u64, findings: &mut Findings, sink: &mut dyn Sink) {
        let folded = key.to_lowercase();
        let positive = || value.parse::<f64>().ok().filter(|value| *value > 0.0 && value.is_finite());
        match folded.as_str() {
            "sut name" => self.identity.set("system", Some(value.to_owned())),
            "scenario" => self.identity.set("scenario", Some(value.to_owned())),
            "mode" => self.identity.set("benchmark_type", Some(value.to_owned())),
            "result is" => self.valid = Some(value.to_uppercase()),
            "scheduled samples per second" => self.scheduled = positive(),
            "target_qps" => self.target = positive(),
            _ if folded.ends_with(" satisfied") => {
                if value.eq_ignore_ascii_case("no") {
                    self.unmet.push(key.trim_end_matches(" satisfied").to_owned());
                }
            }
            _ => {
                let Some((metric, stat, scale)) = figure(&folded) else { return };
                let metric = sink.metric(metric, stat);
                match value.parse::<f64>().ok().filter(|value| *value >= 0.0 && value.is_finite()) {
                    // The tokens per second come twice.
                    Some(_) if self.samples.iter().any(|sample| sample.metric == metric) => {}
                    Some(found) => self.samples.push(Sample { metric, value: found * scale }),
                    None => findings.entry(sink, "values that are not numbers", &Place::Line(number), || {
                        format!("Expected a number for “{key}”, found “{}”; ignored.", value.chars().take(40).collect::<String>())
                    }),
                }
            }
        }
    }

    /// The load: a server run sends at a rate, an offline run all at once, a single stream one after the other.
    fn load(&self) -> Load {
        match self.identity.get("scenario") {
            Some("Server") => self.target.or(self.scheduled).map_or_else(Load::default, Load::rate),
            Some("Offline") => Load::MAX,
            Some("SingleStream" | "Single Stream") => Load::concurrency(1.0),
            _ => Load::default(),
        }
    }

    fn finish(mut self, sink: &mut dyn Sink) {
        let mut tell = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
        if self.samples.is_empty() {
            return tell(Severity::Warning, "The summary has no figures.".to_owned(), "Check that LoadGen finished.");
        }
        match self.valid.as_deref() {
            Some("VALID") => {}
            Some(result) => {
                let reasons =
                    if self.unmet.is_empty() { String::new() } else { format!(" Not satisfied: {}.", self.unmet.join(", ")) };
                let message = format!("LoadGen's result is {result}: the figures are not a valid MLPerf result.{reasons}");
                tell(
                    Severity::Warning,
                    message,
                    "Repeat the run as LoadGen recommends in the file; do not compare these figures.",
                );
            }
            None => {
                let message = "The file does not state whether the result is valid: it may be truncated.".to_owned();
                tell(Severity::Warning, message, "Copy the file again.");
            }
        }
        if self.target.is_none() && self.load().kind == Load::rate(1.0).kind {
            let message = "The load is the rate of the schedule: the target rate is not in the file.".to_owned();
            tell(Severity::Info, message, "");
        }
        tell(Severity::Info, "The summary states neither the model nor the accelerators.".to_owned(), "");
        let load = self.load();
        self.identity.set("validity", self.valid);
        self.identity.emit(&Place::File, load, &self.samples, sink);
    }
}

/// The metric of a key, with the statistic and the factor: `99.90 percentile first token latency (ns)`.
fn figure(key: &str) -> Option<(&'static str, Stat, f64)> {
    if let Some((_, metric)) = FIGURES.iter().find(|(known, _)| *known == key) {
        return Some((metric, Stat::Mean, 1.0));
    }
    let (rest, metric) = LATENCIES.iter().find_map(|(end, metric)| Some((key.strip_suffix(end)?.trim(), *metric)))?;
    let stat = match rest.strip_suffix("percentile") {
        Some(number) => {
            let number = number.trim();
            let short = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
            stats::percentile(short)
        }
        None => stats::parse(rest),
    };
    Some((metric, stat?, MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert_eq!(figure("99.90 percentile first token latency (ns)"), Some(("ttft", Stat::P99_9, MS)));
        assert_eq!(figure("50.00 percentile latency (ns)"), Some(("e2el", Stat::P50, MS)));
        assert_eq!(figure("mean time to output token (ns)"), Some(("tpot", Stat::Mean, MS)));
        assert_eq!(figure("97.00 percentile latency (ns)"), None);
        assert_eq!(figure("completed tokens per second"), Some(("output_tps", Stat::Mean, 1.0)));
    }

    #[test]
    fn every_metric_is_in_the_catalogue() {
        for (_, key) in FIGURES.iter().chain(LATENCIES) {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
