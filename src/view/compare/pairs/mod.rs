//! Compare: two selections, or one baseline against many, configuration by configuration and level by level.

mod charts;
mod equal;
pub(super) mod grids;
mod words;

use crate::catalog::{dimensions, number};
use crate::comparison::judge::{Judge, Outcome};
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::matching::{levels, matching};
use crate::comparison::pairing::{self, Configuration, Pairing};
use crate::comparison::sides::{self, BY};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view_model::{Choice, Control, Entry, ViewModel};

/// The figure of the charts.
const METRIC: &str = "metric";
/// The configuration of the chart, where there are too many for one panel each.
const PAIR: &str = "pair";
/// A load at which figures are read off.
const AT: &str = "at";
/// The figure at equal values of which throughput is compared.
const EQUAL: &str = "equal";
/// Compared by default: the first of these with two values.
const USUAL: &[&str] =
    &["version", "accelerator", "framework", "model", "tp", "release", "label", "files", "path", "folder", "tags"];
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
    /// Outcomes by configuration, candidate (from 0) and KPI.
    outcomes: &'a [Vec<Vec<Option<Outcome>>>],
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
        label: "Compare",
        group: "Decide",
        purpose: "Two or more selections: matching configurations at the same load",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let offered = offered(table);
    let by = asked.option(BY).filter(|key| offered.iter().any(|(other, _)| other == key));
    let by = by.or_else(|| USUAL.iter().copied().find(|key| offered.iter().any(|(other, _)| other == key)));
    let by = by.or_else(|| offered.first().map(|(key, _)| *key)).unwrap_or("version").to_owned();
    let mut frame = Frame::new(context, asked, &[&by]);
    let state = frame.state.clone();
    let sides = sides::choose(context, &frame.rows, &state, &by, true);
    frame.notes.extend(sides.notes);

    let usual = pairing::usual_keys(table, &by);
    let (keys, matching) = matching(table, &frame.rows, &state, &by, &usual);
    let pairing = Pairing::new(table, &frame.rows, &by, &sides.values, keys);
    let rows = pairing.rows();
    let (levels, level_control) = levels(table, &pairing, &state);
    let judge = Judge::new(table, &state, levels);
    let basis = if rows.is_empty() { &frame.rows } else { &rows };
    let mut measured = kpis::usual(table, basis, &state);
    let (metric, metric_control) = kpis::choose(table, basis, &state, METRIC, "Metric");
    measured.extend(metric.filter(|metric| !measured.contains(metric)));

    let outcomes: Vec<Vec<Vec<Option<Outcome>>>> = pairing
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
    let comparison = Comparison {
        table,
        state: &state,
        by: &by,
        sides: &sides.values,
        pairing: &pairing,
        judge: &judge,
        kpis: &measured,
        outcomes: &outcomes,
    };
    let at = state.number(AT);
    let (equal, equal_control) = equal::control(table, &state);
    let charts = metric.map(|metric| charts::draw(context, &comparison, &metric)).unwrap_or_default();

    let mut controls = vec![by_control(&by, &offered)];
    controls.extend(sides.controls);
    controls.extend([metric_control, matching, level_control, equal_control, at_control(at)]);
    controls.extend(charts.control.clone());
    let mut notes = words::notes(&comparison);
    notes.extend(charts.notes);
    let axes: Vec<_> = measured.iter().map(Kpi::axis).collect();
    let parts = ViewModel {
        sentence: words::sentence(&comparison),
        notes,
        controls,
        cards: words::cards(&comparison, metric.as_ref()),
        panels: charts.panels,
        legend: charts.legend,
        grids: grids::grids(&comparison, metric.as_ref(), at, equal.as_ref(), context.layout()),
        empty: words::empty(&comparison, frame.rows.is_empty()),
        ..ViewModel::default()
    };
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = charts.points;
    shown
}

/// The dimensions with two values or more, each with their number.
fn offered(table: &Table) -> Vec<(&str, usize)> {
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
        Some(seen.iter().filter(|seen| **seen).count() + usize::from(missing))
    };
    let keys = table.dimension_keys().into_iter().filter(|key| !matches!(*key, "load" | "load_kind"));
    keys.filter_map(|key| Some((key, count(key)?))).filter(|(_, count)| (2..=MAX_VALUES).contains(count)).collect()
}

fn by_control(by: &str, offered: &[(&str, usize)]) -> Control {
    let choice = |(key, count): &(&str, usize)| Choice::new(key, dimensions::label(key), &format!("{count} values"));
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
