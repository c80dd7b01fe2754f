//! Details of one point: identity, metrics, origins and definitions.

use super::row_table;
use crate::catalog::{defaults, dimensions, metrics, number};
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::Axis;
use crate::table::Table;
use crate::view_model::PointCard;

/// Details of the point that averages these rows: identity, all metrics, and origins.
pub fn point_card(table: &Table, title: &str, rows: &[usize], axes: &[Axis]) -> PointCard {
    let mut identity = Vec::new();
    for key in table.dimension_keys() {
        let Some(column) = table.dimension(key) else { continue };
        let mut values: Vec<&str> = rows.iter().filter_map(|row| column.text(*row)).collect();
        values.dedup();
        if key != "path" && !values.is_empty() {
            identity.push((key.to_owned(), dimensions::label(key).to_owned(), values.join(", ")));
        }
    }
    let plotted = |metric: &str, stat: Stat| axes.contains(&Axis::Figure { metric: metric.to_owned(), stat });
    let mut keys = table.figure_keys();
    // After the plotted ones, those by which runs are judged.
    let judged = |metric: &str, stat: Stat| {
        let place = defaults::KPIS.iter().position(|(kpi, stats)| *kpi == metric && stats.contains(&stat));
        place.unwrap_or(defaults::KPIS.len())
    };
    let preferred = |metric: &str, stat: Stat| {
        let stats = defaults::KPIS.iter().find(|(kpi, _)| *kpi == metric).map_or(&[][..], |(_, stats)| stats);
        stats.iter().position(|other| *other == stat)
    };
    keys.order_by_key(|(metric, stat)| {
        (!plotted(metric, *stat), preferred(metric, *stat).unwrap_or(usize::MAX), judged(metric, *stat))
    });
    let mut figures = Vec::new();
    // A published result has its unit in its row, and is never averaged.
    let published = table.kind() == Kind::Submission;
    let unit = table.dimension("unit").zip(rows.first()).and_then(|(column, row)| column.text(*row)).filter(|_| published);
    for (metric, stat) in keys {
        let Some(column) = table.figures(metric, stat) else { continue };
        let values: Vec<f64> = rows.iter().filter_map(|row| column.get(*row)).collect();
        if values.is_empty() || (published && values.len() > 1) {
            continue;
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let value = match unit.filter(|_| number::unit(metric).is_empty()) {
            Some(unit) => format!("{} {unit}", number::short(mean)),
            None => number::with_unit(metric, mean),
        };
        figures.push((metrics::title(metric, stat, table.kind()), value, number::exact(mean)));
    }
    let origins = rows.iter().map(|row| row_table::origin(table, *row)).collect();
    let definitions = axes.iter().filter_map(|axis| definition(axis, table.kind())).collect();
    PointCard { title: title.to_owned(), identity, figures, origins, definitions, steps: Vec::new() }
}

/// The definition of an axis' metric, with the formula of derived metrics.
fn definition(axis: &Axis, kind: Kind) -> Option<String> {
    let Axis::Figure { metric, stat } = axis else { return None };
    let row = metrics::metric(metric)?;
    let formula = row.derive.as_ref().map(|derive| format!(" Computed if missing from the file: {}.", derive.formula));
    Some(format!("{}: {}{}", metrics::title(metric, *stat, kind), row.definition, formula.unwrap_or_default()))
}
