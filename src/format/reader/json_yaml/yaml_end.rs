//! Whether a YAML text ends in the middle, as far as it shows: within quotes or brackets, behind half a key, behind a key
//! without its value. A text that is cut between two values is a whole one, too: of that nothing is known.

use serde_json::Value;

use super::{Fault, Pattern, Tree, yaml_plain};

/// Configurations are short; longer texts are not read a second time.
const LARGEST: usize = 1 << 20;

const ALL: &[Pattern] = &[&[]];

/// Why a YAML text is known to end in the middle, as the end of a sentence.
pub(in crate::format) fn cut_inside(text: &str) -> Option<String> {
    let last = last_document(text)?;
    // Where templates are filled in, the text is not yet YAML.
    if last.contains("{{") {
        return None;
    }
    let Tree { fault, .. } = yaml_plain(last, ALL, &mut |_| ());
    fault.filter(|fault| fault.cut).map(|Fault { reason, .. }| reason)
}

/// The last key of a YAML text, if it stands at the end and has no value.
pub(in crate::format) fn without_value(text: &str) -> Option<String> {
    let last = last_document(text)?;
    let ending = last.trim_end();
    if !ending.lines().next_back()?.trim_start().strip_suffix(':').is_some_and(|key| !key.is_empty() && !key.starts_with('#')) {
        return None;
    }
    // A line of a text may end in a colon, too. A key takes what would follow it.
    let [without, with] = [ending, &format!("{ending} 1")].map(|text| yaml_plain(text, ALL, &mut |_| ()));
    if without.fault.is_some() || with.fault.is_some() {
        return None;
    }
    filled(&without.root, &with.root)
}

/// The last of several documents in a text.
fn last_document(text: &str) -> Option<&str> {
    if text.len() > LARGEST {
        return None;
    }
    let last = text.rfind("\n---").map_or(text, |at| text[at + 1..].split_once('\n').map_or("", |(_, rest)| rest));
    (!last.trim().is_empty() && !last.trim_start().starts_with(['{', '['])).then_some(last)
}

/// The key that has nothing in one value and a number in the other.
fn filled(without: &Value, with: &Value) -> Option<String> {
    match (without, with) {
        (Value::Object(without), Value::Object(with)) => with.iter().find_map(|(key, value)| match without.get(key) {
            Some(Value::Null) => value.is_number().then(|| key.clone()),
            Some(other) => filled(other, value),
            None => None,
        }),
        (Value::Array(without), Value::Array(with)) => without.iter().zip(with).find_map(|(without, with)| filled(without, with)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_the_middle_are_known() {
        for cut in
            ["a: 1\nb: \"x", "a: 1\nb: 'x", "a: 1\nb: [1, 2", "a: {b: 1, c:", "a: 1\nb:\n  c: 2\n  defg", "x: 1\n---\na: [1"]
        {
            assert!(cut_inside(cut).is_some(), "{cut:?}");
        }
        for whole in ["a: 1\nb: x", "a: 1\n", "a:\n- 1\n- 2", "a: [1,\n 2]\n---\nb: 1\n", "a: {{ .x }}", "a: |\n  b: [1,\n"] {
            assert_eq!(cut_inside(whole), None, "{whole:?}");
        }
        let keys = ["a:\n  b: 1\n  c:", "a: 1\nc:\n", "a:\n- b: 1\n  c: "].map(without_value);
        assert_eq!(keys, [Some("c".to_owned()), Some("c".to_owned()), Some("c".to_owned())]);
        for whole in ["a: 1\nb: |\n  then:", "a: 1\n# b:", "a: 'x:'", "a: b:", "a: x", "{a: 1, b:"] {
            assert_eq!(without_value(whole), None, "{whole:?}");
        }
    }
}
