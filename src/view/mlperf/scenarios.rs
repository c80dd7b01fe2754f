//! Offline vs Server: throughput lost under a latency limit by each submission, `(offline − server) / offline × 100`.
//!
//! Every submission counts and is drawn. The reference draws the worst of each system and organization next to means over
//! all of them (`../shared/formats/llmd-and-mlperf.md` §6-15), and leaves negative values unexplained (§6-20).

use std::collections::BTreeMap;

use super::charts::{Bar, Organizations, Panels};
use super::results::{availability, described, description, figure, to};
use super::{Published, ResultSet, Scope, result_group};
use crate::analysis::published::{degradation, spread};
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{AxisModel, Card, Choice, Column, Control, Empty, Entry, Evidence, Grid, GridCell, ViewModel};

/// Option: the scenario compared with Offline.
const WITH: &str = "with";
/// The scenario without a latency limit.
const OFFLINE: &str = "Offline";
/// Scenarios with a latency limit.
const LIMITED: [&str; 2] = ["Server", "Interactive"];

/// Results of one submission and benchmark in two scenarios.
#[derive(Clone)]
struct Pair<'a> {
    offline: Published<'a>,
    limited: Published<'a>,
    /// In percent of Offline.
    lost: f64,
}

/// Submissions paired across two scenarios.
#[derive(Default)]
struct Pairing<'a> {
    pairs: Vec<Pair<'a>>,
    /// Unmatched results with reasons.
    unpaired: Vec<(Published<'a>, &'static str)>,
}

/// The cost of a latency limit.
pub(crate) static SCENARIOS: View = View {
    about: &About {
        id: "mlperf/offline-vs-server",
        tab: &tabs::MLPERF,
        label: "Offline vs Server",
        purpose: "Throughput that each MLPerf submission loses under a latency limit, relative to Offline",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let mut set =
        ResultSet::new(context, asked, Scope { defaults: &["round", "model"], ignored: &["scenario"], doubtful: false });
    let with = with(&set);
    set.doubtful.retain(|result| [OFFLINE, with].contains(&result.scenario));
    let Pairing { mut pairs, unpaired } = pair(&set.results, with);
    // Largest loss on top.
    pairs.order_by(|a, b| b.lost.total_cmp(&a.lost));
    let mut notes: Vec<String> = unknown(set.state(), with).into_iter().collect();
    let mut shown: Vec<usize> = pairs.iter().flat_map(|pair| [pair.offline.row, pair.limited.row]).collect();
    shown.order();
    let organizations = Organizations::new(context, &mut set.frame.state, &shown, &mut notes);
    notes.extend(organizations.note());
    let state = set.state().clone();
    let mut panels = Panels::default();
    if !pairs.is_empty() {
        let x = AxisModel::own(&format!("Throughput lost in {with} vs {OFFLINE}"), "%", Some(false));
        notes.extend(panels.bars("", x, &bars(&pairs), &organizations));
        notes.push(format!(
            "Positive: slower under {with}'s latency limit. Negative: faster than {OFFLINE}, which is possible because both \
             are run and tuned separately."
        ));
    }
    if !unpaired.is_empty() {
        notes.push(format!(
            "{} without a match in the other scenario: listed below and excluded from the mean.",
            plural(unpaired.len() as u64, "result")
        ));
    }
    let several = systems_with_several(&pairs);
    if several > 0 {
        notes.push(format!("{} with several submissions: each counts separately, also in the mean.", plural(several, "system")));
    }
    let empty = (pairs.is_empty() && !set.results.is_empty()).then(|| nothing(&state, with));
    let mut grids = Vec::new();
    if !pairs.is_empty() {
        grids.push(grid(&pairs, with, &state, context.layout()));
    }
    if !unpaired.is_empty() {
        grids.push(unmatched(&unpaired, &state, context.layout()));
    }
    let parts = ViewModel {
        sentence: sentence(&pairs, with),
        notes,
        controls: vec![control(&set, with)],
        cards: cards(&pairs, with, &state),
        legend: if pairs.is_empty() { Vec::new() } else { organizations.legend },
        panels: panels.panels,
        grids,
        empty,
        ..ViewModel::default()
    };
    Panels::point_rows(panels.points, set.finish(context, parts, shown))
}

/// The scenario compared with Offline: the requested one, else Server if any result has it.
fn with(set: &ResultSet<'_>) -> &'static str {
    let asked = set.state().option(WITH);
    let has = |name: &str| set.results.iter().any(|result| result.scenario == name);
    let named = LIMITED.into_iter().find(|name| Some(*name) == asked);
    named.or_else(|| LIMITED.into_iter().find(|name| has(name))).unwrap_or(LIMITED[0])
}

/// The note if a scenario without a latency limit was requested.
fn unknown(state: &ViewState, with: &str) -> Option<String> {
    let asked = state.option(WITH).filter(|asked| *asked != with)?;
    Some(format!("{OFFLINE} can be compared with {}, not with {asked}. Showing {with}.", LIMITED.join(" or ")))
}

/// Pair key: submission, system, size and benchmark.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, Option<u64>);

fn key<'a>(result: &Published<'a>) -> Key<'a> {
    (result.round, result.id, result.system, result.organization, result.model, result.gpus.map(f64::to_bits))
}

/// Pairs the results of each submission. Duplicates of a benchmark (from two files) pair in order.
fn pair<'a>(results: &[Published<'a>], with: &str) -> Pairing<'a> {
    let mut sides: BTreeMap<Key<'a>, [Vec<Published<'a>>; 2]> = BTreeMap::new();
    for result in results {
        let side = [OFFLINE, with].into_iter().position(|name| name == result.scenario);
        if let Some(list) = side.and_then(|side| sides.entry(key(result)).or_default().get_mut(side)) {
            list.push(*result);
        }
    }
    let mut found = Pairing::default();
    for [offline, limited] in sides.into_values() {
        let paired = offline.len().min(limited.len());
        for (a, b) in offline.iter().zip(&limited) {
            match degradation(a.value, b.value).filter(|_| a.unit_stands_beside(b)) {
                Some(lost) => found.pairs.push(Pair { offline: *a, limited: *b, lost }),
                None => found
                    .unpaired
                    .extend([(*a, "different units in the two scenarios"), (*b, "different units in the two scenarios")]),
            }
        }
        let rest =
            |list: &[Published<'a>], why: &'static str| list.iter().skip(paired).map(move |one| (*one, why)).collect::<Vec<_>>();
        found.unpaired.extend(rest(&offline, "no result in the other scenario"));
        found.unpaired.extend(rest(&limited, "no result in Offline"));
    }
    found
}

impl Published<'_> {
    /// Whether the units of two scenarios are equivalent: samples and queries are the same.
    fn unit_stands_beside(&self, other: &Published<'_>) -> bool {
        let counted = |unit: &str| matches!(unit, "Samples/s" | "Queries/s");
        self.unit == other.unit || (counted(self.unit) && counted(other.unit))
    }
}

fn systems_with_several(pairs: &[Pair<'_>]) -> u64 {
    let mut counts: BTreeMap<(&str, &str, &str, &str), u64> = BTreeMap::new();
    for Pair { offline, .. } in pairs {
        *counts.entry((offline.round, offline.model, offline.system, offline.organization)).or_default() += 1;
    }
    counts.into_values().filter(|count| *count > 1).count() as u64
}

/// Names of pairs in one list, with model and round if they differ.
fn names(pairs: &[Pair<'_>]) -> Vec<String> {
    let results: Vec<Published<'_>> = pairs.iter().map(|pair| pair.offline).collect();
    let several = |of: fn(&Published<'_>) -> String| results.windows(2).any(|two| of(&two[0]) != of(&two[1]));
    let (models, rounds) = (several(|one| one.model.to_owned()), several(|one| one.round.to_owned()));
    // A system has many benchmarks: distinguish it only from others of the same benchmark.
    let mut by_benchmark: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    results.iter().enumerate().for_each(|(at, one)| by_benchmark.entry((one.model, one.round)).or_default().push(at));
    let mut names = vec![String::new(); pairs.len()];
    for ((model, round), places) in by_benchmark {
        let own: Vec<Published<'_>> = places.iter().filter_map(|at| results.get(*at)).copied().collect();
        for (at, name) in places.iter().zip(result_group::names(&own)) {
            let parts = [Some(name), models.then(|| model.to_owned()), rounds.then(|| format!("round {round}"))];
            if let Some(slot) = names.get_mut(*at) {
                *slot = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            }
        }
    }
    names
}

fn bars(pairs: &[Pair<'_>]) -> Vec<Bar> {
    let named = pairs.iter().zip(names(pairs));
    named.map(|(pair, name)| Bar { name, value: pair.lost, rows: vec![pair.offline.row, pair.limited.row] }).collect()
}

/// Formats a signed percentage.
fn signed(percent: f64) -> String {
    format!("{}%", number::short(percent))
}

fn sentence(pairs: &[Pair<'_>], with: &str) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let results: Vec<Published<'_>> = pairs.iter().map(|pair| pair.offline).collect();
    let groups = result_group::of(&results);
    let count = plural(pairs.len() as u64, "submission");
    format!("{}: ({OFFLINE} − {with}) ÷ {OFFLINE} of {count} with both, largest loss first", result_group::subject(&groups))
}

fn nothing(state: &ViewState, with: &str) -> Empty {
    let mut other = state.clone();
    other.show_view("mlperf/comparison");
    let reason = format!("No filtered submission has both {OFFLINE} and {with}.");
    Empty { reason, remedy: Some(("Compare results by scenario".to_owned(), other)) }
}

fn control(set: &ResultSet<'_>, with: &str) -> Control {
    let count = |name: &str| set.results.iter().filter(|result| result.scenario == name).count();
    let choice = |name: &&str| Choice::new(name, name, &plural(count(name) as u64, "result"));
    Control {
        key: WITH.to_owned(),
        label: format!("{OFFLINE} vs"),
        help: "Scenario with a latency limit; Interactive has the tighter one".to_owned(),
        values: vec![with.to_owned()],
        entry: Entry::Select(LIMITED.iter().map(choice).collect()),
    }
}

fn cards(pairs: &[Pair<'_>], with: &str, state: &ViewState) -> Vec<Card> {
    let lost: Vec<f64> = pairs.iter().map(|pair| pair.lost).collect();
    let Some(spread) = spread(&lost) else { return Vec::new() };
    let method = format!("({OFFLINE} − {with}) ÷ {OFFLINE} × 100 per submission; negative where {with} is faster.");
    let faster = lost.iter().filter(|lost| **lost < 0.0).count() as u64;
    let mean = Card {
        label: "Mean loss".to_owned(),
        value: signed(spread.mean),
        detail: format!("over {}, {faster} of them faster in {with}", plural(spread.count as u64, "submission")),
        method: format!("{method} Arithmetic mean over all submissions, including several of one system."),
        ..Card::default()
    };
    let end = |label: &str, at: usize| {
        let pair = pairs.get(at)?;
        let evidence = [&pair.offline, &pair.limited].map(|one| Evidence {
            text: format!("{}: {} {}", one.scenario, number::column(one.value), one.unit),
            link: Some(to(state, "mlperf", &[("public_id", one.id), ("system", one.system)])),
            ..Evidence::default()
        });
        Some(Card {
            label: label.to_owned(),
            value: signed(pair.lost),
            detail: format!("{} ({})", pair.offline.system, pair.offline.organization),
            method: method.clone(),
            evidence: evidence.to_vec(),
            ..Card::default()
        })
    };
    let ends = [end("Smallest loss", spread.lowest), end("Largest loss", spread.highest)];
    std::iter::once(mean).chain(ends.into_iter().flatten()).collect()
}

fn grid(pairs: &[Pair<'_>], with: &str, state: &ViewState, layout: Layout<'_>) -> Grid {
    let rounds = pairs.windows(2).any(|two| two[0].offline.round != two[1].offline.round);
    let mut columns = vec![
        Column::text("model", "Model"),
        Column::figure("lost", "Lost", "%"),
        Column::figure("ratio", &format!("{with} of {OFFLINE}"), "%"),
        Column::figure("offline", OFFLINE, ""),
        Column::figure("limited", with, ""),
        Column::text("unit", "Unit"),
    ];
    columns.extend(described(rounds));
    columns.extend([("availability", "Availability"), ("public_id", "Public ID")].map(|(key, label)| Column::text(key, label)));
    let row = |pair: &Pair<'_>| {
        let Pair { offline, limited, lost } = pair;
        let units =
            if offline.unit == limited.unit { offline.unit.to_owned() } else { format!("{}, {}", offline.unit, limited.unit) };
        let hint = if *lost < 0.0 { format!("{with} is faster") } else { String::new() };
        let mut cells = vec![
            GridCell::text(offline.model),
            GridCell::figure(Some(*lost)).hinted(hint),
            GridCell::figure(Some(100.0 - lost)),
            figure(offline, state),
            figure(limited, state),
            GridCell::text(units),
        ];
        cells.extend(description(offline, rounds, state));
        cells.extend([availability(offline), GridCell::text(offline.id)]);
        cells
    };
    layout.list(
        Grid {
            key: "scenarios".to_owned(),
            title: format!("{OFFLINE} vs {with}"),
            note: "Every submission with both scenarios, largest loss first.".to_owned(),
            columns,
            ..Grid::default()
        },
        pairs,
        |_, one, _| row(one),
    )
}

/// Results without a match.
fn unmatched(unpaired: &[(Published<'_>, &'static str)], state: &ViewState, layout: Layout<'_>) -> Grid {
    let mut columns =
        [("model", "Model"), ("scenario", "Scenario"), ("reason", "Reason")].map(|(k, l)| Column::text(k, l)).to_vec();
    columns.extend([Column::figure("result", "Result", ""), Column::text("unit", "Unit")]);
    columns.extend(described(true));
    columns.push(Column::text("public_id", "Public ID"));
    let row = |(one, why): &(Published<'_>, &str)| {
        let mut cells = [one.model, one.scenario, *why].map(GridCell::text).to_vec();
        cells.extend([figure(one, state), GridCell::text(one.unit)]);
        cells.extend(description(one, true, state));
        cells.push(GridCell::text(one.id));
        cells
    };
    layout.list(
        Grid {
            key: "unpaired".to_owned(),
            title: "Unmatched results".to_owned(),
            note: "Excluded from the chart and the mean.".to_owned(),
            columns,
            ..Grid::default()
        },
        unpaired,
        |_, one, _| row(one),
    )
}
