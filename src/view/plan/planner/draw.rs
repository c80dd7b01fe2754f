//! The charts: both profiles, what the candidates offer, what requests cost.

use super::Plan;
use super::candidates::{ROLES, THROUGHPUT};
use crate::analysis::sla::{Candidate, Decoded};
use crate::capacity::operating_points::figure;
use crate::catalog::{metrics, number};
use crate::query::groups::Group;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::Table;
use crate::view_model::{AxisModel, COLOURS, ChartModel, Mark, Panel, Points, Rule, Series, Style, extent_x, extent_y};

/// Of the colour of text, as what is no engine's own: the front, and with another symbol what is taken.
const FRONT: Style = Style { colour: COLOURS, shape: 0 };
const CHOSEN: Style = Style { colour: COLOURS, shape: 1 };

/// Panels with the rows behind their points.
#[derive(Default)]
pub(super) struct Charts {
    pub panels: Vec<Panel>,
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
}

/// A point with the row behind it.
type Point = (f64, f64, Option<usize>);

struct Lines<'a> {
    groups: &'a [Group],
    styles: &'a [Style],
    series: Vec<Series>,
    behind: Vec<Vec<Vec<usize>>>,
}

impl Lines<'_> {
    fn add(&mut self, engine: usize, suffix: &str, mark: fn(Points) -> Mark, points: Vec<Point>) {
        let (Some(group), Some(style)) = (self.groups.get(engine), self.styles.get(engine)) else { return };
        let (id, label) = match suffix {
            "" => (group.id.clone(), group.label.clone()),
            suffix => (format!("{}-{suffix}", group.id), format!("{}: {suffix}", group.label)),
        };
        self.push(id, label, *style, mark, points);
    }

    fn push(&mut self, id: String, label: String, style: Style, mark: fn(Points) -> Mark, points: Vec<Point>) {
        if points.is_empty() {
            return;
        }
        let mark = mark(points.iter().map(|(x, y, _)| (*x, *y)).collect());
        self.series.push(Series { id, label, style, mark });
        self.behind.push(points.into_iter().map(|(.., row)| row.into_iter().collect()).collect());
    }

    /// The candidates that no other beats in both figures.
    fn front(&mut self, front: impl Iterator<Item = Candidate>) {
        let points = front.map(|one| (one.latency, one.tps_per_gpu, None)).collect();
        self.push("front".to_owned(), "Pareto front".to_owned(), FRONT, Mark::Step, points);
    }

    /// The point that is taken, over all others; and the upright rule that says so.
    fn taken(&mut self, point: Option<(f64, f64)>) -> Option<Rule> {
        let (x, y) = point?;
        self.push("taken".to_owned(), "chosen".to_owned(), CHOSEN, Mark::Dots, vec![(x, y, None)]);
        Some(rule(true, x, "chosen"))
    }
}

impl Charts {
    fn add(&mut self, title: &str, axes: [AxisModel; 2], rules: Vec<Rule>, lines: Lines<'_>) {
        let Lines { series, behind, .. } = lines;
        if series.is_empty() {
            return;
        }
        let [mut x, mut y] = axes;
        (x.range, y.range) = (extent_x(&series), extent_y(&series));
        let chart = ChartModel { x, y, series, rules, ..ChartModel::default() };
        self.panels.push(Panel { title: title.to_owned(), chart });
        self.points.push(behind);
    }
}

pub(super) fn panels(table: &Table, plan: &Plan, groups: &[Group], styles: &[Style]) -> Charts {
    let lines = || Lines { groups, styles, series: Vec::new(), behind: Vec::new() };
    let of_side =
        |side: usize| (0..groups.len()).filter(move |at| plan.profiles.engines.get(*at).is_some_and(|e| e.role == ROLES[side]));
    let workload = plan.target.workload;
    let (prefilled, decoded) = (plan.prefilled().map(|one| one.at), plan.decoded().map(|one| one.at));
    let mut charts = Charts::default();

    for (metric, title) in [("ttft", "Prefill: TTFT by input length"), (THROUGHPUT[0], "Prefill: throughput by input length")] {
        let mut drawn = lines();
        for engine in of_side(0) {
            let rows = groups.get(engine).map(|group| group.rows.as_slice()).unwrap_or_default();
            let value = |metric: &str, row: usize| figure(table, metric, Stat::Mean, row);
            let mut points: Vec<Point> =
                rows.iter().filter_map(|row| Some((value("input_tokens", *row)?, value(metric, *row)?, Some(*row)))).collect();
            points.order_by(|a, b| a.0.total_cmp(&b.0));
            drawn.add(engine, "", Mark::Curve, points);
        }
        for one in &plan.profiles.prefill {
            let y = if metric == "ttft" { one.at.latency } else { one.at.tps_per_gpu };
            drawn.add(one.engine, "as asked", Mark::Dots, vec![(workload.isl, y, None)]);
        }
        let y = prefilled.map(|one| if metric == "ttft" { one.latency } else { one.tps_per_gpu });
        let mut input = rule(true, workload.isl, "input");
        if let (Some(y), Some(_)) = (y, drawn.taken(y.map(|y| (workload.isl, y)))) {
            // Both stand at the same length.
            input.label = format!("{} · chosen {}", input.label, number::short(y));
        }
        let mut rules = vec![input];
        rules.extend((metric == "ttft").then(|| rule(false, plan.target.ttft, "target")));
        charts.add(title, [axis("input_tokens"), axis(metric)], rules, drawn);
    }

    let mut by_usage = lines();
    for engine in of_side(1) {
        let Some(surface) = plan.profiles.engines.get(engine).and_then(|engine| engine.surface.as_ref()) else { continue };
        let point = |point: &Decoded| (point.usage, point.itl, None);
        if let Some((below, above)) = surface.neighbours(workload.context()) {
            let measured =
                |line: &[Decoded]| line.first().map(|first| format!("measured at {} tokens", number::short(first.context)));
            for line in if below == above { vec![below] } else { vec![below, above] } {
                let suffix = measured(line).unwrap_or_default();
                by_usage.add(engine, &suffix, Mark::FaintDots, line.iter().map(point).collect());
            }
        }
        by_usage.add(engine, "", Mark::Curve, surface.section(workload.context()).iter().map(point).collect());
    }
    let mut rules = vec![rule(false, plan.target.itl, "target")];
    rules.extend(by_usage.taken(plan.decoded().and_then(|one| Some((one.usage?, one.at.latency)))));
    charts.add("Decode: ITL by cache usage", [axis("kv_usage"), axis("itl")], rules, by_usage);

    let mut offers = lines();
    offers.front(plan.prefill_front.iter().filter_map(|at| Some(plan.profiles.prefill.get(*at)?.at)));
    for engine in of_side(0) {
        let candidates = plan.profiles.prefill.iter().filter(|one| one.engine == engine);
        offers.add(engine, "", Mark::Dots, candidates.map(|one| (one.at.latency, one.at.tps_per_gpu, None)).collect());
    }
    if plan.profiles.prefill.len() > 1 {
        let mut rules = vec![rule(true, plan.target.ttft, "target")];
        rules.extend(offers.taken(prefilled.map(|one| (one.latency, one.tps_per_gpu))));
        charts.add("Prefill: throughput vs TTFT", [axis("ttft"), axis(THROUGHPUT[0])], rules, offers);
    }
    let mut offers = lines();
    offers.front(plan.decode_front.iter().filter_map(|at| Some(plan.profiles.decode.get(*at)?.at)));
    for engine in of_side(1) {
        let candidates = plan.profiles.decode.iter().filter(|one| one.engine == engine);
        offers.add(engine, "", Mark::Curve, candidates.map(|one| (one.at.latency, one.at.tps_per_gpu, None)).collect());
    }
    let mut rules = vec![rule(true, plan.target.itl, "target")];
    rules.extend(offers.taken(decoded.map(|one| (one.latency, one.tps_per_gpu))));
    charts.add("Decode: throughput vs ITL", [axis("itl"), axis(THROUGHPUT[1])], rules, offers);

    let mut costs = lines();
    let cost = |prefill: Candidate, decode: Candidate| {
        let hours = workload.gpu_hours_per_thousand(prefill.tps_per_gpu, decode.tps_per_gpu)?;
        Some((1000.0 / decode.latency, hours * plan.target.usd_per_gpu_hour))
    };
    for one in plan.prefill_front.iter().filter_map(|at| plan.profiles.prefill.get(*at)) {
        let decodes = plan.decode_front.iter().filter_map(|at| plan.profiles.decode.get(*at));
        let points = decodes.filter_map(|decode| cost(one.at, decode.at)).map(|(x, y)| (x, y, None));
        costs.add(one.engine, "", Mark::Curve, points.collect());
    }
    let mut rules = vec![rule(true, 1000.0 / plan.target.itl, "target")];
    rules.extend(costs.taken(prefilled.zip(decoded).and_then(|(prefill, decode)| cost(prefill, decode))));
    let y = AxisModel::own("Cost per 1,000 requests", "$", Some(false));
    charts.add("Cost vs interactivity", [axis("interactivity"), y], rules, costs);
    charts
}

fn rule(upright: bool, at: f64, what: &str) -> Rule {
    Rule { upright, at, label: format!("{what} {}", number::short(at)) }
}

fn axis(metric: &str) -> AxisModel {
    AxisModel::own(metrics::label(metric), metrics::metric(metric).map_or("", |row| row.unit), None)
}
