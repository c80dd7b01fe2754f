//! The files drawer: every file with what was found in it, and what can be done about it.

use leptos::prelude::*;

use super::files::{FileEntry, Status};
use super::picker::{Choice, Picker};
use super::store::Store;
use crate::engine::FileReport;
use crate::format::{FORMATS, by_id};
use crate::record::Severity;

/// Findings of one file that are listed before “all”.
const FEW: usize = 5;

/// How many findings of some severity there are.
pub fn count(files: &[FileEntry], severity: Severity) -> usize {
    let of = |report: &FileReport| report.diagnostics.iter().filter(|finding| finding.severity == severity).count();
    let failed = files.iter().filter(|file| severity == Severity::Error && matches!(file.status, Status::Failed(_))).count();
    files.iter().filter_map(FileEntry::report).map(of).sum::<usize>() + failed
}

/// The drawer's inside.
#[component]
pub fn Files() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <ul class="files">
            <For
                each=move || store.files.get()
                key=|file| (file.id.0, std::mem::discriminant(&file.status))
                let:file
            >
                <FileBox file/>
            </For>
        </ul>
        <Show when=move || store.files.with(Vec::is_empty)>
            <p class="hint">"No file is loaded. Drop files or folders anywhere on the page."</p>
        </Show>
        <p class="hint">"Files are read in your browser. Nothing is uploaded."</p>
    }
}

#[component]
fn FileBox(file: FileEntry) -> impl IntoView {
    let store = expect_context::<Store>();
    let id = file.id;
    let progress = Memo::new(move |_| {
        store.files.with(|files| match files.iter().find(|file| file.id == id).map(|file| &file.status) {
            Some(Status::Reading(fraction)) => *fraction,
            _ => 0.0,
        })
    });
    let formats = Signal::derive(move || {
        let as_found = Choice { label: "as its content says".to_owned(), ..Choice::default() };
        let known = FORMATS.iter().map(|format| Choice {
            key: format.id().to_owned(),
            label: format.label().to_owned(),
            ..Choice::default()
        });
        std::iter::once(as_found).chain(known).collect::<Vec<_>>()
    });
    let state = match &file.status {
        Status::Waiting => view! { <p class="hint">"Waiting"</p> }.into_any(),
        Status::Reading(_) => view! {
            <p class="reading">
                <progress max="1" prop:value=progress aria-label="Reading"></progress>
                <span>{move || format!("{:.0}%", progress.get() * 100.0)}</span>
                <button type="button" on:click=move |_| store.cancel(id)>"Cancel"</button>
            </p>
        }
        .into_any(),
        Status::Cancelled => view! {
            <p class="hint">"Cancelled. " <button type="button" class="quiet" on:click=move |_| store.reread(id, None)>"Read it"</button></p>
        }
        .into_any(),
        Status::Failed(reason) => view! {
            <div class="finding error">
                <p>{format!("The program that read it stopped: {reason}")}</p>
                <p class="hint">"It may be too large for this browser's memory. Other files are not affected. Please report it."</p>
            </div>
        }
        .into_any(),
        Status::Read(report) => view! { <Report report=(**report).clone()/> }.into_any(),
    };
    let name = file.label.clone().unwrap_or_else(|| file.path.clone());
    let path = file.label.is_some().then(|| file.path.clone());
    view! {
        <li class="file" data-path=file.path.clone()>
            <header>
                <h3>{name}</h3>
                <Picker
                    id=format!("read-as-{}", id.0)
                    label="Read as"
                    text="read as …"
                    choices=formats
                    on_take=Callback::new(move |key: String| store.reread(id, Some(key).filter(|key| !key.is_empty())))
                />
                <button type="button" class="quiet" on:click=move |_| store.remove(&[id])>"remove"</button>
            </header>
            {path.map(|path| view! { <p class="hint">{path}</p> })}
            {state}
        </li>
    }
}

#[component]
fn Report(report: FileReport) -> impl IntoView {
    let format = report.format.as_deref().and_then(by_id).map(|format| format.label());
    let mut facts: Vec<String> = format.map(str::to_owned).into_iter().collect();
    facts.extend(match (&report.tool, &report.tool_version) {
        (Some(tool), Some(version)) => Some(format!("{tool} {version}")),
        (Some(tool), None) => Some(tool.clone()),
        (None, _) => None,
    });
    facts.extend(report.schema.clone());
    if format.is_some() {
        facts.push(format!("{} measurements at {} loads", report.measurements, report.loads.len()));
    } else {
        facts.push("not recognised".to_owned());
    }
    let findings = StoredValue::new(report.diagnostics);
    let all = RwSignal::new(false);
    let total = findings.with_value(Vec::len);
    let listed = move || {
        let mut sorted = findings.get_value();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        sorted.truncate(if all.get() { usize::MAX } else { FEW });
        sorted
    };
    view! {
        <p class="facts">{facts.join(" · ")}</p>
        <ul class="findings">
            {move || {
                listed()
                    .into_iter()
                    .map(|finding| {
                        let (class, word) = match finding.severity {
                            Severity::Error => ("finding error", "Error"),
                            Severity::Warning => ("finding warning", "Warning"),
                            Severity::Info => ("finding info", "Note"),
                        };
                        let hint = (!finding.hint.is_empty()).then(|| view! { <p class="hint">{finding.hint.clone()}</p> });
                        view! {
                            <li class=class>
                                <p><strong>{word}</strong> " " <span class="place">{finding.place.to_string()}</span> ": " {finding.message.clone()}</p>
                                {hint}
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
        <Show when=move || { total > FEW && !all.get() }>
            <button type="button" class="quiet" on:click=move |_| all.set(true)>{format!("all {total} findings")}</button>
        </Show>
    }
}
