//! The requests that Triton's perf_analyzer keeps for GenAI-Perf (`profile_export.json`): for each load level a list of
//! requests, each with the instant it was sent and those at which responses came, in nanoseconds.
//!
//! A response is a chunk, which may carry several tokens, and nothing counts tokens: the gaps are those between chunks,
//! and there is neither TPOT nor a throughput of tokens. The `[DONE]` that ends a stream is no chunk. Texts are only
//! looked at for that mark and for the model's name; they are not kept.
//! Source: triton-inference-server/perf_analyzer, docs and genai_perf/profile_data_parser.

use serde_json::Value;

use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{self, Pattern, Tree};
use crate::format::reader::requests::{Gaps, Level, Request};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[
    &["service_kind"],
    &["endpoint"],
    &["version"],
    &["experiments", "*", "experiment"],
    &["experiments", "*", "requests", "*", "timestamp"],
    &["experiments", "*", "requests", "*", "response_timestamps"],
    &["experiments", "*", "requests", "*", "response_outputs"],
];

/// What ends a stream of an OpenAI endpoint.
const DONE: &str = "[DONE]";

/// The requests of every load level.
pub(in crate::format) static PERF_ANALYZER: Format = Format {
    about: &About::new(
        "perf-analyzer-requests",
        "GenAI-Perf or perf_analyzer requests (profile_export.json)",
        "one record per request, and the measurement that follows from them; tokens are not counted in the file",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object().filter(|object| object.has("experiments"))?;
    // Cut within the experiments, the service is all that stands before.
    let ours = object.has_any(&["service_kind", "endpoint", "version"]);
    (ours && look.contains("\"response_timestamps\"")).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    let root = &tree.root;
    sink.provenance(Provenance {
        tool: Some("perf_analyzer".to_owned()),
        tool_version: scalar(&root["version"]),
        schema: Some("requests".to_owned()),
    });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut findings = Findings::default();
    let experiments = root["experiments"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, experiment) in experiments.iter().enumerate() {
        let place = format!("experiments[{index}]");
        level(&tree, experiment, &place, &mut findings, sink);
    }
    findings.finish(sink);
    if experiments.is_empty() {
        let hint = "Check the benchmark's log.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file contains no experiments.", hint));
    }
    let message = "The file does not count tokens: there is no TPOT and no output throughput, and gaps are those between chunks, \
                   shown as ICL.";
    let hint = "GenAI-Perf's summary of the same run (profile_export_genai_perf.json) has them.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    sink.progress(1.0);
}

fn level(tree: &Tree, experiment: &Value, place: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    let asked = &experiment["experiment"];
    let value = asked["value"].as_f64().filter(|value| *value > 0.0);
    let load = match (asked["mode"].as_str(), value) {
        (Some("concurrency"), Some(value)) => Load::concurrency(value),
        (Some("request_rate"), Some(value)) => Load::rate(value),
        _ => Load::default(),
    };
    if value.is_none() && !asked["value"].is_null() {
        findings.entry(sink, "loads that are not numbers", &Place::Key(format!("{place}.experiment.value")), || {
            let shown: String = asked["value"].to_string().chars().take(40).collect();
            format!("Expected a positive number, found {shown}; the load is not known.")
        });
    }
    let mut level = Level::new(load, "icl", false);
    for (index, stated) in experiment["requests"].as_array().into_iter().flatten().enumerate() {
        let at = format!("{place}.requests[{index}]");
        // Where the file breaks off, the last responses are missing.
        if tree.fault.as_ref().is_some_and(|fault| fault.is_within(&at)) {
            continue;
        }
        let at = Place::Key(at);
        match request(stated) {
            Some((request, gaps)) => {
                if gaps.is_none() {
                    findings.entry(sink, "requests without the times of all responses", &at, || {
                        "The time of a response is missing or none: the request has no gaps between chunks.".to_owned()
                    });
                }
                level.pool(&gaps.unwrap_or_default());
                level.add(request, Identity::default(), &at, sink);
            }
            None => findings.entry(sink, "requests without responses", &at, || {
                "The request has no timestamp or no response; skipped.".to_owned()
            }),
        }
    }
    let mut identity = Identity::default();
    identity.set("backend", scalar(&tree.root["service_kind"]));
    identity.set("target", scalar(&tree.root["endpoint"]));
    level.finish(identity, &Place::Key(place.to_owned()), sink);
}

/// A request, and the gaps between its chunks in ms, if all of them are known.
fn request(stated: &Value) -> Option<(Request, Option<Vec<f64>>)> {
    let sent = &stated["timestamp"];
    let all = stated["response_timestamps"].as_array()?.as_slice();
    let responses = match all {
        [chunks @ .., _] if !chunks.is_empty() && ends_with_done(&stated["response_outputs"]) => chunks,
        all => all,
    };
    let (first, last) = (responses.first()?, responses.last()?);
    let ms = |from: &Value, to: &Value| time::seconds_between(from, to).map(|seconds| seconds * 1000.0);
    let gaps: Option<Vec<f64>> = responses.windows(2).map(|pair| ms(pair.first()?, pair.last()?)).collect();
    let e2el = Some(ms(sent, last)?);
    // One response is the whole answer: it was not streamed, so there is no first token.
    let ttft = ms(sent, first).filter(|_| all.len() > 1);
    let (start, end) = (time::seconds(sent), time::seconds(last));
    Some((Request { start, end, ttft, e2el, gaps: gaps.as_deref().and_then(Gaps::of), ..Request::default() }, gaps))
}

fn ends_with_done(outputs: &Value) -> bool {
    let last = outputs.as_array().and_then(|outputs| outputs.last());
    let text = last.and_then(|last| last.as_str().or_else(|| last["response"].as_str()));
    text.is_some_and(|text| text.trim().is_empty() || text.trim_end().ends_with(DONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_end_of_a_stream_is_no_chunk() {
        let outputs = json!([{"response": "data: {}"}, {"response": "data: {}"}, {"response": "data: [DONE]\n\n"}]);
        let stated = json!({"timestamp": 1_000_000_000_u64, "response_outputs": outputs,
            "response_timestamps": [1_200_000_000_u64, 1_220_000_000_u64, 1_240_000_000_u64]});
        let (found, gaps) = request(&stated).expect("a request");
        assert_eq!((found.ttft, found.e2el, gaps), (Some(200.0), Some(220.0), Some(vec![20.0])));
        let whole = json!({"timestamp": 1_000_000_000_u64, "response_timestamps": [1_200_000_000_u64]});
        assert_eq!(request(&whole).map(|(found, _)| (found.ttft, found.e2el)), Some((None, Some(200.0))));
        assert!(request(&json!({"timestamp": 1, "response_timestamps": []})).is_none());
    }
}
