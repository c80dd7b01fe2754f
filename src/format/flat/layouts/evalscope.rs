//! EvalScope's performance test: a folder for each run with a summary, a table of percentiles, and the arguments.
//!
//! Seconds. The summary has means, the percentiles the rest of the same measurement: the join makes one of them
//! (`part_of`). The arguments hold headers and keys, so nothing of them is kept that is not listed. Truth: EvalScope
//! `perf/utils/benchmark_util.py`.

use crate::format::About;
use crate::format::flat::Row;
use crate::record::Kind;

pub(in crate::format::flat) static SUMMARY: Row = Row {
    about: &About::new(
        "evalscope",
        "EvalScope perf summary JSON",
        "means, throughput and failures of a run; the percentiles beside it complete it",
        &["json"],
    ),
    tool: "EvalScope",
    marks: &["Time taken for tests (s)", "Number of concurrency", "Total requests"],
    fields: &[
        ("Time taken for tests (s)", "duration s"),
        ("Number of concurrency", "load concurrency"),
        ("Request rate (req/s)", "load rate"),
        ("Total requests", "requests"),
        ("Succeed requests", "completed"),
        ("Failed requests", "errored"),
        ("Output token throughput (tok/s)", "output_tps"),
        ("Total token throughput (tok/s)", "total_tps"),
        ("Request throughput (req/s)", "rps"),
        ("Average latency (s)", "e2el mean s"),
        ("Average time to first token (s)", "ttft mean s"),
        ("Average time per output token (s)", "tpot mean s"),
        ("Average inter-token latency (s)", "itl mean s"),
        ("Average package latency (s)", "icl mean s"),
        ("Average input tokens per request", "input_tokens mean"),
        ("Average output tokens per request", "output_tokens mean"),
    ],
    fixed: &[("part_of", "EvalScope run")],
    missing: &["-1"],
    ..Row::EMPTY
};

pub(in crate::format::flat) static PERCENTILES: Row = Row {
    about: &About::new(
        "evalscope-percentiles",
        "EvalScope perf percentiles JSON",
        "percentiles of the measurement whose summary is beside them",
        &["json"],
    ),
    tool: "EvalScope",
    marks: &["Percentiles", "TTFT (s)", "Latency (s)"],
    fields: &[
        ("TTFT (s)", "ttft s"),
        ("ITL (s)", "itl s"),
        ("TPOT (s)", "tpot s"),
        ("Latency (s)", "e2el s"),
        ("Input tokens", "input_tokens"),
        ("Output tokens", "output_tokens"),
    ],
    fixed: &[("part_of", "EvalScope run")],
    statistic: "Percentiles",
    ..Row::EMPTY
};

pub(in crate::format::flat) static ARGUMENTS: Row = Row {
    about: &About::new(
        "evalscope-arguments",
        "EvalScope perf arguments JSON",
        "model, data set and server of the results beside them",
        &["json"],
    ),
    tool: "EvalScope",
    kind: Kind::Context,
    marks: &["model", "api", "url", "parallel", "number", "rate"],
    fields: &[
        ("model", "model"),
        ("url", "target"),
        ("dataset", "dataset"),
        ("tokenizer_path", "tokenizer"),
        ("api", "backend"),
        ("seed", "seed"),
    ],
    fixed: &[("for_tool", "EvalScope")],
    ..Row::EMPTY
};
