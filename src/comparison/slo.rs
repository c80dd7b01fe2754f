//! SLO eligibility: whether a measurement meets every limit of the SLO and the error limit, and so may be ranked.

use crate::catalog::{Better, metrics, number};
use crate::query::axes;
use crate::query::values::Values;
use crate::record::Stat;
use crate::state::{Axis, Limit, ViewState};
use crate::table::{Figures, Table};

/// The SLO of a state over a table.
pub(crate) struct Eligibility<'a> {
    table: &'a Table,
    /// The limits, with what they are about; `None` where no row has it.
    limits: Vec<(&'a Limit, Option<Values<'a>>)>,
    error_limit: f64,
    errors: Option<Figures<'a>>,
}

impl<'a> Eligibility<'a> {
    pub(crate) fn new(table: &'a Table, state: &'a ViewState) -> Eligibility<'a> {
        let limits = state.slo.iter().map(|limit| (limit, Values::of(table, &limit.of))).collect();
        Eligibility { table, limits, error_limit: state.error_limit, errors: table.figures("error_rate", Stat::Mean) }
    }

    /// Whether the row meets every limit. A missing value does not.
    pub(crate) fn complies(&self, row: usize) -> bool {
        !self.failing(row) && self.limits.iter().all(|(limit, values)| keeps(limit, values.as_ref(), row))
    }

    /// Whether too many of the row's requests failed.
    pub(crate) fn failing(&self, row: usize) -> bool {
        let rate = self.errors.and_then(|rates| rates.get(row));
        rate.is_some_and(|rate| rate > self.error_limit)
    }

    /// The limits that a row misses, each with its value, in words, and by what share of its bound it
    /// misses the worst of them (infinite for a figure that is missing). Empty and 0 for a row that complies.
    pub(crate) fn against(&self, row: usize) -> (Vec<String>, f64) {
        let excess = |value: f64, bound: f64| if bound == 0.0 { f64::MAX } else { (value / bound - 1.0).abs() };
        let mut broken: Vec<(String, f64)> = Vec::new();
        for (limit, values) in self.limits.iter().filter(|(limit, values)| !keeps(limit, values.as_ref(), row)) {
            broken.push(match values.as_ref().and_then(|values| values.get(row)) {
                Some(value) => {
                    let words = format!(
                        "{} {}, limit {}",
                        axes::name(&limit.of),
                        with_unit(&limit.of, value),
                        with_unit(&limit.of, limit.bound)
                    );
                    (words, excess(value, limit.bound))
                }
                None => (format!("{} is missing", axes::name(&limit.of)), f64::INFINITY),
            });
        }
        let rate = self.errors.and_then(|rates| rates.get(row));
        if let Some(rate) = rate.filter(|rate| *rate > self.error_limit) {
            let words = format!("{}% of requests failed, limit {}%", number::short(rate), number::short(self.error_limit));
            broken.push((words, excess(rate, self.error_limit)));
        }
        let worst = broken.iter().map(|(_, excess)| *excess).fold(0.0, f64::max);
        (broken.into_iter().map(|(words, _)| words).collect(), worst)
    }

    /// The SLO in words: `P95 TTFT ≤ 4 s, failed requests ≤ 1%`.
    pub(crate) fn words(&self) -> String {
        let limit = |(limit, _): &(&Limit, Option<Values<'_>>)| {
            let sign = if at_least(&limit.of) { "≥" } else { "≤" };
            format!("{} {sign} {}", axes::name_of(&limit.of, self.table.kind()), with_unit(&limit.of, limit.bound))
        };
        let errors = format!("failed requests ≤ {}%", number::short(self.error_limit));
        self.limits.iter().map(limit).chain(std::iter::once(errors)).collect::<Vec<_>>().join(", ")
    }
}

fn keeps(limit: &Limit, values: Option<&Values<'_>>, row: usize) -> bool {
    let value = values.and_then(|values| values.get(row));
    value.is_some_and(|value| if at_least(&limit.of) { value >= limit.bound } else { value <= limit.bound })
}

fn with_unit(of: &Axis, value: f64) -> String {
    match of {
        Axis::Figure { metric, .. } => number::with_unit(metric, value),
        Axis::Load(_) => number::short(value),
    }
}

/// Whether a limit is from below: the figure is better when it is higher.
fn at_least(of: &Axis) -> bool {
    match of {
        Axis::Load(_) => false,
        Axis::Figure { metric, .. } => metrics::metric(metric).is_some_and(|metric| metric.better == Better::Higher),
    }
}
