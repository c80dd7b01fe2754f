//! Where a table begins: after comment lines, with the names of its columns.
//!
//! Comma, semicolon and tab separate cells, whichever gives the first row most of them; `|` those of a Markdown table,
//! which may stand below other text. Knows no tool.

use memchr::{memchr, memchr_iter};
use rustc_hash::FxHashSet;

use super::row::Row;
use super::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::record::{Diagnostic, Place, Severity, Sink};

/// How much of a text a header is looked for in.
const HEAD_BYTES: usize = 1 << 18;

/// The header of a table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::format) struct Header {
    /// The columns' names, trimmed; a blank one is empty.
    pub names: Vec<String>,
    /// What separates cells.
    pub delimiter: u8,
    /// Where in the text the header begins.
    pub offset: usize,
    /// How many lines there are before it.
    pub lines: u64,
}

impl Header {
    /// The header of a text; `None` if it has none of at least two columns.
    pub(in crate::format) fn find(text: &str) -> Option<Header> {
        let mut end = text.len().min(HEAD_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let head = text.get(..end)?;
        let newline = if memchr(b'\n', head.as_bytes()).is_some() { '\n' } else { '\r' };
        let mut offset = 0;
        let lines = head.split_inclusive(newline).map(|line| {
            offset += line.len();
            (offset - line.len(), line.trim_end())
        });
        let mut lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let first = lines.next()?;
        let plain = || {
            let cells = [b',', b';', b'\t'].map(|delimiter| (cells(first.1, delimiter).len(), delimiter));
            let most = cells.into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best });
            most.filter(|(count, _)| *count > 1).map(|(_, delimiter)| (first, delimiter))
        };
        let markdown = |line: &(usize, &str)| line.1.trim_start().starts_with('|');
        let found = if markdown(&first) { Some((first, b'|')) } else { plain() };
        let ((offset, line), delimiter) = found.or_else(|| lines.find(markdown).map(|line| (line, b'|')))?;
        let names: Vec<String> = cells(line, delimiter);
        let before = text.get(..offset)?;
        let lines = memchr_iter(newline as u8, before.as_bytes()).count() as u64;
        (names.iter().filter(|name| !name.is_empty()).count() > 1).then_some(Header { names, delimiter, offset, lines })
    }

    /// Whether there is a column of this name.
    pub(in crate::format) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// The trimmed names of a row of headings. A name that a column before has is blank and reported: it means the first one.
pub(in crate::format) fn names(row: &Row<'_>, line: u64, findings: &mut Findings, sink: &mut dyn Sink) -> Vec<String> {
    let mut names: Vec<String> = row.iter().map(|name| name.trim().to_owned()).collect();
    unique(&mut names, line, findings, sink);
    names
}

/// Blanks and reports the names that a column before has: a name means the first column that has it.
pub(in crate::format) fn unique(names: &mut [String], line: u64, findings: &mut Findings, sink: &mut dyn Sink) {
    report_repeated(&blank_repeated(names), |column| Place::Cell { line, column }, findings, sink);
}

/// Blanks the names that a column before has, and returns them.
pub(in crate::format) fn blank_repeated(names: &mut [String]) -> Vec<String> {
    let mut known = FxHashSet::default();
    let later: Vec<usize> = (0..names.len()).filter(|at| !names[*at].is_empty() && !known.insert(names[*at].as_str())).collect();
    later.into_iter().map(|at| std::mem::take(&mut names[at])).collect()
}

/// Reports names that a column before has.
pub(in crate::format) fn report_repeated(
    repeated: &[String],
    place: impl Fn(String) -> Place,
    findings: &mut Findings,
    sink: &mut dyn Sink,
) {
    for name in repeated {
        findings.add(sink, "repeated columns", || {
            let message = "There is a column of this name before: the first one is used.";
            let hint = "Give each column a name of its own.";
            Diagnostic::new(Severity::Warning, place(name.clone()), message, hint)
        });
    }
}

/// The trimmed cells of a line.
fn cells(line: &str, delimiter: u8) -> Vec<String> {
    let mut rows = Rows::new(line, delimiter);
    rows.advance(None);
    rows.record().iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found() {
        let found = |text| Header::find(text).map(|header| (header.names.join("~"), header.delimiter, header.lines));
        assert_eq!(found("a,\"b, c\"\n1,2\n"), Some(("a~b, c".to_owned(), b',', 0)));
        assert_eq!(found("# note, with commas\r\n#\r\n\r\na;b\r\n"), Some(("a~b".to_owned(), b';', 3)));
        assert_eq!(found("found 1 device\n\n| a | b |\n|---|---|\n"), Some(("~a~b~".to_owned(), b'|', 2)));
        assert_eq!(found("a\tb\rc\td\r"), Some(("a~b".to_owned(), b'\t', 0)));
        assert_eq!((found("one line"), found(""), found("# only\n")), (None, None, None));
    }
}
