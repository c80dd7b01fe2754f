//! Formats of no single tool: tables of columns, mapped tables, lists of token lengths, request traces, Prometheus.

pub(super) mod columnar;
pub(super) mod lengths;
pub mod mapped;
pub mod picked;
pub(super) mod prometheus;
pub mod recency;
pub mod requests;
pub(super) mod trace;
pub(super) mod trace_csv;
