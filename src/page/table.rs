//! The row table: the records behind the charts; only the visible rows are in the document.

use leptos::html::Div;
use leptos::prelude::*;

use super::grids::Heading;
use super::store::Store;
use super::toolbar::TableMenu;
use crate::record::Kind;
use crate::view_model::ViewModel;

/// Height of a row in pixels; `--row` in the style sheet says the same.
const ROW: f64 = 28.0;
/// Rows rendered above and below the visible ones.
const MARGIN: usize = 30;

/// The row table.
#[component]
pub fn RowTable() -> impl IntoView {
    let store = expect_context::<Store>();
    let first = Memo::new(move |_| store.model.with(|model| model.as_ref().is_some_and(|model| model.rows_first)));
    let open = move || first.get() || store.preferences.with(|preferences| preferences.table);
    let total = Memo::new(move |_| store.model.with(|model| model.as_ref().map_or(0, |model| model.total)));
    let toggle = move |_| store.prefer(|preferences| preferences.table = !preferences.table);
    view! {
        <section class="twin" class:open=open class:first=first aria-label="Table of the shown measurements">
            <header class="twin-head">
                <Show when=move || !first.get()>
                    <button type="button" class="quiet" id="toggle-table" aria-expanded=move || if open() { "true" } else { "false" } on:click=toggle>
                        {move || if open() { "▾ Table" } else { "▸ Table" }}
                    </button>
                </Show>
                <span class="twin-count">{move || store.model.with(|model| model.as_ref().map_or(Kind::Measurement, ViewModel::kind)).count(total.get())}</span>
                <Show when=move || { total.get() > 0 }>
                    <TableMenu/>
                </Show>
            </header>
            <Show when=open>
                <Rows total/>
            </Show>
        </section>
    }
}

#[component]
fn Rows(total: Memo<usize>) -> impl IntoView {
    let store = expect_context::<Store>();
    let body = NodeRef::<Div>::new();
    let columns =
        Memo::new(move |_| store.model.with(|model| model.as_ref().map(|model| model.columns.clone()).unwrap_or_default()));
    let top = RwSignal::new(0.0_f64);
    // Ask for the rows in sight whenever the picture or the place in it changes.
    Effect::new(move |_| {
        if store.model.with(Option::is_none) {
            return;
        }
        let height = body.get().map_or(400.0, |body| f64::from(body.client_height()));
        let first = ((top.get() / ROW) as usize).saturating_sub(MARGIN);
        let length = (height / ROW) as usize + 2 * MARGIN;
        let (have, rows) = store.window.get_untracked();
        let seen = first + MARGIN..(first + length - MARGIN).min(total.get());
        if rows.is_empty() || seen.start < have || seen.end > have + rows.len() {
            store.ask_rows(first, length);
        }
    });
    view! {
        <div
            class="twin-body"
            node_ref=body
            tabindex="0"
            on:scroll:target=move |event| top.set(f64::from(event.target().scroll_top()))
        >
            <table aria-rowcount=move || total.get() + 1>
                <thead>
                    <tr>{move || columns.get().into_iter().map(|column| view! { <Heading column/> }).collect_view()}</tr>
                </thead>
                <tbody>
                    {move || {
                        let (offset, rows) = store.window.get();
                        let columns = columns.get();
                        let below = total.get().saturating_sub(offset + rows.len());
                        let spacer = |rows: usize| {
                            (rows > 0).then(|| view! { <tr class="spacer" aria-hidden="true" style:height=format!("{}px", rows as f64 * ROW)></tr> })
                        };
                        let lines = rows
                            .into_iter()
                            .enumerate()
                            .map(|(i, cells)| {
                                let cells = cells.into_iter().zip(&columns);
                                let cells = cells
                                    .map(|(cell, column)| {
                                        let (text, exact) = (column.shown(&cell).into_owned(), column.exact(&cell).into_owned());
                                        view! { <td class:number=column.numeric title=exact>{text}</td> }
                                    })
                                    .collect_view();
                                view! { <tr aria-rowindex=offset + i + 2>{cells}</tr> }
                            })
                            .collect_view();
                        (spacer(offset), lines, spacer(below))
                    }}
                </tbody>
            </table>
        </div>
    }
}
