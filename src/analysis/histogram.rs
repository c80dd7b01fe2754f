//! How values are distributed: quantiles and histograms of lengths or latencies, each value with a count if it came so.
//!
//! The file does not know whether it sees tokens or milliseconds. Values that are not finite are missing.

use crate::sorting::Sorting;

/// Default number of bins, as in the reference dashboards.
pub const BINS: usize = 50;

/// Most bins that are ever made: more than a chart has pixels for.
const MOST: f64 = 1000.0;

/// Counts between edges. A bin has its lower edge; the last has both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// One more than there are bins.
    pub edges: Vec<f64>,
    /// Values per bin.
    pub counts: Vec<u64>,
}

/// The values in order, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// (value, how many values there are up to and with it), lowest first.
    steps: Vec<(f64, u64)>,
    sum: f64,
}

impl Distribution {
    /// Of values that occur once each; `None` of nothing.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Option<Distribution> {
        Self::counted(values.into_iter().map(|value| (value, 1)))
    }

    /// Of values with how often each occurs; `None` of nothing.
    pub fn counted(values: impl IntoIterator<Item = (f64, u64)>) -> Option<Distribution> {
        let mut sorted: Vec<(f64, u64)> = values.into_iter().filter(|(value, count)| value.is_finite() && *count > 0).collect();
        sorted.order_by(|a, b| a.0.total_cmp(&b.0));
        let sum = sorted.iter().map(|(value, count)| value * *count as f64).sum();
        let steps: Vec<(f64, u64)> = sorted
            .into_iter()
            .scan(0_u64, |total, (value, count)| {
                *total = total.saturating_add(count);
                Some((value, *total))
            })
            .collect();
        (!steps.is_empty()).then_some(Distribution { steps, sum })
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.1)
    }

    /// Arithmetic mean.
    pub fn mean(&self) -> f64 {
        self.sum / self.count() as f64
    }

    /// Standard deviation of a sample, `√(Σ (v − mean)² / (n − 1))`; `None` of a single value.
    pub fn deviation(&self) -> Option<f64> {
        let (mean, mut before) = (self.mean(), 0);
        let squares = self.steps.iter().map(|(value, total)| {
            let count = total - before;
            before = *total;
            (value - mean).powi(2) * count as f64
        });
        let squares: f64 = squares.sum();
        (self.count() > 1).then(|| (squares / (self.count() - 1) as f64).sqrt())
    }

    /// Standard deviation of these values as all there are, `√(Σ (v − mean)² / n)`: numpy's default.
    pub fn population_deviation(&self) -> f64 {
        let count = self.count() as f64;
        self.deviation().map_or(0.0, |sample| sample * ((count - 1.0) / count).sqrt())
    }

    /// Least and greatest value.
    pub fn range(&self) -> (f64, f64) {
        (self.ranked(0), self.ranked(u64::MAX))
    }

    /// The value below which `percent` of the values lie, 0 to 100: linear between the closest ranks, at rank
    /// `p / 100 × (n − 1)` from zero (Hyndman and Fan's type 7, the default of `numpy.percentile`).
    pub fn percentile(&self, percent: f64) -> f64 {
        let rank = percent.clamp(0.0, 100.0) / 100.0 * (self.count() - 1) as f64;
        let below = self.ranked(rank.floor() as u64);
        below + (self.ranked(rank.ceil() as u64) - below) * rank.fract()
    }

    /// The value at a rank from zero; the greatest beyond the last.
    fn ranked(&self, rank: u64) -> f64 {
        let step = self.steps.partition_point(|step| step.1 <= rank).min(self.steps.len() - 1);
        self.steps[step].0
    }

    /// Counts the values in this many bins of equal width. Values that are all equal make one bin of width one around
    /// them.
    pub fn histogram(&self, bins: usize) -> Histogram {
        let (low, high) = self.range();
        self.histogram_over(low, high, bins)
    }

    /// The same with bins between two ends, so that several distributions share their edges; values beyond an end are
    /// counted in the bin there.
    pub fn histogram_over(&self, low: f64, high: f64, bins: usize) -> Histogram {
        let edges = if low == high { vec![low - 0.5, low + 0.5] } else { cut(low, high, bins) };
        let mut counts = vec![0; edges.len().saturating_sub(1)];
        let last = counts.len().saturating_sub(1);
        let mut before = 0;
        for &(value, total) in &self.steps {
            let bin = edges.partition_point(|edge| *edge <= value).saturating_sub(1).min(last);
            if let Some(count) = counts.get_mut(bin) {
                *count += total - before;
            }
            before = total;
        }
        Histogram { edges, counts }
    }

    /// The distribution function as points (value, percent of the values up to and with it), at most so many, evenly over
    /// the ranks, the least and the greatest value among them.
    pub fn cumulative(&self, most: usize) -> Vec<(f64, f64)> {
        let count = self.count();
        let drawn = count.min(most.max(2) as u64);
        let rank = |i: u64| if drawn < 2 { 0 } else { (i as u128 * (count - 1) as u128 / (drawn - 1) as u128) as u64 };
        let at = |i: u64| (self.ranked(rank(i)), (rank(i) + 1) as f64 / count as f64 * 100.0);
        (0..drawn).map(at).collect()
    }
}

/// Edges of so many bins of equal width.
fn cut(low: f64, high: f64, count: usize) -> Vec<f64> {
    let count = count.clamp(1, MOST as usize);
    let inner = (0..count).map(|i| low + (high - low) * i as f64 / count as f64);
    inner.chain([high]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Distribution {
        Distribution::new(values.iter().copied()).expect("values")
    }

    /// `numpy.percentile` of [15, 20, 35, 40, 50], numpy 2.4.6.
    #[test]
    fn percentiles_as_numpy_has_them() {
        let found = of(&[35.0, 15.0, 50.0, 20.0, f64::NAN, 40.0]);
        for (percent, expected) in [(0.0, 15.0), (5.0, 16.0), (40.0, 29.0), (50.0, 35.0), (95.0, 48.0), (100.0, 50.0)] {
            assert!((found.percentile(percent) - expected).abs() < 1e-9, "p{percent}: {}", found.percentile(percent));
        }
        assert_eq!((found.count(), found.mean(), found.range()), (5, 32.0, (15.0, 50.0)));
        assert_eq!(of(&[7.0]).percentile(95.0), 7.0);
        // `statistics.stdev` of Python.
        assert!((found.deviation().unwrap_or_default() - 14.404_860_290_887_934).abs() < 1e-12);
        assert_eq!(of(&[7.0]).deviation(), None);
        assert_eq!(Distribution::new([f64::NAN]), None);
        assert_eq!(Distribution::counted([(1.0, 0)]), None);
    }

    #[test]
    fn counts_are_repeats() {
        let counted = Distribution::counted([(3.0, 2), (1.0, 3), (9.0, 1), (1.0, 1)]).expect("values");
        let spelt = of(&[1.0, 3.0, 1.0, 9.0, 3.0, 1.0, 1.0]);
        assert_eq!((counted.count(), counted.mean()), (spelt.count(), spelt.mean()));
        for percent in 0..=100 {
            assert_eq!(counted.percentile(f64::from(percent)), spelt.percentile(f64::from(percent)));
        }
        assert_eq!(counted.histogram(4), spelt.histogram(4));
    }

    #[test]
    fn every_value_is_in_one_bin() {
        let found = of(&[0.0, 1.0, 2.0, 2.0, 3.0, 4.0]).histogram(4);
        assert_eq!(found.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(found.counts, [1, 1, 2, 2]);
        let shared = of(&[1.0, 2.0]).histogram_over(0.0, 4.0, 4);
        assert_eq!((shared.edges, shared.counts), (vec![0.0, 1.0, 2.0, 3.0, 4.0], vec![0, 1, 1, 0]));
        let same = of(&[8.0, 8.0]).histogram(BINS);
        assert_eq!((same.edges, same.counts), (vec![7.5, 8.5], vec![2]));
    }

    #[test]
    fn the_distribution_function_ends_at_all() {
        let found = of(&[4.0, 1.0, 2.0, 2.0]);
        assert_eq!(found.cumulative(100), [(1.0, 25.0), (2.0, 50.0), (2.0, 75.0), (4.0, 100.0)]);
        assert_eq!(found.cumulative(2), [(1.0, 25.0), (4.0, 100.0)]);
        assert_eq!(of(&[3.0]).cumulative(9), [(3.0, 100.0)]);
    }
}
