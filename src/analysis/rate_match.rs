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
//! the load generator sends a request for each that is finished. Then the requests that wait tell who is behind
//! ([`bottleneck`]).

/// Who is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both keep pace, within the threshold.
    Balanced,
    /// Decode is slower than prefill.
    DecodeBound,
    /// Prefill is slower than decode could be.
    PrefillBound,
}

impl Verdict {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Balanced => "balanced",
            Verdict::DecodeBound => "decode-bound",
            Verdict::PrefillBound => "prefill-bound",
        }
    }

    /// What would help.
    pub const fn advice(self) -> &'static str {
        match self {
            Verdict::Balanced => "both sides keep pace",
            Verdict::DecodeBound => "decode falls behind: add decode workers, or take prefill workers away",
            Verdict::PrefillBound => "decode waits for prefill: add prefill workers, or take decode workers away",
        }
    }
}

/// The verdict over R = D ÷ P, where changes up to `threshold` percent are none.
pub fn verdict(ratio: f64, threshold: f64) -> Verdict {
    let change = (ratio - 1.0) * 100.0;
    match change {
        change if change.abs() <= threshold => Verdict::Balanced,
        change if change < 0.0 => Verdict::DecodeBound,
        _ => Verdict::PrefillBound,
    }
}

/// Requests that must wait on one side, in the mean, before it counts as limiting anything.
pub const WAITING: f64 = 1.0;
/// How many times as many must wait there as on the other side.
const APART: f64 = 2.0;

/// The verdict over R and over where requests wait: before prefill, and before decode (those that decode has no memory or no
/// place for yet), each in the mean; `None` where no worker says. Rates that differ decide; where they agree, the side
/// decides where at least [`WAITING`] requests wait and twice as many as on the other. A side that says nothing decides nothing.
pub fn bottleneck(ratio: f64, threshold: f64, waiting: [Option<f64>; 2]) -> Verdict {
    let by_rates = verdict(ratio, threshold);
    let limits =
        |own: Option<f64>, other: Option<f64>| own.is_some_and(|own| own >= WAITING && own >= APART * other.unwrap_or(0.0));
    let [prefill, decode] = waiting;
    match by_rates {
        Verdict::Balanced if limits(prefill, decode) => Verdict::PrefillBound,
        Verdict::Balanced if limits(decode, prefill) => Verdict::DecodeBound,
        other => other,
    }
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

/// The mean of the steps that are picked; `None` when none is.
pub fn mean(rates: &[f64], picked: impl Fn(usize) -> bool) -> Option<f64> {
    let picked: Vec<f64> = rates.iter().enumerate().filter(|(step, _)| picked(*step)).map(|(_, rate)| *rate).collect();
    (!picked.is_empty()).then(|| picked.iter().sum::<f64>() / picked.len() as f64)
}

/// What one worker can do: the mean over workers of what each reaches in the busiest twentieth of the picked steps in which
/// it works, its 95th percentile by nearest rank. `None` when no worker does anything.
pub fn capacity(workers: &[Vec<Option<f64>>], picked: impl Fn(usize) -> bool) -> Option<f64> {
    let of = |worker: &Vec<Option<f64>>| {
        let steps = worker.iter().enumerate().filter(|(step, _)| picked(*step));
        let mut rates: Vec<f64> = steps.filter_map(|(_, rate)| rate.filter(|rate| *rate > 0.0)).collect();
        rates.sort_by(f64::total_cmp);
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
        let (p, d) = (mean(&total(&prefill), |_| true), mean(&total(&decode), |_| true));
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
        let of = |waiting| bottleneck(1.01, 5.0, waiting);
        assert_eq!(of([Some(40.0), Some(0.5)]), Verdict::PrefillBound);
        assert_eq!(of([Some(0.0), Some(12.0)]), Verdict::DecodeBound);
        assert_eq!(of([Some(0.4), Some(0.0)]), Verdict::Balanced, "nobody waits");
        assert_eq!(of([Some(10.0), Some(8.0)]), Verdict::Balanced, "both are full");
        assert_eq!(of([None, None]), Verdict::Balanced);
        assert_eq!(of([None, Some(3.0)]), Verdict::DecodeBound);
        assert_eq!(bottleneck(0.5, 5.0, [Some(40.0), Some(0.0)]), Verdict::DecodeBound, "rates that differ decide");
    }

    #[test]
    fn steps_in_which_a_worker_is_silent_count_as_nothing() {
        let workers = vec![vec![Some(4.0), None, Some(8.0)], vec![None, None, Some(2.0)]];
        assert_eq!(total(&workers), [4.0, 0.0, 10.0]);
        assert_eq!(mean(&total(&workers), |step| step > 0), Some(5.0));
        assert_eq!(mean(&[], |_| true), None);
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
