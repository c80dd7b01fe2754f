//! The page's layout: top bar, rail, main, side; pickers; toasts; the empty page.

use leptos::ev::MouseEvent;
use leptos::html::{Input, Main};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::address::History;
use super::catalogue::{DeploymentNotice, Failures, Offered, RefreshIcon};
use super::dataset::{DatasetBars, NothingPasses};
use super::dialogs::Sheets;
use super::drawer::count;
use super::drops::{receive_drops, receive_early, receive_pastes};
use super::embed::{self, is_embedded};
use super::facets::Rail;
use super::files::{self, FileEntry, Status};
use super::keys;
use super::label::Label;
use super::live::LiveBar;
use super::narrow::MoreMenu;
use super::picture::Picture;
use super::settings::Scheme;
use super::side::Side;
use super::store::{Sheet, Store};
use super::tabs::Tabs;
use super::version::NewerVersion;
use crate::catalog::number;
use crate::record::Severity;
use crate::state::deployment::copies::span;
use crate::state::link;
use crate::view::{self, About};

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
    receive_early(store);
    let rail = move || store.preferences.with(|preferences| preferences.rail);
    let has_data = Memo::new(move |_| store.model.with(|model| model.as_ref().is_some_and(|model| !model.kinds.is_empty())));
    let reading =
        move || store.files.with(|files| files.iter().any(|file| matches!(file.status, Status::Waiting | Status::Reading(_))));
    // The rail has its room before there is anything to filter, so that the picture comes where the progress line was.
    let has_rail = Memo::new(move |_| rail() && (has_data.get() || reading() || store.opening.get()));
    name_document(store);
    let main = NodeRef::<Main>::new();
    let skip = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    embed::expose(store);
    if is_embedded() {
        return view! { <Embedded/> }.into_any();
    }
    let has_local = Memo::new(move |_| store.files.with(|files| files.iter().any(FileEntry::is_local)));
    let nothing_passes =
        Memo::new(move |_| store.datasets.with(|all| all.values().any(|overview| !overview.refused && overview.passed == 0)));
    view! {
        <a class="skip" href="#content" on:click=skip>"Skip to the content"</a>
        <DeploymentNotice/>
        <TopBar/>
        <Tabs/>
        <div class="body" class:no-rail=move || !has_rail.get()>
            <Show when=move || has_rail.get()>
                <div class="scrim rail-scrim" on:click=move |_| store.prefer(|preferences| preferences.rail = false)></div>
                <Show when=move || has_data.get() fallback=|| view! { <div class="rail"></div> }>
                    <Rail/>
                </Show>
            </Show>
            <main id="content" tabindex="-1" node_ref=main class:behind=move || store.behind.get()>
                <Show when=move || has_data.get()>
                    <h1 class="unseen">{move || subject(store)}</h1>
                </Show>
                <LiveBar/>
                <DatasetBars/>
                <Notices/>
                <Show when=move || has_data.get() fallback=move || {
                    if nothing_passes.get() {
                        view! { <NothingPasses/> }.into_any()
                    } else if store.opening.get() && !has_local.get() {
                        // As in index.html.
                        view! { <p class="boot" role="status">"Loading… " <progress></progress> <br/> "You can drop files already. They stay on this computer."</p> }.into_any()
                    } else {
                        view! { <Welcome reading=Signal::derive(reading)/> }.into_any()
                    }
                }>
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
    .into_any()
}

/// The page inside another: what is shown, and a way to all the rest.
#[component]
fn Embedded() -> impl IntoView {
    let store = expect_context::<Store>();
    let has_data = Memo::new(move |_| store.model.with(|model| model.as_ref().is_some_and(|model| !model.kinds.is_empty())));
    // Data that the page around this one sent are in no link.
    let whole = move || {
        let link = link::encode(&store.state.get());
        store.state.with(|state| !state.local && !state.sources.is_empty()).then_some(link)
    };
    view! {
        <main id="content" tabindex="-1" class="embedded">
            <DeploymentNotice/>
            <Notices/>
            <Show when=move || has_data.get() fallback=|| view! { <p class="hint" role="status">"No data yet."</p> }>
                <Picture/>
            </Show>
            {move || whole().map(|link| view! { <p class="hint"><a href=link target="_blank" rel="noopener">"Open in Inferscope"</a></p> })}
        </main>
        <Toasts/>
        <Sheets/>
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
        crate::format::ABOUT.iter().flat_map(|format| format.extensions).map(|ending| format!(".{ending}")).collect();
    view! {
        <header class="top">
            <a class="name" href="?" title="Start over">"Inferscope"</a>
            <DataChip/>
            <RefreshIcon/>
            <span class="grow"></span>
            <button
                type="button"
                class="top-button narrow"
                aria-expanded=move || if store.preferences.get().rail { "true" } else { "false" }
                on:click=move |_| store.prefer(|preferences| preferences.rail = !preferences.rail)
            >
                "Filters"
            </button>
            <MoreMenu/>
            <Examples/>
            <button type="button" class="top-button" id="open-files" on:click=move |_| open(picker)>"Open files"</button>
            <button type="button" class="top-button wide" id="open-folder" on:click=move |_| open(folder)>"Open folder"</button>
            <button type="button" class="top-button wide" title="Open what is at an address (a)" on:click=move |_| store.sheet.set(Some(Sheet::Address))>"Open address"</button>
            <button type="button" class="top-button wide" title="Show series of a Prometheus server" on:click=move |_| store.sheet.set(Some(Sheet::Connect(false)))>"Connect"</button>
            <button type="button" class="top-button wide" title="Search everything (Ctrl or ⌘ K)" on:click=move |_| store.sheet.set(Some(Sheet::Palette))>
                "Search " <kbd>"k"</kbd>
            </button>
            <button type="button" class="top-button" on:click=move |_| store.sheet.set(Some(Sheet::Share))>"Share"</button>
            <button
                type="button"
                class="top-button icon"
                title="Light, dark or match system (m)"
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
pub fn ExampleLinks() -> impl IntoView {
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
        Scheme::System => "match system",
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
            let rows: usize = files.iter().map(FileEntry::rows).sum();
            // What is no result is counted nowhere but in the drawer, unless there is nothing else.
            let results: Vec<&FileEntry> = files.iter().filter(|file| !file.is_aside() || files.len() == 1).collect();
            let name = match results.as_slice() {
                [] => return "no data".to_owned(),
                [file] => file.name(),
                results => format!("{} files", results.len()),
            };
            let age = match results.as_slice() {
                _ if !store.has_catalogue() => None,
                [file] => Some(store.age(file)).filter(|age| !age.is_empty()),
                files => store.oldest(files).map(|oldest| {
                    // “Less than a minute” is a bound already.
                    let bound = if oldest < 60_000.0 { "" } else { "up to " };
                    format!("{bound}{} old", span(oldest))
                }),
            };
            let age = age.map(|age| format!(" · {age}")).unwrap_or_default();
            format!("{name} · {} {}{age}", number::column(rows as f64), if rows == 1 { "row" } else { "rows" })
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
                Status::Read(_) | Status::Cancelled | Status::Failed(_) | Status::Unread(_) => None,
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
        <button type="button" class="data-chip" aria-label=name title="Files and messages (d)" on:click=move |_| store.sheet.set(Some(Sheet::Files))>
            <Label class="data-name" text=Signal::derive(text)/>
            {move || findings(Severity::Error, "error", "errors").map(|text| view! { " " <span class="badge error">{text}</span> })}
            {move || findings(Severity::Warning, "warning", "warnings").map(|text| view! { " " <span class="badge warning">{text}</span> })}
            {move || progress().map(|share| view! { <progress max="1" prop:value=share aria-label="Reading files"></progress> })}
        </button>
    }
}

/// What the link said that was not understood, and what of it is missing beside what it brought.
#[component]
fn Notices() -> impl IntoView {
    let store = expect_context::<Store>();
    let beside =
        move || store.misses_local() && store.model.with(|model| model.as_ref().is_some_and(|model| !model.kinds.is_empty()));
    let missing = move |reason: String| {
        let what = if store.model.with(Option::is_some) { "else can" } else { "can" };
        view! {
            <p class="notice" role="alert">
                {format!("Nothing {what} be shown: {reason}. ")}
                <button type="button" class="quiet" on:click=move |_| store.retry()>"Try again"</button>
                " or reload the page; it may have been updated."
            </p>
        }
    };
    view! {
        <NewerVersion/>
        {move || store.missing.get().map(missing)}
        <Show when=move || store.behind.get()>
            <p class="notice" role="status">"Loading the engine; what you asked for is shown as soon as it is there. " <progress></progress></p>
        </Show>
        <Show when=move || store.joining.get().is_some()>
            <p class="notice" role="status">
                "Joining the files… "
                <progress max="1" prop:value=move || store.joining.get().unwrap_or_default() aria-label="Joining the files"></progress> " "
                <button type="button" class="quiet" on:click=move |_| store.cancel_join()>"Remove the new files"</button>
            </p>
        </Show>
        <Failures/>
        {move || store.link_notes.get().into_iter().map(|note| view! { <p class="notice" role="status">{note}</p> }).collect_view()}
        <Show when=beside>
            <p class="notice" role="status">
                {MISSING} " "
                <button type="button" class="quiet" on:click=move |_| store.change(History::Replace, |state| state.local = false)>
                    "Go on without them"
                </button>
            </p>
        </Show>
    }
}

/// Said where a link was made with files that are not here.
const MISSING: &str =
    "This link was made with files on its sender’s computer, which links do not carry. Drop the same files to restore that view.";

/// The page without data: where to drop files, what they can be, and examples.
#[component]
fn Welcome(reading: Signal<bool>) -> impl IntoView {
    let store = expect_context::<Store>();
    let missing = move || store.misses_local();
    let group = |(name, tools): (&'static str, &'static [&'static str])| {
        view! { <dt>{name}</dt> <dd>{tools.join(", ")}</dd> }
    };
    let all = format!("All {} formats", crate::format::ABOUT.len());
    let every = || crate::format::ABOUT.iter().map(|format| view! { <li title=format.reads>{format.label}</li> }).collect_view();
    view! {
        <div class="welcome">
            <div class="drop-box">
                <h1>"Drop inference-benchmark results here"</h1>
                <Show when=move || reading.get()>
                    <p role="status">"Reading …"</p>
                </Show>
                <Show when=missing>
                    <p class="notice" role="status">{MISSING}</p>
                </Show>
                <p>"Files, folders or archives of any of these tools; or paste text. They are read in your browser and stay on this computer: nothing is uploaded."</p>
                <p class="drop-steps">
                    <button type="button" class="primary" on:click=move |_| keys::press("open-files")>"Open files"</button>
                    <button type="button" on:click=move |_| keys::press("open-folder")>"Open folder"</button>
                    <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Address))>"Open address"</button>
                    <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Connect(false)))>"Connect to Prometheus"</button>
                </p>
            </div>
            <Offered/>
            <dl class="tools">{crate::format::TOOLS.into_iter().map(group).collect_view()}</dl>
            <details class="all-formats">
                <summary>{all}</summary>
                <ul>{every()}</ul>
            </details>
            <h2>"Examples"</h2>
            <ExampleLinks/>
        </div>
    }
}

/// How long a message is seen, in milliseconds.
const TOAST_MS: u32 = 8_000;

#[component]
fn Toasts() -> impl IntoView {
    let store = expect_context::<Store>();
    // One at a time, the newest first; each has its time when it is the one that is seen.
    let seen = Memo::new(move |_| store.toasts.with(|toasts| toasts.last().map(|toast| toast.id)));
    Effect::new(move |_| {
        let Some(id) = seen.get() else { return };
        let end = move || {
            if seen.try_get_untracked().flatten() == Some(id) {
                store.dismiss(id);
            }
        };
        gloo_timers::callback::Timeout::new(TOAST_MS, end).forget();
    });
    let more = move || match store.toasts.with(Vec::len) {
        0 | 1 => None,
        count => Some(view! { <span class="muted">{format!("{} more", count - 1)}</span> }),
    };
    view! {
        <ul class="toasts" aria-live="polite">
            <For each=move || store.toasts.with(|toasts| toasts.last().cloned()) key=|toast| toast.id let:toast>
                {
                    let id = toast.id;
                    let step = toast.step.clone().map(|(name, _)| {
                        let toast = toast.clone();
                        view! { <button type="button" on:click=move |_| store.run_action(&toast)>{name}</button> }
                    });
                    view! {
                        <li class="toast">
                            <span>{toast.text.clone()}</span>
                            {step}
                            {more}
                            <button type="button" class="quiet" aria-label="Dismiss" on:click=move |_| store.dismiss(id)>"×"</button>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

/// What the page is about: the view, and the data by name.
pub fn subject(store: Store) -> String {
    let view = view::about(&store.settled().view).map(About::name).unwrap_or_default();
    let data = store.files.with(|files| {
        let results: Vec<&FileEntry> = files.iter().filter(|file| !file.is_aside() || files.len() == 1).collect();
        match results.as_slice() {
            [] => String::new(),
            [file] => file.name(),
            results => format!("{} files", results.len()),
        }
    });
    [view, data].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Keeps the document's title: tabs, bookmarks and the history tell views apart.
fn name_document(store: Store) {
    Effect::new(move |_| {
        let subject = subject(store);
        document().set_title(&if subject.is_empty() { "Inferscope".to_owned() } else { format!("{subject} – Inferscope") });
    });
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
