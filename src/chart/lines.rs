//! Lines through points: curves, frontiers and baselines.

use charming::element::{ItemStyle, LineStyle};
use charming::series::Line;
use serde_json::json;

use super::{Layer, Scene, dots, symbol};
use crate::view_model::{Points, Series};

/// Number of points per curve above which symbols are small, to avoid overlap.
const LONG: usize = 100;

/// A coloured line with or without symbols.
pub(super) fn line(series: &Series, points: usize, colour: &str, scene: &Scene<'_>, show_points: bool) -> Line {
    Line::new()
        .id(series.id.as_str())
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        // Small symbols vanish in the line but show a point isolated between gaps.
        .symbol_size(if points > LONG { 2.5 } else { 7.0 })
        .show_symbol(show_points && (!scene.crowded || points == 1))
        .connect_nulls(false)
        .line_style(LineStyle::new().color(colour).width(1.75))
        .item_style(ItemStyle::new().color(colour))
        .label(dots::load_label(scene.theme))
}

/// A curve.
pub(super) fn curve<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    let line = line(series, points.len(), scene.theme.colour(series.style), scene, true);
    Layer::of_points(series, points, scene, line, json!({"lineStyle": {"type": scene.theme.dash(series.style)}}))
}

/// A frontier.
pub(super) fn step<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    // Between two frontier points, only the value of the one nearer the worse end of x is attainable.
    let step = if scene.model.x.better == Some(true) { "start" } else { "end" };
    // The dominated area is towards the worse end of y.
    let origin = if scene.model.y.better == Some(false) { "end" } else { "start" };
    let line = line(series, points.len(), scene.theme.colour(series.style), scene, false);
    let own = json!({"step": step, "areaStyle": {"opacity": 0.06, "origin": origin}, "z": 1});
    Layer::of_points(series, points, scene, line, own)
}

/// A baseline.
pub(super) fn baseline<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    let line = line(series, points.len(), scene.theme.muted.as_str(), scene, true);
    Layer::of_points(series, points, scene, line, json!({"lineStyle": {"width": 4, "opacity": 0.5}, "z": 1}))
}
