//! Tables with Inferscope's column names: its exports as CSV, JSON, Parquet and Arrow, and the Parquet
//! and Arrow files of others, whose unknown columns are kept.
//!
//! Columns are recognised by the names that `table::export` writes: dimensions by their key, metrics as
//! `<metric>_<statistic>_<unit>`. Any other column is a dimension if it contains text and a metric if it contains numbers.

pub(in crate::format) mod convert;
mod csv;
mod header;
mod ipc;
mod json;
mod pages;
pub mod ranged;
pub(in crate::format::generic) mod typed;
mod zstd;

pub(in crate::format) use csv::CANONICAL_CSV;
pub(in crate::format) use json::CANONICAL_JSON;
pub(in crate::format) use typed::COLUMNAR;

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::{METRICS, Metric, dimensions, metrics, schema};
use crate::format::reader::csv::header::report_repeated;
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, DimensionId, Kind, Load, LoadKind, MetricId, Place, Record, Sample, Severity, Sink, Stat};

/// The first columns of every export.
const HEADER: &str = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load";

/// The content of a column.
enum Column {
    Dimension(DimensionId),
    Figure(MetricId),
    LoadKind,
    Load,
    Place,
    /// The kind of the record, where it is no measurement.
    Record,
    /// The version of the columns' names.
    Schema,
    /// A column before has this name.
    Repeated,
}

/// A non-empty cell.
enum Cell<'c> {
    Text(Cow<'c, str>),
    Number(f64),
}

/// The columns of a file and their diagnostics.
#[derive(Default)]
struct Columns {
    columns: Vec<(Column, String)>,
    names: FxHashSet<String>,
    findings: Findings,
}

impl Columns {
    /// Adds a column; `numeric` is whether an unknown one contains numbers. One whose name a column before has is reported at
    /// its place, and not read.
    fn add(&mut self, name: &str, place: impl Fn(String) -> Place, numeric: impl FnOnce() -> bool, sink: &mut dyn Sink) {
        let column = if self.names.insert(name.to_owned()) {
            resolve(name, numeric, sink)
        } else {
            report_repeated(&[name.to_owned()], place, &mut self.findings, sink);
            Column::Repeated
        };
        self.columns.push((column, name.to_owned()));
    }

    /// Emits a row as a measurement, cells in the order of the columns. `at` is the place of a column's cell.
    fn record<'c>(
        &mut self,
        cells: impl Iterator<Item = Option<Cell<'c>>>,
        place: Place,
        at: impl Fn(&str) -> Place,
        sink: &mut dyn Sink,
    ) {
        let (mut identity, mut samples): (Vec<(DimensionId, Cow<'_, str>)>, _) = (Vec::new(), Vec::new());
        let (mut load, mut stated, mut kind) = (Load::default(), None, Kind::Measurement);
        for ((column, name), cell) in self.columns.iter().zip(cells) {
            let Some(cell) = cell else { continue };
            match column {
                Column::Dimension(id) => identity.push((*id, text(cell))),
                Column::LoadKind => load.kind = LoadKind::from_key(&text(cell)),
                Column::Record => kind = Kind::from_key(&text(cell)).unwrap_or(kind),
                Column::Schema => {
                    let newer = |version: u32| version > schema::VERSION;
                    if text(cell).parse().is_ok_and(newer) {
                        self.findings.add(sink, "rows of a newer version", || {
                            let message = "Exported by a newer Inferscope, in which columns may mean something else.";
                            Diagnostic::new(Severity::Warning, at(name), message, "Update Inferscope.")
                        });
                    }
                }
                Column::Repeated => {}
                Column::Place => stated = Some(Place::Text(text(cell).into_owned())),
                Column::Figure(_) | Column::Load => {
                    let value = match &cell {
                        Cell::Number(value) => Some(*value),
                        Cell::Text(text) => text.parse::<f64>().ok().filter(|value| value.is_finite()),
                    };
                    match (column, value) {
                        // NaN is how dataframes write missing.
                        (_, Some(value)) if !value.is_finite() => {}
                        (Column::Figure(metric), Some(value)) => samples.push(Sample { metric: *metric, value }),
                        (_, Some(value)) => load.value = Some(value),
                        (_, None) => self.findings.add(sink, "cells that are not numbers", || {
                            let message = format!("“{}” is not a number; treated as missing.", text(cell));
                            Diagnostic::new(Severity::Warning, at(name), message, "Correct the cell.")
                        }),
                    }
                }
            }
        }
        if identity.is_empty() && samples.is_empty() {
            return;
        }
        let identity: Vec<(DimensionId, &str)> = identity.iter().map(|(id, text)| (*id, &**text)).collect();
        let place = stated.unwrap_or(place);
        sink.record(Record { kind, place: &place, load, identity: &identity, samples: &samples });
    }
}

fn text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => text,
        Cell::Number(number) => Cow::Owned(number.to_string()),
    }
}

/// The figure of the catalogue that a column's name states.
fn figure(name: &str) -> Option<(&'static Metric, Stat)> {
    static BY_NAME: LazyLock<FxHashMap<String, (&'static Metric, Stat)>> = LazyLock::new(|| {
        let mut names = FxHashMap::default();
        for metric in METRICS.iter().copied() {
            for stat in Stat::ALL {
                names.entry(metric.column_name(stat)).or_insert((metric, stat));
            }
        }
        names
    });
    BY_NAME.get(name).copied()
}

fn resolve(name: &str, numeric: impl FnOnce() -> bool, sink: &mut dyn Sink) -> Column {
    match name {
        "load_kind" => return Column::LoadKind,
        "load" => return Column::Load,
        "place" => return Column::Place,
        "record" => return Column::Record,
        schema::COLUMN => return Column::Schema,
        _ => {}
    }
    if dimensions::dimension(name).is_some() {
        return Column::Dimension(sink.dimension(name));
    }
    match figure(name) {
        Some((metric, stat)) => Column::Figure(sink.metric(metric.key, stat)),
        None if numeric() => {
            // The catalogue's key without statistic and unit: the unit is unknown.
            let taken = metrics::metric(name).is_some();
            let own = if taken { format!("column {name}") } else { name.to_owned() };
            Column::Figure(sink.metric(&own, Stat::Mean))
        }
        None => Column::Dimension(sink.dimension(name)),
    }
}
