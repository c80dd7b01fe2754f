//! Keyboard shortcuts: one table for the page, its help and the palette.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::address::{self, History};
use super::clipboard;
use super::store::{Sheet, Store};
use crate::state::ViewState;
use crate::view_model::Mark;

/// A shortcut: the keys as shown, what it does in words, and what it does.
pub struct Shortcut {
    /// The key, as `KeyboardEvent.key` has it.
    pub key: &'static str,
    /// In words; also its line in the palette.
    pub words: &'static str,
    /// What it does.
    pub run: fn(Store),
}

/// Presses a button of the page.
pub fn press(id: &str) {
    if let Some(button) = document().get_element_by_id(id) {
        button.unchecked_into::<web_sys::HtmlElement>().click();
    }
}

/// Every shortcut, in the order of the help.
pub static SHORTCUTS: &[Shortcut] = &[
    Shortcut {
        key: "k", words: "Search everything (also Ctrl or ⌘ and K)", run: |store| store.sheet.set(Some(Sheet::Palette))
    },
    Shortcut { key: "o", words: "Open files", run: |_| press("open-files") },
    Shortcut { key: "a", words: "Open an address", run: |store| store.sheet.set(Some(Sheet::Address)) },
    Shortcut { key: "n", words: "Connect to a Prometheus server", run: |store| store.sheet.set(Some(Sheet::Connect(false))) },
    Shortcut { key: "d", words: "Files and messages", run: |store| store.sheet.set(Some(Sheet::Files)) },
    Shortcut { key: "y", words: "Choose the vertical axis", run: |_| press("pick-y") },
    Shortcut { key: "x", words: "Choose the horizontal axis", run: |_| press("pick-x") },
    Shortcut { key: "l", words: "Choose the lines", run: |_| press("pick-lines") },
    Shortcut { key: "p", words: "Choose the panels", run: |_| press("pick-panels") },
    Shortcut {
        key: "f",
        words: "Show or hide the filters",
        run: |store| store.prefer(|preferences| preferences.rail = !preferences.rail),
    },
    Shortcut {
        key: "t",
        words: "Show or hide the table",
        run: |store| store.prefer(|preferences| preferences.table = !preferences.table),
    },
    Shortcut { key: "b", words: "Compare the lines with the one at the pointer, or no longer", run: set_reference },
    Shortcut { key: "c", words: "Clear all filters", run: |store| store.change(History::Push, ViewState::clear_filters) },
    Shortcut { key: "z", words: "Reset the zoom", run: |store| store.change(History::Replace, |state| state.zoom = None) },
    Shortcut { key: "s", words: "Share", run: |store| store.sheet.set(Some(Sheet::Share)) },
    Shortcut {
        key: "u",
        words: "Copy the link",
        run: |store| clipboard::copy(store, address::href(), "Link copied.".to_owned()),
    },
    Shortcut { key: "m", words: "Theme: light, dark or match system", run: cycle_scheme },
    Shortcut { key: "?", words: "Keyboard shortcuts", run: |store| store.sheet.set(Some(Sheet::Shortcuts)) },
];

/// Makes the line of the point at the pointer what the others are held against, or takes that back.
fn set_reference(store: Store) {
    let Some(at) = store.hovered.get_untracked() else { return };
    let line = store.model.with_untracked(|model| {
        let chart = &model.as_ref()?.panels.get(at.panel)?.chart;
        let chosen = model.as_ref()?.state.reference.clone();
        // A view that compares has a baseline of its own.
        let own =
            chart.series.iter().any(|series| matches!(series.mark, Mark::Baseline(_)) && Some(&series.id) != chosen.as_ref());
        let line = chart.series.get(at.series).filter(|line| matches!(line.mark, Mark::Curve(_) | Mark::Baseline(_)))?;
        (!own).then(|| line.id.clone())
    });
    if let Some(line) = line {
        store.change(History::Push, |state| state.reference = Some(line).filter(|line| state.reference.as_ref() != Some(line)));
    }
}

/// The next colour scheme.
pub fn cycle_scheme(store: Store) {
    use super::settings::Scheme;
    store.prefer(|preferences| {
        preferences.scheme = match preferences.scheme {
            Scheme::System => Scheme::Light,
            Scheme::Light => Scheme::Dark,
            Scheme::Dark => Scheme::System,
        };
    });
}

/// Listens for shortcuts for the lifetime of the page.
pub fn listen(store: Store) {
    window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        if command && event.key() == "k" {
            event.prevent_default();
            store.sheet.set(Some(Sheet::Palette));
            return;
        }
        if event.key() == "Escape" {
            escape(store);
            return;
        }
        if command || event.alt_key() || typing(&event) || store.sheet.get_untracked().is_some() {
            return;
        }
        if let Some(shortcut) = SHORTCUTS.iter().find(|shortcut| shortcut.key == event.key()) {
            event.prevent_default();
            (shortcut.run)(store);
        }
    });
}

/// Closes the topmost dialog or panel, or resets the zoom.
fn escape(store: Store) {
    if store.sheet.get_untracked().is_some() {
        store.sheet.set(None);
    } else if store.pinned.with_untracked(Option::is_some) {
        store.pinned.set(None);
    } else if store.state.with_untracked(|state| state.zoom.is_some()) {
        store.change(History::Replace, |state| state.zoom = None);
    }
}

/// Whether the key is typed into a field.
fn typing(event: &KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| {
        let field = matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT");
        field || (element.tag_name() == "INPUT" && element.get_attribute("type").as_deref() != Some("checkbox"))
    })
}
