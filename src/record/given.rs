//! What a person says of files that do not say it themselves.

use serde::{Deserialize, Serialize};

/// One statement of a person about files: it stands above what the files say, and is marked as given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// Which files: a path, a folder (its path with a `/` at the end), or [`Given::ALL`].
    pub path: String,
    /// The dimension's key.
    pub dimension: String,
    /// Its value.
    pub value: String,
}

impl Given {
    /// The path that stands for every file.
    pub const ALL: &str = "*";

    /// Whether it speaks of the file at this path.
    pub fn covers(&self, path: &str) -> bool {
        self.path == Given::ALL || self.path == path || (self.path.ends_with('/') && path.starts_with(&self.path))
    }
}
