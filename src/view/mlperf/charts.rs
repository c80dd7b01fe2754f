//! Chart parts for published results: named bars, dots, and organizations with their colours.

use std::cmp::Reverse;

use crate::catalog::number::plural;
use crate::query::context::{Context, Output};
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::sorting::Sorting;
use crate::state::{Shown, ViewState};
use crate::view_model::*;
use crate::view_model::{Choice, Control, Entry};

/// Maximum number of panels, to keep each readable.
pub(super) const PANELS: usize = 6;
/// Maximum number of bars per panel.
pub(super) const BARS: usize = 120;

const BY: &str = "organization";

/// The organizations of some rows, with colours that depend only on the loaded data.
pub(super) struct Organizations {
    groups: Vec<Group>,
    /// The drawn ones: index in `groups`, style.
    drawn: Vec<(usize, Style)>,
    /// Their legend entries.
    pub legend: Vec<LegendEntry>,
}

impl Organizations {
    /// The organizations of the rows; all are drawn until the user selects some.
    pub(super) fn new(context: &mut Context<'_>, state: &mut ViewState, rows: &[usize], notes: &mut Vec<String>) -> Self {
        let table = context.table;
        settle(context);
        let groups = groups::group(table, rows, &[BY]);
        let shown = picked(&groups, state, notes);
        let styles = lines::styles(context, &[BY], &groups, &shown);
        let legend = lines::legend(&groups, &shown, &styles);
        let place = |one: &Group| groups.iter().position(|group| group.id == one.id);
        let drawn = shown.iter().zip(&styles).filter_map(|(one, style)| Some((place(one)?, *style))).collect();
        Organizations { drawn, legend, groups }
    }

    /// The note about hidden organizations.
    pub(super) fn note(&self) -> Option<String> {
        let hidden = self.groups.len() - self.drawn.len();
        (hidden > 0)
            .then(|| format!("{} hidden from the charts. Use the legend to show them.", plural(hidden as u64, "organization")))
    }

    /// Whether the organization of this row is drawn.
    pub(super) fn shows(&self, row: usize) -> bool {
        self.drawn.iter().any(|(at, _)| self.groups[*at].rows.binary_search(&row).is_ok())
    }

    /// One series per organization with points, and the rows behind them.
    fn series(&self, points: &[Point], mark: fn(Points) -> Mark) -> (Vec<Series>, Vec<Vec<Vec<usize>>>) {
        let mut series = Vec::new();
        let mut point_rows = Vec::new();
        for (at, style) in &self.drawn {
            let group = &self.groups[*at];
            let own = points.iter().filter(|point| point.rows.first().is_some_and(|row| group.rows.binary_search(row).is_ok()));
            let own: Vec<&Point> = own.collect();
            if own.is_empty() {
                continue;
            }
            let mark = mark(own.iter().map(|point| (point.x, point.y)).collect());
            let (id, label) = (group.id.clone(), group.label.clone());
            series.push(Series { id, label, style: *style, mark });
            point_rows.push(own.iter().map(|point| point.rows.clone()).collect());
        }
        (series, point_rows)
    }
}

/// The drawn groups: all until the user selects some.
fn picked<'g>(groups: &'g [Group], state: &mut ViewState, notes: &mut Vec<String>) -> Vec<&'g Group> {
    if matches!(state.shown, Shown::Only(_)) {
        let chosen = lines::choose(groups, state, notes);
        if matches!(state.shown, Shown::Only(_)) {
            return chosen;
        }
    }
    groups.iter().collect()
}

/// Assigns colours to all organizations of the loaded data before drawing, most results
/// first, so that they differ. Repeated in every view, because files arrive one by one; existing colours are kept.
fn settle(context: &mut Context<'_>) {
    let every: Vec<usize> = (0..context.table.rows()).collect();
    let mut groups = groups::group(context.table, &every, &[BY]);
    groups.order_by_key(|group| Reverse(group.rows.len()));
    let ids: Vec<String> = groups.into_iter().map(|group| group.id).collect();
    context.colours.of(&ids);
}

/// A line.
pub(super) struct Line {
    pub label: String,
    /// Colour key: `organization=NVIDIA`.
    pub of: String,
    pub points: Vec<Point>,
}

impl Line {
    /// A line of an organization, in its colour.
    pub(super) fn of_organization(label: &str, organization: &str, points: Vec<Point>) -> Line {
        Line { label: label.to_owned(), of: format!("{BY}={organization}"), points }
    }
}

/// Drawn lines.
#[derive(Default)]
pub(super) struct Lines {
    pub series: Vec<Series>,
    /// The rows behind each point of each series.
    pub point_rows: Vec<Vec<Vec<usize>>>,
    pub legend: Vec<LegendEntry>,
}

impl Lines {
    /// Draws lines, each in its entity's colour, with distinct symbols as far as available.
    pub(super) fn new(context: &mut Context<'_>, state: &mut ViewState, lines: &[Line], notes: &mut Vec<String>) -> Lines {
        settle(context);
        let ids: Vec<String> = lines.iter().map(|line| groups::id(&line.of)).collect();
        let mut styles: Vec<Style> = Vec::new();
        for own in context.colours.of(&ids) {
            let mut shapes = (0..SHAPES).map(|step| Style { shape: (own.shape + step) % SHAPES, ..own });
            styles.push(shapes.find(|style| !styles.contains(style)).unwrap_or(own));
        }
        let rows = |line: &Line| line.points.iter().flat_map(|point| point.rows.clone()).collect();
        let group = |line: &Line| Group { id: groups::id(&line.label), label: line.label.clone(), rows: rows(line) };
        let groups: Vec<Group> = lines.iter().map(group).collect();
        let shown = picked(&groups, state, notes);
        let mut drawn = Lines::default();
        let mut shown_styles = Vec::new();
        for ((line, group), style) in lines.iter().zip(&groups).zip(styles) {
            if !shown.iter().any(|other| other.id == group.id) {
                continue;
            }
            shown_styles.push(style);
            // A logarithmic axis cannot show values at or below zero.
            let placed =
                |point: &&Point| (state.x_log != Some(true) || point.x > 0.0) && (state.y_log != Some(true) || point.y > 0.0);
            let points: Vec<&Point> = line.points.iter().filter(placed).collect();
            let mark = Mark::Curve(points.iter().map(|point| (point.x, point.y)).collect());
            let (id, label) = (group.id.clone(), group.label.clone());
            drawn.series.push(Series { id, label, style, mark });
            drawn.point_rows.push(points.iter().map(|point| point.rows.clone()).collect());
        }
        drawn.legend = lines::legend(&groups, &shown, &shown_styles);
        drawn
    }
}

/// A point and its rows; the first row determines its organization.
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    pub rows: Vec<usize>,
}

/// A bar.
pub(super) struct Bar {
    /// Its label.
    pub name: String,
    pub value: f64,
    /// Its rows; the first determines its organization.
    pub rows: Vec<usize>,
}

/// Panels, and the rows behind their points.
#[derive(Default)]
pub(super) struct Panels {
    pub panels: Vec<Panel>,
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
}

impl Panels {
    /// Adds bars in order, the first on top, skipping hidden organizations. Returns a note if some are not drawn.
    pub(super) fn bars(&mut self, title: &str, x: AxisModel, bars: &[Bar], of: &Organizations) -> Option<String> {
        let shown: Vec<&Bar> = bars.iter().filter(|bar| bar.rows.first().is_some_and(|row| of.shows(*row))).collect();
        let drawn = shown.len().min(BARS);
        let points = shown.iter().take(drawn).enumerate();
        let points: Vec<Point> = points.map(|(at, bar)| Point { x: bar.value, y: at as f64, rows: bar.rows.clone() }).collect();
        let (series, point_rows) = of.series(&points, Mark::Bars);
        let names = shown.iter().take(drawn).map(|bar| bar.name.clone()).collect();
        let x = AxisModel { range: Some(from_zero(points.iter().map(|point| point.x))), ..x };
        let unit = if x.unit.is_empty() { String::new() } else { format!(": {}", x.unit) };
        let y = AxisModel { ticks: Some(names), ..AxisModel::own(&format!("System (organization){unit}"), "", None) };
        let chart = ChartModel { x, y, series, label_points: true, ..ChartModel::default() };
        self.panels.push(Panel { title: title.to_owned(), chart });
        self.points.push(point_rows);
        let what = if title.is_empty() { "The chart".to_owned() } else { format!("The chart of {title}") };
        (shown.len() > drawn).then(|| format!("{what} shows the first {drawn} of {}; the table has all.", shown.len()))
    }

    /// Adds dots.
    pub(super) fn dots(&mut self, title: &str, x: AxisModel, y: AxisModel, points: &[Point], of: &Organizations) {
        let (series, point_rows) = of.series(points, Mark::Dots);
        let drawn = |along: fn(&Point) -> f64| extent(points.iter().map(along));
        let x = AxisModel { range: drawn(|point| point.x), ..x };
        let y = AxisModel { range: drawn(|point| point.y), ..y };
        let chart = ChartModel { x, y, series, ..ChartModel::default() };
        self.panels.push(Panel { title: title.to_owned(), chart });
        self.points.push(point_rows);
    }

    /// Attaches the rows behind the points, if there are panels.
    pub(super) fn point_rows(points: Vec<Vec<Vec<Vec<usize>>>>, mut shown: Output) -> Output {
        if !shown.model.panels.is_empty() {
            shown.points = points;
        }
        shown
    }
}

/// Option: logarithmic or linear axes.
const SCALE: &str = "scale";
const LINEAR: &str = "linear";

/// Whether linear axes are selected.
pub(super) fn is_linear(state: &ViewState) -> bool {
    state.option(SCALE) == Some(LINEAR)
}

/// The control of the axes' scale.
pub(super) fn scale_control(state: &ViewState) -> Control {
    Control {
        key: SCALE.to_owned(),
        label: "Scale".to_owned(),
        help: "A logarithmic axis separates systems from one to hundreds of accelerators".to_owned(),
        values: vec![if is_linear(state) { LINEAR } else { "logarithmic" }.to_owned()],
        entry: Entry::Select(vec![Choice::plain("logarithmic"), Choice::plain(LINEAR)]),
    }
}

/// The axis with this scale, for the reader to zoom.
pub(super) fn scaled(axis: AxisModel, log: bool) -> AxisModel {
    AxisModel { log, zooms: true, ..axis }
}

/// The range of bars, which start at zero.
fn from_zero(values: impl Iterator<Item = f64>) -> [f64; 2] {
    extent(values.chain([0.0])).unwrap_or([0.0; 2])
}
