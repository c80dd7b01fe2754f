//! Sharing: what goes to another person is gathered from the engine, then becomes a link, a bundle or a report.

use std::collections::BTreeSet;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::Store;
use super::answers::has_bytes;
use crate::catalog::number::plural;
use crate::engine::bundle::{MANIFEST, Manifest, ORIGINALS, Original, PackedTable, TABLES};
use crate::engine::protocol::{ExportRef, Exported, Purpose};
use crate::engine::{CELLS, PACKED};
use crate::page::address::History;
use crate::page::files::{Content, FileEntry};
use crate::page::{clipboard, report, zip};
use crate::record::Kind;
use crate::state::{ViewState, link};
use crate::view;

/// Records on their way into a bundle or a report.
#[derive(Default)]
pub(super) struct Parcel {
    /// The answers that are still to come.
    awaited: usize,
    /// Whether the original files come, too.
    originals: bool,
    /// The view, as the engine says it; empty for what a visit opens on.
    link: String,
    /// The tables by file name: Parquet of a bundle, packed CSV of a report.
    tables: Vec<(String, JsValue)>,
    /// Whether part of it is from before names were hidden, or shown again.
    other: bool,
    /// The table on the screen, of a report.
    cells: JsValue,
    /// What is left out, and why.
    notes: Vec<String>,
}

impl Store {
    /// Makes the link that carries the shown measurements; it arrives in `data_link`.
    pub fn pack(self) {
        self.data_link.set(None);
        self.export(ExportRef::of(PACKED), Purpose::Link);
    }

    /// Hides names of people and hosts in all that is shown, or shows them again.
    pub fn hide_names(self, hide: bool) {
        if self.anonymous.get_untracked() != hide {
            self.anonymous.set(hide);
            self.data_link.set(None);
            self.show();
        }
    }

    /// Saves a bundle: all records, the view, and the original files if wanted.
    pub fn save_bundle(self, originals: bool) {
        // What files say beside their records was applied to them.
        let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Context);
        let kinds = kinds.map(|kind| ExportRef { all_of: Some(kind), ..ExportRef::of("parquet") });
        self.gather(kinds.collect(), originals, Purpose::Bundle);
    }

    /// Saves a report: what is shown as a page of its own, with the records of its view.
    pub fn save_report(self) {
        let of = self.model.with_untracked(|model| model.as_ref().and_then(|model| model.of));
        let view = view::about(&self.state.with_untracked(|state| state.view.clone()));
        let others = view.map(|view| view.extra_kinds).unwrap_or_default();
        let kinds: BTreeSet<Kind> = of.into_iter().chain(others.iter().copied()).collect();
        let kinds = kinds.into_iter().map(|kind| ExportRef { all_of: Some(kind), ..ExportRef::of(PACKED) });
        self.gather(kinds.chain([ExportRef::of(CELLS)]).collect(), false, Purpose::Report);
    }

    fn gather(self, parts: Vec<ExportRef>, originals: bool, purpose: Purpose) {
        if self.parcel.with_value(|parcel| parcel.awaited > 0) {
            return self.toast("The file before is still being written.", None);
        }
        self.toast("The file is being written.", None);
        self.parcel.update_value(|parcel| *parcel = Parcel { awaited: parts.len(), originals, ..Parcel::default() });
        parts.into_iter().for_each(|part| self.export(part, purpose));
    }

    /// Takes records for what is being made, and makes it once all are there.
    pub(super) fn take_part(self, purpose: Purpose, export: Exported, content: &JsValue) {
        let mut whole = None;
        self.parcel.update_value(|parcel| {
            if parcel.awaited == 0 {
                // It was given up.
                return;
            }
            parcel.other |= export.anonymous != self.anonymous.get_untracked();
            if export.name.is_empty() {
                parcel.cells = content.clone();
            } else {
                parcel.link = export.link;
            }
            if has_bytes(content) && !export.name.is_empty() {
                parcel.tables.push((export.name, content.clone()));
            }
            parcel.notes.extend(Some(export.note).filter(|note| !note.is_empty()));
            parcel.awaited -= 1;
            if parcel.awaited == 0 {
                whole = Some(std::mem::take(parcel));
            }
        });
        let Some(parcel) = whole else { return };
        if parcel.other {
            return self.toast("The page was still being drawn. Please save it once more.", None);
        }
        if parcel.tables.is_empty() && parcel.notes.is_empty() {
            return self.toast("There are no records to save.", None);
        }
        match purpose {
            Purpose::Report => self.finish_report(parcel),
            Purpose::Bundle | Purpose::Download | Purpose::Copy | Purpose::Link => self.finish_bundle(parcel),
        }
    }

    fn finish_bundle(self, parcel: Parcel) {
        let mut manifest = Manifest { notice: untrack(|| self.deployment_notice()), ..Manifest::of(&parcel.link) };
        let mut originals: Vec<(String, JsValue)> = Vec::new();
        if parcel.originals {
            let files: Vec<FileEntry> =
                self.files.with_untracked(|files| files.iter().filter(|file| file.is_own()).cloned().collect());
            for (at, file) in files.into_iter().enumerate() {
                // Two files can have the same path, and two members of an archive must not.
                let member = format!("{ORIGINALS}{}/{}", at + 1, file.name());
                originals.push((member.clone(), file.content.beside()));
                let FileEntry { path, read_as, requests, .. } = file;
                manifest.originals.push(Original { member, path, read_as, requests });
            }
        }
        let manifest = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        let tables = parcel.tables.into_iter().map(|(name, content)| (format!("{TABLES}{name}"), content));
        let files: Vec<(String, JsValue)> =
            std::iter::once((MANIFEST.to_owned(), manifest.into())).chain(tables).chain(originals).collect();
        self.pending.update(|pending| *pending += 1);
        leptos::task::spawn_local(async move {
            let count = files.len() - 1;
            match zip::pack(files).await {
                Ok(archive) => {
                    clipboard::save("inferscope.zip", &archive);
                    let files = plural(count as u64, "file");
                    self.toast(&format!("Saved as inferscope.zip ({files}). Dropped on any Inferscope, it shows this."), None);
                }
                Err(reason) => {
                    let text = format!(
                        "The bundle could not be written: {reason}. If a file was changed or moved since it was dropped, drop it again."
                    );
                    self.toast(&text, None);
                }
            }
            self.pending.update(|pending| *pending -= 1);
        });
    }

    fn finish_report(self, parcel: Parcel) {
        let text = |content: &JsValue| String::from_utf8(js_sys::Uint8Array::new(content).to_vec()).unwrap_or_default();
        let tables = parcel.tables.iter().map(|(name, content)| PackedTable { name: name.clone(), packed: text(content) });
        let notice = untrack(|| self.deployment_notice());
        let manifest = Manifest { tables: tables.collect(), notice, ..Manifest::of(&parcel.link) };
        self.pending.update(|pending| *pending += 1);
        leptos::task::spawn_local(async move {
            let rows = if has_bytes(&parcel.cells) {
                serde_json::from_str(&text(&parcel.cells)).unwrap_or_default()
            } else {
                Vec::new()
            };
            report::save(self, manifest, rows, parcel.notes).await;
            self.pending.update(|pending| *pending -= 1);
        });
    }

    /// Gives up what is being made: whoever was to bring its records has ended.
    pub(super) fn drop_parcel(self) {
        self.parcel.update_value(|parcel| *parcel = Parcel::default());
    }

    /// Whether a bundle can have the original files: all of them are on this computer. And their size in bytes.
    pub fn originals(self) -> Option<f64> {
        self.files.with(|files| {
            let own: Vec<&FileEntry> = files.iter().filter(|file| file.is_own()).collect();
            let all_here = !own.is_empty() && own.iter().all(|file| matches!(file.content, Content::Blob(_)));
            all_here.then(|| own.iter().map(|file| file.content.size()).sum())
        })
    }

    /// Shows the view that a bundle or a report brings.
    pub(super) fn bring_view(self, brought: &str) {
        let (state, notes) = link::decode(brought);
        let (sources, live, local) = self.state.with_untracked(|state| (state.sources.clone(), state.live.clone(), state.local));
        self.view_is_open.set_value(false);
        self.put(History::Push, ViewState { sources, live, local, ..state });
        self.link_notes.update(|all| all.extend(notes));
    }
}
