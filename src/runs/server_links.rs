//! Links from a measurement or a request to what workers and servers reported meanwhile.

use std::collections::BTreeSet;

use super::choice::{RUNS, WINDOW};
use super::load_windows::{self, near};
use crate::record::{Kind, Stat};
use crate::state::link::encode;
use crate::state::{ViewState, Zoom};
use crate::table::{Figures, Table, Tables};

/// The link from rows of one load level to their time window. `None` if the rows have no time, cover several levels, or if
/// no file next to them has samples over time.
pub fn workers(table: &Table, rows: &[usize], files: &[&Tables], state: &ViewState) -> Option<String> {
    if table.kind() != Kind::Measurement {
        return None;
    }
    let placed: Vec<_> = rows.iter().filter_map(|row| load_windows::window(table, *row)).collect();
    let level = &placed.first()?.level;
    let folders = table.dimension("folder")?;
    let reported = |run: &&str| {
        let paths = files.iter().filter_map(|tables| tables.get(Kind::Sample)?.dimension("path"));
        paths.into_iter().any(|paths| (0..paths.cardinality() as u32).any(|code| near(folder(paths.value(code)), run)))
    };
    let runs: BTreeSet<&str> = placed.iter().filter_map(|window| folders.text(window.row)).filter(reported).collect();
    if runs.is_empty() || placed.iter().any(|window| window.level != *level) {
        return None;
    }
    let mut target = state.clone();
    target.show_view("runs/timeline");
    let runs: Vec<&str> = runs.into_iter().collect();
    Some(encode(&target.with_option(RUNS, &runs).with_option(WINDOW, &[level.as_str()])))
}

/// The link from measurements or single requests to what servers and GPUs reported meanwhile. `None` if their time is not
/// known, or if nothing was reported then.
pub fn server(table: &Table, rows: &[usize], files: &[&Tables], state: &ViewState) -> Option<String> {
    let during = |row: &usize| match table.kind() {
        Kind::Measurement => load_windows::window(table, *row).map(|window| (window.from, window.to)),
        Kind::Request => {
            let figure = |metric: &str| table.figures(metric, Stat::Mean)?.get(*row);
            let start = figure("time")?;
            Some((start, start + figure("e2el")? / 1000.0))
        }
        _ => None,
    };
    let (from, to) = rows.iter().filter_map(during).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let margin = (0.2 * (to - from)).max(5.0);
    let (from, to) = (from - margin, to + margin);
    let reported = files.iter().filter_map(|tables| {
        let samples = tables.get(Kind::Sample)?;
        Some((samples.figures("time", Stat::Mean)?, samples.rows()))
    });
    let known =
        |(times, count): (Figures<'_>, usize)| (0..count).any(|row| times.get(row).is_some_and(|at| (from..=to).contains(&at)));
    if !reported.into_iter().any(known) {
        return None;
    }
    let mut target = state.clone();
    target.show_view("server/metrics");
    let [from, to] = [from, to].map(|at| (1000.0 * at).round());
    target.zoom = Some(Zoom { x: [from, to], ..Zoom::between([from, 0.0], [to, 0.0]) });
    Some(encode(&target.with_option("clock", &["absolute"])))
}

/// The folder of a file.
fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).and_then(|end| path.get(..end)).unwrap_or_default()
}
