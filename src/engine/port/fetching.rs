//! Asks a server, and tells what refused where no answer comes: the page's policy, mixed content, the network or CORS.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, RequestInit, Response};

use crate::engine::live;
use crate::source::MAX_FILE_BYTES;
use crate::source::places::Answer;
use crate::source::refusal::{Refusal, is_insecure};

/// What is read of an answer that is no content, in bytes: enough for its words.
const MAX_WORDS: u64 = 1 << 16;

/// The content of an address.
pub(super) async fn content(address: &str) -> Result<Vec<u8>, Refusal> {
    ask(address, "", None).await?.content()
}

/// Asks for what is at an address, with a bearer token where there is one, for so many milliseconds at most.
pub(super) async fn ask(address: &str, token: &str, patience: Option<u32>) -> Result<Answer, Refusal> {
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let refused = Rc::new(Cell::new(false));
    let heard = Rc::clone(&refused);
    let _listener = EventListener::new(&scope, "securitypolicyviolation", move |_| heard.set(true));
    let controller = AbortController::new().map_err(|_| Refusal::Blocked)?;
    let late = Rc::new(Cell::new(false));
    let _timeout = patience.map(|milliseconds| {
        let (controller, late) = (controller.clone(), Rc::clone(&late));
        gloo_timers::callback::Timeout::new(milliseconds, move || {
            late.set(true);
            controller.abort();
        })
    });
    let init = RequestInit::new();
    init.set_signal(Some(&controller.signal()));
    if !token.is_empty() {
        let headers = Headers::new().map_err(|_| Refusal::Blocked)?;
        headers.set("Authorization", &format!("Bearer {token}")).map_err(|_| live::TOKEN)?;
        init.set_headers(&headers);
    }
    let Ok(response) = JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await else {
        if late.get() {
            return Err(Refusal::Late);
        }
        // The policy's event is a task of its own, which may come after the refusal.
        gloo_timers::future::TimeoutFuture::new(100).await;
        return Err(match () {
            () if refused.get() => Refusal::Policy,
            () if scope.location().protocol() == "https:" && is_insecure(address) => Refusal::Insecure,
            () => Refusal::Blocked,
        });
    };
    let response: Response = response.unchecked_into();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let most = if response.ok() { MAX_FILE_BYTES } else { MAX_WORDS };
    let length = header("content-length").and_then(|length| length.parse::<u64>().ok());
    // Known before anything of it is sent.
    if let Some(length) = length.filter(|length| response.ok() && *length > most) {
        controller.abort();
        return Err(Refusal::TooLarge(length));
    }
    let later = || Some(js_sys::Date::now() / 1000.0 + header("retry-after")?.trim().parse::<f64>().ok()?);
    let reset = header("x-ratelimit-reset").and_then(|reset| reset.trim().parse::<f64>().ok()).or_else(later);
    let bytes = match body(&response, most).await {
        Ok(bytes) => bytes,
        // Of words the beginning will do.
        Err(Refusal::TooLarge(_)) if !response.ok() => Vec::new(),
        Err(refusal) => {
            controller.abort();
            return Err(if late.get() { Refusal::Late } else { refusal });
        }
    };
    Ok(Answer { status: response.status(), link: header("link"), left: header("x-ratelimit-remaining"), reset, bytes })
}

/// An answer's bytes, in pieces so that one without an end is given up.
async fn body(response: &Response, most: u64) -> Result<Vec<u8>, Refusal> {
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let (mut pieces, mut read) = (Vec::new(), 0);
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| Refusal::Broken)?;
        let field = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or_default();
        if field("done").is_truthy() {
            break;
        }
        let piece: Uint8Array = field("value").unchecked_into();
        read += u64::from(piece.length());
        if read > most {
            return Err(Refusal::TooLarge(read));
        }
        pieces.push(piece);
    }
    // Put together at the end, in as much memory as it takes and no more.
    let mut bytes = vec![0; read as usize];
    let mut rest = bytes.as_mut_slice();
    for piece in pieces {
        let (part, after) = rest.split_at_mut_checked(piece.length() as usize).ok_or(Refusal::Broken)?;
        piece.copy_to(part);
        rest = after;
    }
    Ok(bytes)
}
