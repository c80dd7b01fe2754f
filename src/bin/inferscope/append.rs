//! A table that is appended to stays the file it was: its encoding, its byte order mark, its owner and permissions, its other
//! names, and where a link to it points. It is written beside itself and put in its own place, never over another file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use inferscope::source::text::Script;

/// Links that are followed before they are a circle.
const LINKS: usize = 40;

/// The file to append to, as it was when it was read.
pub(super) struct Target {
    /// The file itself, behind links.
    path: PathBuf,
    /// What it holds; `None` if it is not there.
    bytes: Option<Vec<u8>>,
    script: Script,
    /// Held until the table is written: whoever else adds to it waits. Nothing where the system has no locks.
    _lock: Option<File>,
}

impl Target {
    /// Reads what is there.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no file.
    pub(super) fn read(path: &Path) -> io::Result<Target> {
        let path = behind_links(path)?;
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is no regular file"));
        }
        let lock = match locked(&path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match fs::read(&path) {
            Ok(bytes) => Ok(Target { path, script: Script::of(&bytes), bytes: Some(bytes), _lock: lock }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Target { path, bytes: None, script: Script::NEW, _lock: None })
            }
            Err(error) => Err(error),
        }
    }

    /// The existing table.
    pub(super) fn text(&self) -> Option<String> {
        self.bytes.as_deref().map(|bytes| self.script.decode(bytes).0.into_owned())
    }

    /// Writes the table, which begins with the existing text where only rows were added: then its bytes stay as they are.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or cannot be written in the file's encoding. The file is unchanged then.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        let invalid = |reason: String| io::Error::new(ErrorKind::InvalidData, reason);
        let encode = |text: &str| {
            let lacking = |c| invalid(format!("its encoding, {}, lacks “{c}”: save it as UTF-8 first", self.script.name()));
            self.script.encode(text).map_err(lacking)
        };
        let Some(bytes) = &self.bytes else { return self.put(&encode(text)?) };
        let (known, damaged) = self.script.decode(bytes);
        let whole = match text.strip_prefix(known.as_ref()) {
            Some(more) if !(damaged && self.script.is_wide()) => [bytes, &encode(more)?[..]].concat(),
            _ if damaged => return Err(invalid(format!("some of its bytes are no {}: repair it first", self.script.name()))),
            _ => [self.script.mark(bytes), &encode(text)?[..]].concat(),
        };
        self.put(&whole)
    }

    /// Writes a file beside the old one and puts it in its place: what breaks off midway costs nothing. A file that has other
    /// names, or whose owner cannot be kept so, is written to itself.
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let Some(old) = &self.bytes else { return self.create(bytes) };
        let found = fs::metadata(&self.path)?;
        if found.permissions().readonly() {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only: make it writable first"));
        }
        // Who may not write to it may not replace it either.
        let file = OpenOptions::new().write(true).open(&self.path)?;
        if has_other_names(&found) {
            return write_through(file, old, bytes);
        }
        let (beside, mut part) = self.beside()?;
        if !keep_owner(&part, &found) {
            fs::remove_file(&beside)?;
            return write_through(file, old, bytes);
        }
        let written = part
            .set_permissions(found.permissions())
            .and_then(|()| part.write_all(bytes))
            .and_then(|()| part.sync_all())
            .and_then(|()| fs::rename(&beside, &self.path));
        written.inspect_err(|_| _ = fs::remove_file(&beside))
    }

    fn create(&self, bytes: &[u8]) -> io::Result<()> {
        let (beside, mut part) = self.beside()?;
        let written = part.write_all(bytes).and_then(|()| part.sync_all());
        // Not over a file that came meanwhile. Where files cannot have two names, there is no better way.
        let written = written.and_then(|()| match fs::hard_link(&beside, &self.path) {
            Ok(()) => fs::remove_file(&beside),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            Err(_) => fs::rename(&beside, &self.path),
        });
        written.inspect_err(|_| _ = fs::remove_file(&beside))
    }

    /// A new file in the same folder.
    fn beside(&self) -> io::Result<(PathBuf, File)> {
        let name = self.path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it has no name"))?;
        let mut number = 0;
        loop {
            let mut part = name.to_owned();
            part.push(format!(".{}-{number}.part", std::process::id()));
            let beside = self.path.with_file_name(part);
            match OpenOptions::new().write(true).create_new(true).open(&beside) {
                Ok(file) => return Ok((beside, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Makes `old`, which a file holds, `new`. Where that fails, it is made `old` again.
fn write_through(mut file: File, old: &[u8], new: &[u8]) -> io::Result<()> {
    let same = if new.starts_with(old) { old.len() } else { 0 };
    let mut write = |from: usize, bytes: &[u8]| {
        file.seek(SeekFrom::Start(from as u64))?;
        file.write_all(bytes)?;
        file.set_len((from + bytes.len()) as u64)?;
        file.sync_all()
    };
    write(same, new.get(same..).unwrap_or_default()).map_err(|error| match write(same, old.get(same..).unwrap_or_default()) {
        Ok(()) => error,
        Err(_) => io::Error::other(format!("{error}, in the middle: its end may be lost")),
    })
}

/// Whether hard links lead to a file: all of them are to show what is appended.
#[cfg(unix)]
fn has_other_names(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

/// Gives a new file the owner and the group of an old one; false where that is not permitted.
#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is_kept = file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()));
    is_kept || fchown(file, Some(old.uid()), Some(old.gid())).is_ok()
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> bool {
    true
}

/// Locks the file at a path. Who held it before put another file in its place: then that one is locked.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::open(path)?;
        match file.lock() {
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(None),
            done => done?,
        }
        if is_still_at(&file, path) {
            return Ok(Some(file));
        }
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => place(own) == place(there),
        // It is gone: reading it says so.
        (Err(_), _) | (_, Err(_)) => true,
    }
}

/// Other systems do not replace a file that is open.
#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}

/// The file that a path names, there or not.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().map_or_else(|| next.clone(), |folder| folder.join(&next)),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "it is a link to itself"))
}
