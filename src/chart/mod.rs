//! Converts a chart model to an ECharts option, built with charming and completed by a JSON patch. Data are separate.
//!
//! charming provides the option types; [`patched`] merges what it lacks. Points bypass charming
//! (a point in its row model takes 336 bytes, in a column 16): [`RenderedChart::columns`] are attached by the page as typed
//! arrays. What a kind of mark looks like is in a file of its own; [`layers`] chooses it. Nothing here knows the DOM, and no string from a file is ever markup: tooltips are the page's own.

mod across;
mod areas;
mod bars;
mod dots;
mod ends;
mod lines;
mod plot;
mod seconds;
mod spots;
mod theme;
mod words;

pub use across::{Crossed, across};
pub use ends::{LineName, apart, line_names};
pub use plot::plots;
pub use seconds::{drawn_units, scaled, scales, zoomed};
pub use spots::Spots;
pub use theme::Theme;
pub use words::in_words;

use std::borrow::Cow;

use charming::Chart;
use charming::component::{Axis, Grid};
use charming::element::{AxisLabel, AxisTick, AxisType, Color, LineStyle, LineStyleType, NameLocation, SplitLine, Symbol};
use serde_json::{Value, json};

use crate::sorting::Sorting;
use crate::view_model::{AxisModel, CLOCK, ChartModel, Mark, Points, Rule, Series, Style, Zoom};

/// An ECharts option with the data of each series.
pub struct RenderedChart<'m> {
    /// The ECharts option without data.
    pub option: Value,
    /// The numbers of each series, point after point, in the option's order; its `dimensions` name them. None of a series whose
    /// data and labels in the option itself.
    pub columns: Vec<Cow<'m, [f64]>>,
}

impl RenderedChart<'_> {
    /// Leaves room at the right of the plot, in pixels.
    pub fn leave_room(&mut self, room: f64) {
        // charming writes one grid as a list of one.
        let grid = &mut self.option["grid"];
        let grid = if grid.is_array() { &mut grid[0] } else { grid };
        patched(grid, json!({"right": room}));
    }
}

/// Output medium of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium<'a> {
    /// The page, which draws axis titles and legend itself.
    Page,
    /// A self-contained image file with caption (in lines), axis titles and legend.
    Image(&'a str),
}

/// Number of points per chart above which dots are small and curves have no symbols.
const CROWDED: usize = 600;

/// What the marks of a chart share.
struct Scene<'m> {
    model: &'m ChartModel,
    theme: &'m Theme,
    /// Whether there are so many points that each is drawn small or not at all.
    crowded: bool,
}

/// One series of the option.
struct Layer<'m> {
    series: charming::series::Series,
    /// What charming's series has no field for.
    patch: Value,
    /// The numbers of its points.
    column: Cow<'m, [f64]>,
}

impl<'m> Layer<'m> {
    /// Points, with what every mark has and what it has of its own.
    fn of_points(
        of: &'m Series,
        points: &'m Points,
        scene: &Scene<'_>,
        series: impl Into<charming::series::Series>,
        own: Value,
    ) -> Layer<'m> {
        let labelled = matches!(of.mark, Mark::Curve(_) | Mark::Dots(_));
        let labelled = labelled && scene.model.label_points && points.iter().all(|point| point.load.is_some());
        Layer { series: series.into(), patch: patched_with(common(labelled), own), column: Cow::Borrowed(points.numbers()) }
    }
}

/// What a series is drawn as: first itself, then what lies over all series.
fn layers<'m>(series: &'m Series, scene: &Scene<'_>) -> Vec<Layer<'m>> {
    match &series.mark {
        Mark::Curve(points) => vec![lines::curve(series, points, scene)],
        Mark::Step(points) => vec![lines::step(series, points, scene)],
        Mark::Baseline(points) => vec![lines::baseline(series, points, scene)],
        Mark::Stack(points) => vec![areas::stack(series, points, scene)],
        Mark::Dots(points) => vec![dots::dots(series, points, scene)],
        Mark::FaintDots(points) => vec![dots::faint(series, points, scene)],
        Mark::Bars(points) => vec![bars::bars(series, points, scene)],
        Mark::Histogram(points) => vec![bars::histogram(series, points, scene)],
        Mark::Band { x, low, high } => areas::band(series, [x, low, high], scene).into(),
        Mark::Span { from, to, shade } => vec![areas::span(series, [*from, *to], *shade, scene)],
    }
}

/// Renders a chart model as an ECharts option, as far as the zoom shows it.
pub fn render<'m>(model: &'m ChartModel, zoom: Option<Zoom>, theme: &Theme, medium: Medium<'_>) -> RenderedChart<'m> {
    let (grid, gaps) = match medium {
        Medium::Page => {
            (Grid::new().left(8).right(if bars::have_figures(model) { bars::ROOM } else { 16 }).top(12).bottom(4), [None; 2])
        }
        Medium::Image(caption) => {
            let legend = words::LEGEND_LINE * words::named(model).len();
            let caption = words::caption_height(caption);
            (Grid::new().left(48).right(24).top((20 + caption + legend) as i32).bottom(40), [Some(32), Some(64)])
        }
    };
    let mut chart = Chart::new()
        .background_color(Color::from(theme.background.as_str()))
        .grid(grid.contain_label(true))
        .x_axis(axis(&model.x, model.x.ends(zoom.map(|zoom| zoom.x)), theme, gaps[0]))
        .y_axis(axis(&model.y, model.y.ends(zoom.map(|zoom| zoom.y)), theme, gaps[1]));
    let crowded = model.series.iter().map(|series| series.points().count()).sum::<usize>() > CROWDED;
    let scene = Scene { model, theme, crowded };
    // A series has the same place here as in the model: that is how it is brought forward.
    let (mut drawn, mut over) = (Vec::new(), Vec::new());
    for series in &model.series {
        let mut layers = layers(series, &scene).into_iter();
        drawn.extend(layers.next());
        over.extend(layers);
    }
    drawn.extend(over);
    drawn.extend(model.series.iter().filter_map(|series| dots::hollow(series, theme)));
    if let Some(first) = drawn.first_mut() {
        patched(&mut first.patch, json!({"markLine": rules(model, zoom, theme)}));
    }
    let (mut columns, mut patches) = (Vec::new(), Vec::new());
    for Layer { series, patch, column } in drawn {
        chart = chart.series(series);
        patches.push(patch);
        columns.push(column);
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
        // Names run from top to bottom.
        "yAxis": patched_with(axis_patch(&model.y, theme), json!({"inverse": model.y.ticks.is_some()})),
        "series": patches,
    });
    patched(&mut option, patch);
    RenderedChart { option, columns }
}

fn axis(model: &AxisModel, ends: Option<[f64; 2]>, theme: &Theme, name_gap: Option<i32>) -> Axis {
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
    // A logarithmic axis would end at the next powers of its base.
    let fitted = model.range.filter(|_| model.log).map(|[low, high]| [rounded(low, f64::floor), rounded(high, f64::ceil)]);
    if let Some([low, high]) = ends.or(fitted) {
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

/// To one significant digit.
fn rounded(value: f64, to: fn(f64) -> f64) -> f64 {
    let unit = 10_f64.powf(value.abs().log10().floor());
    if unit.is_finite() && unit > 0.0 { to(value / unit) * unit } else { value }
}

/// Axis settings that charming lacks.
fn axis_patch(model: &AxisModel, theme: &Theme) -> Value {
    let mut labels = json!({"hideOverlap": true});
    if model.unit == CLOCK {
        // A day names its month: the label where the month begins may be hidden by the one before. The first of a month is a day.
        labels["formatter"] = json!({"year": "{yyyy}", "month": "{MMM} {d}", "day": "{MMM} {d}"});
    }
    json!({
        "nameTextStyle": {"color": theme.text},
        "axisLabel": labels,
        "axisLine": {"show": true, "lineStyle": {"color": theme.hairline}},
        // Within one decade, a logarithmic axis would have no label at powers of ten.
        "splitNumber": if model.log { 6 } else { 5 },
        // Base 2 for counts: 1, 2, 4, 8.
        "logBase": if model.unit.is_empty() { 2 } else { 10 },
    })
}

/// What every series has and charming's have no field for; `labelled` says whether each point carries its load.
fn common(labelled: bool) -> Value {
    json!({
        "dimensions": Points::DIMENSIONS,
        "encode": {"x": 0, "y": 1},
        "clip": true,
        // The page says what is brought forward: the line of the nearest point, not whatever lies under the pointer.
        "silent": true,
        "emphasis": {"focus": "series", "lineStyle": {"width": 3}},
        "blur": {"lineStyle": {"opacity": 0.2}, "itemStyle": {"opacity": 0.2}},
        "label": {"show": labelled, "formatter": "{@load}"},
        "labelLayout": {"hideOverlap": true},
    })
}

/// Share of the axis within which labels of vertical lines would overlap.
const CLOSE: f64 = 0.08;

/// Labelled lines across the plot; vertical lines close to each other share one label.
fn rules(model: &ChartModel, zoom: Option<Zoom>, theme: &Theme) -> Value {
    let mut ordered: Vec<&Rule> = model.rules.iter().collect();
    ordered.order_by(|a, b| b.upright.cmp(&a.upright).then(a.at.total_cmp(&b.at)));
    let span = model.x.seen(zoom.map(|zoom| zoom.x)).map_or(0.0, |[low, high]| high - low.min(0.0));
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

/// Neighbouring colours also differ in symbol, so that nothing depends on colour alone.
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
    use crate::view_model::Point;

    fn model() -> ChartModel {
        let axis = |title: &str, log| AxisModel {
            key: title.to_owned(),
            title: title.to_owned(),
            unit: "ms".to_owned(),
            better: None,
            log,
            range: Some([1.0, 9.0]),
            exact: false,
            zooms: log,
            ticks: None,
        };
        let style = Style { colour: 1, shape: 4 };
        let points = [(1.0, 2.0, Some(50.0), false), (3.0, 4.0, Some(100.0), true)];
        let points = points.into_iter().map(|(x, y, load, over_limit)| Point { x, y, load, over_limit }).collect();
        let mark = Mark::Curve(points);
        let series = vec![Series { id: "ab".into(), label: "<img src=x onerror=1>".into(), style, mark }];
        ChartModel { x: axis("x", false), y: axis("y", true), series, label_points: true, ..ChartModel::default() }
    }

    #[test]
    fn data_stays_out_of_the_option() {
        let model = model();
        let chart = render(&model, None, &Theme::default(), Medium::Page);
        let series = chart.option["series"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(series.len(), 2, "a line, and the hollow points over it");
        assert_eq!(chart.columns, [vec![1.0, 2.0, 50.0, 0.0, 3.0, 4.0, 100.0, 1.0], vec![3.0, 4.0, 100.0, 1.0]]);
        for series in series {
            assert!(series.get("data").is_none());
            assert_eq!(series["dimensions"], json!(Points::DIMENSIONS));
        }
        assert_eq!(series[0]["type"], "line");
        assert_eq!(series[1]["type"], "scatter");
        assert_eq!(series[0]["id"], "ab");
    }

    #[test]
    fn days_on_a_time_axis_name_their_month() {
        let clocked = ChartModel { x: AxisModel { unit: CLOCK.to_owned(), ..model().x }, ..model() };
        let option = render(&clocked, None, &Theme::default(), Medium::Page).option;
        let formatter = &option["xAxis"]["axisLabel"]["formatter"];
        assert_eq!([&formatter["month"], &formatter["day"]], ["{MMM} {d}"; 2], "the first of a month, too");
        assert!(option["yAxis"]["axisLabel"].get("formatter").is_none(), "durations are numbers");
    }

    #[test]
    fn axes_carry_scale_and_zoom() {
        let option = |zoom| render(&model(), zoom, &Theme::default(), Medium::Page).option;
        let ends =
            |option: &Value| ["xAxis", "yAxis"].map(|axis| [option[axis].get("min").cloned(), option[axis].get("max").cloned()]);
        // A logarithmic one ends at round values, not at powers of ten.
        assert_eq!(ends(&option(None)), [[None, None], [Some(json!(1.0)), Some(json!(9.0))]]);
        // Only the vertical axis of this chart zooms.
        let option = option(Some(Zoom { x: [2.0, 3.0], y: [4.0, 5.0] }));
        assert_eq!(ends(&option), [[None, None], [Some(json!(4.0)), Some(json!(5.0))]]);
        assert_eq!((&option["xAxis"]["type"], &option["yAxis"]["type"]), (&json!("value"), &json!("log")));
        assert_eq!(option["legend"]["show"], false);
        assert_eq!(render(&model(), None, &Theme::default(), Medium::Image("what is shown")).option["legend"]["show"], true);
    }

    #[test]
    fn lines_across_that_stand_close_speak_once() {
        let mut model = model();
        model.x.range = Some([0.0, 100.0]);
        let rule = |at, label: &str| Rule { upright: true, at, label: label.to_owned() };
        model.rules = vec![rule(90.0, "max"), rule(20.0, "mean"), rule(22.0, "median")];
        let option = render(&model, None, &Theme::default(), Medium::Page).option;
        let lines = option["series"][0]["markLine"]["data"].as_array().cloned().unwrap_or_default();
        let said: Vec<&Value> =
            lines.iter().filter(|line| line["label"]["show"] == true).map(|line| &line["label"]["formatter"]).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(said, ["mean · median", "max"]);
    }

    #[test]
    fn a_point_without_a_load_carries_none() {
        let mut model = model();
        assert_eq!(render(&model, None, &Theme::default(), Medium::Page).option["series"][0]["label"]["show"], true);
        model.series[0].mark = Mark::Curve([(1.0, 2.0), (3.0, 4.0)].into_iter().collect());
        assert_eq!(render(&model, None, &Theme::default(), Medium::Page).option["series"][0]["label"]["show"], false);
    }

    #[test]
    fn a_frontier_shades_what_it_dominates() {
        let origin = |better: bool| {
            let mut model = model();
            model.series[0].mark = Mark::Step(model.series[0].points().collect());
            model.y.better = Some(better);
            render(&model, None, &Theme::default(), Medium::Page).option["series"][0]["areaStyle"]["origin"].clone()
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
