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

/// The sum of the first figures over that of the second; `None` if that is zero.
pub fn ratio(sample: &mut [(f64, f64)]) -> Option<f64> {
    let (above, below) = sample.iter().fold((0.0, 0.0), |(above, below), one| (above + one.0, below + one.1));
    (below > 0.0).then(|| above / below)
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

    #[test]
    fn percentiles_between_ranks() {
        let of = |percent| percentile(&mut [4.0, 1.0, 3.0, 2.0], percent);
        assert_eq!((of(0.0), of(50.0), of(100.0), of(25.0)), (Some(1.0), Some(2.5), Some(4.0), Some(1.75)));
        assert_eq!(percentile(&mut [], 50.0), None);
    }
}
