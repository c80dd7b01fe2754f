//! Texts of several JSON values: one per line, appended over any number of lines, or in a list.

use std::borrow::Cow;

use memchr::memmem;

use super::losses::{self, Loss};
use super::scan::value_end;
use super::{Branch, Each, Fault, Nothing, Tree, prepare};
use crate::record::Place;

/// One value of several.
pub(in crate::format) struct Document<'t> {
    /// Its text. For a damaged one, up to the next value that begins a line.
    pub text: &'t str,
    /// Where it begins: its line, or its position in the list.
    pub place: Place,
    start: usize,
    line: u64,
    column: u64,
    total: usize,
}

impl Document<'_> {
    /// Which share of the whole text is before it.
    pub(in crate::format) fn share(&self) -> f64 {
        self.start as f64 / self.total.max(1) as f64
    }

    /// Reads the value; `progress` receives the share of the whole text.
    pub(in crate::format) fn read(&self, keep: &[Branch<'_>], progress: &mut dyn FnMut(f64)) -> Tree {
        self.read_each(keep, Each { elements: &[], take: &mut Nothing }, progress)
    }

    /// Reads the value, and hands some elements over.
    pub(in crate::format) fn read_each(&self, keep: &[Branch<'_>], each: Each<'_>, progress: &mut dyn FnMut(f64)) -> Tree {
        let (total, start, length) = (self.total.max(1) as f64, self.start as f64, self.text.len() as f64);
        let mut tree = super::json_each(self.text, keep, each, &mut |share| progress((start + share * length) / total));
        if let Some(Fault { place: Place::Character { line, column }, .. }) = &mut tree.fault {
            *column += if *line == 1 { self.column } else { 0 };
            *line += self.line;
        }
        tree
    }
}

/// The text with empty texts of the same length in the place of `NaN`, `Infinity` and numbers that are too large.
pub(in crate::format) fn strict_json(text: &str) -> Cow<'_, str> {
    prepare::strict(text)
}

/// The values of a text, in order.
pub(in crate::format) fn documents(text: &str) -> Documents<'_> {
    let begin = text.len() - text.trim_start().len();
    let listed = text[begin..].starts_with('[');
    let (at, next) = (begin + usize::from(listed), listed.then_some(0));
    Documents { text, at, next, line: 0, column: 0, counted: 0, lined: false, inner: false }
}

/// The values of the list at the start of a text. What follows belongs to the object that the list is in.
pub(in crate::format) fn inner_list(text: &str) -> Documents<'_> {
    Documents { inner: true, ..documents(text) }
}

/// See [`documents`].
pub(in crate::format) struct Documents<'t> {
    text: &'t str,
    at: usize,
    /// Position in the list, if it is one.
    next: Option<usize>,
    /// Line ends before `counted`, and characters between the last of them and there: both are carried along, because a
    /// list of many values may be on one line.
    line: u64,
    column: u64,
    counted: usize,
    /// Whether a value before was a line by itself. Then one that does not end on its line is looked for no further than the
    /// next line that begins one: to the end of the text, each damaged line would take as long as the whole.
    lined: bool,
    /// Whether what follows the list is none of its business.
    inner: bool,
}

impl<'t> Documents<'t> {
    /// The next value with all that follows it, or, where values are lines, its line: where it ends is not known yet. Asked
    /// again, it is the same one, until it is [passed](Documents::pass).
    pub(in crate::format) fn begin(&mut self) -> Option<Document<'t>> {
        let rest = loop {
            // A file that was appended to another may begin with its mark of UTF-8.
            let separator = |c: char| c.is_whitespace() || c == '\u{feff}' || (self.next.is_some() && c == ',');
            let rest = self.text[self.at..].trim_start_matches(separator);
            let Some(behind) = rest.strip_prefix(']').filter(|_| self.next.is_some()) else { break rest };
            if self.inner {
                return None;
            }
            // Files that were appended to each other: another list, or values, and what a terminal shows between them.
            let mut behind = behind.trim_start();
            if !behind.is_empty() && !behind.starts_with(['[', '{']) {
                losses::note(Loss::Skipped, behind.as_ptr() as usize);
                let begins = |at: &usize| matches!(behind.as_bytes().get(at + 1), Some(b'[' | b'{'));
                behind = memchr::memchr_iter(b'\n', behind.as_bytes()).find(begins).map_or("", |at| &behind[at + 1..]);
            }
            if behind.is_empty() {
                return None;
            }
            let list = behind.starts_with('[');
            self.next = self.next.filter(|_| list);
            self.at = self.text.len() - behind.len() + usize::from(list);
        };
        if rest.is_empty() {
            return None;
        }
        let start = self.text.len() - rest.len();
        let passed = &self.text[self.counted..start];
        self.line += memchr::memchr_iter(b'\n', passed.as_bytes()).count() as u64;
        let (before, last) = passed.rsplit_once('\n').map_or((self.column, passed), |(_, last)| (0, last));
        self.column = before + last.chars().count() as u64;
        self.counted = start;
        let place = match self.next {
            Some(index) => Place::Key(format!("[{index}]")),
            None => Place::Line(self.line + 1),
        };
        let (line, column) = (self.line, self.column);
        let end = memchr::memchr(b'\n', rest.as_bytes()).filter(|_| self.lined);
        let rest = end.map_or(rest, |end| &rest[..end]);
        Some(Document { text: rest, place, start, line, column, total: self.text.len() })
    }

    /// Passes a value that was begun, by its length.
    pub(in crate::format) fn pass(&mut self, begun: &Document<'_>, length: usize) {
        self.at = begun.start + length;
        // Lines that were taken out of a list.
        let behind = self.text.as_bytes().get(self.at..).and_then(|rest| rest.strip_prefix(b","));
        if self.next.is_none() && behind.is_some_and(|behind| matches!(behind.first(), None | Some(b'\n' | b'\r'))) {
            losses::note(Loss::Comma, self.text.as_ptr() as usize + self.at);
            self.at += 1;
        }
        if !self.lined && self.next.is_none() {
            let ends =
                self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(b"\n") || rest.starts_with(b"\r\n"));
            self.lined = ends && memchr::memchr(b'\n', &self.text.as_bytes()[begun.start..self.at]).is_none();
        }
        if let Some(index) = &mut self.next {
            *index += 1;
        }
    }

    /// Passes a value that was begun: it ends by its brackets, or, if it is damaged, before the next that begins a line.
    pub(in crate::format) fn end(&mut self, begun: Document<'t>) -> Document<'t> {
        let rest = &self.text[begun.start..];
        let length = value_end(begun.text.as_bytes(), 0).unwrap_or_else(|| {
            let next = memmem::find(rest.as_bytes(), b"\n{").unwrap_or(rest.len());
            value_end(&rest.as_bytes()[..next], 0).unwrap_or(next)
        });
        self.pass(&begun, length);
        Document { text: &rest[..length], ..begun }
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Document<'t>;

    fn next(&mut self) -> Option<Document<'t>> {
        let begun = self.begin()?;
        Some(self.end(begun))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, String)> {
        documents(text).map(|document| (document.place.to_string(), document.text.trim().to_owned())).collect()
    }

    #[test]
    fn values_are_told_apart() {
        let expected = |places: [&str; 2]| {
            places.iter().zip(["{\"a\": 1}", "{\"b\":\n 2}"]).map(|(p, t)| ((*p).to_owned(), t.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(texts("{\"a\": 1}\n{\"b\":\n 2}"), expected(["line 1", "line 2"]));
        assert_eq!(texts("\r\n{\"a\": 1}{\"b\":\n 2}\n\n"), expected(["line 2", "line 2"]));
        assert_eq!(texts(" [{\"a\": 1},\n{\"b\":\n 2}]\n"), expected(["[0]", "[1]"]));
        assert!(texts(" \n").is_empty());
        let places = |text: &str| texts(text).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places("[{\"a\": 1}]\n[{\"b\": 2}, 3]\n"), ["[0]", "[1]", "[2]"]);
        assert_eq!(places("[{\"a\": 1}]\n{\"b\": 2}\n[]\n"), ["[0]", "line 2", "line 3"]);
        assert_eq!(places("[{\"a\": 1}] rest"), ["[0]"]);
    }

    #[test]
    fn commas_at_line_ends_are_passed() {
        assert_eq!(
            texts("{\"a\": 1},\n{\"b\": 2},\r\n{\"c\": 3},"),
            [("line 1", "{\"a\": 1}"), ("line 2", "{\"b\": 2}"), ("line 3", "{\"c\": 3}")]
                .map(|(place, text)| (place.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn a_damaged_value_costs_only_itself() {
        let found = texts("{\"a\": 1}\n{\"b\": oops\n{\"c\": 3}\n{\"d\": ");
        assert_eq!(found.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>(), ["line 1", "line 2", "line 3", "line 4"]);
        let faults: Vec<Option<Place>> = documents("{}\n{\"b\": oops\n{}")
            .map(|document| document.read(&[&[]], &mut |_| ()).fault.map(|fault| fault.place))
            .collect();
        assert_eq!(faults, [None, Some(Place::Character { line: 2, column: 7 }), None]);
    }
}
