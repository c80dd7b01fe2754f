//! The files of an index, read one after the other as if each had been named: `?src=` of an `index.json` opens the folder.

use super::import::{CONTAINER, Imported, Instructions, import_all, too_large};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::index::{self, MAX_MEMBERS, Member};
use crate::source::{MAX_FILE_BYTES, Source};

/// Reads what an index lists. `fetch` gives the content of an address, or what to say of it. Never fails: what cannot be read
/// is reported, as are paths that lead elsewhere.
pub async fn import_listed(
    index: &str,
    members: Vec<Member>,
    mut how: Instructions<'_>,
    fetch: impl AsyncFn(&str) -> Result<Vec<u8>, Diagnostic>,
    mut on_progress: impl FnMut(f64),
) -> Vec<Imported> {
    let (mut imported, mut findings) = (Vec::new(), Vec::new());
    let count = members.len();
    let mut warn = |message: String, hint: &str| {
        findings.push(Diagnostic::new(Severity::Warning, Place::File, message, hint));
    };
    if count == 0 {
        warn(
            "The index lists no files.".to_owned(),
            "Check that the benchmark has ended, and that the address is the right one.",
        );
    }
    if count > MAX_MEMBERS {
        let message = format!("The index lists {count} files; the first {MAX_MEMBERS} are read.");
        warn(message, "Open the indexes of single runs, in the folders below.");
    }
    for (at, Member { path, size, .. }) in members.into_iter().take(MAX_MEMBERS).enumerate() {
        let Some((address, name)) = index::address(index, &path) else {
            let shown: String = path.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            warn(format!("“{shown}” is not a path below the index's folder; not read."), "Open that file by its own address.");
            continue;
        };
        // Not fetched in vain.
        if let Some(size) = size.filter(|size| *size > MAX_FILE_BYTES) {
            imported.push(Imported::failed(&name, too_large(size)));
            continue;
        }
        match fetch(&address).await {
            Ok(bytes) => {
                let read = import_all(Source::new(name, bytes), how, |_| {});
                how.room = read.iter().fold(how.room, |room, read| room.beside(&read.tables));
                imported.extend(read);
            }
            Err(finding) => imported.push(Imported::failed(&name, finding)),
        }
        on_progress((at + 1) as f64 / count.min(MAX_MEMBERS) as f64);
    }
    let mut findings = findings.into_iter();
    if let Some(first) = findings.next() {
        let mut own = Imported::failed(index, first);
        own.report.format = Some(CONTAINER.to_owned());
        own.report.diagnostics.extend(findings);
        imported.insert(0, own);
    }
    imported
}
