//! Lines of a table's rows, counted once over the whole text.

/// Counts the line ends before the rows of a table.
pub(super) struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        Lines { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of a row, from 1; rows must be requested in order. (The reader's own count is one short where
    /// lines end as Windows ends them.)
    pub(super) fn of(&mut self, row: &csv::StringRecord) -> u64 {
        let from = row.position().map_or(0, csv::Position::byte) as usize;
        let start = (from..self.bytes.len()).find(|at| !matches!(self.bytes[*at], b'\r' | b'\n')).unwrap_or(self.bytes.len());
        if let Some(passed) = self.bytes.get(self.at..start) {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.at = start;
        }
        self.line
    }

    /// The share of the text that is passed.
    pub(super) fn share(&self) -> f64 {
        self.at as f64 / self.bytes.len().max(1) as f64
    }
}
