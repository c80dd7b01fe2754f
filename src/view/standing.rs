//! Whether a measurement may win: it keeps every limit of the service level, and not too many of its requests failed.

use super::{axes, identity};
use crate::catalog::{Better, metrics, number};
use crate::record::Stat;
use crate::state::{Axis, Limit, ViewState};
use crate::table::Table;

/// The service level of a state over a table.
pub(super) struct Standing<'a> {
    table: &'a Table,
    limits: &'a [Limit],
    error_limit: f64,
}

impl<'a> Standing<'a> {
    pub(super) fn new(table: &'a Table, state: &'a ViewState) -> Standing<'a> {
        Standing { table, limits: &state.slo, error_limit: state.error_limit }
    }

    /// Whether the row keeps every limit. A figure that is missing does not.
    pub(super) fn complies(&self, row: usize) -> bool {
        !self.failing(row) && self.limits.iter().all(|limit| self.keeps(limit, row))
    }

    /// Whether too many of the row's requests failed.
    pub(super) fn failing(&self, row: usize) -> bool {
        let rate = self.table.figures("error_rate", Stat::Mean).and_then(|rates| rates.get(row));
        rate.is_some_and(|rate| rate > self.error_limit)
    }

    fn keeps(&self, limit: &Limit, row: usize) -> bool {
        let value = identity::value(self.table, &limit.of, row);
        value.is_some_and(|value| if at_least(&limit.of) { value >= limit.bound } else { value <= limit.bound })
    }

    /// The service level in words: `P95 TTFT ≤ 4 s, failed requests ≤ 1%`.
    pub(super) fn words(&self) -> String {
        self.limits.iter().map(limit_words).chain(std::iter::once(self.errors())).collect::<Vec<_>>().join(", ")
    }

    /// Which limits stand against rows, and how many of the rows: those that break it and those that lack its figure.
    pub(super) fn against(&self, rows: &[usize]) -> Vec<(String, usize)> {
        let of = |limit: &Limit| (limit_words(limit), rows.iter().filter(|row| !self.keeps(limit, **row)).count());
        let failing = rows.iter().filter(|row| self.failing(**row)).count();
        let all = self.limits.iter().map(of).chain(std::iter::once((self.errors(), failing)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    fn errors(&self) -> String {
        format!("failed requests ≤ {}%", number::short(self.error_limit))
    }
}

/// A limit in words: `P95 TTFT ≤ 4 s`.
fn limit_words(limit: &Limit) -> String {
    let sign = if at_least(&limit.of) { "≥" } else { "≤" };
    let bound = match &limit.of {
        Axis::Figure { metric, .. } => number::with_unit(metric, limit.bound),
        Axis::Load(_) => number::short(limit.bound),
    };
    format!("{} {sign} {bound}", axes::name(&limit.of))
}

/// Whether a limit is from below: the figure is better when it is higher.
fn at_least(of: &Axis) -> bool {
    match of {
        Axis::Load(_) => false,
        Axis::Figure { metric, .. } => metrics::metric(metric).is_some_and(|metric| metric.better == Better::Higher),
    }
}
