//! Building a table from what a format emits.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Float64Array, StringArray, UInt32Array};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::UInt32Type;
use rustc_hash::FxHashMap;

use super::{DIMENSION, KEY, LINE, LOAD, METRIC, Table, derive};
use crate::record::{Diagnostic, DimensionId, Measurement, MetricId, Place, Provenance, Severity, Sink, Stat};

/// How many findings of one file are kept; the rest are counted.
const MAX_DIAGNOSTICS: usize = 1000;

/// A dictionary-encoded text column that grows row by row; rows it is not told about stay missing.
#[derive(Default)]
pub(super) struct TextColumn {
    codes: Vec<u32>,
    values: Vec<Box<str>>,
    index: FxHashMap<Box<str>, u32>,
}

const MISSING: u32 = u32::MAX;

impl TextColumn {
    pub(super) fn code_of(&mut self, text: &str) -> u32 {
        // Neighbouring rows mostly share their identity: comparing with the last value saves the hash.
        if let Some(last) = self.codes.last().copied().filter(|last| *last != MISSING)
            && &*self.values[last as usize] == text
        {
            return last;
        }
        if let Some(code) = self.index.get(text) {
            return *code;
        }
        let code = self.values.len() as u32;
        self.values.push(text.into());
        self.index.insert(text.into(), code);
        code
    }

    pub(super) fn set(&mut self, row: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let code = self.code_of(text);
        self.set_code(row, code);
    }

    pub(super) fn set_code(&mut self, row: usize, code: u32) {
        self.codes.resize(row.max(self.codes.len()), MISSING);
        match self.codes.get_mut(row) {
            Some(slot) => *slot = code,
            None => self.codes.push(code),
        }
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code != MISSING).then(|| &*self.values[code as usize])
    }

    /// Every row's text as a number; each distinct text is parsed once.
    pub(super) fn numbers(&self, rows: usize) -> Vec<Option<f64>> {
        let parsed: Vec<Option<f64>> = self.values.iter().map(|text| text.parse().ok()).collect();
        let of = |row: usize| parsed.get(*self.codes.get(row)? as usize).copied().flatten();
        (0..rows).map(of).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.codes.resize(rows, MISSING);
        let present = NullBuffer::from_iter(self.codes.iter().map(|code| *code != MISSING));
        for code in &mut self.codes {
            if *code == MISSING {
                *code = 0;
            }
        }
        let keys = UInt32Array::new(ScalarBuffer::from(self.codes), Some(present).filter(|nulls| nulls.null_count() > 0));
        let values = Arc::new(StringArray::from_iter_values(self.values));
        // Codes are positions in `values` by construction, so the checked constructor cannot refuse them.
        match DictionaryArray::<UInt32Type>::try_new(keys, values) {
            Ok(array) => Arc::new(array),
            Err(_) => arrow::array::new_null_array(&dictionary_type(), rows),
        }
    }
}

pub(super) fn dictionary_type() -> arrow::datatypes::DataType {
    use arrow::datatypes::DataType;
    DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
}

/// A column of figures that grows row by row; NaN stands for missing until the column is finished.
#[derive(Default)]
pub(super) struct NumberColumn {
    values: Vec<f64>,
}

impl NumberColumn {
    pub(super) fn set(&mut self, row: usize, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.values.resize(row.max(self.values.len()), f64::NAN);
        match self.values.get_mut(row) {
            Some(slot) => *slot = value,
            None => self.values.push(value),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|value| value.is_finite())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.values.resize(rows, f64::NAN);
        let present = NullBuffer::from_iter(self.values.iter().map(|value| value.is_finite()));
        let nulls = Some(present).filter(|nulls| nulls.null_count() > 0);
        Arc::new(Float64Array::new(ScalarBuffer::from(self.values), nulls))
    }
}

/// What a file gave: its table, who wrote it, and what was found on the way.
pub struct Built {
    /// The measurements, with derived columns.
    pub table: Table,
    /// Who wrote the file.
    pub provenance: Provenance,
    /// The findings, in the order they were made.
    pub diagnostics: Vec<Diagnostic>,
}

/// Collects one file's measurements into columns.
pub struct Builder<'a> {
    pub(super) rows: usize,
    pub(super) dimensions: Vec<(String, TextColumn)>,
    pub(super) metrics: Vec<(String, Stat, NumberColumn)>,
    pub(super) load: NumberColumn,
    lines: Vec<Option<u32>>,
    keys: TextColumn,
    diagnostics: Vec<Diagnostic>,
    dropped: usize,
    provenance: Provenance,
    on_progress: Box<dyn FnMut(f64) + 'a>,
}

impl<'a> Builder<'a> {
    /// A builder that reports progress (0 to 1) to `on_progress`.
    pub fn new(on_progress: impl FnMut(f64) + 'a) -> Builder<'a> {
        Builder {
            rows: 0,
            dimensions: Vec::new(),
            metrics: Vec::new(),
            load: NumberColumn::default(),
            lines: Vec::new(),
            keys: TextColumn::default(),
            diagnostics: Vec::new(),
            dropped: 0,
            provenance: Provenance::default(),
            on_progress: Box::new(on_progress),
        }
    }

    pub(super) fn dimension_column(&mut self, key: &str) -> &mut TextColumn {
        let DimensionId(id) = self.dimension(key);
        &mut self.dimensions[id as usize].1
    }

    pub(super) fn metric_column(&mut self, key: &str, stat: Stat) -> &mut NumberColumn {
        let MetricId(id) = self.metric(key, stat);
        &mut self.metrics[id as usize].2
    }

    /// Completes the table: adds the file's path, what follows from other columns, and drops columns without a value.
    pub fn finish(mut self, path: &str) -> Built {
        let rows = self.rows;
        // A table that was exported from other files names them itself.
        let paths = self.dimension_column("path");
        for row in 0..rows {
            if paths.text(row).is_none() {
                paths.set(row, path);
            }
        }
        for (key, value) in [("tool", self.provenance.tool.clone()), ("tool_version", self.provenance.tool_version.clone())] {
            let column = self.dimension_column(key);
            for row in 0..rows {
                if let (None, Some(value)) = (column.text(row), &value) {
                    column.set(row, value);
                }
            }
        }
        derive::dimensions(&mut self);
        derive::metrics(&mut self);
        if self.dropped > 0 {
            let message = format!("{} more findings of this file are not listed.", self.dropped);
            self.diagnostics.push(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }

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
        let mut diagnostics = self.diagnostics;
        let table = Table::new(columns).unwrap_or_else(|error| {
            let message = format!("The columns do not fit together: {error}.");
            diagnostics.push(Diagnostic::new(Severity::Error, Place::File, message, "Please report this with the file."));
            Table::empty()
        });
        Built { table, provenance: self.provenance, diagnostics }
    }
}

impl Sink for Builder<'_> {
    fn dimension(&mut self, key: &str) -> DimensionId {
        let known = self.dimensions.iter().position(|(other, _)| other == key);
        let id = known.unwrap_or_else(|| {
            self.dimensions.push((key.to_owned(), TextColumn::default()));
            self.dimensions.len() - 1
        });
        DimensionId(id as u32)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        let known = self.metrics.iter().position(|(other, other_stat, _)| other == key && *other_stat == stat);
        let id = known.unwrap_or_else(|| {
            self.metrics.push((key.to_owned(), stat, NumberColumn::default()));
            self.metrics.len() - 1
        });
        MetricId(id as u32)
    }

    fn measurement(&mut self, measurement: Measurement<'_>) {
        let row = self.rows;
        self.rows += 1;
        for (DimensionId(id), text) in measurement.identity {
            if let Some((_, column)) = self.dimensions.get_mut(*id as usize) {
                column.set(row, text);
            }
        }
        for sample in measurement.samples {
            if let Some((.., column)) = self.metrics.get_mut(sample.metric.0 as usize) {
                column.set(row, sample.value);
            }
        }
        if let Some(kind) = measurement.load.kind {
            self.dimension_column("load_kind").set(row, kind.key());
        }
        if let Some(value) = measurement.load.value {
            self.load.set(row, value);
        }
        let line = match measurement.place {
            Place::Line(line) | Place::Cell { line, .. } | Place::Character { line, .. } => u32::try_from(*line).ok(),
            Place::Key(path) | Place::Text(path) => {
                self.keys.set(row, path);
                None
            }
            Place::File => None,
        };
        self.lines.push(line);
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    fn provenance(&mut self, provenance: Provenance) {
        self.provenance.fill(provenance);
    }

    fn progress(&mut self, fraction: f64) {
        (self.on_progress)(fraction);
    }
}
