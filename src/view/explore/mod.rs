//! Explore: any figure against any other, or against load; one line per configuration.

mod drawing;
mod words;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::identity::{self, Group};
use super::model::*;
use super::{Context, Shown as Showing, View, axes, facets, twin};
use crate::catalog::dimensions;
use crate::record::Kind;
use crate::state::{Axis, Filters, Shown, ViewState};
use crate::table::Table;
use drawing::Drawing;

/// Series drawn before anybody asks for more: as many as the palette has colours.
const FEW: usize = 8;
/// Panels drawn at once; each must stay readable.
const MAX_PANELS: usize = 6;
/// Series drawn at all: beyond this a picture is a wall and a page is slow.
const MAX_SERIES: usize = 200;

/// Throughput and latency against load, or any two figures against each other; for every kind of record.
pub struct Explore;

impl View for Explore {
    fn id(&self) -> &'static str {
        "explore"
    }

    fn label(&self) -> &'static str {
        "Explore"
    }

    fn purpose(&self) -> &'static str {
        "Any figure against load or against another figure, one line per configuration"
    }

    fn kind(&self) -> Option<Kind> {
        None
    }

    fn show(&self, context: &mut Context<'_>, asked: &ViewState) -> Showing {
        let table = context.table;
        let mut state = asked.clone();
        if state.filters == Filters::Automatic && table.rows() > 0 {
            state.filters = Filters::Chosen(facets::best_populated(table));
        }
        let filtered = facets::apply(table, &state.selection(), context.searches);
        let mut notes = filtered.notes;
        let (x, y) = axes::resolve(table, context.kind, &filtered.rows, &mut state, &mut notes);

        let known = |key: &String| table.dimension(key).is_some();
        for key in state.series_by.iter().chain(&state.panel_by).filter(|key| !known(key) && table.rows() > 0) {
            notes.push(format!("No loaded file has “{}”, which lines or panels are asked by.", dimensions::label(key)));
        }
        // Published results are of one system each: what they have in common is the accelerator.
        let configuration = match context.kind {
            Kind::Submission => table.dimension_keys().into_iter().filter(|key| *key == "accelerator").collect(),
            _ => identity::configuration(table),
        };
        let asked: Vec<String> = state.series_by.iter().filter(|key| known(key)).cloned().collect();
        let chosen: Vec<&str> = asked.iter().map(String::as_str).collect();
        let by = if chosen.is_empty() { &configuration } else { &chosen };

        let plotted: Vec<usize> = filtered.rows.iter().copied().filter(|row| on_axes(table, &x, &y, *row)).collect();
        let groups = identity::group(table, &plotted, by);
        let shown = choose(&groups, &mut state, &mut notes);
        let styles = styles(context, by, &groups, &shown);
        let entries = groups.iter().map(|group| LegendEntry {
            id: group.id.clone(),
            label: group.label.clone(),
            style: shown.iter().position(|other| other.id == group.id).map(|i| styles[i]),
            points: group.rows.len(),
        });
        let legend: Vec<LegendEntry> = entries.collect();

        let mut drawing = Drawing::new(table, context.kind, &state, &x, &y);
        let titles = panels(table, &state, &plotted, &mut notes);
        let mut pictures = Vec::new();
        let mut points = Vec::new();
        for title in &titles {
            let (panel, rows) = drawing.panel(title.as_deref(), &shown, &styles);
            pictures.push(panel);
            points.push(rows);
        }
        let counts = drawing.counts;
        notes.extend(words::remarks(context, &state, &filtered.rows, &plotted, &x, &y, &counts, &configuration));

        let mut rows: Vec<usize> = if counts.thinned > 0 {
            shown.iter().flat_map(|group| &group.rows).copied().collect()
        } else {
            points.iter().flatten().flatten().flatten().copied().collect()
        };
        let columns = twin::columns(table, &rows, &[x.clone(), y.clone()]);
        if let Some(sort) = &state.sort {
            if columns.iter().any(|column| column.key == sort.column) {
                twin::sort(table, &columns, &mut rows, sort);
            } else if table.rows() > 0 {
                notes.push(format!("The table has no column “{}” to be sorted by.", sort.column));
            }
        }
        let empty = words::empty(context, &state, &filtered.rows, &rows, &x, &y);
        let sentence = words::sentence(context, &x, &y, &shown, groups.len(), rows.len());
        let dimensions = table.dimension_keys().into_iter().map(|key| (key.to_owned(), dimensions::label(key).to_owned()));
        let model = ViewModel {
            sentence,
            notes,
            facets: filtered.facets,
            axes: axes::choices(table, &filtered.rows),
            dimensions: dimensions.collect(),
            panels: pictures,
            legend,
            columns,
            total: rows.len(),
            empty,
            state,
            ..ViewModel::default()
        };
        Showing { model, rows, points }
    }
}

/// Whether a row belongs into the picture at all: against load only rows of that kind of load do, gaps included;
/// figure against figure, rows that have both.
fn on_axes(table: &Table, x: &Axis, y: &Axis, row: usize) -> bool {
    match x {
        Axis::Load(_) => identity::value(table, x, row).is_some(),
        Axis::Figure { .. } => identity::value(table, x, row).is_some() && identity::value(table, y, row).is_some(),
    }
}

/// The groups to draw, in the legend's order.
fn choose<'a>(groups: &'a [Group], state: &mut ViewState, notes: &mut Vec<String>) -> Vec<&'a Group> {
    match &state.shown {
        Shown::Only(ids) => {
            let chosen: Vec<&Group> = groups.iter().filter(|group| ids.contains(&group.id)).take(MAX_SERIES).collect();
            let unknown = ids.len() - chosen.len();
            if unknown > 0 && !groups.is_empty() {
                notes.push(format!("{unknown} of the lines picked are not among those that the filters leave."));
            }
            if chosen.is_empty() && !ids.is_empty() {
                state.shown = Shown::Few;
                return choose(groups, state, notes);
            }
            chosen
        }
        Shown::All => {
            if groups.len() > MAX_SERIES {
                notes.push(format!("The first {MAX_SERIES} of {} lines are drawn; filter to see the others.", groups.len()));
            }
            groups.iter().take(MAX_SERIES).collect()
        }
        Shown::Few => few(groups),
    }
}

/// The best populated groups, in the legend's order; of equals the last, which is the newest version.
fn few(groups: &[Group]) -> Vec<&Group> {
    let mut ranked: Vec<(usize, &Group)> = groups.iter().enumerate().collect();
    ranked.sort_by_key(|(i, group)| (Reverse(group.rows.len()), Reverse(*i)));
    ranked.truncate(FEW);
    ranked.sort_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, group)| group).collect()
}

/// Colours of the shown groups. So that a link paints the same wherever it is opened, colours are first given to what
/// a first paint of the data would show, then to what the filters would show by themselves, then to the rest.
fn styles(context: &mut Context<'_>, by: &[&str], groups: &[Group], shown: &[&Group]) -> Vec<Style> {
    let ids = |groups: &[&Group]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    if context.colours.is_new(&by.join("|")) {
        let first = facets::apply(context.table, &facets::best_populated(context.table), &BTreeMap::new()).rows;
        context.colours.of(&ids(&few(&identity::group(context.table, &first, by))));
    }
    context.colours.of(&ids(&few(groups)));
    context.colours.of(&ids(shown))
}

/// The panels' values; one panel without a value when they are not split.
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
        let message = "The {MAX} best-populated of {ALL} panels are shown; filter by {KEY} to see the others.";
        let fill = [
            ("{MAX}", MAX_PANELS.to_string()),
            ("{ALL}", values.len().to_string()),
            ("{KEY}", dimensions::label(key).to_owned()),
        ];
        notes.push(fill.iter().fold(message.to_owned(), |text, (mark, value)| text.replace(mark, value)));
        values.sort_by_key(|(_, count)| Reverse(*count));
        values.truncate(MAX_PANELS);
    }
    values.sort_by(|(a, _), (b, _)| dimensions::compare(key, a, b));
    values.into_iter().map(|(value, _)| Some(value.to_owned())).collect()
}
