//! The dialog that asks for an address.

use leptos::html::Input;
use leptos::prelude::*;

use super::store::Store;

/// The dialog's inside.
#[component]
pub fn OpenAddress() -> impl IntoView {
    let store = expect_context::<Store>();
    let address = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let open = move || match store.open_address(&address.get_untracked()) {
        Ok(()) => store.sheet.set(None),
        Err(why) => wrong.set(Some(why)),
    };
    view! {
        <form
            class="connect"
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <label>
                "Address of a file, or of a folder on GitHub, GitLab, Hugging Face, S3 or Google Cloud Storage"
                <input
                    type="text"
                    node_ref=field
                    inputmode="url"
                    placeholder="https://github.com/OWNER/REPOSITORY/tree/main/results"
                    spellcheck="false"
                    prop:value=address
                    aria-invalid=move || if wrong.with(Option::is_some) { "true" } else { "false" }
                    on:input:target=move |event| address.set(event.target().value())
                />
            </label>
            {move || wrong.get().map(|why| view! { <p class="finding error" role="alert">{why}</p> })}
            <p class="side-steps"><button type="submit" class="primary">"Open"</button></p>
            <p class="hint">
                "Paste the address of the page where the results are: your browser asks that server directly, without signing in. The address becomes part of the link. The page of a Prometheus connects it."
            </p>
        </form>
    }
}
