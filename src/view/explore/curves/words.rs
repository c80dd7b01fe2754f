//! Text about the chart: its sentence, its notes, and why it is empty.

use crate::catalog::dimensions;
use crate::catalog::number::{self, plural};
use crate::comparison::pairing;
use crate::comparison::words::told_apart;
use crate::query::context::Context;
use crate::query::groups::Group;
use crate::query::series::{Counts, MAX_POINTS};
use crate::query::{axes, facets, values};
use crate::state::{Axis, Filters, ViewState};
use crate::table::Table;
use crate::view_model::Empty;
use std::collections::BTreeSet;

/// Letters up to which a file's name stands whole.
const WHOLE: usize = 40;

/// Notes about the chart.
#[expect(clippy::too_many_arguments, reason = "one sentence per argument; a struct would only rename them")]
pub(super) fn remarks(
    context: &Context<'_>,
    state: &ViewState,
    filtered: &[usize],
    plotted: &[usize],
    x: &Axis,
    y: &Axis,
    counts: &Counts,
    configuration: &[&str],
) -> Vec<String> {
    let Context { table, kind, .. } = context;
    let name = |axis: &Axis| axes::name_of(axis, *kind);
    let Counts { over_limit, averaged, gaps, thinned } = *counts;
    let mut notes = Vec::new();
    let left_out = filtered.len() - plotted.len();
    if left_out > 0 {
        notes.push(match x {
            Axis::Load(_) => {
                format!("{} without a fixed {}: not on this axis.", kind.count(left_out), name(x).to_lowercase())
            }
            Axis::Figure { .. } => {
                format!("{} missing {} or {}: not drawn.", kind.count(left_out), name(x), name(y))
            }
        });
    }
    if gaps > 0 {
        notes.push(format!("{} without {}: drawn as gaps.", plural(gaps as u64, "point"), name(y)));
    }
    if averaged > 0 {
        let by: BTreeSet<&str> = state.series_by.iter().map(String::as_str).collect();
        let mixed: Vec<&str> = configuration
            .iter()
            .filter(|key| !by.is_empty() && !by.contains(*key) && state.panel_by.as_deref() != Some(*key))
            .filter(|key| {
                let Some(column) = table.dimension(key) else { return false };
                let first = plotted.first().and_then(|row| column.code(*row));
                plotted.iter().any(|row| column.code(*row) != first)
            })
            .map(|key| dimensions::label(key))
            .collect();
        notes.push(if mixed.is_empty() {
            format!("{} averaged over repeated runs.", plural(averaged as u64, "point"))
        } else {
            format!(
                "{} averaged over {} that may differ in {}: filter, or split the lines by it.",
                plural(averaged as u64, "point"),
                kind.plural(),
                mixed.join(", ")
            )
        });
    }
    if thinned > 0 {
        notes.push(format!(
            "Lines of more than {MAX_POINTS} points are downsampled: {} not drawn. The table has every point.",
            plural(thinned as u64, "point")
        ));
    }
    if over_limit > 0 {
        notes.push(format!(
            "{} with over {}% failed requests, drawn hollow.",
            plural(over_limit as u64, "point"),
            number::short(state.error_limit)
        ));
    }
    notes
}

/// Files up to which their loads are listed.
const FEW_FILES: usize = 6;

/// Why a few files of several lines get no verdict: no two of them were measured at one load.
pub(super) fn no_verdict(table: &Table, rows: &[usize], groups: usize) -> Option<String> {
    let files = pairing::values(table, rows, "path");
    if groups < 2 || !(2..=FEW_FILES).contains(&files.len()) {
        return None;
    }
    let paths: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
    let sides = pairing::rows_of(table, rows, "path", &paths);
    let levels: Vec<Vec<f64>> = sides.iter().map(|rows| pairing::levels(table, rows)).collect();
    let shared = levels.iter().enumerate().any(|(at, own)| levels[at + 1..].iter().flatten().any(|load| own.contains(load)));
    if shared || levels.iter().any(Vec::is_empty) {
        return None;
    }
    let each = told_apart(&paths, WHOLE).into_iter().zip(&levels).map(|(name, own)| format!("{name}: {}", pairing::loads(own)));
    Some(format!("No verdict: the files share no load ({}).", each.collect::<Vec<_>>().join("; ")))
}

pub(super) fn sentence(context: &Context<'_>, x: &Axis, y: &Axis, shown: &[&Group], groups: usize, rows: usize) -> String {
    let name = |axis: &Axis| axes::name_of(axis, context.kind);
    let unit_of =
        |axis: &Axis| Some(axes::unit(axis)).filter(|unit| !unit.is_empty()).map(|unit| format!(" ({unit})")).unwrap_or_default();
    let lines = match (shown.len(), groups) {
        (1, 1) => "one line".to_owned(),
        (shown, groups) if shown == groups => plural(groups as u64, "line"),
        (shown, groups) => format!("{shown} of {groups} lines"),
    };
    format!(
        "{}{} against {}{}: {lines}, {rows} of {}",
        name(y),
        unit_of(y),
        match x {
            Axis::Load(_) => name(x).to_lowercase(),
            Axis::Figure { .. } => name(x),
        },
        unit_of(x),
        context.kind.count(context.table.rows())
    )
}

/// Why the chart is empty, and a remedy.
pub(super) fn empty(
    context: &Context<'_>,
    state: &ViewState,
    filtered: &[usize],
    drawn: &[usize],
    x: &Axis,
    y: &Axis,
) -> Option<Empty> {
    let Context { table, kind, .. } = context;
    let name = |axis: &Axis| axes::name_of(axis, *kind);
    if table.rows() == 0
        || drawn.iter().any(|row| values::value(table, x, *row).is_some() && values::value(table, y, *row).is_some())
    {
        return None;
    }
    let all = table.rows();
    if filtered.is_empty() {
        let selection = state.selection();
        // The single filter whose removal restores the most rows.
        let without = |key: &String| {
            let mut fewer = selection.clone();
            fewer.remove(key);
            let rows = facets::apply(table, &fewer).rows.len();
            (rows, key.clone())
        };
        let best = selection.keys().map(without).max_by_key(|(rows, _)| *rows).filter(|(rows, _)| *rows > 0);
        let filters = match selection.len() {
            1 => "The filter excludes".to_owned(),
            n => format!("{n} filters together exclude"),
        };
        let mut remedied = state.clone();
        let step = match best {
            Some((rows, key)) => {
                remedied.choose(&key, BTreeSet::new());
                format!("Clear {} ({})", dimensions::label(&key), kind.count(rows))
            }
            None => {
                remedied.filters = Filters::Chosen(Default::default());
                "Clear all filters".to_owned()
            }
        };
        return Some(Empty { reason: format!("{filters} all {}.", kind.count(all)), remedy: Some((step, remedied)) });
    }
    let mut remedied = state.clone();
    (remedied.x, remedied.y) = (None, None);
    (remedied.x_log, remedied.y_log, remedied.zoom) = (None, None, None);
    let reason = match filtered.len() {
        1 => format!("The only filtered {} lacks {} or {}.", kind.label(), name(x), name(y)),
        count => {
            format!("None of the {} has both {} and {}.", kind.count(count).replacen(' ', " filtered ", 1), name(x), name(y))
        }
    };
    Some(Empty { reason, remedy: Some(("Reset the axes".to_owned(), remedied)) })
}
