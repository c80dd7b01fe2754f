//! One side against another, configuration by configuration and level by level, as Compare has it.

use std::collections::BTreeSet;

use super::with_unit;
use crate::analysis::pair::{self, LeftOut};
use crate::analysis::verdict::Verdict;
use crate::catalog::{dimensions, number};
use crate::comparison::judge::{Judge, Levels, Outcome, allow_for_number};
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::pairing::{self, Configuration, Pairing};
use crate::comparison::relaxed::{MAY_DIFFER, Relaxed};
use crate::record::LoadKind;
use crate::state::{Axis, ViewState};
use crate::table::{Columns, Table};

/// A side: its name and its rows.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// Its rows.
    pub rows: Vec<usize>,
    /// The dimensions whose values make it a side: they differ by definition.
    pub told_by: Vec<String>,
}

/// What a side has in common: a dimension, and the values of which a row has one.
pub type Filter = (String, Vec<String>);

/// One figure of a configuration on both sides.
#[derive(Clone, Debug)]
pub struct Figure {
    /// As links write it: `ttft.p95`.
    pub key: String,
    /// `P95 TTFT`.
    pub title: String,
    /// Geometric means over the levels used, baseline and candidate; `None` where no level is common.
    pub means: Option<(f64, f64)>,
    /// The same in words, with unit.
    pub shown: Option<(String, String)>,
    /// Change in percent of the baseline.
    pub change: Option<f64>,
    /// What it may be at 95 % confidence, from repeats, else from single requests.
    pub interval: Option<(f64, f64)>,
    /// What it means.
    pub verdict: Verdict,
    /// Whether the side ahead misses the SLO, and so does not win.
    pub ineligible: bool,
    /// The loads that the means use.
    pub levels: Vec<f64>,
    /// The others, with the reason.
    pub left_out: Vec<String>,
}

impl Figure {
    /// Whether the candidate is worse by the threshold or more, beyond the noise, than a baseline that keeps the service
    /// level.
    pub fn regressed(&self) -> bool {
        self.verdict == Verdict::Worse && !self.ineligible
    }
}

/// A configuration on both sides.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What distinguishes it from the others.
    pub configuration: String,
    /// How its load was set (concurrency, rate or maximum).
    pub load: Option<LoadKind>,
    /// Its figures.
    pub figures: Vec<Figure>,
}

/// All configurations.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Labels of the dimensions that match.
    pub matched_by: Vec<String>,
    /// What the sides differ in as a whole, in words: `Version: v-1 → v-2`.
    pub differs: Vec<String>,
    /// Those on both sides.
    pub pairs: Vec<Compared>,
    /// The others, and why they are not compared.
    pub unpaired: Vec<(String, String)>,
    /// Measurements that do not say under which load they were made.
    pub unloaded: usize,
    /// What is to be said of runs that only their names tell apart.
    pub by_names: Option<String>,
    /// Changes beyond threshold and interval that are to be expected by chance among so many figures.
    pub by_chance: usize,
}

impl Comparison {
    /// How many figures got worse.
    pub fn regressions(&self) -> usize {
        self.pairs.iter().flat_map(|pair| &pair.figures).filter(|figure| figure.regressed()).count()
    }

    /// Whether there is any figure at all to judge by.
    pub fn compares(&self) -> bool {
        self.pairs.iter().flat_map(|pair| &pair.figures).any(|figure| figure.change.is_some())
    }
}

/// Two tables as one, with the sides' rows. Twins of the two stay apart: a run compared with its copy has not changed.
pub fn of_tables(baseline: (&str, &Table), candidate: (&str, &Table)) -> (Table, [Side; 2]) {
    let (before, all) = (baseline.1.rows(), baseline.1.rows() + candidate.1.rows());
    let side =
        |name: &str, rows: std::ops::Range<usize>| Side { name: name.to_owned(), rows: rows.collect(), told_by: Vec::new() };
    (together(baseline.1, candidate.1), [side(baseline.0, 0..before), side(candidate.0, before..all)])
}

/// The rows of two tables of one kind, the first one's first.
pub fn together(first: &Table, second: &Table) -> Table {
    let mut columns = Columns::new(first.kind());
    columns.append(first);
    columns.append(second);
    // All columns have as many rows by construction.
    columns.finish().unwrap_or_else(|_| Table::empty(first.kind()))
}

/// Two versions of one table as its sides.
pub fn of_versions(table: &Table, baseline: &str, candidate: &str) -> [Side; 2] {
    [baseline, candidate].map(|version| {
        let side = of_filters(table, &[("version".to_owned(), vec![version.to_owned()])]);
        Side { name: version.to_owned(), ..side }
    })
}

/// The rows of a table that pass every filter, as a side.
pub fn of_filters(table: &Table, filters: &[Filter]) -> Side {
    let passes = |row: usize, (key, values): &Filter| {
        let text = table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
        values.iter().any(|value| text == value || dimensions::parts(key, text).any(|part| part == value))
    };
    let rows = (0..table.rows()).filter(|row| filters.iter().all(|filter| passes(*row, filter))).collect();
    let names: Vec<String> = filters.iter().map(|(key, values)| format!("{key}={}", values.join(","))).collect();
    Side { name: names.join(" "), rows, told_by: filters.iter().map(|(key, _)| key.clone()).collect() }
}

/// Compares the sides, baseline first. `matching` are the dimensions that must match; without them all that make a
/// configuration, but those in which the sides differ as a whole. `figures` are judged, or else the usual ones. `requests`
/// tell the noise of runs that were not repeated.
pub fn compare(
    table: &Table,
    requests: Option<&Table>,
    sides: &[Side; 2],
    matching: Option<&[String]>,
    figures: &[Axis],
    state: &ViewState,
) -> Comparison {
    let (keys, mut differs) = keys(table, sides, matching);
    let rows: Vec<Vec<usize>> = sides.iter().map(|side| side.rows.clone()).collect();
    let relaxed = Relaxed::of(table, &rows, keys, true);
    let keys = relaxed.keys;
    differs.extend(relaxed.unstated.iter().map(|key| {
        let [baseline, candidate] = values(table, sides, key).map(words);
        format!("{}: {baseline} → {candidate} (taken as equal)", dimensions::label(key))
    }));
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    let pairing = Pairing::of(table, &rows, &names, keys);
    let judge = Judge::new(table, state, Levels::Usual).with_requests(requests);
    let kpis: Vec<Kpi> = if figures.is_empty() {
        kpis::usual(table, &pairing.rows(), state)
    } else {
        figures
            .iter()
            .filter_map(|axis| match axis {
                Axis::Figure { metric, stat } => Kpi::new(metric, *stat),
                Axis::Load(_) => None,
            })
            .collect()
    };
    let mut outcomes: Vec<Vec<(pair::Common, Option<Outcome>)>> = pairing
        .matched
        .iter()
        .map(|one| {
            let outcome = |by: &Kpi| {
                let compared = judge.compare(one, by);
                let outcome = judge.outcome(one, by, &compared, 1, 0);
                (compared.common, outcome)
            };
            kpis.iter().map(outcome).collect()
        })
        .collect();
    let by_chance = allow_for_number(outcomes.iter_mut().flatten().filter_map(|(_, outcome)| outcome.as_mut()));
    let pair = |(one, outcomes): (&Configuration, &Vec<(pair::Common, Option<Outcome>)>)| Compared {
        configuration: if one.label.is_empty() { "all measurements".to_owned() } else { one.label.clone() },
        load: one.kind,
        figures: kpis.iter().zip(outcomes).map(|(by, (common, outcome))| figure(by, common, outcome.as_ref(), &names)).collect(),
    };
    Comparison {
        matched_by: pairing.keys.iter().map(|key| dimensions::label(key).to_owned()).collect(),
        differs,
        pairs: pairing.matched.iter().zip(&outcomes).map(pair).collect(),
        unpaired: pairing.unpaired.iter().map(|(one, reason)| (one.label.clone(), reason.clone())).collect(),
        unloaded: pairing.unloaded,
        by_names: pairing.by_names.note(),
        by_chance,
    }
}

/// What each side has in a dimension; an empty text for “not stated”.
fn values<'a>(table: &'a Table, sides: &[Side; 2], key: &str) -> [BTreeSet<&'a str>; 2] {
    let text = |row: &usize| table.dimension(key).and_then(|column| column.text(*row)).unwrap_or_default();
    sides.each_ref().map(|side| side.rows.iter().map(text).collect())
}

fn words(values: BTreeSet<&str>) -> String {
    let shown = values.into_iter().map(|value| if value.is_empty() { "not stated" } else { value });
    shown.collect::<Vec<&str>>().join(", ")
}

/// The dimensions that must match, and what the sides differ in as a whole.
fn keys<'a>(table: &'a Table, sides: &[Side; 2], matching: Option<&[String]>) -> (Vec<&'a str>, Vec<String>) {
    let mut differs = Vec::new();
    let mut apart = |key: &str| {
        let [baseline, candidate] = values(table, sides, key);
        let apart = baseline.is_disjoint(&candidate) && !baseline.is_empty() && !candidate.is_empty();
        if apart && key != "path" {
            differs.push(format!("{}: {} → {}", dimensions::label(key), words(baseline), words(candidate)));
        }
        apart
    };
    let keys = match matching {
        Some(matching) => table.dimension_keys().into_iter().filter(|key| matching.iter().any(|other| other == key)).collect(),
        None => {
            let usual = pairing::usual_keys(table, "path").into_iter();
            let told = |key: &str| sides.iter().any(|side| side.told_by.iter().any(|by| by == key));
            usual.filter(|key| !(told(key) || MAY_DIFFER.contains(key) && apart(key))).collect()
        }
    };
    (keys, differs)
}

fn figure(by: &Kpi, common: &pair::Common, outcome: Option<&Outcome>, names: &[String]) -> Figure {
    let sides = |those: &[usize]| those.iter().filter_map(|at| names.get(*at).cloned()).collect::<Vec<_>>().join(" and ");
    let reason = |(load, reason): &(f64, LeftOut)| format!("{}: {}", number::exact(*load), reason.words(sides));
    let means = outcome.and_then(|outcome| outcome.means);
    Figure {
        key: by.key(),
        title: by.title(),
        means,
        shown: means.map(|(base, other)| (with_unit(by.metric, base), with_unit(by.metric, other))),
        change: outcome.and_then(|outcome| outcome.change),
        interval: outcome.and_then(|outcome| outcome.interval).map(|interval| (interval.low, interval.high)),
        verdict: outcome.map_or(Verdict::Unknown, |outcome| outcome.verdict),
        ineligible: outcome.is_some_and(|outcome| outcome.ineligible),
        levels: common.levels.iter().map(|level| level.load).collect(),
        left_out: common.left_out.iter().map(reason).collect(),
    }
}
