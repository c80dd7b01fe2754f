//! Axes: choices, names and defaults.

use std::cmp::Reverse;

use super::values::Values;
use crate::catalog::{Better, Order, defaults, dimensions, metrics, number};
use crate::record::{Kind, LoadKind, Stat};
use crate::state::link::axis_text;
use crate::state::{Axis, Limit, ViewState};
use crate::table::Table;
use crate::view_model::{AxisChoice, AxisModel, ChartModel, Panel, Rule};

/// Metrics that are times of day or offsets: not useful on y.
const CLOCKS: [&str; 2] = ["time", "elapsed"];

/// Resolves unset axes from the data, and replaces axes without data.
pub(crate) fn resolve(table: &Table, kind: Kind, rows: &[usize], state: &mut ViewState, notes: &mut Vec<String>) -> (Axis, Axis) {
    let present = |axis: &Axis| Values::of(table, axis).map_or(0, |values| values.present(rows));
    let figure = |(metric, stat): &(&str, Stat)| Axis::Figure { metric: (*metric).to_owned(), stat: *stat };
    let lacks = |axis: &Axis| match axis {
        Axis::Load(_) => false,
        Axis::Figure { metric, stat } => table.figures(metric, *stat).is_none() && table.dimension(metric).is_none(),
    };
    let known = |axis: &Option<Axis>| axis.clone().filter(|axis| table.rows() == 0 || !lacks(axis));
    let (x, y) = (known(&state.x), known(&state.y));
    if let (Some(asked), None) = (&state.y, &y) {
        notes.push(format!("No loaded file has {}. Showing the metric with the most data instead.", name_of(asked, kind)));
    }
    let (usual_x, usual_y) = defaults::axes(kind);
    let y = y.unwrap_or_else(|| {
        // Of the usual ones the first, unless another shows more than twice as many rows.
        let most = usual_y.iter().map(|key| present(&figure(key))).max().unwrap_or(0);
        let usual = usual_y.iter().map(figure).find(|axis| present(axis) > 0 && 2 * present(axis) >= most);
        let figures = table.figure_keys().into_iter().filter(|(metric, _)| !CLOCKS.contains(metric));
        // The first in catalogue order on ties.
        let best = || figures.map(|key| figure(&key)).min_by_key(|axis| Reverse(present(axis)));
        let nothing = || Axis::Figure { metric: "output_tps".to_owned(), stat: Stat::Mean };
        usual.or_else(best).unwrap_or_else(nothing)
    });
    if let (Some(asked), None) = (&state.x, &x) {
        notes.push(format!("No loaded file has {}. Showing the default axis instead.", name_of(asked, kind)));
    }
    let x = x.unwrap_or_else(|| {
        // Rows that have a value on the other axis are those that are drawn.
        let values = Values::of(table, &y);
        let drawn: Vec<usize> =
            rows.iter().copied().filter(|row| values.as_ref().is_some_and(|values| values.get(*row).is_some())).collect();
        let count = |kind: LoadKind| asked(table, if drawn.is_empty() { rows } else { &drawn }, kind);
        let load = [LoadKind::Concurrency, LoadKind::Rate].into_iter().min_by_key(|kind| Reverse(count(*kind)));
        let load = load.unwrap_or(LoadKind::Concurrency);
        let usual = usual_x.iter().map(figure).find(|axis| *axis != y && present(axis) > 0);
        let other = || {
            let figures = || table.figure_keys().into_iter().filter(|(key, _)| !metrics::is_instant(key));
            let others = || figures().map(|key| figure(&key)).filter(|axis| *axis != y && present(axis) > 0);
            // One that some row has beside the other axis, or else nothing would be drawn.
            let meets = |axis: &Axis| {
                let both = Values::of(table, axis).zip(Values::of(table, &y));
                both.is_some_and(|(a, b)| rows.iter().any(|row| a.get(*row).is_some() && b.get(*row).is_some()))
            };
            others().find(meets).or_else(|| others().next())
        };
        match usual {
            Some(usual) => usual,
            None if count(load) > 0 || (kind == Kind::Measurement && table.load().is_some_and(|load| load.present() > 0)) => {
                Axis::Load(load)
            }
            None => other().unwrap_or(Axis::Load(load)),
        }
    });
    (state.x, state.y) = (Some(x.clone()), Some(y.clone()));
    (x, y)
}

/// Gives panels the same axes, so that they compare at a glance: the ends of all of them, and a logarithmic scale if one
/// needs it and all can have it. `logs` are the scales that a person chose.
pub(crate) fn share(panels: &mut [Panel], logs: [Option<bool>; 2]) {
    let sides: [fn(&mut ChartModel) -> &mut AxisModel; 2] = [|chart| &mut chart.x, |chart| &mut chart.y];
    for (of, chosen) in sides.into_iter().zip(logs) {
        let axes: Vec<&mut AxisModel> = panels.iter_mut().map(|panel| of(&mut panel.chart)).collect();
        // Bars beside names have axes of their own.
        if axes.iter().any(|axis| axis.ticks.is_some()) {
            return;
        }
        let ends = axes.iter().filter_map(|axis| axis.range);
        let Some([low, high]) = ends.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]) else { continue };
        let log = chosen.unwrap_or(low > 0.0 && axes.iter().any(|axis| axis.log));
        // A linear axis begins at zero, as each would alone, and ends at two digits.
        let unit = 10_f64.powf(high.abs().log10().floor() - 1.0);
        let round = if unit.is_finite() && unit > 0.0 { (high / unit).ceil() * unit } else { high };
        let range = if log { [low, high] } else { [low.min(0.0), round] };
        for axis in axes {
            (axis.range, axis.log, axis.exact) = (Some(range), log, !log && range[0] < range[1]);
        }
    }
}

/// SLO limits on one of the axes, as lines across the plot.
pub(crate) fn limits(state: &ViewState, x: &Axis, y: &Axis) -> Vec<Rule> {
    let on_axis = |limit: &&Limit| limit.of == *x || limit.of == *y;
    let rule = |limit: &Limit| Rule {
        upright: limit.of == *x,
        at: limit.bound,
        label: format!("limit {}", number::measure(limit.bound, unit(&limit.of))),
    };
    state.slo.iter().filter(on_axis).map(rule).collect()
}

/// An axis' name for measurements.
pub(crate) fn name(axis: &Axis) -> String {
    name_of(axis, Kind::Measurement)
}

/// An axis' name for a kind of records.
pub(crate) fn name_of(axis: &Axis, kind: Kind) -> String {
    match axis {
        Axis::Load(LoadKind::Concurrency) => "Concurrency".to_owned(),
        Axis::Load(LoadKind::Rate) => "Request rate".to_owned(),
        Axis::Load(LoadKind::Max) => "Maximum load".to_owned(),
        Axis::Figure { metric, .. } if metrics::metric(metric).is_none() && dimensions::dimension(metric).is_some() => {
            dimensions::label(metric).to_owned()
        }
        Axis::Figure { metric, stat } => metrics::title(metric, *stat, kind),
    }
}

/// The unit of the plotted numbers.
pub(crate) fn unit(axis: &Axis) -> &str {
    match axis {
        Axis::Load(LoadKind::Rate) => "req/s",
        Axis::Load(LoadKind::Concurrency | LoadKind::Max) => "requests",
        Axis::Figure { metric, .. } => metrics::metric(metric).map_or("", |metric| metric.unit),
    }
}

/// Whether higher is better on an axis; `None` if neither.
pub(crate) fn better(axis: &Axis) -> Option<bool> {
    let Axis::Figure { metric, .. } = axis else { return None };
    match metrics::metric(metric)?.better {
        Better::Higher => Some(true),
        Better::Lower => Some(false),
        Better::Neutral => None,
    }
}

/// How many rows the default limit of an axis is estimated from.
const SAMPLED: usize = 5000;

/// The median rounded to three digits, as a readable default limit: over all rows, or evenly spaced ones of very many.
fn middle(rows: &[usize], value: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    let step = rows.len().div_ceil(SAMPLED).max(1);
    let mut values: Vec<f64> = rows.iter().step_by(step).filter_map(|row| value(*row)).collect();
    let at = values.len() / 2;
    (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1).map(|middle| {
        let digits = (2 - middle.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
        format!("{middle:.digits$}").parse().unwrap_or(middle)
    })
}

/// Number of rows with this kind of load, with or without a value.
fn asked(table: &Table, rows: &[usize], kind: LoadKind) -> usize {
    let kinds = table.dimension("load_kind");
    let Some((kinds, code)) = kinds.and_then(|kinds| Some((kinds, kinds.find(kind.key())?))) else { return 0 };
    rows.iter().filter(|row| kinds.code(**row) == Some(code)).count()
}

/// All choices of an axis: the kinds of load, then every metric.
pub(crate) fn choices(table: &Table, rows: &[usize]) -> Vec<AxisChoice> {
    table.memo().get(rows.to_vec(), |_| offered(table, rows)).to_vec()
}

fn offered(table: &Table, rows: &[usize]) -> Vec<AxisChoice> {
    let loads = [LoadKind::Concurrency, LoadKind::Rate].map(|kind| {
        let axis = Axis::Load(kind);
        let values = Values::of(table, &axis);
        AxisChoice {
            key: axis_text(&axis),
            label: name_of(&axis, table.kind()),
            unit: unit(&axis).to_owned(),
            group: "Load".to_owned(),
            help: "The requested load. offered load, users, QPS".to_owned(),
            present: asked(table, rows, kind),
            better: None,
            middle: middle(rows, |row| values.as_ref()?.get(row)),
        }
    });
    let figures = table.figure_keys().into_iter().filter(|(metric, _)| !metrics::is_instant(metric));
    let figures = figures.map(|(metric, stat)| {
        let axis = Axis::Figure { metric: metric.to_owned(), stat };
        let row = metrics::metric(metric);
        let column = table.figures(metric, stat);
        AxisChoice {
            key: axis_text(&axis),
            label: name_of(&axis, table.kind()),
            unit: unit(&axis).to_owned(),
            group: metrics::label(metric).to_owned(),
            help: row.map_or_else(String::new, |row| format!("{} {}", row.definition, row.aliases.join(", "))),
            present: column.map_or(0, |column| rows.iter().filter(|row| column.get(**row).is_some()).count()),
            better: better(&axis),
            middle: middle(rows, |row| column?.get(row)),
        }
    });
    let numbers = table.dimension_keys().into_iter().filter(|key| *key != "load");
    let numbers = numbers.filter(|key| dimensions::dimension(key).is_some_and(|row| row.order == Order::Number));
    let properties = numbers.map(|key| {
        let axis = Axis::Figure { metric: key.to_owned(), stat: Stat::Mean };
        AxisChoice {
            key: axis_text(&axis),
            label: name_of(&axis, table.kind()),
            unit: String::new(),
            group: "Properties".to_owned(),
            help: "A numeric property of the configuration.".to_owned(),
            present: Values::of(table, &axis).map_or(0, |values| values.present(rows)),
            better: None,
            middle: None,
        }
    });
    loads.into_iter().chain(figures).chain(properties).collect()
}
