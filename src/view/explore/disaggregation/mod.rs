//! Scenarios: one model on one accelerator under one workload, and all its deployments swept over load.
//!
//! Replaces the seed notebook of llm-d-benchmark and its Sweep Visualizer (`../shared/formats/llm-d-benchmark.md` §2.4, §3.1):
//! has their two presets, but does not pool differing runs.

mod configs;
mod draw;
mod grids;
mod measure;
mod names;
mod scenario;
mod service;
mod sweep;

use std::collections::BTreeSet;

use self::draw::{Band, Chart, ChartInput};
use self::grids::Tables;
use self::measure::Measure;
use self::scenario::{SCENARIO, Scenario};
use self::sweep::Sweep;
use crate::catalog::number;
use crate::comparison::kpis;
use crate::comparison::slo::Eligibility;
use crate::query::context::{Context, Output};
use crate::query::deep_links::DeepLinks;
use crate::query::frame::Frame;
use crate::query::groups::Group;
use crate::query::lines;
use crate::sorting::Sorting;
use crate::state::{Shown, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Empty, Entry, Grid, HUES, SHAPES, Style, ViewModel};

/// Option: preset (layouts or schedulers).
const SWEEP: &str = "sweep";
const SCHEDULING: &str = "scheduling";
/// Option: metric over load.
const METRIC: &str = "metric";
/// Default number of configurations drawn: each has a colour of its own.
const DEFAULT_CONFIGS: usize = lines::FEW;
/// Number of distinct styles.
const STYLES: usize = HUES as usize * SHAPES as usize;
/// Maximum number of scenarios in the control; the table has all.
const MAX_CHOICES: usize = 500;

/// Every deployment of one model, accelerator and workload over load.
pub(crate) static DISAGGREGATION: View = View {
    about: &About {
        id: "pareto/disaggregation",
        tab: &tabs::PARETO,
        label: "Replicas vs P/D",
        purpose: "One model, accelerator and workload: replicas against P/D disaggregation, swept over load",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::new(context, asked, &[]);
    let state = frame.state.clone();
    let (tolerances, tolerance_controls, notes) = scenario::tolerances(&state);
    frame.notes.extend(notes);
    let scenarios = scenario::all(table, &frame.rows, tolerances);
    let (chosen, note) = scenario::choose(&scenarios, &state, tolerances);
    frame.notes.extend(note);
    let Some((at, scenario)) = chosen.and_then(|at| Some((at, scenarios.get(at)?))) else {
        return frame.finish(context, ViewModel::default(), Vec::new(), &[]);
    };

    let (scheduling, preset) = preset(table, scenario, &state);
    let configs = configs::all(table, scenario, &state, scheduling);
    let rows: Vec<usize> = configs.shown.iter().flat_map(|config| &config.group.rows).copied().collect();
    let axes = measure::choose(table, &rows, &state, scheduling);
    let eligibility = Eligibility::new(table, &state);
    let sweep = Sweep::new(table, &configs.shown, &axes.user_metric, &axes.throughput, &eligibility);

    let by: Vec<&str> = configs.by.iter().map(String::as_str).collect();
    let groups: Vec<Group> = configs.shown.iter().map(|config| config.group.clone()).collect();
    let ranked = sweep.ranked(groups.len(), &axes.throughput);
    let drawn = drawn(context, &mut frame, &groups, &ranked);
    let legend = {
        let shown: Vec<&Group> = drawn.iter().filter_map(|(at, _)| groups.get(*at)).collect();
        lines::legend(&groups, &shown, &drawn.iter().map(|(_, style)| *style).collect::<Vec<_>>())
    };
    let input = ChartInput {
        state: &state,
        configs: &configs.shown,
        drawn: &drawn,
        user_metric: &axes.user_metric,
        throughput: &axes.throughput,
        throughput_on_x: scheduling,
        sweep: &sweep,
    };

    let (load, load_control) = measure::load(table, &rows, &state, scheduling);
    let mut measured = state.clone();
    if let (None, Some(usual)) = (state.option(METRIC), measure::usual_metric(&axes, scheduling)) {
        measured.set_option(METRIC, vec![usual.key()]);
    }
    let (metric, metric_control) = kpis::choose(table, &rows, &measured, METRIC, "Over load");
    let (band, band_control) = Band::choose(&state);
    let (ratio, ratio_control) = draw::ratio_control(&state);
    let mut charts: Vec<Chart> = vec![draw::trade_off(context, &input, band)];
    let mut notes = axes.notes.clone();
    let mut figures = vec![axes.throughput.axis.clone(), axes.user_metric.axis.clone()];
    let mut averaged = 0;
    let mut split = false;
    if let Some(metric) = metric {
        let of = Measure::new(table, &metric.axis());
        let (chart, repeated) = draw::over_load(context, &input, &of, load, band);
        averaged = repeated;
        charts.push(chart);
        if let Some((chart, note)) = draw::over_ratio(context, &input, &of, load, ratio) {
            split = true;
            charts.push(chart);
            notes.extend(note);
        }
        figures.push(metric.axis());
    }
    charts.retain(|chart| !chart.panel.chart.series.is_empty());

    let mut all: Vec<&str> = vec!["model", "accelerator", "isl", "osl"];
    all.extend(&by);
    let deep_links = [0, 1, 2, 3].map(|depth| {
        let by = all.iter().copied().chain(names::PLACES.into_iter().take(depth));
        DeepLinks::new(table, &state, &by.collect::<Vec<_>>())
    });
    let limits = eligibility.words();
    let tables = Tables { table, input: &input, deep_links: &deep_links, limits: &limits };
    // SLOs come first, because users set them before reading the rest.
    let mut grids: Vec<Grid> = (!rows.is_empty()).then(|| service::proposals(table, &rows, &state)).into_iter().collect();
    grids.push(grids::scenarios(&scenarios, at, &input, context.layout()));
    if !rows.is_empty() {
        grids.extend([tables.frontier(context.layout()), tables.configurations(context.layout())]);
        grids.extend(tables.ratios());
    }
    notes.extend(configs.notes);
    notes.extend(remarks(&input, &rows, (averaged, band), &limits));
    let tolerance = format!("ISL {}, OSL {}", tolerances[0].words(), tolerances[1].words());
    let mut controls = vec![scenario_control(&scenarios, scenario), preset];
    controls.extend(axes.controls.clone());
    controls.extend([metric_control, load_control]);
    controls.extend((averaged > 0).then_some(band_control));
    controls.extend(split.then_some(ratio_control));
    controls.extend(configs.controls);
    controls.extend(tolerance_controls);
    let parts = ViewModel {
        sentence: sentence(&input, scenario, &tolerance, &limits),
        notes,
        controls,
        cards: tables.cards(),
        panels: charts.iter().map(|chart| chart.panel.clone()).collect(),
        legend,
        grids,
        empty: empty(&rows, &state),
        ..ViewModel::default()
    };
    let mut shown = frame.finish(context, parts, rows, &figures);
    shown.points = charts.into_iter().map(|chart| chart.point_rows).collect();
    shown
}

/// Whether the scheduling preset applies, and the control.
fn preset(table: &Table, scenario: &Scenario, state: &ViewState) -> (bool, Control) {
    let differs = configs::scheduler_differs(table, &scenario.rows);
    let scheduling = match state.option(SWEEP) {
        Some(SCHEDULING) => true,
        Some("pd") => false,
        _ => differs,
    };
    let hint = if differs { "" } else { "scheduler settings are identical" };
    let control = Control {
        key: SWEEP.to_owned(),
        label: "Preset".to_owned(),
        help: "P/D disaggregation: speed per user against throughput per GPU. Inference scheduling: TTFT against \
               throughput over request rate, configurations named by their scorers"
            .to_owned(),
        values: vec![if scheduling { SCHEDULING } else { "pd" }.to_owned()],
        entry: Entry::Select(vec![
            Choice::new("pd", "P/D disaggregation", ""),
            Choice::new(SCHEDULING, "Inference scheduling", hint),
        ]),
    };
    (scheduling, control)
}

fn scenario_control(scenarios: &[Scenario], chosen: &Scenario) -> Control {
    let choice = |scenario: &Scenario| Choice::new(&scenario.key(), &scenario.label(), &scenario.rows.len().to_string());
    let mut choices: Vec<Choice> = scenarios.iter().take(MAX_CHOICES).map(choice).collect();
    if !choices.iter().any(|choice| choice.value == chosen.key()) {
        choices.push(choice(chosen));
    }
    Control {
        key: SCENARIO.to_owned(),
        label: "Scenario".to_owned(),
        help: "One model, one accelerator, one ISL and OSL: the measurements that can be compared".to_owned(),
        values: vec![chosen.key()],
        entry: Entry::Select(choices),
    }
}

/// The configurations drawn, with their styles: the highest ranked by default. Styles are assigned to all at once,
/// so that no two look alike when limits change the selection.
fn drawn(context: &mut Context<'_>, frame: &mut Frame, groups: &[Group], ranked: &[usize]) -> Vec<(usize, Style)> {
    let ids: BTreeSet<String> = match &frame.state.shown {
        Shown::Few => {
            ranked.iter().take(DEFAULT_CONFIGS).filter_map(|at| groups.get(*at)).map(|group| group.id.clone()).collect()
        }
        _ => lines::choose(groups, &mut frame.state, &mut frame.notes).iter().map(|group| group.id.clone()).collect(),
    };
    let all = ranked.iter().filter_map(|at| Some((*at, groups.get(*at)?)));
    let styled: Vec<(usize, &Group)> =
        all.enumerate().filter(|(rank, (_, group))| *rank < STYLES || ids.contains(&group.id)).map(|(_, one)| one).collect();
    let styles = context.colours.of(&styled.iter().map(|(_, group)| group.id.clone()).collect::<Vec<_>>());
    let mut drawn: Vec<(usize, Style)> = styled
        .iter()
        .zip(styles)
        .filter(|((_, group), _)| ids.contains(&group.id))
        .map(|((at, _), style)| (*at, style))
        .collect();
    drawn.order_by_key(|(at, _)| *at);
    drawn
}

fn sentence(input: &ChartInput<'_>, scenario: &Scenario, tolerance: &str, limits: &str) -> String {
    let (configs, points) = (input.configs.len(), input.sweep.points.len());
    format!(
        "{} ({tolerance}): {} against {}, {} at {}, {} of them on the frontier; within {limits}",
        scenario.label(),
        input.throughput.title(),
        input.user_metric.title(),
        number::plural(configs as u64, "configuration"),
        number::plural(points as u64, "level"),
        input.sweep.front.len(),
    )
}

/// Why the view is empty: the scenario lacks the selected kinds of deployment.
fn empty(rows: &[usize], state: &ViewState) -> Option<Empty> {
    rows.is_empty().then(|| {
        let mut remedied = state.clone();
        remedied.set_option(configs::KINDS, Vec::new());
        let reason = "“Deployments” hides every configuration of this scenario.".to_owned();
        Empty { reason, remedy: Some(("Show all deployments".to_owned(), remedied)) }
    })
}

/// Notes about the chart.
fn remarks(input: &ChartInput<'_>, rows: &[usize], (averaged, band): (usize, Band), limits: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let lacks = |row: &&usize| input.user_metric.get(**row).is_none() || input.throughput.get(**row).is_none();
    let missing = rows.iter().filter(lacks).count();
    if missing > 0 {
        let (user_metric, throughput) = (input.user_metric.title(), input.throughput.title());
        let what = number::plural(missing as u64, "measurement");
        notes.push(format!("{what} missing {user_metric} or {throughput}: not in the trade-off chart."));
    }
    if averaged > 0 {
        let what = number::plural(averaged as u64, "point");
        notes.push(format!("{what} averaged over repeated runs{}.", band.remark()));
    }
    let ineligible = input.sweep.points.iter().filter(|point| !point.complies).count();
    if ineligible > 0 {
        notes.push(format!("{} outside {limits}: excluded from the frontier.", number::plural(ineligible as u64, "level")));
    }
    if input.drawn.len() < input.configs.len() {
        let hidden = input.configs.len() - input.drawn.len();
        let what = number::plural(hidden as u64, "configuration");
        notes.push(format!("{what} not drawn, but counted in the frontier and the tables."));
    }
    notes
}
