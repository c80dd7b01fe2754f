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
#[derive(Debug, PartialEq)]
pub struct About {
    /// Name in links: the tab, or the tab and the mode, as in `compare/release-check`.
    pub id: &'static str,
    /// The tab that it belongs to.
    pub tab: &'static Tab,
    /// Name among the modes of its tab.
    pub label: &'static str,
    /// What it is for, in one sentence: its tooltip and the palette's help.
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

/// A place in the navigation. It shows one view, or one of several modes.
#[derive(Debug, PartialEq, Eq)]
pub struct Tab {
    /// Name on the page.
    pub label: &'static str,
    /// Whether a line separates it from the tab before.
    pub starts_group: bool,
}

impl Tab {
    /// A tab beside the one before.
    pub(crate) const fn new(label: &'static str) -> Tab {
        Tab { label, starts_group: false }
    }

    /// The first tab of a group.
    pub(crate) const fn group(label: &'static str) -> Tab {
        Tab { label, starts_group: true }
    }
}

impl About {
    /// The name outside of its tab, in titles and in the palette.
    pub fn name(&self) -> String {
        if self.id.contains('/') { format!("{}: {}", self.tab.label, self.label) } else { self.tab.label.to_owned() }
    }

    /// A view of measurements and nothing else, without names.
    pub(crate) const MEASUREMENTS: About = About {
        id: "",
        tab: &Tab::new(""),
        label: "",
        purpose: "",
        kind: Some(Kind::Measurement),
        accepted_kinds: &[],
        extra_kinds: &[],
        resamples: false,
        splits: false,
    };
}
