//! The tables of a view: columns, cells, and grids of results.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{RowEntry, Tone};
use crate::catalog::number;
use crate::state::Sort;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Key in links and exports.
    pub key: String,
    /// Label on the page.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// Whether values are numeric: right-aligned, sorted as numbers.
    pub numeric: bool,
    /// Whether the page shows its milliseconds as seconds, because some are ten seconds or more. Copies and exports keep them.
    #[serde(default)]
    pub in_seconds: bool,
}

impl Column {
    /// A text column.
    pub(crate) fn text(key: &str, label: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: String::new(), numeric: false, in_seconds: false }
    }

    /// A numeric column.
    pub(crate) fn figure(key: &str, label: &str, unit: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: unit.to_owned(), numeric: true, in_seconds: false }
    }

    /// The unit in which the page shows it.
    pub fn shown_unit(&self) -> &str {
        if self.in_seconds { "s" } else { &self.unit }
    }

    /// The text of a cell on the page. What is no plain number of milliseconds says its unit itself.
    pub fn shown<'c>(&self, cell: &'c Cell) -> Cow<'c, str> {
        if !self.in_seconds || cell.text.is_empty() {
            return Cow::Borrowed(&cell.text);
        }
        match cell.plain() {
            Some(value) => Cow::Owned(number::column(value / 1000.0)),
            None => Cow::Owned(format!("{} {}", cell.text, self.unit)),
        }
    }

    /// The exact value of a cell as the page tells it: with the unit, where the column is shown in another.
    pub fn exact<'c>(&self, cell: &'c Cell) -> Cow<'c, str> {
        if self.in_seconds && !cell.exact.is_empty() {
            Cow::Owned(format!("{} {}", cell.exact, self.unit))
        } else {
            Cow::Borrowed(&cell.exact)
        }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Displayed text; empty if missing.
    pub text: String,
    /// Exact value, for copies and exports.
    pub exact: String,
}

impl Cell {
    /// The value of a cell that shows a number and nothing else.
    fn plain(&self) -> Option<f64> {
        self.exact.parse().ok().filter(|value| number::column(*value) == self.text)
    }
}

/// A table of a view's results; each cell may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Key in links and file names: letters and hyphens.
    pub key: String,
    /// Heading.
    pub title: String,
    /// Note on its content and basis.
    pub note: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each with a cell for every column: all of them, or the first.
    pub rows: Vec<Vec<GridCell>>,
    /// How many rows there are in all; 0 where `rows` has them all.
    pub total: usize,
    /// A row in which another one is entered.
    pub entry: Option<RowEntry>,
}

/// A cell of a grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GridCell {
    /// Displayed text and exact value.
    pub cell: Cell,
    /// Its verdict.
    pub tone: Tone,
    /// Tooltip.
    pub hint: String,
    /// Link target: a query string, a full address of another site, or a log
    /// ([`super::log::link`]).
    pub link: Option<String>,
    /// Target for edits: a query string with `{value}` as placeholder for the input.
    pub edit: Option<String>,
}

impl GridCell {
    /// A text.
    pub fn text(text: impl Into<String>) -> GridCell {
        let text = text.into();
        GridCell { cell: Cell { exact: text.clone(), text }, ..GridCell::default() }
    }

    /// A displayed number with its exact value.
    pub fn number(shown: impl Into<String>, value: f64) -> GridCell {
        GridCell { cell: Cell { text: shown.into(), exact: crate::catalog::number::exact(value) }, ..GridCell::default() }
    }

    /// An optional number with seven digits, without unit (see the column heading).
    pub fn figure(value: Option<f64>) -> GridCell {
        value.map_or_else(GridCell::default, |value| GridCell::number(crate::catalog::number::column(value), value))
    }

    /// Sets the tone.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> GridCell {
        self.tone = tone;
        self
    }

    /// Sets the tooltip.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> GridCell {
        self.hint = hint.into();
        self
    }

    /// Makes the cell editable.
    #[must_use]
    pub fn editable(mut self, edit: impl Into<String>) -> GridCell {
        self.edit = Some(edit.into());
        self
    }

    /// Makes the cell a link.
    #[must_use]
    pub fn linked(mut self, link: impl Into<String>) -> GridCell {
        self.link = Some(link.into());
        self
    }
}

impl Grid {
    /// Rows sent with the view model; the page requests others on scrolling.
    pub const FIRST_ROWS: usize = 60;

    /// The column that a sort, written `<grid>:<column>`, is about; `None` for a sort of another table.
    pub fn sorted_column(&self, sort: &Sort) -> Option<usize> {
        let key = sort.column.strip_prefix(&self.key)?.strip_prefix(':')?;
        self.columns.iter().position(|column| column.key == key)
    }

    /// Shows columns of plain milliseconds in seconds, where some are ten seconds or more.
    pub fn show_long_in_seconds(&mut self) {
        for (at, column) in self.columns.iter_mut().enumerate().filter(|(_, column)| column.unit == "ms") {
            let mut cells =
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| &cell.cell).filter(|cell| !cell.text.is_empty());
            let is_long = |cell: &Cell| cell.plain().is_some_and(|value| value >= number::LONG_MS);
            column.in_seconds = cells.clone().all(|cell| cell.plain().is_some()) && cells.any(is_long);
        }
    }

    /// Keeps the first rows, where all are there, and states how many there are.
    pub fn fold(&mut self) {
        self.total = self.total.max(self.rows.len());
        self.rows.truncate(Grid::FIRST_ROWS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_with_long_durations_is_shown_in_seconds_and_exported_as_it_is() {
        let column = || Column::figure("ttft", "TTFT", "ms");
        let cells = |values: &[Option<f64>]| values.iter().map(|value| vec![GridCell::figure(*value)]).collect::<Vec<_>>();
        let mut grid = Grid { columns: vec![column()], rows: cells(&[Some(412.5), None, Some(35_012.25)]), ..Grid::default() };
        grid.show_long_in_seconds();
        let [column] = &grid.columns[..] else { panic!("one column") };
        let shown: Vec<_> = grid.rows.iter().map(|row| (column.shown(&row[0].cell), column.exact(&row[0].cell))).collect();
        assert_eq!(shown, [("0.4125".into(), "412.5 ms".into()), ("".into(), "".into()), ("35.01".into(), "35012.25 ms".into())]);
        assert_eq!((column.shown_unit(), column.unit.as_str()), ("s", "ms"));
        assert_eq!(grid.rows[2][0].cell.exact, "35012.25");
        let mut short =
            Grid { columns: vec![Column::figure("ttft", "TTFT", "ms")], rows: cells(&[Some(9_999.0)]), ..Grid::default() };
        short.show_long_in_seconds();
        assert!(!short.columns[0].in_seconds);
        let mut words = Grid {
            columns: vec![Column::figure("ttft", "TTFT", "ms")],
            rows: vec![vec![GridCell::number("35 s", 35_000.0)]],
            ..Grid::default()
        };
        words.show_long_in_seconds();
        assert!(!words.columns[0].in_seconds, "what has its unit keeps it");
    }

    #[test]
    fn a_long_grid_crosses_with_its_first_rows_and_its_total() {
        for (rows, first) in [(3, 3), (Grid::FIRST_ROWS + 5, Grid::FIRST_ROWS)] {
            let mut grid = Grid { rows: vec![Vec::new(); rows], ..Grid::default() };
            grid.fold();
            assert_eq!((grid.total, grid.rows.len()), (rows, first));
        }
    }
}
