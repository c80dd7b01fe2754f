//! With which of several releases a regression entered: each release between baseline and candidate is held against the
//! baseline, as the candidate is.

use super::VERSION;
use super::report::{Change, Report, lost};
use crate::catalog::versions;
use crate::comparison::cells::signed;
use crate::comparison::judge::Judge;
use crate::comparison::pairing::Pairing;
use crate::sorting::Sorting;
use crate::table::Table;
use crate::view_model::GridCell;

/// Releases between two that are looked at.
const MOST: usize = 12;

/// The releases of one product between baseline and candidate, the oldest first, each paired with the baseline.
pub(super) struct Between<'a>(Vec<(&'a str, Pairing<'a>)>);

impl<'a> Between<'a> {
    pub(super) fn new(table: &'a Table, rows: &[usize], ends: &[String; 2], keys: &[&'a str]) -> Between<'a> {
        let Some(column) = table.dimension(VERSION) else { return Between(Vec::new()) };
        let [baseline, candidate] = ends;
        let product = versions::product(candidate);
        let within = |version: &&str| {
            versions::product(version) == product
                && versions::compare(baseline, version).is_lt()
                && versions::compare(version, candidate).is_lt()
        };
        let mut found: Vec<&str> = rows.iter().filter_map(|row| column.text(*row)).collect();
        found.order();
        found.dedup();
        found.retain(within);
        found.order_by(|a, b| versions::compare(a, b));
        let pair = |version: &'a str| {
            let pairing = Pairing::new(table, rows, VERSION, &[baseline.clone(), version.to_owned()], keys.to_vec());
            (version, pairing)
        };
        Between(found.into_iter().take(MOST).map(pair).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first release from which on every measured one lost, up to the candidate; with the change of each.
    pub(super) fn entered(&self, report: &Report<'_>, judge: &Judge<'_>, change: &Change<'_>) -> GridCell {
        let outcome = |pairing: &Pairing<'_>| {
            let one = pairing.matched.iter().find(|one| one.id == change.one.id)?;
            judge.outcome(one, change.by, &judge.compare(one, change.by), 1, 0)
        };
        let steps: Vec<(&str, Option<(f64, bool)>)> = self
            .0
            .iter()
            .map(|(version, pairing)| (*version, outcome(pairing).and_then(|outcome| Some((outcome.change?, lost(&outcome))))))
            .collect();
        let candidate = report.versions[1].as_str();
        // From the candidate back, as long as what was measured lost as well.
        let (mut first, mut since) = (candidate, None);
        for (version, step) in steps.iter().rev() {
            match step {
                Some((_, true)) => first = version,
                Some((_, false)) => {
                    since = Some(*version);
                    break;
                }
                None => {}
            }
        }
        let since = since.unwrap_or(report.versions[0].as_str());
        let unmeasured = steps.iter().any(|(version, step)| {
            step.is_none() && versions::compare(since, version).is_lt() && versions::compare(version, first).is_lt()
        });
        let mut hint: Vec<String> = steps
            .iter()
            .map(|(version, step)| format!("{version}: {}", step.map_or("not measured".to_owned(), |(change, _)| signed(change))))
            .collect();
        hint.push(format!("{candidate}: {}", signed(change.percent)));
        let text = if unmeasured { format!("{first}, or one after {since}") } else { first.to_owned() };
        GridCell::text(text).hinted(hint.join("; "))
    }
}
