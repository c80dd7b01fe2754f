//! Loaded files that the browser keeps, so that they survive a reload and a crash. Only this computer's files are kept: all
//! others are in the link.

use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::files::{Content, FileEntry};
use super::storage;
use super::store::Store;
use crate::catalog::number::{self, plural};
use crate::engine::ReadAs;

// `scripts/keep.entry.mjs`, which `public/start.js` loads on the first call.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = inferscopeKept, js_name = restore, catch)]
    async fn restore_js(link: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = inferscopeKept, js_name = restored, catch)]
    async fn restored_js() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = inferscopeKept, js_name = keep, catch)]
    async fn keep_js(files: &Array, link: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = inferscopeKept, js_name = usage, catch)]
    async fn usage_js() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = inferscopeKept, js_name = forget, catch)]
    async fn forget_js() -> Result<JsValue, JsValue>;
}

/// How a kept file is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct How {
    /// The format to read it as; `None` detects it from the content.
    pub read_as: Option<ReadAs>,
    /// Whether its single requests are read.
    pub requests: bool,
}

/// A file that came back.
pub struct KeptFile {
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub content: Content,
    /// How it is read.
    pub how: How,
}

/// What came back.
pub struct Restored {
    /// The files, in their order.
    pub files: Vec<KeptFile>,
    /// The link that was shown with them.
    pub link: String,
    /// Whether this is the tab that had them.
    pub again: bool,
    /// How many of them the browser removed meanwhile.
    pub missing: usize,
    /// Whether reading them ended the page the last time, so that none came back.
    pub ended: bool,
}

/// What the browser keeps, and what it does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keeping {
    /// How many files are kept, those of other tabs included.
    pub files: usize,
    /// Their bytes.
    pub bytes: f64,
    /// The files of this tab that are not kept, and why.
    pub refused: Vec<(String, String)>,
    /// The files of this tab that are kept, by path.
    pub settled: Vec<String>,
}

/// Whether an earlier visit kept anything.
pub fn has_kept() -> bool {
    storage::load::<u32>("inferscope.kept") == 1
}

fn text(object: &JsValue, key: &str) -> String {
    Reflect::get(object, &key.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

fn number(object: &JsValue, key: &str) -> f64 {
    Reflect::get(object, &key.into()).ok().and_then(|value| value.as_f64()).unwrap_or_default()
}

fn list(object: &JsValue, key: &str) -> Vec<JsValue> {
    Reflect::get(object, &key.into()).ok().and_then(|value| value.dyn_into::<Array>().ok()).unwrap_or_default().to_vec()
}

/// What the last visit had, for a page that was opened with this link; `None` where nothing was kept, or it is another's.
pub async fn restore(link: &str) -> Option<Restored> {
    let found = restore_js(link).await.ok().filter(JsValue::is_object)?;
    let file = |file: JsValue| {
        let blob: Blob = Reflect::get(&file, &"blob".into()).ok()?.dyn_into().ok()?;
        let how = serde_json::from_str(&text(&file, "how")).unwrap_or_default();
        Some(KeptFile { path: text(&file, "path"), content: Content::blob(blob), how })
    };
    let is = |key: &str| Reflect::get(&found, &key.into()).is_ok_and(|value| value.is_truthy());
    Some(Restored {
        files: list(&found, "files").into_iter().filter_map(file).collect(),
        link: text(&found, "link"),
        again: is("again"),
        missing: number(&found, "missing") as usize,
        ended: is("ended"),
    })
}

/// Says that what was restored stands: it did not end the page.
pub async fn stands() {
    // Without an answer the next visit asks before it restores, which does no harm.
    let _ = restored_js().await;
}

/// Keeps the files of this computer in the place of what this tab kept before.
pub async fn keep(files: &[FileEntry], link: &str) -> Keeping {
    let wanted = Array::new();
    let mut settled = Vec::new();
    for file in files.iter().filter(|file| file.is_local()) {
        let how = How { read_as: file.read_as.clone(), requests: file.requests };
        let one = Object::new();
        for (key, value) in [
            ("path", file.path.as_str().into()),
            ("how", serde_json::to_string(&how).unwrap_or_default().into()),
            ("blob", file.content.beside()),
        ] {
            // Setting fails only on a frozen object.
            let _ = Reflect::set(&one, &key.into(), &value);
        }
        wanted.push(&one);
        settled.push(file.path.clone());
    }
    let refused: Vec<(String, String)> = match keep_js(&wanted, link).await {
        Ok(refused) => {
            refused.dyn_into::<Array>().unwrap_or_default().iter().map(|one| (text(&one, "path"), text(&one, "reason"))).collect()
        }
        Err(error) => settled.iter().map(|path| (path.clone(), reason(&error))).collect(),
    };
    settled.retain(|path| refused.iter().all(|(refused, _)| refused != path));
    let usage = usage_js().await.unwrap_or_default();
    Keeping { files: number(&usage, "files") as usize, bytes: number(&usage, "bytes"), refused, settled }
}

fn reason(error: &JsValue) -> String {
    match text(error, "message") {
        message if message.is_empty() => "the browser keeps nothing for this site".to_owned(),
        message => message,
    }
}

/// Forgets all kept files; whether that worked.
pub async fn forget() -> bool {
    forget_js().await.is_ok()
}

/// What of this computer's files the browser keeps, with the switch, at the end of the list of files.
#[component]
pub fn Kept() -> impl IntoView {
    let store = expect_context::<Store>();
    let on = move || store.preferences.with(|preferences| preferences.keep);
    let line = move || {
        store.keeping.with(|kept| match kept.files {
            0 => String::new(),
            files => format!("{} kept in this browser, {}. ", plural(files as u64, "file"), number::bytes(kept.bytes)),
        })
    };
    let refused = move || {
        let refused = store.keeping.with(|kept| kept.refused.clone());
        refused.first().map(|(path, why)| {
            let rest = refused.len() - 1;
            let more = if rest > 0 { format!(" and {} more", plural(rest as u64, "file")) } else { String::new() };
            view! { <p class="finding warning">{format!("Not kept: {path}{more}, because {why}. It is here until the page is closed.")}</p> }
        })
    };
    view! {
        <div class="kept">
            <label>
                <input type="checkbox" prop:checked=on on:change:target=move |event| store.keep_from_now_on(event.target().checked())/>
                " Keep loaded files in this browser, so that they are here after a reload. They never leave this computer."
            </label>
            {refused}
            <p class="hint">{line} "Prices, column mappings, descriptions and settings are remembered as well."</p>
            <p><button type="button" on:click=move |_| store.forget_everything()>"Forget everything"</button></p>
        </div>
    }
}
