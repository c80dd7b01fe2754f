//! InferenceX's collected evaluations (`agg_eval_<name>.json`): a list with one evaluation of one task an entry.
//!
//! The concurrency is that of the benchmark that the evaluation belongs to; its own is in the run's results. Lengths are
//! texts, and `"0"` where they were not set. `score` repeats one of the two exact matches, unless the task has neither.
//! Truth: SemiAnalysisAI/InferenceX `utils/collect_eval_results.py`.

use serde_json::Value;

use super::Score;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::{Pattern, stream};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[&[]];

/// Keys and dimensions. A number of zero is one that was not set.
const IDENTITY: &[(&str, &str)] = &[
    ("model", "model"),
    ("model_prefix", "model_prefix"),
    ("hw", "accelerator"),
    ("framework", "framework"),
    ("precision", "precision"),
    ("spec_decoding", "spec_decoding"),
    ("isl", "isl"),
    ("osl", "osl"),
    ("tp", "tp"),
    ("pp", "pp"),
    ("ep", "ep"),
    ("dp_attention", "dp_attention"),
    ("conc", "benchmark_concurrency"),
    ("prefill_tp", "prefill_tp"),
    ("prefill_ep", "prefill_ep"),
    ("prefill_dp_attention", "prefill_dp_attention"),
    ("prefill_num_workers", "prefill_workers"),
    ("decode_tp", "decode_tp"),
    ("decode_ep", "decode_ep"),
    ("decode_dp_attention", "decode_dp_attention"),
    ("decode_num_workers", "decode_workers"),
    ("num_prefill_gpu", "prefill_gpus"),
    ("num_decode_gpu", "decode_gpus"),
    ("task", "task"),
    ("source", "source"),
];

/// The exact matches: key, its standard error's, answer filter.
const MATCHES: [(&str, &str, &str); 2] =
    [("em_strict", "em_strict_se", "strict-match"), ("em_flexible", "em_flexible_se", "flexible-extract")];

/// Collected evaluations.
pub(in crate::format) static INFERENCEX_EVALS: Format = Format {
    about: &About::new(
        "inferencex-evals",
        "InferenceX collected evaluations (agg_eval JSON)",
        "scores with standard errors, and the configuration of the benchmark that they belong to",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.first_object()?;
    let marked = object.has_all(&["task", "hw", "framework"]) && object.has_any(&["em_strict", "score_name"]);
    marked.then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance {
        tool: Some("InferenceX".to_owned()),
        schema: Some("evaluations".to_owned()),
        ..Provenance::default()
    });
    let mut findings = Findings::default();
    let mut scores = 0;
    for document in stream::documents(input.text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            // What the score is of may be lost.
            findings.add(sink, "damaged evaluations", || fault.diagnostic());
        } else if tree.root["task"].is_string() {
            scores += entry(&tree.root, &document.place, &mut findings, sink);
        } else {
            findings.entry(sink, "entries without a task", &document.place, || {
                "This entry is no evaluation: it names no task; skipped.".to_owned()
            });
        }
    }
    if scores == 0 {
        let hint = "Check the logs of the evaluations.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no scores.", hint));
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// Emits the scores of an entry; how many.
fn entry(root: &Value, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) -> usize {
    let mut identity = Identity::default();
    for (key, dimension) in IDENTITY {
        identity.set(dimension, scalar(&root[*key]).filter(|value| value != "0"));
    }
    identity.set("task_level", Some("task".to_owned()));
    let number = |key: &str| root[key].as_f64();
    let figures = MATCHES.iter().flat_map(|(key, error, _)| [*key, *error]).chain(["score", "score_se", "n_eff"]);
    for (key, value) in
        figures.map(|key| (key, &root[key])).filter(|(_, value)| !(value.is_null() || value.is_number() || **value == ""))
    {
        findings.entry(sink, "values of the wrong type", place, || {
            let shown: String = value.to_string().chars().take(40).collect();
            format!("Expected a number for “{key}”, found {shown}; ignored.")
        });
    }
    let samples = number("n_eff").filter(|samples| *samples > 0.0);
    let mut scores: Vec<Score<'_>> = MATCHES
        .iter()
        .filter_map(|(key, error, filter)| {
            let value = number(key)?;
            Some(Score { metric: "exact_match", filter, value, error: number(error), higher: Some(true), samples })
        })
        .collect();
    let named = root["score_name"].as_str().unwrap_or("score");
    let (metric, filter) = named.split_once(',').unwrap_or((named, ""));
    // Where there is an exact match, the score repeats it.
    if let Some(value) = number("score").filter(|_| scores.is_empty()) {
        scores.push(Score { metric, filter, value, error: number("score_se"), higher: None, samples });
    }
    if scores.is_empty() {
        findings.add(sink, "evaluations without a score", || {
            let message = format!("The evaluation of {} has no score.", identity.get("task").unwrap_or_default());
            let hint = "InferenceX collects no score of tasks without answer filters; load the evaluation's own results.";
            Diagnostic::new(Severity::Warning, place.clone(), message, hint)
        });
    }
    scores.iter().for_each(|score| score.emit(&identity, Load::default(), place, sink));
    scores.len()
}
