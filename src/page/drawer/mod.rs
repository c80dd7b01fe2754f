//! The files drawer: every file with its findings, and the findings of all files, grouped.

mod describe;
mod file;
mod grouped;
mod mapping;

use leptos::prelude::*;

use super::catalogue::{Offered, Refresh};
use super::files::{FileEntry, Status};
use super::kept::Kept;
use super::store::Store;
use crate::catalog::number::plural;
use crate::engine::FileReport;
use crate::engine::findings::{self, Totals};
use crate::record::Severity;
pub use describe::Describe;
use file::FileBox;
use grouped::GroupedFindings;
pub use mapping::MapColumns;

/// How many findings of some severity there are.
pub fn count(files: &[FileEntry], severity: Severity) -> usize {
    let of = |report: &FileReport| report.diagnostics.iter().filter(|finding| finding.severity == severity).count();
    let failed = files
        .iter()
        .filter(|file| severity == Severity::Error && matches!(file.status, Status::Failed(_) | Status::Unread(_)))
        .count();
    files.iter().flat_map(FileEntry::reports).map(of).sum::<usize>() + failed
}

/// One finding, or one group of them.
fn finding(severity: Severity, place: Option<String>, message: String, hint: String) -> impl IntoView {
    let (class, word) = match severity {
        Severity::Error => ("finding error", "Error"),
        Severity::Warning => ("finding warning", "Warning"),
        Severity::Info => ("finding info", "Note"),
    };
    let place = place.map(|place| view! { <span class="place">{place}</span> ": " });
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> });
    view! {
        <div class=class>
            <p><strong>{word}</strong> " " {place} {message}</p>
            {hint}
        </div>
    }
}

/// Dropped files that are no results: one line with their count, and their names on request.
#[component]
fn Asides() -> impl IntoView {
    let store = expect_context::<Store>();
    move || {
        let files = store.files.with(|files| files.iter().filter(|file| file.is_aside()).cloned().collect::<Vec<_>>());
        let mut totals = Totals::default();
        files.iter().flat_map(FileEntry::reports).for_each(|report| totals.add(report));
        let line = findings::asides(&totals.asides)?;
        let ids: Vec<_> = files.iter().map(|file| file.id).collect();
        let names = files.into_iter().map(|file| view! { <li>{file.path}</li> }).collect_view();
        Some(view! {
            <details class="asides">
                <summary>{line}</summary>
                <ul>{names}</ul>
                <button type="button" class="quiet" on:click=move |_| store.remove(&ids)>"remove them"</button>
            </details>
        })
    }
}

/// The drawer's inside.
#[component]
pub fn Files() -> impl IntoView {
    let store = expect_context::<Store>();
    let together = RwSignal::new(false);
    let findings = move || {
        store.files.with(|files| files.iter().flat_map(FileEntry::reports).map(|report| report.diagnostics.len()).sum::<usize>())
    };
    let part = move |name: &'static str, on: bool, number: Signal<usize>| {
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                aria-selected=move || if together.get() == on { "true" } else { "false" }
                on:click=move |_| together.set(on)
            >
                {move || format!("{name} ({})", number.get())}
            </button>
        }
    };
    let every = move |_| store.describe(describe::describable(store));
    // One file says it itself.
    let requests = move || {
        let of = |file: &FileEntry| (file.skipped_requests() > 0).then(|| (file.id, file.skipped_requests()));
        let (ids, counts): (Vec<_>, Vec<usize>) = store.files.with(|files| files.iter().filter_map(of).unzip());
        let label = format!("Load {}", plural(counts.iter().sum::<usize>() as u64, "single request"));
        (ids.len() > 1).then(|| view! { <button type="button" on:click=move |_| store.load_requests(&ids)>{label}</button> })
    };
    let number = Signal::derive(move || store.files.with(Vec::len));
    view! {
        <div class="parts">
            <div role="tablist" aria-label="Files or findings">
                {part("Files", false, number)}
                {part("Messages", true, Signal::derive(findings))}
            </div>
            <span class="grow"></span>
            <Refresh/>
            {requests}
            <button type="button" on:click=every>"Describe all"</button>
        </div>
        <Show when=move || together.get()>
            <GroupedFindings/>
        </Show>
        <div hidden=move || together.get()>
            <ul class="files">
                <For each=move || store.files.with(|files| files.iter().filter(|file| !file.is_aside()).cloned().collect::<Vec<_>>()) key=FileEntry::version let:file>
                    <FileBox file/>
                </For>
            </ul>
            <Asides/>
            <Offered/>
            <Show when=move || store.files.with(Vec::is_empty)>
                <p class="hint">"No file is loaded. Drop files or folders anywhere on the page."</p>
            </Show>
        </div>
        <p class="hint">"Files are read in your browser. Nothing is uploaded."</p>
        <Kept/>
    }
}
