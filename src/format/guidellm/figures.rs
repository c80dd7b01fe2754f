//! The figures of one benchmark.

use serde_json::Value;

use super::names::{DISTRIBUTIONS, Distribution, RATES, TIME_PER_OUTPUT_TOKEN, TOTALS, TimePerOutputToken};
use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::record::Stat;

/// Differences between releases.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// What time per output token means.
    pub time_per_output_token: TimePerOutputToken,
    /// The measured window bounds the token rates (from 0.8 on).
    pub bounded_rates: bool,
    /// Total throughput counts prompt tokens once (from 0.3 on).
    pub honest_total: bool,
}

impl Collector<'_> {
    /// Takes every figure of a benchmark. `place` is the benchmark's path of keys.
    pub(super) fn benchmark(&mut self, benchmark: &Value, dialect: Dialect, place: &str) {
        let metrics = &benchmark["metrics"];
        let at = format!("{place}.metrics");
        for row in DISTRIBUTIONS {
            self.distribution(&metrics[row.name], row, &at);
        }
        let metric = [dialect.time_per_output_token.metric()];
        let row = Distribution { name: TIME_PER_OUTPUT_TOKEN, metrics: &[], scale: 1.0 };
        self.of_samples(&metrics[row.name]["successful"], &metric, row.scale, &format!("{at}.{}.successful", row.name));
        for (name, status, metric) in RATES {
            let faulty = match *metric {
                "input_tps" => !dialect.bounded_rates,
                "total_tps" => !dialect.honest_total,
                _ => false,
            };
            let summary = &metrics[name][status];
            let path = format!("{at}.{name}.{status}");
            if !faulty && self.holds_samples(summary, &path) {
                self.figure(&summary["mean"], metric, Stat::Mean, 1.0, || format!("{path}.mean"));
            }
        }
        // Totals stood on the benchmark before 0.4.
        let (totals, at_totals) = match &metrics["request_totals"] {
            Value::Null => (&benchmark["request_totals"], place),
            totals => (totals, at.as_str()),
        };
        for (name, metric) in TOTALS {
            self.figure(&totals[name], metric, Stat::Mean, 1.0, || format!("{at_totals}.request_totals.{name}"));
        }
        self.figure(&benchmark["duration"], "duration", Stat::Mean, 1.0, || format!("{place}.duration"));
        self.figure(&metrics["slo_attainment"], "slo_attainment", Stat::Mean, 100.0, || format!("{at}.slo_attainment"));
    }

    fn distribution(&mut self, by_status: &Value, row: &Distribution, at: &str) {
        self.of_samples(&by_status["successful"], row.metrics, row.scale, &format!("{at}.{}.successful", row.name));
    }

    fn of_samples(&mut self, summary: &Value, metrics: &[&str], scale: f64, path: &str) {
        if !self.holds_samples(summary, path) {
            return;
        }
        // The median is also among the percentiles.
        let percentile = |name: &str| stats::parse(name).filter(|stat| *stat != Stat::P50);
        for metric in metrics {
            self.statistics(summary, stats::parse, metric, scale, || path.to_owned());
            self.statistics(&summary["percentiles"], percentile, metric, scale, || format!("{path}.percentiles"));
        }
    }

    /// Whether a summary is there and has samples: one over nothing is all zeros with a count of 0, and means nothing.
    fn holds_samples(&mut self, summary: &Value, path: &str) -> bool {
        match summary {
            Value::Null => false,
            Value::Object(fields) => fields.get("count").and_then(Value::as_f64) != Some(0.0),
            other => {
                self.complain(other, || path.to_owned(), "a summary");
                false
            }
        }
    }
}
