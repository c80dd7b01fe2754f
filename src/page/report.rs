//! Reports of what is shown: words and pictures for the clipboard.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag};

use super::app::subject;
use super::echarts::Renderer;
use super::files::{self, FileEntry};
use super::store::Store;
use super::{address, chart, clipboard};
use crate::engine::bundle::{Manifest, provenance};
use crate::view_model::Report;
use crate::view_model::report::{Page, Section};

/// The longest link that a text can carry without being mostly link, in characters.
const SHORT_LINK: usize = 4_000;

/// What `make` makes of the report on what is shown.
fn with<T>(store: Store, make: impl FnOnce(&Report<'_>) -> T) -> Option<T> {
    let name = |file: &FileEntry| {
        let name = file.label.clone().unwrap_or_else(|| file.path.clone());
        match untrack(|| store.stale_since(file)) {
            Some(time) => format!("{name} (the copy of {time})"),
            None => name,
        }
    };
    let names: Vec<String> = store.files.with_untracked(|files| files.iter().filter(|file| file.rows() > 0).map(name).collect());
    let source = files::enumerate(&names);
    let source = match untrack(|| store.synthetic()).words() {
        Some(words) => format!("{words}: {source}"),
        None => source,
    };
    let date: String = js_sys::Date::new_0().to_iso_string().into();
    let (subject, notice) = untrack(|| (subject(store), store.deployment_notice()));
    store.model.with_untracked(|model| {
        let date = date.get(..10).unwrap_or_default();
        // A link with the data, where they are here alone and fit.
        let carried = store.data_link.get_untracked().filter(|link| link.len() <= SHORT_LINK);
        let link = if store.config.with_untracked(|config| config.private) {
            String::new()
        } else {
            carried.unwrap_or_else(address::href)
        };
        Some(make(&Report { model: model.as_ref()?, subject: &subject, source: &source, date, link: &link, notice: &notice }))
    })
}

/// One panel as a picture with its words: a `data:` address, and its ending.
pub fn picture(store: Store, index: usize, renderer: Renderer) -> Option<(String, &'static str)> {
    let zoom = store.state.with_untracked(|state| state.zoom);
    with(store, |report| {
        let panel = report.model.panels.get(index)?;
        chart::image(panel, zoom, &report.caption(&panel.title), renderer)
    })?
}

fn pictures(store: Store) -> Vec<String> {
    let panels = store.model.with_untracked(|model| model.as_ref().map_or(0, |model| model.panels.len()));
    (0..panels).filter_map(|index| Some(picture(store, index, Renderer::Canvas)?.0)).collect()
}

/// Copies what is shown as Markdown.
pub fn copy_markdown(store: Store) {
    if let Some(text) = with(store, |report| report.markdown()) {
        clipboard::copy(store, text, "Report copied as Markdown.".to_owned());
    }
}

/// Copies what is shown with its pictures, for whatever takes formatted text; as plain text it is Markdown.
pub fn copy_html(store: Store) {
    let pictures = pictures(store);
    let Some((html, markdown)) = with(store, |report| (report.html(&pictures), report.markdown())) else { return };
    let text = |text: &str, mime: &str| blob(&JsValue::from_str(text), mime).map(|blob| (mime.to_owned(), blob));
    let parts = [text(&html, "text/html"), text(&markdown, "text/plain")];
    write(store, parts.into_iter().flatten().collect(), "Report copied with its pictures.");
}

/// Copies the picture of a panel.
pub fn copy_picture(store: Store, index: usize) {
    let bytes = picture(store, index, Renderer::Canvas).and_then(|(url, _)| {
        let encoded = url.split_once(',')?.1.to_owned();
        // Each letter of the decoded text is a byte.
        let decoded: Vec<u8> = window().atob(&encoded).ok()?.chars().map(|letter| letter as u8).collect();
        blob(&Uint8Array::from(&decoded[..]), "image/png")
    });
    if let Some(blob) = bytes {
        write(store, vec![("image/png".to_owned(), blob)], "Picture copied.");
    }
}

/// Saves what is shown as a page of its own, which carries these data.
pub async fn save(store: Store, manifest: Manifest, rows: Vec<Vec<String>>, notes: Vec<String>) {
    let Some(viewer) = address::fetch("report.js").await.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        store.toast("The report could not be written: what draws its charts could not be loaded. Try again.", None);
        return;
    };
    let zoom = store.state.with_untracked(|state| state.zoom);
    let data = serde_json::to_string(&manifest).unwrap_or_default();
    let files = store.files.with_untracked(|files| files.iter().flat_map(FileEntry::reports).filter_map(provenance).collect());
    // Data of this computer are in the page and nowhere else.
    let is_local = store.state.with_untracked(|state| state.local);
    let page = with(store, |report| {
        let plots = crate::chart::plots(&report.model.panels, zoom);
        let report = Report { link: if is_local { "" } else { report.link }, ..*report };
        let title = report.subject;
        Page {
            title,
            synthetic: untrack(|| store.synthetic()).words().is_some(),
            sections: vec![Section { report, plots, rows: &rows }],
            files,
            notes: &notes,
            data: &data,
            viewer: &viewer,
        }
        .html()
    });
    if let Some(page) = page {
        clipboard::download("inferscope.html", "text/html", &JsValue::from_str(&page));
        store.toast("Saved as inferscope.html.", None);
    }
}

fn blob(content: &JsValue, mime: &str) -> Option<Blob> {
    let bag = BlobPropertyBag::new();
    bag.set_type(mime);
    Blob::new_with_buffer_source_sequence_and_options(&Array::of1(content), &bag).ok()
}

/// Writes these parts to the clipboard as one thing, and says so, or that the browser refused.
fn write(store: Store, parts: Vec<(String, Blob)>, done: &'static str) {
    spawn_local(async move {
        let written = match promise(&parts) {
            Some(promise) => JsFuture::from(promise).await.is_ok(),
            None => false,
        };
        store.toast(if written { done } else { "The browser did not allow copying; save it as a file instead." }, None);
    });
}

fn promise(parts: &[(String, Blob)]) -> Option<Promise> {
    let items = Object::new();
    for (mime, blob) in parts {
        Reflect::set(&items, &mime.into(), blob).ok()?;
    }
    let kind: Function = Reflect::get(&window(), &"ClipboardItem".into()).ok()?.dyn_into().ok()?;
    let item = Reflect::construct(&kind, &Array::of1(&items)).ok()?;
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).ok()?;
    let write: Function = Reflect::get(&clipboard, &"write".into()).ok()?.dyn_into().ok()?;
    write.call1(&clipboard, &Array::of1(&item)).ok()?.dyn_into().ok()
}
