//! The prices: what holds, where it comes from, and places to overwrite it. What is entered goes into the link.

use std::collections::{BTreeMap, BTreeSet};

use crate::capacity::operating_points::text;
use crate::capacity::pricing::Priced;
use crate::catalog::accelerators::canonical;
use crate::query::context::Context;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::state::link::encode;
use crate::state::settings::{EDITED, Price};
use crate::view_model::{Ask, Column, Field, Grid, GridCell, RowEntry, Tone};

/// Accelerators without a price that are asked about at the top.
const MOST_ASKED: usize = 3;

/// A link to the state with one more price, of which `value` is still to be entered.
fn edit(state: &ViewState, before: &str) -> String {
    let query = encode(state);
    let before: String = form_urlencoded::byte_serialize(before.as_bytes()).collect();
    format!("{query}&price={before}{{value}}")
}

/// A price without its dollars, as a link writes it.
fn unpriced(price: &Price) -> String {
    let text = Price { usd_per_hour: 0.0, ..price.clone() }.to_text();
    text.strip_suffix('0').unwrap_or(&text).to_owned()
}

/// The table of prices: those in force, the accelerators that have none, and a row in which another one is entered.
pub(super) fn grid(context: &Context<'_>, state: &ViewState, ranked: &[Priced<'_>], rows: &[usize]) -> Grid {
    let columns = vec![
        Column::text("accelerator", "Accelerator"),
        Column::text("provider", "Provider"),
        Column::text("instance", "Instance"),
        Column::figure("gpus", "GPUs", ""),
        Column::figure("usd_hour", "Price per hour", "$"),
        Column::figure("usd_gpu_hour", "Price per GPU-hour", "$"),
        Column::figure("used", "Used by", "configurations"),
        Column::text("date", "As of"),
        Column::text("source", "Source"),
    ];
    let row = |price: &Price| {
        let edited = price.source == EDITED;
        let mut without = state.clone();
        without.prices.retain(|other| !other.same_instance(price));
        let source = if edited {
            GridCell::text(EDITED).toned(Tone::Doubt).linked(encode(&without)).hinted("Reset this price")
        } else {
            GridCell::text(price.source.clone())
        };
        let used = ranked.iter().filter(|one| std::ptr::eq(one.price, price)).count();
        vec![
            GridCell::text(price.accelerator.clone()),
            GridCell::text(price.provider.clone()),
            GridCell::text(price.instance.clone()),
            GridCell::number(price.gpus.to_string(), f64::from(price.gpus)),
            GridCell::figure(Some(price.usd_per_hour))
                .hinted(format!("Dollars per hour of {} {}", price.provider, price.instance))
                .editable(edit(state, &unpriced(price))),
            GridCell::figure(Some(price.usd_per_gpu_hour())),
            GridCell::number(used.to_string(), used as f64),
            GridCell::text(price.date.clone()),
            source,
        ]
    };
    let lacking = lacking(context, rows);
    let missing = lacking.keys().map(|accelerator| {
        let price = single(accelerator);
        let mut cells = vec![GridCell::default(); columns.len()];
        let known = [
            GridCell::text(*accelerator),
            GridCell::default(),
            GridCell::text(price.instance.clone()),
            GridCell::number("1", 1.0),
            GridCell::default().hinted(format!("Dollars per hour of one {accelerator}")).editable(edit(state, &unpriced(&price))),
        ];
        for (cell, known) in cells.iter_mut().zip(known) {
            *cell = known;
        }
        if let Some(last) = cells.last_mut() {
            *last = GridCell::text("no price: not ranked").toned(Tone::Doubt);
        }
        cells
    });
    let rows = context.settings.prices.iter().map(row).chain(missing).collect();
    Grid {
        key: "prices".to_owned(),
        title: "Prices".to_owned(),
        note: "On-demand prices without discounts. Edit a price, or add one in the last row; it becomes part of the link."
            .to_owned(),
        columns,
        rows,
        entry: Some(entry(context, state, lacking.into_keys())),
        ..Grid::default()
    }
}

/// The row in which another price is entered.
fn entry<'a>(context: &Context<'a>, state: &ViewState, lacking: impl Iterator<Item = &'a str>) -> RowEntry {
    let known = || context.settings.prices.iter();
    let offered = |values: BTreeSet<&str>| values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
    let field = |column: &str, label: &str| Field { column: column.to_owned(), label: label.to_owned(), ..Field::default() };
    let fields = vec![
        Field {
            required: true,
            choices: offered(known().map(|price| price.accelerator.as_str()).chain(lacking).collect()),
            ..field("accelerator", "Accelerator")
        },
        Field { choices: offered(known().map(|price| price.provider.as_str()).collect()), ..field("provider", "Provider") },
        field("instance", "Instance"),
        Field {
            value: "1".to_owned(),
            least: Some(1.0),
            step: Some(1.0),
            required: true,
            ..field("gpus", "GPUs of the instance")
        },
        Field { least: Some(0.0), required: true, ..field("usd_hour", "Price of the instance, $ per hour") },
    ];
    let mut link = edit(state, "");
    link.truncate(link.len() - "{value}".len());
    // As `Price::to_text` writes it.
    link.push_str("{accelerator}%7C{provider}+{instance}%7C{gpus}%7C{usd_hour}");
    RowEntry { button: "Add price".to_owned(), link, fields }
}

/// The accelerators of some rows that have no price, each with the number of its rows.
fn lacking<'a>(context: &Context<'a>, rows: &[usize]) -> BTreeMap<&'a str, usize> {
    let priced = |accelerator: &str| {
        let same = |price: &Price| canonical(&price.accelerator).eq_ignore_ascii_case(canonical(accelerator));
        context.settings.prices.iter().any(same)
    };
    let mut lacking = BTreeMap::new();
    for accelerator in rows.iter().filter_map(|row| text(context.table, "accelerator", *row)) {
        *lacking.entry(accelerator).or_default() += 1;
    }
    lacking.retain(|accelerator, _| !priced(accelerator));
    lacking
}

/// A price of one accelerator alone, still to be entered.
fn single(accelerator: &str) -> Price {
    Price {
        accelerator: accelerator.to_owned(),
        provider: String::new(),
        instance: "single GPU".to_owned(),
        gpus: 1,
        usd_per_hour: 0.0,
        date: String::new(),
        source: String::new(),
    }
}

/// Asks for the prices that the ranking lacks: of the few accelerators with the most measurements.
pub(super) fn asks(context: &Context<'_>, state: &ViewState, rows: &[usize]) -> Vec<Ask> {
    let mut lacking: Vec<(&str, usize)> = lacking(context, rows).into_iter().collect();
    lacking.order_by_key(|(_, count)| std::cmp::Reverse(*count));
    let ask = |(accelerator, missing): (&str, usize)| Ask {
        dimension: format!("price-{accelerator}"),
        label: format!("Price of {accelerator}"),
        unit: "$ per GPU-hour".to_owned(),
        edit: Some(edit(state, &unpriced(&single(accelerator)))),
        missing,
        of: rows.len(),
        ..Ask::default()
    };
    lacking.into_iter().take(MOST_ASKED).map(ask).collect()
}
