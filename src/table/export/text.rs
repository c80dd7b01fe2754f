//! A sheet as text: cells between commas or tabs, JSON, and a Markdown table.
//!
//! Text comes from files and is hostile: a cell that a spreadsheet would take for a formula is defused.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serializer;
use serde::ser::SerializeSeq;
use serde_json::{Map, Number, Value};

use super::{Cell, Column, Sheet};
use crate::catalog::{formulas, markdown};

/// Text that no spreadsheet takes for a formula: one that begins like one gets a leading apostrophe.
pub fn defused(text: &str) -> Cow<'_, str> {
    if formulas::is_like_one(text) && text.parse::<f64>().is_err() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A number in a cell, with all the digits that make it what it is. One that is very large or small is written with an
/// exponent: its hundreds of zeros are no help to people, and programs take them for an integer that they cannot hold.
fn number(number: f64) -> String {
    let size = number.abs();
    if size >= i64::MAX as f64 || (size < 1e-9 && size > 0.0) { format!("{number:e}") } else { number.to_string() }
}

/// A column's heading with its unit.
pub fn heading(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.to_owned() } else { format!("{label} ({unit})") }
}

/// One line per row below a line of names; empty for missing.
pub(super) fn separated(sheet: &Sheet<'_>, delimiter: u8, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    writer.write_record(sheet.columns.iter().map(|column| defused(&column.name).into_owned()))?;
    for row in 0..sheet.rows {
        for column in &sheet.columns {
            match (column.cell)(row) {
                Cell::Text(text) => writer.write_field(defused(&text).as_bytes())?,
                Cell::Number(value) => writer.write_field(number(value))?,
                Cell::Missing => writer.write_field("")?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// An array of objects; `null` for missing, numbers as numbers.
pub(super) fn json(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let number = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    let value = |column: &Column<'_>, row: usize| match (column.cell)(row) {
        Cell::Text(text) => match text.parse() {
            Ok(count) if column.counts => number(count),
            _ => Value::String(text.into_owned()),
        },
        Cell::Number(value) => number(value),
        Cell::Missing => Value::Null,
    };
    let mut serializer = serde_json::Serializer::pretty(&mut *out);
    let mut array = serializer.serialize_seq(Some(sheet.rows))?;
    for row in 0..sheet.rows {
        let object: Map<String, Value> = sheet.columns.iter().map(|column| (column.name.clone(), value(column, row))).collect();
        array.serialize_element(&object)?;
    }
    array.end()?;
    writeln!(out)
}

/// A table for a wiki or an issue; numbers to the right. Text from files stands in it as text: nothing in it is markup.
pub(super) fn markdown(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |cells: &mut dyn Iterator<Item = String>| -> io::Result<()> {
        for cell in cells {
            // Other control characters than line ends, of which a wiki makes nothing.
            write!(out, "| {} ", cell.replace(char::is_control, " "))?;
        }
        writeln!(out, "|")
    };
    line(&mut sheet.columns.iter().map(|column| markdown::plain(&column.name)))?;
    line(&mut sheet.columns.iter().map(|column| if column.numeric { "--:" } else { "---" }.to_owned()))?;
    for row in 0..sheet.rows {
        line(&mut sheet.columns.iter().map(|column| match (column.cell)(row) {
            Cell::Text(text) => markdown::plain(&text),
            Cell::Number(value) => number(value),
            Cell::Missing => String::new(),
        }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_and_programs_read_them() {
        let written = [0.0, 0.1 + 0.2, 1e-9, 1.769e18, 1e22, -5e-324, f64::MAX, f64::INFINITY].map(number);
        let expected = ["0", "0.30000000000000004", "0.000000001", "1769000000000000000", "1e22", "-5e-324"];
        assert_eq!(written[..6], expected);
        assert_eq!(written[6..], ["1.7976931348623157e308", "inf"]);
    }

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        assert_eq!(defused("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(defused("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(defused("-5.5"), "-5.5");
        assert_eq!(defused("a=b"), "a=b");
        // What a spreadsheet with an East Asian input takes for the same signs, and what stands before a sign unseen.
        for hostile in ["＝1+1", "＋1", "－1+1", "＠SUM(A1)", "\n=1+1", " \u{b}=1+1", "\u{feff}=1+1", "\u{200b}@A1", "\t1"] {
            assert_eq!(defused(hostile), format!("'{hostile}"), "{hostile:?}");
        }
        for plain in ["", " ", "a\n=1", "２", "H200 -"] {
            assert_eq!(defused(plain), plain);
        }
    }
}
