//! What a measurement gives per GPU and per user, with the lengths and GPUs that it had.

use super::figure;
use crate::capacity::operating_points;
use crate::record::Stat;
use crate::table::Table;

/// Output tokens per second of the whole deployment: as the file says, else requests per second × mean output length.
pub(super) fn output_tps(table: &Table, row: usize) -> Option<f64> {
    let stated = figure(table, "output_tps", Stat::Mean, row);
    stated.or_else(|| Some(figure(table, "rps", Stat::Mean, row)? * figure(table, "output_tokens", Stat::Mean, row)?))
}

/// Output tokens per second that one request in flight gets, waiting included: the script's “tokens/sec per user”.
pub(super) fn per_user(table: &Table, row: usize) -> Option<f64> {
    let load = table.load()?.get(row).filter(|load| *load > 0.0)?;
    Some(output_tps(table, row)? / load)
}

/// Output tokens per second and GPU; `None` where the GPUs are not known.
pub(super) fn per_gpu(table: &Table, row: usize) -> Option<f64> {
    Some(output_tps(table, row)? / f64::from(operating_points::gpus(table, row)?))
}
