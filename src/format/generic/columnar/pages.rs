//! Checks of Parquet's pages before their decoders see them. The decoders take memory for what the header of a page or its
//! first bytes state, and where there is none the process ends (parquet 60.1): sizes are held against the bytes that are
//! there, numbers of values against what those bytes can hold.
//!
//! Source: Encodings.md (DELTA_BINARY_PACKED) of apache/parquet-format.

use std::ops::Range;
use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::header::{Bytes, Header};

/// Values that a page may have.
const MAX_VALUES: usize = 40_000_000;
/// Values in a block of deltas; writers use 128 to 2048.
const MAX_BLOCK: usize = 8192;

/// The row groups of a file, whose pages are checked.
pub(super) struct Checked<R> {
    source: Arc<R>,
    metadata: Arc<ParquetMetaData>,
}

impl<R> Checked<R> {
    /// All row groups.
    pub(super) fn new(source: R, metadata: &Arc<ParquetMetaData>) -> Checked<R> {
        Checked { source: Arc::new(source), metadata: Arc::clone(metadata) }
    }
}

impl<R: ChunkReader + 'static> RowGroups for Checked<R> {
    fn num_rows(&self) -> usize {
        let rows = self.metadata.row_groups().iter().map(|group| usize::try_from(group.num_rows()).unwrap_or(0));
        rows.fold(0, usize::saturating_add)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let (source, metadata) = (Arc::clone(&self.source), Arc::clone(&self.metadata));
        let groups = 0..metadata.num_row_groups();
        Ok(Box::new(Chunks { source, metadata, column, groups }))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.metadata.row_groups().iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The chunks of a column.
struct Chunks<R> {
    source: Arc<R>,
    metadata: Arc<ParquetMetaData>,
    column: usize,
    groups: Range<usize>,
}

impl<R: ChunkReader + 'static> PageIterator for Chunks<R> {}

impl<R: ChunkReader + 'static> Iterator for Chunks<R> {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let group = self.metadata.row_group(self.groups.next()?);
        let chunk = group.column(self.column);
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let pages = SerializedPageReader::new(Arc::clone(&self.source), chunk, rows, None);
        let levels = [chunk.column_descr().max_rep_level(), chunk.column_descr().max_def_level()];
        Some(pages.map(|pages| Box::new(Pages { pages, levels }) as Box<dyn PageReader>))
    }
}

/// The pages of a chunk.
struct Pages<R: ChunkReader> {
    pages: SerializedPageReader<R>,
    /// The highest repetition and definition levels.
    levels: [i16; 2],
}

impl<R: ChunkReader> Pages<R> {
    fn checked(&self, page: Option<Page>) -> Result<Option<Page>> {
        match page {
            Some(page) if !is_plausible(&page, self.levels) => {
                Err(ParquetError::General("a page states more values than its bytes can hold".to_owned()))
            }
            page => Ok(page),
        }
    }
}

impl<R: ChunkReader> Iterator for Pages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<R: ChunkReader> PageReader for Pages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        self.checked(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.pages.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>> {
        let page = self.pages.take_deferred_dictionary()?;
        self.checked(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

/// Whether a page can have as many values as it states.
fn is_plausible(page: &Page, levels: [i16; 2]) -> bool {
    let bytes = page.buffer();
    let count = page.num_values() as usize;
    match page {
        // Each has a byte at least.
        Page::DictionaryPage { .. } => count <= bytes.len(),
        Page::DataPage { encoding, rep_level_encoding, def_level_encoding, .. } => {
            let mut rest: Option<&[u8]> = Some(bytes);
            for (highest, encoding) in levels.into_iter().zip([rep_level_encoding, def_level_encoding]) {
                rest = rest.and_then(|rest| after_levels(rest, highest, *encoding, count));
            }
            count <= MAX_VALUES && rest.is_none_or(|values| are_plausible(values, *encoding, count))
        }
        Page::DataPageV2 { encoding, rep_levels_byte_len, def_levels_byte_len, .. } => {
            let values = bytes.get((*rep_levels_byte_len as usize).saturating_add(*def_levels_byte_len as usize)..);
            count <= MAX_VALUES && values.is_none_or(|values| are_plausible(values, *encoding, count))
        }
    }
}

/// What follows the levels of a page of the first version. `None` where they are cut off, which their decoder tells.
#[allow(deprecated, reason = "old files have them")]
fn after_levels(bytes: &[u8], highest: i16, encoding: Encoding, count: usize) -> Option<&[u8]> {
    if highest <= 0 {
        return Some(bytes);
    }
    if encoding == Encoding::BIT_PACKED {
        let bits = (i16::BITS - highest.leading_zeros()) as usize;
        return bytes.get(count.checked_mul(bits)?.div_ceil(8)..);
    }
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.get(usize::try_from(i32::from_le_bytes(*length)).ok()?..)
}

/// Whether deltas state no more values than the page has. Other encodings take memory as they are read.
fn are_plausible(values: &[u8], encoding: Encoding, count: usize) -> bool {
    match encoding {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => after_deltas(values, count).is_some(),
        Encoding::DELTA_BYTE_ARRAY => after_deltas(values, count).is_some_and(|rest| after_deltas(rest, count).is_some()),
        _ => true,
    }
}

/// What follows integers as deltas, if there are no more than `most`, and blocks for all of them.
fn after_deltas(bytes: &[u8], most: usize) -> Option<&[u8]> {
    let mut rest = Bytes(bytes);
    let mut size = || usize::try_from(rest.varint()?).ok();
    let (block, parts, count) = (size()?, size()?, size()?);
    let first = rest.varint();
    if block > MAX_BLOCK || parts == 0 || count > most || first.is_none() {
        return None;
    }
    let part = block / parts;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        rest.varint()?;
        let widths = rest.take(parts)?;
        if part == 0 {
            return None;
        }
        for width in widths {
            if left > 0 {
                // The last part may be cut where its last value ends.
                let length = (usize::from(*width) * part / 8).min(rest.0.len());
                rest.take(length)?;
            }
            left = left.saturating_sub(part);
        }
    }
    Some(rest.0)
}

/// How much longer than their bytes the pages of a chunk can be at most; `None` without compression. A copy in Snappy has 3 bytes
/// for 64, one in Deflate 2 bits for 258.
pub(super) fn ratio(compression: Compression) -> Option<u64> {
    match compression {
        Compression::SNAPPY => Some(22),
        Compression::GZIP(_) => Some(1040),
        _ => None,
    }
}

/// The sizes that the pages of a chunk state, decompressed and as they are, up to a header that cannot be read.
pub(super) fn sizes(chunk: &[u8]) -> impl Iterator<Item = (u64, u64)> {
    let mut rest = Bytes(chunk);
    std::iter::from_fn(move || {
        let Header { unpacked, packed, .. } = rest.header()?;
        rest.take(usize::try_from(packed).ok()?)?;
        Some((unpacked, packed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pages_sizes_are_read_from_its_header() {
        // Type 0; 2³¹ − 1 bytes in 3; 5 values, encoded plainly, levels as runs, and statistics: a least value “ab”.
        let header = [
            0x15, 0x00, 0x15, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x15, 0x06, 0x2C, 0x15, 0x0A, 0x15, 0x00, 0x15, 0x06, 0x15, 0x06,
            0x1C, 0x28, 0x02, b'a', b'b', 0x00, 0x00, 0x00,
        ];
        let chunk = [&header[..], b"xyz", &header, b"xy"].concat();
        assert_eq!(sizes(&chunk).collect::<Vec<_>>(), [(2_147_483_647, 3)], "the second page is cut");
        for end in 0..header.len() {
            assert_eq!(sizes(&header[..end]).count(), 0);
        }
        assert_eq!(sizes(&[0x1C; 100]).count(), 0, "structures in structures");
    }

    #[test]
    fn deltas_state_no_more_values_than_they_have_blocks_for() {
        // Blocks of 128 values in 4 parts; 7, 5, 3, 1, 2, 3, 4, 5 as the format's description has them: first 7, then deltas
        // from -2 on in 2 bits (0, 0, 0, 3, 3, 3, 3) in the first part, which has 8 bytes.
        let deltas = [0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0];
        let with_rest = [&deltas[..], b"rest"].concat();
        assert_eq!(after_deltas(&with_rest, 8), Some(&b"rest"[..]));
        assert_eq!(after_deltas(&with_rest, 7), None, "more than the page has");
        let more = [&[0x80, 0x01, 4, 0x80, 0x10, 14][..], &deltas[5..]].concat();
        assert_eq!(after_deltas(&more, 1 << 20), None, "2048 values in one block");
        let wide = [&[0x80, 0x80, 0x80, 0x08, 1, 0x80, 0x10, 14, 3, 0][..], &[0; 8]].concat();
        assert_eq!(after_deltas(&wide, 1 << 20), None, "a block of 16 million values");
        assert_eq!(after_deltas(&[0x80, 0x01, 4, 0, 0, b'r'], 0), Some(&b"r"[..]), "none");
        assert_eq!(after_deltas(&[0xFF; 20], usize::MAX), None);
    }
}
