//! The metrics: one row each.
//!
//! Definitions follow the field's words (TTFT, TPOT, ITL, E2EL) and say where tools differ: a metric whose definition
//! differs is a different row. `derive` rows are computed from others, measurement by measurement, wherever the file
//! did not give the figure itself.

use std::sync::LazyLock;

use crate::record::{Kind, Stat};

pub use super::metric::{Better, Derive, Metric, Shape};

mod accuracy;
mod benchmark;
mod gpu;
mod machine;
mod published;
mod server;
mod sessions;
mod workload;

pub use workload::LRU_REUSE;

/// Every metric the catalogue knows, in the order menus and tables show them: a group a file.
pub static METRICS: LazyLock<Vec<&'static Metric>> = LazyLock::new(|| {
    [benchmark::ROWS, server::ROWS, machine::ROWS, gpu::ROWS, accuracy::ROWS, published::ROWS, workload::ROWS, sessions::ROWS]
        .into_iter()
        .flatten()
        .collect()
});

/// The row with this key.
pub fn metric(key: &str) -> Option<&'static Metric> {
    METRICS.iter().copied().find(|metric| metric.key == key)
}

/// Whether a figure is a moment, in seconds since 1970: people read it as a date, and no axis begins in 1970.
pub fn is_instant(key: &str) -> bool {
    key == "time"
}

/// Metrics that may be negative: scores of evaluations, temperatures.
const SIGNED: [&str; 4] = ["score", "accuracy", "gpu_temperature", "gpu_memory_temperature"];

/// Words in the names of figures that the catalogue does not know, but which are never negative.
const AMOUNTS: [&str; 30] = [
    "token",
    "tokens",
    "throughput",
    "latency",
    "latencies",
    "duration",
    "time",
    "seconds",
    "requests",
    "prompts",
    "failures",
    "errors",
    "count",
    "tps",
    "rps",
    "qps",
    "power",
    "energy",
    "memory",
    "length",
    "lens",
    "len",
    "stddev",
    "std",
    "s",
    "ms",
    "us",
    "second",
    "inferences",
    "startup",
];

/// Words of figures that may be negative: differences, logarithms, ratings.
const MAY_BE_NEGATIVE: [&str; 14] = [
    "diff",
    "difference",
    "delta",
    "change",
    "offset",
    "skew",
    "gain",
    "improvement",
    "log",
    "logprob",
    "logprobs",
    "loss",
    "score",
    "reward",
];

/// Whether a metric is never negative: of one that the catalogue does not know, as far as its name says so.
pub fn is_never_negative(key: &str) -> bool {
    if metric(key).is_some() {
        return !SIGNED.contains(&key);
    }
    let words = || key.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase);
    let has = |known: &[&str]| words().any(|word| known.contains(&word.as_str()));
    has(&AMOUNTS) && !has(&MAY_BE_NEGATIVE)
}

/// A metric's label; an unknown metric is its own label.
pub fn label(key: &str) -> &str {
    metric(key).map_or(key, |metric| metric.label)
}

/// The name a figure of a kind of records goes by on the page, e.g. `P95 TTFT`; of a single thing just `TTFT`.
pub fn title(key: &str, stat: Stat, kind: Kind) -> String {
    match metric(key) {
        Some(metric) if stat == Stat::Mean && (metric.shape == Shape::Scalar || kind.is_single()) => metric.label.to_owned(),
        Some(metric) => {
            let (first, rest) = (stat.label().chars().take(1), stat.label().chars().skip(1));
            let stat: String = first.flat_map(char::to_uppercase).chain(rest).collect();
            format!("{stat} {}", metric.label)
        }
        None if stat == Stat::Mean => key.to_owned(),
        None => format!("{key} {}", stat.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_never_negative() {
        for key in ["ttft", "my_latency_ms", "failed.requests", "warmup_time"] {
            assert!(is_never_negative(key), "{key}");
        }
        for key in ["gpu_temperature", "latency_change", "logprob_per_token", "score", "clock_offset_ms", "unheard of"] {
            assert!(!is_never_negative(key), "{key}");
        }
    }

    #[test]
    fn keys_are_unique_and_derivations_name_rows() {
        for (i, row) in METRICS.iter().enumerate() {
            assert!(METRICS[..i].iter().all(|other| other.key != row.key), "{} appears twice", row.key);
            for input in row.derive.iter().flat_map(|derive| derive.inputs) {
                assert!(["gpus", "allocated_gpus"].contains(input) || metric(input).is_some(), "{}: no metric {input}", row.key);
            }
        }
    }

    #[test]
    fn columns_carry_their_unit() {
        let name = |key: &str, stat| metric(key).map(|metric| metric.column_name(stat));
        assert_eq!(name("ttft", Stat::P99).as_deref(), Some("ttft_p99_ms"));
        assert_eq!(name("output_tps", Stat::Mean).as_deref(), Some("output_tps"));
        assert_eq!(name("error_rate", Stat::Mean).as_deref(), Some("error_rate_pct"));
        assert_eq!(title("ttft", Stat::P95, Kind::Measurement), "P95 TTFT");
        assert_eq!(title("itl", Stat::Mean, Kind::Measurement), "Mean ITL");
        assert_eq!(title("rps", Stat::Mean, Kind::Measurement), "Request throughput");
        // A slice of time has a mean, a request has not.
        assert_eq!(title("itl", Stat::Mean, Kind::Sample), "Mean ITL");
        assert_eq!(title("itl", Stat::Mean, Kind::Request), "ITL");
    }
}
