//! From a chart model to an ECharts option: built with charming, completed by a small JSON patch, data apart.
//!
//! charming types the option; what it has no field for is merged in by [`patched`]. Points never go through charming
//! (a point in its row model takes 336 bytes, in a column 16): [`Picture::columns`] are attached by the page as typed
//! arrays. Nothing here knows the DOM, and no string from a file is ever markup: tooltips are the page's own.

mod areas;
mod bars;
mod spots;
mod theme;
mod words;

pub use spots::Spots;
pub use theme::Theme;
pub use words::axis_in_words;

use charming::Chart;
use charming::component::{Axis, Grid};
use charming::element::{
    AxisLabel, AxisTick, AxisType, Color, ItemStyle, Label, LabelPosition, LineStyle, LineStyleType, NameLocation, SplitLine,
    Symbol,
};
use charming::series::{Line, Scatter};
use serde_json::{Value, json};

use crate::view_model::{AxisModel, CLOCK, ChartModel, Mark, Rule, STRIDE, Series, Style};

/// An option, and the numbers of each of its series.
pub struct Picture {
    /// The ECharts option without data.
    pub option: Value,
    /// The interleaved numbers of each series, in the option's order; [`DIMENSIONS`] names them. None of a series whose
    /// numbers stand in the option, with words of their own.
    pub columns: Vec<Vec<f64>>,
}

/// What the numbers of a point are, in the order of [`crate::view_model::Series::points`].
pub const DIMENSIONS: [&str; STRIDE] = ["x", "y", "load", "failing"];

/// Where a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium<'a> {
    /// On the page, which has its own axis titles and legend around it.
    Page,
    /// In an image file, which must speak for itself: with what it shows in words, axis titles and a legend.
    Image(&'a str),
}

/// Points of a chart from which on they are drawn small, and those of a curve not at all.
const CROWDED: usize = 600;
/// Points of one curve from which on they are drawn small: they would lie over each other.
const LONG: usize = 100;

/// The option of a chart.
pub fn picture(model: &ChartModel, theme: &Theme, medium: Medium<'_>) -> Picture {
    let (grid, gaps) = match medium {
        Medium::Page => {
            (Grid::new().left(8).right(if bars::have_figures(model) { bars::ROOM } else { 16 }).top(12).bottom(4), [None; 2])
        }
        Medium::Image(_) => {
            let legend = words::LEGEND_LINE * words::named(model).count();
            (Grid::new().left(48).right(24).top(56 + legend as i32).bottom(40), [Some(32), Some(64)])
        }
    };
    let mut chart = Chart::new()
        .background_color(Color::from(theme.background.as_str()))
        .grid(grid.contain_label(true))
        .x_axis(axis(&model.x, theme, gaps[0]))
        .y_axis(axis(&model.y, theme, gaps[1]));
    let crowded = model.series.iter().map(|series| series.points.len() / STRIDE).sum::<usize>() > CROWDED;
    let mut columns = Vec::new();
    let mut patches = Vec::new();
    let alone = bars::alone(model);
    for series in &model.series {
        chart = match series.mark {
            Mark::Curve | Mark::Step | Mark::Baseline | Mark::Stack | Mark::Band | Mark::Span => {
                chart.series(line(series, theme, crowded))
            }
            Mark::Dots | Mark::FaintDots => chart.series(dots(series, theme, crowded)),
            Mark::Bars | Mark::Histogram => chart.series(bars::bars(series, theme)),
        };
        let figures = model.label_points && series.mark == Mark::Bars;
        columns.push(if figures { Vec::new() } else { series.points.clone() });
        patches.push(series_patch(series, theme, model));
        if let Some(patch) = patches.last_mut().filter(|_| alone && series.mark == Mark::Bars) {
            patched(patch, json!({"barGap": "-100%"}));
        }
    }
    for series in model.series.iter().filter(|series| series.mark == Mark::Band) {
        chart = chart.series(line(series, theme, true).id(format!("{}^", series.id)));
        columns.push(areas::thickness(series));
        patches.push(areas::band(series, true));
    }
    if let Some(patch) = patches.first_mut() {
        patched(patch, json!({"markLine": rules(model, theme)}));
    }
    for series in &model.series {
        let failing: Vec<f64> = series.points.chunks_exact(STRIDE).filter(|point| point[3] > 0.0).flatten().copied().collect();
        if failing.is_empty() {
            continue;
        }
        chart = chart.series(hollow(series, theme));
        columns.push(failing);
        patches.push(json!({"dimensions": DIMENSIONS, "encode": {"x": 0, "y": 1}, "clip": true, "silent": true}));
    }
    let mut option = serde_json::to_value(&chart).unwrap_or_default();
    let patch = json!({
        "animationDuration": theme.animation_ms,
        "animationDurationUpdate": theme.animation_ms,
        "animation": theme.animation_ms > 0,
        "useUTC": true,
        "textStyle": {"fontFamily": theme.font},
        "legend": words::legend(model, theme, medium),
        "title": words::title(theme, medium),
        "xAxis": axis_patch(&model.x, theme),
        // Names are read from the top.
        "yAxis": patched_with(axis_patch(&model.y, theme), json!({"inverse": model.y.ticks.is_some()})),
        "series": patches,
    });
    patched(&mut option, patch);
    Picture { option, columns }
}

fn axis(model: &AxisModel, theme: &Theme, name_gap: Option<i32>) -> Axis {
    let faint = LineStyle::new().color(theme.hairline.as_str());
    let mut axis = Axis::new()
        .type_(match (&model.ticks, model.log) {
            (Some(_), _) => AxisType::Category,
            (None, true) => AxisType::Log,
            (None, false) if model.unit == CLOCK => AxisType::Time,
            (None, false) => AxisType::Value,
        })
        .axis_tick(AxisTick::new().show(false))
        .axis_label(AxisLabel::new().color(theme.muted.as_str()).font_size(12))
        .split_line(SplitLine::new().show(true).line_style(faint.type_(LineStyleType::Solid)));
    if let Some(ticks) = &model.ticks {
        axis = axis.data(ticks.iter().map(String::as_str).collect());
    }
    if let (true, Some([low, high])) = (model.zoomed, model.range) {
        axis = axis.min(low).max(high);
    }
    match name_gap {
        None => axis,
        Some(gap) => {
            let unit = if model.unit.is_empty() { String::new() } else { format!(" ({})", model.unit) };
            axis.name(format!("{}{unit}", model.title)).name_location(NameLocation::Middle).name_gap(gap)
        }
    }
}

/// What charming's axis has no field for.
fn axis_patch(model: &AxisModel, theme: &Theme) -> Value {
    json!({
        "nameTextStyle": {"color": theme.text},
        "axisLabel": {"hideOverlap": true},
        "axisLine": {"show": true, "lineStyle": {"color": theme.hairline}},
        // A logarithmic axis over less than a decade would show no label at all with powers of ten only.
        "splitNumber": if model.log { 6 } else { 5 },
        // Counts double: 1, 2, 4, 8.
        "logBase": if model.unit.is_empty() { 2 } else { 10 },
    })
}

/// What charming's series have no field for, by how they are drawn.
fn series_patch(series: &Series, theme: &Theme, model: &ChartModel) -> Value {
    let loaded = series.points.chunks_exact(STRIDE).all(|point| point[2].is_finite());
    let labelled = model.label_points && loaded && matches!(series.mark, Mark::Curve | Mark::Dots);
    let mut patch = json!({
        "dimensions": DIMENSIONS,
        "encode": {"x": 0, "y": 1},
        "clip": true,
        "emphasis": {"focus": "series", "lineStyle": {"width": 3}},
        "blur": {"lineStyle": {"opacity": 0.2}, "itemStyle": {"opacity": 0.2}},
        "label": {"show": labelled, "formatter": "{@load}"},
        "labelLayout": {"hideOverlap": true},
    });
    let own = match series.mark {
        Mark::Curve => json!({"lineStyle": {"type": theme.dash(series.style)}}),
        // Between two points of a frontier only what the one nearer to the worse end of x gives can be had.
        Mark::Step => {
            let step = if model.x.better == Some(true) { "start" } else { "end" };
            // What is dominated lies towards the worse end of y.
            let origin = if model.y.better == Some(false) { "end" } else { "start" };
            json!({"step": step, "areaStyle": {"opacity": 0.06, "origin": origin}, "z": 1})
        }
        Mark::Baseline => json!({"lineStyle": {"width": 4, "opacity": 0.5}, "z": 1}),
        Mark::FaintDots => json!({"itemStyle": {"opacity": 0.3}}),
        Mark::Bars => {
            let figures = if model.label_points { bars::figures(series, &model.x.unit, theme) } else { json!({}) };
            patched_with(patched_with(figures, bars::pattern(series.style, theme)), json!({"barMaxWidth": 18}))
        }
        Mark::Histogram => json!({"barCategoryGap": 0, "barGap": "-100%", "itemStyle": {"opacity": 0.6}}),
        Mark::Dots => json!({}),
        Mark::Stack => areas::stack(),
        Mark::Band => areas::band(series, false),
        Mark::Span => areas::span(series, theme),
    };
    patched(&mut patch, own);
    patch
}

/// Share of an axis within which the words of two upright lines would lie over each other.
const CLOSE: f64 = 0.08;

/// Lines across the plot, each with what it is; the words of upright lines that stand close are said once for all.
fn rules(model: &ChartModel, theme: &Theme) -> Value {
    let mut ordered: Vec<&Rule> = model.rules.iter().collect();
    ordered.sort_by(|a, b| b.upright.cmp(&a.upright).then(a.at.total_cmp(&b.at)));
    let span = model.x.range.map_or(0.0, |[low, high]| high - low.min(0.0));
    let near = |a: &&Rule, b: &&Rule| a.upright && b.upright && b.at - a.at < span * CLOSE;
    let lines = ordered.chunk_by(near).flat_map(|group| {
        let words: Vec<&str> = group.iter().map(|rule| rule.label.as_str()).collect();
        group.iter().enumerate().map(move |(at, rule)| {
            let axis = if rule.upright { "xAxis" } else { "yAxis" };
            let position = if rule.upright { "end" } else { "insideEndTop" };
            json!({axis: rule.at, "label": {"show": at == 0, "formatter": words.join(" · "), "position": position}})
        })
    });
    json!({
        "silent": true, "symbol": "none", "data": lines.collect::<Vec<_>>(),
        "label": {"color": theme.text, "fontSize": 11},
        "lineStyle": {"color": theme.text, "type": "dashed", "width": 1.25, "opacity": 0.7},
    })
}

fn line(series: &Series, theme: &Theme, crowded: bool) -> Line {
    // Small ones hide in the line, and show where a point is alone between two gaps.
    let size = if series.points.len() > LONG * STRIDE { 2.5 } else { 7.0 };
    let colour = if series.mark == Mark::Baseline { theme.muted.as_str() } else { theme.colour(series.style) };
    Line::new()
        .id(series.id.as_str())
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        .symbol_size(size)
        .show_symbol(matches!(series.mark, Mark::Curve | Mark::Baseline) && (!crowded || series.points.len() == STRIDE))
        .connect_nulls(false)
        .line_style(LineStyle::new().color(colour).width(1.75))
        .item_style(ItemStyle::new().color(colour))
        .label(load_label(theme))
}

/// The load beside a point, where the chart names it.
fn load_label(theme: &Theme) -> Label {
    Label::new().position(LabelPosition::Top).color(theme.muted.as_str()).font_size(11)
}

/// Points between which there is nothing.
fn dots(series: &Series, theme: &Theme, crowded: bool) -> Scatter {
    Scatter::new()
        .id(series.id.as_str())
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        .symbol_size(if crowded { 3.0 } else { 7.0 })
        .item_style(ItemStyle::new().color(theme.colour(series.style)).opacity(if crowded { 0.6 } else { 1.0 }))
        .label(load_label(theme))
}

/// Points with too many failures: the symbol again, filled with the background.
fn hollow(series: &Series, theme: &Theme) -> Scatter {
    let style = ItemStyle::new().color(theme.background.as_str()).border_color(theme.colour(series.style)).border_width(1.75);
    Scatter::new()
        .id(format!("{}!", series.id))
        .name(series.label.as_str())
        .symbol(symbol(series.style))
        .symbol_size(8.0)
        .item_style(style)
}

/// Neighbouring colours have different symbols too: nothing rests on colour alone.
fn symbol(style: Style) -> Symbol {
    match style.symbol() {
        0 => Symbol::Circle,
        1 => Symbol::Rect,
        2 => Symbol::Triangle,
        3 => Symbol::Diamond,
        4 => Symbol::Custom("path://M0 0 L10 0 L5 10 Z".to_owned()),
        _ => Symbol::Custom("path://M0 3 L3 3 L3 0 L7 0 L7 3 L10 3 L10 7 L7 7 L7 10 L3 10 L3 7 L0 7 Z".to_owned()),
    }
}

fn patched_with(mut option: Value, patch: Value) -> Value {
    patched(&mut option, patch);
    option
}

/// Merges a patch into an option: objects key by key, arrays element by element, anything else replaces.
pub fn patched(option: &mut Value, patch: Value) {
    match (option, patch) {
        (Value::Object(option), Value::Object(patch)) => {
            for (key, value) in patch {
                patched(option.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(option), Value::Array(patch)) => {
            for (i, value) in patch.into_iter().enumerate() {
                match option.get_mut(i) {
                    Some(slot) => patched(slot, value),
                    None => option.push(value),
                }
            }
        }
        (option, patch) => *option = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ChartModel {
        let axis = |title: &str, log| AxisModel {
            key: title.to_owned(),
            title: title.to_owned(),
            unit: "ms".to_owned(),
            better: None,
            log,
            range: Some([1.0, 9.0]),
            zoomed: log,
            ticks: None,
        };
        let style = Style { colour: 1, shape: 4 };
        let points = vec![1.0, 2.0, 50.0, 0.0, 3.0, 4.0, 100.0, 1.0];
        let series = vec![Series { id: "ab".into(), label: "<img src=x onerror=1>".into(), style, mark: Mark::Curve, points }];
        ChartModel { x: axis("x", false), y: axis("y", true), series, label_points: true, rules: Vec::new() }
    }

    #[test]
    fn data_stays_out_of_the_option() {
        let picture = picture(&model(), &Theme::default(), Medium::Page);
        let series = picture.option["series"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(series.len(), 2, "a line, and the hollow points over it");
        assert_eq!(picture.columns, [vec![1.0, 2.0, 50.0, 0.0, 3.0, 4.0, 100.0, 1.0], vec![3.0, 4.0, 100.0, 1.0]]);
        for series in series {
            assert!(series.get("data").is_none());
            assert_eq!(series["dimensions"], json!(DIMENSIONS));
        }
        assert_eq!(series[0]["type"], "line");
        assert_eq!(series[1]["type"], "scatter");
        assert_eq!(series[0]["id"], "ab");
    }

    #[test]
    fn axes_carry_scale_and_zoom() {
        let option = picture(&model(), &Theme::default(), Medium::Page).option;
        assert_eq!(option["xAxis"]["type"], "value");
        assert!(option["xAxis"].get("min").is_none());
        assert_eq!(option["yAxis"]["type"], "log");
        assert_eq!(option["yAxis"]["min"], 1.0);
        assert_eq!(option["legend"]["show"], false);
        assert_eq!(picture(&model(), &Theme::default(), Medium::Image("what is shown")).option["legend"]["show"], true);
    }

    #[test]
    fn lines_across_that_stand_close_speak_once() {
        let mut model = model();
        model.x.range = Some([0.0, 100.0]);
        let rule = |at, label: &str| Rule { upright: true, at, label: label.to_owned() };
        model.rules = vec![rule(90.0, "max"), rule(20.0, "mean"), rule(22.0, "median")];
        let option = picture(&model, &Theme::default(), Medium::Page).option;
        let lines = option["series"][0]["markLine"]["data"].as_array().cloned().unwrap_or_default();
        let said: Vec<&Value> =
            lines.iter().filter(|line| line["label"]["show"] == true).map(|line| &line["label"]["formatter"]).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(said, ["mean · median", "max"]);
    }

    #[test]
    fn a_point_without_a_load_carries_none() {
        let mut model = model();
        assert_eq!(picture(&model, &Theme::default(), Medium::Page).option["series"][0]["label"]["show"], true);
        model.series[0].points[2] = f64::NAN;
        assert_eq!(picture(&model, &Theme::default(), Medium::Page).option["series"][0]["label"]["show"], false);
    }

    #[test]
    fn a_frontier_shades_what_it_dominates() {
        let origin = |better: bool| {
            let mut model = model();
            model.series[0].mark = Mark::Step;
            model.y.better = Some(better);
            picture(&model, &Theme::default(), Medium::Page).option["series"][0]["areaStyle"]["origin"].clone()
        };
        assert_eq!((origin(true), origin(false)), (json!("start"), json!("end")));
    }

    #[test]
    fn patches_merge_deeply() {
        let mut option = json!({"a": {"b": 1, "c": 2}, "d": [{"e": 1}]});
        patched(&mut option, json!({"a": {"c": 3}, "d": [{"f": 2}, {"g": 3}]}));
        assert_eq!(option, json!({"a": {"b": 1, "c": 3}, "d": [{"e": 1, "f": 2}, {"g": 3}]}));
    }
}
