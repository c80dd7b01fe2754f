//! The program that reads files, and writes those for which the engine would be too large: Parquet and Arrow.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal, Blob, Headers, RequestCache, RequestInit, Response};

use super::{Post, Program, blob, buffer, bytes, exported, remember, words};
use crate::engine::dataset::{Footers, Wanted, import_dataset};
use crate::engine::import::{not_added, refuse, too_large};
use crate::engine::live::{self, Answer, import_live};
use crate::engine::protocol::{COPY_HEADER, ContentHash, Exported, Fetched, FileId, FileRequest, Purpose, Reply, Stamp};
use crate::engine::synthesis::synthesize;
use crate::engine::{FileReport, Imported, Instructions, import_all, import_listed};
use crate::format::{Layout, layouts};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::stamp::http_date;
use crate::source::{MAX_FILE_BYTES, Source, guard, index, packed};
use crate::state::deployment::copies::Failure;
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
                    let fetch = async |address: &str| ask(address, &token).await;
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
    let on_progress = reporting(&post, id);
    // Only an address has nothing beside it.
    if !content.is_undefined() {
        let imported = match read(&path, content).await {
            Ok(bytes) => import_all(Source::new(path, bytes), how, on_progress),
            Err(diagnostic) => vec![Imported::failed(&path, diagnostic)],
        };
        return loaded(&post, id, imported);
    }
    let tell = |fetched: Fetched| post(Reply::Fetched { id, fetched }, Vec::new());
    let (bytes, mut fetched) = match fetch(&path).await {
        Ok(found) => found,
        Err((failure, diagnostic)) => {
            tell(Fetched { failure: Some(failure), ..Fetched::default() });
            return loaded(&post, id, vec![Imported::failed(&path, diagnostic)]);
        }
    };
    let watch = index::watch(&path, &bytes);
    if let Some(watch) = watch {
        (fetched.stamp.content, fetched.watch) = (Some(watch.version), watch.seconds);
    }
    let imported = match index::members(&path, &bytes) {
        _ if let Some(parts) = index::dataset(&path, &bytes) => {
            let fetch = async |address: &str, range| read_range(address, range).await;
            let (imported, mut overview) = import_dataset(&path, parts, wanted, how, footers, fetch, on_progress).await;
            overview.read_bytes += bytes.len() as u64;
            post(Reply::Dataset { id, overview: Box::new(overview) }, Vec::new());
            vec![imported]
        }
        Some(members) => {
            let partial = Cell::new(false);
            let fetch = async |address: &str| {
                let found = read(address, JsValue::UNDEFINED).await;
                partial.set(partial.get() || found.is_err());
                found
            };
            let imported = import_listed(&path, members, how, fetch, on_progress).await;
            fetched.partial = partial.get();
            imported
        }
        None => {
            if !fetched.stamp.is_marked() {
                fetched.stamp.content = Some(ContentHash::of(&bytes));
            }
            import_all(Source::new(path, bytes), how, on_progress)
        }
    };
    tell(fetched);
    loaded(&post, id, imported);
}

/// Reports progress of parsing, now and then.
fn reporting(post: &Post, id: FileId) -> impl FnMut(f64) {
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
            Ok(tables) => beside.push(buffer(&tables.to_bytes())),
            Err(error) => refuse(&mut reports, not_added(&error.to_string())),
        }
    }
    post(Reply::Loaded { id, reports }, beside);
}

/// Asks a server of Prometheus' API.
async fn ask(address: &str, token: &str) -> Result<Answer, Diagnostic> {
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let refused = Rc::new(Cell::new(false));
    let heard = Rc::clone(&refused);
    let _listener = EventListener::new(&scope, "securitypolicyviolation", move |_| heard.set(true));
    let secure = scope.location().protocol() == "https:";
    let failed = |(message, hint): (&str, &str)| Diagnostic::new(Severity::Error, Place::File, message, hint);
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(live::PATIENCE_MS)));
    if !token.is_empty() {
        let headers = Headers::new().map_err(|_| failed(live::BLOCKED))?;
        headers.set("Authorization", &format!("Bearer {token}")).map_err(|_| failed(live::TOKEN))?;
        init.set_headers(&headers);
    }
    let late = |error: &JsValue| js_sys::Reflect::get(error, &"name".into()).is_ok_and(|name| name == "TimeoutError");
    let answered = JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await;
    if answered.as_ref().is_err_and(late) {
        return Err(failed(live::LATE));
    }
    let Ok(response) = answered else {
        // The policy's event is a task of its own, which may come after the refusal.
        gloo_timers::future::TimeoutFuture::new(100).await;
        return Err(failed(match () {
            () if refused.get() => live::POLICY,
            () if secure && live::is_insecure(address) => live::INSECURE,
            () => live::BLOCKED,
        }));
    };
    let response: Response = response.unchecked_into();
    let body = response.array_buffer().map_err(|_| failed(live::BROKEN))?;
    let read = JsFuture::from(body).await;
    let buffer = read.map_err(|error| failed(if late(&error) { live::LATE } else { live::BROKEN }))?;
    let bytes = bytes(buffer).unwrap_or_default();
    Ok(Answer { status: response.status(), bytes })
}

/// Bytes of an address: those of a range.
async fn read_range(address: &str, range: Range<u64>) -> Result<Vec<u8>, Diagnostic> {
    let failed = |what: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, what, hint);
    let unreachable =
        |error: JsValue| failed(format!("Could not fetch it: {}.", words(&error)), "Check the address, and load it again.");
    let headers = Headers::new().map_err(unreachable)?;
    // Of one range from a number on no server is asked beforehand whether it allows that (CORS).
    headers.set("Range", &format!("bytes={}-{}", range.start, range.end.saturating_sub(1))).map_err(unreachable)?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    let abort = AbortController::new().map_err(unreachable)?;
    init.set_signal(Some(&abort.signal()));
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response: Response =
        JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await.map_err(unreachable)?.unchecked_into();
    match response.status() {
        206 => {}
        200 => {
            abort.abort();
            let hint = "Serve the data set with a server that answers range requests, as nginx and S3 do.";
            return Err(failed("The server sends whole files only; parts of them were asked for (HTTP range).".to_owned(), hint));
        }
        status => {
            let hint = "Check that the file is there; the index may be older than the files.";
            return Err(failed(format!("The server answered {status} {}.", response.status_text()), hint));
        }
    }
    let body = response.array_buffer().map_err(unreachable)?;
    let buffer = JsFuture::from(body).await.map_err(unreachable)?;
    Ok(bytes(buffer).unwrap_or_default())
}

/// A file's bytes: from the blob or the packed text of the request, or else fetched from the address `path`.
async fn read(path: &str, content: JsValue) -> Result<Vec<u8>, Diagnostic> {
    let failed = |what: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, what, hint);
    if let Some(text) = content.as_string() {
        return packed::unpack(&text);
    }
    if let Some(file) = content.dyn_ref::<Blob>() {
        if file.size() > MAX_FILE_BYTES as f64 {
            return Err(too_large(file.size() as u64));
        }
        let hint = "It may have been moved, deleted or changed since you dropped it. Drop it again.";
        return blob(file).await.map_err(|error| failed(format!("The browser could not read the file: {error}."), hint));
    }
    fetch(path).await.map(|(bytes, _)| bytes).map_err(|(_, finding)| finding)
}

/// What is at an address now: nothing that the browser still has is taken unasked.
async fn fetch(address: &str) -> Result<(Vec<u8>, Fetched), (Failure, Diagnostic)> {
    let hint = "Check the address in a new tab. Another site must allow this page to read it (CORS, and this \
                deployment's connect-src). Or download the file and drop it here.";
    let failed = |failure: Failure, what: String| (failure, Diagnostic::new(Severity::Error, Place::File, what, hint));
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let unreachable = |error: JsValue| failed(Failure::Silent, format!("Could not fetch the address: {}.", words(&error)));
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoCache);
    let response: Response =
        JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await.map_err(unreachable)?.unchecked_into();
    let (status, text) = (response.status(), response.status_text());
    if !response.ok() {
        return Err(failed(Failure::Status(status), format!("The server answered {status} {text}.")));
    }
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let stamp = Stamp::of(header);
    let failure = header(COPY_HEADER).map(|status| Failure::of_copy(&status));
    let date = header("date").as_deref().and_then(http_date).or(stamp.modified);
    let kept = failure.is_some().then(|| date.unwrap_or_else(js_sys::Date::now));
    let body = response.array_buffer().map_err(unreachable)?;
    let buffer = JsFuture::from(body).await.map_err(unreachable)?;
    let bytes = bytes(buffer).ok_or_else(|| failed(Failure::Status(status), "The address has no content.".to_owned()))?;
    Ok((bytes, Fetched { stamp, failure, kept, ..Fetched::default() }))
}
