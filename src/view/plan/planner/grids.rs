//! The candidates with what speaks for and against each, and the price of every pair worth a look.

use super::Plan;
use crate::analysis::sla::{Candidate, Picked};
use crate::query::groups::Group;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Why a candidate is taken or not.
fn reason(at: usize, one: &Candidate, limit: f64, what: &str, picked: Option<Picked>) -> (&'static str, Tone, String) {
    match picked {
        Some(Picked { index, keeps: true }) if index == at => {
            ("chosen", Tone::Better, format!("highest throughput within the {what} target"))
        }
        Some(Picked { index, keeps: false }) if index == at => {
            ("chosen", Tone::Doubt, format!("none meets the {what} target; lowest {what} chosen"))
        }
        _ if one.latency > limit => ("misses", Tone::Worse, format!("misses the {what} target")),
        _ => ("meets", Tone::Plain, format!("meets the {what} target at lower throughput")),
    }
}

fn label(groups: &[Group], engine: usize) -> GridCell {
    GridCell::text(groups.get(engine).map(|group| group.label.as_str()).unwrap_or_default())
}

pub(super) fn grids(plan: &Plan, groups: &[Group]) -> Vec<Grid> {
    vec![prefill(plan, groups), decode(plan, groups), cost(plan, groups)]
}

/// GPUs of an engine, and where they come from if no file states them.
fn gpus(plan: &Plan, engine: usize, role: usize) -> GridCell {
    let cell = GridCell::figure(plan.gpus(engine, role).map(f64::from));
    match plan.profiles.engines.get(engine) {
        Some(engine) if engine.derived => cell.hinted("derived from the profile; not stated in any file".to_owned()),
        _ => cell,
    }
}

fn verdict(
    cells: &mut Vec<GridCell>,
    at: usize,
    one: &Candidate,
    limit: f64,
    what: &str,
    picked: Option<Picked>,
    front: &[usize],
) {
    let (word, tone, reason) = reason(at, one, limit, what, picked);
    cells.push(GridCell::text(if front.contains(&at) { "yes" } else { "" }));
    cells.push(GridCell::text(word).toned(tone).hinted(reason.clone()));
    cells.push(GridCell::text(reason));
}

fn last_columns() -> [Column; 3] {
    [Column::text("front", "Pareto"), Column::text("verdict", "Verdict"), Column::text("reason", "Reason")]
}

fn prefill(plan: &Plan, groups: &[Group]) -> Grid {
    let mut columns = vec![
        Column::text("engine", "Engine"),
        Column::figure("gpus", "GPUs", ""),
        Column::figure("ttft", "TTFT", "ms"),
        Column::figure("throughput", "Input throughput per GPU", "tok/s"),
    ];
    columns.extend(last_columns());
    let mut rows: Vec<Vec<GridCell>> = Vec::new();
    for (at, one) in plan.profiles.prefill.iter().enumerate() {
        let mut cells = vec![label(groups, one.engine), gpus(plan, one.engine, 0)];
        cells.extend([one.at.latency, one.at.tps_per_gpu].map(|value| GridCell::figure(Some(value))));
        verdict(&mut cells, at, &one.at, plan.target.ttft, "TTFT", plan.prefill, &plan.prefill_front);
        rows.push(cells);
    }
    let note = format!("At {} input tokens, interpolated between measured lengths.", plan.target.workload.isl);
    Grid { key: "prefill".to_owned(), title: "Prefill engines".to_owned(), note, columns, rows, ..Grid::default() }
}

fn decode(plan: &Plan, groups: &[Group]) -> Grid {
    let mut columns = vec![
        Column::text("engine", "Engine"),
        Column::figure("gpus", "GPUs", ""),
        Column::figure("usage", "Cache usage", "%"),
        Column::figure("itl", "ITL", "ms"),
        Column::figure("speed", "Speed", "tok/s/user"),
        Column::figure("throughput", "Output throughput per GPU", "tok/s"),
    ];
    columns.extend(last_columns());
    let mut rows: Vec<Vec<GridCell>> = Vec::new();
    for (at, one) in plan.profiles.decode.iter().enumerate() {
        let mut cells = vec![label(groups, one.engine), gpus(plan, one.engine, 1)];
        let speed = (one.at.latency > 0.0).then(|| 1000.0 / one.at.latency);
        cells.extend([one.usage, Some(one.at.latency), speed, Some(one.at.tps_per_gpu)].map(GridCell::figure));
        verdict(&mut cells, at, &one.at, plan.target.itl, "ITL", plan.decode, &plan.decode_front);
        rows.push(cells);
    }
    let note = format!(
        "At a context of {} tokens (input + half of the output), interpolated between measured contexts, at the profiled cache usage.",
        plan.target.workload.context()
    );
    Grid { key: "decode".to_owned(), title: "Decode engines".to_owned(), note, columns, rows, ..Grid::default() }
}

fn cost(plan: &Plan, groups: &[Group]) -> Grid {
    let columns = vec![
        Column::text("prefill", "Prefill"),
        Column::figure("ttft", "TTFT", "ms"),
        Column::text("decode", "Decode"),
        Column::figure("usage", "Cache usage", "%"),
        Column::figure("itl", "ITL", "ms"),
        Column::figure("speed", "Speed", "tok/s/user"),
        Column::figure("gpu_hours", "GPU-hours per 1,000 requests", "h"),
        Column::figure("usd", "Cost per 1,000 requests", "$"),
        Column::text("keeps", "Meets targets"),
    ];
    let mut rows = Vec::new();
    for p in plan.prefill_front.iter().filter_map(|at| plan.profiles.prefill.get(*at)) {
        for d in plan.decode_front.iter().filter_map(|at| plan.profiles.decode.get(*at)) {
            let hours = plan.target.workload.gpu_hours_per_thousand(p.at.tps_per_gpu, d.at.tps_per_gpu);
            let keeps = p.at.latency <= plan.target.ttft && d.at.latency <= plan.target.itl;
            let speed = (d.at.latency > 0.0).then(|| 1000.0 / d.at.latency);
            rows.push(vec![
                label(groups, p.engine),
                GridCell::figure(Some(p.at.latency)),
                label(groups, d.engine),
                GridCell::figure(d.usage),
                GridCell::figure(Some(d.at.latency)),
                GridCell::figure(speed),
                GridCell::figure(hours),
                GridCell::figure(hours.map(|hours| hours * plan.target.usd_per_gpu_hour)),
                GridCell::text(if keeps { "yes" } else { "no" }).toned(if keeps { Tone::Better } else { Tone::Worse }),
            ]);
        }
    }
    let note = "Pareto-optimal prefill and decode engines combined. Throughput is already per GPU.";
    Grid { key: "cost".to_owned(), title: "Cost".to_owned(), note: note.to_owned(), columns, rows, ..Grid::default() }
}
