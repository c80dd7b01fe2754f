//! Published results (MLPerf) as a compact table of our own: what the page ships, and what `format::mlperf` reads back.

use crate::record::Stat;
use crate::table::Table;
use crate::table::export::defused;

use super::existing::written;

/// Columns and the dimensions that they hold.
const BEFORE: [(&str, &str); 13] = [
    ("round", "round"),
    ("id", "public_id"),
    ("organization", "organization"),
    ("availability", "availability"),
    ("system", "system"),
    ("nodes", "nodes"),
    ("accelerators", "gpus"),
    ("accelerators_per_node", "accelerators_per_node"),
    ("accelerator", "accelerator"),
    ("processor", "processor"),
    ("model", "model"),
    ("scenario", "scenario"),
    ("unit", "unit"),
];

/// The column of figures: throughputs, or latencies in seconds, as the unit says.
const VALUE: &str = "value";

/// Columns after the figure: what was corrected of it.
const AFTER: [(&str, &str); 2] = [("printed_unit", "printed_unit"), ("correction", "correction")];

/// A table of submissions as text; a row without a figure is left out.
pub fn submissions(table: &Table) -> String {
    let header = BEFORE.iter().map(|(name, _)| *name).chain([VALUE]).chain(AFTER.iter().map(|(name, _)| *name)).collect();
    let rows: Vec<Vec<String>> = (0..table.rows())
        .filter_map(|row| {
            let figure = |metric: &str| table.figures(metric, Stat::Mean)?.get(row);
            let value = figure("result").or_else(|| figure("result_latency"))?;
            let text = |(_, key): &(&str, &str)| {
                let text = table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
                defused(text).into_owned()
            };
            Some(BEFORE.iter().map(text).chain([value.to_string()]).chain(AFTER.iter().map(text)).collect())
        })
        .collect();
    let lines = rows.iter().map(|row| row.iter().map(String::as_str).collect());
    written(b',', false, std::iter::once(header).chain(lines))
}
