//! Looks at an address again: whether the server still has what was read there. What it still has is not transferred (the
//! browser asks with what it knows, and the server answers 304), and of what has changed no more than the headers where these
//! say it.

use gloo_timers::callback::Timeout;
use js_sys::{Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use crate::engine::protocol::{self, COPY_HEADER, ContentHash, Stamp};
use crate::state::deployment::copies::Failure;

/// So many milliseconds a server may be silent.
const PATIENCE_MS: u32 = 30_000;

/// What a look found.
pub enum Look {
    /// What was read, told by this, and how often it now wants to be looked at, where it is an index that says it.
    Same(Stamp, Option<u32>),
    /// Something else.
    Changed,
    /// Nothing.
    Failed(Failure),
}

/// A request that ends when it is dropped, and when nothing came for a while.
struct Asked {
    controller: Option<AbortController>,
    patience: Option<Timeout>,
}

impl Asked {
    fn begin(address: &str) -> (Asked, Promise) {
        let init = RequestInit::new();
        init.set_cache(RequestCache::NoCache);
        let controller = AbortController::new().ok();
        init.set_signal(controller.as_ref().map(AbortController::signal).as_ref());
        let mut asked = Asked { controller, patience: None };
        asked.wait();
        (asked, window().fetch_with_str_and_init(address, &init))
    }

    /// Has patience anew.
    fn wait(&mut self) {
        let controller = self.controller.clone();
        self.patience = Some(Timeout::new(PATIENCE_MS, move || {
            if let Some(controller) = controller {
                controller.abort();
            }
        }));
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// Looks whether an address still has what was read of it; `None` where that is to be read again in any case.
pub async fn look(address: &str, known: Option<&Stamp>) -> Look {
    look_at(address, known).await.unwrap_or(Look::Failed(Failure::Silent))
}

async fn look_at(address: &str, known: Option<&Stamp>) -> Result<Look, JsValue> {
    let (mut asked, promise) = Asked::begin(address);
    let response: Response = JsFuture::from(promise).await?.unchecked_into();
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    if !response.ok() {
        return Ok(Look::Failed(Failure::Status(response.status())));
    }
    if let Some(status) = header(COPY_HEADER) {
        return Ok(Look::Failed(Failure::of_copy(&status)));
    }
    let Some(known) = known else { return Ok(Look::Changed) };
    let mut now = Stamp::of(header);
    let is_index = protocol::is_index(address) && known.content.is_some();
    match known.is_same(&now) {
        Some(true) => {
            now.content = known.content;
            return Ok(Look::Same(now, None));
        }
        // An index is written anew with every round of what writes it.
        Some(false) if !is_index => return Ok(Look::Changed),
        Some(false) | None => {}
    }
    let mut content = Vec::new();
    let mut hash = ContentHash::default();
    if let Some(body) = response.body() {
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        loop {
            let part = JsFuture::from(reader.read()).await?;
            asked.wait();
            let Ok(bytes) = Reflect::get(&part, &"value".into())?.dyn_into::<Uint8Array>() else { break };
            let bytes = bytes.to_vec();
            hash.add(&bytes);
            if is_index {
                content.extend(bytes);
            }
        }
    }
    let watch = protocol::watch(address, &content).filter(|_| is_index);
    now.content = Some(watch.map_or_else(|| hash.finish(), |watch| watch.version));
    let is_same = now.content == known.content;
    Ok(if is_same { Look::Same(now, watch.map(|watch| watch.seconds.unwrap_or_default())) } else { Look::Changed })
}

/// The text at an address now; `None` where it cannot be had.
pub async fn text(address: &str) -> Option<String> {
    let (_asked, promise) = Asked::begin(address);
    let response: Response = JsFuture::from(promise).await.ok()?.unchecked_into();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
