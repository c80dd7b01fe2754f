//! Results: all filtered submissions as a table, one row per system with a column per benchmark, or one row
//! per result; with corrections, doubts and previews.

use std::collections::{BTreeMap, BTreeSet};

use super::{Published, ResultSet, Scope, footnotes};
use crate::catalog::number::{self, plural};
use crate::catalog::{accelerators, spellings, versions};
use crate::query::context::{Context, Output};
use crate::query::listing::Layout;
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::link::encode;
use crate::state::{FIND, Filters, Selection, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Choice, Column, Control, Empty, Entry, Evidence, Grid, GridCell, Tone, ViewModel};

/// Option: one row per system or per result.
const FORM: &str = "form";
/// Maximum number of benchmark columns.
const MOST: usize = 30;
/// Scenarios in published order; others follow by name.
const SCENARIOS: [&str; 3] = ["Offline", "Server", "Interactive"];

/// A benchmark column: model, position, scenario, unit.
type Benchmark<'a> = (&'a str, usize, &'a str, &'a str);

/// The table of published results.
pub(crate) static RESULTS: View = View {
    about: &About {
        id: "mlperf",
        tab: &tabs::MLPERF,
        label: "Results",
        purpose: "Published MLPerf Inference results by system and benchmark",
        kind: Some(Kind::Submission),
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut set = ResultSet::new(context, asked, Scope { defaults: &["round", "model"], ignored: &[], doubtful: true });
    let find = set.state().option(FIND).unwrap_or_default().to_owned();
    let passed = set.results.len();
    set.results.retain(|result| matches(table, result, &find));
    set.doubtful.retain(|result| matches(table, result, &find));
    let state = set.state().clone();
    let long = state.option(FORM) == Some("results");
    let mut notes = Vec::new();
    let grid =
        if long { results(&set.results, &state, context.layout()) } else { systems(&set.results, table, &state, &mut notes) };
    let sentence = sentence(&set.results);
    let empty = (set.results.is_empty() && passed > 0).then(|| {
        let mut all = state.clone();
        all.set_option(FIND, Vec::new());
        Empty { reason: format!("No system matches “{find}”."), remedy: Some(("Show all".to_owned(), all)) }
    });
    let parts = ViewModel {
        sentence,
        notes,
        controls: controls(&state, long),
        cards: cards(&set.results, &state),
        grids: std::iter::once(grid).chain(footnotes::of(&set, &state)).collect(),
        empty,
        ..ViewModel::default()
    };
    let rows = set.results.iter().map(|result| result.row).collect();
    set.finish(context, parts, rows)
}

fn controls(state: &ViewState, long: bool) -> Vec<Control> {
    let form = Control {
        key: FORM.to_owned(),
        label: "Rows".to_owned(),
        help: "One row per system with a column per benchmark, or one row per result".to_owned(),
        values: vec![if long { "results" } else { "systems" }.to_owned()],
        entry: Entry::Select(vec![Choice::plain("systems"), Choice::plain("results")]),
    };
    let find = Control {
        key: FIND.to_owned(),
        label: "Find".to_owned(),
        help: "Systems with this text in their name, organization, accelerator, processor, software or public ID".to_owned(),
        values: state.options.get(FIND).cloned().unwrap_or_default(),
        entry: Entry::Text { placeholder: "system, accelerator, ID …".to_owned() },
    };
    vec![form, find]
}

/// Whether a result's system matches a search text.
fn matches(table: &Table, result: &Published<'_>, find: &str) -> bool {
    let more = ["processor", "framework"].map(|key| table.dimension(key).and_then(|column| column.text(result.row)));
    let vendor = result.accelerator.map_or("", accelerators::vendor);
    let hardware = format!("{vendor} {}", result.hardware());
    let texts = [result.id, result.organization, result.system, &hardware, result.accelerator_printed.unwrap_or_default()];
    let find = spellings::folded(find);
    let has = |text: &str| spellings::folded(text).contains(&find);
    find.is_empty() || texts.into_iter().chain(more.into_iter().flatten()).any(has)
}

fn sentence(results: &[Published<'_>]) -> String {
    if results.is_empty() {
        return String::new();
    }
    let names = |of: fn(&Published<'_>) -> String| results.iter().map(of).collect::<BTreeSet<String>>();
    let few = |names: BTreeSet<String>, thing: &str| match names.len() {
        1..=3 => names.into_iter().collect::<Vec<_>>().join(", "),
        count => plural(count as u64, thing),
    };
    let rounds = few(names(|result| result.round.to_owned()), "round");
    let models = few(names(|result| result.model.to_owned()), "model");
    let scenarios: BTreeSet<(usize, &str)> =
        results.iter().map(|result| (scenario_rank(result.scenario), result.scenario)).collect();
    let scenarios = scenarios.into_iter().map(|(_, scenario)| scenario).collect::<Vec<_>>().join(", ");
    let word = if names(|result| result.round.to_owned()).len() == 1 { "round " } else { "" };
    let systems = plural(count(results, system), "system");
    format!("MLPerf Inference {word}{rounds}: {models}, {scenarios}; {systems} with {}", plural(results.len() as u64, "result"))
}

/// Identity of a system: systems of one submission can share its id, and rounds can share names.
fn system<'a>(result: &Published<'a>) -> (&'a str, &'a str, &'a str, &'a str, Option<u64>, Option<u64>) {
    let bits = |count: Option<f64>| count.map(f64::to_bits);
    (result.round, result.id, result.system, result.organization, bits(result.gpus), bits(result.nodes))
}

fn count<'a, K: Ord>(results: &[Published<'a>], of: impl Fn(&Published<'a>) -> K) -> u64 {
    results.iter().map(of).collect::<BTreeSet<K>>().len() as u64
}

fn cards(results: &[Published<'_>], state: &ViewState) -> Vec<Card> {
    let card = |label: &str, value: u64, detail: String, method: &str| Card {
        label: label.to_owned(),
        value: value.to_string(),
        detail,
        method: method.to_owned(),
        ..Card::default()
    };
    let of = |fits: fn(&Published<'_>) -> bool| results.iter().filter(|result| fits(result)).copied().collect::<Vec<_>>();
    let previews = count(&of(|result| result.is_preview()), system);
    let without = count(&of(|result| result.accelerator.is_none()), system);
    let corrected = of(|result| result.correction.is_some()).len() as u64;
    let mut rounds: Vec<&str> = results.iter().map(|result| result.round).collect::<BTreeSet<_>>().into_iter().collect();
    rounds.order_by(|a, b| versions::compare(b, a));
    let mut organizations: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
    results.iter().for_each(|result| {
        organizations.entry(result.organization).or_default().insert(system(result));
    });
    let mut largest: Vec<(&str, usize)> = organizations.iter().map(|(name, systems)| (*name, systems.len())).collect();
    largest.order_by_key(|(name, systems)| (std::cmp::Reverse(*systems), *name));
    let evidence = largest.iter().take(8).map(|(name, systems)| {
        let mut target = state.clone();
        target.choose("organization", BTreeSet::from([(*name).to_owned()]));
        Evidence {
            text: format!("{name}: {}", plural(*systems as u64, "system")),
            tone: Tone::Plain,
            link: Some(encode(&target)),
        }
    });
    let systems = card(
        "Systems",
        count(results, system),
        format!("{previews} preview, {without} without accelerators"),
        "Systems with at least one result within the filters.",
    );
    let mut organizations = card(
        "Organizations",
        organizations.len() as u64,
        largest.first().map(|(name, _)| format!("most systems: {name}")).unwrap_or_default(),
        "Organizations that submitted these systems.",
    );
    organizations.evidence = evidence.collect();
    let mut published = card(
        "Results",
        results.len() as u64,
        format!("{corrected} with a corrected unit"),
        "Published results: one per system, model and scenario. Corrections change units, never values.",
    );
    if corrected > 0 {
        published.tone = Tone::Doubt;
    }
    let rounds = card("Rounds", rounds.len() as u64, rounds.join(", "), "Rounds with at least one result within the filters.");
    vec![systems, organizations, published, rounds]
}

fn scenario_rank(scenario: &str) -> usize {
    SCENARIOS.iter().position(|known| *known == scenario).unwrap_or(SCENARIOS.len())
}

fn benchmark<'a>(result: &Published<'a>) -> Benchmark<'a> {
    (result.model, scenario_rank(result.scenario), result.scenario, result.unit)
}

/// Columns about the system.
pub(super) fn described(several_rounds: bool) -> Vec<Column> {
    let round = several_rounds.then(|| Column::text("round", "Round"));
    let texts = [("system", "System"), ("organization", "Organization"), ("accelerator", "Accelerator")];
    let texts = texts.map(|(key, label)| Column::text(key, label));
    let figures = [("gpus", "Accelerators"), ("accelerators_per_node", "per node"), ("nodes", "Nodes")];
    let figures = figures.map(|(key, label)| Column::figure(key, label, ""));
    texts.into_iter().chain(round).chain(figures).collect()
}

/// The cells under [`described`].
pub(super) fn description(result: &Published<'_>, several_rounds: bool, state: &ViewState) -> Vec<GridCell> {
    let mut cells = vec![
        GridCell::text(result.system).hinted(format!("{}: show all results of this system", result.id)).linked(to(
            state,
            "data",
            &[("public_id", result.id), ("system", result.system)],
        )),
        GridCell::text(result.organization).hinted("Show this organization's submissions in all rounds").linked(to(
            state,
            "mlperf/rounds",
            &[("organization", result.organization)],
        )),
        GridCell::text(result.hardware()).hinted(result.accelerator_printed.unwrap_or_default()),
    ];
    if several_rounds {
        cells.push(GridCell::text(result.round));
    }
    cells.extend([result.gpus, result.gpus_per_node, result.nodes].map(GridCell::figure));
    cells
}

/// Columns after the results.
const AFTER: [(&str, &str); 3] = [("processor", "Processor"), ("availability", "Availability"), ("public_id", "Public ID")];

pub(super) fn availability(result: &Published<'_>) -> GridCell {
    let cell = GridCell::text(result.availability);
    if result.is_preview() { cell.toned(Tone::Doubt).hinted("The system was not yet for sale when submitted") } else { cell }
}

/// The result, marked if it has remarks; links to the comparison of its benchmark.
pub(super) fn figure(result: &Published<'_>, state: &ViewState) -> GridCell {
    let remarks = result.remarks();
    let better = if result.latency { "lower is better" } else { "higher is better" };
    let mut hint = vec![format!("{} {} ({better})", number::short(result.value), result.unit)];
    hint.extend(remarks.iter().cloned());
    let link = to(state, "mlperf/comparison", &[("round", result.round), ("model", result.model), ("scenario", result.scenario)]);
    let cell = GridCell::number(number::column(result.value), result.value).hinted(hint.join("\n")).linked(link);
    if result.correction.is_some() || result.doubt.is_some() { cell.toned(Tone::Doubt) } else { cell }
}

/// Link to another view with these filters.
pub(super) fn to(state: &ViewState, view: &str, filters: &[(&str, &str)]) -> String {
    let mut target = state.clone();
    target.show_view(view);
    target.kind = (view == "data").then_some(Kind::Submission);
    if view == "data" {
        target.filters = Filters::Chosen(Selection::new());
    }
    for (key, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
        target.choose(key, BTreeSet::from([(*value).to_owned()]));
    }
    encode(&target)
}

/// Results next to system and accelerator; organization and counts follow.
fn placed<T>(described: Vec<T>, figures: impl Iterator<Item = T>) -> Vec<T> {
    let mut described = described.into_iter();
    let (system, organization, accelerator) = (described.next(), described.next(), described.next());
    system.into_iter().chain(accelerator).chain(figures).chain(organization).chain(described).collect()
}

/// One row per system.
fn systems(all: &[Published<'_>], table: &Table, state: &ViewState, notes: &mut Vec<String>) -> Grid {
    let mut counts: BTreeMap<Benchmark<'_>, usize> = BTreeMap::new();
    all.iter().for_each(|result| *counts.entry(benchmark(result)).or_default() += 1);
    // If a scenario has two units, the most common comes first.
    let mut benchmarks: Vec<Benchmark<'_>> = counts.keys().copied().collect();
    benchmarks.order_by_key(|of| (of.0, of.1, of.2, std::cmp::Reverse(counts[of]), of.3));
    if benchmarks.len() > MOST {
        notes.push(format!(
            "Showing {MOST} of {} benchmarks as columns. Filter by model, or show one row per result.",
            benchmarks.len()
        ));
        benchmarks.truncate(MOST);
    }
    let several = count(all, |result| result.round) > 1;
    let models = count(all, |result| result.model) > 1;
    // Systems in table order; a second result of one benchmark (from another file) gets its own row.
    let mut rows: Vec<(&Published<'_>, Vec<Option<&Published<'_>>>)> = Vec::new();
    let mut open: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for result in all {
        let Some(at) = benchmarks.iter().position(|known| *known == benchmark(result)) else { continue };
        let own = open.entry(system(result)).or_default();
        let free = own.iter().copied().find(|row| rows.get(*row).is_some_and(|(_, cells)| cells[at].is_none()));
        let row = free.unwrap_or_else(|| {
            own.push(rows.len());
            rows.push((result, vec![None; benchmarks.len()]));
            rows.len() - 1
        });
        rows[row].1[at] = Some(result);
    }
    // Best of the first benchmark first.
    rows.order_by(|(_, a), (_, b)| {
        let of = |cells: &[Option<&Published<'_>>]| -> Vec<f64> {
            let goodness = |result: &Published<'_>| if result.latency { -result.value } else { result.value };
            cells.iter().map(|cell| cell.map_or(f64::NEG_INFINITY, goodness)).collect()
        };
        let (a, b) = (of(a), of(b));
        a.iter().zip(&b).map(|(a, b)| b.total_cmp(a)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let figures = benchmarks.iter().map(|(model, _, scenario, unit)| {
        let label = if models { format!("{model} {scenario}") } else { (*scenario).to_owned() };
        Column::figure(&format!("{model}/{scenario}/{unit}"), &label, unit)
    });
    let mut columns = placed(described(several), figures);
    columns.extend(AFTER.map(|(key, label)| Column::text(key, label)));
    let lines = rows.iter().map(|(result, cells)| {
        let figures = cells.iter().map(|cell| cell.map_or_else(GridCell::default, |result| figure(result, state)));
        let mut line = placed(description(result, several, state), figures);
        let processor = table.dimension("processor").and_then(|column| column.text(result.row)).unwrap_or_default();
        line.extend([GridCell::text(processor), availability(result), GridCell::text(result.id)]);
        line
    });
    Grid {
        key: "systems".to_owned(),
        title: "Systems".to_owned(),
        note: "Empty cell: no published result. Click a value to compare that benchmark.".to_owned(),
        columns,
        rows: lines.collect(),
        ..Grid::default()
    }
}

/// One row per result.
fn results(all: &[Published<'_>], state: &ViewState, layout: Layout<'_>) -> Grid {
    let texts = |list: &[(&str, &str)]| list.iter().map(|(key, label)| Column::text(key, label)).collect::<Vec<_>>();
    let mut columns = texts(&[("model", "Model"), ("scenario", "Scenario")]);
    columns.extend([Column::figure("result", "Result", ""), Column::text("unit", "Unit")]);
    columns.extend(described(true));
    columns.extend(texts(&[("availability", "Availability"), ("public_id", "Public ID"), ("remarks", "Remarks")]));
    let line = |result: &Published<'_>| {
        let mut line = vec![GridCell::text(result.model), GridCell::text(result.scenario), figure(result, state)];
        let unit = GridCell::text(result.unit);
        line.push(match result.printed_unit {
            Some(printed) => unit.toned(Tone::Doubt).hinted(format!("Printed as {printed}")),
            None => unit,
        });
        line.extend(description(result, true, state));
        line.extend([availability(result), GridCell::text(result.id), GridCell::text(result.remarks().join(" "))]);
        line
    };
    layout.list(
        Grid {
            key: "results".to_owned(),
            title: "Results".to_owned(),
            note: "In the order of the published tables.".to_owned(),
            columns,
            ..Grid::default()
        },
        all,
        |_, one, _| line(one),
    )
}
