//! What results and single requests say of a run: its load levels, limits on latencies, failures, and TTFT over time.

use std::collections::BTreeMap;

use crate::analysis::curve;
use crate::analysis::diagnosis::{Attempts, Drift, Limits};
use crate::analysis::mean::arithmetic;
use crate::analysis::sweep::Level;
use crate::query::groups::{self, Group};
use crate::record::Stat;
use crate::runs::load_windows;
use crate::state::{Axis, ViewState};
use crate::table::Table;

/// The load levels of a run in order; repeats averaged.
pub(crate) fn levels(table: &Table, rows: &[usize]) -> Vec<Level> {
    let load = |row: usize| table.load().and_then(|load| load.get(row));
    let pace = ["itl", "tpot"]
        .into_iter()
        .find(|pace| rows.iter().any(|row| figure(table, pace, Stat::Mean, *row).is_some()))
        .unwrap_or("itl");
    let asked = table.dimension("request_rate");
    let of = |level: curve::Level| {
        let mean = |metric: &str, stat: Stat| arithmetic(level.rows.iter().filter_map(|row| figure(table, metric, stat, *row)));
        Some(Level {
            load: level.load?,
            rate: arithmetic(level.rows.iter().filter_map(|row| asked.as_ref()?.number(*row))).filter(|rate| *rate > 0.0),
            rps: mean("rps", Stat::Mean),
            output_tps: mean("output_tps", Stat::Mean),
            ttft: mean("ttft", Stat::Mean),
            ttft_p50: mean("ttft", Stat::P50),
            itl: mean(pace, Stat::Mean),
            itl_p50: mean(pace, Stat::P50),
            e2el: mean("e2el", Stat::Mean),
            completed: mean("completed", Stat::Mean),
            errored: mean("errored", Stat::Mean),
        })
    };
    curve::levels(rows, load, load, load).into_iter().filter_map(of).collect()
}

fn figure(table: &Table, metric: &str, stat: Stat, row: usize) -> Option<f64> {
    table.figures(metric, stat)?.get(row)
}

/// Limits on TTFT and time per output token, and whose they are: the run's SLO, the user's, or the defaults.
pub(crate) fn limits(table: &Table, state: &ViewState, rows: &[usize]) -> Limits {
    let column = table.dimension("slo");
    let stated = rows.iter().find_map(|row| column.and_then(|column| column.text(*row))).unwrap_or_default();
    let in_text = |name: &str| {
        let part = stated.split(',').find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('≤'))?;
        part.split_whitespace().next()?.parse::<f64>().ok()
    };
    let set = |names: &[&str]| {
        state.slo.iter().find_map(|limit| match &limit.of {
            Axis::Figure { metric, .. } if names.contains(&metric.as_str()) => Some(limit.bound),
            _ => None,
        })
    };
    let run = (in_text("TTFT"), in_text("TPOT").or_else(|| in_text("ITL")));
    let reader = (set(&["ttft"]), set(&["tpot", "itl"]));
    let default = Limits::default();
    let source = match (run, reader) {
        ((None, None), (None, None)) => default.source,
        ((None, None), _) => "your SLO".to_owned(),
        _ => "the run’s own SLO".to_owned(),
    };
    Limits { ttft: run.0.or(reader.0).unwrap_or(default.ttft), itl: run.1.or(reader.1).unwrap_or(default.itl), source }
}

/// A row's load in words; empty where it is not stated.
fn level_name(table: &Table, row: usize) -> String {
    let known = table.load_kind(row).is_some();
    if known { load_windows::level(table, row).0 } else { String::new() }
}

/// Requests that each level tried. Those that the end of a benchmark cut off did not fail.
pub(super) fn attempts(table: &Table, rows: &[usize]) -> Vec<Attempts> {
    let of = |row: &usize| {
        let completed = figure(table, "completed", Stat::Mean, *row);
        let failed = figure(table, "errored", Stat::Mean, *row);
        let share = figure(table, "error_rate", Stat::Mean, *row);
        let (completed, failed) = match (completed, failed, share) {
            (Some(completed), Some(failed), _) => (completed, failed),
            (Some(completed), None, Some(share)) if share < 100.0 => (completed, completed * share / (100.0 - share)),
            (None, None, Some(share)) => (100.0 - share, share),
            _ => return None,
        };
        Some(Attempts { at: level_name(table, *row), completed, failed })
    };
    rows.iter().filter_map(of).collect()
}

/// The same from single requests.
pub(super) fn tried(table: &Table, rows: &[usize]) -> Vec<Attempts> {
    let Some(status) = table.dimension("status") else { return Vec::new() };
    let mut levels: BTreeMap<String, Attempts> = BTreeMap::new();
    for row in rows {
        let at = level_name(table, *row);
        let level = levels.entry(at.clone()).or_insert_with(|| Attempts { at, ..Attempts::default() });
        match status.text(*row) {
            None | Some("completed" | "success" | "ok") => level.completed += 1.0,
            Some("incomplete") => {}
            Some(_) => level.failed += 1.0,
        }
    }
    levels.into_values().collect()
}

/// TTFT over time of each run and level.
pub(super) fn drifts(table: &Table, rows: &[usize]) -> Vec<Drift> {
    let (Some(start), Some(ttft)) = (table.figures("elapsed", Stat::Mean), table.figures("ttft", Stat::Mean)) else {
        return Vec::new();
    };
    let of = |group: Group| {
        let points: Vec<(f64, f64)> = group.rows.iter().filter_map(|row| Some((start.get(*row)?, ttft.get(*row)?))).collect();
        let at = group.rows.first().map_or_else(String::new, |row| level_name(table, *row));
        Drift { at, points }
    };
    groups::group(table, rows, &groups::configuration(table)).into_iter().map(of).collect()
}
