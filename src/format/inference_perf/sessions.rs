//! Sessions of several requests: the summary of a run or of a stage (`summary_session_lifecycle_metrics.json`,
//! `stage_<N>_session_lifecycle_metrics.json`) and the sessions one by one (`per_session_lifecycle_metrics.json`).
//!
//! They are samples, never measurements: session metrics are not comparable with request metrics. Timestamps are
//! seconds of a clock that knows no date, so they are given from the first session on.

use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{self, Pattern, stream};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// Figures of a summary: name and metric.
const FIGURES: &[(&str, &str)] = &[
    ("num_sessions", "sessions"),
    ("num_sessions_succeeded", "sessions_succeeded"),
    ("num_sessions_failed", "sessions_failed"),
    ("sessions_per_second", "session_rate"),
    ("total_events", "session_events"),
    ("total_events_completed", "session_events_completed"),
    ("total_events_cancelled", "session_events_cancelled"),
];

/// Distributions of a summary: name and metric.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("session_duration_sec", "session_duration"),
    ("num_events", "events_per_session"),
    ("num_events_cancelled", "cancelled_per_session"),
    ("total_input_tokens", "input_tokens_per_session"),
    ("total_output_tokens", "output_tokens_per_session"),
];

/// Figures of one session: name and metric.
const ONE: &[(&str, &str)] = &[
    ("duration_sec", "session_duration"),
    ("num_events", "events_per_session"),
    ("num_events_cancelled", "cancelled_per_session"),
    ("total_input_tokens", "input_tokens_per_session"),
    ("total_output_tokens", "output_tokens_per_session"),
];

/// All of either layout but the messages of errors.
const KEEP: &[Pattern] = &[
    &["num_sessions"],
    &["num_sessions_succeeded"],
    &["num_sessions_failed"],
    &["sessions_per_second"],
    &["total_events"],
    &["total_events_completed"],
    &["total_events_cancelled"],
    &["session_duration_sec"],
    &["num_events"],
    &["num_events_cancelled"],
    &["total_input_tokens"],
    &["total_output_tokens"],
    &["session_id"],
    &["stage_id"],
    &["start_time"],
    &["duration_sec"],
    &["success"],
];

/// Whether a file is a summary, by its outermost keys.
fn is_summary(look: &Look<'_>) -> bool {
    look.object().is_some_and(|object| object.has_all(&["num_sessions", "num_sessions_succeeded"]))
}

/// Whether a file is a list of sessions, by the keys of the first.
fn is_list(look: &Look<'_>) -> bool {
    look.element().is_some_and(|object| object.has_all(&["session_id", "duration_sec", "num_events"]))
}

/// Reports of sessions.
pub(in crate::format) static INFERENCE_PERF_SESSIONS: Format = Format {
    about: &About::new(
        "inference-perf-sessions",
        "inference-perf sessions (JSON)",
        "multi-request sessions: per run, per stage and individually; read as samples, not as measurements",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    (is_summary(look) || is_list(look)).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let schema = Some("sessions".to_owned());
    sink.provenance(Provenance { tool: Some(super::TOOL.to_owned()), tool_version: None, schema });
    let mut findings = Findings::default();
    if is_summary(&Look::new(input)) {
        summary(input, &mut findings, sink)
    } else {
        list(input.text, &mut findings, sink)
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// Emits a summary: over the stage that the file's name states, or over the whole run.
fn summary(input: Input<'_>, findings: &mut Findings, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    for (name, metric) in FIGURES {
        collector.figure(&tree.root[*name], metric, Stat::Mean, 1.0, || (*name).to_owned());
    }
    for (name, metric) in DISTRIBUTIONS {
        collector.statistics(&tree.root[*name], stats::parse, metric, 1.0, || (*name).to_owned());
    }
    let samples = collector.samples;
    if samples.is_empty() {
        let message = "The report has no session metrics.";
        return sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, "Check the run's log."));
    }
    let name = input.path.rsplit('/').next().unwrap_or_default();
    let stage = name.split_once("stage_").and_then(|(_, rest)| rest.split_once("_session"));
    let stage = stage.map(|(stage, _)| stage).filter(|stage| stage.parse::<u32>().is_ok());
    let mut identity = Identity::default();
    identity.set("window", Some(stage.map_or_else(|| "whole run".to_owned(), |stage| format!("stage {stage}"))));
    identity.emit_as(Kind::Sample, &Place::File, Load::default(), &samples, sink);
}

/// Emits the sessions of a list, each with its seconds since the first one's start.
fn list(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut sessions: Vec<(Place, Option<f64>, Identity, Vec<Sample>)> = Vec::new();
    for document in stream::documents(text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged sessions", || fault.diagnostic());
        }
        let root = &tree.root;
        let mut identity = Identity::default();
        identity.set("session", scalar(&root["session_id"]));
        identity.set("window", scalar(&root["stage_id"]).map(|stage| format!("stage {stage}")));
        let outcome = root["success"].as_bool().map(|success| if success { "ok" } else { "error" });
        identity.set("status", outcome.map(str::to_owned));
        let mut collector = Collector { sink, findings, samples: Vec::new() };
        for (name, metric) in ONE {
            collector.figure(&root[*name], metric, Stat::Mean, 1.0, || format!("{}.{name}", document.place));
        }
        let samples = collector.samples;
        sessions.push((document.place, root["start_time"].as_f64().filter(|start| start.is_finite()), identity, samples));
    }
    let first = sessions.iter().filter_map(|(_, start, ..)| *start).reduce(f64::min).unwrap_or_default();
    let elapsed = sink.metric("elapsed", Stat::Mean);
    for (place, start, identity, mut samples) in sessions {
        samples.extend(start.map(|start: f64| Sample { metric: elapsed, value: start - first }));
        if !samples.is_empty() {
            identity.emit_as(Kind::Sample, &place, Load::default(), &samples, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DISTRIBUTIONS, FIGURES, ONE};

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (name, key) in FIGURES.iter().chain(DISTRIBUTIONS).chain(ONE) {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{name}: {key}");
        }
    }
}
