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

use super::{folder, identity, name};
use crate::catalog::{Better, METRICS};
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::table::Columns;

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

/// One unit in the last decimal place of a number.
fn last_place(value: f64) -> f64 {
    let text = value.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    10f64.powi(-i32::try_from(decimals).unwrap_or(i32::MAX))
}

/// Whether two figures can be the same, written with different precision.
fn agree(a: f64, b: f64) -> bool {
    let size = a.abs().max(b.abs());
    // Most figures that are compared are far apart, and counting decimals is slow.
    if (a - b).abs() > size * ROUNDING {
        return false;
    }
    let place = last_place(a).max(last_place(b));
    (a - b).abs() <= (size * 1e-9).max(place.min(size * ROUNDING))
}

/// Whether two figures that do not agree are more apart than a table with few digits writes them.
fn is_another(a: f64, b: f64) -> bool {
    let apart = (a - b).abs();
    apart > last_place(a).max(last_place(b)) && apart > a.abs().max(b.abs()) * NOTED
}

/// What became of the rows.
pub(super) struct Merged {
    /// Whether each row stays.
    pub keep: Vec<bool>,
    /// The rows that another completed, in order.
    pub completed: Vec<usize>,
}

/// Merges measurements that are in two files. `origins` is the loaded file of each row. The rows that are merged into
/// others are not yet removed.
pub(super) fn measurements(columns: &mut Columns, origins: &[usize], notes: &mut Vec<(String, String)>) -> Merged {
    let mut paths: Vec<String> = Vec::new();
    let mut path_of: Vec<usize> = vec![0; columns.rows()];
    for ([path], rows) in columns.distinct(["path"]) {
        rows.into_iter().for_each(|row| path_of[row] = paths.len());
        paths.push(path.unwrap_or_default());
    }
    let file = |row: usize| (origins.get(row), path_of[row]);
    let path = |row: usize| &paths[path_of[row]];
    let mut keep = vec![true; columns.rows()];
    let mut parted: Vec<(usize, usize)> = Vec::new();
    if (1..columns.rows()).all(|row| file(row) == file(0)) {
        return Merged { keep, completed: Vec::new() };
    }
    // Counts and lengths are the same in every repeat: they prove nothing.
    let telling: Vec<usize> =
        columns.figure_columns(|key| METRICS.iter().any(|metric| metric.key == key && metric.better != Better::Neutral));
    let figures = |columns: &Columns, row: usize| {
        columns.figures(row).filter(|(at, value)| telling.contains(at) && *value != 0.0).collect::<Vec<_>>()
    };
    let mut also: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for rows in parts(columns) {
        let Some((first, others)) = rows.split_first() else { continue };
        for row in others.iter().filter(|row| path(**row) != path(*first) && loads_fit(columns, *first, **row)) {
            parted.push((*first, *row));
        }
    }
    for (first, row) in parted {
        columns.complete(first, row);
        keep[row] = false;
        also.entry(first).or_default().push(path(row).clone());
    }
    for (key, stat) in PROBES {
        let Some(column) = columns.figure_column(key, stat) else { continue };
        let mut rows: Vec<(f64, usize)> = (0..columns.rows())
            .filter(|row| keep[*row])
            .filter_map(|row| Some((columns.figure_at(column, row).filter(|value| *value > 0.0)?, row)))
            .collect();
        rows.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (at, (probe, first)) in rows.iter().enumerate() {
            for (other, second) in rows[at + 1..].iter().take(NEIGHBOURS) {
                if *other > probe * (1.0 + ROUNDING) || !keep[*first] {
                    break;
                }
                if !keep[*second] || file(*first) == file(*second) || !loads_fit(columns, *first, *second) {
                    continue;
                }
                if identity::contradict(columns, *first, *second) {
                    continue;
                }
                let (a, b) = (figures(columns, *first), figures(columns, *second));
                let all = |row: usize| columns.figures(row).collect::<Vec<_>>();
                let siblings = identity::are_siblings(columns, *first, *second);
                let one = match siblings {
                    true => same(&a, &b) && common(&all(*first), &all(*second)).all(|(_, a, b)| (a - b).abs() <= EQUAL * a.abs()),
                    false => same(&a, &b) || (few(&a, &b) && columns.load(*first).is_some() && columns.load(*second).is_some()),
                };
                if !one {
                    continue;
                }
                // The one with more precise figures stays; else the one with more figures; else the first.
                let rank = |own: &[(usize, f64)], other: &[(usize, f64)]| (digits(own, other), own.len());
                let (stays, goes) = if rank(&b, &a) > rank(&a, &b) { (*second, *first) } else { (*first, *second) };
                let mut found = differing(&figures(columns, goes), &figures(columns, stays));
                found.retain(|(_, a, b)| is_another(*a, *b));
                if !found.is_empty() {
                    let words: Vec<String> = found.into_iter().map(|found| columns.differing(found)).collect();
                    let words = words.join("; ");
                    notes.push((
                        path(goes).clone(),
                        format!("Shown with the figures of {}, which differ (here, there): {words}.", path(stays)),
                    ));
                }
                columns.complete(stays, goes);
                keep[goes] = false;
                let mut others = also.remove(&goes).unwrap_or_default();
                others.push(path(goes).clone());
                also.entry(stays).or_default().extend(others);
            }
        }
    }
    let mut gone: BTreeMap<(String, String), usize> = BTreeMap::new();
    let completed = also.keys().copied().collect();
    for (row, others) in also {
        columns.set_text("also_in", row, &others.join("; "));
        for other in others {
            *gone.entry((other, path(row).clone())).or_default() += 1;
        }
    }
    for ((path, stays), count) in gone {
        let what = if count == 1 { "One measurement is".to_owned() } else { format!("{count} measurements are") };
        notes.push((path, format!("{what} also in {stays}: shown once, with the fields of both files.")));
    }
    Merged { keep, completed }
}

/// The rows of each measurement that its tool spreads over several files of a folder, a row a file: they share the folder,
/// the tool and what the dimension `part_of` says. The one with a load comes first.
fn parts(columns: &mut Columns) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<(String, [Option<String>; 2]), Vec<usize>> = BTreeMap::new();
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

/// Whether two rows can have the same requested load: equal up to rounding, or not stated in one.
fn loads_fit(columns: &Columns, a: usize, b: usize) -> bool {
    let kind = |row| columns.text("load_kind", row);
    let fits = |a: Option<f64>, b: Option<f64>| a.zip(b).is_none_or(|(a, b)| agree(a, b));
    match (kind(a), kind(b)) {
        (Some(x), Some(y)) => x == y && fits(columns.load(a), columns.load(b)),
        _ => true,
    }
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

/// The identity of a published result.
const SUBMISSION: [&str; 8] = ["round", "public_id", "system", "nodes", "gpus", "model", "scenario", "unit"];

/// Merges published results that are in two files, such as a shipped table and the same one dropped.
pub(super) fn submissions(columns: &mut Columns, notes: &mut Vec<(String, String)>) {
    let figures = |columns: &Columns, row: usize| {
        let figures = columns.figures(row).map(|(at, value)| (at, value.to_bits()));
        figures.collect::<Vec<_>>()
    };
    let groups: Vec<Vec<usize>> = columns.distinct(SUBMISSION).into_iter().map(|(_, rows)| rows).collect();
    once(columns, groups, notes, |columns, first, second| figures(columns, first) == figures(columns, second));
}

/// What a score is of, besides task, metric and model: not contradicted in duplicates.
const SCORED: [&str; 4] = ["answer_filter", "shots", "task_version", "sample_limit"];

/// Merges accuracy scores that one evaluation left in several files of a folder and those below it: its results, and what
/// it printed of them. The more precise one stays.
pub(super) fn scores(columns: &mut Columns, notes: &mut Vec<(String, String)>) {
    let score = |columns: &Columns, row: usize| columns.figure("score", Stat::Mean, row);
    let mut groups: Vec<Vec<usize>> = columns.distinct(["task", "accuracy_metric"]).into_iter().map(|(_, rows)| rows).collect();
    let digits = |row: usize| score(columns, row).map_or(0, |value| value.to_string().len());
    groups.iter_mut().for_each(|rows| rows.order_by_key(|row| (std::cmp::Reverse(digits(*row)), *row)));
    once(columns, groups, notes, |columns, first, second| {
        let both = |key: &str| columns.text(key, first).zip(columns.text(key, second));
        let related = both("path").is_some_and(|(a, b)| {
            let (a, b) = (folder(a), folder(b));
            a == b || is_below(a, b) || is_below(b, a)
        });
        let same = score(columns, first).zip(score(columns, second)).is_some_and(|(a, b)| agree(a, b));
        let contradicted = SCORED.iter().any(|key| both(key).is_some_and(|(a, b)| a != b));
        related && same && !contradicted && !identity::contradict(columns, first, second)
    });
}

/// Of records in several files, keeps the first of each group that are the same, completed by the others.
fn once(
    columns: &mut Columns,
    groups: Vec<Vec<usize>>,
    notes: &mut Vec<(String, String)>,
    same: impl Fn(&Columns, usize, usize) -> bool,
) {
    let path = |columns: &Columns, row: usize| columns.text("path", row).unwrap_or_default().to_owned();
    let mut keep = vec![true; columns.rows()];
    let mut gone: BTreeMap<(String, String), usize> = BTreeMap::new();
    for rows in groups {
        for (at, row) in rows.iter().copied().enumerate() {
            let is_first = |first: &usize| {
                keep[*first] && columns.text("path", *first) != columns.text("path", row) && same(columns, *first, row)
            };
            let Some(first) = rows[..at].iter().copied().find(is_first) else { continue };
            let (stays, goes) = (path(columns, first), path(columns, row));
            columns.complete(first, row);
            keep[row] = false;
            columns.set_text("also_in", first, &goes);
            *gone.entry((goes, stays)).or_default() += 1;
        }
    }
    for ((path, stays), count) in gone {
        notes.push((path, format!("{} also in {stays}: shown once.", columns.kind().count(count))));
    }
    columns.retain(&keep);
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
    for (_, mut files) in stems.into_iter().filter(|(_, files)| files.len() > 1) {
        let richness = |rows: &[usize]| rows.iter().map(|row| columns.figures(*row).count()).sum::<usize>();
        files.order_by_key(|(path, rows)| (std::cmp::Reverse(richness(rows)), path.clone()));
        let (stays, others) = files.split_at(1);
        let precise = |path: &str| is_rotated(path) || is_rotated(&stays[0].0);
        for (path, rows) in others.iter().filter(|(path, rows)| same_records(columns, &stays[0].1, rows, precise(path))) {
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
    let mut known: FxHashMap<u64, Vec<File>> = FxHashMap::default();
    let mut keep = vec![true; columns.rows()];
    for ([path], rows) in columns.distinct(["path"]) {
        let mut hasher = FxHasher::default();
        rows.iter().for_each(|row| exact(columns, *row).hash(&mut hasher));
        let alike = known.entry(hasher.finish()).or_default();
        let equal = |rows: &[usize], others: &[usize]| {
            let mut pairs = rows.iter().zip(others);
            rows.len() == others.len()
                && pairs.all(|(a, b)| exact(columns, *a) == exact(columns, *b) && !identity::contradict(columns, *a, *b))
        };
        match (path, alike.iter().find(|(_, others)| equal(&rows, others))) {
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
fn same_records(columns: &Columns, a: &[usize], b: &[usize], precise: bool) -> bool {
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
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b) && !identity::contradict(columns, *a, *b))
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
