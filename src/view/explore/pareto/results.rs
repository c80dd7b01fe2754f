//! The cards and the two tables.

use super::frontiers::{Frontiers, Point};
use crate::catalog::number::{self, plural};
use crate::query::axes;
use crate::query::deep_links::DeepLinks;
use crate::query::groups::Group;
use crate::query::listing::Layout;
use crate::sorting::Sorting;
use crate::state::Axis;
use crate::view_model::{Card, Column, Evidence, Grid, GridCell};

/// Definition of the Pareto area.
pub(super) const AREA: &str = "The area dominated by a group's frontier, as a share of the box between the worst and \
    best values of all points within the SLO and error limit. 100% means one point is best in both metrics. Compare areas only within one chart.";

/// Inputs of the cards and tables.
pub(super) struct Results<'a> {
    pub frontiers: &'a Frontiers,
    pub groups: &'a [Group],
    pub configurations: &'a [Group],
    pub by_group: DeepLinks<'a>,
    pub by_configuration: DeepLinks<'a>,
    pub x: &'a Axis,
    pub y: &'a Axis,
}

fn count(count: usize) -> GridCell {
    GridCell::number(count.to_string(), count as f64)
}

/// An axis' value with its unit.
fn with_unit(axis: &Axis, value: f64) -> String {
    match axis {
        Axis::Figure { metric, .. } => number::with_unit(metric, value),
        Axis::Load(_) => number::short(value),
    }
}

impl Results<'_> {
    /// Every point of the overall frontier.
    pub(super) fn frontier(&self, layout: Layout<'_>) -> Grid {
        let row = |at: &usize| {
            let point = &self.frontiers.points[*at];
            let first = point.rows.first().copied();
            let link_to = |cell: GridCell| match first {
                Some(row) => cell.linked(self.by_configuration.to("explore", row)),
                None => cell,
            };
            let label = |groups: &[Group], at: usize| groups.get(at).map(|group| group.label.clone()).unwrap_or_default();
            vec![
                GridCell::text(label(self.groups, point.group)),
                link_to(GridCell::text(label(self.configurations, point.configuration))),
                GridCell::figure(point.load),
                GridCell::figure(Some(point.at.0)),
                GridCell::figure(Some(point.at.1)),
                count(self.frontiers.dominated_by(*at)),
            ]
        };
        layout.list(
            Grid {
                key: "frontier".to_owned(),
                title: "Overall frontier".to_owned(),
                note: "No other point within the SLO and error limit is at least as good in both metrics and better in one. Ties are kept.".to_owned(),
                columns: vec![
                    Column::text("group", "Group"),
                    Column::text("configuration", "Configuration"),
                    Column::figure("load", "Load", ""),
                    Column::figure("x", &axes::name(self.x), axes::unit(self.x)),
                    Column::figure("y", &axes::name(self.y), axes::unit(self.y)),
                    Column::figure("dominates", "Dominates", "points"),
                ],
                ..Grid::default()
            },
            &self.frontiers.overall,
            |_, one, _| row(one),
        )
    }

    /// Every group with its Pareto area, largest first.
    pub(super) fn groups(&self, layout: Layout<'_>) -> Grid {
        let row = |at: usize| {
            let (front, group) = (&self.frontiers.fronts[at], &self.groups[at]);
            let members: Vec<&Point> = self.members(at);
            let best = self.frontiers.best(front);
            let overall = self.frontiers.overall.iter().filter(|point| self.frontiers.points[**point].group == at).count();
            let name = GridCell::text(group.label.clone());
            vec![
                match group.rows.first() {
                    Some(row) => name.linked(self.by_group.to("explore", *row)),
                    None => name,
                },
                match self.frontiers.areas[at] {
                    Some(area) => GridCell::number(number::short(area), area),
                    None => GridCell::default().hinted("No point within the SLO and error limit, or all points share one value"),
                },
                GridCell::figure(best.map(|best| best.0)),
                GridCell::figure(best.map(|best| best.1)),
                count(members.len()),
                count(members.iter().filter(|point| !point.complies).count()),
                count(front.len()),
                count(overall),
            ]
        };
        let order = self.ranked();
        let heading = Grid {
            key: "groups".to_owned(),
            title: "Groups".to_owned(),
            note: "Area: share of the box between the worst and best values of all points within the SLO and error limit."
                .to_owned(),
            columns: vec![
                Column::text("group", "Group"),
                Column::figure("area", "Area", "%"),
                Column::figure("x", &format!("Best {}", axes::name(self.x)), axes::unit(self.x)),
                Column::figure("y", &format!("Best {}", axes::name(self.y)), axes::unit(self.y)),
                Column::figure("points", "Points", ""),
                Column::figure("refused", "Outside the SLO", "points"),
                Column::figure("front", "On group frontier", "points"),
                Column::figure("overall", "On overall frontier", "points"),
            ],
            ..Grid::default()
        };
        layout.list(heading, &order, |_, at, _| row(*at))
    }

    /// Groups by Pareto area, largest first; groups without one last, in their order.
    pub(super) fn ranked(&self) -> Vec<usize> {
        ranked(self.frontiers)
    }

    fn members(&self, group: usize) -> Vec<&Point> {
        let first = self.frontiers.points.partition_point(|point| point.group < group);
        self.frontiers.points[first..].iter().take_while(|point| point.group == group).collect()
    }

    /// The group with the largest Pareto area, and the best value of each metric.
    pub(super) fn cards(&self) -> Vec<Card> {
        let mut cards = Vec::new();
        if let Some((at, area)) = self.ranked().first().and_then(|at| Some((*at, self.frontiers.areas[*at]?))) {
            let others = self.ranked().into_iter().skip(1).take(4);
            let evidence = others.filter_map(|at| {
                let text = format!("{}: {}%", self.groups[at].label, number::short(self.frontiers.areas[at]?));
                Some(Evidence {
                    text,
                    link: self.groups[at].rows.first().map(|row| self.by_group.to("explore", *row)),
                    ..Evidence::default()
                })
            });
            cards.push(Card {
                label: "Largest Pareto area".to_owned(),
                value: self.groups[at].label.clone(),
                detail: format!("{}% of the box", number::short(area)),
                method: AREA.to_owned(),
                evidence: evidence.collect(),
                ..Card::default()
            });
        }
        // The frontier is ordered by x, so its ends have the best value of each metric.
        let ends = match axes::better(self.x) {
            Some(false) => [self.frontiers.overall.first(), self.frontiers.overall.last()],
            _ => [self.frontiers.overall.last(), self.frontiers.overall.first()],
        };
        for (axis, end, of) in [(self.x, ends[0], 0), (self.y, ends[1], 1)] {
            let Some(point) = end.map(|at| &self.frontiers.points[*at]) else { continue };
            let value = if of == 0 { point.at.0 } else { point.at.1 };
            let (other, beside) = if of == 0 { (self.y, point.at.1) } else { (self.x, point.at.0) };
            let load = point.load.map(|load| format!(" at load {}", number::short(load))).unwrap_or_default();
            let label = self.configurations.get(point.configuration).map(|group| group.label.clone()).unwrap_or_default();
            let link = point.rows.first().map(|row| self.by_configuration.to("explore", *row));
            cards.push(Card {
                label: format!("Best {}", axes::name(axis)),
                value: with_unit(axis, value),
                detail: format!("{label}{load}"),
                method:
                    "The best of all measurements within the SLO and error limit. The other value is from the same measurement."
                        .to_owned(),
                evidence: vec![Evidence {
                    text: format!("{} {} there", axes::name(other), with_unit(other, beside)),
                    link,
                    ..Evidence::default()
                }],
                ..Card::default()
            });
        }
        cards
    }
}

/// Groups by Pareto area, largest first; groups without one last, in their order.
pub(super) fn ranked(frontiers: &Frontiers) -> Vec<usize> {
    let mut order: Vec<usize> = (0..frontiers.areas.len()).collect();
    order.order_by(|a, b| frontiers.areas[*b].unwrap_or(-1.0).total_cmp(&frontiers.areas[*a].unwrap_or(-1.0)));
    order
}

/// Groups by number of points on the overall frontier, then by area.
pub(super) fn by_frontier_points(frontiers: &Frontiers) -> Vec<usize> {
    let mut order = ranked(frontiers);
    let on_frontier = |group: usize| frontiers.overall.iter().filter(|at| frontiers.points[**at].group == group).count();
    order.order_by_key(|group| std::cmp::Reverse(on_frontier(*group)));
    order
}

/// Note about ineligible points.
pub(super) fn ineligible(frontiers: &Frontiers, limits: &str) -> Option<String> {
    let ineligible = frontiers.points.iter().filter(|point| !point.complies).count();
    let failing = frontiers.points.iter().filter(|point| point.failing).count();
    (ineligible > 0).then(|| {
        let failing = if failing > 0 { format!(", {failing} of them over the error limit (hollow)") } else { String::new() };
        format!("{} outside {limits}{failing}: drawn faint and excluded from every frontier.", plural(ineligible as u64, "point"))
    })
}
