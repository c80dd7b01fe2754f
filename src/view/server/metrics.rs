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
    let seen: Vec<Seen<'_>> =
        engines.iter().filter_map(|engine| Some(Seen { engine, span: drawn.spans.get(&engine.id).copied()? })).collect();
    let mut cards = attainment(&frame.state, &seen);
    let of: Vec<&str> = [
        (engines.len() > 1).then_some("worst engine"),
        Some(if frame.state.zoom.is_some() { "the time shown" } else { "all of its time" }),
        seen.iter().any(Seen::idles).then_some("without the time in which nothing ran"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let of = of.join(", ");
    let graded = |guideline| guideline::card(guideline, &of, |metric, stat| worst(&seen, metric, stat));
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

/// An engine in the time shown.
struct Seen<'s> {
    engine: &'s Source,
    span: (f64, f64),
}

impl Seen<'_> {
    fn has(&self, at: f64) -> bool {
        (self.span.0..=self.span.1).contains(&at)
    }

    /// What a histogram observed.
    fn observed(&self, key: &str) -> Option<Observed> {
        let steps = self.engine.histograms.get(key)?;
        let mut all = Observed::default();
        steps.iter().filter(|step| self.has(step.to)).for_each(|step| all.add(&step.by));
        Some(all)
    }

    /// Whether nothing ran at a moment, where that is known.
    fn is_idle(&self, at: f64) -> bool {
        let running = self.engine.gauges.get("running_requests");
        running.is_some_and(|running| telemetry::value_near(running, at).is_some_and(|running| running == 0.0))
    }

    /// Whether something ran at some moments and at others nothing.
    fn idles(&self) -> bool {
        let running = self.engine.gauges.get("running_requests").into_iter().flatten().filter(|(at, _)| self.has(*at));
        let (idle, busy) =
            running.fold((false, false), |(idle, busy), (_, running)| (idle || *running == 0.0, busy || *running > 0.0));
        idle && busy
    }

    /// A gauge's mean over the time in which something ran.
    fn mean(&self, metric: &str) -> Option<f64> {
        let track = self.engine.gauges.get(metric)?.iter().copied();
        over_time(&track.filter(|(at, _)| self.has(*at) && !self.is_idle(*at)).collect::<Vec<_>>())
    }
}

/// How many requests kept the limits of the SLO on TTFT and ITL: exact where a limit is a bound of the buckets.
fn attainment(state: &ViewState, engines: &[Seen<'_>]) -> Vec<Card> {
    let limit = |metrics: &[&str]| {
        state.slo.iter().find_map(|limit| match &limit.of {
            Axis::Figure { metric, .. } if metrics.contains(&metric.as_str()) => Some(limit.bound),
            _ => None,
        })
    };
    let of = |(key, label, bound): (&str, &str, Option<f64>)| {
        let bound = bound?;
        let mut sum = Observed::default();
        engines.iter().filter_map(|engine| engine.observed(key)).for_each(|observed| sum.add(&observed));
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

/// A figure of the engine with the highest, in the time shown: a mean over the time under load of gauges, means and quantiles
/// from buckets.
fn worst(engines: &[Seen<'_>], metric: &str, stat: Stat) -> Option<f64> {
    let of = |seen: &Seen<'_>| {
        if stat == Stat::Mean && seen.engine.gauges.contains_key(metric) {
            return seen.mean(metric);
        }
        // Servers count what is called TPOT at the client as ITL, gap by gap.
        let key = if metric == "tpot" { "itl" } else { metric };
        let all = seen.observed(key)?;
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
