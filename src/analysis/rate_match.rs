//! Rate match: whether prefill and decode workers of a disaggregated deployment keep pace with each other.
//!
//! With token rates of each worker in equal steps of time ([`super::bins`]):
//!
//! - P(t) = Σ over prefill workers of (new + cached) prompt tokens per second ÷ mean ISL, in requests per second,
//! - D(t) = Σ over decode workers of generated tokens per second ÷ mean OSL, in requests per second,
//! - R = mean of D ÷ mean of P over a load window: below 1 decode falls behind, above 1 it catches up with prefill.
//!
//! Sums, not the means over batches that the reference compares: with 6 prefill and 2 decode workers equal means are no
//! balance (`../shared/formats/srt-slurm.md` §3.4). In requests per second, not tokens: the lengths of prompts and
//! answers differ.
//!
//! In a steady state R is near 1 whatever limits the deployment, since decode can only finish what prefill hands over and
//! the load generator sends a request for each that is finished. Then other signs tell who is behind, or nothing does
//! ([`bottleneck`]): the requests that wait, and workers that run as many requests at once as they may.

use crate::sorting::Sorting;

/// Who is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both keep pace.
    Balanced,
    /// Decode is slower than prefill.
    DecodeBound,
    /// Prefill is slower than decode could be.
    PrefillBound,
    /// There is no evidence.
    Untold,
}

/// The evidence for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The rates of both sides differ.
    Rates,
    /// Requests wait before one side.
    Queue,
    /// The workers of one side run as many requests at once as they may.
    Full,
    /// Before neither side more requests wait than before the other.
    Even,
    /// The rates agree, and a side does not say how many requests wait.
    Silent,
    /// The rates differ, and from what the benchmark counted, too: one of them lacks something.
    Disagree,
}

impl Verdict {
    /// Each side's being behind: prefill, decode.
    pub const BOUND: [Verdict; 2] = [Verdict::PrefillBound, Verdict::DecodeBound];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Balanced => "balanced",
            Verdict::DecodeBound => "decode-bound",
            Verdict::PrefillBound => "prefill-bound",
            Verdict::Untold => "inconclusive",
        }
    }

    /// What would help.
    pub const fn advice(self) -> &'static str {
        match self {
            Verdict::Balanced => "both sides keep pace",
            Verdict::DecodeBound => "decode falls behind: add decode workers or remove prefill workers",
            Verdict::PrefillBound => "decode waits for prefill: add prefill workers or remove decode workers",
            Verdict::Untold => "the bottleneck is unknown",
        }
    }
}

/// The verdict over R = D ÷ P alone, where changes up to `threshold` percent are none.
pub fn verdict(ratio: f64, threshold: f64) -> Verdict {
    let change = (ratio - 1.0) * 100.0;
    match change {
        change if change.abs() <= threshold => Verdict::Balanced,
        change if change < 0.0 => Verdict::DecodeBound,
        _ => Verdict::PrefillBound,
    }
}

/// Requests that must wait on one side before it counts as limiting anything.
pub const WAITING: f64 = 1.0;
/// How many times as many must wait there as on the other side.
const APART: f64 = 2.0;
/// The share of the time that workers must run as many requests as they may before that limits them.
const MOSTLY: f64 = 0.5;

/// Evidence besides the rates, of prefill and of decode; `None` where unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Requests that wait before each side, in the [`median`] over time: before decode those that it has no memory or no place for yet.
    pub waiting: [Option<f64>; 2],
    /// The share of the time in which its workers run as many requests at once as they may.
    pub full: [Option<f64>; 2],
    /// Requests that the benchmark counted as completed, per second.
    pub completed: Option<f64>,
}

impl Signs {
    /// The side before which at least [`WAITING`] requests wait and twice as many as before the other.
    fn queue(&self) -> Option<usize> {
        let limits = |side: usize| {
            let [own, other] = [self.waiting[side], self.waiting[1 - side]];
            own.is_some_and(|own| own >= WAITING && own >= APART * other.unwrap_or(0.0))
        };
        (0..2).find(|side| limits(*side))
    }

    /// The side whose workers run as many requests as they may, where the other's do not.
    fn full(&self) -> Option<usize> {
        let is = self.full.map(|share| share.is_some_and(|share| share >= MOSTLY));
        (0..2).find(|side| is[*side] && !is[1 - side])
    }

    /// Whether both rates are those of the requests that were completed, as far as that is known.
    fn agree(&self, rates: [f64; 2], threshold: f64) -> bool {
        let near = |rate: f64, completed: f64| (rate / completed - 1.0).abs() * 100.0 <= threshold;
        self.completed.is_none_or(|completed| completed <= 0.0 || rates.iter().all(|rate| near(*rate, completed)))
    }
}

/// Who is behind, and the evidence: rates (of prefill and decode, in requests per second) that differ, unless what was completed
/// contradicts them; else where requests wait; else which workers are full. Rates that agree say nothing by themselves, so a
/// side that does not tell its queue leaves the question open.
pub fn bottleneck(rates: [f64; 2], threshold: f64, signs: &Signs) -> (Verdict, Sign) {
    let by_rates = verdict(rates[1] / rates[0], threshold);
    let differ = by_rates != Verdict::Balanced;
    if differ && signs.agree(rates, threshold) {
        return (by_rates, Sign::Rates);
    }
    let told = signs.waiting.iter().all(Option::is_some);
    let queue = signs.queue().map(|side| (Verdict::BOUND[side], Sign::Queue));
    let full = signs.full().map(|side| (Verdict::BOUND[side], Sign::Full));
    let rest = match (differ, told) {
        (true, _) => (Verdict::Untold, Sign::Disagree),
        (false, true) => (Verdict::Balanced, Sign::Even),
        (false, false) => (Verdict::Untold, Sign::Silent),
    };
    // A queue before one side says less where the other's is not known: it may wait for a full side behind.
    queue.filter(|_| told).or(full).or(queue).unwrap_or(rest)
}

/// The rates of all workers together, step by step; a worker without a value in a step does nothing in it.
pub fn total(workers: &[Vec<Option<f64>>]) -> Vec<f64> {
    let steps = workers.iter().map(Vec::len).max().unwrap_or(0);
    let mut total = vec![0.0; steps];
    for worker in workers {
        for (sum, rate) in total.iter_mut().zip(worker) {
            *sum += rate.unwrap_or(0.0);
        }
    }
    total
}

/// The median over steps: a queue of this length exists half of the time. The burst at the start of a level, when all users
/// send at once, is not counted as a queue.
pub fn median(mut steps: Vec<f64>) -> Option<f64> {
    steps.order_by(f64::total_cmp);
    let middle = steps.len() / 2;
    let upper = steps.get(middle)?;
    let lower = if steps.len().is_multiple_of(2) { steps.get(middle - 1)? } else { upper };
    Some((lower + upper) / 2.0)
}

/// What one worker can do: the mean over workers of what each reaches in the busiest twentieth of the picked steps in which
/// it works, its 95th percentile by nearest rank. `None` when no worker does anything.
pub fn capacity(workers: &[Vec<Option<f64>>], picked: impl Fn(usize) -> bool) -> Option<f64> {
    let of = |worker: &Vec<Option<f64>>| {
        let steps = worker.iter().enumerate().filter(|(step, _)| picked(*step));
        let mut rates: Vec<f64> = steps.filter_map(|(_, rate)| rate.filter(|rate| *rate > 0.0)).collect();
        rates.order_by(f64::total_cmp);
        let rank = (0.95 * rates.len() as f64).ceil() as usize;
        rates.get(rank.max(1) - 1).copied()
    };
    let peaks: Vec<f64> = workers.iter().filter_map(of).collect();
    (!peaks.is_empty()).then(|| peaks.iter().sum::<f64>() / peaks.len() as f64)
}

/// Prefill workers for every decode worker, so that both do as many requests: the decode worker's capacity over the prefill
/// worker's, both in requests per second.
pub fn prefill_per_decode(prefill: f64, decode: f64) -> Option<f64> {
    (prefill > 0.0 && decode > 0.0).then(|| decode / prefill)
}

/// The split of as many workers that does the most requests per second, with at least one of each, and how many these are:
/// the lesser of the two sides. Of equals the one with fewer prefill workers.
pub fn split(workers: usize, prefill: f64, decode: f64) -> Option<(usize, usize, f64)> {
    let rate = |of: usize| (of as f64 * prefill).min((workers - of) as f64 * decode);
    let splits = (1..workers).map(|of| (of, workers - of, rate(of)));
    splits.filter(|(.., rate)| *rate > 0.0).reduce(|best, other| if other.2 > best.2 { other } else { best })
}

/// A ratio in small whole numbers, as people write it: the fraction with parts up to 16 that is nearest.
pub fn in_small_numbers(ratio: f64) -> (u32, u32) {
    const MOST: u32 = 16;
    let fractions = (1..=MOST).flat_map(|below| (1..=MOST).map(move |above| (above, below)));
    // Measured as a factor: 1:2 is as far from 1:1 as 2:1 is.
    let far = |(above, below): &(u32, u32)| (f64::from(*above) / f64::from(*below) / ratio).ln().abs();
    fractions.min_by(|a, b| far(a).total_cmp(&far(b)).then((a.0 + a.1).cmp(&(b.0 + b.1)))).unwrap_or((1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(rate: f64, steps: usize) -> Vec<Option<f64>> {
        vec![Some(rate); steps]
    }

    /// The reference compares the mean prefill worker with the mean decode worker: here both means are 10 requests per
    /// second, and decode does a third of what prefill does.
    #[test]
    fn equal_means_of_unequal_numbers_of_workers_are_no_balance() {
        let prefill = vec![steady(10.0, 4); 6];
        let decode = vec![steady(10.0, 4); 2];
        let (p, d) = (median(total(&prefill)), median(total(&decode)));
        assert_eq!((p, d), (Some(60.0), Some(20.0)));
        let ratio = 20.0 / 60.0;
        assert_eq!(verdict(ratio, 5.0), Verdict::DecodeBound);
        assert_eq!(
            (verdict(1.05, 5.0 + 1e-9), verdict(1.2, 5.0), verdict(0.96, 5.0)),
            (Verdict::Balanced, Verdict::PrefillBound, Verdict::Balanced)
        );
    }

    /// In a steady state both sides do the same: the queues tell what limits.
    #[test]
    fn where_rates_agree_the_queues_decide() {
        let of = |waiting| bottleneck([1.0, 1.01], 5.0, &Signs { waiting, ..Signs::default() });
        assert_eq!(of([Some(40.0), Some(0.5)]), (Verdict::PrefillBound, Sign::Queue));
        assert_eq!(of([Some(0.0), Some(12.0)]), (Verdict::DecodeBound, Sign::Queue));
        assert_eq!(of([Some(0.4), Some(0.0)]), (Verdict::Balanced, Sign::Even), "nobody waits");
        assert_eq!(of([Some(10.0), Some(8.0)]), (Verdict::Balanced, Sign::Even), "both are full");
        assert_eq!(of([None, Some(3.0)]), (Verdict::DecodeBound, Sign::Queue));
        let waiting = [Some(40.0), Some(0.0)];
        assert_eq!(bottleneck([2.0, 1.0], 5.0, &Signs { waiting, ..Signs::default() }), (Verdict::DecodeBound, Sign::Rates));
    }

    /// A queue that nobody states is not an empty one.
    #[test]
    fn without_queues_a_steady_state_says_nothing_unless_workers_are_full() {
        let of = |waiting, full| bottleneck([1.0, 1.01], 5.0, &Signs { waiting, full, completed: None });
        assert_eq!(of([None, None], [None, None]), (Verdict::Untold, Sign::Silent));
        assert_eq!(of([Some(0.0), None], [None, None]), (Verdict::Untold, Sign::Silent));
        assert_eq!(of([None, None], [Some(0.0), Some(0.97)]), (Verdict::DecodeBound, Sign::Full));
        assert_eq!(of([None, None], [Some(0.8), None]), (Verdict::PrefillBound, Sign::Full));
        assert_eq!(of([None, None], [Some(0.1), Some(0.2)]), (Verdict::Untold, Sign::Silent));
        assert_eq!(of([Some(9.0), None], [None, Some(1.0)]), (Verdict::DecodeBound, Sign::Full), "who waits, waits for decode");
        assert_eq!(of([Some(9.0), Some(0.0)], [None, Some(1.0)]), (Verdict::PrefillBound, Sign::Queue));
    }

    #[test]
    fn rates_that_what_was_completed_contradicts_give_no_verdict() {
        let of = |rates, completed, waiting| bottleneck(rates, 5.0, &Signs { completed, waiting, full: [None; 2] });
        // The first burst is not in the prefill workers' rate.
        assert_eq!(of([1.763, 1.957], Some(1.974), [None; 2]), (Verdict::Untold, Sign::Disagree));
        assert_eq!(of([1.763, 1.957], None, [None; 2]), (Verdict::PrefillBound, Sign::Rates));
        assert_eq!(of([1.763, 1.957], Some(1.974), [Some(0.0), Some(7.0)]), (Verdict::DecodeBound, Sign::Queue));
        assert_eq!(of([0.97, 1.03], Some(1.0), [None; 2]), (Verdict::PrefillBound, Sign::Rates), "each is near enough");
    }

    #[test]
    fn steps_in_which_a_worker_is_silent_count_as_nothing() {
        let workers = vec![vec![Some(4.0), None, Some(8.0)], vec![None, None, Some(2.0)]];
        assert_eq!(total(&workers), [4.0, 0.0, 10.0]);
        assert_eq!(median(total(&workers)), Some(4.0));
        assert_eq!((median(vec![9.0, 1.0, 2.0, 0.0]), median(Vec::new())), (Some(1.5), None));
        // Capacity: 8 of the first, 2 of the second.
        assert_eq!(capacity(&workers, |_| true), Some(5.0));
        assert_eq!(capacity(&workers, |step| step == 1), None);
        let busy: Vec<Option<f64>> = (1..=100).map(|rate| Some(f64::from(rate))).collect();
        assert_eq!(capacity(&[busy], |_| true), Some(95.0));
    }

    #[test]
    fn what_to_build() {
        // A prefill worker does 3 requests per second, a decode worker 2: two prefill for every three decode.
        assert_eq!(prefill_per_decode(3.0, 2.0).map(in_small_numbers), Some((2, 3)));
        assert_eq!(split(5, 3.0, 2.0), Some((2, 3, 6.0)));
        assert_eq!(split(1, 3.0, 2.0), None);
        assert_eq!(prefill_per_decode(0.0, 2.0), None);
        assert_eq!(in_small_numbers(1.0), (1, 1));
        assert_eq!(in_small_numbers(0.4), (2, 5));
    }
}
