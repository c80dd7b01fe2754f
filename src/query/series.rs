//! From groups of rows to the lines and points of panels.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::axes;
use super::groups::Group;
use super::values::Values;
use crate::analysis::curve;
use crate::catalog::dimensions;
use crate::record::{Kind, Stat};
use crate::state::link::axis_text;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::*;

/// Maximum number of points with load labels.
const MAX_LABELLED: usize = 80;
/// Maximum number of points drawn per series; more are indistinguishable on any screen.
pub(crate) const MAX_POINTS: usize = 20_000;

/// Counts for the notes about a chart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Points over the error limit.
    pub over_limit: usize,
    /// Points that average several measurements.
    pub averaged: usize,
    /// Points without a value.
    pub gaps: usize,
    /// Points dropped by downsampling.
    pub thinned: usize,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.over_limit += other.over_limit;
        self.averaged += other.averaged;
        self.gaps += other.gaps;
        self.thinned += other.thinned;
    }
}

/// What the points of a line depend on, besides its rows.
#[derive(PartialEq)]
struct LineLook {
    axes: [Axis; 2],
    logs: [bool; 2],
    error_limit: f64,
    kind: Kind,
}

impl Eq for LineLook {}

/// A line as computed.
struct Line {
    points: Points,
    /// The rows behind each point.
    behind: Vec<Vec<usize>>,
    counts: Counts,
}

/// The lines of one look by their rows.
#[derive(Default)]
struct Lines {
    known: FxHashMap<Vec<usize>, Line>,
    /// The rows of all of them. The lines of one chart have each row once: beyond the table's rows, lines of former filters
    /// are among them, and all leave.
    rows: usize,
}

/// Turns groups into panels, and collects counts for notes.
pub(crate) struct Drawing<'a> {
    table: &'a Table,
    kind: Kind,
    state: &'a ViewState,
    x: &'a Axis,
    y: &'a Axis,
    /// Counts over the panels so far.
    pub counts: Counts,
}

impl<'a> Drawing<'a> {
    pub(crate) fn new(table: &'a Table, kind: Kind, state: &'a ViewState, x: &'a Axis, y: &'a Axis) -> Drawing<'a> {
        Drawing { table, kind, state, x, y, counts: Counts::default() }
    }

    /// One panel, and the rows behind each point of each of its series.
    pub(crate) fn panel(&mut self, value: Option<&str>, groups: &[&Group], styles: &[Style]) -> (Panel, Vec<Vec<Vec<usize>>>) {
        let table = self.table;
        let column = self.state.panel_by.as_ref().and_then(|key| table.dimension(key));
        let inside =
            |row: &usize| value.is_none_or(|value| column.is_none_or(|column| column.text(*row).unwrap_or_default() == value));
        // Requests and results are individual points, not connected by lines.
        let single = matches!(self.kind, Kind::Request | Kind::Entry | Kind::Accuracy | Kind::Submission);
        let mark = if single { Mark::Dots } else { Mark::Curve };
        let mut series = Vec::new();
        let mut behind = Vec::new();
        for (group, style) in groups.iter().zip(styles) {
            let rows: Vec<usize> = group.rows.iter().copied().filter(inside).collect();
            if rows.is_empty() {
                continue;
            }
            let (points, rows) = self.line(&rows);
            series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark: mark(points) });
            behind.push(rows);
        }
        let total: usize = behind.iter().map(Vec::len).sum();
        let against_figure = matches!(self.x, Axis::Figure { .. });
        let loaded = series.iter().flat_map(Series::points).all(|point| point.load.is_some());
        let title = match (value, &self.state.panel_by) {
            (Some(""), Some(key)) => format!("{} not stated", dimensions::label(key)),
            (Some(value), Some(key)) => dimensions::display(key, value),
            _ => String::new(),
        };
        let chart = ChartModel {
            x: self.axis(self.x, 0, &series, self.state.x_log),
            y: self.axis(self.y, 1, &series, self.state.y_log),
            label_points: against_figure && total <= MAX_LABELLED && loaded,
            rules: axes::limits(self.state, self.x, self.y),
            series,
            ..ChartModel::default()
        };
        (Panel { title, chart }, behind)
    }

    /// The points of a line and the rows behind each. Lines are kept with the table: one that comes back to the chart, or
    /// stays while another leaves, is not computed again.
    fn line(&mut self, rows: &[usize]) -> (Points, Vec<Vec<usize>>) {
        let ViewState { x_log, y_log, error_limit, .. } = *self.state;
        // The data choose a logarithmic axis only where it shows all of them.
        let logs = [x_log, y_log].map(|log| log == Some(true));
        let look = LineLook { axes: [self.x.clone(), self.y.clone()], logs, error_limit, kind: self.kind };
        let lines = self.table.memo().get(look, |_| Mutex::new(Lines::default()));
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.known.contains_key(rows) {
            lines.rows += rows.len();
            if lines.rows > self.table.rows() {
                *lines = Lines { rows: rows.len(), ..Lines::default() };
            }
        }
        let line = lines.known.entry(rows.to_vec()).or_insert_with(|| self.computed(rows));
        self.counts.add(line.counts);
        (line.points.clone(), line.behind.clone())
    }

    fn computed(&self, rows: &[usize]) -> Line {
        let table = self.table;
        let mut counts = Counts::default();
        // Measurements of one level are repeats; requests or samples under one load are not.
        let repeats = self.kind == Kind::Measurement;
        let load = |row: usize| table.load().filter(|_| repeats).and_then(|load| load.get(row));
        let (x, y) = (Values::of(table, self.x), Values::of(table, self.y));
        // A logarithmic axis cannot show values at or below zero.
        let figure =
            |values: &Option<Values<'_>>, row: usize, log: bool| values.as_ref()?.get(row).filter(|value| !log || *value > 0.0);
        let [x_log, y_log] = [self.state.x_log, self.state.y_log].map(|log| log == Some(true));
        let levels = curve::levels(rows, load, |row| figure(&x, row, x_log), |row| figure(&y, row, y_log));
        let rates = table.figures("error_rate", Stat::Mean);
        let failing = |row: &usize| rates.and_then(|rates| rates.get(*row)).is_some_and(|rate| rate > self.state.error_limit);
        // Evenly spaced, including first and last.
        let drawn = levels.len().min(MAX_POINTS);
        counts.thinned += levels.len() - drawn;
        let last = levels.len().saturating_sub(1);
        let picked = (0..drawn).map(|i| if drawn < 2 { i } else { i * last / (drawn - 1) });
        let mut levels: Vec<Option<curve::Level>> = levels.into_iter().map(Some).collect();
        let levels: Vec<curve::Level> = picked.filter_map(|at| levels[at].take()).collect();
        let mut points = Points::with_capacity(levels.len());
        let mut behind = Vec::with_capacity(levels.len());
        for level in levels {
            let over = level.rows.iter().any(failing);
            counts.over_limit += usize::from(over);
            counts.averaged += usize::from(level.rows.len() > 1);
            counts.gaps += usize::from(level.y.is_nan());
            points.push(Point { x: level.x, y: level.y, load: level.load, over_limit: over });
            behind.push(level.rows);
        }
        Line { points, behind, counts }
    }

    /// An axis of a chart with these series. Where its scale is left to the data, it is logarithmic if they are far apart.
    pub(crate) fn axis(&self, axis: &Axis, offset: usize, series: &[Series], log: Option<bool>) -> AxisModel {
        let range = if offset == 0 { extent_x(series) } else { extent_y(series) };
        AxisModel {
            key: axis_text(axis),
            title: axes::name_of(axis, self.kind),
            unit: axes::unit(axis).to_owned(),
            better: axes::better(axis),
            log: log.unwrap_or_else(|| range.is_some_and(AxisModel::is_wide)),
            range,
            exact: false,
            zooms: true,
            ticks: None,
        }
    }
}
