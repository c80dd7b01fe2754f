//! The summary that AIPerf, and GenAI-Perf before it, writes of a run: JSON of three generations, and CSV.
//!
//! One file is one load level. The generations (metrics under `records`; metrics next to `input_config`; the same with a
//! schema number) differ in layout (rows in `identity`) and in a few tags (rows in
//! `tags`). The tools' other files (single requests, time slices, server and GPU metrics, aggregates of
//! repeats) have formats of their own. The summary's configuration applies to all files in its folder.

mod aggregate;
mod aside;
mod gpus;
mod identity;
mod lines;
mod metadata;
mod requests;
mod scrapes;
mod server;
mod slices;
mod table;
mod tags;

pub(in crate::format) use aggregate::AIPERF_AGGREGATE;
pub(in crate::format) use aside::AIPERF_ASIDE;
pub(in crate::format) use gpus::AIPERF_GPUS;
pub(in crate::format) use metadata::AIPERF_METADATA;
pub(in crate::format) use requests::AIPERF_REQUESTS;
pub(in crate::format) use scrapes::AIPERF_SCRAPES;
pub(in crate::format) use server::AIPERF_SERVER;
pub(in crate::format) use slices::AIPERF_SLICES;

use serde_json::Value;

use crate::format::accuracy::answers;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};
use tags::WORDS;

/// The whole summary is read: it contains no requests.
const KEEP: &[Pattern] = &[&[]];

/// How the CSV begins: AIPerf lists the percentiles upwards, GenAI-Perf downwards.
const TABLES: [(&str, &str); 2] = [("Metric,avg,min,max,p99,", "GenAI-Perf"), ("Metric,avg,min,max,", "AIPerf")];

/// Keys of the configuration that only GenAI-Perf wrote.
const GENAI_PERF: [&str; 4] = ["perf_analyzer", "stimulus", "synthetic_input_tokens_mean", "formatted_model_name"];

/// The window of figures that are over a whole run, where others of the same file are over slices of it.
const WHOLE_RUN: &str = "whole run";

/// Dimensions of one measurement that do not apply to its whole folder.
const MEASURED: [&str; 3] = ["start_time", "end_time", "max_concurrency"];

/// Marks of a summary, at any depth.
const MARKS: [&str; 3] = ["\"input_config\"", "\"aiperf_version\"", "\"tokens/sec/user\""];

/// The summary of a run.
pub(in crate::format) static AIPERF: Format = Format {
    about: &About::new(
        "aiperf",
        "AIPerf or GenAI-Perf summary (JSON, CSV)",
        "all three generations of the JSON; the CSV, which states neither model nor load",
        &["json", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if TABLES.iter().any(|(head, _)| look.text.starts_with(head)) {
        return Some(Certainty::Certain);
    }
    let object = look.object().filter(|object| !object.has("timeslices"))?;
    let configured = object.has_any(&["input_config", "aiperf_version"]);
    let known = object.keys().filter(|key| tags::metric(key).is_some()).count();
    let marked = || MARKS.iter().any(|mark| look.contains(mark));
    match (configured, object.has("records"), known) {
        (true, true, _) | (true, _, 1..) => Some(Certainty::Certain),
        // Cut before the configuration, which comes last.
        (false, true, _) if look.contains("\"header\"") && look.contains("\"tag\"") && marked() => Some(Certainty::Likely),
        (false, false, 2..) if marked() => Some(Certainty::Likely),
        _ => None,
    }
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    match json_yaml::is_json(input.text) {
        true => json(input.text, &mut findings, sink),
        false => csv(input.text, &mut findings, sink),
    }
    findings.finish(sink);
    sink.progress(1.0);
}

fn json(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let tree = json_yaml::json(text, KEEP, &mut |fraction| sink.progress(fraction));
    let root = &tree.root;
    let (metrics, prefix, generation) = match &root["records"] {
        records @ Value::Object(_) => (records, "records.", "before October 2025"),
        _ => (root, "", "unnumbered"),
    };
    let config = &root["input_config"];
    let pooled = pools_gaps(metrics);
    let tool = if pooled || GENAI_PERF.iter().any(|key| !config[*key].is_null()) { "GenAI-Perf" } else { "AIPerf" };
    sink.provenance(Provenance {
        tool: Some(tool.to_owned()),
        tool_version: scalar(&root["aiperf_version"]),
        schema: scalar(&root["schema_version"]).or_else(|| Some(generation.to_owned())),
    });
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let mut taken: Vec<&str> = Vec::new();
    for (tag, metric) in WORDS {
        let metric = if pooled && *tag == "inter_token_latency" { &"itl" } else { metric };
        if !metrics[*tag].is_null() && !taken.contains(metric) {
            taken.push(metric);
            collector.summary(&metrics[*tag], "unit", metric, &format!("{prefix}{tag}"));
        }
    }
    if !taken.contains(&"errored") {
        errors(root, &mut collector);
    }
    let mut samples = collector.samples;
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    caveats(root, sink);
    // Of a cut summary the latencies may only be lost.
    if tree.fault.is_none() {
        none_succeeded(root, &mut samples, sink);
    }
    let load = identity::load(root);
    let identity = identity::identity(root, metrics);
    emit(&identity, load, &samples, tree.fault.is_none(), pooled, sink);
    answers::summarised(metrics, &identity, load, sink);
    gpus::statistics(&root["telemetry_data"], &identity, load, findings, sink);
    context(&identity, tool, sink);
}

/// Emits the summary's identity for its folder: the tool's other files there have neither model nor data.
fn context(identity: &Identity, tool: &str, sink: &mut dyn Sink) {
    let mut context = Identity::default();
    for (key, value) in identity.iter().filter(|(key, _)| !MEASURED.contains(key)) {
        context.set(key, Some(value.to_owned()));
    }
    if !context.is_empty() {
        context.set("for_tool", Some(tool.to_owned()));
        context.emit_as(Kind::Context, &Place::Key("input_config".to_owned()), Load::default(), &[], sink);
    }
}

/// The failed requests, by the list of errors. An empty list means none failed; without a list it is unknown.
fn errors(root: &Value, collector: &mut Collector<'_>) {
    let Some(errors) = root["error_summary"].as_array() else { return };
    let counts: Option<Vec<f64>> = errors.iter().map(|error| error["count"].as_f64().filter(|count| *count >= 0.0)).collect();
    if let Some(counts) = counts {
        let metric = collector.sink.metric("errored", Stat::Mean);
        collector.samples.push(Sample { metric, value: counts.iter().fold(0.0, |sum, count| sum + count) });
    }
}

/// Whether the summary is of the first GenAI-Perf releases, whose inter-token latency is that of single gaps: they wrote
/// nanoseconds, and counted tokens under other names.
fn pools_gaps(metrics: &Value) -> bool {
    !metrics["num_output_token"].is_null() || metrics["request_latency"]["unit"].as_str() == Some("ns")
}

/// Completes and reports a run in which every request failed: the summary then lacks the number of completed requests and
/// every latency, and a throughput of 0 is no measurement.
fn none_succeeded(root: &Value, samples: &mut Vec<Sample>, sink: &mut dyn Sink) {
    let [completed, errored, latency] = ["completed", "errored", "e2el"].map(|metric| sink.metric(metric, Stat::Mean));
    let value = |metric| samples.iter().find(|sample: &&Sample| sample.metric == metric).map(|sample| sample.value);
    let Some(failed) = value(errored).filter(|failed| *failed > 0.0) else { return };
    if value(completed).is_some_and(|completed| completed > 0.0) || value(latency).is_some() {
        return;
    }
    let rates = ["rps", "output_tps", "total_tps", "goodput_rps"].map(|metric| sink.metric(metric, Stat::Mean));
    samples.retain(|sample| sample.metric != completed && !(rates.contains(&sample.metric) && sample.value == 0.0));
    samples.push(Sample { metric: completed, value: 0.0 });
    let reasons: Vec<String> = root["error_summary"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| {
            let details = &error["error_details"];
            let words: Vec<String> = ["code", "type"].iter().filter_map(|key| scalar(&details[*key])).collect();
            (!words.is_empty()).then(|| words.join(" "))
        })
        .take(3)
        .collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    let message = format!("All {failed} requests failed{reasons}: there is no latency and no throughput.");
    let hint = "Check the server's log and the run's own; the run is kept with an error rate of 100 %.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("error_summary".to_owned()), message, hint));
}

/// Reports flags in the file that make its metrics doubtful.
fn caveats(root: &Value, sink: &mut dyn Sink) {
    let mut warn = |key: &str, message: &str| {
        let hint = "The metrics cover only the part that ran.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(key.to_owned()), message, hint));
    };
    if root["was_cancelled"].as_bool() == Some(true) {
        warn("was_cancelled", "The run was cancelled.");
    } else if root["is_complete"].as_bool() == Some(false) {
        warn("is_complete", "The run did not complete.");
    }
}

fn csv(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let tool = TABLES.iter().find(|(head, _)| text.starts_with(head)).map_or("AIPerf", |(_, tool)| tool);
    sink.provenance(Provenance { tool: Some(tool.to_owned()), tool_version: None, schema: Some("CSV".to_owned()) });
    let samples = table::samples(text, findings, sink);
    emit(&Identity::default(), Load::default(), &samples, true, false, sink);
    let message = "The CSV states neither model nor load, and its values are rounded to two decimals.";
    let hint = "Use the JSON of the same run (profile_export_aiperf.json), which has all of it.";
    sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
}

/// Emits the run, if it has a figure.
fn emit(identity: &Identity, load: Load, samples: &[Sample], whole: bool, pooled: bool, sink: &mut dyn Sink) {
    if samples.is_empty() {
        let hint = "Check the run's log: possibly no request succeeded.";
        return sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The summary has no metrics.", hint));
    }
    identity.emit(&Place::File, load, samples, sink);
    if load.kind.is_none() && whole && !identity.is_empty() {
        let message = "The summary has no single load level, so its metrics cannot be plotted over load.";
        let hint = "This is normal for trace replays and multi-phase runs.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    }
    let message = if pooled {
        "The first GenAI-Perf releases pool the gaps between tokens under inter-token latency; shown as ITL."
    } else {
        "AIPerf's inter-token latency is a per-request mean, which other tools call TPOT; shown as TPOT. Gaps between single \
         chunks are shown as ICL."
    };
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
}
