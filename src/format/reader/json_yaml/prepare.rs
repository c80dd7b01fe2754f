//! Preparing text for strict parsers; line numbers are unchanged.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

use super::losses::Loss;
use super::scan::text_end;

/// Python's literals for numbers that JSON does not have.
const NONFINITE: [&[u8]; 2] = [b"Infinity", b"NaN"];

/// A text whose numbers are all numbers.
pub(super) struct Mended {
    /// As long as the original: positions stay.
    pub text: String,
    /// Where something stood that is missing now, and what.
    pub missing: Vec<(usize, Loss)>,
}

/// Replaces non-finite literals and numbers that are too large by empty texts of the same length, outside texts. `None` where
/// there are none, which is the rule.
pub(super) fn mended(text: &str) -> Option<Mended> {
    let bytes = text.as_bytes();
    let mut missing = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr(b'"', &bytes[at..]).map(|offset| at + offset) {
        search(bytes, at..open, &mut missing);
        at = text_end(bytes, open).unwrap_or(bytes.len());
    }
    search(bytes, at..bytes.len(), &mut missing);
    if missing.is_empty() {
        return None;
    }
    let mut mended = bytes.to_vec();
    for (range, _) in &missing {
        mended[range.clone()].fill(b' ');
        mended[range.start..range.start + 2].fill(b'"');
    }
    // Only ASCII was replaced by ASCII, so this cannot fail.
    let text = String::from_utf8(mended).ok()?;
    Some(Mended { text, missing: missing.into_iter().map(|(range, loss)| (range.start, loss)).collect() })
}

/// As [`mended`], the text alone.
pub(super) fn strict(text: &str) -> Cow<'_, str> {
    mended(text).map_or(Cow::Borrowed(text), |mended| Cow::Owned(mended.text))
}

/// Searches a stretch that lies outside texts.
fn search(bytes: &[u8], stretch: Range<usize>, missing: &mut Vec<(Range<usize>, Loss)>) {
    /// The largest double has 309 digits.
    const DIGITS: usize = 309;
    let end = stretch.end;
    let mut at = stretch.start;
    let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
    while let Some(found) = bytes[at..end].iter().position(|byte| byte.is_ascii_digit() || matches!(byte, b'N' | b'I')) {
        let start = at + found;
        let signed = start > stretch.start && bytes[start - 1] == b'-';
        let begin = start - usize::from(signed);
        if bytes[start].is_ascii_digit() {
            let length = bytes[start..end].iter().position(|byte| !in_number(byte)).unwrap_or(end - start);
            let number = &bytes[start..start + length];
            let candidate = length >= DIGITS || memchr2(b'e', b'E', number).is_some();
            let value = || std::str::from_utf8(number).ok()?.parse::<f64>().ok();
            if candidate && value().is_some_and(f64::is_infinite) {
                missing.push((begin..start + length, Loss::TooLarge));
            }
            at = start + length;
        } else {
            // `NaN` has no sign.
            let literal = NONFINITE.iter().find(|literal| bytes[start..end].starts_with(literal));
            if let Some(literal) = literal {
                let begin = if *literal == b"NaN" { start } else { begin };
                missing.push((begin..start + literal.len(), Loss::NonFinite));
            }
            at = start + literal.map_or(1, |literal| literal.len());
        }
    }
}

/// Leaves out the block below `key` in every element of the top-level block list `list`; its lines become empty lines,
/// so that line numbers stay. Sound because a child block is indented deeper than its key (YAML 1.2 §8.2), so a line
/// at exactly the elements' own indentation is one of their keys.
pub(super) fn without_block<'t>(text: &'t str, list: &str, key: &str) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    let mut inside = false;
    let mut indent = None;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let line = &text[at..end];
        let content = line.trim_start_matches(' ');
        let depth = line.len() - content.len();
        let content = content.trim_end();
        if depth == 0 && !content.starts_with(['-', '#']) && !content.is_empty() {
            inside = content.strip_suffix(':') == Some(list);
            indent = None;
        } else if inside && indent.is_none() && content.starts_with("- ") {
            indent = Some(depth + content.len() - content[1..].trim_start().len());
        }
        let below = Some(depth) == indent && content.strip_suffix(':') == Some(key);
        at = end;
        if below {
            out.push_str(&text[kept..end]);
            at = block_end(bytes, end, depth);
            out.extend(memchr_iter(b'\n', &bytes[end..at]).map(|_| '\n'));
            kept = at;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Where the block of lines that are empty or deeper than `depth` ends.
fn block_end(bytes: &[u8], start: usize, depth: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        let spaces = bytes[at..end].iter().take_while(|byte| **byte == b' ').count();
        let blank = matches!(bytes.get(at + spaces), Some(b'\n' | b'\r') | None);
        if !blank && spaces <= depth {
            break;
        }
        at = end;
    }
    at
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |offset| at + offset + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_replaced_outside_texts_only() {
        let text = r#"{"NaN": [NaN, -Infinity,Infinity], "a\"NaN": "Infinity", "b": 1}"#;
        let mended = strict(text);
        assert_eq!(mended, r#"{"NaN": ["" , ""       ,""      ], "a\"NaN": "Infinity", "b": 1}"#);
        assert_eq!(mended.len(), text.len());
        assert!(matches!(strict("[1]"), Cow::Borrowed(_)));
        assert_eq!(strict(r#"["\"#), r#"["\"#);
        assert_eq!(strict(r#"[NaN, "\"#), r#"["" , "\"#);
        let text = r#"["1e400", 1e400,-1.5E+309, 1e308, 1e-400, 0e400, 1.7976931348623159e308, false, null]"#;
        let expected = r#"["1e400", ""   ,""       , 1e308, 1e-400, 0e400, ""                    , false, null]"#;
        assert_eq!(strict(text), expected);
        let long = format!("[{}, {}]", "9".repeat(308), "9".repeat(310));
        let found = super::mended(&long).map(|mended| mended.missing);
        assert_eq!(found, Some(vec![(311, Loss::TooLarge)]));
    }

    #[test]
    fn blocks_are_left_out_and_lines_stay() {
        let text = "benchmarks:\n- config:\n    requests:\n      a: 1\n  requests:\n    x: \"two\n\n      lines\"\n  type_: t\n- requests:\n    y: 2\n  type_: u\nrequests:\n  z: 1\n";
        let short = without_block(text, "benchmarks", "requests");
        assert_eq!(
            short,
            "benchmarks:\n- config:\n    requests:\n      a: 1\n  requests:\n\n\n\n  type_: t\n- requests:\n    y: 2\n  type_: u\nrequests:\n  z: 1\n"
        );
        assert!(matches!(without_block("a: 1\n", "benchmarks", "requests"), Cow::Borrowed(_)));
    }
}
