//! The points of a sweep: one level of one configuration each, repeats averaged, and the frontier over those that may win.
//! Knows no words and no colours.

use super::configs::Config;
use super::measure::Measure;
use crate::analysis::{curve, frontier, student};
use crate::catalog::Better;
use crate::comparison::slo::Standing;
use crate::table::Table;

/// Confidence of the interval of a mean.
const CONFIDENCE: f64 = 0.95;

/// One level of one configuration.
pub(super) struct Point {
    /// Position of its configuration.
    pub config: usize,
    /// What was asked for, where the file says it.
    pub load: Option<f64>,
    /// What is felt, and what is gained.
    pub at: (f64, f64),
    /// Whether it may win.
    pub complies: bool,
    /// Whether too many requests failed.
    pub failing: bool,
    /// The measurements.
    pub rows: Vec<usize>,
}

/// All points, configuration by configuration in order of load.
pub(super) struct Sweep {
    /// The points.
    pub points: Vec<Point>,
    /// Positions of those that no other dominates, in order of what is felt.
    pub front: Vec<usize>,
}

impl Sweep {
    pub(super) fn new(
        table: &Table,
        configs: &[Config],
        felt: &Measure<'_>,
        gain: &Measure<'_>,
        standing: &Standing<'_>,
    ) -> Sweep {
        let load = |row: usize| table.load().and_then(|load| load.get(row));
        let mut points = Vec::new();
        for (at, config) in configs.iter().enumerate() {
            let levels = curve::levels(&config.group.rows, load, |row| felt.get(row), |row| gain.get(row));
            points.extend(levels.into_iter().filter(|level| level.x.is_finite() && level.y.is_finite()).map(|level| Point {
                config: at,
                load: level.load,
                at: (level.x, level.y),
                complies: level.rows.iter().all(|row| standing.complies(*row)),
                failing: level.rows.iter().any(|row| standing.failing(*row)),
                rows: level.rows,
            }));
        }
        let eligible: Vec<usize> = points.iter().enumerate().filter(|(_, point)| point.complies).map(|(at, _)| at).collect();
        let at: Vec<(f64, f64)> = eligible.iter().filter_map(|at| points.get(*at)).map(|point| point.at).collect();
        let front = frontier::frontier(&at, (felt.better(), gain.better()));
        let front = front.into_iter().filter_map(|position| eligible.get(position).copied()).collect();
        Sweep { points, front }
    }

    /// The points of the frontier.
    pub(super) fn best(&self) -> impl Iterator<Item = &Point> {
        self.front.iter().filter_map(|at| self.points.get(*at))
    }

    /// The points of a configuration, in order of load.
    pub(super) fn of(&self, config: usize) -> impl Iterator<Item = &Point> {
        let first = self.points.partition_point(|point| point.config < config);
        self.points.iter().skip(first).take_while(move |point| point.config == config)
    }

    /// How many points of the frontier are of a configuration.
    pub(super) fn on_front(&self, config: usize) -> usize {
        self.best().filter(|point| point.config == config).count()
    }

    /// The best of what is gained at a configuration's levels that may win, the higher the better.
    fn best_gain(&self, config: usize, gain: &Measure<'_>) -> Option<f64> {
        let sign = if gain.better() == Better::Lower { -1.0 } else { 1.0 };
        self.of(config).filter(|point| point.complies).map(|point| point.at.1 * sign).max_by(f64::total_cmp)
    }

    /// The first of so many configurations, the most telling first: those with most of the frontier, then those that gain most
    /// within the service level, then those with most levels.
    pub(super) fn ranked(&self, configs: usize, gain: &Measure<'_>) -> Vec<usize> {
        let key = |at: usize| (self.on_front(at), self.best_gain(at, gain).unwrap_or(f64::NEG_INFINITY), self.of(at).count());
        let mut ranked: Vec<(usize, (usize, f64, usize))> = (0..configs).map(|at| (at, key(at))).collect();
        ranked.sort_by(|(_, a), (_, b)| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.cmp(&a.2)));
        ranked.into_iter().map(|(at, _)| at).collect()
    }
}

/// A figure over repeats of one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Repeats {
    /// Arithmetic mean.
    pub mean: f64,
    /// How many there are.
    pub count: usize,
    /// The lowest and the highest.
    pub range: (f64, f64),
    /// Where their mean is at 95 % confidence, `mean ± t·s/√n`; `None` of a single one.
    pub interval: Option<(f64, f64)>,
}

/// The figure of the rows that have it; `None` where none has.
pub(super) fn repeats(rows: &[usize], of: impl Fn(usize) -> Option<f64>) -> Option<Repeats> {
    let values: Vec<f64> = rows.iter().filter_map(|row| of(*row)).filter(|value| value.is_finite()).collect();
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let free = count as f64 - 1.0;
    let half = student::t(CONFIDENCE, free).map(|t| {
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / free;
        t * (variance / count as f64).sqrt()
    });
    Some(Repeats { mean, count, range: (low, high), interval: half.map(|half| (mean - half, mean + half)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval against scipy: `stats.t.interval(0.95, 2, loc=20, scale=10/sqrt(3))`.
    #[test]
    fn repeats_have_a_range_and_an_interval() {
        let values = [Some(10.0), None, Some(30.0), Some(20.0)];
        let found = repeats(&[0, 1, 2, 3], |row| values[row]).expect("three have it");
        assert_eq!((found.mean, found.count, found.range), (20.0, 3, (10.0, 30.0)));
        let (low, high) = found.interval.expect("of three");
        assert!((low + 4.841_377).abs() < 1e-3 && (high - 44.841_377).abs() < 1e-3, "{low} {high}");
        assert_eq!(repeats(&[0], |row| values[row]).and_then(|one| one.interval), None);
        assert_eq!(repeats(&[1], |row| values[row]), None);
    }
}
