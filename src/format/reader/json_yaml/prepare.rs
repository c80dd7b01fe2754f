//! Preparing text for strict parsers; line numbers are unchanged.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memmem};

/// Python's literals for numbers that JSON does not have, longest first.
const NONFINITE: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];

/// Replaces the non-finite literals outside texts by empty texts of the same length, so that positions stay. Without
/// such literals, which is the rule, the text is borrowed.
pub(super) fn without_nonfinite(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let none = memchr2(b'N', b'I', bytes).is_none();
    if none || memmem::find(bytes, b"NaN").is_none() && memmem::find(bytes, b"Infinity").is_none() {
        return Cow::Borrowed(text);
    }
    let mut mended = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(open) = memchr(b'"', &bytes[at..]).map(|offset| at + offset) {
        mend(&bytes[at..open], &mut mended);
        at = text_end(bytes, open);
        mended.extend_from_slice(&bytes[open..at]);
    }
    mend(&bytes[at..], &mut mended);
    // Only ASCII was replaced by ASCII, so this cannot fail; if it did, the strict reader would name the place.
    String::from_utf8(mended).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The end of the JSON text that opens at `open`, its closing quote included.
fn text_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)).map(|offset| at + offset) {
        if bytes[found] == b'"' {
            return found + 1;
        }
        at = found + 2;
    }
    bytes.len()
}

/// Copies a stretch that lies outside texts, its non-finite literals replaced.
fn mend(mut stretch: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr2(b'N', b'I', stretch) {
        let start = if at > 0 && stretch[at - 1] == b'-' { at - 1 } else { at };
        let literal = [start, at].into_iter().find_map(|start| {
            let literal = NONFINITE.iter().find(|literal| stretch[start..].starts_with(literal))?;
            Some((start, literal.len()))
        });
        let (start, length) = literal.unwrap_or((at, 0));
        out.extend_from_slice(&stretch[..start]);
        if length > 0 {
            out.extend(b"\"\"".iter().copied().chain(std::iter::repeat_n(b' ', length - 2)));
            stretch = &stretch[start + length..];
        } else {
            out.push(stretch[start]);
            stretch = &stretch[start + 1..];
        }
    }
    out.extend_from_slice(stretch);
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
    fn literals_are_replaced_outside_texts_only() {
        let text = r#"{"NaN": [NaN, -Infinity,Infinity], "a\"NaN": "Infinity", "b": 1}"#;
        let mended = without_nonfinite(text);
        assert_eq!(mended, r#"{"NaN": ["" , ""       ,""      ], "a\"NaN": "Infinity", "b": 1}"#);
        assert_eq!(mended.len(), text.len());
        assert!(matches!(without_nonfinite("[1]"), Cow::Borrowed(_)));
        assert_eq!(without_nonfinite(r#"["\"#), r#"["\"#);
        assert_eq!(without_nonfinite(r#"[NaN, "\"#), r#"["" , "\"#);
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
