//! The tables of a view: columns, cells, and grids of results.

use serde::{Deserialize, Serialize};

use super::Tone;
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
}

impl Column {
    /// A text column.
    pub(crate) fn text(key: &str, label: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: String::new(), numeric: false }
    }

    /// A numeric column.
    pub(crate) fn figure(key: &str, label: &str, unit: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: unit.to_owned(), numeric: true }
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
    fn a_long_grid_crosses_with_its_first_rows_and_its_total() {
        for (rows, first) in [(3, 3), (Grid::FIRST_ROWS + 5, Grid::FIRST_ROWS)] {
            let mut grid = Grid { rows: vec![Vec::new(); rows], ..Grid::default() };
            grid.fold();
            assert_eq!((grid.total, grid.rows.len()), (rows, first));
        }
    }
}
