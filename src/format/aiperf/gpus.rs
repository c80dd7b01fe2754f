//! GPU telemetry: one moment of one GPU a line (`gpu_telemetry_export.jsonl`), and the statistics over a run that the
//! summary and its CSV contain.
//!
//! One GPU may be scraped through two exporters: it has one id (`gpu_uuid`) and two sources. What has no row in the
//! catalogue (error codes; violations, which are microseconds or nanoseconds depending on the exporter) keeps its name.

use serde_json::Value;

use crate::catalog::stats;
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{self, Pattern, stream};
use crate::format::reader::time;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Kind, Load, Place, Provenance, Sink, Stat};

/// A moment of a GPU, and a block of statistics: both are small.
const KEEP: &[Pattern] = &[&[]];

/// One byte in GiB: AIPerf's GB and MB are powers of ten, exporters of GPUs count in powers of two.
const GIB: f64 = 1.0 / 1_073_741_824.0;

/// The names of a figure in older and newer releases and of other vendors, the catalogue's metric, the unit AIPerf writes
/// it in, and the factor from there.
const WORDS: &[(&[&str], &str, &str, f64)] = &[
    (&["gpu_power_usage", "nvidia_power_usage", "amd_power"], "gpu_power", "W", 1.0),
    (&["energy_consumption", "nvidia_energy_consumption", "amd_energy_consumption"], "gpu_energy", "MJ", 1e6),
    (&["power_management_limit", "nvidia_power_management_limit"], "gpu_power_limit", "W", 1.0),
    (&["gpu_utilization", "nvidia_gpu_utilization", "amd_gfx_activity"], "gpu_util", "%", 1.0),
    (&["memory_copy_utilization", "nvidia_memory_utilization", "amd_umc_activity"], "gpu_memory_util", "%", 1.0),
    (&["sm_utilization", "nvidia_sm_utilization"], "gpu_sm_active", "%", 1.0),
    (&["gpu_memory_used", "nvidia_memory_used", "amd_memory_used"], "gpu_memory_used", "GB", GIB * 1e9),
    (&["gpu_memory_free"], "gpu_memory_free", "GB", GIB * 1e9),
    (&["nvidia_fb_free"], "gpu_memory_free", "MB", GIB * 1e6),
    (&["gpu_memory_total"], "gpu_memory_total", "GB", GIB * 1e9),
    (&["gpu_temperature", "nvidia_temperature", "amd_temperature"], "gpu_temperature", "°C", 1.0),
    (&["memory_temperature", "nvidia_memory_temp"], "gpu_memory_temperature", "°C", 1.0),
    (&["sm_clock_frequency", "nvidia_sm_clock"], "gpu_sm_clock", "MHz", 1.0),
    (&["memory_clock_frequency", "nvidia_mem_clock"], "gpu_memory_clock", "MHz", 1.0),
];

/// Dimensions and the fields that state them.
const STATED: &[(&str, &[&str])] = &[
    ("gpu", &["gpu_index"]),
    ("gpu_uuid", &["gpu_uuid"]),
    ("accelerator", &["gpu_model_name", "gpu_name"]),
    ("node", &["hostname"]),
    ("source", &["telemetry_source_url", "dcgm_url"]),
];

/// Telemetry of GPUs.
pub(in crate::format) static AIPERF_GPUS: Format = Format {
    about: &About::new(
        "aiperf-gpu-telemetry",
        "AIPerf GPU telemetry (JSONL, JSON)",
        "one record per GPU and timestamp, or per-GPU statistics over the run",
        &["jsonl", "json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.opens_with("timestamp_ns") {
        let line = look.first_line();
        return (line.contains("\"gpu_uuid\"") && line.contains("\"telemetry_data\"")).then_some(Certainty::Certain);
    }
    let alone = look.opens_with("telemetry_data") && look.object()?.keys().eq(["telemetry_data"]);
    alone.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut findings = Findings::default();
    let schema = Some("GPU telemetry".to_owned());
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: None, schema });
    if Look::new(input).opens_with("telemetry_data") {
        let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            sink.diagnostic(fault.diagnostic());
        }
        statistics(&tree.root["telemetry_data"], &Identity::default(), Load::default(), &mut findings, sink);
    } else {
        moments(input.text, &mut findings, sink);
    }
    findings.finish(sink);
    sink.progress(1.0);
}

fn moments(text: &str, findings: &mut Findings, sink: &mut dyn Sink) {
    for document in stream::documents(text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged samples", || fault.diagnostic());
        }
        let row = &tree.root;
        let (Some(now), Some(figures)) = (time::seconds(&row["timestamp_ns"]), row["telemetry_data"].as_object()) else {
            findings.entry(sink, "lines that are not samples", &document.place, || {
                "This line is not a sample: it has no timestamp or telemetry_data; skipped.".to_owned()
            });
            continue;
        };
        let mut collector = Collector { sink, findings, samples: Vec::new() };
        collector.figure(&now.into(), "time", Stat::Mean, 1.0, String::new);
        for (name, value) in figures {
            let (metric, _, scale) = meaning(name);
            collector.figure(value, metric, Stat::Mean, scale, || format!("{}: telemetry_data.{name}", document.place));
        }
        let samples = collector.samples;
        identity(row, &Identity::default()).emit_as(Kind::Sample, &document.place, Load::default(), &samples, sink);
    }
}

/// Emits the statistics over a run of every GPU in a block `telemetry_data`. They have no moment.
pub(super) fn statistics(block: &Value, run: &Identity, load: Load, findings: &mut Findings, sink: &mut dyn Sink) {
    let Some(endpoints) = block["endpoints"].as_object() else { return };
    for (endpoint, stated) in endpoints {
        for (key, gpu) in stated["gpus"].as_object().into_iter().flatten() {
            let place = Place::Key(format!("telemetry_data.endpoints.{endpoint}.gpus.{key}"));
            let mut collector = Collector { sink, findings, samples: Vec::new() };
            for (name, summary) in gpu["metrics"].as_object().into_iter().flatten() {
                let (metric, unit, scale) = meaning(name);
                let path = format!("{place}.metrics.{name}");
                if unit.is_some() && summary["unit"].as_str() != unit {
                    collector.complain(
                        &summary["unit"],
                        || format!("{path}.unit"),
                        &format!("the unit “{}”", unit.unwrap_or_default()),
                    );
                    continue;
                }
                collector.statistics(summary, stats::parse, metric, scale, || path.clone());
            }
            let samples = collector.samples;
            let mut identity = identity(gpu, run);
            identity.set("source", Some(endpoint.clone()));
            identity.set("window", Some(super::WHOLE_RUN.to_owned()));
            if !samples.is_empty() {
                identity.emit_as(Kind::Sample, &place, load, &samples, sink);
            }
        }
    }
}

/// The metric of a name, the unit that it is written in where one is known, and the factor.
fn meaning(name: &str) -> (&str, Option<&'static str>, f64) {
    let row = WORDS.iter().find(|(names, ..)| names.contains(&name));
    row.map_or((name, None, 1.0), |(_, metric, unit, scale)| (*metric, Some(*unit), *scale))
}

fn identity(gpu: &Value, run: &Identity) -> Identity {
    let mut pairs = run.clone();
    for (key, names) in STATED {
        pairs.set(key, names.iter().find_map(|name| scalar(&gpu[*name])));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn every_word_is_in_the_catalogue_with_its_unit() {
        for (names, key, unit, scale) in WORDS {
            let row = crate::catalog::metrics::metric(key).unwrap_or_else(|| panic!("{names:?}: {key}"));
            assert!(row.unit == *unit || *scale != 1.0, "{key} is in {}, not {unit}", row.unit);
        }
    }
}
