//! Filters: which rows pass, and the count of every other choice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::catalog::{Order, Role, dimensions, versions};
use crate::sorting::Sorting;
use crate::state::Selection;
use crate::table::{Dimension, Table};
use crate::view_model::{Facet, FacetValue};

/// Maximum number of facet values sent to the page; the search reaches the rest.
const MAX_VALUES: usize = 100;

/// The rows that pass every filter, and the facets with their counts.
#[derive(Clone)]
pub(crate) struct Filtered {
    pub rows: Vec<usize>,
    pub facets: Vec<Counted>,
    /// Notes about selected values missing from the data.
    pub notes: Vec<String>,
}

/// A facet with all its values, which are shared between copies.
#[derive(Clone)]
pub struct Counted {
    /// Dimension key.
    pub key: String,
    /// The values, in order.
    pub values: Arc<[FacetValue]>,
    /// Whether it is initially expanded.
    pub open: bool,
}

impl Counted {
    /// The facet for the page: with the values that match its search, and of these the first.
    pub(crate) fn searched(&self, searches: &BTreeMap<String, String>) -> Facet {
        let search = searches.get(&self.key).map(|search| search.to_lowercase()).unwrap_or_default();
        let found = |value: &&FacetValue| value.chosen || value.value.to_lowercase().contains(&search);
        let found = self.values.iter().filter(found).enumerate();
        let values = found.filter(|(at, value)| *at < MAX_VALUES || value.chosen).map(|(_, value)| value.clone()).collect();
        let label = dimensions::label(&self.key).to_owned();
        Facet { key: self.key.clone(), label, values, distinct: self.values.len(), open: self.open }
    }
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
                let passes = |code| dimensions::parts(key, column.value(code)).iter().any(|part| values.contains(*part));
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
    let ordered = table
        .memo()
        .get("facets", |_| -> Vec<Ordered> { table.dimension_keys().into_iter().map(|key| Ordered::of(table, key)).collect() });
    let counted = |facet: &Ordered| {
        // A dimension's own filter does not reduce its counts.
        match selection.keys().position(|key| *key == facet.key) {
            Some(own) => {
                let counts = |row: &usize| fails[*row] == 0 || fails[*row] == own as u16 + 1;
                facet.counted(table, (0..table.rows()).filter(counts), selection.get(&facet.key))
            }
            None => facet.counted(table, rows.iter().copied(), None),
        }
    };
    let mut facets: Vec<Counted> = ordered.iter().map(counted).collect();
    facets.order_by_key(|facet| Reverse(facet.open));
    Filtered { rows, facets, notes }
}

/// The values of a dimension in their order, whatever the filters: kept with the table.
struct Ordered {
    key: String,
    values: Vec<String>,
    /// The positions in `values` of each code's parts.
    parts: Vec<Vec<usize>>,
    /// Whether some row of the table has none.
    has_missing: bool,
}

impl Ordered {
    fn of(table: &Table, key: &str) -> Ordered {
        let column = table.dimension(key);
        let codes = 0..column.map_or(0, |column| column.cardinality() as u32);
        let parts = |code: u32| column.into_iter().flat_map(move |column| dimensions::parts(key, column.value(code)));
        let mut values: Vec<&str> = codes.clone().flat_map(parts).collect::<BTreeSet<&str>>().into_iter().collect();
        let is_version = dimensions::dimension(key).is_some_and(|dimension| dimension.order == Order::Version);
        values.order_by(|a, b| if is_version { versions::newest_first(a, b) } else { dimensions::compare(key, a, b) });
        let places: FxHashMap<&str, usize> = values.iter().enumerate().map(|(at, value)| (*value, at)).collect();
        let parts = codes.map(|code| parts(code).filter_map(|part| places.get(part).copied()).collect()).collect();
        let has_missing = column.is_none_or(|column| (0..table.rows()).any(|row| column.code(row).is_none()));
        Ordered { key: key.to_owned(), values: values.into_iter().map(str::to_owned).collect(), parts, has_missing }
    }

    /// The facet with the counts of these rows.
    fn counted(&self, table: &Table, rows: impl Iterator<Item = usize>, chosen: Option<&BTreeSet<String>>) -> Counted {
        let column = table.dimension(&self.key);
        let mut by_code = vec![0usize; self.parts.len()];
        let mut missing = 0;
        for row in rows {
            match column.and_then(|column| column.code(row)) {
                Some(code) => by_code[code as usize] += 1,
                None => missing += 1,
            }
        }
        let mut counts = vec![0usize; self.values.len()];
        for (parts, count) in self.parts.iter().zip(by_code) {
            parts.iter().for_each(|part| counts[*part] += count);
        }
        let is_chosen = |value: &str| chosen.is_some_and(|chosen| chosen.contains(value));
        let value = |(value, count): (&String, usize)| FacetValue { value: value.clone(), count, chosen: is_chosen(value) };
        let mut values: Vec<FacetValue> = self.values.iter().zip(counts).map(value).collect();
        if self.has_missing {
            values.push(FacetValue { value: String::new(), count: missing, chosen: is_chosen("") });
        }
        for value in chosen.into_iter().flatten() {
            if !values.iter().any(|known| &known.value == value) {
                values.push(FacetValue { value: value.clone(), count: 0, chosen: true });
            }
        }
        let choosable = values.len() > 1 && dimensions::role(&self.key) == Role::Configuration;
        let open = choosable || chosen.is_some();
        Counted { key: self.key.clone(), values: values.into(), open }
    }
}

/// Whether any row can have this value.
fn has(column: &Dimension<'_>, key: &str, value: &str) -> bool {
    (0..column.cardinality() as u32).any(|code| dimensions::parts(key, column.value(code)).contains(&value))
}

/// The default selection: the model with the most measurements at a stated load (on ties, the most
/// measurements), then its most measured workload.
pub(crate) fn best_populated(table: &Table) -> Selection {
    let mut selection = Selection::new();
    for key in ["model", "profile"] {
        let filtered = apply(table, &selection);
        let Some(facet) = filtered.facets.iter().find(|facet| facet.key == key) else { continue };
        if facet.values.len() < 2 {
            continue;
        }
        // Rows with a load can be drawn against it.
        let (load, column) = (table.load(), table.dimension(key));
        let mut loaded: BTreeMap<&str, usize> = BTreeMap::new();
        for row in filtered.rows.iter().filter(|row| load.is_some_and(|load| load.get(**row).is_some())) {
            *loaded.entry(column.and_then(|column| column.text(*row)).unwrap_or_default()).or_default() += 1;
        }
        let loads = |value: &FacetValue| loaded.get(value.value.as_str()).copied().unwrap_or_default();
        if let Some(best) = facet.values.iter().min_by_key(|value| Reverse((loads(value), value.count))) {
            selection.insert(key.to_owned(), BTreeSet::from([best.value.clone()]));
        }
    }
    selection
}
