//! Axes: what they can show, what they are called, and what they show when nobody has chosen.

use std::cmp::Reverse;

use super::identity;
use super::model::AxisChoice;
use crate::catalog::metrics;
use crate::record::{LoadKind, Stat};
use crate::state::link::axis_text;
use crate::state::{Axis, ViewState};
use crate::table::Table;

/// Figures for the y axis, the most telling first.
const PREFERRED: [(&str, Stat); 6] = [
    ("output_tps", Stat::Mean),
    ("total_tps", Stat::Mean),
    ("rps", Stat::Mean),
    ("ttft", Stat::P95),
    ("e2el", Stat::P50),
    ("itl", Stat::P50),
];

/// Decides the axes that were left to the data, and replaces those that the data cannot show.
pub(super) fn resolve(table: &Table, rows: &[usize], state: &mut ViewState, notes: &mut Vec<String>) -> (Axis, Axis) {
    let has = |axis: &Axis| rows.iter().any(|row| identity::value(table, axis, *row).is_some());
    let figure = |metric: &str, stat| Axis::Figure { metric: metric.to_owned(), stat };
    let y = state.y.clone().filter(
        |axis| !matches!(axis, Axis::Figure { metric, stat } if table.figures(metric, *stat).is_none() && table.rows() > 0),
    );
    if let (Some(asked), None) = (&state.y, &y) {
        notes.push(format!("No loaded file has {}: the best-populated figure is shown instead.", name(asked)));
    }
    let y = y.unwrap_or_else(|| {
        let preferred = PREFERRED.map(|(metric, stat)| figure(metric, stat));
        preferred.iter().find(|axis| has(axis)).unwrap_or(&preferred[0]).clone()
    });
    let x = state.x.clone().filter(
        |axis| !matches!(axis, Axis::Figure { metric, stat } if table.figures(metric, *stat).is_none() && table.rows() > 0),
    );
    if let (Some(asked), None) = (&state.x, &x) {
        notes.push(format!("No loaded file has {}: load is shown instead.", name(asked)));
    }
    let x = x.unwrap_or_else(|| {
        let count = |kind: LoadKind| rows.iter().filter(|row| table.load_kind(**row) == Some(kind)).count();
        let kind = [LoadKind::Concurrency, LoadKind::Rate].into_iter().min_by_key(|kind| Reverse(count(*kind)));
        Axis::Load(kind.unwrap_or(LoadKind::Concurrency))
    });
    (state.x, state.y) = (Some(x.clone()), Some(y.clone()));
    (x, y)
}

/// An axis' name.
pub(super) fn name(axis: &Axis) -> String {
    match axis {
        Axis::Load(LoadKind::Concurrency) => "Concurrency".to_owned(),
        Axis::Load(LoadKind::Rate) => "Request rate".to_owned(),
        Axis::Load(LoadKind::Max) => "Maximum load".to_owned(),
        Axis::Figure { metric, stat } => metrics::title(metric, *stat),
    }
}

/// The unit of the plotted numbers.
pub(super) fn unit(axis: &Axis) -> &str {
    match axis {
        Axis::Load(LoadKind::Rate) => "req/s",
        Axis::Load(LoadKind::Concurrency | LoadKind::Max) => "requests",
        Axis::Figure { metric, .. } => metrics::metric(metric).map_or("", |metric| metric.unit),
    }
}

/// Everything an axis can show: the kinds of load, then every figure.
pub(super) fn choices(table: &Table, rows: &[usize]) -> Vec<AxisChoice> {
    let loads = [LoadKind::Concurrency, LoadKind::Rate].map(|kind| {
        let axis = Axis::Load(kind);
        AxisChoice {
            key: axis_text(&axis),
            label: name(&axis),
            unit: unit(&axis).to_owned(),
            group: "Load".to_owned(),
            help: "The load that was asked for. offered load, users, QPS".to_owned(),
            present: rows.iter().filter(|row| table.load_kind(**row) == Some(kind)).count(),
        }
    });
    let figures = table.figure_keys().into_iter().map(|(metric, stat)| {
        let axis = Axis::Figure { metric: metric.to_owned(), stat };
        let row = metrics::metric(metric);
        let column = table.figures(metric, stat);
        AxisChoice {
            key: axis_text(&axis),
            label: name(&axis),
            unit: unit(&axis).to_owned(),
            group: metrics::label(metric).to_owned(),
            help: row.map_or_else(String::new, |row| format!("{} {}", row.definition, row.aliases.join(", "))),
            present: column.map_or(0, |column| rows.iter().filter(|row| column.get(**row).is_some()).count()),
        }
    });
    loads.into_iter().chain(figures).collect()
}
