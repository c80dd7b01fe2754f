//! Router benchmarks: TTFT, time per token and throughput over the shared prefix ratio.

use super::draw::{self, Chart};
use super::{Content, choose, figure, named};
use crate::catalog::metrics;
use crate::query::context::Context;
use crate::query::{axes, groups};
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{AxisModel, Mark};

/// The metrics, with statistics in order of preference.
pub(super) const SHOWN: [(&str, [Stat; 2]); 3] =
    [("ttft", [Stat::Mean, Stat::P50]), ("tpot", [Stat::Mean, Stat::P50]), ("output_tps", [Stat::Mean, Stat::Mean])];

/// The first available statistic of a metric: the requested one, then the defaults.
pub(super) fn statistic(table: &Table, rows: &[usize], state: &ViewState, metric: &str, usual: [Stat; 2]) -> Option<Stat> {
    let has = |stat: &Stat| rows.iter().any(|row| figure(table, metric, *stat, *row).is_some());
    state.stat.into_iter().chain(usual).find(has)
}

pub(super) fn content(context: &mut Context<'_>, state: &mut ViewState, rows: &[usize]) -> Content {
    let table = context.table;
    let mut notes = Vec::new();
    // Sweeps differ in everything that identifies a configuration except ratio, file and run.
    let mut by: Vec<&str> = groups::configuration(table).into_iter().filter(|key| *key != "prefix_ratio").collect();
    let telling =
        ["path", "run_id"].into_iter().filter(|key| !by.contains(key) && groups::differs(table, rows.iter().copied(), key));
    by.extend(telling.collect::<Vec<_>>());
    let groups = named(table, rows, &by);
    let chosen = choose(context, state, &groups, &by, &mut notes);
    let ratios = table.dimension("prefix_ratio");
    let ratio = |row: usize| ratios.and_then(|column| column.number(row));
    let mut content = Content { legend: chosen.legend, ..Content::default() };
    for (metric, usual) in SHOWN {
        let Some(stat) = statistic(table, rows, state, metric, usual) else { continue };
        let chart = Chart {
            table,
            title: metrics::title(metric, stat, Kind::Measurement),
            x: AxisModel::own("Prefix ratio", "", None),
            y: draw::axis(metric, stat),
            label_points: false,
            error_limit: state.error_limit,
            mark: Mark::Curve,
        };
        let y = |row: usize| figure(table, metric, stat, row);
        if let Some((mut panel, point_rows)) = draw::panel(chart, &chosen.shown, &chosen.styles, &ratio, &ratio, &y) {
            panel.chart.rules =
                axes::limits(state, &Axis::Load(crate::record::LoadKind::Max), &Axis::Figure { metric: metric.to_owned(), stat });
            content.panels.push(panel);
            content.points.push(point_rows);
        }
    }
    content.rows = chosen.shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    content.sentence = format!(
        "{} of the router: {} by shared prefix ratio",
        crate::catalog::number::plural(chosen.shown.len() as u64, "sweep"),
        Kind::Measurement.count(content.rows.len())
    );
    content.notes = notes;
    content
}
