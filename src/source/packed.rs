//! Small files inside a link: deflated, then in the alphabet that addresses allow.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::record::{Diagnostic, Place, Severity};

/// The longest text that is unpacked, in bytes: a link of a few thousand characters could otherwise fill the memory.
pub const MAX_UNPACKED: u64 = 16 << 20;

/// A text as encoded in a link.
pub fn pack(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(packed)
}

/// What [`pack`] packed.
///
/// # Errors
///
/// Returns a diagnostic if the data is invalid, truncated, or decompresses to more than 16 MiB.
pub fn unpack(packed: &str) -> Result<Vec<u8>, Diagnostic> {
    let hint = "Copy the whole link again; chat and mail programs may truncate long links.";
    let damaged = |what: String| Diagnostic::new(Severity::Error, Place::File, what, hint);
    let bytes = URL_SAFE_NO_PAD
        .decode(packed.trim())
        .map_err(|error| damaged(format!("The data in the link is truncated or corrupt: {error}.")))?;
    let mut text = Vec::new();
    let read = DeflateDecoder::new(bytes.as_slice()).take(MAX_UNPACKED + 1).read_to_end(&mut text);
    read.map_err(|error| damaged(format!("The data in the link is truncated or corrupt: {error}.")))?;
    if text.len() as u64 > MAX_UNPACKED {
        return Err(damaged(format!("The data in the link exceeds {} MiB when decompressed.", MAX_UNPACKED >> 20)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_and_damage_is_told() {
        let text = "model,TP\nmodèle,4\n".repeat(200);
        let packed = pack(&text);
        assert!(packed.len() < 100, "{} characters", packed.len());
        assert!(packed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
        assert_eq!(unpack(&packed).ok().as_deref(), Some(text.as_bytes()));
        assert!(unpack("not ours!").is_err());
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
    }

    #[test]
    fn bombs_are_refused() {
        let packed = pack(&" ".repeat((MAX_UNPACKED + 1) as usize));
        assert!(unpack(&packed).is_err_and(|found| found.message.contains("MiB")));
    }
}
