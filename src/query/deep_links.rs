//! Links from one view to another that keep SLO and options, and narrow the filters to
//! the identity of a measurement.

use std::collections::BTreeSet;

use super::groups;
use crate::state::{ViewState, link};
use crate::table::Table;

/// Links to measurements, narrowed by some dimensions.
pub(crate) struct DeepLinks<'a> {
    table: &'a Table,
    state: &'a ViewState,
    by: Vec<&'a str>,
}

impl<'a> DeepLinks<'a> {
    /// Narrows by those of the dimensions that differ within the table.
    pub(crate) fn new(table: &'a Table, state: &'a ViewState, by: &[&'a str]) -> DeepLinks<'a> {
        DeepLinks { table, state, by: by.iter().copied().filter(|key| groups::differs(table, 0..table.rows(), key)).collect() }
    }

    /// Link to a view of the measurements like this row.
    pub(crate) fn to(&self, view: &str, row: usize) -> String {
        link::encode(&self.target(view, row))
    }

    /// The state behind [`DeepLinks::to`], for further narrowing.
    pub(crate) fn target(&self, view: &str, row: usize) -> ViewState {
        let mut target = self.state.clone();
        target.show_view(view);
        for key in &self.by {
            let value = self.table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
            target.choose(key, BTreeSet::from([value.to_owned()]));
        }
        target
    }
}
