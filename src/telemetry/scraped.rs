//! A target that is scraped twice (by two jobs, or by the replicas of a Prometheus) counts once.

use std::collections::BTreeMap;

use crate::table::{Dimension, Table};

/// Labels that say who scraped a target, not what it is.
const BY: [&str; 6] = ["job", "endpoint", "prometheus", "prometheus_replica", "replica", "receive"];

/// Of each such label the value that counts.
pub(super) struct Once<'t>(Vec<(Dimension<'t>, Option<u32>)>);

impl<'t> Once<'t> {
    /// Of the rows of one figure of one source: the value that most of them have, of equals the first.
    pub(super) fn of(table: &'t Table, rows: impl Iterator<Item = usize> + Clone) -> Once<'t> {
        let column = |key: &str| {
            let column = table.dimension(key)?;
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            rows.clone().filter_map(|row| column.code(row)).for_each(|code| *counts.entry(code).or_default() += 1);
            let best =
                counts.into_iter().max_by(|(a, one), (b, two)| one.cmp(two).then_with(|| column.value(*b).cmp(column.value(*a))));
            Some((column, best.map(|(code, _)| code)))
        };
        Once(BY.into_iter().filter_map(column).collect())
    }

    /// Whether a row is of the scrapes that count.
    pub(super) fn counts(&self, row: usize) -> bool {
        self.0.iter().all(|(column, kept)| column.code(row).is_none_or(|code| kept.is_none_or(|kept| kept == code)))
    }
}
