//! What scripts that run AIPerf keep beside its summary: `metadata.json` with the GPU as a text (`"RTX 5090 x1"`), and
//! `benchmark_config.json`. The summary has model and load; the GPU, the server's version and the parallelism are taken, for the
//! files of the same folder.
//!
//! The model is omitted on purpose: AIPerf's summary lists every requested model, including adapters.

use serde_json::Value;

use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[
    &["gpu"],
    &["server_version"],
    &["status"],
    &["vllm_config", "tensor_parallel_size"],
    &["vllm_config", "pipeline_parallel_size"],
    &["vllm_config", "data_parallel_size"],
];

/// Degrees of parallelism and their keys in the server's configuration.
const DEGREES: [(&str, &str); 3] =
    [("tp", "tensor_parallel_size"), ("pp", "pipeline_parallel_size"), ("dp", "data_parallel_size")];

/// The description of a run.
pub(in crate::format) static AIPERF_METADATA: Format = Format {
    about: &About::new(
        "aiperf-metadata",
        "Metadata beside AIPerf's summary (metadata.json)",
        "the accelerator, the number of GPUs and the server's version, for the results of the same folder",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if !look.opens_with("benchmark_name") && !look.opens_with("name") {
        return None;
    }
    let object = look.object()?;
    let metadata = object.has_all(&["benchmark_name", "gpu", "aiperf_config"]);
    let configuration = object.has_all(&["name", "model", "vllm"]) && object.has_any(&["aiperf", "lm_eval"]);
    (metadata || configuration).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), tool_version: None, schema: Some("metadata".to_owned()) });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let mut context = Identity::default();
    if let Some(gpu) = scalar(&tree.root["gpu"]) {
        let (name, count) = counted(&gpu);
        context.set("accelerator", Some(name.to_owned()));
        context.set("gpus", count.map(|count| count.to_string()));
        context.set("gpus_basis", count.map(|_| format!("stated beside the results: “{gpu}”")));
    }
    // Of our own script (`deploy/benchmark/sweep.sh`): AIPerf's summary does not say what served.
    context.set("version", scalar(&tree.root["server_version"]));
    for (key, name) in DEGREES {
        context.set(key, scalar(&tree.root["vllm_config"][name]));
    }
    if !context.is_empty() {
        context.emit_as(Kind::Context, &Place::Key("gpu".to_owned()), Load::default(), &[], sink);
    }
    if let Some(status) = failed(&tree.root["status"]) {
        let message = format!("The run's status is “{status}”.");
        let hint = "Results of the same folder may be incomplete.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key("status".to_owned()), message, hint));
    }
    let message = "Describes the results in the same folder and contains no measurements.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    sink.progress(1.0);
}

/// A status that is no success.
fn failed(status: &Value) -> Option<&str> {
    status.as_str().filter(|status| !["success", "succeeded", "completed", "ok"].contains(status))
}

/// The name of a GPU and how many: `RTX 5090 x1`.
fn counted(gpu: &str) -> (&str, Option<u32>) {
    match gpu.rsplit_once(" x").map(|(name, count)| (name.trim(), count.trim().parse())) {
        Some((name, Ok(count))) if count > 0 && !name.is_empty() => (name, Some(count)),
        _ => (gpu.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_gpu_and_its_number() {
        assert_eq!(super::counted("RTX 5090 x2"), ("RTX 5090", Some(2)));
        assert_eq!(super::counted("NVIDIA H200"), ("NVIDIA H200", None));
        assert_eq!(super::counted("Max xx"), ("Max xx", None));
    }
}
