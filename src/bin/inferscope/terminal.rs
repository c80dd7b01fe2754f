//! What reaches a terminal. Text from files may hold control characters, with which a terminal can be told to clear itself,
//! to change its title or to type: they are written out (`\u001b`, `\r`), as JSON writes them, and do nothing.

use std::borrow::Cow;
use std::io::{self, Write};

/// Whether a character stays as it is: line ends and tabs are part of tables.
fn is_harmless(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

/// A line for a terminal.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if is_harmless(c) {
            line.push(c)
        } else {
            match c {
                '\r' => line += "\\r",
                c => line += &format!("\\u{:04x}", u32::from(c)),
            }
        }
        line
    }))
}

/// The first byte of the characters U+0080 to U+00BF in UTF-8, of which the first 32 are control characters.
const LATIN: u8 = 0xC2;

/// Standard output with control characters escaped; [`Output::binary`] switches to raw bytes for Parquet and Arrow.
pub(crate) struct Output<W> {
    inner: W,
    binary: bool,
    /// A carriage return, or half of a character, of which the next byte decides what it is.
    held: Option<u8>,
}

impl<W: Write> Output<W> {
    /// For text.
    pub(crate) fn new(inner: W) -> Output<W> {
        Output { inner, binary: false, held: None }
    }

    /// From here on bytes are written as they are.
    pub(crate) fn binary(&mut self) {
        self.binary = true;
    }

    fn escape(&mut self, code: u8) -> io::Result<()> {
        match code {
            b'\r' => self.inner.write_all(b"\\r"),
            code => write!(self.inner, "\\u{code:04x}"),
        }
    }

    /// Writes what was held, before this byte; true where the byte was part of it.
    fn decide(&mut self, next: Option<u8>) -> io::Result<bool> {
        match (self.held.take(), next) {
            (None, _) => Ok(false),
            (Some(LATIN), Some(next @ 0x80..=0x9F)) => self.escape(next).map(|()| true),
            (Some(b'\r'), Some(b'\n')) => self.inner.write_all(b"\r\n").map(|()| true),
            (Some(b'\r'), _) => self.escape(b'\r').map(|()| false),
            (Some(held), _) => self.inner.write_all(&[held]).map(|()| false),
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.binary {
            return self.inner.write(bytes);
        }
        let mut rest = bytes;
        while let Some(first) = rest.first().copied() {
            if self.decide(Some(first))? {
                rest = &rest[1..];
                continue;
            }
            let is_special = |byte: &u8| matches!(byte, 0..=0x08 | 0x0B..=0x1F | 0x7F | &LATIN);
            let plain = rest.iter().position(is_special).unwrap_or(rest.len());
            self.inner.write_all(&rest[..plain])?;
            rest = &rest[plain..];
            if let Some((special, after)) = rest.split_first() {
                match *special {
                    held @ (b'\r' | LATIN) => self.held = Some(held),
                    code => self.escape(code)?,
                }
                rest = after;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.decide(None)?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out_wherever_a_write_ends() {
        let text = "é £\t\u{1b}[2J\u{7f}\u{9b}31m\u{7}\r\na\rb\0\u{b}€\r";
        let expected = "é £\t\\u001b[2J\\u007f\\u009b31m\\u0007\r\na\\rb\\u0000\\u000b€\\r";
        for size in 1..=text.len() {
            let mut out = Output::new(Vec::new());
            text.as_bytes().chunks(size).for_each(|part| out.write_all(part).expect("in memory"));
            out.flush().expect("in memory");
            assert_eq!(String::from_utf8_lossy(&out.inner), expected, "{size}");
        }
        assert_eq!(harmless("a\u{1b}b\rc\u{9b}d\n"), "a\\u001bb\\rc\\u009bd\n");
        let mut out = Output::new(Vec::new());
        out.binary();
        out.write_all(b"\x00\xC2\r").expect("in memory");
        assert_eq!(out.inner, b"\x00\xC2\r");
    }
}
