//! Both sides over load: a panel for each configuration when they are few, else for one of them.

use super::{Comparison, METRIC, PAIR, USUAL_METRICS, headline};
use crate::comparison::kpis::Kpi;
use crate::query::context::Context;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::query::one_level::{self, Order};
use crate::query::series::Drawing;
use crate::record::{Kind, LoadKind};
use crate::state::Axis;
use crate::view_model::{Choice, Control, Entry, LegendEntry, Mark, Panel};

/// Panels drawn at once; each must stay readable.
const MAX_PANELS: usize = 6;
/// Configurations on offer for the one panel.
const MAX_CHOICES: usize = 500;

/// The panels, and what belongs to them.
#[derive(Default)]
pub(super) struct Charts {
    pub panels: Vec<Panel>,
    pub points: Vec<Vec<Vec<Vec<usize>>>>,
    pub legend: Vec<LegendEntry>,
    pub control: Option<Control>,
    pub notes: Vec<String>,
}

/// The metrics that are charted where nobody chose one: of each group the first that is there.
const USUAL: [&[&str]; 3] = [&headline::THROUGHPUT, &["ttft"], &["itl", "tpot", "e2el"]];

/// What is charted: the metric of all configurations, or the usual ones of the only configuration that there is.
pub(super) fn metrics(comparison: &Comparison<'_>, metric: Option<Kpi>) -> Vec<Kpi> {
    let chosen = comparison.state.option(METRIC).is_some_and(|metric| metric != USUAL_METRICS);
    let one = comparison.pairing.matched.len() == 1 || comparison.state.option(PAIR).is_some();
    if chosen || !one {
        return metric.into_iter().collect();
    }
    let first = |group: &&[&str]| comparison.kpis.iter().find(|kpi| group.contains(&kpi.metric)).copied();
    USUAL.iter().filter_map(first).collect()
}

/// Draws the metrics of both sides.
pub(super) fn draw(context: &mut Context<'_>, comparison: &Comparison<'_>, metrics: &[Kpi]) -> Charts {
    let matched = &comparison.pairing.matched;
    let Some(metric) = metrics.first() else { return Charts::default() };
    let Some(worst) = worst(comparison, metric) else { return Charts::default() };
    let chosen = comparison.state.option(PAIR).and_then(|id| matched.iter().position(|one| one.id == id));
    let shown: Vec<usize> = match chosen {
        Some(at) => vec![at],
        None if matched.len() <= MAX_PANELS => (0..matched.len()).collect(),
        None => vec![worst],
    };
    let choice = |one: &super::Configuration| Choice::new(&one.id, &one.label, "");
    let control = (matched.len() > 1).then(|| Control {
        key: PAIR.to_owned(),
        label: "Charted configuration".to_owned(),
        help: "Configuration to chart. Default: all if there are few, otherwise the one that regressed most".to_owned(),
        values: chosen.or((matched.len() > MAX_PANELS).then_some(worst)).iter().map(|at| matched[*at].id.clone()).collect(),
        entry: Entry::Select(matched.iter().take(MAX_CHOICES).map(choice).collect()),
    });
    let names = headline::names(comparison);
    let group = |side: usize, rows: &[usize]| {
        let value = &comparison.sides[side];
        let identity = if value.is_empty() { String::new() } else { format!("{}={value}", comparison.by) };
        let label = names.get(side).cloned().unwrap_or_default();
        Group { id: groups::id(&identity), label, rows: rows.to_vec() }
    };
    let in_all = |side: usize| -> Vec<usize> {
        shown.iter().flat_map(|at| matched[*at].sides.get(side).into_iter().flatten()).copied().collect()
    };
    let groups: Vec<Group> = (0..comparison.sides.len()).map(|side| group(side, &in_all(side))).collect();
    let all: Vec<&Group> = groups.iter().collect();
    let styles = lines::styles(context, &[comparison.by], &groups, &all);
    let mut charts = Charts { legend: lines::legend(&groups, &all, &styles), control, ..Charts::default() };
    charts.legend.iter_mut().take(1).for_each(|entry| entry.baseline = true);
    // Sides that have none of the configurations are in no chart.
    charts.legend.retain(|entry| entry.points > 0);
    for (at, metric) in shown.into_iter().flat_map(|at| metrics.iter().map(move |metric| (at, metric))) {
        let one = &matched[at];
        let y = metric.axis();
        let x = Axis::Load(one.kind.unwrap_or(LoadKind::Concurrency));
        let mut drawing = Drawing::new(comparison.table, Kind::Measurement, comparison.state, &x, &y);
        let here: Vec<Group> = one.sides.iter().enumerate().map(|(side, rows)| group(side, rows)).collect();
        let (mut panel, mut behind) = drawing.panel(None, &here.iter().collect::<Vec<_>>(), &styles);
        if matched.len() > 1 {
            panel.title.clone_from(&one.label);
        } else {
            panel.title.clear();
        }
        for axis in [&mut panel.chart.x, &mut panel.chart.y] {
            axis.key.clear();
        }
        if let Some(baseline) = panel.chart.series.iter_mut().find(|series| groups.first().is_some_and(|g| g.id == series.id))
            && let Some(points) = baseline.mark.points()
        {
            baseline.mark = Mark::Baseline(points.clone());
        }
        if one_level::is_one_level(&panel.chart) {
            one_level::turn(&mut panel.chart, &mut behind, Order::Given);
            // The load is at the side of the bars now: what they show is the panel's name.
            if panel.title.is_empty() {
                panel.title = metric.title();
            }
        }
        charts.panels.push(panel);
        charts.points.push(behind);
    }
    if chosen.is_none() && matched.len() > MAX_PANELS {
        charts.notes.push(format!(
            "Chart shows the configuration with the worst change in {}; select another under “Charted configuration”.",
            metric.title()
        ));
    }
    charts
}

/// The configuration that changed most for the worse; the first where nothing is known.
fn worst(comparison: &Comparison<'_>, metric: &Kpi) -> Option<usize> {
    let by = comparison.kpis.iter().position(|other| other == metric)?;
    let sign = if metric.higher { 1.0 } else { -1.0 };
    let change = |row: &Vec<Vec<Option<super::Outcome>>>| {
        let changes = row.iter().filter_map(|candidate| candidate.get(by)?.as_ref()?.change);
        changes.map(|change| sign * change).fold(f64::INFINITY, f64::min)
    };
    let all = comparison.outcomes.iter().map(change).enumerate();
    all.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
}
