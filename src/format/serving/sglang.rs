//! The JSON lines of SGLang's `bench_serving`: one object for each run, appended to one file.
//!
//! Latencies are of completed requests, in milliseconds. An unlimited rate is the literal `Infinity`, which
//! strict JSON does not have. The file has the model and the degrees only if the server reported its settings.

use serde_json::Value;

use crate::format::reader::identity::scalar;
use crate::format::serving::{self, Dialect, Fields, Run, Tool};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Load, Sink, Stat};

static DIALECT: Dialect = Dialect {
    tool: "SGLang",
    latencies: &[("ttft", "ttft"), ("tpot", "tpot"), ("itl", "itl"), ("e2e_latency", "e2el")],
    suffix: "_ms",
    scale: 1.0,
    figures: &[
        ("duration", "duration"),
        ("completed", "completed"),
        ("request_throughput", "rps"),
        ("input_throughput", "input_tps"),
        ("output_throughput", "output_tps"),
        ("total_throughput", "total_tps"),
        // The sum of all latencies ÷ the window: what was in flight.
        ("concurrency", "concurrency_achieved"),
    ],
    dimensions: &[("tag", "run"), ("backend", "backend"), ("dataset_name", "dataset"), ("random_range_ratio", "range_ratio")],
    own: &["request_rate", "max_concurrency", "random_input_len", "random_output_len", "sharegpt_output_len"],
    complete,
};

/// The server's own settings: key and dimension.
const SERVER: &[(&str, &str)] = &[
    ("model_path", "model"),
    ("served_model_name", "model"),
    ("tp_size", "tp"),
    ("dp_size", "dp"),
    ("pp_size", "pp"),
    ("ep_size", "ep"),
    ("quantization", "quantization"),
    ("speculative_algorithm", "spec_decoding"),
];

fn complete(_: Input<'_>, fields: &Fields, run: &mut Run) -> Load {
    let text = |key: &str| fields.get(key).and_then(scalar);
    // Every file has the lengths of synthetic prompts; they apply only to runs with such prompts.
    let dataset = run.identity.get("dataset").unwrap_or_default();
    let (random, sharegpt) = (dataset.starts_with("random"), dataset == "sharegpt");
    if random {
        run.identity.set("isl", text("random_input_len"));
        run.identity.set("osl", text("random_output_len"));
    } else if sharegpt {
        run.identity.set("osl", text("sharegpt_output_len"));
    }
    if let Some(server @ Value::Object(_)) = fields.get("server_info") {
        for (key, dimension) in SERVER {
            run.identity.set(dimension, scalar(&server[*key]));
        }
        run.identity.set("version", scalar(&server["version"]).map(|version| format!("SGLang-{version}")));
        // With DP attention the replicas share the GPUs of the tensor-parallel group instead of adding their own.
        if server["enable_dp_attention"] == true {
            let degree = |key: &str| server[key].as_f64().filter(|degree| *degree >= 1.0);
            if let Some(tp) = degree("tp_size") {
                run.identity.set("gpus", Some((tp * degree("pp_size").unwrap_or(1.0)).to_string()));
                run.identity.set("gpus_basis", Some("derived: TP × PP (DP attention shares them)".to_owned()));
                run.identity.set("dp_attention", Some("true".to_owned()));
            }
        }
    }
    run.mean_tokens(fields, [("total_input_tokens", "input_tokens"), ("total_output_tokens", "output_tokens")]);
    // Older releases do not state the sum. (If present it precedes the latencies, so a truncated run
    // before them has it yet to come.)
    let whole = fields.get("mean_e2e_latency_ms").is_some_and(Value::is_number);
    if let (true, Some(input), Some(output)) = (whole, run.value("input_tps", Stat::Mean), run.value("output_tps", Stat::Mean)) {
        run.add("total_tps", Stat::Mean, input + output);
    }
    run.rate_or_concurrency(fields)
}

/// SGLang's own results.
pub(in crate::format) static SGLANG: Format = Format {
    about: &About::new(
        "sglang",
        "SGLang bench_serving JSONL",
        "one run per line, including the literal `Infinity`; server settings where reported",
        &["jsonl", "json", "ndjson"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    (serving::tool(look) == Some(Tool::Sglang)).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    serving::read(input, &DIALECT, sink);
}
