//! The columns of a sweep table. Rows of data.

use crate::catalog::stats;
use crate::format::llmd::scheduler;
use crate::record::Stat;

/// The content of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// A dimension, by its key.
    Dimension(&'static str),
    /// A metric and statistic, in the catalogue's unit.
    Figure(&'static str, Stat),
    /// A figure that the catalogue has no metric for: kept under the column's name.
    Other,
    /// Requested concurrency.
    Concurrency,
    /// Requested rate in requests per second.
    Rate,
    /// Output throughput per user: by one of two definitions.
    PerUser,
    /// Follows from other columns.
    Ignored,
}

const fn scalar(metric: &'static str) -> Meaning {
    Meaning::Figure(metric, Stat::Mean)
}

/// Columns by name. Others are a scheduler's settings, latencies (see [`LATENCIES`]) or settings, which are kept under their own name.
const COLUMNS: &[(&str, Meaning)] = &[
    ("Name", Meaning::Dimension("config")),
    ("Directory", Meaning::Dimension("run")),
    ("Directory_Base", Meaning::Ignored),
    ("Start", Meaning::Dimension("start_time")),
    ("Model", Meaning::Dimension("model")),
    ("GPU", Meaning::Dimension("accelerator")),
    ("Num_GPUs", Meaning::Dimension("gpus")),
    ("DP", Meaning::Dimension("dp")),
    ("TP", Meaning::Dimension("tp")),
    ("PP", Meaning::Dimension("pp")),
    ("EP", Meaning::Dimension("ep")),
    ("Replicas", Meaning::Dimension("replicas")),
    ("P_DP", Meaning::Dimension("prefill_dp")),
    ("P_TP", Meaning::Dimension("prefill_tp")),
    ("P_PP", Meaning::Dimension("prefill_pp")),
    ("P_EP", Meaning::Dimension("prefill_ep")),
    ("P_Replicas", Meaning::Dimension("prefill")),
    ("D_DP", Meaning::Dimension("decode_dp")),
    ("D_TP", Meaning::Dimension("decode_tp")),
    ("D_PP", Meaning::Dimension("decode_pp")),
    ("D_EP", Meaning::Dimension("decode_ep")),
    ("D_Replicas", Meaning::Dimension("decode")),
    ("Is_PD", Meaning::Ignored),
    ("ISL", Meaning::Dimension("isl")),
    ("OSL", Meaning::Dimension("osl")),
    // The requested length; the one before it is as measured.
    ("Target_OSL", Meaning::Dimension("osl")),
    ("System_Prompt_Length", Meaning::Dimension("prefix_tokens")),
    ("Groups", Meaning::Dimension("prefix_count")),
    ("Prompts_Per_Group", Meaning::Dimension("prefix_prompts")),
    ("Question_Length", Meaning::Dimension("question_tokens")),
    ("Backend", Meaning::Dimension("backend")),
    ("Workload_Generator", Meaning::Dimension("backend")),
    ("Concurrency", Meaning::Concurrency),
    ("Max_Concurrency", Meaning::Concurrency),
    ("Max_QPS", Meaning::Rate),
    ("Duration", scalar("duration")),
    ("Request_Throughput", scalar("rps")),
    ("Output_Token_Throughput", scalar("output_tps")),
    ("Total_Token_Throughput", scalar("total_tps")),
    ("Thpt_per_GPU", scalar("output_tps_per_gpu")),
    ("Failures", scalar("errored")),
    ("Thpt_per_User", Meaning::PerUser),
    // Both count failed requests as well.
    ("Completed", Meaning::Other),
    ("Total_Requests", Meaning::Other),
];

/// Latencies: `<statistic>_<name>_ms`.
const LATENCIES: &[(&str, &str)] = &[("TTFT", "ttft"), ("TPOT", "tpot"), ("ITL", "itl"), ("E2EL", "e2el")];

/// The content of a column; `None` for an unknown setting.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let latency = || {
        let (stat, metric) = name.strip_suffix("_ms")?.split_once('_')?;
        let (_, metric) = LATENCIES.iter().find(|(known, _)| *known == metric)?;
        Some(Meaning::Figure(metric, stats::parse(stat)?))
    };
    let scheduler = || scheduler::of_column(name).map(Meaning::Dimension);
    COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning).or_else(scheduler).or_else(latency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (_, meaning) in COLUMNS {
            match meaning {
                Meaning::Dimension(key) => assert!(crate::catalog::dimensions::dimension(key).is_some(), "{key}"),
                Meaning::Figure(key, _) => assert!(crate::catalog::metrics::metric(key).is_some(), "{key}"),
                _ => {}
            }
        }
        assert_eq!(meaning("P99.9_TTFT_ms"), Some(Meaning::Figure("ttft", Stat::P99_9)));
        assert_eq!(meaning("Queue_Scorer_Weight"), Some(Meaning::Dimension("queue_scorer_weight")));
        assert_eq!(meaning("Platform"), None);
    }
}
