//! Duplicates: two files describing the same run, such as a report and its CSV, a roll-up beside its results, or a file
//! dropped twice. They are shown once and complete each other.
//!
//! A measurement that its tool spreads over several files says so (`part_of`), and becomes one.
//!
//! Two measurements are duplicates when their figures agree to the precision of the shorter one and nothing that both
//! state contradicts: model, accelerator, degrees, load, time ([`identity`](super::identity)). Of two files of one tool and
//! one layout all figures must be equal, counts too; of others nine in ten must agree, and those that do not are named. Published results are
//! duplicates when system, benchmark and figure are the same. Other records are compared file by file: same folder, same
//! name except for the extension, the same records.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::identity::Identity;
use super::measurements::last_place;
use super::{folder, name};
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::table::Columns;
use crate::work;

/// Largest relative difference that rounding explains.
const ROUNDING: f64 = 0.005;

/// Whether two figures can be the same, written with different precision.
pub(super) fn agree(a: f64, b: f64) -> bool {
    let size = a.abs().max(b.abs());
    // Most figures that are compared are far apart, and counting decimals is slow.
    if (a - b).abs() > size * ROUNDING {
        return false;
    }
    let place = last_place(a).max(last_place(b));
    (a - b).abs() <= (size * 1e-9).max(place.min(size * ROUNDING))
}

/// The identity of a published result.
const SUBMISSION: [&str; 8] = ["round", "public_id", "system", "nodes", "gpus", "model", "scenario", "unit"];

/// Merges published results that are in two files, such as a shipped table and the same one dropped.
pub(super) fn submissions(columns: &mut Columns, notes: &mut Vec<(String, String)>) {
    let mut once = Once::new(columns);
    for (_, rows) in columns.distinct(SUBMISSION) {
        // By their figures: the first row, and the first of another file.
        let mut known: FxHashMap<Vec<(usize, u64)>, [Option<usize>; 2]> = FxHashMap::default();
        for row in rows {
            let figures = columns.figures(row).map(|(at, value)| (at, value.to_bits())).collect();
            let path = |row: usize| columns.text("path", row);
            let known = known.entry(figures).or_default();
            match known.iter().copied().flatten().find(|first| path(*first) != path(row)) {
                Some(first) => once.merge(columns, first, row),
                None => {
                    if let Some(free) = known.iter_mut().find(|first| first.is_none_or(|first| path(first) == path(row))) {
                        free.get_or_insert(row);
                    }
                }
            }
        }
    }
    once.finish(columns, notes);
}

/// What a score is of, besides task, metric and model: not contradicted in duplicates.
const SCORED: [&str; 4] = ["answer_filter", "shots", "task_version", "sample_limit"];

/// Maximum number of scores that one is compared with, on each side of it.
const NEIGHBOURS: usize = 64;

/// Merges accuracy scores that one evaluation left in several files of a folder and those below it: its results, and what
/// it printed of them. The more precise one stays.
pub(super) fn scores(columns: &mut Columns, notes: &mut Vec<(String, String)>) {
    let groups = columns.distinct(["task", "accuracy_metric"]);
    let mut identity = Identity::new(columns);
    let mut once = Once::new(columns);
    for (_, rows) in groups {
        let scored = |row: usize| Some((columns.figure("score", Stat::Mean, row)?, row));
        let mut rows: Vec<(f64, usize)> = rows.into_iter().filter_map(scored).collect();
        rows.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // The more precise ones first, and each with those before it that are close.
        let mut order: Vec<(usize, usize)> =
            rows.iter().map(|(value, _)| value.to_string().len()).enumerate().map(|(at, digits)| (digits, at)).collect();
        order.order_by_key(|(digits, at)| (std::cmp::Reverse(*digits), rows[*at].1));
        let mut rank = vec![0; rows.len()];
        order.iter().enumerate().for_each(|(number, (_, at))| rank[*at] = number);
        for (_, at) in order {
            let (value, row) = rows[at];
            let near = |other: &usize| (rows[*other].0 - value).abs() <= ROUNDING * value.abs().max(rows[*other].0.abs());
            let below = (0..at).rev().take(NEIGHBOURS).take_while(near);
            let above = (at + 1..rows.len()).take(NEIGHBOURS).take_while(near);
            let mut before: Vec<usize> = below.chain(above).filter(|other| rank[*other] < rank[at]).collect();
            before.order_by_key(|other| rank[*other]);
            work::count(before.len());
            let is_first = |first: &usize| {
                let first = rows[*first].1;
                let both = |key: &str| columns.text(key, first).zip(columns.text(key, row));
                let related = both("path").is_some_and(|(a, b)| {
                    let (inner, outer) = (folder(a), folder(b));
                    a != b && (inner == outer || is_below(inner, outer) || is_below(outer, inner))
                });
                let contradicted = SCORED.iter().any(|key| both(key).is_some_and(|(a, b)| a != b));
                let is_kept = once.keep[first] && related && !contradicted;
                is_kept
                    && agree(columns.figure("score", Stat::Mean, first).unwrap_or(f64::NAN), value)
                    && !identity.contradict(columns, first, row)
            };
            if let Some(first) = before.into_iter().find(is_first) {
                let first = rows[first].1;
                once.merge(columns, first, row);
                identity.read_again(columns, first);
            }
        }
    }
    once.finish(columns, notes);
}

/// Records in several files of which the first is kept, completed by the others.
struct Once {
    keep: Vec<bool>,
    /// How many went, by their file and the one that has them.
    gone: BTreeMap<(String, String), usize>,
}

impl Once {
    fn new(columns: &Columns) -> Once {
        Once { keep: vec![true; columns.rows()], gone: BTreeMap::new() }
    }

    fn merge(&mut self, columns: &mut Columns, first: usize, row: usize) {
        let path = |row: usize| columns.text("path", row).unwrap_or_default().to_owned();
        let (stays, goes) = (path(first), path(row));
        columns.complete(first, row);
        self.keep[row] = false;
        columns.set_text("also_in", first, &goes);
        *self.gone.entry((goes, stays)).or_default() += 1;
    }

    fn finish(self, columns: &mut Columns, notes: &mut Vec<(String, String)>) {
        for ((path, stays), count) in self.gone {
            notes.push((path, format!("{} also in {stays}: shown once.", columns.kind().count(count))));
        }
        columns.retain(&self.keep);
    }
}

/// Whether a folder is somewhere in another, which is not the root.
fn is_below(inner: &str, outer: &str) -> bool {
    !outer.is_empty() && inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['/', '\\']))
}

/// A file's path and its rows.
type File = (String, Vec<usize>);

/// Of files with the same records in two layouts, keeps the one with more figures.
pub(super) fn files(columns: &mut Columns, kind: Kind, notes: &mut Vec<(String, String)>) {
    let mut stems: BTreeMap<(String, String), Vec<File>> = BTreeMap::new();
    for ([path], rows) in columns.distinct(["path"]) {
        let Some(path) = path else { continue };
        let stem = name(&path).rsplit_once('.').map_or(name(&path), |(stem, _)| stem).to_owned();
        stems.entry((folder(&path).to_owned(), stem)).or_default().push((path, rows));
    }
    let mut keep = vec![true; columns.rows()];
    stems.retain(|_, files| files.len() > 1);
    if stems.is_empty() {
        return;
    }
    let identity = Identity::new(columns);
    for (_, mut files) in stems {
        let richness = |rows: &[usize]| rows.iter().map(|row| columns.figures(*row).count()).sum::<usize>();
        files.order_by_cached_key(|(path, rows)| (std::cmp::Reverse(richness(rows)), path.clone()));
        let (stays, others) = files.split_at(1);
        let precise = |path: &str| is_rotated(path) || is_rotated(&stays[0].0);
        let same = |rows: &[usize], path: &str| same_records(columns, &identity, &stays[0].1, rows, precise(path));
        for (path, rows) in others.iter().filter(|(path, rows)| same(rows, path)) {
            rows.iter().for_each(|row| keep[*row] = false);
            notes.push((
                path.clone(),
                format!("Its {} {} are the same as in {}: shown once.", rows.len(), kind.plural(), stays[0].0),
            ));
        }
    }
    columns.retain(&keep);
}

/// Whether a name ends in the number that a log or a scrape gets when the next one begins: its neighbours are other times of
/// one server, whose counters may differ by little.
fn is_rotated(path: &str) -> bool {
    let end = name(path).rsplit_once('.').map_or("", |(_, end)| end);
    !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit())
}

/// Of files with exactly the same records, such as a file and its copy, keeps the first. Equal figures of two servers are
/// no copies.
pub(super) fn copies(columns: &mut Columns, kind: Kind, notes: &mut Vec<(String, String)>) {
    let exact = |columns: &Columns, row: usize| {
        let figures = columns.figures(row).map(|(at, value)| (at, value.to_bits()));
        (columns.load(row).map(f64::to_bits), figures.collect::<Vec<_>>())
    };
    let files = columns.distinct(["path"]);
    if files.len() < 2 {
        return;
    }
    let identity = Identity::new(columns);
    let mut known: FxHashMap<u64, Vec<File>> = FxHashMap::default();
    let mut keep = vec![true; columns.rows()];
    for ([path], rows) in files {
        let mut hasher = FxHasher::default();
        rows.iter().for_each(|row| exact(columns, *row).hash(&mut hasher));
        let alike = known.entry(hasher.finish()).or_default();
        let equal = |rows: &[usize], others: &[usize]| {
            let mut pairs = rows.iter().zip(others);
            rows.len() == others.len()
                && pairs.all(|(a, b)| exact(columns, *a) == exact(columns, *b) && !identity.contradict(columns, *a, *b))
        };
        match (path, alike.iter().take(NEIGHBOURS).find(|(_, others)| equal(&rows, others))) {
            (Some(path), Some((first, _))) => {
                rows.iter().for_each(|row| keep[*row] = false);
                notes.push((path, format!("{} the same as in {first}: shown once.", kind.count(rows.len()))));
            }
            (path, _) => alike.push((path.unwrap_or_default(), rows)),
        }
    }
    columns.retain(&keep);
}

/// Whether two lists of rows are the same records in two layouts: as many, row by row equal in the figures that both
/// have, of which there must be one in each row, and nothing that both state contradicts. `precise`: to
/// the last digit.
fn same_records(columns: &Columns, identity: &Identity, a: &[usize], b: &[usize], precise: bool) -> bool {
    let same = |a: usize, b: usize| {
        let mut other = columns.figures(b).peekable();
        let mut common = 0;
        for (column, value) in columns.figures(a) {
            while other.next_if(|(theirs, _)| *theirs < column).is_some() {}
            if let Some((_, theirs)) = other.next_if(|(theirs, _)| *theirs == column) {
                if value != theirs && (precise || !agree(value, theirs)) {
                    return false;
                }
                common += 1;
            }
        }
        common > 0 || (columns.figures(a).next().is_none() && columns.figures(b).next().is_none())
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b) && !identity.contradict(columns, *a, *b))
}

#[cfg(test)]
mod tests {
    use super::agree;

    #[test]
    fn figures_agree_to_the_digits_of_the_shorter() {
        assert!(agree(12.345_678, 12.35));
        assert!(agree(12.345_678, 12.34));
        assert!(!agree(12.345_678, 12.36));
        assert!(!agree(12.345_678, 12.345_688));
        // Two short numbers are no proof of anything within their last digit.
        assert!(!agree(3.0, 4.0));
        assert!(agree(1_234.5, 1_235.0));
    }
}
