//! Parquet compressed with Zstandard, which other writers use by default (polars, Spark's newest). The decoder of `parquet` is in
//! C and does not compile for the page; pages are decompressed here, by one in Rust, and the file is read as an uncompressed one.

use std::io::Read;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataBuilder};
use ruzstd::decoding::StreamingDecoder;

use super::header::{Bytes, Header};

/// The largest content of a file when decompressed, in bytes: here it is all in memory.
const MAX_UNPACKED: usize = 512 << 20;

/// Whether any column is compressed so.
pub(super) fn is_packed(metadata: &ParquetMetaData) -> bool {
    metadata.row_groups().iter().flat_map(|group| group.columns()).any(is_zstd)
}

fn is_zstd(chunk: &ColumnChunkMetaData) -> bool {
    matches!(chunk.compression(), Compression::ZSTD(_))
}

/// The same file without that compression: its metadata, and the bytes that they are about. An error is the middle of a sentence.
pub(super) fn unpacked(metadata: &ParquetMetaData, bytes: &[u8]) -> Result<(Arc<ParquetMetaData>, Vec<u8>), String> {
    let text = |error: ParquetError| error.to_string();
    let mut content = Vec::new();
    let mut groups = Vec::with_capacity(metadata.num_row_groups());
    for group in metadata.row_groups() {
        let mut chunks = Vec::with_capacity(group.num_columns());
        for chunk in group.columns() {
            let (data, dictionary) = (chunk.data_page_offset(), chunk.dictionary_page_offset());
            let first = dictionary.unwrap_or(data).min(data);
            let range = usize::try_from(first).ok().zip(usize::try_from(chunk.compressed_size()).ok());
            let packed = range.and_then(|(start, length)| bytes.get(start..start.checked_add(length)?));
            let packed = packed.ok_or("its column offsets are corrupt")?;
            let start = content.len() as i64;
            // How much longer the pages before the data are now: the dictionary's page, where there is one.
            let shift = match is_zstd(chunk) {
                true => pages(packed, data - first, &mut content)?,
                false => {
                    content.extend_from_slice(packed);
                    0
                }
            };
            let length = content.len() as i64 - start;
            let mut builder = chunk.clone().into_builder();
            if is_zstd(chunk) {
                builder = builder
                    .set_compression(Compression::UNCOMPRESSED)
                    .set_total_compressed_size(length)
                    .set_total_uncompressed_size(length);
            }
            let builder = builder
                .set_data_page_offset(start + (data - first) + shift)
                .set_dictionary_page_offset(dictionary.map(|dictionary| start + (dictionary - first)));
            chunks.push(builder.build().map_err(text)?);
        }
        groups.push(group.clone().into_builder().set_column_metadata(chunks).build().map_err(text)?);
    }
    let metadata = ParquetMetaDataBuilder::new(metadata.file_metadata().clone()).set_row_groups(groups).build();
    Ok((Arc::new(metadata), content))
}

/// Decompresses the pages of a chunk. Returns how much longer what stands before the page at `data` is than it was.
fn pages(packed: &[u8], data: i64, content: &mut Vec<u8>) -> Result<i64, String> {
    let (mut rest, begin) = (packed, content.len());
    let mut shift = 0;
    while !rest.is_empty() {
        if (packed.len() - rest.len()) as i64 == data {
            shift = (content.len() - begin) as i64 - data;
        }
        let damaged = || "the header of a page is damaged".to_owned();
        let mut bytes = Bytes(rest);
        let Header { unpacked, packed, packed_at, levels, is_plain, length } = bytes.header().ok_or_else(damaged)?;
        let page = usize::try_from(packed).ok().and_then(|packed| bytes.take(packed)).ok_or_else(damaged)?;
        let (levels, values) =
            usize::try_from(levels).ok().and_then(|levels| page.split_at_checked(levels)).ok_or_else(damaged)?;
        let unpacked = usize::try_from(unpacked).map_err(|_| damaged())?;
        let room = MAX_UNPACKED.saturating_sub(content.len());
        if unpacked > room {
            return Err(format!("it decompresses to more than {} MiB", MAX_UNPACKED >> 20));
        }
        let header = rest.get(..length).ok_or_else(damaged)?;
        let (before, after) = (header.get(..packed_at.start), header.get(packed_at.end..));
        content.extend_from_slice(before.ok_or_else(damaged)?);
        varint((unpacked as u64) << 1, content);
        content.extend_from_slice(after.ok_or_else(damaged)?);
        content.extend_from_slice(levels);
        // A page without values has no frame.
        let wanted = unpacked.checked_sub(levels.len()).ok_or_else(damaged)?;
        let start = content.len();
        if is_plain {
            content.extend_from_slice(values);
        } else if wanted > 0 {
            let decoder = StreamingDecoder::new(values).map_err(|error| error.to_string())?;
            decoder.take(wanted as u64 + 1).read_to_end(content).map_err(|error| error.to_string())?;
        }
        if content.len() - start != wanted {
            return Err("a page does not decompress to the size that it states".to_owned());
        }
        rest = bytes.0;
    }
    Ok(shift)
}

/// A number, seven bits a byte.
fn varint(mut value: u64, content: &mut Vec<u8>) {
    while value >= 0x80 {
        content.push(value as u8 | 0x80);
        value >>= 7;
    }
    content.push(value as u8);
}
