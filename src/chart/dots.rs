//! Points that nothing joins.

use std::borrow::Cow;

use charming::element::{ItemStyle, Label, LabelPosition};
use charming::series::Scatter;
use serde_json::{Value, json};

use super::{Layer, Scene, Theme, symbol};
use crate::view_model::{Point, Points, Series};

/// The load label of a point, if the chart labels points.
pub(super) fn load_label(theme: &Theme) -> Label {
    Label::new().position(LabelPosition::Top).color(theme.muted.as_str()).font_size(11)
}

/// Unconnected points.
pub(super) fn dots<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    drawn(series, points, scene, json!({}))
}

/// The same, faint.
pub(super) fn faint<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    drawn(series, points, scene, json!({"itemStyle": {"opacity": 0.3}}))
}

fn drawn<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>, own: Value) -> Layer<'m> {
    let (size, opacity) = if scene.crowded { (3.0, 0.6) } else { (7.0, 1.0) };
    let scatter = Scatter::new()
        .id(series.id.as_str())
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        .symbol_size(size)
        .item_style(ItemStyle::new().color(scene.theme.colour(series.style)).opacity(opacity))
        .label(load_label(scene.theme));
    Layer::of_points(series, points, scene, scatter, own)
}

/// Points over the error limit, whatever their mark: the symbol again, filled with the background.
pub(super) fn hollow<'m>(series: &Series, theme: &Theme) -> Option<Layer<'m>> {
    let over_limit: Points = series.points().filter(|point: &Point| point.over_limit).collect();
    if over_limit.is_empty() {
        return None;
    }
    let style = ItemStyle::new().color(theme.background.as_str()).border_color(theme.colour(series.style)).border_width(1.75);
    let scatter = Scatter::new()
        .id(format!("{}!", series.id))
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        .symbol_size(8.0)
        .item_style(style);
    Some(Layer {
        series: scatter.into(),
        patch: json!({"dimensions": Points::DIMENSIONS, "encode": {"x": 0, "y": 1}, "clip": true, "silent": true}),
        column: Cow::Owned(over_limit.numbers().to_vec()),
    })
}
