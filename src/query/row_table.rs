//! The row table: the measurements behind a chart.

use std::cmp::Ordering;

use crate::catalog::{Role, dimensions, metrics, number};
use crate::record::Stat;
use crate::state::link::axis_text;
use crate::state::{Axis, Sort};
use crate::table::Table;
use crate::view_model::{Cell, Column};

/// Default metrics next to the plotted ones.
const USUAL: [(&str, Stat); 14] = [
    ("output_tps", Stat::Mean),
    ("total_tps", Stat::Mean),
    ("rps", Stat::Mean),
    ("ttft", Stat::Mean),
    ("ttft", Stat::P50),
    ("ttft", Stat::P95),
    ("ttft", Stat::P99),
    ("tpot", Stat::P50),
    ("itl", Stat::P50),
    ("itl", Stat::P95),
    ("e2el", Stat::P50),
    ("completed", Stat::Mean),
    ("errored", Stat::Mean),
    ("error_rate", Stat::Mean),
];

const LOAD: &str = "load";
const PLACE: &str = "place";

/// The columns: distinguishing dimensions, load, plotted metrics, default metrics, and origin.
pub fn columns(table: &Table, rows: &[usize], axes: &[Axis]) -> Vec<Column> {
    let mut columns = Vec::new();
    for key in table.dimension_keys() {
        let Some(column) = table.dimension(key).filter(|_| matches!(dimensions::role(key), Role::Configuration)) else {
            continue;
        };
        let first = rows.first().and_then(|row| column.code(*row));
        let naming = matches!(key, "model" | "version") && first.is_some();
        if naming || rows.iter().any(|row| column.code(*row) != first) {
            columns.push(Column::text(key, dimensions::label(key)));
        }
    }
    columns.push(Column::text("load_kind", "Load type"));
    columns.push(Column::figure(LOAD, "Concurrency/rate", ""));
    let usual = USUAL.map(|(metric, stat)| Axis::Figure { metric: metric.to_owned(), stat });
    for axis in axes.iter().rev().chain(&usual) {
        let Axis::Figure { metric, stat } = axis else { continue };
        let key = axis_text(axis);
        let present = table.figures(metric, *stat).is_some_and(|column| rows.iter().any(|row| column.get(*row).is_some()));
        if present && !columns.iter().any(|column| column.key == key) {
            let unit = number::unit(metric).to_owned();
            columns.push(Column { key, label: metrics::title(metric, *stat, table.kind()), unit, numeric: true });
        }
    }
    columns.push(Column::text(PLACE, "Source"));
    columns
}

/// Every column of the table: identity, load, metrics, origin.
pub fn all(table: &Table) -> Vec<Column> {
    let dimensions = table.dimension_keys().into_iter().filter(|key| *key != LOAD);
    let dimensions = dimensions.map(|key| Column::text(key, dimensions::label(key)));
    let figures = table.figure_keys().into_iter().map(|(metric, stat)| {
        let unit = metrics::metric(metric).map_or("", |metric| metric.unit).to_owned();
        let key = axis_text(&Axis::Figure { metric: metric.to_owned(), stat });
        Column { key, label: metrics::title(metric, stat, table.kind()), unit, numeric: true }
    });
    let load = Column::figure(LOAD, "Concurrency/rate", "");
    dimensions.chain([load]).chain(figures).chain([Column::text(PLACE, "Source")]).collect()
}

/// Whether any row has a value in a column.
pub(crate) fn present(table: &Table, column: &Column, rows: &[usize]) -> bool {
    match table.dimension(&column.key) {
        Some(texts) if !column.numeric => rows.iter().any(|row| texts.code(*row).is_some()),
        _ if column.numeric => rows.iter().any(|row| figure(table, &column.key, *row).is_some()),
        _ => true,
    }
}

/// The cells of a row, in the columns' order.
pub fn cells(table: &Table, columns: &[Column], row: usize) -> Vec<Cell> {
    columns.iter().map(|column| cell(table, column, row)).collect()
}

fn cell(table: &Table, column: &Column, row: usize) -> Cell {
    if column.numeric {
        let Some(value) = figure(table, &column.key, row) else { return Cell::default() };
        let (text, exact) = number::cell(&column.key, value);
        return Cell { text, exact };
    }
    let text = match column.key.as_str() {
        PLACE => origin(table, row),
        key => table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default().to_owned(),
    };
    Cell { exact: text.clone(), text }
}

fn figure(table: &Table, key: &str, row: usize) -> Option<f64> {
    if key == LOAD {
        return table.load()?.get(row);
    }
    let (metric, stat) =
        key.rsplit_once('.').and_then(|(metric, stat)| Some((metric, Stat::from_key(stat)?))).unwrap_or((key, Stat::Mean));
    table.figures(metric, stat)?.get(row)
}

/// The origin of a row: file and position.
pub(crate) fn origin(table: &Table, row: usize) -> String {
    let path = table.dimension("path").and_then(|column| column.text(row)).unwrap_or("?");
    format!("{path}, {}", table.place(row))
}

/// Sorts rows by a column, stably; missing values come last in both directions.
pub fn sort(table: &Table, columns: &[Column], rows: &mut [usize], sort: &Sort) {
    let Some(column) = columns.iter().find(|column| column.key == sort.column) else { return };
    let directed = |order: Ordering| if sort.descending { order.reverse() } else { order };
    if column.numeric {
        rows.sort_by(|a, b| match (figure(table, &column.key, *a), figure(table, &column.key, *b)) {
            (Some(a), Some(b)) => directed(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    } else {
        let text = |row: usize| cell(table, column, row).exact;
        rows.sort_by(|a, b| match (text(*a), text(*b)) {
            (a, b) if a.is_empty() || b.is_empty() => a.is_empty().cmp(&b.is_empty()),
            (a, b) => directed(dimensions::compare(&column.key, &a, &b)),
        });
    }
}
