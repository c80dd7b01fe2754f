//! The table of load windows: worker metrics while each level was measured.

use crate::analysis::bins::{self, Steps};
use crate::catalog::instant;
use crate::runs::choice::{Chosen, WINDOW};
use crate::runs::load_windows::Window;
use crate::runs::process::{Aggregation, Source};
use crate::runs::rates::{self, Reading};
use crate::runs::run::{Found, Run};
use crate::state::ViewState;
use crate::state::link::encode;
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell};

/// Hint for a warm-up with a known duration but no time.
const FOUND: &str = "Duration from the benchmark's console, placed at the busiest stretch before this level";

/// The windows of the shown runs.
pub(super) fn windows(table: &Table, found: &Found, chosen: &Chosen, state: &ViewState) -> Option<Grid> {
    let runs = || chosen.runs.iter().filter_map(|at| found.runs.get(*at));
    if runs().all(|run| run.windows.is_empty()) {
        return None;
    }
    let rows = runs().flat_map(|run| run.windows.iter().map(move |window| row(table, run, window, state))).collect();
    let columns = vec![
        Column::text("run", "Run"),
        Column::text("level", "Load level"),
        Column::text("begins", "Start (UTC)"),
        Column::figure("since", "Since run start", "s"),
        Column::figure("seconds", "Duration", "s"),
        Column::figure("prompt", "Prefill throughput", "tok/s"),
        Column::figure("generated", "Generation throughput", "tok/s"),
        Column::figure("running", "Running requests", "requests"),
        Column::figure("queued", "Queued requests", "requests"),
        Column::figure("kv", "KV cache usage", "%"),
        Column::figure("hits", "Prefix cache hits", "%"),
    ];
    let note = "When each load level was measured and what the workers reported meanwhile: throughput and requests summed over workers, \
                KV cache usage averaged. Running requests, generation throughput and KV cache usage are of the decode workers, if there \
                are any. Click a level to zoom to it.";
    Some(Grid {
        key: "windows".to_owned(),
        title: "Load windows".to_owned(),
        note: note.to_owned(),
        columns,
        rows,
        ..Grid::default()
    })
}

fn row(table: &Table, run: &Run, window: &Window, state: &ViewState) -> Vec<GridCell> {
    let steps = Steps::within(window.from, window.to, bins::width(window.to - window.from, 1.0));
    let sources: Vec<Source> = run.sources.iter().map(|source| source.within(window.from, window.to)).collect();
    let has = |role: &str| sources.iter().any(|source| source.role == role);
    let of = |role: &str| sources.iter().filter(|source| !has(role) || source.role == role).collect::<Vec<&Source>>();
    let mean = |values: Vec<Option<f64>>| {
        let known: Vec<f64> = values.into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let combine = |metric: &'static str, role: &str, aggregation: Aggregation| {
        mean(rates::combine(&Reading::of(table, metric), &of(role), &steps, aggregation).values)
    };
    let throughput = |metric: &'static str, role: &str| {
        let reading = Reading::of(table, metric);
        let done = of(role).into_iter().filter_map(|source| reading.done(source, window.from, window.to));
        done.reduce(|sum, one| sum + one).map(|tokens| tokens / (window.to - window.from))
    };
    let hits =
        rates::hits(&Reading::of(table, "cache_hit_rate"), &of("prefill"), &Steps::within(window.from, window.to, f64::INFINITY))
            .0;
    let mut target = state.clone();
    target.zoom = None;
    let target = target.with_option(WINDOW, &[&window.level]);
    let begins = instant::shown(window.from).filter(|_| run.dated).unwrap_or_default();
    vec![
        GridCell::text(run.name.clone()),
        GridCell::text(window.level.clone()).linked(encode(&target)).hinted(if window.found {
            FOUND
        } else {
            "Zoom to this window"
        }),
        GridCell::text(begins),
        GridCell::figure(Some(run.since(window.from)).filter(|_| run.dated)),
        GridCell::figure(Some(window.to - window.from)),
        GridCell::figure(throughput("prompt_tps", "prefill")),
        GridCell::figure(throughput("generation_tps", "decode")),
        GridCell::figure(combine("running_requests", "decode", Aggregation::Sum)),
        GridCell::figure(combine("queued_requests", "", Aggregation::Sum)),
        GridCell::figure(combine("kv_usage", "decode", Aggregation::Mean)),
        GridCell::figure(hits.into_iter().flatten().next()),
    ]
}
