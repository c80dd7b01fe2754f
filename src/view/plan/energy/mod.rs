//! Energy: what a token costs in watt-hours and CO₂, and how many tokens a watt gives.
//!
//! Energy per token is power over throughput at one level: the duration cancels, so none is assumed. The reference
//! dashboard assumes 450 or 600 s per level and divides the power of all levels by the throughput of some; and it loses
//! data-parallel runs, whose TP is empty (`../shared/formats/rhaiis.md` §2.13, §4.2-11).

mod cards;
mod grids;

use crate::analysis::energy;
use crate::capacity::energy::{self as consumption, EnergyUse, WithoutEnergy};
use crate::capacity::operating_points::{self, ConfigurationNames};
use crate::capacity::plot::{self, Figure, Planned};
use crate::catalog::number;
use crate::comparison::slo::Eligibility;
use crate::query::asks;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::values;
use crate::record::{Kind, LoadKind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Entry, ViewModel};

/// Which level of a configuration counts.
const LEVEL: &str = "level";
/// The level with the most output tokens per second that complies.
const BEST: &str = "best";
/// What a kilowatt-hour emits.
const GRID: &str = "grid";

/// Watt-hours and CO₂ per token of each configuration.
pub(crate) static ENERGY: View = View {
    about: &About {
        id: "capacity/energy",
        tab: &tabs::CAPACITY,
        label: "Energy",
        purpose: "Watt-hours and CO₂ per token, and tokens per watt",
        extra_kinds: &[Kind::Sample],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let asked = operating_points::of_one_workload(table, asked);
    let mut frame = Frame::new(context, &asked, &[]);
    frame.ask_for(asks::asks(table, &operating_points::producing(table, &frame.rows), &["accelerator", "gpus"]));
    let state = frame.state.clone();
    let by = operating_points::dimensions_of(table, &frame.rows);
    let eligibility = Eligibility::new(table, &state);
    let naming = ConfigurationNames::new(table, &state, &frame.rows, &by);
    let configurations = operating_points::configurations(table, &frame.rows, &by, &eligibility);
    let levels = levels(table, &frame.rows);
    let level = state.number(LEVEL).filter(|level| levels.contains(level));
    let grams = state.number(GRID).or(context.settings.grid.g_per_kwh);
    let telemetry = consumption::telemetry(context);
    let (ranked, without) = consumption::draw(context, &configurations, level, grams, &telemetry);

    let choice = plot::choice(table, &frame.rows, &state);
    let (lines, figure) = if ranked.is_empty() {
        (plot::throughput(table, &configurations), plot::THROUGHPUT)
    } else {
        let figure = Figure { title: "Output tokens per joule", unit: "tok/s/W", higher: true, loads: plot::WITHIN_SLO };
        (ranked.iter().map(|one| line(table, one)).collect(), figure)
    };
    let chart = plot::draw(context, &mut frame.state, &by, &lines, &figure, &choice);
    let mut parts = ViewModel {
        controls: vec![level_control(&levels, level), grid_control(context, grams), choice.control()],
        cards: cards::cards(&ranked, &naming),
        legend: chart.legend,
        panels: chart.panels,
        ..ViewModel::default()
    };
    if table.rows() > 0 {
        parts.sentence = sentence(&eligibility, level, ranked.len());
        parts.notes = notes(context, &state, &frame.rows, &ranked, &without);
        parts.notes.extend(chart.note);
        parts.grids.push(grids::energy(table, &ranked, &naming, context.layout()));
        if !without.is_empty() {
            parts.grids.push(grids::unknown(table, &without, &naming, context.layout()));
        }
    }
    let rows: Vec<usize> = ranked.iter().flat_map(|one| one.of.group.rows.iter().copied()).collect();
    let axes = [Axis::Figure { metric: "output_tps".to_owned(), stat: Stat::Mean }];
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = chart.points;
    shown
}

/// Every compliant level, at the power that holds for the configuration.
fn line<'a>(table: &Table, one: &EnergyUse<'a>) -> Planned<'a> {
    let (output, power) = (table.figures("output_tps", Stat::Mean), table.figures("gpu_power", Stat::Mean));
    let value = |row: &usize| {
        let watts = power.and_then(|power| power.get(*row)).unwrap_or(one.power.watts);
        Some((*row, energy::tokens_per_joule(watts, f64::from(one.gpus), output?.get(*row)?)?))
    };
    Planned {
        of: one.of,
        best: one.rows.clone(),
        value: one.per_joule,
        values: one.of.group.rows.iter().filter_map(value).collect(),
    }
}

/// The concurrencies that there are.
fn levels(table: &Table, rows: &[usize]) -> Vec<f64> {
    let axis = Axis::Load(LoadKind::Concurrency);
    let mut levels: Vec<f64> = rows.iter().filter_map(|row| values::value(table, &axis, *row)).collect();
    levels.order_by(f64::total_cmp);
    levels.dedup();
    levels
}

fn level_control(levels: &[f64], level: Option<f64>) -> Control {
    let one = |level: &f64| Choice::new(&number::exact(*level), &format!("concurrency {}", number::column(*level)), "");
    Control {
        key: LEVEL.to_owned(),
        label: "Load".to_owned(),
        help: "Use the highest-throughput load within the SLO, or the same concurrency for all".to_owned(),
        values: vec![level.map_or_else(|| BEST.to_owned(), number::exact)],
        entry: Entry::Select(
            [Choice::new(BEST, "highest throughput within SLO", "")].into_iter().chain(levels.iter().map(one)).collect(),
        ),
    }
}

fn grid_control(context: &Context<'_>, grams: Option<f64>) -> Control {
    let source = &context.settings.grid.source;
    let from = if source.is_empty() { String::new() } else { format!(". Default: {source}") };
    Control {
        key: GRID.to_owned(),
        label: "Grid carbon intensity".to_owned(),
        help: format!("CO₂ emissions per kilowatt-hour{from}"),
        values: grams.map(number::exact).into_iter().collect(),
        entry: Entry::Number { unit: "gCO₂/kWh".to_owned() },
    }
}

fn sentence(eligibility: &Eligibility<'_>, level: Option<f64>, ranked: usize) -> String {
    let configurations = number::plural(ranked as u64, "configuration");
    let at = match level {
        Some(level) => format!("each at concurrency {}, repeats averaged", number::column(level)),
        None => "each at its highest-throughput measurement".to_owned(),
    };
    format!("{configurations}, lowest energy per output token first, {at}, within {}.", eligibility.words())
}

fn notes(
    context: &Context<'_>,
    state: &ViewState,
    rows: &[usize],
    ranked: &[EnergyUse<'_>],
    without: &[WithoutEnergy],
) -> Vec<String> {
    let mut notes = vec![
        "Wh per 1M tokens = W per GPU × GPUs ÷ tok/s × 10⁶ ÷ 3600. Covers GPUs only; excludes hosts, network \
         and cooling."
            .to_owned(),
    ];
    if state.slo.is_empty() {
        notes.push("No SLO set: the highest-throughput measurement counts regardless of latency.".to_owned());
    }
    let doubted = ranked.iter().filter(|one| one.doubt.is_some()).count();
    if doubted > 0 {
        notes.push(format!("{doubted} of {} use assumed or uncertain power (marked ~).", ranked.len()));
    }
    if ranked.iter().any(|one| one.basis == consumption::ELSEWHERE) {
        notes.push("Power measured in another run is that run's mean over its loads.".to_owned());
    }
    if ranked.iter().any(|one| one.power.source.contains(consumption::OWN_TIME)) {
        notes.push(
            "Power from GPU telemetry is its mean over the run’s own time; samples before and after it are left out.".to_owned(),
        );
    }
    if ranked.iter().any(|one| one.power.doubt.as_deref() == Some(consumption::WORK)) {
        notes.push(format!("Power from GPU telemetry is a mean {}.", consumption::WORK));
    }
    if ranked.iter().any(|one| one.power.doubt.as_deref() == Some(consumption::IDLE)) {
        notes.push(format!("Power from GPU telemetry is the mean of all its samples: {}.", consumption::IDLE));
    }
    if !without.is_empty() {
        let all = ranked.len() + without.len();
        notes.push(format!("{} of {all} configurations have no energy data; see the “No energy data” table.", without.len()));
    }
    notes.extend(operating_points::several_workloads(context.table, rows));
    notes
}
