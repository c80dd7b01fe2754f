//! The share dialog: a link, a bundle, a report. Names of people and hosts are hidden while it is open, unless the reader wants
//! them: the page behind it looks as others will see it.

use leptos::prelude::*;

use super::files::{self, Content, FileEntry};
use super::saved::SavedViews;
use super::store::Store;
use super::{address, clipboard, report};
use crate::catalog::number::{self, plural};
use crate::engine::protocol::ExportRef;

/// The longest link that chat and mail programs pass on whole, in characters.
const LONGEST_LINK: usize = 32_000;

/// The dialog's inside.
#[component]
pub fn Share() -> impl IntoView {
    let store = expect_context::<Store>();
    let local = move || {
        // Of the measurements that the filters leave, which are what the link carries.
        let shown = store.model.with(|model| {
            let paths = model.as_ref()?.facets.iter().find(|facet| facet.key == "path")?;
            Some(paths.values.iter().filter(|value| value.count > 0).map(|value| value.value.clone()).collect::<Vec<_>>())
        });
        let is_shown = |file: &FileEntry| {
            let has = |paths: &Vec<String>| file.reports().iter().any(|report| paths.contains(&report.path));
            shown.as_ref().is_none_or(has)
        };
        let local = |file: &&FileEntry| matches!(file.content, Content::Blob(_)) && file.records() > 0 && is_shown(file);
        store.files.with(|files| files.iter().filter(local).map(|file| file.path.clone()).collect::<Vec<_>>())
    };
    let personal = store.model.with_untracked(|model| model.as_ref().map(|model| model.personal.clone())).unwrap_or_default();
    let named = RwSignal::new(personal.is_empty());
    Effect::new(move |_| store.hide_names(!named.get()));
    on_cleanup(move || store.hide_names(false));
    // Data of this computer can only be shared inside the link, or as a file beside it.
    let has_local =
        store.files.with_untracked(|files| files.iter().any(|file| matches!(file.content, Content::Blob(_)) && file.is_own()));
    Effect::new(move |_| {
        store.model.track();
        has_local.then(|| store.pack());
    });
    let with_data = Memo::new(move |_| store.data_link.get().filter(|link| link.len() <= LONGEST_LINK));
    // The address is read when the dialog opens: it always equals the screen.
    let href = address::href();
    let link =
        Memo::new(move |_| if local().is_empty() { href.clone() } else { with_data.get().unwrap_or_else(|| href.clone()) });
    let private = store.config.with_untracked(|config| config.private);
    let carries = move || {
        let local = files::enumerate(&local());
        let shown = store.model.with(|model| model.as_ref().map_or(0, |model| model.total));
        let is_packed = with_data.with(Option::is_some);
        if private {
            let what = "This page is on your computer alone, for as long as `inferscope open` runs: its link works here and nowhere else. Send a bundle or a report.";
            ("notice", what.to_owned())
        } else if local.is_empty() {
            ("hint", "It carries this view and its data’s address: it opens for anyone who can reach that address.".to_owned())
        } else if is_packed {
            let size = number::bytes(link.with(String::len) as f64);
            let rows = plural(shown as u64, "row");
            let what = format!(
                "It carries this view and its data ({rows} of {local}, {size}): whoever has the link has the figures. No server stores them."
            );
            ("notice", what)
        } else {
            let what = format!(
                "It carries this view without its data: they are too many for a link, and {local} never left this computer. Save a bundle and send that, or filter down to what matters."
            );
            ("notice", what)
        }
    };
    let originals = store.originals();
    let with_originals = RwSignal::new(false);
    view! {
        <h3>"Link"</h3>
        <p><input type="text" class="share-link" readonly aria-label="Link" prop:value=link/></p>
        <p class="side-steps">
            <button type="button" class="primary" on:click=move |_| clipboard::copy(store, link.get_untracked(), "Link copied.".to_owned())>"Copy link"</button>
            <button type="button" on:click=move |_| store.download(ExportRef::of("csv"))>"Download the shown measurements"</button>
        </p>
        {move || {
            let (class, words) = carries();
            view! { <p class=class>{words}</p> }
        }}
        {(!personal.is_empty())
            .then(|| {
                let names = personal.join(", ");
                view! {
                    <p>
                        <label>
                            <input type="checkbox" prop:checked=named on:change:target=move |event| named.set(event.target().checked())/>
                            {format!(" Share names of people and hosts ({names})")}
                        </label>
                    </p>
                    <p class="hint">"Without them they are numbered, as the page shows now. Paths and names of runs stay as they are."</p>
                }
            })}
        <h3>"Bundle"</h3>
        <p class="hint">"One file with all records, this view, descriptions and prices. Drop it on any Inferscope to see the same; pandas reads its tables."</p>
        <p class="side-steps">
            <button type="button" on:click=move |_| store.save_bundle(with_originals.get_untracked() && named.get_untracked())>"Save bundle (.zip)"</button>
            {originals
                .map(|bytes| {
                    let words = move || {
                        let what = if named.get() { "unchanged" } else { "which have all names: share those first" };
                        format!(" with the original files, {what} ({})", number::bytes(bytes))
                    };
                    view! {
                        <label>
                            <input
                                type="checkbox"
                                prop:checked=with_originals
                                disabled=move || !named.get()
                                on:change:target=move |event| with_originals.set(event.target().checked())
                            />
                            {words}
                        </label>
                    }
                })}
        </p>
        <h3>"Report"</h3>
        <p class="side-steps">
            <button type="button" on:click=move |_| store.save_report()>"Save as a page (HTML)"</button>
            <button type="button" on:click=move |_| report::copy_html(store)>"Copy for a wiki, with pictures"</button>
            <button type="button" on:click=move |_| report::copy_markdown(store)>"Copy for chat (Markdown)"</button>
        </p>
        <p class="hint">"One file with interactive charts, tables and sources that needs no network. Drop it on Inferscope to see its data."</p>
        <h3>"For yourself"</h3>
        <SavedViews/>
    }
}
