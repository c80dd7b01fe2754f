//! Parquet and Arrow files: Inferscope's exports, and those of data frames.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Cursor;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowGroups};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use super::convert::{instants, numbers, texts};
use super::pages::{self, Checked};
use super::ranged::{Keep, is_among};
use super::{Cell, Column, Columns, ipc, zstd};
use crate::catalog::instant::rfc3339;
use crate::format::generic::prometheus::Tachometer;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// Rows × columns that are read, 8 bytes each.
const MAX_CELLS: usize = 40_000_000;
/// Rows that are turned into cells at a time.
const PART: usize = 8192;
/// The maximum decompressed size of a Parquet file, in bytes.
const MAX_UNPACKED: u64 = 1 << 30;

/// Columns that follow from others where a table lacks them (`table`, `join`).
const DERIVED: [&str; 12] = [
    "profile",
    "release",
    "label",
    "gpus",
    "gpus_basis",
    "accelerator",
    "files",
    "folder",
    "benchmark",
    "described_by",
    "also_in",
    "load",
];

/// How the files begin: Parquet, Arrow's file and stream, and the first version of Feather.
pub(in crate::format::generic) const PARQUET: &[u8] = b"PAR1";
const ARROW: &[u8] = b"ARROW1\0\0";
const STREAM: &[u8] = b"\xFF\xFF\xFF\xFF";
const FEATHER: &[u8] = b"FEA1";

/// A Parquet or Arrow file.
pub(in crate::format) static COLUMNAR: Format = Format {
    about: &About::new(
        "columns",
        "Parquet or Arrow table",
        "Inferscope exports; data frames with any columns; srt-slurm's Tachometer captures (Snappy, gzip, zstd or uncompressed)",
        &["parquet", "arrow", "feather", "ipc"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    // A stream's mark alone could begin anything: a length and, within the schema, a version follow it.
    let stream = look.bytes.starts_with(STREAM) && look.bytes.get(6..8) == Some(&[0, 0]);
    let marked = [PARQUET, ARROW, FEATHER].iter().any(|mark| look.bytes.starts_with(mark));
    (marked || stream).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut table = Reading::default();
    let read = match input.bytes {
        bytes if bytes.starts_with(PARQUET) => parquet(bytes, &mut table, sink),
        bytes if bytes.starts_with(FEATHER) => Err("Feather version 1 is no longer supported by Arrow".to_owned()),
        bytes => arrow(bytes, &mut table, sink),
    };
    if let Err(reason) = read {
        let packed = ["lz4", "brotli", "disabled feature", "not enabled"].iter().any(|word| reason.to_lowercase().contains(word));
        let hint = match packed {
            true => {
                "Rewrite it with Snappy or without compression: pandas.read_parquet(p).to_parquet(q, compression=\"snappy\")."
            }
            false => "Copy the file again: it may be truncated. Otherwise export it again.",
        };
        let message = format!("Reading stopped after {} rows: {reason}.", table.rows);
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::File, message, hint));
    }
    if table.left_out > 0 {
        let message = format!("{} rows are skipped: the table would exceed {MAX_CELLS} cells.", table.left_out);
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, "Keep only the rows or columns you need."));
    }
    table.end(sink);
    sink.progress(1.0);
}

/// Reads a Parquet file's batches. An error is the middle of a sentence.
fn parquet(bytes: &[u8], table: &mut Reading, sink: &mut dyn Sink) -> Result<(), String> {
    let (opened, pages) = opened(bytes)?;
    let metadata = opened.metadata().file_metadata();
    let total = usize::try_from(metadata.num_rows()).unwrap_or(0);
    let writer = metadata.created_by().unwrap_or("an unknown program");
    table.begin(opened.schema(), &format!("Parquet by {writer}"), sink);
    for batch in batches(&opened, &pages, ProjectionMask::all())? {
        table.batch(&batch.map_err(|error| error.to_string())?, total, sink);
    }
    Ok(())
}

/// Opens a Parquet file whose limits are respected. An error is the middle of a sentence.
fn opened(bytes: &[u8]) -> Result<(ArrowReaderMetadata, impl RowGroups + use<>), String> {
    // The reader wants the crate `bytes`' type, which inference finds here without naming that crate.
    let shared = bytes.to_vec().into();
    ByteArray::new().set_data(Clone::clone(&shared));
    let opened = ArrowReaderMetadata::load(&shared, ArrowReaderOptions::default()).map_err(|error| error.to_string())?;
    drop(shared);
    checked(opened, Cow::Borrowed(bytes))
}

/// An opened file, and the pages of its content, which is at hand, if its limits are respected. An error is the middle of a
/// sentence.
pub(super) fn checked(
    opened: ArrowReaderMetadata,
    bytes: Cow<'_, [u8]>,
) -> Result<(ArrowReaderMetadata, impl RowGroups + use<>), String> {
    let (opened, bytes) = if zstd::is_packed(opened.metadata()) {
        let (metadata, bytes) = zstd::unpacked(opened.metadata(), &bytes)?;
        let opened = ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::default()).map_err(|error| error.to_string())?;
        (opened, Cow::Owned(bytes))
    } else {
        (opened, bytes)
    };
    limits(opened.metadata(), &bytes)?;
    let shared = bytes.into_owned().into();
    ByteArray::new().set_data(Clone::clone(&shared));
    let pages = Checked::new(shared, opened.metadata());
    Ok((opened, pages))
}

/// The batches of some columns.
pub(super) fn batches(
    opened: &ArrowReaderMetadata,
    pages: &dyn RowGroups,
    wanted: ProjectionMask,
) -> Result<ParquetRecordBatchReader, String> {
    let text = |error: ParquetError| error.to_string();
    let hint = Some(opened.schema().fields());
    let levels = parquet_to_arrow_field_levels(opened.parquet_schema(), wanted, hint).map_err(text)?;
    ParquetRecordBatchReader::try_new_with_row_groups(&levels, pages, PART, None).map_err(text)
}

/// The names of a Parquet file's columns, and the batches of those of them that are wanted. An error is the middle of a
/// sentence.
pub(in crate::format::generic) fn picked(
    bytes: &[u8],
    wanted: &[&str],
) -> Result<(Vec<String>, ParquetRecordBatchReader), String> {
    let (opened, pages) = opened(bytes)?;
    let names = opened.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mask = ProjectionMask::columns(opened.parquet_schema(), wanted.iter().copied());
    Ok((names, batches(&opened, &pages, mask)?))
}

/// Refuses unsupported compression, and decompressed sizes that are excessive or cannot be.
fn limits(metadata: &ParquetMetaData, bytes: &[u8]) -> Result<(), String> {
    use parquet::basic::Compression::{GZIP, SNAPPY, UNCOMPRESSED};
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    let (mut unpacked, mut unread) = (0_u64, bytes.len());
    for chunk in chunks {
        if !matches!(chunk.compression(), UNCOMPRESSED | SNAPPY | GZIP(_)) {
            return Err(format!(
                "its columns are compressed with {}, which this build does not support (not enabled)",
                chunk.compression()
            ));
        }
        // The reader trusts these places, and panics where one lies outside.
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()).min(chunk.data_page_offset());
        let place = usize::try_from(start).ok().zip(usize::try_from(chunk.compressed_size()).ok());
        let within = place.and_then(|(start, length)| bytes.get(start..start.checked_add(length)?));
        let corrupt = || "its column offsets are corrupt".to_owned();
        let within = within.ok_or_else(corrupt)?;
        // Nor do columns share their bytes.
        unread = unread.checked_sub(within.len()).ok_or_else(corrupt)?;
        let mut stated = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
        if let Some(ratio) = pages::ratio(chunk.compression()) {
            let mut pages_state = 0_u64;
            for (unpacked, packed) in pages::sizes(within) {
                if unpacked > packed.saturating_mul(ratio).saturating_add(64) {
                    return Err("a page states a size to which its bytes cannot be decompressed".to_owned());
                }
                pages_state = pages_state.saturating_add(unpacked);
            }
            stated = stated.max(pages_state);
        }
        unpacked = unpacked.saturating_add(stated);
    }
    match unpacked > MAX_UNPACKED {
        true => Err(format!("it decompresses to {} MiB; the limit is {}", unpacked >> 20, MAX_UNPACKED >> 20)),
        false => Ok(()),
    }
}

fn arrow(bytes: &[u8], table: &mut Reading, sink: &mut dyn Sink) -> Result<(), String> {
    let text = |error: arrow_schema::ArrowError| error.to_string();
    if bytes.starts_with(ARROW) {
        ipc::file(bytes)?;
        let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(text)?;
        table.begin(&reader.schema(), "Arrow file", sink);
        for batch in reader {
            table.batch(&batch.map_err(text)?, 0, sink);
        }
    } else {
        ipc::stream(bytes)?;
        let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(text)?;
        table.begin(&reader.schema(), "Arrow stream", sink);
        for batch in reader {
            table.batch(&batch.map_err(text)?, 0, sink);
        }
    }
    Ok(())
}

/// A table that is being read.
#[derive(Default)]
pub(super) struct Reading {
    columns: Columns,
    /// The reader of a capture of metrics, whose rows are values and not measurements.
    metrics: Option<Tachometer>,
    /// The number of the last row that was read.
    rows: usize,
    /// How many rows were turned into cells, and how many of them were kept.
    taken: usize,
    kept: usize,
    left_out: usize,
    progress: f64,
    /// The values that rows must have to be kept, by column.
    keep: Vec<(usize, BTreeSet<String>)>,
    /// What the file lacks though it must have it: no row is kept.
    lacks: bool,
    /// Values of the columns behind those of the file: the same in all rows.
    fixed: Vec<String>,
    /// Columns of the file of which its folder says the value of all rows, and how many rows say another.
    stated: Vec<(usize, String)>,
    contradicts: usize,
}

/// One batch's cells of a column.
enum Cells {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<f64>>),
    /// Milliseconds since 1970.
    Instants(Vec<Option<i64>>),
    /// Nothing that is read.
    Nothing,
}

impl Reading {
    /// A table of which only a part is read: its rows that have the values to keep, each with the fixed values, unless the
    /// table has a column of that name.
    pub(super) fn of_part(schema: &Schema, keep: &Keep, fixed: &[(String, String)], sink: &mut dyn Sink) -> Reading {
        let mut reading = Reading::default();
        reading.begin(schema, "Parquet data set", sink);
        let at = |name: &String| schema.fields().iter().position(|field| field.name() == name);
        for (name, value) in fixed {
            match at(name) {
                Some(column) => reading.stated.push((column, value.clone())),
                None => {
                    reading.columns.add(name, Place::Key, || false, sink);
                    reading.fixed.push(value.clone());
                }
            }
        }
        for (name, values) in keep {
            match at(name) {
                Some(column) => reading.keep.push((column, values.clone())),
                None => {
                    let value = fixed.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
                    // What follows from other columns is there once all of them are.
                    reading.lacks |= !values.contains(value) && !DERIVED.contains(&name.as_str());
                }
            }
        }
        reading
    }

    /// Rows that say something else than their file's folder.
    pub(super) fn contradicts(&self) -> usize {
        self.contradicts
    }

    /// The next row is the one after this.
    pub(super) fn go_to(&mut self, row: usize) {
        self.rows = row;
    }

    /// Tells what was found on the way; returns how many rows were kept.
    pub(super) fn end(self, sink: &mut dyn Sink) -> usize {
        self.columns.findings.finish(sink);
        if let Some(metrics) = self.metrics {
            metrics.finish(sink);
        }
        self.kept
    }

    fn begin(&mut self, schema: &Schema, written: &str, sink: &mut dyn Sink) {
        sink.provenance(Provenance {
            schema: Some(format!("{written}, {} columns", schema.fields().len())),
            ..Provenance::default()
        });
        self.metrics = Tachometer::of(schema, sink);
        if self.metrics.is_some() {
            return;
        }
        for field in schema.fields() {
            let name = if field.name().is_empty() { "column without a name" } else { field.name() };
            if matches!(field.data_type(), DataType::List(_) | DataType::LargeList(_) | DataType::Struct(_) | DataType::Map(..)) {
                let message = format!("Columns of type {} are not supported; ignored.", field.data_type());
                let hint = "Supported column types are numbers, strings, booleans and timestamps.";
                sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Key(name.to_owned()), message, hint));
            }
            self.columns.add(name, Place::Key, || numeric(field.data_type()), sink);
        }
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch, total: usize, sink: &mut dyn Sink) {
        if let Some(metrics) = &mut self.metrics {
            metrics.batch(batch, sink);
            self.rows += batch.num_rows();
        } else {
            self.measurements(batch, sink);
        }
        if total > 0 {
            self.progress = (self.rows as f64 / total as f64).clamp(self.progress, 1.0);
            sink.progress(self.progress);
        }
    }

    fn measurements(&mut self, batch: &RecordBatch, sink: &mut dyn Sink) {
        let room = (MAX_CELLS / batch.num_columns().max(1)).saturating_sub(self.taken);
        let taken = batch.num_rows().min(room);
        // One part after another: their cells are in memory a second time, and those of a dictionary are larger than the file.
        for start in (0..taken).step_by(PART) {
            self.part(&batch.slice(start, PART.min(taken - start)), sink);
        }
        self.left_out += batch.num_rows() - taken;
    }

    fn part(&mut self, batch: &RecordBatch, sink: &mut dyn Sink) {
        let kinds = self.columns.columns.iter().map(|(column, _)| matches!(column, Column::Dimension(_)));
        let cells: Vec<Cells> = batch.columns().iter().zip(kinds).map(|(array, dimension)| cells(array, dimension)).collect();
        for row in 0..batch.num_rows() {
            self.rows += 1;
            self.taken += 1;
            let cell = |column: usize| cells.get(column).and_then(|cells| cells.at(row));
            let says = |(column, value): &(usize, String)| cell(*column).map_or("".into(), super::text) == value.as_str();
            self.contradicts += usize::from(!self.stated.iter().all(says));
            if self.lacks || !self.keep.iter().all(|(column, values)| is_among(cell(*column), values)) {
                continue;
            }
            self.kept += 1;
            let number = self.rows;
            let place = Place::Text(format!("row {number}"));
            let at = |column: &str| Place::Text(format!("row {number}, column “{column}”"));
            let fixed = self.fixed.iter().map(|value| Some(Cell::Text(value.into())).filter(|_| !value.is_empty()));
            self.columns.record(cells.iter().map(|cells| cells.at(row)).chain(fixed), place, at, sink);
        }
    }
}

impl Cells {
    fn at(&self, row: usize) -> Option<Cell<'_>> {
        match self {
            Cells::Texts(texts) => texts.get(row)?.as_deref().filter(|text| !text.is_empty()).map(|text| Cell::Text(text.into())),
            Cells::Numbers(numbers) => numbers.get(row)?.filter(|number| number.is_finite()).map(Cell::Number),
            Cells::Instants(instants) => {
                let mut text = String::new();
                rfc3339((*instants.get(row)?)? as f64, &mut text).then(|| Cell::Text(text.into()))
            }
            Cells::Nothing => None,
        }
    }
}

/// Whether a type's values are figures.
fn numeric(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => numeric(values),
        kind => kind.is_numeric(),
    }
}

/// The cells of a column, in the one form that its type is read in; whole numbers of a dimension are texts, which keep
/// every digit. Nothing is what has no such form.
fn cells(array: &ArrayRef, dimension: bool) -> Cells {
    let read = match array.data_type() {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => instants(array).map(Cells::Instants),
        kind if numeric(kind) && !(dimension && kind.is_integer()) => numbers(array).map(Cells::Numbers),
        _ => texts(array).map(Cells::Texts),
    };
    read.unwrap_or(Cells::Nothing)
}
