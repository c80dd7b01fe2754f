//! AIPerf's graded answers (`accuracy_export.jsonl`): one answer a line, counted by task. The lines hold prompts' answers,
//! of which nothing is kept. Truth: ai-dynamo/aiperf `src/aiperf/accuracy/jsonl_writer.py`.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::Score;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::Pattern;
use crate::format::reader::json_yaml::stream;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

const KEEP: &[Pattern] = &[&["task"], &["grader_name"], &["passed"], &["benchmark_phase"]];

/// Graded answers.
pub(in crate::format) static AIPERF_ANSWERS: Format = Format {
    about: &About::new(
        "aiperf-answers",
        "AIPerf graded answers (JSONL)",
        "the share of passed answers by task, without warm-up; texts are not kept",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    look.object().filter(|object| object.has_all(&["task", "grader_name", "passed", "session_num"])).map(|_| Certainty::Certain)
}

/// The answers of one task under one grader.
struct Task {
    identity: Identity,
    place: Place,
    passed: u64,
    total: u64,
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some("AIPerf".to_owned()), schema: Some("answers".to_owned()), ..Provenance::default() });
    let mut findings = Findings::default();
    let mut tasks: Vec<Task> = Vec::new();
    let mut known: FxHashMap<(String, Option<String>), usize> = FxHashMap::default();
    let mut warm_ups = 0_u64;
    for document in stream::documents(input.text) {
        let tree = document.read(KEEP, &mut |share| sink.progress(share));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "damaged answers", || fault.diagnostic());
        }
        let (root, place) = (&tree.root, &document.place);
        // A damaged line may have lost that it was a warm-up.
        let (Some(task), Some(passed), None) = (scalar(&root["task"]), root["passed"].as_bool(), &tree.fault) else {
            if tree.fault.is_none() {
                findings.entry(sink, "lines that are not graded answers", place, || {
                    "This line is not a graded answer: it has no task or outcome; skipped.".to_owned()
                });
            }
            continue;
        };
        if root["benchmark_phase"].as_str().is_some_and(|phase| phase.eq_ignore_ascii_case("warmup")) {
            warm_ups += 1;
            continue;
        }
        let grader = scalar(&root["grader_name"]);
        let at = *known.entry((task.clone(), grader.clone())).or_insert_with(|| {
            let mut identity = Identity::default();
            identity.set("task", Some(task));
            identity.set("grader", grader);
            identity.set("task_level", Some("task".to_owned()));
            tasks.push(Task { identity, place: place.clone(), passed: 0, total: 0 });
            tasks.len() - 1
        });
        if let Some(task) = tasks.get_mut(at) {
            task.total += 1;
            task.passed += u64::from(passed);
        }
    }
    for Task { identity, place, passed, total } in &tasks {
        let (passed, total) = (*passed as f64, *total as f64);
        let score =
            Score { metric: "accuracy", value: passed / total, samples: Some(total), higher: Some(true), ..Score::default() };
        score.emit(identity, Load::default(), place, sink);
    }
    let mut say = |severity, message: String, hint| sink.diagnostic(Diagnostic::new(severity, Place::File, message, hint));
    if tasks.is_empty() {
        say(Severity::Warning, "The file has no graded answers.".to_owned(), "Check the run's log.");
    } else {
        let message = "The score counts the answers in this file, which may be a part of the data set.".to_owned();
        say(Severity::Info, message, "");
    }
    if warm_ups > 0 {
        say(Severity::Info, format!("Answers of the warm-up, not counted: {warm_ups}."), "");
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// What AIPerf's summary says of accuracy, in keys of its top level: `accuracy.overall`, `accuracy.task.<task>`; each with
/// the number of answers and the sum of those that passed.
pub(in crate::format) fn summarised(root: &Value, identity: &Identity, load: Load, sink: &mut dyn Sink) {
    for (key, figures) in root.as_object().into_iter().flatten() {
        let task = match key.strip_prefix("accuracy.") {
            Some("overall") => "OVERALL",
            Some(rest) => match rest.strip_prefix("task.") {
                Some(task) => task,
                None => continue,
            },
            None => continue,
        };
        let (sum, count) = (figures["sum"].as_f64(), figures["count"].as_f64());
        let share = sum.zip(count).filter(|(_, count)| *count > 0.0).map(|(sum, count)| sum / count);
        let Some(value) = figures["avg"].as_f64().or(share) else { continue };
        let mut identity = identity.clone();
        identity.set("task", Some(task.to_owned()));
        identity.set("task_level", Some(if task == "OVERALL" { "group" } else { "task" }.to_owned()));
        let score = Score { metric: "accuracy", value, samples: count, higher: Some(true), ..Score::default() };
        score.emit(&identity, load, &Place::Key(key.clone()), sink);
    }
}
