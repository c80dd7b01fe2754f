//! Pareto: throughput against user-perceived speed, and the non-dominated configurations.
//!
//! A point is on the frontier if no other point within the
//! SLO is at least as good in both metrics and better in one ([`crate::analysis::frontier`]).

mod chart;
mod choice;
mod frontiers;
mod results;

use self::choice::Axes;
use self::frontiers::{Frontiers, Inputs};
use self::results::Results;
use crate::capacity::gpu_basis::Basis;
use crate::catalog::Better;
use crate::catalog::number::{self, plural};
use crate::comparison::slo::Eligibility;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::{axes, deep_links, groups, lines, values};
use crate::sorting::Sorting;
use crate::state::{Axis, PRESET, Shown, ViewState};
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Empty, ViewModel};
use std::collections::BTreeSet;

/// Default number of groups drawn: each has a colour of its own.
const DEFAULT_GROUPS: usize = lines::FEW;

/// Two metrics against each other, with group frontiers and the overall frontier.
pub(crate) static PARETO: View = View {
    about: &About {
        id: "pareto",
        tab: &tabs::PARETO,
        label: "Frontier",
        purpose: "Throughput against user-perceived speed: the configurations on the Pareto frontier",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::best_populated(context, asked, &[]);
    frame.only_axes_with_direction();
    frame.ask(table, &["gpus"]);
    let Axes { x, y, notes, control: preset } = choice::axes(table, &frame.rows, &frame.state);
    (frame.state.x, frame.state.y) = (Some(x.clone()), Some(y.clone()));
    frame.notes.extend(notes);

    let state = frame.state.clone();
    let value = |axis: &Axis, row: usize, log: bool| {
        // A logarithmic axis cannot show values at or below zero.
        values::value(table, axis, row).filter(|value| value.is_finite() && (!log || *value > 0.0))
    };
    let (at_x, at_y) =
        (|row: usize| value(&x, row, state.x_log == Some(true)), |row: usize| value(&y, row, state.y_log == Some(true)));
    let rows: Vec<usize> = frame.rows.iter().copied().filter(|row| at_x(*row).is_some() && at_y(*row).is_some()).collect();
    let (by, group) = choice::groups(table, &rows, &state);
    let groups = groups::group(table, &rows, &by);
    let configurations = frontiers::configurations(table, &rows, &by);
    let eligibility = Eligibility::new(table, &state);
    let plane = Inputs { table, eligibility: &eligibility, value: [&at_x, &at_y], better: (direction(&x), direction(&y)) };
    let frontiers = plane.frontiers(&groups, &configurations);

    // Rank groups by their frontier, not by their number of measurements.
    let chosen: BTreeSet<String> = match &state.shown {
        Shown::Few => {
            results::by_frontier_points(&frontiers).into_iter().take(DEFAULT_GROUPS).map(|at| groups[at].id.clone()).collect()
        }
        _ => lines::choose(&groups, &mut frame.state, &mut frame.notes).into_iter().map(|group| group.id.clone()).collect(),
    };
    let places: Vec<usize> = (0..groups.len()).filter(|at| chosen.contains(&groups[*at].id)).collect();
    let shown: Vec<&groups::Group> = places.iter().map(|at| &groups[*at]).collect();
    let styles = lines::styles(context, &by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);
    let places: Vec<(usize, crate::view_model::Style)> = places.into_iter().zip(styles).collect();
    let chart = chart::draw(context, &state, (&x, &y), &frontiers, &groups, &places);

    let all = groups::configuration(table);
    let results = Results {
        frontiers: &frontiers,
        groups: &groups,
        configurations: &configurations,
        by_group: deep_links::DeepLinks::new(table, &state, &by),
        by_configuration: deep_links::DeepLinks::new(table, &state, &all),
        x: &x,
        y: &y,
    };
    let mut notes = remarks(context, &frame.rows, &rows, (&x, &y), &frontiers, chart.thinned);
    notes.extend(results::ineligible(&frontiers, &eligibility.words()));
    if shown.len() < groups.len() {
        let hidden = groups.len() - shown.len();
        notes.push(format!("{} not drawn, but counted in the overall frontier and the tables.", plural(hidden as u64, "group")));
    }
    let parts = ViewModel {
        sentence: sentence(&frontiers, (&x, &y), groups.len(), rows.len(), &eligibility.words()),
        notes,
        controls: [preset, group].into_iter().chain(Basis::of(&state).control_over(table, &rows)).collect(),
        cards: results.cards(),
        panels: vec![chart.panel],
        legend,
        grids: if rows.is_empty() {
            Vec::new()
        } else {
            vec![results.frontier(context.layout()), results.groups(context.layout())]
        },
        empty: empty(context, &state, &frame.rows, &rows, (&x, &y)),
        ..ViewModel::default()
    };
    let table_rows: Vec<usize> = if chart.thinned > 0 {
        rows
    } else {
        let mut seen: Vec<usize> = chart.point_rows.iter().flatten().flatten().copied().collect();
        seen.order();
        seen.dedup();
        seen
    };
    let mut shown = frame.finish(context, parts, table_rows, &[x, y]);
    shown.points = vec![chart.point_rows];
    shown
}

fn direction(axis: &Axis) -> Better {
    match axes::better(axis) {
        Some(true) => Better::Higher,
        Some(false) => Better::Lower,
        None => Better::Neutral,
    }
}

fn sentence(frontiers: &Frontiers, (x, y): (&Axis, &Axis), groups: usize, rows: usize, limits: &str) -> String {
    let better = |axis: &Axis| if axes::better(axis) == Some(true) { "higher" } else { "lower" };
    format!(
        "{} ({} is better) against {} ({} is better): {} on the overall frontier of {} in {}, {} measurements; within {limits}",
        axes::name(y),
        better(y),
        axes::name(x),
        better(x),
        plural(frontiers.overall.len() as u64, "point"),
        plural(frontiers.points.len() as u64, "point"),
        plural(groups as u64, "group"),
        rows
    )
}

/// Notes about the chart.
fn remarks(
    context: &Context<'_>,
    filtered: &[usize],
    rows: &[usize],
    (x, y): (&Axis, &Axis),
    frontiers: &Frontiers,
    thinned: usize,
) -> Vec<String> {
    let mut notes = Vec::new();
    let lacks = |row: &&usize| [x, y].iter().any(|axis| values::value(context.table, axis, **row).is_none());
    let missing = filtered.iter().filter(lacks).count();
    if missing > 0 {
        notes.push(format!("{} missing {} or {}: not drawn.", context.kind.count(missing), axes::name(x), axes::name(y)));
    }
    let off = filtered.len() - missing - rows.len();
    if off > 0 {
        notes.push(format!("{} at or below zero: not drawn on a logarithmic axis.", context.kind.count(off)));
    }
    let averaged = frontiers.points.iter().filter(|point| point.rows.len() > 1).count();
    if averaged > 0 {
        notes.push(format!("{} averaged over repeated runs.", plural(averaged as u64, "point")));
    }
    if thinned > 0 {
        notes.push(format!(
            "Crowded groups are downsampled: {} not drawn. The frontiers include every point.",
            plural(thinned as u64, "point")
        ));
    }
    if let Some([worst, _]) = frontiers.corners {
        notes.push(format!(
            "Areas are measured from the worst values of all points within the SLO and error limit: {} {}, {} {}.",
            axes::name(x),
            number::short(worst.0),
            axes::name(y),
            number::short(worst.1)
        ));
    }
    notes
}

/// Why the chart is empty, and a remedy.
fn empty(context: &Context<'_>, state: &ViewState, filtered: &[usize], rows: &[usize], (x, y): (&Axis, &Axis)) -> Option<Empty> {
    if !rows.is_empty() || filtered.is_empty() {
        return None;
    }
    let mut remedied = state.clone();
    (remedied.x, remedied.y) = (None, None);
    (remedied.x_log, remedied.y_log, remedied.zoom) = (None, None, None);
    remedied.options.remove(PRESET);
    let reason = format!("None of the {} has both {} and {}.", context.kind.count(filtered.len()), axes::name(x), axes::name(y));
    Some(Empty { reason, remedy: Some(("Reset the axes".to_owned(), remedied)) })
}
