//! Labels with a middle ellipsis: names that begin alike differ at their ends, and CSS alone cannot cut the middle.

use leptos::prelude::*;

/// Characters at the end that always stay.
const TAIL: usize = 14;
/// Labels up to so many characters are one text, which the browser's search finds; there is room for them.
const WHOLE: usize = 24;

/// A label whose end always stays. The parts of a long one are boxes, between which names are read with a space: a control that it
/// stands in takes the whole as its title and `aria-label`.
#[component]
pub fn Label(#[prop(into)] text: Signal<String>, #[prop(optional)] class: &'static str) -> impl IntoView {
    let parts = move || {
        text.with(|text| {
            let tail = if text.chars().count() <= WHOLE { text.chars().count() } else { TAIL };
            let (head, tail) = text.split_at(text.char_indices().rev().nth(tail.saturating_sub(1)).map_or(0, |(at, _)| at));
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
