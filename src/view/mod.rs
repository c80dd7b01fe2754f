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

pub(crate) use compare::verdict;
pub use contract::{About, View};

use compare::{coverage, llmd_rhaiis, overview, pairs, rankings, trends};
use data::{configurations, rows, workloads};
use explore::{curves, latency, pareto, scenarios};
use plan::{cost, energy, planner};
use runs::{benchmarks, list, rate_match, setup};
use server::nodes;

/// Every view, in the order of the tabs.
pub static VIEWS: &[&View] = &[
    &curves::EXPLORE,
    &pareto::PARETO,
    &scenarios::SCENARIOS,
    &latency::LATENCY,
    &overview::OVERVIEW,
    &pairs::COMPARE,
    &trends::TRENDS,
    &rankings::RANKINGS,
    &coverage::COVERAGE,
    &llmd_rhaiis::LLMD_RHAIIS,
    &cost::COST,
    &energy::ENERGY,
    &planner::PLANNER,
    &list::RUNS,
    &nodes::NODES,
    &rate_match::RATE_MATCH,
    &setup::TOPOLOGY,
    &benchmarks::DYNAMO,
    &mlperf::RESULTS,
    &mlperf::COMPARE,
    &mlperf::NORMALISED,
    &mlperf::SCENARIOS,
    &mlperf::ROUNDS,
    &mlperf::SCALING,
    &configurations::CONFIGURATIONS,
    &workloads::WORKLOADS,
    &rows::DATA,
];

/// What every view is, in the order of the tabs: all that the page needs to know of them.
pub static ABOUT: [&About; VIEWS.len()] = {
    let mut about = [VIEWS[0].about; VIEWS.len()];
    let mut at = 0;
    while at < about.len() {
        about[at] = VIEWS[at].about;
        at += 1;
    }
    about
};

/// What the view with this id is.
pub fn about(id: &str) -> Option<&'static About> {
    ABOUT.into_iter().find(|about| about.id == id)
}

/// The view with this id.
pub fn by_id(id: &str) -> Option<&'static View> {
    VIEWS.iter().copied().find(|view| view.about.id == id)
}

/// The view that is shown where a link names none that this program has.
pub fn fallback() -> &'static View {
    &curves::EXPLORE
}

/// In a request, the name of the view that answers first: the [`verdict`], if there can be one, else the [`fallback`].
pub const FIRST: &str = "first";
