//! The address bar: reads and writes the query, and listens for Back and Forward.

use gloo_events::EventListener;
use js_sys::{Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::embed::{EMBED, is_embedded};
use crate::engine::protocol::COPY_HEADER;
use crate::state::parts;

/// How a change is recorded in the browser's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// A step of its own: Back undoes it.
    Push,
    /// Part of the step before: sliders, zoom, typing.
    Replace,
}

/// The link of the address, with its `?`: its query, and what of it stands in the fragment.
pub fn query() -> String {
    let location = window().location();
    let search = location.search().unwrap_or_default();
    // It says how the page is shown, not what.
    let pairs: Vec<&str> = search.trim_start_matches('?').split('&').filter(|pair| *pair != EMBED).collect();
    parts::joined(&pairs.join("&"), &location.hash().unwrap_or_default())
}

/// What is at an address, relative to the page; `None` where it cannot be had.
pub async fn fetch(address: &str) -> Option<Vec<u8>> {
    finish(begin(address)).await.map(|(bytes, _)| bytes)
}

/// Asks for what is at an address. [`finish`] awaits it.
pub fn begin(address: &str) -> Promise {
    window().fetch_with_str(address)
}

/// What [`begin`] asked for, and whether it is a copy of an earlier visit, which the service worker gives where the server has
/// nothing that can be used; `None` where it cannot be had.
pub async fn finish(asked: Promise) -> Option<(Vec<u8>, bool)> {
    let response: Response = JsFuture::from(asked).await.ok()?.unchecked_into();
    if !response.ok() {
        return None;
    }
    let is_copy = response.headers().has(COPY_HEADER).unwrap_or(false);
    let body = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some((Uint8Array::new(&body).to_vec(), is_copy))
}

/// The data that the address itself carries, packed.
pub fn data() -> Option<String> {
    parts::packed(&window().location().hash().ok()?).map(str::to_owned)
}

/// A link as the end of an address, with packed data.
fn ending(link: &str, packed: Option<&str>) -> String {
    let (mut query, hidden) = parts::split(link);
    if is_embedded() {
        query = format!("?{EMBED}{}", query.replacen('?', "&", 1));
    }
    format!("{query}{}", parts::fragment(&hidden, packed))
}

/// The page's address with a link and packed data in it.
pub fn with_data(link: &str, packed: &str) -> String {
    let href = href();
    let page = href.split(['?', '#']).next().unwrap_or(&href);
    format!("{page}{}", ending(link, Some(packed)))
}

/// Removes packed data from the address, once they are no longer shown.
pub fn forget_data() {
    let location = window().location();
    if data().is_some()
        && let Ok(history) = window().history()
    {
        let url = format!("{}{}", location.pathname().unwrap_or_default(), ending(&query(), None));
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// The whole address.
pub fn href() -> String {
    window().location().href().unwrap_or_default()
}

/// Writes a link; data in the address stay.
pub fn write(link: &str, how: History) {
    let location = window().location();
    let ending = ending(link, data().as_deref());
    if format!("{}{}", location.search().unwrap_or_default(), location.hash().unwrap_or_default()) == ending {
        return;
    }
    let url = format!("{}{ending}", location.pathname().unwrap_or_default());
    let Ok(history) = window().history() else { return };
    // Browsers refuse more than some hundred changes in half a minute; the next change writes the whole state again.
    let _ = match how {
        History::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&url)),
        History::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&url)),
    };
}

/// Calls back with the query whenever Back or Forward changes it, for the lifetime of the page.
pub fn on_change(callback: impl Fn(String) + 'static) {
    EventListener::new(&window(), "popstate", move |_| callback(query())).forget();
    // Other data in the same tab's address: the page starts anew with them.
    EventListener::new(&window(), "hashchange", |event| {
        let [before, after] = ["oldURL", "newURL"].map(|key| {
            let url = js_sys::Reflect::get(event, &key.into()).ok().and_then(|url| url.as_string()).unwrap_or_default();
            url.split_once('#').and_then(|(_, fragment)| parts::packed(fragment).map(str::to_owned))
        });
        if before != after {
            let _ = window().location().reload();
        }
    })
    .forget();
}
