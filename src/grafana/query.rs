//! A figure in PromQL.
//!
//! - A name is looked for as servers export it (`vllm:`, `_total`). Of old and new names that an engine exports side by side
//!   the first counts: `or` compares their labels.
//! - Engines come first. A frontend's (Dynamo) or a router's (llm-d) figures are of the same requests once more: `or on ()`
//!   has them only where no engine exports the figure.
//! - SGLang's parallel ranks repeat a figure: the highest is taken. With priorities, its gauges have a total without one.
//! - A share or a mean without traffic has no value.

use crate::catalog::server_counters::{self, Counted};
use crate::catalog::server_metrics;
use crate::catalog::server_panels::{Figure, Line, THROTTLING};
use crate::telemetry::{Together, together};

/// What a board looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Engines, a line for each value of the labels that the reader chose.
    Engines,
    /// GPUs, a line for each.
    Gpus,
}

impl Scope {
    /// The labels that lines are told apart by.
    fn by(self) -> &'static str {
        match self {
            Scope::Engines => "$by",
            // `Hostname` became `hostname` in 2026; `GPU_I_ID` is the instance of a divided GPU (MIG).
            Scope::Gpus => "Hostname, hostname, gpu, GPU_I_ID",
        }
    }
}

/// Where requests are counted, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Engine,
    Frontend,
    Router,
}

const POINTS: [Point; 3] = [Point::Engine, Point::Frontend, Point::Router];

/// Who exports.
struct Exporter {
    /// How its names begin in the catalogue.
    prefix: &'static str,
    /// How they begin on the wire.
    exported: &'static str,
    point: Point,
    /// What its series are selected by: one selector, or several for labels under several names.
    select: &'static [&'static str],
}

const fn server(prefix: &'static str, exported: &'static str, point: Point, select: &'static [&'static str]) -> Exporter {
    Exporter { prefix, exported, point, select }
}

/// Of every server, and the label of its model.
const OF_MODEL_NAME: &[&str] = &["namespace=~\"$namespace\", pod=~\"$pod\", instance=~\"$instance\", model_name=~\"$model\""];
const OF_MODEL: &[&str] = &["namespace=~\"$namespace\", pod=~\"$pod\", instance=~\"$instance\", model=~\"$model\""];
const OF_ANY: &[&str] = &["namespace=~\"$namespace\", pod=~\"$pod\", instance=~\"$instance\""];
const OF_GPU: &[&str] = &["gpu=~\"$gpu\", Hostname=~\"$host\"", "gpu=~\"$gpu\", hostname=~\"$host\""];

const EXPORTERS: &[Exporter] = &[
    server("vllm_", "vllm:", Point::Engine, OF_MODEL_NAME),
    server("sglang_", "sglang:", Point::Engine, OF_MODEL_NAME),
    server("trtllm_", "trtllm_", Point::Engine, OF_MODEL_NAME),
    server("dynamo_", "dynamo_", Point::Frontend, OF_MODEL),
    server("llm_d_epp_", "llm_d_epp_", Point::Router, OF_MODEL_NAME),
    server("inference_", "inference_", Point::Router, OF_MODEL_NAME),
    server(HTTP, HTTP, Point::Engine, OF_ANY),
    server("DCGM_", "DCGM_", Point::Engine, OF_GPU),
];

/// Any web server exports these names: only those of model servers are of interest.
const HTTP: &str = "http_";

/// A histogram that is exported with the ending of a counter.
const WITH_TOTAL: &str = "vllm_iteration_tokens";

/// What of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Gauge,
    Counter,
    Bucket,
    Sum,
    Count,
}

/// A name as it is exported, and by whom.
fn exported(name: &str, part: Part) -> Option<(&'static Exporter, String)> {
    let exporter = EXPORTERS.iter().find(|exporter| name.starts_with(exporter.prefix))?;
    let rest = name.strip_prefix(exporter.prefix)?;
    let total = if name == WITH_TOTAL { "_total" } else { "" };
    let ending = match part {
        Part::Gauge => "",
        // The Python and Go clients' custom; DCGM's are fields of the driver.
        Part::Counter if exporter.prefix == "DCGM_" => "",
        Part::Counter => "_total",
        Part::Bucket => "_bucket",
        Part::Sum => "_sum",
        Part::Count => "_count",
    };
    Some((exporter, format!("{}{rest}{total}{ending}", exporter.exported)))
}

/// The names that a figure is looked for under, as exported.
pub(super) fn names(figure: Figure) -> Vec<String> {
    let gauge =
        |key| server_metrics::names(key).filter_map(|(name, _)| exported(name, Part::Gauge)).map(|(_, name)| name).collect();
    let counted = |key: &str, part: Part| -> Vec<String> {
        let names = server_counters::row(key).map_or(&[][..], |row| row.names);
        names.iter().filter_map(|name| exported(name, part)).map(|(_, name)| name).collect()
    };
    match figure {
        Figure::Gauge(key) => gauge(key),
        Figure::Rate(key) | Figure::RateBy(key) => counted(key, Part::Counter),
        Figure::Share(of, among) => of.iter().chain(among).flat_map(|key| counted(key, Part::Counter)).collect(),
        // A histogram by its own name.
        Figure::Quantile(key, _) | Figure::Mean(key) => {
            let sums = counted(key, Part::Sum).into_iter();
            sums.filter_map(|name| name.strip_suffix("_sum").map(str::to_owned)).collect()
        }
        Figure::MemoryShare => {
            ["gpu_memory_used", "gpu_memory_free", "gpu_memory_reserved"].into_iter().flat_map(gauge).collect()
        }
        Figure::Throttled => gauge("gpu_clock_reasons"),
        Figure::ClientInFlight | Figure::ClientTtft(_) => Vec::new(),
    }
}

/// One name's series, each as `of` makes it of a selector.
fn one(name: &str, part: Part) -> Vec<String> {
    let Some((exporter, exported)) = exported(name, part) else { return Vec::new() };
    let sglang = exporter.prefix == "sglang_";
    // Of gauges by priority only the total, which has none.
    let more = if sglang && part == Part::Gauge { ", priority=\"\"" } else { "" };
    let series = |select: &&str| {
        let selected = format!("{exported}{{{select}{more}}}");
        let value = if part == Part::Gauge { selected } else { format!("rate({selected}[$__rate_interval])") };
        if sglang {
            format!("max without (tp_rank, pp_rank, moe_ep_rank) ({value})")
        } else if exporter.prefix == HTTP {
            format!("({value} and on (job, instance) ({}))", of_servers().join(" or "))
        } else {
            value
        }
    };
    exporter.select.iter().map(series).collect()
}

/// What every model server has.
fn of_servers() -> Vec<String> {
    let engine = |name: &str| exported(name, Part::Gauge).is_some_and(|(exporter, _)| exporter.point == Point::Engine);
    server_metrics::names("running_requests")
        .filter(|(name, _)| engine(name))
        .flat_map(|(name, _)| one(name, Part::Gauge))
        .collect()
}

/// The series of some names, aggregated: one expression for each point at which they are counted.
fn by_point(names: &[&str], part: Part, how: &str, by: &str) -> Vec<String> {
    let either = match part {
        // Bounds may have changed with the name.
        Part::Bucket => " or ignoring (le) ",
        Part::Gauge | Part::Counter | Part::Sum | Part::Count => " or ",
    };
    let at = |point: &Point| {
        let here = |name: &&&str| exported(name, part).is_some_and(|(exporter, _)| exporter.point == *point);
        let series: Vec<String> = names.iter().filter(here).flat_map(|name| one(name, part)).collect();
        (!series.is_empty()).then(|| format!("{how} by ({by}) ({})", series.join(either)))
    };
    POINTS.iter().filter_map(at).collect()
}

/// The first point that has anything.
fn first(points: &[String]) -> Option<String> {
    (!points.is_empty()).then(|| points.join("\nor on () "))
}

fn scaled(factor: f64, expression: &str) -> String {
    if factor == 1.0 { expression.to_owned() } else { format!("{factor} * {expression}") }
}

fn gauge(key: &str, scope: Scope) -> Vec<String> {
    let how = match (scope, together(key)) {
        // One GPU is seen by several exporters, or belongs to one pod after another.
        (Scope::Gpus, _) | (Scope::Engines, Some(Together::Highest)) => "max",
        (Scope::Engines, Some(Together::Sum)) => "sum",
        (Scope::Engines, Some(Together::Mean) | None) => "avg",
    };
    let factor = server_metrics::names(key).map(|(_, factor)| factor).next().unwrap_or(1.0);
    let names: Vec<&str> = server_metrics::names(key).map(|(name, _)| name).collect();
    let points = by_point(&names, Part::Gauge, how, scope.by());
    points.iter().map(|point| scaled(factor, point)).collect()
}

fn counted(key: &str, part: Part, scope: Scope, more: &str) -> (&'static Counted, Vec<String>) {
    static NONE: Counted = Counted { key: "", label: "", unit: "", factor: 1.0, histogram: false, split: "", names: &[] };
    let row = server_counters::row(key).unwrap_or(&NONE);
    let how = if scope == Scope::Gpus { "max" } else { "sum" };
    let by = if more.is_empty() { scope.by().to_owned() } else { format!("{more}, {}", scope.by()) };
    (row, by_point(row.names, part, how, &by))
}

/// What several counters gain in all. Those that are not exported count nothing.
fn gained(keys: &[&str], scope: Scope) -> Option<String> {
    let each: Vec<String> = keys.iter().filter_map(|key| first(&counted(key, Part::Counter, scope, "").1)).collect();
    if let [only] = each.as_slice() {
        return Some(only.clone());
    }
    // `or` drops what has the labels of what stands before it: a label of their own keeps them apart.
    let marked = |(at, one): (usize, &String)| format!("label_replace({one}, \"of\", \"{at}\", \"\", \"\")");
    let marked: Vec<String> = each.iter().enumerate().map(marked).collect();
    (!marked.is_empty()).then(|| format!("sum by ({}) ({})", scope.by(), marked.join(" or ")))
}

/// What a counter gains per second, in its unit.
fn rate(key: &str, scope: Scope, more: &str) -> Option<String> {
    let (row, points) = counted(key, Part::Counter, scope, more);
    first(&points.iter().map(|point| scaled(row.factor, point)).collect::<Vec<_>>())
}

/// A figure's query; `None` of what only a client's files have.
pub(super) fn query(figure: Figure, scope: Scope) -> Option<String> {
    match figure {
        Figure::Gauge(key) => first(&gauge(key, scope)),
        Figure::Rate(key) => rate(key, scope, ""),
        Figure::RateBy(key) => rate(key, scope, split(figure)),
        Figure::Share(of, among) => Some(format!("100 * ({})\n/ (({}) > 0)", gained(of, scope)?, gained(among, scope)?)),
        Figure::Quantile(key, share) => {
            let (row, points) = counted(key, Part::Bucket, scope, "le");
            let quantile = |point: &String| scaled(row.factor, &format!("histogram_quantile({share}, {point})"));
            first(&points.iter().map(quantile).collect::<Vec<_>>())
        }
        Figure::Mean(key) => {
            let (row, sums) = counted(key, Part::Sum, scope, "");
            let (_, counts) = counted(key, Part::Count, scope, "");
            let mean = |(sum, count)| scaled(row.factor, &format!("{sum} / ({count} > 0)"));
            first(&sums.iter().zip(&counts).map(mean).collect::<Vec<_>>())
        }
        Figure::MemoryShare => {
            let [used, free, reserved] =
                ["gpu_memory_used", "gpu_memory_free", "gpu_memory_reserved"].map(|key| first(&gauge(key, scope)));
            let (used, free, reserved) = (used?, free?, reserved?);
            Some(format!("100 * {used}\n/ ({used} + {free} + ({reserved} or 0 * {used}))"))
        }
        Figure::Throttled => {
            let reasons = first(&gauge("gpu_clock_reasons", scope))?;
            // PromQL has no operators on bits.
            let bits = THROTTLING.map(|reason| format!("floor(({reasons}) / {reason}) % 2"));
            Some(format!("({}) > bool 0", bits.join("\n+ ")))
        }
        Figure::ClientInFlight | Figure::ClientTtft(_) => None,
    }
}

/// The label whose values are lines of a figure; empty for none.
pub(super) fn split(figure: Figure) -> &'static str {
    match figure {
        Figure::RateBy(key) => server_counters::row(key).map_or("", |row| row.split),
        Figure::Gauge(_)
        | Figure::Rate(_)
        | Figure::Share(..)
        | Figure::Quantile(..)
        | Figure::Mean(_)
        | Figure::ClientInFlight
        | Figure::ClientTtft(_)
        | Figure::MemoryShare
        | Figure::Throttled => "",
    }
}

/// Something that is there wherever a figure is, with traffic or without.
fn present(figure: Figure, scope: Scope) -> Option<String> {
    match figure {
        Figure::Share(_, among) => gained(among, scope),
        Figure::Mean(key) => first(&counted(key, Part::Count, scope, "").1),
        Figure::Gauge(_)
        | Figure::Rate(_)
        | Figure::RateBy(_)
        | Figure::Quantile(..)
        | Figure::ClientInFlight
        | Figure::ClientTtft(_)
        | Figure::MemoryShare
        | Figure::Throttled => query(figure, scope),
    }
}

/// The query of a line after others: what is drawn only where those before are not is left out where they are.
pub(super) fn line(line: &Line, before: &[Line], scope: Scope) -> Option<String> {
    let own = query(line.figure, scope)?;
    let counted: Vec<String> = before
        .iter()
        .filter(|other| line.instead && !other.instead)
        .filter_map(|other| present(other.figure, scope))
        .map(|other| format!("({other})"))
        .collect();
    if counted.is_empty() {
        return Some(own);
    }
    Some(format!("({own})\nunless on ({}) ({})", scope.by(), counted.join(" or ")))
}
