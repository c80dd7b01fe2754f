//! The points of a sweep: one load level of one configuration each, repeats averaged, and the frontier of eligible points.
//! Independent of text and colours.

use super::configs::Config;
use super::measure::Measure;
use crate::analysis::{curve, frontier, student};
use crate::catalog::Better;
use crate::comparison::slo::Eligibility;
use crate::sorting::Sorting;
use crate::table::Table;

/// Confidence of the interval of a mean.
const CONFIDENCE: f64 = 0.95;

/// One load level of one configuration.
pub(super) struct Point {
    /// Index of its configuration.
    pub config: usize,
    /// The requested load, if stated.
    pub load: Option<f64>,
    /// User metric and throughput metric.
    pub at: (f64, f64),
    /// Whether it is within the SLO and error limit.
    pub complies: bool,
    /// Whether it exceeds the error limit.
    pub failing: bool,
    /// The measurements.
    pub rows: Vec<usize>,
}

/// All points, by configuration and load.
pub(super) struct Sweep {
    /// The points.
    pub points: Vec<Point>,
    /// Indices of the non-dominated points, in order of the user metric.
    pub front: Vec<usize>,
}

impl Sweep {
    pub(super) fn new(
        table: &Table,
        configs: &[Config],
        user_metric: &Measure<'_>,
        throughput: &Measure<'_>,
        eligibility: &Eligibility<'_>,
    ) -> Sweep {
        let load = |row: usize| table.load().and_then(|load| load.get(row));
        let mut points = Vec::new();
        for (at, config) in configs.iter().enumerate() {
            let levels = curve::levels(&config.group.rows, load, |row| user_metric.get(row), |row| throughput.get(row));
            points.extend(levels.into_iter().filter(|level| level.x.is_finite() && level.y.is_finite()).map(|level| Point {
                config: at,
                load: level.load,
                at: (level.x, level.y),
                complies: level.rows.iter().all(|row| eligibility.complies(*row)),
                failing: level.rows.iter().any(|row| eligibility.failing(*row)),
                rows: level.rows,
            }));
        }
        let eligible: Vec<usize> = points.iter().enumerate().filter(|(_, point)| point.complies).map(|(at, _)| at).collect();
        let at: Vec<(f64, f64)> = eligible.iter().filter_map(|at| points.get(*at)).map(|point| point.at).collect();
        let front = frontier::frontier(&at, (user_metric.better(), throughput.better()));
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

    /// Number of frontier points of a configuration.
    pub(super) fn on_front(&self, config: usize) -> usize {
        self.best().filter(|point| point.config == config).count()
    }

    /// The best throughput of a configuration's eligible levels, signed so that higher is better.
    fn best_throughput(&self, config: usize, throughput: &Measure<'_>) -> Option<f64> {
        let sign = if throughput.better() == Better::Lower { -1.0 } else { 1.0 };
        self.of(config).filter(|point| point.complies).map(|point| point.at.1 * sign).max_by(f64::total_cmp)
    }

    /// Ranks configurations: by frontier points, then by best throughput
    /// within the SLO, then by number of levels.
    pub(super) fn ranked(&self, configs: usize, throughput: &Measure<'_>) -> Vec<usize> {
        let key = |at: usize| {
            (self.on_front(at), self.best_throughput(at, throughput).unwrap_or(f64::NEG_INFINITY), self.of(at).count())
        };
        let mut ranked: Vec<(usize, (usize, f64, usize))> = (0..configs).map(|at| (at, key(at))).collect();
        ranked.order_by(|(_, a), (_, b)| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.cmp(&a.2)));
        ranked.into_iter().map(|(at, _)| at).collect()
    }
}

/// Statistics of repeats of one load level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Repeats {
    /// Arithmetic mean.
    pub mean: f64,
    /// Number of repeats.
    pub count: usize,
    /// Minimum and maximum.
    pub range: (f64, f64),
    /// 95 % confidence interval of the mean, `mean ± t·s/√n`; `None` without repeats.
    pub interval: Option<(f64, f64)>,
}

/// Statistics of the rows with a value; `None` without any.
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
