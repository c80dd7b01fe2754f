//! Joining the tables of many files into one: columns by name, dictionaries merged, absent columns null.

use arrow::array::ArrayRef;

use super::builder::{NumberColumn, TextColumn};
use super::{DIMENSION, KEY, LINE, LOAD, METRIC, Table};
use crate::record::Stat;

/// One table with the rows of all, in their order.
pub fn concat(tables: &[&Table]) -> Table {
    if let [only] = tables {
        return (*only).clone();
    }
    let rows: usize = tables.iter().map(|table| table.rows()).sum();
    let mut dimensions: Vec<&str> = Vec::new();
    let mut figures: Vec<(&str, Stat)> = Vec::new();
    for table in tables {
        dimensions.extend(table.dimension_keys());
        figures.extend(table.figure_keys());
    }
    dimensions.sort_unstable();
    dimensions.dedup();
    figures.sort_unstable();
    figures.dedup();

    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for key in dimensions {
        let name = format!("{DIMENSION}{key}");
        columns.push((name.clone(), text(tables, &name, rows)));
    }
    for (metric, stat) in figures {
        let parts = tables.iter().map(|table| (table.rows(), table.figures(metric, stat)));
        let mut column = NumberColumn::default();
        let mut start = 0;
        for (length, part) in parts {
            for row in 0..length {
                if let Some(value) = part.and_then(|part| part.get(row)) {
                    column.set(start + row, value);
                }
            }
            start += length;
        }
        columns.push((format!("{METRIC}{metric}/{}", stat.key()), column.finish(rows)));
    }
    let mut load = NumberColumn::default();
    let mut lines = Vec::with_capacity(rows);
    for table in tables {
        for row in 0..table.rows() {
            if let Some(value) = table.load().and_then(|load| load.get(row)) {
                load.set(lines.len(), value);
            }
            lines.push(table.line(row));
        }
    }
    columns.push((LOAD.to_owned(), load.finish(rows)));
    columns.push((LINE.to_owned(), std::sync::Arc::new(arrow::array::UInt32Array::from(lines))));
    columns.push((KEY.to_owned(), text(tables, KEY, rows)));
    // All columns have `rows` rows by construction, which is all that a batch asks for.
    Table::new(columns).unwrap_or_else(|_| Table::empty())
}

fn text(tables: &[&Table], name: &str, rows: usize) -> ArrayRef {
    let mut column = TextColumn::default();
    let mut start = 0;
    for table in tables {
        if let Some(part) = table.dictionary(name) {
            let codes: Vec<u32> = (0..part.cardinality() as u32).map(|code| column.code_of(part.value(code))).collect();
            for row in 0..table.rows() {
                if let Some(code) = part.code(row) {
                    column.set_code(start + row, codes[code as usize]);
                }
            }
        }
        start += table.rows();
    }
    column.finish(rows)
}
