//! How a text file is written, so that more can be written to it in the same way.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{MARK, Utf32, guess};

/// How a text file is written, so that it can be written so again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    encoding: Written,
    /// The byte order mark's length; 0 without one.
    mark: usize,
}

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// One that web pages may have.
    Named(&'static Encoding),
    Utf32(Utf32),
}

impl Script {
    /// New files: UTF-8 without a mark.
    pub const NEW: Script = Script { encoding: Written::Named(UTF_8), mark: 0 };

    /// By the mark, by the zeros of UTF-32 and UTF-16, by what is valid; anything else is Windows-1252, of which Latin-1 is a
    /// part, and in which every byte is a character.
    pub fn of(bytes: &[u8]) -> Script {
        if let Some(wide) = Utf32::of(bytes) {
            let mark = wide.encode(MARK.encode_utf8(&mut [0; 4]));
            let length = if bytes.starts_with(&mark) { mark.len() } else { 0 };
            return Script { encoding: Written::Utf32(wide), mark: length };
        }
        if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
            return Script { encoding: Written::Named(encoding), mark };
        }
        let encoding = guess(bytes);
        let utf8 = encoding == UTF_8 && std::str::from_utf8(bytes).is_ok();
        Script { encoding: Written::Named(if encoding != UTF_8 || utf8 { encoding } else { WINDOWS_1252 }), mark: 0 }
    }

    /// Whether a character has two bytes or more, so that half of one moves all that follow.
    pub fn is_wide(self) -> bool {
        matches!(self.encoding, Written::Utf32(_)) || [UTF_16LE, UTF_16BE].map(Written::Named).contains(&self.encoding)
    }

    /// What it is called, as a web page would declare it.
    pub fn name(self) -> &'static str {
        match self.encoding {
            Written::Named(encoding) => encoding.name(),
            Written::Utf32(wide) => wide.name(),
        }
    }

    /// The text of a file that is written so, and whether some of its bytes are none.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        let body = bytes.get(self.mark..).unwrap_or_default();
        match self.encoding {
            Written::Named(encoding) => encoding.decode_without_bom_handling(body),
            Written::Utf32(wide) => {
                let (text, damaged) = wide.decode(body);
                (Cow::Owned(text), damaged > 0)
            }
        }
    }

    /// A text without the mark.
    ///
    /// # Errors
    ///
    /// The first character that the encoding lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        let encoding = match self.encoding {
            Written::Utf32(wide) => return Ok(wide.encode(text)),
            Written::Named(encoding) if encoding == UTF_16LE => {
                return Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            }
            Written::Named(encoding) if encoding == UTF_16BE => {
                return Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
            }
            Written::Named(encoding) => encoding,
        };
        match encoding.encode(text) {
            (bytes, _, false) => Ok(bytes.into_owned()),
            (.., true) => {
                let mut letter = [0; 4];
                let lacks = |c: &char| encoding.encode(c.encode_utf8(&mut letter)).2;
                Err(text.chars().find(lacks).unwrap_or('\u{FFFD}'))
            }
        }
    }

    /// The mark with which the file begins.
    pub fn mark(self, bytes: &[u8]) -> &[u8] {
        bytes.get(..self.mark).unwrap_or_default()
    }
}
