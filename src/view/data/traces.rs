//! Traces: when requests arrive, how long they are, and how much of their prompts earlier ones had; several compared.

use crate::analysis::histogram::Distribution;
use crate::analysis::intervals::Intervals;
use crate::catalog::{metrics, number};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{
    AxisModel, Card, ChartModel, Choice, Column, Control, Empty, Entry, Grid, GridCell, Mark, Panel, Point, Points, Series,
    Style, ViewModel, extent_x, extent_y,
};

/// Option: the width of an interval, in seconds.
const INTERVAL: &str = "interval";
/// In links: a cache that evicts nothing.
const ALL: &str = "all";
/// Maximum number of points of a distribution.
const CUMULATED: usize = 1000;

/// Option: the size of the prefix cache, in blocks.
const CACHE: &str = "cache";
/// What is drawn over time besides the hit rate: metric of an entry, title.
const OVER_TIME: [(&str, &str); 2] = [("input_tokens", "Mean input length"), ("output_tokens", "Mean output length")];
/// What is drawn as a distribution: metric, title.
const LENGTHS: [(&str, &str); 4] = [
    ("input_tokens", "Input length"),
    ("output_tokens", "Output length"),
    ("context_tokens", "Context length"),
    ("unique_tokens", "Unique prompt length"),
];

/// Traces of requests.
pub(crate) static TRACES: View = View {
    about: &About {
        id: "data/traces",
        tab: &tabs::DATA,
        label: "Traces",
        purpose: "Arrivals, lengths and shared prefixes of request traces over time",
        kind: Some(Kind::Entry),
        ..About::MEASUREMENTS
    },
    show,
};

/// A trace that is drawn: its requests in the order of time.
struct Trace<'g> {
    group: &'g Group,
    style: Style,
    /// Seconds from the start of the trace, and the row.
    requests: Vec<(f64, usize)>,
}

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let chosen = asked.selection();
    let ignored: Vec<&str> = chosen.keys().map(String::as_str).filter(|key| table.dimension(key).is_none()).collect();
    let frame = Frame::new(context, asked, if table.rows() > 0 { &ignored } else { &[] });
    let mut state = frame.state.clone();
    let mut notes = Vec::new();
    let elapsed = table.figures("elapsed", Stat::Mean);
    let at = |row: &usize| elapsed.as_ref()?.get(*row);
    let timed: Vec<usize> = frame.rows.iter().copied().filter(|row| at(row).is_some()).collect();
    if timed.len() < frame.rows.len() && !timed.is_empty() {
        notes.push(format!("{} without a time of their own not shown.", Kind::Entry.count(frame.rows.len() - timed.len())));
    }
    let by: Vec<&str> = ["dataset", "path"].into_iter().filter(|key| table.dimension(key).is_some()).collect();
    let groups = groups::group(table, &timed, &by);
    let shown = lines::choose(&groups, &mut state, &mut notes);
    let styles = lines::styles(context, &by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);
    let traces: Vec<Trace<'_>> = shown
        .iter()
        .zip(styles)
        .map(|(group, style)| {
            let mut requests: Vec<(f64, usize)> = group.rows.iter().filter_map(|row| Some((at(row)?, *row))).collect();
            requests.order_by(|a, b| a.0.total_cmp(&b.0));
            Trace { group, style, requests }
        })
        .collect();
    let moments = traces.iter().flat_map(|trace| trace.requests.first().into_iter().chain(trace.requests.last()));
    let ends = moments.map(|(at, _)| (*at, *at)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let most = traces.iter().map(|trace| trace.requests.len()).max().unwrap_or(0);
    let intervals = ends.map(|(first, last)| Intervals::new(first, last, state.number(INTERVAL), most));

    let caches: Vec<(usize, &str)> = metrics::LRU_REUSE
        .into_iter()
        .filter(|(_, metric)| traces.iter().any(|trace| figures(table, trace, metric).is_some()))
        .collect();
    let asked_cache = state.number(CACHE);
    let cache = caches.iter().find(|(blocks, _)| asked_cache == Some(*blocks as f64));
    let cache = cache.map_or((None, "prefix_reuse"), |(blocks, metric)| (Some(*blocks), *metric));
    let (mut panels, mut points) = (Vec::new(), Vec::new());
    if let Some(intervals) = intervals {
        let mut add = |title: &str, y: AxisModel, value: &dyn Fn(&[usize]) -> Option<f64>| {
            if let Some((panel, rows)) = over_time(&traces, intervals, title, y, value) {
                panels.push(panel);
                points.push(rows);
            }
        };
        let width = intervals.width;
        let per_second = |rows: &[usize]| Some(rows.len() as f64 / width);
        add("Arrivals", AxisModel::own("Requests", "req/s", None), &per_second);
        let (size, metric) = cache;
        let hit_rate = match size {
            Some(blocks) => format!("Hit rate of a prefix cache of {} blocks (LRU)", number::column(blocks as f64)),
            None => "Hit rate of an unlimited prefix cache".to_owned(),
        };
        for (metric, title) in std::iter::once((metric, hit_rate.as_str())).chain(OVER_TIME) {
            let Some(column) = table.figures(metric, Stat::Mean) else { continue };
            let mean =
                |rows: &[usize]| Distribution::new(rows.iter().filter_map(|row| column.get(*row))).map(|found| found.mean());
            add(title, axis(metric, title), &mean);
        }
    }
    if let Some((panel, rows)) = intervals.and_then(|intervals| working_set(table, &traces, intervals)) {
        panels.push(panel);
        points.push(rows);
    }
    for (metric, title) in LENGTHS {
        if let Some(panel) = distribution(table, &traces, metric, title) {
            points.push(vec![Vec::new(); panel.chart.series.len()]);
            panels.push(panel);
        }
    }
    let names: Vec<&str> = traces.iter().map(|trace| trace.group.label.as_str()).collect();
    let rows: Vec<usize> = traces.iter().flat_map(|trace| trace.requests.iter().map(|(_, row)| *row)).collect();
    let empty = (rows.is_empty() && !frame.rows.is_empty()).then(|| {
        let mut lengths = frame.state.clone();
        lengths.show_view("data/workloads");
        let reason = "None of the filtered data set entries says when it is sent. Load a trace: Mooncake, AIPerf or srt-slurm JSON \
                      lines, or the CSV of Azure or BurstGPT.";
        Empty { reason: reason.to_owned(), remedy: Some(("Show their lengths".to_owned(), lengths)) }
    });
    let sentence = match names.is_empty() {
        true => String::new(),
        false => format!("{} of {}", number::plural(rows.len() as u64, "request"), names.join(", ")),
    };
    let parts = ViewModel {
        sentence,
        notes,
        controls: intervals.iter().map(|intervals| control(*intervals)).chain(cache_control(&caches, cache.0)).collect(),
        cards: traces.iter().map(|trace| card(table, trace, intervals)).collect(),
        panels,
        legend,
        grids: if traces.is_empty() { Vec::new() } else { vec![grid(table, &traces, intervals, &caches)] },
        empty,
        ..ViewModel::default()
    };
    let figures = ["elapsed"].into_iter().chain(LENGTHS.map(|(metric, _)| metric)).chain(["prefix_reuse"]);
    let axes: Vec<Axis> = figures.map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean }).collect();
    let mut output = frame.finish(context, parts, rows, &axes);
    output.model.state.shown = state.shown;
    output.points = points;
    output
}

fn axis(metric: &str, title: &str) -> AxisModel {
    AxisModel::own(title, metrics::metric(metric).map_or("", |metric| metric.unit), None)
}

/// The rows of a trace that are in each interval up to the one of its last request.
fn cut<'t>(trace: &'t Trace<'_>, intervals: Intervals) -> impl Iterator<Item = (f64, Vec<usize>)> + 't {
    let last = trace.requests.last().map_or(0, |(at, _)| intervals.number(*at) + 1);
    let mut rest = trace.requests.as_slice();
    (0..last).map(move |number| {
        let (within, later) = rest.split_at(rest.partition_point(|(at, _)| intervals.number(*at) <= number));
        rest = later;
        (intervals.from(number), within.iter().map(|(_, row)| *row).collect())
    })
}

/// A panel with a line for each trace, and the rows behind its points; nothing if no trace has a value.
fn over_time(
    traces: &[Trace<'_>],
    intervals: Intervals,
    title: &str,
    y: AxisModel,
    value: &dyn Fn(&[usize]) -> Option<f64>,
) -> Option<(Panel, Vec<Vec<Vec<usize>>>)> {
    let (mut series, mut behind) = (Vec::new(), Vec::new());
    for trace in traces {
        let (mut points, mut rows_of_points) = (Points::default(), Vec::new());
        for (from, rows) in cut(trace, intervals) {
            if let Some(value) = value(&rows) {
                points.push(Point::at(from + intervals.width / 2.0, value));
                rows_of_points.push(rows);
            }
        }
        if !points.is_empty() {
            series.push(line(trace, points));
            behind.push(rows_of_points);
        }
    }
    let high = series.iter().flat_map(Series::points).map(|point| point.y).reduce(f64::max)?;
    let x = AxisModel { range: extent_x(&series), ..axis("elapsed", "Time since start") };
    let y = AxisModel { range: Some([0.0, high]), ..y };
    Some((Panel { title: title.to_owned(), chart: ChartModel { x, y, series, ..ChartModel::default() } }, behind))
}

/// A panel with the distribution function of each trace.
fn distribution(table: &Table, traces: &[Trace<'_>], metric: &str, title: &str) -> Option<Panel> {
    let found = traces.iter().filter_map(|trace| Some((trace, figures(table, trace, metric)?)));
    let series: Vec<Series> =
        found.map(|(trace, found)| line(trace, found.cumulative(CUMULATED).into_iter().collect())).collect();
    if series.is_empty() {
        return None;
    }
    let x = AxisModel { range: extent_x(&series), ..axis(metric, title) };
    let y = AxisModel { range: extent_y(&series).map(|[_, high]| [0.0, high]), ..AxisModel::own("CDF", "%", None) };
    Some(Panel { title: format!("{title}: CDF"), chart: ChartModel { x, y, series, ..ChartModel::default() } })
}

fn line(trace: &Trace<'_>, points: Points) -> Series {
    Series { id: trace.group.id.clone(), label: trace.group.label.clone(), style: trace.style, mark: Mark::Curve(points) }
}

fn figures(table: &Table, trace: &Trace<'_>, metric: &str) -> Option<Distribution> {
    let column = table.figures(metric, Stat::Mean)?;
    Distribution::new(trace.requests.iter().filter_map(|(_, row)| column.get(*row)))
}

/// From the first request to the last, in seconds; `None` if they are at one moment.
fn duration(trace: &Trace<'_>) -> Option<f64> {
    let (first, last) = (trace.requests.first()?.0, trace.requests.last()?.0);
    (last > first).then_some(last - first)
}

/// Requests per second: those after the first, each of which ends a gap, by the duration, and the most of an interval.
fn rates(trace: &Trace<'_>, intervals: Option<Intervals>) -> Option<(f64, f64)> {
    let (duration, intervals) = (duration(trace)?, intervals?);
    let most = cut(trace, intervals).map(|(_, rows)| rows.len()).max()?;
    Some(((trace.requests.len() - 1) as f64 / duration, most as f64 / intervals.width))
}

fn control(intervals: Intervals) -> Control {
    Control {
        key: INTERVAL.to_owned(),
        label: "Interval".to_owned(),
        help: "Width of the intervals over which requests are counted and averaged".to_owned(),
        values: vec![number::exact(intervals.width)],
        entry: Entry::Number { unit: "s".to_owned() },
    }
}

/// The choice of a cache; none where no cache that is offered is smaller than the trace.
fn cache_control(caches: &[(usize, &str)], chosen: Option<usize>) -> Option<Control> {
    let of = |blocks: usize| Choice::new(&blocks.to_string(), &format!("{} blocks", number::column(blocks as f64)), "LRU");
    let choices = std::iter::once(Choice::new(ALL, "unlimited", "")).chain(caches.iter().map(|(blocks, _)| of(*blocks)));
    (!caches.is_empty()).then(|| Control {
        key: CACHE.to_owned(),
        label: "Prefix cache".to_owned(),
        help:
            "Its size; the least recently used blocks are evicted. Sizes above the trace's working set are the same as unlimited"
                .to_owned(),
        values: vec![chosen.map_or(ALL.to_owned(), |blocks| blocks.to_string())],
        entry: Entry::Select(choices.collect()),
    })
}

/// A panel with the distinct blocks that each trace had up to the end of each interval.
fn working_set(table: &Table, traces: &[Trace<'_>], intervals: Intervals) -> Option<(Panel, Vec<Vec<Vec<usize>>>)> {
    let new = table.figures("new_blocks", Stat::Mean)?;
    let (mut series, mut behind) = (Vec::new(), Vec::new());
    for trace in traces {
        let (mut points, mut rows_of_points, mut total, mut known) = (Points::default(), Vec::new(), 0.0, false);
        for (from, rows) in cut(trace, intervals) {
            let added: Vec<f64> = rows.iter().filter_map(|row| new.get(*row)).collect();
            known |= !added.is_empty();
            total += added.iter().sum::<f64>();
            points.push(Point::at(from + intervals.width, total));
            rows_of_points.push(rows);
        }
        if known {
            series.push(line(trace, points));
            behind.push(rows_of_points);
        }
    }
    let high = series.iter().flat_map(Series::points).map(|point| point.y).reduce(f64::max)?;
    let x = AxisModel { range: extent_x(&series), ..axis("elapsed", "Time since start") };
    let y = AxisModel { range: Some([0.0, high]), ..AxisModel::own("Distinct blocks so far", "blocks", None) };
    Some((Panel { title: "Working set".to_owned(), chart: ChartModel { x, y, series, ..ChartModel::default() } }, behind))
}

fn card(table: &Table, trace: &Trace<'_>, intervals: Option<Intervals>) -> Card {
    let hits = figures(table, trace, "prefix_reuse").map(|found| format!("{}% prefix hits", number::short(found.mean())));
    let peak = rates(trace, intervals).map(|(_, peak)| format!("peak {} req/s", number::short(peak)));
    Card {
        label: trace.group.label.clone(),
        value: rates(trace, intervals).map_or("–".to_owned(), |(mean, _)| format!("{} req/s", number::short(mean))),
        detail: peak.into_iter().chain(hits).collect::<Vec<_>>().join(", "),
        method: "Requests by the time from the first to the last; mean over requests of the share of their leading blocks that \
                 earlier requests had."
            .to_owned(),
        ..Card::default()
    }
}

/// The traces in figures.
fn grid(table: &Table, traces: &[Trace<'_>], intervals: Option<Intervals>, caches: &[(usize, &str)]) -> Grid {
    let mut columns = vec![
        Column::text("dataset", "Trace"),
        Column::figure("requests", "Requests", ""),
        Column::figure("duration", "Duration", "s"),
        Column::figure("rate", "Arrivals", "req/s"),
        Column::figure("peak", "Peak arrivals", "req/s"),
        Column::figure("variation", "Variation of gaps", ""),
        Column::figure("hit_rate", "Hit rate", "%"),
        Column::figure("working_set", "Working set", "blocks"),
    ];
    for (blocks, metric) in caches {
        columns.push(Column::figure(metric, &format!("Hit rate, {} blocks", number::column(*blocks as f64)), "%"));
    }
    for (metric, title) in LENGTHS {
        for (key, statistic) in [("mean", "mean"), ("p50", "median"), ("p95", "P95"), ("max", "max")] {
            columns.push(Column::figure(&format!("{metric}.{key}"), &format!("{title}, {statistic}"), "tokens"));
        }
    }
    let row = |trace: &Trace<'_>| {
        let (mean, peak) = rates(trace, intervals).unzip();
        let gaps = Distribution::new(trace.requests.windows(2).filter_map(|pair| Some(pair.get(1)?.0 - pair.first()?.0)));
        let variation = gaps.map(|gaps| gaps.population_deviation() / gaps.mean()).filter(|ratio| ratio.is_finite());
        let hits = figures(table, trace, "prefix_reuse").map(|found| found.mean());
        let mut cells = vec![GridCell::text(trace.group.label.as_str())];
        let new = table.figures("new_blocks", Stat::Mean);
        let new: Vec<f64> = trace.requests.iter().filter_map(|(_, row)| new.as_ref()?.get(*row)).collect();
        let working_set = (!new.is_empty()).then(|| new.iter().sum());
        let own = [Some(trace.requests.len() as f64), duration(trace), mean, peak, variation, hits, working_set];
        cells.extend(own.map(GridCell::figure));
        cells.extend(caches.iter().map(|(_, metric)| GridCell::figure(figures(table, trace, metric).map(|found| found.mean()))));
        for (metric, _) in LENGTHS {
            let found = figures(table, trace, metric);
            let of = |read: &dyn Fn(&Distribution) -> f64| GridCell::figure(found.as_ref().map(read));
            cells.extend([
                of(&Distribution::mean),
                of(&|found| found.percentile(50.0)),
                of(&|found| found.percentile(95.0)),
                of(&|found| found.range().1),
            ]);
        }
        cells
    };
    Grid {
        key: "traces".to_owned(),
        title: "Traces".to_owned(),
        note: "Variation of gaps: standard deviation by mean of the times between requests; 1 for a Poisson process, more for bursts. \
               Hit rate: of an unlimited prefix cache or of one of so many blocks (least recently used evicted), mean over requests."
            .to_owned(),
        columns,
        rows: traces.iter().map(row).collect(),
        ..Grid::default()
    }
}
