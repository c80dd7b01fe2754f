//! A table as Parquet and as an Arrow file: the columns of the CSV, typed, null for missing. No spreadsheet reads a text
//! of these for a formula, so texts stand as they are.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{Column, columns};
use crate::table::{Figures, Table};

/// Rows as Parquet, compressed with Snappy, which every reader knows.
pub fn parquet(table: &Table, rows: &[usize]) -> Vec<u8> {
    let write = || -> Result<Vec<u8>, ParquetError> {
        let batch = batch(table, rows)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.into_inner()
    };
    // Writing to memory does not fail.
    write().unwrap_or_default()
}

/// Rows as an Arrow file (Feather version 2), uncompressed.
pub fn arrow(table: &Table, rows: &[usize]) -> Vec<u8> {
    let write = || -> Result<Vec<u8>, ArrowError> {
        let batch = batch(table, rows)?;
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema())?;
        writer.write(&batch)?;
        writer.into_inner()
    };
    write().unwrap_or_default()
}

fn batch(table: &Table, rows: &[usize]) -> Result<RecordBatch, ArrowError> {
    let figures = |column: Option<Figures<'_>>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| column.and_then(|column| column.get(*row))).collect::<Float64Array>())
    };
    let arrays = columns(table).into_iter().map(|(name, column)| {
        let array: ArrayRef = match column {
            Column::Dimension(key) => {
                let column = table.dimension(key);
                Arc::new(rows.iter().map(|row| column.and_then(|column| column.text(*row))).collect::<StringArray>())
            }
            Column::Record => Arc::new(rows.iter().map(|_| Some(table.kind().key())).collect::<StringArray>()),
            Column::Load => figures(table.load()),
            Column::Figure(metric, stat) => figures(table.figures(metric, stat)),
            Column::Place => Arc::new(rows.iter().map(|row| Some(table.place(*row))).collect::<StringArray>()),
        };
        (name, array, true)
    });
    RecordBatch::try_from_iter_with_nullable(arrays)
}
