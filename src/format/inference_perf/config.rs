//! The configuration of a run: `config.yaml`, which inference-perf writes with every default filled
//! in, and the user's original file. It has what the reports lack: model, lengths, server.

use serde_json::Value;

use crate::catalog::metrics;
use crate::format::reader::identity::{Identity, at, positive_as, positive_at, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[&[]];

/// Sections that every configuration has, at least one of each row, as keys without indentation.
const SECTIONS: [&[&str]; 3] = [&["load"], &["server"], &["api", "data"]];

/// How much of a text is looked at to recognise it.
const HEAD: usize = 64 * 1024;

/// Dimensions and their paths.
const STATED: &[(&str, &[&str])] = &[
    ("model", &["server", "model_name"]),
    ("target", &["server", "base_url"]),
    ("backend", &["server", "type"]),
    ("strategy", &["load", "type"]),
    ("tokenizer", &["tokenizer", "pretrained_model_name_or_path"]),
];

/// Mean lengths of prompts that are made up.
const LENGTHS: &[(&str, &[&str])] =
    &[("isl", &["data", "input_distribution", "mean"]), ("osl", &["data", "output_distribution", "mean"])];

/// Kinds of data fully described by their lengths.
const MADE_UP: [&str; 3] = ["mock", "random", "synthetic"];

/// The limits of goodput, in seconds, and the catalogue's metrics.
const LIMITS: &[(&str, &str)] =
    &[("ttft", "ttft"), ("tpot", "tpot"), ("itl", "itl"), ("ntpot", "ntpot"), ("request_latency", "e2el")];

/// The configuration of a run.
pub(in crate::format) static INFERENCE_PERF_CONFIG: Format = Format {
    about: &About::new(
        "inference-perf-config",
        "inference-perf configuration (YAML)",
        "model, token lengths and SLO for the reports in the same folder; all settings",
        &["yaml", "yml"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let end = look.text.len().min(HEAD);
    let head = (0..4).find_map(|back| look.text.get(..end.checked_sub(back)?))?;
    let sections = head.lines().filter_map(|line| line.trim_end().strip_suffix(':'));
    let has = |keys: &[&str]| sections.clone().any(|section| keys.contains(&section));
    if !SECTIONS.iter().all(|keys| has(keys)) {
        return None;
    }
    // Keys that only this tool's load section has.
    let known = head.lines().any(|line| {
        let key = line.trim_start().trim_start_matches(['-', ' ', '{']).split(':').next().unwrap_or_default();
        ["stages", "sweep", "num_workers", "worker_max_concurrency"].contains(&key)
    });
    known.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::yaml_plain(input.text, KEEP, &mut |share| sink.progress(share));
    let schema = Some("configuration".to_owned());
    sink.provenance(Provenance { tool: Some(super::TOOL.to_owned()), tool_version: None, schema });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut identity = identity(&tree.root);
    if !identity.is_empty() {
        identity.set("for_tool", Some(super::TOOL.to_owned()));
        identity.emit_as(Kind::Context, &Place::File, Load::default(), &[], sink);
    }
    settings(&tree.root, &mut String::new(), sink);
    let message =
        "Run configuration: contains no measurements, but supplies the model and data set of the reports in the same folder.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    sink.progress(1.0);
}

/// The identity that applies to every measurement of the run.
fn identity(root: &Value) -> Identity {
    let mut pairs = Identity::default();
    for (key, path) in STATED {
        pairs.set(key, scalar(at(root, path)));
    }
    for (key, path) in LENGTHS {
        pairs.set(key, positive_as(at(root, path), key).map(|length| length.to_string()));
    }
    let kind = scalar(&root["api"]["type"]);
    let request = kind.map(|kind| match kind.as_str() {
        "completion" => "text_completions".to_owned(),
        "chat" => "chat_completions".to_owned(),
        _ => kind,
    });
    pairs.set("request_type", request);
    let data = scalar(&root["data"]["type"]).filter(|kind| !MADE_UP.contains(&kind.as_str()));
    pairs.set("dataset", data.map(|kind| scalar(&root["data"]["path"]).unwrap_or(kind)));
    let limits = &root["report"]["goodput"]["constraints"];
    let words = LIMITS.iter().filter_map(|(name, metric)| {
        let limit = positive_at(limits, name)? * 1000.0;
        Some(format!("{} ≤ {limit} ms", metrics::label(metric)))
    });
    pairs.set("slo", Some(words.collect::<Vec<String>>().join(", ")));
    pairs
}

/// Emits every plain value, and every list of plain values, under its path.
fn settings(value: &Value, path: &mut String, sink: &mut dyn Sink) {
    let length = path.len();
    let mut step = |step: String, value: &Value, sink: &mut dyn Sink| {
        path.push_str(&step);
        settings(value, path, sink);
        path.truncate(length);
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                step(if length == 0 { key.clone() } else { format!(".{key}") }, value, sink);
            }
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            for (index, value) in values.iter().enumerate() {
                step(format!("[{index}]"), value, sink);
            }
        }
        value => {
            let list = value.as_array().map(|values| values.iter().filter_map(scalar).collect::<Vec<String>>().join(", "));
            let mut pairs = Identity::default();
            pairs.set("source", Some("inference-perf configuration".to_owned()));
            pairs.set("setting", Some(path.clone()));
            pairs.set("value", list.or_else(|| scalar(value)));
            if pairs.get("value").is_some() {
                pairs.emit_as(Kind::Setting, &Place::Key(path.clone()), Load::default(), &[], sink);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LIMITS;

    #[test]
    fn every_limit_is_in_the_catalogue() {
        for (name, key) in LIMITS {
            assert!(crate::catalog::metrics::metric(key).is_some_and(|row| row.unit == "ms"), "{name}");
        }
    }
}
