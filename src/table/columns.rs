//! Growing columns of equal length, from which a table is built row by row or table by table.

use std::sync::Arc;

use arrow_array::{ArrayRef, UInt32Array};
use arrow_schema::ArrowError;
use rustc_hash::FxHashMap;

use super::column::{NumberColumn, TextColumn};
use super::{DIMENSION, KEY, LINE, LOAD, METRIC, Table};
use crate::catalog::{metrics, number};
use crate::record::{Kind, LoadKind, Stat};
use crate::work::{self, Pace};

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

    /// The number of a dimension, for [`Columns::code_at`].
    pub fn dimension_at(&self, key: &str) -> Option<usize> {
        self.dimensions.iter().position(|(other, _)| other == key)
    }

    /// The code of a row's text in a dimension.
    pub fn code_at(&self, dimension: usize, row: usize) -> Option<u32> {
        self.dimensions.get(dimension).and_then(|(_, column)| column.code(row))
    }

    /// A row's text in a dimension.
    pub fn text_at(&self, dimension: usize, row: usize) -> Option<&str> {
        self.dimensions.get(dimension).and_then(|(_, column)| column.text(row))
    }

    /// The distinct texts of a dimension, in the order of their codes.
    pub fn texts_at(&self, dimension: usize) -> impl Iterator<Item = &str> {
        self.dimensions.get(dimension).into_iter().flat_map(|(_, column)| column.texts())
    }

    /// Sets a row's text in a dimension; empty text changes nothing.
    pub fn set_text(&mut self, key: &str, row: usize, text: &str) {
        self.dimension_column(key).set(row, text);
    }

    /// Sets a dimension of each row as it follows from another; of rows that have it only if `over` says so. What gives no text
    /// changes nothing.
    pub fn set_from(&mut self, from: &str, key: &str, over: bool, make: impl Fn(&str) -> Option<String>) {
        let source = std::mem::take(self.dimension_column(from));
        let target = self.dimension_index(key);
        let target = &mut self.dimensions[target].1;
        let open: Vec<bool> = (0..self.rows).map(|row| over || target.code(row).is_none()).collect();
        target.fill(self.rows, |row| source.code(row).filter(|_| open[row]), |row| make(source.text(row)?));
        *self.dimension_column(from) = source;
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

    /// How many columns of figures there are.
    pub fn figure_count(&self) -> usize {
        self.metrics.len()
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
        let mut last = None;
        for row in 0..self.rows {
            let codes = columns.map(|column| column.and_then(|column| column.code(row)));
            // Neighbouring rows mostly share their identity.
            if let Some((known, at)) = last
                && known == codes
            {
                let group: &mut ([Option<String>; N], Vec<usize>) = &mut groups[at];
                group.1.push(row);
                continue;
            }
            let at = *index.entry(codes).or_insert_with(|| {
                groups.push((columns.map(|column| column.and_then(|column| column.text(row).map(str::to_owned))), Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(row);
            last = Some((codes, at));
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
        work::at_once(self.append_at(table, Pace::UNBROKEN));
    }

    /// The same in steps.
    pub async fn append_at(&mut self, table: &Table, pace: Pace<'_>) {
        let start = self.rows;
        self.rows += table.rows();
        work::count(table.rows());
        let (keys, figures) = (table.dimension_keys(), table.figure_keys());
        let count = keys.len() + figures.len();
        for (at, key) in keys.iter().enumerate() {
            pace.between(at, count).await;
            if let Some(part) = table.dimension(key) {
                self.dimension_column(key).append(start, part);
            }
        }
        for (at, (key, stat)) in figures.into_iter().enumerate() {
            pace.between(keys.len() + at, count).await;
            if let Some(part) = table.figures(key, stat) {
                self.metric_column(key, stat).append(start, part);
            }
        }
        if let Some(part) = table.load() {
            self.load.append(start, part);
        }
        if let Some(part) = table.key.and_then(|at| table.dictionary(at)) {
            self.keys.append(start, part);
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
            self.dimension_column(key).extend(start, column);
        }
        for (key, stat, column) in &other.metrics {
            self.metric_column(key, *stat).extend(start, column);
        }
        self.load.extend(start, &other.load);
        self.keys.extend(start, &other.keys);
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
        work::at_once(self.retain_at(keep, Pace::UNBROKEN));
    }

    /// The same in steps.
    pub async fn retain_at(&mut self, keep: &[bool], pace: Pace<'_>) {
        let rows: Vec<usize> = (0..self.rows).filter(|row| keep.get(*row).copied().unwrap_or(true)).collect();
        if rows.len() == self.rows {
            return;
        }
        work::count(self.rows);
        let count = self.dimensions.len() + self.metrics.len();
        for (at, (_, column)) in self.dimensions.iter_mut().enumerate() {
            pace.between(at, count).await;
            column.take(&rows);
        }
        for (at, (.., column)) in self.metrics.iter_mut().enumerate() {
            pace.between(self.dimensions.len() + at, count).await;
            column.take(&rows);
        }
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
        work::at_once(self.finish_at(Pace::UNBROKEN))
    }

    /// The same in steps.
    ///
    /// # Errors
    ///
    /// Those of [`Columns::finish`].
    pub async fn finish_at(self, pace: Pace<'_>) -> Result<Table, ArrowError> {
        let (kind, rows) = (self.kind, self.rows);
        work::count(rows);
        let count = self.dimensions.len() + self.metrics.len();
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (key, column) in self.dimensions.into_iter().filter(|(_, column)| !column.is_empty()) {
            pace.between(columns.len(), count).await;
            columns.push((format!("{DIMENSION}{key}"), column.finish(rows)));
        }
        for (key, stat, column) in self.metrics.into_iter().filter(|(.., column)| !column.is_empty()) {
            pace.between(columns.len(), count).await;
            columns.push((format!("{METRIC}{key}/{}", stat.key()), column.finish(rows)));
        }
        columns.push((LOAD.to_owned(), self.load.finish(rows)));
        columns.push((LINE.to_owned(), Arc::new(UInt32Array::from(self.lines))));
        columns.push((KEY.to_owned(), self.keys.finish(rows)));
        Table::new(kind, columns)
    }
}
