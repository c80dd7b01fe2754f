//! Durations of ten seconds and more are drawn in seconds, those of two days and more in days: the model, its zoom and its links
//! stay in the catalogue's unit.

use crate::catalog::number::LONG_MS;
use crate::view_model::{AxisModel, ChartModel, Panel, Zoom, extent_x, extent_y};

/// Seconds of a day, and from how many on days are drawn.
const DAY: f64 = 86_400.0;
const DAYS: f64 = 2.0 * DAY;

/// The unit in which each axis, x and y, is drawn and by what its values are multiplied; `None` where it is its own.
pub fn drawn_units(model: &ChartModel) -> [Option<(&'static str, f64)>; 2] {
    let unit = |axis: &AxisModel, at: usize| {
        let extent = |series| if at == 0 { extent_x(series) } else { extent_y(series) };
        let highest = || axis.range.or_else(|| extent(&model.series)).map(|[_, high]| high);
        match axis.unit.as_str() {
            _ if axis.ticks.is_some() => None,
            "ms" if highest()? >= LONG_MS => Some(("s", 1e-3)),
            "s" if highest()? >= DAYS => Some(("d", 1.0 / DAY)),
            _ => None,
        }
    };
    [unit(&model.x, 0), unit(&model.y, 1)]
}

/// By what the values of each axis, x and y, are multiplied before they are drawn: see [`drawn_units`].
pub fn scales(model: &ChartModel) -> [f64; 2] {
    drawn_units(model).map(|drawn| drawn.map_or(1.0, |(_, by)| by))
}

/// A panel as it is drawn, with [`scales`] applied.
#[must_use]
pub fn scaled(mut panel: Panel) -> Panel {
    let units = drawn_units(&panel.chart);
    if units == [None; 2] {
        return panel;
    }
    let by = scales(&panel.chart);
    let chart = &mut panel.chart;
    for (axis, (unit, by)) in [&mut chart.x, &mut chart.y].into_iter().zip(units).filter_map(|(axis, drawn)| Some((axis, drawn?)))
    {
        unit.clone_into(&mut axis.unit);
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
    fn from_two_days_on_seconds_are_days() {
        let drawn = scaled(panel("s", 40.0 * 86_400.0));
        assert_eq!(drawn.chart.y.unit, "d");
        let highest = drawn.chart.series[0].points().map(|point| point.y).last();
        assert!(highest.is_some_and(|days| (days - 40.0).abs() < 1e-9), "{highest:?}");
        assert_eq!(scaled(panel("s", 3_600.0)), panel("s", 3_600.0));
    }

    #[test]
    fn a_zoom_goes_to_the_picture_and_back() {
        let by = scales(&panel("ms", 35_012.0).chart);
        assert_eq!(by, [1.0, 1e-3]);
        let zoom = Zoom { x: [1.0, 8.0], y: [500.0, 20_000.0] };
        assert_eq!(zoomed(zoom, by), Zoom { x: [1.0, 8.0], y: [0.5, 20.0] });
    }
}
