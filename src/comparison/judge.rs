//! What a comparison makes of paired measurements: one KPI of a configuration over the loads that its sides share, and the
//! verdict by SLO, threshold and noise.

use rustc_hash::FxHashMap;

use super::kpis::Kpi;
use super::noise::Noise;
use super::pairing::{Sides, load_of, loads};
use super::slo::Eligibility;
use crate::analysis::discovery;
use crate::analysis::pair::{self, Common, Interval, Level, Peak, Use};
use crate::analysis::verdict::{Verdict, verdict};
use crate::query::repeats::doubted;
use crate::record::LoadKind;
use crate::state::ViewState;
use crate::table::Table;

/// Which loads count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Levels {
    /// Every common one, but the single user.
    Usual,
    /// These, where they are common.
    Only(Vec<f64>),
}

impl Levels {
    /// In words: what a mean is over, of the levels that there are.
    pub(crate) fn words(&self, all: &[f64]) -> String {
        match self {
            Levels::Usual if all.contains(&1.0) => "shared loads (concurrency 1 excluded)".to_owned(),
            Levels::Usual => "shared loads".to_owned(),
            Levels::Only(levels) => format!("loads {}", loads(levels)),
        }
    }
}

/// One KPI of a configuration, over the levels that all its sides have.
pub(crate) struct Compared {
    /// The levels. Its sides are those that have the configuration.
    pub common: Common,
    /// The position in `common` of every side of the pairing.
    at: Vec<Option<usize>>,
}

impl Compared {
    /// The changes of a side against the baseline level by level, lowest load first: load, change in percent, and what it
    /// may be where there are repeats.
    pub(crate) fn by_level(&self, side: usize) -> Vec<(f64, f64, Option<Interval>)> {
        let position = |side: usize| self.at.get(side).copied().flatten();
        let (Some(base), Some(other)) = (position(0), position(side)) else { return Vec::new() };
        let change = |level: &Level| {
            let alone = Common { levels: vec![level.clone()], ..Common::default() };
            Some((level.load, alone.change(other, base)?, alone.interval(other, base)))
        };
        self.common.levels.iter().filter_map(change).collect()
    }
}

/// A candidate against the baseline by one KPI.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Change in percent; the baseline is the denominator.
    pub change: Option<f64>,
    /// What it may be, from repeats or from single requests.
    pub interval: Option<Interval>,
    /// What it means by direction, threshold and noise.
    pub verdict: Verdict,
    /// Whether the side that would win misses the SLO, or fails too often, at a level used: it cannot win.
    pub ineligible: bool,
    /// Whether the change is beyond threshold and interval, but to be expected by chance among so many figures.
    pub by_chance: bool,
    /// Geometric means of baseline and candidate.
    pub means: Option<(f64, f64)>,
}

/// Settings of a comparison: SLO, threshold and loads.
pub(crate) struct Judge<'a> {
    table: &'a Table,
    eligibility: Eligibility<'a>,
    /// By row, since every figure of it asks: its load, and whether it meets the SLO.
    loads: Vec<Option<f64>>,
    complies: Vec<bool>,
    threshold: f64,
    noise: Option<Noise<'a>>,
    /// Which loads count.
    pub levels: Levels,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(table: &'a Table, state: &'a ViewState, levels: Levels) -> Judge<'a> {
        let eligibility = Eligibility::new(table, state);
        let loads = (0..table.rows()).map(load_of(table)).collect();
        let complies = (0..table.rows()).map(|row| eligibility.complies(row)).collect();
        Judge { table, eligibility, loads, complies, threshold: state.threshold, noise: None, levels }
    }

    /// The same over loads per GPU; a row whose GPUs are unknown has none.
    #[must_use]
    pub(crate) fn per_gpu(mut self) -> Judge<'a> {
        let gpus = self.table.dimension("gpus");
        for (row, load) in self.loads.iter_mut().enumerate() {
            let count = gpus.and_then(|gpus| gpus.number(row)).filter(|count| *count > 0.0);
            *load = load.zip(count).map(|(load, count)| load / count);
        }
        self
    }

    /// With the noise of measurements from their single requests.
    #[must_use]
    pub(crate) fn with_requests(self, requests: Option<&'a Table>) -> Judge<'a> {
        Judge { noise: Noise::new(self.table, requests), ..self }
    }

    /// The load at which a row is compared.
    pub(crate) fn at(&self, row: usize) -> Option<f64> {
        self.load(row)
    }

    /// The SLO in words.
    pub(crate) fn eligibility(&self) -> &Eligibility<'a> {
        &self.eligibility
    }

    /// The threshold, in percent.
    pub(crate) fn threshold(&self) -> f64 {
        self.threshold
    }

    fn load(&self, row: usize) -> Option<f64> {
        self.loads.get(row).copied().flatten()
    }

    fn complies(&self, row: usize) -> bool {
        self.complies.get(row).copied().unwrap_or_default()
    }

    /// Pairs one KPI of a configuration by load, over the levels that all sides with the configuration have.
    pub(crate) fn compare(&self, one: &Sides, by: &Kpi) -> Compared {
        self.over(one, by, self.chosen(one), |_| true)
    }

    /// The same over every level that all sides have, whatever levels count.
    pub(crate) fn every_level(&self, one: &Sides, by: &Kpi) -> Compared {
        self.over(one, by, Use::All, |_| true)
    }

    fn chosen(&self, one: &Sides) -> Use<'_> {
        match &self.levels {
            Levels::Only(levels) => Use::Only(levels),
            Levels::Usual if one.kind == Some(LoadKind::Concurrency) => Use::AboveOneUser,
            Levels::Usual => Use::All,
        }
    }

    /// The level where a KPI is best on each side, over the common levels at which no side fails.
    pub(crate) fn peaks(&self, one: &Sides, by: &Kpi) -> Vec<Option<Peak>> {
        let compared = self.over(one, by, self.chosen(one), |row| self.complies(row));
        compared.at.iter().map(|at| compared.common.peak((*at)?, by.better())).collect()
    }

    fn over(&self, one: &Sides, by: &Kpi, chosen: Use<'_>, keep: impl Fn(usize) -> bool) -> Compared {
        let figures = self.table.figures(by.metric, by.stat);
        let point = |row: &usize| Some((self.load(*row)?, figures.as_ref()?.get(*row)?)).filter(|_| keep(*row));
        let mut at = Vec::new();
        let mut sides: Vec<Vec<(f64, f64)>> = Vec::new();
        for rows in &one.sides {
            at.push((!rows.is_empty()).then_some(sides.len()));
            if !rows.is_empty() {
                sides.push(rows.iter().filter_map(point).collect());
            }
        }
        let sides: Vec<&[(f64, f64)]> = sides.iter().map(Vec::as_slice).collect();
        let mut common = pair::common(&sides, chosen);
        let measured_sides = one.sides.iter().filter(|rows| !rows.is_empty());
        for (side, rows) in measured_sides.enumerate() {
            for level in &mut common.levels {
                let Some(repeats) = level.sides.get_mut(side).filter(|repeats| repeats.count > 1) else { continue };
                let at_load = |row: &usize| self.load(*row) == Some(level.load) && keep(*row);
                let rows: Vec<usize> = rows.iter().copied().filter(at_load).collect();
                if doubted(self.table, &rows).is_some() {
                    repeats.doubt();
                }
            }
        }
        if let Some(noise) = &self.noise {
            // Where a level was measured once there is one such row; adding zero makes one load of 0 and −0.
            let measured = |row: &&usize| keep(**row) && by.value(self.table, **row).is_some();
            let at = |row: &usize| Some(((self.load(*row)? + 0.0).to_bits(), *row));
            let by_load = |rows: &Vec<usize>| rows.iter().filter(measured).filter_map(at).collect::<FxHashMap<u64, usize>>();
            let rows: Vec<_> = one.sides.iter().filter(|rows| !rows.is_empty()).map(by_load).collect();
            for level in &mut common.levels {
                for (repeats, rows) in level.sides.iter_mut().zip(&rows).filter(|(repeats, _)| repeats.count == 1) {
                    let row = rows.get(&level.load.to_bits());
                    repeats.within = row.and_then(|row| noise.log_variance(*row, by));
                }
            }
        }
        Compared { common, at }
    }

    /// A side against another, which is the denominator. `None` where one of them lacks the configuration.
    pub(crate) fn outcome(&self, one: &Sides, by: &Kpi, compared: &Compared, side: usize, base: usize) -> Option<Outcome> {
        let position = |side: usize| compared.at.get(side).copied().flatten();
        let (base_at, other) = (position(base)?, position(side)?);
        let common = &compared.common;
        let change = common.change(other, base_at);
        let interval = common.interval(other, base_at);
        let verdict = verdict(change, interval, by.better(), self.threshold);
        let fails = |side: usize| {
            let rows = one.sides.get(side).into_iter().flatten();
            let used = |row: &&usize| self.load(**row).is_some_and(|load| common.uses(load));
            rows.filter(used).any(|row| !self.complies(*row))
        };
        let ineligible = match verdict {
            Verdict::Better => fails(side),
            Verdict::Worse => fails(base),
            Verdict::Similar | Verdict::Unknown => false,
        };
        let means = common.geometric(base_at).zip(common.geometric(other));
        Some(Outcome { change, interval, verdict, ineligible, by_chance: false, means })
    }
}

/// Withdraws verdicts that are to be expected by chance among so many: those whose probability is above the cutoff of the
/// [false discovery rate](discovery). Changes without an interval stay as they are. Returns how many were withdrawn.
pub(crate) fn allow_for_number<'o>(outcomes: impl IntoIterator<Item = &'o mut Outcome>) -> usize {
    let outcomes: Vec<&mut Outcome> = outcomes.into_iter().filter(|outcome| outcome.interval.is_some()).collect();
    let cutoff = discovery::cutoff(outcomes.iter().filter_map(|outcome| Some(outcome.interval?.p)));
    let by_chance = |outcome: &&mut Outcome| {
        let decided = matches!(outcome.verdict, Verdict::Better | Verdict::Worse);
        decided && outcome.interval.is_some_and(|interval| cutoff.is_none_or(|cutoff| interval.p > cutoff))
    };
    let withdrawn = outcomes.into_iter().filter(by_chance);
    let withdraw = |outcome: &mut Outcome| {
        (outcome.verdict, outcome.ineligible, outcome.by_chance) = (Verdict::Similar, false, true);
    };
    withdrawn.map(withdraw).count()
}
