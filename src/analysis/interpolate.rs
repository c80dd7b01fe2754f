//! A measured curve between its points: monotone, and never beyond its ends.
//!
//! Levels are measured at loads that people chose; two configurations are comparable at equal *service* (say 30 tok/s per
//! user) only between them. A cubic that keeps the data's monotony overshoots nowhere, so it invents no peak.
//!
//! y must be a function of x. Over load it is. Throughput over interactivity is not: past saturation interactivity falls
//! on while throughput falls too, so one x has two y. Whoever asks passes the branch that counts, as a rule the points of
//! [`super::frontier`], along which both figures are monotone.

use super::mean::{arithmetic, geometric};
use crate::sorting::Sorting;

/// A curve through measured points.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// (x, y, slope), lowest x first, no x twice.
    knots: Vec<(f64, f64, f64)>,
}

impl Curve {
    /// A curve through these points, in any order; those of equal x are averaged, those not finite are missing. `None`
    /// of nothing.
    ///
    /// Piecewise cubic Hermite (PCHIP): slopes inside are the weighted harmonic mean of the neighbouring secants, zero
    /// where these differ in sign; at the ends the three-point formula, limited so that the shape stays
    /// (Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980) 238; Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5
    /// (1984) 300; as `scipy.interpolate.PchipInterpolator`).
    pub fn new(points: &[(f64, f64)]) -> Option<Curve> {
        let mut sorted: Vec<(f64, f64)> = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        sorted.order_by(|a, b| a.0.total_cmp(&b.0));
        let merge = |group: &[(f64, f64)]| Some((group.first()?.0, arithmetic(group.iter().map(|point| point.1))?));
        let merged: Vec<(f64, f64)> = sorted.chunk_by(|a, b| a.0 == b.0).filter_map(merge).collect();
        let widths: Vec<f64> = merged.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let secants: Vec<f64> = merged.windows(2).zip(&widths).map(|(pair, width)| (pair[1].1 - pair[0].1) / width).collect();
        let slopes = slopes(&widths, &secants);
        let knots: Vec<(f64, f64, f64)> = merged.into_iter().zip(slopes).map(|((x, y), slope)| (x, y, slope)).collect();
        (!knots.is_empty()).then_some(Curve { knots })
    }

    /// Lowest and highest x that was measured.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.knots.first()?.0, self.knots.last()?.0))
    }

    /// y at an x; `None` outside the measured range.
    pub fn at(&self, x: f64) -> Option<f64> {
        let above = self.knots.partition_point(|knot| knot.0 < x);
        let &(x1, y1, slope1) = self.knots.get(above)?;
        if x == x1 {
            return Some(y1);
        }
        let &(x0, y0, slope0) = self.knots.get(above.checked_sub(1)?)?;
        let width = x1 - x0;
        let t = (x - x0) / width;
        let secant = (y1 - y0) / width;
        // Hermite in powers of t: y0 + t·w·(s0 + t·((3Δ − 2s0 − s1) + t·(s0 + s1 − 2Δ))).
        let (second, third) = (3.0 * secant - 2.0 * slope0 - slope1, slope0 + slope1 - 2.0 * secant);
        Some(y0 + t * width * (slope0 + t * (second + t * third)))
    }
}

/// The slope at every knot.
fn slopes(widths: &[f64], secants: &[f64]) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (secants.first(), secants.last()) else { return vec![0.0] };
    if secants.len() == 1 {
        return vec![first, first];
    }
    let inside = widths.windows(2).zip(secants.windows(2)).map(|(w, d)| {
        if d[0] * d[1] <= 0.0 {
            return 0.0;
        }
        let (before, after) = (w[0] + 2.0 * w[1], 2.0 * w[0] + w[1]);
        (before + after) / (before / d[0] + after / d[1])
    });
    let end = |w: [f64; 2], d: [f64; 2]| {
        let slope = ((2.0 * w[0] + w[1]) * d[0] - w[0] * d[1]) / (w[0] + w[1]);
        match slope * d[0] <= 0.0 {
            true => 0.0,
            false if d[0] * d[1] <= 0.0 && slope.abs() > 3.0 * d[0].abs() => 3.0 * d[0],
            false => slope,
        }
    };
    let count = secants.len();
    let start = end([widths[0], widths[1]], [first, secants[1]]);
    let stop = end([widths[count - 1], widths[count - 2]], [last, secants[count - 2]]);
    std::iter::once(start).chain(inside).chain([stop]).collect()
}

/// Two curves at equal x.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AtEqual {
    /// (x, y of a, y of b) where both were measured.
    pub points: Vec<(f64, f64, f64)>,
    /// The x that lie outside either curve.
    pub outside: Vec<f64>,
}

impl AtEqual {
    /// Geometric mean of the ratios a/b over the points where both are above zero; `None` where there is none.
    pub fn ratio(&self) -> Option<f64> {
        geometric(self.points.iter().filter(|(_, a, b)| *a > 0.0 && *b > 0.0).map(|(_, a, b)| a / b))
    }
}

/// Two curves at these x. Outside the overlap of what was measured nothing is compared.
pub fn at_equal(a: &Curve, b: &Curve, xs: &[f64]) -> AtEqual {
    let mut found = AtEqual::default();
    for &x in xs {
        match (a.at(x), b.at(x)) {
            (Some(a), Some(b)) => found.points.push((x, a, b)),
            _ => found.outside.push(x),
        }
    }
    found
}

/// The range of x that both curves have.
pub fn overlap(a: &Curve, b: &Curve) -> Option<(f64, f64)> {
    let (a, b) = (a.range()?, b.range()?);
    Some((a.0.max(b.0), a.1.min(b.1))).filter(|(low, high)| low <= high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found:?}, not {expected}");
    }

    /// `scipy.interpolate.PchipInterpolator`, scipy 1.17.1.
    #[test]
    fn as_scipy_has_it() {
        let points = [(200.0, 5000.0), (1.0, 90.0), (100.0, 3300.0), (50.0, 2000.0), (300.0, 4800.0)];
        let curve = Curve::new(&points).expect("points");
        let table = [
            (1.0, 90.0),
            (10.0, 489.824_288_033_883_5),
            (75.0, 2_713.542_760_757_082),
            (150.0, 4_413.095_238_095_238),
            (199.0, 4_999.701_771_428_572),
            (250.0, 4975.0),
            (299.0, 4_805.940_2),
            (300.0, 4800.0),
        ];
        for (x, y) in table {
            near(curve.at(x), y);
        }
        let flat = Curve::new(&[(0.0, 0.0), (1.0, 0.0), (2.0, 1.0), (4.0, 1.5)]).expect("points");
        for (x, y) in
            [(0.5, 0.0), (1.25, 0.136_160_714_285_714_27), (1.5, 0.446_428_571_428_571_4), (3.0, 1.357_142_857_142_857_2)]
        {
            near(flat.at(x), y);
        }
    }

    #[test]
    fn never_beyond_its_ends() {
        let curve = Curve::new(&[(1.0, 2.0), (3.0, 8.0), (3.0, 10.0), (f64::NAN, 1.0), (5.0, f64::NAN)]).expect("points");
        assert_eq!((curve.at(0.999), curve.at(3.001), curve.at(f64::NAN)), (None, None, None));
        assert_eq!((curve.range(), curve.at(3.0), curve.at(2.0)), (Some((1.0, 3.0)), Some(9.0), Some(5.5)));
        let point = Curve::new(&[(4.0, 7.0)]).expect("a point");
        assert_eq!((point.at(4.0), point.at(4.1), point.at(3.9)), (Some(7.0), None, None));
        assert_eq!(Curve::new(&[(f64::NAN, 1.0)]), None);
    }

    #[test]
    fn lines_stay_lines() {
        let curve = Curve::new(&[1.0, 2.0, 5.0, 9.0, 20.0].map(|x| (x, 3.0 * x - 4.0))).expect("points");
        for step in 0..=190 {
            let x = 1.0 + f64::from(step) / 10.0;
            near(curve.at(x), 3.0 * x - 4.0);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_rises_keeps_rising(steps in proptest::collection::vec((0.01_f64..100.0, 0.0_f64..1e4), 2..12)) {
            let points: Vec<(f64, f64)> = steps.iter().scan((0.0, 0.0), |sum, step| {
                *sum = (sum.0 + step.0, sum.1 + step.1);
                Some(*sum)
            }).collect();
            let curve = Curve::new(&points).expect("points");
            let (low, high) = curve.range().expect("points");
            let ys: Vec<f64> = (0..=500).filter_map(|i| curve.at(low + (high - low) * f64::from(i) / 500.0)).collect();
            assert!(ys.len() >= 500);
            assert!(ys.windows(2).all(|pair| pair[1] >= pair[0] - 1e-6), "{points:?}: {ys:?}");
        }
    }

    #[test]
    fn compared_only_where_both_were_measured() {
        let a = Curve::new(&[(10.0, 200.0), (50.0, 100.0)]).expect("points");
        let b = Curve::new(&[(20.0, 100.0), (60.0, 100.0)]).expect("points");
        assert_eq!(overlap(&a, &b), Some((20.0, 50.0)));
        let found = at_equal(&a, &b, &[10.0, 30.0, 50.0, 60.0]);
        assert_eq!(found.points, [(30.0, 150.0, 100.0), (50.0, 100.0, 100.0)]);
        assert_eq!(found.outside, [10.0, 60.0]);
        near(found.ratio(), 1.5_f64.sqrt());
        assert_eq!(at_equal(&a, &b, &[]).ratio(), None);
        assert_eq!(overlap(&a, &Curve::new(&[(70.0, 1.0)]).expect("a point")), None);
    }
}
