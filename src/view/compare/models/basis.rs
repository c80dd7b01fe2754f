//! On what the figures of benchmarks are compared: one set of settings, equal for all variants, and one load.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::variants::Variant;
use crate::catalog::{dimensions, number};
use crate::comparison::matching::{self, MATCH};
use crate::comparison::pairing::{self, Configuration, Pairing};
use crate::comparison::relaxed::{self, Relaxed};
use crate::comparison::slo::Eligibility;
use crate::query::groups;
use crate::record::{Kind, LoadKind};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// The settings, where variants have several in common.
const PAIR: &str = "pair";
/// The load.
const LEVEL: &str = "level";
/// What follows from the compared dimension, and need not match.
const FOLLOWING: [&str; 3] = ["model", "quantization", "precision"];
/// In which variants may differ without being unlike.
const LABELS: [&str; 3] = ["benchmark", "config", "image"];
/// In which the memory of a GPU is another one.
const LAYOUT: [&str; 5] = ["tp", "pp", "ep", "dp", "gpus"];

/// The measurements that are compared.
#[derive(Default)]
pub(super) struct Basis {
    /// By variant: its measurements with these settings at this load, or why it has none.
    pub rows: Vec<Result<Vec<usize>, String>>,
    /// By variant: in what its measurements differ from each other, in words; empty for repeats.
    pub mixed: Vec<String>,
    /// By variant: what of the SLO and the error limit its measurements miss, in words; empty where they keep all.
    pub missed: Vec<String>,
    /// In which terms the load was set.
    pub kind: Option<LoadKind>,
    /// The load; `None` without measurements.
    pub level: Option<f64>,
    /// What tells the settings from the others that variants have in common.
    pub settings: String,
    /// What the variants differ in besides: `TP (4 → 1)`.
    pub unlike: Vec<String>,
    /// Whether they are laid out on GPUs in different ways.
    pub other_layout: bool,
    /// What to say of it.
    pub notes: Vec<String>,
    /// How it is chosen.
    pub controls: Vec<Control>,
}

impl Basis {
    /// The load in words: `at 64 concurrent requests`.
    pub(super) fn load(&self) -> Option<String> {
        Some(match (self.kind?, self.level?) {
            (LoadKind::Concurrency, 1.0) => "at one request at a time".to_owned(),
            (LoadKind::Concurrency, level) => format!("at {} concurrent requests", number::short(level)),
            (LoadKind::Rate, level) => format!("at {} requests per second", number::short(level)),
            (LoadKind::Max, 0.0) => "at maximum load".to_owned(),
            (LoadKind::Max, level) => format!("at maximum load, at most {} concurrent requests", number::short(level)),
        })
    }

    /// All measurements that are compared.
    pub(super) fn all(&self) -> Vec<usize> {
        self.rows.iter().flatten().flatten().copied().collect()
    }
}

/// What must match: what identifies configurations and the GPUs, without what follows from the compared dimension.
fn keys<'a>(table: &'a Table, by: &str) -> Vec<&'a str> {
    let follows = |key: &str| FOLLOWING.contains(&by) && FOLLOWING.contains(&key) && (key != "model");
    let mut keys = pairing::usual_keys(table, by);
    keys.retain(|key| !follows(key));
    keys.extend(table.dimension_keys().into_iter().filter(|key| *key == "gpus" && by != "gpus"));
    keys
}

/// The first of the variants, in the order given, that has settings and a load in common with another one.
pub(super) fn comparable(table: &Table, variants: &[Variant], by: &str, order: &[usize]) -> Option<usize> {
    order.iter().copied().find(|base| {
        let sides: Vec<Vec<usize>> = sides(variants, *base).1;
        let Relaxed { keys, .. } = Relaxed::of(table, &sides, keys(table, by), true);
        pairing::classes(table, &sides, &keys).iter().any(|one| one.meets(table))
    })
}

/// The variants and their measurements, the baseline first.
fn sides(variants: &[Variant], base: usize) -> (Vec<usize>, Vec<Vec<usize>>) {
    let order: Vec<usize> = std::iter::once(base).chain((0..variants.len()).filter(|at| *at != base)).collect();
    let rows = order.iter().map(|at| variants.get(*at).map(|one| one.of(Kind::Measurement).to_vec()).unwrap_or_default());
    (order.clone(), rows.collect())
}

/// The settings and the load at which most variants were measured, the baseline among them; as asked, where they were.
pub(super) fn basis(table: &Table, rows: &[usize], state: &ViewState, by: &str, variants: &[Variant], base: usize) -> Basis {
    let nothing = |why: &str| Basis { rows: variants.iter().map(|_| Err(why.to_owned())).collect(), ..Basis::default() };
    if rows.is_empty() {
        return nothing("no results of a benchmark are loaded");
    }
    let (order, sides) = sides(variants, base);
    let usual = keys(table, by);
    let (asked, mut match_control) = matching::matching(table, rows, state, by, &usual);
    let relaxed = Relaxed::of(table, &sides, asked, state.options.contains_key(MATCH));
    let mut notes = relaxed.notes(table, &sides);
    match_control.values.retain(|key| relaxed.keys.contains(&key.as_str()));
    let names: Vec<String> = order.iter().filter_map(|at| variants.get(*at)).map(|one| one.name.clone()).collect();
    let pairing = Pairing::of(table, &sides, &names, relaxed.keys.clone());
    notes.extend(pairing.by_names.note());
    if pairing.unloaded > 0 {
        notes.push(format!("{} without a stated load are left out.", Kind::Measurement.count(pairing.unloaded)));
    }
    let mut ranked: Vec<(&Configuration, Vec<(f64, usize)>)> =
        pairing.matched.iter().map(|one| (one, shared(table, one))).collect();
    let most = |levels: &[(f64, usize)]| levels.iter().map(|(_, count)| *count).max().unwrap_or_default();
    ranked.order_by_key(|(one, levels)| {
        let full = levels.iter().filter(|(_, count)| *count == most(levels)).count();
        (Reverse(most(levels)), Reverse(full), Reverse(one.sides.iter().map(Vec::len).sum::<usize>()))
    });
    let chosen = ranked.iter().find(|(one, _)| state.option(PAIR) == Some(one.id.as_str())).or(ranked.first());
    let Some((one, levels)) = chosen else {
        let mut none = nothing("not measured with the same settings at the same load as another variant");
        for (side, at) in order.iter().enumerate() {
            let why = reason(&pairing, side);
            if let (Some(row), Some(why)) = (none.rows.get_mut(*at), why) {
                *row = Err(why);
            }
        }
        none.controls.push(match_control);
        none.notes = notes;
        return none;
    };
    let full = most(levels);
    let highest = levels.iter().rev().find(|(_, count)| *count == full).map(|(level, _)| *level);
    let wanted = state.number(LEVEL);
    let level = wanted.filter(|wanted| levels.iter().any(|(level, _)| level == wanted)).or(highest);
    if let Some(wanted) = wanted.filter(|wanted| Some(*wanted) != level) {
        notes.push(format!("No two variants were measured at load {}.", number::short(wanted)));
    }
    let load = pairing::load_of(table);
    let mut found: Vec<Result<Vec<usize>, String>> = variants.iter().map(|_| Err("not measured".to_owned())).collect();
    let mut mixed = vec![String::new(); variants.len()];
    // What is taken as equal need not be: a mean over it is no mean of repeats.
    let free: Vec<&str> = usual.iter().copied().filter(|key| !relaxed.keys.contains(key) && !LABELS.contains(key)).collect();
    for (side, at) in order.iter().enumerate() {
        let own = one.sides.get(side).map(Vec::as_slice).unwrap_or_default();
        let at_level: Vec<usize> = own.iter().copied().filter(|row| load(*row) == level).collect();
        let (Some(place), Some(mixed)) = (found.get_mut(*at), mixed.get_mut(*at)) else { continue };
        let differing = free.iter().filter(|key| groups::differs(table, at_level.iter().copied(), key));
        *mixed = differing.map(|key| dimensions::label(key)).collect::<Vec<_>>().join(", ");
        *place = match (own.is_empty(), at_level.is_empty()) {
            (_, false) => Ok(at_level),
            (false, true) => Err("not measured at this load".to_owned()),
            (true, true) => Err(elsewhere(table, &relaxed.keys, one.first(), sides.get(side).map_or(&[], Vec::as_slice))),
        };
    }
    for (variant, mixed) in variants.iter().zip(&mixed).filter(|(_, mixed)| !mixed.is_empty()) {
        notes.push(format!("{}: each figure is the mean of measurements that differ in {mixed}.", variant.name));
    }
    // Some state nothing of what others state differently: these are no more alike for it.
    let compared: Vec<Vec<usize>> = order.iter().filter_map(|at| found.get(*at)?.as_ref().ok()).cloned().collect();
    let all = compared.concat();
    let stated =
        |key: &str| table.dimension(key).map(|column| all.iter().filter_map(|row| column.code(*row)).collect::<BTreeSet<u32>>());
    let apart = relaxed.unstated.iter().filter(|key| stated(key).is_some_and(|codes| codes.len() > 1));
    let differing: Vec<&str> = relaxed.differing.iter().chain(apart).copied().collect();
    let other_layout = differing.iter().any(|key| LAYOUT.contains(key));
    let unlike = differing.iter().filter(|key| !LABELS.contains(key));
    let unlike: Vec<String> = unlike.map(|key| relaxed::difference(table, key, &compared)).collect();
    let eligibility = Eligibility::new(table, state);
    let missed = |rows: &Result<Vec<usize>, String>| {
        let rows = rows.as_deref().unwrap_or_default();
        rows.iter().map(|row| eligibility.against(*row).0.join(", ")).find(|missed| !missed.is_empty()).unwrap_or_default()
    };
    let missed: Vec<String> = found.iter().map(missed).collect();
    for (variant, missed) in variants.iter().zip(&missed).filter(|(_, missed)| !missed.is_empty()) {
        notes.push(format!("{} cannot be best at this load: {missed}.", variant.name));
    }
    let mut controls = Vec::new();
    controls.extend((ranked.len() > 1).then(|| settings_control(&ranked, one)));
    controls.push(level_control(levels, level));
    controls.push(match_control);
    let settings = if ranked.len() > 1 { one.label.clone() } else { String::new() };
    Basis { rows: found, mixed, missed, kind: one.kind, level, settings, unlike, other_layout, notes, controls }
}

/// The loads of a configuration that the baseline has, with the number of variants measured at each, lowest first.
fn shared(table: &Table, one: &Configuration) -> Vec<(f64, usize)> {
    let levels: Vec<Vec<f64>> = one.sides.iter().map(|rows| pairing::levels(table, rows)).collect();
    let base = levels.first().map(Vec::as_slice).unwrap_or_default();
    base.iter().map(|load| (*load, levels.iter().filter(|levels| levels.contains(load)).count())).collect()
}

/// Why a side has nothing with the compared settings: what its nearest measurement has instead.
fn elsewhere(table: &Table, keys: &[&str], here: usize, own: &[usize]) -> String {
    let columns: Vec<_> = keys.iter().filter_map(|key| Some((*key, table.dimension(key)?))).collect();
    let differing = |row: usize| columns.iter().filter(move |(_, column)| column.code(row) != column.code(here));
    let Some(nearest) = own.iter().copied().min_by_key(|row| differing(*row).count()) else {
        return "not among the results of a benchmark".to_owned();
    };
    let names = |row: usize| {
        let names = differing(nearest).take(3).map(|(key, column)| pairing::name(key, column.text(row).unwrap_or_default()));
        names.collect::<Vec<_>>().join(", ")
    };
    if names(nearest).is_empty() {
        return "measured at other loads only".to_owned();
    }
    format!("measured with other settings only: {} instead of {}", names(nearest), names(here))
}

/// Why a side has none of the compared configurations.
fn reason(pairing: &Pairing<'_>, side: usize) -> Option<String> {
    pairing.unpaired.iter().find(|(one, _)| one.has(side)).map(|(_, why)| why.clone())
}

fn settings_control(ranked: &[(&Configuration, Vec<(f64, usize)>)], one: &Configuration) -> Control {
    let choice = |(one, levels): &(&Configuration, Vec<(f64, usize)>)| {
        let sides = levels.iter().map(|(_, count)| *count).max().unwrap_or_default();
        Choice::new(&one.id, &one.label, &number::plural(sides as u64, "variant"))
    };
    Control {
        key: PAIR.to_owned(),
        label: "Settings".to_owned(),
        help: "The settings under which variants are compared: equal for all of them".to_owned(),
        values: vec![one.id.clone()],
        entry: Entry::Select(ranked.iter().map(choice).collect()),
    }
}

fn level_control(levels: &[(f64, usize)], level: Option<f64>) -> Control {
    let choice = |(level, count): &(f64, usize)| {
        let text = number::exact(*level);
        Choice::new(&text, &text, &number::plural(*count as u64, "variant"))
    };
    Control {
        key: LEVEL.to_owned(),
        label: "At load".to_owned(),
        help: "The load at which the benchmark’s figures are taken. Default: the highest that all variants have".to_owned(),
        values: level.map(number::exact).into_iter().collect(),
        entry: Entry::Select(levels.iter().map(choice).collect()),
    }
}

/// The values that a dimension has in some rows, in words.
pub(super) fn stated(table: &Table, rows: &[usize], key: &str) -> Option<String> {
    let column = table.dimension(key)?;
    let texts: BTreeSet<&str> = rows.iter().filter_map(|row| column.text(*row)).collect();
    let [one] = texts.iter().collect::<Vec<_>>()[..] else { return None };
    Some(dimensions::display(key, one))
}
