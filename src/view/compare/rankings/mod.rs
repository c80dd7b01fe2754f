//! Rankings: the best measurement of each model on each accelerator, among those that meet the SLO.
//!
//! Each row is *one* measurement with all its figures. The reference takes each metric from another row, version and
//! parallelism (`../shared/formats/rhaiis.md` §4.2-12).

mod matrix;
mod objective;
mod results;

use self::objective::{By, Objective, Valuation};
use self::results::{Contest, Results};
use crate::capacity::operating_points;
use crate::catalog::number::plural;
use crate::catalog::{Order, dimensions};
use crate::comparison::slo::Eligibility;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::{deep_links, groups};
use crate::record::Kind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::*;
use crate::view_model::{Choice, Control, Entry};

/// What is ranked by.
const BY: &str = "by";
/// The load at which is ranked.
const LEVEL: &str = "level";
const ALL: &str = "all";
/// Bars drawn.
const BARS: usize = 20;

/// What makes two measurements answers to the same task: besides these, everything is a choice of the operator.
fn task() -> impl Iterator<Item = &'static str> {
    ["model", "accelerator"].into_iter().chain(dimensions::WORKLOAD)
}

/// The best of each model on each accelerator.
pub(crate) static RANKINGS: View = View {
    about: &About {
        id: "rankings",
        tab: &tabs::RANKINGS,
        label: "Rankings",
        purpose: "Best configuration per model and accelerator within the SLO",
        extra_kinds: &[Kind::Sample],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, &operating_points::of_one_workload(table, asked), &[]);
    let state = frame.state.clone();
    let (level, level_control) = levels(table, &frame.rows, &state);
    let at_level = |row: &usize| level.is_none() || table.load().and_then(|load| load.get(*row)) == level;
    let rows: Vec<usize> = frame.rows.iter().copied().filter(at_level).collect();
    let objectives = objective::objectives(table, &rows, &state);
    let (chosen, by_control) = choose(&objectives, &state);
    let eligibility = Eligibility::new(table, &state);
    let valuation = Valuation::new(context);

    // Over all levels, so that a pair without a measurement at the level is listed, not dropped.
    let groups = groups::group(table, &frame.rows, &task().collect::<Vec<_>>());
    let contests: Vec<Contest> =
        groups.iter().map(|group| Contest::of(table, group, &at_level, &eligibility, &valuation, &chosen)).collect();
    let configuration = groups::configuration(table);
    let lead_by: Vec<&str> = configuration.iter().copied().chain(["load", "load_kind", "run_id", "path"]).collect();
    // The parallel layout is always shown, anything else where it differs.
    let shown = |key: &&str| matches!(*key, "tp" | "dp" | "pp" | "ep") || groups::differs(table, rows.iter().copied(), key);
    let layout: Vec<&str> = configuration.iter().copied().filter(shown).collect();
    let results = Results {
        table,
        state: &state,
        eligibility: &eligibility,
        valuation: &valuation,
        objectives: &objectives,
        chosen,
        contests: &contests,
        layout: &layout,
        leads: deep_links::DeepLinks::new(table, &state, &lead_by),
    };
    let ranked = results.ranked();
    let (panel, behind) = bars(&results, &ranked);
    let refused = rows.iter().filter(|row| !eligibility.complies(**row)).count();
    let mut notes = Vec::new();
    if refused > 0 {
        notes.push(format!("{} excluded (outside {}).", context.kind.count(refused), eligibility.words()));
    }
    let lacking = rows.iter().filter(|row| eligibility.complies(**row) && valuation.value(&chosen, **row).is_none()).count();
    if lacking > 0 {
        notes.push(format!("{} excluded (no {}).", context.kind.count(lacking), chosen.title()));
    }
    let unranked = contests.len() - ranked.len();
    if unranked > 0 {
        notes.push(format!("{} without a result; the end of the table gives the reasons.", plural(unranked as u64, "pair")));
    }
    if ranked.len() > BARS {
        notes.push(format!("Chart shows the top {BARS} of {}; the table lists all.", ranked.len()));
    }
    let tasks = task_words(table, &frame.rows);
    if !tasks.is_empty() {
        notes.push(format!("Measurements differ in {tasks}; each combination is ranked separately."));
    }
    let load = level.map_or("all loads".to_owned(), |level| format!("load {level}"));
    let parts = ViewModel {
        sentence: format!(
            "Best {} ({} is better) per model and accelerator, {load}: {} of {} ranked, from {} within {}",
            chosen.title(),
            if chosen.higher() { "higher" } else { "lower" },
            ranked.len(),
            plural(contests.len() as u64, "pair"),
            context.kind.count(rows.len() - refused),
            eligibility.words()
        ),
        notes,
        controls: vec![by_control, level_control],
        cards: results.cards(&rows),
        panels: if ranked.is_empty() { Vec::new() } else { vec![panel] },
        grids: match contests.is_empty() {
            true => Vec::new(),
            false => results.matrix().into_iter().chain([results.grid(&ranked, context.layout())]).collect(),
        },
        ..ViewModel::default()
    };
    let table_rows: Vec<usize> = ranked.iter().filter_map(|at| contests[*at].winner.map(|(row, _)| row)).collect();
    let axes: Vec<_> = match chosen.by {
        By::Figure(figure) => vec![figure.axis()],
        By::Cost | By::Energy => Vec::new(),
    };
    let mut shown = frame.finish(context, parts, table_rows, &axes);
    if !shown.model.panels.is_empty() {
        shown.points = vec![behind];
    }
    shown
}

/// The objective in force, and its control. Without one requested, the first.
fn choose(objectives: &[Objective], state: &ViewState) -> (Objective, Control) {
    let asked = state.option(BY);
    let first = Objective { key: "cost", by: By::Cost };
    let chosen = objectives.iter().find(|one| Some(one.key) == asked).or(objectives.first()).copied().unwrap_or(first);
    let control = Control {
        key: BY.to_owned(),
        label: "Rank by".to_owned(),
        help: "Metric that decides the ranking".to_owned(),
        values: vec![chosen.key.to_owned()],
        entry: Entry::Select(objectives.iter().map(|one| Choice::new(one.key, &one.title(), one.unit())).collect()),
    };
    (chosen, control)
}

/// The one load at which is ranked, `None` for all of them, and the control.
fn levels(table: &Table, rows: &[usize], state: &ViewState) -> (Option<f64>, Control) {
    let mut counts: Vec<(f64, usize)> = Vec::new();
    let mut loads: Vec<f64> = rows.iter().filter_map(|row| table.load()?.get(*row)).collect();
    loads.order_by(f64::total_cmp);
    for load in loads {
        match counts.last_mut().filter(|(last, _)| *last == load) {
            Some((_, count)) => *count += 1,
            None => counts.push((load, 1)),
        }
    }
    let asked = state.number(LEVEL);
    let choice =
        |(load, count): &(f64, usize)| Choice::new(&load.to_string(), &load.to_string(), &plural(*count as u64, "measurement"));
    let mut choices = vec![Choice::new(ALL, "all loads", "")];
    choices.extend(counts.iter().map(choice));
    if let Some(asked) = asked.filter(|asked| counts.iter().all(|(load, _)| load != asked)) {
        choices.push(Choice::new(&asked.to_string(), &asked.to_string(), "no data"));
    }
    let control = Control {
        key: LEVEL.to_owned(),
        label: "Load".to_owned(),
        help: "Rank over all loads or at a single load".to_owned(),
        values: vec![asked.map_or(ALL.to_owned(), |asked| asked.to_string())],
        entry: Entry::Select(choices),
    };
    (asked, control)
}

/// Which parts of the task, besides model and accelerator, differ between the rows.
fn task_words(table: &Table, rows: &[usize]) -> String {
    let named: Vec<&str> = dimensions::WORKLOAD
        .iter()
        .filter(|key| groups::differs(table, rows.iter().copied(), key))
        .map(|key| dimensions::label(key))
        .collect();
    named.join(", ")
}

/// The ranking as bars, the best on top.
fn bars(results: &Results<'_>, ranked: &[usize]) -> (Panel, Vec<Vec<Vec<usize>>>) {
    let drawn: Vec<(&Contest, usize, f64)> = ranked
        .iter()
        .take(BARS)
        .filter_map(|at| results.contests.get(*at))
        .filter_map(|contest| contest.winner.map(|(row, value)| (contest, row, value)))
        .collect();
    let load = |row: usize| results.table.load().and_then(|load| load.get(row));
    let point = |(at, (_, row, value)): (usize, &(&Contest, usize, f64))| Point {
        x: *value,
        y: at as f64,
        load: load(*row),
        over_limit: false,
    };
    let high = drawn.iter().map(|(.., value)| *value).fold(0.0, f64::max);
    let chosen = &results.chosen;
    let names = drawn.iter().map(|(contest, ..)| contest.label.clone()).collect();
    let chart = ChartModel {
        x: AxisModel { range: Some([0.0, high]), ..AxisModel::own(&chosen.title(), chosen.unit(), Some(chosen.higher())) },
        y: AxisModel { ticks: Some(names), ..AxisModel::own("", "", None) },
        series: vec![Series {
            id: "ranking".to_owned(),
            label: chosen.title(),
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Bars(drawn.iter().enumerate().map(point).collect()),
        }],
        ..ChartModel::default()
    };
    let behind = drawn.iter().map(|(_, row, _)| vec![*row]).collect();
    (Panel { title: String::new(), chart }, vec![behind])
}

/// Whether a dimension's values are numbers.
fn is_number(key: &str) -> bool {
    dimensions::dimension(key).is_some_and(|row| row.order == Order::Number)
}
