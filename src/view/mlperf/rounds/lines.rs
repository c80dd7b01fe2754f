//! Matches results of the same hardware across rounds, with reasons for unmatched ones, and draws their lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::pair::percent;
use crate::catalog::{number, versions};
use crate::query::context::Context;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::view::mlperf::charts::{self, Line, Panels, Point};
use crate::view::mlperf::normalised::word;
use crate::view::mlperf::{Per, Published};
use crate::view_model::{AxisModel, ChartModel, LegendEntry, Panel, extent_y};

/// The best result of one round.
pub(super) struct RoundResult<'a> {
    /// Index of the round.
    pub round: usize,
    pub best: Published<'a>,
    /// The divided result.
    pub value: f64,
    /// Number of results, of which this is the best.
    pub of: usize,
}

/// One organization, accelerator and count over several rounds.
pub(super) struct Matched<'a> {
    pub label: String,
    /// `None` for the best of any organization.
    pub organization: Option<&'a str>,
    /// By round; at least two.
    pub results_by_round: Vec<RoundResult<'a>>,
}

impl Matched<'_> {
    /// The rows that it rests on.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        self.results_by_round.iter().map(|stop| stop.best.row).collect::<Vec<_>>().into_iter()
    }

    /// Change from the previous to the last round, in percent.
    pub(super) fn change(&self) -> Option<f64> {
        let [.., before, last] = self.results_by_round.as_slice() else { return None };
        percent(last.value, before.value)
    }

    /// Change from the first to the last round, in percent.
    pub(super) fn since_first(&self) -> Option<f64> {
        percent(self.results_by_round.last()?.value, self.results_by_round.first()?.value)
    }
}

/// One benchmark over rounds.
pub(super) struct Lines<'a> {
    /// Its rounds, oldest first.
    pub rounds: Vec<&'a str>,
    /// By organization and hardware.
    pub matched: Vec<Matched<'a>>,
    /// Unmatched results with reasons.
    pub unmatched: Vec<(Published<'a>, String)>,
    /// Whether the results are latencies.
    pub latency: bool,
}

/// Match key: organization (unless any), hardware, count.
type Key<'a> = (Option<&'a str>, &'a str, Option<u64>);

/// Matches the results of one benchmark in one unit across rounds; `any` ignores the organization.
pub(super) fn lines<'a>(
    results: &[Published<'a>],
    any: bool,
    per: Per,
    unit: &str,
    processor: &dyn Fn(&Published<'a>) -> &'a str,
) -> Lines<'a> {
    let rounds: BTreeSet<&str> = results.iter().map(|result| result.round).collect();
    let mut rounds: Vec<&str> = rounds.into_iter().collect();
    rounds.order_by(|a, b| versions::compare(a, b));
    let key = |result: &Published<'a>| -> Key<'a> {
        let organization = (!any).then_some(result.organization);
        match result.accelerator {
            Some(accelerator) => (organization, accelerator, result.gpus.map(f64::to_bits)),
            None => (organization, processor(result), result.nodes.map(f64::to_bits)),
        }
    };
    let mut unmatched = Vec::new();
    let mut sets: BTreeMap<Key<'a>, Vec<Published<'a>>> = BTreeMap::new();
    for result in results {
        if result.unit != unit {
            unmatched.push((*result, format!("unit {}, others in {unit}", result.unit)));
        } else if result.share(per).is_none() {
            unmatched.push((*result, format!("cannot be divided by {}s: set “Per” to system", word(per))));
        } else {
            sets.entry(key(result)).or_default().push(*result);
        }
    }
    let latency = results.first().is_some_and(|result| result.latency);
    let one_round = |set: &[Published<'_>]| set.iter().all(|result| set.first().is_some_and(|first| first.round == result.round));
    let all: Vec<(Key<'a>, Vec<&'a str>)> =
        sets.iter().map(|(key, set)| (*key, set.iter().map(|result| result.round).collect())).collect();
    let mut matched = Vec::new();
    for (key, set) in sets {
        if one_round(&set) {
            let why = why(key, &set, &all, &rounds);
            unmatched.extend(set.into_iter().map(|result| (result, why.clone())));
        } else {
            let label = label(key, &set);
            matched.push(Matched { label, organization: key.0, results_by_round: results_by_round(&set, &rounds, per, latency) });
        }
    }
    Lines { rounds, matched, unmatched, latency }
}

fn label((organization, hardware, count): Key<'_>, set: &[Published<'_>]) -> String {
    let processors = set.iter().all(|result| result.accelerator.is_none());
    let count = count.map(|bits| number::exact(f64::from_bits(bits)));
    let hardware = match count {
        Some(nodes) if processors => format!("{hardware}, nodes {nodes}"),
        Some(count) => format!("{hardware} × {count}"),
        None => hardware.to_owned(),
    };
    organization.into_iter().chain([hardware.as_str()]).collect::<Vec<_>>().join(" · ")
}

fn results_by_round<'a>(set: &[Published<'a>], rounds: &[&'a str], per: Per, latency: bool) -> Vec<RoundResult<'a>> {
    let sign = if latency { 1.0 } else { -1.0 };
    let stop = |(round, name): (usize, &&str)| {
        let here: Vec<&Published<'a>> = set.iter().filter(|result| result.round == *name).collect();
        let valued = here.iter().filter_map(|result| Some((**result, result.share(per)?)));
        let (best, value) = valued.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))?;
        Some(RoundResult { round, best, value, of: here.len() })
    };
    rounds.iter().enumerate().filter_map(stop).collect()
}

/// Why hardware appears in only one round.
fn why(key: Key<'_>, set: &[Published<'_>], all: &[(Key<'_>, Vec<&str>)], rounds: &[&str]) -> String {
    let own = set.first().map_or("", |result| result.round);
    let elsewhere = |rounds: &Vec<&str>| rounds.iter().any(|round| *round != own);
    if rounds.len() < 2 {
        return format!("benchmark only in round {own}");
    }
    let others: Vec<&(Key<'_>, Vec<&str>)> = all.iter().filter(|(other, rounds)| other.0 == key.0 && elsewhere(rounds)).collect();
    let who = key.0.map_or("other rounds have".to_owned(), |name| format!("in other rounds {name} has"));
    if others.is_empty() {
        return format!("{who} no result for this benchmark");
    }
    let counts = others.iter().filter(|(other, _)| other.1 == key.1).filter_map(|(other, _)| other.2);
    let counts: Vec<String> = counts.map(|bits| number::exact(f64::from_bits(bits))).collect();
    match counts.as_slice() {
        [] => format!("{who} other hardware"),
        counts => format!("{who} a different count: {}", counts.join(", ")),
    }
}

/// The lines over rounds in their organizations' colours, and the legend.
pub(super) fn draw(
    context: &mut Context<'_>,
    state: &mut ViewState,
    found: &Lines<'_>,
    per: Per,
    unit: &str,
    notes: &mut Vec<String>,
) -> (Panels, Vec<LegendEntry>) {
    if found.matched.is_empty() {
        return (Panels::default(), Vec::new());
    }
    let point = |stop: &RoundResult<'_>| Point { x: stop.round as f64, y: stop.value, rows: vec![stop.best.row] };
    let line = |one: &Matched<'_>| {
        let points = one.results_by_round.iter().map(point).collect();
        match one.organization {
            Some(organization) => Line::of_organization(&one.label, organization, points),
            None => Line { label: one.label.clone(), of: one.label.clone(), points },
        }
    };
    // The first round is at 0 on the category axis, which is never logarithmic.
    let mut scaled = ViewState { x_log: Some(false), ..state.clone() };
    let lines: Vec<Line> = found.matched.iter().map(line).collect();
    let drawn = charts::Lines::new(context, &mut scaled, &lines, notes);
    state.shown = scaled.shown;
    let title = match per {
        Per::System => if found.latency { "Published latency" } else { "Published result" }.to_owned(),
        _ => format!("Published result ÷ {}s, not verified by MLCommons", word(per)),
    };
    let ticks = found.rounds.iter().map(|round| (*round).to_owned()).collect();
    let x = AxisModel { ticks: Some(ticks), ..AxisModel::own("Round", "", None) };
    let y = AxisModel::own(&title, unit, Some(!found.latency));
    let y = AxisModel { log: state.y_log == Some(true), range: extent_y(&drawn.series), ..y };
    let chart = ChartModel { x, y, series: drawn.series, ..ChartModel::default() };
    (Panels { panels: vec![Panel { title: String::new(), chart }], points: vec![drawn.point_rows] }, drawn.legend)
}
