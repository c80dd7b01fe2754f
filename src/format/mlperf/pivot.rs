//! The pivot layout: header rows for benchmark, model, scenario and unit; below them a few lines for each system, the
//! first of which describes it, and one of which (identified by its label) contains its results.

use super::Header;
use super::labels::{dimension, fold, is_result};
use super::publish::{Publisher, system};
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, Place, Severity};

/// What names the header's levels, e.g. `Benchmark  /  Model MLC  /  Scenario  /  Units`, over the first result column.
pub(super) struct Title {
    row: usize,
    column: usize,
    levels: Vec<String>,
}

/// The title; `None` where the header has none that names the model.
pub(super) fn title(header: &Header) -> Option<Title> {
    header.above.iter().enumerate().find_map(|(row, cells)| {
        cells.iter().enumerate().find_map(|(column, cell)| {
            let levels: Vec<String> = cell.split('/').map(|level| level.trim().to_owned()).collect();
            let named = levels.iter().any(|level| fold(level) == "model mlc");
            (named && levels.len() > 1).then_some(Title { row, column, levels })
        })
    })
}

/// One column of results: its levels by dimension.
struct Column {
    index: usize,
    name: String,
    levels: Vec<(String, String)>,
}

/// The system whose lines are being read.
struct Open {
    system: Identity,
    line: u64,
    /// The columns that its first line fills: those in which it has results.
    filled: Vec<bool>,
    labels: Vec<String>,
    /// A label came twice, so the next system's first line is missing.
    lost: bool,
}

/// Reads the lines below the header.
pub(super) fn read(header: &Header, mut rows: Rows<'_>, publisher: &mut Publisher<'_>) {
    let Some((title, columns)) = title(header).and_then(|title| columns(header, &title).map(|columns| (title, columns))) else {
        let message = "The header rows do not match the header's title, so results cannot be identified.";
        let hint = "A header row may be missing: download the table again from MLCommons.";
        return publisher.sink.diagnostic(Diagnostic::new(Severity::Error, Place::Line(1), message, hint));
    };
    let label_column = title.column.saturating_sub(1);
    let id_column = header.column("public id").unwrap_or_default();
    let mut open: Option<Open> = None;
    while let Some(row) = rows.advance(Some(header.names.len())) {
        publisher.sink.progress(rows.progress());
        let line = rows.line();
        if row.is_err() {
            let message = format!("The line does not have {} cells like the header; skipped.", header.names.len());
            warn(publisher, line, message);
            continue;
        }
        let record = rows.record();
        let cell = |index: usize| record.get(index).map_or("", str::trim);
        if !cell(id_column).is_empty() {
            close(open.take(), publisher);
            let described = header.names.iter().map(String::as_str).zip(record).take(label_column);
            let filled = columns.iter().map(|column| !cell(column.index).is_empty()).collect();
            open = Some(Open { system: system(described), line, filled, labels: Vec::new(), lost: false });
        }
        let label = fold(cell(label_column));
        if label.is_empty() {
            continue;
        }
        let Some(open) = open.as_mut() else {
            warn(publisher, line, "The first line of this system is missing; skipped.".to_owned());
            continue;
        };
        if open.lost {
            continue;
        }
        if open.labels.contains(&label) {
            open.lost = true;
            let message = format!(
                "“{}” repeats since line {}: the first line of the next system is missing, and its results are \
                 skipped.",
                cell(label_column),
                open.line
            );
            warn(publisher, line, message);
            continue;
        }
        if is_result(&label) {
            for (column, filled) in columns.iter().zip(&open.filled).filter(|(column, _)| !cell(column.index).is_empty()) {
                let place = Place::Cell { line, column: column.name.clone() };
                if *filled || open.labels.is_empty() {
                    let mut identity = open.system.clone();
                    column.levels.iter().for_each(|(key, value)| identity.set(key, Some(value.clone())));
                    publisher.result(identity, cell(column.index), &place);
                } else {
                    let id = open.system.get("public_id").unwrap_or_default().to_owned();
                    publisher.findings.add(publisher.sink, "results without a system", || {
                        let message = format!("{id} has a result in a column where its first line has none; skipped.");
                        Diagnostic::new(Severity::Warning, place, message, HINT)
                    });
                }
            }
        }
        open.labels.push(label);
    }
    close(open, publisher);
}

const HINT: &str = "A line may be missing: download the table again from MLCommons.";

fn warn(publisher: &mut Publisher<'_>, line: u64, message: String) {
    publisher.findings.add(publisher.sink, "lines that could not be used", || {
        Diagnostic::new(Severity::Warning, Place::Line(line), message, HINT)
    });
}

/// Warns if a completely read system has no results.
fn close(open: Option<Open>, publisher: &mut Publisher<'_>) {
    if let Some(open) = open.filter(|open| !open.labels.iter().any(|label| is_result(label))) {
        let id = open.system.get("public_id").unwrap_or_default();
        warn(publisher, open.line, format!("{id} has no results."));
    }
}

/// The result columns; `None` when the header does not have the rows that its title names. A cell that is blank
/// repeats the one to its left, as long as the levels above stay the same.
fn columns(header: &Header, title: &Title) -> Option<Vec<Column>> {
    let below = header.above.get(title.row + 1..)?.iter().chain([&header.names]);
    let levels: Vec<(&String, &Vec<String>)> = title.levels.iter().zip(below).collect();
    if levels.len() != title.levels.len() || header.above.len() - title.row != title.levels.len() {
        return None;
    }
    let mut current: Vec<String> = vec![String::new(); levels.len()];
    let mut columns = Vec::new();
    for index in title.column..header.names.len() {
        let mut changed = false;
        for ((_, cells), now) in levels.iter().zip(&mut current) {
            let cell = cells.get(index).map_or("", |cell| cell.trim());
            if !cell.is_empty() {
                changed |= cell != now;
                *now = cell.to_owned();
            } else if changed {
                now.clear();
            }
        }
        let levels: Vec<(String, String)> =
            levels.iter().zip(&current).filter_map(|((level, _), value)| Some((dimension(level)?, value.clone()))).collect();
        let name = levels.iter().map(|(_, value)| value.as_str()).collect::<Vec<&str>>().join(" ");
        columns.push(Column { index, name, levels });
    }
    Some(columns)
}
