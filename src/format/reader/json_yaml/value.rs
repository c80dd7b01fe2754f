//! A short JSON text as a value, in which every key is there once and numbers that are none are missing.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::grow::Key;
use super::losses::{self, Loss};
use super::prepare::{self, Mended};

/// The value that a text is; `None` where it is not sound.
pub(in crate::format) fn value(text: &str) -> Option<Value> {
    parse(text, 0).or_else(|| {
        let Mended { text: mended, missing } = prepare::mended(text)?;
        let start = text.as_ptr() as usize;
        let value = parse(&mended, start.wrapping_sub(mended.as_ptr() as usize))?;
        missing.into_iter().for_each(|(offset, loss)| losses::note(loss, start + offset));
        Some(value)
    })
}

/// `shift` leads from where the text is to where it was.
fn parse(text: &str, shift: usize) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Whole { start: text.as_ptr() as usize, shift }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// A value, as [`Value`] reads it, except that repeated keys are noted.
#[derive(Clone, Copy)]
struct Whole {
    start: usize,
    shift: usize,
}

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            // Where a key with escapes stood is not known.
            let at = if let Cow::Borrowed(key) = key { key.as_ptr() as usize - 1 } else { self.start };
            if values.insert(key.into_owned(), map.next_value_seed(self)?).is_some() {
                losses::note(Loss::Repeated, at.wrapping_add(self.shift));
            }
        }
        Ok(Value::Object(values))
    }
}
