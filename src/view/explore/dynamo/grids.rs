//! The table of load levels with editable GPU counts, and the bottleneck diagnosis of each sweep.

use super::efficiency::{output_tps, per_gpu, per_user};
use super::figure;
use crate::analysis::diagnosis::Limits;
use crate::analysis::sweep::{self, Finding, Level};
use crate::capacity::operating_points;
use crate::catalog::{metrics, number};
use crate::query::groups::Group;
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::state::link::{VERSION, encode};
use crate::table::Table;
use crate::telemetry;
use crate::view_model::{Card, Column, Grid, GridCell, Tone};

/// Maximum number of benchmarks with cards.
const CARDS: usize = 3;

/// One diagnosis of a benchmark.
struct Diagnosis {
    rule: &'static str,
    finding: Finding,
    evidence: String,
    advice: &'static str,
}

fn diagnose(levels: &[Level], limits: &Limits) -> Vec<Diagnosis> {
    let short = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), number::short);
    let lowest = levels.first().copied().unwrap_or_default();
    let floor = |rule, limit: f64, median: Option<f64>, finding| Diagnosis {
        rule,
        finding,
        evidence: format!(
            "median {} ms at concurrency {}, limit {} ms ({})",
            short(median),
            lowest.load,
            number::short(limit),
            limits.source
        ),
        advice: "Lower load will not help. Try more tensor parallelism, a smaller or quantized model, chunked prefill or prefix caching.",
    };
    let wall = sweep::prefill_wall(levels);
    let loads: Vec<String> = wall.loads.iter().map(|load| number::exact(*load)).collect();
    let evidence = match wall.finding {
        Finding::Insufficient => "needs three load levels with throughput, TTFT and time per token".to_owned(),
        _ if loads.is_empty() => "throughput still grows at the highest load levels".to_owned(),
        _ => format!(
            "at concurrency {}: elasticity of requests per second {}, time per token within {}×, TTFT grows by {} ms per \
             request in flight (R² {})",
            loads.join(", "),
            short(wall.elasticity),
            short(wall.spread),
            short(wall.ttft.map(|line| line.slope)),
            short(wall.ttft.map(|line| line.r2)),
        ),
    };
    let limited: Vec<&Level> = levels.iter().filter(|level| level.generator_limited()).collect();
    let known = levels.iter().any(|level| level.kept().is_some());
    let kept = |level: &&Level| format!("{} of {} in flight", short(level.in_flight()), number::exact(level.load));
    vec![
        floor("TTFT floor", limits.ttft, lowest.ttft_p50, sweep::latency_floor(levels, limits.ttft, |level| level.ttft_p50)),
        floor("ITL floor", limits.itl, lowest.itl_p50, sweep::latency_floor(levels, limits.itl, |level| level.itl_p50)),
        Diagnosis {
            rule: "Prefill or queue wall",
            finding: wall.finding,
            evidence,
            advice: "Prefill or the router is saturated while decode has headroom: add prefill workers.",
        },
        Diagnosis {
            rule: "Load generator",
            finding: match (known, limited.is_empty()) {
                (false, _) => Finding::Insufficient,
                (_, true) => Finding::NotSeen,
                (_, false) => Finding::Confirmed,
            },
            evidence: match (known, limited.is_empty()) {
                (false, _) => "needs requests per second and mean E2E latency".to_owned(),
                (_, true) => "at least 80% of the requested concurrency was in flight (Little’s law)".to_owned(),
                (_, false) => format!("only {} (Little’s law)", limited.iter().map(kept).collect::<Vec<_>>().join(", ")),
            },
            advice: "The load generator could not keep the requested concurrency in flight, so treat all other findings as weak.",
        },
    ]
}

fn word(finding: Finding) -> (&'static str, Tone) {
    match finding {
        Finding::Confirmed => ("confirmed", Tone::Worse),
        Finding::NotSeen => ("not seen", Tone::Plain),
        Finding::Insufficient => ("not enough data", Tone::Doubt),
    }
}

/// The diagnoses of each sweep.
pub(super) fn verdicts(table: &Table, state: &ViewState, groups: &[&Group]) -> Grid {
    let columns = vec![
        Column::text("benchmark", "Benchmark"),
        Column::text("rule", "Limit"),
        Column::text("finding", "Finding"),
        Column::text("because", "Evidence"),
        Column::text("advice", "Recommendation"),
    ];
    let mut rows = Vec::new();
    for group in groups {
        for diagnose in diagnose(&telemetry::levels(table, &group.rows), &telemetry::limits(table, state, &group.rows)) {
            let (finding, tone) = word(diagnose.finding);
            let advice = if diagnose.finding == Finding::Confirmed { diagnose.advice } else { "" };
            rows.push(vec![
                GridCell::text(group.label.as_str()),
                GridCell::text(diagnose.rule),
                GridCell::text(finding).toned(tone).hinted(diagnose.advice),
                GridCell::text(diagnose.evidence),
                GridCell::text(advice),
            ]);
        }
    }
    let note = "Based on the sweep alone: without server metrics it cannot tell a full KV cache from a busy GPU.".to_owned();
    Grid { key: "limits".to_owned(), title: "Limits by benchmark".to_owned(), note, columns, rows, ..Grid::default() }
}

/// The confirmed diagnoses of the first benchmarks.
pub(super) fn cards(table: &Table, state: &ViewState, groups: &[&Group]) -> Vec<Card> {
    let of = |group: &&Group| {
        let limits = telemetry::limits(table, state, &group.rows);
        let confirmed = diagnose(&telemetry::levels(table, &group.rows), &limits)
            .into_iter()
            .filter(|diagnose| diagnose.finding == Finding::Confirmed);
        let card = |diagnose: Diagnosis| Card {
            label: format!("{}: {}", group.label, diagnose.rule),
            value: "confirmed".to_owned(),
            tone: Tone::Worse,
            detail: diagnose.evidence,
            method: diagnose.advice.to_owned(),
            ..Card::default()
        };
        confirmed.map(card).collect::<Vec<_>>()
    };
    groups.iter().take(CARDS).flat_map(of).collect()
}

/// The editable GPU count; it applies to every file in the benchmark's folder.
fn describe(table: &Table, state: &ViewState, row: usize) -> Option<String> {
    let path = table.dimension("path")?.text(row)?;
    let folder = table.dimension("level_folder").and_then(|column| column.text(row));
    let level = folder.and_then(|folder| path.rfind(&format!("/{folder}/")));
    let upto = level.and_then(|at| path.get(..=at)).unwrap_or(path);
    let escaped = upto.replace('\\', "\\\\").replace('|', "\\/");
    let path: String = form_urlencoded::byte_serialize(format!("{escaped}|").as_bytes()).collect();
    let query = encode(state);
    let query = if query.is_empty() { format!("?v={VERSION}") } else { query };
    Some(format!("{query}&given.gpus={path}{{value}}"))
}

/// Every load level with its metrics.
pub(super) fn levels(table: &Table, state: &ViewState, groups: &[&Group], pace: &str) -> Grid {
    let of = |metric: &str, stat: Stat| {
        let unit = metrics::metric(metric).map_or("", |row| row.unit);
        Column::figure(&format!("{metric}.{}", stat.key()), &metrics::title(metric, stat, Kind::Measurement), unit)
    };
    let columns = vec![
        Column::text("benchmark", "Benchmark"),
        Column::figure("concurrency", "Concurrency", "requests"),
        Column::text("folder", "Folder"),
        of(pace, Stat::P50),
        of(pace, Stat::Mean),
        of("ttft", Stat::Mean),
        of("rps", Stat::Mean),
        Column::figure("output_tps", "Output throughput", "tok/s"),
        Column::figure("output_tokens", "Mean output length", "tokens"),
        Column::figure("per_user", "Per request in flight", "tok/s/user"),
        Column::figure("gpus", "GPUs", ""),
        Column::figure("per_gpu", "Per GPU", "tok/s/GPU"),
        Column::figure("in_flight", "In flight (Little’s law)", "requests"),
        Column::figure("error_rate", "Failed", "%"),
    ];
    let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row)).unwrap_or_default();
    let mut rows = Vec::new();
    for group in groups {
        let mut ordered: Vec<(f64, usize)> = group.rows.iter().filter_map(|row| Some((table.load()?.get(*row)?, *row))).collect();
        ordered.order_by(|a, b| a.0.total_cmp(&b.0));
        for (load, row) in ordered {
            let value = |metric: &str, stat: Stat| figure(table, metric, stat, row);
            let mut cells = vec![GridCell::text(group.label.as_str()), GridCell::number(number::exact(load), load)];
            cells.push(GridCell::text(text("level_folder", row)));
            let figures = [value(pace, Stat::P50), value(pace, Stat::Mean), value("ttft", Stat::Mean), value("rps", Stat::Mean)];
            cells.extend(figures.map(GridCell::figure));
            let lengths = value("output_tokens", Stat::Mean);
            cells.extend([output_tps(table, row), lengths, per_user(table, row)].map(GridCell::figure));
            let gpus = operating_points::gpus(table, row).map(f64::from);
            let basis = gpus.map_or("unknown: enter the GPU count of the whole benchmark", |_| text("gpus_basis", row));
            let cell = GridCell::figure(gpus).hinted(basis);
            cells.push(match describe(table, state, row) {
                Some(link) => cell.editable(link),
                None => cell,
            });
            let in_flight = value("concurrency_estimated", Stat::Mean);
            let weak = in_flight.is_some_and(|users| users < 0.8 * load);
            cells.push(GridCell::figure(per_gpu(table, row)));
            let cell = GridCell::figure(in_flight).hinted("requests per second × mean E2E latency");
            cells.push(if weak { cell.toned(Tone::Doubt) } else { cell });
            cells.push(GridCell::figure(value("error_rate", Stat::Mean)));
            rows.push(cells);
        }
    }
    let note = "One row per measurement.".to_owned();
    Grid { key: "levels".to_owned(), title: "Load levels".to_owned(), note, columns, rows, ..Grid::default() }
}
