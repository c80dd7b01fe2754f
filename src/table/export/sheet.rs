//! What an export writes: columns with names, and a cell for each of their rows.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Float64Array};

use crate::catalog::schema::{self, LEADING};
use crate::catalog::{Order, dimensions, metrics};
use crate::record::{Kind, Stat};
use crate::table::column::TextColumn;
use crate::table::{self, Figures, NotTables, Table, wire};

/// What is in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text. It may come from a file, and so be hostile.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// Nothing is known.
    Missing,
}

impl<'a> Cell<'a> {
    /// A borrowed text, or nothing.
    pub fn text(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Missing, |text| Cell::Text(Cow::Borrowed(text)))
    }

    /// A number, or nothing.
    pub fn number(number: Option<f64>) -> Cell<'a> {
        number.map_or(Cell::Missing, Cell::Number)
    }
}

/// A column: its name and its cells.
pub struct Column<'a> {
    /// The name.
    pub name: String,
    /// Whether its cells are numbers, for files whose columns have types.
    pub numeric: bool,
    /// Whether its texts are counts, which JSON writes as numbers.
    pub counts: bool,
    /// The cell of a row.
    pub cell: Box<dyn Fn(usize) -> Cell<'a> + 'a>,
}

impl<'a> Column<'a> {
    /// A column of texts.
    pub fn texts(name: impl Into<String>, cell: impl Fn(usize) -> Cell<'a> + 'a) -> Column<'a> {
        Column { name: name.into(), numeric: false, counts: false, cell: Box::new(cell) }
    }

    /// A column of numbers.
    pub fn numbers(name: impl Into<String>, cell: impl Fn(usize) -> Cell<'a> + 'a) -> Column<'a> {
        Column { numeric: true, ..Column::texts(name, cell) }
    }

    /// The column that names the version of the canonical columns.
    pub fn schema() -> Column<'a> {
        Column::texts(schema::COLUMN, |_| Cell::Text(Cow::Owned(schema::VERSION.to_string())))
    }
}

/// The name of a figure's column; one that the catalogue does not know keeps its own.
pub(super) fn figure_name(metric: &str, stat: Stat) -> String {
    match metrics::metric(metric) {
        Some(metric) => metric.column_name(stat),
        None if stat == Stat::Mean => metric.to_owned(),
        None => format!("{metric}_{}", stat.key()),
    }
}

/// Columns of equal length.
pub struct Sheet<'a> {
    /// The columns.
    pub columns: Vec<Column<'a>>,
    /// How many rows they have.
    pub rows: usize,
}

impl<'a> Sheet<'a> {
    /// Some rows of a table, every column under the name that it has in files.
    pub fn of(table: &'a Table, rows: &'a [usize]) -> Sheet<'a> {
        let figures = |name: String, figures: Option<Figures<'a>>| {
            Column::numbers(name, move |row| Cell::number(figures.and_then(|figures| figures.get(rows[row]))))
        };
        let dimension = |key: &str| {
            let column = table.dimension(key);
            let counts = dimensions::dimension(key).is_some_and(|dimension| dimension.order == Order::Number);
            let texts = Column::texts(key, move |row| Cell::text(column.and_then(|column| column.text(rows[row]))));
            Column { counts, ..texts }
        };
        let leading = |key: &&str| if *key == "load" { figures("load".to_owned(), table.load()) } else { dimension(key) };
        let mut columns: Vec<Column<'a>> = LEADING.iter().map(leading).collect();
        columns.extend(table.dimension_keys().into_iter().filter(|key| !LEADING.contains(key)).map(dimension));
        if table.kind() != Kind::Measurement {
            columns.push(Column::texts("record", |_| Cell::text(Some(table.kind().key()))));
        }
        for (metric, stat) in table.figure_keys() {
            columns.push(figures(figure_name(metric, stat), table.figures(metric, stat)));
        }
        columns.push(Column::texts("place", |row| Cell::Text(Cow::Owned(table.place(rows[row])))));
        columns.push(Column::schema());
        Sheet { columns, rows: rows.len() }
    }

    /// The sheet as bytes, for the program that writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let columns = self
            .columns
            .iter()
            .map(|column| (column.name.clone(), if column.numeric { self.figures(column) } else { self.texts(column) }));
        // Columns of one sheet are equally long.
        table::batch(columns.collect()).map(|batch| wire::parts(std::iter::once((None, &batch))).joined()).unwrap_or_default()
    }

    fn figures(&self, column: &Column<'a>) -> ArrayRef {
        let figure = |row| if let Cell::Number(number) = (column.cell)(row) { Some(number) } else { None };
        Arc::new((0..self.rows).map(figure).collect::<Float64Array>())
    }

    fn texts(&self, column: &Column<'a>) -> ArrayRef {
        let mut texts = TextColumn::default();
        for row in 0..self.rows {
            match (column.cell)(row) {
                Cell::Text(text) => texts.set(row, &text),
                Cell::Number(number) => texts.set(row, &number.to_string()),
                Cell::Missing => {}
            }
        }
        texts.finish_all(self.rows)
    }
}

impl Sheet<'static> {
    /// Reads what [`Sheet::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When it did not write the bytes, or they are not all there.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Sheet<'static>, NotTables> {
        let mut sheet = Sheet { columns: Vec::new(), rows: 0 };
        for (_, batch) in wire::read(bytes.into())? {
            sheet.rows = batch.num_rows();
            for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
                let name = field.name();
                let column = if let Some(figures) = array.as_primitive_opt::<Float64Type>().cloned() {
                    Column::numbers(name, move |row| Cell::number(figures.is_valid(row).then(|| figures.value(row))))
                } else {
                    let texts = array.as_dictionary_opt::<UInt32Type>().cloned();
                    let text = move |row| {
                        let texts = texts.as_ref()?;
                        let values = texts.values().as_string_opt::<i32>()?;
                        texts.is_valid(row).then(|| values.value(texts.keys().value(row) as usize).to_owned())
                    };
                    Column::texts(name, move |row| text(row).map_or(Cell::Missing, |text| Cell::Text(Cow::Owned(text))))
                };
                sheet.columns.push(column);
            }
        }
        Ok(sheet)
    }
}
