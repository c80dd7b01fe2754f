//! Statistics of a metric's distribution; never part of the metric's name.

use serde::{Deserialize, Serialize};

/// Which statistic of a metric's distribution a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stat {
    /// Arithmetic mean; for metrics that are one figure per run (throughput, counts), and for records of single things
    /// ([`super::Kind::is_single`]), the figure itself.
    Mean,
    /// Standard deviation.
    Std,
    /// Minimum.
    Min,
    /// 0.1th percentile.
    P0_1,
    /// 1st percentile.
    P1,
    /// 5th percentile.
    P5,
    /// 10th percentile.
    P10,
    /// 25th percentile.
    P25,
    /// Median.
    P50,
    /// 75th percentile.
    P75,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// 99.9th percentile.
    P99_9,
    /// Maximum.
    Max,
}

impl Stat {
    /// Every statistic, in the order menus and columns show them.
    pub const ALL: [Stat; 15] = [
        Stat::Mean,
        Stat::P50,
        Stat::P90,
        Stat::P95,
        Stat::P99,
        Stat::P99_9,
        Stat::Min,
        Stat::Max,
        Stat::Std,
        Stat::P0_1,
        Stat::P1,
        Stat::P5,
        Stat::P10,
        Stat::P25,
        Stat::P75,
    ];

    /// The name in links and column names, e.g. `p99_9`.
    pub const fn key(self) -> &'static str {
        match self {
            Stat::Mean => "mean",
            Stat::Std => "std",
            Stat::Min => "min",
            Stat::P0_1 => "p0_1",
            Stat::P1 => "p1",
            Stat::P5 => "p5",
            Stat::P10 => "p10",
            Stat::P25 => "p25",
            Stat::P50 => "p50",
            Stat::P75 => "p75",
            Stat::P90 => "p90",
            Stat::P95 => "p95",
            Stat::P99 => "p99",
            Stat::P99_9 => "p99_9",
            Stat::Max => "max",
        }
    }

    /// The name on the page, e.g. `P99.9`.
    pub const fn label(self) -> &'static str {
        match self {
            Stat::Mean => "mean",
            Stat::Std => "std dev",
            Stat::Min => "min",
            Stat::P0_1 => "P0.1",
            Stat::P1 => "P1",
            Stat::P5 => "P5",
            Stat::P10 => "P10",
            Stat::P25 => "P25",
            Stat::P50 => "P50",
            Stat::P75 => "P75",
            Stat::P90 => "P90",
            Stat::P95 => "P95",
            Stat::P99 => "P99",
            Stat::P99_9 => "P99.9",
            Stat::Max => "max",
        }
    }

    /// The statistic named by [`Stat::key`].
    pub fn from_key(key: &str) -> Option<Stat> {
        Stat::ALL.into_iter().find(|stat| stat.key() == key)
    }
}
