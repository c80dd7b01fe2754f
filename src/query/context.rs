//! What a view works on, and what it gives.

use std::collections::BTreeMap;

use super::colours::Colours;
use super::listing::{Layout, Window};
use crate::record::Kind;
use crate::state::ViewState;
use crate::state::settings::Settings;
use crate::table::Table;
use crate::view_model::ViewModel;

/// What a view works on.
pub struct Context<'a> {
    /// The records of all loaded files, joined.
    pub table: &'a Table,
    /// What they are.
    pub kind: Kind,
    /// The records of the other kinds that the view asks for ([`View::also`]), where there are any.
    pub others: BTreeMap<Kind, &'a Table>,
    /// Which entity has which colour.
    pub colours: &'a mut Colours,
    /// What is typed into a facet's search, by dimension.
    pub searches: &'a BTreeMap<String, String>,
    /// Which rows of its tables are built.
    pub window: &'a Window,
    /// Prices, power, releases and links of the deployment, with what the reader set.
    pub settings: &'a Settings,
}

impl Context<'_> {
    /// The order and the window in which tables are shown.
    pub(crate) fn layout<'b>(&'b self, state: &'b ViewState) -> Layout<'b> {
        Layout { sort: state.sort.as_ref(), window: self.window }
    }
}

/// What a view gives: what the page draws, and what the engine keeps to answer questions about it.
pub struct Shown {
    /// What the page draws.
    pub model: ViewModel,
    /// The rows of the table twin, in its order.
    pub rows: Vec<usize>,
    /// The rows behind each point: by panel, series and point.
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
}
