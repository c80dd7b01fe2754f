//! Explore: any figure against any other, or against load; one line per configuration.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::identity::{self, Group};
use super::model::*;
use super::{Context, Shown as Showing, View, axes, facets, twin};
use crate::analysis::curve;
use crate::catalog::number::plural;
use crate::catalog::{Better, dimensions, metrics, number};
use crate::record::Stat;
use crate::state::link::axis_text;
use crate::state::{Axis, Filters, Shown, ViewState};
use crate::table::Table;

/// Series drawn before anybody asks for more: as many as the palette has colours.
const FEW: usize = 8;
/// Panels drawn at once; each must stay readable.
const MAX_PANELS: usize = 6;
/// Series drawn at all: beyond this a picture is a wall and a page is slow.
const MAX_SERIES: usize = 200;
/// Points up to which each carries its load as a label.
const MAX_LABELLED: usize = 80;

/// Throughput and latency against load, or any two figures against each other.
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

    fn show(&self, context: &mut Context<'_>, asked: &ViewState) -> Showing {
        let table = context.table;
        let mut state = asked.clone();
        if state.filters == Filters::Automatic && table.rows() > 0 {
            state.filters = Filters::Chosen(facets::best_populated(table));
        }
        let filtered = facets::apply(table, &state.selection(), context.searches);
        let mut notes = filtered.notes;
        let (x, y) = axes::resolve(table, &filtered.rows, &mut state, &mut notes);

        let known = |key: &String| table.dimension(key).is_some();
        for key in state.series_by.iter().chain(&state.panel_by).filter(|key| !known(key) && table.rows() > 0) {
            notes.push(format!("No loaded file has “{}”, which lines or panels are asked by.", dimensions::label(key)));
        }
        let configuration = identity::configuration(table);
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

        let mut drawing = Drawing { table, state: &state, x: &x, y: &y, over_limit: 0, averaged: 0, gaps: 0 };
        let titles = panels(table, &state, &plotted, &mut notes);
        let mut pictures = Vec::new();
        let mut points = Vec::new();
        for title in &titles {
            let (panel, rows) = drawing.panel(title.as_deref(), &shown, &styles);
            pictures.push(panel);
            points.push(rows);
        }
        let (over_limit, averaged, gaps) = (drawing.over_limit, drawing.averaged, drawing.gaps);
        notes.extend(remarks(table, &state, &filtered.rows, &plotted, &x, &y, [over_limit, averaged, gaps], &configuration));

        let mut rows: Vec<usize> = points.iter().flatten().flatten().flatten().copied().collect();
        let columns = twin::columns(table, &rows, &[x.clone(), y.clone()]);
        if let Some(sort) = &state.sort {
            if columns.iter().any(|column| column.key == sort.column) {
                twin::sort(table, &columns, &mut rows, sort);
            } else if table.rows() > 0 {
                notes.push(format!("The table has no column “{}” to be sorted by.", sort.column));
            }
        }
        let empty = empty(table, &state, &filtered.rows, &rows, &x, &y);
        let sentence = sentence(table, &x, &y, &shown, groups.len(), rows.len());
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

/// Turns groups into panels and counts what must be said about them.
struct Drawing<'a> {
    table: &'a Table,
    state: &'a ViewState,
    x: &'a Axis,
    y: &'a Axis,
    over_limit: usize,
    averaged: usize,
    gaps: usize,
}

impl Drawing<'_> {
    /// One panel, and the rows behind each point of each of its series.
    fn panel(&mut self, value: Option<&str>, groups: &[&Group], styles: &[Style]) -> (Panel, Vec<Vec<Vec<usize>>>) {
        let table = self.table;
        let column = self.state.panel_by.as_ref().and_then(|key| table.dimension(key));
        let inside =
            |row: &usize| value.is_none_or(|value| column.is_none_or(|column| column.text(*row).unwrap_or_default() == value));
        let mut series = Vec::new();
        let mut behind = Vec::new();
        for (group, style) in groups.iter().zip(styles) {
            let rows: Vec<usize> = group.rows.iter().copied().filter(inside).collect();
            if rows.is_empty() {
                continue;
            }
            let (points, rows) = self.line(&rows);
            series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, points });
            behind.push(rows);
        }
        let total: usize = behind.iter().map(Vec::len).sum();
        let against_figure = matches!(self.x, Axis::Figure { .. });
        let title = match (value, &self.state.panel_by) {
            (Some(""), Some(key)) => format!("no {}", dimensions::label(key)),
            (Some(value), Some(key)) => dimensions::display(key, value),
            _ => String::new(),
        };
        let chart = ChartModel {
            x: self.axis(self.x, 0, &series, self.state.x_log),
            y: self.axis(self.y, 1, &series, self.state.y_log),
            label_points: against_figure && total <= MAX_LABELLED,
            series,
        };
        (Panel { title, chart }, behind)
    }

    fn line(&mut self, rows: &[usize]) -> (Vec<f64>, Vec<Vec<usize>>) {
        let table = self.table;
        let load = |row: usize| table.load().and_then(|load| load.get(row));
        let figure = |axis: &Axis, row: usize, log: bool| {
            // A logarithmic axis has no place for zero and below.
            identity::value(table, axis, row).filter(|value| !log || *value > 0.0)
        };
        let levels =
            curve::levels(rows, load, |row| figure(self.x, row, self.state.x_log), |row| figure(self.y, row, self.state.y_log));
        let failing = |row: &usize| {
            let rate = table.figures("error_rate", Stat::Mean).and_then(|rates| rates.get(*row));
            rate.is_some_and(|rate| rate > self.state.error_limit)
        };
        let mut points = Vec::with_capacity(levels.len() * STRIDE);
        let mut behind = Vec::with_capacity(levels.len());
        for level in levels {
            let over = level.rows.iter().any(failing);
            self.over_limit += usize::from(over);
            self.averaged += usize::from(level.rows.len() > 1);
            self.gaps += usize::from(level.y.is_nan());
            points.extend([level.x, level.y, level.load.unwrap_or(f64::NAN), f64::from(u8::from(over))]);
            behind.push(level.rows);
        }
        (points, behind)
    }

    fn axis(&self, axis: &Axis, offset: usize, series: &[Series], log: bool) -> AxisModel {
        let zoom = self.state.zoom.map(|zoom| if offset == 0 { zoom.x } else { zoom.y });
        let values =
            series.iter().flat_map(|series| series.points.iter().skip(offset).step_by(STRIDE)).filter(|value| value.is_finite());
        let extent = values.fold(None, |range: Option<[f64; 2]>, value| {
            Some(range.map_or([*value; 2], |[low, high]| [low.min(*value), high.max(*value)]))
        });
        let better = match axis {
            Axis::Load(_) => None,
            Axis::Figure { metric, .. } => metrics::metric(metric).and_then(|metric| match metric.better {
                Better::Higher => Some(true),
                Better::Lower => Some(false),
                Better::Neutral => None,
            }),
        };
        AxisModel {
            key: axis_text(axis),
            title: axes::name(axis),
            unit: axes::unit(axis).to_owned(),
            better,
            log,
            range: zoom.or(extent),
            zoomed: zoom.is_some(),
        }
    }
}

/// What the reader must know about the picture.
#[expect(clippy::too_many_arguments, reason = "one sentence per argument; a struct would only rename them")]
fn remarks(
    table: &Table,
    state: &ViewState,
    filtered: &[usize],
    plotted: &[usize],
    x: &Axis,
    y: &Axis,
    [over_limit, averaged, gaps]: [usize; 3],
    configuration: &[&str],
) -> Vec<String> {
    let mut notes = Vec::new();
    let left_out = filtered.len() - plotted.len();
    if left_out > 0 {
        notes.push(match x {
            Axis::Load(_) => {
                format!(
                    "{} not made at a set {}: not on this axis.",
                    plural(left_out as u64, "measurement"),
                    axes::name(x).to_lowercase()
                )
            }
            Axis::Figure { .. } => {
                format!("{} without {} or {}: not drawn.", plural(left_out as u64, "measurement"), axes::name(x), axes::name(y))
            }
        });
    }
    if gaps > 0 {
        notes.push(format!("{} without {}: a gap, never a zero.", plural(gaps as u64, "point"), axes::name(y)));
    }
    if averaged > 0 {
        let by: BTreeSet<&str> = state.series_by.iter().map(String::as_str).collect();
        let mixed: Vec<&str> = configuration
            .iter()
            .filter(|key| !by.is_empty() && !by.contains(*key) && state.panel_by.as_deref() != Some(*key))
            .filter(|key| {
                let Some(column) = table.dimension(key) else { return false };
                let first = plotted.first().and_then(|row| column.code(*row));
                plotted.iter().any(|row| column.code(*row) != first)
            })
            .map(|key| dimensions::label(key))
            .collect();
        notes.push(if mixed.is_empty() {
            format!("{} of repeats of one level: their mean.", plural(averaged as u64, "point"))
        } else {
            format!(
                "{} of several measurements, which may differ in {}: filter or add it to the lines.",
                plural(averaged as u64, "point"),
                mixed.join(", ")
            )
        });
    }
    if over_limit > 0 {
        notes.push(format!(
            "{} with more than {}% failed requests: drawn hollow.",
            plural(over_limit as u64, "point"),
            number::short(state.error_limit)
        ));
    }
    notes
}

fn sentence(table: &Table, x: &Axis, y: &Axis, shown: &[&Group], groups: usize, rows: usize) -> String {
    let unit_of =
        |axis: &Axis| Some(axes::unit(axis)).filter(|unit| !unit.is_empty()).map(|unit| format!(" ({unit})")).unwrap_or_default();
    let lines = match (shown.len(), groups) {
        (1, 1) => "one line".to_owned(),
        (shown, groups) if shown == groups => plural(groups as u64, "line"),
        (shown, groups) => format!("{shown} of {groups} lines"),
    };
    format!(
        "{}{} against {}{}: {lines}, {rows} of {} measurements",
        axes::name(y),
        unit_of(y),
        match x {
            Axis::Load(_) => axes::name(x).to_lowercase(),
            Axis::Figure { .. } => axes::name(x),
        },
        unit_of(x),
        table.rows()
    )
}

/// Why there is nothing to see, and what helps.
fn empty(table: &Table, state: &ViewState, filtered: &[usize], drawn: &[usize], x: &Axis, y: &Axis) -> Option<Empty> {
    if table.rows() == 0
        || drawn.iter().any(|row| identity::value(table, x, *row).is_some() && identity::value(table, y, *row).is_some())
    {
        return None;
    }
    let all = table.rows();
    if filtered.is_empty() {
        let selection = state.selection();
        // The one filter whose removal gives the most.
        let without = |key: &String| {
            let mut fewer = selection.clone();
            fewer.remove(key);
            let rows = facets::apply(table, &fewer, &BTreeMap::new()).rows.len();
            (rows, key.clone())
        };
        let best = selection.keys().map(without).max_by_key(|(rows, _)| *rows).filter(|(rows, _)| *rows > 0);
        let filters = match selection.len() {
            1 => "The filter excludes".to_owned(),
            n => format!("{n} filters together exclude"),
        };
        let mut remedied = state.clone();
        let step = match best {
            Some((rows, key)) => {
                remedied.choose(&key, BTreeSet::new());
                format!("Clear {} ({rows} measurements)", dimensions::label(&key))
            }
            None => {
                remedied.filters = Filters::Chosen(Default::default());
                "Clear all filters".to_owned()
            }
        };
        return Some(Empty { reason: format!("{filters} all {all} measurements."), remedy: Some((step, remedied)) });
    }
    let mut remedied = state.clone();
    (remedied.x, remedied.y) = (None, None);
    (remedied.x_log, remedied.y_log, remedied.zoom) = (false, false, None);
    let reason =
        format!("None of the {} filtered measurements has both {} and {}.", filtered.len(), axes::name(x), axes::name(y));
    Some(Empty { reason, remedy: Some(("Choose axes that have figures".to_owned(), remedied)) })
}
