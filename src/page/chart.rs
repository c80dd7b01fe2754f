//! A chart on the page: ECharts draws it, this file gives it data, size, theme, pointer and keyboard.
//!
//! The pointer picks the nearest point by distance in pixels, or the bar in whose row it is. Dragging zooms or selects, a
//! double click undoes it, a click pins the point. Arrow keys move along a line and between lines.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::address::History;
use super::echarts::{Instance, Renderer};
use super::line_names::LineNames;
use super::settings::Scheme;
use super::store::Store;
use super::turns::draw_in_turn;
use crate::chart::{self, Medium, Spots, Theme};
use crate::engine::protocol::PointRef;
use crate::state::SELECT;
use crate::view_model::{Panel, Zoom};

/// A drag shorter than this is a click.
const CLICK: f64 = 5.0;

/// Height of a name on an axis of names, in pixels.
const NAME: usize = 20;
/// Height of what stands above and below a plot, in pixels.
const AROUND: usize = 96;
/// Height of an image, in pixels: `.stage` of the style sheet.
const IMAGE: usize = 700;

/// The height that a chart with names on its vertical axis needs, in pixels.
pub fn named_height(names: Option<&[String]>) -> Option<usize> {
    names.map(|names| names.len() * NAME + AROUND)
}

/// The chart's colours from the page's CSS tokens.
pub fn theme() -> Theme {
    let root = document().document_element();
    let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
    let token =
        |name: &str| style.as_ref().and_then(|style| style.get_property_value(name).ok()).map(|value| value.trim().to_owned());
    let fallback = Theme::default();
    let or = |name: &str, fallback: &str| token(name).filter(|value| !value.is_empty()).unwrap_or_else(|| fallback.to_owned());
    let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches());
    Theme {
        background: or("--surface", &fallback.background),
        text: or("--text", &fallback.text),
        muted: or("--muted", &fallback.muted),
        hairline: or("--hairline", &fallback.hairline),
        palette: (0..fallback.palette.len()).map(|i| or(&format!("--series-{}", i + 1), &fallback.palette[i])).collect(),
        font: or("--font", &fallback.font),
        animation_ms: if still { 0 } else { fallback.animation_ms },
    }
}

#[derive(Default)]
struct Drawn {
    instance: Option<Instance>,
    placed: Option<Spots>,
    observer: Option<(web_sys::ResizeObserver, Closure<dyn Fn()>)>,
    rendered: Option<Closure<dyn Fn()>>,
    /// The size it was drawn in.
    size: (i32, i32),
    /// Whether it was drawn before.
    appeared: bool,
    /// Whether it was drawn and not yet rendered.
    redrawn: bool,
}

impl Drawn {
    /// Where the points lie. ECharts lays out in the frame after a change, so they are asked for when they are needed.
    fn placed(&mut self, panel: Option<&Panel>) -> Option<&Spots> {
        if self.placed.is_none() {
            let instance = self.instance.as_ref()?;
            self.placed = Some(Spots::of(&panel?.chart, |x, y| instance.pixel(x, y)));
        }
        self.placed.as_ref()
    }
}

/// A pointer's way while its button is down, in pixels of the plot.
#[derive(Clone, Copy, PartialEq)]
struct Drag {
    from: [f64; 2],
    to: [f64; 2],
}

impl Drag {
    /// Whether it marks a stretch of each axis along which boxes are drawn.
    fn is_box(self, zooms: [bool; 2]) -> bool {
        let long = |along: usize| !zooms[along] || (self.from[along] - self.to[along]).abs() > CLICK;
        zooms.contains(&true) && long(0) && long(1)
    }

    /// Where it begins along an axis and how long it is, in CSS: along an axis that does not zoom all of the plot.
    fn extent(self, along: usize, zooms: [bool; 2]) -> [String; 2] {
        if !zooms[along] {
            return ["0".to_owned(), "100%".to_owned()];
        }
        let (from, to) = (self.from[along], self.to[along]);
        [format!("{}px", from.min(to)), format!("{}px", (from - to).abs())]
    }
}

/// One panel's chart.
#[component]
pub fn ChartHost(
    /// Which of the panels.
    index: usize,
) -> impl IntoView {
    let store = expect_context::<Store>();
    let plot = NodeRef::<Div>::new();
    let drawn: Rc<RefCell<Drawn>> = Rc::default();
    let drawn = StoredValue::new_local(drawn);
    // Scaled for drawing; zooms and selections are reported in the model's units.
    let panel = Memo::new(move |_| store.model.with(|model| model.as_ref()?.panels.get(index).cloned().map(chart::scaled)));
    let scales = Memo::new(move |_| {
        store.model.with(|model| model.as_ref()?.panels.get(index).map(|panel| chart::scales(&panel.chart))).unwrap_or([1.0; 2])
    });
    // A chart that does not zoom is not drawn anew for it.
    let zooms = Memo::new(move |_| {
        panel.with(|panel| panel.as_ref().map(|panel| [panel.chart.x.zooms, panel.chart.y.zooms])).unwrap_or_default()
    });
    let zoom = Memo::new(move |_| {
        let zoom = store.state.with(|state| state.zoom).filter(|_| zooms.get().contains(&true));
        zoom.map(|zoom| chart::zoomed(zoom, scales.get()))
    });
    // By which metrics a box selects, where it selects.
    let brush = Memo::new(move |_| panel.with(|panel| panel.as_ref().map(|panel| panel.chart.brush.clone())).unwrap_or_default());
    let selects = move || brush.get().map(|metric| !metric.is_empty());
    // Along which axes a box is drawn.
    let boxed = Memo::new(move |_| if selects().contains(&true) { selects() } else { zooms.get() });
    let size = RwSignal::new((0, 0));
    let drag = RwSignal::new(None::<Drag>);
    // How often the picture was laid out anew: what lies at a point moves with it.
    let layout = RwSignal::new(0u32);

    // The theme follows the system as well as the page's own switch.
    let scheme_changed = RwSignal::new(0u32);
    if let Some(query) = window().match_media("(prefers-color-scheme: dark)").ok().flatten() {
        let listener = gloo_events::EventListener::new(&query, "change", move |_| scheme_changed.update(|n| *n += 1));
        let listener = StoredValue::new_local(listener);
        on_cleanup(move || listener.dispose());
    }

    Effect::new(move |_| {
        let Some(element) = plot.get() else { return };
        let this = drawn;
        drawn.with_value(|drawn| {
            let mut drawn = drawn.borrow_mut();
            if drawn.instance.is_some() {
                return;
            }
            drawn.instance = Instance::on_element(&element, Renderer::Canvas);
            let moved = Closure::<dyn Fn()>::new(move || {
                let redrawn = this.try_with_value(|drawn| {
                    // While points are being looked up nothing is rendered, so the cell is free.
                    let mut drawn = drawn.try_borrow_mut().ok()?;
                    drawn.placed = None;
                    Some(std::mem::take(&mut drawn.redrawn))
                });
                if redrawn.flatten() == Some(true) {
                    layout.update(|count| *count += 1);
                }
            });
            if let Some(instance) = &drawn.instance {
                instance.on_rendered(&moved);
            }
            drawn.rendered = Some(moved);
            let measured = element.clone();
            let resized = Closure::<dyn Fn()>::new(move || size.set((measured.client_width(), measured.client_height())));
            if let Ok(observer) = web_sys::ResizeObserver::new(resized.as_ref().unchecked_ref()) {
                observer.observe(&element);
                drawn.observer = Some((observer, resized));
            }
        });
    });
    Effect::new(move |_| {
        let size = size.get();
        let _: (Scheme, u32) = (store.preferences.get().scheme, scheme_changed.get());
        let zoom = zoom.get();
        panel.track();
        if size.0 == 0 || size.1 == 0 {
            return;
        }
        draw_in_turn(store, index, move || {
            drawn.try_with_value(|drawn| {
                let mut drawn = drawn.borrow_mut();
                let Some(instance) = drawn.instance.clone() else { return };
                let Some(Some(panel)) = panel.try_get_untracked() else { return };
                // It draws the former picture once more.
                if std::mem::replace(&mut drawn.size, size) != size {
                    instance.fit();
                }
                let mut theme = theme();
                // Only what appears moves: an answer to a click is there at once.
                if std::mem::replace(&mut drawn.appeared, true) {
                    theme.animation_ms = 0;
                }
                let mut rendered = chart::render(&panel.chart, zoom, &theme, Medium::Page);
                rendered.fit_names(f64::from(size.0));
                if let Some((_, room)) = chart::line_names(&panel.chart, f64::from(size.0)) {
                    rendered.leave_room(room);
                }
                instance.draw(&rendered);
                (drawn.placed, drawn.redrawn) = (None, true);
            });
        });
    });
    Effect::new(move |_| {
        let emphasised = store.emphasised.get();
        let hovered = store.hovered.get().filter(|at| at.panel == index).map(|at| at.series);
        let series = panel.with(|panel| {
            let by_id = emphasised.and_then(|id| panel.as_ref()?.chart.series.iter().position(|series| series.id == id));
            hovered.or(by_id)
        });
        drawn.with_value(|drawn| {
            if let Some(instance) = &drawn.borrow().instance {
                instance.highlight(series);
            }
        });
    });
    on_cleanup(move || {
        drawn.try_with_value(|drawn| {
            let mut drawn = drawn.borrow_mut();
            if let Some((observer, _)) = drawn.observer.take() {
                observer.disconnect();
            }
            if let Some(instance) = drawn.instance.take() {
                instance.free();
            }
        });
    });

    let nearest = move |x: f64, y: f64| {
        drawn.with_value(|drawn| {
            let mut drawn = drawn.borrow_mut();
            panel.with_untracked(|panel| drawn.placed(panel.as_ref()).and_then(|placed| placed.nearest(x, y)))
        })
    };
    let pixel_of = move |at: PointRef| {
        drawn.with_value(|drawn| {
            let mut drawn = drawn.borrow_mut();
            panel.with_untracked(|panel| drawn.placed(panel.as_ref()).and_then(|placed| placed.at(at.series, at.point)))
        })
    };
    let here = move |event: &PointerEvent| {
        let bounds = plot.get_untracked().map(|plot| plot.get_bounding_client_rect());
        bounds.map(|bounds| [f64::from(event.client_x()) - bounds.x(), f64::from(event.client_y()) - bounds.y()])
    };
    let on_move = move |event: PointerEvent| {
        let Some([x, y]) = here(&event) else { return };
        if let Some(Drag { from, .. }) = drag.get_untracked() {
            drag.set(Some(Drag { from, to: [x, y] }));
            return;
        }
        store.hover(nearest(x, y).map(|(series, point)| PointRef { panel: index, series, point }));
    };
    let on_down = move |event: PointerEvent| {
        if event.button() == 0
            && let Some(from) = here(&event)
        {
            drag.set(Some(Drag { from, to: from }));
            if let Some(plot) = plot.get_untracked() {
                let _ = plot.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let zoom_to = move |drag: Drag| {
        let corner = |at: [f64; 2]| {
            drawn.with_value(|drawn| drawn.borrow().instance.as_ref().and_then(|instance| instance.data_at(at[0], at[1])))
        };
        let Some((a, b)) = corner(drag.from).zip(corner(drag.to)) else { return };
        // A link says a zoom in the model's units, with as many digits as a pixel tells apart.
        let stored = |at: [f64; 2]| [0, 1].map(|along| at[along] / scales.get_untracked()[along]);
        let zoom = Zoom::between(stored(a), stored(b));
        let metrics = brush.get_untracked();
        let ranges: Vec<String> = metrics
            .iter()
            .zip([zoom.x, zoom.y])
            .filter(|(metric, _)| !metric.is_empty())
            .map(|(metric, [low, high])| format!("{metric}:{low}..{high}"))
            .collect();
        if ranges.is_empty() {
            store.change(History::Replace, |state| state.zoom = Some(zoom));
        } else {
            store.change(History::Push, |state| state.set_option(SELECT, ranges));
        }
    };
    let undo = move |_| {
        if selects().contains(&true) {
            store.change(History::Push, |state| state.set_option(SELECT, Vec::new()));
        } else {
            store.change(History::Replace, |state| state.zoom = None);
        }
    };
    let on_up = move |event: PointerEvent| {
        let Some(done) = drag.get_untracked() else { return };
        drag.set(None);
        if done.is_box(boxed.get_untracked()) {
            store.hover(None);
            zoom_to(done);
        } else if let Some([x, y]) = here(&event)
            && let Some((series, point)) = nearest(x, y)
        {
            store.pin(PointRef { panel: index, series, point });
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let from = store.hovered.get_untracked().filter(|at| at.panel == index);
        match event.key().as_str() {
            key @ ("ArrowRight" | "ArrowLeft" | "ArrowUp" | "ArrowDown") => {
                let here = from.map(|at| (at.series, at.point));
                let step = drawn.with_value(|drawn| {
                    let mut drawn = drawn.borrow_mut();
                    panel.with_untracked(|panel| drawn.placed(panel.as_ref()).and_then(|placed| placed.step(here, key)))
                });
                if let Some((series, point)) = step {
                    store.hover(Some(PointRef { panel: index, series, point }));
                }
            }
            "Enter" | " " => {
                if let Some(at) = from {
                    store.pin(at);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let description = move || {
        panel.with(|panel| {
            let Some(panel) = panel else { return String::new() };
            let words = chart::in_words(&panel.chart, zoom.get());
            format!("{words} Arrow keys move between points, Enter pins one. The table below has the same figures.")
        })
    };
    let hovered_here = move || store.hovered.get().filter(|at| at.panel == index);
    view! {
        <div
            class="plot"
            class:zooms=move || boxed.get().contains(&true)
            tabindex="0"
            role="application"
            aria-label=description
            on:pointermove=on_move
            on:pointerdown=on_down
            on:pointerup=on_up
            on:pointercancel=move |_| drag.set(None)
            on:pointerleave=move |_| {
                if drag.get_untracked().is_none() {
                    store.hover(None);
                }
            }
            on:dblclick=undo
            on:keydown=on_key
        >
            <div class="canvas" node_ref=plot></div>
            <LineNames index panel size layout place=pixel_of/>
            <Show when=move || drag.get().is_some_and(|drag| drag.is_box(boxed.get()))>
                {move || {
                    drag.get()
                        .map(|drag| {
                            let [left, width] = drag.extent(0, boxed.get());
                            let [top, height] = drag.extent(1, boxed.get());
                            view! { <div class="zoom-box" style:left=left style:top=top style:width=width style:height=height></div> }
                        })
                }}
            </Show>
            {move || {
                let at = hovered_here()?;
                layout.track();
                let [x, y] = pixel_of(at)?;
                let bounds = plot.get()?.get_bounding_client_rect();
                let at = hovered_here()?;
                let lines = panel.with(|panel| panel.as_ref().map(|panel| chart::across(&panel.chart, at.series, at.point)));
                Some(view! { <super::side::HoverCard x y origin=[bounds.x(), bounds.y()] lines=lines.unwrap_or_default()/> })
            }}
        </div>
    }
}

/// A panel as an image file's `data:` URL and its ending, drawn apart from the page, with titles and a legend.
pub fn image(panel: &Panel, zoom: Option<Zoom>, caption: &str, renderer: Renderer) -> Option<(String, &'static str)> {
    let zoom = zoom.map(|zoom| chart::zoomed(zoom, chart::scales(&panel.chart)));
    let panel = &chart::scaled(panel.clone());
    let stage = document().create_element("div").ok()?;
    stage.set_class_name("stage");
    if let Some(height) = named_height(panel.chart.y.ticks.as_deref()).filter(|height| *height > IMAGE) {
        let style = stage.dyn_ref::<web_sys::HtmlElement>()?.style();
        style.set_property("height", &format!("{height}px")).ok()?;
    }
    document().body()?.append_child(&stage).ok()?;
    let theme = Theme { animation_ms: 0, ..theme() };
    let instance = Instance::on_element(&stage, renderer)?;
    instance.draw_now(&chart::render(&panel.chart, zoom, &theme, Medium::Image(caption)));
    let url = instance.image(&theme.background);
    instance.free();
    stage.remove();
    let ending = match renderer {
        Renderer::Canvas => "png",
        Renderer::Svg => "svg",
    };
    Some((url, ending))
}
