//! The charts: the trade-off with load labels, one metric over load with the spread of repeats, and a
//! metric over the prefill:decode ratio. A configuration has the same style in all of them.

use super::configs::Config;
use super::measure::Measure;
use super::sweep::{self, Repeats, Sweep};
use crate::analysis::curve;
use crate::query::axes;
use crate::query::context::Context;
use crate::query::parallelism::Ratio;
use crate::query::series::Drawing;
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::state::{Axis, Shown, ViewState};
use crate::view_model::{COLOURS, ChartModel, Choice, Control, Entry, Mark, Panel, Point, Points, SHAPES, Series, Style};

/// Maximum number of points with load labels.
const LABELLED: usize = 130;
/// The frontier belongs to no configuration: it uses the text colour, after the palette.
const NEUTRAL: Style = Style { colour: COLOURS, shape: 0 };

/// How repeats are shown.
const BAND: &str = "band";
/// Option: what the ratio counts.
const RATIO: &str = "ratio";

/// Shared inputs of the charts and tables.
pub(super) struct ChartInput<'a> {
    pub state: &'a ViewState,
    pub configs: &'a [Config],
    /// The drawn configurations, with their styles.
    pub drawn: &'a [(usize, Style)],
    pub user_metric: &'a Measure<'a>,
    pub throughput: &'a Measure<'a>,
    /// Whether throughput is on x.
    pub throughput_on_x: bool,
    pub sweep: &'a Sweep,
}

/// A chart and the rows behind each of its points.
pub(super) struct Chart {
    pub panel: Panel,
    pub point_rows: Vec<Vec<Vec<usize>>>,
}

#[derive(Default)]
struct Plot {
    series: Vec<Series>,
    point_rows: Vec<Vec<Vec<usize>>>,
}

/// A point: x, y, load, whether it exceeds the error limit, and its rows.
type Dot = (f64, f64, Option<f64>, bool, Vec<usize>);

impl Plot {
    fn add(&mut self, id: String, label: String, style: Style, mark: fn(Points) -> Mark, dots: Vec<Dot>) {
        if dots.is_empty() {
            return;
        }
        let point = |(x, y, load, failing, _): &Dot| Point { x: *x, y: *y, load: *load, over_limit: *failing };
        self.series.push(Series { id, label, style, mark: mark(dots.iter().map(point).collect()) });
        self.point_rows.push(dots.into_iter().map(|(.., rows)| rows).collect());
    }

    fn finish(
        self,
        input: &ChartInput<'_>,
        context: &Context<'_>,
        title: String,
        (x, y): (&Axis, &Axis),
        label_points: bool,
    ) -> Chart {
        let drawing = Drawing::new(context.table, context.kind, input.state, x, y);
        let mut axes_of = [drawing.axis(x, 0, &self.series, Some(false)), drawing.axis(y, 1, &self.series, Some(false))];
        for axis in &mut axes_of {
            axis.key.clear();
            // The charts have different axes, so they do not share the zoom.
            axis.zooms = false;
        }
        let [x_model, y_model] = axes_of;
        let chart = ChartModel {
            x: x_model,
            y: y_model,
            label_points,
            rules: axes::limits(input.state, x, y),
            series: self.series,
            ..ChartModel::default()
        };
        Chart { panel: Panel { title, chart }, point_rows: self.point_rows }
    }
}

/// The trade-off: one line per configuration in order of load, individual repeats if requested, and the frontier
/// of all configurations, drawn or not.
pub(super) fn trade_off(context: &Context<'_>, input: &ChartInput<'_>, band: Band) -> Chart {
    let mut plot = Plot::default();
    let turned = |(user_metric, throughput): (f64, f64)| {
        if input.throughput_on_x { (throughput, user_metric) } else { (user_metric, throughput) }
    };
    let dot = |point: &sweep::Point| -> Dot {
        let (x, y) = turned(point.at);
        (x, y, point.load, point.failing, point.rows.clone())
    };
    let mut front: Vec<Dot> = input.sweep.best().map(dot).collect();
    front.order_by(|a, b| a.0.total_cmp(&b.0));
    plot.add("frontier".to_owned(), "Overall frontier".to_owned(), NEUTRAL, Mark::Step, front);
    let mut labelled = 0;
    let mut loaded = true;
    for (at, style) in input.drawn {
        let Some(config) = input.configs.get(*at) else { continue };
        let dots: Vec<Dot> = input.sweep.of(*at).map(dot).collect();
        labelled += dots.len();
        loaded &= dots.iter().all(|(_, _, load, ..)| load.is_some());
        let (id, label) = (&config.group.id, &config.group.label);
        let averaged = input.sweep.of(*at).filter(|point| point.rows.len() > 1 && band != Band::Nothing);
        let repeats = averaged.flat_map(|point| point.rows.iter().map(|row| (point.load, *row))).filter_map(|(load, row)| {
            let (x, y) = turned((input.user_metric.get(row)?, input.throughput.get(row)?));
            Some((x, y, load, false, vec![row]))
        });
        plot.add(format!("{id}-repeats"), format!("{label} (individual repeats)"), *style, Mark::FaintDots, repeats.collect());
        plot.add(id.clone(), label.clone(), *style, Mark::Curve, dots);
    }
    let (x, y) =
        if input.throughput_on_x { (input.throughput, input.user_metric) } else { (input.user_metric, input.throughput) };
    let title = "Trade-off".to_owned();
    plot.finish(input, context, title, (&x.axis, &y.axis), loaded && labelled <= LABELLED)
}

/// How repeats are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Band {
    Range,
    Interval,
    Nothing,
}

impl Band {
    /// The selected value, and the control.
    pub(super) fn choose(state: &ViewState) -> (Band, Control) {
        let all = [("range", "min–max"), ("interval", "95% confidence interval"), ("none", "mean only")];
        let (chosen, value) = match state.option(BAND) {
            Some("interval") => (Band::Interval, "interval"),
            Some("none") => (Band::Nothing, "none"),
            _ => (Band::Range, "range"),
        };
        let control = Control {
            key: BAND.to_owned(),
            label: "Repeats".to_owned(),
            help: "Repeats of a load level are averaged. The band shows their spread; the trade-off chart shows the individual \
                   repeats as faint markers"
                .to_owned(),
            values: vec![value.to_owned()],
            entry: Entry::Select(all.iter().map(|(key, label)| Choice::new(key, label, "")).collect()),
        };
        (chosen, control)
    }

    /// The band at a load level; a single measurement is its own minimum and maximum.
    fn ends(self, repeats: &Repeats) -> Option<(f64, f64)> {
        match self {
            Band::Range => Some(repeats.range),
            Band::Interval => repeats.interval,
            Band::Nothing => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Band::Range => "lowest to highest repeat",
            Band::Interval | Band::Nothing => "95% confidence interval",
        }
    }

    /// Describes the band for a note.
    pub(super) fn remark(self) -> String {
        let area = match self {
            Band::Range => "the lowest to the highest repeat",
            Band::Interval => "the 95% confidence interval of the mean",
            Band::Nothing => return String::new(),
        };
        format!("; bands over load span {area}, faint markers in the trade-off are individual repeats")
    }

    /// Draws the band of a line: an area over neighbouring levels, and single marks for a level without a neighbour
    /// that has a band. Ends are minimum and maximum, NaN if unknown.
    fn draw(self, plot: &mut Plot, config: &Config, style: Style, ends: &[(f64, (f64, f64), Vec<usize>)]) {
        let known = |end: &(f64, (f64, f64), Vec<usize>)| end.1.0.is_finite() && end.1.1.is_finite();
        let (mut area, mut point_rows) = (Vec::new(), Vec::new());
        let mut alone: Vec<Dot> = Vec::new();
        for stretch in ends.chunk_by(|a, b| known(a) == known(b)) {
            for (load, (low, high), rows) in stretch {
                area.push([*load, *low, *high]);
                point_rows.push(rows.clone());
                if stretch.len() == 1 && low < high {
                    alone.extend([low, high].map(|end| (*load, *end, Some(*load), false, rows.clone())));
                }
            }
        }
        let label = format!("{} ({})", config.group.label, self.words());
        if area.windows(2).any(|pair| pair.iter().all(|[_, low, _]| low.is_finite())) {
            let id = format!("{}-band", config.group.id);
            plot.series.push(Series { id, label: label.clone(), style, mark: Mark::band(area) });
            plot.point_rows.push(point_rows);
        }
        plot.add(format!("{}-ends", config.group.id), label, style, Mark::FaintDots, alone);
    }
}

/// One metric over one kind of load, and the number of points that average repeats.
pub(super) fn over_load(
    context: &Context<'_>,
    input: &ChartInput<'_>,
    metric: &Measure<'_>,
    kind: LoadKind,
    band: Band,
) -> (Chart, usize) {
    let axis = Axis::Load(kind);
    let loads = Measure::new(context.table, &axis);
    let mut plot = Plot::default();
    let mut averaged = 0;
    for (at, style) in input.drawn {
        let Some(config) = input.configs.get(*at) else { continue };
        let rows: Vec<usize> = config.group.rows.iter().copied().filter(|row| loads.get(*row).is_some()).collect();
        let levels = curve::levels(&rows, |row| loads.get(row), |row| loads.get(row), |row| metric.get(row));
        let mut dots: Vec<Dot> = Vec::new();
        let mut ends: Vec<(f64, (f64, f64), Vec<usize>)> = Vec::new();
        let mut repeated = 0;
        for level in levels {
            let Some((load, found)) = level.load.zip(sweep::repeats(&level.rows, |row| metric.get(row))) else { continue };
            repeated += usize::from(found.count > 1);
            let failing = input.sweep.of(*at).any(|point| point.load == level.load && point.failing);
            ends.push((load, band.ends(&found).unwrap_or((f64::NAN, f64::NAN)), level.rows.clone()));
            dots.push((load, found.mean, Some(load), failing, level.rows));
        }
        averaged += repeated;
        plot.add(config.group.id.clone(), config.group.label.clone(), *style, Mark::Curve, dots);
        if repeated > 0 {
            band.draw(&mut plot, config, *style, &ends);
        }
    }
    let title = format!("Over {}", axes::name(&axis).to_lowercase());
    (plot.finish(input, context, title, (&axis, &metric.axis), false), averaged)
}

/// What the prefill:decode ratio counts, and its control.
pub(super) fn ratio_control(state: &ViewState) -> (Ratio, Control) {
    let chosen = if state.option(RATIO) == Some("servers") { Ratio::Servers } else { Ratio::Gpus };
    let control = Control {
        key: RATIO.to_owned(),
        label: "Prefill:decode ratio".to_owned(),
        help: "Whether the prefill:decode ratio counts GPUs or servers".to_owned(),
        values: vec![if chosen == Ratio::Gpus { "gpus" } else { "servers" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("gpus", "GPUs", ""), Choice::new("servers", "servers", "")]),
    };
    (chosen, control)
}

/// One metric over the prefill:decode ratio, with load labels; `None` without disaggregated deployments. Until the user
/// selects lines, disaggregated deployments that are not drawn elsewhere appear too, in the text colour, and are
/// listed in a note.
pub(super) fn over_ratio(
    context: &Context<'_>,
    input: &ChartInput<'_>,
    metric: &Measure<'_>,
    kind: LoadKind,
    by: Ratio,
) -> Option<(Chart, Option<String>)> {
    let axis = Axis::Load(kind);
    let loads = Measure::new(context.table, &axis);
    let mut plot = Plot::default();
    let mut others: Vec<&str> = Vec::new();
    let mut labelled = 0;
    for at in input.sweep.ranked(input.configs.len(), input.throughput) {
        let Some((config, (prefill, decode))) = input.configs.get(at).and_then(|one| Some((one, one.layout.ratio(by)?))) else {
            continue;
        };
        let rows: Vec<usize> = config.group.rows.iter().copied().filter(|row| loads.get(*row).is_some()).collect();
        let mut dots: Vec<Dot> = Vec::new();
        for level in curve::levels(&rows, |row| loads.get(row), |row| loads.get(row), |row| metric.get(row)) {
            let Some((load, found)) = level.load.zip(sweep::repeats(&level.rows, |row| metric.get(row))) else { continue };
            let failing = input.sweep.of(at).any(|point| point.load == level.load && point.failing);
            dots.push((prefill / decode, found.mean, Some(load), failing, level.rows));
        }
        let drawn = input.drawn.iter().find(|(drawn, _)| *drawn == at).map(|(_, style)| *style);
        let style = match drawn {
            Some(style) => style,
            None if input.state.shown == Shown::Few && others.len() < usize::from(SHAPES) && !dots.is_empty() => {
                others.push(&config.group.label);
                Style { shape: others.len() as u8 - 1, ..NEUTRAL }
            }
            None => continue,
        };
        labelled += dots.len();
        plot.add(config.group.id.clone(), config.group.label.clone(), style, Mark::Dots, dots);
    }
    if plot.series.is_empty() {
        return None;
    }
    let what = if by == Ratio::Gpus { "GPUs" } else { "servers" };
    let title = format!("By prefill:decode {what}");
    let mut chart = plot.finish(input, context, title, (&axis, &metric.axis), labelled <= LABELLED);
    let x = &mut chart.panel.chart.x;
    // On a logarithmic axis, 1:3 and 3:1 are equally far from 1:1.
    (x.title, x.unit, x.better, x.log) = (format!("Prefill ÷ decode {what}"), String::new(), None, true);
    chart.panel.chart.rules.retain(|rule| !rule.upright);
    let named = others.join(", ");
    let note =
        format!("The prefill:decode chart also shows, in the text colour, configurations missing from the legend: {named}.");
    Some((chart, (!others.is_empty()).then_some(note)))
}
