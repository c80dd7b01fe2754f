//! The program that reads files, and writes those for which the engine would be too large: Parquet and Arrow.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::addressed::{addressed, content_of};
use super::fetching::{Wish, ask};
use super::{Post, Program, blob, bytes, exported, joined, remember};
use crate::engine::dataset::{Footers, Wanted};
use crate::engine::import::{not_added, refuse, too_large};
use crate::engine::live::{self, Answer, import_live};
use crate::engine::protocol::{Exported, FileId, FileRequest, Purpose, Reply};
use crate::engine::synthesis::synthesize;
use crate::engine::{FileReport, Imported, Instructions, import_all};
use crate::format::{Layout, layouts};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::{MAX_FILE_BYTES, Source, guard, packed};
use crate::table::Tables;

/// Minimum step of progress reports.
const PROGRESS_STEP: f64 = 0.02;
/// Share of progress for reading bytes; the rest is parsing.
const READING: f64 = 0.1;

/// Reads and writes files.
pub struct FileServer {
    post: Post,
    /// The deployment's own formats.
    layouts: RefCell<Rc<[Layout]>>,
    /// Of data sets that were read.
    footers: Rc<Footers>,
}

impl FileServer {
    /// One that answers through `post`.
    pub fn new(post: Post) -> FileServer {
        guard::watch(|path| remember("inferscopeReading", path));
        FileServer { post, layouts: RefCell::new(Rc::new([])), footers: Rc::default() }
    }
}

impl Program for FileServer {
    type Request = FileRequest;

    fn handle(&self, request: FileRequest, beside: JsValue) {
        let post = Rc::clone(&self.post);
        match request {
            FileRequest::Formats { rows } => {
                let (layouts, faults) = layouts(&rows);
                self.layouts.replace(layouts.into());
                if !faults.is_empty() {
                    post(Reply::Formats { faults }, Vec::new());
                }
            }
            FileRequest::Load { id, path, read_as, requests, lost, wanted } => {
                guard::pass_over(lost);
                let layouts = Rc::clone(&self.layouts.borrow());
                let footers = Rc::clone(&self.footers);
                spawn_local(async move {
                    let how = Instructions { read_as: read_as.as_ref(), layouts: &layouts, requests, ..Instructions::default() };
                    load(post, how, (id, path, beside), &wanted, &footers).await;
                });
            }
            FileRequest::Query { id, live, token } => {
                let layouts = Rc::clone(&self.layouts.borrow());
                spawn_local(async move {
                    let how = Instructions { layouts: &layouts, ..Instructions::default() };
                    let fetch = async |address: &str| {
                        let wish = Wish { token: &token, patience: Some(live::PATIENCE_MS), ..Wish::default() };
                        let (answer, _) = ask(address, wish).await.map_err(|refusal| live::unanswered(&refusal, address))?;
                        Ok(Answer { status: answer.status, bytes: answer.bytes })
                    };
                    let now = js_sys::Date::now() / 1000.0;
                    let (imported, overview) = import_live(&live, now, how, fetch, reporting(&post, id)).await;
                    post(Reply::Overview { id, overview }, Vec::new());
                    loaded(&post, id, imported);
                });
            }
            FileRequest::Synthesize { path, options } => spawn_local(async move {
                let export = match read(&path, beside).await {
                    Ok(bytes) => synthesize(&path, &bytes, options),
                    Err(finding) => Exported { note: format!("{path}: {}", finding.message), ..Exported::default() },
                };
                exported(&post, Purpose::Download, export);
            }),
            FileRequest::Write { mut export, purpose } => {
                export.bytes = bytes(beside).unwrap_or_default();
                exported(&post, purpose, export.written());
            }
        }
    }
}

async fn load(post: Post, how: Instructions<'_>, file: (FileId, String, JsValue), wanted: &Wanted, footers: &Footers) {
    let (id, path, content) = file;
    // Only an address has nothing beside it.
    let imported = match content.is_undefined() {
        true => addressed(&post, how, (id, &path), wanted, footers).await,
        false => match brought(content).await {
            Ok(bytes) => import_all(Source::new(path, bytes), how, reporting(&post, id)),
            Err(finding) => vec![Imported::failed(&path, finding)],
        },
    };
    loaded(&post, id, imported);
}

/// Reports progress of parsing, now and then.
pub(super) fn reporting(post: &Post, id: FileId) -> impl FnMut(f64) {
    let post = Rc::clone(post);
    let mut reported = 0.0;
    move |fraction: f64| {
        if fraction - reported >= PROGRESS_STEP {
            reported = fraction;
            let fraction = READING + (1.0 - READING) * fraction;
            post(Reply::Progress { id, fraction }, Vec::new());
        }
    }
}

/// Posts what was read.
fn loaded(post: &Post, id: FileId, imported: Vec<Imported>) {
    let (mut reports, tables): (Vec<FileReport>, Vec<Tables>) =
        imported.into_iter().map(|Imported { report, tables }| (report, tables)).unzip();
    let mut beside = Vec::new();
    if reports.iter().any(|report| !report.records.is_empty()) {
        match Tables::merge(tables) {
            Ok(tables) => beside.push(joined(&tables.parts())),
            Err(error) => refuse(&mut reports, not_added(&error.to_string())),
        }
    }
    post(Reply::Loaded { id, reports }, beside);
}

/// The content of a file: what the request brought, or what is at its address.
async fn read(path: &str, beside: JsValue) -> Result<Vec<u8>, Diagnostic> {
    match beside.is_undefined() {
        true => content_of(path).await,
        false => brought(beside).await,
    }
}

/// A file's bytes, from the blob or the packed text of a request.
async fn brought(content: JsValue) -> Result<Vec<u8>, Diagnostic> {
    let failed = |what: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, what, hint);
    if let Some(text) = content.as_string() {
        return packed::unpack(&text);
    }
    let Some(file) = content.dyn_ref::<Blob>() else {
        return Err(failed("Nothing came to be read.".to_owned(), "Open the file again."));
    };
    if file.size() > MAX_FILE_BYTES as f64 {
        return Err(too_large(file.size() as u64));
    }
    let hint = "It may have been moved, deleted or changed since you dropped it. Drop it again.";
    blob(file).await.map_err(|error| failed(format!("The browser could not read the file: {error}."), hint))
}
