//! The loaded data: rows, configurations, workloads.

pub mod configurations;
pub mod rows;
pub mod workloads;
