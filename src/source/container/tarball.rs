//! Tar archives, read as a stream.

use std::io::Read;

use tar::EntryType;

use super::meter::{End, Meter, fill};
use super::{Container, Opening, names};

/// The size of a header, in bytes.
pub(super) const BLOCK: u64 = 512;

/// Whether the bytes begin with a header of tar: it has a checksum of its own, which no other content has by chance.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = bytes.get(..BLOCK as usize).filter(|header| header[0] != 0) else { return false };
    let digits: String = header[CHECKSUM].iter().map(|byte| char::from(*byte)).collect();
    let stated = u32::from_str_radix(digits.trim_matches(|c: char| c == '\0' || c == ' '), 8);
    let sum: u32 = header.iter().enumerate().map(|(at, byte)| if CHECKSUM.contains(&at) { 32 } else { u32::from(*byte) }).sum();
    stated == Ok(sum)
}

/// Every member, until the archive ends, breaks off or reaches a limit.
pub(super) fn members(opening: &mut Opening<'_>, container: &mut Container<'_>, reader: impl Read, meter: &Meter<'_>) {
    let mut archive = tar::Archive::new(reader);
    let Ok(entries) = archive.entries() else { return };
    for entry in entries {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(_) if meter.refusal().is_some() => return,
            Err(error) => {
                return opening.damaged(container, &format!("is truncated or corrupt ({})", error.to_string().to_lowercase()));
            }
        };
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        if kind.is_dir() || raw.ends_with('/') {
            container.folders += 1;
            continue;
        }
        let Some(path) = opening.name(container, &raw) else { continue };
        let why = match kind {
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name_bytes().unwrap_or_default();
                format!("Link to “{}”", names::short(&String::from_utf8_lossy(&target)))
            }
            EntryType::Regular | EntryType::Continuous => String::new(),
            EntryType::GNUSparse => "Sparse file".to_owned(),
            other => format!("Not a regular file (type “{}”)", char::from(other.as_byte()).escape_default()),
        };
        if !why.is_empty() {
            opening.left_out(container, &raw, &why, "Only regular files are read: add the file itself to the archive.");
            continue;
        }
        let (limit, stated) = (opening.limits.member_bytes, entry.size());
        let (bytes, end) = if stated > limit { (Vec::new(), End::TooLarge) } else { fill(&mut entry, limit) };
        if meter.refusal().is_some() {
            return;
        }
        let end = if matches!(end, End::Whole) && (bytes.len() as u64) < stated { End::Cut } else { end };
        let broken = matches!(end, End::Cut | End::Damaged(_));
        let more = opening.member(container, path, bytes, &end);
        if broken {
            return opening.damaged(container, &format!("is truncated or corrupt inside “{}”", names::short(&raw)));
        }
        if !more {
            return;
        }
    }
}
