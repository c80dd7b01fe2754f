//! Requests: every request of the runs shown: over time, over lengths, as a distribution; which are the slowest, and what
//! these have in common; goodput counted request by request.

mod charts;
mod columns;
mod grids;
mod in_common;
mod selection;

use self::charts::{ChartInput, panels};
use self::columns::Requests;
use self::selection::{Limits, Selection};
use super::{LATENCIES, has};
use crate::analysis::histogram::BINS;
use crate::analysis::inflight;
use crate::catalog::{metrics, number};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::link::encode;
use crate::state::{Axis, SELECT, Shown, ViewState};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Choice, Control, Entry, Headline, Style, Tone, ViewModel};

/// Option: charts drawn.
const CHARTS: &str = "charts";
/// Option: the latency that is shown, and by which requests are slow.
const METRIC: &str = "latency";
/// Option: number of bins.
const BINNED: &str = "bins";

/// The charts: key in links, label.
const CHOICES: [(&str, &str); 6] = [
    ("time", "over time"),
    ("lengths", "over length"),
    ("histogram", "histogram"),
    ("inflight", "requests in flight"),
    ("cdf", "CDF"),
    ("bars", "start to end"),
];
/// The default charts: as many as a screen has room for.
const DEFAULT_CHARTS: usize = 4;

/// Single requests.
pub(crate) static REQUESTS: View = View {
    about: &About {
        id: "requests",
        tab: &tabs::REQUESTS,
        label: "Requests",
        purpose: "Every request over time and length: the slowest, what they have in common, goodput under the SLO",
        kind: Some(Kind::Request),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    // Filters by dimensions that requests lack are of the measurements beside them.
    let chosen = asked.selection();
    let ignored: Vec<&str> = chosen.keys().map(String::as_str).filter(|key| table.dimension(key).is_none()).collect();
    let frame = Frame::new(context, asked, &ignored);
    let mut state = frame.state.clone();
    let mut notes = Vec::new();
    let by = groups::configuration(table);
    let groups = groups::group(table, &frame.rows, &by);
    let shown = lines::choose(&groups, &mut state, &mut notes);
    let styles = lines::styles(context, &by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);

    // The figures are of every run within the filters, unless a person picked some; charts draw a few.
    let covered: Vec<&Group> = match state.shown {
        Shown::Only(_) => shown.clone(),
        Shown::Few | Shown::All => groups.iter().collect(),
    };
    if shown.len() < covered.len() {
        notes.push(format!("Charts show {} of {} runs; all figures are over all of them.", shown.len(), covered.len()));
    }
    let style = |group: &&Group| shown.iter().position(|other| other.id == group.id).and_then(|at| styles.get(at).copied());
    let styles: Vec<Option<Style>> = covered.iter().map(style).collect();
    let requests = Requests::new(table, &covered);
    let succeeded: Vec<usize> = requests.succeeded.iter().flatten().copied().collect();
    let present: Vec<&str> = LATENCIES.into_iter().filter(|metric| has(table, &succeeded, metric, Stat::Mean)).collect();
    let metric = state.option(METRIC).and_then(|asked| present.iter().copied().find(|metric| *metric == asked));
    let metric = metric.or_else(|| present.first().copied()).unwrap_or(LATENCIES[0]);
    let limits = Limits::new(&state, &present);
    let texts = state.options.get(SELECT).cloned().unwrap_or_default();
    let nonsense = selection::not_understood(&texts, &limits);
    if !nonsense.is_empty() {
        notes.push(format!("Selection not understood and ignored: {}.", nonsense.join(", ")));
    }
    let selection = selection::of(&texts, &requests, metric, &limits);
    let headline = headline(&requests, &state, metric, &limits, selection.as_ref());

    let (failed, cut_off) = (requests.failed(), requests.cut_off());
    if failed > 0 {
        notes.push(format!("{} failed: counted, but excluded from latencies.", Kind::Request.count(failed)));
    }
    if cut_off > 0 {
        let count = Kind::Request.count(cut_off);
        notes.push(format!("{count} cut off by the end of the benchmark: neither successes nor failures, and not counted."));
    }
    if !limits.unchecked.is_empty() {
        notes.push(format!("Limit on {} not checked: these requests have no such figure.", limits.unchecked.join(" and ")));
    }
    let bins = state.number(BINNED).map_or(BINS, |bins| (bins as usize).max(1));
    let drawn: Vec<&str> = match state.options.get(CHARTS) {
        Some(asked) => CHOICES.iter().map(|(key, _)| *key).filter(|key| asked.iter().any(|other| other == key)).collect(),
        None => CHOICES.iter().map(|(key, _)| *key).take(DEFAULT_CHARTS).collect(),
    };
    let input = ChartInput { requests: &requests, styles: &styles, selection: selection.as_ref(), metric, bins, slo: &state.slo };
    let drawing = panels(&input, &drawn);
    notes.extend(drawing.notes);

    let mut sentence = format!(
        "{} of {}: {}",
        Kind::Request.count(succeeded.len()),
        if covered.len() == 1 { "one run".to_owned() } else { format!("{} runs", covered.len()) },
        present.iter().map(|metric| metrics::label(metric)).collect::<Vec<_>>().join(", ")
    );
    if shown.is_empty() {
        sentence.clear();
    }
    let mut grids = Vec::new();
    if let Some(selection) = &selection {
        let facts = in_common::facts(&requests, selection);
        grids.push(in_common::grid(&facts, selection.count(), selection.selected.len()));
    }
    grids.extend([grids::goodput(&requests, &limits), grids::distributions(&requests, &present)]);
    grids.retain(|grid| !grid.rows.is_empty());
    let mut controls = Vec::new();
    if !shown.is_empty() {
        controls.extend([latency_control(&present, metric), selection::control(&state, &requests, &limits, selection.as_ref())]);
        controls.extend(chart_controls(&drawn, bins));
    }
    let (headline, steps) = headline.unzip();
    let parts = ViewModel {
        headline,
        steps: steps.flatten().into_iter().collect(),
        sentence,
        notes,
        controls,
        cards: cards(&requests, &limits),
        panels: drawing.panels,
        legend,
        grids,
        ..ViewModel::default()
    };
    let axes: Vec<Axis> = present.iter().map(|metric| Axis::Figure { metric: (*metric).to_owned(), stat: Stat::Mean }).collect();
    let rows = listed(&requests, selection.as_ref(), metric);
    let mut output = frame.finish(context, parts, rows, &axes);
    output.model.state.shown = state.shown;
    output.points = drawing.points;
    output
}

/// The rows of the table: all requests, or the selected ones, slowest first.
fn listed(requests: &Requests<'_>, selection: Option<&Selection>, metric: &str) -> Vec<usize> {
    let Some(selection) = selection else { return requests.rows() };
    let chosen = selection.rows.iter().zip(&selection.selected).filter(|(_, selected)| **selected).map(|(row, _)| *row);
    let mut chosen: Vec<usize> = chosen.collect();
    let value = |row: &usize| requests.figure(metric, *row).unwrap_or(f64::NEG_INFINITY);
    chosen.order_by(|a, b| value(b).total_cmp(&value(a)));
    chosen
}

/// A sentence, and the step that selects what it is about.
type Answer = (Headline, Option<(String, String)>);

/// What the selected requests have in common; where nothing is selected, goodput and what the slowest have in common.
fn headline(
    requests: &Requests<'_>,
    state: &ViewState,
    metric: &str,
    limits: &Limits<'_>,
    selection: Option<&Selection>,
) -> Option<Answer> {
    let told = |selection: &Selection| {
        let count = selection.count();
        let shared = in_common::sentence(&in_common::facts(requests, selection), count);
        let what = format!("{}, {}", Kind::Request.count(count), selection.words);
        (what, shared)
    };
    if let Some(selection) = selection {
        let (what, shared) = told(selection);
        let text = match shared {
            Some(shared) => format!("{what}: {shared}."),
            None => format!("{what}: nothing found that sets them apart."),
        };
        let all = state.clone().with_option(SELECT, &[]);
        return Some((Headline { text, tone: Tone::Plain }, Some(("Select all requests".to_owned(), encode(&all)))));
    }
    let goodput = grids::met(requests, limits).map(|(met, all)| {
        let share = 100.0 * met as f64 / all.max(1) as f64;
        format!("{}% of requests meet {}.", number::short(share), limits.words())
    });
    let condition = selection::tail(requests, metric)?;
    let tail = selection::of(std::slice::from_ref(&condition), requests, metric, limits);
    let slow = tail.as_ref().map(told).and_then(|(what, shared)| Some(format!("{what}: {}.", shared?)));
    if goodput.is_none() && slow.is_none() {
        return None;
    }
    let step = slow.as_ref().map(|_| ("Select them".to_owned(), encode(&state.clone().with_option(SELECT, &[&condition]))));
    let text = goodput.into_iter().chain(slow).collect::<Vec<_>>().join(" ");
    Some((Headline { text, tone: Tone::Plain }, step))
}

fn latency_control(present: &[&str], metric: &str) -> Control {
    Control {
        key: METRIC.to_owned(),
        label: "Latency".to_owned(),
        help: "Latency shown in the charts, and by which requests are slow".to_owned(),
        values: vec![metric.to_owned()],
        entry: Entry::Select(present.iter().map(|metric| Choice::new(metric, metrics::label(metric), "")).collect()),
    }
}

fn chart_controls(drawn: &[&str], bins: usize) -> [Control; 2] {
    let charts = Control {
        key: CHARTS.to_owned(),
        label: "Charts".to_owned(),
        help: "Charts of the requests".to_owned(),
        values: drawn.iter().map(|key| (*key).to_owned()).collect(),
        entry: Entry::MultiSelect(CHOICES.iter().map(|(key, label)| Choice::new(key, label, "")).collect()),
    };
    let binned = Control {
        key: BINNED.to_owned(),
        label: "Bins".to_owned(),
        help: "Number of equal-width bins".to_owned(),
        values: vec![bins.to_string()],
        entry: Entry::Number { unit: String::new() },
    };
    [charts, binned]
}

/// Cards: number of requests, goodput, and requests in flight.
fn cards(requests: &Requests<'_>, limits: &Limits<'_>) -> Vec<Card> {
    const RUNS: usize = 3;
    let (failed, cut_off) = (requests.failed(), requests.cut_off());
    let succeeded: usize = requests.succeeded.iter().map(Vec::len).sum();
    if requests.rows().is_empty() {
        return Vec::new();
    }
    let cut_off = if cut_off > 0 { format!(", {cut_off} cut off by the end of the benchmark") } else { String::new() };
    let mut cards = vec![Card {
        label: "Requests".to_owned(),
        value: number::column(succeeded as f64),
        detail: format!("succeeded; {failed} failed{cut_off}"),
        tone: if failed > 0 { Tone::Worse } else { Tone::Plain },
        method: "Failed requests are excluded from latencies; those that were cut off count nowhere.".to_owned(),
        ..Card::default()
    }];
    if let Some((met, all)) = grids::met(requests, limits) {
        cards.push(Card {
            label: "Requests within the SLO".to_owned(),
            value: format!("{}%", number::short(100.0 * met as f64 / all.max(1) as f64)),
            detail: format!("{met} of {all}: {}", limits.words()),
            method:
                "Each request is held against every limit on a latency, whatever its statistic; one that failed or lacks the \
                     latency does not meet it."
                    .to_owned(),
            ..Card::default()
        });
    }
    for (run, group) in requests.groups.iter().enumerate().take(RUNS) {
        let steps = requests.in_flight(run);
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
