//! Input and output of a view.

use std::collections::BTreeMap;

use super::choices::Counted;
use super::colours::Colours;
use super::listing::{Layout, Window};
use crate::record::Kind;
use crate::state::Sort;
use crate::state::settings::Settings;
use crate::table::Table;
use crate::view_model::ViewModel;

/// The input of a view.
pub struct Context<'a> {
    /// The records of all loaded files, joined.
    pub table: &'a Table,
    /// The kind of these records.
    pub kind: Kind,
    /// Records of the additional kinds requested by the view ([`View::extra_kinds`]), if any.
    pub others: BTreeMap<Kind, &'a Table>,
    /// Colours by entity.
    pub colours: &'a mut Colours,
    /// The order of its tables; the state that it gets has none, so that its links are to the view's own order.
    pub sort: Option<&'a Sort>,
    /// Which rows of its tables are built.
    pub window: &'a Window,
    /// Prices, power, releases and links of the deployment, with the user's changes.
    pub settings: &'a Settings,
}

impl Context<'_> {
    /// The order and the window in which tables are shown.
    pub(crate) fn layout(&self) -> Layout<'_> {
        Layout { sort: self.sort, window: self.window }
    }
}

/// The output of a view: the model for the page, and what the engine keeps for later requests.
pub struct Output {
    /// The model drawn by the page, without facets.
    pub model: ViewModel,
    /// The filters, with all their values.
    pub facets: Vec<Counted>,
    /// The rows of the row table, in the view's order.
    pub rows: Vec<usize>,
    /// The rows behind each point: by panel, series and point.
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
}
