//! What the page says of the deployment's catalogue: the notice, how old the data are, what failed, and what else is offered.

use leptos::prelude::*;

use super::files::FileEntry;
use super::store::{Sheet, Store};
use crate::catalog::number::plural;
use crate::state::deployment::Place;
use crate::state::live::duration;

/// So many failures are said above a view; the files drawer says all.
const FEW: usize = 3;

/// The deployment's notice, on every page.
#[component]
pub fn DeploymentNotice() -> impl IntoView {
    let store = expect_context::<Store>();
    let notice = Memo::new(move |_| store.deployment_notice());
    view! {
        <Show when=move || notice.with(|notice| !notice.is_empty())>
            <aside class="deployment-notice" aria-label="Notice">{move || notice.get()}</aside>
        </Show>
    }
}

/// Looks for newer data, beside their name.
#[component]
pub fn RefreshIcon() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <Show when=move || store.has_catalogue()>
            <button
                type="button"
                class="top-button icon wide"
                title=move || format!("Look for newer data (by itself every {})", every(store))
                aria-label="Look for newer data"
                on:click=move |_| store.refresh_all()
            >
                "↻"
            </button>
        </Show>
    }
}

/// Looks for newer data, in the drawer.
#[component]
pub fn Refresh() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <Show when=move || store.has_catalogue()>
            <span class="hint">{move || format!("Looked at every {}", every(store))}</span>
            <button type="button" on:click=move |_| store.refresh_all()>"Refresh"</button>
        </Show>
    }
}

fn every(store: Store) -> String {
    duration(store.deployment.with(|deployment| deployment.refresh))
}

/// How old a file is that came from an address, and what failed.
#[component]
pub fn CopyState(
    /// The file.
    file: FileEntry,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let id = file.id;
    let file = StoredValue::new(file);
    let age = Memo::new(move |_| file.with_value(|file| store.age(file)));
    let failed = Memo::new(move |_| file.with_value(|file| store.failures(file)));
    let again = move |_| leptos::task::spawn_local(store.look_at(id));
    view! {
        <Show when=move || age.with(|age| !age.is_empty())>
            <p class="hint age">{move || age.get()}</p>
        </Show>
        <Show when=move || failed.with(|failed| !failed.is_empty())>
            <div class="finding warning">
                {move || failed.get().into_iter().map(|note| view! { <p>{note}</p> }).collect_view()}
                <p class="hint"><button type="button" class="quiet" on:click=again>"Try again"</button></p>
            </div>
        </Show>
    }
}

/// What failed of the files, above the view.
#[component]
pub fn Failures() -> impl IntoView {
    let store = expect_context::<Store>();
    let failed = Memo::new(move |_| {
        let of = |file: &FileEntry| store.failures(file).into_iter().map(|note| (file.id, note)).collect::<Vec<_>>();
        store.files.with(|files| files.iter().flat_map(of).collect::<Vec<_>>())
    });
    let one = move |(id, note)| {
        let again = move |_| leptos::task::spawn_local(store.look_at(id));
        view! {
            <p class="notice failure" role="status">
                {note} " "
                <button type="button" class="quiet" on:click=again>"Try again"</button>
            </p>
        }
    };
    let more = move || {
        let more = failed.with(Vec::len).saturating_sub(FEW);
        (more > 0).then(|| {
            view! {
                <p class="notice failure" role="status">
                    {plural(more as u64, "more source")} " failed. "
                    <button type="button" class="quiet" on:click=move |_| store.sheet.set(Some(Sheet::Files))>"Details"</button>
                </p>
            }
        })
    };
    view! {
        {move || failed.get().into_iter().take(FEW).map(one).collect_view()}
        {more}
    }
}

/// The sources that are not open.
#[component]
pub fn Offered() -> impl IntoView {
    let store = expect_context::<Store>();
    let offered = Memo::new(move |_| store.offered());
    let one = move |source: crate::state::deployment::DataSource| {
        let (name, verb) = match source.place {
            Place::Address(src) => (src, "Open"),
            Place::Server(live) => (format!("{} (one server is shown at a time)", live.url), "Connect"),
        };
        let label = source.label.clone();
        view! {
            <li>
                <button type="button" title=name on:click=move |_| store.open_source(&label)>{verb} " " {source.label}</button>
                <span class="hint">{source.title}</span>
            </li>
        }
    };
    view! {
        <Show when=move || offered.with(|offered| !offered.is_empty())>
            <section class="offered" aria-label="Further sources">
                <h2>"Further sources"</h2>
                <ul>{move || offered.get().into_iter().map(one).collect_view()}</ul>
            </section>
        </Show>
    }
}
