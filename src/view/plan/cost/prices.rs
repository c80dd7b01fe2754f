//! The prices: what holds, where it comes from, and places to overwrite it. What is entered goes into the link.

use std::collections::BTreeSet;

use crate::capacity::operating_points::text;
use crate::capacity::pricing::Priced;
use crate::catalog::accelerators::canonical;
use crate::query::context::Context;
use crate::state::ViewState;
use crate::state::link::encode;
use crate::state::settings::{EDITED, Price};
use crate::view_model::{Column, Grid, GridCell, Tone};

/// What the last row asks for.
const FORM: &str = "accelerator|provider instance|GPUs|$ per hour";

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

/// The table of prices: those in force, the accelerators that have none, and a row for another one.
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
    let priced = |accelerator: &str| {
        let same = |price: &Price| canonical(&price.accelerator).eq_ignore_ascii_case(canonical(accelerator));
        context.settings.prices.iter().any(same)
    };
    let accelerators: BTreeSet<&str> = rows.iter().filter_map(|row| text(context.table, "accelerator", *row)).collect();
    let missing = accelerators.into_iter().filter(|accelerator| !priced(accelerator)).map(|accelerator| {
        let price = Price {
            accelerator: accelerator.to_owned(),
            provider: String::new(),
            instance: "single GPU".to_owned(),
            gpus: 1,
            usd_per_hour: 0.0,
            date: String::new(),
            source: String::new(),
        };
        let mut cells = vec![GridCell::default(); columns.len()];
        let known = [
            GridCell::text(accelerator),
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
    let mut another = vec![GridCell::default(); columns.len()];
    if let Some(first) = another.first_mut() {
        first.cell.text = FORM.to_owned();
        *first = std::mem::take(first).hinted(format!("Add a price: {FORM}")).editable(edit(state, ""));
    }
    let rows = context.settings.prices.iter().map(row).chain(missing).chain([another]).collect();
    Grid {
        key: "prices".to_owned(),
        title: "Prices".to_owned(),
        note: format!("On-demand prices without discounts. Edit a price, or add one as {FORM}; it becomes part of the link."),
        columns,
        rows,
        ..Grid::default()
    }
}
