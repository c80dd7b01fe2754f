//! Histograms and summaries as statistics: the mean is exact, percentiles are estimated.

use crate::record::Stat;

/// The percentiles that are estimated from buckets.
const PERCENTILES: [(f64, Stat); 4] = [(0.5, Stat::P50), (0.9, Stat::P90), (0.95, Stat::P95), (0.99, Stat::P99)];

/// The statistics of a summary's quantiles.
const QUANTILES: [(f64, Stat); 11] = [
    (0.0, Stat::Min),
    (0.01, Stat::P1),
    (0.05, Stat::P5),
    (0.1, Stat::P10),
    (0.25, Stat::P25),
    (0.5, Stat::P50),
    (0.75, Stat::P75),
    (0.9, Stat::P90),
    (0.95, Stat::P95),
    (0.99, Stat::P99),
    (1.0, Stat::Max),
];

/// One series' share of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// The observations up to a bound.
    Bucket(f64),
    /// A summary's quantile.
    Quantile(f64),
    Sum,
    Count,
}

/// A distribution that is put together from its series.
#[derive(Clone, Debug, Default)]
pub(super) struct Distribution {
    /// Upper bound and observations up to it.
    buckets: Vec<(f64, f64)>,
    quantiles: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
}

/// What came of a distribution.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Statistics in the metric's own unit.
    pub stats: Vec<(Stat, f64)>,
    /// How many observations.
    pub count: Option<f64>,
    /// Percentiles come from buckets.
    pub estimated: bool,
    /// The highest bound, where some percentile lies above it.
    pub above: Option<f64>,
    /// The buckets contradict each other.
    pub damaged: bool,
}

impl Distribution {
    pub(super) fn add(&mut self, part: Part, value: f64) {
        match part {
            Part::Bucket(bound) => self.buckets.push((bound, value)),
            Part::Quantile(quantile) => self.quantiles.push((quantile, value)),
            Part::Sum => self.sum = Some(value),
            Part::Count => self.count = Some(value),
        }
    }

    pub(super) fn figures(mut self) -> Figures {
        let mut found = Figures::default();
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total = self.buckets.last().filter(|(bound, _)| *bound == f64::INFINITY).map(|(_, total)| *total);
        found.count = self.count.or(total);
        if let (Some(sum), Some(count)) = (self.sum, found.count)
            && count > 0.0
        {
            found.stats.push((Stat::Mean, sum / count));
        }
        for (quantile, value) in self.quantiles {
            let known = QUANTILES.iter().find(|(known, _)| (known - quantile).abs() < 1e-9);
            let p99_9 = ((quantile - 0.999).abs() < 1e-9).then_some(Stat::P99_9);
            found.stats.extend(known.map(|(_, stat)| *stat).or(p99_9).map(|stat| (stat, value)));
        }
        let rising = self.buckets.is_sorted_by(|a, b| a.1 <= b.1) && self.buckets.first().is_none_or(|(_, least)| *least >= 0.0);
        let Some(total) = total.or(found.count).filter(|total| *total > 0.0) else { return found };
        let finite: Vec<(f64, f64)> = self.buckets.into_iter().filter(|(bound, _)| bound.is_finite()).collect();
        let Some((highest, within)) = finite.last().copied() else { return found };
        if !rising || within > total {
            found.damaged = true;
            return found;
        }
        for (share, stat) in PERCENTILES {
            match percentile(&finite, share * total) {
                Some(value) => {
                    found.estimated = true;
                    found.stats.push((stat, value));
                }
                None => found.above = Some(highest),
            }
        }
        found
    }
}

/// The value below which `rank` observations lie, linear within its bucket; `None` above the highest bound. The lowest
/// bucket begins at 0, or, where it ends below, has no beginning and gives its bound.
fn percentile(buckets: &[(f64, f64)], rank: f64) -> Option<f64> {
    let at = buckets.iter().position(|(_, cumulative)| *cumulative >= rank)?;
    let (bound, cumulative) = buckets.get(at).copied()?;
    let (from, before) = match at.checked_sub(1).and_then(|at| buckets.get(at)) {
        Some((from, before)) => (*from, *before),
        None if bound > 0.0 => (0.0, 0.0),
        None => return Some(bound),
    };
    let inside = cumulative - before;
    Some(if inside > 0.0 { from + (bound - from) * ((rank - before) / inside) } else { bound })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(parts: &[(Part, f64)]) -> Figures {
        let mut distribution = Distribution::default();
        parts.iter().for_each(|(part, value)| distribution.add(*part, *value));
        distribution.figures()
    }

    #[test]
    fn percentiles_are_linear_within_a_bucket() {
        let parts = [
            (Part::Bucket(2.0), 60.0),
            (Part::Bucket(1.0), 20.0),
            (Part::Bucket(f64::INFINITY), 100.0),
            (Part::Bucket(4.0), 98.0),
            (Part::Sum, 250.0),
            (Part::Count, 100.0),
        ];
        let found = figures(&parts);
        let p50 = 1.0 + (2.0 - 1.0) * ((50.0 - 20.0) / (60.0 - 20.0));
        let p90 = 2.0 + (4.0 - 2.0) * ((90.0 - 60.0) / (98.0 - 60.0));
        let p95 = 2.0 + (4.0 - 2.0) * ((95.0 - 60.0) / (98.0 - 60.0));
        assert_eq!(found.stats, [(Stat::Mean, 2.5), (Stat::P50, p50), (Stat::P90, p90), (Stat::P95, p95)]);
        assert_eq!((found.count, found.above, found.estimated), (Some(100.0), Some(4.0), true));
    }

    #[test]
    fn nothing_observed_is_missing() {
        let found =
            figures(&[(Part::Bucket(1.0), 0.0), (Part::Bucket(f64::INFINITY), 0.0), (Part::Sum, 0.0), (Part::Count, 0.0)]);
        assert_eq!(found, Figures { count: Some(0.0), ..Figures::default() });
        assert!(figures(&[(Part::Bucket(1.0), 5.0), (Part::Bucket(2.0), 3.0), (Part::Count, 9.0)]).damaged);
    }

    #[test]
    fn a_summary_states_its_quantiles() {
        let found = figures(&[(Part::Quantile(0.5), 3.0), (Part::Quantile(0.33), 2.0), (Part::Sum, 8.0), (Part::Count, 2.0)]);
        assert_eq!(found.stats, [(Stat::Mean, 4.0), (Stat::P50, 3.0)]);
        assert!(!found.estimated);
    }
}
