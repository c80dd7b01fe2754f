//! The consolidated tables of other dashboards: what each column holds, and the columns of each table in the order in which
//! the reference import scripts write them. The reader and the writer of these tables both go by it.
//!
//! Latency columns come in families: a metric's name and a statistic's, so that a statistic that the importer adds one day is
//! read without a new row.

use super::exports::Layout;
use super::{Dimension, Order, stats};
use crate::record::Stat;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holds {
    /// A name made of accelerator, cluster, model and parallelism.
    Run,
    /// The accelerator.
    Accelerator,
    /// A dimension's text.
    Text(&'static str),
    /// A dimension whose values are numbers from the given one on; `4.0` is `4`.
    Number(&'static str, f64),
    /// A requested length in tokens; 0 is how the importer writes a run over a real data set.
    Length(&'static str),
    /// A dimension that counts from 1 on; 0 is how the importer writes none.
    Count(&'static str),
    /// The release of GuideLLM that measured the row.
    GuideLlm,
    /// When the run that a row belongs to started, in milliseconds since 1970.
    Start,
    /// When it ended.
    End,
    /// The requested concurrency.
    Concurrency,
    /// A figure of the run in the catalogue's unit: a metric.
    Figure(&'static str),
    /// A statistic of a distribution.
    Statistic(&'static Family, Stat),
}

/// A distribution, and how its columns are called.
#[derive(Debug, PartialEq)]
pub struct Family {
    /// The name before the statistic.
    pub name: &'static str,
    /// The catalogue's metric.
    pub metric: &'static str,
    /// What the column's numbers are multiplied with to have the catalogue's unit.
    pub factor: f64,
}

/// GuideLLM's time per output token, whose meaning depends on the release.
pub static TIME_PER_OUTPUT_TOKEN: Family = Family { name: "tpot", metric: "tpot", factor: 1.0 };
/// GuideLLM's inter-token latency, which other tools call TPOT.
pub static INTER_TOKEN: Family = Family { name: "itl", metric: "itl", factor: 1.0 };
static TTFT: Family = Family { name: "ttft", metric: "ttft", factor: 1.0 };
/// In seconds, unlike the others.
static REQUEST_LATENCY: Family = Family { name: "request_latency", metric: "e2el", factor: 1000.0 };
static PROMPT_TOKENS: Family = Family { name: "prompt_token_count", metric: "input_tokens", factor: 1.0 };
static OUTPUT_TOKENS: Family = Family { name: "output_token_count", metric: "output_tokens", factor: 1.0 };

/// Every distribution.
pub static FAMILIES: [&Family; 6] =
    [&TTFT, &TIME_PER_OUTPUT_TOKEN, &INTER_TOKEN, &REQUEST_LATENCY, &PROMPT_TOKENS, &OUTPUT_TOKENS];

use Holds::{Accelerator, Concurrency, Count, End, Figure, GuideLlm, Length, Number, Run, Start, Text};

/// The columns that are no statistics.
const COLUMNS: &[(&str, Holds)] = &[
    ("run", Run),
    ("accelerator", Accelerator),
    ("model", Text("model")),
    ("version", Text("version")),
    ("prompt toks", Length("isl")),
    ("output toks", Length("osl")),
    ("TP", Number("tp", 1.0)),
    ("DP", Number("dp", 1.0)),
    ("measured concurrency", Figure("concurrency_achieved")),
    ("intended concurrency", Concurrency),
    ("measured rps", Figure("rps")),
    ("output_tok/sec", Figure("output_tps")),
    ("total_tok/sec", Figure("total_tps")),
    ("successful_requests", Figure("completed")),
    ("errored_requests", Figure("errored")),
    ("uuid", Text("run_id")),
    ("runtime_args", Text("runtime_args")),
    ("guidellm_start_time_ms", Start),
    ("guidellm_end_time_ms", End),
    ("image_tag", Text("image")),
    ("guidellm_version", GuideLlm),
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

const FIRST: &[&str] = &["run", "accelerator", "model", "version", "prompt toks", "output toks", "TP"];

const OF_CLUSTERS: &[&str] = &["DP", "EP", "replicas", "prefill_pod_count", "decode_pod_count", "router_config"];

const COMMON: &[&str] = &[
    "measured concurrency",
    "intended concurrency",
    "measured rps",
    "output_tok/sec",
    "total_tok/sec",
    "prompt_token_count_mean",
    "prompt_token_count_p99",
    "output_token_count_mean",
    "output_token_count_p99",
    "ttft_median",
    "ttft_p95",
    "ttft_p1",
    "ttft_p999",
    "tpot_median",
    "tpot_p95",
    "tpot_p99",
    "tpot_p999",
    "tpot_p1",
    "itl_median",
    "itl_p95",
    "itl_p999",
    "itl_p1",
    "request_latency_median",
    "request_latency_min",
    "request_latency_max",
    "successful_requests",
    "errored_requests",
    "uuid",
    "ttft_mean",
    "ttft_p99",
    "itl_mean",
    "itl_p99",
    "runtime_args",
    "guidellm_start_time_ms",
    "guidellm_end_time_ms",
    "image_tag",
    "guidellm_version",
];

const OF_SERVERS: &[&str] =
    &["DP", "dataset", "spec_decoding", "prefix_caching", "turns", "prefix_tokens", "prefix_count", "request_type"];

const LAST_OF_CLUSTERS: &[&str] = &["notes"];

/// The column names of a table, in order.
pub fn columns(layout: Layout) -> Vec<&'static str> {
    match layout {
        Layout::Rhaiis => [FIRST, COMMON, OF_SERVERS].concat(),
        Layout::Llmd => [FIRST, OF_CLUSTERS, COMMON, LAST_OF_CLUSTERS].concat(),
    }
}

/// A column's normalised name: trimmed, whatever the case, `_` or space.
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase().replace('_', " ")
}

/// What a column holds; `None` for an unknown one.
pub fn holds(name: &str) -> Option<Holds> {
    let folded = fold(name);
    if let Some((_, holds)) = COLUMNS.iter().find(|(column, _)| fold(column) == folded) {
        return Some(*holds);
    }
    let (name, statistic) = folded.rsplit_once(' ')?;
    let stat = stats::parse(statistic)?;
    let family = FAMILIES.into_iter().find(|family| fold(family.name) == name)?;
    Some(Holds::Statistic(family, stat))
}

/// How a column is read that is called by the key of a dimension: like the tables' own column of it, if there is one.
pub fn of_dimension(dimension: &'static Dimension) -> Holds {
    let own = COLUMNS.iter().map(|(_, holds)| *holds).find(|holds| match holds {
        Text(key) | Number(key, _) | Length(key) | Count(key) => *key == dimension.key,
        _ => false,
    });
    own.unwrap_or(match dimension.order {
        Order::Number => Number(dimension.key, 0.0),
        Order::Text | Order::Version | Order::Set => Text(dimension.key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{dimensions::dimension, metrics::metric};

    #[test]
    fn tables_are_whole_and_every_column_is_known() {
        let tables = [columns(Layout::Rhaiis), columns(Layout::Llmd)];
        assert_eq!(tables.each_ref().map(Vec::len), [52, 51]);
        for name in tables.concat() {
            assert!(holds(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_key_is_in_the_catalogue() {
        for (name, column) in COLUMNS {
            match column {
                Text(key) | Number(key, _) | Length(key) | Count(key) => assert!(dimension(key).is_some(), "{name}"),
                Figure(key) => assert!(metric(key).is_some(), "{name}"),
                Run | Accelerator | GuideLlm | Start | End | Concurrency | Holds::Statistic(..) => {}
            }
        }
        assert!(FAMILIES.iter().all(|family| metric(family.metric).is_some()));
    }

    #[test]
    fn names_match_whatever_case_and_spaces() {
        assert_eq!(holds(" Prompt_Toks "), Some(Length("isl")));
        assert_eq!(holds("OUTPUT_TOK/SEC"), holds("output tok/sec"));
        assert_eq!(holds("ttft p999"), Some(Holds::Statistic(&TTFT, Stat::P99_9)));
        assert_eq!(holds("request_latency_max"), Some(Holds::Statistic(&REQUEST_LATENCY, Stat::Max)));
        assert_eq!(holds("tpot_p95"), Some(Holds::Statistic(&TIME_PER_OUTPUT_TOKEN, Stat::P95)));
        assert_eq!((holds("ttft"), holds("")), (None, None));
    }
}
