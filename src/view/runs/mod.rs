//! Run folders: list, set-up, prefill/decode balance, benchmark trees.

pub mod benchmarks;
pub mod list;
pub mod rate_match;
pub mod setup;
