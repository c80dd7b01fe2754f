//! The SLO in the rail: limits that a measurement must meet, and the threshold for differences. They apply to every view
//! and are part of the link.

use leptos::prelude::*;

use super::address::History;
use super::picker::{Choice, Picker};
use super::store::Store;
use crate::catalog::{Better, metrics};
use crate::record::{Kind, Stat};
use crate::state::link::{axis, axis_text};
use crate::state::settings::SloPreset;
use crate::state::{Axis, Limit, ViewState};
use crate::view_model::{AxisChoice, ViewModel};

/// Statistics on offer for latencies.
const STATS: [Stat; 6] = [Stat::Mean, Stat::P50, Stat::P90, Stat::P95, Stat::P99, Stat::P99_9];

/// SLO, failure limit, threshold, latency statistic.
#[component]
pub fn Limits() -> impl IntoView {
    let store = expect_context::<Store>();
    let keys =
        Memo::new(move |_| store.state.with(|state| state.slo.iter().map(|limit| axis_text(&limit.of)).collect::<Vec<_>>()));
    let choices = move || {
        store.model.with(|model| {
            let axes = model.as_ref().map(|model| model.axes.as_slice()).unwrap_or_default();
            let taken = keys.get();
            let line = |axis: &AxisChoice| Choice {
                key: axis.key.clone(),
                label: axis.label.clone(),
                hint: if axis.present == 0 { "no data here".to_owned() } else { axis.unit.clone() },
                group: axis.group.clone(),
                help: axis.help.clone(),
                chosen: taken.contains(&axis.key),
                faint: axis.present == 0,
            };
            axes.iter().filter(|axis| axis.key.starts_with("load:") || axis.better.is_some()).map(line).collect::<Vec<_>>()
        })
    };
    let add = Callback::new(move |key: String| {
        let Some(of) = axis(&key) else { return };
        let bound = store.model.with_untracked(|model| {
            model.as_ref().and_then(|model| model.axes.iter().find(|axis| axis.key == key)).and_then(|axis| axis.middle)
        });
        store.change(History::Push, |state| match state.slo.iter().position(|limit| limit.of == of) {
            Some(at) => drop(state.slo.remove(at)),
            None => state.slo.push(Limit { of, bound: bound.unwrap_or_default() }),
        });
    });
    let is_there = move |of: &Axis| {
        let key = axis_text(of);
        store.model.with_untracked(|model| {
            // Single requests have no statistics: the limit stays as it is for the views of measurements.
            let stated = |model: &ViewModel| model.axes.iter().any(|axis| axis.key == key && axis.present > 0);
            model.as_ref().is_none_or(|model| model.kind() != Kind::Measurement || stated(model))
        })
    };
    let presets = move || {
        let line = |preset: &SloPreset| Choice {
            key: preset.name.clone(),
            label: preset.name.clone(),
            hint: preset.limits.join(", "),
            help: preset.source.clone(),
            ..Choice::default()
        };
        store.config.with(|config| config.slo_presets.iter().map(line).collect::<Vec<_>>())
    };
    let preset = Callback::new(move |name: String| {
        let limits = store.config.with_untracked(|config| {
            config.slo_presets.iter().find(|preset| preset.name == name).map(|preset| preset.limits(is_there))
        });
        let Some(limits) = limits else { return };
        let stated = store.config.with_untracked(|config| {
            let preset = config.slo_presets.iter().find(|preset| preset.name == name);
            preset.map(|preset| preset.limits(|_| true)).unwrap_or_default()
        });
        let instead: Vec<String> = stated
            .iter()
            .zip(&limits)
            .filter(|(stated, taken)| stated.of != taken.of)
            .map(|(stated, taken)| format!("{} instead of {}", axis_text(&taken.of), axis_text(&stated.of)))
            .collect();
        if !instead.is_empty() {
            store.toast(&format!("These data have {}.", instead.join(", ")), None);
        }
        store.change(History::Push, |state| state.slo = limits);
    });
    let stats = move || {
        let chosen = store.state.with(|state| state.stat);
        let own = Choice { label: "default".to_owned(), chosen: chosen.is_none(), ..Choice::default() };
        let line = |stat: Stat| Choice {
            key: stat.key().to_owned(),
            label: stat.label().to_owned(),
            chosen: chosen == Some(stat),
            ..Choice::default()
        };
        std::iter::once(own).chain(STATS.map(line)).collect::<Vec<_>>()
    };
    let stat = move || store.state.with(|state| state.stat.map_or("default", Stat::label).to_owned());
    let set_stat = Callback::new(move |key: String| store.change(History::Push, |state| state.stat = Stat::from_key(&key)));
    view! {
        <details class="limits" open=true>
            <summary>"SLO"</summary>
            <ul>
                <For each=move || keys.get() key=|key| key.clone() let:key><Bound key/></For>
            </ul>
            <Show when=move || store.config.with(|config| !config.slo_presets.is_empty())>
                <Picker
                    id="slo-presets"
                    label="Presets of the SLO"
                    text=Signal::derive(|| "presets".to_owned())
                    choices=Signal::derive(presets)
                    on_take=preset
                />
            </Show>
            <Picker
                id="add-limit"
                label="Add a limit"
                text=Signal::derive(|| "add a limit".to_owned())
                choices=Signal::derive(choices)
                on_take=add
                several=true
            />
            <Percent
                before="Failed requests up to"
                after="%"
                name="Failed requests up to, in percent: points above are marked and excluded from rankings"
                most=100.0
                read=|state| state.error_limit
                write=|state, limit| state.error_limit = limit
            />
            <Percent
                before="Ignore changes below"
                after="%"
                name="Change, in percent, up to which two results count as similar"
                most=1000.0
                read=|state| state.threshold
                write=|state, limit| state.threshold = limit
            />
            <div class="limit">
                <span>"Latency statistic"</span>
                <Picker id="pick-stat" label="Latency statistic" text=Signal::derive(stat) choices=Signal::derive(stats) on_take=set_stat/>
            </div>
        </details>
    }
}

/// One limit: its figure, its bound, and the way to drop it.
#[component]
fn Bound(key: String) -> impl IntoView {
    let store = expect_context::<Store>();
    let of = axis(&key);
    let known = {
        let key = key.clone();
        Memo::new(move |_| {
            let listed = store.model.with(|model| {
                let axis = model.as_ref()?.axes.iter().find(|axis| axis.key == key)?;
                Some((axis.label.clone(), axis.unit.clone(), axis.better))
            });
            // Of what the view has no axis for, the catalogue still knows the name.
            listed.or_else(|| {
                let Axis::Figure { metric, stat } = axis(&key)? else { return None };
                let row = metrics::metric(&metric)?;
                let better = match row.better {
                    Better::Higher => Some(true),
                    Better::Lower => Some(false),
                    Better::Neutral => None,
                };
                Some((metrics::title(&metric, stat, Kind::Measurement), row.unit.to_owned(), better))
            })
        })
    };
    let label = {
        let key = key.clone();
        move || known.get().map_or_else(|| key.clone(), |(label, ..)| label)
    };
    let sign = move || known.with(|known| if known.as_ref().is_some_and(|known| known.2 == Some(true)) { "≥" } else { "≤" });
    let unit = move || known.get().map(|(_, unit, _)| unit).unwrap_or_default();
    let (read, written) = (of.clone(), of.clone());
    let bound = move || {
        store
            .state
            .with(|state| state.slo.iter().find(|limit| Some(&limit.of) == read.as_ref()).map(|limit| limit.bound.to_string()))
    };
    let name = label.clone();
    let removed = label.clone();
    view! {
        <li class="limit" data-limit=key.clone()>
            <span>{label} " " {sign}</span>
            <input
                type="number"
                step="any"
                aria-label=move || format!("Limit of {}", name())
                prop:value=move || bound().unwrap_or_default()
                on:change:target=move |event| {
                    if let Ok(bound) = event.target().value().parse::<f64>() {
                        let of = written.clone();
                        store.change(History::Push, |state| {
                            state.slo.iter_mut().filter(|limit| Some(&limit.of) == of.as_ref()).for_each(|limit| limit.bound = bound);
                        });
                    }
                }
            />
            <span class="unit">{unit}</span>
            <button
                type="button"
                class="quiet"
                aria-label=move || format!("Remove the limit of {}", removed())
                on:click=move |_| store.change(History::Push, |state| state.slo.retain(|limit| Some(&limit.of) != of.as_ref()))
            >
                "×"
            </button>
        </li>
    }
}

/// A percentage of the state.
#[component]
fn Percent(
    before: &'static str,
    after: &'static str,
    name: &'static str,
    most: f64,
    read: fn(&ViewState) -> f64,
    write: fn(&mut ViewState, f64),
) -> impl IntoView {
    let store = expect_context::<Store>();
    view! {
        <label class="limit">
            <span>{before}</span>
            <input
                type="number"
                min="0"
                max=most
                step="any"
                aria-label=name
                prop:value=move || store.state.with(|state| read(state).to_string())
                on:change:target=move |event| {
                    if let Ok(limit) = event.target().value().parse::<f64>() {
                        store.change(History::Push, |state| write(state, limit.clamp(0.0, most)));
                    }
                }
            />
            <span>{after}</span>
        </label>
    }
}
