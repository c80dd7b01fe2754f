//! sa-bench, the benchmark of srt-slurm and a fork of vLLM's: its results, one file for each concurrency, and the
//! roll-ups that srt-slurm makes of them ([`rollup`]).
//!
//! Only the names of result files have GPU counts, only the names of their folders lengths. sa-bench sweeps the
//! concurrency, in names, tables and charts, so that is the load even where the requests were also paced by a rate.

mod rollup;

use crate::format::serving::keys::{sa_bench_name, sa_bench_path};
use crate::format::serving::{self, Dialect, Fields, Run, Tool, vllm};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Load, Severity, Sink};

static DIALECT: Dialect = Dialect { tool: "sa-bench", complete, ..vllm::DIALECT };

fn complete(input: Input<'_>, fields: &Fields, run: &mut Run) -> Load {
    run.times(fields);
    run.mean_tokens(fields, [("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")]);
    // The first releases named the totals so.
    run.mean_tokens(fields, [("total_input", "input_tokens"), ("total_output", "output_tokens")]);
    run.audit_requests(fields);
    if !sa_bench_path(input.path, &mut run.identity) {
        let message = "sa-bench states GPU counts only in the file name, and this name has none; load the run's metadata from the same folder for them.";
        let hint = "Keep original file names such as results_concurrency_16_gpus_8.json.";
        run.notes.push(("names without GPU counts", Severity::Info, message.to_owned(), hint));
    }
    let load = run.rate_or_concurrency(fields);
    let stated = fields.get("max_concurrency").and_then(serde_json::Value::as_f64);
    let named = || sa_bench_name(input.path)?.concurrency?.parse().ok();
    let swept = stated.or_else(named).filter(|limit| *limit > 0.0);
    match swept {
        Some(concurrency) if load != Load::concurrency(concurrency) => {
            run.identity.set("request_rate", load.value.map(|rate| rate.to_string()));
            Load::concurrency(concurrency)
        }
        _ => load,
    }
}

/// sa-bench's results and roll-ups.
pub(in crate::format) static SA_BENCH: Format = Format {
    about: &About::new(
        "sa-bench",
        "sa-bench results and roll-ups",
        "results (GPU counts from the file name), `benchmark-rollup.json` and `.csv`; single requests on demand",
        &["json", "csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let ours = serving::tool(look) == Some(Tool::SaBench) || rollup::is_json(look) || rollup::is_csv(look);
    ours.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let look = Look::new(input);
    if rollup::is_json(&look) {
        rollup::json(input, sink);
    } else if rollup::is_csv(&look) {
        rollup::csv(input.text, sink);
    } else {
        serving::read(input, &DIALECT, sink);
    }
}
