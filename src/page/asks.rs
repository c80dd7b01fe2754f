//! What files do not state and the view needs, asked for where it is missing.

use leptos::prelude::*;

use super::address::History;
use super::store::Store;
use crate::record::Given;
use crate::state::link;
use crate::view_model::Ask;

/// The most GPUs that anybody measured with, and some.
const MOST: u32 = 1_000_000;
/// Letters of a name.
const LONGEST: usize = 80;

/// What is wrong with an entry; `None` if it can be taken.
fn fault(ask: &Ask, value: &str) -> Option<&'static str> {
    let count = || value.parse::<u32>().is_ok_and(|count| (1..=MOST).contains(&count));
    if ask.edit.is_some() {
        return (!value.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0))
            .then_some("a number, with a point for decimals");
    }
    match ask.counts {
        true => (!count()).then_some("a whole number from 1 on"),
        false => (value.chars().count() > LONGEST).then_some("at most 80 letters"),
    }
}

/// One field for each thing that is missing, and what was given with a way to take it back. What is entered holds for the
/// files that lack it now, and is in the link.
#[component]
pub fn Asks() -> impl IntoView {
    let store = expect_context::<Store>();
    let asks = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.asks.clone()).unwrap_or_default()));
    let given = Memo::new(move |_| {
        let mut given: Vec<(String, String)> =
            store.settled().given.iter().map(|one| (one.dimension.clone(), one.value.clone())).collect();
        given.sort();
        given.dedup();
        given
    });
    let field = move |ask: Ask| {
        let help = match &ask.edit {
            Some(_) => format!("{} of {} measurements lack it. What you enter travels with the link.", ask.missing, ask.of),
            None => format!(
                "{} of {} measurements do not state {}. What you enter is marked as given by you, and travels with the link.",
                ask.missing, ask.of, ask.label
            ),
        };
        let wrong = RwSignal::new(None::<&'static str>);
        let mode = match (ask.counts, &ask.edit) {
            (true, _) => "numeric",
            (false, Some(_)) => "decimal",
            (false, None) => "text",
        };
        let (dimension, label, unit) = (ask.dimension.clone(), ask.label.clone(), ask.unit.clone());
        let give = move |value: String| {
            let value = value.trim().to_owned();
            wrong.set(if value.is_empty() { None } else { fault(&ask, &value) });
            if value.is_empty() || wrong.get_untracked().is_some() {
                return;
            }
            // The field stays when answers come, and what its link changes is the state that the last of them shows.
            let same = |other: &Ask| (&other.dimension, &other.paths) == (&ask.dimension, &ask.paths);
            let ask = asks.with_untracked(|asks| asks.iter().find(|other| same(other)).cloned()).unwrap_or_else(|| ask.clone());
            if let Some(edit) = &ask.edit {
                let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                store.follow(link::decode(&edit.replace("{value}", &value)).0);
                return;
            }
            store.change(History::Push, |state| {
                for path in &ask.paths {
                    state.give(Given { path: path.clone(), dimension: ask.dimension.clone(), value: value.clone() });
                }
            });
        };
        view! {
            <label class="ask" title=help>
                {format!("{label}?")}
                <input
                    type="text"
                    inputmode=mode
                    data-ask=dimension
                    aria-invalid=move || if wrong.get().is_some() { "true" } else { "false" }
                    on:change:target=move |event| give(event.target().value())
                />
                {(!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })}
                {move || wrong.get().map(|wrong| view! { <span role="alert">{wrong}</span> })}
            </label>
        }
    };
    let told = move |(dimension, value): (String, String)| {
        let label = crate::catalog::dimensions::label(&dimension).to_owned();
        let take_back = move |_| store.change(History::Push, |state| state.given.retain(|one| one.dimension != dimension));
        view! {
            <span class="chip">
                <span class="chip-name">{label.clone()}</span>
                <span class="chip-value">{value} " (given by you)"</span>
                <button type="button" class="chip-remove" aria-label=format!("Take back {label}") on:click=take_back>"×"</button>
            </span>
        }
    };
    view! {
        <Show when=move || asks.with(|asks| !asks.is_empty()) || given.with(|given| !given.is_empty())>
            <div class="asks" role="group" aria-label="Not stated by the files">
                <For each=move || asks.get() key=|ask| (ask.dimension.clone(), ask.paths.clone()) let:ask>{field(ask)}</For>
                <For each=move || given.get() key=|given| given.clone() let:given>{told(given)}</For>
            </div>
        </Show>
    }
}
