//! Files of which not all series were read.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::dimensions;
use crate::catalog::server_metrics::MAX_VALUES;
use crate::table::Table;

/// Says that series are left out, where a file has as many values of a label among some rows of the samples as are read.
pub(crate) fn cut(table: &Table, rows: &[usize]) -> Option<String> {
    let path = table.dimension("path")?;
    let is_cut = |key: &&str| {
        let Some(label) = table.dimension(key).filter(|label| label.cardinality() >= MAX_VALUES) else { return false };
        let seen: FxHashSet<_> = rows.iter().filter_map(|row| Some((path.code(*row)?, label.code(*row)?))).collect();
        let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
        seen.iter().for_each(|(file, _)| *counts.entry(*file).or_default() += 1);
        counts.values().any(|count| *count == MAX_VALUES)
    };
    let label = table.dimension_keys().into_iter().filter(|key| !matches!(*key, "path" | "scrape")).find(is_cut)?;
    Some(format!(
        "A file has {MAX_VALUES} values of “{}”, as many as are read of it: series with others are left out. Aggregate over it before \
         saving the metrics.",
        dimensions::label(label)
    ))
}
