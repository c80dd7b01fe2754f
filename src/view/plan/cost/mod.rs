//! Cost: what tokens cost at the fastest measurement of each configuration that meets the SLO, and what it
//! takes to serve a given load.
//!
//! Every figure of a row is of one measurement. The reference dashboard finds the best compliant one, then takes the
//! throughput of whatever was fastest at its level (`../shared/formats/rhaiis.md` §4.2-1).

mod answer;
mod cards;
mod grids;
mod prices;

use crate::analysis::cost::{self, Rates, Target};
use crate::capacity::operating_points::{self, ConfigurationNames};
use crate::capacity::plot::{self, Figure, Planned};
use crate::capacity::pricing::{self, Priced};
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::slo::Eligibility;
use crate::query::asks;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Stat;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Entry, ViewModel};

/// Whose prices hold.
const PROVIDER: &str = "provider";
/// The provider that is cheapest per GPU-hour, accelerator by accelerator.
const CHEAPEST: &str = "cheapest";
/// The load to be served.
const TARGET: &str = "target";
/// In which terms it is given.
const UNIT: &str = "target_unit";

/// The share of the capacity that is kept free, in percent.
const HEADROOM: &str = "headroom";
/// The most of it.
const MOST_HEADROOM: f64 = 90.0;

/// Terms of a load: in links, on the page, and how much of it is asked about at first.
const UNITS: [(&str, &str, f64); 3] =
    [("concurrency", "requests in flight", 1000.0), ("rps", "req/s", 100.0), ("output_tps", "output tok/s", 100_000.0)];

/// Dollars per token of each configuration at its best compliant measurement.
pub(crate) static COST: View = View {
    about: &About {
        id: "capacity",
        tab: &tabs::CAPACITY,
        label: "Cost",
        purpose: "Cost of tokens within an SLO, and GPUs needed for a target load",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let asked = operating_points::of_one_workload(table, asked);
    let mut frame = Frame::new(context, &asked, &[]);
    // Without output throughput nothing has a cost, whatever else is given.
    let producing = operating_points::producing(table, &frame.rows);
    frame.ask_for(asks::asks(table, &producing, &["accelerator", "gpus"]));
    frame.ask_for(prices::asks(context, &frame.state, &producing));
    let state = frame.state.clone();
    let by = operating_points::dimensions_of(table, &frame.rows);
    let eligibility = Eligibility::new(table, &state);
    let naming = ConfigurationNames::new(table, &state, &frame.rows, &by);
    let figures = figures(context, &frame.rows, &state);
    let configurations = operating_points::configurations(table, &frame.rows, &by, &eligibility);
    let provider = state.option(PROVIDER).filter(|provider| *provider != CHEAPEST);
    let (ranked, unranked) = pricing::rank(context, &configurations, &eligibility, provider);
    let unit = UNITS.into_iter().find(|(key, ..)| state.option(UNIT) == Some(key)).unwrap_or(UNITS[0]);
    let load = state.number(TARGET).filter(|load| *load > 0.0).unwrap_or(unit.2);
    let headroom = state.number(HEADROOM).unwrap_or_default().clamp(0.0, MOST_HEADROOM) / 100.0;
    let planned_for = grids::planned(&ranked, target(unit.0, load / (1.0 - headroom)));

    let chart = plot::choice(table, &frame.rows, &state);
    let (lines, figure) = if ranked.is_empty() {
        (plot::throughput(table, &configurations), plot::THROUGHPUT)
    } else {
        let figure = Figure { title: "Cost of 1M output tokens", unit: "$", higher: false, loads: plot::WITHIN_SLO };
        (planned(table, &ranked), figure)
    };
    let drawn = plot::draw(context, &mut frame.state, &by, &lines, &figure, &chart);
    let sentence = sentence(&eligibility, ranked.len(), provider);
    let mut parts = ViewModel {
        headline: answer::answer(&planned_for, &naming, (unit.1, load), headroom, &eligibility),
        controls: controls(context, &state, provider, chart.control(), unit, load, headroom),
        cards: cards::cards(context, &state, &ranked, &naming, &frame.rows, &eligibility),
        legend: drawn.legend,
        panels: drawn.panels,
        ..ViewModel::default()
    };
    if table.rows() > 0 {
        parts.sentence = sentence;
        parts.notes = notes(context, &state, &frame.rows, ranked.len(), unranked.iter().map(|one| one.count).sum());
        parts.notes.extend(drawn.note);
        let layout = context.layout();
        // Where nothing can be ranked the reasons come first, not empty tables.
        if !ranked.is_empty() {
            parts.grids.push(grids::ranking(table, &ranked, &naming, &figures, layout));
            let terms = (unit.1, load);
            parts.grids.push(grids::capacity(table, &planned_for, &naming, target(unit.0, load), terms, headroom, layout));
        }
        if !unranked.is_empty() {
            parts.grids.push(grids::unranked(table, &unranked, &naming, layout));
        }
    }
    parts.grids.push(prices::grid(context, &state, &ranked, &frame.rows));
    let rows: Vec<usize> = ranked.iter().flat_map(|one| one.of.group.rows.iter().copied()).collect();
    let axes: Vec<Axis> = figures.iter().map(Kpi::axis).collect();
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = drawn.points;
    shown
}

/// Every level that complies, priced.
fn planned<'a>(table: &Table, ranked: &[Priced<'a>]) -> Vec<Planned<'a>> {
    let output = table.figures("output_tps", Stat::Mean);
    let one = |one: &Priced<'a>| {
        // Rows of one configuration are of as many GPUs.
        let usd = |row: &usize| {
            let rates = Rates { output_tps: output?.get(*row), ..Rates::default() };
            Some((*row, cost::cost(one.gpus, pricing::instance(one.price), &rates)?.usd_per_million_output?))
        };
        Planned { of: one.of, best: vec![one.row], value: one.usd, values: one.of.group.rows.iter().filter_map(usd).collect() }
    };
    ranked.iter().map(one).collect()
}

/// The latencies shown of every row, and what else has a limit.
fn figures(context: &Context<'_>, rows: &[usize], state: &ViewState) -> Vec<Kpi> {
    let latency = |one: &Kpi| matches!(one.metric, "ttft" | "itl" | "tpot" | "e2el");
    let mut figures: Vec<Kpi> = kpis::usual(context.table, rows, state).into_iter().filter(latency).collect();
    for limit in &state.slo {
        let Axis::Figure { metric, stat } = &limit.of else { continue };
        let one = Kpi::new(metric, *stat);
        figures.extend(one.filter(|one| one.metric != "output_tps" && !figures.contains(one)));
    }
    figures
}

fn target(unit: &str, load: f64) -> Target {
    match unit {
        "rps" => Target::Requests(load),
        "output_tps" => Target::OutputTokens(load),
        _ => Target::Concurrency(load),
    }
}

fn sentence(eligibility: &Eligibility<'_>, ranked: usize, provider: Option<&str>) -> String {
    let prices = provider.map_or_else(|| "from the cheapest provider per GPU-hour".to_owned(), |name| format!("from {name}"));
    let configurations = crate::catalog::number::plural(ranked as u64, "configuration");
    format!(
        "{configurations}, cheapest output tokens first, each at its highest-throughput measurement within {}; on-demand \
         prices {prices}.",
        eligibility.words()
    )
}

fn notes(context: &Context<'_>, state: &ViewState, rows: &[usize], ranked: usize, unranked: usize) -> Vec<String> {
    let mut notes = vec![
        "Assumes linear scaling of replicas. Whole replicas fill whole instances; unused GPUs are paid for. Costs per output, \
         input and total token each cover the whole bill and do not add up."
            .to_owned(),
    ];
    if state.slo.is_empty() {
        notes.push("No SLO set: the highest-throughput measurement counts regardless of latency.".to_owned());
    }
    if unranked > 0 {
        notes.push(format!("{unranked} of {} configurations not ranked; see the “Not ranked” table.", ranked + unranked));
    }
    if !state.prices.is_empty() {
        let count = crate::catalog::number::plural(state.prices.len() as u64, "price");
        notes.push(format!("{count} set on this page and included in the link."));
    }
    notes.extend(operating_points::several_workloads(context.table, rows));
    notes
}

fn controls(
    context: &Context<'_>,
    state: &ViewState,
    provider: Option<&str>,
    chart: Control,
    (unit, unit_label, _): (&str, &str, f64),
    load: f64,
    headroom: f64,
) -> Vec<Control> {
    let mut providers = vec![Choice::new(CHEAPEST, "cheapest per GPU-hour", "")];
    for price in &context.settings.prices {
        let known = providers.iter_mut().find(|choice| choice.value == price.provider && choice.value != CHEAPEST);
        match known {
            Some(choice) if choice.hint.split(", ").any(|name| name == price.accelerator) => {}
            Some(choice) => choice.hint = format!("{}, {}", choice.hint, price.accelerator),
            None if price.provider.is_empty() => {}
            None => providers.push(Choice::new(&price.provider, &price.provider, &price.accelerator)),
        }
    }
    if let Some(asked) = provider.filter(|asked| providers.iter().all(|choice| choice.value != *asked)) {
        providers.push(Choice::new(asked, asked, "no prices"));
    }
    vec![
        Control {
            key: PROVIDER.to_owned(),
            label: "Prices".to_owned(),
            help: "Price source. A single provider excludes accelerators it has no price for".to_owned(),
            values: vec![state.option(PROVIDER).unwrap_or(CHEAPEST).to_owned()],
            entry: Entry::Select(providers),
        },
        chart,
        Control {
            key: TARGET.to_owned(),
            label: "Target load".to_owned(),
            help: "Load for the capacity table".to_owned(),
            values: vec![crate::catalog::number::exact(load)],
            entry: Entry::Number { unit: unit_label.to_owned() },
        },
        Control {
            key: UNIT.to_owned(),
            label: "Load unit".to_owned(),
            help: "Unit of the target load".to_owned(),
            values: vec![unit.to_owned()],
            entry: Entry::Select(UNITS.iter().map(|(key, label, _)| Choice::new(key, label, "")).collect()),
        },
        Control {
            key: HEADROOM.to_owned(),
            label: "Headroom".to_owned(),
            help: "Share of the capacity that is kept free for peaks and failures".to_owned(),
            values: vec![crate::catalog::number::exact(headroom * 100.0)],
            entry: Entry::Number { unit: "%".to_owned() },
        },
    ]
}
