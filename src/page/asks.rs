//! What files do not state and the view needs, asked for where it is missing.

use leptos::prelude::*;

use super::address::History;
use super::store::Store;
use crate::record::Given;
use crate::view_model::Ask;

/// One field for each thing that is missing. What is entered holds for the files that lack it, and is in the link.
#[component]
pub fn Asks() -> impl IntoView {
    let store = expect_context::<Store>();
    let asks = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.asks.clone()).unwrap_or_default()));
    let field = move |ask: Ask| {
        let help = format!(
            "{} of {} measurements do not state {}. What you enter is marked as given by you, and travels with the link.",
            ask.missing, ask.of, ask.label
        );
        let (dimension, paths) = (ask.dimension.clone(), ask.paths.clone());
        let give = move |value: String| {
            let value = value.trim().to_owned();
            if value.is_empty() {
                return;
            }
            store.change(History::Push, |state| {
                for path in &paths {
                    state.give(Given { path: path.clone(), dimension: dimension.clone(), value: value.clone() });
                }
            });
        };
        let mode = if ask.dimension == "gpus" { "numeric" } else { "text" };
        view! {
            <label class="ask" title=help>
                {format!("{}?", ask.label)}
                <input type="text" inputmode=mode data-ask=ask.dimension on:change:target=move |event| give(event.target().value())/>
            </label>
        }
    };
    view! {
        <Show when=move || asks.with(|asks| !asks.is_empty())>
            <div class="asks" role="group" aria-label="Not stated by the files">{move || asks.get().into_iter().map(field).collect_view()}</div>
        </Show>
    }
}
