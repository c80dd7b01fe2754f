//! Fewer points of a line without losing what it shows: the lowest and the highest of each step along x.
//!
//! One pass, O(n). Unlike an average it keeps every peak, and unlike Largest-Triangle-Three-Buckets what is drawn can be said in a few words. It does not know what the numbers mean.

/// Which points of a line to draw, in their order: all, where there are no more than two a step and the two ends; else the
/// first, the last, and the lowest and the highest of each of `steps` equal steps along x. The points come in the order
/// of x; a y that is no number is never picked, except as an end.
pub fn extremes(points: &[(f64, f64)], steps: usize) -> Vec<usize> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let span = last.0 - first.0;
    if points.len() <= 2 * steps + 2 || steps == 0 || !(span > 0.0 && span.is_finite()) {
        return (0..points.len()).collect();
    }
    let step = |x: f64| (((x - first.0) / span * steps as f64) as usize).min(steps - 1);
    let mut kept = vec![0];
    let mut keep = |at: usize| {
        if kept.last().is_some_and(|before| *before < at) {
            kept.push(at);
        }
    };
    let mut current = 0;
    let mut found: Option<(usize, usize)> = None;
    for (at, (x, y)) in points.iter().enumerate() {
        let now = step(*x);
        if now != current {
            if let Some((low, high)) = found.take() {
                keep(low.min(high));
                keep(low.max(high));
            }
            current = now;
        }
        if y.is_finite() {
            found = Some(found.map_or((at, at), |(low, high)| {
                (if *y < points[low].1 { at } else { low }, if *y > points[high].1 { at } else { high })
            }));
        }
    }
    if let Some((low, high)) = found {
        keep(low.min(high));
        keep(low.max(high));
    }
    keep(points.len() - 1);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that repeat from one run to the next (Numerical Recipes' congruential generator), from 0 to 1.
    fn numbers(seed: u32) -> impl Iterator<Item = f64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1u32 << 24)
        })
    }

    #[test]
    fn ends_extremes_and_order_are_kept_whatever_the_line() {
        for seed in 0..200 {
            let mut random = numbers(seed);
            let mut next = || random.next().unwrap_or_default();
            let count = 1 + (next() * 3000.0) as usize;
            let steps = 1 + (next() * 60.0) as usize;
            let mut x = 0.0;
            let points: Vec<(f64, f64)> = (0..count)
                .map(|_| {
                    // Several samples share a second, and sometimes there is a pause.
                    x += if next() < 0.3 { 0.0 } else { next() * if next() < 0.01 { 500.0 } else { 1.0 } };
                    (x, if next() < 0.02 { f64::NAN } else { next() * 100.0 })
                })
                .collect();
            let kept = extremes(&points, steps);
            assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&(count - 1))), "seed {seed}");
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "seed {seed}: in order, none twice");
            assert!(kept.len() <= 2 * steps + 2 || kept.len() == count, "seed {seed}: {} of {count}", kept.len());
            let extent = |values: &mut dyn Iterator<Item = f64>| {
                values.filter(|y| y.is_finite()).fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(y), high.max(y)))
            };
            let all = extent(&mut points.iter().map(|point| point.1));
            assert_eq!(extent(&mut kept.iter().map(|at| points[*at].1)), all, "seed {seed}");
            // And in each step, computed the slow way.
            let span = points[count - 1].0 - points[0].0;
            let inside = |at: &usize, step: usize| {
                span > 0.0 && (((points[*at].0 - points[0].0) / span * steps as f64) as usize).min(steps - 1) == step
            };
            for step in 0..steps {
                let whole = extent(&mut (0..count).filter(|at| inside(at, step)).map(|at| points[at].1));
                let drawn = extent(&mut kept.iter().filter(|at| inside(at, step)).map(|at| points[*at].1));
                assert_eq!(drawn, whole, "seed {seed}, step {step} of {steps}");
            }
        }
    }

    #[test]
    fn short_lines_and_odd_ones_stay_whole() {
        assert!(extremes(&[], 4).is_empty());
        assert_eq!(extremes(&[(1.0, 2.0)], 4), [0]);
        let upright: Vec<(f64, f64)> = (0..50).map(|y| (3.0, f64::from(y))).collect();
        assert_eq!(extremes(&upright, 4).len(), 50);
    }
}
