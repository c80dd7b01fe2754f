//! Building a tree from serde events, keeping everything before a fault.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::losses::{self, Loss};
use super::way::Way;
use super::{Branch, Each, Step};

/// Where a text has its values from, for what is noted of them.
pub(super) enum Origin {
    /// A text of JSON at this address, with these values missing, in order.
    Json { start: usize, missing: Vec<(usize, Loss)> },
    /// YAML, whose values and keys have no known place in the text.
    Yaml,
}

/// The state of one pass: the current path and the branches to keep.
pub(super) struct Grower<'g> {
    way: Way<'g>,
    each: Each<'g>,
    path: Vec<Step>,
    origin: Origin,
    start: usize,
    length: usize,
    progress: &'g mut dyn FnMut(f64),
}

impl<'g> Grower<'g> {
    pub(super) fn new(
        text: &str,
        origin: Origin,
        keep: &'g [Branch<'g>],
        each: Each<'g>,
        progress: &'g mut dyn FnMut(f64),
    ) -> Grower<'g> {
        let (start, length) = (text.as_ptr() as usize, text.len().max(1));
        Grower { way: Way::new(keep), each, path: Vec::new(), origin, start, length, progress }
    }

    /// The seed that fills `slot`.
    pub(super) fn node<'n>(&'n mut self, slot: &'n mut Value) -> Node<'n, 'g> {
        Node { slot, grower: self }
    }

    /// The containers that were open when reading stopped.
    pub(super) fn into_path(self) -> Vec<Step> {
        self.path
    }

    /// Notes the key at the end of the path, which is there a second time.
    fn repeated(&self, address: Option<usize>) {
        match &self.origin {
            // Where a key with escapes stands is not known.
            Origin::Json { start, .. } => {
                losses::note(Loss::Repeated, address.map_or(*start, |address| address - 1 - self.start + start));
            }
            Origin::Yaml => losses::note_path(Loss::Repeated, &self.path),
        }
    }

    /// Notes the empty text at an address if it stands for a number that is missing.
    fn missing(&self, address: usize) {
        if let Origin::Json { start, missing } = &self.origin {
            let offset = address.wrapping_sub(self.start + 1);
            if let Ok(at) = missing.binary_search_by_key(&offset, |(at, _)| *at) {
                losses::note(missing[at].1, start + offset);
            }
        }
    }

    /// Reports progress from a key borrowed from the text: its address is the position.
    fn passed(&mut self, key: &str) {
        let offset = (key.as_ptr() as usize).wrapping_sub(self.start);
        if offset < self.length && self.path.len() <= 2 {
            (self.progress)(offset as f64 / self.length as f64);
        }
    }
}

/// One value to be read into its slot.
pub(super) struct Node<'n, 'g> {
    slot: &'n mut Value,
    grower: &'n mut Grower<'g>,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        *self.slot = Value::Bool(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        *self.slot = Value::Number(value.into());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        *self.slot = Value::Number(value.into());
        Ok(())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    // YAML's .nan and .inf have no number in the tree: they are missing.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if !value.is_finite() {
            losses::note_path(Loss::NonFinite, &self.grower.path);
        }
        *self.slot = Number::from_f64(value).map_or(Value::Null, Value::Number);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        *self.slot = Value::String(value.to_owned());
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<(), E> {
        if value.is_empty() {
            self.grower.missing(value.as_ptr() as usize);
        }
        self.visit_str(value)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        *self.slot = Value::Null;
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Node { slot, grower } = self;
        *slot = Value::Array(Vec::new());
        let Value::Array(values) = slot else { return Ok(()) };
        for index in 0.. {
            grower.path.push(Step::Index(index));
            let mut value = Value::Null;
            let handed_over = grower.each.takes(&grower.path);
            // On a fault the path remains: it names the open containers.
            let wanted = grower.way.down(None);
            let more = if wanted {
                let result = sequence.next_element_seed(grower.node(&mut value));
                if result.is_err() && !value.is_null() && !handed_over {
                    values.push(std::mem::take(&mut value));
                }
                result?.is_some()
            } else {
                sequence.next_element::<IgnoredAny>()?.is_some()
            };
            match more {
                true if handed_over => grower.each.take.take(&grower.path, value),
                true if wanted => values.push(value),
                _ => {}
            }
            grower.path.pop();
            grower.way.up();
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node { slot, grower } = self;
        *slot = Value::Object(Map::new());
        let Value::Object(values) = slot else { return Ok(()) };
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let mut address = None;
            if let Cow::Borrowed(key) = key {
                grower.passed(key);
                address = Some(key.as_ptr() as usize);
            }
            let wanted = grower.way.down(Some(&key));
            grower.path.push(Step::Key(key.into_owned()));
            if !wanted {
                map.next_value::<IgnoredAny>()?;
            } else if let Some(Step::Key(key)) = grower.path.last() {
                let value = match values.entry(key.as_str()) {
                    Entry::Vacant(place) => place.insert(Value::Null),
                    Entry::Occupied(place) => {
                        grower.repeated(address);
                        place.into_mut()
                    }
                };
                map.next_value_seed(grower.node(value))?;
            }
            grower.path.pop();
            grower.way.up();
        }
        Ok(())
    }
}

/// A key, borrowed from the text where it has no escapes.
pub(super) struct Key<'de>(pub Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(value)))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
