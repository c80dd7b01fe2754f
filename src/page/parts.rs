//! What a view is made of besides charts: its controls, its cards and its grids; and the links in them.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::address::History;
use super::picker::{self, Picker};
use super::store::{Sheet, Store};
use crate::engine::protocol::ExportKind;
use crate::state::{Sort, link};
use crate::view::{Card, Column, Control, Entry, Evidence, Grid, GridCell, Tone, ViewModel, log};

/// A part of the picture, which changes only when its value does.
fn part<T: PartialEq + Clone + Send + Sync + Default + 'static>(store: Store, of: fn(&ViewModel) -> T) -> Memo<T> {
    Memo::new(move |_| store.model.with(|model| model.as_ref().map(of).unwrap_or_default()))
}

/// How a tone is marked: a sign that stands before the text, and a class for the colour.
fn mark(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Plain => ("", ""),
        Tone::Better => ("▲ ", "tone better"),
        Tone::Worse => ("▼ ", "tone worse"),
        Tone::Similar => ("≈ ", "tone similar"),
        Tone::Doubt => ("~ ", "tone doubt"),
    }
}

/// A text that leads somewhere: a link inside the page changes the state, a log opens over it, any other opens a tab.
#[component]
fn Lead(text: String, href: Option<String>) -> impl IntoView {
    let store = expect_context::<Store>();
    // A new tab or window is the browser's affair.
    let here = |event: &MouseEvent| {
        let here = !(event.ctrl_key() || event.meta_key() || event.shift_key());
        if here {
            event.prevent_default();
        }
        here
    };
    let Some(href) = href else { return view! { <span>{text}</span> }.into_any() };
    if let Some(address) = log::address(&href).map(str::to_owned) {
        let asked = address.clone();
        let follow = move |event: MouseEvent| {
            if here(&event) {
                store.log.set(asked.clone());
                store.sheet.set(Some(Sheet::Log));
            }
        };
        view! { <a href=address aria-haspopup="dialog" on:click=follow>{text}</a> }.into_any()
    } else if href.starts_with('?') {
        let query = href.clone();
        let follow = move |event: MouseEvent| {
            if here(&event) {
                store.put(History::Push, link::decode(&query).0);
            }
        };
        view! { <a href=href on:click=follow>{text}</a> }.into_any()
    } else {
        view! { <a href=href target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
    }
}

/// The view's controls, in one line.
#[component]
pub fn Controls() -> impl IntoView {
    let store = expect_context::<Store>();
    let keys = part(store, |model| model.controls.iter().map(|control| control.key.clone()).collect::<Vec<_>>());
    view! {
        <Show when=move || keys.with(|keys| !keys.is_empty())>
            <div class="controls" role="group" aria-label="Controls of this view">
                <For each=move || keys.get() key=|key| key.clone() let:key>
                    <ControlBox key/>
                </For>
            </div>
        </Show>
    }
}

#[component]
fn ControlBox(key: String) -> impl IntoView {
    let store = expect_context::<Store>();
    let key = StoredValue::new(key);
    let control = Memo::new(move |_| {
        store
            .model
            .with(|model| model.as_ref()?.controls.iter().find(|control| key.with_value(|key| *key == control.key)).cloned())
    });
    let set = move |values: Vec<String>| store.change(History::Push, |state| state.set_option(&key.get_value(), values));
    let first =
        move || control.with(|control| control.as_ref().and_then(|control| control.values.first().cloned()).unwrap_or_default());
    let Some(Control { label, help, entry, .. }) = control.get_untracked() else { return ().into_any() };
    let body = match entry {
        Entry::One(_) | Entry::Several(_) => {
            let several = matches!(entry, Entry::Several(_));
            let choices = move || {
                control.with(|control| match control.as_ref() {
                    Some(Control { entry: Entry::One(choices) | Entry::Several(choices), values, .. }) => {
                        let line = |choice: &crate::view::Choice| picker::Choice {
                            key: choice.value.clone(),
                            label: choice.label.clone(),
                            hint: choice.hint.clone(),
                            chosen: values.contains(&choice.value),
                            ..picker::Choice::default()
                        };
                        choices.iter().map(line).collect()
                    }
                    _ => Vec::new(),
                })
            };
            let text = move || {
                let chosen: Vec<String> = choices().into_iter().filter(|choice| choice.chosen).map(|choice| choice.label).collect();
                if chosen.is_empty() { (if several { "all" } else { "none" }).to_owned() } else { super::files::enumerate(&chosen) }
            };
            let take = Callback::new(move |value: String| {
                if let Some(control) = control.get_untracked() {
                    set(control.taking(&value));
                }
            });
            let id = format!("control-{}", key.get_value());
            view! { <Picker id label=label.clone() text=Signal::derive(text) choices=Signal::derive(choices) on_take=take several/> }.into_any()
        }
        Entry::Number { unit } => view! {
            <input
                type="number"
                min="0"
                step="any"
                aria-label=label.clone()
                data-control=key.get_value()
                prop:value=first
                on:change:target=move |event| set(Some(event.target().value()).filter(|text| !text.is_empty()).into_iter().collect())
            />
            <span class="unit">{unit}</span>
        }
        .into_any(),
        Entry::Text { placeholder } => view! {
            <input
                type="search"
                aria-label=label.clone()
                placeholder=placeholder
                data-control=key.get_value()
                prop:value=first
                on:change:target=move |event| set(Some(event.target().value()).filter(|text| !text.is_empty()).into_iter().collect())
            />
        }
        .into_any(),
    };
    view! { <div class="control" title=help><span class="control-name">{label.clone()}</span> {body}</div> }.into_any()
}

/// The figures that matter.
#[component]
pub fn Cards() -> impl IntoView {
    let store = expect_context::<Store>();
    let cards = part(store, |model| model.cards.clone());
    view! {
        <Show when=move || cards.with(|cards| !cards.is_empty())>
            <div class="cards">{move || cards.get().into_iter().map(|card| view! { <CardBox card/> }).collect_view()}</div>
        </Show>
    }
}

#[component]
fn CardBox(card: Card) -> impl IntoView {
    let Card { label, value, tone, detail, method, evidence } = card;
    let (sign, class) = mark(tone);
    let lines = evidence
        .into_iter()
        .map(|Evidence { text, tone, link }| {
            let (sign, class) = mark(tone);
            view! { <li><span class=class>{sign}</span><Lead text href=link/></li> }
        })
        .collect_view();
    view! {
        <details class="figure-card">
            <summary>
                <span class="figure-label">{label}</span>
                <span class=format!("figure-value {class}")>{sign}{value}</span>
                <span class="figure-detail">{detail}</span>
            </summary>
            <div class="figure-more">
                <p class="hint">{method}</p>
                <ul>{lines}</ul>
            </div>
        </details>
    }
}

/// The view's results as tables.
#[component]
pub fn Grids() -> impl IntoView {
    let store = expect_context::<Store>();
    let count = part(store, |model| model.grids.len());
    view! { <For each=move || 0..count.get() key=|index| *index let:index><GridBox index/></For> }
}

/// Rows of a grid that are drawn in one task: more would keep the page from answering.
const AT_ONCE: usize = 20;

/// Draws the next chunk in a task of its own, and so on until all are there or another grid is to be drawn.
fn draw_on(store: Store, generation: RwSignal<u32>, drawn: RwSignal<usize>, chunks: usize) {
    if drawn.get_untracked() >= chunks {
        return;
    }
    let now = generation.get_untracked();
    store.pending.update(|pending| *pending += 1);
    gloo_timers::callback::Timeout::new(0, move || {
        if generation.try_get_untracked() == Some(now) {
            drawn.update(|drawn| *drawn += 1);
            draw_on(store, generation, drawn, chunks);
        }
        store.pending.update(|pending| *pending -= 1);
    })
    .forget();
}

/// The rows of a chunk.
fn rows_of(grid: Memo<Option<Grid>>, chunk: usize) -> impl IntoView {
    grid.with_untracked(|grid| {
        let Some(grid) = grid else { return Vec::new() };
        let line = |cells: &Vec<GridCell>| {
            let cells = cells
                .iter()
                .cloned()
                .zip(&grid.columns)
                .map(|(cell, column)| view! { <GridCellBox cell numeric=column.numeric/> });
            view! { <tr>{cells.collect_view()}</tr> }
        };
        grid.rows.iter().skip(chunk * AT_ONCE).take(AT_ONCE).map(line).collect()
    })
}

#[component]
fn GridBox(index: usize) -> impl IntoView {
    let store = expect_context::<Store>();
    let grid = Memo::new(move |_| store.model.with(|model| model.as_ref()?.grids.get(index).cloned()));
    let of = move |part: fn(&Grid) -> String| grid.with(|grid| grid.as_ref().map(part).unwrap_or_default());
    // Which grid is drawn, and how many chunks of it.
    let (generation, drawn) = (RwSignal::new(0u32), RwSignal::new(0usize));
    Effect::new(move |_| {
        let chunks = grid.with(|grid| grid.as_ref().map_or(0, |grid| grid.rows.len().div_ceil(AT_ONCE)));
        generation.update(|generation| *generation += 1);
        drawn.set(chunks.min(1));
        draw_on(store, generation, drawn, chunks);
    });
    view! {
        <section class="grid" data-grid=move || of(|grid| grid.key.clone())>
            <header class="grid-head">
                <h2>{move || of(|grid| grid.title.clone())}</h2>
                <span class="hint">{move || of(|grid| grid.note.clone())}</span>
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| store.copy(ExportKind::GridTsv(index))>"copy"</button>
                <button type="button" class="quiet" on:click=move |_| store.download(ExportKind::GridCsv(index))>"CSV"</button>
            </header>
            <div class="grid-body" tabindex="0" role="region" aria-label=move || of(|grid| grid.title.clone())>
                <table>
                    <thead>
                        <tr>
                            {move || {
                                let (key, columns) = grid.with(|grid| {
                                    grid.as_ref().map(|grid| (grid.key.clone(), grid.columns.clone())).unwrap_or_default()
                                });
                                columns
                                    .into_iter()
                                    .map(|column| {
                                        let key = format!("{key}:{}", column.key);
                                        view! { <Heading column=Column { key, ..column }/> }
                                    })
                                    .collect_view()
                            }}
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || { (0..drawn.get()).map(|chunk| (generation.get(), chunk)).collect::<Vec<_>>() } key=|chunk| *chunk let:chunk>
                            {rows_of(grid, chunk.1)}
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn GridCellBox(cell: GridCell, numeric: bool) -> impl IntoView {
    let store = expect_context::<Store>();
    let GridCell { cell, tone, hint, link, edit } = cell;
    let (sign, class) = mark(tone);
    let title = if hint.is_empty() { cell.exact.clone() } else { hint };
    let inside = match edit {
        None => view! { <span class=class>{sign}<Lead text=cell.text href=link/></span> }.into_any(),
        Some(edit) => {
            let enter = move |value: String| {
                let value: String = form_urlencoded::byte_serialize(value.trim().as_bytes()).collect();
                store.put(History::Push, link::decode(&edit.replace("{value}", &value)).0);
            };
            view! {
                <input
                    type="text"
                    class:number=numeric
                    inputmode=if numeric { "decimal" } else { "text" }
                    aria-label=title.clone()
                    placeholder=cell.text
                    value=cell.exact.clone()
                    on:change:target=move |event| enter(event.target().value())
                />
            }
            .into_any()
        }
    };
    view! { <td class:number=numeric title=title data-exact=cell.exact>{inside}</td> }
}

/// A column's heading: a click sorts, a second one the other way round, a third goes back.
#[component]
pub fn Heading(column: Column) -> impl IntoView {
    let store = expect_context::<Store>();
    let key = StoredValue::new(column.key.clone());
    let sorted = move || {
        store.state.with(|state| {
            state.sort.as_ref().filter(|sort| key.with_value(|key| *key == sort.column)).map(|sort| sort.descending)
        })
    };
    let sort = move |_| {
        let next = match sorted() {
            // Figures are mostly looked at from the top.
            None => Some(column.numeric),
            Some(descending) if descending == column.numeric => Some(!descending),
            Some(_) => None,
        };
        store.change(History::Replace, |state| {
            state.sort = next.map(|descending| Sort { column: key.get_value(), descending });
        });
    };
    let direction = move || match sorted() {
        None => "none",
        Some(true) => "descending",
        Some(false) => "ascending",
    };
    view! {
        <th scope="col" class:number=column.numeric aria-sort=direction>
            <button type="button" class="quiet" on:click=sort title="Sort">
                {column.label.clone()}
                {(!column.unit.is_empty()).then(|| view! { <span class="unit">{format!(" {}", column.unit)}</span> })}
                {move || match sorted() {
                    None => "",
                    Some(true) => " ▾",
                    Some(false) => " ▴",
                }}
            </button>
        </th>
    }
}
