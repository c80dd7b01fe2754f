//! What differs: between two runs, or between the workers of one.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::Column;
use super::super::parts::{Grid, GridCell, Tone};
use super::listing::value;
use super::plan::ROLES;
use super::stated::{Section, Stated, folded_settings};
use crate::analysis::arguments::{self, Arguments};

/// Settings that a verdict names.
const NAMED: usize = 3;

/// What a comparison found.
pub(super) struct Difference {
    /// In a few words: `single variable: …`.
    pub verdict: String,
    /// What it says of trusting a comparison of figures.
    pub tone: Tone,
    /// The settings.
    pub grid: Option<Grid>,
}

/// The verdict on what differs between settings.
fn verdict(differing: &[arguments::Difference]) -> (String, Tone) {
    match differing {
        [] => ("no setting differs".to_owned(), Tone::Similar),
        [one] => (format!("single variable: {}", one.key), Tone::Plain),
        several => {
            let named: Vec<&str> = several.iter().take(NAMED).map(|one| one.key.as_str()).collect();
            let more = if several.len() > NAMED { ", …" } else { "" };
            (format!("{} settings differ: {}{more}", several.len(), named.join(", ")), Tone::Doubt)
        }
    }
}

/// Between two runs, each with its name.
pub(super) fn runs(one: (&str, &[Stated]), other: (&str, &[Stated])) -> Difference {
    let without: Vec<&str> = [one, other].into_iter().filter(|(_, stated)| stated.is_empty()).map(|(name, _)| name).collect();
    if !without.is_empty() {
        let verdict = format!("unknown: no configuration of {}", without.join(" and "));
        return Difference { verdict, tone: Tone::Doubt, grid: None };
    }
    let sides: Vec<Arguments> = [one, other].iter().map(|(_, stated)| folded_settings(stated.iter())).collect();
    let differing = arguments::differences(&sides);
    let (verdict, tone) = verdict(&differing);
    let all: BTreeSet<&String> = sides.iter().flat_map(BTreeMap::keys).collect();
    let row = |row: &arguments::Difference| {
        let cell = |value_of: &Option<String>| match value_of {
            Some(text) => value(text),
            None => GridCell::text("not set").toned(Tone::Doubt),
        };
        let mut cells = vec![GridCell::text(&row.key)];
        cells.extend(row.values.iter().map(cell));
        cells
    };
    let grid = Grid {
        key: "difference".to_owned(),
        title: "Settings that differ".to_owned(),
        note: format!("{} of {}; names of runs, nodes and dates set nothing and are left out", differing.len(), all.len()),
        columns: vec![Column::text("setting", "Setting"), Column::text("one", one.0), Column::text("other", other.0)],
        rows: differing.iter().map(row).collect(),
    };
    let found = grid.rows.len();
    Difference { verdict, tone, grid: Some(grid.listed(found)) }
}

/// How many settings differ between two runs; `None` where one states none.
pub(super) fn distance(one: &[Stated], other: &[Stated]) -> Option<usize> {
    let stated = !one.is_empty() && !other.is_empty();
    stated.then(|| arguments::differences(&[folded_settings(one.iter()), folded_settings(other.iter())]).len())
}

/// Between the workers of each side: what they themselves state, or a dump of their node does.
pub(super) fn workers(stated: &[Stated]) -> Difference {
    let mut rows = Vec::new();
    let mut found: Vec<String> = Vec::new();
    let mut all: Vec<arguments::Difference> = Vec::new();
    let mut comparable = false;
    for (role, label) in ROLES {
        let of_role = |one: &&Stated| one.role == role && !one.by.is_empty() && one.section < Section::Packages;
        // Logs name a worker, dumps a node: the two are not compared with each other.
        let mut by_source: BTreeMap<&str, BTreeMap<&str, Vec<&Stated>>> = BTreeMap::new();
        for one in stated.iter().filter(of_role) {
            by_source.entry(&one.source).or_default().entry(&one.by).or_default().push(one);
        }
        let most = by_source.values().map(BTreeMap::len).max().unwrap_or(0);
        if most > 0 {
            found.push(format!("{most} {}", label.to_lowercase()));
        }
        for (source, workers) in by_source.into_iter().filter(|(_, workers)| workers.len() > 1) {
            comparable = true;
            let sides: Vec<Arguments> = workers.values().map(|of| folded_settings(of.iter().copied())).collect();
            for row in arguments::differences(&sides) {
                let each = workers.keys().zip(&row.values);
                let each = each.map(|(who, value)| format!("{who}: {}", value.as_deref().unwrap_or("not set")));
                rows.push(vec![
                    GridCell::text(label),
                    GridCell::text(&row.key),
                    value(&each.collect::<Vec<_>>().join("; ")),
                    GridCell::text(source),
                ]);
                if !all.iter().any(|known| known.key == row.key) {
                    all.push(row);
                }
            }
        }
    }
    if found.is_empty() {
        let verdict = "unknown: no configuration of a worker".to_owned();
        return Difference { verdict, tone: Tone::Doubt, grid: None };
    }
    let (verdict, tone) = if comparable {
        verdict(&all)
    } else {
        ("nothing to compare: one worker on each side states its settings".to_owned(), Tone::Plain)
    };
    let number = rows.len();
    let grid = Grid {
        key: "difference".to_owned(),
        title: "Settings that differ between workers of one side".to_owned(),
        note: format!("workers that state theirs: {}", found.join(", ")),
        columns: vec![
            Column::text("role", "Side"),
            Column::text("setting", "Setting"),
            Column::text("values", "Values"),
            Column::text("source", "Stated by"),
        ],
        rows,
    };
    Difference { verdict, tone, grid: (number > 0).then(|| grid.listed(number)) }
}
