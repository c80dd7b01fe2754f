//! The loaded data: rows, workloads, traces, configurations, coverage.

pub mod configurations;
pub mod coverage;
pub mod rows;
pub mod traces;
pub mod workloads;
