//! A chart as JSON with its numbers in it, for a report that draws it without this program.

use serde_json::{Value, json};

use super::words::{LEGEND_LINE, named};
use super::{Medium, Theme, in_words, render, scaled, scales, zoomed};
use crate::view_model::report::Plot;
use crate::view_model::{AxisModel, CLOCK, Panel, Zoom};

/// Height of the plot itself, in pixels: of one that stands alone, and of one of several.
const ALONE: usize = 440;
const BESIDE: usize = 320;
/// Height of a name on an axis of names, in pixels.
const NAME: usize = 20;

/// Panels as plots of a report.
pub fn plots(panels: &[Panel], zoom: Option<Zoom>) -> Vec<Plot> {
    let theme = Theme { animation_ms: 0, ..Theme::default() };
    let height = if panels.len() > 1 { BESIDE } else { ALONE };
    panels.iter().map(|panel| plot(panel, zoom, &theme, height)).collect()
}

/// A panel as a plot: `option` and `columns` as in [`super::RenderedChart`], and what the axes are.
fn plot(panel: &Panel, zoom: Option<Zoom>, theme: &Theme, height: usize) -> Plot {
    let zoom = zoom.map(|zoom| zoomed(zoom, scales(&panel.chart)));
    let panel = &scaled(panel.clone());
    let chart = &panel.chart;
    let rendered = render(chart, zoom, theme, Medium::Image(""));
    let legend = LEGEND_LINE * named(chart).len();
    let names = chart.y.ticks.as_ref().map_or(0, |ticks| ticks.len() * NAME);
    let columns: Vec<Value> = rendered.columns.iter().map(|column| json!(column)).collect();
    let words = in_words(chart, zoom);
    let chart = json!({"option": rendered.option, "columns": columns, "x": axis(&chart.x), "y": axis(&chart.y)});
    Plot { title: panel.title.clone(), height: height.max(names) + legend, words, chart }
}

fn axis(axis: &AxisModel) -> Value {
    json!({"title": axis.title, "unit": axis.unit, "clock": axis.unit == CLOCK, "ticks": axis.ticks})
}
