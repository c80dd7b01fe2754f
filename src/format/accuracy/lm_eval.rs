//! lm-evaluation-harness: `results_<time>.json`, one object for a run of one or several tasks.
//!
//! A task's metrics are the keys `<metric>,<filter>`, each with a `<metric>_stderr,<filter>`; before 0.4 there was no
//! filter. A group of tasks (`mmlu`) stands in `results` beside its members and again in `groups`. Python's bare `NaN`
//! is a metric that could not be computed; an error of `"N/A"` is one that was not estimated. The model's arguments may hold
//! keys, so only what is listed here is kept of them. The machine that the file describes is the client's, not the server's.
//! Truth: EleutherAI/lm-evaluation-harness `lm_eval/loggers/evaluation_tracker.py`, `lm_eval/evaluator.py`.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::Score;
use crate::catalog::instant::rfc3339;
use crate::format::llmd::deployment::python;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, at, scalar};
use crate::format::reader::json_yaml::{self, Pattern};
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Load, Place, Provenance, Severity, Sink};

/// The tool's name.
pub(super) const TOOL: &str = "lm-evaluation-harness";

const KEEP: &[Pattern] = &[
    &["results"],
    &["groups"],
    &["group_subtasks"],
    &["versions"],
    &["n-shot"],
    &["n-samples"],
    &["higher_is_better"],
    &["config", "model"],
    &["config", "model_args"],
    &["config", "batch_size"],
    &["config", "limit"],
    &["config", "num_fewshot"],
    &["model_name"],
    &["date"],
    &["chat_template_sha"],
    &["lm_eval_version"],
];

/// Arguments that name the model, in the tool's order.
const MODELS: [&str; 6] = ["peft", "delta", "pretrained", "model", "path", "engine"];

/// Arguments that are kept: dimension and names.
const ARGUMENTS: [(&str, &[&str]); 5] = [
    ("tp", &["tensor_parallel_size", "tp_size"]),
    ("dp", &["data_parallel_size", "dp_size"]),
    ("pp", &["pipeline_parallel_size", "pp_size"]),
    ("target", &["base_url"]),
    ("quantization", &["quantization"]),
];

/// Keys of a task that are numbers and no metrics.
const NOT_METRICS: [&str; 3] = ["sample_len", "sample_count", "samples"];

/// Results of evaluations.
pub(in crate::format) static LM_EVAL: Format = Format {
    about: &About::new(
        "lm-eval",
        "lm-evaluation-harness results (JSON)",
        "scores with standard errors, by task, metric and answer filter; groups beside their tasks",
        &["json"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let object = look.object()?;
    let newer = object.has_all(&["results", "configs", "versions"]) && object.has_any(&["n-shot", "n-samples"]);
    // Before 0.4 there were neither.
    let older = object.has_all(&["results", "versions", "config"]) && look.contains("_stderr\"");
    // Cut before what comes last.
    let cut = || look.opens_with("results") && look.contains("_stderr,");
    if newer || older {
        return Some(Certainty::Certain);
    }
    cut().then_some(Certainty::Likely)
}

/// The arguments of a model, as text (`a=b,c=d`) or as pairs.
pub(super) fn arguments(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => python(text.trim().trim_start_matches('{')),
        Value::Object(pairs) => pairs.iter().filter_map(|(key, value)| Some((key.clone(), scalar(value)?))).collect(),
        _ => Vec::new(),
    }
}

/// What a run's arguments say of the model and its server.
pub(super) fn identify(arguments: &[(String, String)], identity: &mut Identity) {
    let stated =
        |name: &str| arguments.iter().find(|(key, value)| key == name && value != "None").map(|(_, value)| value.clone());
    identity.set("model", MODELS.iter().find_map(|name| stated(name)));
    for (key, names) in ARGUMENTS {
        identity.set(key, names.iter().find_map(|name| stated(name)));
    }
}

/// The requests in flight: only the backends that call a server have them, others a batch size.
pub(super) fn load(arguments: &[(String, String)]) -> Load {
    let stated = arguments.iter().find(|(key, _)| key == "num_concurrent").and_then(|(_, value)| value.parse::<f64>().ok());
    stated.filter(|number| *number > 0.0 && number.is_finite()).map_or_else(Load::default, Load::concurrency)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let tree = json_yaml::json(input.text, KEEP, &mut |share| sink.progress(share));
    let root = &tree.root;
    sink.provenance(Provenance { tool: Some(TOOL.to_owned()), tool_version: scalar(&root["lm_eval_version"]), schema: None });
    if let Some(fault) = &tree.fault {
        sink.diagnostic(fault.diagnostic());
    }
    let config = &root["config"];
    let arguments = arguments(&config["model_args"]);
    let mut identity = Identity::default();
    identify(&arguments, &mut identity);
    if identity.get("model").is_none() {
        // A run without a model in its arguments gets a random name, which is the model's only if there are no arguments.
        identity.set("model", scalar(&root["model_name"]).filter(|_| config["model_args"].is_null()));
    }
    identity.set("backend", scalar(&config["model"]));
    identity.set("batch_size", scalar(&config["batch_size"]));
    identity.set("sample_limit", scalar(&config["limit"]));
    identity.set("chat_template", scalar(&root["chat_template_sha"]));
    let mut date = String::new();
    if root["date"].as_f64().is_some_and(|seconds| rfc3339(seconds * 1000.0, &mut date)) {
        identity.set("start_time", Some(date));
    }
    let mut findings = Findings::default();
    let mut run = Run { root, groups: groups(root), identity, load: load(&arguments), findings: &mut findings, scores: 0 };
    for (task, figures) in root["results"].as_object().into_iter().flatten() {
        if tree.fault.as_ref().is_some_and(|fault| fault.is_within(&format!("results.{task}"))) {
            continue;
        }
        run.task(task, figures, sink);
    }
    if run.scores == 0 {
        let hint = "Check the run's log: possibly no task was graded.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no scores.", hint));
    }
    if !config["limit"].is_null() {
        let message = "The run graded a part of each task (“limit”); such scores are for tests, says the tool.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::Key("config.limit".to_owned()), message, ""));
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// The group of each task, the first one that lists it.
fn groups(root: &Value) -> FxHashMap<&str, &str> {
    let mut groups = FxHashMap::default();
    for (group, tasks) in root["group_subtasks"].as_object().into_iter().flatten() {
        for task in tasks.as_array().into_iter().flatten().filter_map(Value::as_str) {
            groups.entry(task).or_insert(group.as_str());
        }
    }
    groups
}

struct Run<'r> {
    root: &'r Value,
    groups: FxHashMap<&'r str, &'r str>,
    identity: Identity,
    load: Load,
    findings: &'r mut Findings,
    scores: usize,
}

impl Run<'_> {
    /// Emits every metric of a task.
    fn task(&mut self, task: &str, figures: &Value, sink: &mut dyn Sink) {
        let root = self.root;
        let place = Place::Key(format!("results.{task}"));
        let Some(figures) = figures.as_object() else {
            return self.findings.entry(sink, "tasks that are not objects", &place, || {
                "This task's results are not an object; skipped.".to_owned()
            });
        };
        let mut identity = self.identity.clone();
        identity.set("task", Some(task.to_owned()));
        identity.set("task_group", self.groups.get(task).map(|group| (*group).to_owned()));
        let is_group =
            !root["groups"][task].is_null() || root["group_subtasks"][task].as_array().is_some_and(|tasks| !tasks.is_empty());
        identity.set("task_level", Some(if is_group { "group" } else { "task" }.to_owned()));
        identity.set("task_version", scalar(&root["versions"][task]));
        // The default of all tasks is of none of them if a task states its own.
        let shots = scalar(&root["n-shot"][task]);
        identity.set("shots", shots.or_else(|| scalar(&root["config"]["num_fewshot"]).filter(|_| root["n-shot"].is_null())));
        let samples = at(root, &["n-samples", task, "effective"]).as_f64();
        let samples = samples.or_else(|| figures.get("sample_len").and_then(Value::as_f64));
        let filtered = figures.keys().any(|key| key.contains(','));
        for (key, value) in figures {
            let (metric, filter) = key.split_once(',').unwrap_or((key, ""));
            // Without a filter a key is a metric only where no key has one.
            // A text is no metric, unless it has a standard error.
            let is_text = value.is_string() && !figures.contains_key(&format!("{metric}_stderr"));
            let named = key.contains(',') || !(filtered || is_text || NOT_METRICS.contains(&metric));
            if metric.ends_with("_stderr") || !named || value.is_object() {
                continue;
            }
            let place = Place::Key(format!("results.{task}.{key}"));
            let Some(number) = value.as_f64() else {
                self.findings.add(sink, "metrics without a value", || {
                    let message = format!("“{key}” of {task} has no value (NaN or a text); left out.");
                    let hint = "The metric could not be computed; look into the graded documents of the run.";
                    Diagnostic::new(Severity::Warning, place.clone(), message, hint)
                });
                continue;
            };
            let error = if filter.is_empty() { format!("{metric}_stderr") } else { format!("{metric}_stderr,{filter}") };
            let score = Score {
                metric,
                filter,
                value: number,
                error: figures.get(&error).and_then(Value::as_f64),
                higher: root["higher_is_better"][task][metric].as_bool(),
                samples,
            };
            self.scores += 1;
            score.emit(&identity, self.load, &place, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_in_both_forms() {
        let of = |value: Value| {
            let mut identity = Identity::default();
            let arguments = arguments(&value);
            identify(&arguments, &mut identity);
            (identity.get("model").map(str::to_owned), identity.get("tp").map(str::to_owned), load(&arguments))
        };
        let expected = (Some("a/b".to_owned()), Some("2".to_owned()), Load::concurrency(8.0));
        assert_eq!(of(json!("pretrained=a/b,tensor_parallel_size=2,num_concurrent=8,api_key=x")), expected);
        assert_eq!(of(json!({"model": "a/b", "tensor_parallel_size": 2, "num_concurrent": 8})), expected);
        assert_eq!(of(json!("{'pretrained': 'a/b', 'tensor_parallel_size': 2, 'num_concurrent': 8}")), expected);
        assert_eq!(of(json!("pretrained=None")), (None, None, Load::default()));
    }
}
