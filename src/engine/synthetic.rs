//! Which of the shown records are demo data, made by a formula. They say so themselves, in the name of their run or folder, so
//! that a copy of the file stays labelled.

use crate::query::context::Output;
use crate::record::{Kind, SYNTHETIC};
use crate::table::{Dimension, Table, Tables};
use crate::view_model::Synthetic;

fn marked(name: &str) -> bool {
    name.starts_with(SYNTHETIC)
}

/// Whether a file has demo data.
pub(super) fn has(path: &str, tables: &Tables) -> bool {
    let runs = tables.get(Kind::Measurement).and_then(|table| table.dimension("run"));
    path.split('/').any(marked) || runs.is_some_and(|runs| (0..runs.cardinality() as u32).any(|code| marked(runs.value(code))))
}

/// Says which of what is shown is demo data; beside measured data their lines say it, too.
pub(super) fn tell(table: &Table, output: &mut Output) {
    let of = |key: &str, is_marked: fn(&str) -> bool| {
        let column = table.dimension(key)?;
        let codes: Vec<bool> = (0..column.cardinality() as u32).map(|code| is_marked(column.value(code))).collect();
        codes.contains(&true).then_some((column, codes))
    };
    let marks = [of("run", marked), of("path", |path| path.split('/').any(marked))];
    let is_synthetic = |row: usize| {
        let says = |(column, codes): &(Dimension<'_>, Vec<bool>)| {
            column.code(row).and_then(|code| codes.get(code as usize).copied()).unwrap_or_default()
        };
        // A view may draw records of another kind than its rows.
        row < table.rows() && marks.iter().flatten().any(says)
    };
    let (mut made, mut measured) = (false, false);
    // What a view shows without rows of its own is of all.
    let all = if output.rows.is_empty() && output.model.empty.is_none() { 0..table.rows() } else { 0..0 };
    for row in output.rows.iter().copied().chain(all) {
        *(if is_synthetic(row) { &mut made } else { &mut measured }) = true;
        if made && measured {
            break;
        }
    }
    output.model.synthetic = match (made, measured) {
        (false, _) => Synthetic::Nothing,
        (true, false) => Synthetic::Everything,
        (true, true) => Synthetic::Some,
    };
    if output.model.synthetic != Synthetic::Some {
        return;
    }
    let says = |label: &mut String| label.push_str(" (synthetic)");
    let mut ids = Vec::new();
    for (panel, points) in output.model.panels.iter_mut().zip(&output.points) {
        for (series, points) in panel.chart.series.iter_mut().zip(points) {
            if points.iter().flatten().any(|row| is_synthetic(*row)) {
                says(&mut series.label);
                ids.push(series.id.clone());
            }
        }
    }
    output.model.legend.iter_mut().filter(|entry| ids.contains(&entry.id)).for_each(|entry| says(&mut entry.label));
}
