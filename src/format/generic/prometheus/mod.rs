//! Metrics of servers and machines as Prometheus and what stands around it write them: the exposition that a server
//! answers, captures of it, answers of Prometheus' own HTTP API, and tables that Grafana exports.
//!
//! All become samples over time: one record for each moment and each set of labels. What the names of metrics and labels
//! mean stands in `words`; any other metric keeps its name, any other label is a dimension of its own.

mod api;
mod capture;
mod distribution;
mod gather;
mod grafana;
mod line;
mod tachometer;
mod text;
mod words;

pub use api::Api;
pub use capture::Capture;
pub use grafana::Grafana;
pub(in crate::format) use tachometer::Tachometer;
pub use text::Exposition;
