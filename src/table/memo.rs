//! What was computed from a table, kept for as long as the table: a new table begins with nothing, so that nothing can be
//! out of date.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// Results kept of one kind; the one that was not needed for the longest makes room.
const KEPT: usize = 12;

/// Results of one kind, the latest last.
type Results<K, V> = Vec<(K, Arc<V>)>;

/// Results by what they were computed from.
#[derive(Default)]
pub struct Memo(Mutex<FxHashMap<TypeId, Box<dyn Any + Send>>>);

impl Memo {
    /// The result for this key: as kept, else as `make` computes it now. Each pair of key and result types is a kind of its own.
    pub fn get<K, V>(&self, key: K, make: impl FnOnce(&K) -> V) -> Arc<V>
    where
        K: Eq + Send + 'static,
        V: Send + Sync + 'static,
    {
        if let Some(known) = self.with::<K, V, _>(|results| {
            let at = results.iter().position(|(other, _)| *other == key)?;
            let known = results.remove(at);
            let value = Arc::clone(&known.1);
            results.push(known);
            Some(value)
        }) {
            return known;
        }
        // Nothing is locked while `make` runs: it may ask for other results.
        let value = Arc::new(make(&key));
        self.with::<K, V, _>(|results| {
            if results.len() >= KEPT {
                results.remove(0);
            }
            results.push((key, Arc::clone(&value)));
        });
        value
    }

    fn with<K: Send + 'static, V: Send + Sync + 'static, R>(&self, work: impl FnOnce(&mut Results<K, V>) -> R) -> R {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(TypeId::of::<Results<K, V>>()).or_insert_with(|| Box::new(Results::<K, V>::new()));
        match kind.downcast_mut::<Results<K, V>>() {
            Some(results) => work(results),
            // The entry's key is its type.
            None => work(&mut Vec::new()),
        }
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_computed_once_until_others_make_it_leave() {
        let memo = Memo::default();
        let mut made = 0;
        let mut square = |key: usize| {
            *memo.get(key, |key| {
                made += 1;
                key * key
            })
        };
        assert_eq!((square(3), square(3), square(4)), (9, 9, 16));
        (10..10 + KEPT).for_each(|key| _ = square(key));
        assert_eq!(square(3), 9);
        assert_eq!(made, 3 + KEPT);
    }

    #[test]
    fn kinds_with_equal_keys_are_apart_and_may_need_each_other() {
        let memo = Memo::default();
        let text = memo.get(1_u8, |key| format!("{key}{}", memo.get(*key, |key| u32::from(*key) + 1)));
        assert_eq!((text.as_str(), *memo.get(1_u8, |_| 0_u32)), ("12", 2));
    }
}
