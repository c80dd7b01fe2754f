//! The names of lines at their ends: text that can be found, selected and copied.

use leptos::prelude::*;

use super::store::Store;
use crate::chart;
use crate::engine::protocol::PointRef;
use crate::view_model::{Mark, Panel, Series};

/// The names of a chart's lines, where there is room. `place` says where a point lies, in pixels of the plot; it is asked
/// again after each `layout`.
#[component]
pub fn LineNames<F>(
    index: usize,
    panel: Memo<Option<Panel>>,
    size: RwSignal<(i32, i32)>,
    layout: RwSignal<u32>,
    place: F,
) -> impl IntoView
where
    F: Fn(PointRef) -> Option<[f64; 2]> + Copy + Send + Sync + 'static,
{
    let store = expect_context::<Store>();
    let names = move |panel: &Panel| {
        let (width, height) = size.get();
        let (names, room) = chart::line_names(&panel.chart, f64::from(width))?;
        let right = f64::from(width) - room;
        let visible = |[x, y]: &[f64; 2]| *x <= right + 1.0 && (0.0..=f64::from(height)).contains(y);
        let ends = names.into_iter().filter_map(|name| {
            let series = panel.chart.series.get(name.series)?;
            let points = (0..series.points().count()).rev();
            let mut places = points.filter_map(|point| place(PointRef { panel: index, series: name.series, point }));
            Some((series, name.text, places.find(visible)?[1]))
        });
        let ends: Vec<(&Series, String, f64)> = ends.collect();
        let tops = chart::apart(&ends.iter().map(|(.., y)| *y).collect::<Vec<_>>(), f64::from(height));
        let name = |((series, text, _), top): ((&Series, String, f64), f64)| {
            let class = match series.mark {
                Mark::Baseline(_) => "line-name".to_owned(),
                _ => format!("line-name mark-{}", series.style.colour + 1),
            };
            let id = series.id.clone();
            view! {
                <span
                    class=class
                    title=series.label.clone()
                    style:left=format!("{right}px")
                    style:top=format!("{top}px")
                    on:pointerdown=|event| event.stop_propagation()
                    on:pointerenter=move |_| store.emphasised.set(Some(id.clone()))
                    on:pointerleave=move |_| store.emphasised.set(None)
                >
                    {text}
                </span>
            }
        };
        Some(ends.into_iter().zip(tops).map(name).collect_view())
    };
    move || {
        layout.track();
        panel.with(|panel| panel.as_ref().and_then(names))
    }
}
