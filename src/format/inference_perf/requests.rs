//! Single requests (`per_request_lifecycle_metrics.json`): a list of objects with two instants, texts, and the times at
//! which tokens came.
//!
//! Instants are seconds of a clock that knows no date, so they are given from the first request on. The figures are the
//! tool's own, by the formulas of its reports. The file does not state a request's load stage. Texts, which
//! are nearly all of it, are skipped.

use serde_json::Value;

use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, positive, scalar};
use crate::format::reader::json_yaml::{Pattern, stream};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, MetricId, Place, Provenance, Sample, Severity, Sink, Stat};

const KEEP: &[Pattern] = &[
    &["start_time"],
    &["end_time"],
    &["error", "error_type"],
    &["computed_metrics"],
    &["info", "lora_adapter"],
    &["info", "input_tokens"],
    &["info", "request_metrics", "text", "input_tokens"],
    &["info", "response_metrics", "output_tokens"],
    &["info", "response_metrics", "output_token_times"],
    &["info", "response_metrics", "server_usage", "prompt_tokens_details", "cached_tokens"],
];

/// The tool's own figures under `computed_metrics`: name, metric, factor to its unit.
const COMPUTED: &[(&str, &str, f64)] = &[
    ("request_latency", "e2el", 1000.0),
    ("normalized_time_per_output_token", "ntpot", 1000.0),
    ("time_to_first_token", "ttft", 1000.0),
    ("time_per_output_token", "tpot", 1000.0),
    ("inter_token_latency", "itl", 1000.0),
    ("input_tokens", "input_tokens", 1.0),
    ("output_tokens", "output_tokens", 1.0),
];

/// A request before the first one's start is known: they come in the order of their ends.
struct Request {
    place: Place,
    start: Option<f64>,
    identity: Identity,
    samples: Vec<Sample>,
}

/// The requests of a run.
pub(in crate::format) static INFERENCE_PERF_REQUESTS: Format = Format {
    about: &About::new(
        "inference-perf-requests",
        "inference-perf requests (JSON)",
        "one record per request, using the tool's own formulas; texts are skipped",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let first = look.element()?;
    let timed = first.keys().take(2).any(|key| key == "start_time") && first.has("end_time");
    (timed && first.has_any(&["request", "response", "info", "computed_metrics"])).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let schema = Some("requests".to_owned());
    sink.provenance(Provenance { tool: Some(super::TOOL.to_owned()), tool_version: None, schema });
    let mut findings = Findings::default();
    let mut requests = Vec::new();
    for document in stream::documents(input.text) {
        if !document.text.starts_with('{') {
            findings.entry(sink, "entries that are not requests", &document.place, || {
                "This entry is not a request; skipped.".to_owned()
            });
            continue;
        }
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged requests", || fault.diagnostic());
        }
        requests.push(request(document.place, &tree.root, tree.fault.is_none(), &mut findings, sink));
    }
    emit(requests, sink);
    findings.finish(sink);
    sink.progress(1.0);
}

/// Emits the requests, each with its seconds since the first one's start.
fn emit(requests: Vec<Request>, sink: &mut dyn Sink) {
    if requests.is_empty() {
        let hint = "Check the run's log.";
        return sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file contains no requests.", hint));
    }
    let first = requests.iter().filter_map(|request| request.start).reduce(f64::min).unwrap_or_default();
    let elapsed: MetricId = sink.metric("elapsed", Stat::Mean);
    for Request { place, start, identity, mut samples } in requests {
        samples.extend(start.map(|start| Sample { metric: elapsed, value: start - first }));
        if !samples.is_empty() {
            identity.emit_as(Kind::Request, &place, Load::default(), &samples, sink);
        }
    }
}

fn request(place: Place, root: &Value, whole: bool, findings: &mut Findings, sink: &mut dyn Sink) -> Request {
    let mut identity = Identity::default();
    let failed = !root["error"].is_null();
    let outcome =
        if failed { scalar(&root["error"]["error_type"]).unwrap_or_else(|| "error".to_owned()) } else { "ok".to_owned() };
    identity.set("status", whole.then_some(outcome));
    identity.set("adapter", scalar(&root["info"]["lora_adapter"]));
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let mut instant = |key: &str| {
        let value = &root[key];
        if !value.is_null() && !value.is_number() {
            collector.complain(value, || format!("{place}.{key}"), "a number");
        }
        value.as_f64().filter(|instant| instant.is_finite())
    };
    let (start, end) = (instant("start_time"), instant("end_time"));
    if root["computed_metrics"].is_object() {
        for (name, metric, scale) in COMPUTED {
            let path = || format!("{place}.computed_metrics.{name}");
            collector.figure(&root["computed_metrics"][*name], metric, Stat::Mean, *scale, path);
        }
    } else {
        computed(root, &place, start.zip(end).filter(|_| !failed && whole), &mut collector);
    }
    let samples = collector.samples;
    Request { place, start, identity, samples }
}

/// The tool's own formulas; latencies apply to successful requests, token times to streamed ones.
fn computed(root: &Value, place: &Place, times: Option<(f64, f64)>, collector: &mut Collector<'_>) {
    let (asked, answered) = (&root["info"], &root["info"]["response_metrics"]);
    let input = [at(asked, &["request_metrics", "text", "input_tokens"]), &asked["input_tokens"]];
    let input = input.into_iter().find(|count| !count.is_null()).unwrap_or(&Value::Null);
    collector.figure(input, "input_tokens", Stat::Mean, 1.0, || format!("{place}.info.input_tokens"));
    let cached = at(answered, &["server_usage", "prompt_tokens_details", "cached_tokens"]);
    collector.figure(cached, "cached_prompt_tokens", Stat::Mean, 1.0, || format!("{place}.info.response_metrics.server_usage"));
    let Some((start, end)) = times else { return };
    let count = &answered["output_tokens"];
    collector.figure(count, "output_tokens", Stat::Mean, 1.0, || format!("{place}.info.response_metrics.output_tokens"));
    let mut latency = |metric: &str, seconds: f64| {
        collector.figure(&seconds.into(), metric, Stat::Mean, 1000.0, || format!("{place}: {metric}"));
    };
    let tokens = positive(count);
    latency("e2el", end - start);
    if let Some(tokens) = tokens {
        latency("ntpot", (end - start) / tokens);
    }
    let listed = answered["output_token_times"].as_array().map_or(&[][..], Vec::as_slice);
    let times: Vec<f64> = listed.iter().filter_map(Value::as_f64).collect();
    // Without one of them the first, the last and the gaps are not known.
    if let Some(wrong) = listed.iter().find(|time| !time.is_number()) {
        return collector.complain(wrong, || format!("{place}.info.response_metrics.output_token_times"), "times");
    }
    let [first, .., last] = times.as_slice() else { return };
    latency("ttft", first - start);
    if let Some(tokens) = tokens.filter(|tokens| *tokens > 1.0) {
        latency("tpot", (last - first) / (tokens - 1.0));
    }
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]).sum::<f64>();
    latency("itl", gaps / (times.len() - 1) as f64);
}

#[cfg(test)]
mod tests {
    use super::COMPUTED;

    #[test]
    fn every_word_is_in_the_catalogue() {
        for (name, key, _) in COMPUTED {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{name}: {key}");
        }
    }
}
