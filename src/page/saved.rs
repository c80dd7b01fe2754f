//! Views to come back to: those that the reader saved under a name, and the latest. This browser keeps them, as links.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::address::{self, History};
use super::app::subject;
use super::embed::is_embedded;
use super::storage;
use super::store::Store;
use crate::state::{ViewState, link};

const KEY: &str = "inferscope.views";
/// So many of each are kept; the oldest go first.
const MOST_SAVED: usize = 100;
const MOST_RECENT: usize = 8;

/// A view and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedView {
    /// Its name.
    pub name: String,
    /// Its link.
    pub link: String,
}

/// The views that this browser keeps, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Views {
    /// Saved by the reader.
    pub saved: Vec<NamedView>,
    /// Shown lately; one for each name.
    pub recent: Vec<NamedView>,
}

impl Views {
    /// What was kept.
    pub fn load() -> Views {
        storage::load(KEY)
    }
}

/// A list with one more view at its front, in place of one of the same name.
fn with(list: &mut Vec<NamedView>, view: NamedView, most: usize) {
    list.retain(|other| other.name != view.name);
    list.insert(0, view);
    list.truncate(most);
}

impl Store {
    fn change_views(self, change: impl FnOnce(&mut Views)) {
        // Another tab may have saved one meanwhile.
        let mut views = Views::load();
        change(&mut views);
        storage::save(KEY, &views);
        self.views.set(views);
    }

    /// Saves what is shown under a name.
    pub fn save_view(self, name: &str) {
        let view = NamedView { name: name.to_owned(), link: link::encode(&self.state.get_untracked()) };
        self.change_views(|views| with(&mut views.saved, view, MOST_SAVED));
    }

    /// Forgets a saved view.
    pub fn forget_view(self, name: &str) {
        self.change_views(|views| views.saved.retain(|view| view.name != name));
    }

    /// Shows a view again: on the data that its link names, or, where those were this computer's files, on what is loaded.
    pub fn show_view(self, link: &str) {
        let (state, notes) = link::decode(link);
        let state = if state.sources.is_empty() && state.live.is_none() {
            self.state.with_untracked(|now| ViewState {
                sources: now.sources.clone(),
                live: now.live.clone(),
                local: now.local,
                ..state
            })
        } else {
            state
        };
        self.put(History::Push, state);
        self.link_notes.update(|all| all.extend(notes));
    }

    /// From now on remembers which views were shown, unless nothing is to be kept.
    pub fn remember_views(self) {
        Effect::new(move |_| {
            let has_data = self.model.with(|model| model.as_ref().is_some_and(|model| !model.kinds.is_empty()));
            let wanted = self.preferences.with_untracked(|preferences| preferences.keep) && !is_embedded();
            if has_data && wanted && !self.anonymous.get_untracked() {
                let view = NamedView { name: untrack(|| subject(self)), link: address::query() };
                self.change_views(|views| with(&mut views.recent, view, MOST_RECENT));
            }
        });
    }
}

/// What the share dialog says of saved views: a field for a name, and those that there are.
#[component]
pub fn SavedViews() -> impl IntoView {
    let store = expect_context::<Store>();
    let name = RwSignal::new(untrack(|| subject(store)));
    let save = move |_| {
        let given = name.get_untracked().trim().to_owned();
        if !given.is_empty() {
            store.save_view(&given);
            store.toast(&format!("Saved as “{given}”: press k to find it again."), None);
        }
    };
    let line = move |view: NamedView| {
        let NamedView { name, link } = view;
        let (open, gone) = (link.clone(), name.clone());
        view! {
            <li>
                <button
                    type="button"
                    class="quiet"
                    on:click=move |_| {
                        store.sheet.set(None);
                        store.show_view(&open);
                    }
                >
                    {name.clone()}
                </button>
                <button type="button" class="quiet" aria-label=format!("Forget {name}") on:click=move |_| store.forget_view(&gone)>"×"</button>
            </li>
        }
    };
    view! {
        <p class="side-steps">
            <input
                type="text"
                aria-label="Name of the view"
                maxlength="120"
                prop:value=name
                on:input:target=move |event| name.set(event.target().value())
            />
            <button type="button" on:click=save>"Save this view"</button>
        </p>
        <ul class="saved-views">{move || store.views.get().saved.into_iter().map(line).collect_view()}</ul>
    }
}
