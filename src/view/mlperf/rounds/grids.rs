//! Tables and cards of the rounds.

use super::lines::{Lines, Matched, RoundResult};
use crate::catalog::number::{self, plural};
use crate::catalog::spellings;
use crate::query::listing::Layout;
use crate::state::ViewState;
use crate::view::mlperf::Per;
use crate::view::mlperf::normalised::word;
use crate::view::mlperf::results::{availability, described, description, figure, to};
use crate::view_model::{Card, Column, Evidence, Grid, GridCell, Tone};

/// Formats a signed change.
fn signed(percent: f64) -> String {
    format!("{}{}%", if percent > 0.0 { "+" } else { "" }, number::short(percent))
}

/// Tone of a change: better or worse beyond the threshold.
fn tone(change: Option<f64>, latency: bool, state: &ViewState) -> Tone {
    let gain = change.map(|change| if latency { -change } else { change });
    match gain {
        None => Tone::Plain,
        Some(gain) if gain.abs() <= state.threshold => Tone::Similar,
        Some(gain) if gain > 0.0 => Tone::Better,
        Some(_) => Tone::Worse,
    }
}

/// Hardware by round.
pub(super) fn matched(found: &Lines<'_>, per: Per, unit: &str, state: &ViewState, layout: Layout<'_>) -> Grid {
    let mut columns = [("organization", "Organization"), ("accelerator", "Hardware")].map(|(k, l)| Column::text(k, l)).to_vec();
    columns.push(Column::figure("gpus", "Accelerators", ""));
    columns.extend(found.rounds.iter().map(|round| Column::figure(round, &format!("Round {round}"), unit)));
    columns.extend([
        Column::figure("change", "Change from previous round", "%"),
        Column::figure("since_first", "Change from first round", "%"),
        Column::text("systems", "Systems"),
    ]);
    let row = |one: &Matched<'_>| {
        let first = one.results_by_round.first();
        let mut cells = vec![
            GridCell::text(organizations(one)),
            GridCell::text(first.map_or(String::new(), |stop| stop.best.hardware().to_owned())),
            GridCell::figure(first.and_then(|stop| stop.best.gpus)),
        ];
        for round in 0..found.rounds.len() {
            let stop = one.results_by_round.iter().find(|stop| stop.round == round);
            cells.push(stop.map_or_else(GridCell::default, |stop| value(stop, per, state)));
        }
        let change =
            |change: Option<f64>, words: String| GridCell::figure(change).toned(tone(change, found.latency, state)).hinted(words);
        let name = |stop: Option<&RoundResult<'_>>| stop.map(|stop| stop.best.round.to_owned()).unwrap_or_default();
        let before = one.results_by_round.len().checked_sub(2).and_then(|at| one.results_by_round.get(at));
        cells.push(change(one.change(), format!("Round {} vs {}", name(one.results_by_round.last()), name(before))));
        cells.push(change(one.since_first(), format!("Round {} vs {}", name(one.results_by_round.last()), name(first))));
        let mut systems: Vec<&str> = one.results_by_round.iter().map(|stop| stop.best.system).collect();
        systems.dedup_by_key(|name| spellings::folded(name));
        let several = systems.len() > 1;
        let cell = GridCell::text(systems.join(" → "));
        cells.push(if several {
            cell.toned(Tone::Doubt).hinted("Different system or software from the previous round")
        } else {
            cell
        });
        cells
    };
    let note = match per {
        Per::System => "Whole systems, as published".to_owned(),
        _ => format!("Divided by the number of {}s, not verified by MLCommons", word(per)),
    };
    layout.list(
        Grid {
            key: "rounds".to_owned(),
            title: "Round by round".to_owned(),
            note: format!("{note}; the best submission of each round."),
            columns,
            ..Grid::default()
        },
        &found.matched,
        |_, one, _| row(one),
    )
}

/// The organizations of a line, in the order of its rounds.
fn organizations(one: &Matched<'_>) -> String {
    let mut names: Vec<&str> = one.results_by_round.iter().map(|stop| stop.best.organization).collect();
    names.dedup();
    names.join(" → ")
}

fn value(stop: &RoundResult<'_>, per: Per, state: &ViewState) -> GridCell {
    let mut hint = vec![format!("{}: {} ({})", stop.best.id, stop.best.system, stop.best.organization)];
    if let Some(divisor) = stop.best.divisor(per).filter(|_| per != Per::System) {
        hint.push(format!("{} {} ÷ {} {}s", number::column(stop.best.value), stop.best.unit, number::exact(divisor), word(per)));
    }
    if stop.of > 1 {
        hint.push(format!("best of {}", plural(stop.of as u64, "submission")));
    }
    hint.extend(stop.best.remarks());
    let doubtful = stop.best.correction.is_some() || stop.best.doubt.is_some() || stop.best.is_preview();
    let (round, model, scenario) = (stop.best.round, stop.best.model, stop.best.scenario);
    let link = to(state, "mlperf/comparison", &[("round", round), ("model", model), ("scenario", scenario)]);
    let cell = GridCell::figure(Some(stop.value)).hinted(hint.join("\n")).linked(link);
    if doubtful { cell.toned(Tone::Doubt) } else { cell }
}

/// Results without a match.
pub(super) fn unmatched(found: &Lines<'_>, state: &ViewState, layout: Layout<'_>) -> Grid {
    let mut columns =
        vec![Column::text("reason", "Reason"), Column::figure("result", "Result", ""), Column::text("unit", "Unit")];
    columns.extend(described(true));
    columns.extend([("availability", "Availability"), ("public_id", "Public ID")].map(|(key, label)| Column::text(key, label)));
    let row = |(one, why): &(super::Published<'_>, String)| {
        let mut cells = vec![GridCell::text(why.clone()), figure(one, state), GridCell::text(one.unit)];
        cells.extend(description(one, true, state));
        cells.extend([availability(one), GridCell::text(one.id)]);
        cells
    };
    layout.list(
        Grid {
            key: "unmatched".to_owned(),
            title: "Submitted in one round only".to_owned(),
            note: "No match in any other round under the current “Match” setting.".to_owned(),
            columns,
            ..Grid::default()
        },
        &found.unmatched,
        |_, one, _| row(one),
    )
}

/// The largest changes from the previous round.
pub(super) fn cards(found: &Lines<'_>, unit: &str, state: &ViewState) -> Vec<Card> {
    let gain = |one: &Matched<'_>| one.change().map(|change| if found.latency { -change } else { change });
    let changed = found.matched.iter().filter_map(|one| Some((one, gain(one)?)));
    let changed: Vec<(&Matched<'_>, f64)> = changed.collect();
    let card = |label: &str, (one, _): &(&Matched<'_>, f64)| {
        let evidence = one.results_by_round.iter().map(|stop| Evidence {
            text: format!("Round {}: {} {unit}, {}", stop.best.round, number::short(stop.value), stop.best.system),
            link: Some(to(state, "mlperf", &[("public_id", stop.best.id), ("system", stop.best.system)])),
            ..Evidence::default()
        });
        Card {
            label: label.to_owned(),
            value: one.change().map(signed).unwrap_or_default(),
            tone: tone(one.change(), found.latency, state),
            detail: one.label.clone(),
            method: "(round − previous round) ÷ previous round × 100, for the same accelerator and count.".to_owned(),
            evidence: evidence.collect(),
        }
    };
    let best = changed.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let worst = changed.iter().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| changed.len() > 1);
    let best = best.map(|one| card(if one.1 < 0.0 { "Smallest loss" } else { "Largest gain" }, one));
    let worst = worst.map(|one| card(if one.1 < 0.0 { "Largest loss" } else { "Smallest gain" }, one));
    best.into_iter().chain(worst).collect()
}
