//! Compare: two selections, or one baseline against many, configuration by configuration and level by level.

mod charts;
mod equal;
pub(super) mod grids;
mod headline;
mod words;

use crate::catalog::{dimensions, number};
use crate::comparison::judge::{Judge, Outcome, allow_for_number};
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::matching::{MATCH, levels, matching};
use crate::comparison::pairing::{self, Configuration, Pairing};
use crate::comparison::relaxed::{self, MAY_DIFFER, Relaxed};
use crate::comparison::sides::{self, BASELINE, BY, CANDIDATE, FILES};
use crate::query::context::{Context, Output};
use crate::query::facets;
use crate::query::frame::Frame;
use crate::query::repeats::Apart;
use crate::record::Kind;
use crate::state::{ViewState, link};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Entry, Headline, Tone, ViewModel};

/// The figure of the charts.
const METRIC: &str = "metric";
/// The choice of several figures, each with a chart.
const USUAL_METRICS: &str = "usual";
/// The configuration of the chart, where there are too many for one panel each.
const PAIR: &str = "pair";
/// A load at which figures are read off.
const AT: &str = "at";
/// The figure at equal values of which throughput is compared.
const EQUAL: &str = "equal";
/// Compared by default: the first of these with two values.
const USUAL: &[&str] =
    &["version", "accelerator", "framework", "model", "tp", "config", "release", "label", "tags", "files", "path", "folder"];
/// With more sides than these nobody waits for a verdict.
const MAX_SIDES: usize = 12;
/// Values beyond which a dimension tells rows apart rather than sides.
const MAX_VALUES: usize = 500;

/// What the parts of this view share.
struct Comparison<'a> {
    table: &'a Table,
    state: &'a ViewState,
    by: &'a str,
    sides: &'a [String],
    pairing: &'a Pairing<'a>,
    judge: &'a Judge<'a>,
    kpis: &'a [Kpi],
    /// What the compared configurations differ in besides, in words: `ISL (1000 → 8000)`; nothing that runs are compared for.
    unlike: Vec<String>,
    /// What need not match although nobody said so: labels.
    relaxed: Vec<String>,
    /// Outcomes by configuration, candidate (from 0) and KPI.
    outcomes: &'a [Vec<Vec<Option<Outcome>>>],
    /// Changes that are to be expected by chance among so many figures.
    by_chance: usize,
}

impl Comparison<'_> {
    /// The outcomes of a candidate by a KPI, with their configurations.
    fn column(&self, candidate: usize, by: usize) -> impl Iterator<Item = (&Configuration, &Outcome)> {
        self.pairing.matched.iter().zip(self.outcomes).filter_map(move |(one, row)| {
            Some((one, row.get(candidate)?.get(by)?.as_ref().filter(|outcome| outcome.change.is_some())?))
        })
    }
}

/// Any two selections, paired.
pub(crate) static COMPARE: View = View {
    about: &About {
        id: "compare",
        tab: &tabs::COMPARE,
        label: "Verdict",
        extra_kinds: &[Kind::Request],
        purpose: "Two or more selections: matching configurations at the same load",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let offered = offered(table);
    let by = asked.option(BY).filter(|key| offered.iter().any(|(other, ..)| other == key)).map(str::to_owned);
    let by = by.unwrap_or_else(|| guess(context, asked, &offered).0.to_owned());
    let mut frame = Frame::new(context, asked, &[&by]);
    let state = frame.state.clone();
    let sides = sides::choose(context, &frame.rows, &state, &by, true);
    frame.notes.extend(sides.notes);

    let usual = pairing::usual_keys(table, &by);
    let (keys, mut matching) = matching(table, &frame.rows, &state, &by, &usual);
    let rows_of_sides = pairing::rows_of(table, &frame.rows, &by, &sides.values);
    let relaxed = Relaxed::of(table, &rows_of_sides, keys, state.options.contains_key(MATCH));
    frame.notes.extend(relaxed.notes(table, &rows_of_sides));
    matching.values.retain(|key| relaxed.keys.contains(&key.as_str()));
    let unlike = relaxed.differing.iter().filter(|key| !MAY_DIFFER.contains(key));
    let unlike = unlike.map(|key| relaxed::difference(table, key, &rows_of_sides)).collect();
    let left_out = relaxed.unstated.iter().chain(&relaxed.differing).map(|key| dimensions::label(key).to_owned()).collect();
    let pairing = Pairing::new(table, &frame.rows, &by, &sides.values, relaxed.keys);
    let rows = pairing.rows();
    let (levels, level_control) = levels(table, &pairing, &state);
    let judge = Judge::new(table, &state, levels).with_requests(context.others.get(&Kind::Request).copied());
    let basis = if rows.is_empty() { &frame.rows } else { &rows };
    let mut measured = kpis::usual(table, basis, &state);
    let (metric, mut metric_control) = kpis::choose(table, basis, &state, METRIC, "Metric");
    measured.extend(metric.filter(|metric| !measured.contains(metric)));

    let mut outcomes: Vec<Vec<Vec<Option<Outcome>>>> = pairing
        .matched
        .iter()
        .map(|one| {
            let compared: Vec<_> = measured.iter().map(|by| judge.compare(one, by)).collect();
            let outcome = |side: usize| -> Vec<Option<Outcome>> {
                measured.iter().zip(&compared).map(|(by, compared)| judge.outcome(one, by, compared, side, 0)).collect()
            };
            (1..sides.values.len()).map(outcome).collect()
        })
        .collect();
    let by_chance = allow_for_number(outcomes.iter_mut().flatten().flatten().flatten());
    let comparison = Comparison {
        table,
        state: &state,
        by: &by,
        sides: &sides.values,
        pairing: &pairing,
        judge: &judge,
        unlike,
        relaxed: left_out,
        kpis: &measured,
        outcomes: &outcomes,
        by_chance,
    };
    let at = state.number(AT);
    let (equal, equal_control) = equal::control(table, &state);
    let charted = charts::metrics(&comparison, metric);
    let charts = charts::draw(context, &comparison, &charted);

    let mut controls = vec![by_control(&by, &offered)];
    controls.extend(sides.controls);
    if let Entry::Select(choices) = &mut metric_control.entry
        && charted.len() > 1
    {
        choices.insert(0, Choice::new(USUAL_METRICS, "throughput, TTFT, ITL", ""));
        metric_control.values = vec![USUAL_METRICS.to_owned()];
    }
    controls.extend([metric_control, matching, level_control, equal_control, at_control(at)]);
    controls.extend(charts.control.clone());
    let mut notes = words::notes(&comparison);
    notes.extend(charts.notes);
    let axes: Vec<_> = measured.iter().map(Kpi::axis).collect();
    let sides_of = pairing.matched.iter().flat_map(|one| &one.sides);
    let apart = Apart::of(table, sides_of.map(Vec::as_slice));
    notes.extend(apart.as_ref().map(|apart| apart.hint().to_owned()));
    let headline = headline::headline(&comparison).map(|headline| match &apart {
        Some(apart) => Headline { text: format!("{} {}", headline.text, apart.question()), tone: Tone::Doubt },
        None => headline,
    });
    let as_runs = apart.as_ref().and_then(|apart| apart.step(&state));
    let parts = ViewModel {
        headline,
        steps: swap(&comparison).into_iter().chain(as_runs).collect(),
        sentence: words::sentence(&comparison, &frame.rows),
        notes,
        controls,
        cards: words::cards(&comparison, metric.as_ref()),
        panels: charts.panels,
        legend: charts.legend,
        grids: grids::grids(&comparison, metric.as_ref(), at, equal.as_ref(), context.layout()),
        empty: words::empty(&comparison, &frame.rows),
        ..ViewModel::default()
    };
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = charts.points;
    shown
}

/// Whether the loaded files are of a few runs that can be compared.
pub(crate) fn tells(context: &Context<'_>, state: &ViewState) -> bool {
    let files = context.table.dimension("path").map_or(0, |path| path.cardinality());
    if files < 2 {
        return false;
    }
    let offered = offered(context.table);
    let (by, meets) = guess(context, state, &offered);
    meets && offered.iter().any(|(key, count, _)| *key == by && *count <= MAX_SIDES)
}

/// The step that makes the candidate the baseline.
fn swap(comparison: &Comparison<'_>) -> Option<(String, String)> {
    let [base, candidate] = comparison.sides else { return None };
    let mut target = comparison.state.clone();
    target.set_option(BY, vec![comparison.by.to_owned()]);
    target.set_option(BASELINE, vec![sides::written(candidate)]);
    target.set_option(CANDIDATE, vec![sides::written(base)]);
    Some(("Swap sides".to_owned(), link::encode(&target)))
}

/// What is compared where nobody said: the first of the usual dimensions whose sides have a configuration in common, and
/// whether there is such a one; else the first that has two stated values, else any.
fn guess<'a>(context: &Context<'_>, asked: &ViewState, offered: &[(&'a str, usize, bool)]) -> (&'a str, bool) {
    let usual = || USUAL.iter().filter_map(|key| offered.iter().find(|(other, _, stated)| other == key && *stated));
    let meets = |(key, ..): &&(&'a str, usize, bool)| {
        let mut selection = asked.selection();
        selection.remove(*key);
        let rows = facets::apply(context.table, &selection).rows;
        let sides = sides::choose(context, &rows, asked, key, true).values;
        let rows = pairing::rows_of(context.table, &rows, key, &sides);
        let Relaxed { keys, differing, .. } = Relaxed::of(context.table, &rows, pairing::usual_keys(context.table, key), false);
        // Files say nothing of what was measured: whatever may differ is what they are compared for.
        differing.iter().all(|other| FILES.contains(key) && MAY_DIFFER.contains(other))
            && pairing::meets_in_full(context.table, &rows, &keys)
    };
    if let Some((key, ..)) = usual().find(meets) {
        return (key, true);
    }
    let first = usual().next().or_else(|| offered.iter().find(|(_, _, stated)| *stated)).or_else(|| offered.first());
    (first.map_or("version", |(key, ..)| key), false)
}

/// The dimensions with two values or more, each with their number, and whether two are stated.
fn offered(table: &Table) -> Vec<(&str, usize, bool)> {
    let count = |key: &str| {
        let column = table.dimension(key)?;
        let mut seen = vec![false; column.cardinality()];
        let mut missing = false;
        for row in 0..table.rows() {
            match column.code(row).and_then(|code| seen.get_mut(code as usize)) {
                Some(seen) => *seen = true,
                None => missing = true,
            }
        }
        let stated = seen.iter().filter(|seen| **seen).count();
        Some((stated + usize::from(missing), stated > 1))
    };
    let keys = table.dimension_keys().into_iter().filter(|key| !matches!(*key, "load" | "load_kind"));
    let counted = keys.filter_map(|key| count(key).map(|(count, stated)| (key, count, stated)));
    counted.filter(|(_, count, _)| (2..=MAX_VALUES).contains(count)).collect()
}

fn by_control(by: &str, offered: &[(&str, usize, bool)]) -> Control {
    let choice = |(key, count, _): &(&str, usize, bool)| Choice::new(key, dimensions::label(key), &format!("{count} values"));
    Control {
        key: BY.to_owned(),
        label: "Compare by".to_owned(),
        help: "Dimension whose values are compared".to_owned(),
        values: vec![by.to_owned()],
        entry: Entry::Select(offered.iter().map(choice).collect()),
    }
}

fn at_control(at: Option<f64>) -> Control {
    Control {
        key: AT.to_owned(),
        label: "At load".to_owned(),
        help: "Interpolates the selected metric at this load".to_owned(),
        values: at.map(number::exact).into_iter().collect(),
        entry: Entry::Number { unit: String::new() },
    }
}
