//! Names of configurations: the shortest that distinguish them. Independent of metrics.

use std::collections::BTreeMap;

use crate::query::axes;
use crate::query::groups::{self, Group};
use crate::query::parallelism::{self, Layouts};
use crate::state::Axis;
use crate::table::Table;

/// The dimensions that distinguish runs: folder of the file, run named in a table, and the file itself.
pub(super) const PLACES: [&str; 3] = ["folder", "run", "path"];

/// The dimensions of the request scheduler.
pub(super) const SCHEDULER: &[(&str, &str)] = &[
    ("kv_scorer_weight", "KV"),
    ("queue_scorer_weight", "queue"),
    ("prefix_scorer_weight", "prefix"),
    ("prefix_scorer_mode", "mode"),
    ("prefix_block_size", "block"),
    ("prefix_capacity", "capacity"),
    ("prefix_max_blocks", "blocks"),
];

/// Names each configuration: its layout, then other distinguishing dimensions; scheduler settings first
/// in the scheduling preset. Names that are still equal get the kind of load, then other distinguishing values.
pub(super) fn labels(table: &Table, groups: &[Group], own: &[&str], scheduling: bool, layouts: &Layouts<'_>) -> Vec<String> {
    let firsts: Vec<usize> = groups.iter().map(|group| group.rows.first().copied().unwrap_or_default()).collect();
    let is_scheduler = |key: &str| SCHEDULER.iter().any(|(known, _)| *known == key);
    let differs = |key: &str| groups::differs(table, firsts.iter().copied(), key);
    let rest = own.iter().copied();
    let rest: Vec<&str> =
        rest.filter(|key| !parallelism::label_dimensions().any(|covered| covered == *key) && !is_scheduler(key)).collect();
    let extra = distinguish(table, &firsts, &rest);
    let scheduler = |row: usize| {
        let value = |(key, name): &(&str, &str)| {
            let text = table.dimension(key).filter(|_| scheduling || differs(key))?.text(row)?;
            Some(format!("{name} {text}"))
        };
        SCHEDULER.iter().filter_map(value).collect::<Vec<_>>().join(" ")
    };
    let name = |row: usize| {
        let layout = layouts.of(row).label;
        let config = || table.dimension("config").and_then(|column| column.text(row)).unwrap_or_default().to_owned();
        let layout = if layout.is_empty() { config() } else { layout };
        let parts = if scheduling { [scheduler(row), layout] } else { [layout, scheduler(row)] };
        joined(parts.into_iter().chain(extra.get(&row).cloned()))
    };
    let mut names: Vec<String> = firsts.iter().map(|row| name(*row)).collect();
    let kind = |rows: &[usize]| loads(table, rows);
    let keys: Vec<&str> = own.iter().copied().chain(PLACES).collect();
    let place = |rows: &[usize]| distinguish(table, rows, &keys);
    // If configurations are one file each and otherwise unknown, name them after the files.
    if groups.iter().all(|group| !groups::differs(table, group.rows.iter().copied(), "path")) {
        refine(&mut names, &firsts, str::is_empty, &place);
    }
    refine(&mut names, &firsts, |_| true, &kind);
    refine(&mut names, &firsts, |_| true, &place);
    for (name, group) in names.iter_mut().zip(groups).filter(|(name, _)| name.is_empty()) {
        name.clone_from(&group.label);
    }
    names
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Returns distinguishing text by row.
type Distinguish<'t> = &'t dyn Fn(&[usize]) -> BTreeMap<usize, String>;

/// Appends distinguishing text to duplicate names.
fn refine(names: &mut [String], firsts: &[usize], which: fn(&str) -> bool, distinguish_rows: Distinguish<'_>) {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, row) in names.iter().zip(firsts).filter(|(name, _)| which(name)) {
        alike.entry(name.clone()).or_default().push(*row);
    }
    let distinguished: BTreeMap<usize, String> =
        alike.values().filter(|rows| rows.len() > 1).flat_map(|rows| distinguish_rows(rows)).collect();
    for (name, row) in names.iter_mut().zip(firsts) {
        *name = joined([std::mem::take(name)].into_iter().chain(distinguished.get(row).cloned()));
    }
}

/// Distinguishing text by row from some dimensions; empty if rows agree in all of them.
fn distinguish(table: &Table, rows: &[usize], keys: &[&str]) -> BTreeMap<usize, String> {
    if !keys.iter().any(|key| groups::differs(table, rows.iter().copied(), key)) {
        return BTreeMap::new();
    }
    let groups = groups::group(table, rows, keys);
    groups.into_iter().flat_map(|group| group.rows.into_iter().map(move |row| (row, group.label.clone()))).collect()
}

/// The kind of load of each row, if it differs.
fn loads(table: &Table, rows: &[usize]) -> BTreeMap<usize, String> {
    if !groups::differs(table, rows.iter().copied(), "load_kind") {
        return BTreeMap::new();
    }
    let words = |row: usize| match table.load_kind(row) {
        Some(kind) => format!("by {}", axes::name(&Axis::Load(kind)).to_lowercase()),
        None => "load not stated".to_owned(),
    };
    rows.iter().map(|row| (*row, words(*row))).collect()
}
