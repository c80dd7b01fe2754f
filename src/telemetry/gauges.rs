//! Gauges of a source: which there are, and how values of several series of one source become one.

use super::scraped::Once;
use crate::analysis::mean::usual_gap;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// Values over time, in order.
pub(crate) type Track = Vec<(f64, f64)>;

/// How values that one source has at one moment become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    /// Requests, tokens, rates of several models.
    Sum,
    /// Shares: the worst.
    Highest,
    /// Everything else.
    Mean,
}

/// The gauges of an engine.
pub(crate) static ENGINE: &[(&str, Together)] = &[
    ("running_requests", Together::Sum),
    ("queued_requests", Together::Sum),
    ("inflight_requests", Together::Sum),
    ("prealloc_requests", Together::Sum),
    ("transfer_requests", Together::Sum),
    ("retracted_requests", Together::Sum),
    ("kv_usage", Together::Highest),
    ("cpu_kv_usage", Together::Highest),
    ("cache_hit_rate", Together::Mean),
    ("prompt_tps", Together::Sum),
    ("generation_tps", Together::Sum),
    ("accepted_length", Together::Mean),
    ("acceptance_rate", Together::Mean),
    ("server_itl", Together::Mean),
    ("server_ttft", Together::Mean),
];

/// The gauges of a GPU.
pub(crate) static GPU: &[&str] = &[
    "gpu_util",
    "gpu_sm_active",
    "gpu_tensor_active",
    "gpu_dram_active",
    "gpu_graphics_active",
    "gpu_sm_occupancy",
    "gpu_memory_util",
    "gpu_memory_used",
    "gpu_memory_free",
    "gpu_memory_reserved",
    "gpu_memory_total",
    "gpu_power",
    "gpu_power_limit",
    "gpu_energy",
    "gpu_temperature",
    "gpu_memory_temperature",
    "gpu_sm_clock",
    "gpu_memory_clock",
    "gpu_pcie_tx",
    "gpu_pcie_rx",
    "gpu_nvlink_tx",
    "gpu_nvlink_rx",
    "gpu_xid",
    "gpu_clock_reasons",
];

/// How values of several series of an engine's gauge become one.
pub(crate) fn together(metric: &str) -> Option<Together> {
    ENGINE.iter().find(|(key, _)| *key == metric).map(|(_, together)| *together)
}

/// A share beyond which it was exported in percent instead of as a share of 1, %.
const PERCENT: f64 = 150.0;

/// The values of a gauge at the moments of some rows. Of the ranks that repeat a value the first counts; of a total beside
/// its parts by priority the total.
pub(super) fn track(table: &Table, rows: &[(f64, usize)], metric: &str, together: Together) -> Track {
    let Some(column) = table.figures(metric, Stat::Mean) else { return Track::new() };
    let [tensor, pipeline, priority] = ["tp_rank", "pp_rank", "priority"].map(|key| table.dimension(key));
    let number = |of: Option<Dimension<'_>>, row: usize| of.and_then(|of| of.number(row)).unwrap_or_default();
    let having = || rows.iter().filter(|(_, row)| column.get(*row).is_some());
    let once = Once::of(table, having().map(|(_, row)| *row));
    let known = || having().filter(|(_, row)| once.counts(*row));
    let first = known().map(|(_, row)| number(tensor, *row)).fold(f64::INFINITY, f64::min);
    let parted = |row: usize| priority.is_some_and(|priority| priority.code(row).is_some());
    let totals = known().any(|(_, row)| !parted(*row));
    let mut values: Vec<(f64, f64)> = known()
        .filter(|(_, row)| number(tensor, *row) == first && number(pipeline, *row) == 0.0 && !(totals && parted(*row)))
        .filter_map(|(at, row)| Some((*at, column.get(*row)?)))
        .collect();
    values.order_by(|a, b| a.0.total_cmp(&b.0));
    let mut track: Track = values
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|same| {
            let at = same.first()?.0;
            let sum: f64 = same.iter().map(|(_, value)| value).sum();
            Some((
                at,
                match together {
                    Together::Sum => sum,
                    Together::Mean => sum / same.len() as f64,
                    Together::Highest => same.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max),
                },
            ))
        })
        .collect();
    if metric == "kv_usage" && track.iter().any(|(_, value)| *value > PERCENT) {
        track.iter_mut().for_each(|(_, value)| *value /= 100.0);
    }
    track
}

/// The usual time between two values; `None` of fewer than two.
pub(super) fn interval(track: &[(f64, f64)]) -> Option<f64> {
    usual_gap(track.iter().map(|(at, _)| *at))
}

/// The value nearest to a moment, if it is no farther than one and a half usual intervals.
pub(crate) fn near(track: &[(f64, f64)], moment: f64) -> Option<f64> {
    at(track, moment, 1.5 * interval(track).unwrap_or(1.0))
}

/// The value nearest to a moment, if it is no farther than `reach`.
pub(crate) fn at(track: &[(f64, f64)], moment: f64, reach: f64) -> Option<f64> {
    let after = track.partition_point(|(at, _)| *at < moment);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|place| track.get(place));
    near.filter(|(at, _)| (at - moment).abs() <= reach)
        .min_by(|a, b| (a.0 - moment).abs().total_cmp(&(b.0 - moment).abs()))
        .map(|(_, value)| *value)
}
