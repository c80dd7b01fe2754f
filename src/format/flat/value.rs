//! A value as its file has it: a cell of a table, or a plain value of JSON. The one place where cells are parsed.

use std::borrow::Cow;

use serde_json::Value;

use crate::catalog::instant::rfc3339;
use crate::format::reader::csv::cells::{Cell, is_missing, number, parted};
use crate::format::reader::identity::scalar;
use crate::format::reader::time;

/// Dimensions that are moments.
const MOMENTS: [&str; 2] = ["start_time", "end_time"];

/// A value as its file has it.
pub(super) enum Given<'g> {
    Missing,
    Number(f64),
    /// A number as a text, which is not always meant as one: of a commit, of an id.
    Written(f64, &'g str),
    Text(Cow<'g, str>),
    Container,
}

/// A value of JSON. Some writers quote numbers, so a text that is one is one.
pub(super) fn json(value: &Value) -> Given<'_> {
    match value {
        Value::Null => Given::Missing,
        Value::Number(number) => number.as_f64().map_or(Given::Missing, Given::Number),
        Value::String(text) => cell_of(text),
        Value::Bool(_) => Given::Text(Cow::Owned(scalar(value).unwrap_or_default())),
        Value::Array(_) | Value::Object(_) => Given::Container,
    }
}

/// A cell of a table.
pub(super) fn cell_of(cell: &str) -> Given<'_> {
    let cell = cell.trim();
    match number(cell) {
        Cell::Number(number) => Given::Written(number, cell),
        Cell::Missing => Given::Missing,
        Cell::Wrong if is_missing(cell) => Given::Missing,
        // Python writes True, JSON true.
        Cell::Wrong if ["true", "false"].iter().any(|word| cell.eq_ignore_ascii_case(word)) => {
            Given::Text(Cow::Owned(cell.to_lowercase()))
        }
        Cell::Wrong => Given::Text(Cow::Borrowed(cell)),
    }
}

/// The number of a cell and the unit behind it: `350 ms`, `8 users`.
pub(super) fn parted_number(cell: &str) -> Option<(f64, &str)> {
    let (digits, unit) = parted(cell);
    match number(digits) {
        Cell::Number(number) => Some((number, unit)),
        Cell::Missing | Cell::Wrong => None,
    }
}

/// Whether a dimension is a moment, which is kept as a date.
pub(super) fn is_moment(key: &str) -> bool {
    MOMENTS.contains(&key)
}

/// A number as the text of a dimension; of a moment, its date.
pub(super) fn said(key: &str, number: f64) -> String {
    let text = number.to_string();
    let mut date = String::new();
    match time::instant(&text).filter(|_| is_moment(key)) {
        Some((seconds, _)) if rfc3339(seconds * 1000.0, &mut date) => date,
        _ => text,
    }
}
