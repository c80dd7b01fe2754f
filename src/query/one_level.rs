//! Measurements at one level of load: a curve of one point says nothing, a bar beside others does.

use crate::catalog::number;
use crate::sorting::Sorting;
use crate::view_model::{AxisModel, ChartModel, Mark, Point, Series, Style};

/// The order of the bars, from the top.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The highest first.
    Ranked,
    /// That of the lines.
    Given,
}

/// Whether all lines have one point, and all at the same load.
pub(crate) fn is_one_level(chart: &ChartModel) -> bool {
    let curve = |series: &Series| matches!(series.mark, Mark::Curve(_) | Mark::Baseline(_)) && series.points().count() == 1;
    let first = chart.series.first().and_then(|series| series.points().next()).map(|point| point.x);
    let there = |series: &Series| series.points().all(|point| Some(point.x) == first);
    !chart.series.is_empty() && chart.series.iter().all(|series| curve(series) && there(series))
}

/// Turns the points into bars beside the names of their lines. The axes change places.
pub(crate) fn turn(chart: &mut ChartModel, rows: &mut Vec<Vec<Vec<usize>>>, order: Order) {
    let load = chart.series.iter().flat_map(Series::points).map(|point| point.x).next().unwrap_or_default();
    let value = |series: &Series| series.points().map(|point| point.y).next().unwrap_or(f64::NAN);
    let mut lines: Vec<(Series, Vec<Vec<usize>>)> =
        std::mem::take(&mut chart.series).into_iter().zip(std::mem::take(rows)).collect();
    if order == Order::Ranked {
        lines.order_by(|(a, _), (b, _)| value(b).total_cmp(&value(a)));
    }
    let names: Vec<String> = lines.iter().map(|(series, _)| series.label.clone()).collect();
    for (at, (mut series, behind)) in lines.into_iter().enumerate() {
        let bars = series.points().map(|point| Point { x: point.y, y: at as f64, ..point }).collect();
        if matches!(series.mark, Mark::Baseline(_)) {
            series.style = Style::GREY;
        }
        series.mark = Mark::Bars(bars);
        chart.series.push(series);
        rows.push(behind);
    }
    let title = format!("{} {}", chart.x.title, number::short(load));
    let highest = chart.y.range.map_or(0.0, |[_, high]| high.max(0.0));
    let (x, y) = (std::mem::take(&mut chart.x), std::mem::take(&mut chart.y));
    chart.x = AxisModel { range: Some([0.0, highest]), log: false, zooms: false, ..y };
    chart.y = AxisModel { title, unit: String::new(), ticks: Some(names), log: false, zooms: false, range: None, ..x };
    chart.label_points = true;
    chart.rules.iter_mut().for_each(|rule| rule.upright = !rule.upright);
    // The load is one name among others now.
    chart.rules.retain(|rule| rule.upright);
}
