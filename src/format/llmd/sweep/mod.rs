//! The table of a sweep as llm-d-benchmark's configuration explorer exports it: a line for each run at one load.
//!
//! The columns are those of its data frame, of the first release and of later ones. `Completed` counts failed requests
//! too, so it is not the catalogue's. Throughput per user was the output throughput ÷ concurrency at first and
//! 1000 ÷ TPOT later: each line's own figures show which of the two it is.

mod columns;
mod gpu_table;

pub(in crate::format) use gpu_table::GPU_TABLE;

use crate::catalog::dimensions::COUNTS;
use crate::format::reader::csv::cells::{Cell, is_missing, number};
use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};
use columns::{Meaning, meaning};

/// Columns that no other table has together.
const MARKS: [&str; 5] = ["Model", "GPU", "P_TP", "D_TP", "Num_GPUs"];

/// The tolerance for rounded figures.
const TOLERANCE: f64 = 1e-6;

/// An exported sweep.
pub(in crate::format) static SWEEP: Format = Format {
    about: &About::new(
        "llm-d-sweep",
        "llm-d sweep table (CSV)",
        "the configuration explorer's data frame, all releases",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let line = look.text.lines().next()?;
    let has = |name: &str| line.split(',').any(|cell| cell == name);
    MARKS.iter().all(|mark| has(mark)).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tool = Some("llm-d-benchmark".to_owned());
    sink.provenance(Provenance { tool, tool_version: None, schema: Some("sweep table".to_owned()) });
    let mut rows = Rows::new(input.text, b',');
    rows.advance(None);
    let mut findings = Findings::default();
    let names = header::names(rows.record(), 1, &mut findings, sink);
    while let Some(row) = rows.advance(Some(names.len())) {
        sink.progress(rows.progress());
        let line = rows.line();
        if row.is_err() {
            findings.add(sink, "lines that are not table rows", || {
                let message = format!("The line does not have {} cells like the header; skipped.", names.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "Export the table again.")
            });
            continue;
        }
        let cells = names.iter().map(String::as_str).zip(rows.record().iter().map(str::trim));
        Row::default().read(cells, line, &mut findings, sink);
    }
    findings.finish(sink);
    if names.iter().any(|name| name == "Completed" || name == "Total_Requests") {
        let message = "The table's request count includes failed requests; kept under its own name.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::Line(1), message, ""));
    }
    sink.progress(1.0);
}

/// The content of one line.
#[derive(Default)]
struct Row {
    identity: Identity,
    figures: Vec<(String, Stat, f64)>,
    concurrency: Option<f64>,
    rate: Option<f64>,
    per_user: Option<f64>,
}

impl Row {
    fn read<'c>(
        mut self,
        cells: impl Iterator<Item = (&'c str, &'c str)>,
        line: u64,
        findings: &mut Findings,
        sink: &mut dyn Sink,
    ) {
        for (name, cell) in cells.filter(|(_, cell)| !is_missing(cell)) {
            let mut figure = || match number(cell) {
                Cell::Number(value) if value >= 0.0 => Some(value),
                _ => {
                    findings.add(sink, "cells that are not numbers", || {
                        let place = Place::Cell { line, column: name.to_owned() };
                        let message =
                            format!("“{}” is not a non-negative number; ignored.", cell.chars().take(40).collect::<String>());
                        Diagnostic::new(Severity::Warning, place, message, "Correct the cell.")
                    });
                    None
                }
            };
            match meaning(name) {
                // What is no count would not be kept.
                Some(Meaning::Dimension(key)) if COUNTS.contains(&key) => {
                    self.identity.set(key, figure().map(|_| cell.to_owned()));
                }
                Some(Meaning::Dimension(key)) => self.identity.set(key, Some(cell.to_owned())),
                Some(Meaning::Figure(key, stat)) => self.figures.extend(figure().map(|value| (key.to_owned(), stat, value))),
                Some(Meaning::Other) => self.figures.extend(figure().map(|value| (name.to_owned(), Stat::Mean, value))),
                Some(Meaning::Concurrency) => self.concurrency = figure().filter(|value| *value > 0.0),
                // No limit is written as infinity.
                Some(Meaning::Rate) if cell.eq_ignore_ascii_case("inf") => {}
                Some(Meaning::Rate) => self.rate = figure().filter(|value| *value > 0.0),
                Some(Meaning::PerUser) => self.per_user = figure(),
                Some(Meaning::Ignored) => {}
                // The number that a data frame gives its rows has no name, nor has a repeated column.
                None if name.is_empty() => {}
                None => self.identity.set(name, Some(cell.to_owned())),
            }
        }
        self.emit(line, findings, sink);
    }

    fn emit(mut self, line: u64, findings: &mut Findings, sink: &mut dyn Sink) {
        let place = Place::Line(line);
        let load = match (self.rate, self.concurrency) {
            (Some(rate), cap) => {
                self.identity.set("max_concurrency", cap.map(|cap| cap.to_string()));
                Load::rate(rate)
            }
            (None, Some(concurrency)) => Load::concurrency(concurrency),
            (None, None) => Load::default(),
        };
        if let Some(value) = self.per_user {
            let known = |key: &str| self.figures.iter().find(|(known, ..)| known == key).map(|(.., value)| *value);
            let same = |other: Option<f64>| other.is_some_and(|other| (other - value).abs() <= TOLERANCE * value.abs());
            let metric = if same(known("output_tps").zip(self.concurrency).map(|(rate, users)| rate / users)) {
                "output_tps_per_request"
            } else if same(known("tpot").map(|tpot| 1000.0 / tpot)) {
                "interactivity"
            } else {
                findings.add(sink, "throughputs per user of unknown meaning", || {
                    let message =
                        "The value is neither output throughput ÷ concurrency nor 1000 ÷ TPOT; kept under the column's name.";
                    let place = Place::Cell { line, column: "Thpt_per_User".to_owned() };
                    Diagnostic::new(Severity::Warning, place, message, "")
                });
                "Thpt_per_User"
            };
            self.figures.push((metric.to_owned(), Stat::Mean, value));
        }
        if self.figures.is_empty() {
            return findings.add(sink, "lines without metrics", || {
                Diagnostic::new(Severity::Warning, place, "The line has no metrics; skipped.", "Export the table again.")
            });
        }
        let samples: Vec<Sample> =
            self.figures.iter().map(|(key, stat, value)| Sample { metric: sink.metric(key, *stat), value: *value }).collect();
        self.identity.emit(&place, load, &samples, sink);
    }
}
