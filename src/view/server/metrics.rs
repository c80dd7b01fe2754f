//! Server metrics: the panels of every engine over time, from differences of what it counts.

use super::draw;
use crate::analysis::buckets::{Observed, Quantile};
use crate::analysis::mean::over_time;
use crate::catalog::number::{self, plural};
use crate::catalog::server_panels;
use crate::comparison::guideline;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::telemetry::{self, Shift, Source};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Control, Empty, Entry, ViewModel};

/// What servers report over time.
pub(crate) static METRICS: View = View {
    about: &About {
        id: "server/metrics",
        tab: &tabs::SERVER,
        label: "Server metrics",
        purpose: "Queues, KV cache, latencies and tokens of every engine over time, as its own counters have them",
        kind: Some(Kind::Sample),
        extra_kinds: &[Kind::Counter, Kind::Measurement, Kind::Request],
        resamples: true,
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut frame = Frame::new(context, asked, &[]);
    let mut sources = super::sources(context, &frame);
    let requests = frame.within(context, Kind::Request);
    let shift = requests.and_then(|(table, rows)| telemetry::attach(&mut sources, table, &rows, frame.state.number(SHIFT)));
    let engines: Vec<&Source> = sources.iter().filter(|source| !source.gpu).collect();
    if engines.is_empty() {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: "No loaded file has metrics of a server: only of GPUs or machines.".to_owned(),
            remedy: Some(("Open GPUs".to_owned(), ViewState { view: "server/gpus".to_owned(), ..frame.state.clone() })),
        });
        return frame.finish(context, ViewModel { empty, ..ViewModel::default() }, Vec::new(), &[]);
    }
    let mut state = frame.state.clone();
    let drawn = draw::draw(context, &mut state, &engines, server_panels::ENGINE, &[]);
    frame.state = state;
    frame.notes.extend(super::cut(context, &frame));
    frame.notes.extend(drawn.notes);
    frame.notes.extend(shift.filter(|shift| shift.estimated).map(|shift| {
        format!(
            "The clocks of client and server disagree: the client’s is shifted by {} s, so that its first request meets the server’s. \
             Change it under “Client’s clock”.",
            number::short(shift.seconds)
        )
    }));
    let sentence = format!(
        "{} of {}, {} over time.",
        drawn.panels.len(),
        plural(drawn.available as u64, "figure"),
        plural(engines.len() as u64, "engine")
    );
    let mut cards = attainment(&frame.state, &engines);
    let of = if engines.len() > 1 { "worst engine, all of its time" } else { "all of its time" };
    let graded = |guideline| guideline::card(guideline, of, |metric, stat| worst(&engines, metric, stat));
    cards.extend(context.settings.guidelines.iter().filter_map(graded));
    let empty = drawn.panels.is_empty().then(|| nothing(&engines, &frame.state));
    let parts = ViewModel {
        sentence,
        empty,
        cards,
        controls: drawn.controls.into_iter().chain(shift.map(clock)).collect(),
        panels: drawn.panels,
        legend: drawn.legend,
        grids: drawn.statistics.into_iter().chain(totals(&engines)).collect(),
        ..ViewModel::default()
    };
    let rows = frame.rows.clone();
    let figures = ["running_requests", "queued_requests", "kv_usage"];
    let figures: Vec<Axis> = figures.map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean }).to_vec();
    let mut output = frame.finish(context, parts, rows, &figures);
    output.points = drawn.points;
    output
}

/// The option of how far the client's clock is shifted.
const SHIFT: &str = "shift";

fn clock(shift: Shift) -> Control {
    Control {
        key: SHIFT.to_owned(),
        label: "Client’s clock".to_owned(),
        help: "Seconds added to the times of the client’s requests, to put them on the clock of the server".to_owned(),
        values: vec![number::exact(shift.seconds)],
        entry: Entry::Number { unit: "s".to_owned() },
    }
}

/// Why nothing is drawn although there are engines.
fn nothing(engines: &[&Source], state: &ViewState) -> Empty {
    let once = engines.iter().all(|engine| engine.span().is_none_or(|(from, to)| from == to));
    let reason = if once {
        "Each server was scraped once, so nothing is known over time: below is what it counted since its start."
    } else {
        "The zoom is outside the time of these servers."
    };
    let remedy = state.zoom.map(|_| ("Reset the zoom".to_owned(), ViewState { zoom: None, ..state.clone() }));
    Empty { reason: reason.to_owned(), remedy }
}

/// How many requests kept the limits of the SLO on TTFT and ITL: exact where a limit is a bound of the buckets.
fn attainment(state: &ViewState, engines: &[&Source]) -> Vec<Card> {
    let limit = |metrics: &[&str]| {
        state.slo.iter().find_map(|limit| match &limit.of {
            Axis::Figure { metric, .. } if metrics.contains(&metric.as_str()) => Some(limit.bound),
            _ => None,
        })
    };
    let of = |(key, label, bound): (&str, &str, Option<f64>)| {
        let bound = bound?;
        let mut sum = Observed::default();
        engines.iter().filter_map(|engine| engine.histograms.get(key)).flatten().for_each(|step| sum.add(&step.by));
        let (low, high) = sum.within(bound)?;
        let [low, high] = [low, high].map(|share| 100.0 * share);
        let exact = low == high;
        Some(Card {
            label: format!("{label} ≤ {}", number::measure(bound, "ms")),
            value: if exact {
                format!("{}%", number::short(low))
            } else {
                format!("{}–{}%", number::short(low), number::short(high))
            },
            detail: format!("of {} observations", number::column(sum.count)),
            method:
                "Observations within the limit ÷ all, from the increase of buckets; a range where the limit lies within a bucket."
                    .to_owned(),
            ..Card::default()
        })
    };
    [("ttft", "TTFT", limit(&["ttft"])), ("itl", "ITL", limit(&["itl", "tpot"]))].into_iter().filter_map(of).collect()
}

/// A figure of the engine with the highest, over all of its time: a mean over time of gauges, means and quantiles from buckets.
fn worst(engines: &[&Source], metric: &str, stat: Stat) -> Option<f64> {
    let of = |engine: &&Source| {
        if stat == Stat::Mean
            && let Some(track) = engine.gauges.get(metric)
        {
            return over_time(track);
        }
        // Servers count what is called TPOT at the client as ITL, gap by gap.
        let key = if metric == "tpot" { "itl" } else { metric };
        let mut all = Observed::default();
        engine.histograms.get(key)?.iter().for_each(|step| all.add(&step.by));
        match stat {
            Stat::Mean => all.mean(),
            Stat::P99 => all.quantile(0.99).map(Quantile::at_least),
            _ => None,
        }
    };
    engines.iter().filter_map(of).reduce(f64::max)
}

/// What histograms had observed in all at the last scrape.
fn totals(engines: &[&Source]) -> Option<crate::view_model::Grid> {
    use crate::catalog::server_counters;
    use crate::view_model::{Column, Grid, GridCell};
    let mut rows = Vec::new();
    for engine in engines {
        for (key, observed) in engine.totals.iter().filter(|(_, observed)| observed.count > 0.0) {
            let Some(row) = server_counters::row(key) else { continue };
            let quantile =
                |share: f64| match observed.quantile(share) {
                    Some(Quantile::Within { value, low, high }) => GridCell::number(number::column(value), value)
                        .hinted(format!("between {} and {}", number::short(low), number::short(high))),
                    Some(Quantile::Above(bound)) => {
                        GridCell::text(format!("> {}", number::short(bound))).hinted("above the highest bound")
                    }
                    None => GridCell::default(),
                };
            rows.push(vec![
                GridCell::text(row.label),
                GridCell::text(draw::name(engine, engines)),
                GridCell::text(row.unit),
                GridCell::figure(Some(observed.count)),
                if row.histogram { GridCell::figure(observed.mean()) } else { GridCell::default() },
                quantile(0.5),
                quantile(0.95),
                quantile(0.99),
            ]);
        }
    }
    let columns = vec![
        Column::text("counter", "Counter"),
        Column::text("engine", "Engine"),
        Column::text("unit", "Unit"),
        Column::figure("count", "Count", ""),
        Column::figure("mean", "Mean", ""),
        Column::figure("p50", "P50", ""),
        Column::figure("p95", "P95", ""),
        Column::figure("p99", "P99", ""),
    ];
    (!rows.is_empty()).then(|| Grid {
        key: "since-start".to_owned(),
        title: "Since the server’s start".to_owned(),
        note: "Totals at the last scrape, warm-up included.".to_owned(),
        columns,
        rows,
        ..Grid::default()
    })
}
