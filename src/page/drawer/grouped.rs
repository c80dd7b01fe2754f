//! The findings of all files, similar ones grouped, most severe first.

use leptos::prelude::*;

use super::finding;
use crate::engine::findings::{Case, Group, group, json};
use crate::page::clipboard;
use crate::page::files::FileEntry;
use crate::page::store::Store;

/// Places of a group that are listed.
const PLACES: usize = 100;

/// Every group of findings, and their download.
#[component]
pub fn GroupedFindings() -> impl IntoView {
    let store = expect_context::<Store>();
    let groups = move || store.files.with(|files| group(files.iter().flat_map(FileEntry::reports)));
    let download = move |_| {
        let text = store.files.with_untracked(|files| json(files.iter().flat_map(FileEntry::reports)));
        clipboard::download("inferscope-findings.json", "application/json", &text.into());
    };
    view! {
        <p class="side-steps">
            <button type="button" on:click=download>"Download as JSON"</button>
        </p>
        <ul class="findings groups">{move || groups().into_iter().map(one).collect_view()}</ul>
        <Show when=move || groups().is_empty()>
            <p class="hint">"No errors or warnings; nothing was skipped."</p>
        </Show>
    }
}

fn one(group: Group) -> impl IntoView {
    let Group { severity, message, hint, cases } = group;
    let total = cases.len();
    let first = cases.first().map(|case| format!("{}, {}", case.path, case.place));
    let rest = (total > 1).then(|| {
        let line = |Case { path, place, message }: Case| view! { <li><span class="place">{format!("{path}, {place}")}</span> ": " {message}</li> };
        let listed = cases.into_iter().take(PLACES).map(line).collect_view();
        let more = total.saturating_sub(PLACES);
        view! {
            <details>
                <summary>{format!("in {total} places")}</summary>
                <ul class="cases">{listed}</ul>
                {(more > 0).then(|| view! { <p class="hint">{format!("{more} more are in the JSON.")}</p> })}
            </details>
        }
    });
    view! { <li>{finding(severity, first, message, hint)} {rest}</li> }
}
