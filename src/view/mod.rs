//! Views: tables and a state in, a [`ViewModel`](crate::view_model::ViewModel) out. One file or folder per view, one line
//! each in [`VIEWS`]. The navigation has a tab for each purpose, with one view or several modes.
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
mod tabs;

pub(crate) use compare::verdict;
pub use contract::{About, Tab, View};

use compare::{llmd_rhaiis, models, pairs, rankings, release_check, trends};
use data::{configurations, coverage, rows, traces, workloads};
use explore::{curves, disaggregation, dynamo, latency, pareto, requests};
use plan::{cost, energy, planner, what_if};
use runs::{balance, configuration, list, timeline};
use server::{diagnosis, gpus, metrics};

/// Every view, in the order of the tabs and of their modes. The first mode of a tab is the one that its id leads to.
pub static VIEWS: &[&View] = &[
    &curves::CURVES,
    &latency::LATENCY,
    &dynamo::DYNAMO,
    &pareto::PARETO,
    &disaggregation::DISAGGREGATION,
    &requests::REQUESTS,
    &pairs::COMPARE,
    &release_check::RELEASE_CHECK,
    &models::MODELS,
    &llmd_rhaiis::LLMD_RHAIIS,
    &trends::TRENDS,
    &rankings::RANKINGS,
    &cost::COST,
    &what_if::WHAT_IF,
    &energy::ENERGY,
    &planner::PLANNER,
    &list::RUNS,
    &configuration::CONFIGURATION,
    &timeline::TIMELINE,
    &balance::BALANCE,
    &diagnosis::DIAGNOSIS,
    &metrics::METRICS,
    &gpus::GPUS,
    &mlperf::RESULTS,
    &mlperf::COMPARE,
    &mlperf::NORMALISED,
    &mlperf::SCENARIOS,
    &mlperf::ROUNDS,
    &mlperf::SCALING,
    &rows::DATA,
    &workloads::WORKLOADS,
    &traces::TRACES,
    &configurations::CONFIGURATIONS,
    &coverage::COVERAGE,
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
    &curves::CURVES
}

/// The view of traces.
pub const TRACES: &str = "data/traces";

/// The first view of servers, and the beginning of the names of all.
pub const SERVER: &str = "server";

/// The view of what servers report over time.
pub const SERVER_METRICS: &str = "server/metrics";
/// The view of GPUs.
pub const GPUS: &str = "server/gpus";

/// In a request, the name of the view that answers first: the [`verdict`], if there can be one, that of servers or of GPUs where
/// nothing else is loaded, else the [`fallback`].
pub const FIRST: &str = "first";
