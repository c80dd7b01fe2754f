//! Means. Knows nothing of levels: what may be averaged with what, the caller decides ([`super::pair`] for comparisons).
//!
//! Figures that are not finite are missing and take no part.

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
    fn nothing_has_no_mean_and_what_is_missing_does_not_count() {
        assert_eq!(arithmetic([]), None);
        assert_eq!(arithmetic([1.0, f64::NAN, 3.0]), Some(2.0));
    }
}
