//! The columns of a consolidated CSV: rows of data.
//!
//! Names match after trimming, whatever the case, `_` or space. Latency columns come in families: a metric's name and
//! a statistic's, so that a statistic that the importer adds one day is read without a new row.

use std::fmt::Write;

use crate::catalog::stats;
use crate::catalog::{DIMENSIONS, METRICS, Order};
use crate::record::Stat;

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A dimension, as text.
    Text(String),
    /// A dimension whose values are numbers from the given one on; `4.0` is `4`.
    Number(String, f64),
    /// A dimension that counts from 1 on; 0 is how the importer writes none.
    Count(&'static str),
    /// The accelerator, under its canonical name.
    Accelerator,
    /// The release of GuideLLM that measured the row.
    ToolVersion,
    /// A dimension: an instant in milliseconds since 1970.
    Instant(&'static str),
    /// The requested concurrency.
    Concurrency,
    /// A figure: metric, statistic, factor to the catalogue's unit, and its family.
    Figure(String, Stat, f64, Family),
}

/// Which distribution a figure belongs to: an empty one shows in all its figures together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// None: one figure of the run, or an unknown column.
    None,
    /// GuideLLM's time per output token, whose meaning depends on the release.
    TimePerOutputToken,
    /// GuideLLM's inter-token latency, which other tools call TPOT.
    InterToken,
    /// Another distribution, by its row in [`FAMILIES`].
    Other(u8),
}

enum Plain {
    Text(&'static str),
    Number(&'static str, f64),
    Count(&'static str),
    Accelerator,
    ToolVersion,
    Instant(&'static str),
    Concurrency,
    Scalar(&'static str),
}

use Plain::{Accelerator, Concurrency, Count, Instant, Number, Scalar, Text, ToolVersion};

/// The columns that are no statistics.
const COLUMNS: &[(&str, Plain)] = &[
    ("run", Text("run")),
    ("accelerator", Accelerator),
    ("model", Text("model")),
    ("version", Text("version")),
    // 0 and 0 is how the importer writes a run over a real data set.
    ("prompt toks", Number("isl", 0.0)),
    ("output toks", Number("osl", 0.0)),
    ("TP", Number("tp", 1.0)),
    ("DP", Number("dp", 1.0)),
    ("measured concurrency", Scalar("concurrency_achieved")),
    ("intended concurrency", Concurrency),
    ("measured rps", Scalar("rps")),
    ("output_tok/sec", Scalar("output_tps")),
    ("total_tok/sec", Scalar("total_tps")),
    ("successful_requests", Scalar("completed")),
    ("errored_requests", Scalar("errored")),
    ("uuid", Text("run_id")),
    ("runtime_args", Text("runtime_args")),
    ("guidellm_start_time_ms", Instant("start_time")),
    ("guidellm_end_time_ms", Instant("end_time")),
    ("image_tag", Text("image")),
    ("guidellm_version", ToolVersion),
    ("dataset", Text("dataset")),
    ("spec_decoding", Text("spec_decoding")),
    ("prefix_caching", Text("prefix_caching")),
    ("turns", Number("turns", 1.0)),
    ("prefix_tokens", Number("prefix_tokens", 0.0)),
    ("prefix_count", Number("prefix_count", 0.0)),
    ("request_type", Text("request_type")),
    // Of whole clusters (LLM-D).
    ("EP", Count("ep")),
    ("replicas", Count("replicas")),
    ("prefill_pod_count", Count("prefill")),
    ("decode_pod_count", Count("decode")),
    ("router_config", Text("router_config")),
    ("notes", Text("notes")),
    // Of CPUs.
    ("core_count", Count("cores")),
    ("omp_num_threads", Count("omp_threads")),
    ("cpuset_cpus", Text("cpuset_cpus")),
    ("cpuset_mems", Text("cpuset_mems")),
];

/// The distributions: name before the statistic, the catalogue's metric, factor to its unit.
pub(super) const FAMILIES: &[(&str, &str, f64)] = &[
    ("ttft", "ttft", 1.0),
    ("tpot", "tpot", 1.0),
    ("itl", "itl", 1.0),
    // In seconds, unlike the others.
    ("request latency", "e2el", 1000.0),
    ("prompt token count", "input_tokens", 1.0),
    ("output token count", "output_tokens", 1.0),
];

/// Dimensions that Inferscope sets; a column of that name is renamed.
const RESERVED: &[&str] = &["tool", "tool_version", "path", "profile", "load_kind", "gpus_basis"];

/// A column's normalised name.
pub(super) fn fold(name: &str) -> String {
    name.trim().to_lowercase().replace('_', " ")
}

/// The meaning of a known column; `None` for an unknown one.
pub(super) fn known(name: &str) -> Option<Meaning> {
    let folded = fold(name);
    if let Some((_, plain)) = COLUMNS.iter().find(|(column, _)| fold(column) == folded) {
        return Some(match plain {
            Text(key) => Meaning::Text((*key).to_owned()),
            Number(key, least) => Meaning::Number((*key).to_owned(), *least),
            Count(key) => Meaning::Count(key),
            Accelerator => Meaning::Accelerator,
            ToolVersion => Meaning::ToolVersion,
            Instant(key) => Meaning::Instant(key),
            Concurrency => Meaning::Concurrency,
            Scalar(metric) => Meaning::Figure((*metric).to_owned(), Stat::Mean, 1.0, Family::None),
        });
    }
    let (name, statistic) = folded.rsplit_once(' ')?;
    let stat = stats::parse(statistic)?;
    let row = FAMILIES.iter().position(|(family, ..)| *family == name)?;
    let (family, metric, scale) = FAMILIES[row];
    let family = match family {
        "tpot" => Family::TimePerOutputToken,
        "itl" => Family::InterToken,
        _ => Family::Other(row as u8),
    };
    Some(Meaning::Figure(metric.to_owned(), stat, scale, family))
}

/// The meaning of an unknown column: the catalogue's if the name matches, else a column of its own, a
/// figure or a text as its cells (`numeric`) are. `position` names a column without a name, from 1.
pub(super) fn unknown(name: &str, position: usize, numeric: bool) -> Meaning {
    let folded = name.trim().to_lowercase().replace(' ', "_");
    let reserved = RESERVED.contains(&folded.as_str());
    if let Some(row) = DIMENSIONS.iter().find(|row| row.key == folded && !reserved) {
        return match row.order {
            Order::Number => Meaning::Number(row.key.to_owned(), 0.0),
            Order::Text | Order::Version | Order::Set => Meaning::Text(row.key.to_owned()),
        };
    }
    let exported = |stat| METRICS.iter().copied().find(|metric| metric.column_name(stat) == folded).map(|metric| (metric, stat));
    if let Some((metric, stat)) = Stat::ALL.into_iter().find_map(exported) {
        return Meaning::Figure(metric.key.to_owned(), stat, 1.0, Family::None);
    }
    let mut own = name.trim().to_owned();
    if own.is_empty() {
        _ = write!(own, "column {position}");
    } else if reserved || METRICS.iter().any(|metric| metric.key == own) {
        // The catalogue's key without a unit: the unit is unknown.
        own = format!("column {own}");
    }
    if numeric { Meaning::Figure(own, Stat::Mean, 1.0, Family::None) } else { Meaning::Text(own) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whatever_case_and_spaces() {
        assert_eq!(known(" Prompt_Toks "), Some(Meaning::Number("isl".to_owned(), 0.0)));
        assert_eq!(known("OUTPUT_TOK/SEC"), known("output tok/sec"));
        assert_eq!(known("ttft p999"), Some(Meaning::Figure("ttft".to_owned(), Stat::P99_9, 1.0, Family::Other(0))));
        assert_eq!(known("request_latency_max"), Some(Meaning::Figure("e2el".to_owned(), Stat::Max, 1000.0, Family::Other(3))));
        assert_eq!(known("tpot_p95"), Some(Meaning::Figure("tpot".to_owned(), Stat::P95, 1.0, Family::TimePerOutputToken)));
        assert_eq!(known("ttft"), None);
        assert_eq!(known(""), None);
    }

    #[test]
    fn every_key_is_in_the_catalogue() {
        use crate::catalog::{dimensions::dimension, metrics::metric};
        for (name, _) in COLUMNS {
            match known(name) {
                Some(Meaning::Text(key) | Meaning::Number(key, _)) => assert!(dimension(&key).is_some(), "{key}"),
                Some(Meaning::Instant(key) | Meaning::Count(key)) => assert!(dimension(key).is_some(), "{key}"),
                Some(Meaning::Figure(key, ..)) => assert!(metric(&key).is_some(), "{key}"),
                Some(Meaning::Accelerator | Meaning::ToolVersion | Meaning::Concurrency) => {}
                None => panic!("{name} is not found"),
            }
        }
        assert!(FAMILIES.iter().all(|(_, key, _)| metric(key).is_some()));
    }

    #[test]
    fn other_columns() {
        assert_eq!(unknown("gpus", 3, true), Meaning::Number("gpus".to_owned(), 0.0));
        assert_eq!(unknown("ttft_p99_ms", 3, true), Meaning::Figure("ttft".to_owned(), Stat::P99, 1.0, Family::None));
        assert_eq!(unknown("ttft", 3, true), Meaning::Figure("column ttft".to_owned(), Stat::Mean, 1.0, Family::None));
        assert_eq!(unknown("profile", 3, false), Meaning::Text("column profile".to_owned()));
        assert_eq!(unknown(" Rack ", 3, false), Meaning::Text("Rack".to_owned()));
        assert_eq!(unknown("", 3, true), Meaning::Figure("column 3".to_owned(), Stat::Mean, 1.0, Family::None));
    }
}
