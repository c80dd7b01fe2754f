//! A header that comes again within a table, as in files that were put behind each other.

use std::cell::Cell;

use rustc_hash::FxHashMap;

/// The header of a table, to which later rows are held.
pub struct Headings {
    /// Folded: see [`fold`].
    names: Vec<String>,
    /// The names in order, for comparison.
    sorted: Vec<String>,
    /// Where the last row had a number: the next mostly has one there, too.
    number: Cell<usize>,
}

/// A row that is a header by its names.
#[derive(Debug, PartialEq, Eq)]
pub struct Again {
    /// Where each column of the header is in it, if at all.
    pub places: Vec<Option<usize>>,
    /// How many cells it has.
    pub cells: usize,
    /// How many of its names the header does not have.
    pub unknown: usize,
}

impl Again {
    /// Whether it has the same columns at the same places.
    pub fn is_same(&self) -> bool {
        self.unknown == 0
            && self.cells == self.places.len()
            && self.places.iter().enumerate().all(|(at, place)| *place == Some(at))
    }
}

/// A name for comparison: without the mark of UTF-8 with which a file that was put behind another may begin, in lower case, with
/// spaces for `_`.
pub fn fold(name: &str) -> String {
    name.trim_start_matches('\u{feff}').trim().to_lowercase().replace('_', " ")
}

impl Headings {
    /// The header with these cells; `None` where it names too little to be known again.
    pub fn of<'c>(cells: impl Iterator<Item = &'c str>) -> Option<Headings> {
        let names: Vec<String> = cells.map(fold).collect();
        let mut sorted: Vec<String> = names.iter().filter(|name| !name.is_empty()).cloned().collect();
        sorted.sort_unstable();
        sorted.dedup();
        // A row with a number in it may be data, of a table without a header.
        let is_header = sorted.len() > 1 && sorted.iter().all(|name| name.parse::<f64>().is_err());
        is_header.then_some(Headings { names, sorted, number: Cell::default() })
    }

    fn has(&self, name: &str) -> bool {
        self.sorted.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// What the cells of a row are as a header: no number among them, and more than half names of this header. `None` for any
    /// other row.
    pub fn again<'c>(&self, cells: impl Iterator<Item = &'c str> + Clone) -> Option<Again> {
        let is_number = |cell: &str| cell.parse::<f64>().is_ok();
        // Most rows end here.
        if cells.clone().nth(self.number.get()).is_some_and(is_number) {
            return None;
        }
        if let Some(at) = cells.clone().position(is_number) {
            self.number.set(at);
            return None;
        }
        let found: Vec<String> = cells.map(fold).collect();
        let named = found.iter().filter(|name| !name.is_empty()).count();
        let known = found.iter().filter(|name| self.has(name)).count();
        if known < 2 || known * 2 <= named {
            return None;
        }
        let mut left: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        found.iter().enumerate().rev().for_each(|(at, name)| left.entry(name).or_default().push(at));
        let places = self.names.iter().map(|wanted| left.get_mut(wanted.as_str())?.pop()).collect();
        Some(Again { places, cells: found.len(), unknown: named - known })
    }

    /// Behind how many bytes of a cell a header begins that is glued to a row without a line end: the cell is the row's last and
    /// the header's first, and `rest` are its others.
    pub fn glued<'c>(&self, joint: &str, rest: impl Iterator<Item = &'c str>) -> Option<usize> {
        let is_at = |name: &String, at: usize| joint.get(at..).is_some_and(|end| fold(end) == **name);
        let behind = |name: &String| joint.len().checked_sub(name.len()).filter(|at| is_at(name, *at));
        let at = self.sorted.iter().filter_map(behind).min()?;
        let (known, count) = rest.fold((0, 0), |(known, count), cell| (known + usize::from(self.has(&fold(cell))), count + 1));
        (known * 2 > count).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_most_of_its_names() {
        let headings = Headings::of(["model", "TP", "ttft_median", "", "tpot"].into_iter()).expect("a header");
        let again =
            |cells: &[&str]| headings.again(cells.iter().copied()).map(|again| (again.is_same(), again.places, again.unknown));
        let all = [0, 1, 2, 3, 4].map(Some).to_vec();
        assert_eq!(again(&["\u{feff}Model", "tp", "ttft median", "", "tpot"]), Some((true, all, 0)));
        let cut = vec![Some(0), None, Some(2), None, Some(1)];
        assert_eq!(again(&["model", "tpot", "ttft_median"]), Some((false, cut.clone(), 0)));
        assert_eq!(again(&["model", "tpot", "ttft_median", "power", "cost"]), Some((false, cut, 2)));
        for row in [&["model", "4", "tpot"][..], &["model", "x", "y", "tp"], &["model"], &["", "", "", "", ""]] {
            assert_eq!(again(row), None, "{row:?}");
        }
    }
}
