//! Lines of groups: repeats averaged first, points over the error limit hollow.

use super::figure;
use crate::analysis::curve;
use crate::catalog::{Better, metrics};
use crate::query::groups::Group;
use crate::record::{Kind, Stat};
use crate::table::Table;
use crate::view_model::{AxisModel, ChartModel, Mark, Panel, Point, Points, Series, Style, extent_x, extent_y};

/// The metrics of the script's plots, and of its efficiency plot: metric and statistic.
pub(super) const FIGURES: [(&str, Stat); 6] = [
    ("tpot", Stat::P50),
    ("tpot", Stat::Mean),
    ("rps", Stat::Mean),
    ("ttft", Stat::Mean),
    ("output_tps", Stat::Mean),
    ("output_tps_per_gpu", Stat::Mean),
];

/// A number of a row.
pub(super) type RowValue<'a> = &'a dyn Fn(usize) -> Option<f64>;

/// Inputs of a chart besides its lines.
pub(super) struct Chart<'a> {
    pub table: &'a Table,
    pub title: String,
    pub x: AxisModel,
    pub y: AxisModel,
    pub label_points: bool,
    pub error_limit: f64,
    /// What the points are drawn as.
    pub mark: fn(Points) -> Mark,
}

/// A panel, and the rows behind its points.
pub(super) type PanelWithRows = (Panel, Vec<Vec<Vec<usize>>>);

/// Draws groups with the means of x and y at each position `at`; `None` if no group has a point.
pub(super) fn panel(
    chart: Chart<'_>,
    groups: &[&Group],
    styles: &[Style],
    at: RowValue<'_>,
    x: RowValue<'_>,
    y: RowValue<'_>,
) -> Option<PanelWithRows> {
    let failing = |row: &usize| figure(chart.table, "error_rate", Stat::Mean, *row).is_some_and(|rate| rate > chart.error_limit);
    let (mut series, mut point_rows) = (Vec::new(), Vec::new());
    for (group, style) in groups.iter().zip(styles) {
        let placed: Vec<usize> = group.rows.iter().copied().filter(|row| at(*row).is_some()).collect();
        let levels = curve::levels(&placed, at, x, y);
        if !levels.iter().any(|level| level.x.is_finite() && level.y.is_finite()) {
            continue;
        }
        let (mut points, mut rows) = (Points::with_capacity(levels.len()), Vec::with_capacity(levels.len()));
        for level in levels {
            let over_limit = level.rows.iter().any(failing);
            points.push(Point { x: level.x, y: level.y, load: level.load, over_limit });
            rows.push(level.rows);
        }
        series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark: (chart.mark)(points) });
        point_rows.push(rows);
    }
    let Chart { title, mut x, mut y, label_points, .. } = chart;
    (x.range, y.range) = (x.range.or_else(|| extent_x(&series)), y.range.or_else(|| extent_y(&series)));
    let chart = ChartModel { x, y, label_points, series, ..ChartModel::default() };
    (!point_rows.is_empty()).then_some((Panel { title, chart }, point_rows))
}

/// An axis of a statistic of a metric.
pub(super) fn axis(metric: &str, stat: Stat) -> AxisModel {
    let row = metrics::metric(metric);
    let better = row.and_then(|row| match row.better {
        Better::Higher => Some(true),
        Better::Lower => Some(false),
        Better::Neutral => None,
    });
    AxisModel::own(&metrics::title(metric, stat, Kind::Measurement), row.map_or("", |row| row.unit), better)
}
