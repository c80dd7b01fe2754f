//! Rows that measure the same thing at the same load again.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::catalog::number::plural;
use crate::record::{Diagnostic, DimensionId, Load, MetricId, Place, Sample, Severity, Sink};

/// How many repeats are named by their lines.
const NAMED: usize = 3;

/// Counts repeats. Rows are compared by 64-bit hashes: a false hit is as good as impossible and would cost nothing but
/// a wrong count.
#[derive(Default)]
pub(super) struct Repeats {
    /// By identity and load: the first row's line, and its figures.
    seen: FxHashMap<u64, (u64, u64)>,
    count: u64,
    identical: u64,
    examples: Vec<(u64, u64)>,
}

impl Repeats {
    /// Records a row.
    pub(super) fn note(&mut self, line: u64, identity: &[(DimensionId, &str)], load: Load, samples: &[Sample]) {
        let mut key = Key::of(load);
        for (id, text) in identity.iter().filter(|(_, text)| !text.is_empty()) {
            key.identify(*id, hash_of(text));
        }
        samples.iter().for_each(|sample| key.measure(sample.metric, sample.value));
        self.note_key(line, key);
    }

    /// Records a row whose key is known.
    pub(super) fn note_key(&mut self, line: u64, Key { identity, figures }: Key) {
        let (first, before) = *self.seen.entry(identity).or_insert((line, figures));
        if first != line {
            self.count += 1;
            self.identical += u64::from(before == figures);
            if self.examples.len() < NAMED {
                self.examples.push((line, first));
            }
        }
    }

    /// Reports the number of repeats.
    pub(super) fn report(self, sink: &mut dyn Sink) {
        sink.reports_repeats();
        let Some((line, _)) = self.examples.first() else { return };
        let mut examples: Vec<String> =
            self.examples.iter().map(|(line, first)| format!("line {line} repeats line {first}")).collect();
        if self.count > examples.len() as u64 {
            examples.push("…".to_owned());
        }
        let rows = plural(self.count, "row");
        let (s, they) = if self.count == 1 { ("s", "It is") } else { ("", "They are") };
        let mut message =
            format!("{rows} repeat{s} an earlier row's identity and load ({}). {they} kept as repeats.", examples.join(", "));
        if self.identical > 0 {
            message.push_str(&format!(
                " In {} the metrics are identical too; the row may be duplicated.",
                plural(self.identical, "case")
            ));
        }
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::Line(*line), message, ""));
    }
}

/// What rows are compared by. Each part adds to it on its own, so that it can be made in any order.
#[derive(Clone, Copy)]
pub(super) struct Key {
    identity: u64,
    figures: u64,
}

impl Key {
    /// That of a row without identity and figures.
    pub(super) fn of(load: Load) -> Key {
        Key { identity: mixed(u64::MAX, load.value.map_or(u64::MAX, f64::to_bits)), figures: 0 }
    }

    /// Adds a text by its hash.
    pub(super) fn identify(&mut self, DimensionId(id): DimensionId, hash: u64) {
        self.identity = self.identity.wrapping_add(mixed(id.into(), hash));
    }

    /// Adds a figure.
    pub(super) fn measure(&mut self, MetricId(id): MetricId, value: f64) {
        self.figures = self.figures.wrapping_add(mixed(id.into(), value.to_bits()));
    }
}

/// The hash of a text.
pub(super) fn hash_of(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A number of two (the finaliser of SplitMix64: Steele, Lea and Flood 2014), so that sums of such differ.
fn mixed(id: u64, value: u64) -> u64 {
    let mut mixed = value ^ id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ mixed >> 27
}
