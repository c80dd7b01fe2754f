//! The tables of energy: what each configuration draws per token, and what has no figure.

use super::super::operating::{Naming, column, load_cell};
use super::super::parts::{Grid, GridCell, Tone};
use super::draw::{Drawn, Undrawn};
use crate::table::Table;

/// Rows of a grid: what a page shows at once.
const MOST: usize = 400;

fn cut(note: &str, rows: usize) -> String {
    if rows > MOST { format!("{note} The first {MOST} of {rows}.") } else { note.to_owned() }
}

/// One row a configuration, least energy per output token first.
pub(super) fn energy(table: &Table, drawn: &[Drawn<'_>], naming: &Naming<'_>) -> Grid {
    let mut columns = naming.columns();
    columns.extend([
        column("load", "Load", "", true),
        column("repeats", "Measurements", "", true),
        column("output_tps", "Output throughput", "tok/s", true),
        column("gpus", "GPUs", "", true),
        column("watts", "Power per GPU", "W", true),
        column("basis", "Power is", "", false),
        column("wh_output", "Energy per 1M output", "Wh", true),
        column("wh_total", "Energy per 1M total", "Wh", true),
        column("grams_output", "CO₂ per 1M output", "g", true),
        column("grams_total", "CO₂ per 1M total", "g", true),
        column("per_joule", "Output per joule", "tok/s/W", true),
        column("source", "Source of the power", "", false),
    ]);
    let row = |one: &Drawn<'_>| {
        let tone = if one.doubt.is_some() { Tone::Doubt } else { Tone::Plain };
        let doubt = one.doubt.clone().unwrap_or_default();
        let hint = if doubt.is_empty() { one.power.source.clone() } else { format!("{doubt}. {}", one.power.source) };
        let resting = |value: Option<f64>| GridCell::figure(value).toned(tone).hinted(doubt.clone());
        let mut cells = naming.cells(one.row);
        cells.extend([
            load_cell(table, one.row, naming.measurement(one.row)),
            GridCell::number(one.rows.len().to_string(), one.rows.len() as f64),
            GridCell::figure(Some(one.output_tps)),
            GridCell::number(one.gpus.to_string(), f64::from(one.gpus)),
            GridCell::figure(Some(one.power.watts)).toned(tone).hinted(hint.clone()),
            GridCell::text(one.basis).toned(tone).hinted(hint),
            resting(Some(one.wh_output)),
            resting(one.wh_total),
            resting(one.grams_output),
            resting(one.grams_total),
            resting(Some(one.per_joule)),
            GridCell::text(one.power.source.clone()),
        ]);
        cells
    };
    let note = "Energy per output token carries that of reading the prompt; per total token it is spread over both. \
                gCO₂ = Wh ÷ 1000 × gCO₂/kWh of the power grid.";
    Grid {
        key: "energy".to_owned(),
        title: "Energy per token".to_owned(),
        note: cut(note, drawn.len()),
        columns,
        rows: drawn.iter().take(MOST).map(row).collect(),
    }
}

/// What has no figure, and why.
pub(super) fn unknown(table: &Table, undrawn: &[Undrawn], naming: &Naming<'_>) -> Grid {
    let mut columns = naming.columns();
    columns.extend([column("load", "Load", "", true), column("why", "Why", "", false)]);
    let row = |one: &Undrawn| {
        let mut cells = naming.cells(one.row);
        cells.push(load_cell(table, one.row, naming.measurement(one.row)));
        cells.push(GridCell::text(one.why).toned(Tone::Doubt));
        cells
    };
    Grid {
        key: "unknown".to_owned(),
        title: "Without energy".to_owned(),
        note: cut("What is missing for a figure.", undrawn.len()),
        rows: undrawn.iter().take(MOST).map(row).collect(),
        columns,
    }
}
