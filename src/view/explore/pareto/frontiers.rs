//! The points and their Pareto frontiers. Independent of text and colours.
//!
//! A point is one load level of one configuration, repeats averaged. A level with any measurement outside the SLO
//! or error limit is shown but never on a frontier.

use crate::analysis::{curve, frontier};
use crate::catalog::Better;
use crate::comparison::slo::Eligibility;
use crate::query::groups::{self, Group};
use crate::sorting::Sorting;
use crate::table::Table;

/// One load level of one configuration.
pub(super) struct Point {
    /// Index of its group.
    pub group: usize,
    /// Index of its configuration.
    pub configuration: usize,
    /// The requested load, if stated.
    pub load: Option<f64>,
    /// Axis values: x, y.
    pub at: (f64, f64),
    /// Whether it is within the SLO and error limit.
    pub complies: bool,
    /// Whether it exceeds the error limit.
    pub failing: bool,
    /// The measurements.
    pub rows: Vec<usize>,
}

/// All points, and the frontiers of the eligible ones (within the SLO and error limit).
pub(super) struct Frontiers {
    /// All points, group by group.
    pub points: Vec<Point>,
    /// Indices of the non-dominated points, in order of x.
    pub overall: Vec<usize>,
    /// The same within each group.
    pub fronts: Vec<Vec<usize>>,
    /// Area dominated by each group's frontier, as a share of the box between the worst and best values of all eligible
    /// points, in percent; `None` if the box is flat or the group has no eligible point.
    pub areas: Vec<Option<f64>>,
    /// The worst and the best corner of that box.
    pub corners: Option<[(f64, f64); 2]>,
    better: (Better, Better),
}

/// Inputs for computing points.
pub(super) struct Inputs<'a> {
    pub table: &'a Table,
    pub eligibility: &'a Eligibility<'a>,
    /// The axis values of a row: x first.
    pub value: [&'a dyn Fn(usize) -> Option<f64>; 2],
    pub better: (Better, Better),
}

impl Inputs<'_> {
    /// Computes the points of the groups. Every row belongs to one group and one configuration.
    pub(super) fn frontiers(&self, groups: &[Group], configurations: &[Group]) -> Frontiers {
        let mut group_of = vec![0; self.table.rows()];
        for (at, group) in groups.iter().enumerate() {
            group.rows.iter().for_each(|row| group_of[*row] = at);
        }
        let load = |row: usize| self.table.load().and_then(|load| load.get(row));
        let mut points = Vec::new();
        for (configuration, group) in configurations.iter().enumerate() {
            for level in curve::levels(&group.rows, load, self.value[0], self.value[1]) {
                let Some(first) = level.rows.first() else { continue };
                points.push(Point {
                    group: group_of[*first],
                    configuration,
                    load: level.load,
                    at: (level.x, level.y),
                    complies: level.rows.iter().all(|row| self.eligibility.complies(*row)),
                    failing: level.rows.iter().any(|row| self.eligibility.failing(*row)),
                    rows: level.rows,
                });
            }
        }
        points.order_by_key(|point| point.group);
        Frontiers::new(points, groups.len(), self.better)
    }
}

impl Frontiers {
    fn new(points: Vec<Point>, groups: usize, better: (Better, Better)) -> Frontiers {
        let eligible: Vec<usize> = (0..points.len()).filter(|at| points[*at].complies).collect();
        let front = |of: &[usize]| -> Vec<usize> {
            let at: Vec<(f64, f64)> = of.iter().map(|point| points[*point].at).collect();
            frontier::frontier(&at, better).into_iter().map(|position| of[position]).collect()
        };
        let overall = front(&eligible);
        let fronts: Vec<Vec<usize>> = eligible.chunk_by(|a, b| points[*a].group == points[*b].group).fold(
            vec![Vec::new(); groups],
            |mut fronts, members| {
                fronts[points[members[0]].group] = front(members);
                fronts
            },
        );
        let corners = corners(&eligible.iter().map(|at| points[*at].at).collect::<Vec<_>>(), better);
        let area = |front: &Vec<usize>| {
            let [worst, best] = corners?;
            let at: Vec<(f64, f64)> = front.iter().map(|point| points[*point].at).collect();
            let whole = frontier::area(&[best], better, worst);
            (whole > 0.0 && !at.is_empty()).then(|| frontier::area(&at, better, worst) / whole * 100.0)
        };
        let areas = fronts.iter().map(area).collect();
        Frontiers { points, overall, fronts, areas, corners, better }
    }

    /// Number of eligible points dominated by this one.
    pub(super) fn dominated_by(&self, point: usize) -> usize {
        let (x, y) = self.points[point].at;
        let no_better = |value: f64, bound: f64, better: Better| match better {
            Better::Higher => value <= bound,
            Better::Lower => value >= bound,
            Better::Neutral => false,
        };
        let dominated = |other: &&Point| {
            let (a, b) = other.at;
            other.complies && (a, b) != (x, y) && no_better(a, x, self.better.0) && no_better(b, y, self.better.1)
        };
        self.points.iter().filter(dominated).count()
    }

    /// The best value of each axis over some points.
    pub(super) fn best(&self, of: &[usize]) -> Option<(f64, f64)> {
        corners(&of.iter().map(|at| self.points[*at].at).collect::<Vec<_>>(), self.better).map(|[_, best]| best)
    }
}

/// The worst and best value of each axis over the points.
fn corners(points: &[(f64, f64)], better: (Better, Better)) -> Option<[(f64, f64); 2]> {
    let ends = |values: &dyn Fn(&(f64, f64)) -> f64, better: Better| {
        let low = points.iter().map(values).min_by(f64::total_cmp)?;
        let high = points.iter().map(values).max_by(f64::total_cmp)?;
        Some(if better == Better::Lower { (high, low) } else { (low, high) })
    };
    let (worst_x, best_x) = ends(&|point| point.0, better.0)?;
    let (worst_y, best_y) = ends(&|point| point.1, better.1)?;
    Some([(worst_x, worst_y), (best_x, best_y)])
}

/// The configurations among the rows, by all identifying dimensions and the grouping dimensions.
pub(super) fn configurations(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Group> {
    let mut all = groups::configuration(table);
    all.extend(by.iter().filter(|key| table.dimension(key).is_some()));
    let mut seen: Vec<&str> = Vec::new();
    all.retain(|key| {
        let new = !seen.contains(key);
        seen.extend(new.then_some(*key));
        new
    });
    groups::group(table, rows, &all)
}
