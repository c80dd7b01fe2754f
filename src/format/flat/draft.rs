//! One record while it is filled: identity and figures by slots that were found once for the whole file.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::row::Row;
use crate::format::reader::identity::{at, normal, scalar};
use crate::record::{Load, Severity, Stat};

/// Latencies that tools write as 0 where no request gave one.
const PLACEHOLDERS: [&str; 6] = ["ttft", "tpot", "ntpot", "itl", "e2el", "interactivity"];

/// The dimensions and figures that a file's records can have, and the values of the current record.
#[derive(Default)]
pub(super) struct Slots {
    pub dimensions: Vec<String>,
    dimension_of: FxHashMap<String, usize>,
    pub figures: Vec<(String, Stat)>,
    figure_of: FxHashMap<String, Vec<(Stat, usize)>>,
    /// The current record's texts; blank for none.
    pub texts: Vec<String>,
    pub said: Vec<usize>,
    /// The current record's numbers; not a number for none.
    pub numbers: Vec<f64>,
    pub measured: Vec<usize>,
}

impl Slots {
    /// The slot of a dimension.
    pub(super) fn dimension(&mut self, key: &str) -> usize {
        if let Some(slot) = self.dimension_of.get(key) {
            return *slot;
        }
        self.dimensions.push(key.to_owned());
        self.texts.push(String::new());
        self.dimension_of.insert(key.to_owned(), self.dimensions.len() - 1);
        self.dimensions.len() - 1
    }

    /// The slot of a statistic of a metric.
    pub(super) fn figure(&mut self, key: &str, stat: Stat) -> usize {
        if let Some(slot) = self.known(key, stat) {
            return slot;
        }
        self.figures.push((key.to_owned(), stat));
        self.numbers.push(f64::NAN);
        let slot = self.figures.len() - 1;
        self.figure_of.entry(key.to_owned()).or_default().push((stat, slot));
        slot
    }

    fn known(&self, key: &str, stat: Stat) -> Option<usize> {
        self.figure_of.get(key)?.iter().find(|(known, _)| *known == stat).map(|(_, slot)| *slot)
    }

    /// Sets a text; the first of several counts.
    pub(super) fn say(&mut self, slot: usize, text: &str) {
        let value = normal(&self.dimensions[slot], text.trim());
        if self.texts[slot].is_empty() && !value.is_empty() {
            self.texts[slot] = value;
            self.said.push(slot);
        }
    }

    /// Sets a number; the first of several counts.
    pub(super) fn measure(&mut self, slot: usize, value: f64) {
        if self.numbers[slot].is_nan() && value.is_finite() {
            self.numbers[slot] = value;
            self.measured.push(slot);
        }
    }

    /// Forgets the current record.
    pub(super) fn clear(&mut self) {
        self.said.drain(..).for_each(|slot| self.texts[slot].clear());
        self.measured.drain(..).for_each(|slot| self.numbers[slot] = f64::NAN);
    }

    fn forget(&mut self, slot: usize) {
        self.numbers[slot] = f64::NAN;
        self.measured.retain(|other| *other != slot);
    }
}

/// A record as its file has it.
#[derive(Clone, Copy)]
pub(super) enum Raw<'r> {
    /// A row of a table.
    Cells { names: &'r FxHashMap<String, usize>, row: &'r Row<'r> },
    /// An object, and the top level it is in.
    Object { record: &'r Value, root: &'r Value },
}

impl Raw<'_> {
    /// The text of a column or of a path of keys; one that begins with `/` is from the top level.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self {
            Raw::Cells { names, row } => row.get(*names.get(name)?).map(|cell| cell.trim().to_owned()),
            Raw::Object { .. } => self.value(name).and_then(scalar),
        }
    }

    /// The value at a path of keys; `None` in a table.
    fn value(&self, name: &str) -> Option<&Value> {
        let Raw::Object { record, root } = self else { return None };
        let (start, path) = name.strip_prefix('/').map_or((*record, name), |path| (*root, path));
        Some(if start[path].is_null() { at(start, &path.split('.').collect::<Vec<&str>>()) } else { &start[path] })
    }

    /// A value as a finding shows it: its text, or what it is instead.
    pub(super) fn shown(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::Array(_)) => "a list".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
            _ => self.text(name).unwrap_or_default(),
        }
    }
}

/// A record that a format may complete before it is kept; see [`super::layout::Row::complete`].
pub(in crate::format) struct Draft<'r> {
    pub(super) raw: Raw<'r>,
    pub(super) slots: &'r mut Slots,
    pub load: Load,
    /// Findings: kind (see `Findings::add`), severity, message, hint.
    pub(super) notes: Vec<(&'static str, Severity, String, &'static str)>,
    /// Columns and keys read as numbers whose values are none, and what was expected.
    pub(super) wrong: RefCell<Vec<(String, &'static str)>>,
    /// Notes that apply to the whole file.
    pub(super) once: &'r mut Vec<&'static str>,
}

impl Draft<'_> {
    /// The text of a column or of a path of keys, as the file has it.
    pub fn text(&self, name: &str) -> Option<String> {
        self.raw.text(name).filter(|text| !text.is_empty())
    }

    /// The plain values of an object at a path of keys.
    pub fn pairs(&self, path: &str) -> impl Iterator<Item = (&str, String)> {
        let object = match self.raw {
            Raw::Object { record, .. } => at(record, &path.split('.').collect::<Vec<&str>>()).as_object(),
            Raw::Cells { .. } => None,
        };
        object.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), scalar(value)?)))
    }

    /// The number of a column or of a path of keys: what the formats compute with is never negative. Anything else is reported.
    pub fn number(&self, name: &str) -> Option<f64> {
        let number = self.signed(name)?;
        (number >= 0.0).then_some(number).or_else(|| self.wrong(name, "a non-negative number"))
    }

    /// A positive number: tools write 0 or −1 for “not set”.
    pub fn positive(&self, name: &str) -> Option<f64> {
        let number = self.signed(name).filter(|number| *number != 0.0 && *number != -1.0)?;
        (number > 0.0).then_some(number).or_else(|| self.wrong(name, "a positive number"))
    }

    /// A count, from 1.
    pub fn count(&self, name: &str) -> Option<f64> {
        let number = self.signed(name)?;
        (number >= 1.0 && number.fract() == 0.0).then_some(number).or_else(|| self.wrong(name, "a whole number from 1"))
    }

    fn signed(&self, name: &str) -> Option<f64> {
        if matches!(self.raw.value(name), Some(Value::Array(_) | Value::Object(_))) {
            return self.wrong(name, "a number");
        }
        match number(self.raw.text(name)?.trim()) {
            Cell::Number(number) => Some(number),
            Cell::Missing => None,
            Cell::Wrong => self.wrong(name, "a number"),
        }
    }

    fn wrong(&self, name: &str, expected: &'static str) -> Option<f64> {
        self.wrong.borrow_mut().push((name.to_owned(), expected));
        None
    }

    /// Whether a value was no number, which is reported.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.wrong.borrow().iter().any(|(wrong, _)| wrong == name)
    }

    /// Keeps the GPU count from being derived, where one of its parts is no count.
    pub fn without_gpus(&mut self, parts: &[&str]) {
        let Some(part) = parts.iter().find(|part| self.is_wrong(part)) else { return };
        self.unset("gpus");
        self.unset("gpus_basis");
        self.set("gpus_basis", Some(format!("unknown: “{part}” is {}", self.raw.shown(part))));
    }

    /// Adds what is left of a count without a part of it, and reports a part that is more than the whole.
    pub fn add_rest(&mut self, key: &str, [whole, part]: [&str; 2], numbers: [f64; 2]) {
        let [all, some] = numbers;
        if some <= all {
            return self.add(key, Stat::Mean, all - some);
        }
        let message = format!("“{part}” ({some}) is more than “{whole}” ({all}): what is left of it is missing.");
        self.note("counts that contradict each other", Severity::Warning, message, "The file may have been edited by hand.");
    }

    /// A figure that was read.
    pub fn figure(&self, key: &str, stat: Stat) -> Option<f64> {
        self.slots.known(key, stat).map(|slot| self.slots.numbers[slot]).filter(|number| !number.is_nan())
    }

    /// Adds a figure that follows from others, unless the file has it.
    pub fn add(&mut self, key: &str, stat: Stat, value: f64) {
        let slot = self.slots.figure(key, stat);
        self.slots.measure(slot, value);
    }

    /// Takes a figure out of the record.
    pub fn take(&mut self, key: &str, stat: Stat) -> Option<f64> {
        let value = self.figure(key, stat);
        if let Some(slot) = self.slots.known(key, stat) {
            self.slots.forget(slot);
        }
        value
    }

    /// Moves every statistic of one metric to another.
    pub fn rename(&mut self, from: &str, to: &str) {
        let known = self.slots.figure_of.get(from).cloned().unwrap_or_default();
        for (stat, _) in known {
            if let Some(value) = self.take(from, stat) {
                self.add(to, stat, value);
            }
        }
    }

    /// A dimension's value.
    pub fn get(&self, key: &str) -> Option<&str> {
        let slot = self.slots.dimension_of.get(key)?;
        Some(self.slots.texts[*slot].as_str()).filter(|text| !text.is_empty())
    }

    /// Sets a dimension, if there is a value.
    pub fn set(&mut self, key: &str, value: Option<impl AsRef<str>>) {
        let Some(value) = value else { return };
        let slot = self.slots.dimension(key);
        let value = normal(key, value.as_ref().trim());
        if self.slots.texts[slot].is_empty() && !value.is_empty() {
            self.slots.said.push(slot);
        }
        if !value.is_empty() {
            self.slots.texts[slot] = value;
        }
    }

    /// Takes a dimension out of the record.
    pub fn unset(&mut self, key: &str) {
        if let Some(slot) = self.slots.dimension_of.get(key).copied() {
            self.slots.texts[slot].clear();
            self.slots.said.retain(|other| *other != slot);
        }
    }

    /// Adds a finding about the record; `kind` completes “And 12 more …”.
    pub fn note(&mut self, kind: &'static str, severity: Severity, message: impl Into<String>, hint: &'static str) {
        self.notes.push((kind, severity, message.into(), hint));
    }

    /// Adds a note that is reported once per file, however many records it applies to.
    pub fn once(&mut self, note: &'static str) {
        if !self.once.contains(&note) {
            self.once.push(note);
        }
    }

    /// Drops latencies that are 0 in every statistic: no request gave one.
    pub(super) fn drop_placeholders(&mut self) {
        for key in PLACEHOLDERS {
            let known = self.slots.figure_of.get(key).cloned().unwrap_or_default();
            let values: Vec<f64> =
                known.iter().map(|(_, slot)| self.slots.numbers[*slot]).filter(|value| !value.is_nan()).collect();
            if !values.is_empty() && values.iter().all(|value| *value == 0.0) {
                known.iter().for_each(|(_, slot)| self.slots.forget(*slot));
                self.once("A latency that is 0 in every statistic of a record is none: treated as missing.");
            }
        }
    }
}
