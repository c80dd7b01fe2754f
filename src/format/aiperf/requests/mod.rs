//! Single requests (`profile_export.jsonl`): one object a line with `metadata`, `metrics` and `error`.
//!
//! Timestamps are integer nanoseconds, beyond the precision of a float. The gaps between chunks, which make
//! up most of such a file, become their mean and their longest. Ids of requests and conversations are not kept, and
//! neither are texts.

mod quick;

use memchr::memmem;
use serde_json::Value;

use self::quick::Quick;
use super::tags::WORDS;
use crate::catalog::{Shape, metrics, units};
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::stream::{self, Document};
use crate::format::reader::json_yaml::{Branch, Pattern};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Severity, Sink, Stat};

/// What is read of a request besides its metrics.
const KEEP: &[Pattern] = &[
    &["metadata", "request_start_ns"],
    &["metadata", "timestamp_ns"],
    &["metadata", "request_end_ns"],
    &["metadata", "was_cancelled"],
    &["metadata", "phase_name"],
    &["metadata", "benchmark_phase"],
    &["metadata", "credit_phase"],
    &["metadata", "turn_index"],
    &["metadata", "agent_depth"],
    &["metadata", "worker_id"],
    &["metrics", "error_isl"],
    &["error", "type"],
    &["error", "code"],
];

/// Dimensions and the fields of `metadata` that state them, the newest first.
const STATED: &[(&str, &[&str])] = &[
    ("phase", &["phase_name", "benchmark_phase", "credit_phase"]),
    ("turn", &["turn_index"]),
    ("agent_depth", &["agent_depth"]),
    ("load_worker", &["worker_id"]),
];

/// How much of a file is looked at to recognise it: the metadata of a request is shorter.
const HEAD: usize = 4096;

/// The gaps between the chunks of one request: the only metric with several values per request.
const GAPS: &str = "inter_chunk_latency";

/// The requests of a run.
pub(in crate::format) static AIPERF_REQUESTS: Format = Format {
    about: &About::new(
        "aiperf-requests",
        "AIPerf requests (JSONL)",
        "one record per request, with nanosecond timestamps; texts and ids are not kept",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if !look.opens_with("metadata") {
        return None;
    }
    let head = look.head(HEAD);
    let has = |marks: [&str; 2]| marks.iter().any(|mark| head.contains(mark));
    let known = has(["\"request_start_ns\"", "\"timestamp_ns\""]) && has(["\"benchmark_phase\"", "\"credit_phase\""]);
    known.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    read_by(true, input, sink);
}

/// Reads the requests, at first each the quick way or not.
fn read_by(quickly: bool, input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    let mut notes = Notes::default();
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: None, schema: Some("requests".to_owned()) });
    let metrics: Vec<[&str; 2]> = WORDS.iter().map(|(tag, _)| ["metrics", *tag]).collect();
    let keep: Vec<&[&str]> = KEEP.iter().copied().chain(metrics.iter().map(<[&str; 2]>::as_slice)).collect();
    let mut quick = quickly.then(Quick::new);
    let mut documents = stream::documents(input.text);
    while let Some(begun) = documents.begin() {
        match quick.as_mut().and_then(|quick| quick.request(&begun, &mut notes, sink)) {
            Some(length) => {
                documents.pass(&begun, length);
                sink.progress(begun.share());
            }
            None => request(&documents.end(begun), &keep, &mut notes, &mut findings, sink),
        }
    }
    findings.finish(sink);
    notes.finish(sink);
    sink.progress(1.0);
}

/// Notes about the whole file.
#[derive(Default)]
struct Notes {
    requests: u64,
    /// Requests whose latency had to be taken from their instants.
    by_instants: u64,
}

impl Notes {
    fn finish(&self, sink: &mut dyn Sink) {
        let mut say = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
        if self.requests == 0 {
            say(Severity::Warning, "The file contains no requests.".to_owned(), "Check the run's log.");
        }
        if self.by_instants > 0 {
            let message = format!(
                "{} requests have no latency; end minus start is used, which includes client work after the last token.",
                self.by_instants
            );
            say(Severity::Info, message, "");
        }
    }
}

fn request(document: &Document<'_>, keep: &[Branch<'_>], notes: &mut Notes, findings: &mut Findings, sink: &mut dyn Sink) {
    let place = &document.place;
    let tree = document.read(keep, &mut |share| sink.progress(share));
    if let Some(fault) = &tree.fault {
        findings.add(sink, "damaged requests", || fault.diagnostic());
    }
    let (metadata, metrics) = (&tree.root["metadata"], &tree.root["metrics"]);
    if !metadata.is_object() {
        return findings.entry(sink, "lines that are not requests", place, || {
            "This line is not a request: it has no metadata or metrics; skipped.".to_owned()
        });
    }
    notes.requests += 1;
    let identity = identity(metadata, &tree.root["error"], tree.fault.is_none());
    let succeeded = identity.get("status") == Some("ok");
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let start = ["request_start_ns", "timestamp_ns"].iter().find_map(|key| time::seconds(&metadata[*key]));
    if let Some(start) = start {
        collector.figure(&start.into(), "time", Stat::Mean, 1.0, String::new);
    }
    let before = collector.samples.len();
    for (tag, metric) in WORDS {
        figure(document, tag, metric, &metrics[*tag], &mut collector);
    }
    if metrics["input_sequence_length"].is_null() {
        figure(document, "error_isl", "input_tokens", &metrics["error_isl"], &mut collector);
    }
    if succeeded && metrics["request_latency"].is_null() && tree.fault.is_none() {
        let latency = time::seconds_between(&metadata["request_start_ns"], &metadata["request_end_ns"]);
        if let Some(latency) = latency {
            notes.by_instants += 1;
            collector.figure(&latency.into(), "e2el", Stat::Mean, 1000.0, String::new);
        }
    }
    let samples = collector.samples;
    if start.is_some() || samples.len() > before {
        identity.emit_as(Kind::Request, place, Load::default(), &samples, sink);
    }
}

/// What identifies a request, as far as many requests share it. The outcome of one that was cut off is not known.
fn identity(metadata: &Value, error: &Value, whole: bool) -> Identity {
    let mut pairs = Identity::default();
    let failure = match error {
        Value::Null => None,
        error => scalar(&error["type"]).or_else(|| scalar(&error["code"])).or_else(|| Some("error".to_owned())),
    };
    let cancelled = metadata["was_cancelled"].as_bool() == Some(true);
    let outcome = failure.unwrap_or_else(|| if cancelled { "cancelled" } else { "ok" }.to_owned());
    pairs.set("status", whole.then_some(outcome));
    for (key, names) in STATED {
        pairs.set(key, names.iter().find_map(|name| scalar(&metadata[*name])));
    }
    pairs
}

/// Takes one metric of a request.
fn figure(document: &Document<'_>, tag: &str, metric: &str, stated: &Value, collector: &mut Collector<'_>) {
    let value = &stated["value"];
    if value.is_null() {
        return;
    }
    let path = || format!("{}: metrics.{tag}.value", document.place);
    // The page of AIPerf's documentation that shows such a line has this key twice: once for the first token, once for
    // the second.
    if tag == "time_to_first_token" && memmem::find_iter(document.text.as_bytes(), b"\"time_to_first_token\"").count() > 1 {
        return collector.findings.add(collector.sink, "duplicate metrics", || {
            let message = "time_to_first_token appears twice with different values; ignored.";
            Diagnostic::new(Severity::Warning, document.place.clone(), message, "Correct the name of one of them.")
        });
    }
    // Counts that the summary adds up (1 failed request) are meaningless for one request.
    let Some(row) = metrics::metric(metric).filter(|row| row.shape == Shape::Distribution) else { return };
    let unit = stated["unit"].as_str();
    let Some(scale) = unit.and_then(|unit| units::factor(unit, row.unit)) else {
        return collector.findings.add(collector.sink, "figures without a usable unit", || {
            let found = unit.map_or("has no unit".to_owned(), |unit| format!("has the unexpected unit “{unit}”"));
            let message = format!("{tag} {found}; ignored.");
            let hint = "If you know the unit, correct it in the file; guessing could be off by orders of magnitude.";
            Diagnostic::new(Severity::Warning, document.place.clone(), message, hint)
        });
    };
    match value {
        Value::Array(gaps) if tag == GAPS => {
            if let Some(wrong) = gaps.iter().find(|gap| !gap.is_number()) {
                return collector.complain(wrong, path, "numbers");
            }
            let gaps: Vec<f64> = gaps.iter().filter_map(Value::as_f64).collect();
            if let Some(longest) = gaps.iter().copied().reduce(f64::max) {
                let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
                collector.figure(&mean.into(), metric, Stat::Mean, scale, path);
                collector.figure(&longest.into(), metric, Stat::Max, scale, path);
            }
        }
        value => collector.figure(value, metric, Stat::Mean, scale, path),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::said::Said;

    fn said(quickly: bool, text: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let mut said = Said::default();
        read_by(quickly, Input { path: "t.jsonl", text, bytes: text.as_bytes() }, &mut said);
        (said.records, said.others)
    }

    const LINE: &str = r#"{"metadata":{"session_num":3,"request_start_ns":1795284770635756879,"request_end_ns":1795284770986141320,"worker_id":"worker_1","benchmark_phase":"profiling","turn_index":0,"was_cancelled":false},"metrics":{"output_sequence_length":{"value":30,"unit":"tokens"},"time_to_first_token":{"value":58.489858999999996,"unit":"ms"},"request_latency":{"value":350.384441,"unit":"ms"},"http_req_blocked":{"value":0.0,"unit":"ms"},"inter_chunk_latency":{"value":[9.627784,11.197256999999999,10.032611],"unit":"ms"},"inter_token_latency":{"value":10.065330413793104,"unit":"ms"}},"error":null}"#;
    /// What stands in the line, and what might stand there.
    const CHANGES: [(&str, &str); 30] = [
        ("58.489858999999996", "0"),
        ("58.489858999999996", "-1"),
        ("58.489858999999996", "\"58\""),
        ("58.489858999999996", "NaN"),
        ("58.489858999999996", "1e400"),
        ("58.489858999999996", "012"),
        ("58.489858999999996", "null"),
        ("58.489858999999996", "5.8E1"),
        ("58.489858999999996", "[1]"),
        ("\"unit\":\"ms\"},\"request", "\"unit\":\"parsecs\"},\"request"),
        ("\"unit\":\"ms\"},\"request", "\"unit\":\"s\"},\"request"),
        ("\"unit\":\"ms\"},\"request", "\"unit\":null},\"request"),
        (",\"unit\":\"ms\"},\"request", "},\"request"),
        ("\"http_req_blocked\"", "\"time_to_first_token\""),
        ("\"http_req_blocked\"", "\"request_lat\\u0065ncy\""),
        ("\"request_latency\"", "\"latency\""),
        ("[9.627784,11.197256999999999,10.032611]", "[]"),
        ("[9.627784,11.197256999999999,10.032611]", "[1, \"x\", 3]"),
        ("[9.627784,11.197256999999999,10.032611]", "[1, -2]"),
        ("[9.627784,11.197256999999999,10.032611]", "12"),
        ("\"error\":null", "\"error\":{\"type\":\"Timeout\",\"code\":504}"),
        ("\"error\":null", "\"error_isl\":1"),
        ("false", "true"),
        ("\"turn_index\":0", "\"turn_index\":\"a \\\" b\""),
        ("1795284770635756879", "0"),
        ("1795284770635756879", "-5"),
        (",", ", "),
        ("}}", "}"),
        ("\"metadata\":{", "\"meta\":{"),
        ("\"output_sequence_length\"", "\"error_isl\""),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Requests are read as they are by their trees, whatever is out of the ordinary.
        #[test]
        fn both_ways_read_the_same(lines in proptest::collection::vec(proptest::collection::vec(0..CHANGES.len(), 0..3), 1..5)) {
            let line = |changes: &Vec<usize>| {
                changes.iter().fold(LINE.to_owned(), |line, change| line.replacen(CHANGES[*change].0, CHANGES[*change].1, 1))
            };
            let text = lines.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
            prop_assert_eq!(said(true, &text), said(false, &text), "{}", text);
        }
    }

    #[test]
    fn what_is_there_twice_or_no_json_is_not_read_the_quick_way() {
        for (from, to) in [
            ("\"value\":58.489858999999996", "\"value\":58.489858999999996,\"value\":9999"),
            ("\"unit\":\"ms\"},\"request", "\"unit\":\"ms\",\"unit\":\"ms\"},\"request"),
            ("\"metadata\":{", "\"metadata\":{\"was_cancelled\":false,\"was_cancelled\":false,"),
            ("10.032611]", "10.032611,]"),
        ] {
            let line = LINE.replacen(from, to, 1);
            assert_ne!(line, LINE);
            let document = stream::documents(&line).begin().expect("a request");
            assert_eq!(Quick::new().request(&document, &mut Notes::default(), &mut Said::default()), None, "{to}");
        }
    }

    #[test]
    fn a_plain_request_is_read_the_quick_way() {
        let document = stream::documents(LINE).begin().expect("a request");
        let mut said = Said::default();
        assert_eq!(Quick::new().request(&document, &mut Notes::default(), &mut said), Some(LINE.len()));
        assert!(said.records[0].iter().any(|text| text == "icl max 11.197256999999999"), "{:?}", said.records);
    }
}
