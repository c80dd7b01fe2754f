//! Views: tables and a state in, a [`ViewModel`] out. One file per view, one line each in [`VIEWS`].
//!
//! A view knows no pixel and no DOM: it says what is shown, in words and numbers, and the page draws it.

mod axes;
mod basis;
mod colours;
mod compare;
mod configurations;
mod cost;
mod data;
mod drawing;
mod dynamo;
mod energy;
mod explore;
mod facets;
mod frame;
pub mod gate;
mod identity;
mod latency;
mod layout;
mod lead;
mod lines;
mod llmd_rhaiis;
pub mod log;
mod mlperf;
mod model;
mod nodes;
mod operating;
mod overview;
mod pairing;
mod pareto;
mod parts;
mod planned;
mod planner;
mod rankings;
mod rate_match;
mod runs;
mod scenarios;
mod score;
mod sides;
mod standing;
mod topology;
mod trends;
mod twin;
mod workloads;
mod yardsticks;

pub use colours::Colours;
pub use explore::Explore;
pub use model::*;
pub use nodes::{NodeSeries, SeriesCell, workers};
pub use parts::{Card, Choice, Control, Entry, Evidence, Grid, GridCell, Tone};

use std::collections::BTreeMap;

use crate::record::Kind;
use crate::state::ViewState;
use crate::state::settings::Settings;
use crate::table::Table;

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
    /// Prices, power, releases and links of the deployment, with what the reader set.
    pub settings: &'a Settings,
}

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
    fn feeds(&self) -> &'static [Kind] {
        &[]
    }
    /// Further kinds of records that it looks at.
    fn also(&self) -> &'static [Kind] {
        &[]
    }
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
pub static VIEWS: &[&dyn View] = &[
    &Explore,
    &pareto::Pareto,
    &scenarios::Scenarios,
    &latency::Latency,
    &overview::Overview,
    &compare::Compare,
    &trends::Trends,
    &rankings::Rankings,
    &llmd_rhaiis::LlmdRhaiis,
    &cost::Cost,
    &energy::Energy,
    &planner::Planner,
    &runs::Runs,
    &nodes::Nodes,
    &rate_match::RateMatch,
    &topology::Topology,
    &dynamo::Dynamo,
    &mlperf::Results,
    &mlperf::Compare,
    &mlperf::Normalised,
    &mlperf::Scenarios,
    &mlperf::Rounds,
    &mlperf::Scaling,
    &configurations::Configurations,
    &workloads::Workloads,
    &data::Data,
];

/// The view with this id.
pub fn by_id(id: &str) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.id() == id)
}

pub use identity::point_card;
pub use twin::{cells, columns};
