//! The Pareto frontier of two figures: the points that no other point dominates.
//!
//! A point is dominated when another is at least as good in both figures and better in one. The reference dashboards have
//! no frontier at all, or keep points that are equal in one figure and worse in the other
//! (`../shared/formats/rhaiis.md` §2.6, `../shared/formats/llm-d-benchmark.md` §2.5). A point that lacks a figure cannot
//! be compared: it is never in.

use crate::catalog::Better;
use crate::sorting::Sorting;

/// Positions of the points no other point dominates, in order of x, then of position.
///
/// Equal points stay together. The order of the points does not matter. O(n log n). A figure without a good direction
/// has no frontier.
pub fn frontier(points: &[(f64, f64)], better: (Better, Better)) -> Vec<usize> {
    let mut found: Vec<usize> = nondominated(points, better).into_iter().map(|(index, ..)| index).collect();
    found.order_by(|a, b| points[*a].0.total_cmp(&points[*b].0).then(a.cmp(b)));
    found
}

/// The area that the points dominate, up to a reference point (hypervolume in two figures), in x's unit times y's.
///
/// The sum of the rectangles between neighbours of the frontier and the reference. Points that are not better than the
/// reference in both figures add nothing (Zitzler and Thiele, IEEE Trans. Evol. Comput. 3 (1999) 257). Comparable only
/// for the same reference.
pub fn area(points: &[(f64, f64)], better: (Better, Better), reference: (f64, f64)) -> f64 {
    let Some((limit_x, limit_y)) = upward(reference, better) else { return 0.0 };
    let (mut sum, mut reached) = (0.0, limit_y);
    // From the best x to the worst, y rises.
    for (_, x, y) in nondominated(points, better) {
        if x > limit_x && y > reached {
            sum += (x - limit_x) * (y - reached);
            reached = y;
        }
    }
    sum
}

/// The nondominated points as (position, x, y), both upward, from the best x to the worst.
fn nondominated(points: &[(f64, f64)], better: (Better, Better)) -> Vec<(usize, f64, f64)> {
    let of = |(index, point): (usize, &(f64, f64))| upward(*point, better).map(|(x, y)| (index, x, y));
    let mut ordered: Vec<(usize, f64, f64)> = points.iter().enumerate().filter_map(of).collect();
    ordered.order_by(|a, b| b.1.total_cmp(&a.1).then(b.2.total_cmp(&a.2)));
    // Everything before a point has a better or an equal x: the point stays if it beats all their y, or equals the last
    // that stayed.
    let mut last: Option<(f64, f64)> = None;
    ordered.retain(|(_, x, y)| {
        let stays = last.is_none_or(|(last_x, last_y)| *y > last_y || (*x == last_x && *y == last_y));
        if stays {
            last = Some((*x, *y));
        }
        stays
    });
    ordered
}

/// The point with both figures turned so that more is better; `None` where one is not finite or has no direction.
fn upward((x, y): (f64, f64), better: (Better, Better)) -> Option<(f64, f64)> {
    let turn = |value: f64, better: Better| match better {
        // Adding zero makes 0 and −0 equal for the sort.
        Better::Higher => Some(value + 0.0),
        Better::Lower => Some(0.0 - value),
        Better::Neutral => None,
    };
    Some((turn(x, better.0)?, turn(y, better.1)?)).filter(|(x, y)| x.is_finite() && y.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Better::{Higher, Lower};

    #[test]
    fn ties_stay_and_weakly_dominated_points_go() {
        let points = [(1.0, 5.0), (3.0, 3.0), (3.0, 3.0), (3.0, 2.0), (2.0, 3.0), (5.0, 1.0), (0.0, 5.0)];
        assert_eq!(frontier(&points, (Higher, Higher)), [0, 1, 2, 5]);
        assert_eq!(frontier(&points, (Lower, Higher)), [6]);
        assert_eq!(frontier(&points, (Higher, Lower)), [5]);
        assert_eq!(frontier(&points, (Lower, Lower)), [6, 4, 3, 5]);
        assert_eq!(frontier(&points, (Higher, Better::Neutral)), [0_usize; 0]);
        assert_eq!(frontier(&[(0.0, 1.0), (-0.0, 2.0)], (Lower, Higher)), [1]);
    }

    #[test]
    fn what_lacks_a_figure_is_never_in() {
        let points = [(f64::NAN, 9.0), (9.0, f64::NAN), (1.0, 1.0), (f64::INFINITY, 9.0)];
        assert_eq!(frontier(&points, (Higher, Higher)), [2]);
        assert_eq!(frontier(&[], (Higher, Higher)), [0_usize; 0]);
    }

    #[test]
    fn area_of_a_staircase() {
        // Rectangles by hand: 1 × 5 + 2 × 3 + 2 × 1.
        let points = [(1.0, 5.0), (3.0, 3.0), (3.0, 3.0), (5.0, 1.0), (2.0, 2.0), (f64::NAN, 9.0)];
        assert_eq!(area(&points, (Higher, Higher), (0.0, 0.0)), 13.0);
        // The same turned round in x: 6 − x.
        let turned: Vec<(f64, f64)> = points.iter().map(|(x, y)| (6.0 - x, *y)).collect();
        assert_eq!(area(&turned, (Lower, Higher), (6.0, 0.0)), 13.0);
        // Beyond the reference nothing counts: (3 − 2) × (3 − 2.5).
        assert_eq!(area(&points, (Higher, Higher), (2.0, 2.5)), 0.5);
        assert_eq!(area(&points, (Higher, Better::Neutral), (0.0, 0.0)), 0.0);
    }

    /// The definition, point by point.
    fn dominated(points: &[(f64, f64)], better: (Better, Better), point: usize, by: &[usize]) -> bool {
        let turn = |index: usize| upward(points[index], better).expect("finite");
        let (x, y) = turn(point);
        by.iter().map(|other| turn(*other)).any(|(a, b)| a >= x && b >= y && (a, b) != (x, y))
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_definition(
            whole in proptest::collection::vec((-4_i8..8, -4_i8..8), 0..40),
            (x_up, y_up) in (proptest::bool::ANY, proptest::bool::ANY),
            turn in 0_usize..40,
        ) {
            let better = (if x_up { Higher } else { Lower }, if y_up { Higher } else { Lower });
            let mut points: Vec<(f64, f64)> = whole.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
            let found = frontier(&points, better);
            for index in 0..points.len() {
                assert_ne!(found.contains(&index), dominated(&points, better, index, &found), "{index} of {points:?}");
            }
            let figures = |points: &[(f64, f64)]| frontier(points, better).iter().map(|i| points[*i]).collect::<Vec<_>>();
            let before = figures(&points);
            let area_before = area(&points, better, (2.0, 2.0));
            points.reverse();
            let middle = turn.min(points.len());
            points.rotate_left(middle);
            assert_eq!(figures(&points), before);
            assert_eq!(area(&points, better, (2.0, 2.0)), area_before);
        }
    }
}
