//! Stable sorting that is small in code. The standard library's sort is compiled anew for every type and comparison, about
//! five kilobytes each time, which was a fifth of the engine's program. This one sorts positions, by one function for all,
//! and then moves the items to their places. What sorts a few numbers many thousand times (`analysis::pair`) and what reads
//! files keep the standard one.

use std::cmp::Ordering;

/// Stable sorting of slices.
pub trait Sorting<T> {
    /// Sorts like [`slice::sort_by`].
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts like [`slice::sort_by_key`].
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts like [`slice::sort_by_cached_key`]: each key is made once.
    fn order_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);

    /// Sorts like [`slice::sort`].
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }
}

impl<T> Sorting<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let order = positions(self.len(), &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        arrange(self, order);
    }

    fn order_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        let keys: Vec<K> = self.iter().map(key).collect();
        arrange(self, positions(keys.len(), &mut |a, b| keys.get(a).cmp(&keys.get(b))));
    }
}

/// The positions of so many items in the order of a comparison.
fn positions(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Moves the items to where `from` has them: the item for the place `i` is at `from[i]`.
fn arrange<T>(items: &mut [T], mut from: Vec<usize>) {
    for start in 0..from.len() {
        // Along a cycle of places; one that is done names itself.
        let mut at = start;
        loop {
            let next = std::mem::replace(&mut from[at], at);
            if next == start {
                break;
            }
            items.swap(at, next);
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Sorting;

    proptest! {
        #[test]
        fn orders_like_the_standard_library(items: Vec<(u8, u16)>) {
            let (mut ours, mut theirs) = (items.clone(), items.clone());
            ours.order_by_key(|(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs);
            let mut cached = items.clone();
            cached.order_by_cached_key(|(key, _)| *key);
            prop_assert_eq!(&cached, &theirs);
            ours.order_by(|a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(&ours, &theirs);
            ours.order();
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }
    }
}
