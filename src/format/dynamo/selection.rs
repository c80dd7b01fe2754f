//! What Dynamo's profiler offers to choose from (`webui_data.json`): engines for prefill and for decode, each as it was
//! measured at the profiler's requested lengths (`../shared/formats/aiperf-and-dynamo.md` §3.7).
//!
//! The tables have a row a candidate; the chart of prefill names how a candidate is laid out. The third pane, costs, is
//! not read: later versions multiply by the GPUs what is already per GPU.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::curves::laid_out;
use super::json;
use crate::format::reader::identity::Identity;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

/// The panes that are read: role, metrics of the second and the third column. The first is the GPUs of an engine.
const PANES: [(&str, [&str; 2]); 2] =
    [("prefill", ["ttft", "input_tps_per_prefill_gpu"]), ("decode", ["itl", "output_tps_per_decode_gpu"])];

/// The candidates of the profiler's page.
pub(in crate::format) static SELECTION: Format = Format {
    about: &About::new(
        "dynamo-selection",
        "Dynamo profiler candidates (webui_data.json)",
        "prefill and decode engines, one row per candidate",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    // A file that was cut off has its first pane.
    let object = look.object()?;
    let marked = || look.contains("\"target_line\"") || look.contains("\"tableIdx\"");
    (PANES.iter().any(|(pane, _)| object.has(pane)) && marked()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("Dynamo profiler".to_owned()), ..Provenance::default() });
    let root = json(input.text, sink);
    let lengths = root["cost"]["chart"]["title"].as_str().and_then(lengths);
    let mut found = 0;
    for (role, metrics) in PANES {
        found += candidates(role, metrics, &root[role], lengths, sink);
    }
    let targets: Vec<String> = PANES
        .iter()
        .filter_map(|(role, [metric, _])| {
            let target = root[*role]["chart"]["target_line"]["value"].as_f64()?;
            Some(format!("{} {target} ms", metric.to_uppercase()))
        })
        .collect();
    if found == 0 {
        let hint = "The profiler may have stopped early: check its log.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no candidates.", hint));
    } else if !targets.is_empty() {
        let message = format!("The profiler's targets were {}.", targets.join(" and "));
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, "You can set other targets in the SLA planner."));
    }
    sink.progress(1.0);
}

/// `Cost Per 1000 i3000o150 requests`: prompt and answer in tokens.
fn lengths(title: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    title
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('i')?.split_once('o'))
        .find(|(isl, osl)| digits(isl) && digits(osl))
}

/// Emits the candidates of a pane, and counts them.
fn candidates(role: &str, metrics: [&str; 2], pane: &Value, lengths: Option<(&str, &str)>, sink: &mut dyn Sink) -> usize {
    let Some(rows) = pane["table"]["data"].as_array() else { return 0 };
    let points = pane["chart"]["datasets"].as_array().into_iter().flatten().filter_map(|set| set["data"].as_array()).flatten();
    let mut labels: FxHashMap<u64, &Value> = FxHashMap::default();
    for point in points {
        if let Some(row) = point["tableIdx"].as_u64() {
            labels.entry(row).or_insert(&point["gpuLabel"]);
        }
    }
    let mut emitted = 0;
    for (at, row) in rows.iter().enumerate() {
        let place = Place::Key(format!("{role}.table.data[{at}]"));
        let figures = [&row[1], &row[2]].map(|figure| figure.as_f64().filter(|figure| *figure > 0.0));
        let [Some(latency), Some(throughput)] = figures else {
            let message = format!("A {role} candidate without latency or throughput; skipped.");
            sink.diagnostic(Diagnostic::new(Severity::Warning, place, message, "Check whether the file was edited."));
            continue;
        };
        let mut identity = Identity::default();
        identity.set("role", Some(role.to_owned()));
        if let Some(gpus) = row[0].as_u64().filter(|gpus| *gpus > 0) {
            identity.set(&format!("{role}_gpus"), Some(gpus.to_string()));
        }
        // `4 GPUs [TP4]`
        let label = labels.get(&(at as u64)).and_then(|label| label.as_str()).and_then(|label| label.split_once('['));
        if let Some((_, mapping)) = label {
            laid_out(role, &mapping.trim_end_matches(']').replace('=', "").to_lowercase(), &mut identity);
        }
        if let Some((isl, osl)) = lengths {
            identity.set("isl", Some(isl.to_owned()));
            identity.set("osl", Some(osl.to_owned()));
        }
        let samples: Vec<Sample> = metrics
            .iter()
            .zip([latency, throughput])
            .map(|(metric, value)| Sample { metric: sink.metric(metric, Stat::Mean), value })
            .collect();
        identity.emit_as(Kind::OperatingPoint, &place, Load::default(), &samples, sink);
        emitted += 1;
    }
    emitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_the_lengths() {
        assert_eq!(lengths("GPU Hours Per 1000 i3000o150 requests"), Some(("3000", "150")));
        assert_eq!(lengths("in one of io"), None);
        assert_eq!(lengths("Cost"), None);
    }
}
