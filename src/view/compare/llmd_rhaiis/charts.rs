//! Both sides of one match over load: throughput, wait for the first token, and time per token.

use super::{Comparison, PAIR, Part};
use crate::analysis::curve;
use crate::comparison::kpis::Kpi;
use crate::query::context::Context;
use crate::query::groups::{self, Group};
use crate::query::series::Drawing;
use crate::query::{axes, lines};
use crate::record::{Kind, LoadKind};
use crate::state::Axis;
use crate::view_model::{ChartModel, LegendEntry, Mark, Panel, Point, Points, Series};

/// The figures with a panel each, by part: the first of a list that is measured. Among the others only what people look at
/// first has one.
const PANELS: [(Part, bool, &[&str]); 6] = [
    (Part::Throughput, true, &["output_tps_per_gpu", "output_tps"]),
    (Part::Throughput, false, &["total_tps_per_gpu", "total_tps"]),
    (Part::Latency, true, &["ttft"]),
    (Part::Latency, true, &["itl", "tpot"]),
    (Part::Latency, false, &["tpot"]),
    (Part::Latency, false, &["e2el"]),
];

/// The panels, and what belongs to them.
#[derive(Default)]
pub(super) struct Charts {
    pub panels: Vec<Panel>,
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
    pub legend: Vec<LegendEntry>,
}

/// The match that is drawn: what is asked for, else the one with the most levels in common.
pub(super) fn chosen(comparison: &Comparison<'_>) -> Option<usize> {
    let matched = &comparison.matches.matched;
    let asked = comparison.state.option(PAIR).and_then(|id| matched.iter().position(|one| one.pair.id == id));
    let by = comparison.kpis.first();
    let common = |at: &usize| match matched.get(*at).zip(by) {
        Some((one, by)) => comparison.judge.compare(&one.pair, by).common.levels.len(),
        None => 0,
    };
    // Of equals the first.
    asked.or_else(|| (0..matched.len()).rev().max_by_key(common))
}

/// Draws one match.
pub(super) fn draw(context: &mut Context<'_>, comparison: &Comparison<'_>, at: usize) -> Charts {
    let Some(one) = comparison.matches.matched.get(at) else { return Charts::default() };
    let group = |side: usize| {
        let (name, layout) = (&comparison.names[side], &one.layouts[side]);
        let label = if layout.is_empty() { name.clone() } else { format!("{name} · {layout}") };
        let rows = one.pair.sides.get(side).cloned().unwrap_or_default();
        Group { id: groups::id(&format!("version={name}|{layout}")), label, rows }
    };
    let groups = [group(0), group(1)];
    let shown: Vec<&Group> = groups.iter().collect();
    let styles = lines::styles(context, &["version"], &groups, &shown);
    let mut charts = Charts { legend: lines::legend(&groups, &shown, &styles), ..Charts::default() };
    charts.legend.iter_mut().take(1).for_each(|entry| entry.baseline = true);
    let first = groups.iter().find_map(|group| group.rows.first()).copied();
    let x = Axis::Load(first.and_then(|row| comparison.table.load_kind(row)).unwrap_or(LoadKind::Concurrency));
    let mut drawn: Vec<&Kpi> = Vec::new();
    for (part, first, wanted) in PANELS {
        if !comparison.show.has(part) || !(first || comparison.show == part) {
            continue;
        }
        let measured = wanted.iter().find_map(|metric| comparison.kpis.iter().find(|by| by.metric == *metric));
        let Some(by) = measured.filter(|by| !drawn.contains(by)) else { continue };
        drawn.push(by);
        let (panel, behind) = panel(comparison, &groups, &styles, &x, by);
        charts.panels.push(panel);
        charts.points.push(behind);
    }
    charts
}

fn panel(
    comparison: &Comparison<'_>,
    groups: &[Group; 2],
    styles: &[crate::view_model::Style],
    x: &Axis,
    by: &Kpi,
) -> (Panel, Vec<Vec<Vec<usize>>>) {
    let load = |row: usize| comparison.judge.at(row);
    let mut series = Vec::new();
    let mut behind = Vec::new();
    for (side, (group, style)) in groups.iter().zip(styles).enumerate() {
        let rows: Vec<usize> = group.rows.iter().copied().filter(|row| load(*row).is_some()).collect();
        let levels = curve::levels(&rows, load, load, |row| by.value(comparison.table, row));
        let mut points = Points::with_capacity(levels.len());
        let mut rows = Vec::new();
        for level in levels {
            let over_limit = level.rows.iter().any(|row| comparison.judge.eligibility().failing(*row));
            points.push(Point { x: level.load.unwrap_or(f64::NAN), y: level.y, load: level.load, over_limit });
            rows.push(level.rows);
        }
        let mark = if side == 0 { Mark::Baseline(points) } else { Mark::Curve(points) };
        series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark });
        behind.push(rows);
    }
    let y = by.axis();
    let drawing = Drawing::new(comparison.table, Kind::Measurement, comparison.state, x, &y);
    let mut chart = ChartModel {
        x: drawing.axis(x, 0, &series, None),
        y: drawing.axis(&y, 1, &series, None),
        rules: axes::limits(comparison.state, x, &y),
        series,
        ..ChartModel::default()
    };
    for axis in [&mut chart.x, &mut chart.y] {
        axis.key.clear();
        axis.zooms = false;
    }
    if comparison.load_per_gpu {
        (chart.x.title, chart.x.unit) = (format!("{} per GPU", chart.x.title), format!("{}/GPU", chart.x.unit));
        chart.rules.retain(|rule| !rule.upright);
    }
    (Panel { title: by.title(), chart }, behind)
}
