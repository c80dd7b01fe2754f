//! The roll-up of a fork: one file with metadata, results as arrays, and the first batches of each worker's log.
//!
//! Position i of every array is one concurrency. Lengths are not stated as means, but follow from the rates: tokens per
//! second ÷ requests per second.

use serde_json::Value;

use super::metadata;
use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, positive, positive_at, scalar};
use crate::format::serving::Run;
use crate::format::worker_log::stamp::stamp;
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// Arrays of results that are no latencies: key and metric.
const RESULTS: &[(&str, &str)] = &[
    ("output_tps", "output_tps"),
    ("total_tps", "total_tps"),
    ("request_throughput", "rps"),
    ("request_goodput", "goodput_rps"),
    ("output_tps_per_user", "tps_per_user"),
];

/// Figures of a batch or of a memory line: key, metric, factor to its unit.
const BATCH: &[(&str, &str, f64)] = &[
    ("new_seq", "new_requests", 1.0),
    ("new_token", "new_tokens", 1.0),
    ("cached_token", "cached_tokens", 1.0),
    ("token_usage", "kv_usage", 100.0),
    ("running_req", "running_requests", 1.0),
    ("queue_req", "queued_requests", 1.0),
    ("prealloc_req", "prealloc_requests", 1.0),
    ("inflight_req", "inflight_requests", 1.0),
    ("transfer_req", "transfer_requests", 1.0),
    ("input_throughput", "prompt_tps", 1.0),
    ("gen_throughput", "generation_tps", 1.0),
    ("preallocated_usage", "preallocated_usage", 100.0),
    ("num_tokens", "kv_tokens", 1.0),
    ("avail_mem_gb", "memory_available", 1.0),
    ("mem_usage_gb", "memory_used", 1.0),
    ("kv_cache_gb", "kv_memory", 1.0),
    ("kv_tokens", "kv_capacity", 1.0),
];

/// Reads the roll-up.
pub(super) fn read(root: &Value, sink: &mut dyn Sink) {
    sink.provenance(Provenance { schema: Some("roll-up with arrays".to_owned()), ..Provenance::default() });
    let mut findings = Findings::default();
    let results = &root["profiler_results"];
    let arrays: Vec<(&String, &Vec<Value>)> =
        results.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key, value.as_array()?))).collect();
    for index in 0..arrays.iter().map(|(_, values)| values.len()).max().unwrap_or(0) {
        let mut run = Run::default();
        metadata::describe(root, &mut run.identity);
        // Who measured, so that the tool's own result of the level is known to be the same.
        let tool = match run.identity.get("benchmark_type") {
            Some("mooncake-router" | "trace-replay") => Some("AIPerf".to_owned()),
            other => other.map(str::to_owned),
        };
        run.identity.set("tool", tool);
        let load =
            arrays.iter().find(|(key, _)| *key == "concurrency_values").and_then(|(_, values)| positive(values.get(index)?));
        for (key, values) in &arrays {
            if let Some(value) = values.get(index).filter(|_| *key != "concurrency_values") {
                let (metric, stat) = word(key);
                run.figure(key, value, metric, stat, 1.0);
            }
        }
        let rate = run.value("rps", Stat::Mean).filter(|rate| *rate > 0.0);
        if let (Some(rate), Some(output)) = (rate, run.value("output_tps", Stat::Mean)) {
            run.add("output_tokens", Stat::Mean, output / rate);
            if let Some(total) = run.value("total_tps", Stat::Mean).filter(|total| *total >= output) {
                run.add("input_tokens", Stat::Mean, (total - output) / rate);
            }
        }
        run.drop_placeholders();
        // Open-loop load is written as a concurrency of 0.
        let load = load.map_or(Load::default(), Load::concurrency);
        run.emit(load, &Place::Key(format!("profiler_results[{index}]")), &mut findings, sink);
    }
    let (mut kept, mut total) = (0, 0.0);
    for (index, node) in root["node_metrics"].as_array().into_iter().flatten().enumerate() {
        total += positive_at(node, "total_batches").unwrap_or(0.0);
        for key in ["batches_sample", "memory_snapshots_sample"] {
            for (position, entry) in node[key].as_array().into_iter().flatten().enumerate() {
                kept += usize::from(key == "batches_sample");
                let place = Place::Key(format!("node_metrics[{index}].{key}[{position}]"));
                sample(&node["metadata"], entry, place, &mut findings, sink);
            }
        }
    }
    findings.finish(sink);
    if total > kept as f64 {
        let message = format!("The roll-up contains only the first batches of each worker's log: {kept} of {total}.");
        sink.diagnostic(Diagnostic::new(
            Severity::Info,
            Place::Key("node_metrics".to_owned()),
            message,
            "Load the worker logs to see all batches.",
        ));
    }
}

/// The metric and statistic of an array's name: `mean_ttft_ms`, `output_tps`.
fn word(key: &str) -> (&str, Stat) {
    let latency = key.strip_suffix("_ms").and_then(|key| key.split_once('_'));
    if let Some((stat, metric @ ("ttft" | "tpot" | "itl" | "e2el"))) = latency
        && let Some(stat) = stats::parse(stat)
    {
        return (metric, stat);
    }
    (RESULTS.iter().find(|(known, _)| *known == key).map_or(key, |(_, metric)| *metric), Stat::Mean)
}

/// One line of a worker's log.
pub(super) fn sample(worker: &Value, entry: &Value, place: Place, findings: &mut Findings, sink: &mut dyn Sink) {
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    for (key, metric, factor) in BATCH {
        collector.figure(&entry[*key], metric, Stat::Mean, *factor, || format!("{place}.{key}"));
    }
    let Collector { sink, mut samples, .. } = collector;
    if samples.is_empty() {
        return;
    }
    // Every timestamp in the roll-up has a year.
    if let Some(stamp) = entry["timestamp"].as_str().and_then(|text| stamp(text, 2025)) {
        samples.push(Sample { metric: sink.metric("time", Stat::Mean), value: stamp.seconds });
    }
    let mut identity = Identity::default();
    for (dimension, value) in [
        ("worker", &worker["worker_id"]),
        ("role", &worker["worker_type"]),
        ("node", &worker["node_name"]),
        ("rank", &entry["dp"]),
        ("dp_rank", &entry["dp"]),
        ("tp_rank", &entry["tp"]),
        ("ep_rank", &entry["ep"]),
        ("batch", &entry["batch_type"]),
    ] {
        identity.set(dimension, scalar(value));
    }
    identity.emit_as(Kind::Sample, &place, Load::default(), &samples, sink);
}
