//! Text decoding: byte order marks, UTF-16 with and without one, and UTF-8 with damage.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::record::{Diagnostic, Place, Severity};

/// Decodes a file's bytes to text, without its byte order mark. Valid UTF-8 is borrowed, not copied. Bytes that are no
/// text in the recognised encoding become U+FFFD, and a warning counts them.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Vec<Diagnostic>) {
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
        let message = format!("Text encoding: {}.", encoding.name());
        found.push(Diagnostic::new(Severity::Info, Place::File, message, ""));
    }
    if damaged {
        let count = text.matches('\u{FFFD}').count();
        let line = text.lines().position(|line| line.contains('\u{FFFD}')).unwrap_or(0) as u64 + 1;
        let message = format!("{count} byte sequences are not valid {}; shown as \u{FFFD}.", encoding.name());
        let hint = "Save the file as UTF-8, or copy it again if it was damaged.";
        found.push(Diagnostic::new(Severity::Warning, Place::Line(line), message, hint));
    }
    (text, found)
}

/// Whether the bytes are meant as text: neither a known binary file nor bytes with zeros that are no UTF-16.
pub fn is_text(bytes: &[u8]) -> bool {
    /// How binary files begin whose first bytes could be letters: Parquet, Arrow, zip, NumPy, HDF5.
    const BINARY: [&[u8]; 6] = [b"PAR1", b"ARROW1", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY", b"\x89HDF"];
    if BINARY.iter().any(|magic| bytes.starts_with(magic)) {
        return false;
    }
    // UTF-8 text may be damaged, but no editor and no tool writes a zero into it.
    let utf8 = Encoding::for_bom(bytes).map_or_else(|| guess(bytes), |(encoding, _)| encoding) == UTF_8;
    !(utf8 && memchr::memchr(0, bytes).is_some())
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
        for bytes in [&b"PAR1\x15\x04"[..], b"ARROW1\0\0", b"PK\x03\x04 a.npy", b"a,b\0c\n1,2,3\n"] {
            assert!(!is_text(bytes));
        }
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
