//! Measurements that are in two files, or spread over several by their tool: what makes two of them one is in
//! [`duplicates`](super::duplicates).
//!
//! Copies, equal in everything, are found by their hashes. Other rows are compared only with those near them in one of a few
//! figures, and by numbers ([`Identity`]), so that two tables of a million rows take a million steps; where more are near than
//! are compared, a note says so.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::duplicates::agree;
use super::folder;
use super::identity::Identity;
use crate::catalog::{Better, METRICS};
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::Columns;
use crate::work::{self, Pace};

/// Minimum number of agreeing figures.
const ENOUGH: usize = 4;
/// Largest relative difference that rounding explains.
const ROUNDING: f64 = 0.005;
/// Relative difference of figures that one writer computed from the same requests.
const EQUAL: f64 = 1e-6;
/// A figure with fewer characters can be equal by chance.
const DIGITS: usize = 4;
/// Relative difference from which a figure that another file has differently is named.
const NOTED: f64 = 0.02;
/// Candidates are rows that are close in one of these figures.
const PROBES: [(&str, Stat); 5] =
    [("output_tps", Stat::Mean), ("rps", Stat::Mean), ("e2el", Stat::Mean), ("ttft", Stat::Mean), ("ttft", Stat::P50)];
/// Maximum number of candidates per row and probe.
const NEIGHBOURS: usize = 64;
/// So many differences between the statements of merged rows are named.
const NAMED: usize = 3;
/// Rows between which others may have their turn.
const STEP: usize = 256;

/// What became of the rows.
pub(super) struct Merged {
    /// Whether each row stays.
    pub keep: Vec<bool>,
    /// The rows that another completed, in order.
    pub completed: Vec<usize>,
}

/// The figures of rows that can tell measurements apart.
struct Telling {
    /// Their columns. Counts and lengths are the same in every repeat: they prove nothing.
    columns: Vec<usize>,
    /// How many each row has.
    counts: Vec<usize>,
}

impl Telling {
    fn new(columns: &Columns) -> Telling {
        let tells = |key: &str| METRICS.iter().any(|metric| metric.key == key && metric.better != Better::Neutral);
        let telling = columns.figure_columns(tells);
        let mut counts = vec![0; columns.rows()];
        for column in &telling {
            for (row, count) in counts.iter_mut().enumerate() {
                *count += usize::from(figure(columns, *column, row).is_some());
            }
        }
        Telling { columns: telling, counts }
    }

    fn count(&mut self, columns: &Columns, row: usize) {
        self.counts[row] = self.figures(columns, row).len();
    }

    fn figures(&self, columns: &Columns, row: usize) -> Vec<(usize, f64)> {
        self.columns.iter().filter_map(|column| Some((*column, figure(columns, *column, row)?))).collect()
    }

    /// Whether so many figures differ that two rows are not the same measurement: seen after a few of them.
    fn differ(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let fewest = self.counts[a].min(self.counts[b]);
        if (2..ENOUGH).contains(&fewest) {
            return false;
        }
        let both = |column: &&usize| figure(columns, **column, a).zip(figure(columns, **column, b));
        let differing = self.columns.iter().filter(|column| both(column).is_some_and(|(a, b)| a != b && !agree(a, b)));
        differing.take(fewest / 10 + 1).count() * 10 > fewest
    }
}

/// A figure that is there and is not zero.
fn figure(columns: &Columns, column: usize, row: usize) -> Option<f64> {
    columns.figure_at(column, row).filter(|value| *value != 0.0)
}

/// The requested loads of rows, their kinds as codes.
struct Loads(Option<usize>);

impl Loads {
    /// Whether two rows can have the same requested load: equal up to rounding, or not stated in one.
    fn fit(&self, columns: &Columns, a: usize, b: usize) -> bool {
        let kind = |row: usize| columns.code_at(self.0?, row);
        let fits = |(a, b): (f64, f64)| a == b || agree(a, b);
        match (kind(a), kind(b)) {
            (Some(x), Some(y)) => x == y && columns.load(a).zip(columns.load(b)).is_none_or(fits),
            _ => true,
        }
    }
}

/// A loaded file, and a path in it by its number.
type File = (Option<usize>, usize);

/// Which file each row is of: the loaded file, and the path in it.
struct Files<'o> {
    origins: &'o [usize],
    paths: Vec<String>,
    path_of: Vec<usize>,
}

impl<'o> Files<'o> {
    fn new(columns: &Columns, origins: &'o [usize]) -> Files<'o> {
        let mut files = Files { origins, paths: Vec::new(), path_of: vec![0; columns.rows()] };
        for ([path], rows) in columns.distinct(["path"]) {
            rows.into_iter().for_each(|row| files.path_of[row] = files.paths.len());
            files.paths.push(path.unwrap_or_default());
        }
        files
    }

    fn of(&self, row: usize) -> File {
        (self.origins.get(row).copied(), self.path_of[row])
    }

    fn path(&self, row: usize) -> &String {
        &self.paths[self.path_of[row]]
    }
}

/// Merges measurements that are in two files. `origins` is the loaded file of each row. The rows that are merged into
/// others are not yet removed.
pub(super) async fn merge(columns: &mut Columns, origins: &[usize], notes: &mut Vec<(String, String)>, pace: Pace<'_>) -> Merged {
    let files = Files::new(columns, origins);
    if (1..columns.rows()).all(|row| files.of(row) == files.of(0)) {
        return Merged { keep: vec![true; columns.rows()], completed: Vec::new() };
    }
    let mut merging = Merging::new(columns, files, notes);
    merging.parts();
    merging.copies();
    let steps = PROBES.len() * Likeness::ALL.len();
    pace.between(0, steps + 1).await;
    for (pass, likeness) in Likeness::ALL.into_iter().enumerate() {
        for (number, (key, stat)) in PROBES.into_iter().enumerate() {
            if let Some(probe) = merging.columns.figure_column(key, stat) {
                merging.pass(probe, likeness, pace.step(pass * PROBES.len() + number + 1, steps + 1)).await;
            }
        }
    }
    merging.finish()
}

/// How alike the two rows of a pass must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// What one writer computed from the same requests. All of these come first, so that none is given a likely partner in place
    /// of its own.
    Equal,
    /// What rounding explains; the nearest first.
    Rounded,
}

impl Likeness {
    const ALL: [Likeness; 2] = [Likeness::Equal, Likeness::Rounded];

    /// The largest relative difference.
    fn tolerance(self) -> f64 {
        match self {
            Likeness::Equal => EQUAL,
            Likeness::Rounded => ROUNDING,
        }
    }
}

/// Rows that are being merged.
struct Merging<'m, 'o> {
    columns: &'m mut Columns,
    files: Files<'o>,
    notes: &'m mut Vec<(String, String)>,
    loads: Loads,
    identity: Identity,
    telling: Telling,
    keep: Vec<bool>,
    /// The rows that went into others.
    within: BTreeMap<usize, Vec<usize>>,
    /// The files of a row and of those that went into it, where some did.
    shared: FxHashMap<usize, FxHashSet<File>>,
    /// Of merged rows' files: how often their rows state different things, and what.
    statements: BTreeMap<(usize, usize), (usize, BTreeSet<String>)>,
    /// By how many figures rows are compared, and in how many of these more rows are equal to them than are compared.
    crowded: Vec<[u8; 2]>,
}

impl<'m, 'o> Merging<'m, 'o> {
    fn new(columns: &'m mut Columns, files: Files<'o>, notes: &'m mut Vec<(String, String)>) -> Merging<'m, 'o> {
        let (loads, identity, telling) =
            (Loads(columns.dimension_at("load_kind")), Identity::new(columns), Telling::new(columns));
        let (keep, crowded) = (vec![true; columns.rows()], vec![[0; 2]; columns.rows()]);
        let (within, shared, statements) = (BTreeMap::new(), FxHashMap::default(), BTreeMap::new());
        Merging { columns, files, notes, loads, identity, telling, keep, within, shared, statements, crowded }
    }

    /// Puts together what a tool spreads over several files.
    fn parts(&mut self) {
        for rows in parts(self.columns) {
            let Some((first, others)) = rows.split_first() else { continue };
            for row in others {
                if self.files.path(*row) != self.files.path(*first) && self.loads.fit(self.columns, *first, *row) {
                    self.unite(*first, *row);
                }
            }
        }
    }

    /// Merges rows that are equal in everything, such as those of a file and its copies. The first of a file's equal rows goes
    /// with the first of another's, the second with the second.
    fn copies(&mut self) {
        let mut before: FxHashMap<(u64, File), usize> = FxHashMap::default();
        let mut firsts: FxHashMap<(u64, usize), usize> = FxHashMap::default();
        for row in (0..self.keep.len()).filter(|row| self.keep[*row]).collect::<Vec<_>>() {
            let mut hasher = FxHasher::default();
            self.identity.hash(self.columns, row, &mut hasher);
            self.columns.load(row).map(f64::to_bits).hash(&mut hasher);
            self.columns.figures(row).for_each(|(column, value)| (column, value.to_bits()).hash(&mut hasher));
            let hash = hasher.finish();
            let number = before.entry((hash, self.files.of(row))).or_default();
            let first = *firsts.entry((hash, *number)).or_insert(row);
            *number += 1;
            if first != row && (self.is_copy(first, row) || self.distance(first, row, Likeness::Equal).is_some()) {
                self.unite(first, row);
            }
        }
    }

    /// Whether one of two rows with equal hashes is a copy of the other, however few figures they have: two that are not equal by
    /// chance are enough where all that is stated is equal, too.
    fn is_copy(&self, first: usize, second: usize) -> bool {
        let figures = |row: usize| self.columns.figures(row);
        let is_telling = |(_, value): &(usize, f64)| value.to_string().len() > DIGITS;
        !self.share_a_file(first, second)
            && figures(first).eq(figures(second))
            && figures(first).filter(is_telling).nth(1).is_some()
            && !self.identity.contradict(self.columns, first, second)
    }

    /// Merges rows that are near each other in a figure. The nearest go first; whoever loses its nearest to a nearer one looks
    /// for another.
    async fn pass(&mut self, probe: usize, likeness: Likeness, pace: Pace<'_>) {
        let value = |columns: &Columns, row: usize| columns.figure_at(probe, row).filter(|value| *value > 0.0);
        let kept = (0..self.columns.rows()).filter(|row| self.keep[*row]);
        let mut rows: Vec<(f64, usize)> = kept.filter_map(|row| Some((value(self.columns, row)?, row))).collect();
        rows.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut open: Vec<usize> = (0..rows.len()).collect();
        // Each round at least the nearest two are merged, and every row that stays open has lost one of its neighbours.
        while !open.is_empty() {
            let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
            for (number, at) in open.iter().enumerate() {
                if number % STEP == 0 {
                    pace.between(number, open.len()).await;
                }
                let Some((of_first, first)) = rows.get(*at).filter(|(_, row)| self.keep[*row]) else { continue };
                let near = |(of_other, _): &&(f64, usize)| *of_other <= of_first * (1.0 + likeness.tolerance());
                let others = rows[at + 1..].iter().take(NEIGHBOURS).take_while(near);
                let distances = others.filter_map(|(_, second)| Some((self.distance(*first, *second, likeness)?, *at, *second)));
                pairs.extend(distances.min_by(|a, b| a.0.total_cmp(&b.0)));
            }
            pairs.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            open.clear();
            for (_, at, second) in pairs {
                let first = rows[at].1;
                // One of the two may have got another partner meanwhile.
                if self.keep[first] && self.keep[second] && self.distance(first, second, likeness).is_some() {
                    self.merge(first, second);
                } else {
                    open.push(at);
                }
            }
        }
        if likeness == Likeness::Equal {
            for (at, (value, row)) in rows.iter().enumerate() {
                let is_crowded = |other: Option<&(f64, usize)>| other.is_some_and(|(other, _)| other == value);
                let [figures, crowded] = &mut self.crowded[*row];
                *figures += 1;
                let before = at.checked_sub(NEIGHBOURS + 1).and_then(|at| rows.get(at));
                *crowded += u8::from(is_crowded(before) || is_crowded(rows.get(at + NEIGHBOURS + 1)));
            }
        }
    }

    /// How far two rows of the same measurement are apart: the largest relative difference of a figure. `None` if they are of two
    /// measurements, or too far apart for this likeness.
    fn distance(&self, first: usize, second: usize, likeness: Likeness) -> Option<f64> {
        work::count(1);
        let columns = &*self.columns;
        if !self.keep[second] || self.share_a_file(first, second) || !self.loads.fit(columns, first, second) {
            return None;
        }
        if self.telling.differ(columns, first, second) || self.identity.contradict(columns, first, second) {
            return None;
        }
        let (a, b) = (self.telling.figures(columns, first), self.telling.figures(columns, second));
        let siblings = self.identity.are_siblings(columns, first, second);
        let relative = |(_, a, b): (usize, f64, f64)| (a - b).abs() / a.abs().max(b.abs());
        let is_one = if siblings {
            // Siblings are equal in all figures, counts too.
            let all = |row: usize| columns.figures(row).collect::<Vec<_>>();
            same(&a, &b) && common(&all(first), &all(second)).all(|found| found.1 == found.2 || relative(found) <= EQUAL)
        } else {
            same(&a, &b) || (few(&a, &b) && columns.load(first).is_some() && columns.load(second).is_some())
        };
        let distance = || common(&a, &b).map(relative).fold(0.0, f64::max);
        is_one.then(distance).filter(|distance| likeness == Likeness::Rounded || *distance <= likeness.tolerance())
    }

    /// Whether a file has both of two rows, or one of what went into them: they are two measurements of it.
    fn share_a_file(&self, a: usize, b: usize) -> bool {
        match (self.shared.get(&a), self.shared.get(&b)) {
            (None, None) => self.files.of(a) == self.files.of(b),
            (Some(files), None) => files.contains(&self.files.of(b)),
            (None, Some(files)) => files.contains(&self.files.of(a)),
            (Some(a), Some(b)) => !a.is_disjoint(b),
        }
    }

    /// Makes one of two rows: the one with more precise figures stays; else the one with more figures; else the first.
    fn merge(&mut self, first: usize, second: usize) {
        let (a, b) = (self.telling.figures(self.columns, first), self.telling.figures(self.columns, second));
        let rank = |own: &[(usize, f64)], other: &[(usize, f64)]| (digits(own, other), own.len());
        let (stays, goes, differing) = match rank(&b, &a) > rank(&a, &b) {
            true => (second, first, differing(&a, &b)),
            false => (first, second, differing(&b, &a)),
        };
        let words = differing.into_iter().filter(|(_, a, b)| is_another(*a, *b)).map(|found| self.columns.differing(found));
        let words: Vec<String> = words.collect();
        if !words.is_empty() {
            let (words, there) = (words.join("; "), self.files.path(stays));
            let note = format!("Shown with the figures of {there}, which differ (here, there): {words}.");
            self.notes.push((self.files.path(goes).clone(), note));
        }
        let stated = self.identity.differing(self.columns, goes, stays);
        if !stated.is_empty() {
            let (count, found) = self.statements.entry((self.files.path_of[goes], self.files.path_of[stays])).or_default();
            *count += 1;
            found.extend(stated.into_iter().take(NAMED));
        }
        self.unite(stays, goes);
        self.identity.read_again(self.columns, stays);
        self.telling.count(self.columns, stays);
    }

    fn unite(&mut self, stays: usize, goes: usize) {
        self.columns.complete(stays, goes);
        self.keep[goes] = false;
        let mut gone = self.within.remove(&goes).unwrap_or_default();
        gone.push(goes);
        self.within.entry(stays).or_default().extend(gone);
        let files = self.shared.remove(&goes).unwrap_or_else(|| FxHashSet::from_iter([self.files.of(goes)]));
        let own = self.files.of(stays);
        self.shared.entry(stays).or_insert_with(|| FxHashSet::from_iter([own])).extend(files);
    }

    fn finish(self) -> Merged {
        let Merging { columns, files, notes, keep, within, statements, crowded, .. } = self;
        for ((path, stays), (count, stated)) in statements {
            let what = if count == 1 { "One measurement has".to_owned() } else { format!("{count} measurements have") };
            let mut words: Vec<&str> = stated.iter().take(NAMED).map(String::as_str).collect();
            words.extend((stated.len() > NAMED).then_some("…"));
            let (path, stays) = (&files.paths[path], &files.paths[stays]);
            let words = words.join("; ");
            notes.push((
                path.clone(),
                format!("{what} the same figures in {stays}, which states something else (here, there): {words}."),
            ));
        }
        let mut unseen: BTreeMap<&String, usize> = BTreeMap::new();
        for (row, [figures, crowded]) in crowded.into_iter().enumerate() {
            if keep[row] && figures > 0 && figures == crowded {
                *unseen.entry(files.path(row)).or_default() += 1;
            }
        }
        for (path, count) in unseen {
            let what = if count == 1 { "One measurement has".to_owned() } else { format!("{count} measurements have") };
            notes.push((
                path.clone(),
                format!(
                    "{what} the same figures as more than {NEIGHBOURS} others: whether it is in another file too was looked for \
                     among {NEIGHBOURS} of them."
                ),
            ));
        }
        let completed = within.keys().copied().collect();
        let mut gone: BTreeMap<(&String, &String), usize> = BTreeMap::new();
        for (row, others) in &within {
            let others = others.iter().map(|other| files.path(*other));
            columns.set_text("also_in", *row, &others.clone().map(String::as_str).collect::<Vec<_>>().join("; "));
            for other in others {
                *gone.entry((other, files.path(*row))).or_default() += 1;
            }
        }
        for ((path, stays), count) in gone {
            let what = if count == 1 { "One measurement is".to_owned() } else { format!("{count} measurements are") };
            notes.push((path.clone(), format!("{what} also in {stays}: shown once, with the fields of both files.")));
        }
        Merged { keep, completed }
    }
}

/// The rows of each measurement that its tool spreads over several files of a folder, a row a file: they share the folder,
/// the tool and what the dimension `part_of` says. The one with a load comes first.
fn parts(columns: &Columns) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<(String, [Option<String>; 2]), Vec<usize>> = BTreeMap::new();
    if columns.dimension_at("part_of").is_none() {
        return Vec::new();
    }
    for ([path, tool, part], rows) in columns.distinct(["path", "tool", "part_of"]) {
        // Several rows of one file are several measurements: which part is whose is not known.
        if let (Some(path), Some(_), [row]) = (&path, &part, rows.as_slice()) {
            found.entry((folder(path).to_owned(), [tool, part])).or_default().push(*row);
        }
    }
    let mut parts: Vec<Vec<usize>> = found.into_values().filter(|rows| rows.len() > 1).collect();
    parts.iter_mut().for_each(|rows| rows.order_by_key(|row| (columns.load(*row).is_none(), *row)));
    parts
}

/// One unit in the last decimal place of a number.
pub(super) fn last_place(value: f64) -> f64 {
    let text = value.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    10f64.powi(-i32::try_from(decimals).unwrap_or(i32::MAX))
}

/// Whether two figures that do not agree are more apart than a table with few digits writes them.
fn is_another(a: f64, b: f64) -> bool {
    let apart = (a - b).abs();
    apart > last_place(a).max(last_place(b)) && apart > a.abs().max(b.abs()) * NOTED
}

/// The figures that two lists of (column, figure), in column order, have in common: column, and both values.
fn common<'f>(a: &'f [(usize, f64)], b: &'f [(usize, f64)]) -> impl Iterator<Item = (usize, f64, f64)> + 'f {
    let mut rest = b.iter().peekable();
    a.iter().filter_map(move |(column, value)| {
        while rest.next_if(|(other, _)| other < column).is_some() {}
        rest.next_if(|(other, _)| other == column).map(|(_, other)| (*column, *value, *other))
    })
}

/// Whether two lists of figures are of the same measurement.
fn same(a: &[(usize, f64)], b: &[(usize, f64)]) -> bool {
    let (shared, differing) = (common(a, b).count(), differing(a, b).len());
    // Tools compute one or two figures differently in their own files.
    shared - differing >= ENOUGH && (shared - differing) * 10 >= shared * 9
}

/// Whether one of two lists is a short summary of the other: at least two figures, with enough digits, which all agree.
fn few(a: &[(usize, f64)], b: &[(usize, f64)]) -> bool {
    let short = if a.len() < b.len() { a } else { b };
    let telling = common(a, b).filter(|(_, a, b)| agree(*a, *b) && a.to_string().len().min(b.to_string().len()) > DIGITS).count();
    (2..ENOUGH).contains(&short.len()) && telling == short.len()
}

/// The common figures that do not agree.
fn differing(a: &[(usize, f64)], b: &[(usize, f64)]) -> Vec<(usize, f64, f64)> {
    common(a, b).filter(|(_, a, b)| a != b && !agree(*a, *b)).collect()
}

/// Total digits of the figures that are in both lists.
fn digits(own: &[(usize, f64)], other: &[(usize, f64)]) -> usize {
    let shared = own.iter().filter(|(column, _)| other.iter().any(|(theirs, _)| theirs == column));
    shared.map(|(_, value)| value.to_string().len()).sum()
}
