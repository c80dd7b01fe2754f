//! The roll-ups of a job: `benchmark-rollup.json` and `benchmark-rollup.csv`, one entry or row for each concurrency.
//!
//! The CSV's figures per GPU count the GPUs that work where it states them, else those that were allocated; the count
//! it divides by is taken as the deployment's, and its basis named. Its speed per user is 1000 ÷ median TPOT.

use serde_json::Value;

use crate::catalog::stats;
use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::{Broken, Rows};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::serving::Run;
use crate::format::{Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink, Stat};

const KEEP: &[Pattern] = &[&["benchmark_type"], &["timestamp"], &["config"], &["runs"]];

/// Figures of an entry: key and metric.
const FIGURES: &[(&str, &str)] =
    &[("throughput_toks", "output_tps"), ("request_throughput", "rps"), ("completed_requests", "completed")];

/// Whether this is a roll-up in JSON.
pub(super) fn is_json(look: &Look<'_>) -> bool {
    look.object().is_some_and(|object| object.has("benchmark_type"))
        && look.contains("\"sa-bench\"")
        && look.contains("\"throughput_toks\"")
}

/// Whether this is a roll-up in CSV.
pub(super) fn is_csv(look: &Look<'_>) -> bool {
    let header = look.first_line();
    ["Config", "Total GPU Count", "Concurrency", "Median TTFT"]
        .iter()
        .all(|name| header.split(',').any(|cell| cell.trim() == *name))
}

/// Reads the roll-up in JSON.
pub(super) fn json(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    let mut findings = Findings::default();
    let config = &tree.root["config"];
    for (index, entry) in tree.root["runs"].as_array().into_iter().flatten().enumerate() {
        let Value::Object(fields) = entry else { continue };
        let mut run = Run::default();
        for (key, dimension) in [("model", "model"), ("isl", "isl"), ("osl", "osl")] {
            run.identity.set(dimension, scalar(&config[key]));
        }
        for (key, value) in fields {
            let word = key.strip_suffix("_ms").and_then(|key| key.split_once('_'));
            let stat = word.and_then(|(_, stat)| stats::parse(stat));
            match (word, stat) {
                (Some((metric @ ("ttft" | "tpot" | "itl" | "e2el"), _)), Some(stat)) => run.figure(key, value, metric, stat, 1.0),
                _ if key == "concurrency" => {}
                _ => {
                    let metric = FIGURES.iter().find(|(known, _)| known == key).map_or(key.as_str(), |(_, metric)| metric);
                    run.figure(key, value, metric, Stat::Mean, 1.0);
                }
            }
        }
        run.drop_placeholders();
        run.mean_tokens(fields, [("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")]);
        let load = concurrency(entry["concurrency"].as_f64());
        if load == Load::default() && !entry["concurrency"].is_null() {
            run.notes.push(wrong("concurrency", "a positive number", &entry["concurrency"].to_string()));
        }
        run.emit(load, &Place::Key(format!("runs[{index}]")), &mut findings, sink);
    }
    if let Some(fault) = tree.fault {
        let message = format!("The roll-up is truncated inside {}: {}.", json_yaml::path(&fault.open), fault.reason);
        sink.diagnostic(Diagnostic::new(Severity::Error, fault.place, message, "Copy the file again."));
    }
    finish(findings, "roll-up, JSON", sink);
}

fn concurrency(value: Option<f64>) -> Load {
    value.filter(|value| *value > 0.0).map_or(Load::default(), Load::concurrency)
}

fn finish(findings: Findings, schema: &str, sink: &mut dyn Sink) {
    findings.finish(sink);
    let (tool, schema) = (Some("sa-bench".to_owned()), Some(schema.to_owned()));
    sink.provenance(Provenance { tool, schema, ..Provenance::default() });
    sink.progress(1.0);
}

/// Reads the roll-up in CSV.
pub(super) fn csv(text: &str, sink: &mut dyn Sink) {
    let mut rows = Rows::new(text, b',');
    _ = rows.advance(None);
    let mut findings = Findings::default();
    let header = header::names(rows.record(), 1, &mut findings, sink);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    while let Some(found) = rows.advance(Some(header.len())) {
        let line = rows.line();
        if let Err(broken) = found {
            findings.add(sink, broken.kind(), || {
                let found = broken.describe(line, header.len());
                let hint = "The file may be truncated: copy it again.";
                if matches!(broken, Broken::Cells(_)) { Diagnostic { hint: hint.to_owned(), ..found } } else { found }
            });
            continue;
        }
        let cells: Vec<&str> = rows.record().iter().map(str::trim).collect();
        let (run, load) = row(&header, &cells);
        run.emit(load, &Place::Line(line), &mut findings, sink);
    }
    finish(findings, "roll-up, CSV", sink);
}

/// A cell with a number of GPUs.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    Unstated,
    Of(f64),
    /// What is stated is no count.
    None,
}

impl Count {
    fn number(self) -> Option<f64> {
        match self {
            Count::Of(count) => Some(count),
            Count::Unstated | Count::None => None,
        }
    }
}

/// The finding about a cell that is not what it should be.
fn wrong(column: &str, expected: &str, found: &str) -> (&'static str, Severity, String, &'static str) {
    let shown: String = found.chars().take(40).collect();
    let message = format!("Expected {expected} for “{column}”, found “{shown}”; ignored.");
    ("values of the wrong type", Severity::Warning, message, "Correct the cell.")
}

fn row(header: &[&str], record: &[&str]) -> (Run, Load) {
    let mut run = Run::default();
    let cell = |name: &str| header.iter().zip(record).find(|(column, _)| **column == name).map(|(_, cell)| *cell);
    let number = |name: &str| cell(name).and_then(|cell| cell.parse::<f64>().ok());
    let gpus = |name: &str| match cell(name).filter(|cell| !cell.is_empty()) {
        None => Count::Unstated,
        Some(_) => match number(name).filter(|count| *count >= 0.0 && count.fract() == 0.0) {
            Some(count) if count > 0.0 || !name.starts_with("Total") => Count::Of(count),
            _ => Count::None,
        },
    };
    let cells = header.iter().copied().zip(record.iter().copied());
    for (column, text) in cells.filter(|(column, text)| !column.is_empty() && !text.is_empty()) {
        let (metric, stat) = match column {
            "Config" => {
                run.identity.set("config", Some(text.to_owned()));
                continue;
            }
            "Concurrency" => {
                if number(column).is_none_or(|load| load <= 0.0) {
                    run.notes.push(wrong(column, "a positive number", text));
                }
                continue;
            }
            count if count.ends_with("GPU Count") => {
                if matches!(gpus(count), Count::None) {
                    let least = if count.starts_with("Total") { "a whole number from 1" } else { "a whole number" };
                    run.notes.push(wrong(count, least, text));
                }
                continue;
            }
            "Total Token Throughput" => ("total_tps", Stat::Mean),
            "Output Token Throughput" => ("output_tps", Stat::Mean),
            "Total Token Throughput per GPU" => ("total_tps_per_gpu", Stat::Mean),
            "Output Token Throughput per User" => ("interactivity", Stat::P50),
            "Median TTFT" => ("ttft", Stat::P50),
            "Median TPOT" => ("tpot", Stat::P50),
            "Median ITL" => ("itl", Stat::P50),
            other if text.parse::<f64>().is_ok() => (other, Stat::Mean),
            other => {
                run.identity.label(other, Some(text.to_owned()));
                continue;
            }
        };
        run.figure(column, &Value::String(text.to_owned()), metric, stat, 1.0);
    }
    run.drop_placeholders();
    let allocated = gpus("Total GPU Count");
    let working = gpus("Total Working GPU Count");
    let prefix = if working == Count::Unstated { "Decode GPU Count" } else { "Decode Working GPU Count" };
    let (total, basis) = match working {
        Count::Of(_) => (working, "stated: working GPUs"),
        Count::None => (working, "unknown: “Total Working GPU Count” is no count"),
        Count::Unstated if allocated == Count::None => (allocated, "unknown: “Total GPU Count” is no count"),
        Count::Unstated => (allocated, "stated: allocated GPUs"),
    };
    let (total, basis) = (total.number(), (total != Count::Unstated).then(|| basis.to_owned()));
    run.identity.set("gpus", total.map(|count| count.to_string()));
    run.identity.set("gpus_basis", basis);
    if matches!(working, Count::Of(_)) {
        run.identity.set("allocated_gpus", allocated.number().map(|count| count.to_string()));
    }
    // An aggregated deployment decodes on all of its GPUs.
    match (total, gpus(prefix)) {
        (_, Count::None) => {}
        (Some(total), Count::Of(decode)) if decode > 0.0 && decode < total => {
            let prefill = match gpus("Prefill Working GPU Count") {
                Count::Of(prefill) if prefill > 0.0 => Some(prefill),
                Count::None => None,
                _ => Some(total - decode),
            };
            run.identity.set("prefill_gpus", prefill.map(|count| count.to_string()));
            run.identity.set("decode_gpus", Some(decode.to_string()));
        }
        _ => run.identity.set("agg_gpus", total.map(|count| count.to_string())),
    }
    let load = concurrency(number("Concurrency"));
    (run, load)
}
