//! The identity of a run: model, server, data, limits, load. Generations differ only in layout.

use serde_json::Value;

use crate::catalog::instant::rfc3339;
use crate::format::reader::identity::{Identity, at, positive_as, positive_at, scalar};
use crate::record::{Load, LoadKind};

/// The plain dimensions and the places that state them, the newest first. The last places of a row are GenAI-Perf's,
/// the predecessor, which wrote the same figures under another configuration.
const STATED: &[(&str, &[&[&str]])] = &[
    ("target", &[&["endpoint", "urls", "0"], &["endpoint", "url"], &["url"]]),
    ("strategy", &[&["loadgen", "request_rate_mode"]]),
    ("dataset", &[&["input", "file"], &["input", "custom_dataset_type"]]),
    (
        "isl",
        &[&["input", "prompt", "input_tokens", "mean"], &["input", "synthetic_tokens", "mean"], &["synthetic_input_tokens_mean"]],
    ),
    ("osl", &[&["input", "prompt", "output_tokens", "mean"], &["input", "output_tokens", "mean"], &["output_tokens_mean"]]),
];

/// Paths of the model names.
const MODELS: [&[&str]; 3] = [&["models", "items"], &["endpoint", "model_names"], &["model"]];

/// Paths of the requested load in generations without phases: an object with `concurrency` and `request_rate`.
const LOADS: [&[&str]; 3] = [&["loadgen"], &["perf_analyzer", "stimulus"], &["stimulus"]];

/// The value at a path, in which a number is a position in a list.
fn find<'v>(root: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(root, |value, key| match key.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[*key],
    })
}

/// Identity of the run.
pub(super) fn identity(root: &Value, metrics: &Value) -> Identity {
    let config = &root["input_config"];
    let mut pairs = Identity::default();
    pairs.set("model", MODELS.iter().find_map(|keys| models(at(config, keys))));
    for (key, places) in STATED {
        let number = matches!(*key, "isl" | "osl");
        let found = places
            .iter()
            .map(|keys| find(config, keys))
            .find(|value| scalar(value).is_some() && (!number || positive_as(value, key).is_some()));
        pairs.set(key, found.and_then(scalar));
    }
    datasets(&config["datasets"], &mut pairs);
    let kind = scalar(&config["endpoint"]["type"]).or_else(|| scalar(&config["endpoint_type"]));
    pairs.set("request_type", kind.map(|kind| if kind == "chat" { "chat_completions".to_owned() } else { kind }));
    let slos = [&config["slos"], &config["input"]["goodput"], &config["goodput"]];
    pairs.set("slo", slos.iter().find_map(|limits| slo(limits)));
    let info = &root["run_info"];
    pairs.set("run", scalar(&info["run_label"]).or_else(|| scalar(&info["sweep_id"])));
    pairs.set("run_id", scalar(&root["benchmark_id"]).or_else(|| scalar(&info["benchmark_id"])));
    // The file's own instants have no zone; the first and the last request's have.
    for (key, stated, instant) in
        [("start_time", "start_time", "min_request_timestamp"), ("end_time", "end_time", "max_response_timestamp")]
    {
        let mut text = String::new();
        let known = metrics[instant]["avg"].as_f64().is_some_and(|ns| ns > 0.0 && rfc3339(ns / 1e6, &mut text));
        pairs.set(key, if known { Some(text) } else { scalar(&root[stated]) });
    }
    pairs.set("accelerator", accelerator(&root["telemetry_data"]["endpoints"]));
    let load = asked(root);
    if let (Some(cap), Some(LoadKind::Rate)) = (load.cap, load.load.kind) {
        pairs.set("max_concurrency", Some(cap.to_string()));
    }
    if let Some(phase) = load.strategy {
        pairs.set("strategy", Some(phase));
    }
    pairs
}

/// The requested load.
pub(super) fn load(root: &Value) -> Load {
    asked(root).load
}

/// A list of names, or of objects with a name.
fn models(list: &Value) -> Option<String> {
    let name = |value: &Value| scalar(value).or_else(|| scalar(&value["name"]));
    let names: Vec<String> = match list {
        Value::Array(values) => values.iter().filter_map(name).collect(),
        one => name(one).into_iter().collect(),
    };
    (!names.is_empty()).then(|| names.join(" + "))
}

/// The prompts of the newer generation; lengths are those of the run only when it has one kind of prompt.
fn datasets(list: &Value, pairs: &mut Identity) {
    let Some([one]) = list.as_array().map(Vec::as_slice) else { return };
    for (key, name) in [("isl", "isl"), ("osl", "osl")] {
        let length = match &one["prompts"][name] {
            Value::Number(_) => &one["prompts"][name],
            other => &other["mean"],
        };
        pairs.set(key, positive_as(length, name).map(|length| length.to_string()));
    }
    if one["type"].as_str() != Some("synthetic") {
        pairs.set("dataset", ["path", "file", "source", "type"].iter().find_map(|key| scalar(&one[*key])));
    }
}

/// The limits that goodput is measured against, e.g. `TTFT ≤ 500 ms, TPOT ≤ 50 ms`.
fn slo(limits: &Value) -> Option<String> {
    let words = limits.as_object()?.iter().filter_map(|(tag, limit)| {
        let limit = limit.as_f64()?;
        let row = super::tags::metric(tag).and_then(crate::catalog::metrics::metric);
        let sign = if row.is_some_and(|row| row.better == crate::catalog::Better::Higher) { "≥" } else { "≤" };
        Some(match row {
            Some(row) => format!("{} {sign} {limit} {}", row.label, row.unit),
            None => format!("{tag} {sign} {limit}"),
        })
    });
    Some(words.collect::<Vec<String>>().join(", "))
}

/// The accelerator, if telemetry reports one kind only. (The number of GPUs used by the server is unknown: a node's
/// exporter lists every GPU of the node.)
fn accelerator(endpoints: &Value) -> Option<String> {
    let gpus = endpoints.as_object()?.values().filter_map(|endpoint| endpoint["gpus"].as_object()).flat_map(|gpus| gpus.values());
    let mut names: Vec<&str> = gpus.filter_map(|gpu| gpu["gpu_name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

#[derive(Default)]
struct Asked {
    load: Load,
    /// The limit on requests in flight for a rate.
    cap: Option<f64>,
    strategy: Option<String>,
}

impl Asked {
    /// A rate is the load where there is one, and concurrency then only its limit.
    fn of(concurrency: Option<f64>, rate: Option<f64>) -> Option<Asked> {
        let load = match (concurrency, rate) {
            (_, Some(rate)) => Load::rate(rate),
            (Some(concurrency), None) => Load::concurrency(concurrency),
            (None, None) => return None,
        };
        Some(Asked { load, cap: concurrency, strategy: None })
    }
}

/// The load, from the nearest place that states it: this variation of a sweep, the measured phase, the load generator's
/// section, the command line.
fn asked(root: &Value) -> Asked {
    let config = &root["input_config"];
    let varied = |name: &str| {
        let values = root["run_info"]["variation_values"].as_object()?;
        values.iter().find(|(key, _)| key.rsplit('.').next() == Some(name)).and_then(|(_, value)| positive_as(value, name))
    };
    if let Some(phases) = config["phases"].as_array() {
        let measured = |phase: &&Value| {
            let warmup = ["kind", "name"].iter().any(|key| phase[*key].as_str() == Some("warmup"));
            phase["exclude_from_results"].as_bool() != Some(true) && !warmup
        };
        let measured: Vec<&Value> = phases.iter().filter(measured).collect();
        // Figures over several phases have no level.
        let [phase] = measured.as_slice() else { return Asked::default() };
        let concurrency = varied("concurrency").or_else(|| positive_at(phase, "concurrency"));
        let rate = varied("rate").or_else(|| positive_at(phase, "rate")).or_else(|| positive_at(phase, "request_rate"));
        let asked = Asked::of(concurrency, rate).unwrap_or_default();
        return Asked { strategy: scalar(&phase["type"]), ..asked };
    }
    let stated = LOADS.iter().map(|keys| at(config, keys)).chain([config]);
    let stated = stated.map(|place| (positive_at(place, "concurrency"), positive_at(place, "request_rate")));
    let option = |name: &str| {
        let line = scalar(&root["run_info"]["cli_command"]).or_else(|| scalar(&config["cli_command"]))?;
        let mut words = line.split_whitespace().skip_while(|word| *word != name);
        words.nth(1)?.trim_matches(['\'', '"']).parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0)
    };
    stated
        .map(|(concurrency, rate)| Asked::of(varied("concurrency").or(concurrency), varied("request_rate").or(rate)))
        .find_map(|asked| asked)
        .or_else(|| Asked::of(option("--concurrency"), option("--request-rate")))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn loads() {
        let of = |config: Value| load(&json!({"input_config": config}));
        assert_eq!(of(json!({"loadgen": {"concurrency": 8, "request_rate_mode": "concurrency_burst"}})), Load::concurrency(8.0));
        assert_eq!(of(json!({"loadgen": {"concurrency": 64, "request_rate": 2.5}})), Load::rate(2.5));
        assert_eq!(of(json!({"stimulus": {"concurrency": 4}})), Load::concurrency(4.0));
        assert_eq!(of(json!({"cli_command": "aiperf profile --concurrency '16' --streaming"})), Load::concurrency(16.0));
        assert_eq!(of(json!({"cli_command": "aiperf profile --concurrency <redacted>"})), Load::default());
        let warmup = json!({"kind": "warmup", "concurrency": 2});
        let phase = json!({"kind": "profiling", "concurrency": 32});
        assert_eq!(of(json!({"phases": [warmup, phase]})), Load::concurrency(32.0));
        assert_eq!(of(json!({"phases": [phase, phase]})), Load::default());
        assert_eq!(of(json!({})), Load::default());
    }
}
