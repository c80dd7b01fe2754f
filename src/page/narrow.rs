//! What a narrow header has no room for, in a menu.

use leptos::html::Details;
use leptos::prelude::*;

use super::app::ExampleLinks;
use super::keys::press;
use super::store::{Sheet, Store};

/// The menu: it closes with whatever is taken from it.
#[component]
pub fn MoreMenu() -> impl IntoView {
    let store = expect_context::<Store>();
    let menu = NodeRef::<Details>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let step = move |name: &'static str, take: fn(Store)| {
        view! {
            <li>
                <button
                    type="button"
                    class="quiet"
                    on:click=move |_| {
                        close();
                        take(store);
                    }
                >
                    {name}
                </button>
            </li>
        }
    };
    let has_examples = move || store.config.with(|config| !config.examples.is_empty());
    view! {
        <details
            class="menu narrow more"
            node_ref=menu
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    close();
                }
            }
        >
            <summary>"More"</summary>
            <div class="more-list">
                <ul>
                    {step("Search everything", |store| store.sheet.set(Some(Sheet::Palette)))}
                    {step("Open folder", |_| press("open-folder"))}
                    {step("Open address", |store| store.sheet.set(Some(Sheet::Address)))}
                    {step("Connect to Prometheus", |store| store.sheet.set(Some(Sheet::Connect(false))))}
                    <Show when=move || store.has_catalogue()>{step("Look for newer data", |store| store.refresh_all())}</Show>
                </ul>
                <Show when=has_examples>
                    <p class="group">"Examples"</p>
                    <ExampleLinks/>
                </Show>
            </div>
        </details>
    }
}
