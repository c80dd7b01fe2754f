//! Straight lines through points, by least squares.

/// A line `y = intercept + slope × x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Change of y for one x more.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Share of the variance of y that the line explains, 0 to 1; 1 for a y that never changes.
    pub r2: f64,
}

/// The line with the least sum of squared distances in y (ordinary least squares); `None` of fewer than two different x.
/// Points that are not finite are missing.
pub fn line(points: &[(f64, f64)]) -> Option<Line> {
    let points: Vec<(f64, f64)> = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum::<f64>();
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    (points.len() > 1 && xx > 0.0).then(|| {
        let slope = xy / xx;
        Line { slope, intercept: mean_y - slope * mean_x, r2: if yy > 0.0 { (slope * xy / yy).clamp(0.0, 1.0) } else { 1.0 } }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.polyfit` and `numpy.corrcoef`, numpy 2.4.6.
    #[test]
    fn as_numpy_has_it() {
        let found = line(&[(1.0, 2.0), (2.0, 2.5), (4.0, 7.0), (f64::NAN, 1.0)]).expect("points");
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        near(found.slope, 1.75);
        near(found.intercept, -0.25);
        near(found.r2, 0.942_307_692_307_692_1);
        assert_eq!((line(&[(1.0, 2.0), (1.0, 3.0)]), line(&[])), (None, None));
        assert_eq!(line(&[(1.0, 5.0), (2.0, 5.0)]).map(|line| line.r2), Some(1.0));
    }
}
