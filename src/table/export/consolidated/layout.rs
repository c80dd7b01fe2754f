//! The layouts: columns in the order in which the reference import scripts write them.

use crate::catalog::exports::Layout;
use crate::record::Stat;

/// What a column holds.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    /// A name made of accelerator, cluster, model and parallelism.
    Run,
    /// A dimension's text.
    Text(&'static str),
    /// A requested length in tokens; 0 where a data set is named instead.
    Length(&'static str),
    /// The requested concurrency.
    Concurrency,
    /// A figure in the catalogue's unit, divided by the number.
    Figure(&'static str, Stat, f64),
    /// GuideLLM's time per output token, ms; of other tools TPOT.
    TimePerOutputToken(Stat),
    /// The GuideLLM version.
    GuideLlm,
    /// When the run that a row belongs to started, ms since 1970.
    Start,
    /// When it ended.
    End,
}

use Cell::{Concurrency, End, Figure, GuideLlm, Length, Run, Start, Text, TimePerOutputToken};

const fn of(metric: &'static str, stat: Stat) -> Cell {
    Figure(metric, stat, 1.0)
}

const fn scalar(metric: &'static str) -> Cell {
    Figure(metric, Stat::Mean, 1.0)
}

/// End-to-end latency, which these tables have in seconds.
const fn seconds(stat: Stat) -> Cell {
    Figure("e2el", stat, 1000.0)
}

type Column = (&'static str, Cell);

const FIRST: &[Column] = &[
    ("run", Run),
    ("accelerator", Text("accelerator")),
    ("model", Text("model")),
    ("version", Text("version")),
    ("prompt toks", Length("isl")),
    ("output toks", Length("osl")),
    ("TP", Text("tp")),
];

const OF_CLUSTERS: &[Column] = &[
    ("DP", Text("dp")),
    ("EP", Text("ep")),
    ("replicas", Text("replicas")),
    ("prefill_pod_count", Text("prefill")),
    ("decode_pod_count", Text("decode")),
    ("router_config", Text("router_config")),
];

const COMMON: &[Column] = &[
    ("measured concurrency", scalar("concurrency_achieved")),
    ("intended concurrency", Concurrency),
    ("measured rps", scalar("rps")),
    ("output_tok/sec", scalar("output_tps")),
    ("total_tok/sec", scalar("total_tps")),
    ("prompt_token_count_mean", of("input_tokens", Stat::Mean)),
    ("prompt_token_count_p99", of("input_tokens", Stat::P99)),
    ("output_token_count_mean", of("output_tokens", Stat::Mean)),
    ("output_token_count_p99", of("output_tokens", Stat::P99)),
    ("ttft_median", of("ttft", Stat::P50)),
    ("ttft_p95", of("ttft", Stat::P95)),
    ("ttft_p1", of("ttft", Stat::P1)),
    ("ttft_p999", of("ttft", Stat::P99_9)),
    ("tpot_median", TimePerOutputToken(Stat::P50)),
    ("tpot_p95", TimePerOutputToken(Stat::P95)),
    ("tpot_p99", TimePerOutputToken(Stat::P99)),
    ("tpot_p999", TimePerOutputToken(Stat::P99_9)),
    ("tpot_p1", TimePerOutputToken(Stat::P1)),
    ("itl_median", of("itl", Stat::P50)),
    ("itl_p95", of("itl", Stat::P95)),
    ("itl_p999", of("itl", Stat::P99_9)),
    ("itl_p1", of("itl", Stat::P1)),
    ("request_latency_median", seconds(Stat::P50)),
    ("request_latency_min", seconds(Stat::Min)),
    ("request_latency_max", seconds(Stat::Max)),
    ("successful_requests", scalar("completed")),
    ("errored_requests", scalar("errored")),
    ("uuid", Text("run_id")),
    ("ttft_mean", of("ttft", Stat::Mean)),
    ("ttft_p99", of("ttft", Stat::P99)),
    ("itl_mean", of("itl", Stat::Mean)),
    ("itl_p99", of("itl", Stat::P99)),
    ("runtime_args", Text("runtime_args")),
    ("guidellm_start_time_ms", Start),
    ("guidellm_end_time_ms", End),
    ("image_tag", Text("image")),
    ("guidellm_version", GuideLlm),
];

const OF_SERVERS: &[Column] = &[
    ("DP", Text("dp")),
    ("dataset", Text("dataset")),
    ("spec_decoding", Text("spec_decoding")),
    ("prefix_caching", Text("prefix_caching")),
    ("turns", Text("turns")),
    ("prefix_tokens", Text("prefix_tokens")),
    ("prefix_count", Text("prefix_count")),
    ("request_type", Text("request_type")),
];

const LAST_OF_CLUSTERS: &[Column] = &[("notes", Text("notes"))];

/// The columns of a layout, in their order.
pub(super) fn columns(layout: Layout) -> Vec<Column> {
    match layout {
        Layout::Rhaiis => [FIRST, COMMON, OF_SERVERS].concat(),
        Layout::Llmd => [FIRST, OF_CLUSTERS, COMMON, LAST_OF_CLUSTERS].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{dimensions::dimension, metrics::metric};

    #[test]
    fn layouts_are_whole_and_name_the_catalogue() {
        assert_eq!(columns(Layout::Rhaiis).len(), 52);
        assert_eq!(columns(Layout::Llmd).len(), 51);
        for (name, cell) in [columns(Layout::Rhaiis), columns(Layout::Llmd)].concat() {
            match cell {
                Text(key) | Length(key) => assert!(dimension(key).is_some(), "{name}"),
                Figure(key, ..) => assert!(metric(key).is_some(), "{name}"),
                Run | Concurrency | TimePerOutputToken(_) | GuideLlm | Start | End => {}
            }
        }
    }
}
