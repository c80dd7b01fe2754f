//! The engine in the browser: two programs that get request messages and post replies. One owns the tables
//! ([`tables::TableServer`]), one reads and writes files ([`files::FileServer`]). Each answers in a worker or, if none can start, on the
//! page's thread.

mod addressed;
mod ahead;
mod fetching;
pub mod files;
pub mod tables;

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use super::messages::{pack, unpack};
use super::protocol::{Exported, Purpose, Reply};
use crate::source::guard::{self, sentence};
use crate::table::Parts;

/// Posts a reply, with buffers that are transferred beside it.
pub type Post = Rc<dyn Fn(Reply, Vec<JsValue>)>;

/// A program that answers requests.
pub trait Program: 'static {
    /// The requests it handles.
    type Request: DeserializeOwned;

    /// Handles a request with what came beside it.
    fn handle(&self, request: Self::Request, beside: JsValue);
}

fn posting(post: impl Fn(&Array, &Array) + 'static) -> Post {
    Rc::new(move |reply, beside| {
        let header = serde_json::to_string(&reply).unwrap_or_default();
        let (message, transfer) = pack(&header, &beside);
        post(&message, &transfer);
    })
}

/// Handles a packed message; a foreign one is ignored.
fn take<P: Program>(program: &P, message: &JsValue) {
    if let Some((request, beside)) = unpack::<P::Request>(message) {
        program.handle(request, beside.get(0));
    }
}

/// Runs a program in the current worker scope, if this is one.
pub fn serve<P: Program>(program: impl FnOnce(Post) -> P) {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let post = {
        let scope = scope.clone();
        posting(move |message, transfer| {
            // Posting fails only for values that cannot be cloned; these can.
            let _ = scope.post_message_with_transfer(message, transfer);
        })
    };
    let program = program(Rc::clone(&post));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| take(&program, &event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // Leak the handler: the worker serves until it ends.
    on_message.forget();
    post(Reply::Ready, Vec::new());
}

/// Runs a program on the current thread: `reply` gets its messages, the returned function takes the page's.
pub fn serve_here<P: Program>(reply: Function, program: impl FnOnce(Post) -> P) -> Function {
    let post = posting(move |message, _| {
        // The page's listener throws only if the page is broken.
        let _ = reply.call1(&JsValue::NULL, message);
    });
    let program = program(Rc::clone(&post));
    let take = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| take(&program, &message));
    post(Reply::Ready, Vec::new());
    take.into_js_value().unchecked_into()
}

/// Keeps a text where it outlives the program: what started it can read it there (`public/worker.js`).
fn remember(name: &str, text: &str) {
    // Setting fails only on a frozen object.
    let _ = js_sys::Reflect::set(&js_sys::global(), &name.into(), &text.into());
}

/// Has the last panic remembered, and printed to the console unless it becomes a finding.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        if !guard::is_at_work() {
            console_error_panic_hook::hook(info);
        }
        remember("inferscopePanic", &sentence(info));
    }));
}

fn exported(post: &Post, purpose: Purpose, export: Exported) {
    let content = buffer(&export.bytes);
    post(Reply::Exported { purpose, export }, vec![content]);
}

fn buffer(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).buffer().into()
}

/// Tables as one buffer; they are copied once.
fn joined(parts: &Parts) -> JsValue {
    let whole = Uint8Array::new_with_length(parts.size() as u32);
    for (at, part) in parts.iter() {
        whole.subarray(at as u32, (at + part.len()) as u32).copy_from(part);
    }
    whole.buffer().into()
}

/// The bytes of a buffer that came beside a request.
fn bytes(beside: JsValue) -> Option<Vec<u8>> {
    beside.dyn_into::<ArrayBuffer>().ok().map(emptied)
}

/// The bytes of a buffer, whose memory is given back at once: the collector would let it wait while as much again is filled. To
/// send it to nobody does so; to `transfer` it does not, in Chromium 156.
fn emptied(buffer: ArrayBuffer) -> Vec<u8> {
    let bytes = Uint8Array::new(&buffer).to_vec();
    if let Ok(channel) = MessageChannel::new() {
        // It fails only on a buffer that was sent before, which has no memory.
        let _ = channel.port1().post_message_with_transferable(&JsValue::NULL, &Array::of1(&buffer));
        channel.port1().close();
        channel.port2().close();
    }
    bytes
}

/// The bytes of a local file; on failure, why. At once: the browser reads it beside this thread then, which takes half the time of
/// a stream or of pieces, whose reads are work of this thread.
async fn blob(blob: &Blob) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|error| words(&error))?;
    Ok(emptied(buffer.unchecked_into()))
}

fn words(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "no reason given".to_owned())
}
