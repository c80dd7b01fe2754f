//! Run folders: the list, and what a run's page shows: configuration, timeline, prefill/decode balance.

pub mod balance;
pub mod configuration;
pub mod list;
pub mod timeline;
