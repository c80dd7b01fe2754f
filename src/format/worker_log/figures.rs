//! Numbers out of a line: keys with values between commas, and numbers behind known words.

use super::lines::{Fields, SKIPPED};
use crate::format::reader::blocks::Marks;

/// A value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'l> {
    Number(f64),
    Percent(f64),
    /// TensorRT-LLM's `1/3`: of this rank, and of all.
    Share(f64, f64),
    Text(&'l str),
    /// What begins as a number and goes on as none: `1_000`, `0x10`, `1,234`.
    Broken(&'l str),
}

/// A line's head, with timestamp and ranks, and its fields.
pub(super) fn split<'l>(line: &'l str, mark: &str, at: usize, fields: Fields) -> (&'l str, &'l str) {
    match fields {
        Fields::Follow => (&line[..at], &line[at + mark.len()..]),
        Fields::Begin => (&line[..at], &line[at..]),
        Fields::Surround => (line.split(',').next().unwrap_or_default(), line),
    }
}

/// The keys and values of a line: `#new-seq: 4, states = {'num_ctx_tokens': 0, …`. Where `cut`, a number that ends the
/// line may be half of one and is left out.
pub(super) fn fields(text: &str, cut: bool) -> impl Iterator<Item = (&str, Value<'_>)> {
    let mut pieces = Pieces { text, marks: Marks::new(text.as_bytes(), *b",:={]"), next: Some(0) };
    std::iter::from_fn(move || pieces.advance()).flatten().filter_map(move |(key, value)| {
        let key = trimmed(key, b" '\".");
        // `Decode batch [17] …` and the like: not a key.
        if key.is_empty() || key.len() > 40 || key.contains(['[', ']']) || SKIPPED.contains(&key) {
            return None;
        }
        let value = trimmed(value, b" '\"}");
        let behind = &text[value.as_ptr() as usize + value.len() - text.as_ptr() as usize..];
        match number(value) {
            Some((_, length)) if cut && behind.is_empty() && length == value.len() => None,
            // A comma within a number is none between fields.
            Some((_, length)) if length == value.len() && !is_end(behind) => {
                Some((key, broken(&text[text.len() - behind.len() - length..])))
            }
            Some((first, length)) => Some((key, whole(first, value, length).unwrap_or_else(|| broken(value)))),
            None if value.is_empty() => None,
            None => Some((key, Value::Text(value))),
        }
    })
}

/// The pieces of a line between commas.
struct Pieces<'l> {
    text: &'l str,
    marks: Marks<'l, 5>,
    /// Where the next one begins.
    next: Option<usize>,
}

impl<'l> Pieces<'l> {
    /// The next piece: its key and value, if it has both; `None` behind the last.
    fn advance(&mut self) -> Option<Option<(&'l str, &'l str)>> {
        let mut start = self.next.take()?;
        // The first colon or equals sign behind the last brace, and whether a bracket closes there.
        let (mut sign, mut bracket) = (None, false);
        let mut end = self.text.len();
        for at in self.marks.by_ref() {
            match self.text.as_bytes()[at] {
                b',' => {
                    (end, self.next) = (at, Some(at + 1));
                    break;
                }
                b'{' => (start, sign, bracket) = (at + 1, None, false),
                b']' => bracket = true,
                _ => sign = sign.or(Some(at)),
            }
        }
        let inner = &self.text[start..end];
        // The first key of a line can follow its head: `[01/16/2026-06:20:17] [TRT-LLM] [RANK 0] [I] iter = 5559`.
        if bracket {
            let inner = inner.rsplit("] ").next().unwrap_or(inner);
            return Some(inner.find([':', '=']).map(|at| (&inner[..at], &inner[at + 1..])));
        }
        Some(sign.map(|at| (&self.text[start..at], &self.text[at + 1..end])))
    }
}

/// A text without some ASCII characters around it.
fn trimmed<'l>(text: &'l str, around: &[u8]) -> &'l str {
    let bytes = text.as_bytes();
    let is_inside = |byte: &u8| !around.contains(byte);
    let start = bytes.iter().position(is_inside).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_inside).map_or(start, |last| last + 1);
    &text[start..end]
}

/// The value that a number of this length begins; `None` where it goes on as none.
fn whole(first: f64, text: &str, length: usize) -> Option<Value<'_>> {
    let rest = &text[length..];
    match rest.strip_prefix('/').and_then(number) {
        Some((second, length)) => is_end(&rest[1 + length..]).then_some(Value::Share(first, second)),
        None if text[..length].ends_with('.') && rest.starts_with('.') => None,
        None if !is_end(rest) => None,
        None if rest.starts_with('%') => Some(Value::Percent(first)),
        None => Some(Value::Number(first)),
    }
}

/// Units that follow a number without space.
const UNITS: [&str; 22] = [
    "", "%", "x", "s", "ms", "us", "µs", "μs", "ns", "B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "W", "°C", "tok",
    "tokens",
];

/// Whether a number ends before this: before nothing, space, a unit, or what closes or separates.
fn is_end(rest: &str) -> bool {
    let unit = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '%' | '°')).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit);
    let mut after = after.chars();
    let (first, second) = (after.next(), after.next());
    UNITS.contains(&unit)
        && match first {
            None => true,
            Some(',' | '.') => !second.is_some_and(|c| c.is_ascii_digit() || c == '.'),
            Some('/') => !unit.is_empty() && second.is_some_and(char::is_alphabetic),
            Some(c) => c.is_whitespace() || matches!(c, ')' | ']' | '}' | '\'' | '"' | ';' | '|'),
        }
}

/// The text that begins as a number, to the next space.
fn broken(text: &str) -> Value<'_> {
    Value::Broken(text.split_whitespace().next().unwrap_or(text).trim_end_matches([',', ';']))
}

/// The number after these words, or what is there in its place.
pub(super) fn behind<'l>(line: &'l str, words: &str, cut: bool) -> Option<Value<'l>> {
    let text = &line[line.find(words)? + words.len()..];
    let (number, length) = number(text)?;
    let rest = &text[length..];
    if !is_end(rest) || (text[..length].ends_with('.') && rest.starts_with('.')) {
        return Some(broken(text));
    }
    (!cut || !rest.is_empty()).then_some(Value::Number(number))
}

/// The number at a text's beginning, thousands set apart by commas or not, and its length.
fn number(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let signed = usize::from(bytes.first() == Some(&b'-'));
    // Words that mean “not a number” are none either.
    if !bytes.get(signed)?.is_ascii_digit() {
        return None;
    }
    let (number, length) = fast_float2::parse_partial::<f64, _>(bytes).ok()?;
    let thousands = |from: usize| {
        let group = bytes.get(from..from + 4)?;
        (group[0] == b',' && group[1..].iter().all(u8::is_ascii_digit)).then_some(from + 4)
    };
    let mut end = length;
    while let Some(next) = thousands(end) {
        end = next;
    }
    let number = if end == length { number } else { text[..end].replace(',', "").parse().ok()? };
    number.is_finite().then_some((number, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARTS: [&str; 14] =
        ["a", "key", ",", ", ", ":", ": 1", "= 2.5", "{", "}", "] ", "]", "[", "é", "#running-req: 12, a long key with words: 3"];

    /// The same piece by piece.
    fn plainly(text: &str) -> Vec<(&str, &str)> {
        let piece = |piece: &'_ str| -> Option<(usize, usize, usize)> {
            let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
            let inner = piece.rsplit('{').next().unwrap_or(piece);
            let inner = if inner.contains(']') { inner.rsplit("] ").next().unwrap_or(inner) } else { inner };
            let at = inner.find([':', '='])?;
            Some((offset(inner), offset(inner) + at, offset(inner) + inner.len()))
        };
        text.split(',').filter_map(piece).map(|(start, at, end)| (&text[start..at], &text[at + 1..end])).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn both_ways_find_the_same_pieces(parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..30)) {
            let text = parts.concat();
            let mut pieces = Pieces { text: &text, marks: Marks::new(text.as_bytes(), *b",:={]"), next: Some(0) };
            let found: Vec<_> = std::iter::from_fn(|| pieces.advance()).flatten().collect();
            prop_assert_eq!(found, plainly(&text), "{}", text);
            let around = [' ', '\'', '"', '.'];
            prop_assert_eq!(trimmed(&text, b" '\"."), text.trim_matches(around));
        }
    }

    #[test]
    fn keys_and_values() {
        let found = |text| fields(text, false).collect::<Vec<_>>();
        assert_eq!(
            found(" [17], #new-seq: 1, cuda graph: False, input throughput (token/s): 0.16"),
            [
                ("#new-seq", Value::Number(1.0)),
                ("cuda graph", Value::Text("False")),
                ("input throughput (token/s)", Value::Number(0.16))
            ]
        );
        assert_eq!(
            found("[01/16/2026-06:20:17] [I] iter = 5, a = 0/3, t = 41.7ms, p = N/A, states = {'n': 0, 'm': 96}"),
            [
                ("iter", Value::Number(5.0)),
                ("a", Value::Share(0.0, 3.0)),
                ("t", Value::Number(41.7)),
                ("p", Value::Text("N/A")),
                ("n", Value::Number(0.0)),
                ("m", Value::Number(96.0))
            ]
        );
        assert_eq!(found("Prefix cache hit rate: 12.5%"), [("Prefix cache hit rate", Value::Percent(12.5))]);
        assert_eq!(fields("a: 1, b: 2", true).count(), 1);
        assert_eq!(found("a: nan, b: , c"), [("a", Value::Text("nan"))]);
    }

    #[test]
    fn what_goes_on_as_no_number_is_none() {
        for text in [
            "1_000", "0x10", "1,234", "1,23", "1.2.3", "12:30", "1e", "3/4/5", "7-8", "2x4", "12abc", "1..", "5.5k", "5e%", "1/s",
        ] {
            assert_eq!(fields(&format!("a: {text}, b: 1"), false).next(), Some(("a", Value::Broken(text))), "{text}");
        }
        for text in ["12.5x", "41.7ms", "98%", "3 tokens/s", "3tok/s", "17.16 GB.", "9)", "5.", "6µs"] {
            let line = format!("a: {text}, b: 1");
            let found = fields(&line, false).next();
            assert!(matches!(found, Some(("a", Value::Number(_) | Value::Percent(_)))), "{text}: {found:?}");
        }
    }

    #[test]
    fn numbers_in_sentences() {
        let number = |number| Some(Value::Number(number));
        assert_eq!(behind("GPU KV cache size: 1,234,560 tokens", "size: ", false), number(1_234_560.0));
        assert_eq!(behind("#tokens: 524288, KV size: 17.16 GB", "#tokens: ", false), number(524_288.0));
        assert_eq!(behind("mem usage=108.90 GB.", "usage=", false), number(108.9));
        assert_eq!(behind("#tokens: 524_288, KV size: 17.16 GB", "#tokens: ", false), Some(Value::Broken("524_288")));
        assert_eq!(behind("size: 12", "size: ", true), None);
        assert_eq!(behind("size: many", "size: ", false), None);
    }
}
