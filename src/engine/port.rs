//! The engine in the browser: receives request messages and posts replies. The same [`Server`] answers in a worker or, if
//! no worker can start, on the page's thread.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Float64Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, Response};

use super::import::{not_added, refuse, too_large, unpacked};
use super::messages::{pack, unpack};
use super::protocol::{ExportRef, Exported, FileId, Purpose, Reply, Request};
use super::{Engine, FileReport, Imported, ReadAs, import_all};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::{MAX_FILE_BYTES, Source, packed, text};
use crate::table::Tables;
use crate::view_model::Grid;

/// Minimum step of progress reports.
const PROGRESS_STEP: f64 = 0.02;
/// Share of progress for reading bytes; the rest is parsing.
const READING: f64 = 0.1;

/// Answers requests; `reply` receives a header and transferred buffers.
#[derive(Clone)]
pub struct Server {
    engine: Rc<RefCell<Engine>>,
    reply: Rc<dyn Fn(Reply, Vec<JsValue>)>,
}

impl Server {
    /// A server that answers through `reply`.
    pub fn new(reply: impl Fn(Reply, Vec<JsValue>) + 'static) -> Server {
        Server { engine: Rc::default(), reply: Rc::new(reply) }
    }

    /// A server that answers with packed messages and what of them can be transferred.
    fn posting(post: impl Fn(&Array, &Array) + 'static) -> Server {
        Server::new(move |reply, beside| {
            let header = serde_json::to_string(&reply).unwrap_or_default();
            let (message, transfer) = pack(&header, &beside);
            post(&message, &transfer);
        })
    }

    /// Handles a packed message; a foreign one is ignored.
    fn take(&self, message: &JsValue) {
        if let Some((request, beside)) = unpack::<Request>(message) {
            self.handle(request, beside.get(0));
        }
    }

    /// Handles one request with its transferred buffers.
    pub fn handle(&self, request: Request, attachment: JsValue) {
        let reply = |reply: Reply| (self.reply)(reply, Vec::new());
        match request {
            Request::Load { id, path, read_as } => {
                let server = self.clone();
                spawn_local(async move { server.load(id, path, read_as, attachment).await });
            }
            Request::Add { id } => {
                let bytes = attachment.dyn_into::<ArrayBuffer>().map(|buffer| Uint8Array::new(&buffer).to_vec());
                match unpacked(bytes.ok().as_deref()) {
                    Ok(tables) => self.engine.borrow_mut().add(id, tables),
                    Err(finding) => reply(Reply::Refused { id, finding }),
                }
            }
            Request::Settings(settings) => self.engine.borrow_mut().set(*settings),
            Request::Unload { ids } => self.engine.borrow_mut().remove(&ids),
            Request::View { serial, state, searches } => {
                let mut model = self.engine.borrow_mut().show(&state, &searches);
                model.grids.iter_mut().for_each(Grid::fold);
                let columns = model.take_columns();
                let buffers = columns.iter().map(|column| Float64Array::from(&column[..]).buffer().into());
                (self.reply)(Reply::View { serial, model: Box::new(model) }, buffers.collect());
            }
            Request::Rows { offset, length } => reply(Reply::Rows { offset, rows: self.engine.borrow().rows(offset, length) }),
            Request::GridRows { serial, grid, offset, length } => {
                let rows = self.engine.borrow_mut().grid_rows(grid, offset, length);
                reply(Reply::GridRows { serial, grid, rows });
            }
            Request::Point(at) => {
                let card = self.engine.borrow().point(at.panel, at.series, at.point).map(Box::new);
                reply(Reply::Point { at, card });
            }
            Request::Identity { paths } => reply(Reply::Identity { stated: self.engine.borrow_mut().identity(&paths) }),
            Request::Export { export: ExportRef { key, grid }, purpose } => {
                let export = self.engine.borrow_mut().export(&key, grid);
                self.exported(purpose, export);
            }
            Request::Append { key, name } => {
                let server = self.clone();
                spawn_local(async move {
                    let export = match read(&name, attachment).await {
                        Ok(bytes) => server.engine.borrow().append(&key, &name, &text::decode(&bytes).0),
                        Err(found) => Exported { note: format!("{name}: {}", found.message), ..Exported::default() },
                    };
                    server.exported(Purpose::Download, export);
                });
            }
        }
    }

    fn exported(&self, purpose: Purpose, export: Exported) {
        let content = Uint8Array::from(export.bytes.as_slice()).buffer().into();
        (self.reply)(Reply::Exported { purpose, export }, vec![content]);
    }

    async fn load(&self, id: FileId, path: String, read_as: Option<ReadAs>, content: JsValue) {
        let imported = match read(&path, content).await {
            Ok(bytes) => {
                let mut reported = 0.0;
                import_all(Source::new(path, bytes), read_as.as_ref(), |fraction| {
                    if fraction - reported >= PROGRESS_STEP {
                        reported = fraction;
                        let fraction = READING + (1.0 - READING) * fraction;
                        (self.reply)(Reply::Progress { id, fraction }, Vec::new());
                    }
                })
            }
            Err(diagnostic) => vec![Imported::failed(&path, diagnostic)],
        };
        let (mut reports, tables): (Vec<FileReport>, Vec<Tables>) =
            imported.into_iter().map(|Imported { report, tables }| (report, tables)).unzip();
        let mut beside = Vec::new();
        if reports.iter().any(|report| !report.records.is_empty()) {
            match Tables::merge(tables).and_then(|tables| tables.to_ipc()) {
                Ok(bytes) => beside.push(Uint8Array::from(bytes.as_slice()).buffer().into()),
                Err(error) => refuse(&mut reports, not_added(&error.to_string())),
            }
        }
        (self.reply)(Reply::Loaded { id, reports }, beside);
    }
}

/// A file's bytes: from the blob, buffer or packed text of the request, or else fetched from the address `path`.
async fn read(path: &str, content: JsValue) -> Result<Vec<u8>, Diagnostic> {
    let failed = |what: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, what, hint);
    if let Some(text) = content.as_string() {
        return packed::unpack(&text);
    }
    let buffer = if let Some(blob) = content.dyn_ref::<Blob>() {
        if blob.size() > MAX_FILE_BYTES as f64 {
            return Err(too_large(blob.size() as u64));
        }
        let hint = "It may have been moved, deleted or changed since you dropped it. Drop it again.";
        JsFuture::from(blob.array_buffer())
            .await
            .map_err(|error| failed(format!("The browser could not read the file: {}.", words(&error)), hint))?
    } else if content.is_instance_of::<ArrayBuffer>() {
        content
    } else {
        let hint = "Check the address in a new tab. Another site must allow this page to read it (CORS, and this \
                    deployment's connect-src). Or download the file and drop it here.";
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let unreachable = |error: JsValue| failed(format!("Could not fetch the address: {}.", words(&error)), hint);
        let response: Response = JsFuture::from(scope.fetch_with_str(path)).await.map_err(unreachable)?.unchecked_into();
        if !response.ok() {
            return Err(failed(format!("The server answered {} {}.", response.status(), response.status_text()), hint));
        }
        let body = response.array_buffer().map_err(unreachable)?;
        JsFuture::from(body).await.map_err(unreachable)?
    };
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn words(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "no reason given".to_owned())
}

/// Serves the engine in the current worker scope.
pub fn serve(scope: DedicatedWorkerGlobalScope) {
    let post = {
        let scope = scope.clone();
        move |message: &Array, transfer: &Array| {
            // Posting fails only for values that cannot be cloned; these can.
            let _ = scope.post_message_with_transfer(message, transfer);
        }
    };
    let server = Server::posting(post);
    let ready = server.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| server.take(&event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // Leak the handler: the worker serves until it ends.
    on_message.forget();
    (ready.reply)(Reply::Ready, Vec::new());
}

/// Serves the engine on the current thread: `post` gets its messages, the returned function takes the page's.
pub fn serve_here(post: Function) -> Function {
    let server = Server::posting(move |message: &Array, _: &Array| {
        // The page's listener throws only if the page is broken.
        let _ = post.call1(&JsValue::NULL, message);
    });
    let ready = server.clone();
    let take = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| server.take(&message));
    (ready.reply)(Reply::Ready, Vec::new());
    take.into_js_value().unchecked_into()
}
