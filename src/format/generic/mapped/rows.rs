//! The rows of a table, whichever of the three layouts it has, and what its columns are called.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::level;
use crate::format::reader::csv::cells::{Cell, number, parted};
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::Pattern;
use crate::format::reader::json_yaml::stream::documents;
use crate::format::spreadsheet::{Decimal, is_undecided, plain_numbers, without_comments};
use crate::record::{Diagnostic, Place, Severity};

/// How many rows are looked at for names, examples and numbers.
const SAMPLED_ROWS: usize = 50;

/// How many examples a column shows.
const EXAMPLES: usize = 3;

/// How much of an example is shown, in characters.
const EXAMPLE_LENGTH: usize = 60;

/// How much of a text is looked at for the header.
const HEAD_BYTES: usize = 1 << 18;

/// More columns than a person can map.
const MOST_COLUMNS: usize = 2000;

/// Everything below the object.
const KEEP: &[Pattern] = &[&["*", "(nothing below)"]];

/// A table's columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The columns, in order. Names are unique: a repeated one is numbered, a blank one is called by its position.
    pub columns: Vec<Candidate>,
}

/// A column that could be mapped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// A few of its first cells.
    pub examples: Vec<String>,
    /// Whether the first non-empty cells are numbers, but for a few (`OOM`, `timeout`).
    pub numeric: bool,
    /// Whether any of them is a number.
    #[serde(default)]
    pub numbers: bool,
    /// Whether some of them are digits that are no quantity: `007`, `9e10`.
    #[serde(default)]
    pub codes: bool,
    /// Whether most of them are loads, with a word for it or without: `c8`.
    #[serde(default)]
    pub levels: bool,
    /// Whether the numbers have their unit in the cell: `850 ms`.
    #[serde(default)]
    pub units: bool,
    /// The median of the first numbers.
    #[serde(default)]
    pub median: Option<f64>,
    /// Whether a row at the beginning lacks it, as an object of JSON can.
    #[serde(default)]
    pub sometimes: bool,
}

/// A table's columns; `None` if the text is not a table of at least two columns and one row.
pub fn header(text: &str) -> Option<Header> {
    header_as(text, None)
}

/// [`header`] with this separator of decimals.
pub fn header_as(text: &str, decimal: Option<Decimal>) -> Option<Header> {
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = end < text.len();
    let text = without_comments(&text[..end]);
    // Examples are as they will be read, where the cells show how.
    let (plain, found) = plain_numbers(&text, decimal);
    // Where nothing shows how, columns of numbers are still such.
    let text = if is_undecided(&found) { plain_numbers(&text, Some(Decimal::Point)).0 } else { plain };
    let text = text.as_ref();
    let names = match layout(text)? {
        Layout::Json => keys(text),
        Layout::Cells(delimiter) => names(&mut Rows::new(text, delimiter)),
    };
    if names.len() < 2 || names.len() > MOST_COLUMNS {
        return None;
    }
    let mut columns: Vec<Candidate> = names.iter().map(|name| Candidate { name: name.clone(), ..Candidate::default() }).collect();
    let mut count = 0;
    let mut seen = vec![Seen::default(); names.len()];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    each(text, &names, &mut |row, _| {
        let Ok((_, cells)) = row else { return };
        if count == SAMPLED_ROWS {
            return;
        }
        count += 1;
        for ((column, cell), seen) in columns.iter_mut().zip(cells).zip(&mut seen) {
            let Some(cell) = cell else {
                column.sometimes = true;
                continue;
            };
            let cell = cell.trim();
            if seen.add(cell) && column.examples.len() < EXAMPLES {
                column.examples.push(cell.chars().take(EXAMPLE_LENGTH).collect());
            }
        }
    });
    for (column, seen) in columns.iter_mut().zip(seen) {
        seen.judge(column);
    }
    (count > 0 || cut).then_some(Header { columns })
}

/// What a column's first cells are.
#[derive(Clone, Default)]
struct Seen {
    numbers: Vec<f64>,
    texts: usize,
    levels: usize,
    /// Numbers with a unit behind them, and those without that are not 0.
    with_unit: usize,
    bare: usize,
    codes: usize,
}

impl Seen {
    /// Takes a trimmed cell; whether it says anything.
    fn add(&mut self, cell: &str) -> bool {
        self.levels += usize::from(level(cell).is_some());
        let (digits, unit) = parted(cell);
        match number(digits) {
            Cell::Missing => return false,
            Cell::Number(value) => {
                self.with_unit += usize::from(!unit.is_empty());
                self.bare += usize::from(unit.is_empty() && value != 0.0);
                let padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
                self.codes += usize::from(padded || (digits.contains(['e', 'E']) && !digits.contains('.')));
                self.numbers.push(value);
            }
            Cell::Wrong => self.texts += 1,
        }
        true
    }

    fn judge(mut self, column: &mut Candidate) {
        // Most cells decide: where a run broke, its figures are words.
        let most = |count: usize, others: usize| count > 0 && others * 2 <= count;
        column.numeric = most(self.numbers.len(), self.texts);
        column.numbers = !self.numbers.is_empty();
        column.codes = self.codes > 0;
        column.levels = most(self.levels, (self.numbers.len() + self.texts).saturating_sub(self.levels));
        column.units = self.with_unit > 0 && self.bare == 0;
        self.numbers.sort_unstable_by(f64::total_cmp);
        column.median = self.numbers.get(self.numbers.len() / 2).copied();
    }
}

enum Layout {
    Json,
    Cells(u8),
}

/// What separates the cells of a table; `None` for JSON and for a text that is no table.
pub(in crate::format) fn delimiter(text: &str) -> Option<u8> {
    match layout(text)? {
        Layout::Cells(delimiter) => Some(delimiter),
        Layout::Json => None,
    }
}

/// The layout of a text: JSON by its first character, else whatever separates the first line into most cells.
fn layout(text: &str) -> Option<Layout> {
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        return Some(Layout::Json);
    }
    let line = text.lines().next()?;
    let cells = |delimiter: u8| {
        let mut rows = Rows::new(line, delimiter);
        rows.advance(None);
        rows.record().len()
    };
    let (count, delimiter) = [b',', b';', b'\t']
        .into_iter()
        .map(|delimiter| (cells(delimiter), delimiter))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (count > 1).then_some(Layout::Cells(delimiter))
}

/// The names of a CSV's first row, made unique.
fn names(rows: &mut Rows<'_>) -> Vec<String> {
    rows.advance(None);
    let mut names: Vec<String> = Vec::new();
    let mut known = HashMap::new();
    for (index, cell) in rows.record().iter().enumerate() {
        let name = match cell.trim() {
            "" => format!("column {}", index + 1),
            name => name.to_owned(),
        };
        let seen: &mut u32 = known.entry(name.clone()).or_default();
        *seen += 1;
        names.push(if *seen == 1 { name } else { format!("{name} ({seen})") });
    }
    names
}

/// The keys of the first objects that have a plain value, in order.
fn keys(text: &str) -> Vec<String> {
    let (mut names, mut known): (Vec<String>, HashSet<String>) = Default::default();
    for document in documents(text).take(SAMPLED_ROWS) {
        let tree = document.read(KEEP, &mut |_| ());
        let Value::Object(fields) = &tree.root else { continue };
        for (key, value) in fields {
            if names.len() <= MOST_COLUMNS && !value.is_object() && !value.is_array() && known.insert(key.clone()) {
                names.push(key.clone());
            }
        }
    }
    names
}

/// One row: its place and the cells of the wanted columns, or why it cannot be read.
pub(super) type Row = Result<(Place, Vec<Option<String>>), Diagnostic>;

/// Hands out every row with the share of the text that is read.
pub(super) fn each(text: &str, wanted: &[&str], visit: &mut dyn FnMut(Row, f64)) {
    let text = without_comments(text);
    let text = text.as_ref();
    match layout(text) {
        None => {}
        Some(Layout::Json) => objects(text, wanted, visit),
        Some(Layout::Cells(delimiter)) => lines(text, delimiter, wanted, visit),
    }
}

fn lines(text: &str, delimiter: u8, wanted: &[&str], visit: &mut dyn FnMut(Row, f64)) {
    let mut rows = Rows::new(text, delimiter);
    let names = names(&mut rows);
    let columns: Vec<Option<usize>> = wanted.iter().map(|name| names.iter().position(|other| other == name)).collect();
    while let Some(row) = rows.advance(Some(names.len())) {
        let place = Place::Line(rows.line());
        let row = match row {
            Ok(()) => {
                let cell = |column: &Option<usize>| rows.record().get((*column)?).map(str::to_owned);
                Ok((place, columns.iter().map(cell).collect()))
            }
            Err(_) => {
                let message = format!("The row does not have {} cells like the header; skipped.", names.len());
                let hint = "Check for an unquoted cell that contains a separator, or a truncated row.";
                Err(Diagnostic::new(Severity::Warning, place, message, hint))
            }
        };
        visit(row, rows.progress().clamp(0.0, 1.0));
    }
}

fn objects(text: &str, wanted: &[&str], visit: &mut dyn FnMut(Row, f64)) {
    let mut share = 0.0;
    for document in documents(text) {
        let tree = document.read(KEEP, &mut |fraction| share = fraction);
        let row = match (tree.fault, &tree.root) {
            (Some(fault), _) => Err(fault.diagnostic()),
            (None, Value::Object(fields)) => Ok((document.place, wanted.iter().map(|name| scalar(fields.get(*name)?)).collect())),
            (None, _) => {
                let message = "This entry is not an object; skipped.";
                Err(Diagnostic::new(Severity::Warning, document.place, message, "Each row must be an object of plain values."))
            }
        };
        visit(row, share);
    }
}
