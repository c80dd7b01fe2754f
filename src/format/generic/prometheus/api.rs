//! Answers of Prometheus' HTTP API: `query_range` (a matrix), `query` (a vector, or one value without labels).
//!
//! Values are strings. A response has no types, so histograms are recognised by their buckets.

use serde_json::Value;

use super::gather::Gather;
use super::line::Type;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{self, Pattern};
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

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |fraction| sink.progress(fraction));
    let kind = tree.root["data"]["resultType"].as_str().map(str::to_owned);
    sink.provenance(Provenance { schema: kind, ..Provenance::default() });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut tell = |severity, key: &str, value: &Value| {
        for text in value.as_array().into_iter().flatten().chain(value.is_string().then_some(value)).filter_map(Value::as_str) {
            let message = format!("Message from Prometheus: {text}");
            sink.diagnostic(Diagnostic::new(severity, Place::Key(key.to_owned()), message, ""));
        }
    };
    tell(Severity::Error, "error", &tree.root["error"]);
    tell(Severity::Warning, "warnings", &tree.root["warnings"]);
    tell(Severity::Info, "infos", &tree.root["infos"]);
    if tree.root["status"] != "error" {
        let mut gather = Gather::default();
        results(&tree.root["data"]["result"], &mut gather, sink);
        gather.finish(sink);
    }
    sink.progress(1.0);
}

fn results(result: &Value, gather: &mut Gather, sink: &mut dyn Sink) {
    let Some(list) = result.as_array() else { return };
    // A scalar is one pair of time and value.
    if list.first().is_some_and(Value::is_number) {
        return series(&Value::Null, std::slice::from_ref(result), "data.result", gather, sink);
    }
    for bucket in list.iter().filter_map(|entry| entry["metric"]["__name__"].as_str()?.strip_suffix("_bucket")) {
        gather.declare(bucket, Type::Histogram);
    }
    for (index, entry) in list.iter().enumerate() {
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
        series(&entry["metric"], values, &at, gather, sink);
    }
}

/// One series: its labels, and its pairs of time (seconds since 1970) and value.
fn series(metric: &Value, values: &[Value], at: &str, gather: &mut Gather, sink: &mut dyn Sink) {
    let labels: Vec<(&str, String)> =
        metric.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), scalar(value)?))).collect();
    let name = labels.iter().find(|(key, _)| *key == "__name__").map_or(EXPRESSION, |(_, name)| name);
    let others: Vec<(&str, &str)> =
        labels.iter().filter(|(key, _)| *key != "__name__").map(|(key, value)| (*key, value.as_str())).collect();
    let place = Place::Key(at.to_owned());
    let mut id = None;
    for pair in values {
        let number = match &pair[1] {
            Value::String(text) => text.parse::<f64>().ok(),
            other => other.as_f64(),
        };
        let (Some(time), Some(value)) = (pair[0].as_f64(), number) else {
            if !pair.is_null() {
                gather.findings.add(sink, "values that are not a time and a number", || {
                    let message = "Expected a time and a number; ignored.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, "The response may be truncated or edited by hand.")
                });
            }
            continue;
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
