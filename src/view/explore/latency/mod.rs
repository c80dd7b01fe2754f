//! Latency: time to first token, per output token and end to end against load: one panel each for one statistic,
//! percentile fans, lowest and highest values.

mod fan;

use std::cmp::Reverse;

use super::{LATENCIES, has};
use crate::catalog::metrics;
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::series::{Counts, Drawing};
use crate::query::values::Values;
use crate::query::{axes, lines};
use crate::record::{Kind, LoadKind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{
    AxisModel, ChartModel, Choice, Column, Control, Empty, Entry, Grid, GridCell, Panel, Rule, Series, ViewModel, extent_y,
};

/// Option: kind of load.
const LOAD: &str = "load";
const LOADS: [(LoadKind, &str, &str); 2] =
    [(LoadKind::Concurrency, "concurrency", "fixed concurrency"), (LoadKind::Rate, "rate", "fixed request rate")];
/// Option: logarithmic axes.
const LOG: &str = "log";
/// Default statistics, in order of preference.
const DEFAULT_STATS: [Stat; 6] = [Stat::Mean, Stat::P50, Stat::P95, Stat::P99, Stat::P90, Stat::Max];
/// ITL ÷ TPOT above which ITL measures multi-token chunks instead of tokens.
const CHUNKED: f64 = 2.0;

/// A latency and the statistic of it that is shown.
type LatencyStat = (&'static str, Stat);

/// Latencies.
pub(crate) static LATENCY: View = View {
    about: &About {
        id: "explore/latency",
        tab: &tabs::EXPLORE,
        label: "Latency",
        purpose: "TTFT, TPOT, ITL and E2E latency against load, with their percentiles",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::best_populated(context, asked, &[]);
    let mut state = frame.state.clone();
    let mut notes = Vec::new();
    let (wanted, drawn) = statistics(table, &frame.rows, &state, &mut notes);
    let (x, load) = load_axis(table, &frame.rows, &state);
    let on_axis: Vec<usize> = match Values::of(table, &x) {
        Some(values) => frame.rows.iter().copied().filter(|row| values.get(*row).is_some()).collect(),
        None => Vec::new(),
    };
    let left_out = frame.rows.len() - on_axis.len();
    if left_out > 0 && !on_axis.is_empty() {
        notes.push(format!("{} without a fixed {}: not on this axis.", Kind::Measurement.count(left_out), name(&x)));
    }
    let by = groups::configuration(table);
    let groups = groups::group(table, &on_axis, &by);
    let shown = lines::choose(&groups, &mut state, &mut notes);
    let styles = lines::styles(context, &by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);

    let logs = state.options.get(LOG);
    let log = |axis: &str| logs.map(|logs| logs.iter().any(|other| other == axis));
    let drawn_state = ViewState { x_log: log("load"), y_log: log("latency"), panel_by: None, zoom: None, ..state.clone() };
    let fan = fan::percentiles(&state, table, &on_axis, shown.len(), &drawn, &mut notes);
    let (mut panels, mut points, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts = Counts::default();
    for (metric, stat) in &drawn {
        let y = Axis::Figure { metric: (*metric).to_owned(), stat: *stat };
        let mut drawing = Drawing::new(table, Kind::Measurement, &drawn_state, &x, &y);
        let (mut panel, mut point_rows) = drawing.panel(None, &shown, &styles);
        ends.push(panel.chart.series.clone());
        let mut lines = vec![(*stat, panel.chart.series.clone())];
        for other in fan.iter().filter(|other| *other != stat && has(table, &on_axis, metric, **other)) {
            let y = Axis::Figure { metric: (*metric).to_owned(), stat: *other };
            let (part, rows) = Drawing::new(table, Kind::Measurement, &drawn_state, &x, &y).panel(None, &shown, &styles);
            lines.push((*other, part.chart.series));
            point_rows.extend(rows);
        }
        if !fan.is_empty() {
            panel.chart.y.title = metrics::label(metric).to_owned();
            panel.chart.series = fan::spread(lines);
            point_rows.resize(panel.chart.series.len(), Vec::new());
            panel.chart.y.range = extent_y(&panel.chart.series);
        }
        counts.over_limit = counts.over_limit.max(drawing.counts.over_limit);
        counts.averaged = counts.averaged.max(drawing.counts.averaged);
        finish(&mut panel, metric, *stat, &state);
        panels.push(panel);
        points.push(point_rows);
    }
    notes.extend(chunks(table, &shown));
    notes.extend(count_notes(&counts, &state));
    let mut grids = vec![range(&drawn, &shown, &ends, &x)];
    grids.retain(|grid| !grid.rows.is_empty());

    let titles: Vec<&str> = drawn.iter().map(|(metric, _)| metrics::label(metric)).collect();
    let mut sentence = format!(
        "{} of {} against {}: {} of {}, {} of {}",
        match wanted {
            _ if !fan.is_empty() => fan::words(&fan, wanted),
            Some(Stat::Mean) | None => "Mean".to_owned(),
            Some(stat) => stat.label().to_owned(),
        },
        titles.join(", "),
        name(&x),
        shown.len(),
        plural(groups.len() as u64, "configuration"),
        on_axis.len(),
        Kind::Measurement.count(table.rows()),
    );
    if drawn.is_empty() {
        sentence.clear();
    }
    let empty = empty(&frame.rows, &on_axis, &drawn, &x);
    let logs = |of: fn(&ChartModel) -> &AxisModel| panels.iter().any(|panel| of(&panel.chart).log);
    let log = [("load", logs(|chart| &chart.x)), ("latency", logs(|chart| &chart.y))];
    let log: Vec<String> = log.into_iter().filter(|(_, log)| *log).map(|(axis, _)| axis.to_owned()).collect();
    let mut controls = controls(&fan, &log, shown.len());
    controls.extend(load);
    let parts = ViewModel { sentence, notes, controls, panels, legend, grids, empty, ..ViewModel::default() };
    let axes: Vec<Axis> = drawn.iter().map(|(metric, stat)| Axis::Figure { metric: (*metric).to_owned(), stat: *stat }).collect();
    let rows: Vec<usize> = shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.model.state.shown = state.shown;
    shown.points = points;
    shown
}

fn name(x: &Axis) -> String {
    axes::name(x).to_lowercase()
}

/// The requested statistic, or the one most latencies have; and for each latency the one shown.
fn statistics(table: &Table, rows: &[usize], state: &ViewState, notes: &mut Vec<String>) -> (Option<Stat>, Vec<LatencyStat>) {
    let having = |stat: &Stat| LATENCIES.iter().filter(|metric| has(table, rows, metric, *stat)).count();
    let limited = state.slo.iter().find_map(|limit| match &limit.of {
        Axis::Figure { metric, stat } if LATENCIES.contains(&metric.as_str()) && having(stat) > 0 => Some(*stat),
        _ => None,
    });
    let usual = || DEFAULT_STATS.into_iter().min_by_key(|stat| Reverse(having(stat))).filter(|stat| having(stat) > 0);
    let wanted = state.stat.or(limited).or_else(usual);
    let mut drawn: Vec<LatencyStat> = Vec::new();
    let mut absent = Vec::new();
    for metric in LATENCIES {
        let found = wanted.into_iter().chain(DEFAULT_STATS).find(|stat| has(table, rows, metric, *stat));
        match (found, wanted) {
            (Some(stat), Some(wanted)) if stat != wanted => {
                let label = metrics::label(metric);
                notes.push(format!("{label}: no {} in this data, showing {}.", wanted.label(), stat.label()));
                drawn.push((metric, stat));
            }
            (Some(stat), _) => drawn.push((metric, stat)),
            (None, _) => absent.push(metrics::label(metric)),
        }
    }
    if !absent.is_empty() && !drawn.is_empty() {
        notes.push(format!("Not in this data: {}.", absent.join(", ")));
    }
    (wanted, drawn)
}

/// The load on the x axis: the requested kind, or the kind of most rows; and the control, if there
/// is a choice.
fn load_axis(table: &Table, rows: &[usize], state: &ViewState) -> (Axis, Option<Control>) {
    let count = |kind: LoadKind| Values::of(table, &Axis::Load(kind)).map_or(0, |values| values.present(rows));
    let counts = LOADS.map(|(kind, ..)| count(kind));
    let asked = state.option(LOAD).or(match state.x {
        Some(Axis::Load(LoadKind::Rate)) => Some("rate"),
        Some(Axis::Load(_)) => Some("concurrency"),
        _ => None,
    });
    let usual = usize::from(counts[1] > counts[0]);
    let at = LOADS.iter().position(|(_, key, _)| asked == Some(*key)).unwrap_or(usual);
    let choice =
        |((_, key, label), count): (&(LoadKind, &str, &str), usize)| Choice::new(key, label, &Kind::Measurement.count(count));
    let (kind, key, _) = LOADS[at];
    let control = counts.iter().all(|count| *count > 0).then(|| Control {
        key: LOAD.to_owned(),
        label: "Load".to_owned(),
        help: "Some runs fixed the concurrency, others the request rate".to_owned(),
        values: vec![key.to_owned()],
        entry: Entry::Select(LOADS.iter().zip(counts).map(choice).collect()),
    });
    (Axis::Load(kind), control)
}

/// Title, free axes, the shared zoom of x, and the limits on other statistics of the same latency.
fn finish(panel: &mut Panel, metric: &str, stat: Stat, state: &ViewState) {
    panel.title = metrics::label(metric).to_owned();
    for axis in [&mut panel.chart.x, &mut panel.chart.y] {
        axis.key.clear();
    }
    panel.chart.y.zooms = false;
    let others = state.slo.iter().filter_map(|limit| match &limit.of {
        Axis::Figure { metric: of, stat: other } if of == metric && *other != stat => Some((other, limit.bound)),
        _ => None,
    });
    let rule = |(other, bound): (&Stat, f64)| Rule {
        upright: false,
        at: bound,
        label: format!("{} limit {}", other.label(), number::with_unit(metric, bound)),
    };
    panel.chart.rules.extend(others.map(rule));
}

/// The note if ITL measures chunks: compares means, or else medians.
fn chunks(table: &Table, shown: &[&Group]) -> Option<String> {
    let worst = |group: &&Group| {
        let ratio = |stat: Stat, row: usize| {
            let pace = table.figures("tpot", stat)?.get(row).filter(|pace| *pace > 0.0)?;
            Some(table.figures("itl", stat)?.get(row)? / pace)
        };
        let ratios = group.rows.iter().filter_map(|row| ratio(Stat::Mean, *row).or_else(|| ratio(Stat::P50, *row)));
        ratios.reduce(f64::max).filter(|ratio| *ratio > CHUNKED)
    };
    let found: Vec<(f64, &&Group)> = shown.iter().filter_map(|group| Some((worst(group)?, group))).collect();
    let (ratio, group) = found.iter().copied().max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(format!(
        "ITL is over {CHUNKED}× TPOT in {} (up to {}×: {}): the client measured gaps between multi-token chunks, so this \
         ITL is not comparable across engines. Use TPOT instead.",
        plural(found.len() as u64, "configuration"),
        number::short(ratio),
        group.label
    ))
}

fn count_notes(counts: &Counts, state: &ViewState) -> Vec<String> {
    let averaged =
        (counts.averaged > 0).then(|| format!("{} averaged over repeated runs.", plural(counts.averaged as u64, "point")));
    let over = (counts.over_limit > 0).then(|| {
        let limit = number::short(state.error_limit);
        format!("{} with over {limit}% failed requests, drawn hollow.", plural(counts.over_limit as u64, "point"))
    });
    averaged.into_iter().chain(over).collect()
}

/// Lowest and highest value of each latency by configuration, with their loads.
fn range(drawn: &[LatencyStat], shown: &[&Group], ends: &[Vec<Series>], x: &Axis) -> Grid {
    let load = axes::name(x);
    let mut columns = vec![Column::text("configuration", "Configuration"), Column::figure("levels", "Levels", "")];
    for (metric, stat) in drawn {
        let title = metrics::title(metric, *stat, Kind::Measurement);
        let unit = metrics::metric(metric).map_or("", |row| row.unit);
        for (key, word) in [("min", "lowest"), ("max", "highest")] {
            columns.push(Column::figure(&format!("{metric}_{key}"), &format!("{title}, {word}"), unit));
            columns.push(Column::figure(&format!("{metric}_{key}_at"), &format!("At {load}"), axes::unit(x)));
        }
    }
    let row = |group: &&Group| {
        let series = |at: usize| ends.get(at).and_then(|series| series.iter().find(|series| series.id == group.id));
        let levels = |at: usize| -> Vec<(f64, f64)> {
            let points = series(at).into_iter().flat_map(Series::points).filter(|point| point.y.is_finite());
            points.map(|point| (point.x, point.y)).collect()
        };
        let most = (0..drawn.len()).map(|at| levels(at).len()).max().unwrap_or_default();
        let mut cells = vec![GridCell::text(group.label.as_str()), GridCell::number(most.to_string(), most as f64)];
        for at in 0..drawn.len() {
            let levels = levels(at);
            let ends = [levels.iter().min_by(|a, b| a.1.total_cmp(&b.1)), levels.iter().max_by(|a, b| a.1.total_cmp(&b.1))];
            for end in ends {
                cells.extend([end.map(|end| end.1), end.map(|end| end.0)].map(GridCell::figure));
            }
        }
        cells
    };
    let rows: Vec<Vec<GridCell>> = shown.iter().map(row).collect();
    let note = "Over each configuration's load levels; repeats averaged first.".to_owned();
    Grid { key: "range".to_owned(), title: "Lowest and highest".to_owned(), note, columns, rows, ..Grid::default() }
}

fn controls(fan: &[Stat], log: &[String], shown: usize) -> Vec<Control> {
    let scales = Control {
        key: LOG.to_owned(),
        label: "Log scale".to_owned(),
        help: "Axes drawn on a logarithmic scale".to_owned(),
        values: log.to_vec(),
        entry: Entry::Subset(vec![Choice::plain("load"), Choice::plain("latency")]),
    };
    vec![fan::control(fan, shown), scales]
}

/// Why the chart is empty, unless the filters exclude everything (the frame explains that).
fn empty(filtered: &[usize], on_axis: &[usize], drawn: &[LatencyStat], x: &Axis) -> Option<Empty> {
    let reason = match (filtered.is_empty(), drawn.is_empty(), on_axis.is_empty()) {
        (true, ..) | (_, false, false) => return None,
        (_, true, _) => "The filtered measurements have no TTFT, TPOT, ITL or E2E latency.".to_owned(),
        (_, _, true) => format!("None of the filtered measurements ran at a fixed {}.", name(x)),
    };
    Some(Empty { reason, remedy: None })
}
