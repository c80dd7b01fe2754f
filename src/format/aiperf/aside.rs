//! Files that AIPerf writes beside its results and that hold nothing measured: known by sight, and said to be that.

use crate::format::tree;
use crate::format::{Certainty, Format, Input};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// A file without measurements.
pub struct AiPerfAside;

/// What such a file is.
enum Aside {
    /// `.aiperf_results_ready.json`.
    Ready,
    /// `inputs.json`.
    Inputs,
}

fn kind(text: &str) -> Option<Aside> {
    if super::opens_with(text, "ready").is_some() {
        let keys = tree::top_level_keys(text)?;
        return keys.iter().any(|key| key == "was_cancelled").then_some(Aside::Ready);
    }
    let head: String = super::opens_with(text, "data")?.chars().take(400).collect();
    ["\"session_id\"", "\"payloads\""].iter().all(|mark| head.contains(mark)).then_some(Aside::Inputs)
}

impl Format for AiPerfAside {
    fn id(&self) -> &'static str {
        "aiperf-aside"
    }

    fn label(&self) -> &'static str {
        "AIPerf ready marker or inputs (JSON)"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn sniff(&self, input: Input<'_>) -> Option<Certainty> {
        kind(input.text).map(|_| Certainty::Certain)
    }

    fn read(&self, input: Input<'_>, sink: &mut dyn Sink) {
        sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), ..Provenance::default() });
        let message = match kind(input.text) {
            Some(Aside::Ready) | None => "AIPerf's marker that a run has ended: it holds no measurements.",
            Some(Aside::Inputs) => "The requests that AIPerf sent, as texts: they are not kept, and nothing in them is measured.",
        };
        let hint = "The results are the files beside it: profile_export_aiperf.json, profile_export.jsonl.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
        sink.progress(1.0);
    }
}
