//! The prefix-ratio benchmark of Dynamo's router: one run for each share of a prompt that requests have in common.
//!
//! `results_summary.json` has lists parallel to `prefix_ratios`; `benchmark_history.json` is a list of such results, each
//! with the commit that it measured.

use serde_json::Value;

use super::lists::Lists;
use crate::format::reader::identity::{Identity, positive_at, scalar};
use crate::format::reader::json_yaml::Pattern;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The lists parallel to the ratios: name, metric, statistic. Of two for one figure, the first is used.
const LISTS: &[(&str, &str, Stat)] = &[
    ("ttft_values", "ttft", Stat::Mean),
    ("ttft_avg_values", "ttft", Stat::Mean),
    ("ttft_p25_values", "ttft", Stat::P25),
    ("ttft_p50_values", "ttft", Stat::P50),
    ("ttft_p75_values", "ttft", Stat::P75),
    // AIPerf's inter-token latency, which is one mean for each request: TPOT.
    ("itl_p25_values", "tpot", Stat::P25),
    ("itl_p50_values", "tpot", Stat::P50),
    ("itl_p75_values", "tpot", Stat::P75),
    ("throughput_values", "output_tps", Stat::Mean),
    ("throughput_avg_values", "output_tps", Stat::Mean),
];

/// Settings of the sweep, and facts of an entry in the history: key and dimension.
const CONFIG: &[(&str, &str)] = &[
    ("model", "model"),
    ("tokenizer", "tokenizer"),
    ("isl", "isl"),
    ("osl", "osl"),
    ("requests", "requests"),
    ("initial_seed", "seed"),
];
const ENTRY: &[(&str, &str)] = &[
    ("run_id", "run_id"),
    ("timestamp", "start_time"),
    ("branch", "branch"),
    ("ref", "ref"),
    ("commit", "commit"),
    ("platform_arch", "platform_arch"),
    ("run_url", "run_url"),
];

/// The numbers of the lists: of a bare sweep, of one with its facts, and of the history.
const ELEMENTS: &[Pattern] = &[&["*", "*"], &["results", "*", "*"], &["*", "results", "*", "*"]];

/// Sweeps over prefix ratios.
pub(in crate::format) static ROUTER: Format = Format {
    about: &About::new(
        "dynamo-router",
        "Dynamo router benchmark (JSON)",
        "sweeps over prefix ratios, and their history by commit",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let swept = match look.object() {
        Some(object) => object.has_any(&["prefix_ratios", "results"]),
        None => look.text.trim_start().starts_with('[') && look.contains("\"results\""),
    };
    let listed = || LISTS.iter().any(|(name, ..)| look.contains(&format!("\"{name}\"")));
    (swept && look.contains("\"prefix_ratios\"") && listed()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("Dynamo router benchmark".to_owned()), ..Provenance::default() });
    let (root, lists) = Lists::of_json(input.text, ELEMENTS, sink);
    let mut found = 0;
    match &root {
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                found += sweep(&lists, &entry["results"], entry, &format!("[{index}].results."), sink);
            }
        }
        root if root["results"].is_object() => found += sweep(&lists, &root["results"], root, "results.", sink),
        root => found += sweep(&lists, root, &Value::Null, "", sink),
    }
    let (severity, message) = match found {
        0 => (Severity::Warning, "The sweep has no metrics."),
        _ => (Severity::Info, "AIPerf's inter-token latency is a per-request mean, which other tools call TPOT; shown as TPOT."),
    };
    sink.diagnostic(Diagnostic::new(severity, Place::File, message, ""));
    sink.progress(1.0);
}

/// Emits a measurement for each ratio, and counts them.
fn sweep(known: &Lists, results: &Value, entry: &Value, at: &str, sink: &mut dyn Sink) -> usize {
    let list = |name: &str| known.get(&format!("{at}{name}"), &results[name]);
    let Some(ratios) = list("prefix_ratios") else { return 0 };
    let config = &results["config"];
    let mut identity = Identity::default();
    for (key, dimension) in CONFIG {
        identity.set(dimension, scalar(&config[*key]));
    }
    for (key, dimension) in ENTRY {
        identity.set(dimension, scalar(&entry[*key]));
    }
    let load = positive_at(config, "concurrency").map(Load::concurrency).unwrap_or_default();
    let mut lists: Vec<(&str, Stat, &[Option<f64>])> = Vec::new();
    for (name, metric, stat) in LISTS {
        let Some(list) = list(name).filter(|_| !lists.iter().any(|(m, s, _)| m == metric && s == stat)) else {
            continue;
        };
        if list.len() != ratios.len() {
            let message =
                format!("The list has {} values for {} prefix ratios; the excess is ignored.", list.len(), ratios.len());
            let hint = "The file may be truncated, or runs may have failed.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(format!("{at}{name}")), message, hint));
        }
        Lists::tell_negative(&format!("{at}{name}"), list, sink);
        lists.push((metric, *stat, list));
    }
    let mut emitted = 0;
    for (index, ratio) in ratios.iter().enumerate() {
        let figure = |(metric, stat, list): &(&str, Stat, &[Option<f64>]), sink: &mut dyn Sink| {
            let value = list.get(index).copied().flatten().filter(|value| *value >= 0.0)?;
            Some(Sample { metric: sink.metric(metric, *stat), value })
        };
        let samples: Vec<Sample> = lists.iter().filter_map(|list| figure(list, sink)).collect();
        if samples.is_empty() {
            continue;
        }
        identity.set("prefix_ratio", ratio.map(|ratio| ratio.to_string()));
        identity.emit(&Place::Key(format!("{at}prefix_ratios[{index}]")), load, &samples, sink);
        emitted += 1;
    }
    emitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_in_the_catalogue() {
        for (_, key, _) in LISTS {
            assert!(crate::catalog::metrics::metric(key).is_some(), "{key}");
        }
    }
}
