//! Areas: layers of a stack, bands, and shaded stretches of the axis.
//!
//! ECharts stacks point by point. Of two numeric dimensions it would stack the first, which is x: declared as a time, x is none
//! that it stacks, and nothing else changes.

use serde_json::{Value, json};

use super::Theme;
use crate::view_model::{STRIDE, Series};

/// The dimensions of a series that is stacked.
fn dimensions() -> Value {
    json!([{"name": "x", "type": "time"}, "y", "load", "failing"])
}

/// A layer of the stack.
pub(super) fn stack() -> Value {
    json!({"dimensions": dimensions(), "stack": "stack", "areaStyle": {"opacity": 0.55}, "lineStyle": {"width": 1}})
}

/// A band: the lowest values, unseen, or, on top of them, an area as high as the band is thick.
pub(super) fn band(series: &Series, thickness: bool) -> Value {
    let area = if thickness { json!({"opacity": 0.18}) } else { json!({"opacity": 0}) };
    json!({
        "dimensions": dimensions(), "encode": {"x": 0, "y": 1}, "clip": true, "stack": series.id, "areaStyle": area,
        "lineStyle": {"opacity": 0}, "symbol": "none", "silent": true, "z": 1, "emphasis": {"disabled": true},
    })
}

/// How thick a band is at each of its points.
pub(super) fn thickness(series: &Series) -> Vec<f64> {
    series.points.chunks_exact(STRIDE).flat_map(|point| [point[0], point[2] - point[1], f64::NAN, 0.0]).collect()
}

/// A shaded or outlined stretch of x with its label.
pub(super) fn span(series: &Series, theme: &Theme) -> Value {
    let mut ends = series.points.iter().step_by(STRIDE);
    let (Some(from), Some(to)) = (ends.next(), ends.next()) else { return json!({}) };
    let filled = |opacity: f64| json!({"color": theme.text, "opacity": opacity});
    let look = match series.style.shape {
        0 => filled(0.07),
        1 => filled(0.12),
        _ => {
            json!({"color": "transparent", "borderColor": theme.muted, "borderType": "dashed", "borderWidth": 1, "opacity": 0.7})
        }
    };
    json!({
        "silent": true,
        "emphasis": {"disabled": true},
        "markArea": {
            "silent": true,
            "itemStyle": look,
            "label": {"position": "insideTop", "color": theme.muted, "fontSize": 11},
            "data": [[{"xAxis": from, "name": series.label}, {"xAxis": to}]],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::{Mark, Style};

    fn series(mark: Mark, points: Vec<f64>) -> Series {
        Series { id: "s".to_owned(), label: "concurrency 16".to_owned(), style: Style { colour: 0, shape: 0 }, mark, points }
    }

    #[test]
    fn a_band_is_its_lowest_and_what_lies_on_it() {
        let band = series(Mark::Band, vec![1.0, 2.0, 5.0, 0.0, 2.0, 3.0, 3.0, 0.0]);
        let thickness: Vec<f64> = thickness(&band).chunks_exact(STRIDE).flat_map(|point| [point[0], point[1]]).collect();
        assert_eq!(thickness, [1.0, 3.0, 2.0, 0.0]);
        assert_eq!(self::band(&band, true)["stack"], self::band(&band, false)["stack"]);
    }

    #[test]
    fn a_span_has_its_ends_and_its_name() {
        let span =
            span(&series(Mark::Span, vec![10.0, f64::NAN, f64::NAN, 0.0, 20.0, f64::NAN, f64::NAN, 0.0]), &Theme::default());
        assert_eq!(span["markArea"]["data"], json!([[{"xAxis": 10.0, "name": "concurrency 16"}, {"xAxis": 20.0}]]));
    }
}
