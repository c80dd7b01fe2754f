//! Link from a measurement to the worker samples of its time window.

use std::collections::BTreeSet;

use super::choice::{RUNS, WINDOW};
use super::load_windows::{self, near};
use crate::record::Kind;
use crate::state::ViewState;
use crate::state::link::encode;
use crate::table::{Table, Tables};

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

/// The folder of a file.
fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).and_then(|end| path.get(..end)).unwrap_or_default()
}
