//! Manual overrides: what a user states about files.

use serde::{Deserialize, Serialize};

/// One manual override: it takes precedence over what the files state, and is marked as given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// The files it applies to: a path, a folder (its path with a `/` at the end), or [`Given::ALL`].
    pub path: String,
    /// The dimension's key.
    pub dimension: String,
    /// Its value.
    pub value: String,
}

impl Given {
    /// The path that matches every file.
    pub const ALL: &str = "*";

    /// Whether it applies to the file at this path.
    pub fn covers(&self, path: &str) -> bool {
        self.path == Given::ALL || self.path == path || (self.path.ends_with('/') && path.starts_with(&self.path))
    }
}
