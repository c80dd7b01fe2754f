//! The lifecycle report that inference-perf writes of one load stage (`stage_<N>_lifecycle_metrics.json`).
//!
//! One file is one load level. All times are in seconds. The stage states its load: a concurrency, for which the
//! rate is made up, or a rate. Only the run's `config.yaml` has model and lengths. The summary over all stages
//! (`summary_lifecycle_metrics.json`) has the same layout without a load: it mixes levels, so it is no measurement.
//! The tool's other files (configuration, single requests, server metrics) have formats of their own.

mod aside;
mod config;
mod requests;
mod sessions;

pub(in crate::format) use aside::INFERENCE_PERF_ASIDE;
pub(in crate::format) use config::INFERENCE_PERF_CONFIG;
pub(in crate::format) use requests::INFERENCE_PERF_REQUESTS;
pub(in crate::format) use sessions::INFERENCE_PERF_SESSIONS;

use serde_json::Value;

use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, positive_at};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The tool's name.
const TOOL: &str = "inference-perf";

/// What only a report of the server's own metrics has, which is otherwise laid out like one of a stage.
const SERVER: &str = "\"kv_cache_usage_percentage\"";

const KEEP: &[Pattern] = &[
    &["benchmark_time_seconds"],
    &["load_summary"],
    &["successes", "count"],
    &["successes", "latency"],
    &["successes", "throughput"],
    &["successes", "prompt_tokens"],
    &["successes", "prompt_len"],
    &["successes", "output_tokens"],
    &["successes", "output_len"],
    &["successes", "goodput_metrics"],
    &["failures", "count"],
];

/// Distributions of successful requests: path, the catalogue's metric, factor to its unit. Where two rows have one
/// metric, the newer comes first.
const DISTRIBUTIONS: &[(&[&str], &str, f64)] = &[
    (&["latency", "time_to_first_token"], "ttft", 1000.0),
    (&["latency", "time_per_output_token"], "tpot", 1000.0),
    (&["latency", "inter_token_latency"], "itl", 1000.0),
    (&["latency", "normalized_time_per_output_token"], "ntpot", 1000.0),
    (&["latency", "request_latency"], "e2el", 1000.0),
    (&["prompt_tokens"], "input_tokens", 1.0),
    (&["prompt_len"], "input_tokens", 1.0),
    (&["output_tokens"], "output_tokens", 1.0),
    (&["output_len"], "output_tokens", 1.0),
];

/// Single figures of successful requests.
const FIGURES: &[(&str, &str, &str)] = &[
    ("throughput", "output_tokens_per_sec", "output_tps"),
    ("throughput", "total_tokens_per_sec", "total_tps"),
    ("throughput", "input_tokens_per_sec", "input_tps"),
    ("throughput", "requests_per_sec", "rps"),
    ("goodput_metrics", "request_goodput", "goodput_rps"),
    ("goodput_metrics", "goodput_percentage", "slo_attainment"),
];

/// The report of a stage.
pub(in crate::format) static INFERENCE_PERF: Format = Format {
    about: &About::new(
        "inference-perf",
        "inference-perf stage report (JSON)",
        "one file per load stage; the summary over all stages is recognised but not mixed in",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object().filter(|object| object.has("load_summary"))?;
    // Cut before the successes, or within them.
    let certainty = match object.has_all(&["successes", "failures"]) {
        true => Certainty::Certain,
        false if look.contains("\"schedule_delay\"") => Certainty::Likely,
        false => return None,
    };
    (!look.contains(SERVER)).then_some(certainty)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |fraction| sink.progress(fraction));
    sink.provenance(Provenance { tool: Some(TOOL.to_owned()), ..Provenance::default() });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut findings = Findings::default();
    stage(&tree.root, &mut findings, sink);
    findings.finish(sink);
    sink.progress(1.0);
}

fn stage(root: &Value, findings: &mut Findings, sink: &mut dyn Sink) {
    let summary = &root["load_summary"];
    let load = match (positive_at(summary, "concurrency"), positive_at(summary, "requested_rate")) {
        (Some(concurrency), _) => Load::concurrency(concurrency),
        (None, Some(rate)) => Load::rate(rate),
        (None, None) => {
            let message = "The report has no load level: it summarises all stages of a run, which mixes load levels; skipped.";
            let hint = "Load the per-stage reports (stage_0_lifecycle_metrics.json …) for the individual load levels.";
            return sink.diagnostic(Diagnostic::new(Severity::Info, Place::Key("load_summary".to_owned()), message, hint));
        }
    };
    let successes = &root["successes"];
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let mut taken: Vec<&str> = Vec::new();
    let none_succeeded = successes["count"].as_f64() == Some(0.0);
    for (keys, metric, scale) in DISTRIBUTIONS.iter().filter(|_| !none_succeeded) {
        let path = || format!("successes.{}", keys.join("."));
        let distribution = at(successes, keys);
        match distribution {
            Value::Null => continue,
            Value::Object(_) if taken.contains(metric) => continue,
            Value::Object(_) => taken.push(metric),
            other => {
                collector.complain(other, path, "a summary");
                continue;
            }
        }
        collector.statistics(distribution, stats::parse, metric, *scale, path);
    }
    for (section, name, metric) in FIGURES {
        collector.figure(&successes[*section][*name], metric, Stat::Mean, 1.0, || format!("successes.{section}.{name}"));
    }
    for (value, metric, path) in [
        (&successes["count"], "completed", "successes.count"),
        (&root["failures"]["count"], "errored", "failures.count"),
        (&root["benchmark_time_seconds"], "duration", "benchmark_time_seconds"),
    ] {
        collector.figure(value, metric, Stat::Mean, 1.0, || path.to_owned());
    }
    let mut samples = collector.samples;
    no_output(&mut samples, sink);
    late(summary, sink);
    if samples.is_empty() {
        let hint = "Copy the file again, or wait for the benchmark to finish.";
        return sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The report has no metrics.", hint));
    }
    Identity::default().emit(&Place::File, load, &samples, sink);
    let message = "The report states neither the model nor the token lengths; load config.yaml of the same run for them.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
}

/// How late requests may be sent on average, in seconds, before the load generator counts as the limit.
const LATE: f64 = 0.1;
/// The least share of the requested rate that must be reached.
const REACHED: f64 = 0.9;

/// Warns if the load generator could not keep up: requests were sent late, or at a lower rate than requested.
fn late(summary: &Value, sink: &mut dyn Sink) {
    // At a fixed concurrency each request waits for an earlier one to finish: no rate was requested.
    if !summary["concurrency"].is_null() {
        return;
    }
    let delay = summary["schedule_delay"]["mean"].as_f64().filter(|delay| *delay > LATE);
    let rates = positive_at(summary, "requested_rate").zip(positive_at(summary, "achieved_rate"));
    let missed = rates.filter(|(asked, reached)| *reached < asked * REACHED);
    let said = match (delay, missed) {
        (None, None) => return,
        (Some(delay), None) => format!("requests were sent {delay:.2} s late on average"),
        (None, Some((asked, reached))) => format!("{reached:.2} of the requested {asked:.2} req/s were sent"),
        (Some(delay), Some((asked, reached))) => {
            format!("{reached:.2} of the requested {asked:.2} req/s were sent, {delay:.2} s late on average")
        }
    };
    let message = format!("The load generator was the limit: {said}.");
    let hint = "Give it more workers or cores; until then the server's figures hold for the load that was sent.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("load_summary".to_owned()), message, hint));
}

/// Drops what follows from a count of output tokens that is 0 for every request: the tool counted none, which says
/// nothing about the server. Total throughput is then that of the prompts alone.
fn no_output(samples: &mut Vec<Sample>, sink: &mut dyn Sink) {
    let [tokens, longest, completed] = [("output_tokens", Stat::Mean), ("output_tokens", Stat::Max), ("completed", Stat::Mean)]
        .map(|(metric, stat)| sink.metric(metric, stat));
    let value = |metric| samples.iter().find(|sample: &&Sample| sample.metric == metric).map(|sample| sample.value);
    let none = value(tokens) == Some(0.0) && value(longest).is_none_or(|longest| longest == 0.0);
    if !none || value(completed) == Some(0.0) {
        return;
    }
    let mut dropped = vec![sink.metric("output_tps", Stat::Mean), sink.metric("total_tps", Stat::Mean)];
    dropped.extend(Stat::ALL.map(|stat| sink.metric("output_tokens", stat)));
    samples.retain(|sample| !dropped.contains(&sample.metric));
    let message = "The output length of every successful request is 0: the tool counted no output tokens, so output and total \
                   throughput and the output length are missing, not 0.";
    let hint = "Check that the tokenizer and the API type (streaming, chat or completions) fit the server.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("successes.output_len".to_owned()), message, hint));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_generator_that_is_late_is_named() {
        let found = |summary: serde_json::Value| {
            let mut said = Vec::new();
            struct Said<'s>(&'s mut Vec<String>);
            impl Sink for Said<'_> {
                fn dimension(&mut self, _: &str) -> crate::record::DimensionId {
                    crate::record::DimensionId(0)
                }
                fn metric(&mut self, _: &str, _: Stat) -> crate::record::MetricId {
                    crate::record::MetricId(0)
                }
                fn record(&mut self, _: crate::record::Record<'_>) {}
                fn diagnostic(&mut self, diagnostic: Diagnostic) {
                    self.0.push(diagnostic.message);
                }
                fn provenance(&mut self, _: Provenance) {}
                fn progress(&mut self, _: f64) {}
            }
            late(&summary, &mut Said(&mut said));
            said
        };
        let summary = serde_json::json!({"requested_rate": 20.0, "achieved_rate": 12.5, "schedule_delay": {"mean": 0.75}});
        let expected = "The load generator was the limit: 12.50 of the requested 20.00 req/s were sent, 0.75 s late on average.";
        assert_eq!(found(summary), [expected]);
        assert!(
            found(serde_json::json!({"requested_rate": 20.0, "achieved_rate": 19.9, "schedule_delay": {"mean": 0.001}}))
                .is_empty()
        );
        assert!(found(serde_json::json!({"requested_rate": 40.0, "achieved_rate": 9.0, "concurrency": 4})).is_empty());
    }

    #[test]
    fn every_word_is_in_the_catalogue() {
        let keys = DISTRIBUTIONS.iter().map(|row| row.1).chain(FIGURES.iter().map(|row| row.2));
        for key in keys {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
