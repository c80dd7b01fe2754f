//! The parts of a view beside its charts: controls, KPI cards, and the links in them.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::address::History;
use super::picker::{self, Picker};
use super::store::{Sheet, Store};
use crate::runs::log;
use crate::state::link;
use crate::view_model::{Card, Control, Entry, Evidence, Tone, ViewModel};

/// A part of the picture, which changes only when its value does.
pub(super) fn part<T: PartialEq + Clone + Send + Sync + Default + 'static>(store: Store, of: fn(&ViewModel) -> T) -> Memo<T> {
    Memo::new(move |_| store.model.with(|model| model.as_ref().map(of).unwrap_or_default()))
}

/// The sign before a text of this tone, which says the verdict without its colour (the direction is the text's own sign), and
/// the CSS class for its colour.
pub(super) fn mark(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Plain => ("", ""),
        Tone::Better => ("✓ ", "tone better"),
        Tone::Worse => ("✗ ", "tone worse"),
        Tone::Similar => ("≈ ", "tone similar"),
        Tone::Doubt => ("~ ", "tone doubt"),
    }
}

/// A text that leads somewhere: a link inside the page changes the state, a log opens over it, any other opens a tab.
#[component]
pub fn TextLink(text: String, href: Option<String>) -> impl IntoView {
    let store = expect_context::<Store>();
    // A new tab or window is the browser's affair.
    let here = |event: &MouseEvent| {
        let here = !(event.ctrl_key() || event.meta_key() || event.shift_key());
        if here {
            event.prevent_default();
        }
        here
    };
    let Some(href) = href else { return view! { <span>{text}</span> }.into_any() };
    if let Some(address) = log::address(&href).map(str::to_owned) {
        let asked = address.clone();
        let follow = move |event: MouseEvent| {
            if here(&event) {
                store.log.set(asked.clone());
                store.sheet.set(Some(Sheet::Log));
            }
        };
        view! { <a href=address aria-haspopup="dialog" on:click=follow>{text}</a> }.into_any()
    } else if href.starts_with('?') {
        let query = href.clone();
        let follow = move |event: MouseEvent| {
            if here(&event) {
                store.follow(link::decode(&query).0);
            }
        };
        view! { <a href=href on:click=follow>{text}</a> }.into_any()
    } else {
        view! { <a href=href target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
    }
}

/// The view's controls, in one line.
#[component]
pub fn Controls() -> impl IntoView {
    let store = expect_context::<Store>();
    let keys = part(store, |model| model.controls.iter().map(|control| control.key.clone()).collect::<Vec<_>>());
    // In a narrow window they would fill the screen before the picture.
    let unfolded = RwSignal::new(false);
    view! {
        <Show when=move || keys.with(|keys| !keys.is_empty())>
            <button
                type="button"
                class="controls-fold"
                aria-expanded=move || if unfolded.get() { "true" } else { "false" }
                on:click=move |_| unfolded.update(|unfolded| *unfolded = !*unfolded)
            >
                {move || format!("{} {}", keys.with(Vec::len), if unfolded.get() { "options ▴" } else { "options ▾" })}
            </button>
            <div class="controls" class:unfolded=move || unfolded.get() role="group" aria-label="Controls of this view">
                <For each=move || keys.get() key=|key| key.clone() let:key>
                    <ControlBox key/>
                </For>
            </div>
        </Show>
    }
}

#[component]
fn ControlBox(key: String) -> impl IntoView {
    let store = expect_context::<Store>();
    let key = StoredValue::new(key);
    let control = Memo::new(move |_| {
        store
            .model
            .with(|model| model.as_ref()?.controls.iter().find(|control| key.with_value(|key| *key == control.key)).cloned())
    });
    let set = move |values: Vec<String>| store.change(History::Push, |state| state.set_option(&key.get_value(), values));
    let first =
        move || control.with(|control| control.as_ref().and_then(|control| control.values.first().cloned()).unwrap_or_default());
    let Some(Control { label, help, entry, .. }) = control.get_untracked() else { return ().into_any() };
    let body = match entry {
        Entry::Select(_) | Entry::MultiSelect(_) | Entry::Subset(_) => {
            let several = !matches!(entry, Entry::Select(_));
            let none = if matches!(entry, Entry::MultiSelect(_)) { "all" } else { "none" };
            let choices = move || {
                control.with(|control| match control.as_ref() {
                    Some(Control { entry: Entry::Select(choices) | Entry::MultiSelect(choices) | Entry::Subset(choices), values, .. }) => {
                        let line = |choice: &crate::view_model::Choice| picker::Choice {
                            key: choice.value.clone(),
                            label: choice.label.clone(),
                            hint: choice.hint.clone(),
                            chosen: values.contains(&choice.value),
                            ..picker::Choice::default()
                        };
                        choices.iter().map(line).collect()
                    }
                    _ => Vec::new(),
                })
            };
            let text = move || {
                let chosen: Vec<String> = choices().into_iter().filter(|choice| choice.chosen).map(|choice| choice.label).collect();
                if chosen.is_empty() { none.to_owned() } else { super::files::enumerate(&chosen) }
            };
            let take = Callback::new(move |value: String| {
                if let Some(control) = control.get_untracked() {
                    set(control.taking(&value));
                }
            });
            let id = format!("control-{}", key.get_value());
            view! { <Picker id label=label.clone() text=Signal::derive(text) choices=Signal::derive(choices) on_take=take several/> }.into_any()
        }
        Entry::Number { unit } => view! {
            <input
                type="number"
                min="0"
                step="any"
                aria-label=label.clone()
                data-control=key.get_value()
                prop:value=first
                on:change:target=move |event| set(Some(event.target().value()).filter(|text| !text.is_empty()).into_iter().collect())
            />
            <span class="unit">{unit}</span>
        }
        .into_any(),
        Entry::Text { placeholder } => view! {
            <input
                type="search"
                aria-label=label.clone()
                size=placeholder.chars().count().max(6)
                placeholder=placeholder
                data-control=key.get_value()
                prop:value=first
                on:change:target=move |event| set(Some(event.target().value()).filter(|text| !text.is_empty()).into_iter().collect())
            />
        }
        .into_any(),
    };
    view! { <div class="control" title=help><span class="control-name">{label.clone()}</span> {body}</div> }.into_any()
}

/// The figures that matter.
#[component]
pub fn Cards() -> impl IntoView {
    let store = expect_context::<Store>();
    let cards = part(store, |model| model.cards.clone());
    view! {
        <Show when=move || cards.with(|cards| !cards.is_empty())>
            <div class="cards">
                <div class="cards-rows" data-cards=move || cards.with(Vec::len)>
                    {move || cards.get().into_iter().map(|card| view! { <CardBox card/> }).collect_view()}
                </div>
            </div>
        </Show>
    }
}

#[component]
fn CardBox(card: Card) -> impl IntoView {
    let Card { label, value, tone, detail, method, evidence } = card;
    let (sign, class) = mark(tone);
    let lines = evidence
        .into_iter()
        .map(|Evidence { text, tone, link }| {
            let (sign, class) = mark(tone);
            view! { <li><span class=class>{sign}</span><TextLink text href=link/></li> }
        })
        .collect_view();
    view! {
        <details class="figure-card">
            <summary>
                <span class="figure-label">{label}</span>
                <span class=format!("figure-value {class}")>{sign}{value}</span>
                <span class="figure-detail">{detail}</span>
            </summary>
            <div class="figure-more">
                <p class="hint">{method}</p>
                <ul>{lines}</ul>
            </div>
        </details>
    }
}
