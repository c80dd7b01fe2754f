//! The engine's only browser file: takes requests that arrive as messages, answers with messages.
//!
//! A message is an array: the JSON header first, then what is transferred beside it. The same [`Server`] answers in a
//! worker and, where no worker can start, on the page's own thread.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, Response};

use super::import::{not_added, refuse, too_large, unpacked};
use super::protocol::{ExportRef, Exported, FileId, Purpose, Reply, Request};
use super::{Engine, FileReport, Imported, ReadAs, import_all};
use crate::record::{Diagnostic, Place, Severity};
use crate::source::{MAX_FILE_BYTES, Source, packed, text};
use crate::table::Tables;
use crate::view_model::Grid;

/// Progress is reported in steps of at least this share.
const PROGRESS_STEP: f64 = 0.02;
/// The share of a load's progress that reading the bytes makes; parsing makes the rest.
const READING: f64 = 0.1;

/// Answers requests; `reply` gets a header and what is transferred beside it.
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

    /// Takes one request with what came beside it.
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
                let buffers = columns.iter().map(|column| Float64Array::from(column.as_slice()).buffer().into());
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
                let mut told = 0.0;
                import_all(Source::new(path, bytes), read_as.as_ref(), |fraction| {
                    if fraction - told >= PROGRESS_STEP {
                        told = fraction;
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

/// A file's bytes: from the blob, buffer or packed text that came with the request, else from the address that `path` is.
async fn read(path: &str, content: JsValue) -> Result<Vec<u8>, Diagnostic> {
    let failed = |what: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, what, hint);
    if let Some(text) = content.as_string() {
        return packed::unpack(&text);
    }
    let buffer = if let Some(blob) = content.dyn_ref::<Blob>() {
        if blob.size() > MAX_FILE_BYTES as f64 {
            return Err(too_large(blob.size() as u64));
        }
        let hint = "It may have been moved, deleted or changed since it was dropped: drop it again.";
        JsFuture::from(blob.array_buffer())
            .await
            .map_err(|error| failed(format!("The browser could not read it: {}.", words(&error)), hint))?
    } else if content.is_instance_of::<ArrayBuffer>() {
        content
    } else {
        let hint = "Check the address in a new tab. Another site must allow this page to read it (CORS, and this \
                    deployment's connect-src). Or download the file and drop it here.";
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let unreachable = |error: JsValue| failed(format!("The address could not be fetched: {}.", words(&error)), hint);
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
    message.unwrap_or_else(|| "no reason was given".to_owned())
}

/// Packs a header and what is transferred beside it into one message; the second array is the transfer list.
pub fn pack(header: &str, beside: &[JsValue]) -> (Array, Array) {
    let message = Array::of1(&header.into());
    let transfer = Array::new();
    for part in beside {
        message.push(part);
        if part.is_instance_of::<ArrayBuffer>() {
            transfer.push(part);
        }
    }
    (message, transfer)
}

/// Unpacks a message; `None` for one that is not ours.
pub fn unpack<T: serde::de::DeserializeOwned>(event: &MessageEvent) -> Option<(T, Array)> {
    let message: Array = event.data().dyn_into().ok()?;
    let header = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    Some((header, message.slice(1, message.length())))
}

/// Serves the engine in the worker whose global scope this is.
pub fn serve(scope: DedicatedWorkerGlobalScope) {
    let post = {
        let scope = scope.clone();
        move |reply: Reply, beside: Vec<JsValue>| {
            let header = serde_json::to_string(&reply).unwrap_or_default();
            let (message, transfer) = pack(&header, &beside);
            // Posting fails only for values that cannot be cloned, and ours can.
            let _ = scope.post_message_with_transfer(&message, &transfer);
        }
    };
    let server = Server::new(post);
    let ready = server.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((request, beside)) = unpack::<Request>(&event) {
            server.handle(request, beside.get(0));
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker serves for as long as it lives.
    on_message.forget();
    (ready.reply)(Reply::Ready, Vec::new());
}
