//! What stands on and above the panels: axis titles that open menus, “lines by”, “panels by”, and each panel's own menu.

use leptos::prelude::*;

use super::address::History;
use super::chart::{self, ChartHost};
use super::clipboard;
use super::echarts::Renderer;
use super::picker::{Choice, Picker};
use super::report;
use super::store::{Sheet, Store};
use crate::catalog::exports::{EXPORTS, Export, Takes};
use crate::engine::protocol::ExportRef;
use crate::state::{ViewState, link};
use crate::view_model::{AxisModel, Panel};

/// Which of the two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Horizontal.
    X,
    /// Vertical.
    Y,
}

/// Everything an axis can show, as lines of a picker. What no filtered measurement has is faint.
pub fn axis_lines(store: Store, which: Which) -> Vec<Choice> {
    store.model.with(|model| {
        let Some(model) = model else { return Vec::new() };
        let current = model.panels.first().map(|panel| if which == Which::X { &panel.chart.x.key } else { &panel.chart.y.key });
        // Nothing else can stand on an axis of the view's own.
        if current.is_some_and(|key| key.is_empty()) || model.panels.is_empty() && !model.grids.is_empty() {
            return Vec::new();
        }
        let lines = model.axes.iter().filter(|axis| which == Which::X || !axis.key.starts_with("load:"));
        lines
            .map(|axis| Choice {
                key: axis.key.clone(),
                label: axis.label.clone(),
                hint: if axis.present == 0 { "no data here".to_owned() } else { axis.unit.clone() },
                group: axis.group.clone(),
                help: axis.help.clone(),
                chosen: current == Some(&axis.key),
                faint: axis.present == 0,
            })
            .collect()
    })
}

/// Puts a figure on an axis.
pub fn set_axis(store: Store, which: Which, key: &str) {
    let axis = link::axis(key);
    let shown = store.settled();
    store.change(History::Push, |state| {
        state.leave_preset(&shown);
        match which {
            Which::X => state.x = axis,
            Which::Y => state.y = axis,
        }
        state.zoom = None;
    });
}

/// The dimensions, as lines of a picker.
fn dimension_lines(store: Store, chosen: impl Fn(&ViewState, &str) -> bool) -> Vec<Choice> {
    let state = store.state.get();
    store.model.with(|model| {
        let dimensions = model.as_ref().map(|model| model.dimensions.as_slice()).unwrap_or_default();
        let line = |(key, label): &(String, String)| Choice {
            key: key.clone(),
            label: label.clone(),
            chosen: chosen(&state, key),
            ..Choice::default()
        };
        dimensions.iter().map(line).collect()
    })
}

fn names(keys: &[String]) -> String {
    keys.iter().map(|key| crate::catalog::dimensions::label(key)).collect::<Vec<_>>().join(" × ")
}

/// “Lines by” and “panels by”.
#[component]
pub fn Split() -> impl IntoView {
    let store = expect_context::<Store>();
    let lines = move || {
        store.state.with(|state| if state.series_by.is_empty() { "configuration".to_owned() } else { names(&state.series_by) })
    };
    let panels = move || {
        store.state.with(|state| state.panel_by.as_ref().map_or("none".to_owned(), |key| names(std::slice::from_ref(key))))
    };
    let with_default = move |name: &str, chosen: bool, mut lines: Vec<Choice>| {
        lines.insert(0, Choice { label: name.to_owned(), chosen, ..Choice::default() });
        lines
    };
    let series_lines = Signal::derive(move || {
        let lines = dimension_lines(store, |state, key| state.series_by.iter().any(|by| by == key));
        with_default("one per configuration", store.state.with(|state| state.series_by.is_empty()), lines)
    });
    let panel_lines = Signal::derive(move || {
        let lines = dimension_lines(store, |state, key| state.panel_by.as_deref() == Some(key));
        with_default("one panel", store.state.with(|state| state.panel_by.is_none()), lines)
    });
    let set_series = Callback::new(move |key: String| {
        store.change(History::Push, |state| {
            if key.is_empty() {
                state.series_by.clear();
            } else if let Some(at) = state.series_by.iter().position(|by| *by == key) {
                state.series_by.remove(at);
            } else {
                state.series_by.push(key);
            }
            state.shown = crate::state::Shown::Few;
            state.reference = None;
        });
    });
    let set_panel = Callback::new(move |key: String| {
        store.change(History::Push, |state| state.panel_by = Some(key).filter(|key| !key.is_empty()))
    });
    view! {
        <div class="split">
            <span class="split-part">
                "Lines by "
                <Picker id="pick-lines" label="Lines by" text=Signal::derive(lines) choices=series_lines on_take=set_series several=true/>
            </span>
            <span class="split-part">
                "Panels by " <Picker id="pick-panels" label="Panels by" text=Signal::derive(panels) choices=panel_lines on_take=set_panel/>
            </span>
        </div>
    }
}

/// One panel: title, menu, axis titles and chart.
#[component]
pub fn PanelBox(index: usize) -> impl IntoView {
    let store = expect_context::<Store>();
    let chart = Memo::new(move |_| {
        store.model.with(|model| {
            let panel = model.as_ref()?.panels.get(index)?;
            let [x, y] = crate::chart::drawn_units(&panel.chart);
            // The axis says in which unit it is drawn.
            let drawn = |axis: &AxisModel, other: Option<(&'static str, f64)>| {
                let unit = other.map_or_else(|| axis.unit.clone(), |(unit, _)| unit.to_owned());
                AxisModel { unit, ..axis.clone() }
            };
            Some((panel.title.clone(), drawn(&panel.chart.x, x), drawn(&panel.chart.y, y)))
        })
    });
    // A title that the axis says already is not said twice.
    let title = move || {
        let said = |(title, _, y): &(String, AxisModel, AxisModel)| !y.title.ends_with(title.as_str());
        chart.with(|chart| chart.as_ref().filter(|chart| said(chart)).map(|(title, ..)| title.clone()).unwrap_or_default())
    };
    let axis_title = move |which: Which| {
        chart.with(|chart| {
            let Some((_, x, y)) = chart else { return String::new() };
            let axis = if which == Which::X { x } else { y };
            let unit = if axis.unit.is_empty() { String::new() } else { format!(" ({})", axis.unit) };
            let better = match axis.better {
                Some(true) => " ↑ better",
                Some(false) => " ↓ better",
                None => "",
            };
            format!("{}{unit}{better}", axis.title)
        })
    };
    let zoomed = move || store.state.with(|state| state.zoom.is_some());
    // Only the first panel's controls are found by shortcuts.
    let id = move |name: &str| if index == 0 { name.to_owned() } else { format!("{name}-{index}") };
    // Where bars stand beside names the axes have changed places.
    let turned = Memo::new(move |_| {
        chart.with(|chart| chart.as_ref().is_some_and(|(_, x, y)| y.ticks.is_some() && !x.key.is_empty() && !y.key.is_empty()))
    });
    let full = RwSignal::new(false);
    // A list of bars is as tall as its names need.
    let height = move || {
        let needed = chart.with(|chart| chart.as_ref().and_then(|(_, _, y)| chart::named_height(y.ticks.as_deref())));
        needed.filter(|_| !full.get()).map_or(String::new(), |needed| format!("max(240px, {needed}px)"))
    };
    view! {
        <section class="panel" class:full=move || full.get() style:min-height=height>
            <header class="panel-head">
                <h2 class="panel-title">{title}</h2>
                {move || {
                    let (which, id) = if turned.get() { (Which::X, id("pick-x")) } else { (Which::Y, id("pick-y")) };
                    view! { <AxisTitle which id scaled=!turned.get() text=Signal::derive(move || axis_title(Which::Y))/> }
                }}
                <Show when=zoomed>
                    <button type="button" class="quiet" on:click=move |_| store.change(History::Replace, |state| state.zoom = None)>"reset zoom"</button>
                </Show>
                <PanelMenu index full/>
            </header>
            <ChartHost index/>
            <footer class="panel-foot">
                {move || {
                    let (which, id) = if turned.get() { (Which::Y, id("pick-y")) } else { (Which::X, id("pick-x")) };
                    view! { <AxisTitle which id scaled=!turned.get() text=Signal::derive(move || axis_title(Which::X))/> }
                }}
            </footer>
        </section>
    }
}

/// An axis' title: a button that opens the menu of figures, and the switch of its scale, where it has one (`scaled`).
#[component]
fn AxisTitle(which: Which, id: String, scaled: bool, #[prop(into)] text: Signal<String>) -> impl IntoView {
    let store = expect_context::<Store>();
    let lines = Signal::derive(move || axis_lines(store, which));
    let log = Memo::new(move |_| {
        store.model.with(|model| {
            let chart = model.as_ref().and_then(|model| model.panels.first()).map(|panel| &panel.chart);
            chart.is_some_and(|chart| if which == Which::X { chart.x.log } else { chart.y.log })
        })
    });
    let toggle = move |_| {
        let turned = Some(!log.get_untracked());
        store.change(History::Push, |state| {
            let scale = if which == Which::X { &mut state.x_log } else { &mut state.y_log };
            *scale = turned;
            state.zoom = None;
        });
    };
    let name = if which == Which::X { "Horizontal axis" } else { "Vertical axis" };
    // An axis without a key is the view's own: nothing else can stand on it.
    let own = Memo::new(move |_| {
        store.model.with(|model| {
            let axes = model.as_ref().and_then(|model| model.panels.first()).map(|panel| (&panel.chart.x, &panel.chart.y));
            axes.is_some_and(|(x, y)| {
                let turned = y.ticks.is_some() && !x.key.is_empty();
                if (which == Which::X) != turned { x.key.is_empty() } else { y.key.is_empty() }
            })
        })
    });
    let id = StoredValue::new(id);
    view! {
        <span class="axis-title">
            <Show when=move || !own.get() fallback=move || view! { <span class="axis-own">{text}</span> }>
            <Picker id=id.get_value() label=name text choices=lines on_take=Callback::new(move |key: String| set_axis(store, which, &key)) class="axis-button"/>
            <Show when=move || scaled>
            <button
                type="button"
                class="quiet scale"
                aria-pressed=move || if log.get() { "true" } else { "false" }
                title=format!("{name}: linear or logarithmic scale")
                on:click=toggle
            >
                {move || if log.get() { "log" } else { "linear" }}
            </button>
            </Show>
            </Show>
        </span>
    }
}

#[component]
fn PanelMenu(index: usize, full: RwSignal<bool>) -> impl IntoView {
    let store = expect_context::<Store>();
    let save = move |index: usize, renderer: Renderer| {
        let name = store.model.with_untracked(|model| model.as_ref().and_then(|model| model.panels.get(index)).map(file_name));
        if let Some((name, (url, ending))) = name.zip(report::picture(store, index, renderer)) {
            clipboard::follow(&format!("{name}.{ending}"), &url);
        }
    };
    let panels = move || store.model.with(|model| model.as_ref().map_or(0, |model| model.panels.len()));
    let lines = Signal::derive(move || {
        let full = if full.get() { "Exit full screen" } else { "Full screen" };
        let own = [("full", full), ("picture", "Copy the picture"), ("png", "Save as PNG"), ("svg", "Save as SVG")];
        let all = (panels() > 1).then_some(("all", "Save all panels as PNG"));
        let own = own.into_iter().chain(all).map(|(key, label)| step(key, label));
        own.chain(table_steps(store)).chain([step("link", "Copy the link")]).collect::<Vec<_>>()
    });
    let take = Callback::new(move |key: String| match key.as_str() {
        "full" => full.update(|full| *full = !*full),
        "picture" => report::copy_picture(store, index),
        "png" => save(index, Renderer::Canvas),
        "svg" => save(index, Renderer::Svg),
        "all" => (0..panels()).for_each(|index| save(index, Renderer::Canvas)),
        "link" => clipboard::copy(store, super::address::href(), "Link copied.".to_owned()),
        key => take_table_step(store, key),
    });
    let id = format!("panel-menu-{index}");
    view! { <Picker id label="Panel menu" text="⋯" choices=lines on_take=take class="menu-button"/> }
}

/// What a picture of a panel is called: `p50-ttft-vs-concurrency`.
fn file_name(panel: &Panel) -> String {
    let words = format!("{} {} vs {}", panel.title, panel.chart.y.title, panel.chart.x.title).to_lowercase();
    let words = words.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// What can be done with the table of what is shown: every export that a menu has, and what else there is.
fn table_steps(store: Store) -> Vec<Choice> {
    let own = store.model.with(|model| Some(model.as_ref()?.text.as_ref()?.0.clone()));
    let line = |export: &Export| {
        let label = match export.takes {
            Takes::Records(_) | Takes::Points => format!("Save the table as {}", export.label),
            Takes::Consolidated(_) => format!("Save as {}", export.label),
            Takes::Text => format!("Save {}", own.as_ref()?),
            // Copied, or made by the command line.
            Takes::Cells(_) | Takes::Submissions | Takes::Gauges => return None,
        };
        Some(step(export.key, &label))
    };
    let more = [step("append", "Add to an existing table …"), step("copy", "Copy the table")];
    EXPORTS.iter().filter_map(line).chain(more).collect()
}

fn step(key: &str, label: &str) -> Choice {
    Choice { key: key.to_owned(), label: label.to_owned(), ..Choice::default() }
}

fn take_table_step(store: Store, key: &str) {
    match key {
        "append" => store.sheet.set(Some(Sheet::Append)),
        "copy" => store.copy(ExportRef::of("tsv")),
        key => store.download(ExportRef::of(key)),
    }
}

/// The menu of the row table: it is there in views without a chart, too.
#[component]
pub fn TableMenu() -> impl IntoView {
    let store = expect_context::<Store>();
    let lines = Signal::derive(move || table_steps(store));
    let take = Callback::new(move |key: String| take_table_step(store, &key));
    view! { <Picker id="table-menu" label="Save or copy the table" text=Signal::derive(|| "save".to_owned()) choices=lines on_take=take/> }
}
