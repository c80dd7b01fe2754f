//! Measurements of several sides, paired: the same configuration on each side, level by level. One baseline, which is
//! the denominator, and one candidate or more; what is unmatched is listed with the reason.
//!
//! Views that compare share this, so that a figure is the same wherever it stands. It does not know what they show.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use crate::catalog::{Order, Role, dimensions, number};
use crate::query::groups;
use crate::query::run_names::Telling;
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::{Dimension, Table};

/// Configuration dimensions that follow from the compared one: they differ by necessity and are not asked to match.
const FOLLOWING: &[(&str, &[&str])] = &[("version", &["framework"]), ("framework", &["version"])];

/// In which terms the load was asked for: always matched, since loads of two kinds have no level in common.
const LOAD_KIND: &str = "load_kind";

/// Unmatched configurations for which the nearest one is looked for: more than anybody reads.
const MAX_NEAR: usize = 300;

/// What must match by default: every dimension that identifies configurations, but the compared one.
pub(crate) fn usual_keys<'a>(table: &'a Table, by: &str) -> Vec<&'a str> {
    let following = FOLLOWING.iter().find(|(key, _)| *key == by).map_or(&[] as &[&str], |(_, keys)| keys);
    let counts = |key: &&str| dimensions::role(key) == Role::Configuration && *key != by && !following.contains(key);
    table.dimension_keys().into_iter().filter(counts).collect()
}

/// The values that a dimension has in some rows, each with its number of rows, in the dimension's order; empty for
/// “missing”. A cell with a list of words counts for each of them.
pub(crate) fn values(table: &Table, rows: &[usize], key: &str) -> Vec<(String, usize)> {
    let Some(column) = table.dimension(key) else { return Vec::new() };
    let mut counts = vec![0_usize; column.cardinality()];
    let mut missing = 0;
    for row in rows {
        match column.code(*row).and_then(|code| counts.get_mut(code as usize)) {
            Some(count) => *count += 1,
            None => missing += 1,
        }
    }
    let mut found = BTreeMap::<&str, usize>::new();
    for (code, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        for part in dimensions::parts(key, column.value(code as u32)) {
            *found.entry(part).or_default() += count;
        }
    }
    let mut found: Vec<(String, usize)> = found.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
    found.order_by(|(a, _), (b, _)| dimensions::compare(key, a, b));
    if missing > 0 && !found.iter().any(|(value, _)| value.is_empty()) {
        found.push((String::new(), missing));
    }
    found
}

/// A value of a dimension as the page names it.
pub(crate) fn name(key: &str, value: &str) -> String {
    if value.is_empty() { format!("{}: not stated", dimensions::label(key)) } else { dimensions::display(key, value) }
}

/// The rows of one configuration by side: what is compared.
pub(crate) struct Sides {
    /// How its load was set (concurrency, rate or maximum).
    pub kind: Option<LoadKind>,
    /// Rows by side; empty where the side lacks the configuration.
    pub sides: Vec<Vec<usize>>,
    /// The words in the names of its runs that tell it from others with equal values; empty where values do.
    pub variant: String,
}

impl Sides {
    /// One row of it, which stands for the values that match.
    pub(crate) fn first(&self) -> usize {
        self.sides.iter().flatten().next().copied().unwrap_or_default()
    }

    /// Whether a side has it.
    pub(crate) fn has(&self, side: usize) -> bool {
        self.sides.get(side).is_some_and(|rows| !rows.is_empty())
    }

    /// Whether the baseline and some candidate have it with a level of load in common.
    pub(crate) fn meets(&self, table: &Table) -> bool {
        self.is_shared() && meet(&self.levels(table))
    }

    /// Whether another configuration was measured at one of its loads, which were set in the same terms.
    pub(crate) fn shares_a_load(&self, other: &Sides, table: &Table) -> bool {
        let all = |one: &Sides| levels(table, &one.sides.concat());
        let own = all(self);
        self.kind == other.kind && all(other).iter().any(|load| own.contains(load))
    }

    /// Whether the baseline and some candidate have it.
    fn is_shared(&self) -> bool {
        self.has(0) && (1..self.sides.len()).any(|side| self.has(side))
    }

    /// The levels of load by side.
    fn levels(&self, table: &Table) -> Vec<Vec<f64>> {
        self.sides.iter().map(|rows| levels(table, rows)).collect()
    }
}

/// Whether some candidate has a level of the baseline, which is the first; levels are sorted.
fn meet(levels: &[Vec<f64>]) -> bool {
    let Some((base, others)) = levels.split_first() else { return false };
    let has = |load: &f64| base.get(base.partition_point(|other| other < load)) == Some(load);
    others.iter().flatten().any(has)
}

/// A configuration with its name, and its rows on each side.
pub(crate) struct Configuration {
    /// Stable id, from the values that match.
    pub id: String,
    /// What distinguishes it from other configurations.
    pub label: String,
    /// Its rows.
    pub rows: Sides,
}

impl Deref for Configuration {
    type Target = Sides;

    fn deref(&self) -> &Sides {
        &self.rows
    }
}

/// Configurations by what they have on the sides.
pub(crate) struct Pairing<'a> {
    table: &'a Table,
    /// The dimensions that match.
    pub keys: Vec<&'a str>,
    pairs: Arc<Pairs>,
}

impl Deref for Pairing<'_> {
    type Target = Pairs;

    fn deref(&self) -> &Pairs {
        &self.pairs
    }
}

/// The result of a pairing, kept with the table.
pub(crate) struct Pairs {
    /// Those that the baseline and some candidate have, with a level of load in common.
    pub matched: Vec<Configuration>,
    /// The others, and why they are not compared.
    pub unpaired: Vec<(Configuration, String)>,
    /// How many rows do not say under which load they were measured.
    pub unloaded: usize,
    /// What is to be said of runs that only their names tell apart.
    pub by_names: ByNames,
    /// The dimensions in which the configurations, paired or not, differ from each other.
    pub telling: Vec<String>,
    /// One row of each of them, by the value of the first dimension in `telling`.
    firsts: BTreeMap<Option<u32>, Vec<usize>>,
}

/// Runs of one side that only their names tell apart, and what became of them.
#[derive(Default)]
pub(crate) enum ByNames {
    /// There are none.
    #[default]
    None,
    /// These words of their names part them.
    Parted(Vec<String>),
    /// They are averaged: no name with these words has its like on the other side.
    Averaged(Vec<String>),
}

impl ByNames {
    /// In words; `None` where there is nothing to say.
    pub(crate) fn note(&self) -> Option<String> {
        let listed = |words: &[String]| {
            let shown = words.iter().take(MAX_WORDS).map(String::as_str).collect::<Vec<_>>().join(", ");
            if words.len() > MAX_WORDS { format!("{shown} and {} more", words.len() - MAX_WORDS) } else { shown }
        };
        match self {
            ByNames::None => None,
            ByNames::Parted(words) => Some(format!(
                "Told apart by the names of files and folders (a guess), as nothing else tells them apart: {}.",
                listed(words)
            )),
            ByNames::Averaged(words) => Some(format!(
                "Averaged as if they were repeats, although their names differ: runs with {} in the name. Compare by file to \
                 see them apart.",
                listed(words)
            )),
        }
    }
}

/// Words of names that a note lists.
const MAX_WORDS: usize = 6;

/// The rows of all sides with a load, in classes.
struct Sided {
    classes: Vec<Sides>,
    by_names: ByNames,
    /// The number of rows without a load.
    unloaded: usize,
}

/// The rows of all sides with a load, in classes of equal values of `keys`. Runs of a side that only their names tell apart are
/// no repeats: their names part the classes too, where some then still has its like on another side.
fn sided(table: &Table, sides: &[Vec<usize>], keys: &[&str]) -> Sided {
    let mut on_side = vec![vec![false; table.rows()]; sides.len()];
    for (on, rows) in on_side.iter_mut().zip(sides) {
        for row in rows {
            on.get_mut(*row).into_iter().for_each(|on| *on = true);
        }
    }
    let on = |row: usize, side: usize| on_side.get(side).and_then(|on| on.get(row)).copied().unwrap_or_default();
    let members: Vec<usize> = (0..table.rows()).filter(|row| (0..sides.len()).any(|side| on(*row, side))).collect();
    let load = load_of(table);
    let loaded: Vec<usize> = members.iter().copied().filter(|row| load(*row).is_some()).collect();
    let by_keys: Vec<&str> = keys.iter().copied().chain([LOAD_KIND]).collect();
    let of = |(rows, variant): (Vec<usize>, String)| Sides {
        kind: rows.first().and_then(|row| table.load_kind(*row)),
        sides: (0..sides.len()).map(|side| rows.iter().copied().filter(|row| on(*row, side)).collect()).collect(),
        variant,
    };
    let alike = groups::classes(table, &loaded, &by_keys);
    let unloaded = members.len() - loaded.len();
    let whole = |alike: Vec<Vec<usize>>| alike.into_iter().map(|rows| of((rows, String::new()))).collect();
    let telling = Telling::of(table, sides);
    if telling.words.is_empty() {
        return Sided { classes: whole(alike), by_names: ByNames::None, unloaded };
    }
    let parted = |rows: &Vec<usize>| {
        let mut variants = BTreeMap::<String, Vec<usize>>::new();
        rows.iter().for_each(|row| variants.entry(telling.variant(*row)).or_default().push(*row));
        variants.into_iter().map(|(variant, rows)| (rows, variant)).collect::<Vec<_>>()
    };
    let classes: Vec<Sides> = alike.iter().flat_map(parted).map(of).collect();
    let words = telling.words.into_iter().collect();
    if classes.iter().any(|one| one.meets(table)) {
        return Sided { classes, by_names: ByNames::Parted(words), unloaded };
    }
    Sided { classes: whole(alike), by_names: ByNames::Averaged(words), unloaded }
}

/// The rows of all sides with a load, in classes of equal values of `keys`, and of names where only they tell runs apart.
pub(crate) fn classes(table: &Table, sides: &[Vec<usize>], keys: &[&str]) -> Vec<Sides> {
    sided(table, sides, keys).classes
}

/// Whether some class can be compared, and no run is averaged with another one or left out for its name.
pub(crate) fn meets_in_full(table: &Table, sides: &[Vec<usize>], keys: &[&str]) -> bool {
    let Sided { classes, by_names, .. } = sided(table, sides, keys);
    let in_full = match by_names {
        ByNames::None => true,
        ByNames::Averaged(_) => false,
        ByNames::Parted(_) => classes.iter().all(|one| one.variant.is_empty() || one.meets(table)),
    };
    in_full && classes.iter().any(|one| one.meets(table))
}

/// The rows of each side: a value of the dimension `by`.
pub(crate) fn rows_of(table: &Table, rows: &[usize], by: &str, sides: &[String]) -> Vec<Vec<usize>> {
    let column = table.dimension(by);
    let of = |side: &String| -> Vec<usize> {
        let allowed = codes(column, by, side);
        let on = |row: &usize| match column.and_then(|column| column.code(*row)) {
            Some(code) => allowed.get(code as usize).copied().unwrap_or_default(),
            None => side.is_empty(),
        };
        rows.iter().copied().filter(on).collect()
    };
    sides.iter().map(of).collect()
}

/// The configurations that every side has, without their names: sides as in [`Pairing::of`].
pub(crate) fn on_all_sides(table: &Table, sides: &[Vec<usize>], keys: &[&str]) -> Arc<Vec<Sides>> {
    let key = (sides.to_vec(), keys.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>());
    table.memo().get(key, |_| {
        let mut all = sided(table, sides, keys).classes;
        all.retain(|one| (0..sides.len()).all(|side| one.has(side)) && meet(&one.levels(table)));
        all
    })
}

impl<'a> Pairing<'a> {
    /// Pairs the rows. `sides` are values of the dimension `by`, the baseline first; `keys` must match.
    pub(crate) fn new(table: &'a Table, rows: &[usize], by: &str, sides: &[String], keys: Vec<&'a str>) -> Pairing<'a> {
        let names: Vec<String> = sides.iter().map(|side| name(by, side)).collect();
        Pairing::of(table, &rows_of(table, rows, by, sides), &names, keys)
    }

    /// Pairs sides that are given by their rows, the baseline first. The result is kept with the table.
    pub(crate) fn of(table: &'a Table, sides: &[Vec<usize>], names: &[String], keys: Vec<&'a str>) -> Pairing<'a> {
        let key = (sides.to_vec(), names.to_vec(), keys.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>());
        let pairs = table.memo().get(key, |_| Pairs::of(table, sides, names, &keys));
        Pairing { table, keys, pairs }
    }

    /// The state narrowed to the configuration of this row, by the fewest filters that tell it from all others.
    pub(crate) fn narrowed(&self, state: &ViewState, row: usize) -> ViewState {
        let mut target = state.clone();
        let code = self.telling.first().and_then(|key| self.table.dimension(key)).and_then(|column| column.code(row));
        let mut left = self.firsts.get(&code).cloned().unwrap_or_default();
        for (at, key) in self.telling.iter().enumerate() {
            let Some(column) = self.table.dimension(key) else { continue };
            // The first one has separated some already.
            let before = if at == 0 { usize::MAX } else { left.len() };
            left.retain(|other| column.code(*other) == column.code(row));
            if left.len() < before {
                target.choose(key, BTreeSet::from([column.text(row).unwrap_or_default().to_owned()]));
            }
        }
        target
    }

    /// The rows of all compared configurations.
    pub(crate) fn rows(&self) -> Vec<usize> {
        self.matched.iter().flat_map(|one| one.sides.iter().flatten()).copied().collect()
    }
}

impl Pairs {
    fn of(table: &Table, sides: &[Vec<usize>], names: &[String], keys: &[&str]) -> Pairs {
        let Sided { classes, by_names, unloaded } = sided(table, sides, keys);
        let by_keys: Vec<&str> = keys.iter().copied().chain([LOAD_KIND]).collect();
        let firsts: Vec<usize> = classes.iter().map(Sides::first).collect();
        let named = groups::names(table, &firsts, &by_keys).into_iter().zip(classes);
        let named = named.map(|(groups::Name { id, label }, rows)| match rows.variant.as_str() {
            "" => Configuration { id, label, rows },
            variant => {
                let (id, label) = (groups::id(&format!("{id}|{variant}")), format!("{label} · {variant}"));
                Configuration { id, label, rows }
            }
        });
        let (both, lone): (Vec<_>, Vec<_>) = named.partition(|one| one.is_shared());
        let shown = |side: usize| names.get(side).cloned().unwrap_or_default();
        let mut unpaired = Vec::new();
        let mut matched = Vec::new();
        for one in both {
            let levels = one.levels(table);
            if meet(&levels) {
                matched.push(one);
            } else {
                let described = levels.iter().enumerate().filter(|(_, levels)| !levels.is_empty());
                let described: Vec<String> =
                    described.map(|(side, levels)| format!("{}: {}", shown(side), loads(levels))).collect();
                unpaired.push((one, format!("no load level in common ({})", described.join("; "))));
            }
        }
        let lacks = |at: usize, one: &Configuration| {
            let on_baseline = one.has(0);
            let lacking = if on_baseline { names.get(1..).unwrap_or_default().join(", ") } else { shown(0) };
            let others = matched.iter().chain(unpaired.iter().map(|(one, _)| one)).chain(&lone);
            let there = others.filter(|other| if on_baseline { !other.has(0) || both_sides(other) } else { other.has(0) });
            let near = if at < MAX_NEAR { closest(table, keys, one, there) } else { String::new() };
            if lacking.is_empty() {
                return "nothing to compare it with".to_owned();
            }
            format!("not measured on {lacking}{near}")
        };
        let reasons: Vec<String> = lone.iter().enumerate().map(|(at, one)| lacks(at, one)).collect();
        unpaired.extend(lone.into_iter().zip(reasons));
        let firsts: Vec<usize> = matched.iter().chain(unpaired.iter().map(|(one, _)| one)).map(|one| one.first()).collect();
        let differs = |key: &&str| {
            let code = |row: &usize| table.dimension(key).and_then(|column| column.code(*row));
            firsts.windows(2).any(|two| two.first().map(code) != two.last().map(code))
        };
        let telling: Vec<String> = by_keys.into_iter().filter(differs).map(str::to_owned).collect();
        let column = telling.first().and_then(|key| table.dimension(key));
        let mut by_value = BTreeMap::<Option<u32>, Vec<usize>>::new();
        for row in firsts {
            by_value.entry(column.and_then(|column| column.code(row))).or_default().push(row);
        }
        Pairs { matched, unpaired, unloaded, by_names, telling, firsts: by_value }
    }
}

fn both_sides(one: &Sides) -> bool {
    one.sides.iter().filter(|rows| !rows.is_empty()).count() > 1
}

fn codes(column: Option<Dimension<'_>>, by: &str, side: &str) -> Vec<bool> {
    let Some(column) = column else { return Vec::new() };
    (0..column.cardinality() as u32).map(|code| dimensions::parts(by, column.value(code)).any(|part| part == side)).collect()
}

/// The load of each row. Without a cap, “as much as the client could send” is one level of its own, which stands at 0.
/// Columns are looked up once, not for every row.
pub(crate) fn load_of(table: &Table) -> impl Fn(usize) -> Option<f64> {
    let (loads, kinds) = (table.load(), table.dimension(LOAD_KIND));
    let unlimited = kinds.and_then(|kinds| kinds.find(LoadKind::Max.key()));
    move |row| {
        let kind = kinds.as_ref()?.code(row)?;
        loads.as_ref().and_then(|loads| loads.get(row)).or((Some(kind) == unlimited).then_some(0.0))
    }
}

/// The distinct loads of some rows, lowest first.
pub(crate) fn levels(table: &Table, rows: &[usize]) -> Vec<f64> {
    let mut found: Vec<f64> = rows.iter().copied().filter_map(load_of(table)).collect();
    found.sort_by(f64::total_cmp);
    found.dedup();
    found
}

/// Levels that a list of them names.
const MAX_LEVELS: usize = 40;

/// Loads in words: `50, 100, 200`; of many the first, the last, and their number.
pub(crate) fn loads(levels: &[f64]) -> String {
    listed(levels, |load| number::exact(*load), ", ")
}

/// What there is to say of each level; of many of the first, the last, and their number.
pub(crate) fn listed<T>(levels: &[T], words: impl Fn(&T) -> String, between: &str) -> String {
    let all = |levels: &[T]| levels.iter().map(&words).collect::<Vec<_>>().join(between);
    match levels {
        [first @ .., last] if levels.len() > MAX_LEVELS => {
            let count = number::column(levels.len() as f64);
            format!("{}{between}…{between}{} ({count} levels)", all(first.get(..MAX_LEVELS - 1).unwrap_or(first)), words(last))
        }
        levels => all(levels),
    }
}

/// What the nearest configuration among others has instead: the one that differs in the fewest dimensions.
fn closest<'a>(table: &Table, keys: &[&str], one: &Sides, others: impl Iterator<Item = &'a Configuration>) -> String {
    let columns: Vec<(&str, Dimension<'_>)> = keys.iter().filter_map(|key| Some((*key, table.dimension(key)?))).collect();
    let row = one.first();
    let own: Vec<(&str, Dimension<'_>, Option<u32>)> =
        columns.into_iter().map(|(key, column)| (key, column, column.code(row))).collect();
    let differing = |other: usize| own.iter().filter(move |(_, column, code)| column.code(other) != *code);
    // Beyond two dimensions it is another configuration, not a near one: counting stops there.
    let near = others.map(|other| (differing(other.first()).take(3).count(), other.first()));
    let near = near.filter(|(count, _)| (1..=2).contains(count)).min_by_key(|(count, _)| *count);
    let Some((_, other)) = near else { return String::new() };
    let described = differing(other).map(|(key, column, _)| name(key, column.text(other).unwrap_or_default()));
    format!("; nearest has {}", described.collect::<Vec<_>>().join(", "))
}

/// Whether the values of a dimension are lists of words, so that a row can be on two sides.
pub(crate) fn overlapping(by: &str) -> bool {
    dimensions::dimension(by).is_some_and(|dimension| dimension.order == Order::Set)
}
