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

pub(in crate::format) use api::API;
pub(in crate::format) use capture::CAPTURE;
pub(in crate::format) use grafana::GRAFANA;
pub(in crate::format) use tachometer::Tachometer;
pub(in crate::format) use text::EXPOSITION;
