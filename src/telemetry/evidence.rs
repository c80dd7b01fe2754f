//! What is known of each run and of each of its engines, for the rules of [`diagnosis`].
//!
//! A run is a line of measurements: one configuration over its loads. The engines and GPUs in its folders are its own; with
//! one run and nothing else, all are.

use std::collections::{BTreeMap, BTreeSet};

use super::gauges::{self, Track};
use super::measured::{attempts, drifts, levels, limits, tried};
use super::{Clock, Source, devices, figures};
use crate::analysis::buckets::{Observed, Step};
use crate::analysis::diagnosis::{
    self, Attempts, Drift, Evidence, Finding, GpuHistory, GpuMoment, History, Moment, Pressure, Rule, Thresholds, Verdict,
};
use crate::analysis::mean::{arithmetic, over_time};
use crate::query::groups::{self, Group};
use crate::record::LoadKind;
use crate::runs::load_windows::{self, near};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::{Dimension, Table};

/// A run, an engine of it, or both in one; with what the rules find.
pub(crate) struct Subject {
    /// The run's name; empty where there is only one.
    pub run: String,
    /// The engine's name; empty where there is only one, or for what is of the run.
    pub engine: String,
    /// The engine among the sources.
    pub source: Option<usize>,
    /// Every rule's finding.
    pub findings: Vec<Finding>,
}

/// The rules over an engine's own history; the others are about a run.
const OF_ENGINES: [Rule; 2] = [Rule::KvCacheWall, Rule::AdmissionCap];

/// The findings about every run and engine.
pub(crate) fn subjects(
    sources: &[Source],
    measurements: Option<(&Table, &[usize])>,
    requests: Option<(&Table, &[usize])>,
    state: &ViewState,
    thresholds: &Thresholds,
) -> Vec<Subject> {
    let runs = runs(measurements, requests);
    let mut subjects = Vec::new();
    let mut taken = BTreeSet::new();
    for run in &runs {
        let own: Vec<usize> = (0..sources.len()).filter(|at| runs.len() == 1 || run.has(&sources[*at].folder)).collect();
        taken.extend(own.iter().copied());
        let name = if runs.len() > 1 { run.name.clone() } else { String::new() };
        subjects.extend(of_run(&name, Some(run), &own, sources, state, thresholds));
    }
    let mut left: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in (0..sources.len()).filter(|at| !taken.contains(at)) {
        left.entry(&sources[at].folder).or_default().push(at);
    }
    let several = runs.len() + left.len() > 1;
    for (folder, own) in left {
        let name = if several { crate::catalog::folders::run_name(folder).to_owned() } else { String::new() };
        subjects.extend(of_run(&name, None, &own, sources, state, thresholds));
    }
    subjects
}

/// A configuration over its loads.
struct Run<'a> {
    name: String,
    table: Option<&'a Table>,
    rows: Vec<usize>,
    folders: BTreeSet<String>,
    requests: Option<(&'a Table, Vec<usize>)>,
}

impl Run<'_> {
    /// The files of its measurements.
    fn files(&self) -> BTreeSet<String> {
        let path = self.table.and_then(|table| table.dimension("path"));
        self.rows.iter().filter_map(|row| path.as_ref()?.text(*row)).map(str::to_owned).collect()
    }

    fn has(&self, folder: &str) -> bool {
        self.folders.iter().any(|own| near(own, folder))
    }
}

/// The runs, and for each the single requests in its folders.
fn runs<'a>(measurements: Option<(&'a Table, &[usize])>, requests: Option<(&'a Table, &[usize])>) -> Vec<Run<'a>> {
    let folders = |table: &Table, rows: &[usize]| -> BTreeSet<String> {
        let column = table.dimension("folder");
        rows.iter().map(|row| column.and_then(|column| column.text(*row)).unwrap_or_default().to_owned()).collect()
    };
    let lines = |table: &'a Table, rows: &[usize], by: &[&str]| -> Vec<Run<'a>> {
        let run = |Group { label, rows, .. }: Group| Run {
            name: label,
            table: Some(table),
            folders: folders(table, &rows),
            rows,
            requests: None,
        };
        groups::group(table, rows, by).into_iter().map(run).collect()
    };
    let mut found = measurements.map_or_else(Vec::new, |(table, rows)| lines(table, rows, &groups::configuration(table)));
    if let Some((table, rows)) = requests {
        if found.is_empty() {
            let by: Vec<&str> =
                groups::configuration(table).into_iter().filter(|key| !["load", "load_kind"].contains(key)).collect();
            for line in lines(table, rows, &by) {
                found.push(Run { requests: Some((table, line.rows)), table: None, rows: Vec::new(), ..line });
            }
        } else {
            let single = found.len() == 1;
            let [folder, path] = ["folder", "path"].map(|key| table.dimension(key));
            let measured: Vec<BTreeSet<String>> = found.iter().map(Run::files).collect();
            // Requests of a file that has measurements, too, are of their run.
            let all: BTreeSet<&str> = measured.iter().flatten().map(String::as_str).collect();
            for (run, files) in found.iter_mut().zip(&measured) {
                let text =
                    |column: Option<Dimension<'a>>, row: usize| column.and_then(|column| column.text(row)).unwrap_or_default();
                let is_own = |row: usize| match text(path, row) {
                    file if all.contains(file) => files.contains(file),
                    _ => run.has(text(folder, row)),
                };
                let own = rows.iter().copied().filter(|row| single || is_own(*row)).collect();
                run.requests = Some((table, own));
            }
        }
    }
    found
}

/// A run's subjects: one where it has one engine at most, else one for itself and one for each engine. Engines of one name in
/// several folders (one folder for each load level) are several: each has a time of its own.
fn of_run(
    name: &str,
    run: Option<&Run<'_>>,
    own: &[usize],
    sources: &[Source],
    state: &ViewState,
    thresholds: &Thresholds,
) -> Vec<Subject> {
    let (gpus, engines): (Vec<usize>, Vec<usize>) = own.iter().copied().partition(|at| sources[*at].gpu);
    let gpus: Vec<&Source> = gpus.iter().map(|at| &sources[*at]).collect();
    let gpus = devices::once(&gpus);
    let all: Vec<&Source> = engines.iter().map(|at| &sources[*at]).collect();
    let (engine_names, gpu_names) = (names(&all), names(&gpus));
    let mut evidence = run.map_or_else(Evidence::default, |run| of_loads(run, state));
    evidence.gpus = gpus.iter().zip(gpu_names).map(|(gpu, name)| gpu_history(gpu, name)).collect();
    let highest = run.and_then(highest);
    let beside: Vec<&Source> =
        gpus.iter().copied().filter(|gpu| highest.as_ref().is_some_and(|(folder, _)| near(&gpu.folder, folder))).collect();
    evidence.top = pressure(if beside.is_empty() { &gpus } else { &beside }, &all, highest.and_then(|(_, window)| window));
    if evidence.attempts.is_empty() {
        let named = |(engine, name): (&&Source, &String)| Some(Attempts { at: name.clone(), ..counted_attempts(engine)? });
        evidence.attempts = all.iter().zip(&engine_names).filter_map(named).collect();
    }
    if evidence.drifts.is_empty() {
        let named = |(engine, name): (&&Source, &String)| Some(Drift { at: name.clone(), ..counted_drift(engine)? });
        evidence.drifts = all.iter().zip(&engine_names).filter_map(named).collect();
    }
    let history = |engine: &Source| {
        let (own, shared) = own_gpus(engine, &all, &gpus);
        let history = engine_history(engine, &own)?;
        Some(History { shared_gpus: shared, ..history })
    };
    let subject = |engine: String, source, findings| Subject { run: name.to_owned(), engine, source, findings };
    if let ([at], [engine]) = (engines.as_slice(), all.as_slice()) {
        evidence.history = history(engine);
        return vec![subject(String::new(), Some(*at), diagnosis::diagnose(&evidence, thresholds))];
    }
    let mut subjects = Vec::new();
    let mut decided: BTreeSet<Rule> = BTreeSet::new();
    let alone = |engine: &&Source| diagnosis::diagnose(&Evidence { history: history(engine), ..Evidence::default() }, thresholds);
    let of_engines: Vec<Vec<Finding>> = all.iter().map(alone).collect();
    let is_wall = |found: &Finding| found.rule == Rule::KvCacheWall && found.verdict >= Verdict::Likely;
    evidence.cache_full = of_engines.iter().flatten().any(is_wall);
    let of_run = diagnosis::diagnose(&evidence, thresholds);
    for ((at, findings), name) in engines.iter().zip(of_engines).zip(engine_names) {
        let known = |found: &Finding| {
            let run = of_run.iter().find(|other| other.rule == found.rule).map(|other| other.verdict);
            OF_ENGINES.contains(&found.rule)
                || (found.verdict > Verdict::InsufficientData && run == Some(Verdict::InsufficientData))
        };
        let findings: Vec<Finding> = findings.into_iter().filter(known).collect();
        decided.extend(findings.iter().map(|found| found.rule));
        subjects.push(subject(name, Some(*at), findings));
    }
    let rest = of_run.into_iter().filter(|found| !decided.contains(&found.rule)).collect();
    subjects.insert(0, subject(String::new(), None, rest));
    subjects
}

/// What tells the sources of a run apart: their labels; where those are in several folders the folders; or both.
fn names(sources: &[&Source]) -> Vec<String> {
    let labels: BTreeSet<&str> = sources.iter().map(|source| source.label.as_str()).collect();
    let repeated = labels.len() < sources.len();
    let name = |source: &&Source| match crate::catalog::folders::run_name(&source.folder) {
        folder if repeated && labels.len() == 1 && !folder.is_empty() => folder.to_owned(),
        folder if repeated && !folder.is_empty() => format!("{folder} · {}", source.label),
        _ => source.label.clone(),
    };
    sources.iter().map(name).collect()
}

/// How far two clocks' scrapes may be apart for one moment, in intervals.
const REACH: f64 = 1.5;

/// The GPUs of an engine, and whether they may be others', too: those in or near its folder, of them those whose series name
/// its pod; all of them where none names any engine's.
fn own_gpus<'s>(engine: &Source, engines: &[&Source], gpus: &[&'s Source]) -> (Vec<&'s Source>, bool) {
    let (engines, gpus) = {
        let beside = |gpu: &&&Source| near(&gpu.folder, &engine.folder);
        let near_it: Vec<&Source> = gpus.iter().filter(beside).copied().collect();
        // A GPU's folder that is of no engine says nothing.
        let placed = gpus.iter().any(|gpu| engines.iter().any(|other| near(&gpu.folder, &other.folder)));
        let others = engines.iter().copied().filter(|other| near(&other.folder, &engine.folder));
        if placed { (others.collect(), near_it) } else { (engines.to_vec(), gpus.to_vec()) }
    };
    let works_for = |gpu: &Source, of: &[&Source]| of.iter().any(|engine| !engine.pods.is_disjoint(&gpu.pods));
    if gpus.iter().any(|gpu| works_for(gpu, &engines)) {
        return (gpus.into_iter().filter(|gpu| works_for(gpu, &[engine])).collect(), false);
    }
    let shared = engines.len() > 1 && !gpus.is_empty();
    (gpus, shared)
}

/// An engine over time, with the mean of its GPUs.
fn engine_history(engine: &Source, gpus: &[&Source]) -> Option<History> {
    let of = |metric: &str| engine.gauges.get(metric);
    let clock = of("kv_usage").or_else(|| of("running_requests"))?;
    let step = gauges::interval(clock).unwrap_or(1.0);
    let near = |metric: &str, moment: f64| gauges::at(of(metric)?, moment, step * REACH);
    let means = mean_of_gpus(gpus, engine);
    let preempted = engine.gains("preemptions");
    let paces = engine.histograms.get("itl").or_else(|| engine.histograms.get("tpot"));
    let stepped = |steps: &[Step<f64>], moment: f64| {
        let from = moment - step;
        let inside = steps.iter().filter(|gain| gain.to > from && gain.to <= moment).map(|gain| gain.by);
        (!steps.is_empty()).then(|| inside.sum())
    };
    let moment = |(moment, _): &(f64, f64)| {
        let hardware =
            |metric: &str| means.get(metric).and_then(|(track, reach)| gauges::at(track, *moment, step.max(*reach) * REACH));
        let pace = paces.and_then(|steps| steps.iter().find(|gain| gain.to == *moment)).and_then(|gain| gain.by.mean());
        Moment {
            at: *moment,
            kv: near("kv_usage", *moment),
            waiting: near("queued_requests", *moment),
            running: near("running_requests", *moment),
            preempted: stepped(&preempted, *moment),
            util: hardware("gpu_util").or_else(|| hardware("gpu_graphics_active")),
            sm: hardware("gpu_sm_active"),
            dram: hardware("gpu_dram_active"),
            itl: pace.or_else(|| near("server_itl", *moment).filter(|_| paces.is_none() && engine.clock != Clock::Scrapes)),
        }
    };
    let moments: Vec<Moment> = clock.iter().map(moment).collect();
    let observed = |key: &str| engine.histograms.get(key).cloned().unwrap_or_default();
    (!moments.is_empty()).then(|| History { moments, ttft: observed("ttft"), queue: observed("queue_time"), shared_gpus: false })
}

/// The mean of some GPUs over time, by metric, with the usual time between values. Only GPUs on the clock of the engine count.
fn mean_of_gpus(gpus: &[&Source], engine: &Source) -> BTreeMap<&'static str, (Track, f64)> {
    let mut means = BTreeMap::new();
    for metric in ["gpu_util", "gpu_graphics_active", "gpu_sm_active", "gpu_dram_active"] {
        let tracks: Vec<&Track> =
            gpus.iter().filter(|gpu| gpu.clock == engine.clock).filter_map(|gpu| gpu.gauges.get(metric)).collect();
        let Some(first) = tracks.first() else { continue };
        let reach = gauges::interval(first).unwrap_or(1.0);
        let mean = |at: f64| arithmetic(tracks.iter().filter_map(|track| gauges::at(track, at, reach * REACH)));
        means.insert(metric, (first.iter().filter_map(|(at, _)| Some((*at, mean(*at)?))).collect(), reach));
    }
    means
}

fn gpu_history(gpu: &Source, name: String) -> GpuHistory {
    let clock = gpu.gauges.get("gpu_sm_clock").or_else(|| gpu.gauges.get("gpu_power")).or_else(|| gpu.gauges.get("gpu_util"));
    let step = clock.and_then(|track| gauges::interval(track)).unwrap_or(1.0);
    let moment = |(at, _): &(f64, f64)| {
        let near = |metric: &str| gauges::at(gpu.gauges.get(metric)?, *at, step * REACH);
        GpuMoment {
            at: *at,
            util: near("gpu_util"),
            clock: near("gpu_sm_clock"),
            power: near("gpu_power"),
            limit: near("gpu_power_limit"),
        }
    };
    // Idle GPUs lower their clocks, and some drivers count that as throttling.
    let works = |at: f64| gpu.gauges.get("gpu_util").and_then(|track| gauges::at(track, at, step * REACH)) != Some(0.0);
    let counted: Vec<f64> = ["power_violation", "thermal_violation"]
        .iter()
        .filter(|key| gpu.counts.contains_key(**key))
        .map(|key| gpu.gains(key).iter().filter(|step| works(step.to)).map(|step| step.by).sum())
        .collect();
    GpuHistory {
        name,
        model: gpu.accelerator.clone(),
        moments: clock.into_iter().flatten().map(moment).collect(),
        throttled: (!counted.is_empty()).then(|| counted.iter().sum()).or_else(|| sampled(gpu)),
    }
}

/// Seconds throttled, from samples of the reasons: each stands for the time to its neighbours.
fn sampled(gpu: &Source) -> Option<f64> {
    let track = figures::throttled(gpu);
    let (first, last) = (track.first()?.0, track.last()?.0);
    Some(over_time(&track)? * (last - first)).filter(|_| gpu.clock != Clock::Scrapes)
}

/// How hard the GPUs worked: medians over the moments under load, within a window if one is known.
fn pressure(gpus: &[&Source], engines: &[&Source], window: Option<(f64, f64)>) -> Pressure {
    let running: Vec<(&Track, f64)> = engines
        .iter()
        .filter_map(|engine| engine.gauges.get("running_requests"))
        .map(|track| (track, gauges::interval(track).unwrap_or(1.0)))
        .collect();
    let half = |metric: &str| {
        let mut values: Vec<f64> = Vec::new();
        for gpu in gpus {
            let inside = |at: f64| match window {
                Some((from, to)) if gpu.clock == Clock::Date => (from..=to).contains(&at),
                _ => {
                    running.is_empty()
                        || running.iter().any(|(track, step)| gauges::at(track, at, step * REACH).is_none_or(|n| n > 0.0))
                }
            };
            values.extend(gpu.gauges.get(metric).into_iter().flatten().filter(|(at, _)| inside(*at)).map(|(_, value)| *value));
        }
        values.order_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Pressure {
        util: half("gpu_util").or_else(|| half("gpu_graphics_active")),
        sm: half("gpu_sm_active"),
        dram: half("gpu_dram_active"),
    }
}

/// The folder of the highest load level of a run, and when it was measured if that is known.
fn highest(run: &Run<'_>) -> Option<(String, Option<(f64, f64)>)> {
    let table = run.table?;
    let is_warm_up = |row: usize| load_windows::window(table, row).is_some_and(|window| window.warm_up);
    let load = |row: &usize| load_windows::level(table, *row).1;
    let rows = || run.rows.iter().copied().filter(|row| !is_warm_up(*row));
    let timed = rows().filter(|row| load_windows::window(table, *row).is_some()).max_by(|a, b| load(a).total_cmp(&load(b)));
    let row = timed.or_else(|| rows().max_by(|a, b| load(a).total_cmp(&load(b))))?;
    let folder = table.dimension("folder").and_then(|folder| folder.text(row)).unwrap_or_default().to_owned();
    Some((folder, load_windows::window(table, row).map(|window| (window.from, window.to))))
}

/// What a run's measurements and requests say.
fn of_loads(run: &Run<'_>, state: &ViewState) -> Evidence {
    let mut evidence = Evidence::default();
    if let Some(table) = run.table {
        let of_kind =
            |kind: LoadKind| run.rows.iter().copied().filter(move |row| table.load_kind(*row) == Some(kind)).collect::<Vec<_>>();
        evidence.closed = levels(table, &of_kind(LoadKind::Concurrency));
        evidence.open = levels(table, &of_kind(LoadKind::Rate));
        evidence.limits = limits(table, state, &run.rows);
        evidence.attempts = attempts(table, &run.rows);
    }
    if let Some((table, rows)) = &run.requests {
        evidence.drifts = drifts(table, rows);
        if evidence.attempts.is_empty() {
            evidence.attempts = tried(table, rows);
        }
    }
    evidence
}

/// Requests that a server counts as finished, and those of them that failed.
pub(crate) fn counted_attempts(engine: &Source) -> Option<Attempts> {
    let sum = |steps: &[Step<f64>]| steps.iter().map(|step| step.by).sum::<f64>();
    let by = |key: &str, bad: &dyn Fn(&str) -> bool| -> Option<(f64, f64)> {
        let reasons = engine.counts.get(key)?;
        let of = |wanted: bool| reasons.iter().filter(|(reason, _)| bad(reason) == wanted).map(|(_, steps)| sum(steps)).sum();
        Some((of(false), of(true)))
    };
    let finished = by("finished", &|reason| reason == "error").or_else(|| by("requests_by_status", &|status| status == "error"));
    let (fine, bad) = finished.or_else(|| Some((sum(&engine.gains("requests_seen")), 0.0)).filter(|(seen, _)| *seen > 0.0))?;
    let failed = sum(&engine.gains("failed"));
    let http = by("http_requests", &|status| status.starts_with('5')).map_or(0.0, |(_, bad)| bad);
    let failed = (bad + failed).max(http);
    Some(Attempts { at: engine.label.clone(), completed: fine, failed }).filter(|of| of.completed + of.failed > 0.0)
}

/// TTFT over time as a server measures it, where requests came.
fn counted_drift(engine: &Source) -> Option<Drift> {
    let steps: &Vec<Step<Observed>> = engine.histograms.get("ttft")?;
    let points = steps.iter().filter_map(|step| Some((step.to, step.by.mean()?))).collect();
    Some(Drift { at: engine.label.clone(), points })
}
