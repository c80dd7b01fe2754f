//! The plot of the planning views: a figure of every compliant level of a configuration, one line each, over what its
//! users see; or that of the best of each as bars. It does not know what the figure is.

use super::operating_points::Operating;
use crate::analysis::curve;
use crate::catalog::number;
use crate::query::context::Context;
use crate::query::groups::Group;
use crate::query::{axes, lines, series, values};
use crate::record::{LoadKind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, Shown, ViewState};
use crate::table::Table;
use crate::view_model::{
    AxisModel, ChartModel, Choice, Control, Entry, LegendEntry, Mark, Panel, Point, Points, Rule, Series, Style, extent,
};
use rustc_hash::FxHashMap;

/// What the plot shows: the views that have one share the choice.
const CHART: &str = "chart";
/// Points up to which each carries its load as a label.
const MAX_LABELLED: usize = 80;
/// Bars drawn.
const BARS: usize = 30;
/// Lines drawn before anybody asks for more.
const FEW: usize = 8;
const BARS_KEY: &str = "bars";
/// What lines can stand against, with the statistics in the order in which they are looked for.
const LATENCY_AXES: [(&str, [Stat; 3]); 2] =
    [("interactivity", [Stat::P50, Stat::Mean, Stat::P95]), ("ttft", [Stat::P95, Stat::P50, Stat::Mean])];

/// What the plot can show, and what it shows.
pub(crate) struct ChartChoice {
    /// Against which figure; `None` for bars.
    against: Option<Axis>,
    offered: Vec<(&'static str, Axis)>,
}

/// The plot asked for, or the first that the data have.
pub(crate) fn choice(table: &Table, rows: &[usize], state: &ViewState) -> ChartChoice {
    let present = |axis: &Axis| rows.iter().any(|row| values::value(table, axis, *row).is_some());
    let axis = |(metric, stats): &(&'static str, [Stat; 3])| {
        let stats = state.stat.into_iter().chain(*stats);
        let axis = stats.map(|stat| Axis::Figure { metric: (*metric).to_owned(), stat }).find(|axis| present(axis))?;
        Some((*metric, axis))
    };
    let load = Some(("load", Axis::Load(LoadKind::Concurrency))).filter(|(_, axis)| present(axis));
    let offered: Vec<(&str, Axis)> = LATENCY_AXES.iter().filter_map(axis).chain(load).collect();
    let asked = state.option(CHART);
    let chosen = offered.iter().find(|(key, _)| asked == Some(key)).or_else(|| offered.first());
    let against = chosen.filter(|_| asked != Some(BARS_KEY)).map(|(_, axis)| axis.clone());
    ChartChoice { against, offered }
}

impl ChartChoice {
    /// The control that chooses it.
    pub(crate) fn control(&self) -> Control {
        let lines = self.offered.iter().map(|(key, axis)| Choice::new(key, &format!("vs {}", axes::name(axis)), "all loads"));
        let chosen = self.offered.iter().find(|(_, axis)| Some(axis) == self.against.as_ref());
        Control {
            key: CHART.to_owned(),
            label: "Chart".to_owned(),
            help: "All loads within the SLO as lines, or the best load per configuration as bars".to_owned(),
            values: vec![chosen.map_or(BARS_KEY, |(key, _)| key).to_owned()],
            entry: Entry::Select(lines.chain([Choice::new(BARS_KEY, "bars", "best load per configuration")]).collect()),
        }
    }
}

/// A configuration with the figure that is drawn.
pub(crate) struct Planned<'a> {
    /// The configuration.
    pub of: &'a Operating,
    /// The rows behind its best.
    pub best: Vec<usize>,
    /// The figure of these.
    pub value: f64,
    /// The figure of each row that complies and has it.
    pub values: Vec<(usize, f64)>,
}

/// What the figure is.
pub(crate) struct Figure {
    /// Its name.
    pub title: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Whether more is better.
    pub higher: bool,
    /// Which loads are drawn, in words.
    pub loads: &'static str,
}

/// The loads of a ranking.
pub(crate) const WITHIN_SLO: &str = "every load within the SLO; repeats averaged";
/// What is drawn where no configuration can be ranked.
pub(crate) const THROUGHPUT: Figure = Figure {
    title: "Output throughput",
    unit: "tok/s",
    higher: true,
    loads: "the output throughput of every load, without limits, as no configuration can be ranked yet; repeats averaged",
};

/// The output throughput of every configuration that has any, at all of its loads.
pub(crate) fn throughput<'a>(table: &Table, configurations: &'a [Operating]) -> Vec<Planned<'a>> {
    let output = table.figures("output_tps", Stat::Mean);
    let one = |of: &'a Operating| {
        let value = |row: &usize| Some((*row, output?.get(*row).filter(|rate| *rate > 0.0)?));
        let values: Vec<(usize, f64)> = of.rows.iter().filter_map(value).collect();
        let (best, value) = values.iter().copied().reduce(|best, other| if other.1 > best.1 { other } else { best })?;
        Some(Planned { of, best: vec![best], value, values })
    };
    let mut planned: Vec<Planned<'a>> = configurations.iter().filter_map(one).collect();
    planned.order_by(|a, b| b.value.total_cmp(&a.value));
    planned
}

/// The plot and the rows behind its points.
#[derive(Default)]
pub(crate) struct Plot {
    /// The panel, if there is anything to draw.
    pub panels: Vec<Panel>,
    /// Rows by panel, series and point.
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
    /// The lines.
    pub legend: Vec<LegendEntry>,
    /// What is not drawn.
    pub note: Option<String>,
}

/// An axis that the reader cannot choose.
fn axis(title: &str, unit: &str, better: Option<bool>, values: impl Iterator<Item = f64>) -> AxisModel {
    AxisModel { range: extent(values), ..AxisModel::own(title, unit, better) }
}

/// The axis of a curve, logarithmic where its values are far apart.
fn by_range(axis: AxisModel) -> AxisModel {
    AxisModel { log: axis.range.is_some_and(AxisModel::is_wide), ..axis }
}

/// Draws what was asked for, the best configurations first.
pub(crate) fn draw(
    context: &mut Context<'_>,
    state: &mut ViewState,
    by: &[&str],
    ranked: &[Planned<'_>],
    figure: &Figure,
    asked: &ChartChoice,
) -> Plot {
    match &asked.against {
        _ if ranked.is_empty() => Plot::default(),
        None => bars(context, ranked, figure),
        Some(x) => curves(context, state, by, ranked, figure, x),
    }
}

fn bars(context: &Context<'_>, ranked: &[Planned<'_>], figure: &Figure) -> Plot {
    let drawn: Vec<&Planned<'_>> = ranked.iter().take(BARS).collect();
    let load = |one: &Planned<'_>| one.best.first().and_then(|row| context.table.load()?.get(*row));
    let point = |(at, one): (usize, &&Planned<'_>)| Point { x: one.value, y: at as f64, load: load(one), over_limit: false };
    let points: Points = drawn.iter().enumerate().map(point).collect();
    let mut y = axis("Configuration", "", None, (0..drawn.len()).map(|at| at as f64));
    y.ticks = Some(drawn.iter().map(|one| one.of.group.label.clone()).collect());
    let chart = ChartModel {
        x: axis(figure.title, figure.unit, Some(figure.higher), points.iter().map(|point| point.x)),
        y,
        series: vec![Series {
            id: "best".to_owned(),
            label: figure.title.to_owned(),
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Bars(points),
        }],
        ..ChartModel::default()
    };
    let note = (ranked.len() > BARS).then(|| format!("Chart shows the best {BARS} of {} configurations.", ranked.len()));
    Plot {
        panels: vec![Panel { title: String::new(), chart }],
        points: vec![vec![drawn.iter().map(|one| one.best.clone()).collect()]],
        legend: Vec::new(),
        note,
    }
}

fn curves(
    context: &mut Context<'_>,
    state: &mut ViewState,
    by: &[&str],
    ranked: &[Planned<'_>],
    figure: &Figure,
    x: &Axis,
) -> Plot {
    let table = context.table;
    let groups = ranked.iter().map(|one| {
        let drawn = one.values.iter().map(|(row, _)| *row).filter(|row| values::value(table, x, *row).is_some());
        Group { id: one.of.group.id.clone(), label: one.of.group.label.clone(), rows: drawn.collect() }
    });
    let groups: Vec<Group> = groups.collect();
    let mut notes = Vec::new();
    // Of a ranking, the best.
    let shown: Vec<&Group> = match state.shown {
        Shown::Few => groups.iter().filter(|group| !group.rows.is_empty()).take(FEW).collect(),
        _ => lines::choose(&groups, state, &mut notes),
    };
    let styles = lines::styles(context, by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);
    let load = |row: usize| table.load().and_then(|load| load.get(row));
    let mut series = Vec::new();
    let mut behind: Vec<Vec<Vec<usize>>> = Vec::new();
    for (group, style) in shown.iter().zip(&styles) {
        let Some(one) = ranked.iter().find(|one| one.of.group.id == group.id) else { continue };
        let values: FxHashMap<usize, f64> = one.values.iter().copied().collect();
        let levels = curve::levels(&group.rows, load, |row| values::value(table, x, row), |row| values.get(&row).copied());
        let levels: Vec<curve::Level> = levels.into_iter().take(series::MAX_POINTS).collect();
        let point = |level: &curve::Level| Point { x: level.x, y: level.y, load: level.load, over_limit: false };
        let mark = Mark::Curve(levels.iter().map(point).collect());
        series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark });
        behind.push(levels.into_iter().map(|level| level.rows).collect());
    }
    let limits = state.slo.iter().filter(|limit| limit.of == *x);
    let rules = limits.map(|limit| Rule {
        upright: true,
        at: limit.bound,
        label: format!("limit {}", number::measure(limit.bound, axes::unit(&limit.of))),
    });
    let chart = ChartModel {
        x: by_range(axis(&axes::name(x), axes::unit(x), axes::better(x), series.iter().flat_map(Series::x))),
        y: by_range(axis(figure.title, figure.unit, Some(figure.higher), series.iter().flat_map(Series::y))),
        label_points: matches!(x, Axis::Figure { .. }) && behind.iter().map(Vec::len).sum::<usize>() <= MAX_LABELLED,
        rules: rules.collect(),
        series,
        ..ChartModel::default()
    };
    notes.push(format!("Chart shows {}.", figure.loads));
    Plot { panels: vec![Panel { title: String::new(), chart }], points: vec![behind], legend, note: Some(notes.join(" ")) }
}
