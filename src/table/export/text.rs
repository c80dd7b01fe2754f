//! A table as text: CSV and JSON with canonical column names, and tab-separated cells for the clipboard.
//!
//! Text comes from files and is hostile: a cell that a spreadsheet would take for a formula is defused.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::{Column, columns};
use crate::catalog::{Order, dimensions};
use crate::table::Table;

/// Text that no spreadsheet takes for a formula: one that begins like one gets a leading apostrophe.
pub fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn text(table: &Table, column: &Column<'_>, row: usize) -> String {
    match column {
        Column::Dimension(key) => {
            table.dimension(key).and_then(|column| column.text(row)).map(|text| defused(text).into_owned()).unwrap_or_default()
        }
        Column::Record => table.kind().key().to_owned(),
        Column::Load => table.load().and_then(|load| load.get(row)).map(|load| load.to_string()).unwrap_or_default(),
        Column::Figure(metric, stat) => {
            table.figures(metric, *stat).and_then(|figures| figures.get(row)).map(|value| value.to_string()).unwrap_or_default()
        }
        Column::Place => table.place(row),
    }
}

/// Rows as CSV: one line each, canonical columns, empty for missing.
pub fn csv(table: &Table, rows: &[usize]) -> String {
    let columns = columns(table);
    let header: Vec<String> = columns.iter().map(|(name, _)| defused(name).into_owned()).collect();
    let records = rows.iter().map(|row| columns.iter().map(|(_, column)| text(table, column, *row)).collect::<Vec<_>>());
    separated(b',', std::iter::once(header).chain(records))
}

/// Cells as text, one line per row after the header: comma- or tab-separated, as `delimiter` says.
pub fn cells(delimiter: u8, header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let defuse = |cells: Vec<String>| cells.iter().map(|cell| defused(cell).into_owned()).collect::<Vec<_>>();
    separated(delimiter, std::iter::once(header.to_vec()).chain(rows).map(defuse))
}

/// A column's heading with its unit.
pub fn heading(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.to_owned() } else { format!("{label} ({unit})") }
}

fn separated(delimiter: u8, records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    for record in records {
        // Writing to memory fails only for records of unequal length, which these are not.
        let _ = writer.write_record(&record);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Rows as a JSON array of objects; `null` for missing, numbers as numbers.
pub fn json(table: &Table, rows: &[usize]) -> String {
    let columns = columns(table);
    let value = |column: &Column<'_>, row: usize| -> Value {
        let number = |value: Option<f64>| value.and_then(Number::from_f64).map_or(Value::Null, Value::Number);
        match column {
            Column::Dimension(key) => match table.dimension(key).and_then(|column| column.text(row)) {
                Some(text) if dimensions::dimension(key).is_some_and(|dimension| dimension.order == Order::Number) => {
                    text.parse().map_or_else(|_| Value::String(text.to_owned()), |parsed| number(Some(parsed)))
                }
                Some(text) => Value::String(text.to_owned()),
                None => Value::Null,
            },
            Column::Record => Value::String(table.kind().key().to_owned()),
            Column::Load => number(table.load().and_then(|load| load.get(row))),
            Column::Figure(metric, stat) => number(table.figures(metric, *stat).and_then(|figures| figures.get(row))),
            Column::Place => Value::String(table.place(row)),
        }
    };
    let object = |row: &usize| -> Value {
        Value::Object(columns.iter().map(|(name, column)| (name.clone(), value(column, *row))).collect::<Map<_, _>>())
    };
    serde_json::to_string_pretty(&rows.iter().map(object).collect::<Vec<_>>()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        assert_eq!(defused("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(defused("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(defused("-5.5"), "-5.5");
        assert_eq!(defused("a=b"), "a=b");
    }
}
