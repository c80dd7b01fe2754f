//! The column mapping of a table in no known format: a role per column, suggested from its name, chosen by the user.

use leptos::prelude::*;

use crate::catalog::number;
use crate::catalog::{DIMENSIONS, METRICS, Shape};
use crate::engine::ReadAs;
use crate::engine::protocol::FileId;
use crate::format::mapped::{Candidate, Column, Mapping, Role, factor, suggest};
use crate::format::spreadsheet::Decimal;
use crate::page::clipboard;
use crate::page::files::FileEntry;
use crate::page::picker::{Choice, Picker};
use crate::page::settings::names;
use crate::page::store::{Sheet, Store};
use crate::record::{LoadKind, Stat};

/// Units that a metric's column can have; the first means the catalogue's unit.
const UNITS: [&str; 8] = ["", "ms", "s", "us", "ns", "%", "fraction", "tokens/s"];

/// A role as a picker's key: `l:rate`, `d:model`, `m:ttft`, or nothing.
fn key_of(role: &Role) -> String {
    match role {
        Role::Ignore => "-".to_owned(),
        Role::Load { kind } => format!("l:{}", kind.key()),
        Role::Dimension { key } => format!("d:{key}"),
        Role::Metric { key, .. } => format!("m:{key}"),
    }
}

/// The role for a picker's key; a metric keeps the chosen statistic and unit.
fn role_of(key: &str, before: &Role) -> Role {
    let (stat, unit) = match before {
        Role::Metric { stat, unit, .. } => (*stat, unit.clone()),
        _ => (Stat::Mean, String::new()),
    };
    match key.split_once(':') {
        Some(("l", kind)) => LoadKind::from_key(kind).map_or(Role::Ignore, |kind| Role::Load { kind }),
        Some(("d", key)) => Role::Dimension { key: key.to_owned() },
        Some(("m", key)) => Role::Metric { key: key.to_owned(), stat, unit },
        _ => Role::Ignore,
    }
}

/// Everything that a column can mean.
fn choices(name: &str, current: &Role) -> Vec<Choice> {
    let current = key_of(current);
    let line = |key: String, label: &str, group: &str, help: String| Choice {
        chosen: key == current,
        key,
        label: label.to_owned(),
        group: group.to_owned(),
        help,
        ..Choice::default()
    };
    let own = [
        line("-".to_owned(), "leave out", "This column", String::new()),
        line(format!("m:{name}"), "a metric under this name", "This column", String::new()),
        line(format!("d:{name}"), "a property under this name", "This column", String::new()),
    ];
    let loads = [(LoadKind::Concurrency, "Concurrency"), (LoadKind::Rate, "Request rate")];
    let loads = loads.map(|(kind, label)| line(format!("l:{}", kind.key()), label, "Load", String::new()));
    let figures = METRICS
        .iter()
        .map(|row| line(format!("m:{}", row.key), row.label, "Metrics", format!("{} {}", row.definition, row.aliases.join(" "))));
    let properties = DIMENSIONS.iter().map(|row| line(format!("d:{}", row.key), row.label, "Properties", String::new()));
    own.into_iter().chain(loads).chain(figures).chain(properties).collect()
}

fn words(role: &Role) -> String {
    match role {
        Role::Ignore => "leave out".to_owned(),
        Role::Load { kind } => format!("load: {}", kind.key()),
        Role::Dimension { key } => crate::catalog::dimensions::label(key).to_owned(),
        Role::Metric { key, .. } => crate::catalog::metrics::label(key).to_owned(),
    }
}

/// The dialog's inside.
#[component]
pub fn MapColumns() -> impl IntoView {
    let store = expect_context::<Store>();
    let Some((id, header)) = store.mapped.get_untracked() else { return ().into_any() };
    let remembered = store.remembered_mapping(&header);
    let roles: Vec<RwSignal<Role>> = {
        let mapping = remembered.unwrap_or_else(|| suggest(&header));
        let role = |name: &str| {
            mapping.columns.iter().find(|column| column.name == name).map_or(Role::Ignore, |column| column.role.clone())
        };
        header.columns.iter().map(|column| RwSignal::new(role(&column.name))).collect()
    };
    let decimal = RwSignal::new(store.remembered_mapping(&header).and_then(|mapping| mapping.decimal));
    let rows = header.columns.iter().zip(&roles).enumerate().map(|(at, (column, role))| {
        let (name, role) = (column.name.clone(), *role);
        let cells = StoredValue::new(column.clone());
        let examples = column.examples.join(", ");
        let lines = {
            let name = name.clone();
            Signal::derive(move || choices(&name, &role.get()))
        };
        view! {
            <tr data-column=name.clone()>
                <th scope="row">{name.clone()} <span class="hint">{examples}</span></th>
                <td>
                    <Picker
                        id=format!("map-{at}")
                        label=format!("Meaning of {name}")
                        text=Signal::derive(move || words(&role.get()))
                        choices=lines
                        on_take=Callback::new(move |key: String| role.update(|role| *role = role_of(&key, role)))
                    />
                </td>
                <td>
                    {move || detail(role)}
                    <p class="hint read">{move || cells.with_value(|cells| preview(&role.read(), cells))}</p>
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let header = StoredValue::new(header);
    let mapping = move || {
        header.with_value(|header| {
            let columns = header.columns.iter().zip(&roles);
            let columns = columns.map(|(column, role)| Column { name: column.name.clone(), role: role.get_untracked() });
            Mapping { columns: columns.collect(), fixed: Vec::new(), decimal: decimal.get_untracked() }
        })
    };
    let mapping = StoredValue::new(mapping);
    let copy = move |_| {
        let files = store.files.get_untracked();
        let path = files.iter().find(|file| file.id == id).map_or("", |file| file.path.as_str());
        let row = header.with_value(|header| mapping.with_value(|mapping| mapping().as_format(header, path)));
        let text = serde_json::to_string_pretty(&row).unwrap_or_default();
        clipboard::copy(store, text, "Copied. Paste it into “formats” of config.json and give it a name.".to_owned());
    };
    let apply = move |_| {
        let mapping = mapping.with_value(|mapping| mapping());
        header.with_value(|header| store.remember_mapping(header, &mapping));
        store.sheet.set(Some(Sheet::Files));
        // Other tables with the same columns wait for the same answer.
        let waits = |file: &&FileEntry| {
            matches!(file.reports(), [report] if report.format.is_none()
                && report.columns.as_ref().is_some_and(|other| header.with_value(|header| names(header) == names(other))))
        };
        let others: Vec<FileId> = store
            .files
            .with_untracked(|files| files.iter().filter(waits).map(|file| file.id).filter(|other| *other != id).collect());
        for id in std::iter::once(id).chain(others) {
            store.reread(id, Some(ReadAs::Mapped(mapping.clone())));
        }
    };
    view! {
        <p>"Choose what each column means. The next table with the same columns is mapped the same way."</p>
        <table class="mapping">
            <thead><tr><th scope="col">"Column"</th><th scope="col">"Meaning"</th><th scope="col">"Statistic and unit"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        <p>
            <label>
                "Numbers: "
                <select on:change=move |event| decimal.set(Decimal::from_key(&event_target_value(&event)))>
                    <option value="" selected=decimal.get_untracked().is_none()>"as the cells show"</option>
                    {Decimal::ALL
                        .map(|one| view! { <option value=one.key() selected=decimal.get_untracked() == Some(one)>{one.label()}</option> })
                        .collect_view()}
                </select>
            </label>
        </p>
        <p class="side-steps">
            <button type="button" class="primary" on:click=apply>"Apply mapping"</button>
            <button type="button" on:click=copy>"Copy as a format for config.json"</button>
            <button type="button" on:click=move |_| store.sheet.set(Some(Sheet::Files))>"Cancel"</button>
        </p>
    }
    .into_any()
}

/// The first cells as they will be read, and for latencies that could be in two units the other reading.
fn preview(role: &Role, column: &Candidate) -> String {
    let Role::Metric { key, unit, .. } = role else { return String::new() };
    let Some(known) = crate::catalog::metrics::metric(key) else { return String::new() };
    let Some(scale) = factor(key, unit) else { return format!("“{unit}” is not a unit of {}.", known.label) };
    let shown = |value: f64| number::with_unit(key, value);
    let read: Vec<String> = column.examples.iter().filter_map(|cell| Some(shown(cell.parse::<f64>().ok()? * scale))).collect();
    let other = match (unit.as_str(), column.median) {
        ("s", Some(median)) if median < 1.0 => Some(format!(" If they are in ms: {}.", shown(median))),
        ("" | "ms", Some(median)) if known.unit == "ms" && median < 1.0 => {
            Some(format!(" If they are in s: {}.", shown(median * 1000.0)))
        }
        _ => None,
    };
    if read.is_empty() { String::new() } else { format!("read as {}.{}", read.join(", "), other.unwrap_or_default()) }
}

/// Statistic and unit of a column of figures.
fn detail(role: RwSignal<Role>) -> impl IntoView {
    let Role::Metric { key, stat, unit } = role.get() else { return ().into_any() };
    let known = crate::catalog::metrics::metric(&key);
    let stats = known.is_none_or(|row| row.shape == Shape::Distribution).then(|| {
        view! {
            <select
                aria-label="Statistic"
                on:change=move |event| {
                    if let (Some(chosen), Role::Metric { stat, .. }) = (Stat::from_key(&event_target_value(&event)), &mut *role.write()) {
                        *stat = chosen;
                    }
                }
            >
                {Stat::ALL.map(|one| view! { <option value=one.key() selected=one == stat>{one.label()}</option> }).collect_view()}
            </select>
        }
    });
    let own = known.map(|row| row.unit).filter(|unit| !unit.is_empty()).map_or("no unit".to_owned(), str::to_owned);
    let mut units: Vec<String> = UNITS.map(str::to_owned).to_vec();
    if !units.contains(&unit) {
        units.push(unit.clone());
    }
    let units = known.is_some().then(|| {
        let option = |one: String| {
            let label = if one.is_empty() { own.clone() } else { one.clone() };
            view! { <option value=one.clone() selected=one == unit>{label}</option> }
        };
        view! {
            <select
                aria-label="Unit"
                on:change=move |event| {
                    if let Role::Metric { unit, .. } = &mut *role.write() {
                        *unit = event_target_value(&event);
                    }
                }
            >
                {units.into_iter().map(option).collect_view()}
            </select>
        }
    });
    view! { {stats} {units} }.into_any()
}
