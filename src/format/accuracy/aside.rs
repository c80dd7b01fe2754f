//! The graded documents of lm-evaluation-harness (`--log_samples`): prompts and answers, which are named and not kept.

use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// Keys that each graded document has.
const KEYS: [&str; 4] = ["doc_id", "doc", "target", "filtered_resps"];

/// Graded documents.
pub(in crate::format) static LM_EVAL_SAMPLES: Format = Format {
    about: &About::new(
        "lm-eval-samples",
        "lm-evaluation-harness graded documents (JSONL)",
        "recognised; holds prompts and answers, which are not kept",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    // A list, as versions before 0.4.3 wrote it, or a document a line.
    look.first_object().filter(|object| object.has_all(&KEYS)).map(|_| Certainty::Certain)
}

fn read(_: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some(super::lm_eval::TOOL.to_owned()), ..Provenance::default() });
    let message = "The graded documents of an evaluation: prompts and answers, which are not kept. Contains no scores.";
    let hint = "Load the results_….json of the same run.";
    sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
    sink.progress(1.0);
}
