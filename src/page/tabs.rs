//! The navigation: a tab for each purpose, all in sight, and the modes of the current one.

use std::collections::BTreeMap;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::address::History;
use super::store::Store;
use crate::record::Kind;
use crate::view::{ABOUT, About, about};

/// The views of a tab.
type Modes = &'static [&'static About];

/// The tabs, in their order.
fn tabs() -> impl Iterator<Item = Modes> {
    ABOUT.chunk_by(|a, b| a.tab == b.tab)
}

/// The modes of the tab that a view belongs to.
fn modes_of(view: &str) -> Modes {
    tabs().find(|modes| modes.iter().any(|mode| mode.id == view)).unwrap_or_default()
}

/// What a view needs that is not loaded; `None` if it has what it is about.
fn lacks(view: &About, loaded: &[Kind]) -> Option<String> {
    let accepted = view.accepted_kinds;
    let accepts = |kind: &Kind| view.kind.map_or(accepted.is_empty() || accepted.contains(kind), |own| own == *kind);
    let needed = || view.kind.into_iter().chain(accepted.iter().copied()).next();
    let needs =
        || needed().map_or_else(String::new, |kind| format!("No {} loaded. They come from {}.", kind.plural(), kind.files()));
    (!loaded.iter().any(accepts)).then(needs)
}

/// The kinds of records that are loaded. Published figures that ship with the page count: they are there as soon as a
/// view wants them.
fn loaded(store: Store) -> Memo<Vec<Kind>> {
    Memo::new(move |_| {
        let own = store.model.with(|model| model.as_ref().map(|model| model.kinds.clone()).unwrap_or_default());
        let shipped = store.config.with(|config| config.figures.iter().map(|figures| figures.kind).collect::<Vec<_>>());
        own.into_iter().map(|(kind, _)| kind).chain(shipped).collect()
    })
}

fn current(store: Store) -> Memo<&'static str> {
    Memo::new(move |_| about(&store.settled().view).map_or("", |view| view.id))
}

/// The tabs. One leads to the mode of it that was open last, or to the first that the loaded files feed.
#[component]
pub fn Tabs() -> impl IntoView {
    let store = expect_context::<Store>();
    let (current, loaded) = (current(store), loaded(store));
    let last = StoredValue::new(BTreeMap::<&'static str, &'static str>::new());
    Effect::new(move |_| {
        if let Some(mode) = about(current.get()) {
            last.update_value(|last| {
                last.insert(mode.tab.label, mode.id);
            });
        }
    });
    let row = NodeRef::<Div>::new();
    // Where there is no room for all, the current one is in sight.
    Effect::new(move |_| {
        current.track();
        // Not by `scrollIntoView`, after which Tab would begin at the current tab and pass by what is above it.
        if let Some(row) = row.get()
            && let Ok(Some(tab)) = row.query_selector(".tab[aria-selected=true]")
        {
            let (tab, place) = (tab.get_bounding_client_rect(), row.get_bounding_client_rect());
            let beyond = (tab.right() - place.right()).max(0.0) + (tab.left() - place.left()).min(0.0);
            row.set_scroll_left(row.scroll_left() + beyond.ceil() as i32);
        }
    });
    let enter = move |modes: Modes| {
        let seen = modes.first().and_then(|first| last.with_value(|last| last.get(first.tab.label).copied()));
        let fed = |view: &&&'static About| loaded.with_untracked(|loaded| lacks(view, loaded).is_none());
        let first = || modes.iter().find(fed).or(modes.first()).map(|view| view.id);
        if let Some(view) = seen.or_else(first) {
            store.change(History::Push, |state| state.show_view(view));
        }
    };
    let tab = move |modes: Modes| {
        let first = modes.first()?;
        let chosen = move || modes.iter().any(|mode| mode.id == current.get());
        // What the first mode lacks, if all of them lack something.
        let lacks = Memo::new(move |_| {
            let lacking = |loaded: &Vec<Kind>| modes.iter().map(|mode| lacks(mode, loaded)).collect::<Option<Vec<String>>>();
            loaded.with(lacking).and_then(|lacking| lacking.into_iter().next())
        });
        let purpose = match modes {
            [only] => only.purpose.to_owned(),
            modes => modes.iter().map(|mode| mode.label).collect::<Vec<_>>().join(", "),
        };
        Some(view! {
            <button
                type="button"
                role="tab"
                class="tab"
                class:starts-group=first.tab.starts_group
                class:unfed=move || lacks.with(Option::is_some)
                aria-selected=move || if chosen() { "true" } else { "false" }
                tabindex=move || if chosen() { "0" } else { "-1" }
                title=move || lacks.get().unwrap_or_else(|| purpose.clone())
                on:click=move |_| enter(modes)
            >
                {first.tab.label}
            </button>
        })
    };
    view! {
        <nav aria-label="Views">
            <div class="tabs" role="tablist" aria-label="Views" node_ref=row on:keydown=rove>{tabs().map(tab).collect_view()}</div>
        </nav>
    }
}

/// The modes of the current tab, if it has several.
#[component]
pub fn Modes() -> impl IntoView {
    let store = expect_context::<Store>();
    let (current, loaded) = (current(store), loaded(store));
    let modes = Memo::new(move |_| modes_of(current.get()));
    let mode = move |view: &'static About| {
        let id = view.id;
        let lacks = Memo::new(move |_| loaded.with(|loaded| lacks(view, loaded)));
        view! {
            <button
                type="button"
                role="tab"
                class="mode"
                class:unfed=move || lacks.with(Option::is_some)
                aria-selected=move || if current.get() == id { "true" } else { "false" }
                tabindex=move || if current.get() == id { "0" } else { "-1" }
                title=move || lacks.get().unwrap_or_else(|| view.purpose.to_owned())
                on:click=move |_| store.change(History::Push, |state| state.show_view(id))
            >
                {view.label}
            </button>
        }
    };
    let name = move || modes.get().first().map_or("", |first| first.tab.label);
    view! {
        <Show when=move || { modes.get().len() > 1 }>
            <div class="modes" role="tablist" aria-label=name on:keydown=rove>
                {move || modes.get().iter().copied().map(mode).collect_view()}
            </div>
        </Show>
    }
}

/// Arrow keys, Home and End move the focus among tabs; Enter opens one.
fn rove(event: KeyboardEvent) {
    let list = event.current_target().and_then(|list| list.dyn_into::<web_sys::Element>().ok());
    let Some(found) = list.and_then(|list| list.query_selector_all("[role=tab]").ok()) else { return };
    let tabs: Vec<web_sys::HtmlElement> = (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect();
    let focused = document().active_element();
    let Some(at) = tabs.iter().position(|tab| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(tab)))) else {
        return;
    };
    let to = match event.key().as_str() {
        "ArrowRight" => (at + 1) % tabs.len(),
        "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
        "Home" => 0,
        "End" => tabs.len() - 1,
        _ => return,
    };
    event.prevent_default();
    let _ = tabs[to].focus();
}
