//! One growing column: of texts, or of figures.

use std::hash::Hash;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use rustc_hash::FxHashMap;

use super::cells::{Cell, Cells, Runs};
use super::texts::Texts;
use super::{Dimension, Figures};

/// A dictionary-encoded text column that grows row by row; rows without a text stay missing.
#[derive(Clone, Default)]
pub(super) struct TextColumn {
    codes: Cells<u32>,
    texts: Texts,
}

const MISSING: u32 = u32::MISSING;

impl TextColumn {
    /// The code of a text; [`MISSING`] if there are too many texts to add it.
    pub(super) fn code_of(&mut self, text: &str) -> u32 {
        // Neighbouring rows mostly share their identity: comparing with the last value saves the hash.
        if let Some(last) = self.codes.last()
            && self.texts.get(last) == text
        {
            return last;
        }
        self.texts.code_of(text).unwrap_or(MISSING)
    }

    /// The code of a text that is there.
    pub(super) fn find(&mut self, text: &str) -> Option<u32> {
        self.codes.last().filter(|last| self.texts.get(*last) == text).or_else(|| self.texts.find(text))
    }

    /// Gives the rows without a text this one.
    pub(super) fn complete(&mut self, rows: usize, text: &str) {
        if !text.is_empty() && self.codes.len() < rows {
            let code = self.texts.code_of(text).unwrap_or(MISSING);
            self.codes.complete(rows, code);
        }
    }

    pub(super) fn set(&mut self, row: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let code = self.code_of(text);
        self.set_code(row, code);
    }

    /// Makes room for about so many rows where `more` of them do not fit.
    pub(super) fn expect(&mut self, rows: usize, more: usize) {
        self.codes.expect(rows, more);
    }

    /// Sets the texts of the rows from `start` on; an empty one changes nothing.
    pub(super) fn set_all(&mut self, start: usize, texts: &[&str]) {
        let mut codes = Vec::with_capacity(texts.len());
        let (mut last, mut code) = ("", MISSING);
        for text in texts {
            // Equal neighbours are mostly one and the same text.
            if !std::ptr::eq(*text, last) && *text != last {
                (last, code) = (text, if text.is_empty() { MISSING } else { self.code_of(text) });
            }
            codes.push(code);
        }
        self.codes.set_all(start, &codes);
    }

    pub(super) fn set_code(&mut self, row: usize, code: u32) {
        self.codes.set(row, code);
    }

    pub(super) fn text(&self, row: usize) -> Option<&str> {
        self.codes.get(row).map(|code| self.texts.get(code))
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
        self.codes.get(row)
    }

    /// Adds a finished column's rows from `start` on.
    pub(super) fn append(&mut self, start: usize, part: Dimension<'_>) {
        if self.texts.len() == 0 {
            self.texts = Texts::of(part.values);
            match part.all_codes() {
                Some(codes) => self.codes.set_all(start, &codes),
                None => self.codes.extend(start, part.codes()),
            }
        } else {
            let codes: Vec<u32> = (0..part.cardinality() as u32).map(|code| self.code_of(part.value(code))).collect();
            self.codes.extend(start, part.codes().map(|(row, code)| (row, codes[code as usize])));
        }
    }

    /// Adds the rows of another column from `start` on.
    pub(super) fn extend(&mut self, start: usize, other: &TextColumn) {
        let mut known = vec![MISSING; other.texts.len()];
        for (row, code) in other.codes.iter() {
            let code = self.same_code(&mut known, other, code);
            self.codes.set(start + row, code);
        }
    }

    /// Replaces some rows by those of another column, in order.
    pub(super) fn overwrite(&mut self, rows: impl IntoIterator<Item = usize>, other: &TextColumn) {
        let mut known = vec![MISSING; other.texts.len()];
        for (row, target) in rows.into_iter().enumerate() {
            let code = other.code(row).map_or(MISSING, |code| self.same_code(&mut known, other, code));
            self.codes.set(target, code);
        }
    }

    /// The code of the text that has a code in another column; `known` are those that were asked for before.
    fn same_code(&mut self, known: &mut [u32], other: &TextColumn, theirs: u32) -> u32 {
        let code = &mut known[theirs as usize];
        if *code == MISSING {
            *code = self.code_of(other.texts.get(theirs));
        }
        *code
    }

    /// Keeps these rows, ascending; the texts that none of them has go when the column is finished.
    pub(super) fn take(&mut self, rows: &[usize]) {
        self.codes.take(rows);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Orders the dictionary by first use and drops unused values.
    fn settle(&mut self) {
        let mut used = 0;
        let is_settled = self.codes.iter().all(|(_, code)| {
            used += u32::from(code == used);
            code < used
        });
        if is_settled && used as usize == self.texts.len() {
            return;
        }
        let mut places = vec![MISSING; self.texts.len()];
        let mut texts = Texts::default();
        self.codes.change(|code| {
            let place = &mut places[code as usize];
            if *place == MISSING {
                *place = texts.push(self.texts.get(code));
            }
            *place
        });
        self.texts = texts;
    }

    /// The finished column: run-end encoded if few rows have a text.
    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.settle();
        let (codes, runs) = self.codes.finish(rows);
        shaped(dictionary(codes, self.texts), runs, rows)
    }

    /// The finished column, with a place for each row.
    pub(super) fn finish_all(mut self, rows: usize) -> ArrayRef {
        self.settle();
        dictionary(self.codes.all(rows), self.texts)
    }
}

fn dictionary(mut codes: Vec<u32>, texts: Texts) -> ArrayRef {
    let rows = codes.len();
    let present = present(&codes);
    codes.iter_mut().filter(|code| !code.is_there()).for_each(|code| *code = 0);
    let keys = UInt32Array::new(ScalarBuffer::from(codes), present);
    // Codes are positions in the texts by construction, so the checked constructor cannot refuse them.
    match DictionaryArray::<UInt32Type>::try_new(keys, texts.into_array()) {
        Ok(array) => Arc::new(array),
        Err(_) => arrow_array::new_null_array(&dictionary_type(), rows),
    }
}

/// A column of these values, or of these runs of them.
fn shaped(values: ArrayRef, runs: Option<Runs>, rows: usize) -> ArrayRef {
    match runs {
        None => values,
        // There are as many values as runs by construction, and their ends ascend.
        Some(runs) => match runs.of(&values) {
            Ok(array) => Arc::new(array),
            Err(_) => arrow_array::new_null_array(values.data_type(), rows),
        },
    }
}

pub(super) fn dictionary_type() -> arrow_schema::DataType {
    use arrow_schema::DataType;
    DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
}

/// Which cells are there; `None` where all are.
fn present<T: Cell>(cells: &[T]) -> Option<NullBuffer> {
    let some_missing = !cells.iter().all(|cell| cell.is_there());
    some_missing.then(|| NullBuffer::new(BooleanBuffer::collect_bool(cells.len(), |row| cells[row].is_there())))
}

/// A column of figures that grows row by row.
#[derive(Clone, Default)]
pub(super) struct NumberColumn {
    values: Cells<f64>,
}

impl NumberColumn {
    /// Sets a row's figure; NaN and infinity change nothing.
    pub(super) fn set(&mut self, row: usize, value: f64) {
        if value.is_finite() {
            self.values.set(row, value);
        }
    }

    /// Makes room for about so many rows where `more` of them do not fit.
    pub(super) fn expect(&mut self, rows: usize, more: usize) {
        self.values.expect(rows, more);
    }

    /// Sets the figures of the rows from `start` on; NaN changes nothing.
    pub(super) fn set_all(&mut self, start: usize, values: &[f64]) {
        self.values.set_all(start, values);
    }

    pub(super) fn get(&self, row: usize) -> Option<f64> {
        self.values.get(row)
    }

    pub(super) fn append(&mut self, start: usize, part: Figures<'_>) {
        match part.all() {
            Some(figures) => self.values.set_all(start, &figures),
            None => self.values.extend(start, part.iter()),
        }
    }

    /// Adds the rows of another column from `start` on.
    pub(super) fn extend(&mut self, start: usize, other: &NumberColumn) {
        self.values.extend(start, other.values.iter());
    }

    /// Replaces some rows by those of another column, in order.
    pub(super) fn overwrite(&mut self, rows: impl IntoIterator<Item = usize>, other: &NumberColumn) {
        rows.into_iter().enumerate().for_each(|(row, target)| self.values.set(target, other.get(row).unwrap_or(f64::MISSING)));
    }

    /// Keeps these rows, ascending.
    pub(super) fn take(&mut self, rows: &[usize]) {
        self.values.take(rows);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The finished column: run-end encoded if few rows have a figure.
    pub(super) fn finish(self, rows: usize) -> ArrayRef {
        let (values, runs) = self.values.finish(rows);
        shaped(figures(values), runs, rows)
    }
}

fn figures(values: Vec<f64>) -> ArrayRef {
    let present = present(&values);
    Arc::new(Float64Array::new(ScalarBuffer::from(values), present))
}
