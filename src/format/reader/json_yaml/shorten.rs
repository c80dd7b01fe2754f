//! A fast path for large JSON: what no pattern wants is cut out before the strict reader sees the text.
//!
//! Results are mostly texts and lists of single requests, which a reader that checks every character of them passes at a
//! few hundred megabytes a second. To know where a value ends takes only quotes and brackets. What is left reads the same:
//! a value that was cut out is `null`, which is what skipping leaves of it. Where quotes and brackets do not fit together,
//! the rest of the text stays as it is, so that the strict reader finds the fault; it does not see other faults inside what
//! was cut out. The tests of `json_yaml` hold both ways against each other.

use std::borrow::Cow;

use memchr::memchr2;

use super::Branch;
use super::way::Way;

/// A value of fewer bytes is not worth cutting out.
const LEAST: usize = 32;
/// Values nested deeper are left to the strict reader, which has a limit of its own.
const DEEPEST: usize = 127;

/// A text without what is not wanted.
pub(super) struct Short<'t> {
    pub text: Cow<'t, str>,
    /// Where it goes on after each cut: offset in the short text, and in the whole one.
    cuts: Vec<(usize, usize)>,
}

impl Short<'_> {
    /// The offset in the whole text of an offset in the short one.
    pub(super) fn origin(&self, offset: usize) -> usize {
        let after = self.cuts.partition_point(|(short, _)| *short <= offset);
        self.cuts[..after].last().map_or(offset, |(short, whole)| whole + (offset - short))
    }
}

/// Cuts what the patterns do not want out of the value that the text begins with. `progress` is called with the share of
/// the text that was passed.
pub(super) fn shorten<'t>(text: &'t str, keep: &[Branch<'_>], progress: &mut dyn FnMut(f64)) -> Short<'t> {
    let mut cutter =
        Cutter { cursor: Cursor { text, at: 0 }, way: Way::new(keep), copied: 0, out: String::new(), cuts: Vec::new(), progress };
    if !cutter.way.is_whole() {
        cutter.cursor.space();
        // Where it ends early, what follows stays.
        _ = cutter.value(0);
    }
    let Cutter { copied, mut out, cuts, .. } = cutter;
    if cuts.is_empty() {
        return Short { text: Cow::Borrowed(text), cuts };
    }
    out.push_str(&text[copied..]);
    Short { text: Cow::Owned(out), cuts }
}

/// A place in a JSON text. Each step is `None` where the text does not fit.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over a byte, if it is there, and the space behind it.
    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then_some(())?;
        self.at += 1;
        self.space();
        Some(())
    }

    /// Passes a value.
    fn value(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = value_end(self.text.as_bytes(), start)?;
        Some(&self.text[start..self.at])
    }

    /// Passes a key and its colon; the key has its quotes.
    fn key(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = text_end(self.text.as_bytes(), start)?;
        let key = &self.text[start..self.at];
        self.space();
        self.take(b':')?;
        Some(key)
    }

    /// Passes what follows a member of a container: space, and a comma unless the container closes.
    fn follow(&mut self, close: u8) -> Option<()> {
        self.space();
        if self.byte()? == close { Some(()) } else { self.take(b',') }
    }
}

struct Cutter<'t, 'k> {
    cursor: Cursor<'t>,
    way: Way<'k>,
    /// Up to where the text was copied or cut out.
    copied: usize,
    out: String,
    cuts: Vec<(usize, usize)>,
    progress: &'k mut dyn FnMut(f64),
}

impl Cutter<'_, '_> {
    /// Passes a value of which something is wanted.
    fn value(&mut self, depth: usize) -> Option<()> {
        let (open, close) = match self.cursor.byte()? {
            b'{' => (b'{', b'}'),
            b'[' => (b'[', b']'),
            _ => return self.cursor.value().map(|_| ()),
        };
        self.cursor.take(open)?;
        while self.cursor.byte()? != close {
            let key = if open == b'{' { Some(self.cursor.key()?) } else { None };
            if depth < 2 {
                (self.progress)(self.cursor.at as f64 / self.cursor.text.len() as f64);
            }
            // Only the strict reader knows what a key with escapes says.
            if key.is_some_and(|key| key.contains('\\')) {
                self.cursor.value()?;
            } else {
                let wanted = self.way.down(key.map(|key| &key[1..key.len() - 1]));
                self.member(depth, wanted)?;
                self.way.up();
            }
            self.cursor.follow(close)?;
        }
        self.cursor.at += 1;
        Some(())
    }

    /// Passes a member of a container, or cuts it out.
    fn member(&mut self, depth: usize, wanted: bool) -> Option<()> {
        if wanted && !self.way.is_whole() {
            return self.value(depth + 1);
        }
        let start = self.cursor.at;
        let value = self.cursor.value()?;
        if !wanted && value.len() >= LEAST {
            self.out.push_str(&self.cursor.text[self.copied..start]);
            self.out.push_str("null");
            self.copied = self.cursor.at;
            self.cuts.push((self.out.len(), self.copied));
        }
        Some(())
    }
}

/// The members of an object as they stand in a text, each a key with its quotes and a value; what they hold is passed by.
pub(super) struct Members<'t>(Cursor<'t>);

impl<'t> Members<'t> {
    /// The members of the object that a text begins with.
    pub(super) fn of(text: &'t str) -> Option<Members<'t>> {
        let mut cursor = Cursor { text, at: 0 };
        cursor.take(b'{')?;
        Some(Members(cursor))
    }

    /// The next one, or `Some(None)` at the end of the object; `None` where the text does not fit.
    pub(super) fn next(&mut self) -> Option<Option<(&'t str, &'t str)>> {
        if self.0.byte()? == b'}' {
            return Some(None);
        }
        let member = (self.0.key()?, self.0.value()?);
        self.0.follow(b'}')?;
        Some(Some(member))
    }
}

/// The end of the JSON value that begins at `at`, by its quotes and brackets; `None` if they do not fit together.
pub(super) fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => text_end(bytes, at),
        b'{' | b'[' => {
            // The open brackets, the innermost as the last bit: 1 for an object.
            let (mut open, mut depth) = (0_u128, 0_usize);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = text_end(bytes, at)?;
                        continue;
                    }
                    bracket @ (b'{' | b'[') => {
                        (depth < DEEPEST).then_some(())?;
                        open = open << 1 | u128::from(*bracket == b'{');
                        depth += 1;
                    }
                    bracket @ (b'}' | b']') => {
                        (open & 1 == u128::from(*bracket == b'}')).then_some(())?;
                        open >>= 1;
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        b',' | b':' | b']' | b'}' => None,
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
            let length = bytes[at..].iter().position(ends);
            Some(length.map_or(bytes.len(), |length| at + length))
        }
    }
}

/// The end of the JSON text that opens at `at`, its closing quote included; `None` if it does not close.
fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    (*bytes.get(at)? == b'"').then_some(())?;
    let mut at = at + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwanted_values_are_cut_out_and_places_are_known() {
        let long = "x".repeat(40);
        let text =
            format!(r#" {{"a": [{{"keep": 1, "drop": {{"t": "{long}\"]", "u": [2]}}}}, 3], "b": "{long}", "c": "é", "d": tru"#);
        let keep: &[Branch<'_>] = &[&["a", "*", "keep"], &["c"]];
        let short = shorten(&text, keep, &mut |_| ());
        assert_eq!(short.text, r#" {"a": [{"keep": 1, "drop": null}, 3], "b": null, "c": "é", "d": tru"#);
        for mark in ["keep", "3]", "\"c\"", "tru"] {
            let at = short.text.find(mark).expect("kept");
            assert_eq!(short.origin(at), text.find(mark).expect("there"), "{mark}");
        }
        assert!(matches!(shorten(&text, &[&[]], &mut |_| ()).text, Cow::Borrowed(_)));
    }

    #[test]
    fn ends_of_values() {
        let end = |text: &str| value_end(text.as_bytes(), 0).map(|end| text[..end].to_owned());
        for (text, value) in [
            (r#"{"a": [1, {"b": "}"}]} x"#, r#"{"a": [1, {"b": "}"}]}"#),
            (r#""\\" , "#, r#""\\""#),
            ("[[]]]", "[[]]"),
            ("-1.5e3,", "-1.5e3"),
            ("null", "null"),
        ] {
            assert_eq!(end(text).as_deref(), Some(value));
        }
        for broken in [r#"{"a": [1}"#, "[1, ", r#""a\""#, "", "]", &"[".repeat(200)] {
            assert_eq!(end(broken), None, "{broken}");
        }
    }
}
