//! Tables as bytes: the form in which they cross from one program to another.
//!
//! A JSON header says what each table has; the columns' cells follow as they are in memory, so that neither side computes
//! anything: 64-bit figures, 32-bit codes and line numbers, texts end to end, little-endian, each column from a multiple of 8 bytes on. Arrow's
//! own IPC format would do as well, but its reader knows every type there is, and is larger than the rest of the engine's
//! columns.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, Float64Array, Int32Array, RecordBatch, RunArray, StringArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use serde::{Deserialize, Serialize};

use super::{Table, Tables};
use crate::record::Kind;

/// What the bytes begin with; another number for another layout.
const MAGIC: [u8; 8] = *b"tables02";

/// Columns begin at multiples of this.
const ALIGN: usize = 8;

#[derive(Serialize, Deserialize)]
struct Header {
    /// What its records are; `None` of a sheet.
    kind: Option<Kind>,
    rows: usize,
    columns: Vec<Column>,
}

#[derive(Serialize, Deserialize)]
struct Column {
    name: String,
    cells: Cells,
    /// Whether a bit for each row says which cells are there, after the cells.
    some_missing: bool,
    /// Where few rows have a cell: how many runs of rows there are. There is a cell for each run, and before the cells come the
    /// 32-bit ends of the runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    runs: Option<usize>,
}

#[derive(Serialize, Deserialize)]
enum Cells {
    /// 64-bit figures.
    Figures,
    /// 32-bit line numbers.
    Lines,
    /// 32-bit codes into so many texts, of so many bytes together. After the codes come the 32-bit ends of the texts, then the
    /// texts themselves.
    Texts { count: usize, bytes: usize },
}

/// Why bytes are not tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTables(&'static str);

impl std::fmt::Display for NotTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

const CUT_OFF: NotTables = NotTables("its records are cut off");

impl Tables {
    /// The tables as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.parts().joined()
    }

    /// The tables as bytes that are still where they are.
    pub fn parts(&self) -> Parts {
        parts(self.0.values().map(|table| (Some(table.kind), &table.batch)))
    }

    /// Reads what [`Tables::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When [`Tables::to_bytes`] of this version did not write the bytes, or they are not all there.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Tables, NotTables> {
        let mut tables = Tables::default();
        for (kind, batch) in read(Buffer::from_vec(bytes))? {
            tables.insert(Table::of(kind.ok_or(NotTables("its kind is not stated"))?, batch));
        }
        Ok(tables)
    }
}

/// Bytes before they are put together: 8-byte columns are tens of megabytes, of which no copy is wanted.
#[derive(Default)]
pub struct Parts {
    parts: Vec<(usize, Buffer)>,
    end: usize,
}

impl Parts {
    /// How many bytes there are in all.
    pub fn size(&self) -> usize {
        self.end
    }

    /// Each part and where it begins, in their order. What is between two parts is 0.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.parts.iter().map(|(at, part)| (*at, part.as_slice()))
    }

    /// The bytes, put together.
    pub fn joined(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.end);
        for (at, part) in self.iter() {
            bytes.resize(at, 0);
            bytes.extend_from_slice(part);
        }
        bytes
    }

    fn push(&mut self, part: Buffer) {
        let begin = self.end;
        self.end += part.len();
        self.parts.push((begin, part));
    }

    /// Adds a column's cells, and which of them are there.
    fn column(&mut self, cells: &Buffer, nulls: Option<&NullBuffer>) {
        self.end = self.end.next_multiple_of(ALIGN);
        self.push(cells.clone());
        if let Some(nulls) = nulls {
            self.push(nulls.inner().sliced());
        }
    }
}

/// Columns of equal length as bytes, one batch or several.
pub(super) fn parts<'a>(batches: impl Iterator<Item = (Option<Kind>, &'a RecordBatch)> + Clone) -> Parts {
    let headers: Vec<Header> = batches.clone().map(|(kind, batch)| header(kind, batch)).collect();
    let text = serde_json::to_vec(&headers).unwrap_or_default();
    let mut parts = Parts::default();
    parts.push(Buffer::from_vec([&MAGIC[..], &(text.len() as u64).to_le_bytes(), &text].concat()));
    for (array, runs) in batches.flat_map(|(_, batch)| batch.columns()).map(super::values) {
        if let Some(runs) = runs {
            parts.column(runs.inner().inner(), None);
        }
        if let Some(figures) = array.as_primitive_opt::<Float64Type>() {
            parts.column(figures.values().inner(), figures.nulls());
        } else if let Some(lines) = array.as_primitive_opt::<UInt32Type>() {
            parts.column(lines.values().inner(), lines.nulls());
        } else if let Some(texts) = array.as_dictionary_opt::<UInt32Type>() {
            parts.column(texts.keys().values().inner(), texts.keys().nulls());
            if let Some(values) = texts.values().as_string_opt::<i32>() {
                let first = values.value_offsets().first().copied().unwrap_or(0);
                let ends: Vec<i32> = values.value_offsets().iter().skip(1).map(|end| end - first).collect();
                parts.column(&Buffer::from_vec(ends), None);
                parts.push(joined(values));
            }
        }
    }
    parts
}

/// Reads what [`parts`] gives. The columns are parts of the bytes; nothing is copied.
pub(super) fn read(bytes: Buffer) -> Result<Vec<(Option<Kind>, RecordBatch)>, NotTables> {
    // A host whose memory does not begin a column where its cells must lie is given a copy that does.
    let aligned = bytes.as_ptr().align_offset(ALIGN) == 0;
    let mut from = Cursor { bytes: if aligned { bytes } else { Buffer::from_slice_ref(&bytes) }, at: 0 };
    if *from.take(MAGIC.len())? != MAGIC {
        return Err(NotTables("it is not a table that this version of Inferscope wrote"));
    }
    let length = from.take(8)?.as_slice().try_into().map_or(0, u64::from_le_bytes);
    let text = from.take(usize::try_from(length).map_err(|_| CUT_OFF)?)?;
    let headers: Vec<Header> = serde_json::from_slice(&text).map_err(|_| NotTables("its description cannot be read"))?;
    let mut batch = |Header { kind, rows, columns }| {
        let columns: Result<Vec<(String, ArrayRef)>, NotTables> =
            columns.into_iter().map(|column| Ok((column.name.clone(), from.column(column, rows)?))).collect();
        let batch = super::batch(columns?).map_err(|_| NotTables("its columns do not fit together"))?;
        Ok((kind, batch))
    };
    headers.into_iter().map(&mut batch).collect()
}

fn header(kind: Option<Kind>, batch: &RecordBatch) -> Header {
    let column = |(at, array): (usize, &ArrayRef)| {
        let (array, runs) = super::values(array);
        let texts = |array: &ArrayRef| {
            let values = array.as_dictionary_opt::<UInt32Type>()?.values().as_string_opt::<i32>()?;
            Some(Cells::Texts { count: values.len(), bytes: joined(values).len() })
        };
        let cells = match texts(array) {
            Some(texts) => texts,
            None if array.as_primitive_opt::<UInt32Type>().is_some() => Cells::Lines,
            None => Cells::Figures,
        };
        let name = batch.schema_ref().field(at).name().clone();
        Column { name, cells, some_missing: array.nulls().is_some(), runs: runs.map(|_| array.len()) }
    };
    Header { kind, rows: batch.num_rows(), columns: batch.columns().iter().enumerate().map(column).collect() }
}

/// The bytes of all texts, end to end.
fn joined(texts: &StringArray) -> Buffer {
    let offsets = texts.value_offsets();
    let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    texts.values().slice_with_length(first as usize, (last - first) as usize)
}

/// Where reading is.
struct Cursor {
    bytes: Buffer,
    at: usize,
}

impl Cursor {
    fn take(&mut self, length: usize) -> Result<Buffer, NotTables> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(CUT_OFF)?;
        let taken = self.bytes.slice_with_length(self.at, length);
        self.at = end;
        Ok(taken)
    }

    /// The cells of a column.
    fn cells(&mut self, size: usize, rows: usize, some_missing: bool) -> Result<(Buffer, Option<NullBuffer>), NotTables> {
        self.at = self.at.next_multiple_of(ALIGN);
        let cells = self.take(rows.checked_mul(size).ok_or(CUT_OFF)?)?;
        let nulls = match some_missing {
            true => Some(NullBuffer::new(BooleanBuffer::new(self.take(rows.div_ceil(8))?, 0, rows))),
            false => None,
        };
        Ok((cells, nulls))
    }

    fn column(&mut self, column: Column, rows: usize) -> Result<ArrayRef, NotTables> {
        let Some(count) = column.runs else { return self.values(column.cells, column.some_missing, rows) };
        let (ends, _) = self.cells(4, count, false)?;
        let ends = Int32Array::new(ScalarBuffer::new(ends, 0, count), None);
        let values = self.values(column.cells, column.some_missing, count)?;
        Ok(Arc::new(RunArray::try_new(&ends, &values).map_err(|_| NotTables("its runs do not end where they should"))?))
    }

    fn values(&mut self, cells: Cells, some_missing: bool, rows: usize) -> Result<ArrayRef, NotTables> {
        let size = if matches!(cells, Cells::Figures) { 8 } else { 4 };
        let (buffer, nulls) = self.cells(size, rows, some_missing)?;
        Ok(match cells {
            Cells::Figures => Arc::new(Float64Array::new(ScalarBuffer::new(buffer, 0, rows), nulls)),
            Cells::Lines => Arc::new(UInt32Array::new(ScalarBuffer::new(buffer, 0, rows), nulls)),
            Cells::Texts { count, bytes } => {
                let codes = UInt32Array::new(ScalarBuffer::new(buffer, 0, rows), nulls);
                let (ends, _) = self.cells(4, count, false)?;
                let ends = ScalarBuffer::<i32>::new(ends, 0, count);
                let ascend = ends.windows(2).all(|pair| pair[0] <= pair[1]) && ends.first().is_none_or(|end| *end >= 0);
                let offsets: Vec<i32> = std::iter::once(0).chain(ends.iter().copied()).collect();
                let texts = self.take(bytes)?;
                let texts = ascend.then(|| StringArray::try_new(OffsetBuffer::new(offsets.into()), texts, None));
                let texts = Arc::new(texts.and_then(Result::ok).ok_or(NotTables("its texts do not end where they should"))?);
                let texts = DictionaryArray::<UInt32Type>::try_new(codes, texts);
                Arc::new(texts.map_err(|_| NotTables("a code has no text"))?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Stat;
    use crate::table::Columns;

    fn tables() -> Tables {
        let name = |name: &str| name.to_owned();
        let figures: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-0.0)]));
        let codes = UInt32Array::from(vec![Some(1), Some(0), None]);
        let texts = DictionaryArray::<UInt32Type>::try_new(codes, Arc::new(StringArray::from(vec!["", "Qwen/Qwen3-8B\n"])));
        let columns: Vec<(String, ArrayRef)> = vec![
            (name("d/model"), Arc::new(texts.expect("codes have texts"))),
            (name("m/ttft/mean"), figures),
            (name("line"), Arc::new(UInt32Array::from(vec![2, 3, 4]))),
        ];
        let mut tables = Tables::default();
        tables.insert(Table::new(Kind::Measurement, columns.clone()).expect("columns fit"));
        tables.insert(Table::new(Kind::Request, columns).expect("columns fit"));
        tables
    }

    #[test]
    fn what_is_written_is_read() {
        let read = Tables::from_bytes(tables().to_bytes()).expect("tables");
        let kinds: Vec<Kind> = read.iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [Kind::Measurement, Kind::Request]);
        for (_, table) in read.iter() {
            let (model, ttft) = (table.dimension("model").expect("there"), table.figures("ttft", Stat::Mean).expect("there"));
            assert_eq!([0, 1, 2].map(|row| model.text(row)), [Some("Qwen/Qwen3-8B\n"), Some(""), None]);
            assert_eq!(
                [0, 1, 2].map(|row| ttft.get(row).map(f64::to_bits)),
                [Some(0.1), None, Some(-0.0)].map(|of| of.map(f64::to_bits))
            );
            assert_eq!(table.place(2), "line 4");
        }
        assert_eq!(Tables::from_bytes(Tables::default().to_bytes()).expect("none").iter().count(), 0);
    }

    #[test]
    fn it_may_lie_anywhere_in_memory() {
        let mut bytes = vec![0];
        bytes.extend(tables().to_bytes());
        let read = read(Buffer::from_vec(bytes).slice(1)).expect("tables");
        let batches: Vec<RecordBatch> = read.into_iter().map(|(_, batch)| batch).collect();
        assert_eq!(batches, tables().iter().map(|(_, table)| table.batch.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_joined_and_selected_is_read_as_well() {
        let mut columns = Columns::new(Kind::Measurement);
        tables().iter().for_each(|(_, table)| columns.append(table));
        let table = columns.finish().expect("columns fit").select(&[1, 2, 4]);
        let mut some = Tables::default();
        some.insert(table.clone());
        let read = Tables::from_bytes(some.to_bytes()).expect("tables");
        assert_eq!(read.get(Kind::Measurement).map(|read| read.batch.clone()), Some(table.batch));
    }

    #[test]
    fn nothing_else_is_read() {
        let bytes = tables().to_bytes();
        for cut in 0..bytes.len() {
            assert!(Tables::from_bytes(bytes[..cut].to_vec()).is_err(), "cut off at {cut}");
        }
        let at = bytes.windows(7).position(|bytes| bytes == br#""rows":"#).expect("a header") + 7;
        for (wrong, says) in [(b'9', "texts"), (b'-', "description"), (b'2', "no text")] {
            let mut bytes = bytes.clone();
            bytes[at] = wrong;
            let found = Tables::from_bytes(bytes).map(|_| ()).map_err(|error| error.to_string());
            assert!(wrong == b'2' || found.is_err_and(|found| found.contains(says)), "{wrong}");
        }
        let mut wrong = bytes;
        wrong[7] = b'9';
        assert!(Tables::from_bytes(wrong).is_err_and(|error| error.to_string().contains("version")));
    }
}
