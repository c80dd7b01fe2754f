//! The cells of a growing column, of which any may be missing. A column that few rows have takes the memory of those rows: a
//! log whose every line has keys of its own has thousands of such columns.

use arrow_array::types::Int32Type;
use arrow_array::{Array, Int32Array, RunArray};
use arrow_schema::ArrowError;

/// Columns with fewer rows are small either way.
const SMALL: usize = 1024;
/// With fewer than one cell in so many rows, each cell is kept with its row.
const FEW: usize = 16;
/// With more than one cell in so many rows, every row has a place again.
const MANY: usize = 4;
/// The announced number of rows may be wrong, so no more than this is reserved in advance.
const MOST_EXPECTED: usize = 1 << 20;
/// A cell before others is put between so many at most.
const MOVED: usize = 256;

/// What a column's cell can be.
pub(super) trait Cell: Copy {
    /// What stands in the place of a cell that is not there.
    const MISSING: Self;

    /// Whether it is there.
    fn is_there(self) -> bool;
}

/// A code into texts.
impl Cell for u32 {
    const MISSING: u32 = u32::MAX;

    fn is_there(self) -> bool {
        self != u32::MAX
    }
}

impl Cell for f64 {
    const MISSING: f64 = f64::NAN;

    fn is_there(self) -> bool {
        self.is_finite()
    }
}

#[derive(Clone)]
enum Places<T> {
    /// A place for each row up to the last one that has a cell.
    Every(Vec<T>),
    /// The rows that have a cell, ascending, and their cells.
    Few(Vec<u32>, Vec<T>),
}

/// See the module.
#[derive(Clone)]
pub(super) struct Cells<T> {
    places: Places<T>,
    /// How many there are.
    present: usize,
}

impl<T> Default for Cells<T> {
    fn default() -> Cells<T> {
        Cells { places: Places::Every(Vec::new()), present: 0 }
    }
}

impl<T: Cell> Cells<T> {
    pub(super) fn get(&self, row: usize) -> Option<T> {
        match &self.places {
            Places::Every(cells) => cells.get(row).copied().filter(|cell| cell.is_there()),
            Places::Few(rows, cells) => cells.get(rows.binary_search(&(row as u32)).ok()?).copied(),
        }
    }

    /// The cell of the last row that has one, or none if the last row with a place has none.
    pub(super) fn last(&self) -> Option<T> {
        let (Places::Every(cells) | Places::Few(_, cells)) = &self.places;
        cells.last().copied().filter(|cell| cell.is_there())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.present
    }

    pub(super) fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// The cells that are there, in the order of their rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, T)> {
        let (rows, Places::Every(cells) | Places::Few(_, cells)) = (self.rows(), &self.places);
        let row = move |at: usize| rows.and_then(|rows| rows.get(at)).map_or(at, |row| *row as usize);
        cells.iter().enumerate().filter(|(_, cell)| cell.is_there()).map(move |(at, cell)| (row(at), *cell))
    }

    fn rows(&self) -> Option<&Vec<u32>> {
        match &self.places {
            Places::Every(_) => None,
            Places::Few(rows, _) => Some(rows),
        }
    }

    /// Changes every cell that is there.
    pub(super) fn change(&mut self, mut change: impl FnMut(T) -> T) {
        let (Places::Every(cells) | Places::Few(_, cells)) = &mut self.places;
        cells.iter_mut().filter(|cell| cell.is_there()).for_each(|cell| *cell = change(*cell));
    }

    /// Makes room for about so many rows where `more` of them do not fit, if most have had a cell so far.
    pub(super) fn expect(&mut self, rows: usize, more: usize) {
        if let Places::Every(cells) = &mut self.places
            && cells.capacity() - cells.len() < more
            && self.present * 2 > cells.len()
        {
            cells.reserve_exact(rows.min(MOST_EXPECTED).saturating_sub(cells.len()));
        }
    }

    /// Sets the cells of the rows from `start` on; what is missing changes nothing.
    pub(super) fn set_all(&mut self, start: usize, cells: &[T]) {
        let Some(last) = cells.iter().rposition(|cell| cell.is_there()) else { return };
        match &mut self.places {
            Places::Every(places) if places.len() == start => {
                places.extend_from_slice(&cells[..=last]);
                self.present += cells.iter().filter(|cell| cell.is_there()).count();
            }
            Places::Every(_) | Places::Few(..) => {
                let there = cells.iter().enumerate().filter(|(_, cell)| cell.is_there());
                there.for_each(|(offset, cell)| self.set(start + offset, *cell));
            }
        }
    }

    /// Sets a row's cell; what is missing clears it.
    #[inline]
    pub(super) fn set(&mut self, row: usize, cell: T) {
        // Tables grow row by row.
        match &mut self.places {
            Places::Every(places) if row == places.len() && cell.is_there() => {
                places.push(cell);
                self.present += 1;
            }
            Places::Every(_) | Places::Few(..) => self.set_anywhere(row, cell),
        }
    }

    fn set_anywhere(&mut self, row: usize, cell: T) {
        if !cell.is_there() {
            return self.clear(row);
        }
        match &mut self.places {
            Places::Every(cells) => {
                if let Some(place) = cells.get_mut(row) {
                    self.present += usize::from(!place.is_there());
                    *place = cell;
                } else if are_few(self.present + 1, row + 1) {
                    self.keep_few();
                    self.set(row, cell);
                } else {
                    cells.resize(row, T::MISSING);
                    cells.push(cell);
                    self.present += 1;
                }
            }
            Places::Few(rows, cells) => match rows.last() {
                Some(last) if (row as u32) < *last => match rows.binary_search(&(row as u32)) {
                    Ok(at) => cells[at] = cell,
                    Err(at) if rows.len() - at <= MOVED => {
                        rows.insert(at, row as u32);
                        cells.insert(at, cell);
                        self.present += 1;
                    }
                    Err(_) => {
                        self.place_all();
                        self.set(row, cell);
                    }
                },
                Some(last) if row as u32 == *last => cells[rows.len() - 1] = cell,
                _ if rows.len() * MANY > row => {
                    self.place_all();
                    self.set(row, cell);
                }
                _ => {
                    rows.push(row as u32);
                    cells.push(cell);
                    self.present += 1;
                }
            },
        }
    }

    fn clear(&mut self, row: usize) {
        match &mut self.places {
            Places::Every(cells) => {
                if let Some(place) = cells.get_mut(row).filter(|cell| cell.is_there()) {
                    *place = T::MISSING;
                    self.present -= 1;
                }
            }
            Places::Few(rows, cells) => {
                if let Ok(at) = rows.binary_search(&(row as u32)) {
                    rows.remove(at);
                    cells.remove(at);
                    self.present -= 1;
                }
            }
        }
    }

    /// Gives the rows without a cell this one.
    pub(super) fn complete(&mut self, rows: usize, cell: T) {
        if self.present == rows || !cell.is_there() {
            return;
        }
        self.place_all();
        if let Places::Every(cells) = &mut self.places {
            cells.resize(rows, T::MISSING);
            cells.iter_mut().filter(|place| !place.is_there()).for_each(|place| *place = cell);
            self.present = rows;
        }
    }

    /// Adds cells below: from the row `start` on, each at its offset.
    pub(super) fn extend(&mut self, start: usize, more: impl Iterator<Item = (usize, T)>) {
        more.for_each(|(offset, cell)| self.set(start + offset, cell));
    }

    /// Keeps these rows, ascending.
    pub(super) fn take(&mut self, kept: &[usize]) {
        let places = match &self.places {
            Places::Every(cells) => {
                Places::Every(kept.iter().map(|row| cells.get(*row).copied().unwrap_or(T::MISSING)).collect())
            }
            Places::Few(rows, cells) => {
                let place = |(row, cell): (&u32, &T)| Some((kept.binary_search(&(*row as usize)).ok()? as u32, *cell));
                let (rows, cells) = rows.iter().zip(cells).filter_map(place).unzip();
                Places::Few(rows, cells)
            }
        };
        self.places = places;
        self.present = self.iter().count();
    }

    fn keep_few(&mut self) {
        let (rows, cells) = self.iter().map(|(row, cell)| (row as u32, cell)).unzip();
        self.places = Places::Few(rows, cells);
    }

    fn place_all(&mut self) {
        if let Places::Few(rows, few) = &self.places {
            let mut cells = vec![T::MISSING; rows.last().map_or(0, |last| *last as usize + 1)];
            rows.iter().zip(few).for_each(|(row, cell)| cells[*row as usize] = *cell);
            self.places = Places::Every(cells);
        }
    }

    /// A place for each row.
    pub(super) fn all(mut self, rows: usize) -> Vec<T> {
        self.place_all();
        let (Places::Every(mut cells) | Places::Few(_, mut cells)) = self.places;
        cells.resize(rows, T::MISSING);
        cells
    }

    /// The cells of a finished column: one for each row, or, if few have one, one for each run of rows.
    pub(super) fn finish(mut self, rows: usize) -> (Vec<T>, Option<Runs>) {
        if !are_few(self.present, rows) || i32::try_from(rows).is_err() {
            return (self.all(rows), None);
        }
        self.keep_few();
        let mut ends: Vec<i32> = Vec::with_capacity(2 * self.present + 1);
        let mut cells = Vec::with_capacity(2 * self.present + 1);
        let mut next = 0;
        for (row, cell) in self.iter() {
            if row > next {
                ends.push(row as i32);
                cells.push(T::MISSING);
            }
            next = row + 1;
            ends.push(next as i32);
            cells.push(cell);
        }
        if next < rows {
            ends.push(rows as i32);
            cells.push(T::MISSING);
        }
        (cells, Some(Runs(Int32Array::from(ends))))
    }
}

fn are_few(present: usize, rows: usize) -> bool {
    rows > SMALL && present < rows / FEW
}

/// Where each run of rows ends.
pub(super) struct Runs(pub Int32Array);

impl Runs {
    /// A column of these runs.
    ///
    /// # Errors
    ///
    /// When there are not as many values as runs, or the ends do not ascend.
    pub(super) fn of(&self, values: &dyn Array) -> Result<RunArray<Int32Type>, ArrowError> {
        RunArray::try_new(&self.0, values)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Cells behave as a plain vector does, in whichever form they are.
        #[test]
        fn cells_are_what_was_set(steps in proptest::collection::vec((0_usize..6000, 0_u32..9, 0_usize..40), 0..40)) {
            let (mut cells, mut plain) = (Cells::<u32>::default(), vec![u32::MISSING; 6100]);
            for (row, cell, more) in steps {
                let cell = if cell == 8 { u32::MISSING } else { cell };
                    if more % 2 == 0 {
                    (row..row + more).for_each(|row| cells.set(row, cell));
                    plain[row..row + more].fill(cell);
                } else {
                    let some: Vec<u32> = (0..more).map(|at| if at % 3 == 1 { u32::MISSING } else { cell }).collect();
                    cells.set_all(row, &some);
                    let there = some.iter().enumerate().filter(|(_, cell)| cell.is_there());
                    there.for_each(|(at, cell)| plain[row + at] = *cell);
                }
                cells.set(row, cell);
                plain[row] = cell;
            }
            let there = plain.iter().enumerate().filter(|(_, cell)| cell.is_there());
            prop_assert!(cells.iter().eq(there.map(|(row, cell)| (row, *cell))));
            prop_assert_eq!(cells.is_empty(), !plain.iter().any(|cell| cell.is_there()));
            prop_assert!((0..6100).all(|row| cells.get(row) == Some(plain[row]).filter(|cell| cell.is_there())));
            let kept: Vec<usize> = (0..6100).filter(|row| row % 3 != 0).collect();
            let mut some = cells.clone();
            some.take(&kept);
            prop_assert_eq!(some.all(kept.len()), kept.iter().map(|row| plain[*row]).collect::<Vec<_>>());
            if let (values, Some(runs)) = cells.clone().finish(6100) {
                let all: Vec<u32> = (0..6100).map(|row| values[runs.0.values().partition_point(|end| *end <= row)]).collect();
                prop_assert_eq!(&all, &plain);
            }
            prop_assert_eq!(cells.all(6100), plain);
        }
    }

    #[test]
    fn few_cells_take_little() {
        let mut cells = Cells::default();
        (0..100).for_each(|at| cells.set(at * 10_000, 1.0));
        assert!(matches!(&cells.places, Places::Few(rows, _) if rows.len() == 100));
        assert_eq!(cells.finish(1_000_000).0.len(), 200);
    }
}
