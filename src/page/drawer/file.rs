//! One file in the drawer: format, record counts, findings, and actions.

use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::finding;
use crate::catalog::number::plural;
use crate::engine::findings::{self, Totals};
use crate::engine::{FileReport, ReadAs};
use crate::format::ABOUT;
use crate::format::spreadsheet::Decimal;
use crate::page::catalogue::CopyState;
use crate::page::clipboard;
use crate::page::files::{Content, FileEntry, Status};
use crate::page::picker::{Choice, Picker};
use crate::page::store::Store;
use crate::record::Kind;
use crate::runs::tags;
use crate::sorting::Sorting;
use crate::state::ViewState;

/// Findings of one file that are listed before “all”.
const FEW: usize = 5;
/// Members of an archive that are listed at once.
const MEMBERS: usize = 200;

/// A file with its findings.
#[component]
pub fn FileBox(
    /// The file as it is now.
    file: FileEntry,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let id = file.id;
    let progress = Memo::new(move |_| {
        store.files.with(|files| match files.iter().find(|file| file.id == id).map(|file| &file.status) {
            Some(Status::Reading(fraction)) => *fraction,
            _ => 0.0,
        })
    });
    let formats = Signal::derive(move || {
        let as_found = Choice { label: "detect from the content".to_owned(), ..Choice::default() };
        let known =
            ABOUT.iter().map(|format| Choice { key: format.id.to_owned(), label: format.label.to_owned(), ..Choice::default() });
        let decimals = Decimal::ALL.map(|decimal| Choice {
            key: decimal.key().to_owned(),
            label: decimal.label().to_owned(),
            ..Choice::default()
        });
        let own = store.config.with(|config| {
            let choice = |(id, label): (&str, &str)| Choice { key: id.to_owned(), label: label.to_owned(), ..Choice::default() };
            config.format_names().map(choice).collect::<Vec<_>>()
        });
        std::iter::once(as_found).chain(decimals).chain(own).chain(known).collect::<Vec<_>>()
    });
    let state = match &file.status {
        Status::Waiting => view! { <p class="hint">"Waiting"</p> }.into_any(),
        Status::Reading(_) => view! {
            <p class="reading">
                <progress max="1" prop:value=progress aria-label="Reading"></progress>
                <span>{move || format!("{:.0}%", progress.get() * 100.0)}</span>
                <button type="button" on:click=move |_| store.cancel(id)>"Cancel"</button>
            </p>
        }
        .into_any(),
        Status::Cancelled => view! {
            <p class="hint">"Cancelled. " <button type="button" class="quiet" on:click=move |_| store.reread(id, None)>"Read it again"</button></p>
        }
        .into_any(),
        Status::Unread(reason) => view! {
            <div class="finding error">
                <p>{format!("Not read: {reason}.")}</p>
                <p class="hint"><button type="button" class="quiet" on:click=move |_| store.reread(id, None)>"Read it again"</button></p>
            </div>
        }
        .into_any(),
        Status::Failed(reason) => view! {
            <div class="finding error">
                <p>{format!("The reader crashed: {reason}")}</p>
                <p class="hint">"It may be too large for this browser's memory. Other files are not affected. Please report it."</p>
            </div>
        }
        .into_any(),
        Status::Read(reports) => match reports.as_slice() {
            [report] => view! { <Report report=report.clone()/> }.into_any(),
            reports => view! { <Members reports=reports.to_vec()/> }.into_any(),
        },
    };
    let skipped = file.skipped_requests();
    let requests = (skipped > 0).then(|| {
        view! {
            <p class="hint requests">
                {format!("{} beside the summary. ", plural(skipped as u64, "single request"))}
                <button type="button" class="quiet" on:click=move |_| store.load_requests(&[id])>"Load them"</button>
            </p>
        }
    });
    // Ask how to read ambiguous numbers right where the file is listed.
    let notation = file.reports().iter().any(|report| report.undecided).then(|| {
        let one = |decimal: Decimal| {
            let read = move |_| store.reread(id, Some(ReadAs::Numbers(decimal)));
            view! { <button type="button" on:click=read>{decimal.label()}</button> }
        };
        view! { <p class="side-steps notation">"Read its " {Decimal::ALL.map(one).collect_view()}</p> }
    });
    let paths: Vec<String> =
        file.reports().iter().filter(|report| !report.records.is_empty()).map(|report| report.path.clone()).collect();
    let describe = (!paths.is_empty()).then(|| {
        view! {
            <button type="button" class="quiet" on:click=move |_| store.describe(paths.clone())>"describe"</button>
        }
    });
    let tagged = tags_of(store, &file).map(|tags| {
        let content = file.content.clone();
        let name = file.name();
        let save = move |_| save_tags(store, name.clone(), &content, tags.clone());
        view! { <button type="button" class="quiet" title="The file with your tags in it, and nothing else changed" on:click=save>"save with tags"</button> }
    });
    let mappable = file.reports().first().filter(|report| report.columns.is_some() && file.reports().len() == 1);
    let mapping = mappable.is_some().then(|| {
        view! {
            <button type="button" class="quiet" on:click=move |_| store.map_columns(id)>"map columns"</button>
        }
    });
    let name = file.label.clone().unwrap_or_else(|| file.path.clone());
    let path = file.label.is_some().then(|| file.path.clone());
    let copy = file.clone();
    view! {
        <li class="file" data-path=file.path.clone()>
            <header>
                <h3>{name}</h3>
                <Picker
                    id=format!("read-as-{}", id.0)
                    label="Read as"
                    text="read as …"
                    choices=formats
                    on_take=Callback::new(move |key: String| store.reread(id, Some(key).filter(|key| !key.is_empty()).map(|key| ReadAs::from_key(&key))))
                />
                {mapping}
                {describe}
                {tagged}
                <button type="button" class="quiet" on:click=move |_| store.remove(&[id])>"remove"</button>
            </header>
            {path.map(|path| view! { <p class="hint">{path}</p> })}
            <CopyState file=copy/>
            {state}
            {notation}
            {requests}
        </li>
    }
}

/// The tags that the reader gave to a run, of the local file that describes it.
fn tags_of(store: Store, file: &FileEntry) -> Option<String> {
    let [report] = file.reports() else { return None };
    if !file.is_local() || report.format.as_deref() != Some("srt-slurm") || !tags::describes_run(&report.path) {
        return None;
    }
    let given = |state: &ViewState| {
        let given = state.given.iter().rev().find(|given| given.dimension == "tags" && given.covers(&report.path));
        given.map(|given| given.value.clone())
    };
    store.state.with(given)
}

/// Offers a run's file with these tags written into it.
fn save_tags(store: Store, name: String, content: &Content, given: String) {
    let Some(blob) = content.beside().dyn_into::<Blob>().ok() else { return };
    leptos::task::spawn_local(async move {
        let read = JsFuture::from(blob.array_buffer()).await.ok();
        let text = read.and_then(|bytes| String::from_utf8(Uint8Array::new(&bytes).to_vec()).ok());
        match text.and_then(|text| tags::with_tags(&text, &tags::listed(&given))) {
            Some(text) => clipboard::download(&name, "application/json", &text.into()),
            None => {
                store.toast(&format!("{name} could not be written: it was changed since it was dropped, or is damaged."), None)
            }
        }
    });
}

/// The members of an archive, those with findings or records first.
#[component]
fn Members(reports: Vec<FileReport>) -> impl IntoView {
    let mut totals = Totals::default();
    reports.iter().for_each(|report| totals.add(report));
    let recognised = totals.recognised;
    let asides = findings::asides(&totals.asides).map(|line| view! { <p class="hint asides">{line}</p> });
    let reports: Vec<FileReport> = reports.into_iter().filter(|report| report.aside.is_none()).collect();
    let shown = reports.len();
    let listed = reports.into_iter().take(MEMBERS).map(|report| {
        let name = report.path.clone();
        view! {
            <li data-path=name.clone()>
                <h4>{name.clone()}</h4>
                <Report report/>
            </li>
        }
    });
    let listed = listed.collect_view();
    let (total, rest) = (totals.files, shown.saturating_sub(MEMBERS));
    view! {
        <p class="facts">{format!("{total} files inside, {recognised} recognised")}</p>
        <details class="members">
            <summary>"List them"</summary>
            <ul>{listed}</ul>
            {asides}
            {(rest > 0).then(|| view! { <p class="hint">{format!("{rest} more are not listed; their messages are under “Messages”.")}</p> })}
        </details>
    }
}

/// How many records of which kind a file gave.
fn counts(report: &FileReport) -> Vec<String> {
    let others = report.records.iter().filter(|(kind, _)| **kind != Kind::Measurement);
    let others = others.map(|(kind, count)| kind.count(*count));
    let measured = (report.measurements > 0 || report.records.is_empty())
        .then(|| format!("{} at {}", Kind::Measurement.count(report.measurements), plural(report.loads.len() as u64, "load")));
    measured.into_iter().chain(others).collect()
}

#[component]
fn Report(report: FileReport) -> impl IntoView {
    let store = expect_context::<Store>();
    let format = report.format_label().map(str::to_owned);
    let mut facts: Vec<String> = format.clone().into_iter().collect();
    facts.extend(match (&report.tool, &report.tool_version) {
        (Some(tool), Some(version)) => Some(format!("{tool} {version}")),
        (Some(tool), None) => Some(tool.clone()),
        (None, _) => None,
    });
    facts.extend(report.schema.clone());
    match &report.aside {
        _ if format.is_some() => facts.extend(counts(&report)),
        Some(what) => facts.push(format!("not a result: {what}")),
        None if report.failed => facts.push("not read".to_owned()),
        None => facts.push("not recognised".to_owned()),
    }
    let path = report.path.clone();
    let joins = move || {
        let said = store.model.with(|model| model.as_ref().map(|model| model.joins.clone()).unwrap_or_default());
        said.into_iter().filter(|(of, _)| *of == path).map(|(_, note)| view! { <p class="join">{note}</p> }).collect_view()
    };
    let found = StoredValue::new(report.diagnostics);
    let all = RwSignal::new(false);
    let total = found.with_value(Vec::len);
    let listed = move || {
        let mut sorted = found.get_value();
        sorted.order_by_key(|finding| std::cmp::Reverse(finding.severity));
        sorted.truncate(if all.get() { usize::MAX } else { FEW });
        sorted
    };
    let one = |found: crate::record::Diagnostic| {
        let place = found.place.to_string();
        view! { <li>{finding(found.severity, Some(place), found.message, found.hint)}</li> }
    };
    view! {
        <p class="facts">{facts.join(" · ")}</p>
        {joins}
        <ul class="findings">{move || listed().into_iter().map(one).collect_view()}</ul>
        <Show when=move || { total > FEW && !all.get() }>
            <button type="button" class="quiet" on:click=move |_| all.set(true)>{format!("all {total} findings")}</button>
        </Show>
    }
}
