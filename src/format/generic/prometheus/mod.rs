//! Metrics of servers and machines in Prometheus' formats: the exposition that a server
//! answers, captures of it, answers of Prometheus' own HTTP API, and tables that Grafana exports.
//!
//! All become samples over time: one record for each moment and each set of labels. The meaning of known metric and label
//! names is in `names` and the catalogue; any other metric keeps its name, any other label becomes a dimension.

mod api;
mod capture;
mod distribution;
mod gather;
mod grafana;
mod line;
mod names;
mod tachometer;
mod text;

pub use api::Api;
pub use capture::Capture;
pub use grafana::Grafana;
pub(in crate::format) use tachometer::Tachometer;
pub use text::Exposition;
