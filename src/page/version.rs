//! What becomes of this version of the page (`public/offline.js`): that a newer one is there, or that this one works offline.

use gloo_events::EventListener;
use js_sys::{Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::CustomEvent;

/// A newer version.
#[derive(Clone)]
struct Newer {
    /// Takes it: reloads the page.
    apply: Function,
    /// Whether this version can be used on as it is: none of its files is lost.
    complete: bool,
}

impl Newer {
    fn of(detail: &JsValue) -> Option<Newer> {
        let field = |key: &str| Reflect::get(detail, &key.into()).unwrap_or_default();
        Some(Newer { apply: field("apply").dyn_into().ok()?, complete: field("complete").is_truthy() })
    }
}

/// Says that a newer version is there, and takes it when the reader says so.
#[component]
pub fn NewerVersion() -> impl IntoView {
    // What was told before the page listened.
    let told = Reflect::get(&window(), &"inferscopeOffline".into()).and_then(|told| Reflect::get(&told, &"update".into()));
    let newer = RwSignal::new_local(told.ok().as_ref().and_then(Newer::of));
    let listener = EventListener::new(&window(), "inferscope:update", move |event| {
        if let Some(event) = event.dyn_ref::<CustomEvent>() {
            newer.set(Newer::of(&event.detail()));
        }
    });
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || listener.dispose());
    let notice = move |newer: Newer| {
        let words = if newer.complete {
            "A newer version of Inferscope is there. "
        } else {
            "A newer version of Inferscope was published, and parts of this one are gone from the server. "
        };
        // It fails only where the page is left already.
        let take = move |_| drop(newer.apply.call0(&JsValue::NULL));
        view! {
            <p class="notice" role="status">
                {words}
                <button type="button" class="quiet" on:click=take>"Reload"</button>
            </p>
        }
    };
    move || newer.get().map(notice)
}
