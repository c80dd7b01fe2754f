//! The palette: every view (saved, recent or new), metric, filter value, file and command, by typing.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::address::History;
use super::facets::shown_value;
use super::keys::SHORTCUTS;
use super::picker::{Choice, Finder};
use super::saved::NamedView;
use super::store::{Sheet, Store};
use super::toolbar::{Which, axis_lines, set_axis};
use crate::view::ABOUT;
use crate::view_model::Entry;

/// The palette's inside. The key of a line says what it does: `kind:rest`.
#[component]
pub fn Palette() -> impl IntoView {
    let store = expect_context::<Store>();
    let choices = Signal::derive(move || lines(store));
    let take = Callback::new(move |key: String| {
        store.sheet.set(None);
        run(store, &key);
    });
    view! { <Finder label="Search everything" choices on_take=take on_leave=Callback::new(move |()| store.sheet.set(None))/> }
}

fn lines(store: Store) -> Vec<Choice> {
    let mut lines = Vec::new();
    for (i, shortcut) in SHORTCUTS.iter().enumerate() {
        let (key, label) = (format!("command:{i}"), shortcut.words.to_owned());
        lines.push(Choice { key, label, hint: shortcut.key.to_owned(), group: "Commands".to_owned(), ..Choice::default() });
    }
    let views = store.views.get();
    for (group, list) in [("Saved views", views.saved), ("Recent views", views.recent)] {
        for NamedView { name, link } in list {
            lines.push(Choice { key: format!("link:{link}"), label: name, group: group.to_owned(), ..Choice::default() });
        }
    }
    for view in ABOUT {
        let (key, label) = (format!("view:{}", view.id), view.name());
        lines.push(Choice { key, label, group: "Views".to_owned(), help: view.purpose.to_owned(), ..Choice::default() });
    }
    for (which, name) in [(Which::Y, "Vertical axis"), (Which::X, "Horizontal axis")] {
        for choice in axis_lines(store, which) {
            let letter = if which == Which::X { "x" } else { "y" };
            lines.push(Choice { key: format!("{letter}:{}", choice.key), group: name.to_owned(), ..choice });
        }
    }
    let controls = store.model.with(|model| model.as_ref().map(|model| model.controls.clone()).unwrap_or_default());
    for control in controls {
        let (Entry::Select(choices) | Entry::MultiSelect(choices) | Entry::Subset(choices)) = control.entry else { continue };
        lines.extend(choices.into_iter().map(|choice| Choice {
            key: format!("option:{}:{}", control.key, choice.value),
            chosen: control.values.contains(&choice.value),
            label: choice.label,
            hint: choice.hint,
            group: control.label.clone(),
            ..Choice::default()
        }));
    }
    let facets = store.model.with(|model| model.as_ref().map(|model| model.facets.clone()).unwrap_or_default());
    for facet in facets {
        for value in &facet.values {
            lines.push(Choice {
                key: format!("filter:{}:{}", facet.key, value.value),
                label: shown_value(&value.value),
                hint: value.count.to_string(),
                group: format!("Filter: {}", facet.label),
                chosen: value.chosen,
                faint: value.count == 0,
                ..Choice::default()
            });
        }
    }
    for source in store.offered() {
        let (key, group) = (format!("source:{}", source.label), "Sources".to_owned());
        lines.push(Choice { key, label: source.label, help: source.title, group, ..Choice::default() });
    }
    if store.has_catalogue() {
        let (key, label) = ("refresh:".to_owned(), "Look for newer data".to_owned());
        lines.push(Choice { key, label, group: "Sources".to_owned(), ..Choice::default() });
    }
    for file in store.files.get() {
        lines.push(Choice { key: "file:".to_owned(), label: file.path, group: "Files".to_owned(), ..Choice::default() });
    }
    lines
}

fn run(store: Store, key: &str) {
    let Some((kind, rest)) = key.split_once(':') else { return };
    match kind {
        "command" => {
            if let Some(shortcut) = rest.parse().ok().and_then(|i: usize| SHORTCUTS.get(i)) {
                (shortcut.run)(store);
            }
        }
        "option" => {
            let Some((key, value)) = rest.split_once(':') else { return };
            let control = store.model.with_untracked(|model| model.as_ref()?.controls.iter().find(|one| one.key == key).cloned());
            if let Some(control) = control {
                store.change(History::Push, |state| state.set_option(key, control.taking(value)));
            }
        }
        "source" => store.open_source(rest),
        "refresh" => store.refresh_all(),
        "link" => store.show_view(rest),
        "view" => store.change(History::Push, |state| state.show_view(rest)),
        "x" => set_axis(store, Which::X, rest),
        "y" => set_axis(store, Which::Y, rest),
        "filter" => {
            if let Some((dimension, value)) = rest.split_once(':') {
                store.change(History::Push, |state| state.choose(dimension, BTreeSet::from([value.to_owned()])));
            }
        }
        _ => store.sheet.set(Some(Sheet::Files)),
    }
}
