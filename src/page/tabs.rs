//! The view tabs: one button per group, and the views of the current group.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::address::History;
use super::store::Store;
use crate::record::Kind;
use crate::view::{ABOUT, About, about};

/// Views that stand together.
type Group = &'static [&'static About];

fn name(group: Group) -> &'static str {
    group.first().map_or("", |view| view.group)
}

/// Whether something is loaded that the view is about.
fn fed(view: &About, loaded: &[Kind]) -> bool {
    let accepted = view.accepted_kinds;
    let accepts = |kind: &Kind| view.kind.map_or(accepted.is_empty() || accepted.contains(kind), |asked| asked == *kind);
    loaded.iter().any(accepts)
}

/// The views: a tab each in the current group; another group is one button, which leads to the view of it that was open
/// last, or to the first that the loaded files feed.
#[component]
pub fn Tabs() -> impl IntoView {
    let store = expect_context::<Store>();
    let current = Memo::new(move |_| about(&store.settled().view).map_or("", |view| view.id));
    let open = Memo::new(move |_| about(current.get()).map_or("", |view| view.group));
    let last = StoredValue::new(BTreeMap::<&'static str, &'static str>::new());
    Effect::new(move |_| {
        let (group, view) = (open.get(), current.get());
        last.update_value(|last| {
            last.insert(group, view);
        });
    });
    // Where there is no room for all, the current one is in sight.
    Effect::new(move |_| {
        current.track();
        // Not by `scrollIntoView`, after which Tab would begin at the current tab and pass by what is above it.
        if let Ok(Some(tab)) = document().query_selector(".tab[aria-selected=true]")
            && let Ok(Some(row)) = tab.closest(".tabs")
        {
            let (tab, place) = (tab.get_bounding_client_rect(), row.get_bounding_client_rect());
            let beyond = (tab.right() - place.right()).max(0.0).min(tab.left() - place.left());
            row.set_scroll_left(row.scroll_left() + beyond.ceil() as i32);
        }
    });
    // Published figures that ship with the page count as loaded: they are, as soon as a view asks for them.
    let loaded = Memo::new(move |_| {
        let own = store.model.with(|model| model.as_ref().map(|model| model.kinds.clone()).unwrap_or_default());
        let shipped = store.config.with(|config| config.figures.iter().map(|figures| figures.kind).collect::<Vec<_>>());
        own.into_iter().map(|(kind, _)| kind).chain(shipped).collect::<Vec<Kind>>()
    });
    let enter = move |group: Group| {
        let seen = last.with_value(|last| last.get(name(group)).copied());
        let fed = |view: &&&'static About| loaded.with_untracked(|loaded| fed(view, loaded));
        let first = || group.iter().find(fed).or(group.first()).map(|view| view.id);
        if let Some(view) = seen.or_else(first) {
            store.change(History::Push, |state| state.show_view(view));
        }
    };
    let tab = move |view: &'static About| {
        let id = view.id;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                class:unfed=move || loaded.with(|loaded| !fed(view, loaded))
                aria-selected=move || if current.get() == id { "true" } else { "false" }
                title=view.purpose
                on:click=move |_| store.change(History::Push, |state| state.show_view(id))
            >
                {view.label}
            </button>
        }
    };
    let groups = ABOUT.chunk_by(|a, b| a.group == b.group).map(|group| {
        let views: Vec<&str> = group.iter().map(|view| view.label).collect();
        let views = StoredValue::new(views.join(", "));
        view! {
            <Show
                when=move || open.get() == name(group)
                fallback=move || view! {
                    <button type="button" class="tab-folded" title=views.get_value() on:click=move |_| enter(group)>{name(group)}</button>
                }
            >
                <span class="tab-group" role="tablist" aria-label=name(group)>
                    <span class="tab-name" role="presentation">{name(group)}</span>
                    {group.iter().map(|view| tab(view)).collect_view()}
                </span>
            </Show>
        }
    });
    view! { <nav class="tabs" aria-label="Views">{groups.collect_view()}</nav> }
}
