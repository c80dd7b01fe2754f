//! Columns: the records of a kind as one Arrow record batch, dictionary-encoded text, null for missing.
//!
//! This room knows no file format and no view. A column is named by what it holds: `d/<dimension>` for identity,
//! `m/<metric>/<statistic>` for figures, and `load`, `line`, `key` for the load and the place in the file.

mod builder;
mod cells;
mod column;
mod columns;
pub mod derived;
pub mod export;
mod memo;
mod names;
mod room;
mod texts;
mod wire;

pub use builder::{Builder, Built};
pub use columns::Columns;
pub use memo::Memo;
pub use names::Pseudonyms;
pub use room::Room;
pub use wire::{NotTables, Parts};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_buffer::RunEndBuffer;
use arrow_schema::ArrowError;
use rustc_hash::FxHashMap;

use crate::record::{Kind, LoadKind, Stat};
use crate::sorting::Sorting;

const DIMENSION: &str = "d/";
const METRIC: &str = "m/";
const LOAD: &str = "load";
const LINE: &str = "line";
const KEY: &str = "key";

/// The records of one kind, of one file or of all loaded files joined.
#[derive(Clone, Debug)]
pub struct Table {
    kind: Kind,
    batch: RecordBatch,
    /// Where each column is, by its name without prefix: Arrow looks through all the names.
    dimensions: FxHashMap<String, usize>,
    /// Where the statistics of each metric are.
    metrics: FxHashMap<String, Vec<(Stat, usize)>>,
    /// The numbers that the texts of each column's dictionary are, read once; NaN for a text that is no number.
    numbers: Arc<Vec<OnceLock<Vec<f64>>>>,
    /// Where the loads, lines and keys of the rows are.
    load: Option<usize>,
    line: Option<usize>,
    key: Option<usize>,
    memo: Arc<Memo>,
}

/// The tables of one file, one per kind of record.
#[derive(Clone, Debug, Default)]
pub struct Tables(BTreeMap<Kind, Table>);

impl Tables {
    /// The table of a kind; `None` without records.
    pub fn get(&self, kind: Kind) -> Option<&Table> {
        self.0.get(&kind)
    }

    /// The tables of some kinds alone.
    #[must_use]
    pub fn of(mut self, kinds: &[Kind]) -> Tables {
        self.0.retain(|kind, _| kinds.contains(kind));
        self
    }

    /// Number of records of a kind.
    pub fn rows(&self, kind: Kind) -> usize {
        self.get(kind).map_or(0, Table::rows)
    }

    /// Sets the table of its kind; empty tables are ignored.
    pub fn insert(&mut self, table: Table) {
        if table.rows() > 0 {
            self.0.insert(table.kind, table);
        }
    }

    /// Merges the tables of several files, such as the members of an archive.
    ///
    /// # Errors
    ///
    /// Those of Arrow when columns do not fit together, which they do by construction.
    pub fn merge(files: Vec<Tables>) -> Result<Tables, ArrowError> {
        let mut files: Vec<Tables> = files.into_iter().filter(|tables| !tables.0.is_empty()).collect();
        if files.len() < 2 {
            return Ok(files.pop().unwrap_or_default());
        }
        let mut merged = Tables::default();
        for kind in Kind::ALL {
            let mut columns = Columns::new(kind);
            files.iter().filter_map(|tables| tables.get(kind)).for_each(|table| columns.append(table));
            if columns.rows() > 0 {
                merged.insert(columns.finish()?);
            }
        }
        Ok(merged)
    }

    /// The same with numbers in place of the names of people and hosts.
    #[must_use]
    pub fn without_names(&self, names: &mut Pseudonyms) -> Tables {
        Tables(self.0.iter().map(|(kind, table)| (*kind, table.without_names(names))).collect())
    }

    /// Every table with its kind.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Table)> {
        self.0.iter().map(|(kind, table)| (*kind, table))
    }
}

/// A dimension's column.
#[derive(Clone, Copy)]
pub struct Dimension<'a> {
    keys: &'a UInt32Array,
    runs: Option<&'a RunEndBuffer<i32>>,
    values: &'a StringArray,
    numbers: &'a OnceLock<Vec<f64>>,
}

impl<'a> Dimension<'a> {
    /// The row's code into the dictionary; `None` when the row does not have the dimension.
    pub fn code(&self, row: usize) -> Option<u32> {
        let at = place(self.runs, row);
        self.keys.is_valid(at).then(|| self.keys.value(at))
    }

    /// The codes that are there, each with its row, in order.
    pub fn codes(&self) -> impl Iterator<Item = (usize, u32)> + use<'a> {
        rows(self.runs).zip(self.keys).filter_map(|(row, code)| Some((row, code?)))
    }

    /// How many of some rows have each code, and how many have none. Rows in order take the least time.
    pub fn count(&self, rows: impl Iterator<Item = usize>) -> (Vec<usize>, usize) {
        let (codes, nulls) = (self.keys.values(), self.keys.nulls());
        let ends = self.runs.map_or(&[] as &[i32], |runs| runs.values());
        let (mut counts, mut missing) = (vec![0; self.cardinality()], 0);
        // The run of the last row: that of the next is mostly the same or one behind it.
        let mut run = 0;
        for row in rows {
            let at = match self.runs {
                None => row,
                Some(runs) => {
                    if run > 0 && row < ends[run - 1] as usize {
                        run = runs.get_physical_index(row);
                    }
                    while ends.get(run).is_some_and(|end| *end as usize <= row) {
                        run += 1;
                    }
                    run
                }
            };
            if nulls.is_none_or(|nulls| nulls.is_valid(at)) { counts[codes[at] as usize] += 1 } else { missing += 1 }
        }
        (counts, missing)
    }

    /// Whether some row does not have the dimension.
    pub fn has_missing(&self) -> bool {
        self.keys.null_count() > 0
    }

    /// A code for each row, [`u32::MAX`] where it is not there; `None` where few rows have one.
    fn all_codes(&self) -> Option<Cow<'a, [u32]>> {
        if self.runs.is_some() {
            return None;
        }
        let codes = self.keys.values();
        let Some(nulls) = self.keys.nulls() else { return Some(Cow::Borrowed(codes)) };
        Some(codes.iter().zip(nulls).map(|(code, there)| if there { *code } else { u32::MAX }).collect())
    }

    /// The text of a code.
    pub fn value(&self, code: u32) -> &'a str {
        self.values.value(code as usize)
    }

    /// The row's text.
    pub fn text(&self, row: usize) -> Option<&'a str> {
        self.code(row).map(|code| self.value(code))
    }

    /// The row's text as a number.
    pub fn number(&self, row: usize) -> Option<f64> {
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
        let numbers = self.numbers.get_or_init(|| self.values.iter().map(number).collect());
        numbers.get(self.code(row)? as usize).copied().filter(|number| !number.is_nan())
    }

    /// How many values the dictionary has.
    pub fn cardinality(&self) -> usize {
        self.values.len()
    }

    /// The dictionary's code of a text.
    pub fn find(&self, text: &str) -> Option<u32> {
        (0..self.values.len()).find(|i| self.values.value(*i) == text).map(|i| i as u32)
    }
}

/// A figure's column.
#[derive(Clone, Copy)]
pub struct Figures<'a> {
    values: &'a Float64Array,
    runs: Option<&'a RunEndBuffer<i32>>,
}

impl<'a> Figures<'a> {
    /// The row's figure; `None` when it is missing.
    pub fn get(&self, row: usize) -> Option<f64> {
        let at = place(self.runs, row);
        self.values.is_valid(at).then(|| self.values.value(at))
    }

    /// A figure for each row, NaN where it is not there; `None` where few rows have one.
    fn all(&self) -> Option<Cow<'a, [f64]>> {
        if self.runs.is_some() {
            return None;
        }
        let figures = self.values.values();
        let Some(nulls) = self.values.nulls() else { return Some(Cow::Borrowed(figures)) };
        Some(figures.iter().zip(nulls).map(|(figure, there)| if there { *figure } else { f64::NAN }).collect())
    }

    /// How many rows have the figure.
    pub fn present(&self) -> usize {
        self.values.len() - self.values.null_count()
    }

    /// The figures that are there, each with its row, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> + use<'a> {
        rows(self.runs).zip(self.values).filter_map(|(row, value)| Some((row, value?)))
    }
}

/// A column's values, and, where few rows have one, which run of rows each is of: a run with a value has one row.
fn values(array: &ArrayRef) -> (&ArrayRef, Option<&RunEndBuffer<i32>>) {
    array.as_run_opt::<Int32Type>().map_or((array, None), |runs| (runs.values(), Some(runs.run_ends())))
}

/// Where a row's value is.
fn place(runs: Option<&RunEndBuffer<i32>>, row: usize) -> usize {
    runs.map_or(row, |runs| runs.get_physical_index(row))
}

/// The rows of a column's values: of a run the last.
fn rows<'a>(runs: Option<&'a RunEndBuffer<i32>>) -> impl Iterator<Item = usize> + use<'a> {
    let ends = runs.map(|runs| runs.values());
    (0..).map(move |at| ends.map_or(at, |ends| ends.get(at).map_or(0, |end| *end as usize - 1)))
}

/// Columns of equal length, in which everything may be missing.
fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
}

impl Table {
    fn new(kind: Kind, columns: Vec<(String, ArrayRef)>) -> Result<Table, ArrowError> {
        batch(columns).map(|batch| Table::of(kind, batch))
    }

    fn of(kind: Kind, batch: RecordBatch) -> Table {
        let mut dimensions = FxHashMap::default();
        let mut metrics: FxHashMap<String, Vec<(Stat, usize)>> = FxHashMap::default();
        for (at, field) in batch.schema_ref().fields().iter().enumerate() {
            if let Some(key) = field.name().strip_prefix(DIMENSION) {
                dimensions.insert(key.to_owned(), at);
            } else if let Some((metric, stat)) = field.name().strip_prefix(METRIC).and_then(|name| name.rsplit_once('/'))
                && let Some(stat) = Stat::from_key(stat)
            {
                metrics.entry(metric.to_owned()).or_default().push((stat, at));
            }
        }
        let numbers = Arc::new(vec![OnceLock::new(); batch.num_columns()]);
        let at = |name: &str| batch.schema_ref().fields().iter().position(|field| field.name() == name);
        let (load, line, key) = (at(LOAD), at(LINE), at(KEY));
        Table { kind, batch, dimensions, metrics, numbers, load, line, key, memo: Arc::default() }
    }

    /// What was computed from this table.
    pub fn memo(&self) -> &Memo {
        &self.memo
    }

    /// A table without rows.
    pub fn empty(kind: Kind) -> Table {
        Table::of(kind, RecordBatch::new_empty(std::sync::Arc::new(arrow_schema::Schema::empty())))
    }

    /// The kind of its records.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many records there are.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// How many texts and figures its rows have.
    pub fn cells(&self) -> usize {
        self.batch.columns().iter().map(|column| values(column).0).map(|values| values.len() - values.null_count()).sum()
    }

    /// Only these rows, in the table's order.
    pub fn select(&self, rows: &[usize]) -> Table {
        let mut keep = vec![false; self.rows()];
        for row in rows {
            if let Some(kept) = keep.get_mut(*row) {
                *kept = true;
            }
        }
        let mut columns = Columns::new(self.kind);
        columns.append(self);
        columns.retain(&keep);
        columns.finish().unwrap_or_else(|_| Table::empty(self.kind))
    }

    /// The column of a dimension, by catalogue key or own name.
    pub fn dimension(&self, key: &str) -> Option<Dimension<'_>> {
        self.dictionary(*self.dimensions.get(key)?)
    }

    fn dictionary(&self, at: usize) -> Option<Dimension<'_>> {
        let (array, runs) = values(self.batch.columns().get(at)?);
        let array = array.as_dictionary_opt::<UInt32Type>()?;
        let values = array.values().as_string_opt::<i32>()?;
        Some(Dimension { keys: array.keys(), runs, values, numbers: self.numbers.get(at)? })
    }

    /// The column of a statistic of a metric.
    pub fn figures(&self, metric: &str, stat: Stat) -> Option<Figures<'_>> {
        let (_, at) = self.metrics.get(metric)?.iter().find(|(other, _)| *other == stat)?;
        self.figures_at(*at)
    }

    fn figures_at(&self, at: usize) -> Option<Figures<'_>> {
        let (values, runs) = values(self.batch.columns().get(at)?);
        Some(Figures { values: values.as_primitive_opt::<Float64Type>()?, runs })
    }

    /// The keys of all dimensions, in the catalogue's order.
    pub fn dimension_keys(&self) -> Vec<&str> {
        let schema = self.batch.schema_ref();
        let mut keys: Vec<&str> = schema.fields().iter().filter_map(|field| field.name().strip_prefix(DIMENSION)).collect();
        keys.order_by_key(|key| crate::catalog::dimensions::rank(key));
        keys
    }

    /// The keys of all figures, in the catalogue's order of metrics and statistics; unknown metrics last, as they came.
    pub fn figure_keys(&self) -> Vec<(&str, Stat)> {
        let schema = self.batch.schema_ref();
        let mut keys: Vec<(&str, Stat)> = schema
            .fields()
            .iter()
            .filter_map(|field| field.name().strip_prefix(METRIC)?.rsplit_once('/'))
            .filter_map(|(metric, stat)| Some((metric, Stat::from_key(stat)?)))
            .collect();
        let metrics = &*crate::catalog::METRICS;
        // Unknown metrics keep the order in which they came: their names may hide statistics.
        let rank = |metric: &str, stat: Stat| match metrics.iter().position(|row| row.key == metric) {
            Some(at) => (at, Stat::ALL.iter().position(|other| *other == stat)),
            None => (metrics.len(), None),
        };
        keys.order_by_key(|(metric, stat)| rank(metric, *stat));
        keys
    }

    /// The requested load: requests in flight or requests per second.
    pub fn load(&self) -> Option<Figures<'_>> {
        self.figures_at(self.load?)
    }

    /// The type of a row's load.
    pub fn load_kind(&self, row: usize) -> Option<LoadKind> {
        LoadKind::from_key(self.dimension("load_kind")?.text(row)?)
    }

    /// A row's place in its file, as text.
    pub fn place(&self, row: usize) -> String {
        if let Some(key) = self.key.and_then(|at| self.dictionary(at)).and_then(|column| column.text(row)) {
            return key.to_owned();
        }
        self.line(row).map_or_else(|| "file".to_owned(), |line| format!("line {line}"))
    }

    fn line(&self, row: usize) -> Option<u32> {
        let lines = self.batch.columns().get(self.line?)?.as_primitive_opt::<UInt32Type>()?;
        lines.is_valid(row).then(|| lines.value(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_rows_one_by_one() {
        // Columns that all, most and few rows have; the last is in runs.
        let texts = |text: fn(usize) -> &'static str| {
            let mut column = column::TextColumn::default();
            (0..6000).for_each(|row| column.set(row, text(row)));
            column.finish(6000)
        };
        let columns = vec![
            ("d/model".to_owned(), texts(|row| ["a", "b", "c"][row % 3])),
            ("d/tp".to_owned(), texts(|row| if row % 7 == 0 { "" } else { "8" })),
            ("d/label".to_owned(), texts(|row| if row % 1900 < 3 { "seldom" } else { "" })),
        ];
        let table = Table::new(Kind::Measurement, columns).expect("columns fit");
        assert!(table.dimension("label").is_some_and(|column| column.runs.is_some()), "not in runs");
        let orders: [Vec<usize>; 4] =
            [(0..6000).collect(), (0..6000).rev().collect(), vec![5999, 1900, 1901, 0, 3, 1902, 1903, 2], Vec::new()];
        for key in ["model", "tp", "label"] {
            let column = table.dimension(key).expect("there");
            for rows in &orders {
                let mut plainly = (vec![0; column.cardinality()], 0);
                for row in rows {
                    match column.code(*row) {
                        Some(code) => plainly.0[code as usize] += 1,
                        None => plainly.1 += 1,
                    }
                }
                assert_eq!(column.count(rows.iter().copied()), plainly, "{key}");
            }
            assert_eq!(column.has_missing(), (0..6000).any(|row| column.code(row).is_none()), "{key}");
        }
    }
}
