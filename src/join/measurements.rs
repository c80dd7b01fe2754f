//! Measurements that are in two files, or spread over several by their tool: what makes two of them one is in
//! [`duplicates`](super::duplicates).
//!
//! Rows are compared only with those near them in one of a few figures, and by numbers ([`Identity`]), so that two tables of
//! a million rows take a million steps.

use std::collections::BTreeMap;

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

    fn of(&self, row: usize) -> (Option<&usize>, usize) {
        (self.origins.get(row), self.path_of[row])
    }

    fn path(&self, row: usize) -> &String {
        &self.paths[self.path_of[row]]
    }
}

/// Merges measurements that are in two files. `origins` is the loaded file of each row. The rows that are merged into
/// others are not yet removed.
pub(super) async fn merge(columns: &mut Columns, origins: &[usize], notes: &mut Vec<(String, String)>, pace: Pace<'_>) -> Merged {
    let files = Files::new(columns, origins);
    let mut keep = vec![true; columns.rows()];
    if (1..columns.rows()).all(|row| files.of(row) == files.of(0)) {
        return Merged { keep, completed: Vec::new() };
    }
    let loads = Loads(columns.dimension_at("load_kind"));
    let mut also: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for rows in parts(columns) {
        let Some((first, others)) = rows.split_first() else { continue };
        let fits = |row: &&usize| files.path(**row) != files.path(*first) && loads.fit(columns, *first, **row);
        let others: Vec<usize> = others.iter().filter(fits).copied().collect();
        for row in others {
            columns.complete(*first, row);
            keep[row] = false;
            also.entry(*first).or_default().push(files.path(row).clone());
        }
    }
    pace.between(0, PROBES.len() + 1).await;
    let mut identity = Identity::new(columns);
    let mut telling = Telling::new(columns);
    for (number, (key, stat)) in PROBES.into_iter().enumerate() {
        let Some(column) = columns.figure_column(key, stat) else { continue };
        let mut rows: Vec<(f64, usize)> = (0..columns.rows())
            .filter(|row| keep[*row])
            .filter_map(|row| Some((columns.figure_at(column, row).filter(|value| *value > 0.0)?, row)))
            .collect();
        rows.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let pace = pace.step(number + 1, PROBES.len() + 1);
        for (at, (probe, first)) in rows.iter().enumerate() {
            if at % STEP == 0 {
                pace.between(at, rows.len()).await;
            }
            for (other, second) in rows[at + 1..].iter().take(NEIGHBOURS) {
                if *other > probe * (1.0 + ROUNDING) || !keep[*first] {
                    break;
                }
                work::count(1);
                if !keep[*second] || files.of(*first) == files.of(*second) || !loads.fit(columns, *first, *second) {
                    continue;
                }
                let siblings = identity.are_siblings(columns, *first, *second);
                // Siblings are equal in all figures, this one too.
                if (siblings && (probe - other).abs() > EQUAL * probe.abs()) || telling.differ(columns, *first, *second) {
                    continue;
                }
                if identity.contradict(columns, *first, *second) {
                    continue;
                }
                let (a, b) = (telling.figures(columns, *first), telling.figures(columns, *second));
                let all = |row: usize| columns.figures(row).collect::<Vec<_>>();
                let one = match siblings {
                    true => same(&a, &b) && common(&all(*first), &all(*second)).all(|(_, a, b)| (a - b).abs() <= EQUAL * a.abs()),
                    false => same(&a, &b) || (few(&a, &b) && columns.load(*first).is_some() && columns.load(*second).is_some()),
                };
                if !one {
                    continue;
                }
                // The one with more precise figures stays; else the one with more figures; else the first.
                let rank = |own: &[(usize, f64)], other: &[(usize, f64)]| (digits(own, other), own.len());
                let goes_first = rank(&b, &a) > rank(&a, &b);
                let (stays, goes, differing) = match goes_first {
                    true => (*second, *first, differing(&a, &b)),
                    false => (*first, *second, differing(&b, &a)),
                };
                let words = differing.into_iter().filter(|(_, a, b)| is_another(*a, *b)).map(|found| columns.differing(found));
                let words: Vec<String> = words.collect();
                if !words.is_empty() {
                    let words = words.join("; ");
                    let there = files.path(stays);
                    let note = format!("Shown with the figures of {there}, which differ (here, there): {words}.");
                    notes.push((files.path(goes).clone(), note));
                }
                columns.complete(stays, goes);
                identity.read_again(columns, stays);
                telling.count(columns, stays);
                keep[goes] = false;
                let mut others = also.remove(&goes).unwrap_or_default();
                others.push(files.path(goes).clone());
                also.entry(stays).or_default().extend(others);
            }
        }
    }
    let mut gone: BTreeMap<(String, String), usize> = BTreeMap::new();
    let completed = also.keys().copied().collect();
    for (row, others) in also {
        columns.set_text("also_in", row, &others.join("; "));
        for other in others {
            *gone.entry((other, files.path(row).clone())).or_default() += 1;
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
