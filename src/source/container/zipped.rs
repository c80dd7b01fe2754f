//! Zip archives: by their directory, or, where the end with the directory is missing, from one local header to the next.

use std::io::Cursor;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use rustc_hash::FxHashSet;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::meter::{End, Meter, fill};
use super::{Container, Opening};

const LOCAL: &[u8] = b"PK\x03\x04";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const UNPACK: &str = "Unpack it and drop the files.";
const OVERLAPS: &str = "File that shares its bytes with another, which suggests a decompression bomb,";

/// Whether a zip is one file to its users: arrays of NumPy, a table of Excel, a model of PyTorch.
pub(super) fn is_one_file(bytes: &[u8]) -> bool {
    let names: Vec<Vec<u8>> = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive.file_names_raw().map(<[u8]>::to_vec).collect(),
        Err(_) => Local::at(bytes, 0).map(|local| local.name.to_vec()).into_iter().collect(),
    };
    !names.is_empty()
        && (names.iter().all(|name| name.ends_with(b".npy"))
            || names.iter().any(|name| name == b"[Content_Types].xml" || name.ends_with(b"/data.pkl")))
}

/// Every member, as far as the archive can be read.
pub(super) fn members(opening: &mut Opening<'_>, container: &mut Container<'_>, bytes: &[u8], meter: &Meter<'_>) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        opening.damaged(container, "has no central directory; it is truncated or corrupt");
        return salvage(opening, container, bytes, meter);
    };
    let entries = directory(bytes, &archive);
    let overlapping = overlapping(bytes, &entries);
    if entries.len() > archive.len() {
        return repeated(opening, container, bytes, meter, entries, &overlapping);
    }
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(index) else { continue };
        let raw = entry.name().map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), |name| name.into_owned());
        let (link, method, stated, folder) =
            (entry.is_symlink(), entry.compression(), entry.size(), entry.is_dir() || raw.ends_with(['/', '\\']));
        if folder {
            container.folders += 1;
            continue;
        }
        let Some(path) = opening.name(container, &raw) else { continue };
        if link {
            opening.left_out(
                container,
                &raw,
                "Symbolic link",
                "Only regular files are read: add the file itself to the archive.",
            );
            continue;
        }
        if overlapping.contains(&index) {
            opening.left_out(container, &raw, OVERLAPS, UNPACK);
            continue;
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            opening.left_out(container, &raw, &format!("Unsupported compression method ({method})"), UNPACK);
            continue;
        }
        let limit = opening.limits.member_bytes;
        let (content, end) = match archive.by_index(index) {
            _ if stated > limit => (Vec::new(), End::TooLarge),
            Ok(file) => fill(meter.reader(file), limit),
            Err(error) => {
                let (why, hint) = unreadable(&error);
                opening.left_out(container, &raw, &why, hint);
                continue;
            }
        };
        if meter.refusal().is_some() || !opening.member(container, path, content, &end) {
            return;
        }
    }
}

/// An entry of the central directory (APPNOTE 4.3.12).
struct Entry<'b> {
    name: &'b [u8],
    method: u16,
    encrypted: bool,
    crc: u32,
    packed: usize,
    size: u64,
    /// Where its local header is.
    local: usize,
}

/// All entries of the central directory, also those of one name, of which the archive's own index has the last only.
fn directory<'b>(bytes: &'b [u8], archive: &ZipArchive<Cursor<&[u8]>>) -> Vec<Entry<'b>> {
    const CENTRAL: &[u8] = b"PK\x01\x02";
    let mut entries = Vec::new();
    let mut at = usize::try_from(archive.central_directory_start()).unwrap_or(usize::MAX);
    let before = usize::try_from(archive.offset()).unwrap_or_default();
    while let Some(header) = bytes.get(at..).and_then(|rest| rest.get(..46)).filter(|header| header.starts_with(CENTRAL)) {
        let short = |from: usize| u16::from_le_bytes([header[from], header[from + 1]]);
        let long = |from: usize| u32::from(short(from)) | u32::from(short(from + 2)) << 16;
        let [name, extra, comment] = [28, 30, 32].map(|from| usize::from(short(from)));
        let Some(name) = bytes.get(at + 46..at + 46 + name) else { break };
        entries.push(Entry {
            name,
            method: short(10),
            encrypted: short(8) & 1 != 0,
            crc: long(16),
            packed: long(20) as usize,
            size: u64::from(long(24)),
            local: before.saturating_add(long(42) as usize),
        });
        at += 46 + name.len() + extra + comment;
    }
    entries
}

/// The entries that begin inside an earlier one, by their numbers: a few bytes can stand for thousands of large files.
fn overlapping(bytes: &[u8], entries: &[Entry<'_>]) -> FxHashSet<usize> {
    let mut spans: Vec<(usize, usize, usize)> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let Some(local) = Local::at(bytes, entry.local) else { continue };
        // Sizes of zip64 are elsewhere.
        let packed = if entry.packed == u32::MAX as usize { 0 } else { entry.packed };
        spans.push((entry.local, local.content.saturating_add(packed), index));
    }
    spans.sort_unstable();
    let mut end = 0;
    let mut found = FxHashSet::default();
    for (start, its_end, index) in spans {
        if start < end {
            found.insert(index);
        } else {
            end = its_end;
        }
    }
    found
}

/// Every member of an archive with several of one name, by the directory.
fn repeated(
    opening: &mut Opening<'_>,
    container: &mut Container<'_>,
    bytes: &[u8],
    meter: &Meter<'_>,
    entries: Vec<Entry<'_>>,
    overlapping: &FxHashSet<usize>,
) {
    for (index, entry) in entries.iter().enumerate() {
        let raw = text(entry.name);
        if raw.ends_with(['/', '\\']) {
            container.folders += 1;
            continue;
        }
        let Some(path) = opening.name(container, &raw) else { continue };
        if entry.encrypted {
            opening.left_out(container, &raw, "Encrypted file", UNPACK);
            continue;
        }
        if overlapping.contains(&index) {
            opening.left_out(container, &raw, OVERLAPS, UNPACK);
            continue;
        }
        let limit = opening.limits.member_bytes;
        let local = Local::at(bytes, entry.local).map(|local| bytes.get(local.content..).unwrap_or_default());
        let (content, end) = match local {
            None => (Vec::new(), End::Damaged("it is not where the central directory says".to_owned())),
            Some(_) if entry.size > limit => (Vec::new(), End::TooLarge),
            Some(rest) => {
                let packed = rest.get(..entry.packed).unwrap_or(rest);
                match entry.method {
                    STORED => fill(meter.reader(packed), limit),
                    DEFLATED => fill(meter.reader(DeflateDecoder::new(packed)), limit),
                    other => (Vec::new(), End::Damaged(format!("compression method {other} is not supported"))),
                }
            }
        };
        let end = match end {
            End::Whole if checksum(&content) != entry.crc => End::Damaged("the checksum does not match".to_owned()),
            end => end,
        };
        if meter.refusal().is_some() || !opening.member(container, path, content, &end) {
            return;
        }
    }
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn checksum(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// Why a member cannot be opened, and what to do.
fn unreadable(error: &ZipError) -> (String, &'static str) {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => ("Encrypted file".to_owned(), UNPACK),
        other => (format!("Unreadable file ({other})"), "Copy or create the archive again."),
    }
}

/// A member's local header.
struct Local<'b> {
    name: &'b [u8],
    encrypted: bool,
    /// Whether sizes and checksum follow the content.
    streamed: bool,
    method: u16,
    crc: u32,
    packed: usize,
    content: usize,
}

impl<'b> Local<'b> {
    /// The header at an offset (APPNOTE 4.3.7); sizes of zip64 stay at their marker.
    fn at(bytes: &'b [u8], at: usize) -> Option<Local<'b>> {
        let header = bytes.get(at..at.checked_add(30)?)?;
        let short = |from: usize| u16::from_le_bytes([header[from], header[from + 1]]);
        let long = |from: usize| u32::from(short(from)) | u32::from(short(from + 2)) << 16;
        let name_end = at + 30 + usize::from(short(26));
        Some(Local {
            name: bytes.get(at + 30..name_end).filter(|_| header.starts_with(LOCAL))?,
            encrypted: short(6) & 1 != 0,
            streamed: short(6) & 8 != 0,
            method: short(8),
            crc: long(14),
            packed: long(18) as usize,
            content: name_end + usize::from(short(28)),
        })
    }
}

/// The complete members before the point where an archive is truncated, and what there is of the last.
fn salvage(opening: &mut Opening<'_>, container: &mut Container<'_>, bytes: &[u8], meter: &Meter<'_>) {
    let mut at = 0;
    while let Some(local) = Local::at(bytes, at) {
        let raw = String::from_utf8_lossy(local.name).into_owned();
        let Some(packed) = bytes.get(local.content..) else { return };
        let known = !local.streamed && local.packed != u32::MAX as usize;
        let within = if known { packed.get(..local.packed).unwrap_or(packed) } else { packed };
        let limit = opening.limits.member_bytes;
        let mut inflated = None;
        let (content, end) = match local.method {
            STORED if known => fill(meter.reader(within), limit),
            DEFLATED => {
                let mut decoder = DeflateDecoder::new(within);
                let filled = fill(meter.reader(&mut decoder), limit);
                inflated = usize::try_from(decoder.total_in()).ok();
                filled
            }
            _ => (Vec::new(), End::Damaged("its length is unknown without the central directory".to_owned())),
        };
        if meter.refusal().is_some() {
            return;
        }
        let next = if known {
            local.content.saturating_add(local.packed)
        } else {
            after(bytes, local.content.saturating_add(inflated.unwrap_or(0)))
        };
        let end = match end {
            End::Whole if next > bytes.len() => End::Cut,
            End::Whole if known && checksum(&content) != local.crc => End::Damaged("the checksum does not match".to_owned()),
            end => end,
        };
        let folder = raw.ends_with(['/', '\\']);
        container.folders += usize::from(folder);
        if !folder && let Some(path) = opening.name(container, &raw) {
            if local.encrypted {
                opening.left_out(container, &raw, "Encrypted file", UNPACK);
            } else if !opening.member(container, path, content, &end) {
                return;
            }
        }
        if !known && inflated.is_none() {
            return;
        }
        at = next;
    }
}

/// The position of the next header after content whose sizes follow it (APPNOTE 4.3.9: 12 to 24 bytes); past the end where
/// they do not fit any more.
fn after(bytes: &[u8], end: usize) -> usize {
    let next = [12, 16, 20, 24].into_iter().filter_map(|length| end.checked_add(length));
    let mut next = next.filter(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK")));
    next.next().unwrap_or(usize::MAX)
}
