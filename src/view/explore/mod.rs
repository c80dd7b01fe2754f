//! Explore, Pareto and Requests: curves, latencies, Dynamo's benchmarks, frontiers, single requests.

pub mod curves;
pub mod disaggregation;
pub mod dynamo;
pub mod latency;
pub mod pareto;
pub mod requests;

use crate::catalog::metrics;
use crate::record::Stat;
use crate::table::Table;
use crate::view_model::AxisModel;

/// The latencies, in the order of a request's life.
const LATENCIES: [&str; 4] = ["ttft", "tpot", "itl", "e2el"];

/// Whether any row has the metric.
fn has(table: &Table, rows: &[usize], metric: &str, stat: Stat) -> bool {
    table.figures(metric, stat).is_some_and(|column| rows.iter().any(|row| column.get(*row).is_some()))
}

/// An axis of a metric of single requests.
fn metric_axis(metric: &str) -> AxisModel {
    AxisModel::own(metrics::label(metric), metrics::metric(metric).map_or("", |row| row.unit), None)
}
