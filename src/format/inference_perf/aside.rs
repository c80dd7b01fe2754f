//! Auxiliary reports: the tool's validation of its own reports, and server metrics over a run or
//! a stage.

use serde_json::Value;

use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Severity, Sink, Stat};

/// The kind of such a report.
#[derive(Clone, Copy)]
enum Aside {
    /// `validation.json`.
    Validation,
    /// `summary_prometheus_metrics.json` and its like of a stage.
    Server,
}

/// Marks and keys of the reports.
const KINDS: &[(Aside, &str, &[&str])] = &[
    (Aside::Validation, "\"warnings\"", &["global", "reports"]),
    (Aside::Server, super::SERVER, &["load_summary", "successes"]),
];

/// The server's figures that have a row in the catalogue; the others, whose latencies are the server's own and in
/// seconds, keep their names.
const WORDS: &[(&str, &str)] = &[
    ("num_requests_running", "running_requests"),
    ("queue_len", "queued_requests"),
    ("prefix_cache_hit_percent", "cache_hit_rate"),
];

/// A validation's findings and a server's figures: the reports are small.
const KEEP: &[Pattern] = &[&["global"], &["reports"], &["successes"]];

fn kind(look: &Look<'_>) -> Option<Aside> {
    let object = look.object()?;
    let row = KINDS.iter().find(|(_, mark, keys)| object.has_all(keys) && look.contains(mark));
    row.map(|(kind, ..)| *kind)
}

/// A report that is not one of a load stage.
pub(in crate::format) static INFERENCE_PERF_ASIDE: Format = Format {
    about: &About::new(
        "inference-perf-aside",
        "inference-perf validation or server report (JSON)",
        "the tool's own validation messages; server metrics",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    kind(look).map(|_| Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    sink.provenance(Provenance { tool: Some(super::TOOL.to_owned()), ..Provenance::default() });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut findings = Findings::default();
    let message = match kind(&Look::new(input)) {
        Some(Aside::Server) => {
            server(&tree.root["successes"], &mut findings, sink);
            "Server metrics aggregated over a run or stage: they have no timestamps, and their latencies are as \
             measured by the server, in seconds."
        }
        Some(Aside::Validation) | None => {
            validation(&tree.root, &mut findings, sink);
            "inference-perf's validation of its own reports; contains no measurements."
        }
    };
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    findings.finish(sink);
    sink.progress(1.0);
}

/// Forwards the tool's own warnings.
fn validation(root: &Value, findings: &mut Findings, sink: &mut dyn Sink) {
    let reports = root["reports"].as_object().into_iter().flatten().map(|(name, report)| (format!("reports.{name}"), report));
    for (path, report) in [("global".to_owned(), &root["global"])].into_iter().chain(reports) {
        for (list, severity) in [("errors", Severity::Warning), ("warnings", Severity::Info)] {
            for finding in report[list].as_array().into_iter().flatten() {
                let text = finding["message"].as_str().or(finding.as_str()).unwrap_or("(no message)");
                findings.add(sink, "messages from inference-perf", || {
                    let message = format!("inference-perf reports: {text}.");
                    Diagnostic::new(severity, Place::Key(format!("{path}.{list}")), message, "")
                });
            }
        }
    }
}

/// Emits the server's figures.
fn server(successes: &Value, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    for (name, value) in successes.as_object().into_iter().flatten() {
        let metric = WORDS.iter().find(|(known, _)| known == name).map_or(name.as_str(), |(_, metric)| metric);
        match value {
            Value::Object(fields) => {
                collector.statistics(value, stats::parse, metric, 1.0, || format!("successes.{name}"));
                let rate = fields.get("rate").unwrap_or(&Value::Null);
                collector.figure(rate, &format!("{metric}/s"), Stat::Mean, 1.0, || format!("successes.{name}.rate"));
            }
            single => collector.figure(single, metric, Stat::Mean, 1.0, || format!("successes.{name}")),
        }
    }
    let samples = collector.samples;
    if !samples.is_empty() {
        let mut identity = Identity::default();
        identity.set("window", Some("whole run".to_owned()));
        identity.emit_as(Kind::Sample, &Place::File, Load::default(), &samples, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (name, key) in WORDS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{name}: {key}");
        }
    }
}
