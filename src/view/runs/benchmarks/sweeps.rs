//! The router's benchmark: TTFT, time per token and throughput by the share of a prompt that requests have in common.

use super::draw::{self, Chart};
use super::{Picture, choose, figure, named};
use crate::catalog::metrics;
use crate::query::context::Context;
use crate::query::{axes, groups};
use crate::record::{Kind, Stat};
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view_model::{AxisModel, Mark};

/// The figures, and their statistics in the order in which they are looked for.
pub(super) const SHOWN: [(&str, [Stat; 2]); 3] =
    [("ttft", [Stat::Mean, Stat::P50]), ("tpot", [Stat::Mean, Stat::P50]), ("output_tps", [Stat::Mean, Stat::Mean])];

/// The statistic of a figure that the rows have: the one that is asked for, else the usual ones.
pub(super) fn statistic(table: &Table, rows: &[usize], state: &ViewState, metric: &str, usual: [Stat; 2]) -> Option<Stat> {
    let has = |stat: &Stat| rows.iter().any(|row| figure(table, metric, *stat, *row).is_some());
    state.stat.into_iter().chain(usual).find(has)
}

pub(super) fn picture(context: &mut Context<'_>, state: &mut ViewState, rows: &[usize]) -> Picture {
    let table = context.table;
    let mut notes = Vec::new();
    // What differs between sweeps: all that identifies a configuration but the ratio, the file, and the run in a history.
    let mut by: Vec<&str> = groups::configuration(table).into_iter().filter(|key| *key != "prefix_ratio").collect();
    let telling =
        ["path", "run_id"].into_iter().filter(|key| !by.contains(key) && groups::differs(table, rows.iter().copied(), key));
    by.extend(telling.collect::<Vec<_>>());
    let groups = named(table, rows, &by);
    let chosen = choose(context, state, &groups, &by, &mut notes);
    let ratios = table.dimension("prefix_ratio");
    let ratio = |row: usize| ratios.and_then(|column| column.number(row));
    let mut picture = Picture { legend: chosen.legend, ..Picture::default() };
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
        if let Some((mut panel, behind)) = draw::panel(chart, &chosen.shown, &chosen.styles, &ratio, &ratio, &y) {
            panel.chart.rules =
                axes::limits(state, &Axis::Load(crate::record::LoadKind::Max), &Axis::Figure { metric: metric.to_owned(), stat });
            picture.panels.push(panel);
            picture.points.push(behind);
        }
    }
    picture.rows = chosen.shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    picture.sentence = format!(
        "{} of the router: {} by shared prefix ratio",
        crate::catalog::number::plural(chosen.shown.len() as u64, "sweep"),
        Kind::Measurement.count(picture.rows.len())
    );
    picture.notes = notes;
    picture
}
