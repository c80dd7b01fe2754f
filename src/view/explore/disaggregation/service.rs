//! SLOs proposed by llm-d's own tools, as links that apply them.

use super::measure::Measure;
use crate::catalog::{Better, metrics, number};
use crate::record::{Kind, Stat};
use crate::state::{Axis, Limit, ViewState, link};
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// A published limit.
type Published = (&'static str, Stat, f64);

/// Name, limits in catalogue units, and remarks. From the Sweep Visualizer and the analysis notebook
/// of llm-d-benchmark (`../shared/formats/llm-d-benchmark.md` §2.5 and §3.1).
const PROPOSED: &[(&str, &[Published], &str)] = &[
    (
        "Chatbot",
        &[("e2el", Stat::P90, 100.0), ("ttft", Stat::P90, 2000.0), ("itl", Stat::P90, 50.0), ("total_tps", Stat::Mean, 100.0)],
        "As published. E2E within 100 ms contradicts TTFT up to 2 s, so almost nothing meets it.",
    ),
    (
        "Chatbot, no E2E limit",
        &[("ttft", Stat::P90, 2000.0), ("itl", Stat::P90, 50.0), ("total_tps", Stat::Mean, 100.0)],
        "The same without the 100 ms E2E limit.",
    ),
    ("Document summarisation", &[("e2el", Stat::P90, 100_000.0), ("ttft", Stat::P90, 10_000.0), ("itl", Stat::P90, 100.0)], ""),
    (
        "P/D disaggregated",
        &[("ttft", Stat::P90, 10_000.0), ("tpot", Stat::P90, 50.0), ("total_tps", Stat::Mean, 500.0)],
        "From the analysis notebook.",
    ),
];

/// Substitutes for P90 if the data lack it, stricter first.
const INSTEAD: [Stat; 5] = [Stat::P90, Stat::P95, Stat::P99, Stat::Mean, Stat::P50];

/// The proposals, each with the limits applicable to these rows.
pub(super) fn proposals(table: &Table, rows: &[usize], state: &ViewState) -> Grid {
    let row = |(name, limits, remark): &(&str, &[Published], &str)| {
        let held: Vec<(Published, Option<Stat>)> = limits.iter().map(|limit| (*limit, measured(table, rows, limit))).collect();
        let words = |(metric, stat, bound): Published| {
            let higher = metrics::metric(metric).is_some_and(|row| row.better == Better::Higher);
            let sign = if higher { "≥" } else { "≤" };
            format!("{} {sign} {}", metrics::title(metric, stat, Kind::Measurement), number::with_unit(metric, bound))
        };
        let mut changed = Vec::new();
        let mut slo = Vec::new();
        for ((metric, stat, bound), found) in &held {
            match found {
                Some(found) => {
                    let of = Axis::Figure { metric: (*metric).to_owned(), stat: *found };
                    slo.push(Limit { of, bound: *bound });
                    if found != stat {
                        changed.push(words((metric, *found, *bound)));
                    }
                }
                None => changed.push(format!("without {}", metrics::label(metric))),
            }
        }
        let target = ViewState { slo, ..state.clone() };
        let name = GridCell::text(*name).linked(link::encode(&target)).hinted("Apply this SLO");
        let here = if changed.is_empty() { GridCell::text("as published") } else { GridCell::text(changed.join(", ")) };
        let here = if changed.is_empty() {
            here
        } else {
            here.toned(Tone::Doubt)
                .hinted("This data lacks the published statistic: another one replaces it, or the limit is dropped")
        };
        vec![
            name,
            GridCell::text(limits.iter().map(|limit| words(*limit)).collect::<Vec<_>>().join(", ")),
            here,
            GridCell::text(*remark),
        ]
    };
    Grid {
        key: "proposals".to_owned(),
        title: "SLOs proposed by llm-d-benchmark".to_owned(),
        note: "Click one to apply its limits in every view. You can edit them afterwards.".to_owned(),
        columns: vec![
            Column::text("name", "SLO"),
            Column::text("limits", "Limits"),
            Column::text("here", "With this data"),
            Column::text("remark", "Remark"),
        ],
        rows: PROPOSED.iter().map(row).collect(),
        ..Grid::default()
    }
}

/// The statistic of a limit's metric that the rows have.
fn measured(table: &Table, rows: &[usize], (metric, stat, _): &Published) -> Option<Stat> {
    let instead = INSTEAD.into_iter().filter(|_| *stat == Stat::P90);
    let mut stats = std::iter::once(*stat).chain(instead);
    stats.find(|stat| Measure::new(table, &Axis::Figure { metric: (*metric).to_owned(), stat: *stat }).present(rows))
}
