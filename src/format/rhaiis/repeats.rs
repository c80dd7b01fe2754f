//! Rows that measure the same thing at the same load again.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::catalog::number::plural;
use crate::record::{Diagnostic, DimensionId, Load, Place, Sample, Severity, Sink};

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
        let figures = hash_samples(samples);
        let (first, before) = *self.seen.entry(hash_identity(identity, load)).or_insert((line, figures));
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

fn hash_identity(identity: &[(DimensionId, &str)], load: Load) -> u64 {
    let mut hasher = FxHasher::default();
    for (DimensionId(id), text) in identity {
        hasher.write_u32(*id);
        hasher.write(text.as_bytes());
    }
    hasher.write_u64(load.value.map_or(u64::MAX, f64::to_bits));
    hasher.finish()
}

fn hash_samples(samples: &[Sample]) -> u64 {
    let mut hasher = FxHasher::default();
    for sample in samples {
        hasher.write_u32(sample.metric.0);
        hasher.write_u64(sample.value.to_bits());
    }
    hasher.finish()
}
