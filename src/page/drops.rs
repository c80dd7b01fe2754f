//! Drag and drop, and paste, anywhere on the page.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ClipboardEvent, DragEvent, File, FileSystemEntry};

use super::files::{self, Content};
use super::store::{Store, is_address};

// `public/start.js` keeps what is dropped before the page is there.
#[wasm_bindgen]
extern "C" {
    type Early;
    #[wasm_bindgen(js_namespace = inferscopeDropped, js_name = take)]
    fn early() -> Early;
    #[wasm_bindgen(method, getter)]
    fn entries(this: &Early) -> Array;
    #[wasm_bindgen(method, getter)]
    fn files(this: &Early) -> Array;
}

/// Takes what was dropped before the page was there.
pub fn receive_early(store: Store) {
    let early = early();
    let entries = early.entries().iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()).collect();
    let plain = early.files().iter().map(|file| files::named(file.unchecked_into::<File>())).collect();
    take(store, entries, plain);
}

/// Takes the entries of a drop, folders walked through, or its files where the browser gives no entries.
fn take(store: Store, entries: Vec<FileSystemEntry>, plain: Vec<(String, Content)>) {
    store.add(plain);
    if entries.is_empty() {
        return;
    }
    store.pending.update(|pending| *pending += 1);
    leptos::task::spawn_local(async move {
        let (found, unreadable) = files::walk(entries).await;
        if found.is_empty() && unreadable.is_empty() {
            store.toast("The dropped folder contains no files.", None);
        }
        if !unreadable.is_empty() {
            store.toast(&format!("The browser could not open {}.", files::enumerate(&unreadable)), None);
        }
        store.add(found);
        store.pending.update(|pending| *pending -= 1);
    });
}

/// Takes drops anywhere; the signal says whether files are over the page.
pub fn receive_drops(store: Store) -> RwSignal<bool> {
    let over = RwSignal::new(false);
    // Entered elements minus left ones: the pointer crosses many while it stays over the page.
    let depth = StoredValue::new(0i32);
    let carries_files = |event: &DragEvent| {
        event
            .data_transfer()
            .is_some_and(|transfer| transfer.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
    };
    let enter = move |by: i32| {
        depth.update_value(|depth| *depth = (*depth + by).max(0));
        over.set(depth.get_value() > 0);
    };
    window_event_listener(leptos::ev::dragenter, move |event: DragEvent| {
        if carries_files(&event) {
            event.prevent_default();
            enter(1);
        }
    });
    window_event_listener(leptos::ev::dragleave, move |_| enter(-1));
    window_event_listener(leptos::ev::dragover, move |event: DragEvent| event.prevent_default());
    window_event_listener(leptos::ev::drop, move |event: DragEvent| {
        event.prevent_default();
        depth.set_value(0);
        over.set(false);
        let Some(transfer) = event.data_transfer() else { return };
        let (entries, plain) = files::entries(&transfer);
        take(store, entries, plain);
    });
    over
}

/// Takes pasted files, text, and addresses of either, unless they go into a field.
pub fn receive_pastes(store: Store) {
    let pasted = StoredValue::new(0usize);
    window_event_listener(leptos::ev::paste, move |event: ClipboardEvent| {
        let in_field = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if in_field.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA")) {
            return;
        }
        let Some(data) = event.clipboard_data() else { return };
        let mut contents = data.files().map(|list| files::picked(&list)).unwrap_or_default();
        if contents.is_empty()
            && let Ok(text) = data.get_data("text/plain")
            && !text.trim().is_empty()
        {
            if is_address(&text) {
                if let Err(why) = store.open_address(&text) {
                    store.toast(&why, None);
                }
                return;
            }
            pasted.update_value(|pasted| *pasted += 1);
            contents.extend(files::pasted(&text, pasted.get_value()));
        }
        store.add(contents);
    });
}
