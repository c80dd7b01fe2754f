//! What people and spreadsheets make of a tool's table: other separators, lines of comments above it, other notations of
//! numbers. It is brought back to the tool's own layout, so that no format has to know.

use std::borrow::Cow;

use super::generic::mapped::delimiter;
use super::reader::csv::notation;
use super::reader::csv::rows::Rows;
use crate::record::{Diagnostic, Place, Severity};

pub use notation::Decimal;

/// The table with commas, if it has other separators or comments above it; `None` if it is none, or needs nothing. Lines
/// stay where they are.
pub fn with_commas(text: &str) -> Option<String> {
    let bare = without_comments(text);
    // JSON is no table, and on one line it would be one of as many columns as it has commas.
    if bare.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let delimiter = delimiter(&bare)?;
    if delimiter == b',' {
        return matches!(bare, Cow::Owned(_)).then(|| bare.into_owned());
    }
    let mut out = String::with_capacity(bare.len());
    let mut rows = Rows::new(&bare, delimiter);
    let mut line = 1;
    while rows.advance(None).is_some() {
        while line < rows.line() {
            out.push('\n');
            line += 1;
        }
        for (index, cell) in rows.record().iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            let quoted = cell.contains(['"', ',', '\n', '\r']);
            if quoted {
                out.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")))
            } else {
                out.push_str(cell)
            }
            line += cell.bytes().filter(|byte| *byte == b'\n').count() as u64;
        }
    }
    out.push('\n');
    Some(out)
}

/// The text without the lines above a table that are comments or Excel's note of the separator: they are blank.
pub fn without_comments(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut comments = 0;
    while rest.starts_with('#') || (comments == 0 && rest.len() > 4 && rest.as_bytes()[..4].eq_ignore_ascii_case(b"sep=")) {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        comments += 1;
    }
    if comments == 0 { Cow::Borrowed(text) } else { Cow::Owned(format!("{}{rest}", "\n".repeat(comments))) }
}

/// The finding for a table whose last line has no line end: programs write one, so that it may be cut off there, and a number
/// that is cut off is a number, too. A warning where it seems to be one: it ends like none, or has fewer decimals than that of
/// every line before it.
pub fn ending(text: &str) -> Option<Diagnostic> {
    /// Lines that the last one is compared with.
    const LINES: usize = 20;
    if text.ends_with(['\n', '\r']) {
        return None;
    }
    let bare = without_comments(text);
    let delimiter = char::from(delimiter(&bare)?);
    let last_cell = |line: &str| line.trim_end_matches('\r').rsplit(delimiter).next().unwrap_or_default().to_owned();
    let mut lines = bare.rsplit('\n').take(LINES + 1);
    let last = lines.next().filter(|line| line.contains(delimiter))?;
    let before: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let cut = last_cell(last);
    // The readers report missing cells and unterminated quotes.
    if before.first()?.matches(delimiter).count() != last.matches(delimiter).count() {
        return None;
    }
    let place = Place::Line(bare.matches('\n').count() as u64 + 1);
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    let decimals = |cell: &str| cell.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    // The header is no number.
    let mut others = before.iter().map(|line| last_cell(line)).filter(|cell| cell.parse::<f64>().is_ok()).peekable();
    let shorter = others.peek().is_some() && others.all(|cell| decimals(&cell) > decimals(&cut));
    if !cut.is_empty() && cut.bytes().all(is_part) && (shorter || cut.ends_with(['.', '-', '+', 'e', 'E'])) {
        let message =
            format!("The file ends without a line end, and “{cut}” seems to be the beginning of a number: it may be cut off.");
        return Some(Diagnostic::new(Severity::Warning, place, message, "Copy the file again, or correct the last line."));
    }
    let message = "The last line has no line end. If the file is cut off there, its last cell may be, too.";
    Some(Diagnostic::new(Severity::Info, place, message, ""))
}

/// The finding for lines that are no table, such as a log's, of which the last has no line end. JSON and markup end by
/// themselves.
pub fn ending_of_lines(text: &str) -> Option<Diagnostic> {
    let begin = text.trim_start();
    // Lines of logs begin with a bracket, too: behind one of JSON comes another, or a text.
    let is_list = begin.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', '[', '"', ']']));
    if text.ends_with('\n') || begin.is_empty() || begin.starts_with(['{', '<']) || is_list {
        return None;
    }
    let place = Place::Line(text.matches('\n').count() as u64 + 1);
    let message = "The last line has no line end. If the file is cut off there, its last figure may be, too.";
    Some(Diagnostic::new(Severity::Info, place, message, ""))
}

/// Whether a text is the header of a table and nothing else.
pub fn is_header(text: &str) -> bool {
    let bare = without_comments(text);
    let begin = bare.trim();
    !begin.is_empty() && !begin.contains('\n') && !begin.starts_with(['{', '[', '<']) && delimiter(&bare).is_some()
}

/// A table with plain numbers, and what was decided about them; see [`notation`].
pub fn plain_numbers(text: &str, wanted: Option<Decimal>) -> (Cow<'_, str>, Vec<Diagnostic>) {
    let bare = without_comments(text);
    let Some(delimiter) = delimiter(&bare) else { return (Cow::Borrowed(text), Vec::new()) };
    match &bare {
        Cow::Borrowed(text) => {
            let notation::Plain { text, findings } = notation::plain(text, delimiter, wanted);
            (text, findings)
        }
        Cow::Owned(bare) => {
            let notation::Plain { text, findings } = notation::plain(bare, delimiter, wanted);
            (Cow::Owned(text.into_owned()), findings)
        }
    }
}

/// Whether these findings of [`plain_numbers`] leave numbers out that can be read in two ways.
pub fn is_undecided(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|found| found.severity == Severity::Warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_get_their_commas_back() {
        let of = |text: &str| with_commas(text);
        assert_eq!(of("a;b\n1,5;\"x;y\"\n").as_deref(), Some("a,b\n\"1,5\",x;y\n"));
        assert_eq!(of("a\tb\n1\t2\n").as_deref(), Some("a,b\n1,2\n"));
        assert_eq!(of("sep=;\na;b\n1;2\n").as_deref(), Some("\na,b\n1,2\n"));
        assert_eq!(of("# one\n# two\na,b\n1,2\n").as_deref(), Some("\n\na,b\n1,2\n"));
        assert_eq!(of("a,b\n1,2\n"), None);
        assert_eq!(of("{\"a\": 1}"), None);
        assert_eq!(of("one line"), None);
    }
}
