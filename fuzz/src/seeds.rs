//! What is mutated: small files that are read as what they are, so that an execution takes microseconds.

use std::fs;
use std::path::{Path, PathBuf};

use inferscope::format::{Input, Look, sniff};
use inferscope::source::guard::guarded;
use inferscope::source::text;
use serde_json::Value;

/// Bytes of a seed at most.
const LARGEST: usize = 6 << 10;
/// Seeds of a target at most.
pub const MOST: usize = 60;

/// Files, each made small.
#[derive(Default)]
pub struct Corpus {
    files: Vec<File>,
}

struct File {
    extension: String,
    format: Option<&'static str>,
    bytes: Vec<u8>,
}

impl Corpus {
    /// Reads what lies below these folders, in the order of paths.
    ///
    /// # Panics
    ///
    /// When a folder cannot be read.
    pub fn below(folders: &[PathBuf]) -> Corpus {
        let mut paths = Vec::new();
        for folder in folders {
            list(folder, &mut paths);
        }
        paths.sort();
        let mut corpus = Corpus::default();
        for path in paths {
            corpus.add(&path, &fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        }
        corpus
    }

    /// Adds a file; what is no longer recognised when it is smaller is cut instead.
    pub fn add(&mut self, path: &Path, bytes: &[u8]) {
        let format = recognised(bytes);
        let mut cut = bytes.to_vec();
        cut.truncate(LARGEST);
        let small = shrunk(bytes).filter(|small| small.len() <= LARGEST && recognised(small) == format).unwrap_or(cut);
        let known = self.files.iter().any(|file| file.bytes == small);
        if !known && !small.is_empty() {
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            self.files.push(File { extension, format, bytes: small });
        }
    }

    /// All files.
    pub fn all(&self) -> Vec<Vec<u8>> {
        self.files.iter().map(|file| file.bytes.clone()).collect()
    }

    /// Files read as one of these formats; anything, where there is none.
    pub fn of_formats(&self, ids: &[&str]) -> Vec<Vec<u8>> {
        self.some(|file| file.format.is_some_and(|format| ids.contains(&format)))
    }

    /// Files with one of these extensions.
    pub fn ending(&self, extensions: &[&str]) -> Vec<Vec<u8>> {
        self.some(|file| extensions.contains(&file.extension.as_str()))
    }

    /// One file of each format, the shortest.
    pub fn one_of_each(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut found: Vec<(&'static str, Vec<u8>)> = Vec::new();
        for file in &self.files {
            let Some(format) = file.format else { continue };
            match found.iter_mut().find(|(known, _)| *known == format) {
                Some((_, bytes)) if bytes.len() > file.bytes.len() => *bytes = file.bytes.clone(),
                Some(_) => {}
                None => found.push((format, file.bytes.clone())),
            }
        }
        found
    }

    fn some(&self, wanted: impl Fn(&File) -> bool) -> Vec<Vec<u8>> {
        let mut found: Vec<&File> = self.files.iter().filter(|file| wanted(file)).collect();
        found.sort_by_key(|file| file.bytes.len());
        found.truncate(MOST);
        match found.is_empty() {
            true => self.files.iter().take(MOST).map(|file| file.bytes.clone()).collect(),
            false => found.into_iter().map(|file| file.bytes.clone()).collect(),
        }
    }
}

fn list(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a name").path()) {
        if path.is_dir() {
            list(&path, paths);
        } else if path.extension().is_none_or(|extension| extension != "golden") {
            paths.push(path);
        }
    }
}

/// The format that bytes are read as. What is no text is left as it is.
fn recognised(bytes: &[u8]) -> Option<&'static str> {
    let decoded = if text::is_text(bytes) { text::decode(bytes).0 } else { "".into() };
    let look = Look::new(Input { path: "unknown", text: &decoded, bytes });
    guarded("unknown", || sniff(&look).map(|format| format.about.id)).ok().flatten()
}

/// A smaller text of the same kind: JSON with short lists and texts, other texts with their first lines.
fn shrunk(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        shorten(&mut value);
        return serde_json::to_vec(&value).ok();
    }
    let line = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(mut value) => {
            shorten(&mut value);
            value.to_string()
        }
        Err(_) => line.to_owned(),
    };
    let mut small = String::new();
    for each in text.lines().map(line) {
        if small.len() + each.len() > LARGEST - 1 {
            break;
        }
        small.push_str(&each);
        small.push('\n');
    }
    Some(small.into_bytes())
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.truncate(3);
            list.iter_mut().for_each(shorten);
        }
        Value::Object(object) => object.values_mut().for_each(shorten),
        Value::String(text) if text.len() > 200 => *text = text.chars().take(100).collect(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
