//! Areas: layers of a stack, bands, and shaded stretches of the axis.
//!
//! ECharts stacks point by point, along the first numeric dimension. Declaring x as a time makes it stack y instead
//! without other effects.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Layer, Scene, common, lines, patched_with};
use crate::view_model::{Points, Series, Shade};

/// Dimensions of which the first is x, declared as a time.
fn dimensions(others: &[&str]) -> Vec<Value> {
    std::iter::once(json!({"name": "x", "type": "time"})).chain(others.iter().map(|name| json!(name))).collect()
}

/// A stack layer.
pub(super) fn stack<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    let own = json!({
        "dimensions": dimensions(&Points::DIMENSIONS[1..]), "stack": "stack", "areaStyle": {"opacity": 0.55},
        "lineStyle": {"width": 1},
    });
    let line = lines::line(series, points.len(), scene.theme.colour(series.style), scene, false);
    Layer::of_points(series, points, scene, line, own)
}

/// A band: the lowest values, unseen; and on top of them, over all other series, an area as high as the band is thick.
pub(super) fn band<'m>(series: &Series, [x, low, high]: [&[f64]; 3], scene: &Scene<'_>) -> [Layer<'m>; 2] {
    let own = |opacity: f64| {
        json!({
            "dimensions": dimensions(&Points::DIMENSIONS[1..]), "encode": {"x": 0, "y": 1}, "clip": true, "stack": series.id,
            "areaStyle": {"opacity": opacity}, "lineStyle": {"opacity": 0}, "symbol": "none", "silent": true, "z": 1,
            "emphasis": {"disabled": true},
        })
    };
    let line = || lines::line(series, x.len(), scene.theme.colour(series.style), scene, false);
    // As wide as points: a stack keeps two dimensions of its own, and ECharts takes no fewer from each item of a typed array.
    let column = |y: &dyn Fn(usize) -> f64| (0..x.len()).flat_map(|i| [x[i], y(i), f64::NAN, 0.0]).collect();
    let lowest = column(&|i| low[i]);
    let thickness = column(&|i| high[i] - low[i]);
    [
        Layer { series: line().into(), patch: patched_with(common(false), own(0.0)), column: Cow::Owned(lowest) },
        Layer { series: line().id(format!("{}^", series.id)).into(), patch: own(0.18), column: Cow::Owned(thickness) },
    ]
}

/// A shaded or outlined range of x with its label.
pub(super) fn span<'m>(series: &Series, [from, to]: [f64; 2], shade: Shade, scene: &Scene<'_>) -> Layer<'m> {
    let theme = scene.theme;
    let filled = |opacity: f64| json!({"color": theme.text, "opacity": opacity});
    let look = match shade {
        Shade::Light => filled(0.07),
        Shade::Dark => filled(0.12),
        Shade::Outline => {
            json!({"color": "transparent", "borderColor": theme.muted, "borderType": "dashed", "borderWidth": 1, "opacity": 0.7})
        }
    };
    let own = json!({
        "silent": true,
        "emphasis": {"disabled": true},
        "markArea": {
            "silent": true,
            "itemStyle": look,
            "label": {"position": "insideTop", "color": theme.muted, "fontSize": 11},
            "data": [[{"xAxis": from, "name": series.label}, {"xAxis": to}]],
        },
    });
    let line = lines::line(series, 0, theme.colour(series.style), scene, false);
    Layer { series: line.into(), patch: patched_with(common(false), own), column: Cow::Borrowed(&[]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Medium, Theme, render};
    use crate::view_model::{AxisModel, ChartModel, Mark, Style};

    fn model(mark: Mark) -> ChartModel {
        let axis = || AxisModel::own("", "", None);
        let style = Style { colour: 0, shape: 0 };
        let series = vec![Series { id: "s".to_owned(), label: "concurrency 16".to_owned(), style, mark }];
        ChartModel { x: axis(), y: axis(), series, ..ChartModel::default() }
    }

    #[test]
    fn a_band_is_its_lowest_and_what_lies_on_it() {
        let model = model(Mark::band([[1.0, 2.0, 5.0], [2.0, 3.0, 3.0]]));
        let render = render(&model, None, &Theme::default(), Medium::Page);
        let columns: Vec<Vec<f64>> = render.columns.iter().map(|column| column.to_vec()).collect();
        let ends: Vec<Vec<[f64; 2]>> = columns
            .iter()
            .map(|column| column.chunks(Points::DIMENSIONS.len()).map(|point| [point[0], point[1]]).collect())
            .collect();
        assert_eq!(ends, [[[1.0, 2.0], [2.0, 3.0]], [[1.0, 3.0], [2.0, 0.0]]]);
        assert_eq!(render.option["series"][0]["stack"], render.option["series"][1]["stack"]);
    }

    #[test]
    fn a_span_has_its_ends_and_its_name() {
        let model = model(Mark::Span { from: 10.0, to: 20.0, shade: Shade::Light });
        let option = render(&model, None, &Theme::default(), Medium::Page).option;
        let area = &option["series"][0]["markArea"];
        assert_eq!(area["data"], json!([[{"xAxis": 10.0, "name": "concurrency 16"}, {"xAxis": 20.0}]]));
    }
}
