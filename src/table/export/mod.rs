//! A table as a file: CSV, JSON, Parquet and Arrow with canonical column names, and tab-separated cells for the clipboard.

mod columnar;
pub mod consolidated;
mod submissions;
mod text;

pub use columnar::{arrow, parquet};
pub use submissions::submissions;
pub use text::{cells, csv, defused, heading, json};

use super::Table;
use crate::catalog::metrics;
use crate::record::{Kind, Stat};

/// Identity columns that always stand first, in this order, whether or not any row has them.
const LEADING: [&str; 12] =
    ["path", "tool", "model", "accelerator", "version", "tp", "dp", "gpus", "isl", "osl", "load_kind", "load"];

/// What a column of a file shows.
enum Column<'a> {
    Dimension(&'a str),
    /// What the row is, where it is no measurement.
    Record,
    Load,
    Figure(&'a str, Stat),
    Place,
}

/// The columns of a table, by the names that they have in files.
fn columns(table: &Table) -> Vec<(String, Column<'_>)> {
    let column = |key: &'static str| if key == "load" { Column::Load } else { Column::Dimension(key) };
    let mut columns: Vec<(String, Column<'_>)> = LEADING.iter().map(|key| ((*key).to_owned(), column(key))).collect();
    for key in table.dimension_keys() {
        if !LEADING.contains(&key) {
            columns.push((key.to_owned(), Column::Dimension(key)));
        }
    }
    if table.kind() != Kind::Measurement {
        columns.push(("record".to_owned(), Column::Record));
    }
    for (metric, stat) in table.figure_keys() {
        let name = match metrics::metric(metric) {
            Some(metric) => metric.column_name(stat),
            None if stat == Stat::Mean => metric.to_owned(),
            None => format!("{metric}_{}", stat.key()),
        };
        columns.push((name, Column::Figure(metric, stat)));
    }
    columns.push(("place".to_owned(), Column::Place));
    columns
}
