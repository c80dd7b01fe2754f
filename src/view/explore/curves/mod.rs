//! Explore: any metric against load or another metric; one line per configuration.

mod words;

use crate::catalog::dimensions;
use crate::query::context::{Context, Output};
use crate::query::one_level::{self, Order};
use crate::query::repeats::Apart;
use crate::query::series::Drawing;
use crate::query::{asks, axes, facets, groups, lines, row_table, values};
use crate::record::Kind;
use crate::state::{Axis, Filters, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::sorting::Sorting;
use crate::view_model::*;

/// Maximum number of panels, to keep each readable.
const MAX_PANELS: usize = 6;

/// Any metric against load or another metric, for every kind of record.
pub(crate) static CURVES: View = View {
    about: &About {
        id: "explore",
        tab: &tabs::EXPLORE,
        label: "Any metric",
        purpose: "Any metric against load or another metric, one line per configuration",
        kind: None,
        splits: true,
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut state = asked.clone();
    if state.filters == Filters::Automatic && table.rows() > 0 {
        state.filters = Filters::Chosen(facets::best_populated(table));
    }
    let filtered = facets::apply(table, &state.selection());
    let mut notes = filtered.notes;
    let (x, y) = axes::resolve(table, context.kind, &filtered.rows, &mut state, &mut notes);

    let known = |key: &String| table.dimension(key).is_some();
    for key in state.series_by.iter().chain(&state.panel_by).filter(|key| !known(key) && table.rows() > 0) {
        notes.push(format!("Cannot split lines or panels by “{}”: no loaded file has it.", dimensions::label(key)));
    }
    // Every published result has its own system, so group them by accelerator.
    let configuration = match context.kind {
        Kind::Submission => table.dimension_keys().into_iter().filter(|key| *key == "accelerator").collect(),
        _ => groups::configuration(table),
    };
    let asked: Vec<String> = state.series_by.iter().filter(|key| known(key)).cloned().collect();
    let chosen: Vec<&str> = asked.iter().map(String::as_str).collect();
    let by = if chosen.is_empty() { &configuration } else { &chosen };

    let plotted: Vec<usize> = filtered.rows.iter().copied().filter(|row| on_axes(table, &x, &y, *row)).collect();
    let groups = groups::group(table, &plotted, by);
    let titles = panels(table, &state, &plotted, &mut notes);
    let split = state.panel_by.as_ref().and_then(|key| table.dimension(key));
    let inside = |title: &Option<String>, row: usize| {
        let value = split.and_then(|column| column.text(row)).unwrap_or_default();
        title.as_deref().is_none_or(|title| title == value)
    };
    let shown = lines::choose_by_panel(&groups, &titles, inside, &mut state, &mut notes);
    let styles = lines::styles(context, by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);

    let mut drawing = Drawing::new(table, context.kind, &state, &x, &y);
    let mut drawn_panels = Vec::new();
    let mut points = Vec::new();
    for title in &titles {
        let (mut panel, mut rows) = drawing.panel(title.as_deref(), &shown, &styles);
        if matches!(x, Axis::Load(_)) && one_level::is_one_level(&panel.chart) {
            one_level::turn(&mut panel.chart, &mut rows, Order::Ranked);
        }
        drawn_panels.push(panel);
        points.push(rows);
    }
    if drawn_panels.len() > 1 {
        axes::share(&mut drawn_panels, [state.x_log, state.y_log]);
    }
    let counts = drawing.counts;
    notes.extend(words::remarks(context, &state, &filtered.rows, &plotted, &x, &y, &counts, &configuration));

    let rows: Vec<usize> = if counts.thinned > 0 {
        shown.iter().flat_map(|group| &group.rows).copied().collect()
    } else {
        points.iter().flatten().flatten().flatten().copied().collect()
    };
    let columns = row_table::columns(table, &rows, &[x.clone(), y.clone()]);
    let empty = words::empty(context, &state, &filtered.rows, &rows, &x, &y);
    let sentence = words::sentence(context, &x, &y, &shown, groups.len(), rows.len());
    let dimensions = table.dimension_keys().into_iter().map(|key| (key.to_owned(), dimensions::label(key).to_owned()));
    let per_gpu = |axis: &Axis| matches!(axis, Axis::Figure { metric, .. } if metric.ends_with("per_gpu"));
    let needed: &[&str] = if per_gpu(&x) || per_gpu(&y) { &["gpus"] } else { &[] };
    let averages = context.kind == Kind::Measurement && chosen.is_empty();
    let apart = averages.then(|| Apart::of(table, shown.iter().map(|group| group.rows.as_slice()))).flatten();
    if context.kind == Kind::Measurement {
        notes.extend(words::no_verdict(table, &filtered.rows, groups.len()));
    }
    notes.extend(apart.as_ref().map(|apart| apart.hint().to_owned()));
    let headline = apart.as_ref().map(|apart| Headline { text: apart.question(), tone: Tone::Doubt });
    let model = ViewModel {
        headline,
        steps: apart.and_then(|apart| apart.step(&state)).into_iter().collect(),
        asks: asks::asks(table, &filtered.rows, needed),
        sentence,
        notes,
        axes: axes::choices(table, &filtered.rows),
        dimensions: dimensions.collect(),
        panels: drawn_panels,
        legend,
        columns,
        total: rows.len(),
        empty,
        state,
        ..ViewModel::default()
    };
    Output { model, facets: filtered.facets, rows, points }
}

/// Whether a row can be drawn: against load, it needs that kind of load (gaps included);
/// metric against metric, it needs both.
fn on_axes(table: &Table, x: &Axis, y: &Axis, row: usize) -> bool {
    match x {
        Axis::Load(_) => values::value(table, x, row).is_some(),
        Axis::Figure { .. } => values::value(table, x, row).is_some() && values::value(table, y, row).is_some(),
    }
}

/// The values of the panels; one panel without a value if they are not split.
fn panels(table: &Table, state: &ViewState, rows: &[usize], notes: &mut Vec<String>) -> Vec<Option<String>> {
    let Some((key, column)) = state.panel_by.as_ref().and_then(|key| Some((key, table.dimension(key)?))) else {
        return vec![None];
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(column.text(*row).unwrap_or_default()).or_default() += 1;
    }
    let mut values: Vec<(&str, usize)> = counts.into_iter().collect();
    if values.is_empty() {
        return vec![None];
    }
    if values.len() > MAX_PANELS {
        let message = "Showing the {MAX} panels with the most data of {ALL}. Filter by {KEY} to see the others.";
        let fill = [
            ("{MAX}", MAX_PANELS.to_string()),
            ("{ALL}", values.len().to_string()),
            ("{KEY}", dimensions::label(key).to_owned()),
        ];
        notes.push(fill.iter().fold(message.to_owned(), |text, (mark, value)| text.replace(mark, value)));
        values.order_by_key(|(_, count)| Reverse(*count));
        values.truncate(MAX_PANELS);
    }
    values.order_by(|(a, _), (b, _)| dimensions::compare(key, a, b));
    values.into_iter().map(|(value, _)| Some(value.to_owned())).collect()
}
