//! The page inside another page, and in reach of its scripts.
//!
//! With `embed=1` in the address it shows its charts and tables alone, begins without data and keeps nothing. The page around it
//! sends messages, if its origin is among `embed` of config.json or it is this page's own:
//!
//! | message | what it does |
//! | --- | --- |
//! | `{inferscope: "load", files: [{name, data}], link?}` | shows these files in place of what is there; `data` is a text, an `ArrayBuffer` or a `Blob` |
//! | `{inferscope: "view", link}` | shows another view of them |
//!
//! and gets `{inferscope: "ready", version}` once, `{inferscope: "shown", link, rows}` with each picture, and
//! `{inferscope: "error", message}`.
//!
//! `window.inferscope` is for scripts of the same page and changes nothing: `version`, `link()`, `files()`, `figures()`.

use std::cell::OnceCell;

use js_sys::{Array, ArrayBuffer, Float64Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, MessageEvent};

use super::address::{self, History};
use super::files::{self, Content, Status};
use super::store::Store;
use crate::state::link;

/// The pair in the address.
pub const EMBED: &str = "embed=1";

/// The key of a message's kind.
const KIND: &str = "inferscope";

/// Whether the page was opened to be part of another.
pub fn is_embedded() -> bool {
    thread_local! {
        static EMBEDDED: OnceCell<bool> = const { OnceCell::new() };
    }
    EMBEDDED.with(|embedded| {
        *embedded.get_or_init(|| {
            let search = window().location().search().unwrap_or_default();
            search.trim_start_matches('?').split('&').any(|pair| pair == EMBED)
        })
    })
}

fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in pairs {
        // Setting fails only on a frozen object.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object
}

fn field(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_default()
}

/// The page around this one, if there is one.
fn parent() -> Option<web_sys::Window> {
    window().parent().ok().flatten().filter(|parent| *parent != window())
}

/// The origins that may send messages.
fn origins(store: Store) -> Vec<String> {
    let own = window().location().origin().ok();
    store.config.with_untracked(|config| config.embed.iter().map(|origin| origin.0.clone()).chain(own).collect())
}

/// Tells the page around this one, if it may know.
fn tell(store: Store, kind: &str, pairs: &[(&str, JsValue)]) {
    let Some(parent) = parent() else { return };
    let message = object(&[&[(KIND, kind.into())], pairs].concat());
    for origin in origins(store) {
        // Whoever has another origin does not get it; whatever is no origin gets nothing.
        let _ = parent.post_message(&message, &origin);
    }
}

/// Listens to the page around this one, once the deployment's settings are there.
pub fn listen(store: Store) {
    if !is_embedded() {
        return;
    }
    window_event_listener(leptos::ev::message, move |event: MessageEvent| {
        let from = parent().map(JsValue::from);
        let is_known = event.source().map(JsValue::from) == from && origins(store).contains(&event.origin());
        if from.is_some() && is_known && field(&event.data(), KIND).is_string() {
            take(store, &event.data());
        }
    });
    tell(store, "ready", &[("version", env!("CARGO_PKG_VERSION").into())]);
    Effect::new(move |_| {
        let rows = store.model.with(|model| model.as_ref().map(|model| model.total));
        if let Some(rows) = rows {
            let link = link::encode(&store.state.get_untracked());
            tell(store, "shown", &[("link", link.into()), ("rows", JsValue::from_f64(rows as f64))]);
        }
    });
    Effect::new(move |_| {
        let failed = |file: &files::FileEntry| match &file.status {
            Status::Failed(reason) | Status::Unread(reason) => Some(format!("{}: {reason}", file.path)),
            Status::Read(reports) if reports.iter().all(|report| report.records.is_empty()) => {
                let finding = reports.iter().flat_map(|report| &report.diagnostics).next();
                Some(format!("{}: {}", file.path, finding.map_or("nothing to show", |finding| finding.message.as_str())))
            }
            Status::Read(_) | Status::Waiting | Status::Reading(_) | Status::Cancelled => None,
        };
        let failed: Vec<String> = store.files.with(|files| files.iter().filter_map(failed).collect());
        for message in failed {
            tell(store, "error", &[("message", message.into())]);
        }
    });
}

fn take(store: Store, message: &JsValue) {
    let link = field(message, "link").as_string();
    match field(message, KIND).as_string().as_deref() {
        Some("load") => {
            let wrong = "files: a list of {name, data} with data as text, ArrayBuffer or Blob";
            let files = field(message, "files");
            let files: Option<Vec<(String, Content)>> =
                files.dyn_ref::<Array>().and_then(|files| files.iter().map(content).collect());
            let Some(files) = files.filter(|files| !files.is_empty()) else {
                return tell(store, "error", &[("message", wrong.into())]);
            };
            store.replace(files, link.as_deref());
        }
        Some("view") => match link {
            Some(link) => store.put(History::Replace, link::decode(&link).0),
            None => tell(store, "error", &[("message", "view: a link is missing".into())]),
        },
        Some(other) => tell(store, "error", &[("message", format!("“{other}” is no message: load or view").into())]),
        None => {}
    }
}

/// A file of a message: its name and its bytes.
fn content(file: JsValue) -> Option<(String, Content)> {
    let name = field(&file, "name").as_string()?;
    let data = field(&file, "data");
    let blob = match data.dyn_into::<Blob>() {
        Ok(blob) => blob,
        Err(data) if data.is_string() => Blob::new_with_str_sequence(&Array::of1(&data)).ok()?,
        Err(data) if data.is_instance_of::<ArrayBuffer>() || ArrayBuffer::is_view(&data) => {
            Blob::new_with_buffer_source_sequence(&Array::of1(&data)).ok()?
        }
        Err(_) => return None,
    };
    Some((name, Content::blob(blob)))
}

/// Gives scripts of this page, such as the console, a handle to look at.
pub fn expose(store: Store) {
    let link = Closure::<dyn Fn() -> String>::new(address::query);
    let files = Closure::<dyn Fn() -> JsValue>::new(move || {
        let one = |file: &files::FileEntry| {
            let rows = JsValue::from_f64(file.rows() as f64);
            JsValue::from(object(&[("path", file.path.as_str().into()), ("rows", rows)]))
        };
        store.files.with_untracked(|files| files.iter().map(one).collect::<Array>().into())
    });
    let figures = Closure::<dyn Fn() -> JsValue>::new(move || figures(store));
    let handle = object(&[
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("link", link.into_js_value()),
        ("files", files.into_js_value()),
        ("figures", figures.into_js_value()),
    ]);
    let value = Object::freeze(&handle);
    // It fails only where somebody else defined it before.
    let _ = Reflect::define_property(&window(), &"inferscope".into(), &object(&[("value", value.into())]));
}

/// What is drawn: panels with the points of their lines, as `x` and `y`.
fn figures(store: Store) -> JsValue {
    let numbers = |numbers: Vec<f64>| JsValue::from(Float64Array::from(&numbers[..]));
    let series = |series: &crate::view_model::Series| {
        let (x, y): (Vec<f64>, Vec<f64>) = series.points().map(|point| (point.x, point.y)).unzip();
        JsValue::from(object(&[("label", series.label.as_str().into()), ("x", numbers(x)), ("y", numbers(y))]))
    };
    let panel = |panel: &crate::view_model::Panel| {
        let axis = |axis: &crate::view_model::AxisModel| {
            JsValue::from(object(&[("title", axis.title.as_str().into()), ("unit", axis.unit.as_str().into())]))
        };
        let lines: Array = panel.chart.series.iter().map(series).collect();
        let title = JsValue::from(panel.title.as_str());
        JsValue::from(object(&[
            ("title", title),
            ("x", axis(&panel.chart.x)),
            ("y", axis(&panel.chart.y)),
            ("series", lines.into()),
        ]))
    };
    store.model.with_untracked(|model| model.iter().flat_map(|model| &model.panels).map(panel).collect::<Array>().into())
}
