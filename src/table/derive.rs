//! Columns that follow from others, row by row: the workload profile, the GPU count with its origin, derived metrics.

use super::columns::Columns;
use crate::catalog::{METRICS, Shape, profiles};
use crate::record::Stat;

/// Adds the dimensions that follow from others.
pub(super) fn dimensions(columns: &mut Columns) {
    let rows = columns.rows;
    let [isl, osl, turns] = ["isl", "osl", "turns"].map(|key| columns.dimension_column(key).numbers(rows));
    let column = columns.dimension_column("profile");
    for row in 0..rows {
        if let Some(profile) = profiles::profile(isl[row], osl[row], turns[row]) {
            column.set(row, &profile);
        }
    }

    let load = std::mem::take(&mut columns.load);
    let column = columns.dimension_column("load");
    for row in 0..rows {
        if let Some(value) = load.get(row) {
            column.set(row, &value.to_string());
        }
    }
    columns.load = load;

    // A blank degree is 1, but only beside a known one: with none known the count is unknown.
    let degrees = [("tp", "TP"), ("dp", "DP"), ("pp", "PP")];
    let degrees = degrees.map(|(key, name)| (columns.dimension_column(key).numbers(rows), name));
    let mut stated = std::mem::take(columns.dimension_column("gpus"));
    let mut basis = std::mem::take(columns.dimension_column("gpus_basis"));
    for row in 0..rows {
        if stated.text(row).is_some() {
            if basis.text(row).is_none() {
                basis.set(row, "stated in the file");
            }
            continue;
        }
        let known = degrees.iter().filter_map(|(numbers, name)| Some((numbers[row].filter(|degree| *degree >= 1.0)?, *name)));
        let (factors, names): (Vec<f64>, Vec<&str>) = known.unzip();
        if !factors.is_empty() {
            stated.set(row, &factors.iter().product::<f64>().to_string());
            basis.set(row, &format!("derived: {}", names.join(" × ")));
        }
    }
    *columns.dimension_column("gpus") = stated;
    *columns.dimension_column("gpus_basis") = basis;
}

/// Adds the catalogue's derived metrics wherever their inputs are there and the file did not give the figure itself.
pub(super) fn metrics(columns: &mut Columns) {
    let rows = columns.rows;
    let gpus = columns.dimension_column("gpus").numbers(rows);
    for metric in METRICS.iter() {
        let Some(derive) = &metric.derive else { continue };
        for stat in Stat::ALL {
            let fits = match metric.shape {
                Shape::Scalar => stat == Stat::Mean,
                // A spread does not carry through a ratio.
                Shape::Distribution => stat != Stat::Std,
            };
            let column = |key: &str| {
                columns.metrics.iter().position(|(other, s, column)| other == key && *s == stat && !column.is_empty())
            };
            let inputs: Option<Vec<Option<usize>>> =
                derive.inputs.iter().map(|key| if *key == "gpus" { Some(None) } else { column(key).map(Some) }).collect();
            let Some(inputs) = inputs.filter(|_| fits) else { continue };
            let mut target = std::mem::take(columns.metric_column(metric.key, stat));
            let mut values = Vec::with_capacity(inputs.len());
            for (row, gpus) in gpus.iter().enumerate() {
                if target.get(row).is_some() {
                    continue;
                }
                values.clear();
                values.extend(inputs.iter().filter_map(|input| match input {
                    Some(column) => columns.metrics[*column].2.get(row),
                    None => *gpus,
                }));
                if values.len() == inputs.len() {
                    target.set(row, (derive.compute)(&values));
                }
            }
            *columns.metric_column(metric.key, stat) = target;
        }
    }
}
