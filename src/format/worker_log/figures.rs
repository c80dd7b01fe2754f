//! Numbers out of a line: keys with values between commas, and numbers behind known words.

use super::lines::{Fields, SKIPPED};

/// A value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'l> {
    Number(f64),
    /// TensorRT-LLM's `1/3`: of this rank, and of all.
    Share(f64, f64),
    Text(&'l str),
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
    text.split(',').filter_map(move |piece| {
        // The first key of a line can follow its head: `[01/16/2026-06:20:17] [TRT-LLM] [RANK 0] [I] iter = 5559`.
        let inner = piece.rsplit('{').next().unwrap_or(piece);
        let inner = if inner.contains(']') { inner.rsplit("] ").next().unwrap_or(inner) } else { inner };
        let at = inner.find([':', '='])?;
        let (key, value) = (inner[..at].trim_matches([' ', '\'', '"', '.']), &inner[at + 1..]);
        // `Decode batch [17] …` and the like: not a key.
        if key.is_empty() || key.len() > 40 || key.contains(['[', ']']) || SKIPPED.contains(&key) {
            return None;
        }
        let value = value.trim_matches([' ', '\'', '"', '}']);
        let ends = value.as_ptr() as usize + value.len() == text.as_ptr() as usize + text.len();
        match number(value) {
            Some((_, length)) if cut && ends && length == value.len() => None,
            Some((first, length)) => Some((key, share(first, &value[length..]).unwrap_or(Value::Number(first)))),
            None if value.is_empty() => None,
            None => Some((key, Value::Text(value))),
        }
    })
}

fn share<'l>(first: f64, rest: &str) -> Option<Value<'l>> {
    let (second, _) = number(rest.strip_prefix('/')?)?;
    Some(Value::Share(first, second))
}

/// The number after these words.
pub(super) fn behind(line: &str, words: &str, cut: bool) -> Option<f64> {
    let rest = &line[line.find(words)? + words.len()..];
    let (number, length) = number(rest)?;
    (!cut || length < rest.len()).then_some(number)
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
    use super::*;

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
        assert_eq!(found("Prefix cache hit rate: 12.5%"), [("Prefix cache hit rate", Value::Number(12.5))]);
        assert_eq!(fields("a: 1, b: 2", true).count(), 1);
        assert_eq!(found("a: nan, b: , c"), [("a", Value::Text("nan"))]);
    }

    #[test]
    fn numbers_in_sentences() {
        assert_eq!(behind("GPU KV cache size: 1,234,560 tokens", "size: ", false), Some(1_234_560.0));
        assert_eq!(behind("#tokens: 524288, KV size: 17.16 GB", "#tokens: ", false), Some(524_288.0));
        assert_eq!(behind("mem usage=108.90 GB.", "usage=", false), Some(108.9));
        assert_eq!(behind("size: 12", "size: ", true), None);
        assert_eq!(behind("size: many", "size: ", false), None);
    }
}
