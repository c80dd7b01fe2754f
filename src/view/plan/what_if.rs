//! What if: the figures of a measured configuration at another load, and the load that keeps a limit or a budget.
//!
//! A curve is one configuration under one kind of load: requests in flight and requests per second answer different
//! questions and are never mixed.

use crate::analysis::what_if::{Basis, Levels};
use crate::capacity::operating_points::{self, ConfigurationNames, figure};
use crate::capacity::pricing;
use crate::catalog::metrics;
use crate::catalog::number::{self, plural};
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::record::{Kind, LoadKind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{
    AxisModel, ChartModel, Choice, Column, Control, Empty, Entry, Grid, GridCell, Headline, LegendEntry, Mark, Panel, Point,
    Points, Rule, Series, Style, Tone, ViewModel, extent_x, extent_y,
};

/// Another load of a measured configuration.
pub(crate) static WHAT_IF: View = View {
    about: &About {
        id: "capacity/what-if",
        tab: &tabs::CAPACITY,
        label: "What if",
        purpose: "Latency, throughput and cost of a configuration at another load, and the load that keeps a limit or a budget",
        ..About::MEASUREMENTS
    },
    show,
};

/// Options: the curve, the load, the budget, the load to serve.
const CURVE: &str = "curve";
const LOAD: &str = "load";
const BUDGET: &str = "budget";
const TARGET: &str = "serve";
/// The error of reading between levels from which figures are marked, %.
const DOUBTFUL: f64 = 10.0;
/// Points that a curve is drawn with.
const DRAWN: usize = 120;

/// The figures, and for latencies the statistics.
const FIGURES: [(&str, &[Stat]); 8] = [
    ("output_tps", &[Stat::Mean]),
    ("rps", &[Stat::Mean]),
    ("total_tps", &[Stat::Mean]),
    ("ttft", &[Stat::Mean, Stat::P50, Stat::P95, Stat::P99]),
    ("tpot", &[Stat::Mean, Stat::P50, Stat::P95]),
    ("itl", &[Stat::Mean, Stat::P50, Stat::P95]),
    ("e2el", &[Stat::Mean, Stat::P50, Stat::P95]),
    ("concurrency_achieved", &[Stat::Mean]),
];

/// The figures drawn and said, of each metric the first that there is.
const TELLING: [(&str, Stat); 8] = [
    ("output_tps", Stat::Mean),
    ("ttft", Stat::P95),
    ("ttft", Stat::Mean),
    ("ttft", Stat::P50),
    ("tpot", Stat::Mean),
    ("tpot", Stat::P50),
    ("itl", Stat::Mean),
    ("itl", Stat::P50),
];

/// One figure over the loads of the curve.
struct Read {
    metric: &'static str,
    stat: Stat,
    title: String,
    unit: &'static str,
    levels: Levels,
}

/// A configuration under one kind of load.
struct Curve {
    id: String,
    label: String,
    kind: LoadKind,
    rows: Vec<usize>,
}

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let asked = operating_points::of_one_workload(table, asked);
    let mut frame = Frame::new(context, &asked, &[]);
    frame.ask(table, &["accelerator", "gpus"]);
    let state = frame.state.clone();
    let by = operating_points::dimensions_of(table, &frame.rows);
    let curves = curves(table, &frame.rows, &by);
    let asked = state.option(CURVE);
    let chosen =
        curves.iter().find(|curve| asked == Some(&curve.id)).or_else(|| curves.iter().max_by_key(|curve| curve.rows.len()));
    let Some(chosen) = chosen else {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: "No configuration was measured at two or more loads of one kind, so nothing lies between its levels."
                .to_owned(),
            remedy: None,
        });
        return frame.finish(context, ViewModel { empty, ..ViewModel::default() }, Vec::new(), &[]);
    };
    let reads = reads(table, chosen);
    let loads = loads(&reads);
    let limits: Vec<(&Read, f64)> = state
        .slo
        .iter()
        .filter_map(|limit| match &limit.of {
            Axis::Figure { metric, stat } => {
                reads.iter().find(|read| read.metric == metric && read.stat == *stat).map(|read| (read, limit.bound))
            }
            Axis::Load(_) => None,
        })
        .collect();
    let unknown = state.slo.len() - limits.len();
    let best = highest(&reads, &limits);
    let middle = loads.get(loads.len() / 2).copied().unwrap_or(1.0);
    let load =
        state.number(LOAD).filter(|load| *load > 0.0).unwrap_or_else(|| best.filter(|_| !limits.is_empty()).unwrap_or(middle));
    let names = ConfigurationNames::new(table, &state, &frame.rows, &by);
    let money = Money::of(context, table, chosen);
    let answers = answers(&state, &reads, &limits, best, load, chosen, money.as_ref());
    let (panels, points) = draw(context, &reads, chosen, load, &limits);
    let mut notes = vec![
        "Between measured levels figures are read from a monotone cubic; beyond them there are none. Money follows from the throughput \
         that was read."
            .to_owned(),
    ];
    if unknown > 0 {
        notes.push(format!("{} of the SLO not measured by this configuration.", plural(unknown as u64, "limit")));
    }
    if let Some(why) = money.as_ref().err() {
        notes.push(format!("No cost: {why}."));
    }
    notes.extend(operating_points::several_workloads(table, &frame.rows));
    let parts = ViewModel {
        headline: Some(headline(&reads, &limits, best, load, chosen, money.as_ref().ok())),
        sentence: format!("{}: {} of {}.", names.line(chosen.rows[0]), plural(loads.len() as u64, "level"), unit_of(chosen.kind)),
        notes,
        controls: controls(&curves, chosen, &state, load, &loads),
        panels,
        legend: legend(),
        grids: vec![answers, grid(&reads, load, money.as_ref().ok())],
        ..ViewModel::default()
    };
    let axes: Vec<Axis> =
        reads.iter().take(6).map(|read| Axis::Figure { metric: read.metric.to_owned(), stat: read.stat }).collect();
    let rows = chosen.rows.clone();
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.points = points;
    shown
}

const fn unit_of(kind: LoadKind) -> &'static str {
    match kind {
        LoadKind::Concurrency => "requests in flight",
        LoadKind::Rate | LoadKind::Max => "requests per second",
    }
}

/// The configurations with two or more levels of one kind of load.
fn curves(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Curve> {
    let load = |row: usize| table.load().and_then(|load| load.get(row));
    let mut curves = Vec::new();
    for Group { id, label, rows } in groups::group(table, rows, by) {
        for kind in [LoadKind::Concurrency, LoadKind::Rate] {
            let own: Vec<usize> = rows.iter().copied().filter(|row| table.load_kind(*row) == Some(kind)).collect();
            let mut loads: Vec<f64> = own.iter().filter_map(|row| load(*row)).collect();
            loads.order_by(f64::total_cmp);
            loads.dedup();
            if loads.len() > 1 {
                curves.push(Curve { id: format!("{id}-{}", kind.key()), label: label.clone(), kind, rows: own });
            }
        }
    }
    curves
}

fn reads(table: &Table, curve: &Curve) -> Vec<Read> {
    let load = |row: usize| table.load().and_then(|load| load.get(row));
    let mut reads = Vec::new();
    for (metric, stats) in FIGURES {
        for stat in stats {
            let points: Vec<(f64, f64)> =
                curve.rows.iter().filter_map(|row| Some((load(*row)?, figure(table, metric, *stat, *row)?))).collect();
            let Some(levels) = Levels::new(&points).filter(|levels| levels.points().len() > 1) else { continue };
            let unit = metrics::metric(metric).map_or("", |metric| metric.unit);
            reads.push(Read { metric, stat: *stat, title: metrics::title(metric, *stat, Kind::Measurement), unit, levels });
        }
    }
    reads
}

/// All loads at which anything was measured.
fn loads(reads: &[Read]) -> Vec<f64> {
    let mut loads: Vec<f64> = reads.iter().flat_map(|read| read.levels.points()).map(|point| point.0).collect();
    loads.order_by(f64::total_cmp);
    loads.dedup();
    loads
}

fn keeps(read: &Read, bound: f64, load: f64) -> bool {
    let higher = metrics::metric(read.metric).is_some_and(|metric| metric.better == crate::catalog::Better::Higher);
    read.levels.at(load).0.is_some_and(|value| if higher { value >= bound } else { value <= bound })
}

/// The highest load at which all limits are kept.
fn highest(reads: &[Read], limits: &[(&Read, f64)]) -> Option<f64> {
    reads.first()?.levels.highest(|load| limits.iter().all(|(read, bound)| keeps(read, *bound, load)))
}

/// What a replica costs per hour.
struct Money {
    usd_per_hour: f64,
    gpus: u32,
    provider: String,
}

impl Money {
    fn of(context: &Context<'_>, table: &Table, curve: &Curve) -> Result<Money, String> {
        let row = curve.rows.first().copied().unwrap_or_default();
        let accelerator = operating_points::text(table, "accelerator", row).ok_or("the accelerator is not stated")?;
        let gpus = operating_points::gpus(table, row).ok_or("the number of GPUs is not known")?;
        let price =
            pricing::price(&context.settings.prices, accelerator, None).ok_or_else(|| format!("no price for {accelerator}"))?;
        Ok(Money { usd_per_hour: price.usd_per_gpu_hour() * f64::from(gpus), gpus, provider: price.provider.clone() })
    }

    /// Dollars per million tokens at a throughput, tokens/s.
    fn per_million(&self, tps: f64) -> f64 {
        self.usd_per_hour / (tps * 3600.0) * 1e6
    }
}

fn shown(value: f64, unit: &str) -> String {
    number::measure(value, unit)
}

fn basis(basis: Basis) -> String {
    match basis {
        Basis::Measured => "measured".to_owned(),
        Basis::Between(low, high) => format!("between {} and {}", number::short(low), number::short(high)),
        Basis::Outside(low, high) => format!("refused: measured from {} to {}", number::short(low), number::short(high)),
    }
}

fn headline(
    reads: &[Read],
    limits: &[(&Read, f64)],
    best: Option<f64>,
    load: f64,
    curve: &Curve,
    money: Option<&Money>,
) -> Headline {
    let unit = unit_of(curve.kind);
    let mut figures: Vec<String> = Vec::new();
    let mut where_from = None;
    let rate = ("output_tps", Stat::Mean);
    for (metric, stat) in TELLING.into_iter().filter(|telling| *telling != rate).chain([rate]) {
        let Some(read) = reads.iter().find(|read| read.metric == metric && read.stat == stat) else { continue };
        let again = figures.iter().any(|known| known.contains(metrics::metric(metric).map_or(metric, |row| row.label)));
        let (value, from) = read.levels.at(load);
        where_from = Some(from);
        if let Some(value) = value.filter(|_| !again) {
            figures.push(format!("{} {}", read.title, shown(value, read.unit)));
            if metric == "output_tps"
                && let Some(money) = money
            {
                figures.push(format!("${} per million output tokens", number::short(money.per_million(value))));
            }
        }
    }
    let at = format!("At {} {unit}", number::short(load));
    let first = match where_from {
        Some(outside @ Basis::Outside(..)) => format!("{at}: {}.", basis(outside)),
        Some(from) => format!("{at} ({}): {}.", basis(from), figures.join(", ")),
        None => format!("{at} nothing was measured."),
    };
    let second = match (limits.is_empty(), best) {
        (true, _) => String::new(),
        (false, Some(best)) => format!(" The limits hold up to {} {unit}.", number::short(best)),
        (false, None) => " The limits hold at none of the measured loads.".to_owned(),
    };
    let tone = match (limits.is_empty(), best) {
        (false, None) => Tone::Worse,
        (false, Some(best)) if load > best => Tone::Worse,
        _ => Tone::Plain,
    };
    Headline { text: format!("{first}{second}"), tone }
}

/// The inverse questions.
fn answers(
    state: &ViewState,
    reads: &[Read],
    limits: &[(&Read, f64)],
    best: Option<f64>,
    load: f64,
    curve: &Curve,
    money: Result<&Money, &String>,
) -> Grid {
    let unit = unit_of(curve.kind);
    let output = reads.iter().find(|read| read.metric == "output_tps");
    let mut rows: Vec<[String; 3]> = Vec::new();
    let limit_words =
        limits.iter().map(|(read, bound)| format!("{} {}", read.title, shown(*bound, read.unit))).collect::<Vec<_>>().join(", ");
    let reading = |load: f64| reads.first().map_or_else(String::new, |read| basis(read.levels.at(load).1));
    let question = if limits.is_empty() {
        "Highest measured load (no limits set)".to_owned()
    } else {
        format!("Highest load within {limit_words}")
    };
    rows.push(match best {
        Some(best) => [question, format!("{} {unit}", number::short(best)), reading(best)],
        None => [question, "none".to_owned(), "the limits hold at no measured load".to_owned()],
    });
    let replicas = |target: f64| best.filter(|best| *best > 0.0).map(|best| (target / best).ceil());
    let answer = |count: f64| {
        let cost = money.ok().map(|money| {
            format!(
                ", {} GPUs, ${} per hour",
                number::short(count * f64::from(money.gpus)),
                number::short(count * money.usd_per_hour)
            )
        });
        format!("{}{}", plural(count as u64, "replica"), cost.unwrap_or_default())
    };
    // Twice the traffic is twice the throughput, which one replica with twice the requests in flight need not have.
    if let Some((output, best)) = output.zip(best)
        && let (Some(now), Some(most)) = (output.levels.at(load).0, output.levels.at(best).0)
        && now > 0.0
        && most > 0.0
    {
        let count = (2.0 * now / most - 1e-9).ceil();
        let each = least(output, |tps| tps >= (2.0 * now / count) * (1.0 - 1e-9));
        let question = format!("Double the throughput ({} to {})", shown(now, output.unit), shown(2.0 * now, output.unit));
        let how = each.map_or_else(String::new, |each| format!("{} {unit} on each: {}", number::short(each), reading(each)));
        rows.push([question, answer(count), how]);
    }
    let target = state.number(TARGET).unwrap_or(0.0);
    if let Some(count) = replicas(target).filter(|_| target > 0.0) {
        let each = target / count;
        let question = format!("Serve {} {unit}", number::short(target));
        rows.push([question, answer(count), format!("{} {unit} on each: {}", number::short(each), reading(each))]);
    }
    let budget = state.number(BUDGET).filter(|budget| *budget > 0.0);
    if let (Some(budget), Some(output)) = (budget, output) {
        let question = format!("Fastest under ${} per million output tokens", number::short(budget));
        rows.push(match money {
            Err(why) => [question, "unknown".to_owned(), why.clone()],
            Ok(money) => {
                // The least load that earns its price: there each user waits least.
                match least(output, |tps| money.per_million(tps) <= budget) {
                    None => [question, "none".to_owned(), "no measured load is that cheap".to_owned()],
                    Some(load) => {
                        let pace = reads.iter().find(|read| ["tpot", "itl"].contains(&read.metric) && read.stat != Stat::P95);
                        let speed = pace
                            .and_then(|pace| pace.levels.at(load).0)
                            .map(|pace| format!(", {} tok/s per user", number::short(1000.0 / pace)));
                        [question, format!("{} {unit}{}", number::short(load), speed.unwrap_or_default()), reading(load)]
                    }
                }
            }
        });
    }
    Grid {
        key: "answers".to_owned(),
        title: "Asked backwards".to_owned(),
        note: money.map_or_else(
            |_| String::new(),
            |money| match money.provider.as_str() {
                "" => "Prices as entered, per GPU-hour of the configuration.".to_owned(),
                provider => format!("Prices of {provider}, per GPU-hour of the configuration."),
            },
        ),
        columns: vec![Column::text("question", "Question"), Column::text("answer", "Answer"), Column::text("basis", "Basis")],
        rows: rows.into_iter().map(|row| row.map(GridCell::text).to_vec()).collect(),
        ..Grid::default()
    }
}

/// The least load within the data at which a figure is good enough, to a hundredth of the way between two levels.
fn least(read: &Read, enough: impl Fn(f64) -> bool) -> Option<f64> {
    let points = read.levels.points();
    let mut tried =
        points.windows(2).flat_map(|pair| (0..=100).map(|step| pair[0].0 + (pair[1].0 - pair[0].0) * f64::from(step) / 100.0));
    tried.find(|load| read.levels.at(*load).0.is_some_and(&enough))
}

/// Every figure at the load and at twice the load.
fn grid(reads: &[Read], load: f64, money: Option<&Money>) -> Grid {
    let columns = vec![
        Column::text("figure", "Figure"),
        Column::text("unit", "Unit"),
        Column::figure("at", &format!("At {}", number::short(load)), ""),
        Column::text("basis", "Basis"),
        Column::figure("double", &format!("At {} (double)", number::short(2.0 * load)), ""),
        Column::text("double-basis", "Basis"),
        Column::figure("error", "Error of reading between levels", "%"),
    ];
    let cells = |title: &str, unit: &str, read: &Read, of: &dyn Fn(f64) -> f64| {
        let error = read.levels.leave_one_out().map(|error| 100.0 * error);
        let doubtful = error.is_some_and(|error| error > DOUBTFUL);
        let at = |load: f64| {
            let (value, from) = read.levels.at(load);
            let cell = GridCell::figure(value.map(of));
            let marked = doubtful && matches!(from, Basis::Between(..));
            (
                if marked { cell.toned(Tone::Doubt).hinted("reading between these levels is uncertain") } else { cell },
                GridCell::text(basis(from)),
            )
        };
        let ((one, from), (two, double)) = (at(load), at(2.0 * load));
        let error = GridCell::figure(error)
            .hinted("mean relative error of reading each inner level from the others; five levels or more");
        vec![
            GridCell::text(title),
            GridCell::text(unit),
            one,
            from,
            two,
            double,
            if doubtful { error.toned(Tone::Doubt) } else { error },
        ]
    };
    let mut rows: Vec<Vec<GridCell>> = reads.iter().map(|read| cells(&read.title, read.unit, read, &|value| value)).collect();
    if let Some((money, output)) = money.zip(reads.iter().find(|read| read.metric == "output_tps")) {
        rows.push(cells("Cost of a million output tokens", "$", output, &|tps| money.per_million(tps)));
    }
    Grid {
        key: "figures".to_owned(),
        title: "Figures at this load".to_owned(),
        note: format!("Marked where reading between levels errs by more than {}%.", number::short(DOUBTFUL)),
        columns,
        rows,
        ..Grid::default()
    }
}

fn controls(curves: &[Curve], chosen: &Curve, state: &ViewState, load: f64, loads: &[f64]) -> Vec<Control> {
    let number_control = |key: &str, label: &str, help: String, value: Option<f64>, unit: &str| Control {
        key: key.to_owned(),
        label: label.to_owned(),
        help,
        values: value.map(number::exact).into_iter().collect(),
        entry: Entry::Number { unit: unit.to_owned() },
    };
    let range = format!(
        "Within what was measured: {} to {}",
        number::short(loads.first().copied().unwrap_or_default()),
        number::short(loads.last().copied().unwrap_or_default())
    );
    let unit = unit_of(chosen.kind);
    let choice = |curve: &Curve| {
        Choice::new(&curve.id, if curve.label.is_empty() { "all measurements" } else { &curve.label }, unit_of(curve.kind))
    };
    vec![
        Control {
            key: CURVE.to_owned(),
            label: "Configuration".to_owned(),
            help: "The configuration whose levels are read; levels of concurrency and of rates are apart".to_owned(),
            values: vec![chosen.id.clone()],
            entry: Entry::Select(curves.iter().map(choice).collect()),
        },
        number_control(LOAD, "Load", range, Some(load), unit),
        number_control(
            TARGET,
            "Serve",
            "A load to serve with replicas of this configuration".to_owned(),
            state.number(TARGET),
            unit,
        ),
        number_control(BUDGET, "Budget", "Dollars per million output tokens".to_owned(), state.number(BUDGET), "$"),
    ]
}

const MEASURED: Style = Style { colour: 0, shape: 0 };
const READ: Style = Style { colour: 1, shape: 0 };

fn legend() -> Vec<LegendEntry> {
    let entry = |id: &str, label: &str, style| LegendEntry {
        id: id.to_owned(),
        label: label.to_owned(),
        style: Some(style),
        points: 0,
        baseline: false,
    };
    vec![entry("measured", "measured", MEASURED), entry("read", "read between levels", READ)]
}

/// By panel, series and point: the rows.
type Behind = Vec<Vec<Vec<Vec<usize>>>>;

/// The levels and the curve through them, with the load.
fn draw(context: &Context<'_>, reads: &[Read], curve: &Curve, load: f64, limits: &[(&Read, f64)]) -> (Vec<Panel>, Behind) {
    let table = context.table;
    let load_of = |row: usize| table.load().and_then(|load| load.get(row));
    let (mut panels, mut points) = (Vec::new(), Vec::new());
    let mut drawn: Vec<&str> = Vec::new();
    for read in TELLING.iter().filter_map(|(metric, stat)| reads.iter().find(|read| read.metric == *metric && read.stat == *stat))
    {
        let pace = ["tpot", "itl"].contains(&read.metric) && drawn.iter().any(|known| ["tpot", "itl"].contains(known));
        if drawn.contains(&read.metric) || pace {
            continue;
        }
        drawn.push(read.metric);
        let levels = read.levels.points();
        let (Some(first), Some(last)) = (levels.first(), levels.last()) else { continue };
        let place = |step: usize| first.0 + (last.0 - first.0) * step as f64 / DRAWN as f64;
        let dense: Points = (0..=DRAWN).filter_map(|step| Some((place(step), read.levels.at(place(step)).0?))).collect();
        let nearest = |x: f64| levels.iter().map(|point| point.0).min_by(|a, b| (a - x).abs().total_cmp(&(b - x).abs()));
        let rows_at = |at: f64| curve.rows.iter().copied().filter(|row| load_of(*row) == Some(at)).collect::<Vec<usize>>();
        let behind_dense = dense.iter().map(|point| nearest(point.x).map(rows_at).unwrap_or_default()).collect();
        let dots: Points = levels.iter().map(|(x, y)| Point { load: Some(*x), ..Point::at(*x, *y) }).collect();
        let behind_dots = levels.iter().map(|(x, _)| rows_at(*x)).collect();
        let series = vec![
            Series { id: "read".to_owned(), label: "read between levels".to_owned(), style: READ, mark: Mark::Curve(dense) },
            Series { id: "measured".to_owned(), label: "measured".to_owned(), style: MEASURED, mark: Mark::Dots(dots) },
        ];
        let bounds = limits.iter().filter(|(limited, _)| limited.metric == read.metric && limited.stat == read.stat);
        let mut rules: Vec<Rule> =
            bounds.map(|(_, bound)| Rule { upright: false, at: *bound, label: "SLO".to_owned() }).collect();
        rules.push(Rule { upright: true, at: load, label: number::short(load) });
        let x = AxisModel {
            range: extent_x(&series),
            zooms: true,
            ..AxisModel::own(&number::capitalised(unit_of(curve.kind)), "", None)
        };
        let y = AxisModel {
            range: extent_y(&series).map(|[low, high]| [low.min(0.0), high]),
            ..AxisModel::own(&read.title, read.unit, None)
        };
        panels.push(Panel { title: String::new(), chart: ChartModel { x, y, series, rules, ..ChartModel::default() } });
        points.push(vec![behind_dense, behind_dots]);
    }
    (panels, points)
}
