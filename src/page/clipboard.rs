//! The clipboard and downloads.

use js_sys::Array;
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::store::Store;

/// Copies text and says so, or says why not.
pub fn copy(store: Store, text: String, done: String) {
    spawn_local(async move {
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or_default();
        let copied = match clipboard.dyn_ref::<web_sys::Clipboard>() {
            Some(clipboard) => JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
            None => false,
        };
        store.toast(if copied { &done } else { "The browser did not allow copying; select the text and copy it by hand." }, None);
    });
}

/// Offers text or a buffer as a file.
pub fn download(name: &str, mime: &str, content: &JsValue) {
    let bag = BlobPropertyBag::new();
    bag.set_type(mime);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(content), &bag);
    if let Ok(blob) = blob {
        save(name, &blob);
    }
}

/// Offers a blob as a file.
pub fn save(name: &str, blob: &Blob) {
    if let Ok(url) = Url::create_object_url_with_blob(blob) {
        follow(name, &url);
        let _ = Url::revoke_object_url(&url);
    }
}

/// Offers what an address holds as a file.
pub fn follow(name: &str, url: &str) {
    let link = document().create_element("a").ok().and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(url);
        link.set_download(name);
        link.click();
    }
}
