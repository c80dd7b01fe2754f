//! A header that comes again within a table, as in files that were put behind each other.

use rustc_hash::FxHashMap;

use super::row::Row;

/// The header of a table, to which later rows are held.
pub(super) struct Headings {
    names: Vec<String>,
    /// The names in order, for comparison.
    sorted: Vec<String>,
}

impl Headings {
    /// The header that a row is; `None` where it names too little to be known again.
    pub(super) fn of(row: &Row<'_>) -> Option<Headings> {
        let names: Vec<String> = row.iter().map(|name| name.trim().to_owned()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let mut named: Vec<&str> = sorted.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        named.dedup();
        // A row with a number in it may be data, of a table without a header.
        let is_header = named.len() > 1 && named.iter().all(|name| name.parse::<f64>().is_err());
        is_header.then_some(Headings { names, sorted })
    }

    /// Where each column of the header is in a row that is the header again, in whatever order; `None` for any other row.
    pub(super) fn order(&self, row: &Row<'_>) -> Option<Vec<usize>> {
        self.order_behind(row, 0)
    }

    /// The same for a row whose cells are behind those of others.
    pub(super) fn order_behind(&self, row: &Row<'_>, known: usize) -> Option<Vec<usize>> {
        // A file that was put behind another may begin with its mark of UTF-8.
        let name = |at: usize| row.get(known + at).map(|name| name.trim_start_matches('\u{feff}').trim());
        let is_name = |name: &str| self.sorted.binary_search_by(|known| known.as_str().cmp(name)).is_ok();
        let count = self.names.len();
        // Most rows end here, at their first cell.
        if row.len() != known + count || !(0..count).all(|at| name(at).is_some_and(is_name)) {
            return None;
        }
        let mut left: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        (0..count).rev().for_each(|at| left.entry(name(at).unwrap_or_default()).or_default().push(at));
        self.names.iter().map(|wanted| left.get_mut(wanted.as_str())?.pop()).collect()
    }
}
