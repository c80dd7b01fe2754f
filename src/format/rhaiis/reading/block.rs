//! Many rows at once, column by column.
//!
//! Reading a cell costs less than asking what its column is, and neighbouring rows mostly have the same texts. So rows are
//! read together where there is nothing to say about any of them: every cell is what its column expects, and every row has
//! figures. Otherwise nothing is taken, and [`Reading::row`] reads them one by one. A test holds both ways against each
//! other.

use std::fmt::Write;
use std::ops::Range;

use super::super::figures::Figure;
use super::super::repeats::{Key, hash_of};
use super::{Cells, Column, Reading, TOGETHER, Use};
use crate::catalog::accelerators;
use crate::catalog::instant::rfc3339;
use crate::format::guidellm::names::{TimePerOutputToken, bare_version};
use crate::format::reader::csv::cells::{Cell, is_canonical, is_missing, number, same};
use crate::format::reader::csv::row::Row;
use crate::record::{Block, DimensionId, Kind, Load, MetricId, Sink};

/// How a row may read time per output token.
const READINGS: [Option<TimePerOutputToken>; 3] =
    [None, Some(TimePerOutputToken::FromRequest), Some(TimePerOutputToken::FromFirstToken)];

/// The columns of a block.
pub(super) struct Blocks {
    dimensions: Vec<DimensionId>,
    metrics: Vec<MetricId>,
    /// Where each of the file's columns goes.
    slots: Vec<Slot>,
    /// The figures, metric by metric.
    figures: Vec<f64>,
    loads: Vec<Load>,
}

/// Where a column goes.
#[derive(Clone, Copy)]
enum Slot {
    /// To this one of the dimensions.
    Text(usize),
    Load,
    /// To these metrics, by the row's reading of time per output token.
    Figure([[Option<usize>; 2]; 3]),
}

impl Blocks {
    /// `None` if two columns go to the same place, where the order within a row counts.
    pub(super) fn of(columns: &[Column]) -> Option<Blocks> {
        let dimensions: Vec<DimensionId> = columns.iter().filter_map(|column| column.what.dimension()).collect();
        if dimensions.iter().enumerate().any(|(at, id)| dimensions[..at].contains(id)) {
            return None;
        }
        let mut metrics: Vec<MetricId> = Vec::new();
        let mut taken: [Vec<MetricId>; 3] = Default::default();
        let mut loads = 0;
        let mut slots = Vec::with_capacity(columns.len());
        for column in columns {
            slots.push(match &column.what {
                Use::Text(id) | Use::Number(id, ..) | Use::Accelerator(id) | Use::ToolVersion(id) | Use::Instant(id) => {
                    Slot::Text(dimensions.iter().position(|known| known == id)?)
                }
                Use::Concurrency => {
                    loads += 1;
                    Slot::Load
                }
                Use::Figure(figure) => {
                    for (taken, reading) in taken.iter_mut().zip(READINGS) {
                        for metric in figure.metrics(reading).into_iter().flatten() {
                            if taken.contains(&metric) {
                                return None;
                            }
                            taken.push(metric);
                        }
                    }
                    let mut slot = |metric: MetricId| {
                        metrics.iter().position(|known| *known == metric).unwrap_or_else(|| {
                            metrics.push(metric);
                            metrics.len() - 1
                        })
                    };
                    Slot::Figure(READINGS.map(|reading| figure.metrics(reading).map(|metric| metric.map(&mut slot))))
                }
            });
        }
        (loads < 2).then_some(Blocks { dimensions, metrics, slots, figures: Vec::new(), loads: Vec::new() })
    }
}

/// What is noted about the rows of a block once all of it is sound.
struct Noted {
    unloaded: u64,
    /// Distributions with a figure, and those with one that is not 0.
    present: [u32; TOGETHER],
    sampled: [u32; TOGETHER],
    empty: u64,
    /// Rows with a time per output token.
    per_output: [bool; TOGETHER],
}

impl Reading {
    /// Reads rows whose cells follow each other, of about so many in all, and emits them. False, and nothing is taken or noted, where one of them needs
    /// [`Reading::row`].
    pub(in crate::format::rhaiis) fn block(&mut self, row: &Row<'_>, lines: &[u64], about: usize, sink: &mut dyn Sink) -> bool {
        let Some(blocks) = &mut self.blocks else { return false };
        let rows = lines.len();
        if rows > TOGETHER {
            return false;
        }
        let Blocks { dimensions, metrics, slots, figures, loads } = blocks;
        let mut texts = vec![""; dimensions.len() * rows];
        figures.clear();
        figures.resize(metrics.len() * rows, f64::NAN);
        loads.clear();
        loads.resize(rows, Load::default());
        self.scratch.clear();
        // Texts that are not in the file, by their positions.
        let mut made = Vec::new();
        let mut noted =
            Noted { unloaded: 0, present: [0; TOGETHER], sampled: [0; TOGETHER], empty: 0, per_output: [false; TOGETHER] };
        let cells = |column: &Column| {
            let index = column.index;
            let width = self.cells;
            (0..rows).map(move |at| Cells { row, first: at * width }.get(index))
        };
        let mut readings = [0; TOGETHER];
        for (column, slot) in self.columns.iter().zip(&*slots) {
            let done = match *slot {
                Slot::Text(slot) => {
                    let range = slot * rows..(slot + 1) * rows;
                    let mut column_of = Texts {
                        texts: &mut texts[range.clone()],
                        first: range.start,
                        scratch: &mut self.scratch,
                        made: &mut made,
                    };
                    let done = column_of.take(cells(column), &column.what);
                    if let Use::ToolVersion(_) = column.what {
                        read_versions(&texts[range], &mut readings);
                    }
                    done
                }
                Slot::Load => take_loads(cells(column), loads, &mut noted.unloaded),
                // In a second pass: the rows' versions may stand behind the figures.
                Slot::Figure(_) => true,
            };
            if !done {
                return false;
            }
        }
        for (column, slot) in self.columns.iter().zip(&*slots) {
            if let (Use::Figure(figure), Slot::Figure(to)) = (&column.what, slot)
                && !noted.take(figure, cells(column), to, &readings, figures, rows)
            {
                return false;
            }
        }
        for (column, slot) in self.columns.iter().zip(&*slots) {
            if let (Use::Figure(figure), Slot::Figure(to)) = (&column.what, slot) {
                noted.drop_empty(figure, to, &readings, figures, rows);
            }
        }
        let mut keys: Vec<Key> = loads.iter().map(|load| Key::of(*load)).collect();
        let mut some = [false; TOGETHER];
        for (metric, figures) in metrics.iter().zip(figures.chunks(rows)) {
            for (at, (key, figure)) in keys.iter_mut().zip(figures).enumerate() {
                if !figure.is_nan() {
                    some[at] = true;
                    key.measure(*metric, *figure);
                }
            }
        }
        if !some[..rows].iter().all(|some| *some) {
            return false;
        }
        for (at, range) in made {
            texts[at] = &self.scratch[range];
        }
        for (id, texts) in dimensions.iter().zip(texts.chunks(rows)) {
            let (mut last, mut hash) = ("", 0);
            for (key, text) in keys.iter_mut().zip(texts).filter(|(_, text)| !text.is_empty()) {
                // Equal neighbours are mostly one and the same text.
                if !std::ptr::eq(*text, last) && *text != last {
                    (last, hash) = (text, hash_of(text));
                }
                key.identify(*id, hash);
            }
        }
        let block = Block { kind: Kind::Measurement, about, lines, loads, dimensions, texts: &texts, metrics, figures };
        if !sink.block(&block) {
            return false;
        }
        let version = self.columns.iter().zip(&*slots).find_map(|(column, slot)| match (&column.what, slot) {
            (Use::ToolVersion(_), Slot::Text(slot)) => texts.chunks(rows).nth(*slot),
            _ => None,
        });
        match version {
            Some(versions) => versions.iter().for_each(|version| self.release.note(version)),
            None => self.release.note(""),
        }
        self.unloaded += noted.unloaded;
        self.figures.count_empty(noted.empty);
        for at in (0..rows).filter(|at| noted.per_output[*at]) {
            self.figures.count(READINGS[readings[at]]);
        }
        lines.iter().zip(keys).for_each(|(line, key)| self.repeats.note_key(*line, key));
        true
    }
}

/// The position in [`READINGS`] of each version's reading.
fn read_versions(versions: &[&str], readings: &mut [usize; TOGETHER]) {
    let (mut last, mut reading) = ("", 0);
    for (version, place) in versions.iter().zip(readings) {
        if !std::ptr::eq(*version, last) && *version != last {
            let known = TimePerOutputToken::of(version);
            (last, reading) = (version, READINGS.iter().position(|reading| *reading == known).unwrap_or(0));
        }
        *place = reading;
    }
}

/// Takes the concurrency of each row; false if it is none.
fn take_loads<'r>(cells: impl Iterator<Item = &'r str>, loads: &mut [Load], unloaded: &mut u64) -> bool {
    cells.zip(loads).all(|(cell, load)| match number(cell) {
        Cell::Missing => true,
        Cell::Number(0.0) => {
            *unloaded += 1;
            true
        }
        Cell::Number(value) if value > 0.0 => {
            *load = Load::concurrency(value);
            true
        }
        Cell::Number(_) | Cell::Wrong => false,
    })
}

/// The texts of a column.
struct Texts<'b, 'r> {
    texts: &'b mut [&'r str],
    /// The position of the first in the block.
    first: usize,
    scratch: &'b mut String,
    made: &'b mut Vec<(usize, Range<usize>)>,
}

/// What a cell's text is.
enum Said<'r> {
    As(&'r str),
    /// One that was made.
    Made(Range<usize>),
}

impl<'r> Texts<'_, 'r> {
    /// Takes the cells of a column; false if one is not what the column expects.
    fn take(&mut self, cells: impl Iterator<Item = &'r str>, what: &Use) -> bool {
        let (mut last, mut said) = ("", Said::As(""));
        for (at, cell) in cells.enumerate() {
            if !same(cell, last) {
                let Some(now) = self.say(cell, what) else { return false };
                (last, said) = (cell, now);
            }
            match &said {
                Said::As(text) => self.texts[at] = text,
                Said::Made(range) => self.made.push((self.first + at, range.clone())),
            }
        }
        true
    }

    fn say(&mut self, cell: &'r str, what: &Use) -> Option<Said<'r>> {
        let start = self.scratch.len();
        match what {
            Use::Text(_) | Use::Accelerator(_) | Use::ToolVersion(_) if is_missing(cell) => Some(Said::As("")),
            Use::Text(_) => Some(Said::As(cell)),
            Use::ToolVersion(_) => Some(Said::As(bare_version(cell))),
            Use::Accelerator(_) => Some(Said::As(accelerators::canonical(cell))),
            Use::Number(_, least, zero_is_none) => match number(cell) {
                Cell::Missing => Some(Said::As("")),
                Cell::Number(0.0) if *zero_is_none => Some(Said::As("")),
                Cell::Number(value) if value >= *least && value.fract() == 0.0 => Some(if is_canonical(cell) {
                    Said::As(cell)
                } else {
                    _ = write!(self.scratch, "{}", value.abs());
                    Said::Made(start..self.scratch.len())
                }),
                Cell::Number(_) | Cell::Wrong => None,
            },
            Use::Instant(_) => match number(cell) {
                Cell::Missing => Some(Said::As("")),
                Cell::Number(value) if rfc3339(value, self.scratch) => Some(Said::Made(start..self.scratch.len())),
                Cell::Number(_) | Cell::Wrong => None,
            },
            Use::Concurrency | Use::Figure(_) => None,
        }
    }
}

impl Noted {
    /// Takes the figures of a column; false if one cannot be such.
    fn take<'r>(
        &mut self,
        figure: &Figure,
        cells: impl Iterator<Item = &'r str>,
        to: &[[Option<usize>; 2]; 3],
        readings: &[usize; TOGETHER],
        figures: &mut [f64],
        rows: usize,
    ) -> bool {
        let family = figure.family();
        // Most figures go to one place whatever the version.
        let only = to[0][0].filter(|_| to.iter().all(|places| *places == [to[0][0], None]));
        for (at, cell) in cells.enumerate() {
            let value = match number(cell) {
                Cell::Missing => continue,
                Cell::Number(value) => value,
                Cell::Wrong => return false,
            };
            let Some(scaled) = figure.scaled(value) else { return false };
            self.present[at] |= family;
            self.sampled[at] |= if value == 0.0 { 0 } else { family };
            match only {
                Some(slot) => figures[slot * rows + at] = scaled,
                None => {
                    self.per_output[at] |= figure.is_per_output();
                    to[readings[at]].into_iter().flatten().for_each(|slot| figures[slot * rows + at] = scaled);
                }
            }
        }
        true
    }

    /// Drops what a column has of distributions without samples; see [`Figures::pick`](super::super::figures::Figures::pick).
    fn drop_empty(
        &mut self,
        figure: &Figure,
        to: &[[Option<usize>; 2]; 3],
        readings: &[usize; TOGETHER],
        figures: &mut [f64],
        rows: usize,
    ) {
        for at in (0..rows).filter(|at| figure.family() & self.present[*at] & !self.sampled[*at] != 0) {
            let mut slots = to[readings[at]].into_iter().flatten().map(|slot| slot * rows + at);
            self.empty += u64::from(slots.clone().any(|slot| !figures[slot].is_nan()));
            slots.by_ref().for_each(|slot| figures[slot] = f64::NAN);
            self.per_output[at] &= !figure.is_per_output();
        }
    }
}
