//! The noise of a statistic of one run, from the requests that it consists of.
//!
//! Requests that run at the same time share queue and batch, so they are not independent: whole blocks of neighbours are
//! drawn instead of single ones, around the end to the beginning (circular block bootstrap: Politis and Romano, in
//! Exploring the Limits of Bootstrap, 1992). The draws are seeded: the same data give the same figure everywhere.

/// How often the data are drawn anew.
const DRAWS: usize = 200;
/// Fewer values than this say little about their spread.
pub const ENOUGH: usize = 20;
/// The most values of one draw. Of more data so many are drawn, and the variance is scaled by the share (m out of n).
const MOST: usize = 2000;

/// The variance of the logarithm of a statistic of `values`, which are in the order of time. `block` is how many neighbours
/// depend on each other; it is at least `n^⅓` (Hall, Horowitz and Jing, Biometrika 82 (1995) 561) and at most a fifth of
/// all. `None` of fewer than [`ENOUGH`] values, or if the statistic is not above zero in a draw.
pub fn log_variance<T: Copy>(values: &[T], block: usize, seed: u64, statistic: impl Fn(&mut [T]) -> Option<f64>) -> Option<f64> {
    let all = values.len();
    if all < ENOUGH {
        return None;
    }
    let block = block.max((all as f64).cbrt().ceil() as usize).clamp(1, all / 5);
    let drawn = all.min(MOST);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut sample = Vec::with_capacity(drawn + block);
    let mut logs = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        sample.clear();
        while sample.len() < drawn {
            let from = random.usize(..all);
            sample.extend((from..from + block).filter_map(|at| values.get(at % all).copied()));
        }
        sample.truncate(drawn);
        logs.push(statistic(&mut sample).filter(|value| *value > 0.0)?.ln());
    }
    let mean = logs.iter().sum::<f64>() / DRAWS as f64;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
    Some(variance * drawn as f64 / all as f64)
}

/// Arithmetic mean; `None` of nothing.
pub fn mean(sample: &mut [f64]) -> Option<f64> {
    (!sample.is_empty()).then(|| sample.iter().sum::<f64>() / sample.len() as f64)
}

/// A request of a run: seconds since the one before it began, how long it took, and what it brought (tokens, or itself).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// Since the request before began, in seconds.
    pub gap: f64,
    /// From its start to its last token, in seconds.
    pub took: f64,
    /// What it brought.
    pub brought: f64,
}

/// Throughput of requests at so many at a time: each begins when the earliest of the ones before is done. From the first
/// start to the last end, so that the run's end, when ever fewer are served, counts as it does in a benchmark.
pub fn replayed(sample: &[Served], at_once: usize) -> Option<f64> {
    let mut streams = vec![0.0_f64; at_once.clamp(1, sample.len().max(1))];
    let mut end: f64 = 0.0;
    for one in sample {
        // With few streams a scan is as quick as a heap.
        let free = streams.iter_mut().min_by(|a, b| a.total_cmp(b))?;
        *free += one.took.max(0.0);
        end = end.max(*free);
    }
    (end > 0.0).then(|| sample.iter().map(|one| one.brought).sum::<f64>() / end)
}

/// Throughput of requests that begin at their own times, whatever is under way: from the first start to the last end.
pub fn arriving(sample: &[Served]) -> Option<f64> {
    let (mut start, mut end) = (0.0_f64, 0.0_f64);
    for (at, one) in sample.iter().enumerate() {
        start += if at == 0 { 0.0 } else { one.gap.max(0.0) };
        end = end.max(start + one.took.max(0.0));
    }
    (end > 0.0).then(|| sample.iter().map(|one| one.brought).sum::<f64>() / end)
}

/// The percentile, 0 to 100, linear between the closest ranks (as [`super::histogram::Distribution::percentile`]).
pub fn percentile(sample: &mut [f64], percent: f64) -> Option<f64> {
    let rank = percent / 100.0 * sample.len().checked_sub(1)? as f64;
    let (_, low, above) = sample.select_nth_unstable_by(rank.floor() as usize, f64::total_cmp);
    let low = *low;
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    Some(if next.is_finite() { low + rank.fract() * (next - low) } else { low })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of a known spread, without order.
    fn values(count: usize) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..count).map(|_| 100.0 + 20.0 * random.f64()).collect()
    }

    #[test]
    fn the_spread_of_a_mean_is_that_of_the_values_over_the_root_of_their_number() {
        for count in [200, 4000] {
            let values = values(count);
            let found = log_variance(&values, 1, 1, mean).expect("enough values");
            // The variance of a uniform distribution 20 wide is 400 ÷ 12; of ln x it is that over x².
            let expected = 400.0 / 12.0 / 110.0_f64.powi(2) / count as f64;
            assert!((found / expected - 1.0).abs() < 0.35, "{count}: {found} is not {expected}");
        }
    }

    #[test]
    fn neighbours_that_go_together_are_noisier_than_single_ones() {
        // Twenty by twenty the same: as good as a twentieth of the values.
        let steps = values(30);
        let together: Vec<f64> = (0..600).map(|at| steps[at / 20]).collect();
        let [alone, blocks] = [1, 40].map(|block| log_variance(&together, block, 1, mean).expect("enough values"));
        assert!(blocks > 2.0 * alone, "{blocks} and {alone}");
    }

    #[test]
    fn the_same_seed_gives_the_same_figure_and_few_values_none() {
        let values = values(100);
        let of = |seed| log_variance(&values, 3, seed, |sample| percentile(sample, 95.0));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(log_variance(&values[..19], 1, 1, mean), None);
        assert_eq!(log_variance(&vec![0.0; 50], 1, 1, mean), None, "no logarithm");
    }

    fn served(figures: &[(f64, f64, f64)]) -> Vec<Served> {
        figures.iter().map(|(gap, took, brought)| Served { gap: *gap, took: *took, brought: *brought }).collect()
    }

    #[test]
    fn a_run_is_served_again() {
        // Two streams: 3 s and 1 s, then 1 s on the free one, 4 s on that again: done after 6 s.
        let run = served(&[(0.0, 3.0, 30.0), (0.0, 1.0, 10.0), (0.0, 1.0, 10.0), (0.0, 4.0, 40.0)]);
        assert_eq!((replayed(&run, 2), replayed(&run, 1)), (Some(90.0 / 6.0), Some(10.0)));
        assert_eq!(replayed(&run, 99), Some(90.0 / 4.0), "all at once");
        // Starts at 0, 2 and 3, the last takes 5.
        assert_eq!(arriving(&served(&[(9.0, 1.0, 5.0), (2.0, 1.0, 5.0), (1.0, 5.0, 6.0)])), Some(2.0));
        assert_eq!((replayed(&[], 2), arriving(&[])), (None, None));
    }

    #[test]
    fn percentiles_between_ranks() {
        let of = |percent| percentile(&mut [4.0, 1.0, 3.0, 2.0], percent);
        assert_eq!((of(0.0), of(50.0), of(100.0), of(25.0)), (Some(1.0), Some(2.5), Some(4.0), Some(1.75)));
        assert_eq!(percentile(&mut [], 50.0), None);
    }
}
