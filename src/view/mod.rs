//! Views: tables and a state in, a [`ViewModel`] out. One file per view, one line each in [`VIEWS`].
//!
//! A view knows no pixel and no DOM: it says what is shown, in words and numbers, and the page draws it.

mod axes;
mod colours;
mod explore;
mod facets;
mod identity;
mod model;
mod twin;

pub use colours::Colours;
pub use model::*;

use crate::record::Kind;
use crate::state::ViewState;
use crate::table::Table;

/// What a view works on.
pub struct Context<'a> {
    /// The records of all loaded files, joined.
    pub table: &'a Table,
    /// What they are.
    pub kind: Kind,
    /// Which entity has which colour.
    pub colours: &'a mut Colours,
    /// What is typed into a facet's search, by dimension.
    pub searches: &'a std::collections::BTreeMap<String, String>,
}

/// One way of looking at the data.
pub trait View: Sync {
    /// Name in links.
    fn id(&self) -> &'static str;
    /// Name on its tab.
    fn label(&self) -> &'static str;
    /// What it is for, in one sentence: the tab's tooltip and the palette's help.
    fn purpose(&self) -> &'static str;
    /// The state with everything that was left to the data decided, the picture, and what stands behind each of its points.
    fn show(&self, context: &mut Context<'_>, state: &ViewState) -> Shown;
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

/// Every view, in the order of the tabs.
pub static VIEWS: &[&dyn View] = &[&explore::Explore];

/// The view with this id.
pub fn by_id(id: &str) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.id() == id)
}

pub use identity::point_card;
pub use twin::{cells, columns};
