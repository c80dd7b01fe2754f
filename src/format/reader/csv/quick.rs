//! Rows of well-formed CSV, whose cells are parts of the text.
//!
//! The `csv` crate copies every cell, which takes as long as all the rest of reading a large table. This passes from one
//! delimiter, line end or quote to the next and copies nothing. At the first thing that is not plain (a quote within a cell,
//! one that does not close, a carriage return that ends no line) it gives up, and [`Rows`](super::rows::Rows) reads on with the
//! crate, which decides what such rows mean; a test holds both ways against each other.

use memchr::memchr_iter;

use super::row::Row;
use crate::format::reader::blocks::Marks;

/// What was read.
pub(super) enum Step {
    /// A row, which begins and ends here, after so many line ends that no row before it had.
    Row { start: usize, end: usize, lines: u64 },
    /// Something that is not plain, in the row that begins here.
    Irregular { start: usize, lines: u64 },
    /// Nothing is left.
    End,
}

/// What begins behind a quoted cell, and where.
enum Next {
    Cell(usize),
    Row(usize),
}

/// The rows of a text.
#[derive(Clone)]
pub(super) struct Quick<'t> {
    text: &'t str,
    delimiter: u8,
    /// The delimiters, line ends and quotes that are left.
    marks: Marks<'t, 3>,
    /// Where the next row begins, or empty lines before it.
    at: usize,
    /// The line ends within the last row and after it.
    lines: u64,
}

impl<'t> Quick<'t> {
    /// `None` for a text with line ends other than `\n` and `\r\n`.
    pub(super) fn new(text: &'t str, delimiter: u8) -> Option<Quick<'t>> {
        let bytes = text.as_bytes();
        let plain = memchr_iter(b'\r', bytes).all(|at| bytes.get(at + 1) == Some(&b'\n'));
        plain.then(|| Quick { text, delimiter, marks: Marks::new(bytes, [delimiter, b'\n', b'"']), at: 0, lines: 0 })
    }

    /// Reads the next row, whose cells are added to `row`. Empty lines are skipped.
    #[inline]
    pub(super) fn advance(&mut self, row: &mut Row<'t>) -> Step {
        let bytes = self.text.as_bytes();
        let before_row = row.len();
        // The last row's line ends, and the empty lines after it.
        let mut before = std::mem::take(&mut self.lines);
        let mut start = self.at;
        // Where the cell begins. A quoted one begins after its quote.
        let mut cell = start;
        while let Some(at) = self.marks.next() {
            match bytes[at] {
                b'\n' => {
                    let end = if at > cell && bytes[at - 1] == b'\r' { at - 1 } else { at };
                    if row.len() == before_row && end == start {
                        before += 1;
                        start = at + 1;
                        cell = start;
                        continue;
                    }
                    row.push(cell, end);
                    return self.ended(start, at + 1, before);
                }
                b'"' if at == cell => match self.quoted(at, row) {
                    None => return Step::Irregular { start, lines: before },
                    Some(Next::Cell(next)) => cell = next,
                    Some(Next::Row(next)) => return self.ended(start, next, before),
                },
                b'"' => return Step::Irregular { start, lines: before },
                _ => {
                    row.push(cell, at);
                    cell = at + 1;
                }
            }
        }
        if start == bytes.len() {
            return Step::End;
        }
        row.push(cell, bytes.len());
        self.at = bytes.len();
        Step::Row { start, end: self.at, lines: before }
    }

    fn ended(&mut self, start: usize, end: usize, before: u64) -> Step {
        self.at = end;
        self.lines += u64::from(self.text.as_bytes().get(end.wrapping_sub(1)) == Some(&b'\n'));
        Step::Row { start, end, lines: before }
    }

    /// Reads the quoted cell whose quote is at `open`, with the mark behind it. `None` if it is not plainly quoted.
    fn quoted(&mut self, open: usize, row: &mut Row<'t>) -> Option<Next> {
        let bytes = self.text.as_bytes();
        let start = open + 1;
        let mut doubled = false;
        loop {
            let at = self.marks.next()?;
            match bytes[at] {
                b'\n' => self.lines += 1,
                b'"' if bytes.get(at + 1) == Some(&b'"') => {
                    doubled = true;
                    // The second of the two.
                    self.marks.next();
                }
                b'"' => {
                    if doubled {
                        let parts = self.text[start..at].split("\"\"");
                        row.push_parts(parts.enumerate().flat_map(|(at, part)| [if at == 0 { "" } else { "\"" }, part]));
                    } else {
                        row.push(start, at);
                    }
                    return match (bytes.get(at + 1), bytes.get(at + 2)) {
                        (None, _) => Some(Next::Row(at + 1)),
                        (Some(next), _) if *next == self.delimiter => self.marks.next().map(|at| Next::Cell(at + 1)),
                        (Some(b'\n'), _) | (Some(b'\r'), Some(b'\n')) => self.marks.next().map(|at| Next::Row(at + 1)),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
    }
}
