//! A sink for tests that hold two ways of reading against each other.

use super::{Block, Diagnostic, DimensionId, MetricId, Provenance, Record, Sink, Stat};

/// All that a file says, in words.
#[derive(Default)]
pub struct Said {
    names: Vec<String>,
    /// The texts and figures of each record, sorted.
    pub records: Vec<Vec<String>>,
    /// Provenance and diagnostics.
    pub others: Vec<String>,
}

impl Said {
    fn id(&mut self, name: String) -> u32 {
        let known = self.names.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        }) as u32
    }
}

impl Sink for Said {
    fn dimension(&mut self, key: &str) -> DimensionId {
        DimensionId(self.id(key.to_owned()))
    }
    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        MetricId(self.id(format!("{key} {}", stat.key())))
    }
    fn record(&mut self, record: Record<'_>) {
        let name = |id: u32| &self.names[id as usize];
        let texts =
            record.identity.iter().filter(|(_, text)| !text.is_empty()).map(|(id, text)| format!("{} {text}", name(id.0)));
        let figures = record.samples.iter().map(|sample| format!("{} {:?}", name(sample.metric.0), sample.value));
        let mut all: Vec<String> = texts.chain(figures).chain([format!("{} {:?}", record.place, record.load)]).collect();
        all.sort();
        self.records.push(all);
    }
    fn block(&mut self, block: &Block<'_>) -> bool {
        block.each(&mut |record| self.record(record));
        true
    }
    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.others.push(format!("{diagnostic:?}"));
    }
    fn provenance(&mut self, provenance: Provenance) {
        self.others.push(format!("{provenance:?}"));
    }
    fn progress(&mut self, _: f64) {}
}
