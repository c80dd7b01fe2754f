//! Measurements that are in a file twice, each figure the same: lines that were appended twice, not another run.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use crate::catalog::number::plural;
use crate::record::{Diagnostic, Place, Record, Severity};

/// The measurements of a file by what they say. They are compared by 64-bit hashes: a false hit is as good as impossible, and
/// would cost nothing but a wrong note.
#[derive(Default)]
pub(super) struct Repeated {
    /// Where the first of each is.
    known: FxHashMap<u64, Place>,
    count: u64,
    /// The first that is there again, and where it was before.
    first: Option<(Place, Place)>,
    /// Whether the format reports them.
    pub(super) reported: bool,
}

impl Repeated {
    /// Takes a measurement.
    pub(super) fn note(&mut self, record: &Record<'_>) {
        // One figure alone may well come twice.
        const FEWEST: usize = 3;
        if record.samples.len() < FEWEST {
            return;
        }
        let mut hasher = FxHasher::default();
        for (id, text) in record.identity {
            (id.0, text).hash(&mut hasher);
        }
        (record.load.kind, record.load.value.map(f64::to_bits)).hash(&mut hasher);
        for sample in record.samples {
            (sample.metric.0, sample.value.to_bits()).hash(&mut hasher);
        }
        match self.known.entry(hasher.finish()) {
            std::collections::hash_map::Entry::Vacant(free) => _ = free.insert(record.place.clone()),
            std::collections::hash_map::Entry::Occupied(before) => {
                self.count += 1;
                self.first.get_or_insert_with(|| (record.place.clone(), before.get().clone()));
            }
        }
    }

    /// The finding about those that are there again.
    pub(super) fn finding(&self) -> Option<Diagnostic> {
        let (place, before) = self.first.as_ref().filter(|_| !self.reported)?;
        let (are, they) = if self.count == 1 { ("is", "It is kept as a repeat") } else { ("are", "They are kept as repeats") };
        let message = format!(
            "{} {are} the same as one before in every figure (this one as {before}). {they}, but may be in the file twice by mistake.",
            plural(self.count, "measurement")
        );
        let hint =
            "Remove the second ones if the benchmark was not run again: equal repeats make results look steadier than they are.";
        Some(Diagnostic::new(Severity::Warning, place.clone(), message, hint))
    }
}
