//! The CSV of the same run: a table of distributions, one of single figures, and perhaps one of GPUs, which is not read.

use super::lines::Lines;
use super::tags::heading;
use crate::catalog::stats;
use crate::catalog::{Shape, metrics, units};
use crate::format::reader::csv::cells::without_thousands;
use crate::format::reader::csv::header;
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, Place, Sample, Severity, Sink, Stat};

/// The table of a row: the meaning of its columns from the second on.
enum Table {
    /// One column for each statistic; those without a row in the catalogue's words (`sum`) are skipped.
    Distributions(Vec<(Option<Stat>, String)>),
    /// One figure.
    Single,
    /// GPU telemetry, or something that a later release adds.
    Other,
}

/// Reads the tables' figures.
pub(super) fn samples(text: &str, findings: &mut Findings, sink: &mut dyn Sink) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut table = Table::Other;
    let mut unread = 0;
    let mut lines = Lines::new(text);
    while let Some(line) = lines.advance(findings, sink) {
        let cells = lines.cells();
        match (cells.as_slice(), &table) {
            (["Metric", "Value"], _) => table = Table::Single,
            // AIPerf's table of GPUs, and GenAI-Perf's.
            (["Endpoint", ..] | ["Metric", "GPU", ..], _) => table = Table::Other,
            (["Metric", columns @ ..], _) if columns.contains(&"avg") => {
                let mut columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
                header::unique(&mut columns, line, findings, sink);
                table = Table::Distributions(columns.into_iter().map(|name| (stats::parse(&name), name)).collect());
            }
            (_, Table::Other) => unread += 1,
            ([name, values @ ..], Table::Distributions(columns)) if values.len() == columns.len() => {
                for ((stat, column), cell) in columns.iter().zip(values) {
                    let Some(stat) = stat else { continue };
                    figure(name, cell, *stat, line, column, &mut samples, findings, sink);
                }
            }
            ([name, cell], Table::Single) => figure(name, cell, Stat::Mean, line, "Value", &mut samples, findings, sink),
            (cells, Table::Distributions(_) | Table::Single) => {
                let found = cells.len();
                findings.add(sink, "rows whose cell count differs from their header", || {
                    let message = format!("The row has {found} cells, unlike its header; skipped.");
                    Diagnostic::new(Severity::Warning, Place::Line(line), message, "The file may be truncated or edited by hand.")
                });
            }
        }
    }
    if unread > 0 {
        let message = format!("{unread} rows of GPU telemetry were not read.");
        let hint = "Use the JSON of the same run for GPU telemetry.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    }
    samples
}

#[allow(clippy::too_many_arguments)]
fn figure(
    name: &str,
    cell: &str,
    stat: Stat,
    line: u64,
    column: &str,
    samples: &mut Vec<Sample>,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    let Some((metric, unit)) = heading(name) else { return };
    let Some(row) = metrics::metric(metric).filter(|row| row.shape == Shape::Distribution || stat == Stat::Mean) else { return };
    let mut complain = |message: String| {
        let place = Place::Cell { line, column: column.to_owned() };
        let hint = "The file may have been edited by hand or written by an unsupported version.";
        findings.add(sink, "cells of the wrong type", || Diagnostic::new(Severity::Warning, place, message, hint));
    };
    let Some(scale) = units::factor(unit, row.unit) else {
        return complain(format!("“{unit}” is not a unit of {}; ignored.", row.label));
    };
    // GenAI-Perf writes commas between thousands.
    let plain = without_thousands(cell);
    match plain.parse::<f64>() {
        _ if plain.is_empty() => {}
        Ok(value) if value.is_nan() => {}
        Ok(value) if value >= 0.0 && (value * scale).is_finite() => {
            samples.push(Sample { metric: sink.metric(metric, stat), value: value * scale });
        }
        _ => complain(format!("Expected a non-negative number, found “{cell}”; ignored.")),
    }
}
