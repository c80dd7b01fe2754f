//! What servers report over time.

pub mod nodes;
