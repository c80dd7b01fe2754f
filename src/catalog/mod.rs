//! Domain knowledge: metrics and their definitions, dimensions, workload profiles, accelerators, version order, numbers,
//! instants.
//!
//! Data, not code: to add a metric, a dimension, an accelerator or a profile, add a row. This room knows no file and no
//! view. A name without a row (an unknown column) is still data: it appears under its own name, without a unit.

pub mod accelerators;
pub mod benchmarks;
pub mod consolidated;
pub mod defaults;
pub mod dimensions;
pub mod exports;
pub mod folders;
pub mod formulas;
pub mod headings;
pub mod instant;
pub mod jobs;
pub mod markdown;
mod metric;
pub mod metrics;
pub mod models;
pub mod number;
pub mod precisions;
pub mod profiles;
pub mod schema;
pub mod secrets;
pub mod server_counters;
pub mod server_metrics;
pub mod server_panels;
pub mod spellings;
pub mod stats;
pub mod submissions;
pub mod units;
pub mod versions;

pub use dimensions::{DIMENSIONS, Dimension, Order, Role};
pub use metrics::{Better, Derive, METRICS, Metric, Shape};
