//! Throughput per GPU and per user, from actual lengths and GPU counts.

use super::figure;
use crate::capacity::operating_points;
use crate::record::Stat;
use crate::table::Table;

/// Output tokens per second of the whole deployment: stated, or else requests per second × mean output length.
pub(super) fn output_tps(table: &Table, row: usize) -> Option<f64> {
    let stated = figure(table, "output_tps", Stat::Mean, row);
    stated.or_else(|| Some(figure(table, "rps", Stat::Mean, row)? * figure(table, "output_tokens", Stat::Mean, row)?))
}

/// Output tokens per second ÷ requests in flight, waiting included: the script's “tokens/sec per user”.
pub(super) fn per_user(table: &Table, row: usize) -> Option<f64> {
    let load = table.load()?.get(row).filter(|load| *load > 0.0)?;
    Some(output_tps(table, row)? / load)
}

/// Output tokens per second per GPU; `None` if the GPU count is unknown.
pub(super) fn per_gpu(table: &Table, row: usize) -> Option<f64> {
    Some(output_tps(table, row)? / f64::from(operating_points::gpus(table, row)?))
}
