//! Every value of a configuration as a setting, its path its name.

use serde_json::Value;

use crate::format::reader::identity::{joined, scalar};
use crate::record::{DimensionId, Kind, Load, Place, Record, Sink};

/// Emits settings of one source.
pub(super) struct Settings<'s> {
    sink: &'s mut dyn Sink,
    source: &'static str,
    /// What all of them have in common: dimension and value.
    of: Vec<(DimensionId, String)>,
    ids: [DimensionId; 3],
}

impl<'s> Settings<'s> {
    /// Settings from a source.
    pub(super) fn new(source: &'static str, sink: &'s mut dyn Sink) -> Settings<'s> {
        let ids = ["source", "setting", "value"].map(|key| sink.dimension(key));
        Settings { sink, source, of: Vec::new(), ids }
    }

    /// Whose settings they are.
    pub(super) fn of(&mut self, dimension: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.of.push((self.sink.dimension(dimension), value.to_owned()));
        }
    }

    /// Everything below a value.
    pub(super) fn tree(&mut self, root: &Value) {
        self.below(root, &mut String::new());
    }

    /// Everything below an object but what is under one of its keys.
    pub(super) fn tree_without(&mut self, root: &Value, key: &str) {
        for (name, value) in root.as_object().into_iter().flatten().filter(|(name, _)| *name != key) {
            self.below(value, &mut name.clone());
        }
    }

    fn below(&mut self, value: &Value, path: &mut String) {
        let length = path.len();
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (key, value) in fields {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    self.below(value, path);
                    path.truncate(length);
                }
            }
            // Packages: each is a setting, so that two runs' can be compared.
            Value::Array(items) if items.iter().any(|item| item.as_str().is_some_and(|text| text.contains("=="))) => {
                for item in items.iter().filter_map(Value::as_str) {
                    let (package, version) = item.split_once("==").unwrap_or((item, ""));
                    path.push('.');
                    path.push_str(package);
                    self.emit(path, version);
                    path.truncate(length);
                }
            }
            Value::Array(items) if !items.iter().any(|item| item.is_null() || item.is_array() || item.is_object()) => {
                self.emit(path, &joined(items, " "));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push_str(&format!("[{index}]"));
                    self.below(item, path);
                    path.truncate(length);
                }
            }
            // Texts stay as they are written: `scalar` folds numbers only.
            other => self.emit(path, &scalar(other).unwrap_or_default()),
        }
    }

    fn emit(&mut self, path: &str, value: &str) {
        if path.is_empty() {
            return;
        }
        let [source, setting, stated] = self.ids;
        let common = self.of.iter().map(|(id, value)| (*id, value.as_str()));
        let own = [(source, self.source), (setting, path), (stated, value)];
        let identity: Vec<(DimensionId, &str)> = own.into_iter().filter(|(_, value)| !value.is_empty()).chain(common).collect();
        let place = Place::Key(path.to_owned());
        let load = Load::default();
        self.sink.record(Record { kind: Kind::Setting, place: &place, load, identity: &identity, samples: &[] });
    }
}

/// The plain values of an object, as text.
pub(super) fn scalars(object: &Value) -> Vec<(String, String)> {
    let fields = object.as_object().into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

/// A plain value, or an object as it would be written.
fn text(value: &Value) -> Option<String> {
    scalar(value).or_else(|| value.is_object().then(|| value.to_string()))
}
