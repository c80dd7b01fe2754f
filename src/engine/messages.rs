//! Messages between page and engine: an array of the JSON header and then the buffers that are transferred.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue};

/// Packs a header and buffers into one message; the second array is the transfer list.
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

/// Unpacks a message; `None` for a foreign message.
pub fn unpack<T: serde::de::DeserializeOwned>(message: &JsValue) -> Option<(T, Array)> {
    let message: &Array = message.dyn_ref()?;
    let header = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    Some((header, message.slice(1, message.length())))
}
