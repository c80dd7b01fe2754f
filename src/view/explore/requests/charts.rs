//! Charts of individual requests. Large data sets are sampled (every n-th request), with a note.

use super::columns::Requests;
use super::selection::Selection;
use crate::analysis::histogram::Distribution;
use crate::analysis::inflight;
use crate::catalog::{metrics, number};
use crate::sorting::Sorting;
use crate::state::{Axis, Limit};
use crate::view::explore::metric_axis;
use crate::view_model::{AxisModel, ChartModel, Mark, Panel, Point, Points, Rule, Series, Style, extent_x, extent_y};

/// Maximum number of requests in a scatter plot.
const SCATTERED: usize = 100_000;
/// Maximum number of start-to-end bars.
const MAX_BARS: usize = 1000;
/// Maximum number of points of a CDF.
const CUMULATED: usize = 1000;
/// Maximum number of points of the requests-in-flight line.
const MOMENTS: usize = 4000;
/// Maximum number of requests for which bins record their rows.
const TRACED: usize = 20_000;

/// Inputs of the charts.
pub(super) struct ChartInput<'a> {
    pub requests: &'a Requests<'a>,
    /// Of each run; `None` of those that are not drawn.
    pub styles: &'a [Option<Style>],
    pub selection: Option<&'a Selection>,
    /// The latency shown.
    pub metric: &'a str,
    pub bins: usize,
    pub slo: &'a [Limit],
}

/// Panels, the rows behind their points, and notes.
#[derive(Default)]
pub(super) struct Charts {
    pub panels: Vec<Panel>,
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
    pub notes: Vec<String>,
}

/// A series, with the rows behind each of its points.
type Line = (Series, Vec<Vec<usize>>);

pub(super) fn panels(input: &ChartInput<'_>, charts: &[&str]) -> Charts {
    let mut drawn = Charts::default();
    let metric = input.metric;
    for chart in charts {
        match *chart {
            "time" => scatter(input, "elapsed", &format!("{} over time", metrics::label(metric)), &mut drawn),
            "lengths" => {
                // A prompt is paid for before the first token, an answer afterwards.
                let (length, of) = if metric == "ttft" { ("input_tokens", "input") } else { ("output_tokens", "output") };
                scatter(input, length, &format!("{} over {of} length", metrics::label(metric)), &mut drawn);
            }
            "histogram" => histogram(input, metric, &mut drawn),
            "cdf" => cumulative(input, metric, &mut drawn),
            "inflight" => in_flight(input, &mut drawn),
            _ => bars(input, &mut drawn),
        }
    }
    drawn.notes.order();
    drawn.notes.dedup();
    drawn
}

impl Charts {
    /// Adds a panel of lines, unless none has a point. `brush` are the metrics along x and y that a box selects by.
    fn add(&mut self, title: &str, axes: [AxisModel; 2], brush: [&str; 2], rules: Vec<Rule>, lines: Vec<Line>) {
        let mut series = Vec::new();
        let mut point_rows = Vec::new();
        for (line, rows) in lines {
            if line.mark.points().is_some_and(|points| !points.is_empty()) {
                series.push(line);
                point_rows.push(rows);
            }
        }
        if series.is_empty() {
            return;
        }
        let [mut x, mut y] = axes;
        x.range = x.range.or_else(|| extent_x(&series));
        y.range = y.range.or_else(|| extent_y(&series));
        let brush = brush.map(str::to_owned);
        let chart = ChartModel { x, y, series, rules, brush, ..ChartModel::default() };
        self.panels.push(Panel { title: title.to_owned(), chart });
        self.points.push(point_rows);
    }
}

/// The runs that are drawn.
fn drawn_runs<'a>(input: &'a ChartInput<'_>) -> impl Iterator<Item = usize> + Clone + 'a {
    (0..input.requests.groups.len()).filter(|run| input.styles.get(*run).is_some_and(Option::is_some))
}

/// The successful requests of a run.
fn requests_of<'a>(input: &'a ChartInput<'_>, run: usize) -> &'a [usize] {
    input.requests.succeeded.get(run).map(Vec::as_slice).unwrap_or_default()
}

/// A line of a run.
fn of_run(input: &ChartInput<'_>, run: usize, mark: Mark) -> Series {
    let (id, label) = input.requests.groups.get(run).map(|group| (group.id.clone(), group.label.clone())).unwrap_or_default();
    Series { id, label, style: input.styles.get(run).copied().flatten().unwrap_or(Style { colour: 0, shape: 0 }), mark }
}

/// The limits on a latency, for any statistic.
fn limits(input: &ChartInput<'_>, of: &str, upright: bool) -> Vec<Rule> {
    let limit = |limit: &Limit| match &limit.of {
        Axis::Figure { metric, stat } if metric == of => {
            let label = format!("{} limit {}", stat.label(), number::with_unit(metric, limit.bound));
            Some(Rule { upright, at: limit.bound, label })
        }
        _ => None,
    };
    input.slo.iter().filter_map(limit).collect()
}

fn values<'a>(input: &'a ChartInput<'_>, metric: &'a str) -> impl Iterator<Item = Option<Distribution>> + 'a {
    let figure = move |row: &usize| input.requests.figure(metric, *row);
    drawn_runs(input).map(move |run| Distribution::new(requests_of(input, run).iter().filter_map(figure)))
}

/// All runs share the same bins, so that their bars are comparable.
fn histogram(input: &ChartInput<'_>, metric: &str, drawn: &mut Charts) {
    let found: Vec<Option<Distribution>> = values(input, metric).collect();
    let ranges = found.iter().flatten().map(Distribution::range);
    let Some((low, high)) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
    let line = |(run, distribution): (usize, &Option<Distribution>)| -> Option<Line> {
        let (distribution, rows) = (distribution.as_ref()?, requests_of(input, run));
        let histogram = distribution.histogram_over(low, high, input.bins);
        let mut points = Points::with_capacity(histogram.counts.len());
        for (ends, count) in histogram.edges.windows(2).zip(&histogram.counts) {
            points.push(Point::at((ends[0] + ends[1]) / 2.0, *count as f64));
        }
        let mut point_rows: Vec<Vec<usize>> = vec![Vec::new(); histogram.counts.len()];
        let last = point_rows.len().saturating_sub(1);
        for row in rows.iter().filter(|_| rows.len() <= TRACED) {
            let Some(value) = input.requests.figure(metric, *row) else { continue };
            let at = histogram.edges.partition_point(|edge| *edge <= value).saturating_sub(1).min(last);
            point_rows.get_mut(at).into_iter().for_each(|bin| bin.push(*row));
        }
        Some((of_run(input, run, Mark::Histogram(points)), point_rows))
    };
    let lines: Vec<Line> = drawn_runs(input).zip(&found).filter_map(line).collect();
    let most = lines.iter().flat_map(|(line, _)| line.points()).map(|bin| bin.y).fold(0.0, f64::max);
    let x = AxisModel { range: Some([low, high]), ..metric_axis(metric) };
    let y = AxisModel { range: Some([0.0, most]), ..AxisModel::own("Requests per bin", "", None) };
    let mut rules = limits(input, metric, true);
    if let [Some(only)] = found.as_slice() {
        let at = |percent: f64| Rule {
            upright: true,
            at: only.percentile(percent),
            label: format!("P{percent} {}", number::short(only.percentile(percent))),
        };
        rules.extend([50.0, 95.0, 99.0].map(at));
    }
    drawn.add(&format!("{}: histogram", metrics::label(metric)), [x, y], [metric, ""], rules, lines);
}

fn cumulative(input: &ChartInput<'_>, metric: &str, drawn: &mut Charts) {
    let line = |(run, found): (usize, Option<Distribution>)| -> Line {
        let steps = found.map(|found| found.cumulative(CUMULATED)).unwrap_or_default();
        (of_run(input, run, Mark::Curve(steps.into_iter().collect())), Vec::new())
    };
    let lines = drawn_runs(input).zip(values(input, metric)).map(line).collect();
    let y = AxisModel { range: Some([0.0, 100.0]), ..AxisModel::own("CDF", "%", None) };
    let title = format!("{}: CDF", metrics::label(metric));
    drawn.add(&title, [metric_axis(metric), y], [metric, ""], limits(input, metric, true), lines);
}

/// The latency of every request over another of its figures. Where some are selected the others are faint.
fn scatter(input: &ChartInput<'_>, x: &str, title: &str, drawn: &mut Charts) {
    let (requests, y) = (input.requests, input.metric);
    let total: usize = drawn_runs(input).map(|run| requests_of(input, run).len()).sum();
    let every = total.div_ceil(SCATTERED).max(1);
    if every > 1 {
        drawn.notes.push(sampled(every, total));
    }
    let mut selected = vec![input.selection.is_none(); requests.table.rows()];
    if let Some(selection) = input.selection {
        for (row, is_selected) in selection.rows.iter().zip(&selection.selected) {
            selected[*row] = *is_selected;
        }
    }
    let line = |run: usize, of: bool| -> Line {
        let (mut points, mut point_rows) = (Points::default(), Vec::new());
        // A selection is drawn whole.
        let every = if of && input.selection.is_some() { 1 } else { every };
        let rows = requests_of(input, run).iter().filter(|row| selected[**row] == of);
        for row in rows.step_by(every) {
            if let (Some(x), Some(y)) = (requests.figure(x, *row), requests.figure(y, *row)) {
                points.push(Point::at(x, y));
                point_rows.push(vec![*row]);
            }
        }
        let mut line = of_run(input, run, if of { Mark::Dots(points) } else { Mark::FaintDots(points) });
        if !of {
            line.id.push_str("-rest");
        }
        (line, point_rows)
    };
    // What is selected lies above all others.
    let lines = [false, true].into_iter().flat_map(|of| drawn_runs(input).map(move |run| (run, of)));
    let lines: Vec<Line> = lines.map(|(run, of)| line(run, of)).collect();
    drawn.add(title, [metric_axis(x), metric_axis(y)], [x, y], limits(input, y, false), lines);
}

/// The note if requests are sampled.
pub(super) fn sampled(every: usize, total: usize) -> String {
    let ordinal = match every {
        2 => "2nd".to_owned(),
        3 => "3rd".to_owned(),
        more => format!("{more}th"),
    };
    format!("Every {ordinal} request of {total} is drawn; statistics use all of them.")
}

fn in_flight(input: &ChartInput<'_>, drawn: &mut Charts) {
    let mut thinned = false;
    let lines: Vec<Line> = drawn_runs(input)
        .map(|run| {
            let steps = input.requests.in_flight(run);
            thinned |= steps.len() > MOMENTS;
            let steps = inflight::peaks(&steps, MOMENTS);
            let mut points = Points::with_capacity(steps.len() * 2);
            let mut before = 0.0;
            for (at, count) in steps {
                points.extend([Point::at(at, before), Point::at(at, count)]);
                before = count;
            }
            (of_run(input, run, Mark::Curve(points)), Vec::new())
        })
        .collect();
    if thinned {
        drawn.notes.push(format!("Requests in flight: the maximum in each of {MOMENTS} equal time windows."));
    }
    let y = AxisModel::own("Requests in flight", "requests", None);
    drawn.add("Requests in flight", [metric_axis("elapsed"), y], ["elapsed", ""], Vec::new(), lines);
}

/// Each request as a bar from start to last token, separated by gaps.
fn bars(input: &ChartInput<'_>, drawn: &mut Charts) {
    let requests = input.requests;
    let total: usize = drawn_runs(input).map(|run| requests_of(input, run).len()).sum();
    let every = total.div_ceil(MAX_BARS).max(1);
    if every > 1 {
        drawn.notes.push(sampled(every, total).replace("is drawn;", "is drawn from start to end;"));
    }
    let mut number = 0.0;
    let lines: Vec<Line> = drawn_runs(input)
        .map(|run| {
            let rows = requests_of(input, run);
            let mut bars: Vec<(f64, f64, usize)> =
                rows.iter().step_by(every).filter_map(|row| requests.interval(*row).map(|(from, to)| (from, to, *row))).collect();
            bars.order_by(|a, b| a.0.total_cmp(&b.0));
            let (mut points, mut point_rows) = (Points::default(), Vec::new());
            for (from, to, row) in bars {
                number += 1.0;
                points.extend([(from, number), (to, number), (to, f64::NAN)].map(|(x, y)| Point::at(x, y)));
                point_rows.extend([vec![row], vec![row], Vec::new()]);
            }
            (of_run(input, run, Mark::Curve(points)), point_rows)
        })
        .collect();
    let y = AxisModel::own("Requests by start time", "", None);
    drawn.add("Requests from start to last token", [metric_axis("elapsed"), y], ["elapsed", ""], Vec::new(), lines);
}
