//! The tables of energy: what each configuration draws per token, and what has no figure.

use crate::capacity::energy::{EnergyUse, WithoutEnergy};
use crate::capacity::operating_points::{ConfigurationNames, load_cell};
use crate::query::listing::Layout;
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// One row a configuration, least energy per output token first.
pub(super) fn energy(table: &Table, ranked: &[EnergyUse<'_>], naming: &ConfigurationNames<'_>, layout: Layout<'_>) -> Grid {
    let mut columns = naming.columns();
    columns.extend([
        Column::figure("load", "Load", ""),
        Column::figure("repeats", "Measurements", ""),
        Column::figure("output_tps", "Output throughput", "tok/s"),
        Column::figure("gpus", "GPUs", ""),
        Column::figure("watts", "Power per GPU", "W"),
        Column::text("basis", "Power basis"),
        Column::figure("wh_output", "Energy per 1M output", "Wh"),
        Column::figure("wh_total", "Energy per 1M total", "Wh"),
        Column::figure("grams_output", "CO₂ per 1M output", "g"),
        Column::figure("grams_total", "CO₂ per 1M total", "g"),
        Column::figure("per_joule", "Output per joule", "tok/s/W"),
        Column::text("source", "Power source"),
    ]);
    let row = |one: &EnergyUse<'_>| {
        let tone = if one.doubt.is_some() { Tone::Doubt } else { Tone::Plain };
        let doubt = one.doubt.clone().unwrap_or_default();
        let hint = if doubt.is_empty() { one.power.source.clone() } else { format!("{doubt}. {}", one.power.source) };
        // What is missing is not in doubt.
        let resting = |value: Option<f64>| match value {
            Some(_) => GridCell::figure(value).toned(tone).hinted(doubt.clone()),
            None => GridCell::figure(None),
        };
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
    let note = "Energy per output token includes prefill; energy per total token is spread over input and output. \
                gCO₂ = Wh ÷ 1000 × gCO₂/kWh of the power grid.";
    layout.list(
        Grid {
            key: "energy".to_owned(),
            title: "Energy per token".to_owned(),
            note: note.to_owned(),
            columns,
            ..Grid::default()
        },
        ranked,
        |_, one, _| row(one),
    )
}

/// What has no figure, and why.
pub(super) fn unknown(table: &Table, without: &[WithoutEnergy], naming: &ConfigurationNames<'_>, layout: Layout<'_>) -> Grid {
    let mut columns = naming.columns();
    columns.extend([Column::figure("load", "Load", ""), Column::text("why", "Reason")]);
    let row = |one: &WithoutEnergy| {
        let mut cells = naming.cells(one.row);
        cells.push(load_cell(table, one.row, naming.measurement(one.row)));
        cells.push(GridCell::text(one.why).toned(Tone::Doubt));
        cells
    };
    layout.list(
        Grid {
            key: "unknown".to_owned(),
            title: "No energy data".to_owned(),
            note: "Data missing for the calculation.".to_owned(),
            columns,
            ..Grid::default()
        },
        without,
        |_, one, _| row(one),
    )
}
