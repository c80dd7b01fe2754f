//! A CSV table by the names of its columns: rows that are broken and cells that are no numbers are reported and skipped.

use super::cells::{Cell, number};
use super::header;
use super::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, Place, Severity, Sink};

/// A table, read row by row.
pub(in crate::format) struct Table<'t> {
    rows: Rows<'t>,
    names: Vec<String>,
    /// The names of several columns, until they are reported.
    repeated: Vec<String>,
}

impl<'t> Table<'t> {
    /// A table whose first row names its columns.
    pub(in crate::format) fn new(text: &'t str, delimiter: u8) -> Table<'t> {
        let mut rows = Rows::new(text, delimiter);
        rows.advance(None);
        let mut names: Vec<String> = rows.record().iter().map(|name| name.trim().to_owned()).collect();
        let repeated = header::blank_repeated(&mut names);
        Table { rows, names, repeated }
    }

    /// The columns' names; one that a column before has is blank.
    pub(in crate::format) fn names(&self) -> &[String] {
        &self.names
    }

    /// The position of a column.
    pub(in crate::format) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// Goes to the next good row, past broken ones; false at the end.
    pub(in crate::format) fn advance(&mut self, findings: &mut Findings, sink: &mut dyn Sink) -> bool {
        header::report_repeated(&std::mem::take(&mut self.repeated), |column| Place::Cell { line: 1, column }, findings, sink);
        while let Some(row) = self.rows.advance(Some(self.names.len())) {
            sink.progress(self.rows.progress().clamp(0.0, 1.0));
            match row {
                Ok(()) => return true,
                Err(broken) => findings.add(sink, broken.kind(), || broken.describe(self.rows.line(), self.names.len())),
            }
        }
        false
    }

    /// The place of the row.
    pub(in crate::format) fn place(&self) -> Place {
        Place::Line(self.rows.line())
    }

    /// A cell of the row; empty where there is no such column.
    pub(in crate::format) fn text(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.rows.record().get(column)).map_or("", str::trim)
    }

    /// A cell of the row as a number that is not negative. Anything else but a missing value is reported.
    pub(in crate::format) fn number(&self, column: Option<usize>, findings: &mut Findings, sink: &mut dyn Sink) -> Option<f64> {
        let cell = self.text(column);
        match number(cell) {
            Cell::Missing => None,
            Cell::Number(value) if value >= 0.0 => Some(value),
            Cell::Number(_) | Cell::Wrong => {
                findings.add(sink, "cells that are not numbers", || {
                    let column = column.and_then(|column| self.names.get(column)).cloned().unwrap_or_default();
                    let place = Place::Cell { line: self.rows.line(), column };
                    let shown: String = cell.chars().take(40).collect();
                    let message = format!("Expected a non-negative number, found “{shown}”; ignored.");
                    Diagnostic::new(Severity::Warning, place, message, "Correct the cell; the rest of the row was read.")
                });
                None
            }
        }
    }
}
