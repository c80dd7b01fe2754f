//! The filter rail: one facet per dimension; each value shows how many records it would leave.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::address::History;
use super::label::Label;
use super::limits::Limits;
use super::store::Store;
use crate::catalog::dimensions;
use crate::record::Kind;
use crate::state::ViewState;
use crate::view_model::{Facet, FacetValue, ViewModel};

/// Values from which on a facet has a search of its own.
const SEARCHED: usize = 9;

/// The rail of filters.
#[component]
pub fn Rail() -> impl IntoView {
    let store = expect_context::<Store>();
    // The rail comes a task after the picture, so that neither keeps the page from answering.
    let ready = RwSignal::new(false);
    gloo_timers::callback::Timeout::new(0, move || {
        ready.try_set(true);
    })
    .forget();
    let keys = Memo::new(move |_| {
        if !ready.get() {
            return (Vec::new(), Vec::new());
        }
        let facets = store.model.with(|model| model.as_ref().map(|model| model.facets.clone()).unwrap_or_default());
        let (open, folded): (Vec<Facet>, Vec<Facet>) = facets.into_iter().partition(|facet| facet.open);
        let keys = |facets: Vec<Facet>| facets.into_iter().map(|facet| facet.key).collect::<Vec<_>>();
        (keys(open), keys(folded))
    });
    // An SLO means nothing for samples, settings or published results; limits that are set can be removed everywhere.
    let limits = Memo::new(move |_| {
        let kind = store.model.with(|model| model.as_ref().map(ViewModel::kind));
        kind.is_none_or(Kind::is_served) || store.state.with(|state| !state.slo.is_empty())
    });
    view! {
        <nav class="rail" aria-label="Filters">
            <Show when=move || limits.get()>
                <Limits/>
            </Show>
            <For each=move || keys.get().0 key=|key| key.clone() let:key>
                <FacetBox key open=true/>
            </For>
            <Show when=move || keys.with(|(_, folded)| !folded.is_empty())>
                <details class="rail-more">
                    <summary>"More dimensions"</summary>
                    <For each=move || keys.get().1 key=|key| key.clone() let:key>
                        <FacetBox key open=false/>
                    </For>
                </details>
            </Show>
        </nav>
    }
}

/// A value as a facet shows it.
pub fn shown_value(value: &str) -> String {
    if value.is_empty() { "not stated".to_owned() } else { value.to_owned() }
}

#[component]
fn FacetBox(key: String, open: bool) -> impl IntoView {
    let store = expect_context::<Store>();
    let key = StoredValue::new(key);
    let facet = Memo::new(move |_| {
        store.model.with(|model| model.as_ref()?.facets.iter().find(|facet| key.with_value(|key| *key == facet.key)).cloned())
    });
    let chosen =
        move || facet.with(|facet| facet.as_ref().map_or(0, |facet| facet.values.iter().filter(|value| value.chosen).count()));
    let label = dimensions::label(&key.get_value()).to_owned();
    let searched = Memo::new(move |_| facet.with(|facet| facet.as_ref().is_some_and(|facet| facet.distinct >= SEARCHED)));
    let hidden =
        move || facet.with(|facet| facet.as_ref().map_or(0, |facet| facet.distinct - facet.values.len().min(facet.distinct)));
    let more = move || {
        let searching =
            store.searches.with(|searches| key.with_value(|key| searches.get(key).is_some_and(|text| !text.is_empty())));
        let none = facet.with(|facet| facet.as_ref().is_some_and(|facet| facet.values.iter().all(|value| value.chosen)));
        match (searching, none) {
            (false, _) => format!("{} more: type to filter", hidden()),
            (true, true) => "No match".to_owned(),
            (true, false) => String::new(),
        }
    };
    let set = move |values: BTreeSet<String>| store.change(History::Push, |state| state.choose(&key.get_value(), values));
    // A folded facet has no lines in the document: twenty of them with a hundred values each would cost a frame.
    let opened = RwSignal::new(open);
    view! {
        <div class="facet-box">
        <details class="facet" open=open data-facet=key.get_value() on:toggle:target=move |event| opened.set(event.target().open())>
            <summary>
                <span class="facet-name">{label.clone()}</span>
                <Show when=move || { chosen() > 0 }>
                    <span class="facet-chosen">{chosen}</span>
                </Show>
            </summary>
            <Show when=move || opened.get() && searched.get()>
                <input
                    type="search"
                    class="facet-search"
                    placeholder="Search"
                    aria-label=format!("Search {}", dimensions::label(&key.get_value()))
                    on:input:target=move |event| {
                        store.searches.update(|searches| {
                            searches.insert(key.get_value(), event.target().value());
                        });
                        store.show();
                    }
                />
            </Show>
            <ul class="facet-values">
                <For
                    each=move || if opened.get() { facet.get().map(|facet| facet.values).unwrap_or_default() } else { Vec::new() }
                    key=|value| value.value.clone()
                    let:value
                >
                    <FacetLine key facet value=value.value/>
                </For>
            </ul>
            <Show when=move || { hidden() > 0 }>
                <p class="facet-hidden">{move || more()}</p>
            </Show>
        </details>
        // Beside the summary, not in it: a summary is a control itself.
        <Show when=move || { chosen() > 0 }>
            <button
                type="button"
                class="quiet facet-all"
                aria-label=format!("All values of {}", dimensions::label(&key.get_value()))
                on:click=move |_| set(BTreeSet::new())
            >
                "all"
            </button>
        </Show>
        </div>
    }
}

/// One value. It lives as long as the value is listed, so that the keyboard stays on it while counts change.
#[component]
fn FacetLine(key: StoredValue<String>, facet: Memo<Option<Facet>>, value: String) -> impl IntoView {
    let store = expect_context::<Store>();
    let shown = shown_value(&value);
    let (title, name) = (shown.clone(), shown.clone());
    let (raw, only) = (value.clone(), value.clone());
    let now = Memo::new(move |_| {
        let find = |facet: &Facet| facet.values.iter().find(|other| other.value == value).cloned();
        facet.with(|facet| facet.as_ref().and_then(find)).unwrap_or(FacetValue { value: String::new(), count: 0, chosen: false })
    });
    view! {
        <li class="facet-line" class:zero=move || now.with(|now| now.count == 0)>
            <label title=title>
                <input
                    type="checkbox"
                    prop:checked=move || now.with(|now| now.chosen)
                    data-value=raw.clone()
                    aria-label=move || format!("{name} {}", now.with(|now| now.count))
                    on:change=move |_| store.change(History::Push, |state| state.toggle(&key.get_value(), &raw))
                />
                <Label class="facet-value" text=shown/>
                <span class="facet-count">{move || now.with(|now| now.count)}</span>
            </label>
            <button
                type="button"
                class="quiet only"
                title="Only this value"
                on:click=move |_| {
                    store.change(History::Push, |state| state.choose(&key.get_value(), BTreeSet::from([only.clone()])));
                }
            >
                "only"
            </button>
        </li>
    }
}

/// The active filters, each with a button that removes it.
#[component]
pub fn Chips() -> impl IntoView {
    let store = expect_context::<Store>();
    let selection = Memo::new(move |_| store.settled().selection());
    let remove = move |key: &str| store.change(History::Push, |state| state.choose(key, BTreeSet::new()));
    view! {
        <Show when=move || selection.with(|selection| !selection.is_empty())>
            <ul class="chips" aria-label="Filters in force">
                {move || {
                    selection
                        .get()
                        .into_iter()
                        .map(|(key, values)| {
                            let values: Vec<String> = values.iter().map(|value| shown_value(value)).collect();
                            let shown = super::files::enumerate(&values);
                            let label = dimensions::label(&key).to_owned();
                            let name = format!("Remove filter {label}: {shown}");
                            view! {
                                <li class="chip">
                                    <span class="chip-name">{label}</span>
                                    <span class="chip-value" title=values.join(", ")><Label text=shown/></span>
                                    <button type="button" class="chip-remove" aria-label=name on:click=move |_| remove(&key)>
                                        "×"
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()
                }}
                <li>
                    <button
                        type="button"
                        class="quiet"
                        on:click=move |_| store.change(History::Push, ViewState::clear_filters)
                    >
                        "clear all"
                    </button>
                </li>
            </ul>
        </Show>
    }
}
