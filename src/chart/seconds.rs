//! Durations of ten seconds and more are drawn in seconds: the model, its zoom and its links stay in milliseconds.

use crate::catalog::number::LONG_MS;
use crate::view_model::{AxisModel, ChartModel, Panel, Zoom, extent_x, extent_y};

/// By what the values of each axis, x and y, are multiplied before they are drawn: 1, or a thousandth where milliseconds are
/// drawn as seconds.
pub fn scales(model: &ChartModel) -> [f64; 2] {
    let long = |axis: &AxisModel, at: usize| {
        let extent = |series| if at == 0 { extent_x(series) } else { extent_y(series) };
        let is_duration = axis.unit == "ms" && axis.ticks.is_none();
        is_duration && axis.range.or_else(|| extent(&model.series)).is_some_and(|[_, high]| high >= LONG_MS)
    };
    [long(&model.x, 0), long(&model.y, 1)].map(|long| if long { 1e-3 } else { 1.0 })
}

/// A panel as it is drawn, with [`scales`] applied.
#[must_use]
pub fn scaled(mut panel: Panel) -> Panel {
    let by = scales(&panel.chart);
    if by == [1.0; 2] {
        return panel;
    }
    let chart = &mut panel.chart;
    for (axis, by) in [&mut chart.x, &mut chart.y].into_iter().zip(by).filter(|(_, by)| *by < 1.0) {
        axis.unit = "s".to_owned();
        axis.range = axis.range.map(|range| range.map(|end| end * by));
    }
    chart.series.iter_mut().for_each(|series| series.mark.scale(by));
    for rule in &mut chart.rules {
        rule.at *= if rule.upright { by[0] } else { by[1] };
    }
    panel
}

/// A zoomed window, multiplied along each axis.
pub fn zoomed(zoom: Zoom, by: [f64; 2]) -> Zoom {
    Zoom { x: zoom.x.map(|end| end * by[0]), y: zoom.y.map(|end| end * by[1]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::{Mark, Rule, Series, Style};

    fn panel(unit: &str, highest: f64) -> Panel {
        let line = Series {
            id: "a".to_owned(),
            label: "a".to_owned(),
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Curve([(1.0, 250.0), (64.0, highest)].into_iter().collect()),
        };
        let mut chart = ChartModel { series: vec![line], ..ChartModel::default() };
        chart.y.unit = unit.to_owned();
        chart.rules = vec![Rule { upright: false, at: 2000.0, label: "limit".to_owned() }];
        Panel { title: String::new(), chart }
    }

    #[test]
    fn from_ten_seconds_on_an_axis_is_in_seconds() {
        let drawn = scaled(panel("ms", 35_012.0));
        assert_eq!(drawn.chart.y.unit, "s");
        let points: Vec<(f64, f64)> = drawn.chart.series[0].points().map(|point| (point.x, point.y)).collect();
        assert_eq!(points, [(1.0, 0.25), (64.0, 35.012)], "x is no duration");
        assert_eq!(drawn.chart.rules[0].at, 2.0);
        for unlike in [panel("ms", 9_999.0), panel("tok/s", 35_012.0)] {
            assert_eq!(scaled(unlike.clone()), unlike);
        }
    }

    #[test]
    fn a_zoom_goes_to_the_picture_and_back() {
        let by = scales(&panel("ms", 35_012.0).chart);
        assert_eq!(by, [1.0, 1e-3]);
        let zoom = Zoom { x: [1.0, 8.0], y: [500.0, 20_000.0] };
        assert_eq!(zoomed(zoom, by), Zoom { x: [1.0, 8.0], y: [0.5, 20.0] });
    }
}
