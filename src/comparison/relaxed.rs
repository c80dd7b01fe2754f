//! What must match, less what cannot: dimensions that a side does not state, and, where no configuration is equal, those in
//! which the nearest ones differ.

use std::collections::BTreeSet;

use super::pairing::{self, Sides};
use crate::catalog::dimensions;
use crate::table::Table;

/// Dimensions in which two runs may differ as a whole and still be compared: they are what is compared. Model, workload and
/// load are not among them.
pub(crate) const MAY_DIFFER: [&str; 10] =
    ["version", "framework", "accelerator", "benchmark", "config", "precision", "quantization", "tool", "image", "path"];

/// Configurations of a side among which the nearest is looked for.
const MAX_NEAR: usize = 200;

/// The dimensions that match, and what was left out of them.
#[derive(Default)]
pub(crate) struct Relaxed<'a> {
    /// The dimensions that match.
    pub keys: Vec<&'a str>,
    /// Stated on some sides and on others not at all: taken as equal, because nothing says that they differ.
    pub unstated: Vec<&'a str>,
    /// In which the nearest configurations differ, because none is equal.
    pub differing: Vec<&'a str>,
}

impl<'a> Relaxed<'a> {
    /// Leaves out what a side does not state. Where no two sides have a configuration in common and nobody chose what must
    /// match (`chosen`), the fewest dimensions that make some equal are left out as well.
    pub(crate) fn of(table: &'a Table, sides: &[Vec<usize>], keys: Vec<&'a str>, chosen: bool) -> Relaxed<'a> {
        let states = |key: &str, rows: &[usize]| {
            let column = table.dimension(key);
            rows.iter().any(|row| column.is_some_and(|column| column.code(*row).is_some()))
        };
        let there: Vec<&Vec<usize>> = sides.iter().filter(|rows| !rows.is_empty()).collect();
        let is_unstated = |key: &&str| there.iter().any(|rows| states(key, rows)) && there.iter().any(|rows| !states(key, rows));
        let (unstated, keys): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(is_unstated);
        let classes = pairing::classes(table, sides, &keys);
        if chosen || classes.iter().any(|one| one.meets(table)) {
            return Relaxed { keys, unstated, differing: Vec::new() };
        }
        let differing = nearest(table, &classes, &keys);
        let keys = keys.into_iter().filter(|key| !differing.contains(key)).collect();
        Relaxed { keys, unstated, differing }
    }

    /// Both in words; `values` of each side are those of the rows given.
    pub(crate) fn notes(&self, table: &Table, sides: &[Vec<usize>]) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.unstated.is_empty() {
            let labels: Vec<&str> = self.unstated.iter().map(|key| dimensions::label(key)).collect();
            notes.push(format!("Not stated on every side, taken as equal: {}.", labels.join(", ")));
        }
        if !self.differing.is_empty() {
            let differing: Vec<String> = self.differing.iter().map(|key| difference(table, key, sides)).collect();
            notes.push(format!(
                "No configuration is equal on both sides: the nearest ones are compared. They differ in {}.",
                differing.join(", ")
            ));
        }
        notes
    }
}

/// A dimension in which sides differ, with what each has: `TP (4 → 8)`.
pub(crate) fn difference(table: &Table, key: &str, sides: &[Vec<usize>]) -> String {
    let value = |rows: &Vec<usize>| {
        let text = |row: &usize| table.dimension(key).and_then(|column| column.text(*row)).unwrap_or_default();
        let texts: BTreeSet<&str> = rows.iter().map(text).collect();
        match texts.first() {
            Some(&"") if texts.len() == 1 => "not stated".to_owned(),
            Some(one) if texts.len() == 1 => (*one).to_owned(),
            _ => format!("{} values", texts.len()),
        }
    };
    format!("{} ({})", dimensions::label(key), sides.iter().map(value).collect::<Vec<_>>().join(" → "))
}

/// The dimensions in which a configuration of the baseline and the nearest one of another side differ, with a load in common.
fn nearest<'a>(table: &Table, classes: &[Sides], keys: &[&'a str]) -> Vec<&'a str> {
    let columns: Vec<_> = keys.iter().map(|key| table.dimension(key)).collect();
    let codes = |one: &Sides| columns.iter().map(|column| column.and_then(|column| column.code(one.first()))).collect::<Vec<_>>();
    let (base, others): (Vec<&Sides>, Vec<&Sides>) = classes.iter().partition(|one| one.has(0));
    let others: Vec<(&Sides, Vec<Option<u32>>)> = others.into_iter().take(MAX_NEAR).map(|one| (one, codes(one))).collect();
    let mut best: Option<Vec<&'a str>> = None;
    for one in base.into_iter().take(MAX_NEAR) {
        let own = codes(one);
        for (other, theirs) in &others {
            let differing: Vec<&str> =
                keys.iter().zip(own.iter().zip(theirs)).filter(|(_, (a, b))| a != b).map(|(key, _)| *key).collect();
            if best.as_ref().is_none_or(|best| differing.len() < best.len()) && one.shares_a_load(other, table) {
                best = Some(differing);
            }
        }
    }
    best.unwrap_or_default()
}
