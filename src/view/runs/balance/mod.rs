//! Rate match: whether the prefill and decode workers of a run keep pace, and how many of each would.
//!
//! In requests per second, over all workers, by actual request lengths; the reference dashboard
//! compares means over batches by nominal lengths (`../shared/formats/srt-slurm.md` §3.4).

mod matched;
mod part;
mod request_limits;
mod sides;

use self::matched::{Matched, Unmatched};
use self::request_limits::RequestLimits;
use self::sides::Tokens;
use crate::analysis::rate_match::Verdict;
use crate::catalog::number::{column, plural, short};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::{Kind, Stat};
use crate::runs::choice::{self, STEP};
use crate::runs::{load_windows, run};
use crate::state::{self, Axis, ViewState};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{
    AxisModel, ChartModel, Choice, Control, Empty, Entry, LegendEntry, Mark, Panel, Points, Series, Style, ViewModel,
};

/// Requests or tokens.
const UNIT: &str = "unit";
/// Default step length, in seconds.
const WIDTH: f64 = 5.0;
/// Maximum number of panels.
const MAX_PANELS: usize = 6;
/// The two lines: id, label, colour.
const SIDES: [(&str, &str, u8); 2] = [("prefill", "Prefill (tokens in)", 0), ("decode", "Decode (tokens out)", 1)];

/// Prefill against decode.
pub(crate) static BALANCE: View = View {
    about: &About {
        id: "runs/balance",
        tab: &tabs::RUNS,
        label: "Prefill/decode balance",
        purpose: "Whether prefill and decode keep pace, and the worker ratio that would",
        kind: Some(Kind::Sample),
        extra_kinds: &[Kind::Measurement, Kind::Setting],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, asked, &[]);
    let state = frame.state.clone();
    let measurements = context.others.get(&Kind::Measurement).copied();
    let found = run::read(table, &frame.rows, measurements);
    if found.runs.is_empty() {
        let parts = ViewModel { empty: nothing(&state, &frame.rows), ..ViewModel::default() };
        return frame.finish(context, parts, Vec::new(), &[]);
    }
    let (chosen, runs_control) = choice::runs(&found.runs, &state, (0..found.runs.len()).collect());
    let width = state.number(STEP).filter(|width| *width > 0.0).unwrap_or(WIDTH);
    let tokens = Tokens::of(table);
    let request_limits = RequestLimits::new(context);
    let (mut matched, mut unmatched): (Vec<Matched<'_>>, Vec<Unmatched>) = (Vec::new(), Vec::new());
    for run in chosen.iter().filter_map(|at| found.runs.get(*at)) {
        match matched::of(table, measurements, run, &tokens, &request_limits, width) {
            Ok(one) => matched.push(one),
            Err(one) => unmatched.push(one),
        }
    }
    let in_tokens = state.option(UNIT) == Some("tokens");
    let rows: Vec<usize> = matched.iter().flat_map(Matched::rows).collect();
    let panels = matched.iter().take(MAX_PANELS).map(|one| panel(one, in_tokens, matched.len() > 1, &state));
    let (panels, points): (Vec<_>, Vec<_>) = panels.unzip();
    let mut grids = Vec::new();
    if !matched.is_empty() {
        grids.push(matched::grid(&matched, &state));
    }
    if !unmatched.is_empty() {
        grids.push(matched::skipped(&unmatched));
    }
    let mut cards: Vec<_> = matched.iter().flat_map(|one| one.cards(state.threshold)).collect();
    cards.truncate(12);
    let parts = ViewModel {
        sentence: sentence(&matched, unmatched.len(), state.threshold),
        notes: notes(&found, &chosen, &matched),
        controls: vec![runs_control, unit_control(in_tokens), step_control(longest(&matched).unwrap_or(width))],
        cards,
        legend: if panels.is_empty() { Vec::new() } else { legend(&state) },
        panels,
        grids,
        ..ViewModel::default()
    };
    let figures = ["elapsed", "new_tokens", "cached_tokens", "generation_tps"];
    let figures = figures.map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    let mut shown = frame.finish(context, parts, rows, &figures);
    shown.points = points;
    shown
}

fn nothing(state: &ViewState, rows: &[usize]) -> Option<Empty> {
    let mut explore = state.clone();
    explore.show_view("explore");
    explore.kind = Some(Kind::Sample);
    let reason = "Needs logs of prefill and decode workers: no loaded file reports batches or throughput per worker.";
    (!rows.is_empty())
        .then(|| Empty { reason: reason.to_owned(), remedy: Some(("Open the samples in Explore".to_owned(), explore)) })
}

fn drawn(state: &ViewState, id: &str) -> bool {
    match &state.shown {
        state::Shown::Only(ids) => ids.contains(id) || !SIDES.iter().any(|(other, ..)| ids.contains(*other)),
        _ => true,
    }
}

fn legend(state: &ViewState) -> Vec<LegendEntry> {
    let entry = |(id, label, colour): (&str, &str, u8)| LegendEntry {
        id: id.to_owned(),
        label: label.to_owned(),
        style: drawn(state, id).then_some(Style { colour, shape: 0 }),
        points: 0,
        baseline: false,
    };
    SIDES.map(entry).to_vec()
}

/// The rates of both sides of a run over time, with its load windows.
fn panel(one: &Matched<'_>, in_tokens: bool, named: bool, state: &ViewState) -> (Panel, Vec<Vec<Vec<usize>>>) {
    let run = one.run;
    let lengths = [one.lengths.input, one.lengths.output];
    let (mut series, mut behind) = (Vec::new(), Vec::new());
    for (((id, label, colour), side), length) in SIDES.into_iter().zip([&one.prefill, &one.decode]).zip(lengths) {
        if !drawn(state, id) {
            continue;
        }
        let per = if in_tokens { 1.0 } else { length };
        let rates = side.total().into_iter().enumerate();
        let points: Points = rates.map(|(step, rate)| (run.since(one.steps.middle(step)), rate / per)).collect();
        behind.push(vec![Vec::new(); points.len()]);
        series.push(Series {
            id: id.to_owned(),
            label: label.to_owned(),
            style: Style { colour, shape: 0 },
            mark: Mark::Curve(points),
        });
    }
    for (number, window) in load_windows::numbered(&run.windows) {
        series.push(window.shade(&run.id, number, [window.from, window.to].map(|at| run.since(at).max(0.0))));
        behind.push(Vec::new());
    }
    let unit = if in_tokens { "tok/s" } else { "req/s" };
    let what = if in_tokens { "Tokens, all workers" } else { "Requests, all workers" };
    let steps = &one.steps;
    let whole = [(steps.start - run.origin).max(0.0), steps.start - run.origin + steps.width * steps.count as f64];
    let x = AxisModel { range: Some(whole), zooms: true, ..AxisModel::own("Time since run start", "s", None) };
    let title = if named { run.name.clone() } else { String::new() };
    let y = AxisModel::own(what, unit, None);
    (Panel { title, chart: ChartModel { x, y, series, ..ChartModel::default() } }, behind)
}

fn unit_control(in_tokens: bool) -> Control {
    Control {
        key: UNIT.to_owned(),
        label: "Chart unit".to_owned(),
        help: "Requests per second compare both sides; tokens per second are what the workers report".to_owned(),
        values: vec![if in_tokens { "tokens" } else { "requests" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("requests", "requests/s", ""), Choice::new("tokens", "tokens/s", "")]),
    }
}

fn step_control(width: f64) -> Control {
    Control {
        key: STEP.to_owned(),
        label: "Step".to_owned(),
        help: format!("Interval over which workers are summed; {WIDTH} s by default, longer for very long runs"),
        values: vec![crate::catalog::number::exact(width)],
        entry: Entry::Number { unit: "s".to_owned() },
    }
}

/// The longest step in use: runs of many hours exceed the requested step length.
fn longest(matched: &[Matched<'_>]) -> Option<f64> {
    matched.iter().map(|one| one.steps.width).max_by(f64::total_cmp)
}

fn sentence(matched: &[Matched<'_>], unmatched: usize, threshold: f64) -> String {
    let words: Vec<String> = matched
        .iter()
        .filter_map(|one| {
            let (all, name) = (one.overall()?, &one.run.name);
            let (verdict, sign) = all.verdict(threshold)?;
            let said = match verdict {
                Verdict::Untold => format!("{name}: bottleneck unknown"),
                _ => format!("{name} is {}", verdict.word()),
            };
            Some(format!("{said} (decode ÷ prefill {}; {})", short(all.ratio()?), all.because(sign)))
        })
        .collect();
    let skipped = if unmatched > 0 { format!(" {} skipped.", plural(unmatched as u64, "run")) } else { String::new() };
    let (Some(width), false) = (longest(matched), words.is_empty()) else {
        return format!("No run reports rates of both prefill and decode workers.{skipped}");
    };
    let words = words.join("; ");
    format!("{words}. Rates within {} % count as equal; steps of {} s.{skipped}", column(threshold), column(width))
}

fn notes(found: &run::Found, chosen: &[usize], matched: &[Matched<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if !matched.is_empty() {
        notes.push(
            "Prefill rate: new and cached prompt tokens of all prefill workers ÷ mean ISL. Decode rate: tokens generated by all decode workers ÷ mean OSL. \
             Below 1, decode falls behind; above 1, it drains its queue or waits for prefill. Near 1, as in any steady state, the \
             bottleneck is the side with at least one queued request and twice the other side's queue, or the side whose workers run \
             at their request limit most of the time. If a rate differs from the benchmark's completed requests by more than the \
             threshold, there is no verdict."
                .to_owned(),
        );
    }
    if matched.iter().any(|one| one.lengths.nominal) {
        notes.push("Lengths marked ~ are the requested ones: the results do not state the actual lengths, which are often about 10% shorter.".to_owned());
    }
    if matched.iter().any(|one| !one.prefill.whole) {
        notes.push("Some prefill workers do not report batch tokens: their rate excludes cached tokens.".to_owned());
    }
    if matched.iter().any(|one| !one.decode.whole) {
        notes.push(
            "Some decode workers report tokens per step instead of throughput: with speculative decoding this includes draft tokens."
                .to_owned(),
        );
    }
    if matched.iter().any(|one| one.run.windows.is_empty()) {
        notes.push("Runs without load windows use their whole duration, start-up and pauses included.".to_owned());
    }
    notes.extend(load_windows::remark(matched.iter().flat_map(|one| &one.run.windows)));
    if chosen.len() < found.runs.len() {
        notes.push(format!("Showing {} of {}.", chosen.len(), plural(found.runs.len() as u64, "run")));
    }
    if matched.len() > MAX_PANELS {
        notes.push(format!("Showing charts of the first {MAX_PANELS} of {} runs.", matched.len()));
    }
    notes
}
