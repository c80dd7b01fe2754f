//! Identity as pairs of dimension and value, and common names of dimensions in labels and metadata.
//!
//! Knows no tool: a format maps its keys to dimensions; user-written labels are normalised here.

use std::borrow::Cow;

use serde_json::Value;

use super::json_yaml::losses;
use crate::catalog::accelerators;
use crate::catalog::dimensions::{COUNTS, Order, dimension, least, spelled_count};
use crate::record::{DimensionId, Kind, Load, MAX_COLUMNS, Place, Record, Sample, Sink};

/// Normalised labels by dimension; any other label becomes its own dimension.
const LABELS: &[(&str, &[&str])] = &[
    ("model", &["model", "model_name", "model_id", "modell"]),
    ("version", &["version", "release", "server_version"]),
    (
        "accelerator",
        &["accelerator", "accelerator_type", "gpu", "gpu_type", "gpu_name", "hardware", "hw", "device", "beschleuniger"],
    ),
    ("tp", &["tp", "tp_size", "tensor_parallel", "tensor_parallel_size"]),
    ("dp", &["dp", "dp_size", "data_parallel", "data_parallel_size"]),
    ("pp", &["pp", "pp_size", "pipeline_parallel", "pipeline_parallel_size"]),
    ("ep", &["ep", "ep_size", "expert_parallel", "expert_parallel_size"]),
    ("gpus", &["gpus", "gpu_count", "num_gpus", "n_gpus", "anzahl_gpus"]),
    ("isl", &["isl", "input_tokens", "prompt_tokens", "prompt_toks", "input_length", "input_len", "prompt_length", "prompt_len"]),
    ("osl", &["osl", "output_tokens", "output_toks", "output_length", "output_len"]),
    ("dataset", &["dataset", "data_set"]),
    ("spec_decoding", &["spec_decoding", "speculative_decoding"]),
    ("prefix_caching", &["prefix_caching"]),
    ("image", &["image", "image_tag", "container_image"]),
    ("runtime_args", &["runtime_args", "server_args"]),
    ("run", &["run", "run_name", "name", "experiment"]),
];

/// Labels that would collide with dimensions that Inferscope sets.
pub(in crate::format) const RESERVED: &[&str] = &[
    "tool",
    "tool_version",
    "path",
    "files",
    "profile",
    "load",
    "load_kind",
    "gpus_basis",
    "figures_basis",
    "start_time",
    "end_time",
];

/// The dimension of a normalised label.
pub(in crate::format) fn dimension_named(folded: &str) -> Option<&'static str> {
    LABELS.iter().find(|(_, names)| names.contains(&folded)).map(|(key, _)| *key)
}

/// Identity of dimension and value; a later one replaces an earlier one of the same dimension.
#[derive(Clone, Default)]
pub(in crate::format) struct Identity {
    pairs: Vec<(String, String)>,
    /// What was stated as a count and is none: the sink leaves it out and reports it.
    no_counts: Vec<(String, String)>,
}

impl Identity {
    /// Whether no dimension is set.
    pub(in crate::format) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs, in insertion order.
    pub(in crate::format) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Emits a measurement of this identity.
    pub(in crate::format) fn emit(&self, place: &Place, load: Load, samples: &[Sample], sink: &mut dyn Sink) {
        self.emit_as(Kind::Measurement, place, load, samples, sink);
    }

    /// Emits a record of any kind with this identity.
    pub(in crate::format) fn emit_as(&self, kind: Kind, place: &Place, load: Load, samples: &[Sample], sink: &mut dyn Sink) {
        let no_counts = self.no_counts.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let stated = self.iter().chain(no_counts.filter(|(key, _)| self.get(key).is_none()));
        let identity: Vec<(DimensionId, &str)> = stated.map(|(key, value)| (sink.dimension(key), value)).collect();
        sink.record(Record { kind, place, load, identity: &identity, samples });
    }

    /// The value of a dimension.
    pub(in crate::format) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Sets a dimension if there is a value.
    pub(in crate::format) fn set(&mut self, key: &str, value: Option<String>) {
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return };
        if let ("gpus" | "accelerator", Some((count, name))) = (key, accelerators::counted(&value)) {
            for (other, value) in [("gpus", count.to_string()), ("accelerator", name.to_owned())] {
                if !value.is_empty() && (other == key || self.get(other).is_none()) {
                    self.set(other, Some(value));
                }
            }
            return;
        }
        let value = match least(key).and_then(|_| spelled_count(key, &value)) {
            Some(digits) => digits.to_owned(),
            None => value,
        };
        // No deployment has a degree or a count below 1, and a number is no accelerator's name.
        let number = value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        if COUNTS.contains(&key) && number.is_none_or(|number| number < 1.0) {
            if self.no_counts.len() < MAX_COLUMNS && !(number == Some(0.0) && least(key) == Some(0)) {
                self.no_counts.push((key.to_owned(), value));
            }
            return;
        }
        if key == "accelerator" && number.is_some() {
            return;
        }
        let value = normal(key, value.trim());
        let full = self.pairs.len() > MAX_COLUMNS;
        match self.pairs.iter_mut().find(|(known, _)| known == key) {
            Some(pair) => pair.1 = value,
            // One more than a sink accepts, so that the sink reports the excess.
            None if full => {}
            None => self.pairs.push((key.to_owned(), value)),
        }
    }

    /// Sets what another identity states and this one does not.
    pub(in crate::format) fn complete(&mut self, other: &Identity) {
        for (key, value) in other.iter() {
            if self.get(key).is_none() {
                self.set(key, Some(value.to_owned()));
            }
        }
    }

    /// Removes the dimensions that `unwanted` names.
    pub(in crate::format) fn drop(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.pairs.retain(|(key, _)| !unwanted(key));
    }

    /// Sets a user-defined label.
    pub(in crate::format) fn label(&mut self, label: &str, value: Option<String>) {
        let Some(key) = label_key(label) else { return };
        // A label that calls a degree “two” is kept as what it is; what begins as a number is meant as one.
        let counts = |value: &String| value.trim().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        match COUNTS.contains(&key.as_ref()) && !value.as_ref().is_some_and(counts) {
            true => self.set(&format!("label {}", label.trim()), value),
            false => self.set(&key, value),
        }
    }
}

/// The dimension of a user-defined label: one of the catalogue's, or its own; `None` for a blank one.
pub(in crate::format) fn label_key(label: &str) -> Option<Cow<'_, str>> {
    let folded = label.trim().to_lowercase().replace(['-', ' '], "_");
    match dimension_named(&folded) {
        Some(key) => Some(Cow::Borrowed(key)),
        None if RESERVED.contains(&folded.as_str()) => Some(Cow::Owned(format!("label {label}"))),
        None if folded.is_empty() => None,
        None => Some(Cow::Borrowed(label.trim())),
    }
}

/// A trimmed value of a dimension as records state it: the catalogue's name of an accelerator, a number's shortest form.
pub(in crate::format) fn normal(key: &str, value: &str) -> String {
    match dimension(key) {
        _ if key == "accelerator" => accelerators::canonical(value).to_owned(),
        Some(row) if row.order == Order::Number => number_text(value),
        _ => value.to_owned(),
    }
}

/// A number without a zero fraction, so that `4` and `4.0` are one value; other text is unchanged.
pub(in crate::format) fn number_text(text: &str) -> String {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// The text of a scalar value.
pub(in crate::format) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(&number.to_string())),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The plain values of a list as one text. Lists may be long: no text is made of each that stays.
pub(in crate::format) fn joined(items: &[Value], between: &str) -> String {
    let mut text = String::new();
    for (at, item) in items.iter().filter_map(scalar).enumerate() {
        if at > 0 {
            text.push_str(between);
        }
        text.push_str(&item);
    }
    text
}

/// The value at a path of keys; null if missing.
pub(in crate::format) fn at<'v>(root: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(root, |value, key| &value[key])
}

/// The positive number under a key: tools write a load, length or degree of 0 or −1 for “not set”. Anything else is reported.
pub(in crate::format) fn positive_at(object: &Value, key: &str) -> Option<f64> {
    positive_as(&object[key], key)
}

/// The same for a value that a finding calls `name`.
pub(in crate::format) fn positive_as(value: &Value, name: &str) -> Option<f64> {
    /// Texts for “not set” and “no limit”.
    const WORDS: [&str; 8] = ["", "auto", "inf", "infinity", "unlimited", "max", "none", "null"];
    let is_unset = match value {
        Value::Null => true,
        Value::Number(number) => number.as_f64().is_some_and(|number| number >= 0.0 || number == -1.0),
        Value::String(text) => WORDS.iter().any(|word| word.eq_ignore_ascii_case(text.trim())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if !is_unset {
        let shown = match value {
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            plain => format!("“{}”", scalar(plain).unwrap_or_default().chars().take(40).collect::<String>()),
        };
        losses::no_amount(name, &shown);
    }
    positive(value)
}

/// A positive number of a value whose key is not known to be that of one.
pub(in crate::format) fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| *number > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_and_what_is_counted_are_told_apart() {
        let set = |pairs: &[(&str, &str)]| {
            let mut identity = Identity::default();
            pairs.iter().for_each(|(key, value)| identity.set(key, Some((*value).to_owned())));
            [identity.get("gpus").map(str::to_owned), identity.get("accelerator").map(str::to_owned)]
        };
        let both = [Some("4".to_owned()), Some("H100".to_owned())];
        assert_eq!(set(&[("gpus", "4 x H100")]), both);
        for text in ["4xH100", "H100 x4", "H100x4", "H100 (4)"] {
            assert_eq!(set(&[("accelerator", text)]), both, "{text}");
        }
        assert_eq!(set(&[("gpus", "4 GPUs")]), [Some("4".to_owned()), None]);
        assert_eq!(set(&[("gpus", "2x8 H100")]), [Some("16".to_owned()), Some("H100".to_owned())]);
        assert_eq!(set(&[("accelerator", "RTX 5090")]), [None, Some("RTX 5090".to_owned())]);
        assert_eq!(set(&[("gpus", "4"), ("accelerator", "8xH100")]), both);
        assert_eq!(set(&[("accelerator", "H100"), ("gpus", "4×H200")]), both);
        assert_eq!(set(&[("gpus", "H100")]), [None, None]);
    }

    #[test]
    fn every_label_names_a_dimension() {
        for (key, _) in LABELS {
            assert!(crate::catalog::dimensions::dimension(key).is_some(), "{key}");
        }
    }
}
