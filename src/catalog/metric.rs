//! The definition of a metric: the columns of the table in [`super::metrics`].

use crate::record::Stat;

/// Which direction is an improvement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: it describes the run.
    Neutral,
}

/// Whether a metric is a distribution over requests or one figure of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Has statistics: mean, percentiles, extremes.
    Distribution,
    /// One figure per measurement, stored as [`Stat::Mean`] and shown without a statistic.
    Scalar,
}

/// How a metric follows from others of the same measurement.
pub struct Derive {
    /// The formula in words, shown with the figure.
    pub formula: &'static str,
    /// The inputs, by metric key; `gpus` and `allocated_gpus` name the dimensions.
    pub inputs: &'static [&'static str],
    /// The formula. Inputs come in the order of `inputs`; for a distribution all are of the same statistic.
    pub compute: fn(&[f64]) -> f64,
}

/// One metric.
pub struct Metric {
    /// Name in links, columns and code.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit as shown; empty for counts and ratios.
    pub unit: &'static str,
    /// Which direction is better.
    pub better: Better,
    /// Distribution or scalar.
    pub shape: Shape,
    /// The definition, in one sentence.
    pub definition: &'static str,
    /// Other names that people and tools use; the menus' search knows them.
    pub aliases: &'static [&'static str],
    /// How to compute it where a file lacks it.
    pub derive: Option<Derive>,
}

impl Metric {
    /// The name of a statistic's column in exported tables, with the unit in it: `ttft_p99_ms`, `output_tps`.
    pub fn column_name(&self, stat: Stat) -> String {
        let unit = match self.unit {
            "ms" => "_ms",
            "s" => "_s",
            "%" => "_pct",
            _ => "",
        };
        match self.shape {
            Shape::Scalar if stat == Stat::Mean => format!("{}{unit}", self.key),
            Shape::Scalar | Shape::Distribution => format!("{}_{}{unit}", self.key, stat.key()),
        }
    }
}
