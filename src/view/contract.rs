//! What a view must be.

use crate::query::context::{Context, Output};
use crate::record::Kind;
use crate::state::ViewState;

/// One way of looking at the data.
pub struct View {
    /// What it is.
    pub about: &'static About,
    /// Its picture of some tables: the state with all that was left to the data decided, the model, and the rows behind
    /// each point. A state's zoom and order are applied to it later, unless the view [resamples](About::resamples).
    pub show: fn(&mut Context<'_>, &ViewState) -> Output,
}

/// What a view is: its names, its place, and the records that it needs.
pub struct About {
    /// Name in links.
    pub id: &'static str,
    /// Name on its tab.
    pub label: &'static str,
    /// The group of views that it belongs to: views of one group stand together.
    pub group: &'static str,
    /// What it is for, in one sentence: the tab's tooltip and the palette's help.
    pub purpose: &'static str,
    /// The kind of records that it is about; `None` for a view of any kind, which the reader chooses.
    pub kind: Option<Kind>,
    /// For a view without a kind of its own: the kinds that can feed it, the best first; nothing means any kind. Until the
    /// reader chooses, the best that is loaded is shown.
    pub accepted_kinds: &'static [Kind],
    /// Further kinds of records that it looks at.
    pub extra_kinds: &'static [Kind],
    /// Whether its charts have more detail in a zoom, so that it must be run again for each.
    pub resamples: bool,
    /// Whether its lines and panels can be split by dimensions that the reader chooses.
    pub splits: bool,
}

impl About {
    /// A view of measurements and nothing else, without names.
    pub(crate) const MEASUREMENTS: About = About {
        id: "",
        label: "",
        group: "",
        purpose: "",
        kind: Some(Kind::Measurement),
        accepted_kinds: &[],
        extra_kinds: &[],
        resamples: false,
        splits: false,
    };
}
