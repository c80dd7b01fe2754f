//! The quick way to a tree: what no pattern wants is passed over by its quotes and brackets, what is wanted is read strictly.
//!
//! Results are mostly texts and lists of single requests, of which little is wanted. Where anything is out of order the tree
//! is not made, and the strict reader ([`grow`](super::grow)) reads the text from the start, keeps what stood before the
//! fault and says where it is. Faults inside what nobody wants are not seen. The tests of `json_yaml` hold both ways against
//! each other.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::losses::{self, Loss};
use super::scan::{Cursor, Members};
use super::value::value;
use super::way::Way;
use super::{Branch, Each, Step};

/// The tree of a JSON text; `None` where it is not sound.
pub(super) fn tree(text: &str, keep: &[Branch<'_>], each: &mut Each<'_>, progress: &mut dyn FnMut(f64)) -> Option<Value> {
    let mut reader = Reader { cursor: Cursor { text, at: 0 }, way: Way::new(keep), path: Vec::new(), each, progress };
    reader.cursor.space();
    matches!(reader.cursor.byte()?, b'{' | b'[').then_some(())?;
    let root = if reader.is_whole() { reader.whole()? } else { reader.value(0)? };
    reader.cursor.space();
    (reader.cursor.at == text.len()).then_some(root)
}

struct Reader<'t, 'r, 'e> {
    cursor: Cursor<'t>,
    way: Way<'r>,
    path: Vec<Step>,
    each: &'r mut Each<'e>,
    progress: &'r mut dyn FnMut(f64),
}

/// A list in a text of fewer bytes may grow as it likes.
const SHORT: usize = 4096;

/// The value that is a text. Long lists get the room of their elements and no more: a list that doubles takes up to three
/// times as much while it moves, and an element takes many times its text.
fn whole(text: &str) -> Option<Value> {
    if text.len() < SHORT || !text.starts_with(['[', '{']) {
        return value(text);
    }
    if text.starts_with('{') {
        let mut members = Members::of(text)?;
        let mut object = Map::new();
        while let Some((key, value)) = members.next()? {
            if object.insert(serde_json::from_str(key).ok()?, whole(value)?).is_some() {
                losses::note(Loss::Repeated, key.as_ptr() as usize);
            }
        }
        return Some(Value::Object(object));
    }
    let elements = || {
        let mut cursor = Cursor { text, at: 0 };
        cursor.take(b'[')?;
        Some(std::iter::from_fn(move || {
            if cursor.byte()? == b']' {
                return None;
            }
            let element = cursor.value();
            let more = element.and_then(|_| cursor.follow(b']'));
            // What does not fit ends the list, with nothing in the place of its last element.
            Some(element.filter(|_| more.is_some()))
        }))
    };
    let mut list = Vec::with_capacity(elements()?.count());
    for element in elements()? {
        list.push(whole(element?)?);
    }
    Some(Value::Array(list))
}

impl Reader<'_, '_, '_> {
    /// Reads a value of which something is wanted.
    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.cursor.byte()? {
            b'{' => self.object(depth).map(Value::Object),
            b'[' => self.list(depth).map(Value::Array),
            _ => self.whole(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        self.cursor.take(b'{')?;
        while self.cursor.byte()? != b'}' {
            let key = self.cursor.key()?;
            self.passed(depth);
            let name: Cow<'_, str> = match key.contains('\\') {
                true => Cow::Owned(serde_json::from_str(key).ok()?),
                false => Cow::Borrowed(&key[1..key.len() - 1]),
            };
            if self.way.down(Some(&name)) {
                self.path.push(Step::Key(name.as_ref().to_owned()));
                let value = self.wanted(depth)?;
                self.path.pop();
                if members.insert(name.into_owned(), value).is_some() {
                    losses::note(Loss::Repeated, key.as_ptr() as usize);
                }
            } else {
                self.cursor.value()?;
            }
            self.way.up();
            self.cursor.follow(b'}')?;
        }
        self.cursor.at += 1;
        Some(members)
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut elements = Vec::new();
        self.cursor.take(b'[')?;
        let wanted = self.way.down(None);
        self.path.push(Step::Index(0));
        let handed_over = self.each.takes(&self.path);
        for index in 0.. {
            if self.cursor.byte()? == b']' {
                break;
            }
            self.passed(depth);
            if let Some(step) = self.path.last_mut() {
                *step = Step::Index(index);
            }
            let value = if wanted { self.wanted(depth)? } else { self.cursor.value().map(|_| Value::Null)? };
            if handed_over {
                self.each.take.take(&self.path, value);
            } else if wanted {
                elements.push(value);
            }
            self.cursor.follow(b']')?;
        }
        self.path.pop();
        self.way.up();
        self.cursor.at += 1;
        Some(elements)
    }

    fn wanted(&mut self, depth: usize) -> Option<Value> {
        if self.is_whole() { self.whole() } else { self.value(depth + 1) }
    }

    /// Whether everything here is wanted, and nothing of it is to be handed over.
    fn is_whole(&self) -> bool {
        self.way.is_whole() && !self.each.takes_below(&self.path)
    }

    /// Reads a value of which everything is wanted.
    fn whole(&mut self) -> Option<Value> {
        whole(self.cursor.value()?)
    }

    fn passed(&mut self, depth: usize) {
        if depth < 2 {
            (self.progress)(self.cursor.at as f64 / self.cursor.text.len() as f64);
        }
    }
}
