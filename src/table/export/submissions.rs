//! Published results (MLPerf) as a compact table of our own: what the page ships, and what `format::mlperf` reads back.

use crate::catalog::submissions::{COLUMNS, VALUE};
use crate::record::Stat;
use crate::table::Table;
use crate::table::export::defused;

use super::consolidated::written;

/// A table of submissions as text; a row without a figure is left out.
pub fn submissions(table: &Table) -> String {
    let header = COLUMNS.iter().map(|(name, _)| *name).collect();
    let rows: Vec<Vec<String>> = (0..table.rows())
        .filter_map(|row| {
            let figure = |metric: &str| table.figures(metric, Stat::Mean)?.get(row);
            let value = figure("result").or_else(|| figure("result_latency"))?;
            let cell = |(name, key): &(&str, &str)| {
                if *name == VALUE {
                    return value.to_string();
                }
                let text = table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
                defused(text).into_owned()
            };
            Some(COLUMNS.iter().map(cell).collect())
        })
        .collect();
    let lines = rows.iter().map(|row| row.iter().map(String::as_str).collect());
    written(b',', "\n", std::iter::once(header).chain(lines))
}
