//! Means. Knows nothing of levels: what may be averaged with what, the caller decides ([`super::pair`] for comparisons).
//!
//! Figures that are not finite are missing and take no part.

use crate::sorting::Sorting;

/// Arithmetic mean, `Σ v / n`, in the unit of the values; `None` of nothing.
pub fn arithmetic(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().filter(|value| value.is_finite()).fold((0.0, 0_u32), |(s, n), v| (s + v, n + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Geometric mean, `exp(Σ ln v / n)`, in the unit of the values.
///
/// Only values above zero have one; others are ignored, as the reference dashboard does (`../shared/formats/rhaiis.md`
/// §1.4). A comparison must therefore leave such a level out on *both* sides before it comes here.
pub fn geometric(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    arithmetic(values.into_iter().filter(|value| *value > 0.0).map(f64::ln)).map(f64::exp)
}

/// The usual time between moments in order: the third quartile (the lower of two) of the gaps that are not 0, so that neither
/// collectors that sample everything twice nor outages of up to a quarter of the gaps move it. `None` where all are one moment.
pub fn usual_gap(moments: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut former = None;
    let gaps = moments.into_iter().filter_map(|moment| former.replace(moment).map(|before: f64| moment - before));
    let mut gaps: Vec<f64> = gaps.filter(|gap| *gap > 0.0).collect();
    gaps.order_by(f64::total_cmp);
    gaps.get(gaps.len().checked_sub(1)? * 3 / 4).copied()
}

/// Gaps of more than so many usual ones are times of which nothing is known.
const UNKNOWN: f64 = 3.0;

/// Mean over time of values at moments in order, `Σ v·w / Σ w`: a value stands for half the time to each of its neighbours, at
/// either end for as much on the other side. A gap of more than three usual ones counts as a usual one. Of evenly spaced
/// moments it is the arithmetic mean.
pub fn over_time(values: &[(f64, f64)]) -> Option<f64> {
    let gaps: Vec<f64> = values.windows(2).map(|pair| (pair[1].0 - pair[0].0).max(0.0)).collect();
    let Some(usual) = usual_gap(values.iter().map(|(at, _)| *at)) else {
        return arithmetic(values.iter().map(|(_, value)| *value));
    };
    let gap = |at: usize| gaps.get(at).map(|gap| if *gap > UNKNOWN * usual { usual } else { *gap });
    let (mut sum, mut time) = (0.0, 0.0);
    for (at, (_, value)) in values.iter().enumerate().filter(|(_, (_, value))| value.is_finite()) {
        let (before, after) = (at.checked_sub(1).and_then(gap), gap(at));
        let weight = before.or(after).unwrap_or(usual) + after.or(before).unwrap_or(usual);
        sum += weight * value;
        time += weight;
    }
    (time > 0.0).then(|| sum / time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `../shared/formats/rhaiis.md` §7.
    #[test]
    fn only_positive_values_have_a_geometric_mean() {
        let near = |found: Option<f64>, expected: f64| assert!((found.unwrap_or(f64::NAN) - expected).abs() < 1e-9, "{found:?}");
        near(geometric([100.0, 400.0]), 200.0);
        near(geometric([0.0, -1.0, 4.0, 9.0]), 6.0);
        near(geometric([f64::NAN, 5.0, f64::INFINITY]), 5.0);
        assert_eq!(geometric([0.0]), None);
        assert_eq!(geometric([]), None);
    }

    #[test]
    fn over_time_a_value_counts_as_long_as_it_stood() {
        let near = |found: Option<f64>, expected: f64| assert!((found.unwrap_or(f64::NAN) - expected).abs() < 1e-12, "{found:?}");
        near(over_time(&[(0.0, 1.0), (5.0, 2.0), (10.0, 6.0)]), 3.0);
        // Weights by hand: 1 + 1, 1 + 1, 1 + 3, 3 + 3 of values 10, 10, 0, 0 (gaps 1, 1, 3).
        near(over_time(&[(0.0, 10.0), (1.0, 10.0), (2.0, 0.0), (5.0, 0.0)]), 40.0 / 14.0);
        // An hour without a scrape counts as one interval.
        near(over_time(&[(0.0, 0.0), (5.0, 0.0), (10.0, 90.0), (3610.0, 90.0)]), 45.0);
        near(over_time(&[(0.0, 4.0), (1.0, f64::NAN), (2.0, 8.0)]), 6.0);
        near(over_time(&[(7.0, 3.0)]), 3.0);
        assert_eq!(over_time(&[]), None);
    }

    #[test]
    fn the_usual_gap_is_that_of_the_schedule() {
        assert_eq!(usual_gap([0.0, 5.0, 10.0, 3610.0, 3615.0]), Some(5.0));
        // AIPerf's collector asks each GPU twice, a millisecond apart.
        assert_eq!(usual_gap([0.0, 1.0, 333.0, 334.0, 666.0, 667.0, 999.0]), Some(332.0));
        assert_eq!(usual_gap([2.0, 2.0]), None);
        assert_eq!(usual_gap([]), None);
    }

    #[test]
    fn nothing_has_no_mean_and_what_is_missing_does_not_count() {
        assert_eq!(arithmetic([]), None);
        assert_eq!(arithmetic([1.0, f64::NAN, 3.0]), Some(2.0));
    }
}
