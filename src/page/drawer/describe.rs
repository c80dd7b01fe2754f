//! The identity editor: what files do not say of themselves, said by a person, for one file or for many.

use leptos::prelude::*;

use crate::engine::protocol::Stated;
use crate::page::address::History;
use crate::page::files;
use crate::page::store::{Sheet, Store};
use crate::record::Given;

/// The form: one line a dimension, what is known as its placeholder, what is given as its value.
#[component]
pub fn Describe() -> impl IntoView {
    let store = expect_context::<Store>();
    let paths = store.described.get_untracked();
    let own = RwSignal::new((String::new(), String::new()));
    // What was typed, by dimension; only what was touched is applied.
    let typed: RwSignal<Vec<(String, String)>> = RwSignal::default();
    let subject = match paths.len() {
        0 => "No file has records to describe.".to_owned(),
        n => format!(
            "{}: {}.",
            if n == 1 { "For one file".to_owned() } else { format!("For {n} files") },
            files::enumerate(&paths)
        ),
    };
    let given = {
        let paths = paths.clone();
        move |dimension: &str| {
            store.state.with_untracked(|state| {
                let of = |path: &String| {
                    state
                        .given
                        .iter()
                        .rfind(|given| given.dimension == dimension && given.covers(path))
                        .map(|given| given.value.clone())
                };
                let mut values = paths.iter().map(of);
                let first = values.next().flatten();
                if values.all(|value| value == first) { first } else { None }
            })
        }
    };
    let line = move |stated: Stated| {
        let Stated { key, label, values } = stated;
        let value = given(&key);
        let placeholder = match values.as_slice() {
            [] => "not stated".to_owned(),
            [one] => one.clone(),
            several => format!("differs: {}{}", several.join(", "), if several.len() == Stated::MOST { " …" } else { "" }),
        };
        let marked = value.is_some().then(|| view! { <span class="hint">"given by hand"</span> });
        let id = format!("describe-{key}");
        view! {
            <p class="field">
                <label for=id.clone()>{label}</label>
                <input
                    type="text"
                    id=id
                    autocomplete="off"
                    placeholder=placeholder
                    prop:value=value.unwrap_or_default()
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        typed.update(|typed| match typed.iter_mut().find(|(known, _)| *known == key) {
                            Some((_, value)) => *value = text,
                            None => typed.push((key.clone(), text)),
                        });
                    }
                />
                {marked}
            </p>
        }
    };
    let apply = {
        let paths = paths.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let mut said = typed.get_untracked();
            let (name, value) = own.get_untracked();
            if !name.trim().is_empty() {
                said.push((name, value));
            }
            let given = said.iter().flat_map(|(dimension, value)| {
                let one = move |path: &String| Given {
                    path: path.clone(),
                    dimension: dimension.trim().to_owned(),
                    value: value.trim().to_owned(),
                };
                paths.iter().map(one)
            });
            let given: Vec<Given> = given.collect();
            store.sheet.set(Some(Sheet::Files));
            if !given.is_empty() {
                store.remember(&given);
                store.change(History::Push, |state| given.iter().cloned().for_each(|given| state.give(given)));
            }
        }
    };
    view! {
        <p>{subject} " What you enter stands above what the files say, is marked as given by hand, and is kept in the link and in exports. An emptied line takes it back."</p>
        <form class="fields" on:submit=apply>
            {move || store.stated.get().map(|stated| stated.into_iter().map(line.clone()).collect_view())}
            <p class="field">
                <input type="text" aria-label="Another name" placeholder="another name" autocomplete="off" on:input=move |event| own.update(|own| own.0 = event_target_value(&event))/>
                <input type="text" aria-label="Its value" placeholder="its value" autocomplete="off" on:input=move |event| own.update(|own| own.1 = event_target_value(&event))/>
            </p>
            <p class="hint">"Tags are words between commas; each is a filter of its own."</p>
            <p class="side-steps">
                <button type="submit" class="primary" disabled=paths.is_empty()>"Apply"</button>
                <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Files))>"Cancel"</button>
            </p>
        </form>
    }
}
