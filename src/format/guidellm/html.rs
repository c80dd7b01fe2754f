//! GuideLLM's HTML reports: the figures that the page has in its scripts.
//!
//! Up to 0.7 a page template with `window.runInfo` and `window.benchmarks` put in: latencies in ms (time per request in
//! s), without the load of a benchmark. From 0.8 on `window.GUIDELLM_REPORT`: a row for each run, with the load. Its rates
//! are those of all requests, where GuideLLM's other files also have those of successful ones.
//! Source: vllm-project/guidellm, src/guidellm/benchmark/outputs/html.py of both.

use memchr::memmem;
use serde_json::Value;

use super::names::bare_version;
use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, positive_at, scalar};
use crate::format::reader::json_yaml::{Pattern, stream};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink, Stat};

const ALL: &[Pattern] = &[&[]];
const REPORT: &[Pattern] = &[&["header"], &["runs"]];
const WORKLOAD: &[Pattern] = &[&["server"]];

/// Distributions of a benchmark up to 0.7: key, the catalogue's metrics, factor to their unit.
const DISTRIBUTIONS: &[(&str, &[&str], f64)] =
    &[("ttft", &["ttft"], 1.0), ("itl", &["itl", "tpot"], 1.0), ("timePerRequest", &["e2el"], 1000.0)];

/// Figures of a run from 0.8 on.
const RUN: &[(&str, &str, Stat)] = &[
    ("request_rate", "rps", Stat::Mean),
    ("concurrency", "concurrency_achieved", Stat::Mean),
    ("total_tps", "total_tps", Stat::Mean),
    ("input_tps", "input_tps", Stat::Mean),
    ("output_tps", "output_tps", Stat::Mean),
    ("request_latency_p95_ms", "e2el", Stat::P95),
    ("request_latency_p99_ms", "e2el", Stat::P99),
    ("ttft_p95_ms", "ttft", Stat::P95),
    ("ttft_p99_ms", "ttft", Stat::P99),
    ("ttfot_p95_ms", "ttfot", Stat::P95),
    ("ttfot_p99_ms", "ttfot", Stat::P99),
    ("itl_p95_ms", "itl", Stat::P95),
    ("itl_p95_ms", "tpot", Stat::P95),
    ("itl_p99_ms", "itl", Stat::P99),
    ("itl_p99_ms", "tpot", Stat::P99),
    ("tpot_p95_ms", "ntpot", Stat::P95),
    ("tpot_p99_ms", "ntpot", Stat::P99),
    ("prompt_tokens_median", "input_tokens", Stat::P50),
    ("prompt_tokens_p95", "input_tokens", Stat::P95),
    ("output_tokens_median", "output_tokens", Stat::P50),
    ("output_tokens_p95", "output_tokens", Stat::P95),
    ("successful", "completed", Stat::Mean),
    ("incomplete", "incomplete", Stat::Mean),
    ("errored", "errored", Stat::Mean),
];

/// Counts of 0 are counts; any other 0 of a run is a placeholder.
const COUNTS: [&str; 3] = ["completed", "incomplete", "errored"];

/// A report as a page.
pub(in crate::format) static GUIDELLM_HTML: Format = Format {
    about: &About::new(
        "guidellm-html",
        "GuideLLM HTML report",
        "the figures in the page's scripts; up to 0.7 without the load, from 0.8 on with P95 and P99 alone",
        &["html", "htm"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if !look.text.trim_start().starts_with('<') {
        return None;
    }
    let known =
        value(look.text, "GUIDELLM_REPORT").is_some() || value(look.text, "benchmarks").is_some_and(|rest| rest.starts_with('['));
    known.then_some(Certainty::Certain)
}

/// The text from where a global's value begins; `None` where the page only reads it.
fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mark = format!("window.{name}");
    memmem::find_iter(text.as_bytes(), mark.as_bytes()).find_map(|at| {
        let rest = text.get(at + mark.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        rest.starts_with(['[', '{']).then_some(rest)
    })
}

/// The tree of a global's object, with its fault in the findings.
fn object(text: &str, name: &str, keep: &[Pattern], findings: &mut Findings, sink: &mut dyn Sink) -> Value {
    // Python writes NaN and Infinity into scripts too.
    let Some(text) = value(text, name) else { return Value::Null };
    let Some(document) = stream::documents(text).next() else { return Value::Null };
    let tree = document.read(keep, &mut |_| ());
    if tree.fault.is_some() {
        damaged(name, findings, sink);
    }
    tree.root
}

/// Reports a script that breaks off. Its own place would be counted from the script's beginning.
fn damaged(name: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    findings.add(sink, "damaged scripts", || {
        let message = format!("The data of window.{name} is truncated or damaged; what comes before was read.");
        let hint = "Copy the file again, or use the report's JSON.";
        Diagnostic::new(Severity::Error, Place::Key(format!("window.{name}")), message, hint)
    });
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    match value(input.text, "GUIDELLM_REPORT") {
        Some(_) => newer(input.text, &mut findings, sink),
        None => older(input.text, &mut findings, sink),
    }
    findings.finish(sink);
    sink.progress(1.0);
}

fn known(value: &Value) -> Option<String> {
    scalar(value).filter(|text| text != "N/A")
}

fn older(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    sink.provenance(Provenance {
        tool: Some("GuideLLM".to_owned()),
        tool_version: None,
        schema: Some("HTML, before 0.8".to_owned()),
    });
    let mut identity = Identity::default();
    identity.set("model", known(&object(text, "runInfo", ALL, findings, sink)["model"]["name"]));
    identity.set("target", known(&object(text, "workloadDetails", WORKLOAD, findings, sink)["server"]["target"]));
    let mut kept = 0;
    let benchmarks = value(text, "benchmarks").unwrap_or_default();
    for document in stream::documents(benchmarks) {
        let tree = document.read(ALL, &mut |share| sink.progress(share));
        let place = Place::Key(format!("window.benchmarks{}", document.place));
        if tree.fault.is_some() {
            damaged("benchmarks", findings, sink);
        }
        if !tree.root.is_object() {
            // What follows the list in a damaged page is script.
            break;
        }
        let mut collector = Collector { sink, findings, samples: Vec::new() };
        let benchmark = &tree.root;
        for (key, metrics, scale) in DISTRIBUTIONS {
            for metric in *metrics {
                distribution(&benchmark[*key], metric, *scale, &format!("{place}.{key}"), &mut collector);
            }
        }
        // Output tokens per second over time: only its mean means anything.
        if benchmark["throughput"]["count"].as_f64() != Some(0.0) {
            let path = || format!("{place}.throughput.mean");
            collector.figure(&benchmark["throughput"]["mean"], "output_tps", Stat::Mean, 1.0, path);
        }
        collector.figure(&benchmark["requestsPerSecond"], "rps", Stat::Mean, 1.0, || format!("{place}.requestsPerSecond"));
        let samples = collector.samples;
        if samples.is_empty() {
            findings.entry(sink, "benchmarks without figures", &place, || "The benchmark has no metrics; skipped.".to_owned());
        } else {
            kept += 1;
            identity.emit(&place, Load::default(), &samples, sink);
        }
    }
    if kept == 0 {
        return empty("window.benchmarks", sink);
    }
    let message = "The HTML report does not state the load of its benchmarks, so they cannot be plotted over load.";
    let hint = "Use the JSON, YAML or CSV of the same run, which has the load, the failures and the tokens.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    let message = "GuideLLM's inter-token latency is what other tools call TPOT; shown as ITL and as TPOT.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
}

fn empty(key: &str, sink: &mut dyn Sink) {
    let hint = "Check that the benchmark finished.";
    let message = "The report has no benchmarks.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(key.to_owned()), message, hint));
}

/// A summary; of its percentiles the rows for display, because equal ones are dropped from the others.
fn distribution(summary: &Value, metric: &str, scale: f64, path: &str, collector: &mut Collector<'_>) {
    if summary["count"].as_f64() == Some(0.0) {
        return;
    }
    let parse = |name: &str| if name == "stdDev" { Some(Stat::Std) } else { stats::parse(name) };
    collector.statistics(summary, parse, metric, scale, || path.to_owned());
    for row in summary["percentileRows"].as_array().into_iter().flatten() {
        let stat = row["percentile"].as_str().and_then(stats::parse).filter(|stat| *stat != Stat::P50);
        if let Some(stat) = stat {
            collector.figure(&row["value"], metric, stat, scale, || format!("{path}.percentileRows"));
        }
    }
}

fn newer(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let report = object(text, "GUIDELLM_REPORT", REPORT, findings, sink);
    let header = &report["header"];
    sink.provenance(Provenance {
        tool: Some("GuideLLM".to_owned()),
        tool_version: known(&header["guidellm_version"]).map(|version| bare_version(&version).to_owned()),
        schema: Some("HTML".to_owned()),
    });
    let runs = report["runs"].as_array().map_or(&[][..], Vec::as_slice);
    if runs.is_empty() {
        return empty("window.GUIDELLM_REPORT.runs", sink);
    }
    let mut unsuccessful = 0;
    for (index, run) in runs.iter().enumerate() {
        let place = Place::Key(format!("window.GUIDELLM_REPORT.runs[{index}]"));
        let mut collector = Collector { sink, findings, samples: Vec::new() };
        for (key, metric, stat) in RUN {
            let placeholder = !COUNTS.contains(metric) && run[*key].as_f64() == Some(0.0);
            if !placeholder {
                collector.figure(&run[*key], metric, *stat, 1.0, || format!("{place}.{key}"));
            }
        }
        let samples = collector.samples;
        let others = ["incomplete", "errored"].iter().filter_map(|key| positive_at(run, key)).count();
        unsuccessful += usize::from(others > 0);
        let mut identity = Identity::default();
        identity.set("model", known(&header["model"]));
        identity.set("target", known(&header["target"]));
        identity.set("strategy", scalar(&run["strategy"]));
        let load = load(run);
        if load.kind != Load::concurrency(1.0).kind {
            identity.set("max_concurrency", positive_at(run, "configured_concurrency").map(|limit| limit.to_string()));
        }
        identity.emit(&place, load, &samples, sink);
    }
    if unsuccessful > 0 {
        let message = format!(
            "Rates of the HTML report are those of all requests; {unsuccessful} of {} benchmarks have incomplete or failed ones, whose \
             work is included.",
            runs.len()
        );
        let hint = "Use the report's JSON for the rates of successful requests.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("window.GUIDELLM_REPORT.runs".to_owned()), message, hint));
    }
    let message = "GuideLLM's time per output token includes the first token; shown as NTPOT. Its inter-token latency is what \
                   other tools call TPOT; shown as ITL and as TPOT.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
}

/// The load of a run, by its strategy and its label (`concurrent@16`, `constant@3.50`).
fn load(run: &Value) -> Load {
    let labelled = || run["label"].as_str()?.rsplit_once('@')?.1.parse().ok().filter(|value: &f64| *value > 0.0);
    match run["strategy"].as_str() {
        Some("synchronous") => Load::concurrency(1.0),
        Some("concurrent") => {
            positive_at(run, "configured_concurrency").or_else(labelled).map_or_else(Load::default, Load::concurrency)
        }
        Some("constant" | "poisson") => {
            positive_at(run, "configured_request_rate").or_else(labelled).map_or_else(Load::default, Load::rate)
        }
        Some("throughput") => Load::MAX,
        _ => Load::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn loads() {
        assert_eq!(load(&json!({"strategy": "concurrent", "configured_concurrency": 16})), Load::concurrency(16.0));
        assert_eq!(load(&json!({"strategy": "constant", "label": "constant@3.50"})), Load::rate(3.5));
        assert_eq!(load(&json!({"strategy": "throughput", "label": "throughput@512"})), Load::MAX);
        assert_eq!(load(&json!({"strategy": "concurrent", "label": "concurrent"})), Load::default());
    }

    #[test]
    fn a_page_that_reads_the_data_has_none() {
        assert_eq!(value("var data = window.GUIDELLM_REPORT || {};", "GUIDELLM_REPORT"), None);
        assert_eq!(value("x; window.benchmarks = [1];", "benchmarks"), Some("[1];"));
    }

    #[test]
    fn every_metric_is_in_the_catalogue() {
        let keys = RUN.iter().map(|row| row.1).chain(DISTRIBUTIONS.iter().flat_map(|row| row.1.iter().copied()));
        for key in keys {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
