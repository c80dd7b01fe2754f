//! A folder that lies somewhere else: which address lists it, what the answer says, and what is to be asked next.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::buckets::{self, Bucket};
use super::github::{Tree, gist_address, gist_files};
use super::gitlab::Repository;
use super::huggingface::Hub;
use crate::record::{Diagnostic, Place, Severity};
use crate::source::listing::{Listed, ListedBy, Listing, is_strange, shown};
use crate::source::refusal::Refusal;

/// So many answers list a folder.
const MAX_PAGES: usize = 50;

/// An answer to a request for a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Link`.
    pub link: Option<String>,
    /// The header that says how many requests are left.
    pub left: Option<String>,
    /// When there are more, in seconds since 1970.
    pub reset: Option<f64>,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A folder that is being listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Folder {
    name: String,
    lister: Lister,
    entries: Vec<Entry>,
    pages: usize,
    more: bool,
    cut: bool,
}

/// What lists a folder.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lister {
    GitHub(Tree),
    /// By the gist's id.
    Gist(String),
    GitLab(Repository),
    HuggingFace(Hub),
    Bucket(Bucket),
}

/// What an answer lists.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub entries: Vec<Entry>,
    /// Whether there is more to ask for.
    pub more: bool,
    /// Whether there is more that cannot be asked for.
    pub cut: bool,
}

/// A file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its path in the folder.
    pub name: String,
    /// Its address; `None` where its path leads elsewhere.
    pub address: Option<String>,
    pub size: Option<u64>,
}

impl Folder {
    pub(super) fn new(name: String, lister: Lister) -> Folder {
        Folder { name, lister, entries: Vec::new(), pages: 0, more: true, cut: false }
    }

    /// The address to ask next; `None` once the folder is listed.
    pub fn next(&self) -> Option<String> {
        self.more.then(|| match &self.lister {
            Lister::GitHub(tree) => tree.address(),
            Lister::Gist(id) => gist_address(id),
            Lister::GitLab(repository) => repository.address(),
            Lister::HuggingFace(hub) => hub.address(),
            Lister::Bucket(bucket) => bucket.address(),
        })
    }

    /// Takes the answer to what [`Folder::next`] said.
    ///
    /// # Errors
    ///
    /// Why there is no list.
    pub fn take(&mut self, answer: &Answer) -> Result<(), Refusal> {
        let page = match &mut self.lister {
            Lister::GitHub(tree) => tree.read(answer),
            Lister::Gist(_) => gist_files(answer),
            Lister::GitLab(repository) => repository.read(answer),
            Lister::HuggingFace(hub) => hub.read(answer),
            Lister::Bucket(bucket) => bucket.read(answer),
        }?;
        self.pages += 1;
        self.entries.extend(page.entries);
        self.more = page.more && self.pages < MAX_PAGES;
        self.cut |= page.cut || page.more && !self.more;
        Ok(())
    }

    /// The files that were listed.
    pub fn listing(self) -> Listing {
        let Folder { name: folder, entries, cut, .. } = self;
        let mut findings = Vec::new();
        let mut warn = |message: String, hint: &str| {
            findings.push(Diagnostic::new(Severity::Warning, Place::File, message, hint));
        };
        if cut {
            let message = format!("The answer is not the whole list: the folder has more than these {} files.", entries.len());
            warn(message, "Open a folder below it.");
        }
        let mut files = Vec::new();
        for Entry { name, address, size } in entries {
            match address.filter(|_| !is_strange(&name)) {
                Some(address) => files.push(Listed { name: format!("{folder}/{name}"), address, size }),
                None => {
                    let message = format!("“{}” cannot be asked for by that name; not read.", shown(&name));
                    warn(message, "Rename the file there, or download it and drop it here.");
                }
            }
        }
        Listing { by: ListedBy::Place, files, findings }
    }
}

impl Answer {
    /// The content, where it is a file's.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn content(self) -> Result<Vec<u8>, Refusal> {
        accepted(&self)?;
        match Refusal::of_content(&self.bytes) {
            Some(refusal) => Err(refusal),
            None => Ok(self.bytes),
        }
    }
}

/// Refuses an answer that is none, with what it says of itself.
pub(super) fn accepted(answer: &Answer) -> Result<&[u8], Refusal> {
    #[derive(Deserialize)]
    struct Said {
        message: Option<serde_json::Value>,
        error: Option<serde_json::Value>,
    }
    if (200..300).contains(&answer.status) {
        return Ok(&answer.bytes);
    }
    let said: Option<Said> = serde_json::from_slice(&answer.bytes).ok();
    let said = said.and_then(|said| said.message.or(said.error));
    let text = said.and_then(|said| match said {
        serde_json::Value::String(text) => Some(text),
        // Google's errors are objects.
        other => other.get("message").and_then(|message| message.as_str()).map(str::to_owned),
    });
    let text = text.or_else(|| buckets::error(&answer.bytes)).unwrap_or_default();
    Err(Refusal::of_status(answer.status, answer.left.as_deref(), answer.reset, text))
}

/// An answer's JSON; `what` it should be.
pub(super) fn json<T: DeserializeOwned>(answer: &Answer, what: &'static str) -> Result<T, Refusal> {
    serde_json::from_slice(accepted(answer)?).map_err(|_| Refusal::Unexpected(what))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Place, place};
    use super::*;

    /// The folder that an address stands for.
    pub fn listed(address: &str) -> Folder {
        match place(address) {
            Place::Folder(folder) => *folder,
            other => panic!("{address}: {other:?}"),
        }
    }

    /// A good answer.
    pub fn answered(content: &str) -> Answer {
        Answer { status: 200, bytes: content.as_bytes().to_vec(), ..Answer::default() }
    }

    /// An answer with this status.
    pub fn refused(status: u16) -> Answer {
        Answer { status, bytes: br#"{"message": "Not Found"}"#.to_vec(), ..Answer::default() }
    }

    #[test]
    fn an_answer_that_is_none_is_refused() {
        let Place::Folder(folder) = place("https://github.com/o/r") else { panic!("a folder") };
        let take = |answer: Answer| folder.clone().take(&answer);
        let limited = Answer { left: Some("0".to_owned()), reset: Some(1e9), ..refused(403) };
        assert_eq!(take(limited), Err(Refusal::Limited(Some(1e9))));
        assert_eq!(take(refused(403)), Err(Refusal::Status(403, "Not Found".to_owned())));
        for wrong in ["<!doctype html>", "[]", "{\"tree\": 1}", ""] {
            assert_eq!(take(answered(wrong)), Err(Refusal::Unexpected("a list of GitHub's files")), "{wrong}");
        }
    }
}
