//! Chart text: title and legend of an image, and axis descriptions.

use serde_json::{Value, json};

use super::{Medium, Theme};
use crate::catalog::{instant, number};
use crate::view_model::{AxisModel, CLOCK, ChartModel, Zoom};

/// Maximum number of series in an image's legend.
const NAMED: usize = 16;
/// Line height of an image's legend, in pixels.
pub(super) const LEGEND_LINE: usize = 17;

/// The names in an image's legend: series of one name share a line.
pub(super) fn named(model: &ChartModel) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for series in model.series.iter().filter(|series| series.mark.points().is_some()) {
        if names.len() < NAMED && !names.contains(&series.label.as_str()) {
            names.push(&series.label);
        }
    }
    names
}

pub(super) fn legend(model: &ChartModel, theme: &Theme, medium: Medium<'_>) -> Value {
    match medium {
        Medium::Page => json!({"show": false}),
        Medium::Image(caption) => {
            let names = named(model);
            json!({
                "show": true, "orient": "vertical", "left": 48, "top": caption_height(caption), "itemGap": 4, "itemHeight": 8, "data": names,
                "textStyle": {"color": theme.text, "lineHeight": LEGEND_LINE - 4},
            })
        }
    }
}

/// Height of a line of an image's caption, in pixels.
const CAPTION_LINE: usize = 20;

/// Height of an image's caption with the space around it, in pixels.
pub(super) fn caption_height(caption: &str) -> usize {
    16 + CAPTION_LINE * caption.lines().count().max(1)
}

/// The caption of an image.
pub(super) fn title(theme: &Theme, medium: Medium<'_>) -> Value {
    match medium {
        Medium::Page => json!({"show": false}),
        Medium::Image(caption) => {
            json!({"text": caption, "left": 48, "top": 10, "textStyle": {"color": theme.text, "fontSize": 14, "lineHeight": CAPTION_LINE}})
        }
    }
}

/// Describes a chart for screen readers.
pub fn in_words(model: &ChartModel, zoom: Option<Zoom>) -> String {
    format!(
        "Chart: {}, against {}; {}.",
        axis_in_words(&model.y, zoom.map(|zoom| zoom.y)),
        axis_in_words(&model.x, zoom.map(|zoom| zoom.x)),
        number::plural(model.series.iter().filter(|series| series.mark.points().is_some()).count() as u64, "line")
    )
}

/// Describes the range of an axis for screen readers: `1 to 650 requests`.
fn axis_in_words(model: &AxisModel, zoom: Option<[f64; 2]>) -> String {
    match model.seen(zoom) {
        Some([low, high]) if model.unit == CLOCK => {
            let [low, high] = [low, high].map(|at| instant::shown(at / 1000.0).unwrap_or_default());
            format!("{} from {low} to {high} {CLOCK}", model.title)
        }
        Some([low, high]) => {
            format!("{} from {} to {} {}", model.title, number::short(low), number::short(high), model.unit).trim_end().to_owned()
        }
        None => model.title.clone(),
    }
}
