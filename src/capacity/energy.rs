//! What each configuration draws per token, and why some have no figure.

use super::operating_points::{self, Operating, figure, text};
use crate::analysis::energy;
use crate::catalog::number;
use crate::query::context::Context;
use crate::query::values;
use crate::record::{Kind, LoadKind, Stat};
use crate::runs::load_windows;
use crate::sorting::Sorting;
use crate::state::Axis;
use crate::state::settings::{Basis, Power};
use crate::table::{Dimension, Table};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The basis of a power that the deployment's settings have.
pub(crate) const ELSEWHERE: &str = "measured in another run";

/// A configuration with its energy.
pub(crate) struct EnergyUse<'a> {
    /// The configuration.
    pub of: &'a Operating,
    /// The measurements averaged: one, or the repeats of the level asked for.
    pub rows: Vec<usize>,
    /// The first of them.
    pub row: usize,
    /// GPUs of the deployment.
    pub gpus: u32,
    /// Output tokens per second.
    pub output_tps: f64,
    /// Power of one GPU.
    pub power: Power,
    /// Basis, in words.
    pub basis: &'static str,
    /// Caveat, if any.
    pub doubt: Option<String>,
    /// Output tokens per joule.
    pub per_joule: f64,
    /// Watt-hours per million output tokens.
    pub wh_output: f64,
    /// The same of input and output tokens.
    pub wh_total: Option<f64>,
    /// Grams of CO₂ per million output tokens.
    pub grams_output: Option<f64>,
    /// The same of input and output tokens.
    pub grams_total: Option<f64>,
}

/// A configuration without a figure.
pub(crate) struct WithoutEnergy {
    /// One of its rows.
    pub row: usize,
    /// What is missing.
    pub why: &'static str,
}

/// Power of a GPU that telemetry beside a measurement shows.
pub(crate) struct Telemetry {
    /// Mean power of a GPU, W.
    watts: f64,
    cut: Cut,
}

/// Which samples count, and how many are left out.
enum Cut {
    /// Those within the run's own time.
    Time(usize),
    /// The times of the run or of the samples are not known: those at whose moment some GPU worked.
    Work(usize),
    /// Nor is it known when the GPUs worked: all of them.
    Nothing,
}

/// The caveat where nothing but their utilisation tells when the GPUs worked.
pub(crate) const WORK: &str =
    "over the samples in which a GPU worked: the times of the run, or those of the samples, are not known";

/// The caveat where samples of an idle GPU may be included.
pub(crate) const IDLE: &str =
    "idle time before and after the run may be in it: its times, or those of the samples, are not known";

/// Marks a mean that excludes them.
pub(crate) const OWN_TIME: &str = "over the run’s own time";

/// The power of a GPU by run folder, where telemetry lies beside one single measurement: then it is of that one. It is the mean
/// over the run's own time.
pub(crate) fn telemetry(context: &Context<'_>) -> BTreeMap<String, Telemetry> {
    let Some(samples) = context.others.get(&Kind::Sample) else { return BTreeMap::new() };
    let Some((power, folders)) = samples.figures("gpu_power", Stat::Mean).zip(samples.dimension("folder")) else {
        return BTreeMap::new();
    };
    // The only measurement of each folder; `None` where there are several.
    let mut runs: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let measured = context.table.dimension("folder");
    for row in 0..context.table.rows() {
        if let Some(folder) = measured.and_then(|folders| folders.text(row)).filter(|folder| !folder.is_empty()) {
            runs.entry(folder).and_modify(|only| *only = None).or_insert(Some(row));
        }
    }
    let times = samples.figures("time", Stat::Mean);
    let [paths, scrapes] = ["path", "scrape"].map(|key| samples.dimension(key));
    let utils = samples.figures("gpu_util", Stat::Mean);
    // The moment of a sample, which the GPUs of one capture share.
    let moment = |row: usize| {
        let code = |column: Option<Dimension<'_>>| column.and_then(|column| column.code(row));
        let at = times.and_then(|times| times.get(row)).map(f64::to_bits);
        (code(paths), code(scrapes), at)
    };
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..samples.rows() {
        if let Some(folder) = folders.text(row).filter(|_| power.get(row).is_some()) {
            found.entry(folder).or_default().push(row);
        }
    }
    let of = |(folder, rows): (&str, Vec<usize>)| {
        let window = load_windows::window(context.table, (*runs.get(folder)?)?);
        let is_within = |row: &usize| {
            let at = times.and_then(|times| times.get(*row));
            window.as_ref().zip(at).is_some_and(|(window, at)| window.from <= at && at <= window.to)
        };
        let util = |row: &usize| utils.and_then(|utils| utils.get(*row));
        let works = |row: &usize| util(row).is_some_and(|util| util > 0.0);
        // Samples that do not say whether the GPU worked may be of the run.
        let known = rows.iter().all(|row| util(row).is_some());
        let at_work: FxHashSet<_> = rows.iter().copied().filter(works).map(moment).collect();
        let within: Vec<usize> = rows.iter().copied().filter(is_within).collect();
        let (kept, cut) = if !within.is_empty() {
            let outside = rows.len() - within.len();
            (within, Cut::Time(outside))
        } else if known && !at_work.is_empty() {
            let working: Vec<usize> = rows.iter().copied().filter(|row| at_work.contains(&moment(*row))).collect();
            let idle = rows.len() - working.len();
            (working, Cut::Work(idle))
        } else {
            (rows, Cut::Nothing)
        };
        let watts = mean(kept.iter().filter_map(|row| power.get(*row)))?;
        Some((folder.to_owned(), Telemetry { watts, cut }))
    };
    found.into_iter().filter_map(of).collect()
}

/// Power of one GPU in a row's run: measured there, else measured elsewhere under the same version, model and workload,
/// else assumed.
pub(crate) fn power(context: &Context<'_>, row: usize, telemetry: &BTreeMap<String, Telemetry>) -> Option<(Power, &'static str)> {
    let table = context.table;
    let here = |watts: f64, source: String, doubt: Option<&str>| {
        let power = Power { watts, basis: Basis::Measured, source, doubt: doubt.map(str::to_owned) };
        (power, "measured in this run")
    };
    let own = figure(table, "gpu_power", Stat::Mean, row).filter(|watts| *watts > 0.0);
    let beside = || text(table, "folder", row).and_then(|folder| telemetry.get(folder)).filter(|beside| beside.watts > 0.0);
    if let Some(watts) = own {
        return Some(here(watts, "GPU power reported with the measurement".to_owned(), None));
    }
    if let Some(beside) = beside() {
        let left_out = |count: usize| number::plural(count as u64, "sample");
        let (source, doubt) = match beside.cut {
            Cut::Nothing => ("mean of all GPU telemetry in the run folder".to_owned(), Some(IDLE)),
            Cut::Time(0) => (format!("mean of the GPU telemetry in the run folder, {OWN_TIME}"), None),
            Cut::Time(outside) => (
                format!(
                    "mean of the GPU telemetry in the run folder, {OWN_TIME} ({} before and after it left out)",
                    left_out(outside)
                ),
                None,
            ),
            Cut::Work(idle) => (
                format!("mean of the GPU telemetry in the run folder ({} in which no GPU worked left out)", left_out(idle)),
                Some(WORK),
            ),
        };
        return Some(here(beside.watts, source, doubt));
    }
    let of = |key: &str| text(table, key, row).unwrap_or_default();
    let tp = table.dimension("tp").and_then(|column| column.number(row));
    let power = context.settings.power(of("version"), of("accelerator"), of("model"), of("profile"), tp)?;
    let basis = match power.basis {
        Basis::Measured => ELSEWHERE,
        Basis::Assumed => "assumed",
    };
    Some((power, basis))
}

/// The caveat of a power value.
pub(crate) fn doubt(power: &Power) -> Option<String> {
    let assumed = match power.basis {
        Basis::Measured => None,
        Basis::Assumed if power.source.starts_with("tdp") => Some("assumed: the TDP, not a measurement"),
        Basis::Assumed => Some("assumed for the accelerator, independent of the workload"),
    };
    power.doubt.clone().or_else(|| assumed.map(str::to_owned))
}

/// The energy of every configuration, least per output token first.
pub(crate) fn draw<'a>(
    context: &Context<'_>,
    configurations: &'a [Operating],
    level: Option<f64>,
    grams: Option<f64>,
    telemetry: &BTreeMap<String, Telemetry>,
) -> (Vec<EnergyUse<'a>>, Vec<WithoutEnergy>) {
    let mut ranked = Vec::new();
    let mut without = Vec::new();
    for of in configurations {
        let Some(first) = of.rows.first().copied() else { continue };
        match one(context, of, level, grams, telemetry) {
            Ok(one) => ranked.push(one),
            Err(why) => without.push(WithoutEnergy { row: of.best.unwrap_or(first), why }),
        }
    }
    ranked.order_by(|a, b| a.wh_output.total_cmp(&b.wh_output));
    (ranked, without)
}

fn one<'a>(
    context: &Context<'_>,
    of: &'a Operating,
    level: Option<f64>,
    grams: Option<f64>,
    telemetry: &BTreeMap<String, Telemetry>,
) -> Result<EnergyUse<'a>, &'static str> {
    let table = context.table;
    let rows: Vec<usize> = match level {
        Some(level) => of.group.rows.iter().copied().filter(|row| concurrency(table, *row) == Some(level)).collect(),
        None => of.best.into_iter().collect(),
    };
    let row = rows.first().copied().ok_or(match level {
        Some(_) => "no measurement within the SLO at this concurrency",
        None => "no load meets the SLO and error limit",
    })?;
    let gpus = operating_points::gpus(table, row).ok_or("GPU count unknown, so power cannot be calculated")?;
    let powers: Vec<(Power, &'static str)> = rows.iter().filter_map(|row| power(context, *row, telemetry)).collect();
    let watts = mean(powers.iter().map(|(power, _)| power.watts));
    let (mut power, basis) = powers.into_iter().next().ok_or("power unknown: neither measured nor assumed")?;
    power.watts = watts.ok_or("power unknown: neither measured nor assumed")?;
    let rate = |metric: &str| mean(rows.iter().filter_map(|row| figure(table, metric, Stat::Mean, *row)));
    let output_tps = rate("output_tps").ok_or("no output throughput")?;
    let count = f64::from(gpus);
    let wh = |tps: f64| energy::wh_per_million(power.watts, count, tps);
    let emitted = |wh: Option<f64>| energy::grams_co2_per_million(wh?, grams?);
    let wh_output = wh(output_tps).ok_or("no output throughput")?;
    let wh_total = rate("total_tps").and_then(wh);
    let per_joule = energy::tokens_per_joule(power.watts, count, output_tps).ok_or("no output throughput")?;
    let (grams_output, grams_total) = (emitted(Some(wh_output)), emitted(wh_total));
    let doubt = doubt(&power);
    Ok(EnergyUse {
        of,
        rows,
        row,
        gpus,
        output_tps,
        power,
        basis,
        doubt,
        per_joule,
        wh_output,
        wh_total,
        grams_output,
        grams_total,
    })
}

fn concurrency(table: &Table, row: usize) -> Option<f64> {
    values::value(table, &Axis::Load(LoadKind::Concurrency), row)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
