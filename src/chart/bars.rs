//! Horizontal bars: layout, value labels at the ends, and truncated names.

use std::borrow::Cow;

use charming::element::ItemStyle;
use charming::series::Bar;
use serde_json::{Value, json};

use super::{Layer, RenderedChart, Scene, Theme, patched};
use crate::catalog::{number, spellings};
use crate::sorting::Sorting;
use crate::view_model::{ChartModel, Mark, Points, Series, Style};

/// Space for the value label after the longest bar, in pixels.
pub(super) const ROOM: i32 = 52;
/// Width of a character of a name, in pixels; generous, to fit wide fonts.
const LETTER: f64 = 6.8;

impl RenderedChart<'_> {
    /// Truncates names on the y axis to two fifths of the plot width, in pixels. Removes the middle, because names
    /// differ at both ends.
    pub fn fit_names(&mut self, width: f64) {
        let axis = &mut self.option["yAxis"];
        if axis["type"] != "category" {
            return;
        }
        let room = (width * 0.4).round();
        for name in axis["data"].as_array_mut().into_iter().flatten() {
            if let Some(text) = name.as_str() {
                *name = spellings::shortened(text, (room / LETTER) as usize).into();
            }
        }
        patched(axis, json!({"axisLabel": {"width": room, "overflow": "truncate"}}));
    }
}

/// Whether a chart has bars with value labels.
pub(super) fn have_figures(model: &ChartModel) -> bool {
    model.label_points && model.series.iter().any(|series| matches!(series.mark, Mark::Bars(_)))
}

/// Whether every tick has at most one bar, which can then use the full row.
fn alone(model: &ChartModel) -> bool {
    let bars = model.series.iter().filter(|series| matches!(series.mark, Mark::Bars(_)));
    let mut ticks: Vec<f64> = bars.flat_map(|series| series.points().map(|point| point.y)).collect();
    ticks.order_by(f64::total_cmp);
    ticks.windows(2).all(|pair| pair[0] != pair[1])
}

fn bar(series: &Series, theme: &Theme) -> Bar {
    Bar::new().id(series.id.as_str()).name(series.label.as_str()).item_style(ItemStyle::new().color(theme.colour(series.style)))
}

/// Bars beside names.
pub(super) fn bars<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    let Scene { model, theme, .. } = scene;
    let mut layer = Layer::of_points(series, points, scene, bar(series, theme), json!({"barMaxWidth": 18}));
    patched(&mut layer.patch, pattern(series.style, theme));
    if model.label_points {
        patched(&mut layer.patch, figures(points, &model.x.unit, theme));
        layer.column = Cow::Borrowed(&[]);
    }
    if alone(model) {
        patched(&mut layer.patch, json!({"barGap": "-100%"}));
    }
    layer
}

/// Bars that touch each other.
pub(super) fn histogram<'m>(series: &'m Series, points: &'m Points, scene: &Scene<'_>) -> Layer<'m> {
    let own = json!({"barCategoryGap": 0, "barGap": "-100%", "itemStyle": {"opacity": 0.6}});
    Layer::of_points(series, points, scene, bar(series, scene.theme), own)
}

/// Stripe direction by shape, in eighths of a turn, to distinguish bars of one colour; the first shape has none.
const STRIPES: [Option<f64>; 6] = [None, Some(1.0), Some(-1.0), Some(0.0), Some(2.0), Some(0.5)];

/// The pattern of a style's bars.
fn pattern(style: Style, theme: &Theme) -> Value {
    let Some(Some(eighths)) = STRIPES.get(usize::from(style.shape)) else { return json!({}) };
    let mark = json!({
        "symbol": "rect", "symbolSize": 1, "dashArrayX": [1, 0], "dashArrayY": [2, 5], "color": theme.background,
        "rotation": eighths * std::f64::consts::FRAC_PI_4,
    });
    json!({"itemStyle": {"decal": mark}})
}

/// Bar data with value labels; labels per bar require plain option data.
fn figures(points: &Points, unit: &str, theme: &Theme) -> Value {
    let sign = if unit == "%" { "%" } else { "" };
    let bar = |point: &[f64]| json!({"value": point, "label": {"formatter": format!("{}{sign}", number::short(point[0]))}});
    let data: Vec<Value> = points.numbers().chunks_exact(Points::DIMENSIONS.len()).map(bar).collect();
    // A negative bar ends at zero on the right, so its label does not cover the names.
    json!({"data": data, "label": {"show": true, "position": "right", "color": theme.text, "fontSize": 11}})
}

#[cfg(test)]
mod tests {
    use super::super::{Medium, render};
    use super::*;
    use crate::view_model::AxisModel;

    fn model(names: &[&str], unit: &str, values: &[f64]) -> ChartModel {
        let axis = |unit: &str, ticks| AxisModel {
            key: String::new(),
            title: String::new(),
            unit: unit.to_owned(),
            better: None,
            log: false,
            range: None,
            exact: false,
            zooms: false,
            ticks,
        };
        let mark = Mark::Bars(values.iter().enumerate().map(|(at, value)| (*value, at as f64)).collect());
        let style = Style { colour: 0, shape: 0 };
        let series = vec![Series { id: "a".into(), label: "a".into(), style, mark }];
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        ChartModel { x: axis(unit, None), y: axis("", Some(names)), series, label_points: true, ..ChartModel::default() }
    }

    #[test]
    fn a_bar_bears_its_figure() {
        let labels = |unit: &str, values: &[f64]| -> Vec<Value> {
            let model = model(&["a", "b"], unit, values);
            let chart = render(&model, None, &Theme::default(), Medium::Page);
            assert!(chart.columns[0].is_empty(), "its numbers stand in the option");
            let data = chart.option["series"][0]["data"].as_array().cloned().unwrap_or_default();
            data.iter().map(|bar| bar["label"]["formatter"].clone()).collect()
        };
        assert_eq!(labels("Tokens/s", &[1_126_850.0, 435.19125]), ["1.13M", "435"]);
        assert_eq!(labels("%", &[34.836, -26.3897]), ["34.8%", "−26.4%"]);
    }

    #[test]
    fn bars_of_one_colour_differ_in_their_stripes() {
        let pattern = |shape| pattern(Style { colour: 7, shape }, &Theme::default())["itemStyle"]["decal"]["rotation"].clone();
        let all: Vec<String> = (0..crate::view_model::SHAPES).map(|shape| pattern(shape).to_string()).collect();
        assert_eq!(all[0], "null");
        assert!((0..all.len()).all(|at| !all[..at].contains(&all[at])), "{all:?}");
    }

    #[test]
    fn a_name_without_room_loses_its_middle() {
        let long = "HPE ProLiant Compute DL380a Gen12 (8x NVIDIA RTX PRO 6000) (HPE), v6.0-0050";
        let model = model(&[long, "short"], "", &[1.0, 2.0]);
        let mut chart = render(&model, None, &Theme::default(), Medium::Page);
        chart.fit_names(360.0);
        let names = &chart.option["yAxis"]["data"];
        let cut = names[0].as_str().unwrap_or_default();
        assert!(cut.starts_with("HPE ProL") && cut.contains('…') && cut.ends_with("-0050"), "{cut}");
        assert_eq!(cut.chars().count(), 21, "two fifths of 360 pixels");
        assert_eq!(names[1], "short");
    }

    #[test]
    fn a_bar_that_is_alone_takes_the_room_of_all() {
        let model = ChartModel { label_points: false, ..model(&["a", "b"], "", &[]) };
        let bars = |y: f64| Series { mark: Mark::Bars([(5.0, y)].into_iter().collect()), ..model.series[0].clone() };
        let gaps = |series: Vec<Series>| {
            let model = ChartModel { series, ..model.clone() };
            let option = render(&model, None, &Theme::default(), Medium::Page).option;
            option["series"].as_array().map(|all| all.iter().map(|one| one["barGap"].clone()).collect()).unwrap_or_default()
        };
        let apart: Vec<Value> = gaps(vec![bars(0.0), bars(1.0)]);
        assert_eq!(apart, ["-100%", "-100%"]);
        let beside: Vec<Value> = gaps(vec![bars(1.0), bars(1.0)]);
        assert_eq!(beside, [Value::Null, Value::Null]);
    }
}
