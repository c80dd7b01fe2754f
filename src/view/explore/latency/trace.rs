//! Charts of individual requests. Large data sets are sampled (every n-th request), with a note.

use super::metric_axis;
use super::request_columns::Requests;
use crate::analysis::histogram::Distribution;
use crate::analysis::inflight;
use crate::catalog::{metrics, number};
use crate::query::groups::Group;
use crate::sorting::Sorting;
use crate::state::{Axis, Limit};
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
    pub groups: &'a [&'a Group],
    pub styles: &'a [Style],
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

/// The points of a series, with the rows behind each.
type Line = (Points, Vec<Vec<usize>>);

pub(super) fn panels(input: &ChartInput<'_>, charts: &[&str], metric: Option<&str>) -> Charts {
    let mut drawn = Charts::default();
    for chart in charts {
        match *chart {
            "histogram" => metric.iter().for_each(|metric| histogram(input, metric, &mut drawn)),
            "cdf" => metric.iter().for_each(|metric| cumulative(input, metric, &mut drawn)),
            "lengths" => {
                scatter(input, "input_tokens", "ttft", "TTFT against input length", &mut drawn);
                scatter(input, "output_tokens", "e2el", "E2E latency against output length", &mut drawn);
            }
            "time" => {
                scatter(input, "elapsed", "ttft", "TTFT over start time", &mut drawn);
                scatter(input, "elapsed", "e2el", "E2E latency over start time", &mut drawn);
            }
            "inflight" => in_flight(input, &mut drawn),
            _ => bars(input, &mut drawn),
        }
    }
    drawn.notes.order();
    drawn.notes.dedup();
    drawn
}

impl Charts {
    /// Adds a panel of the groups' lines, unless none has a point.
    fn add(
        &mut self,
        input: &ChartInput<'_>,
        title: &str,
        mark: fn(Points) -> Mark,
        axes: [AxisModel; 2],
        rules: Vec<Rule>,
        lines: Vec<Line>,
    ) {
        let mut series = Vec::new();
        let mut point_rows = Vec::new();
        for ((group, style), (points, rows)) in input.groups.iter().zip(input.styles).zip(lines) {
            if !points.is_empty() {
                series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark: mark(points) });
                point_rows.push(rows);
            }
        }
        if series.is_empty() {
            return;
        }
        let [mut x, mut y] = axes;
        x.range = x.range.or_else(|| extent_x(&series));
        y.range = y.range.or_else(|| extent_y(&series));
        let chart = ChartModel { x, y, series, label_points: false, rules };
        self.panels.push(Panel { title: title.to_owned(), chart });
        self.points.push(point_rows);
    }
}

/// The limits on a latency, for any statistic.
fn limits(input: &ChartInput<'_>, of: &str, upright: bool) -> Vec<Rule> {
    let limit = |limit: &Limit| match &limit.of {
        Axis::Figure { metric, stat } if metric == of => {
            let label = format!("{} limit {}", stat.label(), number::short(limit.bound));
            Some(Rule { upright, at: limit.bound, label })
        }
        _ => None,
    };
    input.slo.iter().filter_map(limit).collect()
}

fn values<'a>(input: &'a ChartInput<'_>, metric: &'a str) -> impl Iterator<Item = Option<Distribution>> + 'a {
    let figure = move |row: &usize| input.requests.figure(metric, *row);
    input.requests.succeeded.iter().map(move |rows| Distribution::new(rows.iter().filter_map(figure)))
}

/// All runs share the same bins, so that their bars are comparable.
fn histogram(input: &ChartInput<'_>, metric: &str, drawn: &mut Charts) {
    let found: Vec<Option<Distribution>> = values(input, metric).collect();
    let ranges = found.iter().flatten().map(Distribution::range);
    let Some((low, high)) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
    let line = |(distribution, rows): (&Option<Distribution>, &Vec<usize>)| -> Line {
        let Some(distribution) = distribution else { return Line::default() };
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
        (points, point_rows)
    };
    let lines: Vec<Line> = found.iter().zip(&input.requests.succeeded).map(line).collect();
    let most = lines.iter().flat_map(|(points, _)| points.iter().map(|bin| bin.y)).fold(0.0, f64::max);
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
    drawn.add(input, &format!("{}: histogram", metrics::label(metric)), Mark::Histogram, [x, y], rules, lines);
}

fn cumulative(input: &ChartInput<'_>, metric: &str, drawn: &mut Charts) {
    let line = |found: Option<Distribution>| -> Line {
        let steps = found.map(|found| found.cumulative(CUMULATED)).unwrap_or_default();
        (steps.into_iter().collect(), Vec::new())
    };
    let lines = values(input, metric).map(line).collect();
    let y = AxisModel { range: Some([0.0, 100.0]), ..AxisModel::own("CDF", "%", None) };
    let title = format!("{}: CDF", metrics::label(metric));
    drawn.add(input, &title, Mark::Curve, [metric_axis(metric), y], limits(input, metric, true), lines);
}

fn scatter(input: &ChartInput<'_>, x: &str, y: &str, title: &str, drawn: &mut Charts) {
    let requests = input.requests;
    let total: usize = requests.succeeded.iter().map(Vec::len).sum();
    let every = total.div_ceil(SCATTERED).max(1);
    if every > 1 {
        drawn.notes.push(sampled(every, total));
    }
    let line = |rows: &Vec<usize>| -> Line {
        let (mut points, mut point_rows) = (Points::default(), Vec::new());
        for row in rows.iter().step_by(every) {
            if let (Some(x), Some(y)) = (requests.figure(x, *row), requests.figure(y, *row)) {
                points.push(Point::at(x, y));
                point_rows.push(vec![*row]);
            }
        }
        (points, point_rows)
    };
    let lines: Vec<Line> = requests.succeeded.iter().map(line).collect();
    drawn.add(input, title, Mark::Dots, [metric_axis(x), metric_axis(y)], limits(input, y, false), lines);
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
    let lines: Vec<Line> = input
        .requests
        .succeeded
        .iter()
        .map(|rows| {
            let steps = inflight::steps(rows.iter().filter_map(|row| input.requests.interval(*row)));
            thinned |= steps.len() > MOMENTS;
            let steps = inflight::peaks(&steps, MOMENTS);
            let mut points = Points::with_capacity(steps.len() * 2);
            let mut before = 0.0;
            for (at, count) in steps {
                points.extend([Point::at(at, before), Point::at(at, count)]);
                before = count;
            }
            (points, Vec::new())
        })
        .collect();
    if thinned {
        drawn.notes.push(format!("Requests in flight: the maximum in each of {MOMENTS} equal time windows."));
    }
    let y = AxisModel::own("Requests in flight", "requests", None);
    drawn.add(input, "Requests in flight", Mark::Curve, [metric_axis("elapsed"), y], Vec::new(), lines);
}

/// Each request as a bar from start to last token, separated by gaps.
fn bars(input: &ChartInput<'_>, drawn: &mut Charts) {
    let requests = input.requests;
    let total: usize = requests.succeeded.iter().map(Vec::len).sum();
    let every = total.div_ceil(MAX_BARS).max(1);
    if every > 1 {
        drawn.notes.push(sampled(every, total).replace("is drawn;", "is drawn from start to end;"));
    }
    let mut number = 0.0;
    let lines: Vec<Line> = requests
        .succeeded
        .iter()
        .map(|rows| {
            let mut bars: Vec<(f64, f64, usize)> =
                rows.iter().step_by(every).filter_map(|row| requests.interval(*row).map(|(from, to)| (from, to, *row))).collect();
            bars.order_by(|a, b| a.0.total_cmp(&b.0));
            let (mut points, mut point_rows) = (Points::default(), Vec::new());
            for (from, to, row) in bars {
                number += 1.0;
                points.extend([(from, number), (to, number), (to, f64::NAN)].map(|(x, y)| Point::at(x, y)));
                point_rows.extend([vec![row], vec![row], Vec::new()]);
            }
            (points, point_rows)
        })
        .collect();
    let y = AxisModel::own("Requests by start time", "", None);
    drawn.add(input, "Requests from start to last token", Mark::Curve, [metric_axis("elapsed"), y], Vec::new(), lines);
}
