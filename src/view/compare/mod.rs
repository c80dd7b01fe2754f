//! Comparing: selections, releases, models, products, trends and rankings.

pub mod llmd_rhaiis;
pub mod models;
pub mod pairs;
pub mod rankings;
pub mod release_check;
pub mod trends;

use crate::query::context::Context;
use crate::state::ViewState;
use crate::view::contract::View;

/// The view with the verdict, if the loaded files are of a few runs that can be compared.
pub(crate) fn verdict(context: &Context<'_>, state: &ViewState) -> Option<&'static View> {
    pairs::tells(context, state).then_some(&pairs::COMPARE)
}
