//! The cells of one row.

/// Where a cell is: in the text, or behind it in the row's own buffer.
#[derive(Clone, Copy, Default)]
struct Cell {
    start: usize,
    end: usize,
}

/// A row's cells. They are parts of the text, but for those that are not there as they mean: quoted cells with quotes in them.
#[derive(Clone, Default)]
pub(in crate::format) struct Row<'t> {
    text: &'t str,
    own: String,
    cells: Vec<Cell>,
}

impl<'t> Row<'t> {
    pub(super) fn new(text: &'t str) -> Row<'t> {
        Row { text, ..Row::default() }
    }

    pub(super) fn clear(&mut self) {
        self.own.clear();
        self.cells.clear();
    }

    /// Keeps the first cells.
    pub(super) fn truncate(&mut self, cells: usize) {
        self.cells.truncate(cells);
    }

    /// Puts the cells into another order: the place that each comes from; blank where there is none.
    pub(super) fn reorder(&mut self, order: &[Option<usize>]) {
        self.cells = order.iter().map(|at| at.and_then(|at| self.cells.get(at)).copied().unwrap_or_default()).collect();
    }

    /// Keeps the first cells, and of the last of them so many bytes.
    pub(super) fn cut(&mut self, cells: usize, bytes: usize) {
        self.cells.truncate(cells);
        if let Some(cell) = self.cells.last_mut() {
            cell.end = cell.end.min(cell.start + bytes);
        }
    }

    /// Adds the cell at these positions in the text.
    pub(super) fn push(&mut self, start: usize, end: usize) {
        self.cells.push(Cell { start, end });
    }

    /// Adds a cell that is made of parts.
    pub(super) fn push_parts<'p>(&mut self, parts: impl Iterator<Item = &'p str>) {
        let start = self.own.len();
        parts.for_each(|part| self.own.push_str(part));
        let behind = self.text.len();
        self.cells.push(Cell { start: behind + start, end: behind + self.own.len() });
    }

    fn cell(&self, Cell { start, end }: Cell) -> &str {
        let cell = match start.checked_sub(self.text.len()) {
            None => self.text.get(start..end),
            Some(start) => self.own.get(start..end - self.text.len()),
        };
        cell.unwrap_or_default()
    }

    /// How many cells there are.
    pub(in crate::format) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell.
    pub(in crate::format) fn get(&self, index: usize) -> Option<&str> {
        self.cells.get(index).map(|cell| self.cell(*cell))
    }

    /// The cells from one on.
    pub(super) fn behind(&self, first: usize) -> impl Iterator<Item = &str> + Clone {
        self.cells.get(first..).unwrap_or_default().iter().map(|cell| self.cell(*cell))
    }

    /// All cells.
    pub(in crate::format) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.cells.iter().map(|cell| self.cell(*cell))
    }
}

impl<'r> IntoIterator for &'r Row<'_> {
    type Item = &'r str;
    type IntoIter = Box<dyn Iterator<Item = &'r str> + 'r>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}
