//! A configuration measured over load: repeats averaged, levels in order of load.

use crate::sorting::Sorting;

/// One load level of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The requested load; `None` where the tool sent as fast as it could or did not state it.
    pub load: Option<f64>,
    /// Mean x of the level's rows that have both figures; NaN when none has.
    pub x: f64,
    /// Mean y of the same rows.
    pub y: f64,
    /// All rows of the level, also those that lack a figure.
    pub rows: Vec<usize>,
}

/// Groups rows into levels of equal load, lowest first, and averages the repeats of a level.
///
/// The mean is arithmetic and taken over the rows that have *both* x and y, so that the two describe the same runs
/// (`../shared/DESIGN.md` §5: repeats averaged first). A level none of whose rows has both stays, with NaN: a gap.
/// Rows without a load are levels of their own, after the others and ordered by x: they may not be repeats.
pub fn levels(
    rows: &[usize],
    load: impl Fn(usize) -> Option<f64>,
    x: impl Fn(usize) -> Option<f64>,
    y: impl Fn(usize) -> Option<f64>,
) -> Vec<Level> {
    let mut ordered: Vec<(Option<f64>, usize)> = rows.iter().map(|row| (load(*row), *row)).collect();
    ordered.order_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(b),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => std::cmp::Ordering::Equal,
    });
    let same = |a: &(Option<f64>, usize), b: &(Option<f64>, usize)| a.0.is_some() && a.0 == b.0;
    let mut levels: Vec<Level> = ordered
        .chunk_by(same)
        .map(|group| {
            let rows: Vec<usize> = group.iter().map(|(_, row)| *row).collect();
            let points: Vec<(f64, f64)> = rows.iter().filter_map(|row| Some((x(*row)?, y(*row)?))).collect();
            let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
            Level { load: group[0].0, x: mean(|p| p.0), y: mean(|p| p.1), rows }
        })
        .collect();
    let loaded = levels.iter().take_while(|level| level.load.is_some()).count();
    levels[loaded..].order_by(|a, b| a.x.total_cmp(&b.x));
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_averaged_and_gaps_stay() {
        let load = [Some(50.0), Some(1.0), Some(50.0), Some(100.0), None];
        let y = [Some(10.0), Some(1.0), Some(20.0), None, Some(7.0)];
        let levels = levels(&[0, 1, 2, 3, 4], |r| load[r], |r| load[r].or(Some(0.0)), |r| y[r]);
        let seen: Vec<(Option<f64>, usize)> = levels.iter().map(|level| (level.load, level.rows.len())).collect();
        assert_eq!(seen, [(Some(1.0), 1), (Some(50.0), 2), (Some(100.0), 1), (None, 1)]);
        assert_eq!((levels[1].x, levels[1].y), (50.0, 15.0));
        assert!(levels[2].y.is_nan());
    }

    #[test]
    fn a_repeat_without_a_figure_does_not_count() {
        let y = [Some(10.0), None];
        let levels = levels(&[0, 1], |_| Some(8.0), |r| Some(r as f64), |r| y[r]);
        assert_eq!((levels[0].x, levels[0].y), (0.0, 10.0));
        assert_eq!(levels[0].rows, [0, 1]);
    }
}
