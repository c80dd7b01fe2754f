//! Views: tables and a state in, a [`ViewModel`](crate::view_model::ViewModel) out. One file or folder per view, one line
//! each in [`VIEWS`]; the rooms are those of the navigation.
//!
//! A view knows no pixel and no DOM, and neither sorts nor cuts its tables: it states what is shown, in words and numbers.

mod compare;
mod contract;
mod data;
mod explore;
mod mlperf;
mod plan;
mod runs;
mod server;

pub use contract::View;

use compare::{coverage, llmd_rhaiis, overview, pairs, rankings, trends};
use data::{configurations, rows, workloads};
use explore::{curves, latency, pareto, scenarios};
use plan::{cost, energy, planner};
use runs::{benchmarks, list, rate_match, setup};
use server::nodes;

/// Every view, in the order of the tabs.
pub static VIEWS: &[&dyn View] = &[
    &curves::Explore,
    &pareto::Pareto,
    &scenarios::Scenarios,
    &latency::Latency,
    &overview::Overview,
    &pairs::Compare,
    &trends::Trends,
    &rankings::Rankings,
    &coverage::Coverage,
    &llmd_rhaiis::LlmdRhaiis,
    &cost::Cost,
    &energy::Energy,
    &planner::Planner,
    &list::Runs,
    &nodes::Nodes,
    &rate_match::RateMatch,
    &setup::Topology,
    &benchmarks::Dynamo,
    &mlperf::Results,
    &mlperf::Compare,
    &mlperf::Normalised,
    &mlperf::Scenarios,
    &mlperf::Rounds,
    &mlperf::Scaling,
    &configurations::Configurations,
    &workloads::Workloads,
    &rows::Data,
];

/// The view with this id.
pub fn by_id(id: &str) -> Option<&'static dyn View> {
    VIEWS.iter().copied().find(|view| view.id() == id)
}

/// The view that is shown where a link names none that this program has.
pub fn fallback() -> &'static dyn View {
    &curves::Explore
}
