//! The address bar: reads and writes the query, and listens for Back and Forward.

use gloo_events::EventListener;
use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// How a change is recorded in the browser's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// A step of its own: Back undoes it.
    Push,
    /// Part of the step before: sliders, zoom, typing.
    Replace,
}

/// The query string, with its `?`.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// What is at an address, relative to the page; `None` where it cannot be had.
pub async fn fetch(address: &str) -> Option<Vec<u8>> {
    let response: Response = JsFuture::from(window().fetch_with_str(address)).await.ok()?.unchecked_into();
    if !response.ok() {
        return None;
    }
    let body = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&body).to_vec())
}

/// How the part of an address that carries data begins.
const DATA: &str = "#d=";

/// The data that the address itself carries, packed.
pub fn data() -> Option<String> {
    window().location().hash().ok()?.strip_prefix(DATA).map(str::to_owned)
}

/// The page's address with a query and packed data in it.
pub fn with_data(query: &str, packed: &str) -> String {
    let href = href();
    let page = href.split(['?', '#']).next().unwrap_or(&href);
    format!("{page}{query}{DATA}{packed}")
}

/// Removes packed data from the address, once they are no longer shown.
pub fn forget_data() {
    let location = window().location();
    if data().is_some()
        && let Ok(history) = window().history()
    {
        let url = format!("{}{}", location.pathname().unwrap_or_default(), query());
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// The whole address.
pub fn href() -> String {
    window().location().href().unwrap_or_default()
}

/// Writes the query string; the rest of the address stays.
pub fn write(query: &str, how: History) {
    let location = window().location();
    if location.search().unwrap_or_default() == query {
        return;
    }
    let url = format!("{}{query}{}", location.pathname().unwrap_or_default(), location.hash().unwrap_or_default());
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
    EventListener::new(&window(), "hashchange", |_| {
        let _ = window().location().reload();
    })
    .forget();
}
