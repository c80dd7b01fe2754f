//! Fallback without entries or requests: length statistics of measurements.

use super::distributions::tokens;
use crate::catalog::{metrics, number};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::Group;
use crate::record::{Kind, Stat};
use crate::state::Axis;
use crate::view_model::{Column, Empty, Grid, GridCell, ViewModel};

/// Length statistics of measurements by configuration.
pub(super) fn show(context: &Context<'_>, frame: Frame, groups: &[Group], mut notes: Vec<String>) -> Output {
    let table = context.table;
    let figures =
        [("input_tokens", Stat::Mean), ("input_tokens", Stat::P99), ("output_tokens", Stat::Mean), ("output_tokens", Stat::P99)];
    let values = |group: &Group, (metric, stat): (&str, Stat)| -> Vec<f64> {
        let column = table.figures(metric, stat);
        group.rows.iter().filter_map(|row| column.as_ref()?.get(*row)).collect()
    };
    let mut lines = Vec::new();
    for group in groups {
        let distributions = figures.map(|figure| values(group, figure));
        if distributions.iter().all(Vec::is_empty) {
            continue;
        }
        let mut cells = vec![GridCell::text(group.label.as_str()), GridCell::figure(Some(group.rows.len() as f64))];
        for ((_, stat), values) in figures.iter().zip(&distributions) {
            let (low, high) =
                values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
            let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
            let greatest = (!values.is_empty()).then_some(high);
            let hint =
                if values.is_empty() { String::new() } else { format!("{} to {}", number::column(low), number::column(high)) };
            cells.push(GridCell::figure(if *stat == Stat::Mean { mean } else { greatest }).hinted(hint));
        }
        lines.push(cells);
    }
    let count = lines.len();
    notes.push(
        "Measurements contain only means and percentiles. Load a table of lengths, a trace or the requests of a run to see a distribution."
            .to_owned(),
    );
    let mut columns = vec![Column::text("run", "Run"), Column::figure("measurements", "Measurements", "")];
    columns.extend(
        figures
            .map(|(metric, stat)| tokens(&format!("{metric}.{}", stat.key()), &metrics::title(metric, stat, Kind::Measurement))),
    );
    let grid = Grid {
        key: "lengths".to_owned(),
        title: "Lengths in tokens".to_owned(),
        note: "Mean: average over measurements; P99: highest of the measurements; ranges in the tooltips.".to_owned(),
        columns,
        rows: lines,
        ..Grid::default()
    };
    let empty = (count == 0 && !frame.rows.is_empty()).then(|| {
        let mut explore = frame.state.clone();
        explore.show_view("explore");
        let reason = "No loaded file has token lengths. Load a data set, a trace, or results with token lengths.".to_owned();
        Empty { reason, remedy: Some(("Open Explore".to_owned(), explore)) }
    });
    let sentence = format!("Token lengths of {}", number::plural(count as u64, "configuration"));
    let rows = frame.rows.clone();
    let parts = ViewModel { sentence, notes, grids: vec![grid], empty, ..ViewModel::default() };
    let axes = figures.map(|(metric, stat)| Axis::Figure { metric: metric.to_owned(), stat });
    frame.finish(context, parts, rows, &axes)
}
