//! How many of many differences can be believed: the false discovery rate.
//!
//! Of a hundred comparisons of equal runs five differ “at 95 % confidence”. Benjamini and Hochberg (J. R. Stat. Soc. B 57
//! (1995) 289) keep the expected share of false ones among those that are called at most the rate.

use crate::sorting::Sorting;

/// The rate at which differences are called falsely, at most.
pub const RATE: f64 = 0.05;

/// The greatest probability that still counts as a difference: the greatest `p` of rank k among m (lowest first) with
/// `p ≤ k ÷ m × RATE`; `None` if there is none.
pub fn cutoff(probabilities: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = probabilities.into_iter().filter(|p| p.is_finite()).collect();
    all.order_by(f64::total_cmp);
    let number = all.len() as f64;
    all.iter().enumerate().rev().find(|(at, p)| **p <= (at + 1) as f64 / number * RATE).map(|(_, p)| *p)
}

#[cfg(test)]
mod tests {
    use super::cutoff;

    /// The first example of the paper: 15 hypotheses, of which the first four are rejected.
    #[test]
    fn the_example_of_benjamini_and_hochberg() {
        let all =
            [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        assert_eq!(cutoff(all), Some(0.0095));
    }

    #[test]
    fn of_one_it_is_the_rate_and_of_none_nothing() {
        assert_eq!((cutoff([0.04]), cutoff([0.06]), cutoff([])), (Some(0.04), None, None));
        assert_eq!(cutoff([0.04, f64::NAN]), Some(0.04));
    }
}
