//! The browser's storage. Where it is closed (site data blocked, storage full), values are kept for this visit only.

use std::cell::RefCell;
use std::collections::BTreeMap;

use leptos::prelude::window;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

thread_local! {
    /// What the browser did not take.
    static VISIT: RefCell<BTreeMap<&'static str, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// The storage; even asking for it throws where site data are blocked.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was kept under a key; the default where nothing was, or nothing that this version reads.
pub fn load<T: DeserializeOwned + Default>(key: &'static str) -> T {
    let visit = VISIT.with_borrow(|visit| visit.get(key).cloned());
    let text = visit.or_else(|| storage()?.get_item(key).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Forgets what this page kept under any key.
pub fn forget() {
    VISIT.take();
    let Some(storage) = storage() else { return };
    let keys = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
    for key in keys.filter(|key| key.starts_with("inferscope.")).collect::<Vec<_>>() {
        // What cannot be removed was not kept either.
        let _ = storage.remove_item(&key);
    }
}

/// Keeps a value under a key.
pub fn save<T: Serialize + ?Sized>(key: &'static str, value: &T) {
    let Ok(text) = serde_json::to_string(value) else { return };
    let kept = storage().is_some_and(|storage| storage.set_item(key, &text).is_ok());
    VISIT.with_borrow_mut(|visit| if kept { visit.remove(key) } else { visit.insert(key, text) });
}
