//! The same figures as in the summary, for each stretch of a run (`--slice-duration`): JSON, and CSV with one figure a row.

use memchr::memmem;
use serde_json::Value;

use super::identity;
use super::lines::Lines;
use super::tags::{WORDS, heading};
use crate::catalog::stats;
use crate::catalog::{Shape, metrics, units};
use crate::format::reader::csv::header;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, positive};
use crate::format::reader::json_yaml::{self, Pattern, Tree, stream};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// Read before the slices, although it follows them.
const CONFIGURATION: &[Pattern] = &[&["input_config"]];

/// A slice contains no requests.
const SLICE: &[Pattern] = &[&[]];

/// The path of the slice length, in seconds.
const LENGTHS: [&[&str]; 2] = [&["artifacts", "slice_duration"], &["output", "slice_duration"]];

/// The window that a run's figures are over; in a slice it is the slice that they are over.
const RUN_WINDOW: &str = "benchmark_duration";

/// How much of a file is searched for the marks of its slices.
const HEAD: usize = 400;

/// The slices of a run.
pub(in crate::format) static AIPERF_SLICES: Format = Format {
    about: &About::new(
        "aiperf-timeslices",
        "AIPerf timeslices (JSON, CSV)",
        "the summary's metrics over time, one record per slice",
        &["json", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let table = look.text.starts_with("Timeslice,") && look.first_line().contains("Metric,Unit,Stat,Value");
    let slices = || {
        let head = look.head(HEAD);
        look.opens_with("timeslices") && ["\"start_ns\"", "\"timeslice_index\""].iter().any(|mark| head.contains(mark))
    };
    (table || slices()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    let schema = if json_yaml::is_json(input.text) { "timeslices" } else { "timeslices, CSV" };
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: None, schema: Some(schema.to_owned()) });
    match json_yaml::is_json(input.text) {
        true => json(input.text, &mut findings, sink),
        false => csv(input.text, &mut findings, sink),
    }
    findings.finish(sink);
    sink.progress(1.0);
}

fn json(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let tree = json_yaml::json(text, CONFIGURATION, &mut |_| ());
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let (identity, load) = (identity::identity(&tree.root, &Value::Null), identity::load(&tree.root));
    let length = LENGTHS.iter().find_map(|keys| positive(at(&tree.root["input_config"], keys)));
    let start = memmem::find(text.as_bytes(), b"[").unwrap_or(text.len());
    for (index, document) in stream::inner_list(&text[start..]).enumerate() {
        let Tree { root: slice, fault } = document.read(SLICE, &mut |share| sink.progress(share));
        let place = Place::Key(format!("timeslices{}", document.place));
        // What breaks the whole text was reported above.
        if let Some(fault) = fault.filter(|_| tree.fault.is_none()) {
            findings.add(sink, "damaged slices", || fault.diagnostic());
        }
        let mut collector = Collector { sink, findings, samples: Vec::new() };
        let (began, lasted) = (time::seconds(&slice["start_ns"]), time::seconds_between(&slice["start_ns"], &slice["end_ns"]));
        let number = slice["timeslice_index"].as_f64().unwrap_or(index as f64);
        match (began, length) {
            (Some(began), _) => collector.figure(&began.into(), "time", Stat::Mean, 1.0, String::new),
            (None, Some(length)) => collector.figure(&(number * length).into(), "elapsed", Stat::Mean, 1.0, String::new),
            (None, None) => {}
        }
        if let Some(lasted) = lasted.or(length) {
            collector.figure(&lasted.into(), "duration", Stat::Mean, 1.0, String::new);
        }
        let instants = collector.samples.len();
        for (tag, metric) in WORDS.iter().filter(|(tag, _)| *tag != RUN_WINDOW) {
            collector.summary(&slice[*tag], "unit", metric, &format!("{place}.{tag}"));
        }
        let samples = collector.samples;
        if samples.len() > instants {
            identity.emit_as(Kind::Sample, &place, load, &samples, sink);
        }
    }
}

/// The slice whose rows are being read.
struct Slice {
    name: String,
    line: u64,
    samples: Vec<Sample>,
}

impl Slice {
    fn emit(self, sink: &mut dyn Sink) {
        Identity::default().emit_as(Kind::Sample, &Place::Line(self.line), Load::default(), &self.samples, sink);
    }
}

fn csv(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut lines = Lines::new(text);
    _ = lines.advance(findings, sink);
    let mut header: Vec<String> = lines.cells().into_iter().map(str::to_owned).collect();
    header::unique(&mut header, 1, findings, sink);
    let column = |name: &str| header.iter().position(|known| known == name);
    let [slice, start, end, metric, unit, stat, value] =
        ["Timeslice", "Start_NS", "End_NS", "Metric", "Unit", "Stat", "Value"].map(column);
    let mut open: Option<Slice> = None;
    while let Some(line) = lines.advance(findings, sink) {
        let row = lines.cells();
        sink.progress(lines.share());
        let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).copied().unwrap_or_default();
        if row.len() != header.len() {
            findings.add(sink, "rows whose cell count differs from their header", || {
                let message = format!("The row has {} cells, expected {}; skipped.", row.len(), header.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated or edited by hand.")
            });
            continue;
        }
        if open.as_ref().is_none_or(|open| open.name != cell(slice)) {
            if let Some(done) = open.take() {
                done.emit(sink);
            }
            let instant = |column| cell(column).parse::<u64>().map_or(Value::Null, Value::from);
            let (start, end) = (instant(start), instant(end));
            let known = [("time", time::seconds(&start)), ("duration", time::seconds_between(&start, &end))];
            let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
            let samples = known.map(|(key, value)| Sample { metric: sink.metric(key, Stat::Mean), value }).collect();
            open = Some(Slice { name: cell(slice).to_owned(), line, samples });
        }
        let figure = figure(cell(metric), cell(unit), cell(stat), cell(value), sink);
        match (figure, &mut open) {
            (Ok(Some(sample)), Some(open)) => open.samples.push(sample),
            (Err(message), _) => findings.add(sink, "cells of the wrong type", || {
                let place = Place::Cell { line, column: "Value".to_owned() };
                let hint = "The file may have been edited by hand or written by an unsupported version.";
                Diagnostic::new(Severity::Warning, place, message, hint)
            }),
            _ => {}
        }
    }
    if let Some(done) = open {
        done.emit(sink);
    }
    let message = "The values are rounded to two decimals.";
    let hint = "Use the JSON of the same run (profile_export_aiperf_timeslices.json) for exact values.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
}

/// One row's figure: none where the catalogue has no such metric or statistic, a message where it cannot be one.
fn figure(name: &str, unit: &str, stat: &str, cell: &str, sink: &mut dyn Sink) -> Result<Option<Sample>, String> {
    let stat = stats::parse(stat);
    let known = heading(name).filter(|(metric, _)| *metric != "duration").zip(stat);
    let Some(((metric, _), stat)) = known else { return Ok(None) };
    let Some(row) = metrics::metric(metric).filter(|row| row.shape == Shape::Distribution || stat == Stat::Mean) else {
        return Ok(None);
    };
    let scale = units::factor(unit, row.unit).ok_or_else(|| format!("“{unit}” is not a unit of {}; ignored.", row.label))?;
    match cell.parse::<f64>() {
        _ if cell.is_empty() => Ok(None),
        Ok(value) if value.is_nan() => Ok(None),
        Ok(value) if value >= 0.0 && (value * scale).is_finite() => {
            Ok(Some(Sample { metric: sink.metric(metric, stat), value: value * scale }))
        }
        _ => Err(format!("Expected a non-negative number, found “{cell}”; ignored.")),
    }
}
