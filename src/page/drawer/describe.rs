//! The identity editor: manual overrides of model, version, accelerator and other dimensions, for one file, a folder or all
//! files; what the files lack of the most needed ones comes first.

use leptos::prelude::*;

use crate::catalog::number::plural;
use crate::engine::protocol::StatedValues;
use crate::page::address::History;
use crate::page::files::{self, FileEntry};
use crate::page::picker::{Choice, Picker};
use crate::page::store::{Sheet, Store};
use crate::record::Given;
use crate::sorting::Sorting;

/// What figures per GPU, costs and comparisons need: asked for first where files lack it.
const NEEDED: [&str; 4] = ["accelerator", "gpus", "version", "model"];
/// The most folders that are offered.
const FOLDERS: usize = 200;

/// The paths that overrides name: single files, a folder where all its files are meant, or the sign for every file.
fn targets(store: Store, paths: &[String]) -> Vec<String> {
    let known = describable(store);
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

/// The paths of everything that has records.
pub fn describable(store: Store) -> Vec<String> {
    store.files.with_untracked(|files| {
        let given = files.iter().flat_map(FileEntry::reports).filter(|report| !report.records.is_empty());
        given.map(|report| report.path.clone()).collect()
    })
}

/// The folders that hold several of some files, outer ones before what is in them: path with its last slash, and how many
/// files.
fn folders(paths: &[String]) -> Vec<(String, usize)> {
    let mut counted = std::collections::BTreeMap::<&str, usize>::new();
    for path in paths {
        for (at, _) in path.match_indices('/') {
            *counted.entry(&path[..=at]).or_default() += 1;
        }
    }
    counted.into_iter().filter(|(_, count)| *count > 1).map(|(folder, count)| (folder.to_owned(), count)).collect()
}

/// The form, and for which files it is.
#[component]
pub fn Describe() -> impl IntoView {
    let store = expect_context::<Store>();
    let known = describable(store);
    let mut choices = Vec::new();
    if known.len() > 1 {
        let all = format!("all {} files", known.len());
        choices.push(Choice { key: Given::ALL.to_owned(), label: all, ..Choice::default() });
    }
    for (folder, count) in folders(&known).into_iter().take(FOLDERS) {
        choices.push(Choice { label: format!("{folder} ({count} files)"), key: folder, ..Choice::default() });
    }
    let take = move |key: String| {
        let chosen = describable(store).into_iter().filter(|path| key == Given::ALL || path.starts_with(&key));
        store.describe(chosen.collect());
    };
    let choices = Signal::stored(choices);
    let subject = move || {
        let paths = store.described.get();
        match paths.len() {
            0 => "No file has records to describe.".to_owned(),
            1 => format!("For one file: {}.", files::enumerate(&paths)),
            n => format!("For {n} files: {}.", files::enumerate(&paths)),
        }
    };
    view! {
        <p class="described">
            {subject}
            " "
            <Show when=move || choices.with(|choices| !choices.is_empty())>
                <Picker id="describe-files".to_owned() label="Files to describe" text="a folder or all files …" choices on_take=Callback::new(take)/>
            </Show>
        </p>
        <p class="hint">"Your values override what the files say. They are marked as manual overrides and kept in links and exports. Clear a field to remove its override."</p>
        {move || view! { <Form paths=store.described.get()/> }}
    }
}

/// One field per dimension; the files' own value is the placeholder, the override the value.
#[component]
fn Form(paths: Vec<String>) -> impl IntoView {
    let store = expect_context::<Store>();
    let own = RwSignal::new((String::new(), String::new()));
    // What was typed, by dimension; only what was touched is applied.
    let typed: RwSignal<Vec<(String, String)>> = RwSignal::default();
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
        let StatedValues { key, label, values, missing } = stated;
        let value = given(&key);
        let placeholder = match values.as_slice() {
            [] => "not stated".to_owned(),
            [one] => one.clone(),
            several => {
                format!("differs: {}{}", several.join(", "), if several.len() == StatedValues::MAX_VALUES { " …" } else { "" })
            }
        };
        let marked = if value.is_some() {
            Some("manual override".to_owned())
        } else {
            (missing > 0 && !values.is_empty()).then(|| format!("not stated in {}", plural(missing as u64, "file")))
        };
        let marked = marked.map(|text| view! { <span class="hint">{text}</span> });
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
    // What is needed and lacking first, in the order of need; then all others, in the catalogue's.
    let fields = move || {
        let stated = store.stated.get()?;
        let needed = |stated: &StatedValues| NEEDED.iter().position(|key| stated.missing > 0 && *key == stated.key);
        let (mut first, others): (Vec<_>, Vec<_>) = stated.into_iter().partition(|stated| needed(stated).is_some());
        first.order_by_key(needed);
        let heading = |text: &'static str| (!first.is_empty()).then(|| view! { <h3>{text}</h3> });
        let headings = (heading("Not stated, and needed for figures per GPU, cost and comparisons"), heading("Everything else"));
        let [first, others] = [first, others].map(|group| group.into_iter().map(line.clone()).collect_view());
        Some(view! { {headings.0} {first} {headings.1} {others} })
    };
    view! {
        <form class="fields" on:submit=apply>
            {fields}
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
