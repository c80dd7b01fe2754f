//! Passing over JSON by its quotes and brackets alone, several times as fast as reading it. What a value holds is not
//! checked; where quotes and brackets do not fit together, nothing is returned.

use memchr::memchr2;

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
pub(super) struct Cursor<'t> {
    pub text: &'t str,
    pub at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over a byte, if it is there, and the space behind it.
    pub(super) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then_some(())?;
        self.at += 1;
        self.space();
        Some(())
    }

    /// Passes a value.
    pub(super) fn value(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = value_end(self.text.as_bytes(), start)?;
        Some(&self.text[start..self.at])
    }

    /// Passes a key and its colon; the key has its quotes.
    pub(super) fn key(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at = text_end(self.text.as_bytes(), start)?;
        let key = &self.text[start..self.at];
        self.space();
        self.take(b':')?;
        Some(key)
    }

    /// Passes what follows a member of a container: space, and a comma unless the container closes.
    pub(super) fn follow(&mut self, close: u8) -> Option<()> {
        self.space();
        if self.byte()? == close { Some(()) } else { self.take(b',') }
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
                at += bytes.get(at..)?.iter().position(|byte| STRUCTURE[usize::from(*byte)])?;
                match bytes[at] {
                    b'"' => {
                        at = text_end(bytes, at)?;
                        continue;
                    }
                    bracket @ (b'{' | b'[') => {
                        (depth < DEEPEST).then_some(())?;
                        open = open << 1 | u128::from(bracket == b'{');
                        depth += 1;
                    }
                    bracket => {
                        (open & 1 == u128::from(bracket == b'}')).then_some(())?;
                        open >>= 1;
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
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
    use super::*;

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
