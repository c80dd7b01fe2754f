//! The files that are served: those of the paths that were named, found anew for every index, so that new ones appear.
//!
//! The list is also the permission: what is not in it is not served, however its address is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use inferscope::catalog::instant;
use inferscope::sorting::Sorting;
use inferscope::source::index;
use serde_json::{Value, json};
use walkdir::{DirEntry, WalkDir};

/// The name of an index, as `?src=` knows it.
pub(super) const INDEX: &str = "index.json";

/// What was named on the command line.
pub(super) struct Roots(Vec<Root>);

struct Root {
    /// The first part of its files' addresses.
    name: String,
    /// Canonical.
    path: PathBuf,
}

/// A file that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Canonical.
    pub(super) path: PathBuf,
    /// In bytes, when it was listed.
    pub(super) size: u64,
    modified: Option<SystemTime>,
}

/// All files that are served, and what is not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// By their address below the files' folder, not escaped.
    pub(super) files: BTreeMap<String, Listed>,
    /// What was found and is not served, and why.
    pub(super) skipped: Vec<String>,
}

impl Roots {
    /// Names each path by its last part; of two with one name the second gets a number.
    pub(super) fn new(paths: &[PathBuf]) -> Result<Roots, String> {
        // The index is nobody's.
        let mut taken = BTreeSet::from([INDEX.to_owned()]);
        let mut roots: Vec<Root> = Vec::new();
        for given in paths {
            if given == Path::new("-") {
                return Err("standard input cannot be served again and again; save it as a file and name that".to_owned());
            }
            let wrong = |reason: String| format!("{}: {reason}", given.display());
            let path = fs::canonicalize(given).map_err(|error| wrong(error.to_string()))?;
            if !path.is_dir() && !path.is_file() {
                return Err(wrong("neither a file nor a folder".to_owned()));
            }
            if roots.iter().any(|root| root.path == path) {
                continue;
            }
            let given_name = if path.is_file() { given.file_name().or(path.file_name()) } else { path.file_name() };
            let base = given_name.map_or("files".to_owned(), |name| name.to_string_lossy().into_owned());
            let mut name = base.clone();
            let mut number = 1;
            while !taken.insert(name.clone()) {
                number += 1;
                name = numbered(&base, number);
            }
            roots.push(Root { name, path });
        }
        Ok(Roots(roots))
    }

    /// What the paths are called together.
    pub(super) fn label(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|root| root.name.as_str()).collect();
        match names.as_slice() {
            [first, second, rest @ ..] if !rest.is_empty() => format!("{first}, {second} and {} more", rest.len()),
            few => few.join(" and "),
        }
    }

    /// A link that leads out of everything that was named is not followed.
    fn holds(&self, path: &Path) -> bool {
        self.0.iter().any(|root| path.starts_with(&root.path))
    }

    /// The files that there are now, as the other commands find them: recursive, without folders that begin with a dot, each once.
    pub(super) fn list(&self) -> Listing {
        let mut skipped = Vec::new();
        let mut found = Vec::new();
        for root in &self.0 {
            let mut walk = WalkDir::new(&root.path).follow_links(true).sort_by_file_name().into_iter();
            while let Some(entry) = walk.next() {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        let reason = error.io_error().map_or_else(|| error.to_string(), io::Error::to_string);
                        let path = error.path().unwrap_or(&root.path).display();
                        skipped.push(format!("{path}: could not be read: {reason}"));
                        continue;
                    }
                };
                let folder = entry.file_type().is_dir();
                if folder && super::super::is_dot_folder(&entry) {
                    walk.skip_current_dir();
                    continue;
                }
                // Gone meanwhile.
                let Ok(path) = fs::canonicalize(entry.path()) else { continue };
                if !self.holds(&path) {
                    let (link, target) = (entry.path().display(), path.display());
                    skipped.push(format!("{link}: a link to outside of what was named, not followed: name {target}, too"));
                    if folder {
                        walk.skip_current_dir();
                    }
                } else if !folder {
                    match root.listed(&entry, &path) {
                        Ok((name, file)) => found.push((entry.path() != path, name, file)),
                        Err(reason) => skipped.push(format!("{}: {reason}", entry.path().display())),
                    }
                }
            }
        }
        // A file has its own name rather than that of a link to it.
        found.order_by_key(|(by_link, ..)| *by_link);
        let mut seen = BTreeSet::new();
        let once = found.into_iter().filter(|(_, _, file)| seen.insert(file.path.clone()));
        Listing { files: once.map(|(_, name, file)| (name, file)).collect(), skipped }
    }
}

impl Root {
    /// A file's address below the files' folder, and the file; or why it is not served.
    fn listed(&self, entry: &DirEntry, path: &Path) -> Result<(String, Listed), String> {
        let metadata = entry.metadata().map_err(|error| format!("could not be read: {error}"))?;
        if !metadata.is_file() {
            return Err("neither a file nor a folder".to_owned());
        }
        let below = entry.path().strip_prefix(&self.path).unwrap_or(Path::new(""));
        let parts = below.iter().map(|part| part.to_str()).collect::<Option<Vec<&str>>>();
        let name = parts.map(|parts| [self.name.as_str()].into_iter().chain(parts).collect::<Vec<_>>().join("/"));
        // Warn here about what the page would refuse to load.
        let name = name.filter(|name| index::address(INDEX, name).is_some());
        Ok((name.ok_or("its name is no address: rename it")?, Listed::new(path.to_owned(), &metadata)))
    }
}

/// `results.json` becomes `results-2.json`: the ending says what a file may be.
fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem}-{number}.{ending}"),
        _ => format!("{name}-{number}"),
    }
}

impl Listed {
    /// A file as it is now.
    pub(super) fn new(path: PathBuf, metadata: &Metadata) -> Listed {
        Listed { path, size: metadata.len(), modified: metadata.modified().ok() }
    }

    fn since_epoch(&self) -> Option<std::time::Duration> {
        self.modified?.duration_since(UNIX_EPOCH).ok()
    }

    /// Changes with the file's content, as far as its size and its time tell.
    pub(super) fn tag(&self) -> String {
        format!("\"{:x}-{:x}\"", self.size, self.since_epoch().map_or(0, |time| time.as_nanos()))
    }

    /// The time with every digit that there is: two changes within a second are two.
    fn time(&self) -> Option<String> {
        let time = self.since_epoch()?;
        let mut text = String::new();
        instant::rfc3339((time.as_secs() * 1000) as f64, &mut text).then_some(())?;
        Some(format!("{}.{:09}Z", text.trim_end_matches('Z'), time.subsec_nanos()))
    }
}

impl Listing {
    /// The bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }

    /// The index of a folder (with its slash; the empty one is that of all files). `None` where there is no such folder.
    pub(super) fn index(&self, folder: &str, watch: Option<u64>) -> Option<Vec<u8>> {
        let below = self.files.iter().filter_map(|(name, file)| Some((name.strip_prefix(folder)?, file)));
        let members: Vec<Value> =
            below.map(|(path, file)| json!({ "path": path, "size": file.size, "time": file.time() })).collect();
        if members.is_empty() && !folder.is_empty() {
            return None;
        }
        let mut index = json!({ "files": members });
        if let (Some(seconds), Value::Object(index)) = (watch, &mut index) {
            index.insert("watch".to_owned(), seconds.into());
        }
        serde_json::to_vec(&index).ok()
    }
}
