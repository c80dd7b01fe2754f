//! The page's layout: top bar, rail, main, side; pickers; toasts; the empty page.

use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::address::History;
use super::dialogs::Sheets;
use super::drawer::count;
use super::drops::{receive_drops, receive_pastes};
use super::facets::{Chips, Rail};
use super::files::{self, FileEntry, Status};
use super::grids::Grids;
use super::keys;
use super::label::Label;
use super::legend::Legend;
use super::parts::{Cards, Controls};
use super::settings::Scheme;
use super::side::Side;
use super::store::{Sheet, Store};
use super::table::Twin;
use super::tabs::Tabs;
use super::toolbar::{PanelBox, Split};
use crate::catalog::number;
use crate::record::{Kind, Severity};
use crate::view::{Empty, ViewModel};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let store = Store::new();
    provide_context(store);
    keys::listen(store);
    let dragging = receive_drops(store);
    receive_pastes(store);
    mark_root(store);
    store.start();
    let rail = move || store.preferences.with(|preferences| preferences.rail);
    let has_data = Memo::new(move |_| store.model.with(|model| model.as_ref().is_some_and(|model| !model.kinds.is_empty())));
    let reading =
        move || store.files.with(|files| files.iter().any(|file| matches!(file.status, Status::Waiting | Status::Reading(_))));
    view! {
        <TopBar/>
        <Tabs/>
        <div class="body" class:no-rail=move || !rail() || !has_data.get()>
            <Show when=move || rail() && has_data.get()>
                <div class="scrim rail-scrim" on:click=move |_| store.preferences.update(|preferences| preferences.rail = false)></div>
                <Rail/>
            </Show>
            <main>
                <Notices/>
                <Show when=move || has_data.get() fallback=move || view! { <Welcome reading=Signal::derive(reading)/> }>
                    <Picture/>
                </Show>
            </main>
            <Side/>
        </div>
        <Toasts/>
        <Sheets/>
        <Show when=move || dragging.get()>
            <div class="drop-here" role="status">"Drop files or folders anywhere. They stay on this computer."</div>
        </Show>
    }
}

#[component]
fn TopBar() -> impl IntoView {
    let store = expect_context::<Store>();
    let picker = NodeRef::<Input>::new();
    let folder = NodeRef::<Input>::new();
    let take = move |input: NodeRef<Input>| {
        if let Some(input) = input.get_untracked() {
            store.add(input.files().map(|list| files::picked(&list)).unwrap_or_default());
            // The same file can be picked again.
            input.set_value("");
        }
    };
    let open = move |input: NodeRef<Input>| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let endings: Vec<String> =
        crate::format::FORMATS.iter().flat_map(|format| format.extensions()).map(|ending| format!(".{ending}")).collect();
    view! {
        <header class="top">
            <a class="name" href="?" title="Start anew">"Inferscope"</a>
            <DataChip/>
            <span class="grow"></span>
            <button
                type="button"
                class="top-button narrow"
                aria-expanded=move || if store.preferences.get().rail { "true" } else { "false" }
                on:click=move |_| store.preferences.update(|preferences| preferences.rail = !preferences.rail)
            >
                "Filters"
            </button>
            <Examples/>
            <button type="button" class="top-button" id="open-files" on:click=move |_| open(picker)>"Open files"</button>
            <button type="button" class="top-button wide" on:click=move |_| open(folder)>"Open folder"</button>
            <button type="button" class="top-button wide" title="Search everything (Ctrl or ⌘ K)" on:click=move |_| store.sheet.set(Some(Sheet::Palette))>
                "Search " <kbd>"k"</kbd>
            </button>
            <button type="button" class="top-button" on:click=move |_| store.sheet.set(Some(Sheet::Share))>"Share"</button>
            <button
                type="button"
                class="top-button icon"
                title="Light, dark, or as the system is (m)"
                aria-label=move || format!("Colour scheme: {}", scheme_name(store.preferences.get().scheme))
                on:click=move |_| keys::cycle_scheme(store)
            >
                {move || match store.preferences.get().scheme {
                    Scheme::System => "◐",
                    Scheme::Light => "○",
                    Scheme::Dark => "●",
                }}
            </button>
            <button type="button" class="top-button icon" title="Keyboard (?)" aria-label="Keyboard shortcuts" on:click=move |_| store.sheet.set(Some(Sheet::Shortcuts))>"?"</button>
            <input node_ref=picker type="file" multiple hidden accept=endings.join(",") aria-label="Open files" on:change=move |_| take(picker)/>
            <input node_ref=folder type="file" multiple hidden prop:webkitdirectory=true aria-label="Open a folder" on:change=move |_| take(folder)/>
        </header>
    }
}

/// The views, in groups of one purpose.
/// The deployment's examples: links, nothing more.
#[component]
fn Examples() -> impl IntoView {
    let store = expect_context::<Store>();
    let examples = move || store.config.with(|config| config.examples.clone());
    view! {
        <Show when=move || !examples().is_empty()>
            <details class="menu wide">
                <summary>"Examples"</summary>
                <ExampleLinks/>
            </details>
        </Show>
    }
}

#[component]
fn ExampleLinks() -> impl IntoView {
    let store = expect_context::<Store>();
    let link = |example: crate::state::settings::Example| {
        view! {
            <li>
                <a href=example.link>
                    <strong>{example.title}</strong>
                    <span>{example.description}</span>
                </a>
            </li>
        }
    };
    view! { <ul class="examples">{move || store.config.get().examples.into_iter().map(link).collect_view()}</ul> }
}

fn scheme_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::System => "as the system is",
        Scheme::Light => "light",
        Scheme::Dark => "dark",
    }
}

/// What is loaded, in one line; opens the drawer.
#[component]
fn DataChip() -> impl IntoView {
    let store = expect_context::<Store>();
    let text = move || {
        store.files.with(|files| {
            let rows: usize = files.iter().map(FileEntry::records).sum();
            let name = match files.as_slice() {
                [] => return "no data".to_owned(),
                [file] => file.label.clone().unwrap_or_else(|| file.path.rsplit('/').next().unwrap_or(&file.path).to_owned()),
                files => format!("{} files", files.len()),
            };
            format!("{name} · {rows} rows")
        })
    };
    let findings = move |severity, one: &str, many: &str| {
        let n = store.files.with(|files| count(files, severity));
        match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        }
    };
    let progress = move || {
        store.files.with(|files| {
            let under_way = |file: &files::FileEntry| match file.status {
                Status::Reading(fraction) => Some(fraction),
                Status::Waiting => Some(0.0),
                Status::Read(_) | Status::Cancelled | Status::Failed(_) => None,
            };
            let left: Vec<f64> = files.iter().filter_map(under_way).collect();
            (!left.is_empty()).then(|| left.iter().sum::<f64>() / left.len() as f64)
        })
    };
    let name = move || {
        let findings = [findings(Severity::Error, "error", "errors"), findings(Severity::Warning, "warning", "warnings")];
        std::iter::once(text()).chain(findings.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    };
    view! {
        <button type="button" class="data-chip" aria-label=name title="Files and findings (d)" on:click=move |_| store.sheet.set(Some(Sheet::Files))>
            <Label class="data-name" text=Signal::derive(text)/>
            {move || findings(Severity::Error, "error", "errors").map(|text| view! { " " <span class="badge error">{text}</span> })}
            {move || findings(Severity::Warning, "warning", "warnings").map(|text| view! { " " <span class="badge warning">{text}</span> })}
            {move || progress().map(|share| view! { <progress max="1" prop:value=share aria-label="Reading files"></progress> })}
        </button>
    }
}

/// What the link said that was not understood.
#[component]
fn Notices() -> impl IntoView {
    let store = expect_context::<Store>();
    move || store.link_notes.get().into_iter().map(|note| view! { <p class="notice" role="status">{note}</p> }).collect_view()
}

/// A view: chips, sentence, controls, cards, panels with their legend, grids, table.
#[component]
fn Picture() -> impl IntoView {
    let store = expect_context::<Store>();
    let of =
        move |part: fn(&crate::view::ViewModel) -> String| store.model.with(|model| model.as_ref().map(part).unwrap_or_default());
    let notes = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.notes.clone()).unwrap_or_default()));
    let panels = Memo::new(move |_| store.model.with(|model| model.as_ref().map_or(0, |model| model.panels.len())));
    let named = Memo::new(move |_| {
        store
            .model
            .with(|model| model.as_ref().is_some_and(|model| model.panels.iter().any(|panel| panel.chart.y.ticks.is_some())))
    });
    let empty = Memo::new(move |_| store.model.with(|model| model.as_ref().and_then(|model| model.empty.clone())));
    view! {
        <div class="lead">
            <Kinds/>
            <div class="lead-line">
                <Chips/>
                <span class="grow"></span>
                <Show when=move || store.settled().view == "explore">
                    <Split/>
                </Show>
            </div>
            <Controls/>
            <div class="lead-line">
                <Show when=move || store.synthetic()>
                    <strong class="demo" title="Made by a formula, measured on nothing. Drop your own results anywhere.">"Synthetic demo data"</strong>
                </Show>
                <p class="sentence" role="status">{move || of(|model| model.sentence.clone())}</p>
                <Show when=move || notes.with(|notes| !notes.is_empty() && short(notes))>
                    <NoteList notes/>
                </Show>
            </div>
            <Show when=move || notes.with(|notes| !short(notes))>
                <details class="more-notes">
                    <summary>{move || number::plural(notes.with(Vec::len) as u64, "note")}</summary>
                    <NoteList notes/>
                </details>
            </Show>
        </div>
        <Show
            when=move || empty.with(Option::is_none)
            fallback=move || view! { <Nothing empty/> }
        >
            <Show when=move || { panels.get() > 0 }>
                <div class="panels" class:named=named data-panels=panels>
                    <For each=move || 0..panels.get() key=|index| *index let:index>
                        <PanelBox index/>
                    </For>
                </div>
            </Show>
            <Legend/>
            <Cards/>
        </Show>
        <Grids/>
        <Twin/>
    }
}

/// Why there is nothing to see, and the step that helps.
#[component]
fn Nothing(empty: Memo<Option<Empty>>) -> impl IntoView {
    let store = expect_context::<Store>();
    let body = move |empty: Empty| {
        let remedy = empty.remedy.map(|(name, state)| {
            view! { <button type="button" class="primary" on:click=move |_| store.put(History::Push, state.clone())>{name}</button> }
        });
        view! {
            <p>{empty.reason}</p>
            {remedy}
        }
    };
    view! { <div class="empty" role="status">{move || empty.get().map(body)}</div> }
}

/// Notes up to this many characters in all stand beside the sentence; longer ones are folded under it.
const SHORT: usize = 160;

fn short(notes: &[String]) -> bool {
    notes.iter().map(|note| note.chars().count()).sum::<usize>() <= SHORT
}

#[component]
fn NoteList(notes: Memo<Vec<String>>) -> impl IntoView {
    view! { <ul class="notes" aria-label="Notes">{move || notes.get().into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul> }
}

/// What kinds of records are loaded, where there are several, and which is shown.
#[component]
fn Kinds() -> impl IntoView {
    let store = expect_context::<Store>();
    let kinds = Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.kinds.clone()).unwrap_or_default()));
    let shown = move || store.model.with(|model| model.as_ref().map(ViewModel::kind));
    let one = move |(kind, count): (Kind, usize)| {
        view! {
            <button
                type="button"
                class="kind"
                aria-pressed=move || if shown() == Some(kind) { "true" } else { "false" }
                on:click=move |_| store.change(History::Push, |state| state.show_kind(kind))
            >
                {number::short(count as f64)} " " {if count == 1 { kind.label() } else { kind.plural() }}
            </button>
        }
    };
    view! {
        <Show when=move || kinds.with(|kinds| kinds.len() > 1)>
            <div class="kinds" role="group" aria-label="Kind of records">{move || kinds.get().into_iter().map(one).collect_view()}</div>
        </Show>
    }
}

/// The page without data.
#[component]
fn Welcome(reading: Signal<bool>) -> impl IntoView {
    let store = expect_context::<Store>();
    let formats: Vec<&str> = crate::format::FORMATS.iter().map(|format| format.label()).collect();
    let waiting_for_file =
        move || store.state.with(|state| state.sources.is_empty() && *state != crate::state::ViewState::default());
    view! {
        <div class="welcome">
            <h1>"Drop inference-benchmark results here"</h1>
            <Show when=move || reading.get()>
                <p role="status">"Reading …"</p>
            </Show>
            <Show when=waiting_for_file>
                <p class="notice">"This link describes a view of a file that its sender had on their computer. Drop the same file, and you see what they saw."</p>
            </Show>
            <p>{format!("Files, folders, or pasted text: {}.", formats.join(", "))}</p>
            <p>"They are read in your browser and stay on this computer. Nothing is uploaded."</p>
            <ExampleLinks/>
        </div>
    }
}

#[component]
fn Toasts() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <ul class="toasts" aria-live="polite">
            <For each=move || store.toasts.get() key=|toast| toast.id let:toast>
                {
                    let id = toast.id;
                    let step = toast.step.clone().map(|(name, _)| {
                        let toast = toast.clone();
                        view! { <button type="button" on:click=move |_| store.take_step(&toast)>{name}</button> }
                    });
                    view! {
                        <li class="toast">
                            <span>{toast.text.clone()}</span>
                            {step}
                            <button type="button" class="quiet" aria-label="Dismiss" on:click=move |_| store.dismiss(id)>"×"</button>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

/// Marks the root element: colour scheme, and whether work is pending (for tests and for the curious).
fn mark_root(store: Store) {
    let root = || document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    Effect::new(move |_| {
        let pending = store.pending.get();
        if let Some(root) = root() {
            let data = root.dataset();
            let _ = data.set("busy", &pending.to_string());
            if pending == 0 {
                let _ = data.set("ready", "true");
            } else {
                data.delete("ready");
            }
        }
    });
    Effect::new(move |_| {
        let scheme = store.preferences.get().scheme;
        if let Some(root) = root() {
            let value = match scheme {
                Scheme::System => "light dark",
                Scheme::Light => "light",
                Scheme::Dark => "dark",
            };
            let _ = root.style().set_property("color-scheme", value);
        }
    });
}
