//! Details of a point: the card at the pointer, and the pinned side panel.

use leptos::prelude::*;

use super::address::History;
use super::clipboard;
use super::label::Label;
use super::parts::TextLink;
use super::store::Store;
use crate::chart::Crossed;
use crate::view_model::PointCard;

/// Figures on the card at the pointer: the plotted two come first.
const ON_CARD: usize = 4;

/// Dimensions on the card at the pointer: those that tell points apart stand first.
const IDENTITY: usize = 24;

/// Height that the card keeps free below it, as its style sheet allows it to grow.
const CARD_HEIGHT: f64 = 388.0;

/// The rulers to both axes, and the card beside the point.
#[component]
pub fn HoverCard(
    /// The point, in pixels of the plot.
    x: f64,
    /// The point, in pixels of the plot.
    y: f64,
    /// The plot's corner, in pixels of the window.
    origin: [f64; 2],
    /// All lines at this place.
    lines: Vec<Crossed>,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let window_size =
        |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    let (width, height) = (window_size(window().inner_width()), window_size(window().inner_height()));
    // The card keeps to the side of the point that has room.
    let at = origin[0] + x;
    let (left, right) = if at > width / 2.0 {
        ("auto".to_owned(), format!("{}px", width - at + 14.0))
    } else {
        (format!("{}px", at + 14.0), "auto".to_owned())
    };
    let top = format!("{}px", (origin[1] + y - 60.0).min(height - CARD_HEIGHT).max(8.0));
    view! {
        <div class="ruler ruler-x" style:left=format!("{x}px") style:top=format!("{y}px")></div>
        <div class="ruler ruler-y" style:top=format!("{y}px") style:width=format!("{x}px")></div>
        {move || {
            store
                .hover_card
                .get()
                .map(|card| {
                    view! {
                        <div
                            class="hover-card"
                            role="status"
                            style:left=left.clone()
                            style:right=right.clone()
                            style:top=top.clone()
                        >
                            <p class="card-title">{card.title.clone()}</p>
                            <Figures card=card.clone() most=ON_CARD/>
                            <Lines lines=lines.clone()/>
                            <Identity card=differing(&card, store) most=IDENTITY/>
                            <p class="origin"><Label text=format!("{}{}", card.origins.first().cloned().unwrap_or_default(), more(&card))/></p>
                        </div>
                    }
                })
        }}
    }
}

/// The card with the dimensions alone that differ among what is shown.
fn differing(card: &PointCard, store: Store) -> PointCard {
    let listed = |key: &str| {
        store.model.with_untracked(|model| {
            model.as_ref().is_some_and(|model| model.columns.iter().any(|column| column.key == key && key != "load_kind"))
        })
    };
    PointCard { identity: card.identity.iter().filter(|(key, ..)| listed(key)).cloned().collect(), ..card.clone() }
}

/// All lines at one place, with their differences.
#[component]
fn Lines(lines: Vec<Crossed>) -> impl IntoView {
    let line = |line: Crossed| {
        view! {
            <tr class:here=line.here>
                <th scope="row"><span class=line.style.map_or("swatch".to_owned(), |style| format!("swatch mark-{}", style.colour + 1))></span> {line.label}</th>
                <td>{line.value}</td>
                <td>{line.change}</td>
            </tr>
        }
    };
    (!lines.is_empty())
        .then(|| view! { <table class="crossed"><tbody>{lines.into_iter().map(line).collect_view()}</tbody></table> })
}

fn more(card: &PointCard) -> String {
    match card.origins.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more (mean)", n - 1),
    }
}

#[component]
fn Figures(card: PointCard, most: usize) -> impl IntoView {
    let lines = card.figures.into_iter().take(most);
    view! {
        <dl class="figures">
            {lines.map(|(label, value, exact)| view! { <dt>{label}</dt> <dd title=exact>{value}</dd> }).collect_view()}
        </dl>
    }
}

#[component]
fn Identity(card: PointCard, most: usize) -> impl IntoView {
    view! {
        <dl class="identity">
            {card.identity.into_iter().take(most).map(|(_, label, value)| view! { <dt>{label}</dt> <dd title=value.clone()>{value.clone()}</dd> }).collect_view()}
        </dl>
    }
}

/// The point whose details stay open.
#[component]
pub fn Side() -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        {move || {
            store
                .pinned
                .get()
                .map(|card| {
                    let text = as_text(&card);
                    let identity = card.identity.clone();
                    let filter = move |_| {
                        store.change(History::Push, |state| {
                            for (key, _, value) in &identity {
                                let configures = crate::catalog::dimensions::role(key) == crate::catalog::Role::Configuration;
                                if configures && !value.contains(", ") {
                                    state.choose(key, [value.clone()].into());
                                }
                            }
                        });
                    };
                    view! {
                        <aside class="side" aria-label="Details of a point">
                            <header>
                                <h2>{card.title.clone()}</h2>
                                <button type="button" class="quiet" aria-label="Close details" on:click=move |_| store.pinned.set(None)>"×"</button>
                            </header>
                            <p class="side-steps">
                                <button type="button" on:click=filter>"Filter to this"</button>
                                <button type="button" on:click=move |_| clipboard::copy(store, text.clone(), "Details copied.".to_owned())>"Copy"</button>
                            </p>
                            {card.steps.iter().map(|(name, link)| view! { <p><TextLink text=name.clone() href=Some(link.clone())/></p> }).collect_view()}
                            <Figures card=card.clone() most=usize::MAX/>
                            <Identity card=card.clone() most=usize::MAX/>
                            <h3>"Source"</h3>
                            <ul class="origins">{card.origins.iter().map(|origin| view! { <li>{origin.clone()}</li> }).collect_view()}</ul>
                            {(!card.definitions.is_empty()).then(|| view! { <h3>"Definitions"</h3> })}
                            {card.definitions.iter().map(|text| view! { <p class="definition">{text.clone()}</p> }).collect_view()}
                        </aside>
                    }
                })
        }}
    }
}

fn as_text(card: &PointCard) -> String {
    let identity = card.identity.iter().map(|(_, label, value)| format!("{label}\t{value}"));
    let figures = card.figures.iter().map(|(label, _, exact)| format!("{label}\t{exact}"));
    let origins = card.origins.iter().map(|origin| format!("Source\t{origin}"));
    std::iter::once(card.title.clone()).chain(identity).chain(figures).chain(origins).collect::<Vec<_>>().join("\n")
}
