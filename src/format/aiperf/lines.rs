//! Rows of tables that follow each other in one text, each with its own number of cells.

use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::record::Sink;

/// The rows, with their lines.
pub(super) struct Lines<'t>(Rows<'t>);

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        Lines(Rows::new(text, b','))
    }

    /// The line of the next row, from 1. Rows that cannot be used are reported and passed.
    pub(super) fn advance(&mut self, findings: &mut Findings, sink: &mut dyn Sink) -> Option<u64> {
        while let Err(broken) = self.0.advance(None)? {
            findings.add(sink, broken.kind(), || broken.describe(self.0.line(), 0));
        }
        Some(self.0.line())
    }

    /// The cells of the row, without the space around them.
    pub(super) fn cells(&self) -> Vec<&str> {
        self.0.record().iter().map(str::trim).collect()
    }

    /// The share of the text that is passed.
    pub(super) fn share(&self) -> f64 {
        self.0.progress()
    }
}
