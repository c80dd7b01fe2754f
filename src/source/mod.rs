//! Input: virtual paths, text encodings, archives, folders on servers and size limits of dropped files.
//!
//! This room does not interpret the bytes.

pub mod container;
pub mod guard;
pub mod hive;
pub mod index;
pub mod listing;
pub mod packed;
pub mod places;
pub mod refusal;
pub mod stamp;
pub mod text;

/// The largest file that is read, in bytes. WebAssembly addresses 4 GiB, and a file, its decoded text and its table
/// must fit in it together.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// A file as it was dropped, picked, fetched or found.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the person knows it: relative to what was dropped, or the URL.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Source {
    /// A file with this path and content.
    pub fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Source {
        Source { path: path.into(), bytes: bytes.into() }
    }
}
