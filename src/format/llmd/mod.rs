//! What llm-d and llm-d-benchmark write: benchmark reports, deployments, the scheduler's configuration, sweep tables.

pub(super) mod deployment;
pub(super) mod report;
pub(super) mod scheduler;
pub(super) mod sweep;
