//! What of a data set is read for a view: files by their folders, row groups by their statistics, and columns by what they are for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::Wanted;
use crate::catalog::defaults;
use crate::format::ranged::{Footer, Keep, Role};
use crate::record::{Kind, Stat};
use crate::source::hive;
use crate::source::index::{self, Part};
use crate::state::Axis;
use crate::state::link::axis_text;

/// Bytes that are read for figures which nobody asked for, so that other charts have theirs at once.
const SPARE: u64 = 8 << 20;
/// Bytes between two chunks that are read with them, in place of a second request.
const GAP: u64 = 32 << 10;

/// A file of a data set.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it is, and what it is called.
    pub address: String,
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Rows, where the index says it.
    pub rows: Option<u64>,
    /// What its folders say of all its rows.
    pub fixed: Vec<(String, String)>,
    /// When it was changed, as the index says it.
    pub time: String,
    /// The least and the greatest value of columns.
    stats: BTreeMap<String, [String; 2]>,
    /// All values of columns, by the index.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

impl File {
    /// A file of an index; `None` where its path leads elsewhere.
    pub(super) fn new(index: &str, part: Part) -> Option<File> {
        let (address, name) = index::address(index, &part.path)?;
        let fixed = hive::partitions(&part.path);
        let Part { size, rows, time, stats, values, .. } = part;
        Some(File { address, name, size, rows, fixed, time, stats, values })
    }

    /// Whether it may have rows with these values, by its folders and what the index says of it.
    pub(super) fn may_have(&self, keep: &Keep) -> bool {
        keep.iter().all(|(column, values)| {
            if let Some((_, fixed)) = self.fixed.iter().find(|(name, _)| name == column) {
                return values.contains(fixed);
            }
            if let Some(all) = self.values.get(column) {
                return !all.is_disjoint(values);
            }
            // Whether a value is missing is not said.
            let Some([min, max]) = self.stats.get(column) else { return true };
            values.contains("") || values.iter().any(|value| min <= value && value <= max)
        })
    }
}

/// A file of which something is read: which row groups, and which columns of them.
pub(super) struct Portion {
    pub file: File,
    pub footer: Rc<Footer>,
    pub groups: Vec<usize>,
    pub columns: Vec<usize>,
}

/// A figure as links write it.
pub(super) fn figure_text(metric: &str, stat: Stat) -> String {
    axis_text(&Axis::Figure { metric: metric.to_owned(), stat })
}

/// What is read of these files: their row groups that may have wanted rows, with the identity of rows and the wanted figures,
/// and others as long as they are few bytes.
pub(super) fn portions(files: Vec<(File, Rc<Footer>)>, wanted: &Wanted) -> Vec<Portion> {
    let keep = &wanted.selection;
    let mut portions: Vec<Portion> = Vec::new();
    for (file, footer) in files {
        let fixed = |column: &str| file.fixed.iter().any(|(name, _)| name == column);
        let open: Vec<(&String, &BTreeSet<String>)> = keep.iter().filter(|(column, _)| !fixed(column)).collect();
        let may = |group: &usize| open.iter().all(|(column, values)| footer.may_have(*group, column, values));
        let groups: Vec<usize> = (0..footer.groups()).filter(may).collect();
        if !groups.is_empty() {
            portions.push(Portion { file, footer, groups, columns: Vec::new() });
        }
    }
    let mut spare = SPARE;
    for (rank, name) in ranked(&portions, &wanted.figures) {
        let bytes = portions.iter().map(|portion| portion.bytes_of(&name)).sum::<u64>();
        if rank > Rank::Asked {
            match spare.checked_sub(bytes) {
                Some(left) => spare = left,
                None => continue,
            }
        }
        for portion in &mut portions {
            portion.take(&name);
        }
    }
    portions.iter_mut().for_each(|portion| portion.columns.sort_unstable());
    portions
}

/// How much a column is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Without it the rows are not what they are.
    Identity,
    /// The view shows it.
    Asked,
    /// What views show unless another figure is chosen, the most usual first.
    Usual(usize),
    Other,
}

/// The columns of all files, the most needed first.
fn ranked(portions: &[Portion], asked: &BTreeSet<String>) -> Vec<(Rank, String)> {
    let mut all = BTreeMap::new();
    for (name, role) in portions.iter().flat_map(|portion| portion.footer.columns()) {
        all.entry(name.clone()).or_insert_with(|| match role {
            Role::Identity => Rank::Identity,
            Role::Place => Rank::Other,
            Role::Figure(metric, stat) if asked.contains(&figure_text(metric, *stat)) => Rank::Asked,
            Role::Figure(metric, stat) => {
                usual().position(|usual| usual == (metric.as_str(), *stat)).map_or(Rank::Other, Rank::Usual)
            }
        });
    }
    let mut all: Vec<(Rank, String)> = all.into_iter().map(|(name, rank)| (rank, name)).collect();
    all.sort_unstable();
    all
}

/// The figures that views show unless another is chosen, the most usual first.
fn usual() -> impl Iterator<Item = (&'static str, Stat)> {
    let axes = [Kind::Measurement, Kind::Request, Kind::Sample].into_iter().flat_map(|kind| {
        let (x, y) = defaults::axes(kind);
        y.iter().chain(x).copied()
    });
    let judged = defaults::KPIS.iter().flat_map(|(metric, stats)| stats.iter().map(|stat| (*metric, *stat)));
    axes.take(1).chain(defaults::COLUMNS).chain(judged)
}

impl Portion {
    fn column(&self, name: &str) -> Option<usize> {
        self.footer.columns().iter().position(|(column, _)| column == name)
    }

    /// Whether a value is in a column by the statistics of the row groups that are read: their least or their greatest.
    pub(super) fn has_in(&self, column: &str, value: &str) -> bool {
        self.footer.known(column).is_some_and(|known| known.values.contains(value))
            || self.file.values.get(column).is_some_and(|all| all.contains(value))
    }

    fn places(&self, column: usize) -> impl Iterator<Item = Option<Range<u64>>> {
        self.groups.iter().map(move |group| self.footer.place(*group, column, self.file.size))
    }

    fn bytes_of(&self, name: &str) -> u64 {
        let Some(column) = self.column(name) else { return 0 };
        self.places(column).flatten().map(|place| place.end - place.start).sum()
    }

    /// Reads a column, unless it has no value here.
    fn take(&mut self, name: &str) {
        if let Some(column) = self.column(name)
            && !self.groups.iter().all(|group| self.footer.is_missing(*group, column))
        {
            self.columns.push(column);
        }
    }

    /// Bytes of what is read.
    pub(super) fn bytes(&self) -> u64 {
        self.columns.iter().flat_map(|column| self.places(*column)).flatten().map(|place| place.end - place.start).sum()
    }

    /// Rows of the row groups that are read.
    pub(super) fn rows(&self) -> u64 {
        self.groups.iter().map(|group| self.footer.group_rows(*group)).sum()
    }

    /// Where the chunks of a row group are, in the order of the columns. `None` if one cannot be there.
    pub(super) fn chunks(&self, group: usize) -> Option<Vec<Range<u64>>> {
        self.columns.iter().map(|column| self.footer.place(group, *column, self.file.size)).collect()
    }
}

/// The byte ranges to request for some chunks: chunks that are close together share a request.
pub(super) fn requests(chunks: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = chunks.to_vec();
    sorted.sort_unstable_by_key(|chunk| chunk.start);
    let mut requests: Vec<Range<u64>> = Vec::new();
    for chunk in sorted {
        match requests.last_mut() {
            Some(last) if chunk.start <= last.end.saturating_add(GAP) => last.end = last.end.max(chunk.end),
            _ => requests.push(chunk),
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, more: &str) -> Option<File> {
        let index = format!(r#"{{"dataset": {{}}, "files": [{{"path": "{path}", "size": 100{more}}}]}}"#);
        File::new("data/index.json", index::dataset("data/index.json", index.as_bytes())?.parts.pop()?)
    }

    fn keep(column: &str, values: &[&str]) -> Keep {
        Keep::from([(column.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())])
    }

    #[test]
    fn files_are_left_out_by_their_folders_and_their_least_and_greatest_values() {
        let stats = r#", "stats": {"version": ["1.2", "1.4"], "load": [1, 8]}, "values": {"tp": ["1", "8"]}"#;
        let one = file("model=a%2Fb/x.parquet", stats).expect("below the folder");
        assert_eq!(one.address, "data/model=a%252Fb/x.parquet");
        assert!(one.may_have(&keep("model", &["a/b", "c"])) && !one.may_have(&keep("model", &["a", ""])));
        assert!(one.may_have(&keep("version", &["1.3"])) && !one.may_have(&keep("version", &["1.5", "1.1"])));
        assert!(one.may_have(&keep("version", &[""])), "whether a value is missing is not said");
        assert!(one.may_have(&keep("tp", &["8"])) && !one.may_have(&keep("tp", &["2", ""])), "these are all");
        assert!(one.may_have(&keep("load", &["16"])) && one.may_have(&keep("dp", &["1"])), "nothing is concluded");
        assert!(file("../x", "").is_none());
    }

    #[test]
    fn near_chunks_come_in_one_request() {
        let far = 100 + GAP + 1;
        let ends = |chunks: &[Range<u64>]| requests(chunks).into_iter().map(|range| (range.start, range.end)).collect::<Vec<_>>();
        assert_eq!(ends(&[50..100, 0..40, far..far + 5]), [(0, 100), (far, far + 5)]);
        assert_eq!(ends(&[0..10, 0..10, 5..8]), [(0, 10)]);
        assert_eq!(ends(&[]), []);
    }
}
