//! A sheet as Parquet and as an Arrow file: the columns of the CSV, typed, null for missing. No spreadsheet reads a text
//! of these as a formula, so texts are written as they are.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{Cell, Column, Sheet};
use crate::catalog::schema;

/// Rows that are in memory a second time while they are written.
const CHUNK: usize = 1 << 16;

/// As Parquet, compressed with Snappy, which every reader knows.
pub(super) fn parquet(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    // The schema's own metadata stand encoded in the file, which only readers of Arrow understand.
    let version = version(sheet).map(|(key, version)| KeyValue::new(key, version));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(version.into_iter().collect()))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema(sheet), Some(properties)).map_err(io::Error::other)?;
    for batch in batches(sheet) {
        writer.write(&batch.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    out.write_all(&writer.into_inner().map_err(io::Error::other)?)
}

/// As an Arrow file (Feather version 2), uncompressed.
pub(super) fn arrow(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = FileWriter::try_new(out, &schema(sheet)).map_err(io::Error::other)?;
    for batch in batches(sheet) {
        writer.write(&batch.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    writer.finish().map_err(io::Error::other)
}

fn schema(sheet: &Sheet<'_>) -> SchemaRef {
    let field = |column: &Column<'_>| {
        let kind = if column.numeric { DataType::Float64 } else { DataType::Utf8 };
        Field::new(&column.name, kind, true)
    };
    let schema = Schema::new(sheet.columns.iter().map(field).collect::<Vec<_>>());
    Arc::new(schema.with_metadata(version(sheet).into_iter().collect::<HashMap<String, String>>()))
}

/// The version of canonical columns. A view's own table has headings for people, of which there is none.
fn version(sheet: &Sheet<'_>) -> Option<(String, String)> {
    let canonical = sheet.columns.iter().any(|column| column.name == schema::COLUMN);
    canonical.then(|| (schema::METADATA.to_owned(), schema::VERSION.to_string()))
}

/// The rows in parts; at least one, which may be empty.
fn batches(sheet: &Sheet<'_>) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
    let schema = schema(sheet);
    let starts = (0..sheet.rows.max(1)).step_by(CHUNK);
    starts.map(move |start| {
        let rows = start..sheet.rows.min(start + CHUNK);
        RecordBatch::try_new(Arc::clone(&schema), sheet.columns.iter().map(|column| array(column, rows.clone())).collect())
    })
}

fn array(column: &Column<'_>, rows: Range<usize>) -> ArrayRef {
    let cells = rows.map(|row| (column.cell)(row));
    if column.numeric {
        let number = |cell| if let Cell::Number(number) = cell { Some(number) } else { None };
        return Arc::new(cells.map(number).collect::<Float64Array>());
    }
    let text = |cell: Cell<'_>| match cell {
        Cell::Text(text) => Some(text.into_owned()),
        Cell::Number(number) => Some(number.to_string()),
        Cell::Missing => None,
    };
    Arc::new(cells.map(text).collect::<StringArray>())
}
