//! Files that AIPerf writes beside its results and that hold nothing measured: known by sight, and said to be that.

use crate::format::{Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// A file without measurements.
pub struct AiPerfAside;

/// What such a file is.
#[derive(Clone, Copy)]
enum Aside {
    /// `.aiperf_results_ready.json`.
    Ready,
    /// `inputs.json`.
    Inputs,
    /// `outputs.json`.
    Outputs,
}

/// How the files of texts begin: the first key, what stands soon after it.
const TEXTS: &[(Aside, &str, &[&str])] = &[
    (Aside::Inputs, "data", &["\"session_id\"", "\"payloads\""]),
    (Aside::Outputs, "schema_version", &["\"data\"", "\"session_num\"", "\"request_start_ns\""]),
];

/// How much of a file of texts is looked at.
const HEAD: usize = 600;

fn kind(look: &Look<'_>) -> Option<Aside> {
    if look.opens_with("ready") {
        return look.object()?.has("was_cancelled").then_some(Aside::Ready);
    }
    let head = look.head(HEAD);
    let begins = |key: &str, marks: &[&str]| look.opens_with(key) && marks.iter().all(|mark| head.contains(mark));
    TEXTS.iter().find(|(_, key, marks)| begins(key, marks)).map(|(aside, ..)| *aside)
}

impl Format for AiPerfAside {
    fn id(&self) -> &'static str {
        "aiperf-aside"
    }

    fn label(&self) -> &'static str {
        "AIPerf ready marker, inputs or outputs (JSON)"
    }

    fn reads(&self) -> &'static str {
        "recognised: nothing measured"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn sniff(&self, look: &Look<'_>) -> Option<Certainty> {
        kind(look).map(|_| Certainty::Certain)
    }

    fn read(&self, input: Input<'_>, sink: &mut dyn Sink) {
        sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), ..Provenance::default() });
        let message = match kind(&Look::new(input)) {
            Some(Aside::Ready) | None => "AIPerf's marker that a run has ended: it holds no measurements.",
            Some(Aside::Inputs) => "The requests that AIPerf sent, as texts: they are not kept, and nothing in them is measured.",
            Some(Aside::Outputs) => "The answers that AIPerf received, as texts: they are not kept.",
        };
        let hint = "The results are the files beside it: profile_export_aiperf.json, profile_export.jsonl.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
        sink.progress(1.0);
    }
}
