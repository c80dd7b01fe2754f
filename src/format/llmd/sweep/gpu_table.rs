//! The tables of GPUs that the configuration explorer ships: memory sizes and reference costs. No measurements.

use memchr::memmem;

use crate::format::reader::json_yaml;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// Such tables are small.
const LARGEST: usize = 1 << 18;

/// Keys that an entry of each table has.
const MARKS: [[&str; 2]; 2] = [["\"memory\"", "\"prefix\""], ["\"cost\"", "\"_cost_description\""]];

/// A table of GPUs.
pub(in crate::format) static GPU_TABLE: Format = Format {
    about: &About::new("llm-d-gpu-table", "llm-d GPU table (JSON)", "recognised; configuration only, no measurements", &["json"]),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let text = look.text;
    if text.len() > LARGEST || !json_yaml::is_json(text) {
        return None;
    }
    let has = |mark: &str| memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let marked = MARKS.iter().any(|marks| marks.iter().all(|mark| has(mark)));
    let gpus = ["\"H100\"", "\"NVIDIA-H100-80GB-HBM3\"", "\"A100\""].iter().any(|gpu| has(gpu));
    (marked && gpus).then_some(Certainty::Likely)
}

fn read(_: Input<'_>, sink: &mut dyn Sink) {
    let (tool, schema) = (Some("llm-d-benchmark".to_owned()), Some("GPU table".to_owned()));
    sink.provenance(Provenance { tool, tool_version: None, schema });
    let message = "GPU table (memory or cost) of llm-d's configuration explorer; no measurements.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    sink.progress(1.0);
}
