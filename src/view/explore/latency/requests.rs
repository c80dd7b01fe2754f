//! Per-request latencies: distributions, dependence on lengths, and course over time.

use std::collections::BTreeMap;

use super::request_columns::Requests;
use super::trace::{ChartInput, panels};
use super::{LATENCIES, has, show_control};
use crate::analysis::histogram::{BINS, Distribution};
use crate::analysis::inflight;
use crate::catalog::{metrics, number};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{Card, Choice, Column, Control, Entry, Grid, GridCell, Tone, ViewModel};

/// Option: charts drawn.
const CHARTS: &str = "charts";
/// Option: latency of the distribution charts.
const METRIC: &str = "latency";
/// Option: number of bins.
const BINNED: &str = "bins";

/// The charts: key in links, label.
pub(super) const CHOICES: [(&str, &str); 6] = [
    ("histogram", "histogram"),
    ("cdf", "CDF"),
    ("lengths", "against lengths"),
    ("time", "over time"),
    ("inflight", "requests in flight"),
    ("bars", "start to end"),
];
/// The default charts.
const DEFAULT_CHARTS: [&str; 5] = ["histogram", "cdf", "lengths", "time", "inflight"];
/// Columns of the table: percent.
const PERCENTILES: [f64; 8] = [1.0, 5.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0];

/// The outcome of a request that succeeded.
const OK: &str = "ok";

pub(super) fn show(context: &mut Context<'_>, table: &Table, asked: &ViewState, measured: bool) -> Output {
    let measurements = context.table.rows();
    let mut inner = Context {
        table,
        kind: Kind::Request,
        others: BTreeMap::new(),
        colours: context.colours,
        sort: context.sort,
        window: context.window,
        settings: context.settings,
    };
    // Ignore filters by dimensions that requests lack.
    let selection = asked.selection();
    let ignored: Vec<&str> = selection.keys().map(String::as_str).filter(|key| table.dimension(key).is_none()).collect();
    let frame = Frame::new(&inner, asked, &ignored);
    let mut state = frame.state.clone();
    let mut notes = Vec::new();
    let by = groups::configuration(table);
    let groups = groups::group(table, &frame.rows, &by);
    let chosen = lines::choose(&groups, &mut state, &mut notes);
    let styles = lines::styles(&mut inner, &by, &groups, &chosen);
    let legend = lines::legend(&groups, &chosen, &styles);

    let status = table.dimension("status");
    let ok = |row: &usize| status.and_then(|column| column.text(*row)).is_none_or(|text| text == OK);
    let succeeded: Vec<Vec<usize>> =
        chosen.iter().map(|group| group.rows.iter().copied().filter(|row| ok(row)).collect()).collect();
    let failed = chosen.iter().map(|group| group.rows.len()).sum::<usize>() - succeeded.iter().map(Vec::len).sum::<usize>();
    if failed > 0 {
        notes.push(format!("{} failed or cancelled: counted, but excluded from latencies.", Kind::Request.count(failed)));
    }
    let requests = Requests::new(table, succeeded);
    let rows: Vec<usize> = requests.succeeded.iter().flatten().copied().collect();
    let present: Vec<&str> = LATENCIES.into_iter().filter(|metric| has(table, &rows, metric, Stat::Mean)).collect();
    let metric = state.option(METRIC).and_then(|asked| present.iter().copied().find(|metric| *metric == asked));
    let metric = metric.or_else(|| present.first().copied());
    let bins = state.number(BINNED).map_or(BINS, |bins| (bins as usize).max(1));
    let drawn: Vec<&str> = match state.options.get(CHARTS) {
        Some(asked) => CHOICES.iter().map(|(key, _)| *key).filter(|key| asked.iter().any(|other| other == key)).collect(),
        None => DEFAULT_CHARTS.to_vec(),
    };
    let input = ChartInput { requests: &requests, groups: &chosen, styles: &styles, bins, slo: &state.slo };
    let drawing = panels(&input, &drawn, metric);
    notes.extend(drawing.notes);

    let sentence = format!(
        "{} of {}: {}",
        Kind::Request.count(rows.len()),
        if chosen.len() == 1 { "one run".to_owned() } else { format!("{} runs", chosen.len()) },
        present.iter().map(|metric| metrics::label(metric)).collect::<Vec<_>>().join(", ")
    );
    let grid = distributions(&requests, &chosen, &present);
    let controls = show_control("requests", if measured { measurements } else { 0 }, table.rows())
        .into_iter()
        .chain(controls(&present, metric, &drawn, bins))
        .collect();
    let parts = ViewModel {
        sentence,
        notes,
        controls,
        cards: cards(&requests, &chosen, failed),
        panels: drawing.panels,
        legend,
        grids: vec![grid].into_iter().filter(|grid| !grid.rows.is_empty()).collect(),
        of: Some(Kind::Request),
        ..ViewModel::default()
    };
    let axes: Vec<Axis> = present.iter().map(|metric| Axis::Figure { metric: (*metric).to_owned(), stat: Stat::Mean }).collect();
    let all: Vec<usize> = chosen.iter().flat_map(|group| group.rows.iter().copied()).collect();
    let mut shown = frame.finish(&inner, parts, all, &axes);
    shown.model.state.shown = state.shown;
    shown.points = drawing.points;
    shown
}

fn controls(present: &[&str], metric: Option<&str>, drawn: &[&str], bins: usize) -> Vec<Control> {
    let charts = Control {
        key: CHARTS.to_owned(),
        label: "Charts".to_owned(),
        help: "Charts of the requests".to_owned(),
        values: drawn.iter().map(|key| (*key).to_owned()).collect(),
        entry: Entry::MultiSelect(CHOICES.iter().map(|(key, label)| Choice::new(key, label, "")).collect()),
    };
    let latency = Control {
        key: METRIC.to_owned(),
        label: "Distribution of".to_owned(),
        help: "Latency shown in the histogram and CDF".to_owned(),
        values: metric.iter().map(|metric| (*metric).to_owned()).collect(),
        entry: Entry::Select(present.iter().map(|metric| Choice::new(metric, metrics::label(metric), "")).collect()),
    };
    let binned = Control {
        key: BINNED.to_owned(),
        label: "Bins".to_owned(),
        help: "Number of equal-width bins".to_owned(),
        values: vec![bins.to_string()],
        entry: Entry::Number { unit: String::new() },
    };
    vec![charts, latency, binned]
}

/// Cards: number of requests, and requests in flight.
fn cards(requests: &Requests<'_>, groups: &[&Group], failed: usize) -> Vec<Card> {
    let total: usize = groups.iter().map(|group| group.rows.len()).sum();
    if total == 0 {
        return Vec::new();
    }
    let mut cards = vec![Card {
        label: "Requests".to_owned(),
        value: number::short((total - failed) as f64),
        detail: format!("succeeded; {failed} failed or cancelled"),
        tone: if failed > 0 { Tone::Doubt } else { Tone::Plain },
        method: "Failed and cancelled requests are excluded from latencies.".to_owned(),
        ..Card::default()
    }];
    for (group, rows) in groups.iter().zip(&requests.succeeded).take(3) {
        let steps = inflight::steps(rows.iter().filter_map(|row| requests.interval(*row)));
        let peak = steps.iter().map(|(_, count)| *count).fold(0.0, f64::max);
        let Some(mean) = inflight::mean(&steps) else { continue };
        cards.push(Card {
            label: "Requests in flight".to_owned(),
            value: number::short(mean),
            detail: format!("mean over time, peak {}: {}", number::short(peak), group.label),
            method: "A request counts from its start to its last token. Failed requests are excluded.".to_owned(),
            ..Card::default()
        });
    }
    cards
}

/// Table of the distribution of every latency by run.
fn distributions(requests: &Requests<'_>, groups: &[&Group], present: &[&str]) -> Grid {
    let figure = |key: &str, label: &str| Column::figure(key, label, "ms");
    let mut columns = vec![
        Column::text("run", "Run"),
        Column::text(METRIC, "Latency"),
        Column::figure("count", "Requests", ""),
        figure("mean", "Mean"),
        figure("std", "Standard deviation"),
        figure("min", "Min"),
    ];
    columns.extend(PERCENTILES.map(|percent| figure(&format!("p{percent}"), &format!("P{percent}"))));
    columns.push(figure("max", "Max"));
    let mut rows = Vec::new();
    for (group, of) in groups.iter().zip(&requests.succeeded) {
        for metric in present {
            let Some(found) = Distribution::new(of.iter().filter_map(|row| requests.figure(metric, *row))) else { continue };
            let (low, high) = found.range();
            let mut cells = vec![
                GridCell::text(group.label.as_str()),
                GridCell::text(metrics::label(metric)),
                GridCell::number(found.count().to_string(), found.count() as f64),
            ];
            cells.extend([Some(found.mean()), found.deviation(), Some(low)].map(GridCell::figure));
            cells.extend(PERCENTILES.map(|percent| GridCell::figure(Some(found.percentile(percent)))));
            cells.push(GridCell::figure(Some(high)));
            rows.push(cells);
        }
    }
    let note = "Successful requests only; percentiles interpolate linearly; sample standard deviation.".to_owned();
    Grid { key: "requests".to_owned(), title: "Request latencies".to_owned(), note, columns, rows, ..Grid::default() }
}
