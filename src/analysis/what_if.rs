//! What if the load were another? Reading a measured curve between its levels, and asking it backwards.
//!
//! Nothing is read beyond the levels that were measured. Money and energy are not asked here: they follow from the throughput
//! that was read, as splining them directly is several times as wrong (`../shared/formats/whatif-and-pipelines.md` §2).

use super::interpolate::Curve;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Basis {
    /// It was measured at this load.
    Measured,
    /// It is read between two measured loads.
    Between(f64, f64),
    /// The load is outside of what was measured, from the lowest to the highest load: there is no value.
    Outside(f64, f64),
}

/// The levels of one figure.
#[derive(Clone, Debug)]
pub struct Levels {
    points: Vec<(f64, f64)>,
    curve: Curve,
}

/// Levels from which on leaving one out says how good reading between them is.
const ENOUGH: usize = 5;
/// Interpolated loads per interval when a curve is inverted.
const TRIED: usize = 200;

impl Levels {
    /// Levels as (load, value), in any order; equal loads are averaged. `None` of nothing.
    pub fn new(points: &[(f64, f64)]) -> Option<Levels> {
        let curve = Curve::new(points)?;
        let mut loads: Vec<f64> = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).map(|point| point.0).collect();
        use crate::sorting::Sorting;
        loads.order_by(f64::total_cmp);
        loads.dedup();
        let points = loads.into_iter().filter_map(|load| Some((load, curve.at(load)?))).collect();
        Some(Levels { points, curve })
    }

    /// The levels, in order of load.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The value at a load, and where it comes from.
    pub fn at(&self, load: f64) -> (Option<f64>, Basis) {
        let above = self.points.partition_point(|point| point.0 < load);
        let basis = match (above.checked_sub(1).and_then(|at| self.points.get(at)), self.points.get(above)) {
            (_, Some(point)) if point.0 == load => Basis::Measured,
            (Some(below), Some(above)) => Basis::Between(below.0, above.0),
            _ => {
                let ends = [self.points.first(), self.points.last()].map(|point| point.map_or(0.0, |point| point.0));
                return (None, Basis::Outside(ends[0], ends[1]));
            }
        };
        (self.curve.at(load), basis)
    }

    /// The highest load, within what was measured, at which something holds of all of some curves; to the 200th part of the
    /// distance between two levels.
    pub fn highest(&self, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let last = self.points.last()?.0;
        if holds(last) {
            return Some(last);
        }
        self.points.windows(2).rev().find_map(|pair| {
            let (from, to) = (pair[0].0, pair[1].0);
            let load = |step: usize| from + (to - from) * step as f64 / TRIED as f64;
            (0..TRIED).rev().map(load).find(|load| holds(*load))
        })
    }

    /// Mean relative error of reading each inner level from the others; `None` of fewer than five levels.
    pub fn leave_one_out(&self) -> Option<f64> {
        if self.points.len() < ENOUGH {
            return None;
        }
        let inner = 1..self.points.len() - 1;
        let errors = inner.clone().filter_map(|at| {
            let (load, value) = *self.points.get(at)?;
            let others: Vec<(f64, f64)> = self.points.iter().copied().filter(|point| point.0 != load).collect();
            let read = Curve::new(&others)?.at(load)?;
            (value != 0.0).then(|| ((read - value) / value).abs())
        });
        super::mean::arithmetic(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels() -> Levels {
        Levels::new(&[(1.0, 10.0), (2.0, 20.0), (4.0, 40.0), (8.0, 60.0), (16.0, 60.0)]).expect("levels")
    }

    #[test]
    fn a_value_says_where_it_comes_from() {
        assert_eq!(levels().at(4.0), (Some(40.0), Basis::Measured));
        let (value, basis) = levels().at(1.5);
        // scipy.interpolate.PchipInterpolator([1, 2, 4, 8, 16], [10, 20, 40, 60, 60])(1.5) = 15.0
        assert!((value.expect("inside") - 15.0).abs() < 1e-9);
        assert_eq!(basis, Basis::Between(1.0, 2.0));
        assert_eq!(levels().at(32.0), (None, Basis::Outside(1.0, 16.0)));
        assert_eq!(levels().at(0.5), (None, Basis::Outside(1.0, 16.0)));
    }

    #[test]
    fn asked_backwards_it_stays_inside() {
        let of = levels();
        let highest = |limit: f64| of.highest(|load| of.at(load).0.is_some_and(|value| value <= limit));
        assert_eq!(highest(100.0), Some(16.0));
        assert_eq!(highest(9.0), None);
        let found = highest(30.0).expect("between 2 and 4");
        assert!((2.0..4.0).contains(&found) && of.at(found).0.expect("inside") <= 30.0, "{found}");
        assert!(of.at(found + 0.02).0.expect("inside") > 30.0);
    }

    #[test]
    fn leaving_one_out_needs_five_levels() {
        assert_eq!(Levels::new(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)]).expect("levels").leave_one_out(), None);
        let line: Vec<(f64, f64)> = (1..7).map(|x| (f64::from(x), f64::from(3 * x))).collect();
        assert!(Levels::new(&line).expect("levels").leave_one_out().expect("six") < 1e-9);
        assert!(levels().leave_one_out().expect("five") > 0.02);
    }
}
