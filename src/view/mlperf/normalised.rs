//! Per accelerator: published results ÷ accelerators or nodes of the system. The divisor is shown
//! next to every value; results that cannot be divided are counted, never guessed.
//!
//! The reference's “benefit” is relative to an unnamed lowest result, once in another unit
//! (`../shared/formats/llmd-and-mlperf.md` §6-14): 619,682 %. Here only results of one unit are compared, and
//! the lowest is named.

use super::charts::{Bar, Organizations, PANELS, Panels};
use super::compare::{BEST, SUBMISSIONS, submissions_control};
use super::result_group::{self, ResultGroup};
use super::results::{availability, described, description, figure, to};
use super::{Per, Published, ResultSet, Scope};
use crate::analysis::pair::percent;
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{AxisModel, Card, Choice, Column, Control, Empty, Entry, Evidence, Grid, GridCell, ViewModel};

/// Option: divisor.
pub(super) const PER: &str = "per";
const NODE: &str = "node";
/// Option: values, or differences from the lowest.
const VALUE: &str = "value";
const DIFFERENCE: &str = "difference";

/// Published results per accelerator or node.
pub(crate) static NORMALISED: View = View {
    about: &About {
        id: "mlperf/per-accelerator",
        tab: &tabs::MLPERF,
        label: "Per accelerator",
        purpose: "Published MLPerf results divided by the accelerators or nodes of each system",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut set = ResultSet::new(context, asked, Scope { defaults: &["round", "model"], ignored: &[], doubtful: false });
    let per = per(set.state());
    let difference = set.state().option(VALUE) == Some(DIFFERENCE);
    let best = set.state().option(SUBMISSIONS) == Some(BEST);
    set.doubtful.retain(|result| result.share(per).is_some());
    let mut notes = undivided(&set.results, per);
    let divided: Vec<Published<'_>> = set.results.iter().filter(|result| result.share(per).is_some()).copied().collect();
    let mut groups = result_group::of(&divided);
    for group in &mut groups {
        group.results.order_by(|a, b| share(b, per).total_cmp(&share(a, per)));
    }
    notes.extend(result_group::keep_best(&mut groups, best));
    let mut shown: Vec<usize> = groups.iter().flat_map(|one| &one.results).map(|result| result.row).collect();
    shown.order();
    let organizations = Organizations::new(context, &mut set.frame.state, &shown, &mut notes);
    notes.extend(organizations.note());
    let state = set.state().clone();
    let mut panels = Panels::default();
    for group in groups.iter().take(PANELS) {
        let x = if difference { difference_axis() } else { axis(group, per) };
        notes.extend(panels.bars(&group.label, x, &bars(group, per, difference), &organizations));
        notes.extend(group.results.last().filter(|_| difference).map(|lowest| {
            let name = result_group::names(&group.results).pop().unwrap_or_default();
            let base = format!("{} {} per {}", number::short(share(lowest, per)), group.unit, word(per));
            format!("{}: differences are relative to the lowest, {base}: {name}.", group.label)
        }));
    }
    notes.extend(result_group::too_many(&groups));
    notes.extend(result_group::previews(&divided));
    if !groups.is_empty() {
        notes.push(format!(
            "Division assumes perfect scaling: per {0}, small systems look better than several of them combined \
             would, and large systems worse than a part of one.",
            word(per)
        ));
    }
    let empty = (groups.is_empty() && !set.results.is_empty()).then(|| nothing(&state, per));
    let parts = ViewModel {
        sentence: sentence(&groups, per),
        notes,
        controls: vec![per_control(per), value_control(difference), submissions_control(best)],
        cards: groups.iter().take(PANELS).filter_map(|group| card(group, per, &state)).collect(),
        legend: if panels.panels.is_empty() { Vec::new() } else { organizations.legend },
        panels: panels.panels,
        grids: if groups.is_empty() { Vec::new() } else { vec![grid(&groups, per, &state, context.layout())] },
        empty,
        ..ViewModel::default()
    };
    Panels::point_rows(panels.points, set.finish(context, parts, shown))
}

/// The selected divisor: accelerators unless nodes are selected.
fn per(state: &ViewState) -> Per {
    if state.option(PER) == Some(NODE) { Per::Node } else { Per::Accelerator }
}

/// The name of a divisor.
pub(super) fn word(per: Per) -> &'static str {
    match per {
        Per::System => "system",
        Per::Accelerator => "accelerator",
        Per::Node => "node",
    }
}

/// The divided result.
fn share(result: &Published<'_>, per: Per) -> f64 {
    result.share(per).unwrap_or(f64::NAN)
}

/// Notes about results that cannot be divided.
fn undivided(results: &[Published<'_>], per: Per) -> Vec<String> {
    let without: Vec<&Published<'_>> = results.iter().filter(|result| result.divisor(per).is_none()).collect();
    let latencies = without.iter().filter(|result| result.latency).count();
    let processors = without.iter().filter(|result| !result.latency && result.accelerator.is_none()).count();
    let unknown = without.len() - latencies - processors;
    let reasons = [
        (latencies, "from scenarios that measure latency, which cannot be divided"),
        (processors, "from systems without accelerators"),
        (unknown, "from systems that do not state the count"),
    ];
    let note = |(count, reason): &(usize, &str)| format!("Left out: {} {reason}.", plural(*count as u64, "result"));
    reasons.iter().filter(|(count, _)| *count > 0).map(note).collect()
}

fn axis(group: &ResultGroup<'_>, per: Per) -> AxisModel {
    let title = format!("Published result ÷ {}s, not verified by MLCommons", word(per));
    AxisModel::own(&title, group.unit, Some(true))
}

fn difference_axis() -> AxisModel {
    AxisModel::own("Difference from the lowest", "%", Some(true))
}

/// Difference from the lowest result of the group, in percent.
fn difference(group: &ResultGroup<'_>, result: &Published<'_>, per: Per) -> Option<f64> {
    percent(result.share(per)?, group.results.last()?.share(per)?)
}

fn bars(group: &ResultGroup<'_>, per: Per, as_difference: bool) -> Vec<Bar> {
    let named = group.results.iter().zip(result_group::names(&group.results));
    let value = |result: &Published<'_>| if as_difference { difference(group, result, per) } else { result.share(per) };
    named.filter_map(|(result, name)| Some(Bar { name, value: value(result)?, rows: vec![result.row] })).collect()
}

fn sentence(groups: &[ResultGroup<'_>], per: Per) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let counts = result_group::counts(groups);
    format!("{}: published results ÷ {}s of each system, highest first: {counts}", result_group::subject(groups), word(per))
}

fn nothing(state: &ViewState, per: Per) -> Empty {
    let reason = format!("None of the filtered results can be divided by {}s.", word(per));
    let mut other = state.clone();
    other.show_view("mlperf/comparison");
    Empty { reason, remedy: Some(("Compare as published".to_owned(), other)) }
}

fn per_control(per: Per) -> Control {
    Control {
        key: PER.to_owned(),
        label: "Per".to_owned(),
        help: "Divide the published result of a system by".to_owned(),
        values: vec![word(per).to_owned()],
        entry: Entry::Select(vec![Choice::plain("accelerator"), Choice::plain(NODE)]),
    }
}

fn value_control(difference: bool) -> Control {
    Control {
        key: VALUE.to_owned(),
        label: "Bars".to_owned(),
        help: "Values, or differences from the lowest value of the same benchmark".to_owned(),
        values: vec![if difference { DIFFERENCE } else { "figure" }.to_owned()],
        entry: Entry::Select(vec![
            Choice::new("figure", "value", ""),
            Choice::new(DIFFERENCE, "difference from the lowest", "%"),
        ]),
    }
}

fn card(group: &ResultGroup<'_>, per: Per, state: &ViewState) -> Option<Card> {
    let best = group.results.first()?;
    let evidence = |result: &Published<'_>, which: &str| Evidence {
        text: format!(
            "{which}: {} {} ÷ {} = {}, {} ({})",
            number::short(result.value),
            group.unit,
            number::exact(result.divisor(per).unwrap_or(f64::NAN)),
            number::short(share(result, per)),
            result.system,
            result.organization
        ),
        link: Some(to(state, "mlperf", &[("public_id", result.id), ("system", result.system)])),
        ..Evidence::default()
    };
    let mut list = vec![evidence(best, "Highest")];
    list.extend(group.results.last().map(|lowest| evidence(lowest, "Lowest")));
    Some(Card {
        label: format!("{}: highest per {}", group.label, word(per)),
        value: format!("{} {}", number::short(share(best, per)), group.unit),
        detail: format!("{} ({}), {}", best.system, best.organization, best.hardware_counted()),
        method: format!("Published result ÷ {}s of the system; not verified by MLCommons.", word(per)),
        evidence: list,
        ..Card::default()
    })
}

fn grid(groups: &[ResultGroup<'_>], per: Per, state: &ViewState, layout: Layout<'_>) -> Grid {
    let rounds = result_group::common(groups, |result| result.round).is_none();
    let mut columns = vec![
        Column::figure("rank", "Rank", ""),
        Column::text("benchmark", "Benchmark"),
        Column::figure("share", &format!("Per {}", word(per)), ""),
        Column::text("unit", "Unit"),
        Column::figure("difference", "Above lowest", "%"),
        Column::figure("result", "System result", ""),
        Column::figure("divisor", "Divided by", &format!("{}s", word(per))),
    ];
    columns.extend(described(rounds));
    let texts = [("availability", "Availability"), ("public_id", "Public ID"), ("remarks", "Remarks")];
    columns.extend(texts.map(|(key, label)| Column::text(key, label)));
    let all: Vec<_> =
        groups.iter().flat_map(|group| group.results.iter().enumerate().map(move |(at, one)| (group, at, one))).collect();
    let row = |(group, at, result): (&ResultGroup<'_>, usize, &Published<'_>)| {
        let divisor = result.divisor(per);
        let formula = format!(
            "{} {} ÷ {} {}s; not verified by MLCommons",
            number::column(result.value),
            group.unit,
            number::exact(divisor.unwrap_or(f64::NAN)),
            word(per)
        );
        let base = group.results.last().map(|base| format!("Lowest: {}, {} ({})", base.id, base.system, base.organization));
        let mut cells = vec![
            GridCell::number((at + 1).to_string(), (at + 1) as f64),
            GridCell::text(group.label.clone()),
            GridCell::figure(result.share(per)).hinted(formula),
            GridCell::text(group.unit),
            GridCell::figure(difference(group, result, per)).hinted(base.unwrap_or_default()),
            figure(result, state),
            GridCell::figure(divisor),
        ];
        cells.extend(description(result, rounds, state));
        cells.extend([availability(result), GridCell::text(result.id), GridCell::text(result.remarks().join(" "))]);
        cells
    };
    let heading = Grid {
        key: "normalised".to_owned(),
        title: format!("Per {}, highest first", word(per)),
        note: "Derived from the published results, not verified by MLCommons. Each benchmark is ranked separately.".to_owned(),
        columns,
        ..Grid::default()
    };
    layout.list(heading, &all, |_, one, _| row(*one))
}
