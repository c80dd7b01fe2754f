//! GPUs below their clock for power or heat.

use super::history::{above, at_least, below, holds, short_of};
use super::{Finding, Rule, Thresholds, Verdict, quantile};

/// One moment of a GPU.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GpuMoment {
    /// s.
    pub at: f64,
    /// Utilisation, %.
    pub util: Option<f64>,
    /// SM clock, MHz.
    pub clock: Option<f64>,
    /// Power, W.
    pub power: Option<f64>,
    /// Its limit, W.
    pub limit: Option<f64>,
}

/// A GPU over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GpuHistory {
    /// Its name.
    pub name: String,
    /// Its model: clocks of equal GPUs have one maximum.
    pub model: String,
    /// Its moments, in order.
    pub moments: Vec<GpuMoment>,
    /// Time throttled for power or heat, s; `None` where it is not counted.
    pub throttled: Option<f64>,
}

/// Utilisation from which a GPU is at work, %: idle ones lower their clocks.
const AT_WORK: f64 = 50.0;

/// R5 of the worst GPU.
pub(super) fn throttling(gpus: &[GpuHistory], limits: &Thresholds) -> Finding {
    let top = |gpu: &GpuHistory| {
        let equal = gpus.iter().filter(|other| other.model == gpu.model);
        equal.flat_map(|other| &other.moments).filter_map(|moment| moment.clock).reduce(f64::max)
    };
    let each = gpus.iter().map(|gpu| one(gpu, top(gpu), limits));
    // Of several with one verdict the one that most speaks for.
    let held = |found: &Finding| found.signals.iter().filter(|signal| holds(signal)).count();
    let worse = |a: Finding, b: Finding| if (b.verdict, held(&b)) > (a.verdict, held(&a)) { b } else { a };
    each.reduce(worse).unwrap_or_else(|| Finding::insufficient(Rule::ThermalPowerThrottle))
}

/// One GPU; `top` is the highest clock seen of any GPU of its model.
fn one(gpu: &GpuHistory, top: Option<f64>, limits: &Thresholds) -> Finding {
    let rule = Rule::ThermalPowerThrottle;
    let working: Vec<&GpuMoment> = gpu.moments.iter().filter(|moment| moment.util.is_none_or(|util| util >= AT_WORK)).collect();
    let known = working.iter().filter(|moment| moment.clock.is_some()).count();
    if known > 0 && (known as f64) < limits.get("samples") {
        return short_of(rule, known, limits);
    }
    let half = |of: fn(&GpuMoment) -> Option<f64>| quantile(working.iter().filter_map(|moment| of(moment)), 0.5);
    let top = top.filter(|top| *top > 0.0);
    let clock = half(|moment| moment.clock).zip(top).map(|(clock, top)| 100.0 * clock / top);
    let power = half(|moment| Some(100.0 * moment.power? / moment.limit.filter(|limit| *limit > 0.0)?));
    let slow = below(format!("SM clock of {} at work, median, of its maximum", gpu.name), clock, "%", limits.get("clock"));
    let hot = at_least("power, median, of its limit".to_owned(), power, "%", limits.get("power"));
    let counted = above("time throttled", gpu.throttled, "s");
    let why = [&hot, &counted].iter().any(|signal| holds(signal));
    let known = hot.holds.is_some() || counted.holds.is_some();
    let verdict = match slow.holds {
        None => Verdict::InsufficientData,
        Some(true) if why => Verdict::Confirmed,
        Some(true) if !known => Verdict::InsufficientData,
        // It may have throttled all the time: then the highest clock seen is not its maximum.
        Some(false) if holds(&hot) && holds(&counted) => Verdict::Likely,
        Some(_) => Verdict::NotSeen,
    };
    let mut found = Finding::new(rule, verdict, vec![slow, hot, counted]);
    if verdict == Verdict::Likely {
        found.remark = "It throttled although its clock was never higher here: perhaps all the time.".to_owned();
    }
    if verdict == Verdict::Confirmed {
        let bound = limits.get("clock") / 100.0 * top.unwrap_or_default();
        found.marks =
            working.iter().filter(|moment| moment.clock.is_some_and(|clock| clock < bound)).map(|moment| moment.at).collect();
    }
    found
}
