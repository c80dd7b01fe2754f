//! The family of vLLM's `benchmark_serving`: one flat object for each run, in several tools' dialects.
//!
//! vLLM, SGLang, sa-bench and InferenceX all write the same kind of object: setup, totals, `<statistic>_<latency>`.
//! Shared code: which tool wrote an object ([`tool`]), and reading it ([`read`]) with a [`Dialect`], which is
//! rows of data and one function for the rest. The lists of single requests are counted, and read where they are wanted
//! ([`lists`]).
//! Unknown keys are kept under their own names: numbers as metrics, strings as dimensions.

pub(super) mod bench_console;
pub(super) mod inferencex;
pub(super) mod keys;
mod lists;
mod pytorch;
mod run;
pub(super) mod sa_bench;
pub(super) mod sglang;
mod sweep_table;
pub(super) mod vllm;

use serde_json::{Map, Value};

use crate::catalog::stats;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{self, Each, Pattern, Tree, stream};
use crate::format::reader::requests::Request;
use crate::format::reader::server_arguments::is_server_argument;
use crate::format::{Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink, Stat};
use keys::latency;
use lists::{Lists, Outcomes};
pub(super) use run::Run;

/// The keys and values of a run.
pub(super) type Fields = Map<String, Value>;

/// Which tool of the family wrote an object. One answer for each object, so that no two formats claim a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Vllm,
    Sglang,
    SaBench,
    InferenceX,
}

/// A tool's variant of the layout.
pub(super) struct Dialect {
    pub tool: &'static str,
    /// The tool's latencies: its word and the catalogue's metric.
    pub latencies: &'static [(&'static str, &'static str)],
    /// What ends a latency's key.
    pub suffix: &'static str,
    /// From the tool's unit of time to milliseconds.
    pub scale: f64,
    /// Plain figures: key and metric.
    pub figures: &'static [(&'static str, &'static str)],
    /// Identity: key and dimension.
    pub dimensions: &'static [(&'static str, &'static str)],
    /// Keys that `complete` reads.
    pub own: &'static [&'static str],
    /// What rows cannot express: load, derived metrics, schema.
    pub complete: fn(Input<'_>, &Fields, &mut Run) -> Load,
}

/// The arrays and objects that are read; all others are skipped.
const KEEP: &[Pattern] = &[
    &["*", "(nothing below)"],
    &["errors"],
    &["server_info", "*", "(nothing below)"],
    &["server_info", "prefill", "*", "*", "(nothing below)"],
    &["server_info", "decode", "*", "*", "(nothing below)"],
];

/// Which tool's runs a file contains, by its first object; the name decides only between vLLM and its fork sa-bench, and
/// only where the content fits both.
pub(super) fn tool(look: &Look<'_>) -> Option<Tool> {
    let first = look.first_object()?;
    let number = |key: &str| first.value(key).is_number();
    if ["hw", "conc", "tput_per_gpu"].iter().all(|key| scalar(first.value(key)).is_some()) {
        return Some(Tool::InferenceX);
    }
    // The least that sa-bench leaves of a level: when it ran, and how much of it succeeded.
    if ["benchmark_end_time_unix", "completed", "duration"].iter().all(|key| number(key)) {
        return Some(Tool::SaBench);
    }
    let named = first.value("model_id").is_string() || first.value("backend").is_string();
    // Early dashboards of vLLM kept the latencies alone, with the number of prompts. SGLang's offline benchmark shares the
    // throughputs, but served nothing.
    let latencies = ["mean_ttft_ms", "mean_tpot_ms", "num_prompts"].iter().all(|key| number(key));
    if !named || !(number("request_throughput") || latencies) || first.has("successful_requests") {
        return None;
    }
    if first.has_any(&["mean_e2e_latency_ms", "total_output_tokens_retokenized"]) {
        return Some(Tool::Sglang);
    }
    if !number("output_throughput") && !number("mean_e2el_ms") && !latencies {
        return None;
    }
    let forked = first.has_any(&["peak_output_tokens_per_s", "reuse_http_connections"]);
    if forked || first.value("backend") == "dynamo" {
        return Some(Tool::SaBench);
    }
    let vllm = first.has_any(&["endpoint_type", "max_concurrent_requests"]);
    let called = keys::sa_bench_name(look.path).is_some();
    Some(if called && !vllm { Tool::SaBench } else { Tool::Vllm })
}

/// Reads every run of a file.
pub(super) fn read(input: Input<'_>, dialect: &Dialect, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    let wanted = sink.wants_requests();
    let elements = [lists::ELEMENTS, lists::PERCENTILES].concat();
    let keep = [KEEP, lists::PERCENTILES, if wanted { lists::ELEMENTS } else { &[] }].concat();
    for document in stream::documents(input.text) {
        let mut lists = Lists::new(wanted);
        let each = Each { elements: &elements, take: &mut lists };
        let Tree { root, fault } = document.read_each(&keep, each, &mut |share| sink.progress(share));
        let mut kept = 0;
        match root {
            Value::Object(mut fields) => {
                lists.complete(&mut fields);
                sink.skip_requests(lists.count());
                let outcomes = lists.outcomes();
                let requests = lists.requests(&document.place, &mut findings, sink);
                let requests = (requests, outcomes);
                kept = measure(input, &fields, requests, &document.place, dialect, &mut findings, sink);
            }
            _ if fault.is_none() => findings.entry(sink, "entries that are not objects", &document.place, || {
                format!("This entry is not an object; {} writes one per run. Skipped.", dialect.tool)
            }),
            _ => {}
        }
        if let Some(fault) = fault {
            findings.add(sink, "damaged runs", || {
                let open = json_yaml::path(&fault.open);
                let inside = if open.is_empty() { String::new() } else { format!(" inside {open}") };
                let (what, hint) = if fault.cut {
                    ("is truncated", "Copy the file again, or wait for the benchmark to finish.")
                } else {
                    ("has a syntax error", "Everything before this point was read; fix the file to read the rest.")
                };
                let message = format!("The run {what}{inside}: {}. {kept} of its metrics were read.", fault.reason);
                Diagnostic::new(Severity::Error, fault.place, message, hint)
            });
        }
    }
    findings.finish(sink);
    sink.provenance(Provenance { tool: Some(dialect.tool.to_owned()), ..Provenance::default() });
    sink.progress(1.0);
}

/// Emits one run; returns its number of metrics.
fn measure(
    input: Input<'_>,
    fields: &Fields,
    (requests, outcomes): (Vec<(usize, Request)>, Outcomes),
    place: &Place,
    dialect: &Dialect,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) -> usize {
    let mut run = Run { requests, ..Run::default() };
    for (key, value) in fields {
        field(key, value, dialect, &mut run);
    }
    if let Some(failed) = outcomes.failed(fields, &run.requests) {
        run.failed(failed);
    }
    let load = (dialect.complete)(input, fields, &mut run);
    run.drop_placeholders();
    run.emit(load, place, findings, sink)
}

/// Reads one key of a run.
fn field(key: &str, value: &Value, dialect: &Dialect, run: &mut Run) {
    if dialect.own.contains(&key) || keys::is_default(key, value) {
        return;
    }
    if lists::is_list(key) && !value.is_array() {
        return run.no_list(key, value);
    }
    if let Some((metric, stat)) = latency(key, dialect.suffix, dialect.latencies) {
        run.figure(key, value, metric, stat, dialect.scale);
    } else if let Some((_, metric)) = dialect.figures.iter().find(|(known, _)| *known == key) {
        run.figure(key, value, metric, Stat::Mean, 1.0);
    } else if let Some((_, dimension)) = dialect.dimensions.iter().find(|(known, _)| *known == key) {
        run.identity.set(dimension, scalar(value));
    } else {
        match value {
            Value::Number(_) if keys::is_setting(key) => run.setting(key, value),
            Value::Number(_) => run.figure(key, value, key, Stat::Mean, 1.0),
            Value::String(_) | Value::Bool(_) if is_server_argument(key) => run.setting(key, value),
            Value::String(_) | Value::Bool(_) => run.identity.label(key, scalar(value)),
            Value::Array(pairs) => percentiles(key, pairs, dialect, run),
            Value::Null | Value::Object(_) => {}
        }
    }
}

/// `percentiles_ttft_ms: [[99, 61.5], …]`, as the first releases wrote them.
fn percentiles(key: &str, pairs: &[Value], dialect: &Dialect, run: &mut Run) {
    let word = key.strip_prefix("percentiles_").and_then(|key| key.strip_suffix(dialect.suffix));
    let Some((_, metric)) = dialect.latencies.iter().find(|(known, _)| Some(*known) == word) else { return };
    for pair in pairs {
        if let Some(stat) = scalar(&pair[0]).and_then(|text| stats::percentile(&text)) {
            run.figure(key, &pair[1], metric, stat, dialect.scale);
        }
    }
}
