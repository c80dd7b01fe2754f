//! The files of a folder on a server, read one after the other as if each had been named.

use std::collections::BTreeMap;

use super::findings;
use super::import::{CONTAINER, Imported, Instructions, import_all};
use crate::catalog::number::{bytes, plural};
use crate::format;
use crate::record::{Diagnostic, Place, Severity};
use crate::source::listing::{ListedBy, Listing, MAX_FETCHED_BYTES, MAX_MEMBERS};
use crate::source::refusal::{Refusal, is_web_page};
use crate::source::{MAX_FILE_BYTES, Source};

/// Reads what was fetched from an address. A web page that is no result is said to be one.
pub fn import_fetched(
    name: &str,
    address: &str,
    content: Vec<u8>,
    how: Instructions<'_>,
    on_progress: impl FnMut(f64),
) -> Vec<Imported> {
    let is_page = is_web_page(&content);
    let mut imported = import_all(Source::new(name, content), how, on_progress);
    if let [one] = imported.as_mut_slice()
        && is_page
        && one.report.format.is_none()
        && one.report.aside.is_none()
        && one.report.records.is_empty()
    {
        one.report.diagnostics = vec![Refusal::WebPage.finding(address)];
    }
    imported
}

/// Reads the files of a folder, which is called `folder`. `fetch` gives the content of an address, or why there is none. Never
/// fails: what cannot be read is reported.
pub async fn import_listed(
    folder: &str,
    listing: Listing,
    mut how: Instructions<'_>,
    fetch: impl AsyncFn(&str) -> Result<Vec<u8>, Refusal>,
    mut on_progress: impl FnMut(f64),
) -> Vec<Imported> {
    let Listing { by, mut files, findings: mut told } = listing;
    let mut imported = Vec::new();
    let is_empty = files.is_empty() && told.is_empty();
    let mut say = |severity, message: String, hint: &str| {
        told.push(Diagnostic::new(severity, Place::File, message, hint));
    };
    let (list, most_bytes) = match by {
        ListedBy::Index => ("index", u64::MAX),
        ListedBy::Place => ("folder", MAX_FETCHED_BYTES),
    };
    if is_empty {
        let hint = match by {
            ListedBy::Index => "Check that the benchmark has ended, and that the address is the right one.",
            ListedBy::Place => "Check that the address is the right one.",
        };
        say(Severity::Warning, format!("The {list} lists no files."), hint);
    }
    if by == ListedBy::Place {
        let mut asides: BTreeMap<String, usize> = BTreeMap::new();
        files.retain(|file| {
            let aside = format::aside_by_name(&file.name);
            aside.into_iter().for_each(|what| *asides.entry(what.to_owned()).or_default() += 1);
            aside.is_none()
        });
        if let Some(count) = findings::asides(&asides) {
            say(Severity::Info, format!("{count} They were not fetched."), "");
        }
    }
    let count = files.len();
    if count > MAX_MEMBERS {
        let message = format!("The {list} lists {count} files; the first {MAX_MEMBERS} are read.");
        let hint = match by {
            ListedBy::Index => "Open the indexes of single runs, in the folders below.",
            ListedBy::Place => "Open a folder below it.",
        };
        say(Severity::Warning, message, hint);
    }
    let count = count.min(MAX_MEMBERS);
    let mut fetched = 0;
    for (at, file) in files.into_iter().take(MAX_MEMBERS).enumerate() {
        // Not fetched in vain.
        if let Some(size) = file.size.filter(|size| *size > MAX_FILE_BYTES) {
            imported.push(Imported::failed(&file.name, Refusal::TooLarge(size).finding(&file.address)));
            continue;
        }
        if fetched + file.size.unwrap_or_default() > most_bytes {
            let message = format!(
                "The files of the folder have more than {} together: {} and what follows it, {} in all, not read.",
                bytes(most_bytes as f64),
                file.name,
                plural((count - at) as u64, "file")
            );
            say(Severity::Warning, message, "Open a folder below it.");
            break;
        }
        match fetch(&file.address).await {
            Ok(content) => {
                fetched += (content.len() as u64).max(file.size.unwrap_or_default());
                let read = import_fetched(&file.name, &file.address, content, how, |_| {});
                how.room = read.iter().fold(how.room, |room, read| room.beside(&read.tables));
                imported.extend(read);
            }
            Err(refusal) => {
                imported.push(Imported::failed(&file.name, refusal.finding(&file.address)));
                let rest = count - at - 1;
                // The others would be refused as well, one after the other.
                if refusal.is_general() && rest > 0 {
                    let message = format!("{} of the same server not asked for.", plural(rest as u64, "further file"));
                    say(Severity::Warning, message, "See what is said of the file before them.");
                    break;
                }
            }
        }
        on_progress((at + 1) as f64 / count as f64);
    }
    let mut told = told.into_iter();
    if let Some(first) = told.next() {
        let mut own = Imported::failed(folder, first);
        own.report.format = Some(CONTAINER.to_owned());
        own.report.diagnostics.extend(told);
        imported.insert(0, own);
    }
    imported
}
