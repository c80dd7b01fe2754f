//! The legend: every series with its mark. Hover highlights, click solos, shift-click toggles.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::address::History;
use super::label::Label;
use super::store::Store;
use crate::state::Shown;
use crate::view_model::{LegendEntry, Style};

/// Series from which on the legend has a search.
const SEARCHED: usize = 9;
/// Entries drawn at once; the search reaches the rest.
const MOST: usize = 60;

/// The legend.
#[component]
pub fn Legend() -> impl IntoView {
    let store = expect_context::<Store>();
    let search = RwSignal::new(String::new());
    let unfolded = RwSignal::new(false);
    let entries =
        Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.legend.clone()).unwrap_or_default()));
    let hidden = move || entries.with(|entries| entries.iter().filter(|entry| entry.style.is_none()).count());
    let listed = move || {
        let search = search.get().to_lowercase();
        let matches = |entry: &LegendEntry| entry.label.to_lowercase().contains(&search);
        let all = unfolded.get() || !search.is_empty();
        entries.get().into_iter().filter(|entry| (all || entry.style.is_some()) && matches(entry)).take(MOST).collect::<Vec<_>>()
    };
    let picked = move || store.state.with(|state| state.shown != Shown::Few);
    view! {
        <Show when=move || entries.with(|entries| !entries.is_empty())>
            <div class="legend" role="group" aria-label="Lines">
                <Show when=move || entries.with(|entries| entries.len() >= SEARCHED)>
                    <input
                        type="search"
                        class="legend-search"
                        placeholder="Search lines"
                        aria-label="Search lines"
                        on:input:target=move |event| search.set(event.target().value())
                    />
                </Show>
                <ul>
                    <For each=listed key=|entry| (entry.id.clone(), entry.label.clone(), entry.style.map(|style| (style.colour, style.shape)), entry.baseline) let:entry>
                        <Entry entry/>
                    </For>
                </ul>
                <Show when=move || { hidden() > 0 }>
                    <button type="button" class="quiet" aria-expanded=move || if unfolded.get() { "true" } else { "false" } on:click=move |_| unfolded.update(|open| *open = !*open)>
                        {move || if unfolded.get() { "fewer".to_owned() } else { format!("+{} more", hidden()) }}
                    </button>
                    <button type="button" class="quiet" on:click=move |_| store.change(History::Push, |state| state.shown = Shown::All)>"show all"</button>
                </Show>
                <Show when=picked>
                    <button type="button" class="quiet" on:click=move |_| store.change(History::Push, |state| state.shown = Shown::Few)>"reset lines"</button>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Entry(entry: LegendEntry) -> impl IntoView {
    let store = expect_context::<Store>();
    let id = StoredValue::new(entry.id.clone());
    let shown = entry.style.is_some();
    let take = move |shift: bool| {
        let on_screen: BTreeSet<String> = store.model.with_untracked(|model| {
            let legend = model.as_ref().map(|model| model.legend.as_slice()).unwrap_or_default();
            legend.iter().filter(|entry| entry.style.is_some()).map(|entry| entry.id.clone()).collect()
        });
        let id = id.get_value();
        store.change(History::Push, |state| {
            let alone = on_screen.len() == 1 && on_screen.contains(&id);
            state.shown = if shift || !shown {
                let mut ids = on_screen;
                if !ids.remove(&id) {
                    ids.insert(id);
                }
                if ids.is_empty() { Shown::Few } else { Shown::Only(ids) }
            } else if alone {
                Shown::Few
            } else {
                Shown::Only(BTreeSet::from([id]))
            };
        });
    };
    view! {
        <li>
            <button
                type="button"
                class="legend-entry"
                class:unshown=!shown
                aria-label=entry.label.clone()
                aria-pressed=if shown { "true" } else { "false" }
                title=format!("{} — click: only this line; shift-click: add or hide", entry.label)
                on:click=move |event| take(event.shift_key())
                on:pointerenter=move |_| store.emphasised.set(Some(id.get_value()))
                on:pointerleave=move |_| store.emphasised.set(None)
            >
                <Mark style=entry.style baseline=entry.baseline/>
                <Label class="legend-label" text=entry.label.clone()/>
            </button>
        </li>
    }
}

/// A series' mark: its symbol in its colour, or an empty ring while it is not shown.
#[component]
fn Mark(style: Option<Style>, baseline: bool) -> impl IntoView {
    let class = match style {
        None => "mark".to_owned(),
        Some(_) if baseline => "mark baseline".to_owned(),
        Some(style) => format!("mark series-{}", style.colour + 1),
    };
    let shape = match style.map(Style::symbol) {
        None => "M6 2 A4 4 0 1 0 6 10 A4 4 0 1 0 6 2 M6 3 A3 3 0 1 1 6 9 A3 3 0 1 1 6 3",
        Some(0) => "M6 2 A4 4 0 1 0 6 10 A4 4 0 1 0 6 2",
        Some(1) => "M2.5 2.5 H9.5 V9.5 H2.5 Z",
        Some(2) => "M6 1.5 L10.5 10 H1.5 Z",
        Some(3) => "M6 1 L11 6 L6 11 L1 6 Z",
        Some(4) => "M1.5 2 H10.5 L6 10.5 Z",
        Some(_) => "M4.5 1 H7.5 V4.5 H11 V7.5 H7.5 V11 H4.5 V7.5 H1 V4.5 H4.5 Z",
    };
    view! {
        <svg class=class viewBox="-4 0 20 12" width="20" height="12" aria-hidden="true">
            {style.map(|_| view! { <path class="mark-line" d="M-4 6 H16"/> })}
            <path d=shape/>
        </svg>
    }
}
