//! The loaded data: rows, workloads, configurations, coverage.

pub mod configurations;
pub mod coverage;
pub mod rows;
pub mod workloads;
