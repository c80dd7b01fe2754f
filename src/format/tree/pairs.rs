//! Identity as pairs of dimension and value, in the catalogue's spelling.

use serde_json::Value;

use crate::catalog::accelerators;
use crate::catalog::dimensions::{Order, dimension};
use crate::record::{DimensionId, Load, Measurement, Place, Sample, Sink};

/// Pairs of dimension and value; a dimension stands once.
#[derive(Default)]
pub(in crate::format) struct Pairs(pub Vec<(String, String)>);

impl Pairs {
    /// States a dimension; nothing and blank text leave it as it is.
    pub(in crate::format) fn set(&mut self, key: &str, value: Option<String>) {
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return };
        let value = match dimension(key) {
            _ if key == "accelerator" => accelerators::canonical(value.trim()).to_owned(),
            Some(row) if row.order == Order::Number => number_text(value.trim()),
            _ => value.trim().to_owned(),
        };
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some(pair) => pair.1 = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// Emits a measurement of this identity.
    pub(in crate::format) fn emit(&self, place: &Place, load: Load, samples: &[Sample], sink: &mut dyn Sink) {
        let identity: Vec<(DimensionId, &str)> =
            self.0.iter().map(|(key, value)| (sink.dimension(key), value.as_str())).collect();
        sink.measurement(Measurement { place, load, identity: &identity, samples });
    }
}

/// A number's text without a fraction of zero, so that `4` and `4.0` are one value; other text stays.
pub(in crate::format) fn number_text(text: &str) -> String {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// The text of a plain value.
pub(in crate::format) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(&number.to_string())),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The value at a path of keys; null where there is none.
pub(in crate::format) fn at<'v>(root: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(root, |value, key| &value[key])
}

/// A number above zero: a load, a length or a degree of zero is how tools write “not set”.
pub(in crate::format) fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| *number > 0.0)
}
