//! The view's own tables; rows are rendered in small chunks so that no task blocks the page.

use leptos::prelude::*;

use super::address::History;
use super::parts::{TextLink, mark, part};
use super::picker::{Choice, Picker};
use super::store::Store;
use crate::catalog::exports::{EXPORTS, Takes};
use crate::engine::protocol::ExportRef;
use crate::state::{Sort, link};
use crate::view_model::{Column, Grid, GridCell, RowEntry};

/// The view's results as tables.
#[component]
pub fn Grids() -> impl IntoView {
    let store = expect_context::<Store>();
    let count = part(store, |model| model.grids.len());
    view! { <For each=move || 0..count.get() key=|index| *index let:index><GridBox index/></For> }
}

/// Rows of a grid that are drawn in one task: more would keep the page from answering.
const AT_ONCE: usize = 10;
/// How far from the end of its rows a grid asks for more, in pixels.
const MARGIN: i32 = 600;

/// A grid as far as it is here.
#[derive(Clone, PartialEq, Default)]
struct Part {
    grid: Grid,
    /// How many rows it has.
    total: usize,
    /// Which picture it is of, where not all of its rows are here: those that are not may differ.
    picture: u32,
}

/// The rows of a grid that are in the document, or soon.
#[derive(Clone, Copy)]
struct Drawing {
    part: Memo<Part>,
    /// Rows that came after the picture.
    more: StoredValue<Vec<Vec<GridCell>>>,
    /// Changes with the grid.
    generation: RwSignal<u32>,
    /// How many chunks are drawn.
    chunks: RwSignal<usize>,
    /// Whether more rows are on their way.
    asked: StoredValue<bool>,
}

impl Drawing {
    fn here(self) -> usize {
        self.part.with_untracked(|part| part.grid.rows.len()) + self.more.with_value(Vec::len)
    }

    /// Draws the next chunk in a task of its own, and so on until all that are here are drawn or another grid is.
    fn go_on(self, store: Store) {
        if self.chunks.get_untracked() >= self.here().div_ceil(AT_ONCE) {
            return;
        }
        let now = self.generation.get_untracked();
        store.pending.update(|pending| *pending += 1);
        gloo_timers::callback::Timeout::new(0, move || {
            // Rows that come meanwhile start a second loop: each draws only what is there.
            let is_left = || self.chunks.get_untracked() < self.here().div_ceil(AT_ONCE);
            if self.generation.try_get_untracked() == Some(now) && is_left() {
                self.chunks.update(|chunks| *chunks += 1);
                self.go_on(store);
            }
            store.pending.update(|pending| *pending -= 1);
        })
        .forget();
    }

    /// Asks for the next rows when the end of those that are here comes in sight.
    fn scrolled(self, store: Store, index: usize, body: &web_sys::HtmlElement) {
        let left = body.scroll_height() - body.scroll_top() - body.client_height();
        let total = self.part.with_untracked(|part| part.total);
        if left < MARGIN && self.here() < total && !self.asked.get_value() {
            self.asked.set_value(true);
            store.ask_grid_rows(index, self.here());
        }
    }

    /// The rows of a chunk.
    fn rows(self, chunk: usize) -> impl IntoView {
        let columns = self.part.with_untracked(|part| part.grid.columns.clone());
        let line = |cells: &Vec<GridCell>| {
            let cells = cells.iter().cloned().zip(&columns).map(|(cell, column)| {
                let shown = column.shown(&cell.cell).into_owned();
                let exact = column.exact(&cell.cell).into_owned();
                view! { <GridCellBox cell shown exact numeric=column.numeric/> }
            });
            view! { <tr>{cells.collect_view()}</tr> }
        };
        self.part.with_untracked(|part| {
            self.more.with_value(|more| {
                let rows = part.grid.rows.iter().chain(more).skip(chunk * AT_ONCE).take(AT_ONCE);
                rows.map(line).collect_view()
            })
        })
    }
}

#[component]
fn GridBox(index: usize) -> impl IntoView {
    let store = expect_context::<Store>();
    let part = Memo::new(move |_| {
        let part = store.model.with(|model| {
            let model = model.as_ref()?;
            let grid = model.grids.get(index)?.clone();
            let total = grid.total;
            Some(Part { picture: if total > grid.rows.len() { store.picture() } else { 0 }, grid, total })
        });
        part.unwrap_or_default()
    });
    let drawing = Drawing {
        part,
        more: StoredValue::default(),
        generation: RwSignal::new(0),
        chunks: RwSignal::new(0),
        asked: StoredValue::new(false),
    };
    let due = StoredValue::new(false);
    let redraw = move || {
        drawing.more.set_value(Vec::new());
        drawing.asked.set_value(false);
        drawing.generation.update(|generation| *generation += 1);
        drawing.chunks.set(drawing.here().min(1));
        drawing.go_on(store);
    };
    Effect::new(move |_| {
        part.track();
        // In a task after the one that brought the picture.
        if !std::mem::replace(&mut *due.write_value(), true) {
            store.pending.update(|pending| *pending += 1);
            gloo_timers::callback::Timeout::new(0, move || {
                if due.try_set_value(false).is_none() {
                    redraw();
                }
                store.pending.update(|pending| *pending -= 1);
            })
            .forget();
        }
    });
    Effect::new(move |_| {
        store.more_rows.with(|(grid, rows)| {
            if *grid == index && drawing.asked.get_value() {
                drawing.asked.set_value(false);
                drawing.more.update_value(|more| more.extend_from_slice(rows));
                drawing.go_on(store);
            }
        });
    });
    let formats = Signal::derive(|| {
        let formats = EXPORTS.iter().filter(|export| matches!(export.takes, Takes::Records(_)));
        formats.map(|export| Choice { key: export.key.to_owned(), label: export.label.to_owned(), ..Choice::default() }).collect()
    });
    let save = Callback::new(move |key: String| store.download(ExportRef { grid: Some(index), ..ExportRef::of(&key) }));
    let of = move |what: fn(&Grid) -> String| part.with(|part| what(&part.grid));
    view! {
        <section class="grid" data-grid=move || of(|grid| grid.key.clone())>
            <header class="grid-head">
                <h2>{move || of(|grid| grid.title.clone())}</h2>
                <span class="hint">{move || of(|grid| grid.note.clone())}</span>
                <span class="grow"></span>
                <button type="button" class="quiet" on:click=move |_| store.copy(ExportRef { grid: Some(index), ..ExportRef::of("tsv") })>"copy"</button>
                <Picker id=format!("grid-menu-{index}") label="Save the table" text="save" choices=formats on_take=save class="quiet"/>
            </header>
            <div
                class="grid-body"
                tabindex="0"
                role="region"
                aria-label=move || of(|grid| grid.title.clone())
                on:scroll:target=move |event| drawing.scrolled(store, index, &event.target())
            >
                <table aria-rowcount=move || part.with(|part| part.total) + 1>
                    <thead>
                        <tr>
                            {move || {
                                let (key, columns) = part.with(|part| (part.grid.key.clone(), part.grid.columns.clone()));
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
                        <For
                            each=move || { (0..drawing.chunks.get()).map(|chunk| (drawing.generation.get(), chunk)).collect::<Vec<_>>() }
                            key=|chunk| *chunk
                            let:chunk
                        >
                            {drawing.rows(chunk.1)}
                        </For>
                    </tbody>
                    {move || part.with(|part| part.grid.entry.clone().map(|entry| (part.grid.key.clone(), part.grid.columns.clone(), entry)))
                        .map(|(key, columns, entry)| view! { <EntryRow key columns entry/> })}
                </table>
            </div>
        </section>
    }
}

/// The row in which another one is entered. Its fields belong to a form that stands in its last cell.
#[component]
fn EntryRow(key: String, columns: Vec<Column>, entry: RowEntry) -> impl IntoView {
    let store = expect_context::<Store>();
    let form = format!("entry-{key}");
    let values: Vec<RwSignal<String>> = entry.fields.iter().map(|field| RwSignal::new(field.value.clone())).collect();
    let field_of = |column: &Column| entry.fields.iter().zip(&values).find(|(field, _)| field.column == column.key);
    let filled = columns.iter().rposition(|column| field_of(column).is_some()).map_or(0, |last| last + 1);
    let cells = columns.iter().take(filled).map(|column| {
        let field = field_of(column).map(|(field, value)| {
            let value = *value;
            let list = (!field.choices.is_empty()).then(|| format!("{form}-{}", field.column));
            let choices = field.choices.iter().map(|choice| view! { <option value=choice.clone()></option> }).collect_view();
            view! {
                <input
                    form=form.clone()
                    type=if field.least.is_some() { "number" } else { "text" }
                    class:number=column.numeric
                    min=field.least
                    step=field.least.map(|_| field.step.map_or("any".to_owned(), |step| step.to_string()))
                    required=field.required
                    autocomplete="off"
                    list=list.clone()
                    aria-label=field.label.clone()
                    title=field.label.clone()
                    placeholder=column.label.clone()
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
                {list.map(|id| view! { <datalist id=id>{choices}</datalist> })}
            }
        });
        view! { <td class:number=column.numeric>{field}</td> }
    });
    let cells = cells.collect_view();
    let (rest, button) = (columns.len() - filled, entry.button.clone());
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values: Vec<String> = values.iter().map(|value| value.get_untracked()).collect();
        store.follow(link::decode(&entry.filled(&values)).0);
    };
    view! {
        <tfoot>
            <tr class="entry">
                {cells}
                <td colspan=rest.max(1)><form id=form on:submit=add><button type="submit">{button}</button></form></td>
            </tr>
        </tfoot>
    }
}

#[component]
fn GridCellBox(
    cell: GridCell,
    /// Its text on the page.
    shown: String,
    /// Its exact value, in words.
    exact: String,
    numeric: bool,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let GridCell { cell, tone, hint, link, edit } = cell;
    let (sign, class) = mark(tone);
    let title = if hint.is_empty() { exact } else { hint };
    let inside = match edit {
        None => view! { <span class=class>{sign}<TextLink text=shown href=link/></span> }.into_any(),
        Some(edit) => {
            let enter = move |value: String| {
                let value: String = form_urlencoded::byte_serialize(value.trim().as_bytes()).collect();
                let state = link::decode(&edit.replace("{value}", &value)).0;
                store.remember_changes(&state.given);
                store.follow(state);
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
                {(!column.unit.is_empty()).then(|| view! { <span class="unit">{format!(" {}", column.shown_unit())}</span> })}
                {move || match sorted() {
                    None => "",
                    Some(true) => " ▾",
                    Some(false) => " ▴",
                }}
            </button>
        </th>
    }
}
