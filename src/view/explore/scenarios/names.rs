//! What configurations are called: in as few words as tell them apart. Knows no figures.

use std::collections::BTreeMap;

use super::configs::{PLACES, SCHEDULER};
use crate::query::axes;
use crate::query::groups::{self, Group};
use crate::query::parallelism::{self, Layouts};
use crate::state::Axis;
use crate::table::Table;

/// What each configuration is called: its layout, then what else tells it from the others; the scheduler's settings first
/// where they are what is looked at. Names that would still be equal get the kind of load, and what else tells them apart.
pub(super) fn labels(table: &Table, groups: &[Group], own: &[&str], scheduling: bool, layouts: &Layouts<'_>) -> Vec<String> {
    let firsts: Vec<usize> = groups.iter().map(|group| group.rows.first().copied().unwrap_or_default()).collect();
    let is_scheduler = |key: &str| SCHEDULER.iter().any(|(known, _)| *known == key);
    let differs = |key: &str| groups::differs(table, firsts.iter().copied(), key);
    let rest = own.iter().copied();
    let rest: Vec<&str> = rest.filter(|key| !parallelism::told().any(|told| told == *key) && !is_scheduler(key)).collect();
    let extra = told_apart(table, &firsts, &rest);
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
    let place = |rows: &[usize]| told_apart(table, rows, &keys);
    // Where nothing is known of configurations that are a file each, the files are their names.
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

/// What tells rows apart, by row.
type Tell<'t> = &'t dyn Fn(&[usize]) -> BTreeMap<usize, String>;

/// Adds to those of the names that several have what tells these apart.
fn refine(names: &mut [String], firsts: &[usize], which: fn(&str) -> bool, tell: Tell<'_>) {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, row) in names.iter().zip(firsts).filter(|(name, _)| which(name)) {
        alike.entry(name.clone()).or_default().push(*row);
    }
    let told: BTreeMap<usize, String> = alike.values().filter(|rows| rows.len() > 1).flat_map(|rows| tell(rows)).collect();
    for (name, row) in names.iter_mut().zip(firsts) {
        *name = joined([std::mem::take(name)].into_iter().chain(told.get(row).cloned()));
    }
}

/// What tells rows apart by some dimensions; nothing where they are alike in all of them.
fn told_apart(table: &Table, rows: &[usize], keys: &[&str]) -> BTreeMap<usize, String> {
    if !keys.iter().any(|key| groups::differs(table, rows.iter().copied(), key)) {
        return BTreeMap::new();
    }
    let groups = groups::group(table, rows, keys);
    groups.into_iter().flat_map(|group| group.rows.into_iter().map(move |row| (row, group.label.clone()))).collect()
}

/// In which terms the load of each row is, where that differs.
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
