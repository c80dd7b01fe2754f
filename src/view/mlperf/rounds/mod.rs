//! Rounds: results of each organization's hardware over rounds. A line is an organization, accelerator and
//! count; benchmarks and accelerators spelled differently between rounds share one
//! name ([`crate::catalog::benchmarks`], [`crate::catalog::accelerators`]).
//!
//! The reference matches exact text, so a renamed model never matches, and it drops the newest round if an older
//! one is selected (`../shared/formats/llmd-and-mlperf.md` §2.5-6, §6-17). Here unmatched results are listed with reasons.

mod grids;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use self::lines::{Lines, Matched};
use super::charts::Panels;
use super::normalised::{PER, word};
use super::result_group::by_scenario;
use super::{Per, Published, ResultSet, Scope, usual_unit};
use crate::catalog::number::plural;
use crate::catalog::{benchmarks, dimensions, versions};
use crate::query::context::{Context, Output};
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::{Filters, Selection, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Empty, Entry, ViewModel};

/// Option: the model, by its name across rounds.
const BENCHMARK: &str = "benchmark";
/// Option: the scenario, likewise.
const SCENARIO: &str = "scenario";

/// Filters this view ignores: they would leave a single round, or one of a benchmark's names.
const ASIDE: [&str; 3] = ["round", "model", "scenario"];
/// Option: what must match between rounds.
const MATCH: &str = "match";
const ANY: &str = "hardware";

/// Results over rounds.
pub(crate) static ROUNDS: View = View {
    about: &About {
        id: "mlperf/rounds",
        tab: &tabs::MLPERF,
        label: "Rounds",
        purpose: "Published results of each organization's hardware over MLPerf rounds",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut set = ResultSet::new(context, asked, Scope { defaults: &[], ignored: &ASIDE, doubtful: false });
    let offers = offers(&set.results);
    let (model, scenario) = chosen(&offers, asked);
    set.doubtful.retain(|result| result.benchmark() == (model, scenario));
    let of_benchmark = |result: &&Published<'_>| result.benchmark() == (model, scenario);
    let results: Vec<Published<'_>> = set.results.iter().filter(of_benchmark).copied().collect();
    let per = per(set.state(), &results);
    let any = set.state().option(MATCH) == Some(ANY);
    let unit = usual_unit(&results).unwrap_or_default();
    let found = lines::lines(&results, any, per, unit, &|result| processor(table, result));
    let mut notes = unknown(asked, model, scenario);
    notes.extend(renamings(&results));
    notes.extend(left_out(&found));
    let drawn = lines::draw(context, &mut set.frame.state, &found, per, unit, &mut notes);
    let state = set.state().clone();
    let mut grids = Vec::new();
    if !found.matched.is_empty() {
        grids.push(grids::matched(&found, per, unit, &state, context.layout()));
    }
    if !found.unmatched.is_empty() {
        grids.push(grids::unmatched(&found, &state, context.layout()));
    }
    let mut rows: Vec<usize> = found.matched.iter().flat_map(Matched::rows).collect();
    rows.order();
    let empty = (found.matched.is_empty() && !results.is_empty()).then(|| nothing(&state, &offers, model, scenario));
    let parts = ViewModel {
        sentence: sentence(&found, model, scenario, per, any),
        notes,
        controls: controls(&offers, model, scenario, per, any),
        cards: grids::cards(&found, unit, &state),
        legend: drawn.1,
        panels: drawn.0.panels,
        grids,
        empty,
        ..ViewModel::default()
    };
    Panels::point_rows(drawn.0.points, set.finish(context, parts, rows))
}

/// The processors of a system; they identify systems without accelerators.
fn processor<'a>(table: &'a Table, result: &Published<'_>) -> &'a str {
    table.dimension("processor").and_then(|column| column.text(result.row)).unwrap_or("unknown processor")
}

/// Available models and scenarios, by name across rounds, with rounds and result counts.
type RoundsByBenchmark<'a> = BTreeMap<(&'a str, &'a str), (BTreeSet<&'a str>, usize)>;

fn offers<'a>(results: &[Published<'a>]) -> RoundsByBenchmark<'a> {
    let mut offers = RoundsByBenchmark::new();
    for result in results {
        let (rounds, count) = offers.entry(result.benchmark()).or_default();
        rounds.insert(result.round);
        *count += 1;
    }
    offers
}

/// The selected model and scenario: from the controls; else from filters of another view; else
/// the model with the most rounds and results, in Offline.
fn chosen<'a>(offers: &RoundsByBenchmark<'a>, asked: &ViewState) -> (&'a str, &'a str) {
    let selection = asked.selection();
    let filtered = |key: &str| selection.get(key).and_then(|values| values.first()).map(String::as_str);
    let (model, scenario) = (filtered("model").unwrap_or_default(), filtered("scenario").unwrap_or_default());
    let from_filters = benchmarks::canonical(model, scenario);
    let named = |name: Option<&str>| offers.keys().map(|(model, _)| *model).find(|model| Some(*model) == name);
    let weight = |model: &str| {
        let own = offers.iter().filter(|((name, _), _)| *name == model);
        let rounds = own.clone().map(|(_, (rounds, _))| rounds.len()).max().unwrap_or_default();
        let (family, target) = benchmarks::family(model);
        let family = offers.iter().filter(|((name, _), _)| benchmarks::family(name).0 == family);
        (rounds, family.map(|(_, (_, count))| *count).sum::<usize>(), std::cmp::Reverse(target))
    };
    let usual = || offers.keys().map(|(model, _)| *model).max_by_key(|model| weight(model));
    let model = named(asked.option(BENCHMARK)).or_else(|| named(Some(from_filters.0))).or_else(usual).unwrap_or_default();
    let of_model: Vec<&str> = offers.keys().filter(|(name, _)| *name == model).map(|(_, scenario)| *scenario).collect();
    let pick = |name: Option<&str>| of_model.iter().copied().find(|scenario| Some(*scenario) == name);
    let first = || of_model.iter().copied().min_by(|a, b| by_scenario(a, b));
    let scenario = pick(asked.option(SCENARIO)).or_else(|| pick(Some(from_filters.1))).or_else(first).unwrap_or_default();
    (model, scenario)
}

/// The note about a requested but missing model or scenario.
fn unknown(asked: &ViewState, model: &str, scenario: &str) -> Vec<String> {
    let other = |key: &str, shown: &str| asked.option(key).filter(|name| !shown.is_empty() && *name != shown);
    let model_note = other(BENCHMARK, model).map(|name| format!("No loaded round has model {name}. Showing {model}."));
    let scenario_note = other(SCENARIO, scenario).map(|name| format!("{model} has no scenario {name}. Showing {scenario}."));
    model_note.into_iter().chain(scenario_note).collect()
}

/// The divisor; none for latencies.
fn per(state: &ViewState, results: &[Published<'_>]) -> Per {
    let latency = results.first().is_some_and(|result| result.latency);
    match state.option(PER) {
        _ if latency => Per::System,
        Some("system") => Per::System,
        Some("node") => Per::Node,
        _ => Per::Accelerator,
    }
}

/// Notes about benchmarks renamed between rounds.
fn renamings(results: &[Published<'_>]) -> Vec<String> {
    let mut said: BTreeMap<(&str, &str), (&str, &str)> = BTreeMap::new();
    for result in results {
        if let Some(row) = benchmarks::renamed(result.model, result.scenario) {
            said.insert((result.round, row.reason), (result.model, result.scenario));
        }
    }
    let note = |((round, reason), (model, scenario)): (&(&str, &str), &(&str, &str))| {
        format!("Round {round} calls it {model}, {scenario}: {reason}.")
    };
    said.iter().map(note).collect()
}

fn left_out(found: &Lines<'_>) -> Option<String> {
    let count = found.unmatched.len() as u64;
    (count > 0).then(|| format!("{} without a match in another round, listed below with the reason.", plural(count, "result")))
}

fn sentence(found: &Lines<'_>, model: &str, scenario: &str, per: Per, any: bool) -> String {
    if found.matched.is_empty() {
        return String::new();
    }
    let by = if per == Per::System { "of whole systems".to_owned() } else { format!("per {}", word(per)) };
    format!(
        "{model}, {scenario}, {by}, over rounds {}: {}, {}",
        found.rounds.join(", "),
        plural(found.matched.len() as u64, "line"),
        if any {
            "one per accelerator and count, best of any organization"
        } else {
            "one per organization, accelerator and count"
        }
    )
}

/// Why there are no lines, and a benchmark that has some.
fn nothing(state: &ViewState, offers: &RoundsByBenchmark<'_>, model: &str, scenario: &str) -> Empty {
    let rounds = offers.get(&(model, scenario)).map(|(rounds, _)| rounds);
    let several = rounds.is_some_and(|rounds| rounds.len() > 1);
    let reason = match rounds.and_then(|rounds| rounds.first()) {
        Some(round) if !several => format!("{model}, {scenario}: only round {round} is loaded."),
        _ => format!("No organization submitted {model}, {scenario}, on the same accelerators in two rounds."),
    };
    // Other filters may exclude everything; otherwise suggest another benchmark.
    let filtered = state.selection().keys().any(|key| !ASIDE.contains(&key.as_str()));
    if several && filtered {
        let mut all = state.clone();
        all.filters = Filters::Chosen(Selection::new());
        let all = all.with_option(BENCHMARK, &[model]).with_option(SCENARIO, &[scenario]);
        return Empty { reason, remedy: Some(("Show all organizations".to_owned(), all)) };
    }
    let others = offers.iter().filter(|(key, (rounds, _))| rounds.len() > 1 && **key != (model, scenario));
    let remedy = others.max_by_key(|(_, (_, count))| *count).map(|((model, scenario), _)| {
        let target = state.clone().with_option(BENCHMARK, &[model]).with_option(SCENARIO, &[scenario]);
        (format!("Show {model}, {scenario}"), target)
    });
    Empty { reason, remedy }
}

fn controls(offers: &RoundsByBenchmark<'_>, model: &str, scenario: &str, per: Per, any: bool) -> Vec<Control> {
    let rounds_hint = |rounds: &BTreeSet<&str>| {
        let mut rounds: Vec<&str> = rounds.iter().copied().collect();
        rounds.order_by(|a, b| versions::compare(a, b));
        format!("rounds {}", rounds.join(", "))
    };
    let mut models: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    offers.iter().for_each(|((model, _), (rounds, _))| models.entry(model).or_default().extend(rounds));
    let mut models: Vec<(&str, BTreeSet<&str>)> = models.into_iter().collect();
    models.order_by(|a, b| dimensions::compare("model", a.0, b.0));
    let mut scenarios: Vec<(&str, &BTreeSet<&str>)> =
        offers.iter().filter(|((name, _), _)| *name == model).map(|((_, scenario), (rounds, _))| (*scenario, rounds)).collect();
    scenarios.order_by(|a, b| by_scenario(a.0, b.0));
    let control = |key: &str, label: &str, help: &str, value: &str, choices: Vec<Choice>| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: vec![value.to_owned()],
        entry: Entry::Select(choices),
    };
    let models = models.iter().map(|(name, rounds)| Choice::new(name, name, &rounds_hint(rounds))).collect();
    let scenarios = scenarios.iter().map(|(name, rounds)| Choice::new(name, name, &rounds_hint(rounds))).collect();
    let pers = [("accelerator", "accelerator"), ("node", "node"), ("system", "system, as published")];
    let pers = pers.map(|(value, label)| Choice::new(value, label, "")).to_vec();
    let matches = [("organization", "organization and hardware"), (ANY, "hardware, best of any organization")];
    let matches = matches.map(|(value, label)| Choice::new(value, label, "")).to_vec();
    let matched = if any { ANY } else { "organization" };
    vec![
        control(BENCHMARK, "Model", "Model to follow over rounds; names that changed between rounds are unified", model, models),
        control(SCENARIO, "Scenario", "Scenario to follow over rounds", scenario, scenarios),
        control(MATCH, "Match", "What must match between rounds, besides accelerator and count", matched, matches),
        control(PER, "Per", "Divide the published result of a system by", word(per), pers),
    ]
}
