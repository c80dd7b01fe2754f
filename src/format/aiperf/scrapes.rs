//! Every scrape of the servers (`server_metrics_export.jsonl`): one moment of one endpoint a line.
//!
//! Each label set becomes a record. A line does not distinguish gauges from counters: known gauges become the
//! catalogue's metrics, everything else keeps its cumulative value and its own name; of histograms the
//! sum and the count, without the buckets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::server::{gauge, source};
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::format::reader::json_yaml::{Pattern, stream};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Kind, Load, Provenance, Sink, Stat};

const KEEP: &[Pattern] = &[
    &["endpoint_url"],
    &["timestamp_ns"],
    &["metrics", "*", "*", "labels"],
    &["metrics", "*", "*", "value"],
    &["metrics", "*", "*", "sum"],
    &["metrics", "*", "*", "count"],
];

/// How much of a file is looked at to recognise it.
const HEAD: usize = 4096;

/// Scrapes of the servers.
pub(in crate::format) static AIPERF_SCRAPES: Format = Format {
    about: &About::new(
        "aiperf-server-scrapes",
        "AIPerf scrapes of servers (JSONL)",
        "one record per timestamp, endpoint and label set; counters as scraped",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if !look.opens_with("endpoint_url") && !look.opens_with("timestamp_ns") {
        return None;
    }
    let head = look.head(HEAD);
    let known = ["\"endpoint_url\"", "\"timestamp_ns\"", "\"metrics\""].iter().all(|mark| head.contains(mark));
    known.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let schema = Some("server metrics, scrapes".to_owned());
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: None, schema });
    let mut findings = Findings::default();
    for document in stream::documents(input.text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged scrapes", || fault.diagnostic());
        }
        let row = &tree.root;
        let (Some(now), Some(metrics)) = (time::seconds(&row["timestamp_ns"]), row["metrics"].as_object()) else {
            findings.entry(sink, "lines that are not scrapes", &document.place, || {
                "This line is not a scrape: it has no timestamp or metrics; skipped.".to_owned()
            });
            continue;
        };
        // The figures of one set of labels, in the order of the labels' text.
        let mut sets: BTreeMap<String, Vec<(&str, &Value)>> = BTreeMap::new();
        for (name, series) in metrics {
            for one in series.as_array().into_iter().flatten() {
                sets.entry(one["labels"].to_string()).or_default().push((name, one));
            }
        }
        for figures in sets.values() {
            let mut collector = Collector { sink, findings: &mut findings, samples: Vec::new() };
            collector.figure(&now.into(), "time", Stat::Mean, 1.0, String::new);
            for (name, one) in figures {
                let (metric, scale) = gauge(name);
                let path = || format!("{}: metrics.{name}", document.place);
                collector.figure(&one["value"], metric, Stat::Mean, scale, path);
                collector.figure(&one["sum"], &format!("{name} sum"), Stat::Mean, 1.0, path);
                collector.figure(&one["count"], &format!("{name} count"), Stat::Mean, 1.0, path);
            }
            let samples = collector.samples;
            let labels = figures.first().map_or(&Value::Null, |(_, one)| &one["labels"]);
            let identity = source(&Identity::default(), row["endpoint_url"].as_str(), labels);
            if samples.len() > 1 {
                identity.emit_as(Kind::Sample, &document.place, Load::default(), &samples, sink);
            }
        }
    }
    findings.finish(sink);
    sink.progress(1.0);
}
