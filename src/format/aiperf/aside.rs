//! AIPerf's files without measurements: recognised and described.

use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// The kind of such a file.
#[derive(Clone, Copy)]
enum Aside {
    /// `.aiperf_results_ready.json`.
    Ready,
    /// `inputs.json`.
    Inputs,
    /// `outputs.json`.
    Outputs,
    /// The tool's own log.
    Log,
    /// `profile_export_console.txt`, what was on the terminal.
    Console,
}

/// The title above the tables of a terminal.
const TITLE: &str = "NVIDIA AIPerf | ";

/// What the lines of AIPerf's log name: the service that starts the others.
const LOG: &str = " - system_controller - INFO - ";

/// How the files of texts begin: the first key and marks soon after it.
const TEXTS: &[(Aside, &str, &[&str])] = &[
    (Aside::Inputs, "data", &["\"session_id\"", "\"payloads\""]),
    (Aside::Outputs, "schema_version", &["\"data\"", "\"session_num\"", "\"request_start_ns\""]),
];

/// How much of a file of texts is searched.
const HEAD: usize = 600;

/// How much of a log is searched.
const LOG_HEAD: usize = 4096;

fn kind(look: &Look<'_>) -> Option<Aside> {
    if look.opens_with("ready") {
        return look.object()?.has("was_cancelled").then_some(Aside::Ready);
    }
    if look.head(HEAD).trim_start().starts_with(TITLE) {
        return Some(Aside::Console);
    }
    if !look.is_object() {
        return look.head(LOG_HEAD).contains(LOG).then_some(Aside::Log);
    }
    let head = look.head(HEAD);
    let begins = |key: &str, marks: &[&str]| look.opens_with(key) && marks.iter().all(|mark| head.contains(mark));
    TEXTS.iter().find(|(_, key, marks)| begins(key, marks)).map(|(aside, ..)| *aside)
}

/// A file without measurements.
pub(in crate::format) static AIPERF_ASIDE: Format = Format {
    about: &About::new(
        "aiperf-aside",
        "AIPerf ready marker, inputs or outputs (JSON), log or terminal output",
        "recognised; contains no measurements",
        &["json", "log", "txt"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    kind(look).map(|_| Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), ..Provenance::default() });
    let message = match kind(&Look::new(input)) {
        Some(Aside::Ready) | None => "AIPerf's marker that a run has finished; contains no measurements.",
        Some(Aside::Inputs) => "The request texts that AIPerf sent; not kept, and contain no measurements.",
        Some(Aside::Log) => "AIPerf's own log; contains no measurements.",
        Some(Aside::Console) => "AIPerf's tables as the terminal showed them, with rounded figures; not read.",
        Some(Aside::Outputs) => "The response texts that AIPerf received; not kept.",
    };
    let hint = "Load the result files from the same folder: profile_export_aiperf.json, profile_export.jsonl.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    sink.progress(1.0);
}
