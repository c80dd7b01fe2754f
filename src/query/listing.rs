//! Result tables with rows built on demand: a view provides columns, row count and a row builder; sorting
//! reads the sort keys of all rows, and only the rows sent to the page are fully built.

use std::cmp::Ordering;
use std::ops::Range;

use crate::catalog::dimensions;
use crate::sorting::Sorting;
use crate::state::Sort;
use crate::view_model::{Grid, GridCell};

/// The rows of a view's tables to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// The first rows of every table.
    First(usize),
    /// These rows of the table with this key, and no other tables.
    Of(String, Range<usize>),
}

impl Default for Window {
    fn default() -> Window {
        Window::First(Grid::FIRST_ROWS)
    }
}

/// How much of a row to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Sort keys: values without links.
    Keys,
    /// Complete rows for the page.
    Whole,
}

/// The order and window of a view's tables.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'a> {
    /// The selected order.
    pub sort: Option<&'a Sort>,
    /// The rows sent to the page.
    pub window: &'a Window,
}

impl Layout<'_> {
    /// Lists `items` under the heading of `grid`, whose own rows are ignored: in the selected order, else as given. `row`
    /// builds the cells of one item; with [`Detail::Keys`] it may leave out links.
    pub(crate) fn list<T>(self, mut grid: Grid, items: &[T], row: impl Fn(usize, &T, Detail) -> Vec<GridCell>) -> Grid {
        let mut order: Vec<usize> = (0..items.len()).collect();
        // A table that crosses whole is sorted by the engine.
        let is_whole = matches!(self.window, Window::First(count) if items.len() <= *count);
        let sort = self.sort.filter(|_| !is_whole).and_then(|sort| Some((grid.sorted_column(sort)?, sort)));
        if let Some((column, sort)) = sort {
            let key = |at: &usize| row(*at, &items[*at], Detail::Keys).swap_remove(column).cell.exact;
            let numeric = grid.columns[column].numeric;
            let mut keys: Vec<(usize, String)> = order.iter().map(|at| (*at, key(at))).collect();
            keys.order_by(|(_, a), (_, b)| compare(&grid.columns[column].key, numeric, sort.descending, a, b));
            order = keys.into_iter().map(|(at, _)| at).collect();
        }
        let window = match self.window {
            Window::First(count) => 0..*count,
            Window::Of(key, range) if *key == grid.key => range.clone(),
            Window::Of(..) => 0..0,
        };
        let end = window.end.min(order.len());
        let shown = order.get(window.start.min(end)..end).unwrap_or_default();
        grid.rows = shown.iter().map(|at| row(*at, &items[*at], Detail::Whole)).collect();
        grid.total = items.len();
        grid
    }
}

/// Compares two exact values of a column; empty ones come last in both directions.
pub(crate) fn compare(key: &str, numeric: bool, descending: bool, a: &str, b: &str) -> Ordering {
    let order = match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) if numeric => a.total_cmp(&b),
        _ => dimensions::compare(key, a, b),
    };
    let order = if descending { order.reverse() } else { order };
    a.is_empty().cmp(&b.is_empty()).then(order)
}

/// Sorts a grid with all rows built.
pub(crate) fn sort(grid: &mut Grid, sort: &Sort) {
    let Some(at) = grid.sorted_column(sort) else { return };
    let Grid { columns, rows, .. } = grid;
    let column = &columns[at];
    rows.order_by(|a, b| compare(&column.key, column.numeric, sort.descending, &a[at].cell.exact, &b[at].cell.exact));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::view_model::Column;

    fn heading() -> Grid {
        Grid { key: "list".to_owned(), columns: vec![Column::figure("value", "Value", "")], ..Grid::default() }
    }

    /// Unordered values: 0, 7, 14 … modulo 1,009.
    fn items() -> Vec<f64> {
        (0..1009).map(|at| f64::from(at * 7 % 1009)).collect()
    }

    #[test]
    fn the_worst_of_all_rows_comes_first_and_only_the_window_is_built_whole() {
        let (keys, whole) = (Cell::new(0), Cell::new(0));
        let row = |_: usize, value: &f64, detail: Detail| {
            let count = if detail == Detail::Keys { &keys } else { &whole };
            count.set(count.get() + 1);
            vec![GridCell::figure(Some(*value))]
        };
        let by = Sort { column: "list:value".to_owned(), descending: true };
        let window = Window::First(60);
        let grid = Layout { sort: Some(&by), window: &window }.list(heading(), &items(), row);
        assert_eq!(grid.rows.iter().take(3).map(|row| row[0].cell.exact.as_str()).collect::<Vec<_>>(), ["1008", "1007", "1006"]);
        assert_eq!((grid.total, grid.rows.len(), keys.get(), whole.get()), (1009, 60, 1009, 60));
    }

    #[test]
    fn a_later_window_goes_on_where_the_first_ended() {
        let row = |_: usize, value: &f64, _: Detail| vec![GridCell::figure(Some(*value))];
        let by = Sort { column: "list:value".to_owned(), descending: false };
        let of = |window: Window| Layout { sort: Some(&by), window: &window }.list(heading(), &items(), row).rows;
        let rows = of(Window::Of("list".to_owned(), 60..62));
        assert_eq!(rows.iter().map(|row| row[0].cell.exact.as_str()).collect::<Vec<_>>(), ["60", "61"]);
        assert!(of(Window::Of("other".to_owned(), 0..10)).is_empty());
        assert!(of(Window::Of("list".to_owned(), 2000..2010)).is_empty());
    }
}
