//! The distinct texts of a column, end to end in one buffer: adding one allocates nothing of its own, and a finished column
//! takes the buffer as it is.

use std::hash::Hasher;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};
use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Distinct texts, each with its code: its position.
#[derive(Clone, Default)]
pub(super) struct Texts {
    joined: String,
    /// Where each text ends.
    ends: Vec<i32>,
    /// The first `indexed` texts by their hashes; the others are added when one is looked for.
    index: HashTable<Entry>,
    indexed: usize,
}

/// A text in the index. Its hash stands beside it, so that texts are looked at where they are equal and nowhere else.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    code: u32,
}

impl Texts {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a code; empty for a code that no text has.
    pub(super) fn get(&self, code: u32) -> &str {
        text_of(&self.joined, &self.ends, code)
    }

    /// All of them, in the order of their codes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|code| self.get(code))
    }

    /// The code of a text that is there.
    pub(super) fn find(&mut self, text: &str) -> Option<u32> {
        self.complete_index();
        let hash = hash_of(text);
        let is_it = |entry: &Entry| entry.hash == hash && text_of(&self.joined, &self.ends, entry.code) == text;
        self.index.find(spread(hash), is_it).map(|entry| entry.code)
    }

    /// The code of a text, which is added if it is not there; `None` if the buffer is full: Arrow addresses 2 GiB.
    pub(super) fn code_of(&mut self, text: &str) -> Option<u32> {
        self.complete_index();
        let hash = hash_of(text);
        let Texts { joined, ends, index, .. } = self;
        if let Some(entry) = index.find(spread(hash), |entry| entry.hash == hash && text_of(joined, ends, entry.code) == text) {
            return Some(entry.code);
        }
        let code = ends.len() as u32;
        let end = i32::try_from(joined.len() + text.len()).ok()?;
        joined.push_str(text);
        ends.push(end);
        index.insert_unique(spread(hash), Entry { hash, code }, |entry| spread(entry.hash));
        self.indexed += 1;
        Some(code)
    }

    /// Adds a text that is not there yet and that has room, and gives its code.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        self.joined.push_str(text);
        self.ends.push(self.joined.len() as i32);
        self.ends.len() as u32 - 1
    }

    /// Those of an Arrow array, which are distinct.
    pub(super) fn of(array: &StringArray) -> Texts {
        let offsets = array.value_offsets();
        let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
        let bytes = array.value_data().get(first as usize..last as usize).unwrap_or_default();
        let joined = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), str::to_owned);
        Texts { joined, ends: offsets.iter().skip(1).map(|end| end - first).collect(), ..Texts::default() }
    }

    /// As an Arrow array.
    pub(super) fn into_array(self) -> ArrayRef {
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        let array = StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from(self.joined.into_bytes()), None);
        // The offsets are valid by construction, so the checked constructor cannot fail.
        Arc::new(array.unwrap_or_else(|_| StringArray::new_null(0)))
    }

    fn complete_index(&mut self) {
        let Texts { joined, ends, index, indexed } = self;
        if *indexed == ends.len() {
            return;
        }
        index.reserve(ends.len() - *indexed, |entry| spread(entry.hash));
        for code in *indexed as u32..ends.len() as u32 {
            let hash = hash_of(text_of(joined, ends, code));
            index.insert_unique(spread(hash), Entry { hash, code }, |entry| spread(entry.hash));
        }
        *indexed = ends.len();
    }
}

fn text_of<'t>(joined: &'t str, ends: &[i32], code: u32) -> &'t str {
    let code = code as usize;
    let start = code.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| *end as usize);
    ends.get(code).and_then(|end| joined.get(start..*end as usize)).unwrap_or_default()
}

fn hash_of(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ hash >> 32) as u32
}

/// A hash as the index wants it, with something in the upper bits too.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_codes() {
        let mut texts = Texts::default();
        let words = ["H200", "", "MI300X", "é", "H200", ""];
        assert_eq!(words.map(|word| texts.code_of(word)), [0, 1, 2, 3, 0, 1].map(Some));
        assert_eq!(texts.iter().collect::<Vec<_>>(), words[..4]);
        assert_eq!((texts.find("é"), texts.find("e"), texts.get(9)), (Some(3), None, ""));
    }

    #[test]
    fn texts_come_back_from_an_array_or_a_part_of_it() {
        let mut texts = Texts::default();
        (0..100).for_each(|at| _ = texts.code_of(&at.to_string()));
        let array = texts.clone().into_array();
        let array = array.as_any().downcast_ref::<StringArray>().expect("texts");
        let mut again = Texts::of(&array.slice(10, 50));
        assert_eq!(again.iter().collect::<Vec<_>>(), texts.iter().skip(10).take(50).collect::<Vec<_>>());
        assert_eq!(["10", "59", "60", "9"].map(|text| again.find(text)), [Some(0), Some(49), None, None]);
        assert_eq!((again.code_of("42"), again.code_of("7")), (Some(32), Some(50)));
    }
}
