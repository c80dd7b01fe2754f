//! Labels with a middle ellipsis: names that begin alike differ at their ends, and CSS alone cannot cut the middle.

use leptos::prelude::*;

/// Characters at the end that always stay.
const TAIL: usize = 14;

/// A label whose end always stays. Its parts are boxes, between which names are read with a space: a control that it
/// stands in takes the whole as its title and `aria-label`.
#[component]
pub fn Label(#[prop(into)] text: Signal<String>, #[prop(optional)] class: &'static str) -> impl IntoView {
    let parts = move || {
        text.with(|text| {
            let (head, tail) = text.split_at(text.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at));
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
