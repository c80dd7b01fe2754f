//! The output of llm-load-test (openshift-psap): the results of single requests beside the configuration of the run.
//!
//! Two generations. The first (2023) has `start`, `end` and `response_time` in seconds beside `TTFT` and `TPOT` in
//! milliseconds, and no failures. Its TPOT counts from the acknowledgement of the request (`TT_ack`), not from the first
//! token: it is kept, because it is what the tool states, with a finding. The second has `start_time`, `end_time`,
//! `ttft`, failures, and calls `itl` what the catalogue calls TPOT, and `tpot` what it calls NTPOT: its TPOT is computed.
//! Source: openshift-psap/llm-load-test, result.py of both.

use serde_json::Value;

use crate::catalog::number::short;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, number_text, positive_at, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::reader::requests::{Level, Request};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

/// Everything but texts.
const KEEP: &[Pattern] = &[
    &["config"],
    &["results", "*", "start"],
    &["results", "*", "start_time"],
    &["results", "*", "end"],
    &["results", "*", "end_time"],
    &["results", "*", "TTFT"],
    &["results", "*", "ttft"],
    &["results", "*", "TPOT"],
    &["results", "*", "input_tokens"],
    &["results", "*", "output_tokens"],
    &["results", "*", "worker_id"],
    &["results", "*", "user_id"],
    &["results", "*", "error_code"],
    &["results", "*", "error_text"],
];

/// Dimensions and the places of the configuration that state them.
const STATED: &[(&str, &[&str])] = &[
    ("model", &["plugin_options", "model_name"]),
    ("target", &["plugin_options", "host"]),
    ("dataset", &["dataset", "file"]),
    ("replicas", &["extra_metadata", "replicas"]),
];

/// The output of a run.
pub(in crate::format) static LLM_LOAD_TEST: Format = Format {
    about: &About::new(
        "llm-load-test",
        "llm-load-test output (JSON)",
        "one record per request, and the measurement that follows from them; texts are skipped",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object().filter(|object| object.has("results"))?;
    let alone = object.keys().all(|key| ["results", "config", "summary"].contains(&key));
    let timed = || look.contains("\"TT_ack\"") || look.contains("\"tt_ack\"");
    (alone && timed()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    let root = &tree.root;
    sink.provenance(Provenance {
        tool: Some("llm-load-test".to_owned()),
        schema: Some("requests".to_owned()),
        tool_version: None,
    });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let config = &root["config"];
    let options = &config["load_options"];
    let load = match (positive_at(options, "rps"), positive_at(options, "concurrency")) {
        (Some(rate), _) => Load::rate(rate),
        (None, Some(concurrency)) => Load::concurrency(concurrency),
        (None, None) => Load::default(),
    };
    let results = root["results"].as_array().map_or(&[][..], Vec::as_slice);
    let states_failures = results.iter().any(|result| result.get("error_code").is_some() || result.get("error_text").is_some());
    let mut level = Level::new(load, "itl", states_failures);
    let mut findings = Findings::default();
    let mut from_token = Vec::new();
    for (index, result) in results.iter().enumerate() {
        let at = format!("results[{index}]");
        // Where the file breaks off, whether the request failed is not known.
        if tree.fault.as_ref().is_some_and(|fault| fault.is_within(&at)) {
            continue;
        }
        let place = Place::Key(at);
        if !result.is_object() {
            findings.entry(sink, "entries that are not requests", &place, || "This entry is not a request; skipped.".to_owned());
            continue;
        }
        let request = request(result, &place, &mut findings, sink);
        if let (Some(_), Some(tpot)) = (request.tpot, by_definition(&request)) {
            from_token.push(tpot);
        }
        let mut identity = Identity::default();
        identity.set("load_worker", [&result["worker_id"], &result["user_id"]].into_iter().find_map(scalar));
        level.add(request, identity, &place, sink);
    }
    let mut identity = Identity::default();
    for (key, keys) in STATED {
        identity.set(key, scalar(at(config, keys)));
    }
    level.finish(identity, &Place::Key("results".to_owned()), sink);
    findings.finish(sink);
    if !from_token.is_empty() {
        let mean = from_token.iter().sum::<f64>() / from_token.len() as f64;
        let message = format!(
            "TPOT is the tool's own, which counts from the acknowledgement of a request (TT_ack). From the first token, as other \
             tools count, its mean is {} ms.",
            short(mean)
        );
        let hint = "Do not compare this TPOT with that of other tools; TTFT and E2E latency compare.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("results[*].TPOT".to_owned()), message, hint));
    }
    if load.kind.is_none() && tree.fault.is_none() {
        let message = "The configuration states neither a concurrency nor a rate.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::Key("config.load_options".to_owned()), message, ""));
    }
    sink.progress(1.0);
}

fn request(result: &Value, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) -> Request {
    let mut number = |key: &str| {
        let value = &result[key];
        let number = value.as_f64().filter(|value| value.is_finite() && *value >= 0.0);
        if number.is_none() && !value.is_null() && value.as_str() != Some("") {
            findings.entry(sink, "values of the wrong type", place, || {
                let shown: String = value.to_string().chars().take(40).collect();
                format!("Expected a non-negative number for “{key}”, found {shown}; ignored.")
            });
        }
        number
    };
    let stated = |key: &str| match &result[key] {
        Value::String(text) if text.is_empty() => None,
        value => scalar(value),
    };
    let failure =
        stated("error_code").map(|code| number_text(&code)).or_else(|| stated("error_text").map(|_| "error".to_owned()));
    Request {
        start: number("start").or_else(|| number("start_time")),
        end: number("end").or_else(|| number("end_time")),
        ttft: number("TTFT").or_else(|| number("ttft")),
        tpot: number("TPOT"),
        input_tokens: number("input_tokens"),
        output_tokens: number("output_tokens"),
        failure,
        ..Request::default()
    }
}

/// TPOT from the first token, in ms.
fn by_definition(request: &Request) -> Option<f64> {
    let latency = (request.end? - request.start?) * 1000.0 - request.ttft?;
    let gaps = request.output_tokens? - 1.0;
    (latency >= 0.0 && gaps > 0.0).then(|| latency / gaps)
}
