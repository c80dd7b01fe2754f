//! Where a figure of one view is seen in another: links that keep service level and options, and narrow the filters to
//! what a measurement is.

use std::collections::BTreeSet;

use super::groups;
use crate::state::{ViewState, link};
use crate::table::Table;

/// Links to measurements by some dimensions.
pub(crate) struct Leads<'a> {
    table: &'a Table,
    state: &'a ViewState,
    by: Vec<&'a str>,
}

impl<'a> Leads<'a> {
    /// By those of the dimensions that tell measurements of the table apart.
    pub(crate) fn new(table: &'a Table, state: &'a ViewState, by: &[&'a str]) -> Leads<'a> {
        Leads { table, state, by: by.iter().copied().filter(|key| groups::differs(table, 0..table.rows(), key)).collect() }
    }

    /// The view over what is like this row.
    pub(crate) fn to(&self, view: &str, row: usize) -> String {
        link::encode(&self.target(view, row))
    }

    /// The same, to be narrowed further.
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
