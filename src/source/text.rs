//! Text decoding: byte order marks, UTF-16 and UTF-32 with and without one, UTF-8 with damage, and line ends.

mod script;

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::record::{Diagnostic, Place, Severity};

pub use script::Script;

/// A file's text, and findings about its encoding; both empty for one that is binary. See [`is_text`] and [`decode`].
pub fn read(bytes: &[u8]) -> (Cow<'_, str>, Vec<Diagnostic>) {
    match plain(bytes) {
        Some(text) => (text, Vec::new()),
        None if is_text(bytes) => decode(bytes),
        None => Default::default(),
    }
}

/// The text of bytes of which [`is_text`] and [`decode`] have nothing to say: UTF-8 without a mark, zeros and carriage returns.
/// Most large files are such, and each look at all of one takes as long as a good part of reading it.
fn plain(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let is_usual = !is_binary(bytes) && Utf32::of(bytes).is_none() && Encoding::for_bom(bytes).is_none() && guess(bytes) == UTF_8;
    if !is_usual || memchr::memchr2(0, b'\r', bytes).is_some() {
        return None;
    }
    UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
}

/// Decodes a file's bytes to text, without its byte order mark. Valid UTF-8 is borrowed, not copied. Bytes that are no
/// text in the recognised encoding become U+FFFD, and a warning counts them; so do zeros, which no text has.
/// Line ends of old Macs and of terminals, CR alone, become LF.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Vec<Diagnostic>) {
    let (text, mut found) = decoded(bytes);
    let text = with_line_feeds(text);
    match without_zeros(&text) {
        Some((whole, finding)) => {
            found.push(finding);
            (Cow::Owned(whole), found)
        }
        None => (text, found),
    }
}

/// The text with whatever is in it, and findings about its encoding.
fn decoded(bytes: &[u8]) -> (Cow<'_, str>, Vec<Diagnostic>) {
    if let Some(wide) = Utf32::of(bytes) {
        let (text, damaged) = wide.decode(bytes);
        let found = iter::once(encoded_as(wide.name())).chain((damaged > 0).then(|| damage(&text, damaged, wide.name())));
        let found: Vec<Diagnostic> = found.collect();
        return (Cow::Owned(text), found);
    }
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (guess(bytes), bytes),
    };
    // A tool that appends a plain line end to UTF-16 leaves half a character, as MLCommons' table of round 6.0 ends.
    let stray = encoding != UTF_8 && body.len() % 2 == 1 && body.last() == Some(&b'\n');
    let body = &body[..body.len() - usize::from(stray)];
    let (text, damaged) = encoding.decode_without_bom_handling(body);
    let mut found = Vec::new();
    if encoding != UTF_8 {
        found.push(encoded_as(encoding.name()));
    }
    if damaged {
        found.push(damage(&text, text.matches('\u{FFFD}').count(), encoding.name()));
    }
    (text, found)
}

fn encoded_as(name: &str) -> Diagnostic {
    Diagnostic::new(Severity::Info, Place::File, format!("Text encoding: {name}."), "")
}

fn damage(text: &str, count: usize, name: &str) -> Diagnostic {
    let line = text.split(['\n', '\r']).position(|line| line.contains('\u{FFFD}')).unwrap_or(0) as u64 + 1;
    let message = format!("{count} byte sequences are not valid {name}; shown as \u{FFFD}.");
    let hint = "Save the file as UTF-8, or copy it again if it was damaged.";
    Diagnostic::new(Severity::Warning, Place::Line(line), message, hint)
}

/// A text with LF for every CR that stands for a line end by itself. CRLF stays, and so does CRCRLF, which one translation too
/// many makes of it, and what is in a quoted cell of a file with other line ends. Nothing moves.
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let Some(first) = memchr::memchr(b'\r', bytes) else { return text };
    let others = memchr::memchr(b'\n', bytes).is_some();
    let mut alone: Vec<Range<usize>> = Vec::new();
    let mut quotes = Quotes { bytes, at: 0, open: false, last: memchr::memrchr(b'"', bytes).unwrap_or(0) };
    let mut at = first;
    while let Some(found) = memchr::memchr(b'\r', &bytes[at..]) {
        let start = at + found;
        at = bytes[start..].iter().position(|byte| *byte != b'\r').map_or(bytes.len(), |length| start + length);
        if bytes.get(at) == Some(&b'\n') {
            continue;
        }
        if !(others && quotes.open_at(start)) {
            alone.push(start..at);
        }
    }
    if alone.is_empty() {
        return text;
    }
    let mut mended = text.into_owned().into_bytes();
    alone.into_iter().for_each(|run| mended[run].fill(b'\n'));
    // ASCII was replaced by ASCII, so nothing is lost here.
    Cow::Owned(String::from_utf8(mended).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The quotes of a table's cells: they open where a cell begins, and two in a row are one of the cell's own.
struct Quotes<'t> {
    bytes: &'t [u8],
    /// Up to where they are counted.
    at: usize,
    open: bool,
    /// The last of all: nothing is open behind it.
    last: usize,
}

impl Quotes<'_> {
    /// Whether a position is inside a quoted cell. Positions must be passed in ascending order.
    fn open_at(&mut self, place: usize) -> bool {
        while let Some(found) = self.bytes.get(self.at..place).and_then(|rest| memchr::memchr(b'"', rest)) {
            let quote = self.at + found;
            self.at = quote + 1;
            if !self.open {
                let before = quote.checked_sub(1).and_then(|at| self.bytes.get(at));
                self.open = before.is_none_or(|byte| matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r'));
            } else if self.bytes.get(self.at) == Some(&b'"') {
                self.at += 1;
            } else {
                self.open = false;
            }
        }
        self.at = self.at.max(place);
        self.open && place < self.last
    }
}

/// The byte order mark.
const MARK: char = '\u{FEFF}';

/// UTF-32, which some exports of Windows and of statistics programs have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Utf32 {
    Little,
    Big,
}

impl Utf32 {
    /// By the mark, or by the three zeros of every ASCII character of the beginning.
    fn of(bytes: &[u8]) -> Option<Utf32> {
        const LETTERS: usize = 64;
        // It begins as UTF-16's mark does; a zero would be the first character behind that.
        if bytes.starts_with(b"\xFF\xFE\0\0") {
            return Some(Utf32::Little);
        }
        if bytes.starts_with(b"\0\0\xFE\xFF") {
            return Some(Utf32::Big);
        }
        let head: Vec<&[u8; 4]> = bytes.as_chunks::<4>().0.iter().take(LETTERS).collect();
        let letter = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
        let most = |count: usize| head.len() >= 4 && count * 10 >= head.len() * 9;
        if most(head.iter().filter(|four| matches!(four, [first, 0, 0, 0] if letter(*first))).count()) {
            return Some(Utf32::Little);
        }
        most(head.iter().filter(|four| matches!(four, [0, 0, 0, last] if letter(*last))).count()).then_some(Utf32::Big)
    }

    fn name(self) -> &'static str {
        match self {
            Utf32::Little => "UTF-32LE",
            Utf32::Big => "UTF-32BE",
        }
    }

    /// The text without the mark, and how many characters of it are none.
    fn decode(self, bytes: &[u8]) -> (String, usize) {
        let (whole, rest) = bytes.as_chunks::<4>();
        let mut damaged = usize::from(!rest.is_empty());
        let mut text = String::with_capacity(whole.len());
        for four in whole {
            let code = match self {
                Utf32::Little => u32::from_le_bytes(*four),
                Utf32::Big => u32::from_be_bytes(*four),
            };
            damaged += usize::from(char::from_u32(code).is_none());
            if code != u32::from(MARK) || !text.is_empty() {
                text.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
            }
        }
        text.extend((!rest.is_empty()).then_some('\u{FFFD}'));
        (text, damaged)
    }

    /// A text without the mark.
    fn encode(self, text: &str) -> Vec<u8> {
        let order = match self {
            Utf32::Little => u32::to_le_bytes,
            Utf32::Big => u32::to_be_bytes,
        };
        text.chars().flat_map(|c| order(u32::from(c))).collect()
    }
}

/// A text with U+FFFD for its zeros, and the finding; `None` if it has none. A crash or a rotated log leaves zeros where
/// something was: whatever they stand in must not be read as if it were whole. Between lines they stand for nothing.
fn without_zeros(text: &str) -> Option<(String, Diagnostic)> {
    /// Zeros that are no damaged cell.
    const RUN: usize = 16;
    let first = memchr::memchr(0, text.as_bytes())?;
    let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..first]).count() as u64 + 1;
    let mut zeros = 0;
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(0, rest.as_bytes()) {
        let (before, after) = rest.split_at(at);
        whole.push_str(before);
        let behind = after.trim_start_matches('\0');
        let run = after.len() - behind.len();
        zeros += run;
        let starts_line = whole.is_empty() || whole.ends_with('\n');
        // A long run between lines is none of their text; of one between marks and blanks nothing but a blank can be lost.
        let between = starts_line || whole.ends_with([' ', '\t', ',', ':', '[', '{']);
        let alone = starts_line && (run >= RUN || (run > 1 && whole.is_empty()) || behind.starts_with(['\n', '\r']));
        if between && !alone && behind.starts_with([' ', '\t', '"', '[', '{', ']', '}', '\n', '\r']) {
            whole.push(' ');
        } else if !alone {
            whole.push('\u{FFFD}');
        }
        rest = behind;
    }
    whole.push_str(rest);
    let message =
        format!("{zeros} zero byte{}, which no text has; what they stand in may be damaged.", if zeros == 1 { "" } else { "s" });
    let hint = "Copy the file again. If it was written so (a crash, a rotated log), its lines there cannot be restored.";
    Some((whole, Diagnostic::new(Severity::Warning, Place::Line(line), message, hint)))
}

/// Whether the bytes are meant as text: neither a known binary file nor bytes with zeros that are no UTF-16.
pub fn is_text(bytes: &[u8]) -> bool {
    if is_binary(bytes) {
        return false;
    }
    // UTF-8 text may be damaged, but no editor and no tool writes a zero into it: what has some is text with a damaged place
    // only if all else is.
    if Utf32::of(bytes).is_some() {
        return true;
    }
    let utf8 = Encoding::for_bom(bytes).map_or_else(|| guess(bytes), |(encoding, _)| encoding) == UTF_8;
    !utf8 || memchr::memchr(0, bytes).is_none() || has_damaged_places(bytes)
}

/// Whether it begins as binary files do whose first bytes could be letters: Parquet, Arrow, zip, NumPy, HDF5.
fn is_binary(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [b"PAR1", b"ARROW1", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY", b"\x89HDF"];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Whether bytes with zeros are lines of text, or JSON, but for few places: zeros in a row are one place, and so is anything else that
/// no text has.
fn has_damaged_places(bytes: &[u8]) -> bool {
    /// Letters of text for each damaged place.
    const LETTERS: usize = 40;
    let mut places = 0;
    let mut letters = 0;
    let mut was_zero = false;
    for chunk in bytes.utf8_chunks() {
        places += usize::from(!chunk.invalid().is_empty());
        for byte in chunk.valid().bytes() {
            match byte {
                0 => places += usize::from(!was_zero),
                1..=8 | 14..=26 | 28..=31 => places += 1,
                _ => letters += 1,
            }
            was_zero = byte == 0;
        }
    }
    let is_text = memchr::memchr(b'\n', bytes).is_some() || matches!(bytes.first(), Some(b'{' | b'['));
    is_text && (places == 1 || places * LETTERS <= letters)
}

/// UTF-16 without a mark shows itself by a zero in every other byte of its (mostly ASCII) beginning.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(512)];
    if head.len() < 8 {
        return UTF_8;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let half = head.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 10 >= half * 7 => UTF_16LE,
        (even, 0) if even * 10 >= half * 7 => UTF_16BE,
        _ => UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "model,TP\nmodèle,4\n";
        let with_bom = |bom: &[u8], body: Vec<u8>| [bom, &body].concat();
        let variants = [
            text.as_bytes().to_vec(),
            with_bom(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
            with_bom(b"\xFF\xFE", utf16(text, u16::to_le_bytes)),
            with_bom(b"\xFE\xFF", utf16(text, u16::to_be_bytes)),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
        ];
        for bytes in variants {
            assert_eq!(decode(&bytes).0, text);
        }
        assert!(matches!(decode(text.as_bytes()).0, Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn the_quick_way_reads_the_same(
            parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..12),
            letters in 0_usize..600,
        ) {
            let mut bytes: Vec<u8> = parts.concat();
            bytes.extend(std::iter::repeat_n(b'a', letters));
            let slow = if is_text(&bytes) { decode(&bytes) } else { Default::default() };
            prop_assert_eq!(read(&bytes), slow);
        }
    }

    const PARTS: [&[u8]; 14] = [
        b"model,TP\n",
        b"a,1\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\0\0\0",
        "é".as_bytes(),
        b"\xE9",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"PAR1",
        b"PK\x03\x04",
        b"a\0b\0c\0d\0e\0",
        b"\"x\"",
    ];

    #[test]
    fn utf32_is_read_and_named() {
        let text = "model,TP\nmodèle,4\n🚀,8\n";
        for (name, order) in [("UTF-32LE", u32::to_le_bytes as fn(u32) -> [u8; 4]), ("UTF-32BE", u32::to_be_bytes)] {
            for mark in ["", "\u{FEFF}"] {
                let bytes: Vec<u8> = mark.chars().chain(text.chars()).flat_map(|c| order(u32::from(c))).collect();
                assert!(is_text(&bytes));
                let (decoded, found) = decode(&bytes);
                assert_eq!((decoded.as_ref(), found.len()), (text, 1), "{name}");
                assert_eq!(found[0].message, format!("Text encoding: {name}."));
                let (cut, found) = decode(&bytes[..bytes.len() - 6]);
                assert!(
                    cut.ends_with(",\u{FFFD}") && found[1].message.starts_with("1 byte sequences are not valid UTF-32"),
                    "{cut}"
                );
            }
        }
        // Numbers are no letters.
        let numbers: Vec<u8> = (0..100_u32).flat_map(u32::to_le_bytes).collect();
        assert!(!is_text(&numbers));
    }

    #[test]
    fn every_line_end_is_one() {
        let of = |text: &'static str| decode(text.as_bytes()).0.into_owned();
        assert_eq!(of("a\rb\r\rc"), "a\nb\n\nc");
        assert_eq!(of("a\r\nb\r\r\nc\r"), "a\r\nb\r\r\nc\n");
        assert_eq!(of("a,\"b\rc\r\",d\r\"e\"\rf\n\"\ng\r"), "a,\"b\rc\r\",d\n\"e\"\nf\n\"\ng\n");
        assert_eq!(of("a,\"b\r\nc\rd \"\"e\rf\"\ng\r"), "a,\"b\r\nc\rd \"\"e\rf\"\ng\n");
        assert!(matches!(decode(b"a\r\nb\r\n").0, Cow::Borrowed(_)));
        let wide: Vec<u8> = "model,TP\rm,4\r".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).0, "model,TP\nm,4\n");
    }

    #[test]
    fn half_a_line_end_is_none() {
        let text = "model\tTP\nmodèle\t4\n";
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let body = [&utf16(text, order)[..], b"\n"].concat();
            let (decoded, found) = decode(&body);
            assert_eq!(decoded, text);
            assert!(found.iter().all(|finding| finding.severity == Severity::Info), "{found:?}");
        }
        assert!(decode(&utf16(text, u16::to_le_bytes)[..31]).1.iter().any(|finding| finding.severity == Severity::Warning));
    }

    #[test]
    fn binary_data_are_told_from_text() {
        let text = "model,TP\nmodèle,4\n";
        for bytes in [
            text.as_bytes().to_vec(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            Vec::new(),
            b"a\xFF".to_vec(),
        ] {
            assert!(is_text(&bytes));
        }
        let binary = [
            &b"PAR1\x15\x04"[..],
            b"ARROW1\0\0",
            b"PK\x03\x04 a.npy",
            b"BZh91AY&SY\0\0\0",
            b"SQLite format 3\0\x10\0\x01\x01\0\x40\n\0\0",
        ];
        for bytes in binary {
            assert!(!is_text(bytes));
        }
    }

    #[test]
    fn zeros_cost_no_more_than_where_they_are() {
        let of = |bytes: &'static [u8]| {
            assert!(is_text(bytes), "{bytes:?}");
            let (text, found) = decode(bytes);
            (text.into_owned(), found.iter().map(|found| (found.place.clone(), found.message.clone())).collect::<Vec<_>>())
        };
        let says = |line, count: &str| {
            vec![(Place::Line(line), format!("{count}, which no text has; what they stand in may be damaged."))]
        };
        assert_eq!(of(b"a,b\n1,2\0,3\n"), ("a,b\n1,2\u{FFFD},3\n".to_owned(), says(2, "1 zero byte")));
        // Where a number began is lost: it is none.
        assert_eq!(of(b"a,b\n\x002,3\n").0, "a,b\n\u{FFFD}2,3\n");
        // A log that was emptied while its server wrote on begins with as many zeros as it had bytes.
        assert_eq!(of(b"\0\0\0\0\0\0line one\nline two\n"), ("line one\nline two\n".to_owned(), says(1, "6 zero bytes")));
        assert_eq!(of(b"one\n\0\0\0\ntwo\n").0, "one\n\ntwo\n");
        // In an indentation, and beside marks: the rest of a tree stays readable.
        let tree = without_zeros("{\n \0 \"a\":\0{\"b\": \x004},\0\"c\": [] }\n").map(|(text, _)| text);
        assert_eq!(tree.as_deref(), Some("{\n   \"a\": {\"b\": \u{FFFD}4}, \"c\": [] }\n"));
    }

    #[test]
    fn damage_is_counted_and_placed() {
        let (text, found) = decode(b"a\nb\xFFc\n");
        assert_eq!(text, "a\nb\u{FFFD}c\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, Place::Line(2));
        assert_eq!(found[0].severity, Severity::Warning);
    }
}
