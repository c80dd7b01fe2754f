//! Input and output of a view.

use std::collections::BTreeMap;

use super::colours::Colours;
use super::listing::{Layout, Window};
use crate::record::Kind;
use crate::state::ViewState;
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
    /// Search texts of facets, by dimension.
    pub searches: &'a BTreeMap<String, String>,
    /// Which rows of its tables are built.
    pub window: &'a Window,
    /// Prices, power, releases and links of the deployment, with the user's changes.
    pub settings: &'a Settings,
}

impl Context<'_> {
    /// The order and the window in which tables are shown.
    pub(crate) fn layout<'b>(&'b self, state: &'b ViewState) -> Layout<'b> {
        Layout { sort: state.sort.as_ref(), window: self.window }
    }
}

/// The output of a view: the model for the page, and row indices kept by the engine for later requests.
pub struct Shown {
    /// The model drawn by the page.
    pub model: ViewModel,
    /// The rows of the row table, in order.
    pub rows: Vec<usize>,
    /// The rows behind each point: by panel, series and point.
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
}
