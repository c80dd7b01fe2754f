//! Containers: archives and packed files become the files inside them, so that formats never know that one was packed.
//!
//! A container is recognised by its bytes. Its members are named by its path followed by theirs, so that a folder inside
//! an archive is a folder like any other. Nothing here trusts what it reads: every limit is held while unpacking, names
//! cannot leave the container's folder, and a damaged or cut container gives what was whole before the damage.

mod meter;
mod names;
mod stream;
mod tarball;
mod zipped;

use std::cell::Cell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::guard::guarded;
use super::{MAX_FILE_BYTES, Source};
use crate::record::{Diagnostic, Place, Severity};

use meter::{End, Meter};

/// Limits of unpacking. Reaching one produces a diagnostic; everything before it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes that a dropped container may unpack to, inner containers included.
    pub total_bytes: u64,
    /// Bytes of one member.
    pub member_bytes: u64,
    /// Members of a dropped container, those of inner containers included.
    pub members: usize,
    /// How many times its own size a container may unpack to. Repetitive JSON packs to a fiftieth; bombs to a thousandth.
    pub ratio: u64,
    /// Bytes up to which the ratio does not matter: small files do no harm however well they pack.
    pub ratio_from: u64,
    /// The maximum nesting depth; 2 is an archive in an archive.
    pub depth: usize,
    /// Bytes of a path, that of the container included.
    pub path_bytes: usize,
}

impl Limits {
    /// The limits of the page and of the command line.
    pub const DEFAULT: Limits = Limits {
        total_bytes: 2 << 30,
        member_bytes: MAX_FILE_BYTES,
        members: 20_000,
        ratio: 250,
        ratio_from: 64 << 20,
        depth: 2,
        path_bytes: 4096,
    };
}

/// The content of a dropped file.
#[derive(Debug, Default)]
pub struct Opened {
    /// The members in their order; the file itself where it is no container.
    pub members: Vec<Source>,
    /// Findings with the path of the container that they are about.
    pub findings: Vec<(String, Diagnostic)>,
}

/// The kinds of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    Gzip,
    Zstd,
}

impl Kind {
    /// By the magic bytes, never by the name. A zip that is one file to its users, such as NumPy's, is none.
    fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => (!zipped::is_one_file(bytes)).then_some(Kind::Zip),
            [0x1F, 0x8B, 8, ..] => Some(Kind::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Kind::Zstd),
            _ => tarball::is_tar(bytes).then_some(Kind::Tar),
        }
    }
}

/// Whether the bytes are a container that [`open`] opens.
pub fn is_container(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

/// Opens a file: its members, or the file itself where it is no container.
pub fn open(source: Source, limits: &Limits) -> Opened {
    let mut members = Vec::new();
    let findings = each(source, limits, &mut |member| {
        members.push(member);
        true
    });
    Opened { members, findings }
}

/// Like [`open`], but hands over one member at a time, so that all of them are never in memory together. Where `take` says
/// false, nothing more is opened.
pub fn each(source: Source, limits: &Limits, take: &mut dyn FnMut(Source) -> bool) -> Vec<(String, Diagnostic)> {
    let Some(kind) = Kind::of(&source.bytes) else {
        take(source);
        return Vec::new();
    };
    let outer = source.bytes.len() as u64;
    let mut opening = Opening {
        limits,
        outer,
        total: Rc::default(),
        members: 0,
        full: false,
        findings: Vec::new(),
        taken: FxHashSet::default(),
        take,
    };
    opening.container(kind, &source.path, &source.bytes, 1);
    opening.findings
}

/// How many findings of one kind are listed for one container; the rest is counted.
const LISTED: usize = 20;

/// The state of opening one dropped file.
struct Opening<'o> {
    limits: &'o Limits,
    /// Bytes of the file.
    outer: u64,
    /// Bytes unpacked so far, over all containers.
    total: Rc<Cell<u64>>,
    members: usize,
    /// A limit of the whole was reached: nothing more is opened.
    full: bool,
    findings: Vec<(String, Diagnostic)>,
    /// The paths that were handed over.
    taken: FxHashSet<String>,
    take: &'o mut dyn FnMut(Source) -> bool,
}

/// One container while it is opened.
struct Container<'c> {
    path: &'c str,
    depth: usize,
    /// Findings by kind, as the end of the sentence “And 12 more …”.
    counts: Vec<(&'static str, Severity, usize)>,
    /// Members without anything to read.
    hidden: usize,
    empty: usize,
    folders: usize,
    /// The names so far, each with how often it was there.
    names: FxHashMap<String, usize>,
}

impl Opening<'_> {
    fn container(&mut self, kind: Kind, path: &str, bytes: &[u8], depth: usize) {
        let meter = Meter::new(self.limits, [bytes.len() as u64, self.outer], depth, Rc::clone(&self.total));
        let mut container =
            Container { path, depth, counts: Vec::new(), hidden: 0, empty: 0, folders: 0, names: FxHashMap::default() };
        let opened = guarded(path, || match kind {
            Kind::Zip => zipped::members(self, &mut container, bytes, &meter),
            Kind::Tar => tarball::members(self, &mut container, meter.reader(bytes), &meter),
            Kind::Gzip | Kind::Zstd => stream::members(self, &mut container, bytes, &meter),
        });
        if let Err(reason) = opened {
            self.damaged(&mut container, &format!("could not be unpacked further: the decoder failed ({reason})"));
        }
        self.close(container, &meter);
    }

    /// Sums up what was passed over, listed too often, or stopped by a limit.
    fn close(&mut self, container: Container<'_>, meter: &Meter<'_>) {
        let Container { path, counts, hidden, empty, folders, .. } = container;
        if let Some((message, whole)) = meter.refusal() {
            self.full |= whole;
            let message = format!("“{}” {message} Reading stopped there; the files before it were read.", names::short(path));
            let hint = "Unpack it and drop only the files with results.";
            self.findings.push((path.to_owned(), Diagnostic::new(Severity::Error, Place::File, message, hint)));
        }
        for (kind, severity, count) in counts.into_iter().filter(|(_, _, count)| *count > LISTED) {
            let message = format!("And {} more {kind}.", count - LISTED);
            self.findings.push((path.to_owned(), Diagnostic::new(severity, Place::File, message, "")));
        }
        // Folders are part of every archive: alone they are not worth a word.
        if hidden + empty > 0 {
            let parts = [(hidden, "hidden or system file"), (empty, "empty file"), (folders, "folder")];
            let parts = parts.iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> =
                parts.map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" })).collect();
            let message = format!("Skipped: {}.", parts.join(", "));
            self.findings.push((path.to_owned(), Diagnostic::new(Severity::Info, Place::File, message, "")));
        }
    }

    /// A finding about a member (or, without one, about the container itself).
    fn find(
        &mut self,
        container: &mut Container<'_>,
        kind: &'static str,
        severity: Severity,
        member: Option<&str>,
        text: [&str; 2],
    ) {
        let known = container.counts.iter().position(|(other, _, _)| *other == kind);
        let known = known.unwrap_or_else(|| {
            container.counts.push((kind, severity, 0));
            container.counts.len() - 1
        });
        container.counts[known].2 += 1;
        if container.counts[known].2 <= LISTED {
            let place = member.map_or(Place::File, |member| Place::Key(names::short(member)));
            self.findings.push((container.path.to_owned(), Diagnostic::new(severity, place, text[0], text[1])));
        }
    }

    /// A member that is not read, and why.
    fn left_out(&mut self, container: &mut Container<'_>, member: &str, why: &str, hint: &str) {
        let message = format!("{why} in “{}”; skipped.", names::short(container.path));
        self.find(container, "skipped files", Severity::Error, Some(member), [&message, hint]);
    }

    /// The container breaks off or is damaged; `what` completes the sentence.
    fn damaged(&mut self, container: &mut Container<'_>, what: &str) {
        let message = format!("“{}” {what}; the files before this point were read.", names::short(container.path));
        let hint = "Copy it again, or wait until the archive is completely written.";
        self.find(container, "damaged places", Severity::Error, None, [&message, hint]);
    }

    /// The path under which a member is known, or `None` when it is passed over.
    fn name(&mut self, container: &mut Container<'_>, raw: &str) -> Option<String> {
        let (name, changed) = names::harmless(raw);
        if names::is_hidden(&name) {
            container.hidden += 1;
            return None;
        }
        let path = format!("{}/{name}", container.path);
        if name.is_empty() || path.len() > self.limits.path_bytes {
            let why = match name.is_empty() {
                true => "File without a name".to_owned(),
                false => format!("Path of {} bytes (limit {})", path.len(), self.limits.path_bytes),
            };
            self.left_out(container, raw, &why, "Shorten the path, or unpack the archive and drop the files.");
            return None;
        }
        if changed {
            let message =
                format!("The name leads outside “{}” or is not a valid path; read as “{name}”.", names::short(container.path));
            let hint = "Such names can overwrite files elsewhere when unpacked: make sure you trust the archive's source.";
            self.find(container, "unsafe names", Severity::Warning, Some(raw), [&message, hint]);
        }
        Some(self.distinct(container, raw, path))
    }

    /// A path that no other member has, with a number if need be. What is in an archive twice was put there twice, with two
    /// contents.
    fn distinct(&mut self, container: &mut Container<'_>, raw: &str, path: String) -> String {
        let Some(mut time) = container.names.get(&path).copied() else {
            container.names.insert(path.clone(), 1);
            return path;
        };
        let known = loop {
            time += 1;
            let known = names::numbered(&path, time);
            if !container.names.contains_key(&known) {
                break known;
            }
        };
        container.names.insert(path, time);
        container.names.insert(known.clone(), 1);
        let name = known.strip_prefix(container.path).unwrap_or(&known).trim_start_matches('/');
        let message = format!("A file of this name is in “{}” more than once; read as “{name}”.", names::short(container.path));
        let hint = "Give each file a name of its own: most programs unpack the last one only.";
        self.find(container, "repeated names", Severity::Warning, Some(raw), [&message, hint]);
        known
    }

    /// A path that nothing handed over has: `x.csv` and what is in `x.csv.gz` have one name, and two contents.
    fn apart(&mut self, container: &mut Container<'_>, path: String) -> String {
        if self.taken.insert(path.clone()) {
            return path;
        }
        let other = (2..).map(|number| names::numbered(&path, number)).find(|other| self.taken.insert(other.clone()));
        let other = other.unwrap_or_else(|| path.clone());
        let message =
            format!("Another file is read as “{}”, too; this one is read as “{}”.", names::short(&path), names::short(&other));
        let hint = "Give each file a name of its own, without the ending of its compression, too.";
        self.find(container, "repeated names", Severity::Warning, None, [&message, hint]);
        other
    }

    /// Takes what was read of a member: hands it over, or opens it where it is a container itself. False when no more
    /// members can be taken.
    fn member(&mut self, container: &mut Container<'_>, path: String, bytes: Vec<u8>, end: &End) -> bool {
        let own = path.strip_prefix(container.path).map_or(path.as_str(), |rest| rest.trim_start_matches('/')).to_owned();
        match end {
            End::Whole => {}
            End::TooLarge => {
                let why = format!("File larger than {}", meter::size(self.limits.member_bytes));
                let hint = "Unpack the archive, then split the file or keep only the columns or runs you need.";
                self.left_out(container, &own, &why, hint);
                return true;
            }
            End::Damaged(reason) => {
                let why = format!("Corrupt file ({reason})");
                self.left_out(container, &own, &why, "Copy or create the archive again.");
                return true;
            }
            End::Cut if bytes.is_empty() => return true,
            End::Cut => {
                let message =
                    format!("The file is truncated where “{}” is; everything before was read.", names::short(container.path));
                let hint = "Copy the archive again to read the rest.";
                self.find(container, "truncated files", Severity::Warning, Some(&own), [&message, hint]);
            }
        }
        if bytes.is_empty() {
            container.empty += 1;
            return true;
        }
        let limit = self.limits.members;
        if self.members >= limit {
            let message =
                format!("“{}” has more than {limit} files; only the first {limit} are read.", names::short(container.path));
            let hint = "Unpack it and drop only the files with results.";
            self.find(container, "files beyond the limit", Severity::Error, None, [&message, hint]);
            self.full = true;
            return false;
        }
        self.members += 1;
        match Kind::of(&bytes) {
            None => {
                let path = self.apart(container, path);
                self.full |= !(self.take)(Source { path, bytes });
            }
            Some(_) if container.depth >= self.limits.depth => {
                let why = format!("Archive nested {} levels deep (limit {})", container.depth, self.limits.depth);
                self.left_out(container, &own, &why, "Unpack it and drop its files.");
            }
            Some(kind) => self.container(kind, &path, &bytes, container.depth + 1),
        }
        !self.full
    }
}

#[cfg(test)]
mod tests;
