//! The tabs of the navigation, in their order: all of them are always in sight, at the same place.

use super::contract::Tab;

pub(super) static EXPLORE: Tab = Tab::new("Explore");
pub(super) static PARETO: Tab = Tab::new("Pareto");
pub(super) static REQUESTS: Tab = Tab::new("Requests");
pub(super) static COMPARE: Tab = Tab::group("Compare");
pub(super) static TRENDS: Tab = Tab::new("Trends");
pub(super) static RANKINGS: Tab = Tab::new("Rankings");
pub(super) static CAPACITY: Tab = Tab::group("Capacity & cost");
pub(super) static RUNS: Tab = Tab::group("Runs");
pub(super) static SERVER: Tab = Tab::new("Server");
pub(super) static MLPERF: Tab = Tab::group("MLPerf");
pub(super) static DATA: Tab = Tab::group("Data");
