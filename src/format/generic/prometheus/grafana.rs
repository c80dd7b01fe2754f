//! Tables that Grafana exports: series joined by time (a column each), or one below the other.
//!
//! A heading is a series as Prometheus writes it, or a legend, which is then the metric's name. “Formatted” exports have
//! units in their cells: times become seconds, sizes bytes, and prefixes go.

use std::collections::HashMap;

use super::gather::{Gather, SeriesId};
use super::line;
use crate::catalog::server_metrics;
use crate::format::reader::csv::header;
use crate::format::reader::csv::row::Row;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::time::instant;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// Cells that mean missing.
const MISSING: [&str; 6] = ["", "-", "null", "undefined", "NaN", "No data"];

/// How many rows are tried to recognise a table by one of them.
const TRIES: usize = 16;

/// Units of formatted cells and their factor to seconds, bytes or the plain number. Percent stay percent.
const UNITS: &[(&str, f64)] = &[
    ("ns", 1e-9),
    ("µs", 1e-6),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("mins", 60.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
    ("K", 1e3),
    ("Mil", 1e6),
    ("Bil", 1e9),
    ("%", 1.0),
    ("req/s", 1.0),
    ("ops/s", 1.0),
    ("W", 1.0),
    ("°C", 1.0),
];

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Time,
    Value,
    /// The series' name or legend.
    Series,
    /// A label of the series.
    Label,
}

/// A table of Grafana's “inspect” or “export CSV”.
pub(in crate::format) static GRAFANA: Format = Format {
    about: &About::new(
        "grafana",
        "Grafana export (CSV)",
        "series joined by time or listed one after another; units in cells are converted",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let (_, text, delimiter) = body(look.text);
    let head = text.get(..text.len().min(64))?;
    if !head.contains("Time") {
        return None;
    }
    let mut rows = Rows::new(text, delimiter);
    rows.advance(None)?.ok()?;
    let columns = columns(rows.record())?;
    let at = columns.iter().position(|column| *column == Column::Time)?;
    // The first row that can be read.
    (0..TRIES).find_map(|_| rows.advance(None)?.ok())?;
    (at < 2 && instant(rows.record().get(at)?).is_some()).then_some(Certainty::Likely)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("Grafana".to_owned()), ..Provenance::default() });
    let (skipped, text, delimiter) = body(input.text);
    let mut rows = Rows::new(text, delimiter);
    _ = rows.advance(None);
    let columns = columns(rows.record()).unwrap_or_default();
    let mut gather = Gather::default();
    let header = header::names(rows.record(), 1 + skipped, &mut gather.findings, sink);
    let cells = header.len();
    let mut table = Table { header, columns, known: HashMap::new(), gather, zoned: true, units: false };
    while let Some(row) = rows.advance(Some(cells)) {
        let line = rows.line() + skipped;
        match row {
            Ok(()) => table.row(rows.record(), Place::Line(line), sink),
            Err(broken) => table.gather.findings.add(sink, broken.kind(), || broken.describe(line, cells)),
        }
        sink.progress(rows.progress().min(1.0));
    }
    let mut tell = |message: &str| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    if !table.zoned {
        tell("Times have no time zone; read as UTC.");
    }
    if table.units {
        tell("Cells have units and are rounded; durations are converted to seconds, sizes to bytes.");
    }
    table.gather.finish(sink);
    sink.progress(1.0);
}

/// The table below the `sep=` line for Excel: how many lines it skips, its text, the delimiter.
fn body(text: &str) -> (u64, &str, u8) {
    let (skipped, delimiter, text) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((delimiter, rest)) => (1, delimiter.bytes().next(), rest),
        None => (0, None, text),
    };
    // The line may be blank already, as those above other tables are.
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    let likely = if count(b';') > count(b',') { b';' } else { b',' };
    (skipped, text, delimiter.filter(u8::is_ascii_punctuation).unwrap_or(likely))
}

/// The column types; `None` without a time column or without others.
fn columns(header: &Row<'_>) -> Option<Vec<Column>> {
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let value = |name: &&str| *name == "Value" || name.starts_with("Value #");
    let long = names.iter().any(value);
    let columns: Vec<Column> = names
        .iter()
        .map(|name| match *name {
            "Time" => Column::Time,
            _ if !long || value(name) => Column::Value,
            "Series" | "__name__" => Column::Series,
            _ => Column::Label,
        })
        .collect();
    let of = |kind: Column| columns.iter().filter(|column| **column == kind).count();
    (of(Column::Time) > 0 && of(Column::Value) > 0).then_some(columns)
}

struct Table {
    header: Vec<String>,
    columns: Vec<Column>,
    known: HashMap<String, Option<SeriesId>>,
    gather: Gather,
    zoned: bool,
    units: bool,
}

impl Table {
    fn row(&mut self, record: &Row<'_>, place: Place, sink: &mut dyn Sink) {
        let of = |kind: Column| {
            let cells = record.iter().zip(self.header.iter()).zip(&self.columns);
            let cells = cells.filter(move |((_, name), column)| **column == kind && !name.is_empty());
            cells.map(|((cell, name), _)| (name.as_str(), cell.trim()))
        };
        let Some((time, zoned)) = of(Column::Time).next().and_then(|(_, cell)| instant(cell)) else {
            return self.gather.findings.add(sink, "rows without a time", || {
                let message = "The row has no readable time; skipped.";
                Diagnostic::new(Severity::Warning, place.clone(), message, "The file may be truncated or edited by hand.")
            });
        };
        self.zoned &= zoned;
        let labels: Vec<(&str, &str)> = of(Column::Label).collect();
        let stated = of(Column::Series).next().map(|(_, cell)| cell);
        for (heading, cell) in of(Column::Value).filter(|(_, cell)| !MISSING.contains(cell)) {
            let written = stated.unwrap_or(heading);
            // A legend of labels alone, as an expression has it.
            let full = if written.starts_with('{') { format!("query_result{written}") } else { written.to_owned() };
            let (name, own) =
                line::series(&full).filter(|(_, labels)| !labels.is_empty()).unwrap_or((written.into(), Vec::new()));
            let Some((value, unit)) = number(cell) else {
                self.gather.findings.add(sink, "cells that are not numbers", || {
                    let message = format!("“{cell}” is not a number; ignored.");
                    let hint = "Export again with “Formatted data” turned off.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, hint)
                });
                continue;
            };
            self.units |= !unit.is_empty();
            // What servers state as a share of 1 is shown in percent.
            let share = unit == "%" && server_metrics::metric(&name).is_some_and(|(_, factor, _)| factor == 100.0);
            let value = if share { value / 100.0 } else { value };
            let key = labels.iter().fold(format!("{heading}\0{written}"), |key, (_, value)| format!("{key}\0{value}"));
            let id = *self.known.entry(key).or_insert_with(|| {
                let all: Vec<(&str, &str)> =
                    own.iter().map(|(key, value)| (&**key, &**value)).chain(labels.iter().copied()).collect();
                self.gather.series(&name, &all, &[], value, &place, sink)
            });
            if let Some(id) = id {
                self.gather.value(id, Some(time), value, &place, sink);
            }
        }
    }
}

/// A cell's number without its unit, and the unit.
fn number(cell: &str) -> Option<(f64, &str)> {
    if let Ok(value) = cell.parse() {
        return Some((value, ""));
    }
    let end = cell.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(cell.len());
    let (digits, unit) = cell.split_at_checked(end)?;
    let unit = unit.trim();
    let (_, factor) = UNITS.iter().find(|(known, _)| *known == unit)?;
    Some((digits.parse::<f64>().ok()? * factor, unit))
}
