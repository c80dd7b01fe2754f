//! Which two or more sides are compared: the controls `baseline` and `candidate`, and what they are by default.

use std::collections::BTreeSet;

use super::pairing::{levels, name, rows_of, values};
use crate::catalog::{Order, dimensions, versions};
use crate::query::context::Context;
use crate::query::parallelism::{Deployment, Layouts};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// The compared dimension.
pub(crate) const BY: &str = "by";
/// The denominator: a value of the compared dimension.
pub(crate) const BASELINE: &str = "baseline";
/// What is compared with it: one value, or several where a view allows it.
pub(crate) const CANDIDATE: &str = "candidate";
/// So many files are all compared with the baseline, where nobody chose.
const MAX_FILES: usize = 6;
/// Dimensions whose values say nothing of what was measured.
pub(crate) const FILES: [&str; 4] = ["path", "files", "folder", "label"];
/// Stands for “missing” in a control, where an empty text would be no choice.
const MISSING: &str = "(none)";

/// The sides, as values of the compared dimension.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sides {
    /// The denominator first, then the candidates; fewer than two when the data have no two values.
    pub values: Vec<String>,
    /// What was asked for and is not there.
    pub notes: Vec<String>,
    /// The two controls.
    pub controls: Vec<Control>,
}

/// The sides that the state asks for, or else: the first listed pair of releases that the rows have, the newest two
/// versions of the product with the most rows, or the two best-populated values of another dimension.
pub(crate) fn choose(context: &Context<'_>, rows: &[usize], state: &ViewState, by: &str, several: bool) -> Sides {
    let found = values(context.table, rows, by);
    let known = |value: &str| found.iter().any(|(other, _)| other == value);
    let label = dimensions::label(by);
    let mut notes = Vec::new();
    let mut asked = |key: &str| -> Vec<String> {
        let asked = state.options.get(key).map(Vec::as_slice).unwrap_or_default().iter();
        let asked = asked.map(|value| if value == MISSING { String::new() } else { value.clone() });
        let (there, gone): (Vec<String>, Vec<String>) = asked.partition(|value| known(value));
        notes.extend(gone.iter().map(|value| format!("No measurement matches {label} “{value}” under the current filters.")));
        there
    };
    let mut baseline = asked(BASELINE).into_iter().next();
    let mut candidates = asked(CANDIDATE);
    if let Some(baseline) = &baseline {
        candidates.retain(|value| value != baseline);
    }
    if !several {
        candidates.truncate(1);
    }
    if baseline.is_none() || candidates.is_empty() {
        let pairs = suggestions(context, rows, by, &found);
        let fits = |(base, candidate): &&(String, String)| {
            baseline.as_ref().is_none_or(|asked| asked == base) && candidates.first().is_none_or(|asked| asked == candidate)
        };
        let other = |than: Option<&String>| found.iter().map(|(value, _)| value).find(|value| Some(*value) != than).cloned();
        let suggested = pairs.iter().find(fits).cloned();
        let taken = candidates.first().cloned();
        let base = baseline.clone().or(suggested.clone().map(|(base, _)| base)).or_else(|| {
            // Of versions the one before; else any other.
            let before = found.iter().map(|(value, _)| value).take_while(|value| Some(*value) != taken.as_ref()).last();
            before.cloned().filter(|_| dimensions::dimension(by).is_some_and(|row| row.order == Order::Version))
        });
        let base = base.or_else(|| other(taken.as_ref()));
        if candidates.is_empty() {
            candidates.extend(suggested.map(|(_, candidate)| candidate).or_else(|| other(base.as_ref())));
        }
        baseline = base;
        // Of a few files all are looked at.
        if several && !state.options.contains_key(CANDIDATE) && FILES.contains(&by) && found.len() <= MAX_FILES {
            let all: Vec<String> = found.iter().map(|(value, _)| value.clone()).filter(|value| !value.is_empty()).collect();
            if share_a_load(context.table, &rows_of(context.table, rows, by, &all)) {
                candidates = all;
            }
        }
        candidates.retain(|value| Some(value) != baseline.as_ref());
    }
    if let Some(base) = baseline.as_deref().filter(|_| by == "version") {
        notes.extend(context.settings.method_notes(base, candidates.iter().map(String::as_str)));
    }
    let controls = controls(context, by, &found, baseline.as_deref(), &candidates, several);
    Sides { values: baseline.into_iter().chain(candidates).collect(), notes, controls }
}

/// Whether some level of load was measured on every side.
fn share_a_load(table: &Table, sides: &[Vec<usize>]) -> bool {
    let loads: Vec<Vec<f64>> = sides.iter().map(|rows| levels(table, rows)).collect();
    let Some((first, others)) = loads.split_first() else { return false };
    first.iter().any(|load| others.iter().all(|levels| levels.contains(load)))
}

/// When the first of a side's measurements began.
fn started<'a>(table: &'a Table, rows: &[usize], by: &str, side: &str) -> Option<&'a str> {
    let starts = table.dimension("start_time")?;
    let own = rows_of(table, rows, by, std::slice::from_ref(&side.to_owned())).concat();
    own.into_iter().filter_map(|row| starts.text(row)).min()
}

/// Pairs (baseline, candidate) worth a look, the best first.
fn suggestions(context: &Context<'_>, rows: &[usize], by: &str, found: &[(String, usize)]) -> Vec<(String, String)> {
    let known = |value: &str| found.iter().any(|(other, _)| other == value);
    let mut pairs = Vec::new();
    if by == "version" {
        let listed = context.settings.releases.iter().filter(|row| known(&row.baseline) && known(&row.candidate));
        pairs.extend(listed.map(|row| (row.baseline.clone(), row.candidate.clone())));
        let mut products: Vec<Vec<&(String, usize)>> = Vec::new();
        for version in found.iter().filter(|(value, _)| !value.is_empty()) {
            let same = |group: &Vec<&(String, usize)>| {
                group.first().is_some_and(|first| versions::product(&first.0) == versions::product(&version.0))
            };
            match products.iter_mut().find(|group| same(group)) {
                Some(group) => group.push(version),
                None => products.push(vec![version]),
            }
        }
        products.order_by_key(|group| std::cmp::Reverse(group.iter().map(|(_, count)| count).sum::<usize>()));
        let newest = |group: &Vec<&(String, usize)>| {
            let (last, before) = group.split_last()?;
            Some((before.last()?.0.clone(), last.0.clone()))
        };
        pairs.extend(products.iter().filter_map(newest));
    }
    let mut ranked: Vec<&(String, usize)> = found.iter().collect();
    ranked.order_by_key(|(value, count)| (value.is_empty(), std::cmp::Reverse(*count)));
    if FILES.contains(&by) && found.len() > 2 {
        like_for_like(context.table, rows, by, &mut ranked);
    }
    if let [first, second, ..] = ranked.as_slice() {
        let before = |value: &str| found.iter().position(|(other, _)| other == value);
        let in_order = before(&first.0) < before(&second.0);
        // Of files the one that was measured first.
        let started = [first, second].map(|side| started(context.table, rows, by, &side.0));
        let split = [first, second]
            .map(|side| is_split(context.table, &rows_of(context.table, rows, by, std::slice::from_ref(&side.0)).concat()));
        let is_first = match started {
            // Disaggregated serving is compared with aggregated.
            _ if FILES.contains(&by) && split[0] != split[1] => split[1],
            [Some(a), Some(b)] if FILES.contains(&by) && a != b => a < b,
            _ => in_order,
        };
        let (base, candidate) = if is_first { (first, second) } else { (second, first) };
        pairs.push((base.0.clone(), candidate.0.clone()));
    }
    pairs
}

/// So many files are looked through for two that measured the same.
const MAX_LOOKED_THROUGH: usize = 100;
/// What two measurements must have in common to be of the same work.
const WORK: [&str; 4] = ["model", "isl", "osl", "dataset"];

/// Whether rows are of servers for prefill and others for decode.
fn is_split(table: &Table, rows: &[usize]) -> bool {
    let layouts = Layouts::new(table);
    rows.iter().any(|row| layouts.of(*row).deployment() == Deployment::Split)
}

/// How many words two names of files share.
fn shared_words(one: &str, other: &str) -> usize {
    let words = |name: &str| name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<BTreeSet<String>>();
    words(one).intersection(&words(other)).count()
}

/// Puts two files that measured the same work at one load before the others: of such pairs one of an aggregated and a
/// disaggregated deployment, those with the most similar names, else the first. Without such a pair nothing changes.
fn like_for_like(table: &Table, rows: &[usize], by: &str, ranked: &mut Vec<&(String, usize)>) {
    let columns: Vec<_> = WORK.into_iter().filter_map(|key| table.dimension(key)).collect();
    let work = |rows: &[usize]| -> Vec<BTreeSet<u32>> {
        columns.iter().map(|column| rows.iter().filter_map(|row| column.code(*row)).collect()).collect()
    };
    let names: Vec<String> = ranked.iter().take(MAX_LOOKED_THROUGH).map(|(value, _)| value.clone()).collect();
    let sides = rows_of(table, rows, by, &names);
    let works: Vec<_> = sides.iter().map(|rows| (work(rows), levels(table, rows))).collect();
    let same = |(work, levels): &(Vec<BTreeSet<u32>>, Vec<f64>), other: &(Vec<BTreeSet<u32>>, Vec<f64>)| {
        *work == other.0 && levels.iter().any(|load| other.1.contains(load))
    };
    let split: Vec<bool> = sides.iter().map(|rows| is_split(table, rows)).collect();
    let after = |at: usize| works.iter().enumerate().skip(at + 1);
    let pairs = || {
        let of = |(at, one)| after(at).filter(move |(_, other)| same(one, other)).map(move |(second, _)| (at, second));
        works.iter().enumerate().flat_map(of)
    };
    let unlike = pairs().filter(|(at, second)| split.get(*at) != split.get(*second));
    // The first of equals: `max_by_key` would take the last.
    let words = |(at, second): &(usize, usize)| shared_words(&names[*at], &names[*second]);
    let pair = unlike.reduce(|best, other| if words(&other) > words(&best) { other } else { best }).or_else(|| pairs().next());
    if let Some((first, second)) = pair {
        let later = ranked.remove(second);
        let earlier = ranked.remove(first);
        ranked.splice(0..0, [earlier, later]);
    }
}

/// A value as a control writes it: “missing” has a name.
pub(crate) fn written(value: &str) -> String {
    if value.is_empty() { MISSING.to_owned() } else { value.to_owned() }
}

fn controls(
    context: &Context<'_>,
    by: &str,
    found: &[(String, usize)],
    baseline: Option<&str>,
    candidates: &[String],
    several: bool,
) -> Vec<Control> {
    let mut ordered: Vec<&(String, usize)> = found.iter().collect();
    if by == "version" {
        ordered.order_by(|(a, _), (b, _)| versions::newest_first(a, b));
    }
    let paired = |value: &str| {
        let rows = context.settings.releases.iter().filter(|row| by == "version" && row.candidate == value);
        baseline.is_some_and(|baseline| rows.clone().any(|row| row.baseline == baseline))
    };
    let choice = |(value, count): &&(String, usize)| {
        let hint = if paired(value) { format!("{count}, listed pair") } else { count.to_string() };
        Choice::new(&written(value), &name(by, value), &hint)
    };
    let choices: Vec<Choice> = ordered.iter().map(choice).collect();
    let control = |key: &str, label: &str, help: &str, values: Vec<String>, entry: Entry| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values,
        entry,
    };
    let base = baseline.iter().map(|value| written(value)).collect();
    let held: Vec<String> = candidates.iter().map(|value| written(value)).collect();
    let entry = if several { Entry::MultiSelect(choices.clone()) } else { Entry::Select(choices.clone()) };
    vec![
        control(BASELINE, "Baseline", "Reference for every percentage change", base, Entry::Select(choices)),
        control(CANDIDATE, "Candidate", "Compared with the baseline", held, entry),
    ]
}
