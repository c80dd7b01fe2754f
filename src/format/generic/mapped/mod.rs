//! Tables that no tool claims, read through a mapping of their columns that a person made or confirmed.
//!
//! A mapping is the user's decision, so it takes no part in recognising files: [`header`] returns a table's columns,
//! [`suggest`] their probable meaning, and [`read`] applies a mapping. CSV (comma, semicolon or
//! tab), a JSON list of flat objects, and JSON lines.

mod as_format;
mod rows;
mod suggest;

use serde::{Deserialize, Serialize};

use crate::catalog::{metrics, units};
use crate::format::Input;
use crate::format::reader::csv::cells::{Cell, is_missing, number, parted};
use crate::format::reader::csv::notation::Decimal;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::reader::server_arguments::{is_server_argument, set_server_argument};
use crate::record::{Diagnostic, Load, LoadKind, MetricId, Place, Provenance, Sample, Severity, Sink, Stat};
pub(in crate::format) use rows::delimiter;
pub use rows::{Candidate, Header, header, header_as};
pub use suggest::{automatic, suggest, without_unit};

/// The name by which a table that was read through a mapping goes where formats go by their ids.
pub const ID: &str = "mapped";
/// What such a table is called on the page.
pub const LABEL: &str = "Table with mapped columns";

/// What each column of a table means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns; one that is not listed is ignored.
    pub columns: Vec<Column>,
    /// Identity of every row: dimension and value. A column that states the dimension wins.
    #[serde(default)]
    pub fixed: Vec<(String, String)>,
    /// What separates decimals; by default the table's cells decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimal>,
}

/// One column with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The column's name, as [`header`] gives it.
    pub name: String,
    /// Its meaning.
    #[serde(flatten)]
    pub role: Role,
}

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "role")]
pub enum Role {
    /// It identifies the measurement.
    Dimension {
        /// The catalogue's key, or a name of its own.
        key: String,
    },
    /// It is a figure.
    Metric {
        /// The catalogue's key, or a name of its own.
        key: String,
        /// The statistic.
        stat: Stat,
        /// The column's unit as people spell it; empty for the catalogue's own.
        #[serde(default)]
        unit: String,
    },
    /// The requested load.
    Load {
        /// In which terms.
        kind: LoadKind,
    },
    /// It is not wanted.
    Ignore,
}

/// The factor from a column's unit to that of the metric; `None` where the unit does not measure it. The unit of a metric
/// that the catalogue does not have is the column's own.
pub fn factor(key: &str, unit: &str) -> Option<f64> {
    let unit = unit.trim();
    match metrics::metric(key) {
        None => Some(1.0),
        Some(row) if unit.is_empty() || unit.eq_ignore_ascii_case(row.unit) => Some(1.0),
        Some(row) => units::factor(unit, row.unit),
    }
}

/// A column that is read.
enum Reading<'m> {
    Dimension(&'m str),
    Figure { key: &'m str, metric: MetricId, scale: f64, negative: bool },
    Load(LoadKind),
}

/// Reads a table with a mapping that a person gave.
pub fn read(input: Input<'_>, mapping: &Mapping, sink: &mut dyn Sink) {
    read_by(input, mapping, true, sink);
}

/// Reads a table with the mapping that its columns' names suggest.
pub fn read_by_names(input: Input<'_>, mapping: &Mapping, sink: &mut dyn Sink) {
    read_by(input, mapping, false, sink);
}

fn read_by(input: Input<'_>, mapping: &Mapping, given: bool, sink: &mut dyn Sink) {
    sink.provenance(Provenance { schema: Some("mapped table".to_owned()), ..Provenance::default() });
    let readings = readings(mapping, sink);
    let names: Vec<&str> = readings.iter().map(|(name, _)| *name).collect();
    let mut findings = Findings::default();
    let (mut found, mut count) = (vec![false; names.len()], 0_u64);
    rows::each(input.text, &names, &mut |row, share| {
        sink.progress(share);
        match row {
            Err(diagnostic) => findings.add(sink, "unreadable rows", || diagnostic),
            Ok((place, cells)) => {
                count += 1;
                found.iter_mut().zip(&cells).for_each(|(found, cell)| *found |= cell.is_some());
                measurement(mapping, &readings, &place, &cells, &mut findings, sink);
            }
        }
    });
    findings.finish(sink);
    let lacking: Vec<&str> = names.iter().zip(&found).filter(|(_, found)| !**found).map(|(name, _)| *name).collect();
    let mut warn = |message: String, hint: &str| sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    if count == 0 {
        warn("The table has no rows.".to_owned(), "Check that the file was copied completely.");
    } else if given && !lacking.is_empty() {
        let message = format!("The mapping names columns that the table does not have: {}.", lacking.join(", "));
        warn(message, "Update the mapping to the table's columns.");
    }
    sink.progress(1.0);
}

/// The mapped columns; reports metrics with an unsuitable unit.
fn readings<'m>(mapping: &'m Mapping, sink: &mut dyn Sink) -> Vec<(&'m str, Reading<'m>)> {
    let reading = |column: &'m Column| {
        let reading = match &column.role {
            Role::Ignore => return None,
            Role::Dimension { key } => Reading::Dimension(key.trim()).usable()?,
            Role::Load { kind } => Reading::Load(*kind),
            Role::Metric { key, stat, unit } => match factor(key, unit) {
                Some(scale) => {
                    let negative = metrics::metric(key).is_none();
                    Reading::Figure { key, metric: sink.metric(key, *stat), scale, negative }
                }
                None => {
                    let message = format!("“{unit}” is not a unit of {}; the column is ignored.", metrics::label(key));
                    let place = Place::Text(format!("column “{}”", column.name));
                    sink.diagnostic(Diagnostic::new(Severity::Warning, place, message, "Correct the unit in the mapping."));
                    return None;
                }
            },
        };
        Some((column.name.as_str(), reading))
    };
    mapping.columns.iter().filter_map(reading).collect()
}

impl<'m> Reading<'m> {
    /// A dimension needs a name.
    fn usable(self) -> Option<Reading<'m>> {
        (!matches!(self, Reading::Dimension(""))).then_some(self)
    }
}

fn measurement(
    mapping: &Mapping,
    readings: &[(&str, Reading<'_>)],
    place: &Place,
    cells: &[Option<String>],
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    let mut identity = Identity::default();
    for (key, value) in &mapping.fixed {
        identity.set(key, Some(value.clone()));
    }
    let mut load = Load::default();
    let mut samples: Vec<Sample> = Vec::new();
    for ((name, reading), cell) in readings.iter().zip(cells) {
        let Some(cell) = cell.as_deref().map(str::trim).filter(|cell| !is_missing(cell)) else { continue };
        match reading {
            Reading::Dimension(key) if is_server_argument(key) => set_server_argument(&mut identity, key, cell),
            Reading::Dimension(key) => identity.set(key, Some(cell.to_owned())),
            Reading::Load(_) if cell.eq_ignore_ascii_case("inf") => load = Load::MAX,
            Reading::Load(kind) => match level(cell) {
                Some(value) => load = Load { kind: Some(*kind), value: Some(value) },
                None => complain(name, cell, "a positive load", place, findings, sink),
            },
            Reading::Figure { key, metric, scale, negative } => match figure(cell, key, *scale) {
                Some(value) if (*negative || value >= 0.0) && value.is_finite() => {
                    samples.retain(|sample| sample.metric != *metric);
                    samples.push(Sample { metric: *metric, value });
                }
                _ => complain(name, cell, if *negative { "a number" } else { "a non-negative number" }, place, findings, sink),
            },
        }
    }
    // A row that someone took out, and those that spreadsheets add below a table.
    const SUMS: [&str; 8] = ["mean", "average", "avg", "sum", "total", "median", "min", "max"];
    let first = cells.iter().flatten().map(|cell| cell.trim()).find(|cell| !cell.is_empty()).unwrap_or_default();
    if first.starts_with('#') {
        return findings.add(sink, "rows that are comments", || {
            Diagnostic::new(Severity::Info, place.clone(), format!("The row “{first}” is a comment; skipped."), "")
        });
    }
    if SUMS.contains(&first.to_lowercase().trim_end_matches(':')) {
        return findings.add(sink, "rows of sums", || {
            let message = format!("The row “{first}” sums up others; skipped.");
            Diagnostic::new(Severity::Info, place.clone(), message, "")
        });
    }
    if samples.is_empty() {
        return findings.add(sink, "rows without metrics", || {
            let hint = "Map at least one column to a metric.";
            Diagnostic::new(Severity::Warning, place.clone(), "The row has no metrics; skipped.", hint)
        });
    }
    identity.emit(place, load, &samples, sink);
}

/// A cell's load, which may have its word before or behind it: `c8`, `C=8`, `8 users`, `2 req/s`. A share is no load, and
/// of `1k` it is not known whether it is 1000 or 1024.
fn level(cell: &str) -> Option<f64> {
    const BEFORE: [&str; 8] = ["c", "conc", "concurrency", "bs", "batch", "qps", "rps", "users"];
    const BEHIND: [&str; 14] = [
        "",
        "req",
        "user",
        "users",
        "client",
        "clients",
        "stream",
        "streams",
        "request",
        "requests",
        "concurrent",
        "qps",
        "rps",
        "req/s",
    ];
    let cell = cell.trim_matches(['“', '”', '‘', '’', '"', '\'']);
    let digits = cell.trim_start_matches(char::is_alphabetic);
    let word = cell[..cell.len() - digits.len()].to_lowercase();
    // A word apart from its number: `concurrency 8`.
    let digits = if BEFORE.contains(&word.as_str()) { digits.trim_start_matches(['=', ':', '_', '-', ' ']) } else { cell };
    let (digits, unit) = parted(digits);
    match number(digits) {
        Cell::Number(value) if value > 0.0 && BEHIND.contains(&unit.to_lowercase().as_str()) => Some(value),
        _ => None,
    }
}

/// A cell's figure in the unit of the catalogue; a unit in the cell itself wins over the column's.
fn figure(cell: &str, key: &str, scale: f64) -> Option<f64> {
    if let Cell::Number(value) = number(cell) {
        return Some(value * scale);
    }
    let (digits, unit) = parted(cell);
    // Thousands and millions stand before the unit: `1.5k tok/s`.
    let (times, unit) = match (unit.get(..1), unit.get(1..)) {
        (Some("k" | "K"), Some(rest)) if rest.is_empty() || rest.starts_with(' ') => (1e3, rest.trim()),
        (Some("M"), Some(rest)) if rest.is_empty() || rest.starts_with(' ') => (1e6, rest.trim()),
        _ => (1.0, unit),
    };
    match number(digits) {
        Cell::Number(value) if unit.is_empty() => Some(value * times * scale),
        Cell::Number(value) => Some(value * times * factor(key, unit)?),
        Cell::Missing | Cell::Wrong => None,
    }
}

fn complain(name: &str, cell: &str, expected: &str, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) {
    findings.add(sink, "cells that do not match the mapping", || {
        let place = match place {
            Place::Line(line) => Place::Cell { line: *line, column: name.to_owned() },
            other => Place::Key(format!("{other}.{name}")),
        };
        let message = format!("Expected {expected}, found “{}”; ignored.", cell.chars().take(40).collect::<String>());
        Diagnostic::new(Severity::Warning, place, message, "Correct the cell or change the mapping.")
    });
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn loads_with_their_words() {
        for (cell, value) in
            [("8", 8.0), ("c8", 8.0), ("C=16", 16.0), ("8 users", 8.0), ("qps 2.5", 2.5), ("concurrency-32", 32.0)]
        {
            assert_eq!(level(cell), Some(value), "{cell}");
        }
        for cell in ["50%", "0", "-4", "H100", "many", "1k", "16 ms"] {
            assert_eq!(level(cell), None, "{cell}");
        }
    }
}
