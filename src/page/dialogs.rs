//! Dialogs: drawer, palette, shortcuts, share, logs. One native dialog with one content at a time.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::drawer::{Describe, Files, MapColumns};
use super::files;
use super::keys::SHORTCUTS;
use super::live::Connect;
use super::log::RunLog;
use super::palette::Palette;
use super::places::OpenAddress;
use super::share::Share;
use super::store::{Sheet, Store};
use super::synthesis::Synthesize;
use crate::catalog::exports::{EXPORTS, Export, Takes};
use crate::catalog::number::plural;

/// The dialog.
#[component]
pub fn Sheets() -> impl IntoView {
    let store = expect_context::<Store>();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if store.sheet.get().is_none() {
            dialog.close();
        } else if !dialog.open() {
            // Refused only for a dialog that is open or not in the document, and this one is neither.
            let _ = dialog.show_modal();
        }
    });
    let name = move || match store.sheet.get() {
        Some(Sheet::Files) => "Files and messages",
        Some(Sheet::Describe) => "Describe files",
        Some(Sheet::Mapping) => "Map columns",
        Some(Sheet::Shortcuts) => "Keyboard shortcuts",
        Some(Sheet::Share) => "Share",
        Some(Sheet::Append) => "Add to an existing table",
        Some(Sheet::Log) => "Log of a run",
        Some(Sheet::Palette) => "Search",
        Some(Sheet::Address) => "Open an address",
        Some(Sheet::Connect(_)) => "Connect to a Prometheus server",
        Some(Sheet::Synthesize) => "Synthesise a scaled trace",
        None => "",
    };
    let class = move || match store.sheet.get() {
        Some(Sheet::Files | Sheet::Describe | Sheet::Mapping) => "sheet drawer",
        Some(Sheet::Log) => "sheet log",
        Some(Sheet::Palette) => "sheet palette",
        Some(Sheet::Shortcuts | Sheet::Share | Sheet::Append | Sheet::Address | Sheet::Connect(_) | Sheet::Synthesize) | None => {
            "sheet"
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class=class
            aria-label=name
            on:close=move |_| {
                // The event comes late: another sheet may have been opened meanwhile.
                if dialog.get_untracked().is_none_or(|dialog| !dialog.open()) {
                    store.sheet.set(None);
                }
            }
            on:click=move |event| {
                // A click on the backdrop lands on the dialog itself, outside its box. One on what has opened this sheet was inside
                // the box of another.
                let Some(dialog) = dialog.get_untracked() else { return };
                let own: &web_sys::EventTarget = dialog.as_ref();
                if event.target().as_ref() != Some(own) {
                    return;
                }
                let bounds = dialog.get_bounding_client_rect();
                let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
                let pointed = event.detail() > 0;
                if pointed && !(bounds.left()..=bounds.right()).contains(&x) | !(bounds.top()..=bounds.bottom()).contains(&y) {
                    store.sheet.set(None);
                }
            }
        >
            <Show when=move || store.sheet.get().is_some()>
                <header class="sheet-head">
                    <h2>{name}</h2>
                    <button type="button" class="quiet" aria-label="Close" on:click=move |_| store.sheet.set(None)>"×"</button>
                </header>
                {move || match store.sheet.get() {
                    Some(Sheet::Files) => view! { <Files/> }.into_any(),
                    Some(Sheet::Mapping) => view! { <MapColumns/> }.into_any(),
                    Some(Sheet::Describe) => view! { <Describe/> }.into_any(),
                    Some(Sheet::Shortcuts) => view! { <Shortcuts/> }.into_any(),
                    Some(Sheet::Share) => view! { <Share/> }.into_any(),
                    Some(Sheet::Append) => view! { <Append/> }.into_any(),
                    Some(Sheet::Log) => view! { <RunLog/> }.into_any(),
                    Some(Sheet::Palette) => view! { <Palette/> }.into_any(),
                    Some(Sheet::Address) => view! { <OpenAddress/> }.into_any(),
                    Some(Sheet::Connect(between)) => view! { <Connect between/> }.into_any(),
                    Some(Sheet::Synthesize) => view! { <Synthesize/> }.into_any(),
                    None => ().into_any(),
                }}
            </Show>
        </dialog>
    }
}

#[component]
fn Shortcuts() -> impl IntoView {
    let line = |key: &'static str, words: &'static str| view! { <tr><th scope="row"><kbd>{key}</kbd></th><td>{words}</td></tr> };
    view! {
        <table class="shortcuts">
            <tbody>
                {SHORTCUTS.iter().map(|shortcut| line(shortcut.key, shortcut.words)).collect_view()}
                {line("← → ↑ ↓", "On a chart: move between points")}
                {line("Enter", "On a chart: pin the point's details")}
                {line("drag", "On a chart: zoom; double-click to reset")}
                {line("Esc", "Close the topmost dialog, panel or zoom")}
            </tbody>
        </table>
    }
}

/// Another dashboard's table, picked to be completed with what is shown.
#[component]
fn Append() -> impl IntoView {
    let store = expect_context::<Store>();
    let table = move |export: &'static Export| {
        view! {
            <label class="append-table">
                {export.label}
                <input
                    type="file"
                    accept=".csv,.tsv,.txt"
                    on:change:target=move |event| {
                        let picked = event.target().files().map(|list| files::picked(&list)).unwrap_or_default();
                        if let Some((name, content)) = picked.into_iter().next() {
                            store.append(export.key, name, &content);
                            store.sheet.set(None);
                        }
                    }
                />
            </label>
        }
    };
    let rows = move || store.model.with(|model| model.as_ref().map_or(0, |model| model.total));
    view! {
        <p>
            {move || format!("Pick the table to add to: the {} shown are appended as rows, and you download the whole table. ", plural(rows() as u64, "measurement"))}
            "Existing columns, rows and their order stay; rows that are already in it are not added again."
        </p>
        {EXPORTS.iter().filter(|export| matches!(export.takes, Takes::Consolidated(_))).map(table).collect::<Vec<_>>()}
        <p class="hint">"Where files do not state model, version, accelerator or TP, add them first: “describe” in the list of files."</p>
        <p class="side-steps">
            <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Files))>"List of files"</button>
        </p>
    }
}
