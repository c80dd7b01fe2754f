//! The bar of a data set on a server: what of it is read, by which values, and how much that was.

use leptos::prelude::*;

use super::address::History;
use super::files::Status;
use super::live::{line, named};
use super::picker::{Choice, Picker};
use super::store::Store;
use crate::catalog::dimensions;
use crate::catalog::number::{bytes, column};
use crate::engine::dataset::{self, FIGURES, Overview};
use crate::engine::protocol::FileId;
use crate::record::Severity;

/// A bar for each data set.
#[component]
pub fn DatasetBars() -> impl IntoView {
    let store = expect_context::<Store>();
    let ids = Memo::new(move |_| store.datasets.with(|all| all.keys().copied().collect::<Vec<_>>()));
    view! { <For each=move || ids.get() key=|id| *id let:id><DatasetBar id/></For> }
}

/// What was read of how much.
fn said(overview: &Overview) -> String {
    let rows = |count: u64| column(count as f64);
    let of = overview.rows.map_or_else(String::new, |all| format!(" of {}", rows(all)));
    let read = bytes(overview.read_bytes as f64);
    format!("{}{of} rows; read {read} of {}", rows(overview.passed as u64), bytes(overview.bytes as f64))
}

#[component]
fn DatasetBar(id: FileId) -> impl IntoView {
    let store = expect_context::<Store>();
    let overview = Memo::new(move |_| store.datasets.with(|all| all.get(&id).cloned().unwrap_or_default()));
    let file = Memo::new(move |_| {
        store.files.with(|files| {
            files.iter().find(|file| file.id == id).cloned().map(|file| {
                let errors = file
                    .reports()
                    .iter()
                    .flat_map(|report| &report.diagnostics)
                    .filter(|found| found.severity == Severity::Error);
                let first = errors.map(|found| (found.message.clone(), found.hint.clone())).next();
                (file.name(), matches!(file.status, Status::Waiting | Status::Reading(_)), first)
            })
        })
    });
    let reading = Memo::new(move |_| file.with(|file| file.as_ref().is_some_and(|(_, reading, _)| *reading)));
    let columns = Memo::new(move |_| {
        overview.with(|overview| overview.choices.iter().map(|choice| choice.column.clone()).collect::<Vec<_>>())
    });
    // As it is on the screen: what was left to the data is chosen, too.
    let selection = Memo::new(move |_| store.settled().selection());
    let picker = move |column: String| {
        let title = StoredValue::new(dimensions::label(&column).to_owned());
        let dimension = StoredValue::new(column);
        // Its values change with what is chosen elsewhere, while it is open.
        let known = Memo::new(move |_| {
            overview.with(|overview| {
                let of = |choice: &&dataset::Choice| dimension.with_value(|column| choice.column == *column);
                overview.choices.iter().find(of).map(|choice| (choice.values.clone(), choice.more)).unwrap_or_default()
            })
        });
        let chosen = Memo::new(move |_| {
            let of = |key: &String| selection.with(|selection| selection.get(key).cloned());
            dimension.with_value(of).unwrap_or_default().into_iter().collect::<Vec<_>>()
        });
        let shown = move |value: &str| match value {
            "" => "not stated".to_owned(),
            value => dimension.with_value(|key| dimensions::display(key, value)),
        };
        let choices = Signal::derive(move || {
            let chosen = chosen.get();
            let (values, more) = known.get();
            let of = |key: &str, label: &str, chosen: bool| line(key, label, chosen);
            let mut lines = vec![of(ALL, "All", chosen.is_empty())];
            // A choice that the other filters leave nothing of can be taken back.
            let gone = chosen.iter().filter(|value| !values.contains(value));
            let all = values.iter().chain(gone);
            lines.extend(all.map(|value| of(&format!("{VALUE}{value}"), &shown(value), chosen.contains(value))));
            if more {
                lines.push(Choice { faint: true, ..of(MORE, "There may be others", false) });
            }
            lines
        });
        let take = Callback::new(move |key: String| {
            if key == MORE {
                return;
            }
            store.change(History::Push, |state| match key.strip_prefix(VALUE) {
                Some(value) => state.toggle(&dimension.get_value(), value),
                None => state.choose(&dimension.get_value(), Default::default()),
            });
        });
        let text = Signal::derive(move || {
            let labels: Vec<String> = chosen.get().iter().map(|value| shown(value)).collect();
            named(&title.get_value(), &labels)
        });
        let id = format!("dataset-{}-{}", id.0, dimension.get_value());
        view! { <Picker id label=title.get_value() text choices on_take=take several=true/> }
    };
    let further = Memo::new(move |_| store.state.with(|state| state.options.get(FIGURES).cloned().unwrap_or_default()));
    let figures = Signal::derive(move || {
        let further = further.get();
        overview.with(|overview| {
            let figure = |(key, title): (&String, &String)| {
                let chosen = overview.read_figures.contains(key) || further.contains(key);
                Choice { faint: overview.read_figures.contains(key) && !further.contains(key), ..line(key, title, chosen) }
            };
            overview.figures.iter().map(figure).collect::<Vec<_>>()
        })
    });
    let take_figure = Callback::new(move |key: String| {
        // What is read by itself cannot be left out.
        let by_itself = overview.with_untracked(|overview| overview.read_figures.contains(&key));
        if by_itself && !further.with_untracked(|further| further.contains(&key)) {
            return;
        }
        store.change(History::Push, |state| {
            let of = state.options.entry(FIGURES.to_owned()).or_default();
            match of.iter().position(|figure| *figure == key) {
                Some(at) => _ = of.remove(at),
                None => of.push(key.clone()),
            }
            if of.is_empty() {
                state.options.remove(FIGURES);
            }
        });
    });
    let figures_text = Signal::derive(move || {
        overview.with(|overview| format!("Figures: {} of {}", overview.read_figures.len(), overview.figures.len()))
    });
    let words = move || match reading.get() {
        true => "Reading …".to_owned(),
        false => overview.with(said),
    };
    view! {
        <section class="live" aria-label="Data set">
            <div class="live-line">
                <span class="live-name">{move || file.with(|file| file.as_ref().map(|(name, ..)| name.clone()))}</span>
                <For each=move || columns.get() key=|column| column.clone() let:column>{picker(column)}</For>
                <Picker id=format!("dataset-{}-figures", id.0) label="Figures that are read" text=figures_text choices=figures on_take=take_figure several=true/>
                <Show when=move || reading.get()>
                    <button type="button" on:click=move |_| store.cancel(id)>"Cancel"</button>
                </Show>
                <span class="muted live-said" role="status">{words}</span>
            </div>
            {move || file.with(|file| file.as_ref().and_then(|(.., error)| error.clone())).map(|(message, hint)| {
                view! { <p class="finding error" role="alert"><strong>{message}</strong> " " {hint}</p> }
            })}
        </section>
    }
}

/// What is shown where nothing of the data sets passes the filters, and nothing else is loaded.
#[component]
pub fn NothingPasses() -> impl IntoView {
    let store = expect_context::<Store>();
    let filters = move || {
        let selection = store.state.with(|state| state.selection());
        let one = |(key, values): (&String, &std::collections::BTreeSet<String>)| {
            let values: Vec<&str> = values.iter().map(|value| if value.is_empty() { "not stated" } else { value }).collect();
            format!("{} {}", dimensions::label(key), values.join(" or "))
        };
        selection.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let clear = move |_| store.change(History::Push, crate::state::ViewState::clear_filters);
    view! {
        <section class="empty">
            <p>"No row of the data set passes these filters: " {filters} "."</p>
            <p><button type="button" on:click=clear>"Clear all filters"</button></p>
        </section>
    }
}

/// The keys of the line that stands for all values, and of the one that says that there are others, and what the keys of values
/// begin with: a value may be empty.
const ALL: &str = "all";
const MORE: &str = "more";
const VALUE: &str = "=";
