//! SLA planner: from the profiles of prefill and decode engines to the engines that meet an SLO, how many of them
//! a stream of requests needs, and what a thousand requests cost. Formulas are in [`crate::analysis::sla`].

mod candidates;
mod draw;
mod grids;
mod words;

use std::collections::BTreeMap;

use self::candidates::{Decode, Prefill, Profiles};
use crate::analysis::sla::{Picked, Workload};
use crate::catalog::accelerators::canonical;
use crate::catalog::number;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Control, Entry, ViewModel};

/// The profiler's own targets and lengths: TTFT and time per output token in ms, tokens in and out, requests per second.
const USUAL: [(&str, f64); 5] = [("ttft", 500.0), ("itl", 50.0), ("isl", 3000.0), ("osl", 150.0), ("rate", 1.0)];
/// Dollars per GPU-hour that the profiler reckons with.
const USD_PER_GPU_HOUR: f64 = 3.0;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// Time to first token, ms.
    ttft: f64,
    /// Time per output token, ms.
    itl: f64,
    workload: Workload,
    usd_per_gpu_hour: f64,
}

/// The plan.
struct Plan {
    target: Target,
    profiles: Profiles,
    /// The best time per throughput, by position in the candidates.
    prefill_front: Vec<usize>,
    decode_front: Vec<usize>,
    prefill: Option<Picked>,
    decode: Option<Picked>,
    /// GPUs of one engine where the data do not say it.
    given_gpus: [Option<u32>; 2],
    /// Where the price comes from.
    price_from: String,
}

impl Plan {
    /// The prefill engine that is taken.
    fn prefilled(&self) -> Option<&Prefill> {
        self.profiles.prefill.get(self.prefill?.index)
    }

    /// The decode point that is taken.
    fn decoded(&self) -> Option<&Decode> {
        self.profiles.decode.get(self.decode?.index)
    }

    /// GPUs of an engine: as the data say, or as given.
    fn gpus(&self, engine: usize, role: usize) -> Option<u32> {
        self.profiles.engines.get(engine).and_then(|engine| engine.gpus).or(self.given_gpus[role])
    }
}

/// Engines for an SLO.
pub(crate) static PLANNER: View = View {
    about: &About {
        id: "capacity/planner",
        tab: &tabs::CAPACITY,
        label: "SLA planner",
        purpose: "Prefill and decode engines that meet TTFT and ITL targets: count and cost",
        kind: Some(Kind::OperatingPoint),
        extra_kinds: &[Kind::Measurement],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    // Filters of measurements that profiles know nothing of mean nothing here.
    let selection = asked.selection();
    let aside: Vec<&str> = selection.keys().map(String::as_str).filter(|key| table.dimension(key).is_none()).collect();
    let aside = if table.rows() > 0 { aside.as_slice() } else { &[] };
    let frame = Frame::except_rows(context, asked, aside, |key, row| candidates::is_spared(table, key, row));
    let state = frame.state.clone();
    let (by, groups) = candidates::groups(table, &frame.rows);
    let (target, price_from) = target(context, &state, &frame.rows);
    let profiles = Profiles::new(table, &groups, &target);
    let plan = candidates::plan(profiles, target, price_from, gpus_given(&state));
    let all: Vec<_> = groups.iter().collect();
    let styles = lines::styles(context, &by, &groups, &all);
    let charts = draw::panels(table, &plan, &groups, &styles);
    let grids = grids::grids(&plan, &groups).into_iter();
    let parts = ViewModel {
        sentence: words::sentence(&plan, &groups),
        notes: words::notes(table, &plan, &groups),
        controls: controls(&plan),
        cards: words::cards(&plan, &groups),
        cards_first: true,
        panels: charts.panels,
        legend: lines::legend(&groups, &all, &styles),
        grids: grids.filter(|grid| !grid.rows.is_empty()).collect(),
        empty: words::empty(&plan, table.rows() == 0 || frame.rows.is_empty()),
        ..ViewModel::default()
    };
    let figures = ["ttft", "itl", "input_tokens", "kv_usage"];
    let figures = figures.map(|metric| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    let rows = frame.rows.clone();
    let mut shown = frame.finish(context, parts, rows, &figures);
    shown.points = charts.points;
    shown
}

fn gpus_given(state: &ViewState) -> [Option<u32>; 2] {
    ["prefill_gpus", "decode_gpus"].map(|key| state.number(key).filter(|gpus| *gpus >= 1.0).map(|gpus| gpus as u32))
}

/// The targets: entered, else the limits of the SLO, the lengths that the measurements or the candidates have
/// most, what the profiler takes; and where the price comes from.
fn target(context: &Context<'_>, state: &ViewState, rows: &[usize]) -> (Target, String) {
    let limit = |metrics: &[&str]| {
        state.slo.iter().find_map(|limit| match &limit.of {
            Axis::Figure { metric, .. } if metrics.contains(&metric.as_str()) => Some(limit.bound),
            _ => None,
        })
    };
    let tables = || context.others.get(&Kind::Measurement).copied().into_iter().chain([context.table]);
    let measured = |key: &str| tables().find_map(|table| most_common(table, key));
    let usual = |key: &str| USUAL.iter().find(|(other, _)| *other == key).map_or(0.0, |(_, value)| *value);
    let entered = |key: &str| state.number(key).filter(|value| *value > 0.0);
    let length = |key: &str| entered(key).or_else(|| measured(key)).unwrap_or_else(|| usual(key));
    let (usd_per_gpu_hour, price_from) = price(context, state, rows);
    let target = Target {
        ttft: entered("ttft").or_else(|| limit(&["ttft"])).unwrap_or_else(|| usual("ttft")),
        itl: entered("itl").or_else(|| limit(&["itl", "tpot"])).unwrap_or_else(|| usual("itl")),
        workload: Workload { isl: length("isl"), osl: length("osl"), rps: entered("rate").unwrap_or_else(|| usual("rate")) },
        usd_per_gpu_hour,
    };
    (target, price_from)
}

/// The price of a GPU-hour: entered, of the accelerator that the profiles name, or the profiler's.
fn price(context: &Context<'_>, state: &ViewState, rows: &[usize]) -> (f64, String) {
    if let Some(price) = state.number("price") {
        return (price, "entered".to_owned());
    }
    let column = context.table.dimension("accelerator");
    let named = rows.iter().find_map(|row| column.and_then(|column| column.text(*row)));
    let listed = named.and_then(|named| {
        let same = |accelerator: &str| canonical(accelerator).eq_ignore_ascii_case(canonical(named));
        let prices = context.settings.prices.iter().filter(|price| same(&price.accelerator));
        prices.min_by(|a, b| a.usd_per_gpu_hour().total_cmp(&b.usd_per_gpu_hour()))
    });
    match listed {
        Some(price) => (price.usd_per_gpu_hour(), format!("{} {}", price.provider, price.instance)),
        None => (USD_PER_GPU_HOUR, "Dynamo profiler default".to_owned()),
    }
}

/// The number that a dimension has most often; of equals the first.
fn most_common(table: &Table, key: &str) -> Option<f64> {
    let column = table.dimension(key)?;
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    (0..table.rows()).filter_map(|row| column.code(row)).for_each(|code| *counts.entry(code).or_default() += 1);
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    column.value(most.0).parse().ok().filter(|value: &f64| *value > 0.0)
}

fn controls(plan: &Plan) -> Vec<Control> {
    let Target { ttft, itl, workload, usd_per_gpu_hour } = plan.target;
    let control = |key: &str, label: &str, help: &str, value: Option<f64>, unit: &str| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        values: value.map(number::exact).into_iter().collect(),
        entry: Entry::Number { unit: unit.to_owned() },
    };
    let mut controls = vec![
        control("ttft", "TTFT target", "Maximum time to first token", Some(ttft), "ms"),
        control("itl", "ITL target", "Maximum inter-token latency", Some(itl), "ms"),
        control("isl", "Input length", "Prompt tokens per request", Some(workload.isl), "tokens"),
        control("osl", "Output length", "Output tokens per request", Some(workload.osl), "tokens"),
        control("rate", "Request rate", "Requests arriving per second", Some(workload.rps), "req/s"),
        control("price", "GPU-hour price", "Price of one GPU for one hour", Some(usd_per_gpu_hour), "$"),
    ];
    let unknown = |role: &str| plan.profiles.engines.iter().any(|engine| engine.role == role && engine.gpus.is_none());
    for (role, (key, label)) in
        [("prefill_gpus", "GPUs per prefill engine"), ("decode_gpus", "GPUs per decode engine")].into_iter().enumerate()
    {
        if unknown(candidates::ROLES[role]) {
            let help = "Not stated in the profile; needed to count whole engines";
            controls.push(control(key, label, help, plan.given_gpus[role].map(f64::from), ""));
        }
    }
    controls
}
