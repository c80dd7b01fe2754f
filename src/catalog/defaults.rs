//! The metrics that are shown and judged by until the reader chooses others.

use crate::record::{Kind, Stat};

/// Columns of the row table, besides the plotted metrics.
pub const COLUMNS: [(&str, Stat); 14] = [
    ("output_tps", Stat::Mean),
    ("total_tps", Stat::Mean),
    ("rps", Stat::Mean),
    ("ttft", Stat::Mean),
    ("ttft", Stat::P50),
    ("ttft", Stat::P95),
    ("ttft", Stat::P99),
    ("tpot", Stat::P50),
    ("itl", Stat::P50),
    ("itl", Stat::P95),
    ("e2el", Stat::P50),
    ("completed", Stat::Mean),
    ("errored", Stat::Mean),
    ("error_rate", Stat::Mean),
];

/// What comparisons judge by: a metric, and its statistics in order of preference.
pub const KPIS: &[(&str, &[Stat])] = &[
    ("output_tps", &[Stat::Mean]),
    ("total_tps", &[Stat::Mean]),
    ("ttft", &[Stat::P95, Stat::P99, Stat::P90, Stat::P50, Stat::Mean]),
    ("itl", &[Stat::P95, Stat::P99, Stat::P90, Stat::P50, Stat::Mean]),
    ("tpot", &[Stat::P95, Stat::P99, Stat::P90, Stat::P50, Stat::Mean]),
    ("e2el", &[Stat::P50, Stat::Mean, Stat::P95, Stat::P99]),
];

type Figure = (&'static str, Stat);

/// Axes by kind of records, the most informative first: for x (measurements use their load) and for y.
const AXES: &[(Kind, &[Figure], &[Figure])] = &[
    (
        Kind::Measurement,
        &[],
        &[
            ("output_tps", Stat::Mean),
            ("total_tps", Stat::Mean),
            ("rps", Stat::Mean),
            ("ttft", Stat::P95),
            ("e2el", Stat::P50),
            ("itl", Stat::P50),
        ],
    ),
    (
        Kind::Request,
        &[("elapsed", Stat::Mean), ("input_tokens", Stat::Mean), ("output_tokens", Stat::Mean)],
        &[("e2el", Stat::Mean), ("ttft", Stat::Mean)],
    ),
    (
        Kind::Sample,
        &[("elapsed", Stat::Mean)],
        &[("generation_tps", Stat::Mean), ("running_requests", Stat::Mean), ("kv_usage", Stat::Mean), ("prompt_tps", Stat::Mean)],
    ),
    (
        Kind::Entry,
        &[("input_tokens", Stat::Mean), ("elapsed", Stat::Mean)],
        &[("output_tokens", Stat::Mean), ("input_tokens", Stat::Mean)],
    ),
    (
        Kind::OperatingPoint,
        &[("input_tokens", Stat::Mean), ("kv_usage", Stat::Mean)],
        &[("ttft", Stat::Mean), ("itl", Stat::Mean)],
    ),
    (Kind::Accuracy, &[("samples", Stat::Mean), ("score_se", Stat::Mean)], &[("score", Stat::Mean)]),
    (Kind::Submission, &[("gpus", Stat::Mean)], &[("result", Stat::Mean)]),
];

/// The default metrics of a kind's axes, the most informative first: for x and for y.
pub fn axes(kind: Kind) -> (&'static [Figure], &'static [Figure]) {
    AXES.iter().find(|(of, ..)| *of == kind).map_or((&[], &[]), |(_, x, y)| (x, y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metrics::metric;

    #[test]
    fn every_metric_is_in_the_catalogue() {
        let axes = AXES.iter().flat_map(|(_, x, y)| x.iter().chain(*y)).map(|(key, _)| *key);
        let keys = axes.chain(COLUMNS.map(|(key, _)| key)).chain(KPIS.iter().map(|(key, _)| *key));
        // The accelerators of a published result are a dimension.
        keys.filter(|key| *key != "gpus").for_each(|key| assert!(metric(key).is_some(), "{key}"));
    }
}
