//! The tables: what changed in every pair, and what is unmatched.

use super::{Comparison, equal, headline};
use crate::analysis::pair::{self, LeftOut};
use crate::analysis::verdict::verdict;
use crate::catalog::number;
use crate::comparison::cells::{cell, signed, tone};
use crate::comparison::differences;
use crate::comparison::judge::Outcome;
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{self, Configuration, loads, name};
use crate::query::listing::{Detail, Layout};
use crate::state::{Axis, ViewState, link};
use crate::view_model::{Column, Grid, GridCell};

/// Letters of a list of differences that are shown; the tooltip and copies have all.
const MAX_TEXT: usize = 90;

/// The runs behind a pair, in another view.
pub(super) fn runs(comparison: &Comparison<'_>, one: &Configuration, view: &str, metric: Option<&Kpi>) -> String {
    link_to(comparison, &comparison.pairing.narrowed(comparison.state, one.first()), one, view, metric)
}

/// The same from the state that is narrowed to the pair, for the many cells of a row.
fn link_to(comparison: &Comparison<'_>, narrow: &ViewState, one: &Configuration, view: &str, metric: Option<&Kpi>) -> String {
    let mut target = narrow.clone();
    target.show_view(view);
    target.choose(comparison.by, comparison.sides.iter().cloned().collect());
    if view == "explore" {
        target.series_by = vec![comparison.by.to_owned()];
        target.x = one.kind.map(Axis::Load);
        target.y = metric.map(Kpi::axis);
    }
    link::encode(&target)
}

/// The grids of the view.
pub(super) fn grids(
    comparison: &Comparison<'_>,
    metric: Option<&Kpi>,
    at: Option<f64>,
    equal: Option<&Kpi>,
    layout: Layout<'_>,
) -> Vec<Grid> {
    let grids = [apart(comparison, layout), pairs(comparison, metric, at, equal, layout), unpaired(comparison, layout)];
    grids.into_iter().filter(|grid| grid.total > 0).collect()
}

/// What the two sides of the only configuration do not have in common.
fn apart(comparison: &Comparison<'_>, layout: Layout<'_>) -> Grid {
    let ([one], [_, _]) = (comparison.pairing.matched.as_slice(), comparison.sides) else { return Grid::default() };
    let [base, candidate] = [0, 1].map(|side| one.sides.get(side).map(Vec::as_slice).unwrap_or_default());
    let found = differences::differences(comparison.table, comparison.by, &comparison.pairing.keys, base, candidate);
    let names = headline::names(comparison);
    let side = |at: usize| names.get(at).cloned().unwrap_or_default();
    let columns = vec![
        Column::text("what", "Setting"),
        Column::text("baseline", &format!("{} (baseline)", side(0))),
        Column::text("candidate", &side(1)),
    ];
    let cell = |text: &str| GridCell::text(text).hinted(text);
    let row = |_: usize, one: &differences::Difference, _: Detail| vec![cell(&one.what), cell(&one.before), cell(&one.after)];
    let heading = Grid {
        key: "differing".to_owned(),
        title: "What differs".to_owned(),
        note: "Everything that is stated and not equal on both sides; the change may come from any of it.".to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &found, row)
}

fn pairs(comparison: &Comparison<'_>, metric: Option<&Kpi>, at: Option<f64>, equal: Option<&Kpi>, layout: Layout<'_>) -> Grid {
    let peak = peak_of(comparison);
    let several = comparison.sides.len() > 2;
    let mut columns = vec![Column::text("configuration", "Configuration")];
    columns.extend(several.then(|| Column::text("candidate", "Candidate")));
    columns.extend(comparison.kpis.iter().map(|by| Column::figure(&by.key(), &by.title(), "%")));
    if let Some(peak) = &peak {
        columns.extend([
            Column::figure("peak", &format!("Peak {}", peak.title()), "%"),
            Column::figure("peak_baseline", "Baseline peak", peak.unit()),
            Column::figure("peak_candidate", "Candidate peak", peak.unit()),
        ]);
    }
    let at = at.zip(metric);
    columns.extend(at.map(|(load, metric)| Column::figure("at", &format!("{} at {}", metric.title(), number::exact(load)), "%")));
    columns.extend(equal.map(|by| Column::figure("equal", &format!("Throughput at equal {}", by.title()), "%")));
    columns.extend([
        Column::text("levels", "Loads used"),
        Column::text("left_out", "Loads excluded"),
        Column::text("differs", "Also differs"),
    ]);
    let mut items = Vec::new();
    for (one, outcomes) in comparison.pairing.matched.iter().zip(comparison.outcomes) {
        let sides = outcomes.iter().enumerate().map(|(candidate, outcomes)| (one, candidate + 1, outcomes));
        items.extend(sides.filter(|(one, side, _)| one.sides.get(*side).is_some_and(|rows| !rows.is_empty())));
    }
    let names = headline::names(comparison);
    let row = |_: usize, (one, side, outcomes): &(&Configuration, usize, &Vec<Option<Outcome>>), detail: Detail| {
        let (one, side) = (*one, *side);
        let peaks = peak.as_ref().map(|by| comparison.judge.peaks(one, by));
        let (used, left_out) = level_cells(comparison, one, metric);
        let mut row = vec![GridCell::text(&one.label).hinted("Show measurements")];
        row.extend(several.then(|| side_cell(comparison, names.get(side), side)));
        let first = row.len();
        row.extend(
            comparison
                .kpis
                .iter()
                .zip(outcomes.iter())
                .map(|(by, outcome)| outcome.as_ref().map(|outcome| cell(outcome, by)).unwrap_or_default()),
        );
        if detail == Detail::Whole {
            let narrow = comparison.pairing.narrowed(comparison.state, one.first());
            row[0].link = Some(link_to(comparison, &narrow, one, "data", None));
            for (cell, by) in row[first..].iter_mut().zip(comparison.kpis).filter(|(cell, _)| !cell.cell.exact.is_empty()) {
                cell.link = Some(link_to(comparison, &narrow, one, "explore", Some(by)));
            }
        }
        if let (Some(by), Some(peaks)) = (&peak, &peaks) {
            row.extend(peak_cells(comparison, by, peaks, side));
        }
        let between = |between: equal::Interpolated, higher: bool| {
            let Some(change) = between.change else { return GridCell::default().hinted(between.hint) };
            let better = if higher { crate::catalog::Better::Higher } else { crate::catalog::Better::Lower };
            let verdict = verdict(Some(change), None, better, comparison.judge.threshold());
            let outcome =
                Outcome { change: Some(change), interval: None, verdict, ineligible: false, by_chance: false, means: None };
            GridCell::number(signed(change), change).toned(tone(&outcome)).hinted(between.hint)
        };
        row.extend(at.map(|(load, by)| between(equal::at_load(comparison.table, one, side, by, load), by.higher)));
        row.extend(equal.map(|by| between(equal::at_equal(comparison.table, one, side, by), true)));
        row.extend([used, left_out, differing(comparison, one, side)]);
        row
    };
    let title = match comparison.sides {
        [base, one] => format!("{} against {}", name(comparison.by, one), name(comparison.by, base)),
        [base, ..] => format!("Against {}", name(comparison.by, base)),
        [] => String::new(),
    };
    let note = format!(
        "Change of the geometric mean over the common load levels, in percent of the baseline; within ±{}% similar. A cell opens \
         the runs in Explore, a configuration those in Data.",
        number::short(comparison.judge.threshold())
    );
    layout.list(Grid { key: "pairs".to_owned(), title, note, columns, ..Grid::default() }, &items, row)
}

/// A side by its shortest name that tells it from the others; its whole name is the tooltip and what is copied.
fn side_cell(comparison: &Comparison<'_>, short: Option<&String>, side: usize) -> GridCell {
    let whole = shown(comparison, side);
    let mut cell = GridCell::text(whole.clone()).hinted(whole);
    if let Some(short) = short {
        cell.cell.text.clone_from(short);
    }
    cell
}

fn shown(comparison: &Comparison<'_>, side: usize) -> String {
    comparison.sides.get(side).map(|value| name(comparison.by, value)).unwrap_or_default()
}

/// The KPI whose peak is shown: the first in which more is better.
fn peak_of(comparison: &Comparison<'_>) -> Option<Kpi> {
    comparison.kpis.iter().find(|by| by.higher).copied()
}

fn peak_cells(comparison: &Comparison<'_>, by: &Kpi, peaks: &[Option<pair::Peak>], side: usize) -> Vec<GridCell> {
    let peak = |side: usize| peaks.get(side).copied().flatten();
    let (base, other) = (peak(0), peak(side));
    let change = base.zip(other).and_then(|(base, other)| pair::percent(other.value, base.value));
    let verdict = verdict(change, None, by.better(), comparison.judge.threshold());
    let outcome = Outcome { change, interval: None, verdict, ineligible: false, by_chance: false, means: None };
    let value = |peak: Option<pair::Peak>| match peak {
        Some(peak) => {
            let text = format!("{} at {}", number::short(peak.value), number::exact(peak.load));
            GridCell::number(text, peak.value).hinted("the load after “at”")
        }
        None => GridCell::default(),
    };
    let hint = "highest over shared loads, including concurrency 1, where no side misses the SLO";
    vec![cell(&outcome, by).hinted(hint), value(base), value(other)]
}

/// The levels that the chosen metric uses and those it leaves out, with the reasons in the tooltip.
fn level_cells(comparison: &Comparison<'_>, one: &Configuration, metric: Option<&Kpi>) -> (GridCell, GridCell) {
    let Some(metric) = metric.or(comparison.kpis.first()) else { return Default::default() };
    let common = comparison.judge.compare(one, metric).common;
    let used: Vec<f64> = common.levels.iter().map(|level| level.load).collect();
    let left: Vec<f64> = common.left_out.iter().map(|(load, _)| *load).collect();
    let present: Vec<usize> =
        (0..one.sides.len()).filter(|side| one.sides.get(*side).is_some_and(|rows| !rows.is_empty())).collect();
    let sides = |those: &[usize]| -> String {
        those.iter().filter_map(|at| Some(shown(comparison, *present.get(*at)?))).collect::<Vec<_>>().join(", ")
    };
    let reason = |(load, reason): &(f64, LeftOut)| format!("{}: {}", number::exact(*load), reason.words(sides));
    let reasons = pairing::listed(&common.left_out, reason, "; ");
    let of = format!("{} ({})", metric.title(), one.kind.map_or("load", |kind| kind.key()));
    (GridCell::text(loads(&used)).hinted(of), GridCell::text(loads(&left)).hinted(reasons))
}

fn differing(comparison: &Comparison<'_>, one: &Configuration, side: usize) -> GridCell {
    let rows = |side: usize| one.sides.get(side).map(Vec::as_slice).unwrap_or_default();
    let all = differences::differences(comparison.table, comparison.by, &comparison.pairing.keys, rows(0), rows(side));
    let all = differences::in_words(&all);
    let mut cell = GridCell::text(&all).hinted(&all);
    if all.chars().count() > MAX_TEXT {
        cell.cell.text = format!("{}…", all.chars().take(MAX_TEXT).collect::<String>());
    }
    cell
}

fn unpaired(comparison: &Comparison<'_>, layout: Layout<'_>) -> Grid {
    let columns = vec![
        Column::text("configuration", "Configuration"),
        Column::text("on", "Measured on"),
        Column::text("levels", "Load levels"),
        Column::text("reason", "Why it is not compared"),
    ];
    let row = |_: usize, (one, reason): &(&Configuration, String), _: Detail| {
        let on: Vec<String> =
            (0..one.sides.len()).filter(|side| !one.sides[*side].is_empty()).map(|side| shown(comparison, side)).collect();
        let rows: Vec<usize> = one.sides.iter().flatten().copied().collect();
        let levels = super::pairing::levels(comparison.table, &rows);
        vec![
            GridCell::text(&one.label).linked(runs(comparison, one, "data", None)),
            GridCell::text(on.join(", ")),
            GridCell::text(loads(&levels)),
            GridCell::text(reason),
        ]
    };
    let mut items: Vec<_> = comparison.pairing.unpaired.iter().map(|(one, reason)| (one, reason.clone())).collect();
    // A configuration that some candidates have and others lack is compared, and listed for those.
    for one in &comparison.pairing.matched {
        let lacking: Vec<String> =
            (1..one.sides.len()).filter(|side| one.sides[*side].is_empty()).map(|side| shown(comparison, side)).collect();
        if !lacking.is_empty() {
            items.push((one, format!("compared without {}, where it was not measured", lacking.join(", "))));
        }
    }
    let heading = Grid {
        key: "unpaired".to_owned(),
        title: "Unmatched configurations".to_owned(),
        note: "Configurations that are not on all sides. “Match on” decides what counts as the same configuration.".to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &items, row)
}
