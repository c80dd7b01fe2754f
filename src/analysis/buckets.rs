//! Counters and histograms over time: increases between scrapes, and quantiles from the increases of buckets.
//!
//! The file knows no server: a series is its moments and totals. A fall of a total is a restart; what stands after it was
//! counted since (Prometheus' `increase`, without its extrapolation to the ends of the window).

use crate::sorting::Sorting;

/// What a counter gained between two scrapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<T> {
    /// The moment of the scrape before, s.
    pub from: f64,
    /// The moment of the scrape, s.
    pub to: f64,
    /// What was gained.
    pub by: T,
}

/// The gain of a total since the one before it.
pub fn gain(before: f64, after: f64) -> f64 {
    if after < before { after } else { after - before }
}

/// What a histogram observed in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Observations.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// Observations up to each finite bound, in order of the bounds.
    pub buckets: Vec<(f64, f64)>,
}

/// A quantile as buckets know it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantile {
    /// Estimated, linear within its bucket, which has these ends: that is the resolution.
    Within {
        /// The estimate.
        value: f64,
        /// The lower end of the bucket.
        low: f64,
        /// The upper end of the bucket.
        high: f64,
    },
    /// More than the highest bound: nothing else is known.
    Above(f64),
}

impl Quantile {
    /// The estimate; `None` of what lies above the highest bound.
    pub fn value(self) -> Option<f64> {
        match self {
            Quantile::Within { value, .. } => Some(value),
            Quantile::Above(_) => None,
        }
    }

    /// The least that it can be taken for: the estimate, or the highest bound.
    pub fn at_least(self) -> f64 {
        match self {
            Quantile::Within { value, .. } => value,
            Quantile::Above(bound) => bound,
        }
    }
}

impl Observed {
    /// What was observed from one scrape to the next. A restart shows in the count, and then holds for all parts. Where bounds
    /// changed, those that both have are known.
    #[must_use]
    pub fn since(&self, before: &Observed) -> Observed {
        if self.count < before.count {
            return self.clone();
        }
        // Nothing had been observed: whatever the bounds were.
        let none = before.count == 0.0;
        let earlier = |bound: f64| {
            let known = before.buckets.iter().find(|(other, _)| *other == bound).map(|(_, total)| *total);
            known.or(none.then_some(0.0))
        };
        Observed {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            buckets: {
                let gained = |(bound, total): &(f64, f64)| Some((*bound, (total - earlier(*bound)?).max(0.0)));
                self.buckets.iter().filter_map(gained).collect()
            },
        }
    }

    /// Adds what was observed elsewhere or at another time. Bounds that only one of them has are of no use for both.
    pub fn add(&mut self, other: &Observed) {
        if self.count == 0.0 && self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
        } else if other.count > 0.0 {
            self.buckets.retain_mut(|(bound, total)| {
                let same = other.buckets.iter().find(|(own, _)| own == bound);
                *total += same.map_or(0.0, |(_, more)| *more);
                same.is_some()
            });
        }
        self.count += other.count;
        self.sum += other.sum;
    }

    /// The mean: exact whatever the buckets.
    pub fn mean(&self) -> Option<f64> {
        // An excerpt may lack the sum: 0 of observations above a bound above 0 is none.
        let above = |(bound, up_to): &(f64, f64)| *bound > 0.0 && *up_to < self.count;
        let has_sum = self.sum > 0.0 || !self.buckets.iter().any(above);
        (self.count > 0.0 && has_sum).then(|| self.sum / self.count)
    }

    /// The quantile of a share from 0 to 1, as Prometheus' `histogram_quantile` estimates it: linear within a bucket, the
    /// lowest of which begins at 0.
    pub fn quantile(&self, share: f64) -> Option<Quantile> {
        let (highest, within) = self.buckets.last().copied()?;
        if self.count <= 0.0 {
            return None;
        }
        let rank = share * self.count;
        if rank > within {
            return Some(Quantile::Above(highest));
        }
        let at = self.buckets.iter().position(|(_, total)| *total >= rank)?;
        let (high, total) = self.buckets.get(at).copied()?;
        let (low, before) = match at.checked_sub(1).and_then(|at| self.buckets.get(at)) {
            Some((low, before)) => (*low, *before),
            None if high > 0.0 => (0.0, 0.0),
            None => return Some(Quantile::Within { value: high, low: high, high }),
        };
        let inside = total - before;
        let value = if inside > 0.0 { low + (high - low) * ((rank - before) / inside) } else { high };
        Some(Quantile::Within { value, low, high })
    }

    /// The share of observations up to a limit: between the shares at the two bounds beside it, which are equal where the
    /// limit is a bound.
    pub fn within(&self, limit: f64) -> Option<(f64, f64)> {
        if self.count <= 0.0 {
            return None;
        }
        let below = self.buckets.iter().rev().find(|(bound, _)| *bound <= limit).map_or(0.0, |(_, total)| *total);
        let above = self.buckets.iter().find(|(bound, _)| *bound >= limit).map_or(self.count, |(_, total)| *total);
        Some((below / self.count, above / self.count))
    }
}

/// The sum of steps of several series by the moment of their scrape.
pub fn together(all: impl IntoIterator<Item = Step<Observed>>) -> Vec<Step<Observed>> {
    let mut steps: Vec<Step<Observed>> = all.into_iter().collect();
    steps.order_by(|a, b| a.to.total_cmp(&b.to));
    let mut joined: Vec<Step<Observed>> = Vec::new();
    for step in steps {
        match joined.last_mut().filter(|last| last.to == step.to) {
            Some(last) => {
                last.from = last.from.min(step.from);
                last.by.add(&step.by);
            }
            None => joined.push(step),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_not_there_gives_no_mean() {
        let of = |sum: f64, low: f64| Observed { count: 10.0, sum, buckets: vec![(0.001, low), (0.1, 10.0)] }.mean();
        assert_eq!((of(0.5, 2.0), of(0.0, 10.0), of(0.0, 2.0)), (Some(0.05), Some(0.0), None));
    }

    fn observed(buckets: &[(f64, f64)], count: f64, sum: f64) -> Observed {
        Observed { count, sum, buckets: buckets.to_vec() }
    }

    #[test]
    fn a_fall_is_a_restart() {
        assert_eq!((gain(5.0, 8.0), gain(8.0, 3.0)), (3.0, 3.0));
        let before = observed(&[(1.0, 90.0)], 100.0, 50.0);
        let after = observed(&[(1.0, 4.0)], 5.0, 2.0);
        assert_eq!(after.since(&before), after);
        assert_eq!(observed(&[(1.0, 94.0)], 105.0, 53.0).since(&before), observed(&[(1.0, 4.0)], 5.0, 3.0));
    }

    #[test]
    fn where_bounds_change_only_those_that_both_have_are_known() {
        let before = observed(&[(1.0, 40.0), (2.0, 80.0)], 100.0, 150.0);
        // 0.5 is new: what it counted before is not known, and 45 of it is no gain.
        let after = observed(&[(0.5, 45.0), (2.0, 90.0)], 120.0, 190.0);
        assert_eq!(after.since(&before), observed(&[(2.0, 10.0)], 20.0, 40.0));
        assert_eq!(after.since(&Observed::default()), after, "nothing was counted before");
        // A stretch without observations says nothing of bounds.
        let mut sum = observed(&[(2.0, 10.0)], 20.0, 40.0);
        sum.add(&observed(&[(1.0, 0.0)], 0.0, 0.0));
        assert_eq!(sum, observed(&[(2.0, 10.0)], 20.0, 40.0));
    }

    #[test]
    fn quantiles_are_linear_within_a_bucket_and_honest_beyond_the_last() {
        let found = observed(&[(1.0, 20.0), (2.0, 60.0), (4.0, 98.0)], 100.0, 250.0);
        // (50 − 20) / (60 − 20) of the way from 1 to 2.
        assert_eq!(found.quantile(0.5), Some(Quantile::Within { value: 1.75, low: 1.0, high: 2.0 }));
        assert_eq!(found.quantile(0.99), Some(Quantile::Above(4.0)));
        assert_eq!(found.quantile(0.1).and_then(Quantile::value), Some(0.5));
        assert_eq!(found.mean(), Some(2.5));
        assert_eq!(Observed::default().quantile(0.5), None);
    }

    #[test]
    fn attainment_is_exact_at_a_bound_and_a_range_between() {
        let found = observed(&[(1.0, 20.0), (2.0, 60.0)], 80.0, 0.0);
        assert_eq!(found.within(2.0), Some((0.75, 0.75)));
        assert_eq!(found.within(1.5), Some((0.25, 0.75)));
        assert_eq!(found.within(9.0), Some((0.75, 1.0)));
    }

    #[test]
    fn sums_keep_the_bounds_that_all_have() {
        let mut sum = observed(&[(1.0, 1.0), (2.0, 2.0)], 2.0, 1.0);
        sum.add(&observed(&[(2.0, 3.0)], 4.0, 9.0));
        assert_eq!(sum, observed(&[(2.0, 5.0)], 6.0, 10.0));
    }
}
