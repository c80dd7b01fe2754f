//! The line that a person holds the others against: any view's curve can take the baseline's place.

use crate::catalog::dimensions::label;
use crate::state::{ViewState, link};
use crate::table::Table;
use crate::view_model::{ChartModel, Mark, Series, ViewModel};

/// Compared by, in Compare, when a line is taken there as the baseline: the first in which the drawn lines differ.
const COMPARED_BY: [&str; 7] = ["version", "accelerator", "framework", "model", "tp", "label", "path"];

/// Draws the chosen line as the baseline in every panel that has it and no baseline of the view's own.
pub(super) fn mark(model: &mut ViewModel, chosen: Option<&str>) {
    model.state.reference = chosen.map(str::to_owned);
    if let Some(id) = chosen {
        take_place(model, id);
    }
}

/// Draws the line of this id as the baseline.
fn take_place(model: &mut ViewModel, id: &str) {
    let mut found = false;
    for panel in model.panels.iter_mut().filter(|panel| own_baseline(&panel.chart).is_none()) {
        for series in panel.chart.series.iter_mut().filter(|series| series.id == id) {
            if let Mark::Curve(points) = &series.mark {
                series.mark = Mark::Baseline(points.clone());
                found = true;
            }
        }
    }
    if found {
        model.legend.iter_mut().filter(|entry| entry.id == id).for_each(|entry| entry.baseline = true);
    } else if !model.panels.is_empty() {
        model.notes.push("The line chosen as the baseline is not among those drawn here.".to_owned());
    }
}

fn own_baseline(chart: &ChartModel) -> Option<&Series> {
    chart.series.iter().find(|series| matches!(series.mark, Mark::Baseline(_)))
}

/// What can be done with the line of a point: hold the others on the chart against it, and compare it in Compare.
pub(super) fn steps(
    table: &Table,
    model: &ViewModel,
    chart: &ChartModel,
    line: &Series,
    rows: &[usize],
) -> Vec<(String, String)> {
    let state = &model.state;
    let lines = || chart.series.iter().filter(|series| matches!(series.mark, Mark::Curve(_) | Mark::Baseline(_)));
    let is_chosen = state.reference.as_ref() == Some(&line.id);
    let mut steps = Vec::new();
    if is_chosen {
        steps.push(("No longer the baseline".to_owned(), link::encode(&ViewState { reference: None, ..state.clone() })));
    } else if matches!(line.mark, Mark::Curve(_))
        && own_baseline(chart).is_none_or(|own| state.reference.as_ref() == Some(&own.id))
    {
        let reference = Some(line.id.clone());
        // A line alone is held against nothing.
        let step = ("Set as baseline".to_owned(), link::encode(&ViewState { reference, ..state.clone() }));
        steps.extend((lines().count() > 1).then_some(step));
    }
    if steps.is_empty() {
        return steps;
    }
    steps.extend(compared(table, state, rows));
    steps
}

/// The link to Compare with what a point stands for as the baseline.
fn compared(table: &Table, state: &ViewState, rows: &[usize]) -> Option<(String, String)> {
    let by = COMPARED_BY.into_iter().find(|key| {
        let selected = state.selection().get(*key).is_some_and(|values| values.len() == 1);
        !selected && table.dimension(key).is_some_and(|column| column.cardinality() > 1) && value(table, key, rows).is_some()
    })?;
    let mut target = state.clone();
    target.show_view("compare");
    target.options.remove("candidate");
    let target = target.with_option("by", &[by]).with_option("baseline", &[value(table, by, rows)?]);
    Some((format!("Compare with this {} as the baseline", label(by).to_lowercase()), link::encode(&target)))
}

/// The one value that some rows have of a dimension.
fn value<'a>(table: &'a Table, key: &str, rows: &[usize]) -> Option<&'a str> {
    let column = table.dimension(key)?;
    let (first, others) = rows.split_first()?;
    let value = column.text(*first)?;
    others.iter().all(|row| column.text(*row) == Some(value)).then_some(value)
}
