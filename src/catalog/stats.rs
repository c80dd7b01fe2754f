//! How tools spell the statistics of a distribution.

use crate::record::Stat;

/// Spellings of the statistics that are no percentile, in any case.
const NAMES: &[(&str, Stat)] = &[
    ("mean", Stat::Mean),
    ("avg", Stat::Mean),
    ("average", Stat::Mean),
    ("median", Stat::P50),
    ("med", Stat::P50),
    ("std", Stat::Std),
    ("stddev", Stat::Std),
    ("stdev", Stat::Std),
    ("std_dev", Stat::Std),
    ("std dev", Stat::Std),
    ("min", Stat::Min),
    ("max", Stat::Max),
];

/// Spellings of a percentile's number: with a point, with `p` or `_` for the point, or with digits alone, where a
/// leading zero pads to two digits (`05` is 5, `001` is 0.1) and a third digit is a decimal (`999` is 99.9).
const PERCENTILES: &[(&str, Stat)] = &[
    ("0.1", Stat::P0_1),
    ("0p1", Stat::P0_1),
    ("0_1", Stat::P0_1),
    ("001", Stat::P0_1),
    ("1", Stat::P1),
    ("01", Stat::P1),
    ("5", Stat::P5),
    ("05", Stat::P5),
    ("10", Stat::P10),
    ("25", Stat::P25),
    ("50", Stat::P50),
    ("75", Stat::P75),
    ("90", Stat::P90),
    ("95", Stat::P95),
    ("99", Stat::P99),
    ("99.9", Stat::P99_9),
    ("99p9", Stat::P99_9),
    ("99_9", Stat::P99_9),
    ("999", Stat::P99_9),
];

/// The statistic of a name: `mean`, `Median`, `p99`, `P99.9`, `p001`.
pub fn parse(name: &str) -> Option<Stat> {
    let named = NAMES.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(name)).map(|(_, stat)| *stat);
    named.or_else(|| percentile(name.strip_prefix(['p', 'P'])?))
}

/// The statistic of a percentile's number: `99`, `99.9`.
pub fn percentile(number: &str) -> Option<Stat> {
    PERCENTILES.iter().find(|(spelling, _)| *spelling == number).map(|(_, stat)| *stat)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every spelling that a supported tool writes.
    #[test]
    fn every_spelling_names_its_statistic() {
        let spellings: [(Stat, &[&str]); 15] = [
            (Stat::Mean, &["mean", "Mean", "avg", "average"]),
            (Stat::Std, &["std", "Std", "stddev", "stdev", "std_dev", "std dev"]),
            (Stat::Min, &["min", "Min"]),
            (Stat::P0_1, &["p001", "p0p1", "p0.1", "p0_1"]),
            (Stat::P1, &["p1", "p01", "P1"]),
            (Stat::P5, &["p5", "p05"]),
            (Stat::P10, &["p10"]),
            (Stat::P25, &["p25", "P25"]),
            (Stat::P50, &["median", "Median", "med", "p50", "P50"]),
            (Stat::P75, &["p75"]),
            (Stat::P90, &["p90"]),
            (Stat::P95, &["p95"]),
            (Stat::P99, &["p99", "P99"]),
            (Stat::P99_9, &["p999", "p99p9", "p99.9", "P99.9", "p99_9"]),
            (Stat::Max, &["max", "Max"]),
        ];
        for (stat, names) in spellings {
            assert_eq!(parse(stat.key()), Some(stat));
            for name in names {
                assert_eq!(parse(name), Some(stat), "{name}");
            }
        }
        for other in ["", "p", "mode", "count", "sum", "p80", "p99.99", "99", "variance", "p_99"] {
            assert_eq!(parse(other), None, "{other}");
        }
        assert_eq!(percentile("99.9"), Some(Stat::P99_9));
    }
}
