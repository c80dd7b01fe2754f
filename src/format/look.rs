//! One look at a file, shared by all formats that may recognise it.
//!
//! Anything that several of them need is computed at most once per file, on first use: above all the scan of a
//! JSON text's top level, which reads up to the end of its first object.

use std::cell::OnceCell;
use std::ops::Deref;

use memchr::memmem;

use super::Input;
use super::reader::csv::header::Header;
use super::reader::json_yaml::head::Object;

/// A file and the lazily computed facts about its head.
pub struct Look<'a> {
    input: Input<'a>,
    /// The first object of a JSON text, in a list or not.
    first: OnceCell<Option<Object>>,
    /// The header of a table.
    header: OnceCell<Option<Header>>,
}

impl<'a> Deref for Look<'a> {
    type Target = Input<'a>;

    fn deref(&self) -> &Input<'a> {
        &self.input
    }
}

impl<'a> Look<'a> {
    /// Wraps a file. Computes nothing yet.
    pub fn new(input: Input<'a>) -> Look<'a> {
        Look { input, first: OnceCell::new(), header: OnceCell::new() }
    }

    /// Whether the text begins as a JSON object.
    pub(in crate::format) fn is_object(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// Whether the text begins as a list of JSON objects.
    pub(in crate::format) fn is_list(&self) -> bool {
        self.text.trim_start().strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'))
    }

    /// The top level of the JSON object that the text begins with; of several objects, that of the first.
    pub(in crate::format) fn object(&self) -> Option<&Object> {
        self.first_object().filter(|_| self.is_object())
    }

    /// The top level of the first object in the list that the text begins with.
    pub(in crate::format) fn element(&self) -> Option<&Object> {
        self.first_object().filter(|_| self.is_list())
    }

    /// The top level of the text's first JSON object, whether or not it is in a list.
    pub(in crate::format) fn first_object(&self) -> Option<&Object> {
        let scan = || {
            let text = self.text.trim_start();
            let inside = text.strip_prefix('[').unwrap_or(text).trim_start();
            inside.starts_with('{').then(|| Object::scan(inside)).flatten()
        };
        self.first.get_or_init(scan).as_ref()
    }

    /// The header of the table that the text is, if it looks like one; a text that begins like JSON is none.
    pub(in crate::format) fn header(&self) -> Option<&Header> {
        let json = self.text.trim_start().starts_with(['{', '[']);
        self.header.get_or_init(|| if json { None } else { Header::find(self.input.text) }).as_ref()
    }

    /// Whether the text begins as a JSON object whose first key this is. Costs no scan.
    pub(in crate::format) fn opens_with(&self, key: &str) -> bool {
        let inside = self.text.trim_start().strip_prefix('{').map(str::trim_start);
        inside.and_then(|inside| inside.strip_prefix('"')?.strip_prefix(key)).is_some_and(|rest| rest.starts_with('"'))
    }

    /// Whether the text contains a mark. Searches the whole text, so check cheaper signs first.
    pub(in crate::format) fn contains(&self, mark: &str) -> bool {
        memmem::find(self.text.as_bytes(), mark.as_bytes()).is_some()
    }

    /// The text's first line.
    pub(in crate::format) fn first_line(&self) -> &'a str {
        self.input.text.lines().next().unwrap_or_default()
    }

    /// The text's first bytes, at most so many, ending at a character.
    pub(in crate::format) fn head(&self, most: usize) -> &'a str {
        let text = self.input.text;
        let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        &text[..end]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::reader::json_yaml::head::SCANS;
    use super::super::{FORMATS, sniff, unrecognised};
    use super::*;
    use crate::source::text::{decode, is_text};

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the fixtures are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn sniffing_scans_a_file_once() {
        let mut paths = Vec::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), &mut paths);
        let mut scanned = 0;
        for path in paths {
            let bytes = fs::read(&path).expect("readable");
            let text = if is_text(&bytes) { decode(&bytes).0 } else { Default::default() };
            let name = path.to_string_lossy();
            SCANS.set(0);
            let look = Look::new(Input { path: &name, text: &text, bytes: &bytes });
            _ = sniff(&look);
            _ = FORMATS.iter().filter(|format| format.sniff(&look).is_some()).count();
            _ = unrecognised(&look);
            // What wraps results has each of them looked at by itself.
            let wraps = sniff(&look).is_some_and(|format| format.about.id == "wrapped");
            assert!(SCANS.get() <= 1 || wraps, "{name}: {} scans", SCANS.get());
            scanned += SCANS.get().min(1);
        }
        assert!(scanned > 50, "only {scanned} files were scanned");
    }

    #[test]
    fn a_look_at_each_beginning() {
        let look = |text: &'static str| Look::new(Input { path: "", text, bytes: text.as_bytes() });
        let object = look(" {\"a\": 1}\n{\"b\": 2}\n");
        assert!(object.opens_with("a") && !object.opens_with("b"));
        assert!(object.object().is_some_and(|object| object.has("a") && !object.has("b")));
        assert!(object.element().is_none());
        let list = look("[ {\"a\": 1}, {\"b\": 2}]");
        assert!(list.object().is_none() && list.element().is_some_and(|object| object.has("a")));
        assert!(look("a,b\n{\"a\": 1}").first_object().is_none() && look("[[{}]]").first_object().is_none());
        assert_eq!(look("aé").head(2), "a");
    }
}
