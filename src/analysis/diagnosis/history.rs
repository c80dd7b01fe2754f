//! Rules over an engine's history: the KV cache, the scheduler, and the hardware as ITL follows the batch.

use super::{Finding, Rule, Signal, Thresholds, Verdict, quantile, rank_correlation};
use crate::analysis::buckets::{Observed, Step};
use crate::catalog::number;

/// One moment of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// s.
    pub at: f64,
    /// KV cache in use, %.
    pub kv: Option<f64>,
    /// Requests waiting.
    pub waiting: Option<f64>,
    /// Requests running.
    pub running: Option<f64>,
    /// Preemptions since the moment before.
    pub preempted: Option<f64>,
    /// GPU utilisation: the share of time in which any kernel ran, %.
    pub util: Option<f64>,
    /// SM activity, %.
    pub sm: Option<f64>,
    /// DRAM activity, %.
    pub dram: Option<f64>,
    /// Mean ITL since the moment before, ms.
    pub itl: Option<f64>,
}

/// An engine over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Its moments, in order.
    pub moments: Vec<Moment>,
    /// TTFT of the requests between scrapes, ms.
    pub ttft: Vec<Step<Observed>>,
    /// Their time in the queue, ms.
    pub queue: Vec<Step<Observed>>,
    /// Whether the GPUs may be other engines', too: nothing says which are its own.
    pub shared_gpus: bool,
}

/// A figure of a moment.
type Of = fn(&Moment) -> Option<f64>;

impl History {
    /// The moments under load: something runs, or, where that is not known, something is in the KV cache.
    fn loaded(&self) -> Vec<&Moment> {
        let busy = |moment: &&Moment| moment.running.or(moment.kv).is_some_and(|value| value > 0.0);
        self.moments.iter().filter(busy).collect()
    }

    /// TTFT of the requests between scrapes whose moment is of these.
    fn ttft_while(&self, holds: impl Fn(&Moment) -> bool) -> Observed {
        let mut sum = Observed::default();
        for step in &self.ttft {
            let moment = self.moments.iter().find(|moment| moment.at == step.to);
            if moment.is_some_and(&holds) {
                sum.add(&step.by);
            }
        }
        sum
    }

    /// Mean time in the queue as a share of mean TTFT, %.
    fn queue_share(&self) -> Option<f64> {
        let mean = |steps: &[Step<Observed>]| {
            let mut sum = Observed::default();
            steps.iter().for_each(|step| sum.add(&step.by));
            sum.mean()
        };
        let ttft = mean(&self.ttft).filter(|mean| *mean > 0.0)?;
        Some(100.0 * mean(&self.queue)? / ttft)
    }

    /// R1: most of the time the cache is full while requests wait, and they suffer from it.
    pub(super) fn kv_cache_wall(&self, limits: &Thresholds) -> Finding {
        let loaded = self.loaded();
        let known = loaded.iter().filter(|moment| moment.kv.is_some()).count();
        if (known as f64) < limits.get("samples") {
            return short_of(Rule::KvCacheWall, known, limits);
        }
        let [full, high, low, most] = ["kv-full", "kv-high", "kv-low", "most"].map(|key| limits.get(key));
        let from = |bound: f64| move |moment: &Moment| moment.kv.is_some_and(|kv| kv >= bound);
        let full_share = share(&loaded, |moment| moment.kv, from(full));
        let crowded: Vec<&Moment> = loaded.iter().copied().filter(|moment| from(high)(moment)).collect();
        let waiting = if crowded.is_empty() && loaded.iter().any(|moment| moment.waiting.is_some()) {
            Some(0.0)
        } else {
            share(&crowded, |moment| moment.waiting, |moment| moment.waiting.is_some_and(|waiting| waiting >= 1.0))
        };
        let preempted = sum(&loaded, |moment| moment.preempted);
        let crowded_ttft = self.ttft_while(from(high)).quantile(0.95);
        let quiet_ttft = self.ttft_while(|moment| moment.kv.is_some_and(|kv| kv < low)).quantile(0.95);
        let growth = crowded_ttft.zip(quiet_ttft.and_then(|quiet| quiet.value()).filter(|quiet| *quiet > 0.0));
        let growth = growth.map(|(crowded, quiet)| crowded.at_least() / quiet);
        let queue = self.queue_share();
        let p95 = quantile(loaded.iter().filter_map(|moment| moment.kv), 0.95);

        let a = at_least(format!("samples with the KV cache ≥ {}%", number::short(full)), full_share, "%", most);
        let b = at_least(format!("of those ≥ {}%, samples with waiting requests", number::short(high)), waiting, "%", most);
        let c = above("preemptions", preempted, "");
        let d = at_least("TTFT P95 with a high cache ÷ with a low one".to_owned(), growth, "×", limits.get("ttft-growth"));
        let e = at_least("queue time ÷ TTFT (means)".to_owned(), queue, "%", limits.get("queue-share"));
        let f = at_least("KV cache, P95".to_owned(), p95, "%", high);
        let tight = share(&blocked(&loaded), |moment| moment.kv, |moment| !fits_one_more(moment));
        let g = at_least(
            "samples with waiting requests in which one more of the usual size would not fit".to_owned(),
            tight,
            "%",
            most,
        );
        let h = at_least("samples with waiting requests".to_owned(), share(&loaded, |moment| moment.waiting, waits), "%", most);
        let suffer = [&c, &d, &e].iter().any(|signal| holds(signal));
        let both = holds(&a) && holds(&b);
        // A few large requests leave room in the cache, but none for another.
        let large = holds(&h) && holds(&g);
        let verdict = match () {
            () if both && suffer => Verdict::Confirmed,
            () if both || large || (holds(&f) && holds(&c)) => Verdict::Likely,
            () if b.holds.is_none() && holds(&a) => Verdict::InsufficientData,
            () => Verdict::NotSeen,
        };
        let mut found = Finding::new(Rule::KvCacheWall, verdict, vec![a, b, c, d, e, f, h, g]);
        if verdict >= Verdict::Likely {
            found.remark = headroom(&loaded, limits.get("idle"), self.shared_gpus);
            let shows = |moment: &&&Moment| {
                let crowded = from(high)(moment) && moment.waiting.is_none_or(|n| n >= 1.0);
                crowded || (large && waits(moment) && !fits_one_more(moment))
            };
            found.marks = loaded.iter().filter(shows).map(|moment| moment.at).collect();
        }
        found
    }

    /// R1b: requests wait although the cache has room.
    pub(super) fn admission_cap(&self, limits: &Thresholds) -> Finding {
        let loaded = self.loaded();
        let known = loaded.iter().filter(|moment| moment.kv.is_some() && moment.waiting.is_some()).count();
        if (known as f64) < limits.get("samples") {
            return short_of(Rule::AdmissionCap, known, limits);
        }
        let [high, most, near] = ["kv-high", "most", "plateau"].map(|key| limits.get(key));
        let waiting = share(&loaded, |moment| moment.waiting, waits);
        let p95 = quantile(loaded.iter().filter_map(|moment| moment.kv), 0.95);
        let top = loaded.iter().filter_map(|moment| moment.running).fold(0.0, f64::max);
        let capped = |moment: &Moment| moment.running.is_some_and(|running| running >= top * (1.0 - near / 100.0));
        let plateau = share(&loaded, |moment| moment.running, capped);
        let a = at_least("samples with waiting requests".to_owned(), waiting, "%", most);
        let b = below("KV cache, P95".to_owned(), p95, "%", high);
        let what = format!("samples with running requests at their maximum ({})", number::short(top));
        let c = at_least(what, plateau, "%", most);
        let room = share(&blocked(&loaded), |moment| moment.kv, fits_one_more);
        let d =
            at_least("samples with waiting requests in which one more of the usual size would fit".to_owned(), room, "%", most);
        let both = holds(&a) && holds(&b);
        let full = d.holds == Some(false);
        let verdict = match (both && !full, holds(&c)) {
            (true, true) => Verdict::Confirmed,
            (true, false) => Verdict::Likely,
            (false, _) => Verdict::NotSeen,
        };
        let mut found = Finding::new(Rule::AdmissionCap, verdict, vec![a, b, c, d]);
        if both && full {
            found.remark =
                "The KV cache has no room for one more request as large as those that run: that is why they wait.".to_owned();
        }
        if verdict >= Verdict::Likely {
            found.remark = if verdict == Verdict::Confirmed {
                format!(
                    "Running requests stay at {}: compare with the limit (max_num_seqs of vLLM, max-running-requests of SGLang).",
                    number::short(top)
                )
            } else {
                "Running requests do not stay at one number: perhaps the budget of prefill tokens (max_num_batched_tokens)."
                    .to_owned()
            };
            found.marks = loaded.iter().filter(|moment| waits(moment)).map(|moment| moment.at).collect();
        }
        found
    }

    /// R2 over time: ITL follows the number of running requests while the hardware is busy and the cache has room.
    pub(super) fn hardware_wall(&self, rule: Rule, limits: &Thresholds) -> Finding {
        let loaded = self.loaded();
        let pairs: Vec<(f64, f64)> = loaded.iter().filter_map(|moment| moment.running.zip(moment.itl)).collect();
        let busy = hardware(rule, &loaded, limits);
        let p95 = quantile(loaded.iter().filter_map(|moment| moment.kv), 0.95);
        if (pairs.len() as f64) < limits.get("samples") || busy.iter().all(|signal| signal.holds.is_none()) {
            return Finding::insufficient(rule);
        }
        let what = format!("rank correlation of ITL and running requests ({} samples)", pairs.len());
        let follows = at_least(what, rank_correlation(&pairs), "", limits.get("correlation"));
        let room = below("KV cache, P95".to_owned(), p95, "%", limits.get("kv-high"));
        let all = busy.iter().all(holds) && holds(&follows);
        // Where SM activity is known it has to be high, as in a sweep; and the GPUs have to be this engine's.
        let sm = quantile(loaded.iter().filter_map(|moment| moment.sm), 0.5);
        let sure = !self.shared_gpus && (rule == Rule::MemoryBandwidthWall || sm.is_none_or(|sm| sm >= limits.get("sm")));
        let verdict = match (all, room.holds) {
            (true, Some(true)) if sure => Verdict::Confirmed,
            (true, Some(true) | None) => Verdict::Likely,
            _ if busy.iter().any(|signal| signal.holds.is_none()) && busy.iter().all(|signal| signal.holds != Some(false)) => {
                Verdict::InsufficientData
            }
            _ => Verdict::NotSeen,
        };
        let mut found = Finding::new(rule, verdict, busy.into_iter().chain([follows, room]).collect());
        if verdict >= Verdict::Likely {
            if self.shared_gpus {
                found.remark = SHARED.to_owned();
            }
            let of: Of =
                if rule == Rule::MemoryBandwidthWall { |moment| moment.dram } else { |moment| moment.sm.or(moment.util) };
            let bound = limits.get(if rule == Rule::MemoryBandwidthWall { "dram" } else { "sm" });
            found.marks =
                loaded.iter().filter(|moment| of(moment).is_some_and(|value| value >= bound)).map(|moment| moment.at).collect();
        }
        found
    }
}

/// Whether requests wait.
fn waits(moment: &Moment) -> bool {
    moment.waiting.is_some_and(|waiting| waiting >= 1.0)
}

/// The moments in which requests wait beside running ones whose share of the cache is known.
fn blocked<'m>(loaded: &[&'m Moment]) -> Vec<&'m Moment> {
    let known = |moment: &&&Moment| waits(moment) && moment.kv.is_some() && moment.running.is_some_and(|running| running >= 1.0);
    loaded.iter().filter(known).copied().collect()
}

/// Whether the cache has room for one more request that takes as much of it as the mean of the running ones.
fn fits_one_more(moment: &Moment) -> bool {
    moment.kv.zip(moment.running).is_none_or(|(kv, running)| kv + kv / running.max(1.0) <= 100.0)
}

/// What says that the compute units, or the memory, are busy.
fn hardware(rule: Rule, loaded: &[&Moment], limits: &Thresholds) -> Vec<Signal> {
    let half = |of: Of| quantile(loaded.iter().filter_map(|moment| of(moment)), 0.5);
    if rule == Rule::MemoryBandwidthWall {
        return vec![
            at_least("DRAM activity, median".to_owned(), half(|moment| moment.dram), "%", limits.get("dram")),
            below("SM activity, median".to_owned(), half(|moment| moment.sm), "%", limits.get("idle")),
        ];
    }
    let util = limits.get("util");
    let busy = share(loaded, |moment| moment.util, |moment| moment.util.is_some_and(|value| value >= util));
    let what = format!("samples with a GPU utilisation ≥ {}%", number::short(util));
    let mut signals = vec![at_least(what, busy, "%", limits.get("util-share"))];
    // A GPU whose kernels leave most of it idle is not at its limit, whatever its utilisation says.
    let sm = half(|moment| moment.sm);
    if sm.is_some() {
        let spared = sm.is_some_and(|value| value < limits.get("idle"));
        let mut signal = at_least("SM activity, median".to_owned(), sm, "%", limits.get("idle"));
        signal.holds = Some(!spared);
        signals.push(signal);
    }
    signals
}

/// Said where GPUs may be of several engines.
const SHARED: &str = "Nothing says which GPUs are this engine's (a label `pod` would): the mean of all is used.";

/// Whether the GPUs have room while the cache is full.
fn headroom(loaded: &[&Moment], idle: f64, shared: bool) -> String {
    if shared {
        return SHARED.to_owned();
    }
    let half = |of: Of| quantile(loaded.iter().filter_map(|moment| of(moment)), 0.5);
    match (half(|moment| moment.sm), half(|moment| moment.util)) {
        (Some(sm), _) if sm < idle => format!("The GPUs have compute headroom: SM activity {}% (median).", number::short(sm)),
        (Some(sm), _) => format!("KV cache and compute are both loaded: SM activity {}% (median).", number::short(sm)),
        (None, Some(util)) if util < idle => {
            format!("The GPUs seem to have compute headroom: utilisation {}% (median; a weak signal).", number::short(util))
        }
        (None, Some(util)) => {
            format!("GPU utilisation is {}% (median), which does not say whether they compute.", number::short(util))
        }
        (None, None) => "Whether the GPUs have compute headroom is not known.".to_owned(),
    }
}

/// Too few samples for a verdict.
pub(super) fn short_of(rule: Rule, known: usize, limits: &Thresholds) -> Finding {
    let signal = at_least("samples under load".to_owned(), Some(known as f64), "", limits.get("samples"));
    Finding::new(rule, Verdict::InsufficientData, vec![signal])
}

/// The share of the moments that have a figure for which something holds, %.
fn share(moments: &[&Moment], of: Of, holds: impl Fn(&Moment) -> bool) -> Option<f64> {
    let known: Vec<&&Moment> = moments.iter().filter(|moment| of(moment).is_some()).collect();
    let count = known.iter().filter(|moment| holds(moment)).count();
    (!known.is_empty()).then(|| 100.0 * count as f64 / known.len() as f64)
}

fn sum(moments: &[&Moment], of: Of) -> Option<f64> {
    moments.iter().filter_map(|moment| of(moment)).reduce(|a, b| a + b)
}

/// Whether a signal is known to hold.
pub(super) fn holds(signal: &Signal) -> bool {
    signal.holds == Some(true)
}

/// A figure that holds from a bound on.
pub(super) fn at_least(what: String, value: Option<f64>, unit: &'static str, bound: f64) -> Signal {
    Signal { what, value, unit, bound: format!("≥ {}", number::measure(bound, unit)), holds: value.map(|value| value >= bound) }
}

/// A figure that holds below a bound.
pub(super) fn below(what: String, value: Option<f64>, unit: &'static str, bound: f64) -> Signal {
    Signal { what, value, unit, bound: format!("< {}", number::measure(bound, unit)), holds: value.map(|value| value < bound) }
}

/// A count that holds above 0.
pub(super) fn above(what: &str, value: Option<f64>, unit: &'static str) -> Signal {
    Signal { what: what.to_owned(), value, unit, bound: "> 0".to_owned(), holds: value.map(|value| value > 0.0) }
}
