//! Tags written back into the file that describes a run, `<job>.json`: everything else of it stays byte for byte.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Whether a file at this path describes a run: its name is the job's number.
pub fn describes_run(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".json").is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The tags that somebody wrote into one field, between commas.
pub fn listed(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

/// The file with these tags at its top level, in its own style; `None` where it is no object of JSON.
pub fn with_tags(file: &str, tags: &[&str]) -> Option<String> {
    let (mark, text) = file.strip_prefix('\u{feff}').map_or(("", file), |text| ("\u{feff}", text));
    // Of a key that is there twice the last counts, here as for Python.
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let step = indent(text);
    let list = list(tags, step);
    let (before, added, after) = match fields.get("tags") {
        Some(value) => {
            let start = (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
            (text.get(..start)?, list, text.get(start + value.get().len()..)?)
        }
        None => {
            let end = text.rfind('}')?;
            let before = text.get(..end)?.trim_end();
            let comma = if fields.is_empty() { "" } else { "," };
            let gap = step.map_or_else(|| if fields.is_empty() { "" } else { " " }.to_owned(), |step| format!("\n{step}"));
            let after = if fields.is_empty() && step.is_none() { text.get(end..)? } else { text.get(before.len()..)? };
            (before, format!("{comma}{gap}\"tags\": {list}"), after)
        }
    };
    Some(format!("{mark}{before}{added}{after}"))
}

/// The indentation of one level; `None` of a file on one line.
fn indent(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('{')?;
    let (_, line) = rest.split_once('\n').filter(|(end, _)| end.trim().is_empty())?;
    let step = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..step).filter(|_| line.trim_start().starts_with('"'))
}

fn list(tags: &[&str], step: Option<&str>) -> String {
    let tags: Vec<String> = tags.iter().filter_map(|tag| serde_json::to_string(tag).ok()).collect();
    match step {
        Some(step) if !tags.is_empty() => {
            let gap = format!("\n{step}{step}");
            format!("[{gap}{}\n{step}]", tags.join(&format!(",{gap}")))
        }
        Some(_) | None => format!("[{}]", tags.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn only_the_tags_change() {
        for (file, expected) in [
            (
                "{\n  \"a\": 1,\n  \"tags\": [\"old\"],\n  \"b\": 1.50\n}\n",
                "{\n  \"a\": 1,\n  \"tags\": [\n    \"x\",\n    \"y \\\"z\\\"\"\n  ],\n  \"b\": 1.50\n}\n",
            ),
            (
                "{\n  \"a\": {\"tags\": [1]}\n}",
                "{\n  \"a\": {\"tags\": [1]},\n  \"tags\": [\n    \"x\",\n    \"y \\\"z\\\"\"\n  ]\n}",
            ),
            ("{\"a\":1e3,\"tags\":null}", "{\"a\":1e3,\"tags\":[\"x\", \"y \\\"z\\\"\"]}"),
            ("\u{feff}{\"a\":1}\r\n", "\u{feff}{\"a\":1, \"tags\": [\"x\", \"y \\\"z\\\"\"]}\r\n"),
            ("{}", "{\"tags\": [\"x\", \"y \\\"z\\\"\"]}"),
        ] {
            assert_eq!(with_tags(file, &["x", "y \"z\""]).as_deref(), Some(expected));
        }
        assert_eq!(with_tags("[1]", &["x"]), None);
        assert_eq!(with_tags("{\"a\":", &["x"]), None);
        assert_eq!(listed(" a, b c ,,"), ["a", "b c"]);
        assert!(describes_run("runs/1543570.json") && !describes_run("runs/config.json") && !describes_run("1.csv"));
    }

    proptest! {
        #[test]
        fn what_it_writes_is_the_same_with_these_tags(tags in proptest::collection::vec(".{0,6}", 0..4), indented: bool, had: bool) {
            let mut value = json!({"job_id": "1", "tags": ["t"], "n": 1.5, "deep": {"tags": 3}});
            if !had {
                value.as_object_mut().expect("an object").remove("tags");
            }
            let text = if indented { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("JSON");
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            let written = with_tags(&text, &tags).expect("an object");
            value["tags"] = json!(tags);
            prop_assert_eq!(serde_json::from_str::<Value>(&written).expect("JSON"), value);
        }
    }
}
