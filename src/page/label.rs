//! Labels that may be longer than their place: what is cut is the middle, because names that begin alike differ at their
//! ends. No style sheet can do that by itself.

use leptos::prelude::*;

/// Characters at the end that always stay.
const TAIL: usize = 20;

/// A label whose end always stays. The whole of it belongs into the title and the accessible name of what it stands in.
#[component]
pub fn Label(#[prop(into)] text: Signal<String>, #[prop(optional)] class: &'static str) -> impl IntoView {
    let parts = move || {
        text.with(|text| {
            // A short label has no middle.
            let at = text.char_indices().rev().nth(TAIL - 1).map(|(at, _)| at).filter(|at| *at > TAIL);
            let (head, tail) = text.split_at(at.unwrap_or(0));
            (head.to_owned(), tail.to_owned())
        })
    };
    view! {
        <span class=format!("label {class}")>
            <span class="label-head">{move || parts().0}</span>
            <span class="label-tail">{move || parts().1}</span>
        </span>
    }
}
