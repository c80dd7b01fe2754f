//! The row table: the measurements behind a chart.

use std::cmp::Ordering;

use crate::catalog::{Role, defaults, dimensions, metrics, number};
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::link::axis_text;
use crate::state::{Axis, Sort};
use crate::table::Table;
use crate::view_model::{Cell, Column};

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
    let usual = defaults::COLUMNS.map(|(metric, stat)| Axis::Figure { metric: metric.to_owned(), stat });
    for axis in axes.iter().rev().chain(&usual) {
        let Axis::Figure { metric, stat } = axis else { continue };
        let key = axis_text(axis);
        let values =
            || table.figures(metric, *stat).into_iter().flat_map(|column| rows.iter().filter_map(move |row| column.get(*row)));
        if values().next().is_some() && !columns.iter().any(|column| column.key == key) {
            let unit = number::unit(metric).to_owned();
            let in_seconds = unit == "ms" && values().any(|value| value >= number::LONG_MS);
            columns.push(Column { key, label: metrics::title(metric, *stat, table.kind()), unit, numeric: true, in_seconds });
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
        Column { key, label: metrics::title(metric, stat, table.kind()), unit, numeric: true, in_seconds: false }
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
        rows.order_by(|a, b| match (figure(table, &column.key, *a), figure(table, &column.key, *b)) {
            (Some(a), Some(b)) => directed(a.total_cmp(&b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    } else if let Some(texts) = table.dimension(&column.key) {
        // Each value is compared once, not once for each of its rows.
        let mut codes: Vec<u32> = (0..texts.cardinality() as u32).collect();
        codes.order_by(|a, b| dimensions::compare(&column.key, texts.value(*a), texts.value(*b)));
        if sort.descending {
            codes.reverse();
        }
        let mut ranks = vec![0; codes.len()];
        codes.iter().enumerate().for_each(|(rank, code)| ranks[*code as usize] = rank);
        let rank = |row: &usize| texts.code(*row).filter(|code| !texts.value(*code).is_empty()).map(|code| ranks[code as usize]);
        rows.order_by_key(|row| rank(row).map_or((true, 0), |rank| (false, rank)));
    } else {
        let mut keyed: Vec<(String, usize)> = rows.iter().map(|row| (cell(table, column, *row).exact, *row)).collect();
        keyed.order_by(|(a, _), (b, _)| {
            a.is_empty().cmp(&b.is_empty()).then_with(|| directed(dimensions::compare(&column.key, a, b)))
        });
        rows.iter_mut().zip(keyed).for_each(|(row, (_, sorted))| *row = sorted);
    }
}
