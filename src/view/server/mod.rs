//! Server metrics over time.

pub mod nodes;
