//! What identifies a benchmark: model, server, data, labels, load.

use serde_json::Value;

use super::names::request_type;
use crate::catalog::instant::rfc3339;
use crate::format::reader::identity::{Identity, positive_at, scalar};
use crate::record::{Load, LoadKind};

/// The path of a value in the report.
enum Where {
    /// In the benchmark.
    Benchmark(&'static [&'static str]),
    /// In the report's head, for all benchmarks.
    Report(&'static [&'static str]),
}

use Where::{Benchmark, Report};

/// The plain dimensions and the places that state them, the newest and nearest first: generations differ only here.
const STATED: &[(&str, &[Where])] = &[
    (
        "model",
        &[
            Benchmark(&["config", "backend", "model"]),
            Report(&["config", "spec", "backend", "model"]),
            Report(&["args", "model"]),
            Report(&["args", "backend_kwargs", "model"]),
            Benchmark(&["worker", "backend_model"]),
        ],
    ),
    (
        "target",
        &[
            Benchmark(&["config", "backend", "target"]),
            Report(&["config", "spec", "backend", "target"]),
            Report(&["args", "target"]),
            Benchmark(&["worker", "backend_target"]),
        ],
    ),
    (
        "backend",
        &[
            Benchmark(&["config", "backend", "kind"]),
            Report(&["config", "spec", "backend", "kind"]),
            Report(&["args", "backend"]),
            Benchmark(&["worker", "backend_type"]),
        ],
    ),
    ("run_id", &[Benchmark(&["config", "run_id"]), Benchmark(&["run_id"])]),
];

/// The API that requests went to.
const REQUEST_FORMAT: &[Where] = &[
    Benchmark(&["config", "backend", "request_format"]),
    Report(&["config", "spec", "backend", "request_format"]),
    Report(&["args", "backend_kwargs", "request_format"]),
    Report(&["args", "data_request_formatter"]),
];

/// The source of the prompts.
const DATA: &[Where] = &[Report(&["config", "spec", "data"]), Report(&["args", "data"]), Benchmark(&["request_loader", "data"])];

/// The load pattern.
const STRATEGY: &[Where] = &[Benchmark(&["config", "strategy"]), Benchmark(&["args", "strategy"])];

/// A benchmark and its report.
#[derive(Clone, Copy)]
pub(super) struct Context<'r> {
    pub report: &'r Value,
    pub benchmark: &'r Value,
}

impl<'r> Context<'r> {
    fn find(self, places: &[Where]) -> Option<&'r Value> {
        let lookup = |place: &Where| {
            let (root, keys) = match place {
                Benchmark(keys) => (self.benchmark, keys),
                Report(keys) => (self.report, keys),
            };
            keys.iter().fold(root, |value, key| &value[key])
        };
        places.iter().map(lookup).find(|value| !value.is_null())
    }

    /// Identity of dimension and value. A later pair wins over an earlier one of the same dimension: labels, which a
    /// person gave on purpose, come last.
    pub(super) fn identity(self) -> Identity {
        let mut pairs = Identity::default();
        for (key, places) in STATED {
            pairs.set(key, self.find(places).and_then(scalar));
        }
        pairs.set("request_type", self.find(REQUEST_FORMAT).and_then(scalar).map(|format| request_type(&format)));
        self.data(&mut pairs);
        self.strategy(&mut pairs);
        pairs.set("slo", slo(&self.benchmark["config"]["slo"]));
        for key in ["start_time", "end_time"] {
            let mut text = String::new();
            let seconds = self.benchmark[key].as_f64();
            let known = seconds.is_some_and(|seconds| seconds > 0.0 && rfc3339(seconds * 1000.0, &mut text));
            pairs.set(key, known.then_some(text));
        }
        // Before 0.4, user-defined values are stored with each benchmark.
        for labels in [&self.report["config"]["metadata"]["labels"], &self.benchmark["extras"]] {
            for (label, value) in labels.as_object().into_iter().flatten() {
                pairs.label(label, scalar(value));
            }
        }
        pairs
    }

    fn data(self, pairs: &mut Identity) {
        let sources = match self.find(DATA) {
            Some(Value::Array(sources)) => sources.as_slice(),
            Some(source) => std::slice::from_ref(source),
            None => &[],
        };
        let described: Vec<Vec<(&'static str, String)>> = sources.iter().map(source).collect();
        // Lengths are those of the run only when it has one kind of prompt.
        if let [one] = described.as_slice() {
            for (key, value) in one {
                pairs.set(key, Some(value.clone()));
            }
        } else if !described.is_empty() {
            let name = |pairs: &Vec<(&str, String)>| {
                let named = pairs.iter().find(|(key, _)| *key == "dataset").map(|(_, value)| value.clone());
                let length = |key| pairs.iter().find(|(other, _)| *other == key).map_or("?", |(_, value)| value.as_str());
                named.unwrap_or_else(|| format!("synthetic {}/{}", length("isl"), length("osl")))
            };
            pairs.set("dataset", Some(described.iter().map(name).collect::<Vec<String>>().join(" + ")));
        }
    }

    fn strategy(self, pairs: &mut Identity) {
        let Some(strategy) = self.find(STRATEGY) else { return };
        let kind = scalar(&strategy["type_"]);
        // With a fixed number of streams the limit equals that number and adds nothing.
        if !matches!(kind.as_deref(), Some("concurrent" | "synchronous")) {
            pairs.set("max_concurrency", scalar(&strategy["max_concurrency"]));
        }
        pairs.set("strategy", kind);
    }

    /// The requested load. A synchronous run sends each request when the one before has ended, which is one
    /// request in flight; a throughput run sends all at once; a replayed trace has no level.
    pub(super) fn load(self) -> Load {
        let Some(strategy) = self.find(STRATEGY) else { return Load::default() };
        let positive = |key: &str| positive_at(strategy, key);
        match strategy["type_"].as_str() {
            Some("synchronous") => Load::concurrency(1.0),
            Some("concurrent") => Load { kind: Some(LoadKind::Concurrency), value: positive("streams") },
            Some("constant" | "poisson") => Load { kind: Some(LoadKind::Rate), value: positive("rate") },
            Some("throughput") => Load::MAX,
            _ => Load::default(),
        }
    }
}

/// One source of prompts: lengths of synthetic ones, the name of any other.
pub(in crate::format) fn source(source: &Value) -> Vec<(&'static str, String)> {
    const LENGTHS: [(&str, &str); 3] = [("prompt_tokens", "isl"), ("output_tokens", "osl"), ("turns", "turns")];
    match source {
        Value::Object(fields) => {
            let mut pairs: Vec<(&str, String)> =
                LENGTHS.iter().filter_map(|(key, dimension)| Some((*dimension, scalar(fields.get(*key)?)?))).collect();
            if let Some([bucket]) = source["prefix_buckets"].as_array().map(Vec::as_slice) {
                let prefix = [("prefix_tokens", "prefix_tokens"), ("prefix_count", "prefix_count")];
                pairs.extend(prefix.iter().filter_map(|(key, dimension)| Some((*dimension, scalar(&bucket[key])?))));
            }
            if !pairs.iter().any(|(key, _)| *key == "isl") {
                let named = ["source", "path", "uri"].iter().find_map(|key| match &source[key] {
                    // A trace names the file it is read from.
                    inner @ Value::Object(_) => ["path", "source", "uri"].iter().find_map(|key| scalar(&inner[key])),
                    plain => scalar(plain),
                });
                pairs.extend(named.or_else(|| scalar(&source["kind"])).map(|name| ("dataset", name)));
            }
            pairs
        }
        // Up to 0.6 the source is what was typed: JSON, `key=value` pairs, or a name.
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(object @ Value::Object(_)) => self::source(&object),
            _ => {
                let field =
                    |wanted: &str| text.split(',').filter_map(|pair| pair.split_once('=')).find(|(key, _)| key.trim() == wanted);
                let lengths = LENGTHS.iter().filter_map(|(key, dimension)| Some((*dimension, field(key)?.1.trim().to_owned())));
                let pairs: Vec<(&str, String)> = lengths.collect();
                if pairs.is_empty() { vec![("dataset", text.clone())] } else { pairs }
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Vec::new(),
    }
}

/// The limits that goodput is measured against, e.g. `TTFT ≤ 200 ms, TPOT ≤ 30 ms`.
fn slo(slo: &Value) -> Option<String> {
    let names = [("ttft_ms", "TTFT"), ("tpot_ms", "TPOT"), ("e2el_ms", "E2EL")];
    let limits = names.iter().filter_map(|(key, name)| Some(format!("{name} ≤ {} ms", slo[key].as_f64()?)));
    Some(limits.collect::<Vec<String>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(report: Value) -> String {
        let context = Context { report: &report, benchmark: &report["benchmarks"][0] };
        context.identity().iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn labels_name_dimensions_and_win() {
        let labels =
            json!({"GPU": "nvidia-h200", "tensor-parallel": "4.0", "Team": "perf", "path": "x", "model": "m/b", "run": ""});
        let report = json!({
            "config": {"metadata": {"labels": labels}},
            "benchmarks": [{"config": {"backend": {"model": "/mnt/models"}}}],
        });
        assert_eq!(identity(report), "model=m/b accelerator=H200 tp=4 Team=perf label path=x");
    }

    #[test]
    fn data_in_every_generation() {
        let with = |data: Value| identity(json!({"args": {"data": data}, "benchmarks": [{}]}));
        assert_eq!(with(json!(["prompt_tokens=128,prompt_tokens_stdev=16,output_tokens=32"])), "isl=128 osl=32");
        assert_eq!(with(json!("{\"prompt_tokens\": 64, \"output_tokens\": 16}")), "isl=64 osl=16");
        assert_eq!(with(json!(["org/dataset"])), "dataset=org/dataset");
        assert_eq!(with(json!([{"kind": "huggingface", "source": "org/dataset"}])), "dataset=org/dataset");
        assert_eq!(with(json!([{"kind": "mooncake", "source": {"kind": "json_file", "path": "t.jsonl"}}])), "dataset=t.jsonl");
        assert_eq!(with(json!(["a", "prompt_tokens=8,output_tokens=2"])), "dataset=a + synthetic 8/2");
        let prefixed = json!([{"prompt_tokens": 9, "output_tokens": 3, "turns": 2, "prefix_buckets": [{"prefix_count": 5, "prefix_tokens": 512}]}]);
        assert_eq!(with(prefixed), "isl=9 osl=3 turns=2 prefix_tokens=512 prefix_count=5");
    }

    #[test]
    fn loads() {
        let load = |strategy: Value| {
            let report = json!({"benchmarks": [{"config": {"strategy": strategy}}]});
            Context { report: &report, benchmark: &report["benchmarks"][0] }.load()
        };
        assert_eq!(load(json!({"type_": "synchronous"})), Load::concurrency(1.0));
        assert_eq!(load(json!({"type_": "concurrent", "streams": 8})), Load::concurrency(8.0));
        assert_eq!(load(json!({"type_": "concurrent", "streams": "8"})).value, None);
        assert_eq!(load(json!({"type_": "poisson", "rate": 2.5})), Load::rate(2.5));
        assert_eq!(load(json!({"type_": "throughput", "max_concurrency": 512})), Load::MAX);
        assert_eq!(load(json!({"type_": "trace", "time_scale": 1.0})), Load::default());
    }
}
