//! Run folders: the list, set-up, balance of prefill and decode, benchmark trees.

pub mod benchmarks;
pub mod list;
pub mod rate_match;
pub mod setup;
