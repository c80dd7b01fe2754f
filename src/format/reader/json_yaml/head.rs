//! The top level of a JSON object: its keys and scalar values, without nested content.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::prepare;
use super::scan::Members;

/// The keys of an object in their order, each with its value; lists and objects among the values are empty.
#[derive(Debug, Default)]
pub(in crate::format) struct Object(Vec<(String, Value)>);

impl Object {
    /// Scans the first object in `text` up to its end or the first fault; `None` if the text does not begin with one.
    pub(in crate::format) fn scan(text: &str) -> Option<Object> {
        #[cfg(test)]
        SCANS.with(|scans| scans.set(scans.get() + 1));
        if let Some(object) = Object::passed(text) {
            return Some(object);
        }
        // Half a number at the end of a cut text is no value.
        let text = text.trim_end_matches(|c: char| matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'));
        let text = prepare::strict(text);
        let mut object = Object::default();
        let result = serde_json::Deserializer::from_str(&text).deserialize_map(TopLevel(&mut object));
        (result.is_ok() || !object.0.is_empty()).then_some(object)
    }

    /// The quick way: nested content is passed by its brackets alone. `None` where the object is cut or damaged.
    fn passed(text: &str) -> Option<Object> {
        let mut members = Members::of(text)?;
        let mut object = Object::default();
        while let Some((key, value)) = members.next()? {
            let value = match value.as_bytes().first()? {
                b'{' => Value::Object(serde_json::Map::new()),
                b'[' => Value::Array(Vec::new()),
                _ => serde_json::from_str(value).or_else(|_| serde_json::from_str(&prepare::strict(value))).ok()?,
            };
            object.0.push((serde_json::from_str(key).ok()?, value));
        }
        Some(object)
    }

    /// The keys, in their order.
    pub(in crate::format) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Whether the object has a key.
    pub(in crate::format) fn has(&self, key: &str) -> bool {
        self.keys().any(|known| known == key)
    }

    /// Whether the object has each of these keys.
    pub(in crate::format) fn has_all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Whether the object has one of these keys.
    pub(in crate::format) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// The value of a key, the last one of a repeated key; null for a key that the object does not have.
    pub(in crate::format) fn value(&self, key: &str) -> &Value {
        self.0.iter().rev().find(|(known, _)| known == key).map_or(&Value::Null, |(_, value)| value)
    }
}

#[cfg(test)]
thread_local! {
    /// How many scans this thread made.
    pub(in crate::format) static SCANS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Fills an object key by key, so that a fault costs only what follows it.
struct TopLevel<'o>(&'o mut Object);

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.0.push((key, Value::Null));
            let Plain(value) = map.next_value()?;
            if let Some((_, slot)) = self.0.0.last_mut() {
                *slot = value;
            }
        }
        Ok(())
    }
}

/// A value without its nested content.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plain, D::Error> {
        struct PlainVisitor;
        impl<'de> Visitor<'de> for PlainVisitor {
            type Value = Plain;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Plain, E> {
                Ok(Plain(value.into()))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Plain, E> {
                Ok(Plain(value.into()))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Plain, E> {
                Ok(Plain(value.into()))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Plain, E> {
                Ok(Plain(Number::from_f64(value).map_or(Value::Null, Value::Number)))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Plain, E> {
                Ok(Plain(value.into()))
            }
            fn visit_unit<E: Error>(self) -> Result<Plain, E> {
                Ok(Plain(Value::Null))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Plain, A::Error> {
                while sequence.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Plain(Value::Array(Vec::new())))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Plain(Value::Object(serde_json::Map::new())))
            }
        }
        deserializer.deserialize_any(PlainVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_plain_values() {
        let keys = |text| Object::scan(text).map(|object| object.keys().collect::<Vec<&str>>().join(" "));
        assert_eq!(keys(r#"{"a": {"x": [1]}, "b": NaN} {"c": 1}"#).as_deref(), Some("a b"));
        assert_eq!(keys(r#"{"a": {"x": [1"#).as_deref(), Some("a"));
        assert_eq!(keys("{}").as_deref(), Some(""));
        assert_eq!(keys("[1]"), None);
        let object = Object::scan(r#"{"a": 1, "b": "text", "c": [2], "a": 3, "d": 12"#).expect("an object");
        assert_eq!(*object.value("a"), 3);
        assert_eq!(*object.value("b"), "text");
        assert_eq!(*object.value("c"), serde_json::json!([]));
        assert!(object.has_all(&["a", "d"]) && object.value("d").is_null() && !object.has_any(&["e", "f"]));
    }
}
