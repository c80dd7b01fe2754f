//! Rules over a sweep of loads and over what the client saw.

use super::history::{at_least, below, holds};
use super::{Finding, Rule, Signal, Thresholds, Verdict, rank_correlation};
use crate::analysis::regression;
use crate::analysis::sweep::{self, Level};
use crate::catalog::number;
use crate::sorting::Sorting;

/// How hard the GPUs worked: medians under load, %.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pressure {
    /// Utilisation.
    pub util: Option<f64>,
    /// SM activity.
    pub sm: Option<f64>,
    /// DRAM activity.
    pub dram: Option<f64>,
}

/// Limits on the medians at the lowest load, ms, and whose they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// On TTFT.
    pub ttft: f64,
    /// On ITL or TPOT.
    pub itl: f64,
    /// Whose they are: `default limits`.
    pub source: String,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { ttft: 500.0, itl: 50.0, source: "default limits".to_owned() }
    }
}

/// Requests that were tried, of one level or as one server counts them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempts {
    /// Where: `concurrency 8`.
    pub at: String,
    /// Requests that succeeded.
    pub completed: f64,
    /// Requests that failed or were cut off.
    pub failed: f64,
}

/// TTFT over the time of one level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// Where: `concurrency 8`.
    pub at: String,
    /// Start of the request, s, and its TTFT, ms.
    pub points: Vec<(f64, f64)>,
}

/// Requests of a level from which thirds of it are compared.
const ENOUGH: usize = 30;
/// Rank correlation of time and TTFT from which a change is a trend.
const TREND: f64 = 0.3;

/// R2 over a sweep: ITL grows with the load, throughput does not, and the hardware is busy.
pub(super) fn hardware_wall(rule: Rule, levels: &[Level], top: Pressure, full: bool, limits: &Thresholds) -> Finding {
    let paces: Vec<(f64, f64)> =
        levels.iter().filter_map(|level| Some((level.load, level.itl.filter(|itl| *itl > 0.0)?))).collect();
    let rates: Vec<(f64, f64)> = levels.iter().filter_map(|level| Some((level.load, level.output_tps.or(level.rps)?))).collect();
    let [.., before, last] = rates.as_slice() else { return Finding::insufficient(rule) };
    if paces.len() < 3 || rates.len() < 3 {
        return Finding::insufficient(rule);
    }
    let (least, most) = paces.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), (_, itl)| (low.min(*itl), high.max(*itl)));
    let line = regression::line(&paces);
    let growth = at_least("ITL, highest ÷ lowest".to_owned(), Some(most / least), "×", limits.get("itl-growth"));
    let mut straight = at_least("R² of ITL over load".to_owned(), line.map(|line| line.r2), "", limits.get("straight"));
    straight.holds = line.map(|line| line.slope > 0.0 && line.r2 >= limits.get("straight"));
    let elasticity = sweep::elasticity(*before, *last);
    let what = format!("elasticity of throughput from {} to {}", number::short(before.0), number::short(last.0));
    let flat = Signal {
        what,
        value: elasticity,
        unit: "",
        bound: format!("≤ {}", number::short(limits.get("flat"))),
        holds: elasticity.map(|found| found <= limits.get("flat")),
    };
    let busy = if rule == Rule::MemoryBandwidthWall {
        vec![
            at_least("DRAM activity at the highest load, median".to_owned(), top.dram, "%", limits.get("dram")),
            below("SM activity there, median".to_owned(), top.sm, "%", limits.get("idle")),
        ]
    } else if top.sm.is_some() {
        vec![at_least("SM activity at the highest load, median".to_owned(), top.sm, "%", limits.get("sm"))]
    } else {
        vec![at_least("GPU utilisation at the highest load, median".to_owned(), top.util, "%", limits.get("util"))]
    };
    let pattern = holds(&growth) && holds(&straight) && holds(&flat) && !full;
    let known = busy.iter().all(|signal| signal.holds.is_some());
    let verdict = match (pattern, known) {
        (true, true) if busy.iter().all(holds) => Verdict::Confirmed,
        (true, false) if rule == Rule::ComputeWall => Verdict::Likely,
        (true, false) => Verdict::InsufficientData,
        _ => Verdict::NotSeen,
    };
    let mut found = Finding::new(rule, verdict, [growth, straight, flat].into_iter().chain(busy).collect());
    if full && holds(&found.signals[0]) {
        found.remark = "The KV cache is full: that explains the sweep.".to_owned();
    }
    found
}

/// R2b; see [`sweep::prefill_wall`].
pub(super) fn prefill_queue_wall(levels: &[Level]) -> Finding {
    let wall = sweep::prefill_wall(levels);
    let verdict = verdict(wall.finding);
    let signal = |what: String, value: Option<f64>, bound: &str, holds: Option<bool>| Signal {
        what,
        value,
        unit: "",
        bound: bound.to_owned(),
        holds,
    };
    let slope = wall.ttft.map(|line| line.slope);
    if wall.loads.is_empty() {
        let what = "elasticity of requests per second over the three highest loads".to_owned();
        let grows = wall.elasticity.map(|found| signal(what, Some(found), "≤ 0.2", Some(false)));
        return Finding::new(Rule::PrefillQueueWall, verdict, grows.into_iter().collect());
    }
    let loads: Vec<String> = wall.loads.iter().map(|load| number::short(*load)).collect();
    let signals = vec![
        signal(
            format!("elasticity of requests per second at {}", loads.join(", ")),
            wall.elasticity,
            "≤ 0.2",
            wall.elasticity.map(|found| found <= 0.2),
        ),
        signal("ITL there, highest ÷ lowest".to_owned(), wall.spread, "≤ 1.1", wall.spread.map(|found| found <= 1.1)),
        Signal {
            unit: "ms",
            ..signal("growth of TTFT per request in flight".to_owned(), slope, "> 0", slope.map(|slope| slope > 0.0))
        },
        signal("R² of TTFT over load".to_owned(), wall.ttft.map(|line| line.r2), "≥ 0.95", wall.ttft.map(|line| line.r2 >= 0.95)),
    ];
    Finding::new(Rule::PrefillQueueWall, verdict, signals)
}

fn verdict(found: sweep::Finding) -> Verdict {
    match found {
        sweep::Finding::Confirmed => Verdict::Confirmed,
        sweep::Finding::NotSeen => Verdict::NotSeen,
        sweep::Finding::Insufficient => Verdict::InsufficientData,
    }
}

/// R3 for TTFT and for ITL; see [`sweep::latency_floor`].
pub(super) fn latency_floor(levels: &[Level], limits: &Limits) -> Finding {
    let of = |name: &str, limit: f64, of: fn(&Level) -> Option<f64>| {
        let found = verdict(sweep::latency_floor(levels, limit, of));
        let lowest = levels.first();
        let value = lowest.and_then(of);
        let load = lowest.map_or_else(String::new, |level| format!(" at concurrency {}", number::short(level.load)));
        let signal = Signal {
            what: format!("{name}, median{load}"),
            value,
            unit: "ms",
            bound: format!("> {} ({})", number::measure(limit, "ms"), limits.source),
            holds: value.map(|value| value > limit).filter(|_| found != Verdict::InsufficientData),
        };
        (found, signal)
    };
    let (ttft, first) = of("TTFT", limits.ttft, |level| level.ttft_p50);
    let (itl, second) = of("ITL", limits.itl, |level| level.itl_p50);
    let mut found = Finding::new(Rule::LatencyFloor, ttft.max(itl), vec![first, second]);
    let floors: Vec<&str> =
        [(ttft, "TTFT"), (itl, "ITL")].iter().filter(|(found, _)| *found == Verdict::Confirmed).map(|(_, name)| *name).collect();
    if !floors.is_empty() {
        found.remark = format!("{} floor.", floors.join(" and "));
    }
    found
}

/// Requests per user from which the start and the end of a level do not explain a shortfall.
const PER_USER: f64 = 5.0;
/// Share of the asked number in flight, or of the asked rate, below which the load was not reached, %.
const KEPT: (f64, f64) = (80.0, 95.0);
/// Achieved share of the requested load above which the figures contradict each other, %.
const TOO_MUCH: f64 = 150.0;
/// Requests of a level of a rate from which its shortfall says something.
const FEWEST: f64 = 20.0;
/// Growth of the E2E latency from the lowest rate up to which the server is not what held the requests back.
const CALM: f64 = 1.5;

/// R4, at the level that most speaks for it: the client did not keep the asked number in flight although it had requests
/// enough, or did not reach the asked rate although the server was no slower.
pub(super) fn generator_limit(closed: &[Level], open: &[Level]) -> Finding {
    // Where requests came at a rate, the number in flight was only their bound.
    let closed = closed.iter().filter_map(|level| match level.rate {
        Some(rate) => rate_reached(&Level { load: rate, ..*level }, None),
        None => kept_in_flight(level),
    });
    let open = open.iter().filter_map(|level| rate_reached(level, open.first()));
    // A shortfall that could not be explained comes before levels without one.
    let rank = |found: &Finding| {
        let short = found.signals.first();
        let open = found.verdict == Verdict::InsufficientData && short.is_some_and(holds);
        let share = short.and_then(|signal| signal.value).unwrap_or(f64::INFINITY);
        (Some(found.verdict).filter(|verdict| *verdict >= Verdict::Likely), open, found.verdict, share)
    };
    let worse = |a: Finding, b: Finding| {
        let (of_a, of_b) = (rank(&a), rank(&b));
        let by_share = of_a.3.total_cmp(&of_b.3);
        if (of_b.0, of_b.1, of_b.2).cmp(&(of_a.0, of_a.1, of_a.2)).then(by_share).is_gt() { b } else { a }
    };
    closed.chain(open).reduce(worse).unwrap_or_else(|| Finding::insufficient(Rule::LoadGeneratorLimit))
}

/// One level of an asked concurrency.
fn kept_in_flight(level: &Level) -> Option<Finding> {
    let kept = 100.0 * level.kept()?;
    let what = format!("requests in flight (Little’s law), of {} asked for", number::short(level.load));
    let short = below(what, Some(kept), "%", KEPT.0);
    let tries = level.completed.map(|completed| (completed + level.errored.unwrap_or_default()) / level.load);
    let enough = at_least(format!("requests per user at concurrency {}", number::short(level.load)), tries, "", PER_USER);
    let verdict = match (holds(&short), enough.holds) {
        (false, _) => Verdict::NotSeen,
        (true, Some(true)) => Verdict::Confirmed,
        (true, _) => Verdict::InsufficientData,
    };
    let mut found = Finding::new(Rule::LoadGeneratorLimit, verdict, vec![short, enough]);
    if kept > TOO_MUCH {
        found.verdict = Verdict::InsufficientData;
        found.remark = "More requests in flight than requested: the figures of this level are inconsistent.".to_owned();
    } else if found.signals.iter().any(|signal| signal.holds == Some(false) && signal.what.starts_with("requests per user")) {
        found.remark = "So few requests per user that the start and the end of the level weigh much in its figures.".to_owned();
    }
    Some(found)
}

/// One level of an asked rate, against the lowest.
fn rate_reached(level: &Level, lowest: Option<&Level>) -> Option<Finding> {
    let asked = Some(level.load).filter(|rate| *rate > 0.0)?;
    let reached = level.rps? / asked;
    let what = format!("achieved, of {} requests per second asked for", number::short(asked));
    let short = below(what, Some(100.0 * reached), "%", KEPT.1);
    // All are sent after n ÷ rate seconds; a run ends when the last of them has ended.
    let latency = level.e2el.map(|latency| latency / 1000.0);
    let sent = level.completed.map(|completed| completed + level.errored.unwrap_or_default()).filter(|sent| *sent >= FEWEST);
    let corrected = latency.zip(sent).map(|(latency, sent)| 100.0 * reached * (1.0 + latency * asked / sent));
    let still = below("the same without the wait for the last requests".to_owned(), corrected, "%", KEPT.1);
    let growth = lowest.filter(|lowest| lowest.load < level.load).and_then(|lowest| Some(level.e2el? / lowest.e2el?));
    let calm = below("E2E latency ÷ that at the lowest rate".to_owned(), growth, "×", CALM);
    let (verdict, remark) = match (holds(&short), still.holds, calm.holds) {
        (false, ..) if 100.0 * reached > TOO_MUCH => {
            (Verdict::InsufficientData, "Higher than the requested rate: the figures of this level are inconsistent.")
        }
        (false, ..) => (Verdict::NotSeen, ""),
        (true, Some(false), _) => (Verdict::NotSeen, "The wait for the last requests explains it: the level was short."),
        (true, _, Some(false)) => (Verdict::NotSeen, "The server is what held the requests back: its latency grew."),
        (true, Some(true), Some(true)) => (Verdict::Likely, ""),
        _ => (Verdict::InsufficientData, ""),
    };
    let mut found = Finding::new(Rule::LoadGeneratorLimit, verdict, vec![short, still, calm]);
    found.remark = remark.to_owned();
    Some(found)
}

/// R6 at the worst level.
pub(super) fn errors(attempts: &[Attempts], limits: &Thresholds) -> Finding {
    let rule = Rule::Errors;
    let tried = attempts.iter().filter(|of| of.completed + of.failed > 0.0);
    let Some((of, share)) = tried.map(|of| (of, of.failed / (of.completed + of.failed))).max_by(|a, b| a.1.total_cmp(&b.1))
    else {
        return Finding::insufficient(rule);
    };
    let share = 100.0 * share;
    let at = if of.at.is_empty() { String::new() } else { format!(" at {}", of.at) };
    let some = at_least(format!("failed requests{at}"), Some(share), "%", limits.get("errors"));
    let many = at_least("the same, for many".to_owned(), Some(share), "%", limits.get("errors-bad"));
    // One failure of a few requests is an accident.
    let count = at_least("failed requests, count".to_owned(), Some(of.failed), "", 2.0);
    let verdict = match (holds(&some), holds(&many), holds(&count)) {
        (true, true, true) => Verdict::Confirmed,
        (true, true, false) | (true, false, true) => Verdict::Likely,
        _ => Verdict::NotSeen,
    };
    Finding::new(rule, verdict, vec![some, many, count])
}

/// R7 at the worst level: the median TTFT of the last third of the requests is not that of the first.
pub(super) fn not_steady(drifts: &[Drift], limits: &Thresholds) -> Finding {
    let rule = Rule::NotSteady;
    let changes = drifts.iter().filter_map(|of| Some((of, change(&of.points)?)));
    let Some((of, change)) = changes.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else {
        return Finding::insufficient(rule);
    };
    let at = if of.at.is_empty() { String::new() } else { format!(" at {}", of.at) };
    let mut moved = at_least(format!("median TTFT, last third against first{at}"), Some(change), "%", limits.get("drift"));
    moved.bound = format!("beyond ±{}%", number::short(limits.get("drift")));
    moved.holds = Some(change.abs() > limits.get("drift"));
    let trend = rank_correlation(&of.points);
    let mut steady = at_least("rank correlation of time and TTFT".to_owned(), trend, "", TREND);
    steady.bound = format!("beyond ±{TREND}");
    steady.holds = trend.map(|trend| trend.abs() >= TREND);
    let verdict = match (holds(&moved), holds(&steady)) {
        (true, true) => Verdict::Confirmed,
        (true, false) => Verdict::Likely,
        (false, _) => Verdict::NotSeen,
    };
    Finding::new(rule, verdict, vec![moved, steady])
}

/// By how much the median of the last third differs from that of the first, %.
fn change(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < ENOUGH {
        return None;
    }
    let mut points = points.to_vec();
    points.order_by(|a, b| a.0.total_cmp(&b.0));
    let third = points.len() / 3;
    let middle = |of: &[(f64, f64)]| super::quantile(of.iter().map(|point| point.1), 0.5);
    let (first, last) = (middle(points.get(..third)?)?, middle(points.get(points.len() - third..)?)?);
    (first > 0.0).then(|| 100.0 * (last / first - 1.0))
}
