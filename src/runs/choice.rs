//! The controls of the view and their values: runs, panels, lines, time.

use std::collections::BTreeSet;

use super::load_windows::near;
use super::process::{Aggregation, FIGURES, place};
use super::rates::Reading;
use super::run::{Found, Run};
use crate::catalog::{metrics, number};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// Option: runs.
pub(crate) const RUNS: &str = "runs";
/// Option: panels.
const PANELS: &str = "panels";
/// What one line shows.
const LINES: &str = "lines";
/// Option: aggregation of the processes of a line.
const COMBINE: &str = "combine";
/// Option: origin of the time axis.
pub(crate) const CLOCK: &str = "clock";
/// Option: load window.
pub(crate) const WINDOW: &str = "window";
/// Option: step length.
pub(crate) const STEP: &str = "step";

/// Maximum number of panels.
pub(crate) const MAX_PANELS: usize = 6;
/// Maximum number of lines for one line per worker.
const FEW_LINES: usize = 8;
/// Key of the stacked queues panel.
pub(crate) const STACK: &str = "stack";
/// The queues of a decode worker, in the order of a request.
pub(crate) const QUEUES: [&str; 3] = ["prealloc_requests", "transfer_requests", "running_requests"];

/// Default panels by role, most informative first; panels without data are left out.
const TELLING: &[(&str, &str)] = &[
    ("decode", STACK),
    ("prefill", "prompt_tps"),
    ("decode", "generation_tps"),
    ("prefill", "inflight_requests"),
    ("prefill", "kv_usage"),
    ("decode", "kv_usage"),
    ("agg", "prompt_tps"),
    ("agg", "generation_tps"),
    ("agg", "running_requests"),
    ("agg", "kv_usage"),
    ("agg", "queued_requests"),
    ("agg", "cache_hit_rate"),
    ("", "prompt_tps"),
    ("", "generation_tps"),
    ("", "running_requests"),
    ("", "kv_usage"),
    ("", "queued_requests"),
    ("", "cache_hit_rate"),
    ("decode", "running_requests"),
    ("prefill", "queued_requests"),
    ("decode", "queued_requests"),
    ("prefill", "cache_hit_rate"),
];

/// The content of a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The role of the workers.
    pub role: String,
    /// The metric, or [`STACK`].
    pub metric: &'static str,
    /// Aggregation over processes.
    pub aggregation: Aggregation,
}

impl Subject {
    /// The key in links.
    pub fn key(&self) -> String {
        format!("{}:{}", if self.role.is_empty() { "workers" } else { &self.role }, self.metric)
    }

    /// The display name.
    pub fn label(&self) -> String {
        format!("{} · {}", role_label(&self.role), self.what())
    }

    /// The metric's name.
    pub fn what(&self) -> &'static str {
        match self.metric {
            STACK => "Stacked queues",
            metric => metrics::metric(metric).map_or(metric, |metric| metric.label),
        }
    }
}

/// A role in a heading.
pub(crate) fn role_label(role: &str) -> String {
    match role {
        "prefill" => "Prefill".to_owned(),
        "decode" => "Decode".to_owned(),
        "agg" => "Aggregated".to_owned(),
        "" => "Workers".to_owned(),
        other => other.to_owned(),
    }
}

/// What one line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    Rank,
    Dp,
    Worker,
    All,
}

impl Lines {
    const ALL: [(Lines, &'static str, &'static str, &'static str); 4] = [
        (Lines::Worker, "worker", "worker", "ranks combined"),
        (Lines::Rank, "rank", "rank of a worker", "as logged"),
        (Lines::Dp, "dp", "DP rank", "across workers of a role"),
        (Lines::All, "all", "role of a run", "all workers combined"),
    ];
}

/// The values of all controls.
pub(crate) struct Chosen {
    /// Indices of the runs shown.
    pub runs: Vec<usize>,
    /// The panels in the order of roles.
    pub subjects: Vec<Subject>,
    /// Names of requested or default panels without data.
    pub absent: Vec<String>,
    /// Number of panels beyond the maximum.
    pub crowded: usize,
    /// What one line shows.
    pub lines: Lines,
    /// Whether means replace sums, so that bands are meaningful.
    pub means: bool,
    /// Whether the axis shows time of day.
    pub absolute: bool,
    /// The load level of the windows shown.
    pub level: Option<String>,
    /// The requested step length, in seconds.
    pub step: Option<f64>,
    /// The controls.
    pub controls: Vec<Control>,
}

/// The requested runs, or else the `usual` ones; and the control.
pub(crate) fn runs(found: &[Run], state: &ViewState, usual: Vec<usize>) -> (Vec<usize>, Control) {
    let asked = state.options.get(RUNS);
    let named = |fits: &dyn Fn(&str, &str) -> bool| -> Vec<usize> {
        let asked = |run: &Run| asked.is_some_and(|asked| asked.iter().any(|asked| fits(&run.id, asked)));
        (0..found.len()).filter(|at| found.get(*at).is_some_and(asked)).collect()
    };
    let mut chosen = named(&|id, asked| id == asked);
    // Results and logs of one run can be in nested folders.
    if chosen.is_empty() {
        chosen = named(&near);
    }
    if chosen.is_empty() {
        chosen = usual;
    }
    let hint = |run: &Run| processes(run.sources.len());
    let control = Control {
        key: RUNS.to_owned(),
        label: "Runs".to_owned(),
        help: "Runs to show".to_owned(),
        values: chosen.iter().filter_map(|at| found.get(*at)).map(|run| run.id.clone()).collect(),
        entry: Entry::MultiSelect(found.iter().map(|run| Choice::new(&run.id, &run.name, &hint(run))).collect()),
    };
    (chosen, control)
}

/// The load window control, and the level shown: one that a shown run has.
pub(crate) fn level(found: &[Run], runs: &[usize], state: &ViewState) -> (Option<String>, Option<Control>) {
    let mut levels: Vec<(bool, f64, String)> = Vec::new();
    for window in runs.iter().filter_map(|at| found.get(*at)).flat_map(|run| &run.windows) {
        let level = (window.warm_up, window.load, window.level.clone());
        if !levels.iter().any(|other| other.2 == level.2) {
            levels.push(level);
        }
    }
    levels.order_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(&b.2)));
    let chosen = state.option(WINDOW).filter(|asked| levels.iter().any(|(.., level)| level == asked)).map(str::to_owned);
    let control = (!levels.is_empty()).then(|| Control {
        key: WINDOW.to_owned(),
        label: "Time".to_owned(),
        help: "The whole run, or only while one load level was measured".to_owned(),
        values: vec![chosen.clone().unwrap_or_else(|| "all".to_owned())],
        entry: Entry::Select(
            std::iter::once(Choice::new("all", "whole run", ""))
                .chain(levels.iter().map(|(.., level)| Choice::plain(level)))
                .collect(),
        ),
    });
    (chosen, control)
}

/// The default run: the one with the most samples, preferring runs with prefill and decode workers.
fn telling(found: &[Run]) -> Vec<usize> {
    let said = |run: &Run| {
        let has = |role: &str| run.sources.iter().any(|source| source.role == role);
        (has("prefill") && has("decode"), run.sources.iter().map(|source| source.moments.len()).sum::<usize>())
    };
    // The first on ties, which is the newest.
    found.iter().enumerate().min_by_key(|(_, run)| std::cmp::Reverse(said(run))).map(|(at, _)| at).into_iter().collect()
}

/// Resolves what to show.
pub(crate) fn choose(table: &Table, found: &Found, state: &ViewState) -> Chosen {
    let (runs, runs_control) = self::runs(&found.runs, state, telling(&found.runs));
    let (level, level_control) = level(&found.runs, &runs, state);
    let present = present(table, &found.runs, &runs);
    let asked: Option<&Vec<String>> = state.options.get(PANELS);
    let wanted: Vec<Subject> = match asked {
        Some(asked) => present.iter().filter(|one| asked.contains(&one.key())).cloned().collect(),
        None => Vec::new(),
    };
    let usual = TELLING.iter().filter_map(|(role, metric)| present.iter().find(|one| one.role == *role && one.metric == *metric));
    let usual: Vec<Subject> = usual.chain(present.iter()).fold(Vec::new(), |mut usual, one| {
        if usual.len() < MAX_PANELS && !usual.contains(one) {
            usual.push(one.clone());
        }
        usual
    });
    let mut subjects = if wanted.is_empty() { usual } else { wanted };
    let crowded = subjects.len().saturating_sub(MAX_PANELS);
    subjects.truncate(MAX_PANELS);
    subjects.order_by_key(|one| (place(&one.role), one.role.clone()));
    let roles: BTreeSet<&str> = present.iter().map(|one| one.role.as_str()).collect();
    let lacking = TELLING.iter().filter(|(role, metric)| {
        roles.contains(role)
            && !metric.starts_with("step_")
            && !present.iter().any(|one| one.role == *role && one.metric == *metric)
    });
    let name =
        |role: &str, metric: &'static str| Subject { role: role.to_owned(), metric, aggregation: Aggregation::Sum }.label();
    let absent = lacking.map(|(role, metric)| name(role, metric)).collect();
    let workers: BTreeSet<_> = runs
        .iter()
        .flat_map(|at| {
            found.runs.get(*at).into_iter().flat_map(move |run| run.sources.iter().map(move |one| (*at, one.of_worker())))
        })
        .collect();
    let usual_lines = if workers.len() <= FEW_LINES { Lines::Worker } else { Lines::All };
    let chosen_lines = Lines::ALL.into_iter().find(|(_, key, ..)| state.option(LINES) == Some(key));
    let lines = chosen_lines.map_or(usual_lines, |(lines, ..)| lines);
    let means = state.option(COMBINE) == Some("mean");
    let dated = runs.iter().filter_map(|at| found.runs.get(*at)).all(|run| run.dated);
    let absolute = dated && state.option(CLOCK) == Some("absolute");
    let one = |key: &str, label: &str, help: &str, value: &str, choices: Vec<Choice>| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: vec![value.to_owned()],
        entry: Entry::Select(choices),
    };
    let lines_key = Lines::ALL.iter().find(|(one, ..)| *one == lines).map_or("", |(_, key, ..)| key);
    let mut controls = vec![runs_control];
    controls.extend(level_control);
    controls.extend([
        Control {
            key: PANELS.to_owned(),
            label: "Panels".to_owned(),
            help: format!("Metrics by worker role, up to {MAX_PANELS}"),
            values: subjects.iter().map(Subject::key).collect(),
            entry: Entry::MultiSelect(present.iter().map(|one| Choice::new(&one.key(), &one.label(), "")).collect()),
        },
        one(
            LINES,
            "One line per",
            "What each line stands for",
            lines_key,
            Lines::ALL.iter().map(|(_, key, label, hint)| Choice::new(key, label, hint)).collect(),
        ),
        one(
            COMBINE,
            "Aggregate",
            "How the processes of one line are combined. Means have a min–max band.",
            if means { "mean" } else { "usual" },
            vec![Choice::new("usual", "sum, ratios as means", ""), Choice::new("mean", "mean", "with min–max band")],
        ),
        one(
            CLOCK,
            "Clock",
            "Seconds since the first log line of the run, or time of day in UTC",
            if absolute { "absolute" } else { "since" },
            vec![
                Choice::new("since", "since run start", ""),
                Choice::new("absolute", "time of day", if dated { "UTC" } else { "no dates in the logs" }),
            ],
        ),
        Control {
            key: STEP.to_owned(),
            label: "Step".to_owned(),
            help: "Interval over which processes are combined. Leave empty to choose it from the time range".to_owned(),
            values: state.number(STEP).map(number::exact).into_iter().collect(),
            entry: Entry::Number { unit: "s".to_owned() },
        },
    ]);
    let step = state.number(STEP).filter(|step| *step > 0.0);
    Chosen { runs, subjects, absent, crowded, lines, means, absolute, level, step, controls }
}

/// Every metric that the workers of a role report, and the stacked queues if there are any.
fn present(table: &Table, found: &[Run], runs: &[usize]) -> Vec<Subject> {
    let mut roles: BTreeSet<(usize, &str)> = BTreeSet::new();
    let sources = || runs.iter().filter_map(|at| found.get(*at)).flat_map(|run| &run.sources);
    roles.extend(sources().map(|source| (place(&source.role), source.role.as_str())));
    let mut present: Vec<Subject> = Vec::new();
    for (_, role) in roles {
        let has = |metric: &'static str| {
            let reading = Reading::of(table, metric);
            let of_role = sources().filter(|source| source.role == role);
            of_role.flat_map(|source| &source.moments).any(|moment| reading.has(moment.row))
        };
        let own = FIGURES.iter().filter(|(metric, _)| has(metric));
        let own: Vec<Subject> =
            own.map(|(metric, aggregation)| Subject { role: role.to_owned(), metric, aggregation: *aggregation }).collect();
        // A prefill worker has no transfer queue; its pre-allocation queue belongs to prefill.
        if own.iter().any(|one| one.metric == "transfer_requests") {
            present.push(Subject { role: role.to_owned(), metric: STACK, aggregation: Aggregation::Sum });
        }
        present.extend(own);
    }
    present
}

/// Formats a count of processes.
/// A count of processes.
pub(crate) fn processes(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}
