//! Zip archives, packed by a library: large files pass through it and are never in the page's memory at once.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

// `scripts/zip.entry.mjs`, which `public/start.js` loads on the first call.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = inferscopeZip, js_name = pack, catch)]
    async fn pack_js(files: &Array) -> Result<JsValue, JsValue>;
}

/// Packs files: each a name and a text, a buffer or a blob.
///
/// # Errors
///
/// Why the browser could not, in its words: a file was changed or removed since it was dropped, or there is no room.
pub async fn pack(files: Vec<(String, JsValue)>) -> Result<Blob, String> {
    let list = Array::new();
    for (name, input) in files {
        let file = Object::new();
        for (key, value) in [("name", name.into()), ("input", input)] {
            // Setting fails only on a frozen object.
            let _ = Reflect::set(&file, &key.into(), &value);
        }
        list.push(&file);
    }
    let words = |error: JsValue| {
        let message = Reflect::get(&error, &"message".into()).ok().and_then(|message| message.as_string());
        message.unwrap_or_else(|| "no reason given".to_owned())
    };
    pack_js(&list).await.map_err(words)?.dyn_into().map_err(|_| "no archive came back".to_owned())
}
