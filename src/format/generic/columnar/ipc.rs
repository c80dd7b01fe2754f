//! Checks of Arrow's own files before their reader sees them: it trusts the places that a file states, panics where one lies
//! outside, and takes memory for what a footer states before it reads it (arrow-ipc 60.1).

use arrow_ipc::{Message, RecordBatch, root_as_footer, root_as_message};

/// Before each message; then the length of its description.
const CONTINUATION: &[u8] = b"\xFF\xFF\xFF\xFF";
/// Rows that a batch may have whatever its size: columns of nulls have no bytes.
const FREE_ROWS: i64 = 1 << 16;
/// The last bytes of a file, after the length of its footer.
const END: &[u8] = b"ARROW1";

/// Whether all offsets in a file are within its bounds.
pub(super) fn file(bytes: &[u8]) -> Result<(), String> {
    let cut = || "its footer is missing or corrupt".to_owned();
    let rest = bytes.strip_suffix(END).ok_or_else(cut)?;
    let (rest, length) = rest.split_last_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| cut())?;
    let footer = rest.get(rest.len().checked_sub(length).ok_or_else(cut)?..).ok_or_else(cut)?;
    let footer = root_as_footer(footer).map_err(|_| cut())?;
    for block in footer.dictionaries().into_iter().chain(footer.recordBatches()).flatten() {
        let offset = usize::try_from(block.offset()).map_err(|_| damaged())?;
        let length = i64::from(block.metaDataLength()).checked_add(block.bodyLength());
        let end = length.and_then(|length| offset.checked_add(usize::try_from(length).ok()?));
        if block.metaDataLength() < 0 || block.bodyLength() < 0 || end.is_none_or(|end| end > bytes.len()) {
            return Err(damaged());
        }
        match message(bytes.get(offset..).unwrap_or_default())? {
            Some(_) => {}
            None => return Err(damaged()),
        }
    }
    Ok(())
}

/// Whether all offsets in a stream are within its bounds, up to a possible truncation.
pub(super) fn stream(bytes: &[u8]) -> Result<(), String> {
    let mut rest = bytes;
    while let Some(length) = message(rest)? {
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(())
}

fn damaged() -> String {
    "its column offsets are corrupt".to_owned()
}

/// The length of the message that begins here, with its body; `None` at the end, or where it is cut off.
fn message(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some((length, rest)) = bytes.strip_prefix(CONTINUATION).and_then(|rest| rest.split_first_chunk::<4>()) else {
        return Ok(None);
    };
    let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| damaged())?;
    let Some(described) = rest.get(..length).filter(|described| !described.is_empty()) else { return Ok(None) };
    let message: Message<'_> = root_as_message(described).map_err(|_| damaged())?;
    let body = usize::try_from(message.bodyLength()).map_err(|_| damaged())?;
    let batch = message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data());
    if !batch.is_none_or(|batch| fits(&batch, message.bodyLength())) {
        return Err(damaged());
    }
    let whole = body.checked_add(length).and_then(|whole| whole.checked_add(8)).ok_or_else(damaged)?;
    Ok((bytes.len() >= whole).then_some(whole))
}

fn fits(batch: &RecordBatch<'_>, body: i64) -> bool {
    let within =
        |offset: i64, length: i64| offset >= 0 && length >= 0 && offset.checked_add(length).is_some_and(|end| end <= body);
    let buffers = batch.buffers().into_iter().flatten().all(|buffer| within(buffer.offset(), buffer.length()));
    let nodes = batch.nodes().into_iter().flatten().all(|node| node.null_count() >= 0 && node.null_count() <= node.length());
    // A column of bits has eight rows a byte; one of nulls has no buffer and as many rows as it likes. What is compressed is
    // not read.
    let most = body.saturating_mul(8).saturating_add(FREE_ROWS);
    let rows = batch.length() >= 0 && (batch.length() <= most || batch.compression().is_some());
    buffers && nodes && rows
}
