//! The data themselves: rows, configurations, workloads.

pub mod configurations;
pub mod rows;
pub mod workloads;
