//! From rows to measurements.

mod block;

use std::fmt::Write;
use std::ops::Range;

use self::block::Blocks;
use super::Meaning;
use super::cluster::Cluster;
use super::figures::{Figure, Figures};
use super::repeats::Repeats;
use crate::catalog::accelerators;
use crate::catalog::consolidated::Holds;
use crate::catalog::dimensions::spelled_count;
use crate::catalog::instant::rfc3339;
use crate::catalog::number::plural;
use crate::format::guidellm::names::bare_version;
use crate::format::reader::csv::cells::{Cell, is_canonical, is_missing, number, trimmed};
use crate::format::reader::csv::row::Row;
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, DimensionId, Kind, Load, Place, Provenance, Record, Severity, Sink, Stat};

/// How many rows at most are read together: few enough that they stay in the processor's nearest caches.
pub(super) const TOGETHER: usize = 64;

/// How a column's cells are interpreted.
enum Use {
    Text(DimensionId),
    /// An integer with a minimum, and whether 0 means none.
    Number(DimensionId, f64, bool),
    Accelerator(DimensionId),
    ToolVersion(DimensionId),
    Instant(DimensionId),
    Concurrency,
    Figure(Figure),
}

impl Use {
    /// The dimension of a text.
    fn dimension(&self) -> Option<DimensionId> {
        match self {
            Use::Text(id) | Use::Number(id, ..) | Use::Accelerator(id) | Use::ToolVersion(id) | Use::Instant(id) => Some(*id),
            Use::Concurrency | Use::Figure(_) => None,
        }
    }
}

struct Column {
    index: usize,
    name: String,
    what: Use,
}

/// Dimensions that only whole clusters have.
const CLUSTER: [&str; 3] = ["replicas", "prefill", "decode"];

/// Whether every row so far states one and the same release.
enum Release {
    Unstated,
    One(String),
    Several,
}

/// State reused from row to row: reading a row allocates nothing.
pub(super) struct Reading {
    columns: Vec<Column>,
    cells: usize,
    guidellm: bool,
    /// Of a table with whole clusters: what follows from a row.
    cluster: Option<Cluster>,
    release: Release,
    /// The last spelling of an accelerator and its canonical name.
    accelerator: (String, String),
    /// Texts made for this row, and whose they are.
    scratch: String,
    made: Vec<(DimensionId, Range<usize>)>,
    figures: Figures,
    repeats: Repeats,
    /// Rows whose intended concurrency is 0.
    unloaded: u64,
    spare: Vec<(DimensionId, &'static str)>,
    /// For reading many rows at once.
    blocks: Option<Blocks>,
}

/// Some of the cells that were read: those of a row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r, 't> {
    pub row: &'r Row<'t>,
    /// The position of the first of them.
    pub first: usize,
}

impl<'r> Cells<'r, '_> {
    /// A trimmed cell.
    fn get(self, index: usize) -> &'r str {
        trimmed(self.row.get(self.first + index).unwrap_or_default())
    }
}

impl Reading {
    pub(super) fn new(names: Vec<String>, meanings: Vec<Option<Meaning>>, sink: &mut dyn Sink) -> Reading {
        let cells = names.len();
        let mut columns = Vec::with_capacity(cells);
        let mut guidellm = false;
        let mut cluster = false;
        for (index, (name, meaning)) in names.into_iter().zip(meanings).enumerate() {
            let what = match meaning {
                None => continue,
                Some(Meaning::OwnText(key)) => Use::Text(sink.dimension(&key)),
                Some(Meaning::OwnFigure(key)) => Use::Figure(Figure::new(&key, Stat::Mean, sink)),
                Some(Meaning::Figure(key, stat)) => Use::Figure(Figure::new(key, stat, sink)),
                Some(Meaning::Table(holds)) => match holds {
                    Holds::Run => Use::Text(sink.dimension("run")),
                    Holds::Text(key) => Use::Text(sink.dimension(key)),
                    Holds::Number(key, least) => Use::Number(sink.dimension(key), least, false),
                    Holds::Length(key) => Use::Number(sink.dimension(key), 0.0, false),
                    Holds::Count(key) => {
                        cluster |= CLUSTER.contains(&key);
                        Use::Number(sink.dimension(key), 1.0, true)
                    }
                    Holds::Accelerator => Use::Accelerator(sink.dimension("accelerator")),
                    Holds::GuideLlm => Use::ToolVersion(sink.dimension("tool_version")),
                    Holds::Start => Use::Instant(sink.dimension("start_time")),
                    Holds::End => Use::Instant(sink.dimension("end_time")),
                    Holds::Concurrency => Use::Concurrency,
                    Holds::Figure(key) => Use::Figure(Figure::new(key, Stat::Mean, sink)),
                    Holds::Statistic(family, stat) => Use::Figure(Figure::of(family, stat, sink)),
                },
            };
            guidellm |= match &what {
                Use::ToolVersion(_) | Use::Instant(_) => true,
                Use::Figure(figure) => figure.is_guidellm(),
                Use::Text(_) | Use::Number(..) | Use::Accelerator(_) | Use::Concurrency => false,
            };
            columns.push(Column { index, name, what });
        }
        Reading {
            // What follows from a row of a cluster needs the row.
            blocks: if cluster { None } else { Blocks::of(&columns) },
            columns,
            cells,
            guidellm,
            cluster: cluster.then(|| Cluster::new(sink)),
            release: Release::Unstated,
            accelerator: Default::default(),
            scratch: String::new(),
            made: Vec::new(),
            figures: Figures::default(),
            repeats: Repeats::default(),
            unloaded: 0,
            spare: Vec::new(),
        }
    }

    /// How many cells a row has.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// Emits one row.
    pub(super) fn row(&mut self, cells: Cells<'_, '_>, line: u64, findings: &mut Findings, sink: &mut dyn Sink) {
        let Reading { columns, scratch, made, figures, .. } = self;
        let mut identity = recycled(std::mem::take(&mut self.spare));
        let mut load = Load::default();
        let mut unloaded = false;
        let mut version = "";
        scratch.clear();
        made.clear();
        figures.clear();
        for column in columns {
            let cell = cells.get(column.index);
            if cell.is_empty() {
                continue;
            }
            let start = scratch.len();
            // The expected type, if the cell has another.
            let expected = match &column.what {
                Use::Text(_) | Use::Accelerator(_) | Use::ToolVersion(_) if is_missing(cell) => continue,
                Use::Text(id) => {
                    identity.push((*id, cell));
                    continue;
                }
                Use::ToolVersion(id) => {
                    version = bare_version(cell);
                    identity.push((*id, version));
                    continue;
                }
                Use::Accelerator(id) => {
                    // Neighbouring rows mostly share theirs.
                    if self.accelerator.0 != cell {
                        self.accelerator = (cell.to_owned(), accelerators::canonical(cell).to_owned());
                    }
                    scratch.push_str(&self.accelerator.1);
                    made.push((*id, start..scratch.len()));
                    continue;
                }
                Use::Number(id, least, zero_is_none) => match number(cell) {
                    Cell::Missing => continue,
                    Cell::Number(0.0) if *zero_is_none => continue,
                    Cell::Number(value) if value >= *least && value.fract() == 0.0 => {
                        if is_canonical(cell) {
                            identity.push((*id, cell));
                        } else {
                            _ = write!(scratch, "{}", value.abs());
                            made.push((*id, start..scratch.len()));
                        }
                        continue;
                    }
                    // A column has the name of what is counted.
                    Cell::Wrong if *least > 0.0 && spelled_count(&column.name, cell).is_some() => {
                        identity.extend(spelled_count(&column.name, cell).map(|digits| (*id, digits)));
                        continue;
                    }
                    Cell::Number(_) | Cell::Wrong if *least > 0.0 => "a positive integer",
                    Cell::Number(_) | Cell::Wrong => "a non-negative integer",
                },
                Use::Instant(id) => match number(cell) {
                    Cell::Missing => continue,
                    Cell::Number(value) if rfc3339(value, scratch) => {
                        made.push((*id, start..scratch.len()));
                        continue;
                    }
                    Cell::Number(_) | Cell::Wrong => "milliseconds since 1970",
                },
                Use::Concurrency => match number(cell) {
                    Cell::Missing => continue,
                    Cell::Number(0.0) => {
                        unloaded = true;
                        continue;
                    }
                    Cell::Number(value) if value > 0.0 => {
                        load = Load::concurrency(value);
                        continue;
                    }
                    Cell::Number(_) | Cell::Wrong => "a positive number",
                },
                Use::Figure(figure) => match number(cell) {
                    Cell::Missing => continue,
                    Cell::Number(value) if figures.push(figure, value) => continue,
                    Cell::Number(_) => "a non-negative number",
                    Cell::Wrong => "a number",
                },
            };
            findings.add(sink, "cells that do not match their column", || wrong_cell(line, &column.name, cell, expected));
        }
        if let Some(cluster) = &self.cluster {
            cluster.complete(&identity, scratch, made);
        }
        identity.extend(made.iter().map(|(id, range)| (*id, &scratch[range.clone()])));
        let samples = figures.pick(version);
        if samples.is_empty() {
            findings.add(sink, "rows without metrics", || {
                let message = "The row has no metrics; skipped.";
                Diagnostic::new(
                    Severity::Warning,
                    Place::Line(line),
                    message,
                    "Check whether the benchmark failed at this load level.",
                )
            });
        } else {
            self.release.note(version);
            self.unloaded += u64::from(unloaded);
            self.repeats.note(line, &identity, load, samples);
            sink.record(Record { kind: Kind::Measurement, place: &Place::Line(line), load, identity: &identity, samples });
        }
        self.spare = recycled(identity);
    }

    /// Reports diagnostics about the whole file.
    pub(super) fn finish(self, rows: u64, sink: &mut dyn Sink) {
        let tool_version = match self.release {
            Release::One(version) if !version.is_empty() => Some(version),
            Release::Unstated | Release::One(_) | Release::Several => None,
        };
        // The table is written from GuideLLM runs, as its columns or GuideLLM's own metrics show.
        let tool = self.guidellm.then(|| "GuideLLM".to_owned());
        sink.provenance(Provenance { tool, tool_version, schema: Some(format!("{} columns", self.cells)) });
        if rows == 0 {
            let hint = "Check that the file was copied completely and that the import finished.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The table has a header but no rows.", hint));
        }
        if self.unloaded > 0 {
            let rows = plural(self.unloaded, "row");
            let message =
                format!("The intended concurrency is 0 in {rows}, as in imported fixed-rate runs; the load is left unset.");
            sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }
        self.figures.report(sink);
        self.repeats.report(sink);
    }
}

impl Release {
    fn note(&mut self, version: &str) {
        match self {
            Release::Unstated => *self = Release::One(version.to_owned()),
            Release::One(known) if known != version => *self = Release::Several,
            Release::One(_) | Release::Several => {}
        }
    }
}

fn wrong_cell(line: u64, column: &str, cell: &str, expected: &str) -> Diagnostic {
    let shown: String = cell.chars().take(40).collect();
    let message = format!("Expected {expected}, found “{shown}”; treated as missing.");
    Diagnostic::new(
        Severity::Warning,
        Place::Cell { line, column: column.to_owned() },
        message,
        "Correct the cell or leave it blank.",
    )
}

/// The empty vector with another's allocation: a row borrows its cells, the next row borrows others.
fn recycled<'to>(mut pairs: Vec<(DimensionId, &str)>) -> Vec<(DimensionId, &'to str)> {
    pairs.clear();
    pairs.into_iter().map(|(id, _)| (id, "")).collect()
}
