//! A view on the page: kinds of records, filters, controls, the sentence, panels, tables; or why there is nothing to see.

use leptos::prelude::*;

use super::address::History;
use super::asks::Asks;
use super::facets::Chips;
use super::grids::Grids;
use super::legend::Legend;
use super::parts::{Cards, Controls, TextLink, mark};
use super::store::Store;
use super::synthesis::SynthesizeStep;
use super::table::RowTable;
use super::tabs::Modes;
use super::toolbar::{PanelBox, Split};
use crate::catalog::number;
use crate::record::Kind;
use crate::state::settings::Example;
use crate::view::{About, about};
use crate::view_model::{Empty, Panel, ViewModel};

/// So many panels stand in two rows, which share the screen; more are as tall as they need.
const IN_SIGHT: usize = 6;

/// A view: chips, sentence, controls, cards, panels with their legend, grids, table.
#[component]
pub fn Picture() -> impl IntoView {
    let store = expect_context::<Store>();
    let of = move |part: fn(&crate::view_model::ViewModel) -> String| {
        store.model.with(|model| model.as_ref().map(part).unwrap_or_default())
    };
    let notes = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.notes.clone()).unwrap_or_default()));
    let panels = Memo::new(move |_| store.model.with(|model| model.as_ref().map_or(0, |model| model.panels.len())));
    let named = Memo::new(move |_| {
        let wants_width = |panel: &Panel| panel.chart.y.ticks.as_deref().is_some_and(want_width);
        store.model.with(|model| model.as_ref().is_some_and(|model| model.panels.iter().any(wants_width)))
    });
    let cards_first = Memo::new(move |_| store.model.with(|model| model.as_ref().is_some_and(|model| model.cards_first)));
    let empty = Memo::new(move |_| store.model.with(|model| model.as_ref().and_then(|model| model.empty.clone())));
    view! {
        <div class="lead">
            <Kinds/>
            <div class="lead-line">
                <Modes/>
                <Chips/>
                <span class="grow"></span>
                <Show when=move || about(&store.settled().view).is_some_and(|view| view.splits)>
                    <Split/>
                </Show>
            </div>
            <Headline/>
            <div class="lead-line choices">
                <Controls/>
                <Asks/>
            </div>
            <SynthesizeStep/>
            <div class="lead-line">
                {move || {
                    store
                        .synthetic()
                        .words()
                        .map(|words| {
                            view! { <strong class="demo" title="Generated, not measured. Drop your own results anywhere.">{words}</strong> }
                        })
                }}
                <p class="sentence" role="status">{move || of(|model| model.sentence.clone())}</p>
                <Show when=move || notes.with(|notes| !notes.is_empty() && short(notes))>
                    <NoteList notes/>
                </Show>
                <Show when=move || notes.with(|notes| !short(notes))>
                    <details class="more-notes">
                        <summary>{move || number::plural(notes.with(Vec::len) as u64, "note")}</summary>
                        <NoteList notes/>
                    </details>
                </Show>
            </div>
        </div>
        <Show
            when=move || empty.with(Option::is_none)
            fallback=move || view! { <EmptyState empty/> }
        >
            <Show when=move || cards_first.get()>
                <Cards/>
            </Show>
            <Show when=move || { panels.get() > 0 }>
                <div class="panels" class:named=named class:many=move || { panels.get() > IN_SIGHT } data-panels=panels>
                    <For each=move || 0..panels.get() key=|index| *index let:index>
                        <PanelBox index/>
                    </For>
                </div>
            </Show>
            <Legend/>
            <Show when=move || !cards_first.get()>
                <Cards/>
            </Show>
        </Show>
        <Grids/>
        <RowTable/>
    }
}

/// The answer, and the steps that it suggests.
#[component]
fn Headline() -> impl IntoView {
    let store = expect_context::<Store>();
    let headline = Memo::new(move |_| store.model.with(|model| model.as_ref().and_then(|model| model.headline.clone())));
    let steps = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.steps.clone()).unwrap_or_default()));
    let step = move |(text, target): (String, String)| view! { <TextLink text href=Some(target)/> };
    let class = move || {
        let tone = headline.with(|headline| headline.as_ref().map(|headline| headline.tone).unwrap_or_default());
        format!("headline {}", mark(tone).1)
    };
    view! {
        <Show when=move || headline.with(Option::is_some)>
            <div class="headline-line">
                <p class=class role="status">
                    {move || headline.get().map(|headline| headline.text)}
                </p>
                {move || steps.get().into_iter().map(step).collect_view()}
            </div>
        </Show>
    }
}

/// Why there is nothing to see, and the step that helps.
#[component]
fn EmptyState(empty: Memo<Option<Empty>>) -> impl IntoView {
    let store = expect_context::<Store>();
    // Of what the view is about nothing is loaded: an example shows what it would look like.
    let example = move || {
        let kind = about(&store.settled().view)?.kind?;
        let loaded =
            store.model.with(|model| model.as_ref().is_some_and(|model| model.kinds.iter().any(|(one, _)| *one == kind)));
        let shows = |example: &Example| !loaded && example.kinds.contains(&kind);
        let example = store.config.with(|config| config.examples.iter().find(|example| shows(example)).cloned())?;
        Some(view! { <a class="button" href=example.link title=example.description>{format!("Example: {}", example.title)}</a> })
    };
    let body = move |empty: Empty| {
        let remedy = empty.remedy.map(|(name, state)| {
            view! { <button type="button" class="primary" on:click=move |_| store.put(History::Push, state.clone())>{name}</button> }
        });
        view! {
            <p>{empty.reason}</p>
            <p class="empty-steps">{remedy} {example()}</p>
        }
    };
    view! { <div class="empty" role="status">{move || empty.get().map(body)}</div> }
}

/// Notes up to this many characters in all stand beside the sentence; longer ones are folded under it.
const SHORT: usize = 160;

/// Whether bars beside these names want the whole width: a few with short names are read beside others.
fn want_width(names: &[String]) -> bool {
    const FEW: usize = 4;
    const SHORT: usize = 24;
    names.len() > FEW || names.iter().any(|name| name.chars().count() > SHORT)
}

fn short(notes: &[String]) -> bool {
    notes.iter().map(|note| note.chars().count()).sum::<usize>() <= SHORT
}

#[component]
fn NoteList(notes: Memo<Vec<String>>) -> impl IntoView {
    view! { <ul class="notes" aria-label="Notes">{move || notes.get().into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul> }
}

/// Whether a view shows whatever kind of records the reader chooses, of several.
fn offers(view: &About) -> bool {
    view.kind.is_none() && view.accepted_kinds.len() != 1
}

/// What kinds of records are loaded, where there are several, and which is shown.
#[component]
fn Kinds() -> impl IntoView {
    let store = expect_context::<Store>();
    let kinds = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.kinds.clone()).unwrap_or_default()));
    let shown = move || store.model.with(|model| model.as_ref().map(ViewModel::kind));
    let one = move |(kind, count): (Kind, usize)| {
        view! {
            <button
                type="button"
                class="kind"
                aria-pressed=move || if shown() == Some(kind) { "true" } else { "false" }
                on:click=move |_| store.change(History::Push, |state| state.show_kind(kind))
            >
                {number::short(count as f64)} " " {if count == 1 { kind.label() } else { kind.plural() }}
            </button>
        }
    };
    view! {
        <Show when=move || kinds.with(|kinds| kinds.len() > 1) && about(&store.settled().view).is_some_and(offers)>
            <div class="kinds" role="group" aria-label="Kind of records">{move || kinds.get().into_iter().map(one).collect_view()}</div>
        </Show>
    }
}
