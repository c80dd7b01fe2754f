//! The picture of cost: dollars per million output tokens over what a user sees, every compliant level of a configuration
//! one line; or the best of each as bars.

use super::super::drawing;
use super::super::identity::{self, Group};
use super::super::lines;
use super::super::model::{AxisModel, ChartModel, LegendEntry, Mark, Panel, STRIDE, Series, Style};
use super::super::operating::Naming;
use super::super::parts::{Choice, Control, Entry};
use super::super::{Context, axes};
use super::CHART;
use super::rank::{self, Priced};
use crate::analysis::curve;
use crate::record::Stat;
use crate::state::{Axis, Shown, ViewState};
use crate::table::Table;

/// Bars drawn.
const BARS: usize = 30;
/// Lines drawn before anybody asks for more.
const FEW: usize = 8;
const BARS_KEY: &str = "bars";
/// What lines can stand against, with the statistics in the order in which they are looked for.
const AGAINST: [(&str, [Stat; 3]); 2] =
    [("interactivity", [Stat::P50, Stat::Mean, Stat::P95]), ("ttft", [Stat::P95, Stat::P50, Stat::Mean])];

/// What the picture can show, and what it shows.
pub(super) struct Asked {
    /// Against which figure; `None` for bars.
    against: Option<Axis>,
    offered: Vec<(&'static str, Axis)>,
}

/// The picture asked for, or the first that the data have.
pub(super) fn choice(table: &Table, rows: &[usize], state: &ViewState) -> Asked {
    let present = |axis: &Axis| rows.iter().any(|row| identity::value(table, axis, *row).is_some());
    let axis = |(metric, stats): &(&'static str, [Stat; 3])| {
        let stats = state.stat.into_iter().chain(*stats);
        let axis = stats.map(|stat| Axis::Figure { metric: (*metric).to_owned(), stat }).find(|axis| present(axis))?;
        Some((*metric, axis))
    };
    let offered: Vec<(&str, Axis)> = AGAINST.iter().filter_map(axis).collect();
    let asked = state.option(CHART);
    let chosen = offered.iter().find(|(key, _)| asked == Some(key)).or_else(|| offered.first());
    let against = chosen.filter(|_| asked != Some(BARS_KEY)).map(|(_, axis)| axis.clone());
    Asked { against, offered }
}

impl Asked {
    /// The control that chooses it.
    pub(super) fn control(&self) -> Control {
        let lines =
            self.offered.iter().map(|(key, axis)| Choice::new(key, &format!("against {}", axes::name(axis)), "all levels"));
        let chosen = self.offered.iter().find(|(_, axis)| Some(axis) == self.against.as_ref());
        Control {
            key: CHART.to_owned(),
            label: "Chart".to_owned(),
            help: "Every compliant level of each configuration, or the best of each as bars".to_owned(),
            values: vec![chosen.map_or(BARS_KEY, |(key, _)| key).to_owned()],
            entry: Entry::One(lines.chain([Choice::new(BARS_KEY, "bars", "the best level of each")]).collect()),
        }
    }
}

/// The picture and the rows behind its points.
#[derive(Default)]
pub(super) struct Picture {
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
    let range = values.filter(|value| value.is_finite()).fold(None, |range: Option<[f64; 2]>, value| {
        Some(range.map_or([value; 2], |[low, high]| [low.min(value), high.max(value)]))
    });
    AxisModel {
        key: String::new(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        better,
        log: false,
        range,
        zoomed: false,
        ticks: None,
    }
}

/// Draws what was asked for.
pub(super) fn draw(
    context: &mut Context<'_>,
    state: &mut ViewState,
    by: &[&str],
    ranked: &[Priced<'_>],
    naming: &Naming<'_>,
    asked: &Asked,
) -> Picture {
    match &asked.against {
        _ if ranked.is_empty() => Picture::default(),
        None => bars(context, ranked, naming),
        Some(x) => curves(context, state, by, ranked, x),
    }
}

fn bars(context: &Context<'_>, ranked: &[Priced<'_>], naming: &Naming<'_>) -> Picture {
    let drawn: Vec<&Priced<'_>> = ranked.iter().take(BARS).collect();
    let load = |row: usize| context.table.load().and_then(|load| load.get(row)).unwrap_or(f64::NAN);
    let point = |(at, one): (usize, &&Priced<'_>)| [one.usd, at as f64, load(one.row), 0.0];
    let points: Vec<f64> = drawn.iter().enumerate().flat_map(point).collect();
    let mut y = axis("Configuration", "", None, (0..drawn.len()).map(|at| at as f64));
    y.ticks = Some(drawn.iter().map(|one| naming.line(one.row)).collect());
    let chart = ChartModel {
        x: axis("Cost of 1M output tokens", "$", Some(false), points.iter().step_by(STRIDE).copied()),
        y,
        series: vec![Series {
            id: "cost".to_owned(),
            label: "$ per 1M output tokens".to_owned(),
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Bars,
            points,
        }],
        label_points: false,
        rules: Vec::new(),
    };
    let note = (ranked.len() > BARS).then(|| format!("The {BARS} cheapest of {} configurations are drawn.", ranked.len()));
    Picture {
        panels: vec![Panel { title: String::new(), chart }],
        points: vec![vec![drawn.iter().map(|one| vec![one.row]).collect()]],
        legend: Vec::new(),
        note,
    }
}

fn curves(context: &mut Context<'_>, state: &mut ViewState, by: &[&str], ranked: &[Priced<'_>], x: &Axis) -> Picture {
    let table = context.table;
    let cost = |price, row| rank::of_row(table, row, price).map(|(.., usd)| usd);
    let groups = ranked.iter().map(|one| {
        let drawn = |row: &usize| identity::value(table, x, *row).is_some() && cost(one.price, *row).is_some();
        let rows = one.of.group.rows.iter().copied().filter(drawn).collect();
        Group { id: one.of.group.id.clone(), label: one.of.group.label.clone(), rows }
    });
    let groups: Vec<Group> = groups.collect();
    let mut said = Vec::new();
    // Of the ranking, the cheapest.
    let shown: Vec<&Group> = match state.shown {
        Shown::Few => groups.iter().filter(|group| !group.rows.is_empty()).take(FEW).collect(),
        _ => lines::choose(&groups, state, &mut said),
    };
    let styles = lines::styles(context, by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);
    let load = |row: usize| table.load().and_then(|load| load.get(row));
    let mut series = Vec::new();
    let mut behind = Vec::new();
    for (group, style) in shown.iter().zip(&styles) {
        let Some(one) = ranked.iter().find(|one| one.of.group.id == group.id) else { continue };
        let levels = curve::levels(&group.rows, load, |row| identity::value(table, x, row), |row| cost(one.price, row));
        let levels: Vec<curve::Level> = levels.into_iter().take(drawing::MAX_POINTS).collect();
        let points = levels.iter().flat_map(|level| [level.x, level.y, level.load.unwrap_or(f64::NAN), 0.0]).collect();
        series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark: Mark::Curve, points });
        behind.push(levels.into_iter().map(|level| level.rows).collect());
    }
    let values =
        |offset: usize| series.iter().flat_map(move |one: &Series| one.points.iter().skip(offset).step_by(STRIDE).copied());
    let limits = state.slo.iter().filter(|limit| limit.of == *x);
    let rules = limits.map(|limit| super::super::model::Rule {
        upright: true,
        at: limit.bound,
        label: format!("limit {}", crate::catalog::number::short(limit.bound)),
    });
    let chart = ChartModel {
        x: axis(&axes::name(x), axes::unit(x), axes::better(x), values(0)),
        y: axis("Cost of 1M output tokens", "$", Some(false), values(1)),
        label_points: true,
        rules: rules.collect(),
        series,
    };
    said.push(
        "The chart has every level that complies, repeats averaged; the ranking has the best single measurement.".to_owned(),
    );
    Picture { panels: vec![Panel { title: String::new(), chart }], points: vec![behind], legend, note: Some(said.join(" ")) }
}
