//! Explore: curves, frontiers, scenarios and latencies.

pub mod curves;
pub mod latency;
pub mod pareto;
pub mod scenarios;
