//! The identity editor: manual overrides of model, version, accelerator and other dimensions, for one or many files.

use leptos::prelude::*;

use crate::engine::protocol::StatedValues;
use crate::page::address::History;
use crate::page::files::{self, FileEntry};
use crate::page::store::{Sheet, Store};
use crate::record::Given;

/// The paths that overrides name: single files, a folder where all its files are meant, or the sign for every file.
fn targets(store: Store, paths: &[String]) -> Vec<String> {
    let known = store.files.with_untracked(|files| {
        let given = files.iter().flat_map(FileEntry::reports).filter(|report| !report.records.is_empty());
        given.map(|report| report.path.clone()).collect::<Vec<_>>()
    });
    if paths.len() < 2 {
        return paths.to_vec();
    }
    let first = paths.first().map(String::as_str).unwrap_or_default();
    let folders = first.match_indices('/').map(|(at, _)| &first[..=at]).rev();
    let shared = folders.filter(|folder| paths.iter().all(|path| path.starts_with(*folder)));
    let whole = |folder: &str| known.iter().filter(|path| path.starts_with(folder)).count() == paths.len();
    match shared.into_iter().find(|folder| whole(folder)) {
        Some(folder) => vec![folder.to_owned()],
        None if known.len() == paths.len() => vec![Given::ALL.to_owned()],
        None => paths.to_vec(),
    }
}

/// The form: one field per dimension; the files' own value is the placeholder, the override the value.
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
    let line = move |stated: StatedValues| {
        let StatedValues { key, label, values } = stated;
        let value = given(&key);
        let placeholder = match values.as_slice() {
            [] => "not stated".to_owned(),
            [one] => one.clone(),
            several => {
                format!("differs: {}{}", several.join(", "), if several.len() == StatedValues::MAX_VALUES { " …" } else { "" })
            }
        };
        let marked = value.is_some().then(|| view! { <span class="hint">"manual override"</span> });
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
        let targets = targets(store, &paths);
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
                targets.iter().map(one)
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
        <p>{subject} " Your values override what the files say. They are marked as manual overrides and kept in links and exports. Clear a field to remove its override."</p>
        <form class="fields" on:submit=apply>
            {move || store.stated.get().map(|stated| stated.into_iter().map(line.clone()).collect_view())}
            <p class="field">
                <input type="text" aria-label="Another property" placeholder="another property" autocomplete="off" on:input=move |event| own.update(|own| own.0 = event_target_value(&event))/>
                <input type="text" aria-label="Its value" placeholder="its value" autocomplete="off" on:input=move |event| own.update(|own| own.1 = event_target_value(&event))/>
            </p>
            <p class="hint">"Separate tags with commas; each becomes a filter value."</p>
            <p class="side-steps">
                <button type="submit" class="primary" disabled=paths.is_empty()>"Apply"</button>
                <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Files))>"Cancel"</button>
            </p>
        </form>
    }
}
