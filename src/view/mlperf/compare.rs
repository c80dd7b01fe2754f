//! Comparison: the published results of one benchmark, one bar per submission, or
//! against the number of accelerators.
//!
//! The reference silently keeps only the best submission of each system and organization
//! (`../shared/formats/llmd-and-mlperf.md` §6-15); here it is an option that reports how many it hides.

use super::charts::{self, Bar, Organizations, PANELS, Panels, Point};
use super::result_group::{self, ResultGroup};
use super::results::{availability, described, description, figure, to};
use super::{Published, ResultSet, Scope};
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{AxisModel, Card, Choice, Column, Control, Entry, Evidence, Grid, GridCell, ViewModel};

/// Option: bars, or dots against the number of accelerators.
const AS: &str = "as";
const SCATTER: &str = "scatter";
/// Option: every submission, or the best of each system.
pub(super) const SUBMISSIONS: &str = "submissions";
pub(super) const BEST: &str = "best";

/// The published results of one benchmark.
pub(crate) static COMPARE: View = View {
    about: &About {
        id: "mlperf/comparison",
        tab: &tabs::MLPERF,
        label: "Comparison",
        purpose: "Published MLPerf results of one benchmark: every submission, best first",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut set = ResultSet::new(context, asked, Scope { defaults: &["round", "model"], ignored: &[], doubtful: false });
    let mut groups = result_group::of(&set.results);
    groups.iter_mut().for_each(rank);
    let best = set.state().option(SUBMISSIONS) == Some(BEST);
    let scatter = set.state().option(AS) == Some(SCATTER);
    let mut notes = Vec::new();
    if let Some(note) = result_group::keep_best(&mut groups, best) {
        notes.push(note);
    }
    let mut shown: Vec<usize> = groups.iter().flat_map(|one| &one.results).map(|result| result.row).collect();
    shown.order();
    let organizations = Organizations::new(context, &mut set.frame.state, &shown, &mut notes);
    notes.extend(organizations.note());
    let state = set.state().clone();
    let mut panels = Panels::default();
    for group in groups.iter().take(PANELS) {
        notes.extend(if scatter {
            dots(&mut panels, group, &state, &organizations)
        } else {
            panels.bars(&group.label, value_axis(group), &bars(group), &organizations)
        });
    }
    notes.extend(result_group::too_many(&groups));
    notes.extend(result_group::previews(&set.results));
    let grid = grid(&groups, &state, context.layout());
    let parts = ViewModel {
        sentence: sentence(&groups, best),
        notes,
        controls: [as_control(scatter), submissions_control(best)]
            .into_iter()
            .chain(scatter.then(|| charts::scale_control(&state)))
            .collect(),
        cards: groups.iter().take(PANELS).filter_map(|group| card(group, &state)).collect(),
        legend: if panels.panels.is_empty() { Vec::new() } else { organizations.legend },
        panels: panels.panels,
        grids: if groups.is_empty() { Vec::new() } else { vec![grid] },
        ..ViewModel::default()
    };
    Panels::point_rows(panels.points, set.finish(context, parts, shown))
}

/// Best first (lowest for latencies); stable on ties.
fn rank(group: &mut ResultGroup<'_>) {
    let sign = if group.latency { 1.0 } else { -1.0 };
    group.results.order_by(|a, b| (sign * a.value).total_cmp(&(sign * b.value)));
}

/// The value axis of a group.
fn value_axis(group: &ResultGroup<'_>) -> AxisModel {
    let title = if group.latency { "Published latency" } else { "Published result" };
    AxisModel::own(title, group.bare_unit(), Some(!group.latency))
}

fn bars(group: &ResultGroup<'_>) -> Vec<Bar> {
    let names = result_group::names(&group.results);
    let named = group.results.iter().zip(names);
    named.map(|(result, name)| Bar { name, value: result.value, rows: vec![result.row] }).collect()
}

/// Results against the number of accelerators; notes systems without accelerators.
fn dots(panels: &mut Panels, group: &ResultGroup<'_>, state: &ViewState, organizations: &Organizations) -> Option<String> {
    let placed = group.results.iter().filter_map(|result| Some((result, result.gpus?)));
    let placed: Vec<(&Published<'_>, f64)> = placed.filter(|(result, _)| organizations.shows(result.row)).collect();
    // A logarithmic axis cannot show values at or below zero.
    let drawn = placed.iter().filter(|(result, _)| state.y_log != Some(true) || result.value > 0.0);
    let points: Vec<Point> = drawn.map(|(result, gpus)| Point { x: *gpus, y: result.value, rows: vec![result.row] }).collect();
    let x = AxisModel::own("Accelerators of the system", "", None);
    let x = charts::scaled(x, state.x_log.unwrap_or(!charts::is_linear(state)));
    let y = charts::scaled(value_axis(group), state.y_log == Some(true));
    panels.dots(&group.label, x, y, &points, organizations);
    let without = group.results.iter().filter(|result| result.gpus.is_none()).count();
    (without > 0)
        .then(|| format!("{}: {} without accelerators not drawn; see the table.", group.label, plural(without as u64, "system")))
}

fn sentence(groups: &[ResultGroup<'_>], best: bool) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let of = if best { "the best submission of each system" } else { "every submission" };
    format!("{}: {of} as published, best first: {}", result_group::subject(groups), result_group::counts(groups))
}

fn as_control(scatter: bool) -> Control {
    Control {
        key: AS.to_owned(),
        label: "Chart".to_owned(),
        help: "Bars, best on top, or results against the number of accelerators".to_owned(),
        values: vec![if scatter { SCATTER } else { "bars" }.to_owned()],
        entry: Entry::Select(vec![Choice::plain("bars"), Choice::new(SCATTER, "against accelerators", "")]),
    }
}

/// The submissions control.
pub(super) fn submissions_control(best: bool) -> Control {
    Control {
        key: SUBMISSIONS.to_owned(),
        label: "Submissions".to_owned(),
        help: "An organization can submit one system several times, with different software or size".to_owned(),
        values: vec![if best { BEST } else { "all" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("all", "all", ""), Choice::new(BEST, "best of each system", "")]),
    }
}

fn card(group: &ResultGroup<'_>, state: &ViewState) -> Option<Card> {
    let best = group.results.first()?;
    let evidence = group.results.iter().take(5).map(|result| Evidence {
        text: format!("{} {}: {} ({})", number::short(result.value), group.bare_unit(), result.system, result.organization),
        link: Some(to(state, "mlperf", &[("public_id", result.id), ("system", result.system)])),
        ..Evidence::default()
    });
    Some(Card {
        label: format!("{}: {}", group.label, if group.latency { "lowest" } else { "highest" }),
        value: format!("{} {}", number::short(best.value), group.bare_unit()),
        detail: format!("{} ({}), {}", best.system, best.organization, best.hardware_counted()),
        method: "The best result shown, for the whole system. System sizes differ by two orders of magnitude.".to_owned(),
        evidence: evidence.collect(),
        ..Card::default()
    })
}

fn grid(groups: &[ResultGroup<'_>], state: &ViewState, layout: Layout<'_>) -> Grid {
    let rounds = result_group::common(groups, |result| result.round).is_none();
    let mut columns = vec![Column::figure("rank", "Rank", ""), Column::text("benchmark", "Benchmark")];
    columns.push(Column::figure("result", "Result", ""));
    columns.push(Column::text("unit", "Unit"));
    columns.extend(described(rounds));
    columns.extend(
        [("availability", "Availability"), ("public_id", "Public ID"), ("remarks", "Remarks")].map(|(k, l)| Column::text(k, l)),
    );
    let all: Vec<_> =
        groups.iter().flat_map(|group| group.results.iter().enumerate().map(move |(at, one)| (group, at, one))).collect();
    let row = |(group, at, result): (&ResultGroup<'_>, usize, &Published<'_>)| {
        let rank = GridCell::number((at + 1).to_string(), (at + 1) as f64);
        let mut cells = vec![rank, GridCell::text(group.label.clone()), figure(result, state), GridCell::text(group.unit)];
        cells.extend(description(result, rounds, state));
        cells.extend([availability(result), GridCell::text(result.id), GridCell::text(result.remarks().join(" "))]);
        cells
    };
    let heading = Grid {
        key: "comparison".to_owned(),
        title: "Results, best first".to_owned(),
        note: "Each benchmark is ranked separately.".to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &all, |_, one, _| row(*one))
}
