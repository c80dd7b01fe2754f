//! One side compared with another over all configurations and KPIs: what cards, grids and heat maps are made of.

use crate::analysis::verdict::Verdict;
use crate::comparison::judge::{Judge, Outcome, allow_for_number};
use crate::comparison::kpis::Kpi;
use crate::comparison::pairing::{Configuration, Pairing};
use crate::comparison::scorecard::Score;
use crate::state::{ViewState, link};
use crate::table::Table;

/// Share of configurations that did not get worse from which a release is healthy, and from which it is a warning, in
/// percent (`../shared/formats/rhaiis.md` §2.2).
const HEALTHY: f64 = 90.0;
const WARNING: f64 = 70.0;

/// A comparison of two versions.
pub(super) struct Report<'a> {
    pub table: &'a Table,
    pub state: &'a ViewState,
    /// The denominator and what is compared with it.
    pub versions: [String; 2],
    pub pairing: Pairing<'a>,
    pub kpis: &'a [Kpi],
    /// Outcomes by configuration and KPI.
    pub outcomes: Vec<Vec<Option<Outcome>>>,
    /// Changes that are to be expected by chance among so many figures.
    pub by_chance: usize,
}

/// One change, with where it is.
pub(super) struct Change<'r> {
    pub one: &'r Configuration,
    pub by: &'r Kpi,
    pub outcome: &'r Outcome,
    pub percent: f64,
    /// The change turned so that more is better.
    pub goodness: f64,
}

impl<'a> Report<'a> {
    /// Judges every pair. `pairing` has the baseline as its first side and the candidate as its second.
    pub(super) fn new(
        table: &'a Table,
        state: &'a ViewState,
        versions: [String; 2],
        pairing: Pairing<'a>,
        judge: &Judge<'a>,
        kpis: &'a [Kpi],
    ) -> Report<'a> {
        let outcome = |one: &Configuration, by: &Kpi| judge.outcome(one, by, &judge.compare(one, by), 1, 0);
        let mut outcomes: Vec<Vec<Option<Outcome>>> =
            pairing.matched.iter().map(|one| kpis.iter().map(|by| outcome(one, by)).collect()).collect();
        let by_chance = allow_for_number(outcomes.iter_mut().flatten().flatten());
        Report { table, state, versions, pairing, kpis, outcomes, by_chance }
    }

    /// The positions of all configurations.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.pairing.matched.len()).collect()
    }

    /// Every change that is known of some configurations.
    pub(super) fn changes<'r>(&'r self, of: &'r [usize]) -> impl Iterator<Item = Change<'r>> {
        let pairs = of.iter().filter_map(|at| Some((self.pairing.matched.get(*at)?, self.outcomes.get(*at)?)));
        pairs.flat_map(move |(one, outcomes)| {
            self.kpis.iter().zip(outcomes).filter_map(move |(by, outcome)| {
                let outcome = outcome.as_ref()?;
                let percent = outcome.change?;
                Some(Change { one, by, outcome, percent, goodness: if by.higher { percent } else { -percent } })
            })
        })
    }

    /// The outcomes by the first KPI, which is throughput where there is any.
    pub(super) fn first<'r>(&'r self, of: &'r [usize]) -> impl Iterator<Item = Change<'r>> {
        let first = self.kpis.first();
        self.changes(of).filter(move |change| Some(change.by) == first)
    }

    /// How often the first KPI got better, worse and neither.
    pub(super) fn score(&self, of: &[usize]) -> Score {
        Score::of(self.first(of).map(|change| change.outcome))
    }

    /// The worst change over all KPIs.
    pub(super) fn worst<'r>(&'r self, of: &'r [usize]) -> Option<Change<'r>> {
        self.changes(of).min_by(|a, b| a.goodness.total_cmp(&b.goodness))
    }

    /// A configuration's value of a dimension; empty where it has none.
    pub(super) fn value(&self, one: &Configuration, key: &str) -> &'a str {
        self.table.dimension(key).and_then(|column| column.text(one.first())).unwrap_or_default()
    }

    /// Compare, narrowed to a configuration and a figure.
    pub(super) fn compare(&self, one: &Configuration, by: Option<&Kpi>) -> String {
        self.narrow(one).with_figure(by)
    }

    /// Compare, narrowed to a configuration: for the many cells of a row.
    pub(super) fn narrow(&self, one: &Configuration) -> Narrowed {
        Narrowed(self.at_compare(self.pairing.narrowed(self.state, one.first())))
    }

    /// Compare, of all configurations.
    pub(super) fn compare_all(&self) -> String {
        link::encode(&self.at_compare(self.state.clone()))
    }

    fn at_compare(&self, mut target: ViewState) -> ViewState {
        target.show_view("compare");
        let [baseline, candidate] = &self.versions;
        let target = target.with_option("by", &["version"]).with_option("baseline", &[baseline]);
        target.with_option("candidate", &[candidate]).with_option("pair", &[])
    }
}

/// Compare on one configuration.
pub(super) struct Narrowed(ViewState);

impl Narrowed {
    /// The link that looks at a figure.
    pub(super) fn with_figure(&self, by: Option<&Kpi>) -> String {
        let mut target = self.0.clone();
        target.set_option("metric", by.map(Kpi::key).into_iter().collect());
        link::encode(&target)
    }
}

/// How a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Healthy,
    Warning,
    Regression,
    Unknown,
}

/// The rule: the share of compared configurations whose throughput did not get worse, and the health that follows.
pub(super) fn health(score: Score) -> (Option<f64>, Health) {
    let compared = score.compared();
    if compared == 0 {
        return (None, Health::Unknown);
    }
    let share = 100.0 * (compared - score.worse) as f64 / compared as f64;
    let health = if share >= HEALTHY {
        Health::Healthy
    } else if share >= WARNING {
        Health::Warning
    } else {
        Health::Regression
    };
    (Some(share), health)
}

impl Health {
    pub(super) fn word(self) -> &'static str {
        match self {
            Health::Healthy => "Healthy",
            Health::Warning => "Warning",
            Health::Regression => "Regression",
            Health::Unknown => "unknown",
        }
    }
}

/// The rule in words.
pub(super) const RULE: &str = "Share of matching configurations whose throughput did not regress: Healthy from 90%, Warning \
                               from 70%, otherwise Regression.";

/// Whether a change is a loss that counts.
pub(super) fn lost(outcome: &Outcome) -> bool {
    outcome.verdict == Verdict::Worse && !outcome.ineligible
}
