//! Filters: which rows pass, and the count of every other choice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::choices::{Counted, Values};
use super::{groups, lines};
use crate::catalog::dimensions;
use crate::sorting::Sorting;
use crate::state::Selection;
use crate::table::{Dimension, Table};

/// The rows that pass every filter, and the facets with their counts.
#[derive(Clone)]
pub(crate) struct Filtered {
    pub rows: Vec<usize>,
    pub facets: Vec<Counted>,
    /// Notes about selected values missing from the data.
    pub notes: Vec<String>,
}

/// Applies a selection. The result is kept with the table.
pub(crate) fn apply(table: &Table, selection: &Selection) -> Filtered {
    table.memo().get(selection.clone(), |_| apply_except(table, selection, |_, _| false)).as_ref().clone()
}

/// Like [`apply`], but a filter does not apply to rows for which `is_exempt(dimension, row)` is true.
pub(crate) fn apply_except(table: &Table, selection: &Selection, is_exempt: impl Fn(&str, usize) -> bool) -> Filtered {
    let mut notes = Vec::new();
    // The filter that a row fails: 0 for none, i + 1 for only the i-th, `SEVERAL` for more than one.
    const SEVERAL: u16 = u16::MAX;
    let mut fails = vec![0u16; table.rows()];
    for (i, (key, values)) in selection.iter().enumerate() {
        let column = table.dimension(key);
        let label = dimensions::label(key);
        let allowed: Vec<bool> = match &column {
            Some(column) => {
                let passes = |code| dimensions::parts(key, column.value(code)).any(|part| values.contains(part));
                (0..column.cardinality() as u32).map(passes).collect()
            }
            None => Vec::new(),
        };
        if column.is_none() && table.rows() > 0 {
            notes.push(format!("Filter ignored: no loaded file has “{label}”."));
        }
        if let Some(column) = &column {
            for value in values.iter().filter(|value| !value.is_empty() && !has(column, key, value)) {
                notes.push(format!("No loaded file has {label} “{value}”, which is in the filters."));
            }
        }
        let missing = values.contains("");
        let failed = i as u16 + 1;
        for (row, fail) in fails.iter_mut().enumerate() {
            let code = column.as_ref().and_then(|column| column.code(row));
            if !code.map_or(missing, |code| allowed[code as usize]) && !is_exempt(key, row) {
                *fail = if *fail == 0 { failed } else { SEVERAL };
            }
        }
    }
    let rows: Vec<usize> = (0..table.rows()).filter(|row| fails[*row] == 0).collect();
    let values = table.memo().get("facets", |_| -> Vec<Arc<Values>> {
        table.dimension_keys().into_iter().map(|key| Arc::new(Values::of(table, key))).collect()
    });
    let counted = |values: &Arc<Values>| {
        // A dimension's own filter does not reduce its counts.
        match selection.keys().position(|key| *key == values.key) {
            Some(own) => {
                let counts = |row: &usize| fails[*row] == 0 || fails[*row] == own as u16 + 1;
                Counted::of(values, table, (0..table.rows()).filter(counts), selection.get(&values.key))
            }
            None => Counted::of(values, table, rows.iter().copied(), None),
        }
    };
    let mut facets: Vec<Counted> = values.iter().map(counted).collect();
    facets.order_by_key(|facet| Reverse(facet.open));
    Filtered { rows, facets, notes }
}

/// Whether any row can have this value.
fn has(column: &Dimension<'_>, key: &str, value: &str) -> bool {
    (0..column.cardinality() as u32).any(|code| dimensions::parts(key, column.value(code)).any(|part| part == value))
}

/// Of more rows than these nobody asks whether they are few lines.
const SMALL: usize = 5000;

/// The default selection: the model with the most measurements at a stated load (on ties, the most
/// measurements), then its most measured workload. Nothing is left out where all configurations can be drawn together.
pub(crate) fn best_populated(table: &Table) -> Selection {
    let mut selection = Selection::new();
    if table.rows() <= SMALL {
        let all: Vec<usize> = (0..table.rows()).collect();
        if groups::group(table, &all, &groups::configuration(table)).len() <= lines::FEW {
            return selection;
        }
    }
    for key in ["model", "profile"] {
        let filtered = apply(table, &selection);
        let Some(facet) = filtered.facets.iter().find(|facet| facet.key() == key) else { continue };
        if facet.distinct() < 2 {
            continue;
        }
        // Rows with a load can be drawn against it.
        let (load, column) = (table.load(), table.dimension(key));
        let mut loaded: BTreeMap<&str, usize> = BTreeMap::new();
        for row in filtered.rows.iter().filter(|row| load.is_some_and(|load| load.get(**row).is_some())) {
            *loaded.entry(column.and_then(|column| column.text(*row)).unwrap_or_default()).or_default() += 1;
        }
        let loads = |value: &str| loaded.get(value).copied().unwrap_or_default();
        if let Some((best, _)) = facet.values().min_by_key(|(value, count)| Reverse((loads(value), *count))) {
            selection.insert(key.to_owned(), BTreeSet::from([best.to_owned()]));
        }
    }
    selection
}
