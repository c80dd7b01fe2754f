//! LLM-D against RHAIIS: a routed cluster against the single server that it is made of, matched on model, accelerator and
//! workload, paired level by level, per GPU.
//!
//! The dashboard before it matched neither accelerator, layout nor load and averaged whatever was there
//! (`../shared/formats/llmd-and-mlperf.md` §1.3, §6 item 3).

mod charts;
mod matches;
mod products;
mod results;

use self::matches::Matches;
use self::products::{Compared, Products};
use crate::catalog::number;
use crate::comparison::judge::{Judge, Levels, Outcome};
use crate::comparison::kpis::{self, Kpi};
use crate::comparison::matching;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Empty, Entry, ViewModel};

/// Whether throughput is per GPU or of the deployment.
const PER: &str = "per";
/// Whether the load is that of the deployment or per GPU.
const LOAD_PER: &str = "load_per";
const GPU: &str = "gpu";
const TOTAL: &str = "total";
/// Which part is shown.
const SHOW: &str = "show";
/// The match whose curves are drawn.
const PAIR: &str = "pair";
/// Matches on offer for the charts.
const MAX_CHOICES: usize = 500;

/// What must match by default: the workload, and the server that the cluster is made of. How many there are may differ: it
/// is what the two are about, and figures are per GPU.
const USUAL: &[&str] = &["model", "accelerator", "profile", "isl", "osl", "tp"];

/// What the parts of this view share.
struct Comparison<'a> {
    table: &'a Table,
    state: &'a ViewState,
    compared: &'a Compared,
    names: &'a [String; 2],
    matches: &'a Matches,
    keys: &'a [&'a str],
    judge: &'a Judge<'a>,
    kpis: &'a [Kpi],
    /// Outcomes by match and KPI.
    outcomes: &'a [Vec<Option<Outcome>>],
    per_gpu: bool,
    load_per_gpu: bool,
    show: Part,
}

/// What is shown: everything, or one of the three parts that the dashboard before it had in tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Throughput,
    Latency,
    Summary,
}

impl Part {
    const CHOICES: [(Part, &'static str, &'static str); 4] = [
        (Part::All, "all", "everything"),
        (Part::Throughput, "throughput", "throughput"),
        (Part::Latency, "latency", "latency"),
        (Part::Summary, "summary", "summary"),
    ];

    fn of(state: &ViewState) -> Part {
        let asked = |(_, key, _): &&(Part, &str, &str)| state.option(SHOW) == Some(key);
        Part::CHOICES.iter().find(asked).map_or(Part::All, |(part, ..)| *part)
    }

    /// Whether a part is among what is shown.
    fn has(self, part: Part) -> bool {
        self == Part::All || self == part
    }

    fn control(self) -> Control {
        let key = Part::CHOICES.iter().find(|(part, ..)| *part == self).map_or("all", |(_, key, _)| key);
        Control {
            key: SHOW.to_owned(),
            label: "Show".to_owned(),
            help: "Throughput charts, latency charts, or the summary table".to_owned(),
            values: vec![key.to_owned()],
            entry: Entry::Select(Part::CHOICES.iter().map(|(_, key, label)| Choice::new(key, label, "")).collect()),
        }
    }
}

/// The routed cluster against the single server.
pub(crate) static LLMD_RHAIIS: View = View {
    about: &About {
        id: "compare/llmd-rhaiis",
        tab: &tabs::COMPARE,
        label: "LLM-D vs RHAIIS",
        purpose: "Routed cluster vs single server: same model, accelerator and workload, per GPU, at each load",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::new(context, asked, &["version"]);
    let state = frame.state.clone();
    let products = Products::new(table, &frame.rows);
    let usual: Vec<&str> = table.dimension_keys().into_iter().filter(|key| USUAL.contains(key)).collect();
    let (keys, matching) = matching::matching(table, &frame.rows, &state, "version", &usual);
    let compared = products.choose(table, &state, &usual);
    frame.notes.extend(compared.notes.iter().cloned());
    let names = [0, 1].map(|side| products::shown(&compared.versions[side]));
    let basis = |key: &str| state.option(key).filter(|value| matches!(*value, GPU | TOTAL)).map(|value| value == GPU);
    let per_gpu = basis(PER).unwrap_or(true);
    let found = |load_per_gpu: bool| {
        let judge = Judge::new(table, &state, Levels::Usual);
        let judge = if load_per_gpu { judge.per_gpu() } else { judge };
        (matches::find(table, &compared.rows, &names, &keys, &judge), judge, load_per_gpu)
    };
    // A GPU is compared with one that has as much to do, where any load level allows it.
    let (mut matches, judge, load_per_gpu) = match basis(LOAD_PER) {
        Some(load_per_gpu) => found(load_per_gpu),
        None => Some(found(per_gpu)).filter(|(matches, ..)| !matches.matched.is_empty()).unwrap_or_else(|| found(false)),
    };
    if load_per_gpu {
        // One request per GPU is no single user.
        matches.matched.iter_mut().for_each(|one| one.pair.rows.kind = None);
    }
    let rows: Vec<usize> = matches.matched.iter().flat_map(|one| one.pair.sides.iter().flatten()).copied().collect();
    let rows = distinct(rows);
    let basis = if rows.is_empty() { &frame.rows } else { &rows };
    let measured = figures(table, basis, &state, per_gpu);
    let outcomes: Vec<Vec<Option<Outcome>>> = matches
        .matched
        .iter()
        .map(|one| {
            let outcome = |by: &Kpi| judge.outcome(&one.pair, by, &judge.compare(&one.pair, by), 1, 0);
            measured.iter().map(outcome).collect()
        })
        .collect();
    let show = Part::of(&state);
    let comparison = Comparison {
        table,
        state: &state,
        compared: &compared,
        names: &names,
        matches: &matches,
        keys: &keys,
        judge: &judge,
        kpis: &measured,
        outcomes: &outcomes,
        per_gpu,
        load_per_gpu,
        show,
    };
    let at = charts::chosen(&comparison).filter(|_| show != Part::Summary);
    let charts = at.map(|at| charts::draw(context, &comparison, at)).unwrap_or_default();
    let mut controls = vec![show.control()];
    controls.extend(compared.controls.clone());
    controls.extend([
        per_control(PER, "Throughput", "Total throughput of the deployment, or per GPU", per_gpu),
        per_control(
            LOAD_PER,
            "Match load",
            "Compare at equal total load, or at equal load per GPU; at equal total load, each GPU of a larger deployment \
             has less to do",
            load_per_gpu,
        ),
        matching,
    ]);
    controls.extend(pair_control(&matches, at));
    let axes: Vec<_> = measured.iter().map(Kpi::axis).collect();
    let parts = ViewModel {
        sentence: results::sentence(&comparison),
        notes: results::notes(&comparison),
        controls,
        cards: if show.has(Part::Summary) { results::cards(&comparison) } else { Vec::new() },
        panels: charts.panels,
        legend: charts.legend,
        grids: if show.has(Part::Summary) { results::grids(&comparison, context.layout()) } else { Vec::new() },
        empty: empty(&comparison, &products, frame.rows.is_empty()),
        ..ViewModel::default()
    };
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = charts.points;
    shown
}

fn distinct(mut rows: Vec<usize>) -> Vec<usize> {
    rows.order();
    rows.dedup();
    rows
}

/// The figures that are compared: throughput on the chosen basis, and the latencies that the data have.
fn figures(table: &Table, rows: &[usize], state: &ViewState, per_gpu: bool) -> Vec<Kpi> {
    let on_basis = |by: Kpi| {
        let metric = match by.metric {
            "output_tps" => "output_tps_per_gpu",
            "total_tps" => "total_tps_per_gpu",
            _ => return Some(by),
        };
        if per_gpu { Kpi::new(metric, Stat::Mean) } else { Some(by) }
    };
    kpis::usual(table, rows, state).into_iter().filter_map(on_basis).collect()
}

fn per_control(key: &str, label: &str, help: &str, per_gpu: bool) -> Control {
    Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: vec![if per_gpu { GPU } else { TOTAL }.to_owned()],
        entry: Entry::Select(vec![Choice::new(GPU, "per GPU", ""), Choice::new(TOTAL, "per deployment", "")]),
    }
}

fn pair_control(matches: &Matches, at: Option<usize>) -> Option<Control> {
    let choice = |one: &matches::Match| Choice::new(&one.pair.id, &one.pair.label, "");
    let chosen = matches.matched.get(at?)?;
    let mut choices: Vec<Choice> = matches.matched.iter().take(MAX_CHOICES).map(choice).collect();
    if !choices.iter().any(|choice| choice.value == chosen.pair.id) {
        choices.push(choice(chosen));
    }
    Some(Control {
        key: PAIR.to_owned(),
        label: "Charted match".to_owned(),
        help: "Match to chart. Default: the one with the most shared loads".to_owned(),
        values: vec![chosen.pair.id.clone()],
        entry: Entry::Select(choices),
    })
}

/// Why there is nothing to see, and what helps.
fn empty(comparison: &Comparison<'_>, products: &Products, nothing: bool) -> Option<Empty> {
    if nothing || !comparison.matches.matched.is_empty() {
        return None;
    }
    let mut remedied = comparison.state.clone();
    if let Some(lacking) = products.lacking() {
        remedied.show_view("compare");
        let reason = format!("No measurement under the current filters is from {lacking}.");
        return Some(Empty { reason, remedy: Some(("Open in Compare".to_owned(), remedied)) });
    }
    remedied.options.retain(|key, _| !matches!(key.as_str(), "match" | LOAD_PER | "baseline" | "candidate"));
    let [server, cluster] = comparison.names;
    let all = comparison.matches.unmatched.len();
    let reason = format!(
        "No configuration of {cluster} matches one of {server} at any load; the table lists {} with reasons.",
        number::plural(all as u64, "unmatched configuration")
    );
    Some(Empty { reason, remedy: Some(("Match on model, accelerator and workload".to_owned(), remedied)) })
}
