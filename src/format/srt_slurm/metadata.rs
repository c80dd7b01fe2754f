//! `<job>.json`: the metadata of a run, in three generations.
//!
//! The first has `run_metadata` and `profiler_metadata`; the second (“version 2.0”) is flat, with `resources` and
//! `benchmark`, and writes null for the nodes it has none of; a fork's roll-ups have `metadata` and
//! `profiler_metadata`.

use serde_json::Value;

use super::settings::Settings;
use super::{context, note, resources};
use crate::catalog::jobs;
use crate::format::reader::identity::{Identity, joined, scalar};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// Reads a run's metadata.
pub(super) fn read(root: &Value, sink: &mut dyn Sink) {
    Settings::new("run metadata", sink).tree(root);
    let mut identity = Identity::default();
    let schema =
        if root.get("run_metadata").is_some() { "run_metadata".to_owned() } else { scalar(&root["version"]).unwrap_or_default() };
    sink.provenance(Provenance { schema: Some(schema).filter(|schema| !schema.is_empty()), ..Provenance::default() });
    describe(root, &mut identity);
    if let Some(tags) = root["tags"].as_array().filter(|tags| !tags.is_empty()) {
        identity.set("tags", Some(joined(tags, ", ")));
    }
    context(&identity, sink);
    note("Run metadata: describes the results in the same folder and contains no measurements.", sink);
    let kind = identity.get("benchmark_type").unwrap_or_default();
    match jobs::why_no_results(kind) {
        Some(message) => note(message, sink),
        None if kind.is_empty() => {
            let message = "The metadata does not name a benchmark.";
            sink.diagnostic(Diagnostic::new(
                Severity::Info,
                Place::File,
                message,
                "The results in the same folder are still read.",
            ));
        }
        None => {}
    }
}

/// The description of a run in any generation of the metadata.
pub(super) fn describe(root: &Value, identity: &mut Identity) {
    let old = ["run_metadata", "metadata"].iter().map(|key| &root[*key]).find(|part| part.is_object());
    let run = old.unwrap_or(root);
    let benchmark = ["profiler_metadata", "benchmark"].iter().map(|key| &root[*key]).find(|part| part.is_object());
    for (dimension, value) in [
        ("run_id", run.get("slurm_job_id").unwrap_or(&run["job_id"])),
        ("run", &run["job_name"]),
        ("precision", &run["model"]["precision"]),
        ("framework", &run["backend_type"]),
        ("image", run.get("container").unwrap_or(&run["model"]["container"])),
    ] {
        identity.set(dimension, scalar(value));
    }
    identity.set("model", resources::model(run.get("model_dir").unwrap_or(&run["model"]["path"])));
    identity.set("model_alias", Some("true".to_owned()));
    let placed = if old.is_some() { run } else { &run["resources"] };
    resources::accelerator(&placed["gpu_type"], identity);
    resources::describe(placed, identity);
    let started = run["run_date"].as_str().map(local).or_else(|| run["generated_at"].as_str().map(|text| local(text) + "Z"));
    // The job's, not that of a level: these begin minutes later, and one after another.
    identity.set("run_start", started);
    if let Some(benchmark) = benchmark {
        identity.set("benchmark_type", scalar(benchmark.get("profiler_type").unwrap_or(&benchmark["type"])));
        for key in ["isl", "osl"] {
            identity.set(key, scalar(&benchmark[key]));
        }
    }
}

/// `20251110_192145` and `2026-01-15 07:14:56` as `2026-01-15T07:14:56`; other text stays.
fn local(text: &str) -> String {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('_') {
        Some((day, time)) if digits(day, 8) && digits(time, 6) => {
            format!("{}-{}-{}T{}:{}:{}", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..])
        }
        _ => text.replacen(' ', "T", 1),
    }
}
