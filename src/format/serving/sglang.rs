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
    if let Some(info @ Value::Object(_)) = fields.get("server_info") {
        match [servers(info, "prefill"), servers(info, "decode")] {
            [[], []] => settings(info, run),
            halves => disaggregated(halves, run),
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

/// The servers of one role that a router of disaggregated serving lists.
fn servers<'i>(info: &'i Value, role: &str) -> &'i [Value] {
    info[role].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Reads the settings of one server.
fn settings(server: &Value, run: &mut Run) {
    for (key, dimension) in SERVER {
        run.identity.set(dimension, scalar(&server[*key]));
    }
    run.identity.set("version", scalar(&server["version"]).map(|version| format!("SGLang-{version}")));
    // With DP attention the replicas share the GPUs of the tensor-parallel group instead of adding their own.
    if let (true, Some(gpus)) = (server["enable_dp_attention"] == true, gpus(server)) {
        run.identity.set("gpus", Some(gpus.to_string()));
        run.identity.set("gpus_basis", Some("derived: TP × PP (DP attention shares them)".to_owned()));
        run.identity.set("dp_attention", Some("true".to_owned()));
    }
}

/// The GPUs of one server: TP × PP, and × DP unless the replicas share them.
fn gpus(server: &Value) -> Option<f64> {
    // What is not stated is 1; of what is no degree, nothing follows.
    let degree = |key: &str| match &server[key] {
        Value::Null => Some(1.0),
        stated => stated.as_f64().filter(|degree| *degree >= 1.0 && degree.fract() == 0.0),
    };
    let replicas = if server["enable_dp_attention"] == true { 1.0 } else { degree("dp_size")? };
    Some(degree("tp_size").filter(|_| !server["tp_size"].is_null())? * degree("pp_size")? * replicas)
}

/// The value of a setting that all servers share.
fn common<'v>(mut servers: impl Iterator<Item = &'v Value>, key: &str) -> Option<String> {
    let first = scalar(&servers.next()?[key])?;
    servers.all(|server| scalar(&server[key]).as_ref() == Some(&first)).then_some(first)
}

/// Reads what a router says of the servers behind it: what all have in common, the degrees of each role where its
/// servers agree, and the GPUs of all of them.
fn disaggregated(halves: [&[Value]; 2], run: &mut Run) {
    const DEGREES: [(&str, &str); 4] = [("tp_size", "tp"), ("dp_size", "dp"), ("pp_size", "pp"), ("ep_size", "ep")];
    let all = || halves.into_iter().flatten();
    for (key, dimension) in SERVER.iter().filter(|(_, dimension)| !DEGREES.iter().any(|(_, degree)| degree == dimension)) {
        run.identity.set(dimension, common(all(), key));
    }
    run.identity.set("version", common(all(), "version").map(|version| format!("SGLang-{version}")));
    run.identity.set("disagg", Some("true".to_owned()));
    let mut total = Some(0.0);
    for (role, servers) in ["prefill", "decode"].into_iter().zip(halves) {
        for (key, degree) in DEGREES {
            run.identity.set(&format!("{role}_{degree}"), common(servers.iter(), key));
        }
        run.identity.set(&format!("{role}_workers"), Some(servers.len().to_string()));
        let own = servers.iter().map(gpus).sum::<Option<f64>>();
        run.identity.set(&format!("{role}_gpus"), own.map(|gpus| gpus.to_string()));
        total = total.zip(own).map(|(all, own)| all + own);
    }
    run.identity.set("gpus", total.map(|gpus| gpus.to_string()));
    run.identity.set("gpus_basis", total.map(|_| "derived: TP × PP of every prefill and decode server".to_owned()));
}

/// SGLang's own results.
pub(in crate::format) static SGLANG: Format = Format {
    about: &About::new(
        "sglang",
        "SGLang bench_serving JSONL",
        "one run per line, including the literal `Infinity`; server settings where reported; single requests on demand",
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
