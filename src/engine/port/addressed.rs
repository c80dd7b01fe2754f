//! What is at an address, or at the place that it stands for: a file, a folder or a data set; and what tells it from a later
//! version of it, so that the page can look whether it has changed.

use std::cell::Cell;

use super::Post;
use super::ahead::Ahead;
use super::fetching::{Wish, ask, content, fetched, range};
use super::files::reporting;
use crate::engine::dataset::{Footers, Wanted, import_dataset};
use crate::engine::live;
use crate::engine::protocol::{ContentHash, Fetched, FileId, Reply};
use crate::engine::{Imported, Instructions, import_fetched, import_listed};
use crate::record::{Diagnostic, Severity};
use crate::source::index;
use crate::source::listing::Listing;
use crate::source::places::{Folder, Place, place};
use crate::source::refusal::Refusal;
use crate::state::deployment::copies::Failure;

/// What was found, and where.
struct Found {
    /// What it is called.
    name: String,
    /// Its own address.
    address: String,
    bytes: Vec<u8>,
    fetched: Fetched,
}

/// Why nothing was found: for the list of sources, and in words.
type Failed = (Failure, Diagnostic);

/// Reads what is at an address.
pub(super) async fn addressed(
    post: &Post,
    how: Instructions<'_>,
    (id, path): (FileId, &str),
    wanted: &Wanted,
    footers: &Footers,
) -> Vec<Imported> {
    let tell = |fetched: Fetched| post(Reply::Fetched { id, fetched }, Vec::new());
    let read = async {
        let found = match place(path) {
            Place::Plain | Place::Server => {
                let (bytes, fetched) = fetched(path).await.map_err(|refusal| failed(&refusal, path))?;
                Found { name: path.to_owned(), address: path.to_owned(), bytes, fetched }
            }
            Place::File(addresses, name) => {
                let found = first_of(&addresses).await?;
                let fetched = Fetched { address: Some(found.address.clone()), ..found.fetched };
                Found { name, fetched, ..found }
            }
            Place::Unreadable(refusal) => return Err(failed(&refusal, path)),
            Place::Folder(folder) => {
                let (listing, fetched) = list(*folder).await?;
                return Ok(import_files(path, listing, fetched, how, reporting(post, id)).await);
            }
        };
        Ok(import_found(post, how, (id, path), found, wanted, footers).await)
    };
    match read.await {
        Ok((imported, fetched)) => {
            tell(fetched);
            imported
        }
        Err((failure, finding)) => {
            tell(Fetched { failure: Some(failure), ..Fetched::default() });
            vec![Imported::failed(path, finding)]
        }
    }
}

/// Reads a file, or what an index stands for.
async fn import_found(
    post: &Post,
    how: Instructions<'_>,
    (id, path): (FileId, &str),
    found: Found,
    wanted: &Wanted,
    footers: &Footers,
) -> (Vec<Imported>, Fetched) {
    let Found { name, address, bytes, mut fetched } = found;
    let on_progress = reporting(post, id);
    if let Some(watch) = index::watch(&address, &bytes) {
        (fetched.stamp.content, fetched.watch) = (Some(watch.version), watch.seconds);
    } else if !fetched.stamp.is_marked() {
        fetched.stamp.content = Some(ContentHash::of(&bytes));
    }
    if let Some(dataset) = index::dataset(&address, &bytes) {
        let fetch = async |address: &str, wanted| range(address, wanted).await.map_err(|refusal| refusal.finding(address));
        let (imported, mut overview) = import_dataset(&address, dataset, wanted, how, footers, fetch, on_progress).await;
        // The index was read, too, whole.
        let index = bytes.len() as u64;
        (overview.bytes, overview.read_bytes) = (overview.bytes.saturating_add(index), overview.read_bytes + index);
        let failed = |finding: &Diagnostic| finding.severity == Severity::Error;
        fetched.partial = !overview.refused && imported.report.diagnostics.iter().any(failed);
        post(Reply::Dataset { id, overview: Box::new(overview) }, Vec::new());
        return (vec![imported], fetched);
    }
    match index::listing(&address, &bytes) {
        Some(listing) => import_files(path, listing, fetched, how, on_progress).await,
        None => (import_fetched(&name, &address, bytes, how, on_progress), fetched),
    }
}

/// Reads the files of a folder.
async fn import_files(
    path: &str,
    listing: Listing,
    mut fetched: Fetched,
    how: Instructions<'_>,
    on_progress: impl FnMut(f64),
) -> (Vec<Imported>, Fetched) {
    let (partial, ahead) = (Cell::new(false), Ahead::of(&listing));
    let fetch = async |address: &str| {
        let found = ahead.content(address).await;
        partial.set(partial.get() || found.is_err());
        found
    };
    let imported = import_listed(path, listing, how, fetch, on_progress).await;
    fetched.partial = partial.get();
    (imported, fetched)
}

/// The content of an address, or of the file that it stands for.
pub(super) async fn content_of(path: &str) -> Result<Vec<u8>, Diagnostic> {
    match place(path) {
        Place::File(addresses, _) => first_of(&addresses).await.map(|found| found.bytes).map_err(|(_, finding)| finding),
        Place::Unreadable(refusal) => Err(refusal.finding(path)),
        Place::Plain | Place::Server | Place::Folder(_) => content(path).await.map_err(|refusal| refusal.finding(path)),
    }
}

/// The first of some addresses that exists.
async fn first_of(addresses: &[String]) -> Result<Found, Failed> {
    let mut missing = None;
    for address in addresses {
        match fetched(address).await {
            Ok((bytes, fetched)) => return Ok(Found { name: address.clone(), address: address.clone(), bytes, fetched }),
            Err(refusal @ Refusal::Status(404, _)) => missing = missing.or(Some(failed(&refusal, address))),
            Err(refusal) => return Err(failed(&refusal, address)),
        }
    }
    Err(missing.unwrap_or_else(|| failed(&Refusal::Blocked, "")))
}

/// Lists a folder. Whether that has changed is seen in the first answer.
async fn list(mut folder: Folder) -> Result<(Listing, Fetched), Failed> {
    let mut first = None;
    while let Some(address) = folder.next() {
        let answer = ask(&address, Wish { patience: Some(live::PATIENCE_MS), ..Wish::default() }).await;
        let (answer, mut fetched) = answer.map_err(|refusal| failed(&refusal, &address))?;
        if !fetched.stamp.is_marked() {
            fetched.stamp.content = Some(ContentHash::of(&answer.bytes));
        }
        folder.take(&answer).map_err(|refusal| failed(&refusal, &address))?;
        // A wrong guess of the branch's name lists nothing.
        if answer.status < 300 {
            first = first.or(Some(Fetched { address: Some(address), ..fetched }));
        }
    }
    Ok((folder.listing(), first.unwrap_or_default()))
}

fn failed(refusal: &Refusal, address: &str) -> Failed {
    let failure = match refusal {
        Refusal::Status(status, _) => Failure::Status(*status),
        Refusal::Limited(_) => Failure::Status(429),
        Refusal::Policy | Refusal::Insecure => Failure::Barred,
        Refusal::Blocked | Refusal::Late | Refusal::Broken => Failure::Silent,
        Refusal::TooLarge(_) | Refusal::WebPage | Refusal::Pointer(_) | Refusal::Unexpected(_) | Refusal::Never(..) => {
            Failure::Unread
        }
    };
    (failure, refusal.finding(address))
}
