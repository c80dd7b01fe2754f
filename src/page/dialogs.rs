//! Dialogs: drawer, palette, shortcuts, share, logs. One native dialog with one content at a time.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::clipboard;
use super::drawer::{Describe, Files, MapColumns};
use super::files::{self, Content};
use super::keys::SHORTCUTS;
use super::live::Connect;
use super::log::RunLog;
use super::palette::Palette;
use super::report;
use super::store::{Sheet, Store};
use super::synthesis::Synthesize;
use crate::catalog::exports::{EXPORTS, Export, Takes};
use crate::catalog::number::plural;
use crate::engine::protocol::ExportRef;

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
        Some(Sheet::Connect(_)) => "Connect to a Prometheus server",
        Some(Sheet::Synthesize) => "Synthesise a scaled trace",
        None => "",
    };
    let class = move || match store.sheet.get() {
        Some(Sheet::Files | Sheet::Describe | Sheet::Mapping) => "sheet drawer",
        Some(Sheet::Log) => "sheet log",
        Some(Sheet::Palette) => "sheet palette",
        Some(Sheet::Shortcuts | Sheet::Share | Sheet::Append | Sheet::Connect(_) | Sheet::Synthesize) | None => "sheet",
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
                // A click on the backdrop lands on the dialog itself, outside its box.
                let Some(bounds) = dialog.get_untracked().map(|dialog| dialog.get_bounding_client_rect()) else { return };
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

/// The longest link that chat and mail programs pass on whole, in characters.
const LONGEST_LINK: usize = 32_000;

#[component]
fn Share() -> impl IntoView {
    let store = expect_context::<Store>();
    let local = move || {
        // Of the measurements that the filters leave, which are what the link carries.
        let shown = store.model.with(|model| {
            let paths = model.as_ref()?.facets.iter().find(|facet| facet.key == "path")?;
            Some(paths.values.iter().filter(|value| value.count > 0).map(|value| value.value.clone()).collect::<Vec<_>>())
        });
        let is_shown = |file: &files::FileEntry| {
            let has = |paths: &Vec<String>| file.reports().iter().any(|report| paths.contains(&report.path));
            shown.as_ref().is_none_or(has)
        };
        let local = |file: &&files::FileEntry| matches!(file.content, Content::Blob(_)) && file.records() > 0 && is_shown(file);
        store.files.with(|files| files.iter().filter(local).map(|file| file.path.clone()).collect::<Vec<_>>())
    };
    // Data of this computer can only be shared inside the link, or as a file beside it.
    if !store.files.with_untracked(|files| files.iter().all(|file| !matches!(file.content, Content::Blob(_)))) {
        store.pack();
    }
    let with_data = Memo::new(move |_| store.data_link.get().filter(|link| link.len() <= LONGEST_LINK));
    // The address is read when the dialog opens: it always equals the screen.
    let href = super::address::href();
    let link =
        Memo::new(move |_| if local().is_empty() { href.clone() } else { with_data.get().unwrap_or_else(|| href.clone()) });
    view! {
        <p><input type="text" class="share-link" readonly aria-label="Link" prop:value=link/></p>
        <p class="side-steps">
            <button type="button" class="primary" on:click=move |_| clipboard::copy(store, link.get_untracked(), "Link copied.".to_owned())>"Copy link"</button>
            <button type="button" on:click=move |_| store.download(ExportRef::of("csv"))>"Download the shown measurements"</button>
        </p>
        <h3>"Report"</h3>
        <p class="side-steps">
            <button type="button" on:click=move |_| report::copy_markdown(store)>"Copy for chat (Markdown)"</button>
            <button type="button" on:click=move |_| report::copy_html(store)>"Copy for a wiki, with pictures"</button>
            <button type="button" on:click=move |_| report::save_html(store)>"Save as HTML"</button>
        </p>
        {move || {
            let local = files::enumerate(&local());
            if local.is_empty() {
                view! { <p class="hint">"The link opens this view with its data for anyone who can reach the data's address."</p> }.into_any()
            } else if with_data.get().is_some() {
                let text = format!(
                    "The link carries this view and the shown measurements of {local} inside itself: whoever has the link has the figures. No server stores them.",
                );
                view! { <p class="notice">{text}</p> }.into_any()
            } else {
                let text = format!(
                    "The link carries the view, not the data: too many measurements are shown for a link, and {local} never left this computer. Send the file along; whoever opens the link drops it on the page and sees this. Or filter down to what matters.",
                );
                view! { <p class="notice">{text}</p> }.into_any()
            }
        }}
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
