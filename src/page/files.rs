//! Files as they reach the page: dropped, picked, pasted, or named by an address. Only handles; the loader reads them.

use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry,
};

use crate::engine::protocol::{FileId, Lost};
use crate::engine::{FileReport, ReadAs};
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::live::Live;

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum Content {
    /// In a file of the reader's computer, or in pasted text.
    Blob(SendBlob),
    /// In the link itself, packed.
    Link(String),
    /// At the address that is its path.
    Address,
    /// At a server: no file, but read and listed like one.
    Live(Live),
}

/// A blob. The page has one thread, so that it may sit in a signal that wants `Send`.
#[derive(Clone, Debug)]
pub struct SendBlob(leptos::prelude::StoredValue<Rc<Blob>, leptos::prelude::LocalStorage>, f64);

impl Content {
    /// Local bytes.
    pub fn blob(blob: Blob) -> Content {
        let size = blob.size();
        Content::Blob(SendBlob(leptos::prelude::StoredValue::new_local(Rc::new(blob)), size))
    }

    /// What goes beside a load request.
    pub fn beside(&self) -> JsValue {
        use leptos::prelude::WithValue;
        match self {
            Content::Blob(SendBlob(blob, _)) => {
                blob.try_with_value(|blob| JsValue::from(blob.as_ref())).unwrap_or(JsValue::UNDEFINED)
            }
            Content::Link(packed) => packed.into(),
            Content::Address | Content::Live(_) => JsValue::UNDEFINED,
        }
    }

    /// Size in bytes, 0 where it is not known yet.
    pub fn size(&self) -> f64 {
        match self {
            Content::Blob(SendBlob(_, size)) => *size,
            Content::Link(_) | Content::Address | Content::Live(_) => 0.0,
        }
    }
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// In the queue.
    Waiting,
    /// Being read, from 0 to 1.
    Reading(f64),
    /// Read, with what there is to say about it: one report, or one for each member of an archive.
    Read(Vec<FileReport>),
    /// The reader stopped it.
    Cancelled,
    /// The program that read it died, with its last words.
    Failed(String),
    /// The program that reads could not be loaded, and why.
    Unread(String),
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Identifies the file.
    pub id: FileId,
    /// Path within what was dropped, or address.
    pub path: String,
    /// What the deployment calls it.
    pub label: Option<String>,
    /// Demo data, removed once the user loads files.
    pub demo: bool,
    /// Published figures that came with the page: no data of anybody's, and no part of the link.
    pub shipped: bool,
    /// Where its bytes are.
    pub content: Content,
    /// The address of the same data as read already; dropped where they are of no use.
    pub prepared: Option<String>,
    /// The format to read it as; `None` detects it from the content.
    pub read_as: Option<ReadAs>,
    /// Whether the single requests that it lists beside its summary are read.
    pub requests: bool,
    /// How far it is.
    pub status: Status,
    /// What was said of it before, while it is read again and that stays on the screen.
    pub former: Vec<FileReport>,
    /// What of it ended the reader: it is read without.
    pub lost: Vec<Lost>,
    /// Whether the user was notified about this file.
    pub toasted: bool,
}

impl FileEntry {
    /// What it is called: its label, else the last part of its path.
    pub fn name(&self) -> String {
        let path = match self.content {
            Content::Address => self.path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/'),
            Content::Blob(_) | Content::Link(_) | Content::Live(_) => self.path.as_str(),
        };
        // An index stands for its folder.
        let path = path.strip_suffix("/index.json").filter(|_| matches!(self.content, Content::Address)).unwrap_or(path);
        let last = path.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or(&self.path);
        self.label.clone().unwrap_or_else(|| last.to_owned())
    }

    /// Whether it came from this address.
    pub fn is_at(&self, address: &str) -> bool {
        matches!(self.content, Content::Address) && self.path == address
    }

    /// Whether it need not be read: what was read before is taken.
    pub fn is_prepared(&self) -> bool {
        self.prepared.is_some() && self.read_as.is_none()
    }

    /// Whether it stands for a server.
    pub fn is_live(&self) -> bool {
        matches!(self.content, Content::Live(_))
    }

    /// Whether it comes from the user's computer, so that a link cannot load it.
    pub fn is_local(&self) -> bool {
        matches!(self.content, Content::Blob(_))
    }

    /// Whether the reader, or a link, brought it.
    pub fn is_own(&self) -> bool {
        !self.demo && !self.shipped
    }

    /// Single requests that it lists beside its summary and that are not loaded.
    pub fn skipped_requests(&self) -> usize {
        self.reports().iter().map(|report| report.skipped_requests).sum()
    }

    /// Its reports, once it is read; while it is read again, the former ones if these stay.
    pub fn reports(&self) -> &[FileReport] {
        match &self.status {
            Status::Read(reports) => reports,
            Status::Waiting | Status::Reading(_) => &self.former,
            Status::Cancelled | Status::Failed(_) | Status::Unread(_) => &[],
        }
    }

    /// Whether it was read and holds no results by what it is: a picture, a script.
    pub fn is_aside(&self) -> bool {
        matches!(self.reports(), [report] if report.aside.is_some())
    }

    /// Changes when there is something else to say about the file, which its progress is not.
    pub fn version(&self) -> (u32, std::mem::Discriminant<Status>, usize) {
        let findings = self.reports().iter().map(|report| report.diagnostics.len()).sum();
        (self.id.0, std::mem::discriminant(&self.status), findings)
    }

    /// How many rows it gave: results without the single requests and descriptions beside them, or of these if it has
    /// nothing else.
    pub fn rows(&self) -> usize {
        let count = |wanted: &dyn Fn(Kind) -> bool| -> usize {
            let records = self.reports().iter().flat_map(|report| &report.records);
            records.filter(|(kind, _)| wanted(**kind)).map(|(_, count)| *count).sum()
        };
        let described = |kind: Kind| !kind.is_listed();
        let results = count(&|kind| kind != Kind::Request && !described(kind));
        let requests = count(&|kind| kind == Kind::Request);
        [results, requests].into_iter().find(|count| *count > 0).unwrap_or_else(|| self.records())
    }

    /// How many records of any kind it gave.
    pub fn records(&self) -> usize {
        self.reports().iter().flat_map(|report| report.records.values()).sum()
    }
}

/// The first two of some names, and how many more there are.
pub fn enumerate(names: &[String]) -> String {
    match names {
        [a] => a.clone(),
        [a, b] => format!("{a} and {b}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
        [] => String::new(),
    }
}

/// The files of a picker, with their paths within the picked folder.
pub fn picked(list: &FileList) -> Vec<(String, Content)> {
    let mut files: Vec<(String, Content)> = (0..list.length()).filter_map(|i| list.get(i)).map(named).collect();
    files.order_by(|(a, _), (b, _)| a.cmp(b));
    files
}

/// A file, with its path within a picked folder.
pub fn named(file: File) -> (String, Content) {
    let relative = js_sys::Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    let path = relative.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
    (path, Content::blob(file.into()))
}

/// Pasted text as a file.
pub fn pasted(text: &str, number: usize) -> Option<(String, Content)> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into())).ok()?;
    Some((format!("pasted-{number}"), Content::blob(blob)))
}

/// The entries of a drop. To be taken within the event: the browser empties the drop afterwards.
pub fn entries(transfer: &DataTransfer) -> (Vec<FileSystemEntry>, Vec<(String, Content)>) {
    let items = transfer.items();
    let mut entries = Vec::new();
    for i in 0..items.length() {
        if let Some(Ok(Some(entry))) = items.get(i).filter(|item| item.kind() == "file").map(|item| item.webkit_get_as_entry()) {
            entries.push(entry);
        }
    }
    let plain = if entries.is_empty() { transfer.files().map(|list| picked(&list)).unwrap_or_default() } else { Vec::new() };
    (entries, plain)
}

/// All files below some entries, folders walked through, with their paths; and what could not be opened.
pub async fn walk(entries: Vec<FileSystemEntry>) -> (Vec<(String, Content)>, Vec<String>) {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let mut waiting = entries;
    while let Some(entry) = waiting.pop() {
        let path = entry.full_path().trim_start_matches('/').to_owned();
        if entry.is_directory() {
            if entry.name().starts_with('.') {
                continue;
            }
            match children(&entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader()).await {
                Ok(inner) => waiting.extend(inner),
                Err(_) => unreadable.push(path),
            }
        } else {
            match file(&entry.unchecked_into()).await {
                Ok(file) => found.push((path, Content::blob(file.into()))),
                Err(_) => unreadable.push(path),
            }
        }
    }
    found.order_by(|(a, _), (b, _)| a.cmp(b));
    (found, unreadable)
}

/// Browsers hand out a folder in batches; an empty one ends it.
async fn children(reader: &FileSystemDirectoryReader) -> Result<Vec<FileSystemEntry>, JsValue> {
    let mut all = Vec::new();
    loop {
        let batch = promise(|resolve, reject| reader.read_entries_with_callback_and_callback(resolve, reject)).await?;
        let batch: Array = batch.unchecked_into();
        if batch.length() == 0 {
            return Ok(all);
        }
        all.extend(batch.iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()));
    }
}

async fn file(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let file = promise(|resolve, reject| {
        entry.file_with_callback_and_callback(resolve, reject);
        Ok(())
    });
    Ok(file.await?.unchecked_into())
}

/// A promise from a function that takes callbacks.
async fn promise(mut call: impl FnMut(&Function, &Function) -> Result<(), JsValue>) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = call(&resolve, &reject) {
            // The rejection reaches whoever awaits; the call itself has no result.
            let _ = reject.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await
}
