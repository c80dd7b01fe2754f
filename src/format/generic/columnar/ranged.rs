//! Parquet files that are read in parts: first the footer, then the chunks of some columns in some row groups, as a server
//! sends them for ranges of bytes. Nothing here asks for anything.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatchReader;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ConvertedType, LogicalType, Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FooterTail, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::statistics::Statistics;
use rustc_hash::FxHashMap;

use super::typed::{Reading, batches, checked};
use super::{Cell, figure};
use crate::catalog::schema;
use crate::record::{Sink, Stat};

/// The bytes behind a footer: its length and the mark.
const TAIL: u64 = 8;
/// The longest footer that is read, in bytes.
const MAX_FOOTER: u64 = 64 << 20;

/// The fewest bytes to which writers cut the ends of a column's values; few say whether they did.
const CUT: usize = 32;

/// The values that rows may have, by column; an empty text stands for a missing one.
pub type Keep = BTreeMap<String, BTreeSet<String>>;

/// What the end of a file told.
pub enum Tail {
    /// The footer.
    Footer(Box<Footer>),
    /// The footer begins before it, at this byte of the file.
    From(u64),
}

/// What a column is read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It says what a row is: without it rows of different configurations would look equal.
    Identity,
    /// It says where a row was read from.
    Place,
    /// A statistic of a metric, by its key in the catalogue or its own name.
    Figure(String, Stat),
}

/// A file's footer: where its columns are, and what their statistics say.
pub struct Footer {
    metadata: ParquetMetaData,
    /// Bytes of the footer.
    length: u64,
    columns: Vec<(String, Role)>,
    /// The leaf of each column in the file's schema.
    leaves: Vec<usize>,
    by_name: FxHashMap<String, usize>,
}

/// What a read gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Read {
    /// Rows that were kept.
    pub kept: usize,
    /// Rows that say something else than their file's folder.
    pub contradicts: usize,
}

/// Values of a column.
pub struct Known {
    /// Those that are known.
    pub values: BTreeSet<String>,
    /// Whether there are no others.
    pub all: bool,
}

/// The chunks of a row group: one for each wanted column, in their order.
pub struct Group {
    /// Which row group.
    pub number: usize,
    /// Their bytes.
    pub chunks: Vec<Vec<u8>>,
}

/// Reads the last bytes of a file of this size. An error is the middle of a sentence.
///
/// # Errors
///
/// If these are no end of a Parquet file, or its footer is damaged, encrypted or too long.
pub fn tail(bytes: &[u8], size: u64) -> Result<Tail, String> {
    let end = bytes.last_chunk::<8>().ok_or("it is too short for a Parquet file")?;
    let end = FooterTail::try_new(end).map_err(|error| error.to_string())?;
    if end.is_encrypted_footer() {
        return Err("its footer is encrypted".to_owned());
    }
    let length = end.metadata_length() as u64;
    if length > MAX_FOOTER || length + TAIL > size {
        return Err(format!("its footer would have {length} bytes"));
    }
    let from = (bytes.len() as u64).checked_sub(length + TAIL).and_then(|from| usize::try_from(from).ok());
    let Some(footer) = from.and_then(|from| bytes.get(from..bytes.len() - TAIL as usize)) else {
        return Ok(Tail::From(size - length - TAIL));
    };
    let metadata = ParquetMetaDataReader::decode_metadata(footer).map_err(|error| error.to_string())?;
    Ok(Tail::Footer(Box::new(Footer::new(metadata, length + TAIL))))
}

impl Footer {
    fn new(metadata: ParquetMetaData, length: u64) -> Footer {
        let leaves = metadata.file_metadata().schema_descr().columns().iter().enumerate();
        // Lists and structures are no columns of results.
        let plain = leaves.filter(|(_, leaf)| leaf.path().parts().len() == 1 && leaf.max_rep_level() == 0);
        let (columns, leaves): (Vec<(String, Role)>, Vec<usize>) =
            plain.map(|(at, leaf)| ((leaf.name().to_owned(), role(leaf.name(), leaf.physical_type())), at)).unzip();
        let by_name = columns.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        Footer { metadata, length, columns, leaves, by_name }
    }

    /// Its bytes, with what stands behind it.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Rows of the file.
    pub fn rows(&self) -> u64 {
        self.metadata.row_groups().iter().map(group_rows).sum()
    }

    /// Rows of a row group.
    pub fn group_rows(&self, group: usize) -> u64 {
        self.metadata.row_groups().get(group).map_or(0, group_rows)
    }

    /// How many row groups it has.
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// The columns that can be read, and for what.
    pub fn columns(&self) -> &[(String, Role)] {
        &self.columns
    }

    fn chunk(&self, group: usize, column: usize) -> Option<&ColumnChunkMetaData> {
        self.metadata.row_groups().get(group)?.columns().get(*self.leaves.get(column)?)
    }

    /// Where a column's chunk lies in the file. `None` if that cannot be.
    pub fn place(&self, group: usize, column: usize, size: u64) -> Option<Range<u64>> {
        let chunk = self.chunk(group, column)?;
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()).min(chunk.data_page_offset());
        let (start, length) = (u64::try_from(start).ok()?, u64::try_from(chunk.compressed_size()).ok()?);
        let end = start.checked_add(length).filter(|end| *end <= size)?;
        Some(start..end)
    }

    /// Whether a column has no value in a row group.
    pub fn is_missing(&self, group: usize, column: usize) -> bool {
        let nulls = self.chunk(group, column).and_then(|chunk| chunk.statistics()?.null_count_opt());
        nulls.is_some_and(|nulls| nulls == self.group_rows(group))
    }

    /// The values of a text column as far as statistics name them: the least and the greatest of each row group.
    pub fn known(&self, column: &str) -> Option<Known> {
        let at = *self.by_name.get(column)?;
        let mut known = Known { values: BTreeSet::new(), all: true };
        for group in 0..self.groups() {
            let statistics = self.chunk(group, at)?.statistics()?;
            let Statistics::ByteArray(ends) = statistics else { return None };
            let text = |bytes: Option<&[u8]>, exact: bool| {
                let whole = bytes.filter(|bytes| exact || bytes.len() < CUT)?;
                std::str::from_utf8(whole).ok().map(str::to_owned)
            };
            if statistics.null_count_opt() != Some(0) {
                known.values.insert(String::new());
            }
            if !self.is_missing(group, at) {
                let min = text(ends.min_bytes_opt(), ends.min_is_exact())?;
                let max = text(ends.max_bytes_opt(), ends.max_is_exact())?;
                known.all &= min == max;
                known.values.extend([min, max]);
            }
        }
        Some(known)
    }

    /// Whether a row group may have a row with one of these values in a column. What the file lacks may follow from what it has.
    pub fn may_have(&self, group: usize, column: &str, values: &BTreeSet<String>) -> bool {
        let Some(at) = self.by_name.get(column) else { return true };
        let Some(chunk) = self.chunk(group, *at) else { return true };
        let Some(statistics) = chunk.statistics() else { return true };
        let nulls = statistics.null_count_opt();
        if values.contains("") && nulls != Some(0) {
            return true;
        }
        if nulls == Some(self.group_rows(group)) {
            return false;
        }
        // Decimals and times are other numbers than they are stored as.
        let leaf = chunk.column_descr();
        let plain = match leaf.logical_type_ref() {
            None => matches!(leaf.converted_type(), ConvertedType::NONE | ConvertedType::UTF8),
            Some(kind) => matches!(kind, LogicalType::String | LogicalType::Integer(_)),
        };
        if !plain {
            return true;
        }
        // Old writers compared bytes as signed numbers.
        let signed = statistics.is_min_max_deprecated();
        let within = |value: &String| match statistics {
            Statistics::ByteArray(ends) if !signed => match (ends.min_bytes_opt(), ends.max_bytes_opt()) {
                (Some(min), Some(max)) => min <= value.as_bytes() && value.as_bytes() <= max,
                _ => true,
            },
            Statistics::Double(ends) => number_within(value, ends.min_opt().copied(), ends.max_opt().copied()),
            Statistics::Int64(ends) => {
                number_within(value, ends.min_opt().map(|end| *end as f64), ends.max_opt().map(|end| *end as f64))
            }
            Statistics::Int32(ends) => {
                number_within(value, ends.min_opt().copied().map(f64::from), ends.max_opt().copied().map(f64::from))
            }
            Statistics::Boolean(_)
            | Statistics::ByteArray(_)
            | Statistics::Int96(_)
            | Statistics::Float(_)
            | Statistics::FixedLenByteArray(_) => true,
        };
        values.iter().any(within)
    }

    /// A file of one row group and these columns, made of their chunks: what it says of places is true of the bytes beside it.
    fn compact(&self, columns: &[usize], group: Group) -> Result<(Arc<ParquetMetaData>, Vec<u8>), ParquetError> {
        let row_group = self.metadata.row_group(group.number);
        let mut bytes = Vec::with_capacity(group.chunks.iter().map(Vec::len).sum());
        let mut wanted: BTreeMap<usize, Vec<u8>> = columns.iter().map(|at| self.leaves[*at]).zip(group.chunks).collect();
        let mut chunks = Vec::with_capacity(row_group.num_columns());
        for (leaf, chunk) in row_group.columns().iter().enumerate() {
            let (data, dictionary) = (chunk.data_page_offset(), chunk.dictionary_page_offset());
            let start = dictionary.unwrap_or(data).min(data);
            let compact = chunk.clone().into_builder().clear_statistics();
            let compact = match wanted.remove(&leaf) {
                Some(content) => {
                    let moved = |place: i64| place - start + bytes.len() as i64;
                    let compact = compact.set_data_page_offset(moved(data)).set_dictionary_page_offset(dictionary.map(moved));
                    bytes.extend(content);
                    compact
                }
                None => compact
                    .set_compression(Compression::UNCOMPRESSED)
                    .set_total_compressed_size(0)
                    .set_total_uncompressed_size(0)
                    .set_data_page_offset(0)
                    .set_dictionary_page_offset(None),
            };
            chunks.push(compact.build()?);
        }
        let row_group = row_group.clone().into_builder().set_column_metadata(chunks).build()?;
        let metadata = ParquetMetaDataBuilder::new(self.metadata.file_metadata().clone()).add_row_group(row_group).build();
        Ok((Arc::new(metadata), bytes))
    }

    /// Reads some columns, in ascending order, of some row groups: rows that have the values to keep, each with the fixed
    /// values as well (what the file's folder says of all its rows). An error is the middle of
    /// a sentence.
    ///
    /// # Errors
    ///
    /// If a chunk is damaged, or compressed in a way that is not supported. What was read until then was emitted.
    pub fn read(
        &self,
        columns: &[usize],
        groups: Vec<Group>,
        keep: &Keep,
        fixed: &[(String, String)],
        sink: &mut dyn Sink,
    ) -> Result<Read, String> {
        let text = |error: ParquetError| error.to_string();
        let mut reading: Option<Reading> = None;
        for group in groups {
            let before: u64 = (0..group.number).map(|number| self.group_rows(number)).sum();
            let (metadata, bytes) = self.compact(columns, group).map_err(text)?;
            let opened = ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::default()).map_err(text)?;
            let (opened, pages) = checked(opened, Cow::Owned(bytes))?;
            let mask = ProjectionMask::leaves(opened.parquet_schema(), columns.iter().map(|at| self.leaves[*at]));
            let batches = batches(&opened, &pages, mask)?;
            let reading = reading.get_or_insert_with(|| Reading::of_part(&batches.schema(), keep, fixed, sink));
            reading.go_to(before as usize);
            for batch in batches {
                reading.batch(&batch.map_err(|error| error.to_string())?, 0, sink);
            }
        }
        Ok(reading.map_or(Read::default(), |reading| Read { contradicts: reading.contradicts(), kept: reading.end(sink) }))
    }
}

/// Whether a value, as a number, lies between two ends. What is no number may be anywhere.
fn number_within(value: &str, min: Option<f64>, max: Option<f64>) -> bool {
    match (value.parse::<f64>(), min, max) {
        (Ok(value), Some(min), Some(max)) => min <= value && value <= max,
        _ => true,
    }
}

fn group_rows(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0)
}

fn role(name: &str, kind: Type) -> Role {
    match name {
        "place" => Role::Place,
        "load" | "load_kind" | "record" | schema::COLUMN => Role::Identity,
        _ => match figure(name) {
            Some((metric, stat)) => Role::Figure(metric.key.to_owned(), stat),
            None if kind == Type::BYTE_ARRAY || kind == Type::BOOLEAN || is_dimension(name) => Role::Identity,
            None => Role::Figure(name.to_owned(), Stat::Mean),
        },
    }
}

fn is_dimension(name: &str) -> bool {
    crate::catalog::dimensions::dimension(name).is_some()
}

/// Whether a cell is one of some values.
pub(super) fn is_among(cell: Option<Cell<'_>>, values: &BTreeSet<String>) -> bool {
    match cell {
        None => values.contains(""),
        Some(cell) => values.contains(&*super::text(cell)),
    }
}
