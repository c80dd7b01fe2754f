//! srt-slurm's descriptions of a run: what ran where, with which settings.
//!
//! A run's folder contains, in two layouts, a metadata JSON of three generations ([`metadata`]), the recipe and its lock
//! ([`recipe`]), a dump of each node's configuration, fingerprints of each worker, windows of the power measurement,
//! the batches of each worker's log as a table ([`worker_table`]), and, of a fork, one roll-up with everything ([`rollup`]). Descriptions become contexts of their folder, and
//! every value in them a setting. The roll-up and the tables contain metrics.

mod metadata;
mod recipe;
mod resources;
mod rollup;
mod settings;
mod worker_table;

use serde_json::Value;

use crate::catalog::instant::rfc3339;
use crate::catalog::number;
use crate::format::llmd::deployment;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, positive_at, scalar};
use crate::format::reader::json_yaml::{self, Pattern, Tree};
use crate::format::serving::keys::sa_bench_path;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink, Stat};
use settings::Settings;

/// The whole file is read: it contains no requests.
const KEEP: &[Pattern] = &[&[]];

/// The largest description that is read, in bytes: real ones have some kilobytes, and a short setting takes many times its size.
const LARGEST: usize = 3 << 20;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Metadata,
    Recipe,
    NodeDump,
    Fingerprint,
    PowerWindow,
    Rollup,
    WorkerTable,
}

/// The kinds of JSON, by their top-level keys.
const JSON: &[(Part, &[&str])] = &[
    (Part::Rollup, &["metadata", "profiler_results"]),
    (Part::Metadata, &["run_metadata"]),
    (Part::Metadata, &["job_id", "resources"]),
    (Part::Metadata, &["job_id", "benchmark", "backend_type"]),
    (Part::PowerWindow, &["result_path", "benchmark_start_time_unix"]),
    (Part::NodeDump, &["config", "runtime_info", "environment"]),
    (Part::NodeDump, &["error", "system_info"]),
    (Part::Fingerprint, &["hostname", "frameworks", "pip_packages"]),
];

/// Top-level keys of a recipe.
const RECIPE: [&str; 3] = ["model:", "resources:", "benchmark:"];

/// Which of the files it is.
fn part(look: &Look<'_>) -> Option<Part> {
    let text = look.text;
    if text.starts_with(worker_table::HEADER) {
        return Some(Part::WorkerTable);
    }
    if !look.is_object() {
        let edge = |key: &str| text.starts_with(key) || look.contains(&format!("\n{key}"));
        return RECIPE.iter().all(|key| edge(key)).then_some(Part::Recipe);
    }
    let object = look.object()?;
    JSON.iter().find(|(_, keys)| object.has_all(keys)).map(|(part, _)| *part)
}

/// The files of a run's folder that describe it.
pub(in crate::format) static SRT_SLURM: Format = Format {
    about: &About::new(
        "srt-slurm",
        "srt-slurm run description (JSON, YAML)",
        "metadata (all generations), recipes and lock files, node dumps, fingerprints and power windows, which add settings and missing fields to the results in the same folder; metrics from worker tables and from a fork's roll-up",
        &["json", "yaml", "yml", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    part(look).map(|_| Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let Some(part) = part(&Look::new(input)) else { return sink.progress(1.0) };
    sink.provenance(Provenance { tool: Some("srt-slurm".to_owned()), ..Provenance::default() });
    if part == Part::WorkerTable {
        return worker_table::read(input, sink);
    }
    if part != Part::Rollup && input.text.len() > LARGEST {
        let size = |bytes: usize| number::bytes(bytes as f64);
        let message = format!(
            "The description has {}, of which all is kept as settings; up to {} can be: nothing of it is read.",
            size(input.text.len()),
            size(LARGEST)
        );
        let hint = "Check whether something else was written into it, or keep only the settings that you need.";
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::File, message, hint));
        return sink.progress(1.0);
    }
    let mut progress = |share: f64| sink.progress(share);
    let Tree { root, fault } = match part {
        Part::Recipe => json_yaml::yaml_plain(input.text, KEEP, &mut progress),
        _ => json_yaml::json(input.text, KEEP, &mut progress),
    };
    if let Some(fault) = &fault {
        sink.diagnostic(fault.diagnostic());
    }
    match part {
        Part::Metadata => metadata::read(&root, sink),
        Part::Recipe => recipe::read(&root, sink),
        Part::NodeDump => node(&root, sink),
        Part::Fingerprint => {
            Settings::new("fingerprint", sink).tree(&root);
            note("Software and hardware fingerprint of one worker: settings only, no measurements.", sink);
        }
        Part::PowerWindow => window(&root, sink),
        Part::Rollup => rollup::read(&root, sink),
        Part::WorkerTable => {}
    }
    sink.progress(1.0);
}

/// Adds a note about a file.
fn note(message: &str, sink: &mut dyn Sink) {
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
}

/// Reads the server configuration of one node.
fn node(root: &Value, sink: &mut dyn Sink) {
    if let Some(error) = root["error"].as_str() {
        let message = format!("srt-slurm could not write the node's configuration: {error}.");
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("error".to_owned()), message, ""));
    }
    let server = &root["config"]["server_args"];
    let role = server["disaggregation_mode"].as_str().filter(|role| matches!(*role, "prefill" | "decode"));
    let mut settings = Settings::new("node configuration", sink);
    settings.of("role", role);
    settings.of("node", root["system_info"]["hostname"].as_str());
    settings.tree(root);
    let mut identity = Identity::default();
    deployment::describe(&settings::scalars(server), role, &mut identity);
    identity.set("accelerator", scalar(&root["gpu_info"]["gpus"][0]["name"]));
    for (key, engine, framework) in [("sglang_version", "SGLang", "sglang"), ("vllm_version", "vLLM", "vllm")] {
        if let Some(version) = scalar(&root[key]) {
            identity.set("version", Some(format!("{engine}-{version}")));
            identity.set("framework", Some(framework.to_owned()));
        }
    }
    context(&identity, sink);
    note("Server configuration of one node: describes the run and contains no measurements.", sink);
}

/// Emits a run's description unless it is empty.
fn context(identity: &Identity, sink: &mut dyn Sink) {
    if !identity.is_empty() {
        identity.emit_as(crate::record::Kind::Context, &Place::File, Load::default(), &[], sink);
    }
}

/// Reads when one load level ran; it belongs to the result it names.
fn window(root: &Value, sink: &mut dyn Sink) {
    let mut identity = Identity::default();
    identity.set("tool", scalar(&root["benchmark_type"]));
    sa_bench_path(root["result_path"].as_str().unwrap_or_default(), &mut identity);
    for (key, dimension) in [("benchmark_start_time_unix", "start_time"), ("benchmark_end_time_unix", "end_time")] {
        let mut text = String::new();
        let known = positive_at(root, key).is_some_and(|seconds| rfc3339(seconds * 1000.0, &mut text));
        identity.set(dimension, known.then_some(text));
    }
    identity.set("status", scalar(&root["status"]));
    let mut findings = Findings::default();
    let mut collector = Collector { sink, findings: &mut findings, samples: Vec::new() };
    collector.figure(&root["duration"], "duration", Stat::Mean, 1.0, || "duration".to_owned());
    let samples = collector.samples;
    findings.finish(sink);
    let load = positive_at(root, "concurrency").map_or(Load::default(), Load::concurrency);
    if samples.is_empty() {
        return note("Power measurement window without a duration; no measurements.", sink);
    }
    identity.emit(&Place::File, load, &samples, sink);
    note("Power measurement window: when the named result was measured.", sink);
}
