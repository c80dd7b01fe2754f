//! What a chart says in words: an image's title and legend, and how an axis reads.

use serde_json::{Value, json};

use super::{Medium, Theme};
use crate::catalog::{instant, number};
use crate::view_model::{AxisModel, CLOCK, ChartModel, Series};

/// Series that an image's legend names.
const NAMED: usize = 16;
/// Height of a line of an image's legend, in pixels.
pub(super) const LEGEND_LINE: usize = 17;

/// The series that an image's legend names.
pub(super) fn named(model: &ChartModel) -> impl Iterator<Item = &Series> {
    model.series.iter().filter(|series| series.mark.points().is_some()).take(NAMED)
}

pub(super) fn legend(model: &ChartModel, theme: &Theme, medium: Medium<'_>) -> Value {
    match medium {
        Medium::Page => json!({"show": false}),
        Medium::Image(_) => {
            let names: Vec<&str> = named(model).map(|series| series.label.as_str()).collect();
            json!({
                "show": true, "orient": "vertical", "left": 48, "top": 36, "itemGap": 4, "itemHeight": 8, "data": names,
                "textStyle": {"color": theme.text, "lineHeight": LEGEND_LINE - 4},
            })
        }
    }
}

/// What an image shows, in words.
pub(super) fn title(theme: &Theme, medium: Medium<'_>) -> Value {
    match medium {
        Medium::Page => json!({"show": false}),
        Medium::Image(caption) => {
            json!({"text": caption, "left": 48, "top": 10, "textStyle": {"color": theme.text, "fontSize": 14}})
        }
    }
}

/// How the ends of an axis read, for people who do not see it: `1 to 650 requests`.
pub fn axis_in_words(model: &AxisModel) -> String {
    match model.range {
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
