//! Passing over JSON by its quotes and brackets alone, several times as fast as reading it. What a value holds is not
//! checked; where quotes and brackets do not fit together, nothing is returned.

use memchr::memchr2;

use crate::format::reader::blocks::{BLOCK, Block, parity};

/// Values nested deeper are left to the strict reader, which has a limit of its own.
const DEEPEST: usize = 127;

/// The bytes that decide where a value ends: quotes and brackets.
const STRUCTURE: [bool; 256] = {
    let mut structure = [false; 256];
    let mut at = 0;
    while at < MARKS.len() {
        structure[MARKS[at] as usize] = true;
        at += 1;
    }
    structure
};
const MARKS: [u8; 5] = *b"\"{}[]";

/// Texts up to here are mostly shorter than it is worth to call for.
const SHORT: usize = 16;

/// A place in a JSON text. Each step is `None` where the text does not fit.
pub(in crate::format) struct Cursor<'t> {
    pub text: &'t str,
    pub at: usize,
}

impl<'t> Cursor<'t> {
    pub(in crate::format) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(in crate::format) fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over a byte, if it is there, and the space behind it.
    pub(in crate::format) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then_some(())?;
        self.at += 1;
        self.space();
        Some(())
    }

    /// Passes a value.
    pub(in crate::format) fn value(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = value_end(self.text.as_bytes(), start)?;
        Some(&self.text[start..self.at])
    }

    /// Passes a key and its colon; the key has its quotes.
    pub(in crate::format) fn key(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = text_end(self.text.as_bytes(), start)?;
        let key = &self.text[start..self.at];
        self.space();
        self.take(b':')?;
        Some(key)
    }

    /// Passes what follows a member of a container: space, and a comma unless the container closes.
    pub(in crate::format) fn follow(&mut self, close: u8) -> Option<()> {
        self.space();
        if self.byte()? == close {
            return Some(());
        }
        self.take(b',')?;
        (self.byte()? != close).then_some(())
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
pub(in crate::format) fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => text_end(bytes, at),
        b'{' | b'[' => container_end(bytes, at).unwrap_or_else(|Unsound| container_end_plainly(bytes, at)),
        b',' | b':' | b']' | b'}' => None,
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
            let length = bytes[at..].iter().position(ends);
            Some(length.map_or(bytes.len(), |length| at + length))
        }
    }
}

/// The brackets that are open.
#[derive(Default)]
struct Open {
    /// The innermost as the last bit: 1 for an object.
    brackets: u128,
    depth: usize,
}

impl Open {
    /// Takes a bracket; whether it closes the outermost. `None` if it does not fit.
    #[inline(always)]
    fn take(&mut self, bracket: u8) -> Option<bool> {
        if matches!(bracket, b'{' | b'[') {
            (self.depth < DEEPEST).then_some(())?;
            self.brackets = self.brackets << 1 | u128::from(bracket == b'{');
            self.depth += 1;
            return Some(false);
        }
        (self.depth > 0 && self.brackets & 1 == u128::from(bracket == b'}')).then_some(())?;
        self.brackets >>= 1;
        self.depth -= 1;
        Some(self.depth == 0)
    }
}

/// A backslash stands outside of texts, where it escapes nothing.
struct Unsound;

/// The end of the container that opens at `at`, 64 bytes at a time: which bytes are escaped and which are inside texts is
/// told for all of them at once. Only a backslash outside of texts would be taken for an escape.
fn container_end(bytes: &[u8], at: usize) -> Result<Option<usize>, Unsound> {
    let mut open = Open::default();
    // Whether the next block's first byte is escaped, and whether it is inside a text: then all bits.
    let (mut escapes, mut inside) = (0, 0);
    for base in (at..bytes.len()).step_by(BLOCK) {
        let block = Block::at(bytes, base);
        let backslashes = block.find(b'\\');
        let quotes = block.find(b'"') & !escaped(backslashes, &mut escapes);
        let texts = parity(quotes) ^ inside;
        inside = 0_u64.wrapping_sub(texts >> 63);
        if backslashes & !texts != 0 {
            return Err(Unsound);
        }
        // `[` and `{`, `]` and `}` differ in one bit.
        let mut brackets = (block.find_either(b'[', 0x20) | block.find_either(b']', 0x20)) & !texts;
        while brackets != 0 {
            let at = base + brackets.trailing_zeros() as usize;
            brackets &= brackets - 1;
            match open.take(bytes[at]) {
                None => return Ok(None),
                Some(true) => return Ok(Some(at + 1)),
                Some(false) => {}
            }
        }
    }
    Ok(None)
}

/// The bytes behind an odd number of backslashes in a row (simdjson's method: Langdale and Lemire 2019, section 3.1.1).
#[inline(always)]
fn escaped(backslashes: u64, carried: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    if backslashes == 0 {
        return std::mem::take(carried);
    }
    let backslashes = backslashes & !*carried;
    let behind = backslashes << 1 | *carried;
    let odd_starts = backslashes & !EVEN & !behind;
    let (even_starts, overflow) = odd_starts.overflowing_add(backslashes);
    *carried = u64::from(overflow);
    (EVEN ^ even_starts << 1) & behind
}

/// The same byte by byte.
fn container_end_plainly(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = Open::default();
    loop {
        at += bytes.get(at..)?.iter().position(|byte| STRUCTURE[usize::from(*byte)])?;
        if bytes[at] == b'"' {
            at = text_end(bytes, at)?;
            continue;
        }
        at += 1;
        if open.take(bytes[at - 1])? {
            return Some(at);
        }
    }
}

/// The end of the JSON text that opens at `at`, its closing quote included; `None` if it does not close.
#[inline]
pub(super) fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    (*bytes.get(at)? == b'"').then_some(())?;
    let mut at = at + 1;
    // Keys are short.
    let head = &bytes[at..bytes.len().min(at + SHORT)];
    match head.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        Some(length) if head[length] == b'"' => return Some(at + length + 1),
        Some(_) => {}
        None => at += head.len(),
    }
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
    use proptest::prelude::*;

    use super::*;

    const PARTS: [&str; 14] = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\\\\",
        "\\\"",
        "\"a\"",
        ": 1, ",
        "é",
        "{\"a\": []}",
        "\"]\\\\\"",
        "a text of some more bytes than the others",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn both_ways_end_at_the_same_place(parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..40), open in 0..2_usize) {
            let text = ["[", "{"][open].to_owned() + &parts.concat();
            let plain = container_end_plainly(text.as_bytes(), 0);
            prop_assert_eq!(value_end(text.as_bytes(), 0), plain, "{}", text);
            if let Ok(end) = container_end(text.as_bytes(), 0) {
                prop_assert_eq!(end, plain, "{}", text);
            }
        }
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
