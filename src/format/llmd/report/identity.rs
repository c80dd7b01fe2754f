//! What identifies a report: model, servers, workload, load.

use serde_json::Value;

use crate::catalog::instant::rfc3339;
use crate::format::guidellm::identity::source;
use crate::format::llmd::scheduler;
use crate::format::reader::identity::{Identity, at, number_text, positive, positive_as, positive_at, scalar};
use crate::record::Load;

/// One kind of server: its configuration and count.
struct Engine {
    role: String,
    replicas: f64,
    accelerator: Option<String>,
    /// GPUs of one replica.
    count: Option<f64>,
    parallelism: Value,
    image: Option<String>,
    version: Option<String>,
}

/// The harness' own configuration, wherever the generation keeps it.
pub(super) fn native(root: &Value) -> &Value {
    let load = &root["scenario"]["load"];
    [&load["args"], &load["native"]["config"], &load["native"]["args"]]
        .into_iter()
        .find(|value| value.is_object())
        .unwrap_or(&Value::Null)
}

/// Identity of the report.
pub(super) fn identity(root: &Value) -> Identity {
    let mut pairs = Identity::default();
    let native = native(root);
    let engines = engines(root);
    let stack = root["scenario"]["stack"].as_array().into_iter().flatten();
    let models = stack.map(|part| &part["standardized"]["model"]["name"]).chain([
        &root["scenario"]["model"]["name"],
        &native["server"]["model_name"],
        &native["spec"]["backend"]["model"],
        // Outside a pod the converter does not learn the model's name; the tokenizer is the model's own.
        &native["tokenizer"]["pretrained_model_name_or_path"],
    ]);
    pairs.set("model", models.filter_map(scalar).find(|name| !name.is_empty() && name != "unknown"));
    servers(&engines, &mut pairs);
    scheduler(&root["scenario"], &mut pairs);
    workload(&root["scenario"]["load"]["standardized"], native, &mut pairs);
    let (run, time) = (&root["run"], &root["metrics"]["time"]);
    pairs.set("run", scalar(&run["eid"]).or_else(|| scalar(&root["metadata"]["eid"])));
    pairs.set("run_id", scalar(&run["uid"]));
    for (key, text, seconds) in [("start_time", "start", "start"), ("end_time", "end", "stop")] {
        let mut instant = String::new();
        let known = positive_at(time, seconds).is_some_and(|seconds| rfc3339(seconds * 1000.0, &mut instant));
        pairs.set(key, if known { Some(instant) } else { scalar(&run["time"][text]) });
    }
    pairs
}

fn engines(root: &Value) -> Vec<Engine> {
    let scenario = &root["scenario"];
    let image = |text: &str| text.contains('/').then(|| text.to_owned());
    let version = |tool: Option<String>, version: Option<String>| {
        let version = version.map(|version| {
            version.rsplit('/').next().map_or(version.clone(), |name| name.rsplit(':').next().unwrap_or(name).to_owned())
        });
        Some(format!("{}-{}", tool?, version?)).filter(|text| !text.ends_with('-'))
    };
    if let Some(stack) = scenario["stack"].as_array() {
        let parts =
            stack.iter().map(|part| &part["standardized"]).filter(|part| part["kind"].as_str() == Some("inference_engine"));
        let engine = |part: &Value| Engine {
            role: scalar(&part["role"]).unwrap_or_default(),
            replicas: positive_at(part, "replicas").unwrap_or(1.0),
            accelerator: scalar(&part["accelerator"]["model"]),
            // Without the replicas, the GPUs of all are not known.
            count: positive_at(&part["accelerator"], "count")
                .filter(|_| part["replicas"].is_null() || positive(&part["replicas"]).is_some()),
            parallelism: part["accelerator"]["parallelism"].clone(),
            image: part["tool_version"].as_str().and_then(image),
            version: version(scalar(&part["tool"]), scalar(&part["tool_version"])),
        };
        return parts.map(engine).collect();
    }
    // 0.1 has one entry for each replica, in lists of the same order.
    let (roles, servers) = (&scenario["host"]["type"], &scenario["platform"]["engine"]);
    let hosts = scenario["host"]["accelerator"].as_array().into_iter().flatten().enumerate();
    let engine = |(index, host): (usize, &Value)| {
        let name = scalar(&servers[index]["name"]);
        let image = name.as_deref().and_then(image);
        Engine {
            role: scalar(&roles[index]).unwrap_or_default(),
            replicas: 1.0,
            accelerator: scalar(&host["model"]),
            count: positive_at(host, "count"),
            parallelism: host["parallelism"].clone(),
            version: version(name.filter(|_| image.is_none()), scalar(&servers[index]["version"])),
            image,
        }
    };
    hosts.map(engine).collect()
}

/// Distinct values, joined; `None` where there is none.
fn distinct(values: impl Iterator<Item = Option<String>>) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for value in values.flatten() {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    (!found.is_empty()).then(|| found.join(" + "))
}

fn servers(engines: &[Engine], pairs: &mut Identity) {
    if engines.is_empty() {
        return;
    }
    let accelerator = |engine: &Engine| Some(crate::catalog::accelerators::canonical(engine.accelerator.as_deref()?).to_owned());
    pairs.set("accelerator", distinct(engines.iter().map(accelerator)));
    pairs.set("version", distinct(engines.iter().map(|engine| engine.version.clone())));
    pairs.set("image", distinct(engines.iter().map(|engine| engine.image.clone())));
    let of = |role: &'static str| engines.iter().filter(move |engine| engine.role == role);
    let split = of("prefill").next().is_some();
    for (role, key) in [("replica", "replicas"), ("prefill", "prefill"), ("decode", "decode")] {
        let number: f64 = of(role).map(|engine| engine.replicas).sum();
        pairs.set(key, (number > 0.0).then(|| number.to_string()));
    }
    for (degree, keys) in [
        ("tp", ["prefill_tp", "decode_tp"]),
        ("dp", ["prefill_dp", "decode_dp"]),
        ("pp", ["prefill_pp", "decode_pp"]),
        ("ep", ["prefill_ep", "decode_ep"]),
    ] {
        let degree_of = |engine: &Engine| positive_at(&engine.parallelism, degree).map(|degree| degree.to_string());
        let all = distinct(engines.iter().map(degree_of));
        // Where prefill and decode differ there is no degree of the whole.
        if !split || all.as_ref().is_some_and(|all| !all.contains(" + ")) {
            pairs.set(degree, all);
        } else {
            pairs.set(keys[0], distinct(of("prefill").map(degree_of)));
            pairs.set(keys[1], distinct(of("decode").map(degree_of)));
        }
    }
    let counts: Option<Vec<f64>> = engines.iter().map(|engine| Some(engine.count? * engine.replicas)).collect();
    // Without a count, the degrees are the writer's defaults of 1 and mean nothing.
    if counts.is_none() && !engines.is_empty() {
        pairs.set("gpus_basis", Some("not said: the report counts no accelerators".to_owned()));
    }
    pairs.set("gpus", counts.map(|counts| counts.iter().sum::<f64>().to_string()));
}

/// Settings of the request scheduler: 0.1 has its configuration next to the engines', 0.2 as a part of the stack that has no kind
/// of its own.
fn scheduler(scenario: &Value, pairs: &mut Identity) {
    let parts = scenario["stack"].as_array().into_iter().flatten().map(|part| &part["native"]["config"]);
    let mut configs = parts.chain([&scenario["platform"]["metadata"]["inferenceScheduler"]]);
    if let Some(config) = configs.find(|config| config["schedulingProfiles"].is_array()) {
        scheduler::describe(config, pairs);
    }
}

/// The requested lengths: from the harness's own configuration, else from the standardized section, whose
/// converters put the measured mean there when they do not know. Such a mean is no whole number, and no identity:
/// every load level would have another.
fn workload(standardized: &Value, native: &Value, pairs: &mut Identity) {
    let whole = |value: &Value, name: &str| {
        positive_as(value, name).filter(|number| number.fract() == 0.0).map(|number| number.to_string())
    };
    pairs.set("isl", whole(&standardized["input_seq_len"]["value"], "input_seq_len"));
    pairs.set("osl", whole(&standardized["output_seq_len"]["value"], "output_seq_len"));
    pairs.set("turns", whole(&standardized["multi_turn"]["max_turns"]["value"], "max_turns"));
    pairs.set("prefix_tokens", whole(&standardized["prefix"]["prefix_len"]["value"], "prefix_len"));
    if let Some([one]) = native["spec"]["data"].as_array().map(Vec::as_slice) {
        for (key, value) in source(one) {
            pairs.set(key, Some(value));
        }
    }
    let data = &native["data"];
    pairs.set("isl", whole(&data["input_distribution"]["mean"], "input_distribution.mean"));
    pairs.set("osl", whole(&data["output_distribution"]["mean"], "output_distribution.mean"));
    let shared = &data["shared_prefix"];
    if let (Some(prefix), Some(question)) = (shared["system_prompt_len"].as_f64(), shared["question_len"].as_f64()) {
        pairs.set("isl", Some((prefix + question).to_string()));
        pairs.set("prefix_tokens", Some(prefix.to_string()));
        pairs.set("osl", whole(&shared["output_len"], "output_len"));
        pairs.set("prefix_count", whole(&shared["num_groups"], "num_groups"));
    }
}

/// The requested load, the limit on requests in flight for a rate, or why it is uncertain.
pub(super) fn load(root: &Value, harness: &str, total: Option<f64>, unlimited: bool) -> Result<(Load, Option<f64>), String> {
    let standardized = &root["scenario"]["load"]["standardized"];
    let native = native(root);
    let (concurrency, rate) = (positive_at(standardized, "concurrency"), positive_at(standardized, "rate_qps"));
    match (concurrency, rate) {
        // inference-perf writes a made-up rate along with a concurrency.
        (Some(concurrency), Some(_)) if harness == "inference-perf" => return Ok((Load::concurrency(concurrency), None)),
        (cap, Some(rate)) => return Ok((Load::rate(rate), cap)),
        (Some(concurrency), None) => return Ok((Load::concurrency(concurrency), None)),
        (None, None) if unlimited => return Ok((Load::MAX, None)),
        (None, None) => {}
    }
    let stage = ["metadata", "standardized"].iter().find_map(|key| root["scenario"]["load"][*key]["stage"].as_u64());
    let in_turn = |list: &Value| stage.map_or(Value::Null, |stage| list[stage as usize].clone());
    match harness {
        "inference-perf" => {
            let stage = in_turn(&native["load"]["stages"]);
            if let Some(level) = positive_at(&stage, "concurrency_level") {
                return Ok((Load::concurrency(level), None));
            }
            let Some(rate) = positive_at(&stage, "rate") else { return Ok((Load::default(), None)) };
            let planned = positive_at(&stage, "duration").map(|duration| rate * duration);
            match (planned, total) {
                // Arrivals at random vary, but not by a quarter and five standard deviations.
                (Some(planned), Some(total)) if (planned - total).abs() > 0.25 * planned + 5.0 * planned.sqrt() => Err(format!(
                    "The report's stage plans {} requests ({rate} per second), but {total} were counted: the metrics belong to another \
                     stage, so the load is unknown.",
                    number_text(&planned.to_string())
                )),
                _ => Ok((Load::rate(rate), None)),
            }
        }
        "guidellm" => {
            let profile = if native["spec"]["profile"].is_object() { &native["spec"]["profile"] } else { native };
            let kind = scalar(&profile["kind"]).or_else(|| scalar(&profile["profile"])).unwrap_or_default();
            Ok((
                match kind.as_str() {
                    "synchronous" => Load::concurrency(1.0),
                    "throughput" => Load::MAX,
                    "concurrent" => positive(&in_turn(&profile["streams"])).map_or(Load::default(), Load::concurrency),
                    "constant" | "poisson" | "async" => positive(&in_turn(&profile["rate"])).map_or(Load::default(), Load::rate),
                    _ => Load::default(),
                },
                None,
            ))
        }
        _ => {
            let section = if harness == "aiperf" { &native["loadgen"] } else { native };
            let cap = positive_at(section, "max_concurrency").or_else(|| positive_at(section, "concurrency"));
            Ok(match (cap, positive_at(section, "request_rate")) {
                (cap, Some(rate)) => (Load::rate(rate), cap),
                (Some(cap), None) => (Load::concurrency(cap), None),
                (None, None) if at(section, &["request_rate"]).as_str() == Some("inf") => (Load::MAX, None),
                (None, None) => (Load::default(), None),
            })
        }
    }
}
