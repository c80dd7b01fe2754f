//! MLPerf: shared parts of its views: selection of published results, their divisors, and
//! common notes. Independent of individual views.
//!
//! A view starts with [`ResultSet::new`] and ends with [`ResultSet::finish`]. Without filters, the newest round, its
//! best-populated model in the strictest accuracy and Offline are the defaults, as far as the view allows
//! ([`Scope`]). Filters for other data (such as a model of your own measurements) are ignored, with a note.

mod charts;
mod compare;
mod footnotes;
mod normalised;
mod published;
mod result_group;
mod results;
mod rounds;
mod scaling;
mod scenarios;

pub(crate) use self::compare::COMPARE;
pub(crate) use self::normalised::NORMALISED;
pub(crate) use self::results::RESULTS;
pub(crate) use self::rounds::ROUNDS;
pub(crate) use self::scaling::SCALING;
pub(crate) use self::scenarios::SCENARIOS;

use std::collections::{BTreeMap, BTreeSet};

use self::published::{Per, Published, Reader};
use crate::catalog::number::plural;
use crate::catalog::{benchmarks, dimensions, versions};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::row_table;
use crate::state::{Filters, Selection, ViewState};
use crate::table::{Dimension, Table};
use crate::view_model::{Choice, Column, Control, Entry, ViewModel};

/// Option: whether doubtful results are shown (`shown`) or left out.
pub(super) const DOUBTFUL: &str = "doubtful";
const SHOWN: &str = "shown";
/// The source of the results, and what MLCommons has not verified.
pub(super) const ATTRIBUTION: &str = "Results as published by MLCommons (MLPerf Inference: Datacenter, closed division, mlcommons.org). \
     What is divided, compared or summed here is derived and not verified by MLCommons.";

/// Default filters of a view, and filters it ignores.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope<'s> {
    /// Which of `round`, `model` and `scenario` get a default without filters.
    pub defaults: &'s [&'s str],
    /// Dimensions whose filters this view ignores.
    pub ignored: &'s [&'s str],
    /// Whether doubtful results are shown, marked, by default: only in views that compute nothing from them.
    pub doubtful: bool,
}

/// The results of a view.
struct ResultSet<'a> {
    /// Filters applied; `frame.rows` includes doubtful results.
    pub frame: Frame,
    /// The shown results, in table order.
    pub results: Vec<Published<'a>>,
    /// Doubtful results within the filters, shown or not. A view that narrows its results narrows these too.
    pub doubtful: Vec<Published<'a>>,
    /// Whether doubtful results are shown.
    shows_doubtful: bool,
    notes: Vec<String>,
}

impl<'a> ResultSet<'a> {
    pub(super) fn new(context: &Context<'a>, asked: &ViewState, scope: Scope<'_>) -> ResultSet<'a> {
        let table = context.table;
        let (state, notes) = settled(table, asked, scope);
        let frame = Frame::new(context, &state, scope.ignored);
        let reader = Reader::new(table);
        let all: Vec<Published<'a>> = frame.rows.iter().filter_map(|row| reader.read(*row)).collect();
        let doubtful: Vec<Published<'a>> = all.iter().filter(|result| result.doubt.is_some()).copied().collect();
        let shows_doubtful = frame.state.option(DOUBTFUL).map_or(scope.doubtful, |asked| asked == SHOWN);
        let results = all.into_iter().filter(|result| shows_doubtful || result.doubt.is_none()).collect();
        ResultSet { frame, results, doubtful, shows_doubtful, notes }
    }

    /// The state as shown.
    pub(super) fn state(&self) -> &ViewState {
        &self.frame.state
    }

    /// Completes a view's parts with the shared control and notes, and the
    /// row table over `rows`.
    pub(super) fn finish(self, context: &Context<'_>, mut parts: ViewModel, rows: Vec<usize>) -> Output {
        parts.controls.extend(self.control());
        let doubts = self.doubts();
        let mut notes = self.notes;
        notes.extend(doubts);
        notes.append(&mut parts.notes);
        if context.table.rows() > 0 {
            notes.push(ATTRIBUTION.to_owned());
        }
        parts.notes = notes;
        let columns = columns(context.table, &rows);
        self.frame.finish_with(context, parts, rows, columns)
    }

    /// The note about doubtful results.
    fn doubts(&self) -> Option<String> {
        let count = plural(self.doubtful.len() as u64, "result");
        let done = if self.shows_doubtful { "shown and marked" } else { "left out" };
        let ids: BTreeSet<&str> = self.doubtful.iter().map(|result| result.id).collect();
        let ids: Vec<&str> = ids.into_iter().take(4).collect();
        (!ids.is_empty()).then(|| format!("{count} more than 30× from others of the same benchmark, {done}: {}.", ids.join(", ")))
    }

    fn control(&self) -> Option<Control> {
        let shown = self.shows_doubtful;
        (shown && self.frame.state.option(DOUBTFUL).is_some() || !self.doubtful.is_empty()).then(|| Control {
            key: DOUBTFUL.to_owned(),
            label: "Doubtful results".to_owned(),
            help: "Results more than 30× from those of the same round, model, scenario and unit, per \
                   accelerator: misprints, or hardware of another class"
                .to_owned(),
            values: vec![if shown { SHOWN } else { "left out" }.to_owned()],
            entry: Entry::Select(vec![
                Choice::new("left out", "left out", &plural(self.doubtful.len() as u64, "result")),
                Choice::plain(SHOWN),
            ]),
        })
    }
}

/// The most common unit, the first by name on ties; `None` without results. Results of different units
/// cannot share an axis: a view shows one unit and notes how many results have another.
fn usual_unit<'a>(results: &[Published<'a>]) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    results.iter().for_each(|result| *counts.entry(result.unit).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(unit, _)| unit)
}

/// Resolves filters: drops values that no submission has, and applies defaults from the data
/// unless the user has filtered these results.
fn settled(table: &Table, asked: &ViewState, scope: Scope<'_>) -> (ViewState, Vec<String>) {
    let mut state = asked.clone();
    let mut notes = Vec::new();
    if table.rows() == 0 {
        return (state, notes);
    }
    let mut selection = asked.selection();
    let known = |key: &str, value: &str| {
        let Some(column) = table.dimension(key) else { return false };
        if value.is_empty() { (0..table.rows()).any(|row| column.code(row).is_none()) } else { column.find(value).is_some() }
    };
    let before = selection.len();
    selection.retain(|key, values| {
        let holds = values.iter().any(|value| known(key, value)) || scope.ignored.contains(&key.as_str());
        if !holds {
            let values: Vec<&str> = values.iter().map(String::as_str).take(3).collect();
            notes.push(format!("Filter ignored: {} ({}) applies to other data.", dimensions::label(key), values.join(", ")));
        }
        holds
    });
    if asked.filters == Filters::Automatic || selection.len() < before {
        for key in scope.defaults {
            if !selection.contains_key(*key)
                && let Some(value) = usual(table, &selection, key)
            {
                selection.insert((*key).to_owned(), BTreeSet::from([value]));
            }
        }
    }
    state.filters = Filters::Chosen(selection);
    (state, notes)
}

/// The default value of a dimension: the newest round; the best-populated model in the strictest of
/// its accuracies; Offline, or else the best-populated scenario.
fn usual(table: &Table, selection: &Selection, key: &str) -> Option<String> {
    let column = table.dimension(key)?;
    let others: Vec<(Dimension<'_>, &BTreeSet<String>)> =
        selection.iter().filter_map(|(key, values)| Some((table.dimension(key)?, values))).collect();
    let passes = |row: &usize| others.iter().all(|(column, values)| values.contains(column.text(*row).unwrap_or_default()));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    (0..table.rows()).filter(passes).filter_map(|row| column.text(row)).for_each(|value| *counts.entry(value).or_default() += 1);
    let most = |counts: &BTreeMap<&str, usize>| {
        counts.iter().rev().max_by_key(|(_, count)| **count).map(|(value, _)| (*value).to_owned())
    };
    match key {
        "round" => counts.into_keys().max_by(|a, b| versions::compare(a, b)).map(str::to_owned),
        "model" => {
            let mut families: BTreeMap<&str, usize> = BTreeMap::new();
            counts.iter().for_each(|(model, count)| *families.entry(benchmarks::family(model).0).or_default() += count);
            let best = most(&families)?;
            let strictest = counts.into_keys().filter(|model| benchmarks::family(model).0 == best);
            strictest.min_by_key(|model| benchmarks::family(model).1).map(str::to_owned)
        }
        "scenario" if counts.contains_key("Offline") => Some("Offline".to_owned()),
        _ => most(&counts),
    }
}

/// The columns of the row table, in reading order.
fn columns(table: &Table, rows: &[usize]) -> Vec<Column> {
    const TEXTS: [&str; 8] =
        ["round", "public_id", "organization", "system", "accelerator", "gpus", "nodes", "accelerators_per_node"];
    const BENCHMARK: [&str; 2] = ["model", "scenario"];
    const MORE: [&str; 8] =
        ["accelerator_printed", "unit", "printed_unit", "correction", "doubt", "availability", "processor", "place"];
    let text = |key: &str| Column::text(key, if key == "place" { "Source" } else { dimensions::label(key) });
    let figures = [("result", "Published result", ""), ("result_latency", "Published latency", "s")];
    let figures = figures.into_iter().map(|(key, label, unit)| Column::figure(key, label, unit));
    let texts = TEXTS.iter().chain(&BENCHMARK).map(|key| text(key));
    let columns = texts.chain(figures).chain(MORE.iter().map(|key| text(key)));
    columns.filter(|column| column.key == "place" || row_table::present(table, column, rows)).collect()
}
