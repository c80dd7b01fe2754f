//! The benchmark report of llm-d-benchmark, 0.1, 0.2 and 0.2.1, as YAML or JSON, whole or in part.
//!
//! One report is one load level of one harness run. Each metric has a unit, which is converted; what the names
//! mean depends on the harness (rows in `names`). A report of sessions, and one of a harness that only loads the model,
//! are placeholders without a measurement, and produce a note. The duration is not taken from inference-perf's reports, which
//! state that of sending (0.1) or of the whole stage with its pauses (0.2).

mod folder;
mod identity;
mod names;

use serde_json::Value;

use crate::format::guidellm::names::TimePerOutputToken;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{positive_at, scalar};
use crate::format::reader::json_yaml::{self, Pattern, Tree};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};
use names::{RATES, SUMMARIES};

/// The branches that are read.
const KEEP: &[Pattern] = &[
    &["version"],
    &["metadata"],
    &["run"],
    &["scenario"],
    &["metrics", "time"],
    &["metrics", "requests"],
    &["metrics", "latency"],
    &["metrics", "throughput"],
    &["results", "request_performance", "aggregate"],
    &["results", "session_performance", "sessions"],
];

/// The outermost keys of a report, of all versions.
const REPORT: [&str; 6] = ["version", "metadata", "run", "scenario", "metrics", "results"];

/// Words that a report's figures have, as keys.
const MARKS: [&str; 5] =
    ["request_performance", "session_performance", "time_to_first_token", "requests_per_sec", "request_latency"];

/// The benchmark report.
pub(in crate::format) static BENCHMARK_REPORT: Format = Format {
    about: &About::new(
        "benchmark-report",
        "llm-d benchmark report (YAML, JSON)",
        "0.1, 0.2 and 0.2.1, complete or partial; units are converted; sessions become samples; reports of the nop harness contain no measurements",
        &["yaml", "yml", "json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let (keys, mark, unit): (Vec<&str>, fn(&str) -> String, &str) = match look.object() {
        Some(object) => (object.keys().collect(), |mark| format!("\"{mark}\""), "\"units\""),
        None if look.is_object() => return None,
        None if MARKS.iter().any(|mark| look.contains(&format!(" {mark}:"))) => {
            let keys = look.text.lines().filter_map(|line| line.split_once(':')).map(|(key, _)| key);
            let keys = keys.filter(|key| !key.is_empty() && !key.starts_with([' ', '#', '-', '\t']));
            (keys.collect(), |mark| format!(" {mark}:"), "units:")
        }
        None => return None,
    };
    let ours = keys.iter().all(|key| REPORT.contains(key)) && ["metrics", "results"].iter().any(|key| keys.contains(key));
    let marked = || MARKS.iter().any(|name| look.contains(&mark(name)));
    let report = ours && marked() && (look.contains(unit) || look.contains("request_performance"));
    report.then_some(if keys.contains(&"version") { Certainty::Certain } else { Certainty::Likely })
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = grow(input.text, sink);
    let mut findings = Findings::default();
    report(&tree, input, &mut findings, sink);
    findings.finish(sink);
    sink.progress(1.0);
}

/// Reads the text up to the first fault. An unterminated last line may end in half a number, which is a valid number too.
fn grow(text: &str, sink: &mut dyn Sink) -> Tree {
    if json_yaml::is_json(text) {
        return json_yaml::json(text, KEEP, &mut |fraction| sink.progress(fraction));
    }
    let end = text.rfind('\n').map_or(0, |end| end + 1);
    let half = text[end..].starts_with(' ') && text.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    if half {
        let message = "The last line has no line break, so its value may be truncated; skipped.";
        let place = Place::Line(text.lines().count().max(1) as u64);
        let hint = "Copy the file again, or add a line break at the end.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, place, message, hint));
    }
    json_yaml::yaml_plain(if half { &text[..end] } else { text }, KEEP, &mut |fraction| sink.progress(fraction))
}

fn report(tree: &Tree, input: Input<'_>, findings: &mut Findings, sink: &mut dyn Sink) {
    let root = &tree.root;
    let load = &root["scenario"]["load"];
    let name = scalar(&load["name"]).or_else(|| scalar(&load["standardized"]["tool"])).unwrap_or_default();
    let harness = names::named(&name);
    let version = scalar(&root["version"]);
    let label = harness.map_or(name.as_str(), |harness| harness.label);
    sink.provenance(Provenance {
        tool: Some(if label.is_empty() { "llm-d-benchmark".to_owned() } else { label.to_owned() }),
        tool_version: scalar(&load["standardized"]["tool_version"]).filter(|version| !version.is_empty()),
        schema: Some(version.as_ref().map_or("report, no version".to_owned(), |version| format!("report {version}"))),
    });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    } else if version.is_none() {
        let hint = "If the file is truncated, copy it again; a hand-made partial report needs no version.";
        let message = "The report has no version, which is written last; it may be incomplete.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    }
    let mut info = |message: &str| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    if name == "nop" {
        return info("Model loading report: its values are placeholders; no measurements.");
    }
    let aggregate = &root["results"]["request_performance"]["aggregate"];
    let old_session = load["metadata"]["file_type"].as_str() == Some("session_lifecycle");
    if old_session {
        return info("Session report written in the layout of a request report: its values are placeholders; no measurements.");
    }
    let sessions = &root["results"]["session_performance"]["sessions"];
    if sessions.is_object() {
        self::sessions(sessions, root, findings, sink);
        if aggregate.is_null() {
            return;
        }
    }
    let (section, at) = if root["results"].is_object() {
        (aggregate, "results.request_performance.aggregate")
    } else {
        (&root["metrics"], "metrics")
    };
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    figures(section, at, root, (&name, tree.fault.is_some()), &mut collector);
    let samples = collector.samples;
    if samples.is_empty() {
        let hint = "Check whether any request succeeded.";
        return sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The report has no metrics.", hint));
    }
    emit(root, input, &name, section["requests"]["total"].as_f64(), &samples, sink);
}

/// Figures of whole sessions: samples, never measurements, because no figure of requests is like them.
fn sessions(section: &Value, root: &Value, findings: &mut Findings, sink: &mut dyn Sink) {
    const AT: &str = "results.session_performance.sessions";
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    for (key, metric) in names::SESSION_COUNTS {
        collector.figure(&section[*key], metric, Stat::Mean, 1.0, || format!("{AT}.{key}"));
    }
    for (key, metric) in names::SESSION_SUMMARIES {
        collector.summary(&section[*key], "units", metric, &format!("{AT}.{key}"));
    }
    let samples = collector.samples;
    if !samples.is_empty() {
        let mut identity = identity::identity(root);
        let stage = scalar(&root["scenario"]["load"]["standardized"]["stage"]);
        identity.set("window", Some(stage.map_or_else(|| "whole run".to_owned(), |stage| format!("stage {stage}"))));
        identity.emit_as(Kind::Sample, &Place::File, Load::default(), &samples, sink);
    }
}

fn emit(root: &Value, input: Input<'_>, harness: &str, total: Option<f64>, samples: &[Sample], sink: &mut dyn Sink) {
    let mut identity = identity::identity(root);
    let concurrency = &root["scenario"]["load"]["standardized"]["concurrency"];
    let unlimited = concurrency.as_str() == Some("") || concurrency.is_null() && input.text.contains("concurrency: .inf");
    let (mut load, cap) = identity::load(root, harness, total, unlimited).unwrap_or_else(|reason| {
        let hint = "Use the report of the same run whose request counts match its stage.";
        let place = Place::Key("scenario.load.metadata.stage".to_owned());
        sink.diagnostic(Diagnostic::new(Severity::Warning, place, reason, hint));
        Default::default()
    });
    identity.set("max_concurrency", cap.map(|cap| cap.to_string()));
    let folders = folder::complete(input.path, &mut identity, &mut load);
    if !folders.is_empty() {
        let message = format!("Missing fields are taken from folder names: {}.", folders.join(", "));
        let hint = "If folders were renamed, these names may not match what was run.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    }
    identity.emit(&Place::File, load, samples, sink);
    if load.kind.is_none() {
        let message = "The report does not state the load, so its metrics cannot be plotted over load.";
        let hint = "Load the harness's own result file of the same run; it may state the load.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    }
}

fn figures(section: &Value, at: &str, root: &Value, (name, cut): (&str, bool), collector: &mut Collector<'_>) {
    let requests = &section["requests"];
    // Zero is a count, too.
    let count = |key: &str| match requests[key].as_f64() {
        Some(0.0) => Some(0.0),
        _ => positive_at(requests, key),
    };
    let (total, failures, incomplete) = (count("total"), count("failures"), count("incomplete"));
    // vLLM's converter of 0.1 counts successes as the total and states no failures.
    let completed = match (total, failures) {
        (Some(total), Some(failures)) => Some(total - failures - incomplete.unwrap_or(0.0)),
        (Some(total), None) if requests["failures"].is_null() && matches!(name, "vllm-benchmark" | "inferencemax") => Some(total),
        _ => None,
    };
    for (metric, value) in [("completed", completed), ("errored", failures), ("incomplete", incomplete)] {
        if let Some(value) = value {
            let metric = collector.sink.metric(metric, Stat::Mean);
            collector.samples.push(Sample { metric, value });
        }
    }
    // Summaries over nothing are zeros.
    if completed == Some(0.0) {
        return;
    }
    for (part, key, metric) in SUMMARIES {
        collector.summary(&section[*part][*key], "units", metric, &format!("{at}.{part}.{key}"));
    }
    // If the text is truncated before the harness's name, the meaning of these names is unknown.
    if !(cut && name.is_empty()) {
        tokens(section, at, root, name, collector);
    }
    for (key, metric) in RATES {
        collector.figure(&section["throughput"][*key], metric, Stat::Mean, 1.0, || format!("{at}.throughput.{key}"));
    }
    if matches!(name, "guidellm" | "vllm-benchmark" | "inferencemax" | "aiperf") {
        collector.figure(&section["time"]["duration"], "duration", Stat::Mean, 1.0, || format!("{at}.time.duration"));
    }
}

/// The words for tokens, whose meaning is the harness'.
fn tokens(section: &Value, at: &str, root: &Value, name: &str, collector: &mut Collector<'_>) {
    let harness = names::named(name);
    let mut per_output = harness.map_or(&["tpot"][..], |harness| harness.per_output_token);
    let inter = harness.map_or(&["itl"][..], |harness| harness.inter_token);
    if name == "guidellm" && identity::native(root)["spec"].is_null() {
        // The older layout was written by releases of both meanings.
        let release = root["scenario"]["load"]["standardized"]["tool_version"].as_str().and_then(TimePerOutputToken::of);
        per_output = match release {
            Some(TimePerOutputToken::FromRequest) => &["ntpot"],
            Some(TimePerOutputToken::FromFirstToken) => &["tpot_no_ttft"],
            None => &[],
        };
        if per_output.is_empty() && !section["latency"]["time_per_output_token"].is_null() {
            let message = "GuideLLM changed the meaning of time per output token in 0.4, and the report does not state the \
                           release; ignored.";
            let place = Place::Key(format!("{at}.latency.time_per_output_token"));
            collector.sink.diagnostic(Diagnostic::new(
                Severity::Warning,
                place,
                message,
                "Load GuideLLM's own report, which states it.",
            ));
        }
    }
    for (key, metrics) in [("time_per_output_token", per_output), ("inter_token_latency", inter)] {
        for metric in metrics {
            collector.summary(&section["latency"][key], "units", metric, &format!("{at}.latency.{key}"));
        }
    }
}
