//! Growing columns, from which a table is built row by row or table by table.

use std::hash::Hash;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use rustc_hash::FxHashMap;

use super::texts::Texts;
use super::{DIMENSION, Dimension, Figures, KEY, LINE, LOAD, METRIC, Table};
use crate::catalog::{metrics, number};
use crate::record::{Kind, LoadKind, Stat};

/// A dictionary-encoded text column that grows row by row; rows without a text stay missing.
#[derive(Clone, Default)]
pub(super) struct TextColumn {
    codes: Vec<u32>,
    texts: Texts,
}

const MISSING: u32 = u32::MAX;

impl TextColumn {
    /// The code of a text; [`MISSING`] if there are too many texts to add it.
    pub(super) fn code_of(&mut self, text: &str) -> u32 {
        // Neighbouring rows mostly share their identity: comparing with the last value saves the hash.
        if let Some(last) = self.codes.last().copied().filter(|last| *last != MISSING)
            && self.texts.get(last) == text
        {
            return last;
        }
        self.texts.code_of(text).unwrap_or(MISSING)
    }

    pub(super) fn has(&mut self, text: &str) -> bool {
        self.texts.find(text).is_some()
    }

    /// Gives the rows without a text this one.
    pub(super) fn complete(&mut self, rows: usize, text: &str) {
        self.codes.resize(rows, MISSING);
        if !text.is_empty() && self.codes.contains(&MISSING) {
            let code = self.texts.code_of(text).unwrap_or(MISSING);
            self.codes.iter_mut().filter(|known| **known == MISSING).for_each(|missing| *missing = code);
        }
    }

    pub(super) fn set(&mut self, row: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let code = self.code_of(text);
        self.set_code(row, code);
    }

    pub(super) fn set_code(&mut self, row: usize, code: u32) {
        if row == self.codes.len() {
            self.codes.push(code);
            return;
        }
        self.codes.resize(self.codes.len().max(row + 1), MISSING);
        self.codes[row] = code;
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code != MISSING).then(|| self.texts.get(code))
    }

    /// The distinct texts, in the order of their codes.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }

    /// Sets the text of each row that has a key; `make` makes it once for all rows with that key, from the first of them.
    /// Without a text the row keeps what it has.
    pub(super) fn fill<K: Eq + Hash>(
        &mut self,
        rows: usize,
        key: impl Fn(usize) -> Option<K>,
        make: impl Fn(usize) -> Option<String>,
    ) {
        let mut made: FxHashMap<K, u32> = FxHashMap::default();
        for row in 0..rows {
            let Some(key) = key(row) else { continue };
            let code = *made
                .entry(key)
                .or_insert_with(|| make(row).filter(|text| !text.is_empty()).map_or(MISSING, |text| self.code_of(&text)));
            if code != MISSING {
                self.set_code(row, code);
            }
        }
    }

    pub(super) fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row).copied().filter(|code| *code != MISSING)
    }

    /// Adds a finished column's rows from `start` on.
    fn append(&mut self, start: usize, rows: usize, part: Dimension<'_>) {
        self.codes.resize(start, MISSING);
        if self.texts.len() == 0 {
            self.texts = Texts::of(part.values);
            self.codes.extend((0..rows).map(|row| part.code(row).unwrap_or(MISSING)));
        } else {
            let codes: Vec<u32> = (0..part.cardinality() as u32).map(|code| self.code_of(part.value(code))).collect();
            self.codes.extend((0..rows).map(|row| part.code(row).map_or(MISSING, |code| codes[code as usize])));
        }
    }

    /// Adds the rows of another column from `start` on.
    fn extend(&mut self, start: usize, rows: usize, other: &TextColumn) {
        self.codes.resize(start, MISSING);
        self.overwrite(start..start + rows, other);
    }

    /// Replaces some rows by those of another column, in order.
    fn overwrite(&mut self, rows: impl IntoIterator<Item = usize>, other: &TextColumn) {
        let mut known = vec![MISSING; other.texts.len()];
        for (row, target) in rows.into_iter().enumerate() {
            let code = match other.code(row) {
                Some(theirs) => {
                    let code = known[theirs as usize];
                    let code = if code == MISSING { self.code_of(other.texts.get(theirs)) } else { code };
                    known[theirs as usize] = code;
                    code
                }
                None => MISSING,
            };
            self.codes.resize(self.codes.len().max(target + 1), MISSING);
            self.codes[target] = code;
        }
    }

    /// Keeps these rows; the texts that none of them has go when the column is finished.
    fn take(&mut self, rows: &[usize]) {
        self.codes = rows.iter().map(|row| self.codes.get(*row).copied().unwrap_or(MISSING)).collect();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.codes.iter().all(|code| *code == MISSING)
    }

    /// Orders the dictionary by first use and drops unused values.
    fn settle(&mut self) {
        let mut used = 0;
        let mut present = self.codes.iter().filter(|code| **code != MISSING);
        let is_settled = present.all(|code| {
            used += u32::from(*code == used);
            *code < used
        });
        if is_settled && used as usize == self.texts.len() {
            return;
        }
        let mut places = vec![MISSING; self.texts.len()];
        let mut texts = Texts::default();
        for code in self.codes.iter_mut().filter(|code| **code != MISSING) {
            let place = &mut places[*code as usize];
            if *place == MISSING {
                *place = texts.push(self.texts.get(*code));
            }
            *code = *place;
        }
        self.texts = texts;
    }

    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.codes.resize(rows, MISSING);
        self.settle();
        let present = present(&self.codes, |code| *code != MISSING);
        for code in &mut self.codes {
            if *code == MISSING {
                *code = 0;
            }
        }
        let keys = UInt32Array::new(ScalarBuffer::from(self.codes), present);
        let values = self.texts.into_array();
        // Codes are positions in `values` by construction, so the checked constructor cannot refuse them.
        match DictionaryArray::<UInt32Type>::try_new(keys, values) {
            Ok(array) => Arc::new(array),
            Err(_) => arrow_array::new_null_array(&dictionary_type(), rows),
        }
    }
}

pub(super) fn dictionary_type() -> arrow_schema::DataType {
    use arrow_schema::DataType;
    DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
}

/// Which cells are there; `None` where all are.
fn present<T>(cells: &[T], is_there: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    let some_missing = !cells.iter().all(&is_there);
    some_missing.then(|| NullBuffer::new(BooleanBuffer::collect_bool(cells.len(), |row| is_there(&cells[row]))))
}

/// A column of figures that grows row by row; NaN stands for missing until the column is finished.
#[derive(Clone, Default)]
pub(super) struct NumberColumn {
    values: Vec<f64>,
}

impl NumberColumn {
    pub(super) fn set(&mut self, row: usize, value: f64) {
        if !value.is_finite() {
            return;
        }
        if row == self.values.len() {
            self.values.push(value);
            return;
        }
        self.values.resize(self.values.len().max(row + 1), f64::NAN);
        self.values[row] = value;
    }

    pub(super) fn get(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|value| value.is_finite())
    }

    fn append(&mut self, start: usize, rows: usize, part: Figures<'_>) {
        self.values.resize(start, f64::NAN);
        self.values.extend((0..rows).map(|row| part.get(row).unwrap_or(f64::NAN)));
    }

    /// Adds the rows of another column from `start` on.
    fn extend(&mut self, start: usize, other: &NumberColumn) {
        self.values.resize(start, f64::NAN);
        self.values.extend_from_slice(&other.values);
    }

    /// Replaces some rows by those of another column, in order.
    fn overwrite(&mut self, rows: impl IntoIterator<Item = usize>, other: &NumberColumn) {
        for (row, target) in rows.into_iter().enumerate() {
            self.values.resize(self.values.len().max(target + 1), f64::NAN);
            self.values[target] = other.get(row).unwrap_or(f64::NAN);
        }
    }

    fn take(&mut self, rows: &[usize]) {
        self.values = rows.iter().map(|row| self.values.get(*row).copied().unwrap_or(f64::NAN)).collect();
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.values.iter().any(|value| value.is_finite())
    }

    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.values.resize(rows, f64::NAN);
        let present = present(&self.values, |value| value.is_finite());
        Arc::new(Float64Array::new(ScalarBuffer::from(self.values), present))
    }
}

/// Columns of equal length that are still growing. A column that no row has a value in is left out of the table.
#[derive(Clone)]
pub struct Columns {
    kind: Kind,
    pub(super) rows: usize,
    pub(super) dimensions: Vec<(String, TextColumn)>,
    pub(super) metrics: Vec<(String, Stat, NumberColumn)>,
    pub(super) load: NumberColumn,
    pub(super) lines: Vec<Option<u32>>,
    pub(super) keys: TextColumn,
}

impl Columns {
    /// Columns without rows.
    pub fn new(kind: Kind) -> Columns {
        Columns {
            kind,
            rows: 0,
            dimensions: Vec::new(),
            metrics: Vec::new(),
            load: NumberColumn::default(),
            lines: Vec::new(),
            keys: TextColumn::default(),
        }
    }

    /// Which records they are of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn dimension_index(&mut self, key: &str) -> usize {
        let known = self.dimensions.iter().position(|(other, _)| other == key);
        known.unwrap_or_else(|| {
            self.dimensions.push((key.to_owned(), TextColumn::default()));
            self.dimensions.len() - 1
        })
    }

    pub(super) fn metric_index(&mut self, key: &str, stat: Stat) -> usize {
        let known = self.metrics.iter().position(|(other, other_stat, _)| other == key && *other_stat == stat);
        known.unwrap_or_else(|| {
            self.metrics.push((key.to_owned(), stat, NumberColumn::default()));
            self.metrics.len() - 1
        })
    }

    pub(super) fn dimension_column(&mut self, key: &str) -> &mut TextColumn {
        let index = self.dimension_index(key);
        &mut self.dimensions[index].1
    }

    pub(super) fn metric_column(&mut self, key: &str, stat: Stat) -> &mut NumberColumn {
        let index = self.metric_index(key, stat);
        &mut self.metrics[index].2
    }

    /// The dimensions, by their keys.
    pub fn dimension_keys(&self) -> impl Iterator<Item = &str> {
        self.dimensions.iter().map(|(key, _)| key.as_str())
    }

    /// A row's text in a dimension.
    pub fn text(&self, key: &str, row: usize) -> Option<&str> {
        self.dimensions.iter().find(|(other, _)| other == key).and_then(|(_, column)| column.text(row))
    }

    /// Sets a row's text in a dimension; empty text changes nothing.
    pub fn set_text(&mut self, key: &str, row: usize, text: &str) {
        self.dimension_column(key).set(row, text);
    }

    /// A row's requested load.
    pub fn load(&self, row: usize) -> Option<f64> {
        self.load.get(row)
    }

    /// Whether the rows were measured at several loads.
    pub(super) fn has_several_loads(&self) -> bool {
        let mut loads = (0..self.rows).filter_map(|row| self.load.get(row));
        loads.next().is_some_and(|first| loads.any(|load| load != first))
    }

    /// Sets a row's requested load.
    pub fn set_load(&mut self, row: usize, kind: LoadKind, value: f64) {
        self.set_text("load_kind", row, kind.key());
        self.load.set(row, value);
    }

    /// The figures of a row: column number and value.
    pub fn figures(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.metrics.iter().enumerate().filter_map(move |(index, (.., column))| Some((index, column.get(row)?)))
    }

    /// A row's figure.
    pub fn figure(&self, key: &str, stat: Stat, row: usize) -> Option<f64> {
        self.metrics.iter().find(|(other, s, _)| other == key && *s == stat).and_then(|(.., column)| column.get(row))
    }

    /// The number of a column of figures, for [`Columns::figure_at`].
    pub fn figure_column(&self, key: &str, stat: Stat) -> Option<usize> {
        self.metrics.iter().position(|(other, s, _)| other == key && *s == stat)
    }

    /// A row's figure in a column.
    pub fn figure_at(&self, column: usize, row: usize) -> Option<f64> {
        self.metrics.get(column).and_then(|(.., column)| column.get(row))
    }

    /// A figure with two values, in words: `TTFT P99 60 ms, 600 ms`.
    pub fn differing(&self, (column, a, b): (usize, f64, f64)) -> String {
        self.metrics.get(column).map_or_else(String::new, |(key, stat, _)| {
            let values = [a, b].map(|value| number::with_unit(key, value));
            format!("{} {}", metrics::title(key, *stat, self.kind), values.join(", "))
        })
    }

    /// Sets a row's figure; NaN and infinity change nothing.
    pub fn set_figure(&mut self, key: &str, stat: Stat, row: usize, value: f64) {
        self.metric_column(key, stat).set(row, value);
    }

    /// The numbers of the figure columns whose metric is wanted.
    pub fn figure_columns(&self, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
        (0..self.metrics.len()).filter(|index| wanted(&self.metrics[*index].0)).collect()
    }

    /// Whether a row has no text in a dimension.
    pub fn lacks(&self, key: &str, row: usize) -> bool {
        self.text(key, row).is_none()
    }

    /// The distinct combinations of texts in some dimensions, each with its rows, in the order in which they come.
    pub fn distinct<const N: usize>(&self, keys: [&str; N]) -> Vec<([Option<String>; N], Vec<usize>)> {
        let columns = keys.map(|key| self.dimensions.iter().find(|(other, _)| other == key).map(|(_, column)| column));
        let mut index: FxHashMap<[Option<u32>; N], usize> = FxHashMap::default();
        let mut groups: Vec<([Option<String>; N], Vec<usize>)> = Vec::new();
        for row in 0..self.rows {
            let codes = columns.map(|column| column.and_then(|column| column.code(row)));
            let at = *index.entry(codes).or_insert_with(|| {
                groups.push((columns.map(|column| column.and_then(|column| column.text(row).map(str::to_owned))), Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(row);
        }
        groups
    }

    /// Fills missing dimensions, figures and load of the row `to` from the row `from`.
    pub fn complete(&mut self, to: usize, from: usize) {
        for (_, column) in &mut self.dimensions {
            if let (None, Some(code)) = (column.code(to), column.code(from)) {
                column.set_code(to, code);
            }
        }
        for (.., column) in &mut self.metrics {
            if let (None, Some(value)) = (column.get(to), column.get(from)) {
                column.set(to, value);
            }
        }
        if let (None, Some(value)) = (self.load.get(to), self.load.get(from)) {
            self.load.set(to, value);
        }
    }

    /// Adds the rows of a table below those that are there.
    pub fn append(&mut self, table: &Table) {
        let start = self.rows;
        self.rows += table.rows();
        for key in table.dimension_keys() {
            if let Some(part) = table.dimension(key) {
                self.dimension_column(key).append(start, table.rows(), part);
            }
        }
        for (key, stat) in table.figure_keys() {
            if let Some(part) = table.figures(key, stat) {
                self.metric_column(key, stat).append(start, table.rows(), part);
            }
        }
        if let Some(part) = table.load() {
            self.load.append(start, table.rows(), part);
        }
        if let Some(part) = table.key.and_then(|at| table.dictionary(at)) {
            self.keys.append(start, table.rows(), part);
        }
        self.lines.extend((0..table.rows()).map(|row| table.line(row)));
    }

    /// Adds the rows of other columns below those that are there.
    pub fn extend(&mut self, other: Columns) {
        if self.rows == 0 {
            *self = other;
            return;
        }
        let start = self.rows;
        self.rows += other.rows;
        for (key, column) in &other.dimensions {
            self.dimension_column(key).extend(start, other.rows, column);
        }
        for (key, stat, column) in &other.metrics {
            self.metric_column(key, *stat).extend(start, column);
        }
        self.load.extend(start, &other.load);
        self.keys.extend(start, other.rows, &other.keys);
        self.lines.extend_from_slice(&other.lines);
    }

    /// Replaces dimensions, figures and load of some rows by those of other columns, in order.
    pub fn overwrite(&mut self, rows: impl IntoIterator<Item = usize> + Clone, other: &Columns) {
        for (key, _) in &other.dimensions {
            self.dimension_index(key);
        }
        for (key, stat, _) in &other.metrics {
            self.metric_index(key, *stat);
        }
        let (no_text, no_number) = (TextColumn::default(), NumberColumn::default());
        for (key, column) in &mut self.dimensions {
            let theirs = other.dimensions.iter().find(|(known, _)| known == key).map_or(&no_text, |(_, column)| column);
            column.overwrite(rows.clone(), theirs);
        }
        for (key, stat, column) in &mut self.metrics {
            let theirs = other.metrics.iter().find(|(known, known_stat, _)| known == key && known_stat == stat);
            column.overwrite(rows.clone(), theirs.map_or(&no_number, |(.., column)| column));
        }
        self.load.overwrite(rows, &other.load);
    }

    /// Some rows, in order.
    pub fn select(&self, rows: &[usize]) -> Columns {
        let mut keep = vec![false; self.rows];
        rows.iter().for_each(|row| keep[*row] = true);
        let mut selected = self.clone();
        selected.retain(&keep);
        selected
    }

    /// Keeps the rows marked in `keep`, in order.
    pub fn retain(&mut self, keep: &[bool]) {
        let rows: Vec<usize> = (0..self.rows).filter(|row| keep.get(*row).copied().unwrap_or(true)).collect();
        if rows.len() == self.rows {
            return;
        }
        self.dimensions.iter_mut().for_each(|(_, column)| column.take(&rows));
        self.metrics.iter_mut().for_each(|(.., column)| column.take(&rows));
        self.load.take(&rows);
        self.keys.take(&rows);
        self.lines = rows.iter().map(|row| self.lines[*row]).collect();
        self.rows = rows.len();
    }

    /// The finished table.
    ///
    /// # Errors
    ///
    /// Those of Arrow when the columns do not fit together, which they do by construction.
    pub fn finish(self) -> Result<Table, ArrowError> {
        let (kind, rows) = (self.kind, self.rows);
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (key, column) in self.dimensions.into_iter().filter(|(_, column)| !column.is_empty()) {
            columns.push((format!("{DIMENSION}{key}"), column.finish(rows)));
        }
        for (key, stat, column) in self.metrics.into_iter().filter(|(.., column)| !column.is_empty()) {
            columns.push((format!("{METRIC}{key}/{}", stat.key()), column.finish(rows)));
        }
        columns.push((LOAD.to_owned(), self.load.finish(rows)));
        columns.push((LINE.to_owned(), Arc::new(UInt32Array::from(self.lines))));
        columns.push((KEY.to_owned(), self.keys.finish(rows)));
        Table::new(kind, columns)
    }
}
