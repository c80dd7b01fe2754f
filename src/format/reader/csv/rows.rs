//! Rows of a CSV text with their line numbers, and recovery from malformed rows.
//!
//! An unclosed quote swallows the rows after it. Such a row is detectable: it spans lines and is
//! badly quoted, or has the wrong number of cells. Then only its first line is skipped and reading resumes on the
//! next one. Does not interpret the cells.

use csv::{Reader, ReaderBuilder, StringRecord};
use memchr::{memchr, memchr_iter};

use super::quick::{Quick, Step};
use super::row::Row;
use crate::catalog::headings::{Again, Headings};
use crate::catalog::number::plural;
use crate::record::{Diagnostic, Place, Severity};

/// How many times the text may be read again in all where reading resumes inside broken rows, so that a hostile file cannot
/// make it restart endlessly.
const MAX_REREAD: usize = 8;

/// A row that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum Broken {
    /// It has this many cells instead of the header's number.
    Cells(usize),
    /// A quote opens in it that does not close on the same row; `true` when nothing closes it to the end of the file.
    Quote(bool),
    /// The same, in a file that was read again too often already: reading ends here, with this many lines unread.
    Rest(u64),
    /// It is the header again; `true` where its columns are in another order, by which the rows after it are read.
    Header(bool),
    /// It is a header of other columns: so many of the first header's it lacks, and so many of its own the first lacks. With any
    /// of the latter the rows below are left out, else they are read by it.
    Other(usize, usize),
    /// It is below a header with unknown columns, and left out.
    Below,
}

impl Broken {
    /// The kind of finding; see `Findings::add`.
    pub(in crate::format) fn kind(self) -> &'static str {
        match self {
            Broken::Cells(_) => "rows whose cell count differs from the header",
            Broken::Quote(_) => "rows with an unclosed quote",
            Broken::Rest(_) => "places where reading ended",
            Broken::Header(_) => "rows that are the header again",
            Broken::Other(..) => "headers of other columns",
            Broken::Below => "rows below a header of other columns",
        }
    }

    /// The diagnostic for such a row; `columns` is the expected number of cells.
    pub(in crate::format) fn describe(self, line: u64, columns: usize) -> Diagnostic {
        let (message, hint) = match self {
            Broken::Cells(found) => (
                format!("The row has {found} cells, the header {columns}; skipped."),
                "Check for an unquoted cell that contains a comma, or a truncated row.",
            ),
            Broken::Rest(lines) => (
                format!("Too many rows have an unclosed quote: reading ends here, and {} are not read.", plural(lines, "line")),
                "Double each quote inside a cell, and close each that is opened.",
            ),
            Broken::Header(true) => (
                "The header again, with its columns in another order: the rows from here on are read by it.".to_owned(),
                "The file seems to be several tables behind each other.",
            ),
            Broken::Other(lacking, 0) => (
                format!("Another header, which lacks {}: the rows below are read by it.", plural(lacking as u64, "column")),
                "The file seems to be several tables behind each other.",
            ),
            Broken::Other(_, unknown) => (
                format!(
                    "Another header, with {} that the first does not have: the rows below it are left out.",
                    plural(unknown as u64, "column")
                ),
                "The file seems to be several tables behind each other: put each into a file of its own.",
            ),
            Broken::Below => (
                "The row is below another header, whose columns the first does not have; left out.".to_owned(),
                "Put the rows below that header into a file of their own.",
            ),
            Broken::Header(false) => {
                let message = "The header again; the row is skipped.";
                return Diagnostic::new(
                    Severity::Info,
                    Place::Line(line),
                    message,
                    "The file seems to be several tables behind each other.",
                );
            }
            Broken::Quote(true) => (
                "A quote opened here is never closed; the row is skipped.".to_owned(),
                "If this is the last line, the file was probably truncated: copy it again. Otherwise close the quote.",
            ),
            Broken::Quote(false) => (
                "A quote opened here is not closed at the end of its cell; the row is skipped.".to_owned(),
                "Double each quote inside a cell.",
            ),
        };
        Diagnostic::new(Severity::Warning, Place::Line(line), message, hint)
    }
}

/// The rows of a text.
pub(in crate::format) struct Rows<'t> {
    text: &'t str,
    delimiter: u8,
    /// What ends a line; a carriage return only where the text knows nothing else.
    newline: u8,
    /// Reads as long as every row is plain.
    quick: Option<Quick<'t>>,
    /// Reads after that.
    plain: Option<Reader<&'t [u8]>>,
    /// Where in the text that began.
    base: usize,
    record: StringRecord,
    row: Row<'t>,
    /// The last row's beginning, its end, and the line it begins on.
    start: usize,
    end: usize,
    line: u64,
    /// The lines of the rows that were read together.
    lines: Vec<u64>,
    /// How many bytes were read again.
    reread: usize,
    /// The header, from when it was read.
    headings: Option<Option<Headings>>,
    /// After a header with the columns in another order, or with other columns: how rows are read.
    under: Option<Under>,
    /// What follows the row that was read last, on the same line.
    pending: Option<Again>,
}

/// How rows are read below a header that is not the first.
struct Under {
    /// How many cells they have.
    cells: usize,
    /// Where the columns of the first header are; nowhere if rows are left out.
    places: Option<Vec<Option<usize>>>,
}

impl<'t> Rows<'t> {
    pub(in crate::format) fn new(text: &'t str, delimiter: u8) -> Rows<'t> {
        Rows { quick: Quick::new(text, delimiter), ..Rows::plainly(text, delimiter) }
    }

    /// The same rows without the quick way.
    fn plainly(text: &'t str, delimiter: u8) -> Rows<'t> {
        let newline = if memchr(b'\n', text.as_bytes()).is_some() { b'\n' } else { b'\r' };
        let (record, row) = (StringRecord::new(), Row::new(text));
        Rows {
            text,
            delimiter,
            newline,
            quick: None,
            plain: None,
            base: 0,
            record,
            row,
            start: 0,
            end: 0,
            line: 1,
            lines: Vec::new(),
            reread: 0,
            headings: None,
            under: None,
            pending: None,
        }
    }

    /// Reads the next row; `None` at the end. `cells` is the expected number of cells, if known. Empty lines
    /// are skipped.
    ///
    /// The last row that was read without an expected number of cells is the header: where it comes again, the rows below are
    /// read by it, so that each column stays where the header has it.
    pub(in crate::format) fn advance(&mut self, cells: Option<usize>) -> Option<Result<(), Broken>> {
        if cells.is_none() {
            return self.advance_as_written(cells);
        }
        self.find_headings();
        if let Some(again) = self.pending.take() {
            return Some(Err(self.read_under(&again)));
        }
        let wanted = self.under.as_ref().map(|under| under.cells).or(cells);
        let found = self.advance_as_written(wanted)?;
        let Some(headings) = self.headings.as_ref().and_then(Option::as_ref) else { return Some(found) };
        if let Ok(()) | Err(Broken::Cells(_)) = found
            && let Some(again) = headings.again(self.row.iter())
        {
            return Some(Err(self.read_under(&again)));
        }
        let mut found = found;
        if let (Err(Broken::Cells(_)), Some(joint)) = (found, wanted.and_then(|wanted| wanted.checked_sub(1)))
            && let Some(cell) = self.row.get(joint).filter(|_| self.row.len() > joint + 1)
            && let Some(bytes) = headings.glued(cell, self.row.behind(joint + 1))
        {
            let first = cell.get(bytes..).unwrap_or_default();
            let names: Vec<&str> = std::iter::once(first).chain(self.row.behind(joint + 1)).collect();
            if let Some(again) = headings.again(names.into_iter()) {
                self.row.cut(joint + 1, bytes);
                self.pending = Some(again);
                found = Ok(());
            }
        }
        match &self.under {
            Some(Under { places: None, .. }) => return Some(Err(Broken::Below)),
            Some(Under { places: Some(places), .. }) if found.is_ok() => self.row.reorder(places),
            _ => {}
        }
        Some(found)
    }

    /// Reads what follows by a header that comes below the first, and says what it is.
    fn read_under(&mut self, again: &Again) -> Broken {
        let lacking = again.places.iter().filter(|place| place.is_none()).count();
        let was_other = self.under.is_some();
        self.under =
            (!again.is_same()).then(|| Under { cells: again.cells, places: (again.unknown == 0).then(|| again.places.clone()) });
        if again.unknown == 0 && lacking == 0 {
            Broken::Header(was_other || self.under.is_some())
        } else {
            Broken::Other(lacking, again.unknown)
        }
    }

    /// Takes the last row for the header, before the first row below it is read.
    fn find_headings(&mut self) {
        if self.headings.is_none() {
            self.headings = Some(Headings::of(self.row.iter()));
        }
    }

    fn advance_as_written(&mut self, cells: Option<usize>) -> Option<Result<(), Broken>> {
        let Some(quick) = &mut self.quick else { return self.advance_plainly(cells) };
        self.row.clear();
        match quick.advance(&mut self.row) {
            Step::End => return None,
            Step::Row { start, end, lines } => {
                self.line += lines;
                (self.start, self.end) = (start, end);
                let found = self.row.len();
                if cells.is_none_or(|cells| cells == found) {
                    return Some(Ok(()));
                }
                let row = self.text.as_bytes()[start..end].trim_ascii_end();
                if memchr(self.newline, row).is_none() {
                    return Some(Err(Broken::Cells(found)));
                }
            }
            Step::Irregular { start, lines } => {
                self.line += lines;
                (self.start, self.end) = (start, start);
            }
        }
        // The other way reads this row again, and all after it.
        self.quick = None;
        self.base = self.start;
        self.advance_plainly(cells)
    }

    /// Reads up to so many rows of so many cells, as long as they are plain, and gives the line of each. The cells of all of
    /// them are in [`Rows::record`], row after row. With none read, [`Rows::advance`] tells what comes.
    pub(in crate::format) fn advance_by(&mut self, most: usize, cells: usize) -> &[u64] {
        self.find_headings();
        self.row.clear();
        self.lines.clear();
        let headings = self.headings.as_ref().and_then(Option::as_ref);
        let Some(quick) = self.quick.as_mut().filter(|_| self.under.is_none() && self.pending.is_none()) else { return &[] };
        while self.lines.len() < most {
            let before = quick.clone();
            let known = self.row.len();
            match quick.advance(&mut self.row) {
                Step::Row { start, end, lines }
                    if self.row.len() == known + cells
                        && headings.is_none_or(|headings| headings.again(self.row.behind(known)).is_none()) =>
                {
                    self.line += lines;
                    (self.start, self.end) = (start, end);
                    self.lines.push(self.line);
                }
                Step::Row { .. } | Step::Irregular { .. } | Step::End => {
                    *quick = before;
                    self.row.truncate(known);
                    break;
                }
            }
        }
        &self.lines
    }

    fn advance_plainly(&mut self, cells: Option<usize>) -> Option<Result<(), Broken>> {
        let reader = self.plain.get_or_insert_with(|| reader(&self.text[self.base..], self.delimiter));
        // The reader works on text in memory and the text is valid UTF-8: neither can fail.
        let more = reader.read_record(&mut self.record).unwrap_or(false);
        self.row.clear();
        if !more {
            return None;
        }
        self.record.iter().for_each(|cell| self.row.push_parts(std::iter::once(cell)));
        let read = reader.position().byte() as usize;
        let bytes = self.text.as_bytes();
        let mut start = self.base + self.record.position().map_or(0, |position| position.byte() as usize);
        while matches!(bytes.get(start), Some(b'\n' | b'\r')) {
            start += 1;
        }
        // Lines are counted once each, from row to row, as an editor counts them.
        self.line += memchr_iter(self.newline, &bytes[self.start..start]).count() as u64;
        self.start = start;
        self.end = self.base + read;
        let row = bytes[start..self.end].trim_ascii_end();
        let next_line = memchr(self.newline, row).map(|offset| start + offset + 1);
        let found = self.record.len();
        let misquoted = (next_line.is_some() || self.end == bytes.len()).then(|| misquoted(row, self.delimiter)).flatten();
        let broken = match misquoted {
            Some(open) if next_line.is_some() || open => Broken::Quote(open && self.end == bytes.len()),
            _ if cells.is_some_and(|cells| cells != found) => Broken::Cells(found),
            _ => return Some(Ok(())),
        };
        let Some(next_line) = next_line else { return Some(Err(broken)) };
        let again = self.end - next_line;
        if self.reread + again > MAX_REREAD * bytes.len() {
            let rest = bytes[start..].trim_ascii_end();
            self.end = bytes.len();
            self.base = bytes.len();
            self.plain = None;
            return Some(Err(Broken::Rest(memchr_iter(self.newline, rest).count() as u64 + 1)));
        }
        self.reread += again;
        self.base = next_line;
        self.plain = None;
        Some(Err(broken))
    }

    /// The current row.
    pub(in crate::format) fn record(&self) -> &Row<'t> {
        &self.row
    }

    /// The line on which the current row begins, from 1.
    pub(in crate::format) fn line(&self) -> u64 {
        self.line
    }

    /// The share of the text read, from 0 to 1.
    pub(in crate::format) fn progress(&self) -> f64 {
        self.end as f64 / self.text.len().max(1) as f64
    }
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

/// Whether a row breaks the rules of quoting: a closing quote is followed by neither a delimiter nor the row's end
/// (`Some(false)`), or the last quote does not close (`Some(true)`).
fn misquoted(row: &[u8], delimiter: u8) -> Option<bool> {
    let mut at = 0;
    loop {
        if row.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match memchr(b'"', row.get(at..)?) {
                    None => return Some(true),
                    Some(offset) => at += offset + 1,
                }
                if row.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
            match row.get(at) {
                None => return None,
                Some(byte) if *byte == delimiter => at += 1,
                Some(_) => return Some(false),
            }
        } else {
            at += memchr(delimiter, row.get(at..)?)? + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(mut rows: Rows<'_>) -> Vec<(u64, Result<String, Broken>)> {
        let mut found = Vec::new();
        while let Some(row) = rows.advance(Some(3)) {
            found.push((rows.line(), row.map(|()| rows.record().iter().collect::<Vec<&str>>().join("|"))));
        }
        found
    }

    /// The same, several rows at a time.
    fn read_many(mut rows: Rows<'_>, most: usize) -> Vec<(u64, Result<String, Broken>)> {
        let mut found = Vec::new();
        loop {
            let lines = rows.advance_by(most, 3).to_vec();
            let cells: Vec<&str> = rows.record().iter().collect();
            assert_eq!(cells.len(), 3 * lines.len());
            found.extend(lines.iter().zip(cells.chunks(3)).map(|(line, cells)| (*line, Ok(cells.join("|")))));
            if lines.is_empty() {
                let Some(row) = rows.advance(Some(3)) else { return found };
                found.push((rows.line(), row.map(|()| rows.record().iter().collect::<Vec<&str>>().join("|"))));
            }
        }
    }

    /// The rows of a text, which are the same all ways.
    fn all(text: &str) -> Vec<(u64, Result<String, Broken>)> {
        let rows = read(Rows::new(text, b','));
        assert_eq!(rows, read(Rows::plainly(text, b',')), "{text:?}");
        assert_eq!(rows, read_many(Rows::new(text, b','), 2), "{text:?}");
        rows
    }

    const PARTS: [&str; 14] = [
        "1,2,3",
        "1,2,3\n",
        "a",
        ",",
        "\"",
        "\"\"",
        "\n",
        "\r\n",
        "\r",
        " ",
        "é",
        "\"x,\ny\"",
        "1,\"\",3\n",
        "1,\"b \"\"q\"\"\",3\r\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn both_ways_read_the_same(parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..24)) {
            all(&parts.concat());
        }
    }

    #[test]
    fn lines_are_physical() {
        let text = "a,b,c\r\n\r\n1,\"two\r\nlines \"\"q\"\"\",3\r\n\n4,5,6";
        let expected = [(1, "a|b|c"), (3, "1|two\r\nlines \"q\"|3"), (6, "4|5|6")];
        assert_eq!(all(text), expected.map(|(line, row)| (line, Ok(row.to_owned()))));
        assert_eq!(all("a,b,c\r1,2,3\r").last(), Some(&(2, Ok("1|2|3".to_owned()))));
    }

    #[test]
    fn a_stray_quote_costs_its_own_row() {
        let text = "1,2,3\n4,\"5,6\n7,\"8\",9\nx,y\n\"a\nb\",c\n10,11,12\n";
        let rows = all(text);
        let ok = |line, row: &str| (line, Ok(row.to_owned()));
        assert_eq!(rows[..3], [ok(1, "1|2|3"), (2, Err(Broken::Quote(false))), ok(3, "7|8|9")]);
        assert_eq!(rows[3], (4, Err(Broken::Cells(2))));
        assert_eq!(rows.last(), Some(&ok(7, "10|11|12")));
    }

    #[test]
    fn a_cut_last_row_is_named() {
        assert_eq!(all("1,2,3\n4,\"5"), [(1, Ok("1|2|3".to_owned())), (2, Err(Broken::Quote(true)))]);
        assert_eq!(all("1,2,3\n4,5,\"6"), [(1, Ok("1|2|3".to_owned())), (2, Err(Broken::Quote(true)))]);
        assert_eq!(
            all("1,2,\"3\n4,5,6\n7,8,9\n"),
            [(1, Err(Broken::Quote(true))), (2, Ok("4|5|6".to_owned())), (3, Ok("7|8|9".to_owned()))]
        );
        assert_eq!(all(""), []);
    }

    /// Every line is a row, or is counted where reading ends.
    #[test]
    fn no_line_is_lost_uncounted() {
        let good = "7,8,9\n".repeat(2000);
        for (bad, times) in [("1,x\"a,\"b,c\n", 3000), ("1,2,\"b\n7,8,9\n7,8,9\n", 1500)] {
            let text = bad.repeat(times) + &good;
            let rows = all(&text);
            let lines: u64 = rows.iter().map(|(_, row)| if let Err(Broken::Rest(lines)) = row { *lines } else { 1 }).sum();
            assert_eq!(lines, text.lines().count() as u64, "{bad:?}");
        }
    }

    #[test]
    fn hostile_quotes_end() {
        let text = "\"a\"\"b,c\n".repeat(5000);
        assert!(all(&text).len() <= 6000);
    }
}
