//! A sink that keeps nothing and checks everything.

use inferscope::record::{Diagnostic, DimensionId, MetricId, Provenance, Record, Sink, Stat};

/// What must hold of every record: no NaN, known names, progress between 0 and 1.
#[derive(Default)]
pub struct Checked {
    dimensions: Vec<String>,
    metrics: Vec<(String, Stat)>,
}

impl Sink for Checked {
    fn dimension(&mut self, key: &str) -> DimensionId {
        let known = self.dimensions.iter().position(|other| other == key);
        DimensionId(known.unwrap_or_else(|| {
            self.dimensions.push(key.to_owned());
            self.dimensions.len() - 1
        }) as u32)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        let known = self.metrics.iter().position(|(other, other_stat)| other == key && *other_stat == stat);
        MetricId(known.unwrap_or_else(|| {
            self.metrics.push((key.to_owned(), stat));
            self.metrics.len() - 1
        }) as u32)
    }

    fn record(&mut self, record: Record<'_>) {
        for sample in record.samples {
            let (key, stat) = &self.metrics[sample.metric.0 as usize];
            assert!(!sample.value.is_nan(), "{}: {key}/{} is {}", record.place, stat.key(), sample.value);
        }
        assert!(!record.load.value.is_some_and(f64::is_nan), "{}: the load is {:?}", record.place, record.load);
        assert!(record.identity.iter().all(|(id, _)| (id.0 as usize) < self.dimensions.len()));
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        assert!(!diagnostic.message.is_empty());
    }

    fn provenance(&mut self, _: Provenance) {}

    fn progress(&mut self, fraction: f64) {
        assert!((0.0..=1.0).contains(&fraction), "progress {fraction}");
    }

    fn wants_requests(&self) -> bool {
        // Every other file's are read.
        self.dimensions.len() % 2 == 1
    }
}
