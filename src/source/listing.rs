//! The files of a folder that lies on a server, with their addresses: from an index, or from what lists the folder.

use crate::record::Diagnostic;

/// So many files of a folder are read.
pub const MAX_MEMBERS: usize = 2000;

/// So many bytes of a folder are fetched, where it is not the deployment's own or the reader's.
pub const MAX_FETCHED_BYTES: u64 = 2 << 30;

/// What lists a folder's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedBy {
    /// An index beside them: whoever wrote it means them to be read.
    Index,
    /// The place itself: whatever lies there.
    Place,
}

/// The files of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// What lists them.
    pub by: ListedBy,
    /// The files, in the order of the list.
    pub files: Vec<Listed>,
    /// What is to be said of the list.
    pub findings: Vec<Diagnostic>,
}

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// Where its content is.
    pub address: String,
    /// Its size in bytes, where the list says it.
    pub size: Option<u64>,
}

/// Whether a path leads out of its folder, or is none.
pub fn is_strange(path: &str) -> bool {
    let strange = |part: &str| matches!(part, "" | "." | "..") || part.contains('\\') || part.contains(char::is_control);
    path.split('/').any(strange)
}

/// A path as a message shows it.
pub fn shown(path: &str) -> String {
    path.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
