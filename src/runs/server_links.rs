//! Links from a measurement or a request to what workers and servers reported meanwhile.

use std::collections::BTreeSet;

use super::choice::{RUNS, WINDOW};
use super::load_windows::{self, near};
use crate::record::{Kind, Stat};
use crate::state::link::encode;
use crate::state::{SELECT, ViewState, Zoom};
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

/// The links back: from a moment of servers and GPUs to the load level that was measured then, and to the requests under way.
pub fn client(table: &Table, rows: &[usize], files: &[&Tables], state: &ViewState) -> Vec<(String, String)> {
    let times = table.figures("time", Stat::Mean).filter(|_| table.kind() == Kind::Sample);
    let Some(at) = rows.first().zip(times).and_then(|(row, times)| times.get(*row)) else { return Vec::new() };
    let mut links = Vec::new();
    let measured = files.iter().filter_map(|tables| tables.get(Kind::Measurement));
    let level = measured.into_iter().find_map(|table| {
        let found =
            (0..table.rows()).filter_map(|row| load_windows::window(table, row)).find(|one| (one.from..=one.to).contains(&at))?;
        Some((table.dimension("path")?.text(found.row)?, found.level))
    });
    if let Some((path, level)) = level {
        let mut target = state.clone();
        target.show_view("explore");
        target.choose("path", BTreeSet::from([path.to_owned()]));
        links.push((format!("Measured at that time: {level}"), encode(&target)));
    }
    let open = |requests: &Table| {
        let [starts, lengths] = ["time", "e2el"].map(|metric| requests.figures(metric, Stat::Mean));
        let (starts, lengths, paths) = (starts?, lengths?, requests.dimension("path")?);
        let row = (0..requests.rows()).find(|row| {
            let interval = starts.get(*row).zip(lengths.get(*row));
            interval.is_some_and(|(start, length)| (start..=start + length / 1000.0).contains(&at))
        })?;
        // Seconds since the first request of its file.
        let of_file = (0..requests.rows()).filter(|other| paths.code(*other) == paths.code(row));
        let first = of_file.filter_map(|row| starts.get(row)).fold(f64::INFINITY, f64::min);
        Some((paths.text(row)?.to_owned(), at - first))
    };
    if let Some((path, since)) = files.iter().filter_map(|tables| tables.get(Kind::Request)).find_map(open) {
        let mut target = state.clone();
        target.show_view("requests");
        target.choose("path", BTreeSet::from([path]));
        let window = format!("elapsed:{:.3}..{:.3}", (since - AROUND).max(0.0), since + AROUND);
        links.push(("Requests begun around that time".to_owned(), encode(&target.with_option(SELECT, &[&window]))));
    }
    links
}

/// Requests that began so many seconds before or after a moment are around it.
const AROUND: f64 = 5.0;

/// The folder of a file.
fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).and_then(|end| path.get(..end)).unwrap_or_default()
}
