//! Answers of Prometheus' HTTP API: `query_range` (a matrix), `query` (a vector, or one value without labels).
//!
//! Values are strings. A response has no types, so histograms are recognised by their buckets.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::gather::Gather;
use super::line::Type;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{self, Pattern, value};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[&[]];

/// The name of a result without a metric name, i.e. of an expression.
const EXPRESSION: &str = "query_result";

/// An answer of the HTTP API.
pub(in crate::format) static API: Format = Format {
    about: &About::new("prometheus-api", "Prometheus HTTP API (JSON)", "responses of `query_range` and `query`", &["json"]),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object()?;
    let response = object.has("status") && object.has_any(&["data", "error"]);
    let typed = || look.contains("\"resultType\"") || look.contains("\"errorType\"");
    (response && typed()).then_some(Certainty::Certain)
}

/// An answer in which everything is where it should be: its series are read one by one, without a tree of all.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

/// A series of plain numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    #[serde(borrow)]
    metric: &'a RawValue,
    #[serde(borrow)]
    values: Vec<(f64, Cow<'a, str>)>,
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let answer = serde_json::from_str::<Answer>(input.text)
        .ok()
        .filter(|answer| ["matrix", "vector"].contains(&answer.data.kind.as_ref()));
    match answer {
        Some(answer) => read_series(&answer, sink),
        None => read_tree(input, sink),
    }
    sink.progress(1.0);
}

fn read_series(answer: &Answer, sink: &mut dyn Sink) {
    sink.provenance(Provenance { schema: Some(answer.data.kind.to_string()), ..Provenance::default() });
    for (severity, key, texts) in [(Severity::Warning, "warnings", &answer.warnings), (Severity::Info, "infos", &answer.infos)] {
        texts.iter().for_each(|text| tell(severity, key, text, sink));
    }
    let mut gather = Gather::default();
    // Which names are histograms is known before the first of their series is read.
    let name = |series: &&RawValue| {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(borrow, rename = "__name__")]
            name: Cow<'a, str>,
        }
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(borrow)]
            metric: Named<'a>,
        }
        serde_json::from_str::<Head>(series.get()).ok().map(|head| head.metric.name.into_owned())
    };
    let names: BTreeSet<String> = answer.data.result.iter().filter_map(name).collect();
    for bucket in names.iter().filter_map(|name| name.strip_suffix("_bucket")) {
        gather.declare(bucket, Type::Histogram);
    }
    let count = answer.data.result.len().max(1) as f64;
    for (index, raw) in answer.data.result.iter().enumerate() {
        match serde_json::from_str::<Plain>(raw.get()) {
            Ok(Plain { metric, values }) => {
                let at = format!("data.result[{index}]");
                let pairs = values.iter().map(|(time, text)| Pair::of(Some(*time), text.parse().ok()));
                series(&value(metric.get()).unwrap_or_default(), pairs, &at, &mut gather, sink);
            }
            Err(_) => {
                read_entry(&value(raw.get()).unwrap_or_default(), index, &mut gather, sink);
            }
        }
        sink.progress((index + 1) as f64 / count);
    }
    gather.finish(sink);
}

fn tell(severity: Severity, key: &str, text: &str, sink: &mut dyn Sink) {
    let message = format!("Message from Prometheus: {text}");
    sink.diagnostic(Diagnostic::new(severity, Place::Key(key.to_owned()), message, ""));
}

/// Answers of another kind, or damaged: as much of the tree as there is.
fn read_tree(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |fraction| sink.progress(fraction));
    let kind = tree.root["data"]["resultType"].as_str().map(str::to_owned);
    sink.provenance(Provenance { schema: kind, ..Provenance::default() });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    for (severity, key) in [(Severity::Error, "error"), (Severity::Warning, "warnings"), (Severity::Info, "infos")] {
        let value = &tree.root[key];
        let texts = value.as_array().into_iter().flatten().chain(value.is_string().then_some(value)).filter_map(Value::as_str);
        texts.for_each(|text| tell(severity, key, text, sink));
    }
    if tree.root["status"] != "error" {
        let mut gather = Gather::default();
        results(&tree.root["data"]["result"], &mut gather, sink);
        gather.finish(sink);
    }
}

fn results(result: &Value, gather: &mut Gather, sink: &mut dyn Sink) {
    let Some(list) = result.as_array() else { return };
    // A scalar is one pair of time and value.
    if list.first().is_some_and(Value::is_number) {
        return series(&Value::Null, std::iter::once(Pair::read(result)), "data.result", gather, sink);
    }
    for bucket in list.iter().filter_map(|entry| entry["metric"]["__name__"].as_str()?.strip_suffix("_bucket")) {
        gather.declare(bucket, Type::Histogram);
    }
    for (index, entry) in list.iter().enumerate() {
        read_entry(entry, index, gather, sink);
    }
}

fn read_entry(entry: &Value, index: usize, gather: &mut Gather, sink: &mut dyn Sink) {
    let at = format!("data.result[{index}]");
    let one = std::slice::from_ref(&entry["value"]);
    let values = entry["values"].as_array().map_or(one, Vec::as_slice);
    if !entry["histograms"].is_null() || !entry["histogram"].is_null() {
        gather.findings.add(sink, "native histograms", || {
            let message = "Native histograms are not supported; only the series' plain values are read.";
            let hint = "Query histogram_quantile(…) instead.";
            Diagnostic::new(Severity::Warning, Place::Key(at.clone()), message, hint)
        });
    }
    series(&entry["metric"], values.iter().map(Pair::read), &at, gather, sink);
}

/// What stands in the place of a time and a value.
enum Pair {
    /// Seconds since 1970, and the value.
    Sample(f64, f64),
    /// Something else.
    Wrong,
    /// Nothing.
    Absent,
}

impl Pair {
    fn of(time: Option<f64>, value: Option<f64>) -> Pair {
        time.zip(value).map_or(Pair::Wrong, |(time, value)| Pair::Sample(time, value))
    }

    fn read(pair: &Value) -> Pair {
        if pair.is_null() {
            return Pair::Absent;
        }
        let value = match &pair[1] {
            Value::String(text) => text.parse::<f64>().ok(),
            other => other.as_f64(),
        };
        Pair::of(pair[0].as_f64(), value)
    }
}

/// One series: its labels and its values.
fn series(metric: &Value, pairs: impl Iterator<Item = Pair>, at: &str, gather: &mut Gather, sink: &mut dyn Sink) {
    let labels: Vec<(&str, String)> =
        metric.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), scalar(value)?))).collect();
    let name = labels.iter().find(|(key, _)| *key == "__name__").map_or(EXPRESSION, |(_, name)| name);
    let others: Vec<(&str, &str)> =
        labels.iter().filter(|(key, _)| *key != "__name__").map(|(key, value)| (*key, value.as_str())).collect();
    let place = Place::Key(at.to_owned());
    let mut id = None;
    for pair in pairs {
        let (time, value) = match pair {
            Pair::Sample(time, value) => (time, value),
            Pair::Absent => continue,
            Pair::Wrong => {
                gather.findings.add(sink, "values that are not a time and a number", || {
                    let message = "Expected a time and a number; ignored.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, "The response may be truncated or edited by hand.")
                });
                continue;
            }
        };
        if id.is_none() {
            id = Some(gather.series(name, &others, &[], value, &place, sink));
        }
        match id {
            Some(Some(id)) => gather.value(id, Some(time), value, &place, sink),
            // The series is left out.
            _ => return,
        }
    }
}
