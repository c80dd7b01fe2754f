//! Token lengths of a data set: a table with `input_length` and, where it has answers, `output_length`, a line a prompt;
//! or Inferscope's own, which counts inputs and outputs per length.
//!
//! MLPerf's and other data sets are summarised this way. The file name names the data set. In Inferscope's own,
//! the pairing of inputs and outputs is lost: each length becomes an entry of its own.

use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, MetricId, Place, Provenance, Record, Sample, Severity, Sink, Stat};

/// Columns: name and metric.
const COLUMNS: &[(&str, &str)] = &[("input_length", "input_tokens"), ("output_length", "output_tokens")];

/// Inferscope's own layout.
const COUNTED: &str = "length,inputs,outputs";

/// The maximum number of entries in Inferscope's own layout: a count is a few digits, but each is a record.
const MOST: u64 = 500_000;

/// Rows between progress reports.
const PROGRESS_ROWS: u64 = 4096;

/// A table of lengths.
pub(in crate::format) static TOKEN_LENGTHS: Format = Format {
    about: &About::new(
        "token-lengths",
        "Token lengths of a data set (CSV)",
        "`input_length` and, if present, `output_length`, or Inferscope's table with counts; the file name becomes the data set's name",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let line = look.text.lines().next()?;
    let known = line.split(',').all(|name| metric(name).is_some());
    (known || line == COUNTED).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    if input.text.lines().next() == Some(COUNTED) {
        return counted(input, sink);
    }
    let mut rows = Rows::new(input.text, b',');
    rows.advance(None);
    let mut findings = Findings::default();
    let names = header::names(rows.record(), 1, &mut findings, sink);
    let metrics: Vec<Option<MetricId>> = names.iter().map(|name| metric(name).map(|key| sink.metric(key, Stat::Mean))).collect();
    sink.provenance(Provenance { schema: Some("token lengths".to_owned()), ..Provenance::default() });
    let dataset = sink.dimension("dataset");
    let identity = [(dataset, input.stem())];
    let (mut samples, mut count) = (Vec::new(), 0_u64);
    while let Some(row) = rows.advance(Some(names.len())) {
        let line = rows.line();
        if row.is_err() {
            findings.add(sink, "lines without lengths", || {
                let message = format!("The line does not have {} cells; skipped.", names.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated: copy it again.")
            });
            continue;
        }
        samples.clear();
        for ((cell, metric), name) in rows.record().iter().zip(&metrics).zip(&names) {
            match (number(cell.trim()), metric) {
                (Cell::Number(value), Some(metric)) if value >= 0.0 => samples.push(Sample { metric: *metric, value }),
                (Cell::Missing, _) | (_, None) => {}
                _ => findings.add(sink, "cells that are not lengths", || {
                    let message = format!("“{}” is not a length; ignored.", cell.chars().take(40).collect::<String>());
                    let place = Place::Cell { line, column: name.clone() };
                    Diagnostic::new(Severity::Warning, place, message, "Correct the cell.")
                }),
            }
        }
        if !samples.is_empty() {
            let place = &Place::Line(line);
            sink.record(Record { kind: Kind::Entry, place, load: Load::default(), identity: &identity, samples: &samples });
        }
        count += 1;
        if count.is_multiple_of(PROGRESS_ROWS) {
            sink.progress(rows.progress());
        }
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// Reads Inferscope's own layout.
fn counted(input: Input<'_>, sink: &mut dyn Sink) {
    let mut rows = Rows::new(input.text, b',');
    rows.advance(None);
    sink.provenance(Provenance { schema: Some("counts of token lengths".to_owned()), ..Provenance::default() });
    let (dataset, of) = (sink.dimension("dataset"), sink.dimension("length_of"));
    let sides = [("input", "input_tokens"), ("output", "output_tokens")];
    let sides = sides.map(|(side, metric)| (side, sink.metric(metric, Stat::Mean)));
    let (mut findings, mut total) = (Findings::default(), 0_u64);
    while let Some(row) = rows.advance(Some(1 + sides.len())) {
        let line = rows.line();
        let cells = row.is_ok().then(|| rows.record().iter().map(|cell| number(cell.trim())).collect::<Vec<_>>());
        let Some([Cell::Number(value), counts @ ..]) = cells.as_deref() else {
            findings.add(sink, "lines without lengths", || {
                let message = "The line is not a length with two counts; skipped.".to_owned();
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated: copy it again.")
            });
            continue;
        };
        for ((side, metric), count) in sides.iter().zip(counts) {
            let count = match count {
                Cell::Number(count) if *count >= 0.0 && count.fract() == 0.0 && *count <= MOST as f64 => Some(*count as u64),
                Cell::Missing => Some(0),
                Cell::Number(_) | Cell::Wrong => None,
            };
            let Some(count) = count.filter(|count| total + count <= MOST) else {
                findings.add(sink, "counts that are too large", || {
                    let message = format!("This line brings the {side}s above {MOST}, or is not a count; skipped.");
                    Diagnostic::new(Severity::Warning, Place::Line(line), message, "Correct the count.")
                });
                continue;
            };
            total += count;
            let identity = [(dataset, input.stem()), (of, *side)];
            let samples = [Sample { metric: *metric, value: *value }];
            for _ in 0..count {
                let place = &Place::Line(line);
                sink.record(Record { kind: Kind::Entry, place, load: Load::default(), identity: &identity, samples: &samples });
            }
        }
        sink.progress(rows.progress());
    }
    findings.finish(sink);
    sink.progress(1.0);
}

fn metric(name: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|(column, _)| *column == name.trim()).map(|(_, metric)| *metric)
}
