//! What a view must be.

use crate::query::context::{Context, Shown};
use crate::record::Kind;
use crate::state::ViewState;

/// One way of looking at the data.
pub trait View: Sync {
    /// Name in links.
    fn id(&self) -> &'static str;
    /// Name on its tab.
    fn label(&self) -> &'static str;
    /// The group of views that it belongs to: views of one group stand together.
    fn group(&self) -> &'static str;
    /// What it is for, in one sentence: the tab's tooltip and the palette's help.
    fn purpose(&self) -> &'static str;
    /// The kind of records that it is about; `None` for a view of any kind, which the reader chooses.
    fn kind(&self) -> Option<Kind> {
        Some(Kind::Measurement)
    }
    /// For a view without a kind of its own: the kinds that can feed it, the best first; nothing means any kind. Until the
    /// reader chooses, the best that is loaded is shown.
    fn accepted_kinds(&self) -> &'static [Kind] {
        &[]
    }
    /// Further kinds of records that it looks at.
    fn extra_kinds(&self) -> &'static [Kind] {
        &[]
    }
    /// The state with everything that was left to the data decided, the picture, and what stands behind each of its points.
    fn show(&self, context: &mut Context<'_>, state: &ViewState) -> Shown;
}
