//! What reading JSON and YAML has to leave out or to choose between: noted where it happens, told once for each file.
//!
//! A format asks for branches and sees a tree, in which a number that is none is missing and a key is there once. That
//! something else stood in the file is noted beside the tree, because it is the same for every format. Notes are rare and
//! cost nothing where there are none; a text that is read twice is noted once.

use std::cell::RefCell;

use rustc_hash::FxHashSet;

use super::scan::text_end;
use super::stream::documents;
use super::{Step, path};
use crate::format::reader::findings::LISTED;
use crate::record::{Diagnostic, Place, Severity};

/// What is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// `NaN` or `Infinity`.
    NonFinite,
    /// A number above the largest double, 1.8e308.
    TooLarge,
    /// A key that its object has already.
    Repeated,
    /// Text behind a list that is not JSON.
    Skipped,
    /// A comma behind a value that is a line.
    Comma,
}

/// The notes of a kind.
#[derive(Default)]
struct Notes {
    /// Where the values, or the keys, begin in memory: the file's text stays where it is while it is read.
    addresses: FxHashSet<usize>,
    /// Paths, of YAML.
    paths: FxHashSet<String>,
    /// The first of them, in the order of reading.
    first: Vec<String>,
}

#[derive(Default)]
struct Ledger {
    nonfinite: Notes,
    too_large: Notes,
    repeated: Notes,
    skipped: Notes,
    commas: Notes,
    /// What is in the place of positive numbers: the key and the value, each once.
    no_amounts: Vec<(String, String)>,
    /// Keys under which a format knows what `Infinity` means.
    understood: Vec<&'static str>,
}

impl Ledger {
    fn of(&mut self, loss: Loss) -> &mut Notes {
        match loss {
            Loss::NonFinite => &mut self.nonfinite,
            Loss::TooLarge => &mut self.too_large,
            Loss::Repeated => &mut self.repeated,
            Loss::Skipped => &mut self.skipped,
            Loss::Comma => &mut self.commas,
        }
    }
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
}

/// Notes what begins at an address in the text that is read.
#[cold]
pub(super) fn note(loss: Loss, address: usize) {
    LEDGER.with_borrow_mut(|ledger| _ = ledger.of(loss).addresses.insert(address));
}

/// Notes what has a path and no known address.
#[cold]
pub(super) fn note_path(loss: Loss, steps: &[Step]) {
    let path = path(steps);
    LEDGER.with_borrow_mut(|ledger| {
        let notes = ledger.of(loss);
        if notes.paths.insert(path.clone()) && notes.first.len() < LISTED as usize {
            notes.first.push(path);
        }
    });
}

/// Says that a format knows what `Infinity` means under a key: it is not missing there.
pub(in crate::format) fn understood(key: &'static str) {
    LEDGER.with_borrow_mut(|ledger| {
        if !ledger.understood.contains(&key) {
            ledger.understood.push(key);
        }
    });
}

/// Notes a value in the place of a positive number.
#[cold]
pub(in crate::format) fn no_amount(key: &str, value: &str) {
    LEDGER.with_borrow_mut(|ledger| {
        let known = |(other, of): &(String, String)| other == key && of == value;
        if ledger.no_amounts.len() <= LISTED as usize && !ledger.no_amounts.iter().any(known) {
            ledger.no_amounts.push((key.to_owned(), value.to_owned()));
        }
    });
}

/// Whether the value at an address in a text is under one of these keys.
fn is_under(text: &str, address: usize, keys: &[&str]) -> bool {
    let head = address.checked_sub(text.as_ptr() as usize).and_then(|offset| text.as_bytes().get(..offset));
    let key = head.and_then(|head| head.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\""));
    key.is_some_and(|head| keys.iter().any(|key| head.strip_suffix(key.as_bytes()).is_some_and(|rest| rest.ends_with(b"\""))))
}

/// Reads a text, and returns findings about what was noted meanwhile.
pub fn told<R>(text: &str, read: impl FnOnce() -> R) -> (R, Vec<Diagnostic>) {
    // Of a text around this one, or left behind by a reader that panicked.
    let others = LEDGER.take();
    let result = read();
    let Ledger { mut nonfinite, too_large, repeated, skipped, commas, no_amounts, understood } = LEDGER.take();
    nonfinite.addresses.retain(|address| !is_under(text, *address, &understood));
    let mut found = Vec::new();
    let message = |count: usize| match count {
        1 => "NaN or Infinity in the place of a number: missing.".to_owned(),
        _ => format!("{count} times NaN or Infinity in the place of a number: missing."),
    };
    if let (Some(place), count) = (nonfinite.places(text, 1).pop(), nonfinite.count()) {
        found.push(Diagnostic::new(Severity::Info, place, message(count), ""));
    }
    let large = "A number out of range (the largest is 1.8e308): missing.";
    let hint = "Check whether the file was edited by hand or damaged.";
    too_large.list(text, "numbers that are too large", large, hint, &mut found);
    let twice = "This key is in its object before: the last value is used.";
    let remove = "Remove one of the two. If a tool wrote the file so, please report it to its authors.";
    repeated.list(text, "repeated keys", twice, remove, &mut found);
    skipped.lines(text, &mut found);
    commas.count_lines(text, &mut found);
    let more = no_amounts.len() > LISTED as usize;
    for (key, value) in no_amounts.into_iter().take(LISTED as usize) {
        let message = format!("Expected a positive number, found {value}; ignored.");
        found.push(Diagnostic::new(Severity::Warning, Place::Key(key), message, hint));
    }
    if more {
        found.push(Diagnostic::new(Severity::Warning, Place::File, "And more values that are no positive numbers.", ""));
    }
    // To find the places has read the text again.
    LEDGER.set(others);
    (result, found)
}

impl Notes {
    fn count(&self) -> usize {
        self.addresses.len() + self.paths.len()
    }

    /// Adds a finding about lines that end in a comma.
    fn count_lines(&self, text: &str, found: &mut Vec<Diagnostic>) {
        let start = text.as_ptr() as usize;
        let Some(first) = self.addresses.iter().map(|address| address.wrapping_sub(start)).min() else { return };
        let passed = text.as_bytes().get(..first).unwrap_or_default();
        let place = Place::Line(memchr::memchr_iter(b'\n', passed).count() as u64 + 1);
        let message = match self.count() {
            1 => "A line ends in a comma: read without it.".to_owned(),
            count => format!("{count} lines end in a comma: read without it."),
        };
        found.push(Diagnostic::new(Severity::Info, place, message, ""));
    }

    /// Adds findings about text that was skipped, by its lines.
    fn lines(&self, text: &str, found: &mut Vec<Diagnostic>) {
        let start = text.as_ptr() as usize;
        let mut offsets: Vec<usize> = self.addresses.iter().map(|address| address.wrapping_sub(start)).collect();
        offsets.sort_unstable();
        let (mut line, mut counted) = (1, 0);
        for offset in offsets.iter().take(LISTED as usize) {
            line += text.get(counted..*offset).map_or(0, |passed| memchr::memchr_iter(b'\n', passed.as_bytes()).count() as u64);
            counted = *offset;
            let message = "What follows the list is not JSON: skipped up to the next line that begins with a list or an object.";
            let hint = "Check whether something was appended to the file.";
            found.push(Diagnostic::new(Severity::Warning, Place::Line(line), message, hint));
        }
        if let Some(more) = offsets.len().checked_sub(LISTED as usize).filter(|more| *more > 0) {
            found.push(Diagnostic::new(Severity::Warning, Place::File, format!("And {more} more such places."), ""));
        }
    }

    /// The places of the first so many.
    fn places(&self, text: &str, wanted: usize) -> Vec<Place> {
        let start = text.as_ptr() as usize;
        let mut offsets: Vec<usize> = self.addresses.iter().map(|address| address.wrapping_sub(start)).collect();
        offsets.sort_unstable();
        offsets.truncate(wanted);
        let mut places = Vec::new();
        let mut inside = offsets.iter().copied().filter(|offset| *offset < text.len()).peekable();
        if text.trim_start().starts_with(['{', '[']) {
            let mut values = documents(text);
            while let (Some(offset), Some(value)) = (inside.peek().copied(), values.next()) {
                let begin = value.text.as_ptr() as usize - start;
                if offset >= begin + value.text.len() {
                    continue;
                }
                let within: Vec<usize> = std::iter::from_fn(|| inside.next_if(|at| *at < begin + value.text.len()))
                    .map(|at| at.saturating_sub(begin))
                    .collect();
                let alone = value.text.len() == text.trim().len();
                places.extend(paths(value.text, &within).into_iter().map(|path| match &value.place {
                    // A key with escapes, whose place is not known.
                    place if path.is_empty() => {
                        if alone {
                            Place::File
                        } else {
                            place.clone()
                        }
                    }
                    _ if alone => Place::Key(path),
                    Place::Key(element) if path.starts_with('[') => Place::Key(format!("{element}{path}")),
                    Place::Key(element) => Place::Key(format!("{element}.{path}")),
                    place => Place::Text(format!("{place}, {path}")),
                }));
            }
        }
        let (mut lines, mut counted) = (1, 0);
        places.extend(inside.map(|offset| {
            lines += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..offset]).count() as u64;
            counted = offset;
            Place::Line(lines)
        }));
        places.extend(self.first.iter().take(wanted - places.len().min(wanted)).cloned().map(Place::Key));
        // Of a text that was made while the file was read.
        places.resize(wanted.min(self.count()), Place::File);
        places
    }

    fn list(&self, text: &str, kind: &str, message: &str, hint: &str, found: &mut Vec<Diagnostic>) {
        let places = self.places(text, LISTED as usize);
        let more = self.count().saturating_sub(places.len());
        found.extend(places.into_iter().map(|place| Diagnostic::new(Severity::Warning, place, message, hint)));
        if more > 0 {
            found.push(Diagnostic::new(Severity::Warning, Place::File, format!("And {more} more {kind}."), ""));
        }
    }
}

/// The paths to the values or keys that begin at these places of a JSON value, which are in order.
fn paths(text: &str, offsets: &[usize]) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut steps: Vec<Step> = Vec::new();
    let mut found = Vec::with_capacity(offsets.len());
    let (mut at, mut is_key) = (0, false);
    for offset in offsets {
        while at < *offset {
            match bytes[at] {
                b'"' => {
                    let end = text_end(bytes, at).unwrap_or(bytes.len());
                    if let (true, Some(Step::Key(key))) = (is_key, steps.last_mut()) {
                        *key = serde_json::from_str(&text[at..end]).unwrap_or_default();
                        is_key = false;
                    }
                    at = end;
                    continue;
                }
                b'{' => (steps.push(Step::Key(String::new())), is_key = true).1,
                b'[' => steps.push(Step::Index(0)),
                b'}' | b']' => (_ = steps.pop(), is_key = false).1,
                b',' => match steps.last_mut() {
                    Some(Step::Index(index)) => *index += 1,
                    Some(Step::Key(_)) => is_key = true,
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
        // A key that is noted itself.
        if let (true, Some(Step::Key(key))) = (is_key, steps.last_mut()) {
            let end = text_end(bytes, at).unwrap_or(bytes.len());
            *key = serde_json::from_str(text.get(at..end).unwrap_or_default()).unwrap_or_default();
        }
        found.push(path(&steps));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Pattern, json, yaml_plain};
    use super::*;

    const ALL: &[Pattern] = &[&[]];

    fn found(text: &str, keep: &[Pattern]) -> Vec<(String, String)> {
        let (_, found) = told(text, || {
            for document in documents(text) {
                document.read(keep, &mut |_| ());
                // Read again, it is the same.
                document.read(keep, &mut |_| ());
            }
        });
        found.into_iter().map(|found| (found.place.to_string(), found.message)).collect()
    }

    const TWICE: &str = "This key is in its object before: the last value is used.";
    const LARGE: &str = "A number out of range (the largest is 1.8e308): missing.";

    #[test]
    fn what_is_noted_has_its_path() {
        let text = r#"{"a": 1, "b": [{"c": 2, "d": {"é": NaN, "c": -1e400}, "c": 3}, -Infinity], "a": 4, "\u0061": 5}"#;
        let expected = [
            ("b[0].d.é", "2 times NaN or Infinity in the place of a number: missing."),
            ("b[0].d.c", LARGE),
            ("file", TWICE),
            ("b[0].c", TWICE),
            ("a", TWICE),
        ];
        assert_eq!(found(text, ALL), expected.map(|(place, message)| (place.to_owned(), message.to_owned())));
        // The rest of a text that is cut is read by the strict reader.
        assert_eq!(found(text.trim_end_matches('}'), ALL).len(), 5);
        // What nobody wants is not missed.
        assert_eq!(found(text, &[&["x"]]), []);
        let part = found(text, &[&["b", "*", "d", "c"]]);
        // What stands in the place of a branch is read with it.
        let none = "NaN or Infinity in the place of a number: missing.";
        assert_eq!(part, [("b[1]".to_owned(), none.to_owned()), ("b[0].d.c".to_owned(), LARGE.to_owned())]);
    }

    #[test]
    fn lines_and_elements_are_named() {
        let places = |text: &str| found(text, ALL).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(
            places("{\"a\": 1}\n{\"a\": 1, \"a\": 2}\n{\"a\": oops\n{\"b\": {\"a\": 1, \"a\": 2}}\n"),
            ["line 2, a", "line 4, b.a"]
        );
        assert_eq!(places("[{\"a\": 1},\n{\"b\": [1, 1e999]}]"), ["[1].b[1]"]);
        let many: String = (0..50).map(|_| "{\"a\": 1, \"a\": 2}\n").collect();
        let found = found(&many, ALL);
        assert_eq!((found.len(), found[20].1.as_str()), (21, "And 30 more repeated keys."));
    }

    #[test]
    fn what_stands_between_lists_is_told() {
        let text = "[\n{\"a\": 1}\n]\nggml: found 1 [device]\n[\n{\"a\": 2}\n],\n{\"a\": 3}\nend\n";
        let read = || documents(text).map(|document| document.text.to_owned()).collect::<Vec<_>>();
        let (values, _) = told(text, read);
        assert_eq!(values, ["{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}", "end"]);
        let places: Vec<String> = found(text, &[]).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["line 4", "line 7"]);
    }

    #[test]
    fn of_yaml_too() {
        let text = "a:\n- b: 1\n  c: .nan\n  b: 2\n";
        let (tree, found) = told(text, || yaml_plain(text, ALL, &mut |_| ()));
        assert_eq!(tree.root, serde_json::json!({"a": [{"b": 2, "c": null}]}));
        let found: Vec<(String, &str)> = found.iter().map(|found| (found.place.to_string(), found.message.as_str())).collect();
        assert_eq!(
            found,
            [("a[0].c".to_owned(), "NaN or Infinity in the place of a number: missing."), ("a[0].b".to_owned(), TWICE)]
        );
    }

    #[test]
    fn the_last_value_is_used_on_both_ways() {
        for text in [r#"{"a": {"x": 1}, "a": {"y": 2}}"#, r#"{"a": 1, "a": {"y": 2}}"#] {
            assert_eq!(json(text, ALL, &mut |_| ()).root, serde_json::json!({"a": {"y": 2}}));
            let cut = text.strip_suffix('}').expect("closed");
            assert_eq!(json(cut, ALL, &mut |_| ()).root, serde_json::json!({"a": {"y": 2}}));
        }
        assert_eq!(json(r#"{"a": 1, "a": null"#, ALL, &mut |_| ()).root, serde_json::json!({"a": null}));
    }
}
