//! The values of an axis by row: loads, metrics, or numeric dimensions.

use crate::record::Stat;
use crate::state::Axis;
use crate::table::{Dimension, Figures, Table};

/// The value of an axis for a row. Falls back to a numeric dimension of the same name.
pub(crate) fn value(table: &Table, axis: &Axis, row: usize) -> Option<f64> {
    Values::of(table, axis)?.get(row)
}

/// The values of an axis; its column is looked up once.
pub(crate) enum Values<'a> {
    /// Loads of one kind, with the code of the kind.
    Loads(Figures<'a>, Dimension<'a>, u32),
    /// Figures.
    Figures(Figures<'a>),
    /// A numeric dimension.
    Numbers(Dimension<'a>),
}

impl<'a> Values<'a> {
    /// The values of an axis; `None` if no row can have one.
    pub(crate) fn of(table: &'a Table, axis: &Axis) -> Option<Values<'a>> {
        Some(match axis {
            Axis::Load(kind) => {
                let kinds = table.dimension("load_kind")?;
                Values::Loads(table.load()?, kinds, kinds.find(kind.key())?)
            }
            Axis::Figure { metric, stat } => match table.figures(metric, *stat) {
                Some(figures) => Values::Figures(figures),
                None => Values::Numbers(table.dimension(metric).filter(|_| *stat == Stat::Mean)?),
            },
        })
    }

    /// The row's value.
    pub(crate) fn get(&self, row: usize) -> Option<f64> {
        match self {
            Values::Loads(loads, kinds, kind) => loads.get(row).filter(|_| kinds.code(row) == Some(*kind)),
            Values::Figures(figures) => figures.get(row),
            Values::Numbers(column) => column.number(row),
        }
    }

    /// Number of rows with a value.
    pub(crate) fn present(&self, rows: &[usize]) -> usize {
        let Values::Numbers(column) = self else { return rows.iter().filter(|row| self.get(**row).is_some()).count() };
        // Each distinct text is parsed once.
        let numbers: Vec<bool> = (0..column.cardinality() as u32).map(|code| column.value(code).parse::<f64>().is_ok()).collect();
        let is = |row: &&usize| column.code(**row).and_then(|code| numbers.get(code as usize)).copied().unwrap_or_default();
        rows.iter().filter(is).count()
    }
}
