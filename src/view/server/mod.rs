//! Servers over time: what limits them, what they report, and what their GPUs do.

pub(super) mod diagnosis;
mod draw;
pub(super) mod gpus;
pub(super) mod metrics;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::dimensions;
use crate::catalog::server_metrics::MAX_VALUES;
use crate::query::context::Context;
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::telemetry::{self, Source};

/// Says that engines are left out, where a file has just as many values of a label as are read.
fn cut(context: &Context<'_>, frame: &Frame) -> Option<String> {
    let (table, rows) = frame.within(context, Kind::Sample)?;
    let path = table.dimension("path")?;
    let is_cut = |key: &&str| {
        let Some(label) = table.dimension(key).filter(|label| label.cardinality() >= MAX_VALUES) else { return false };
        let seen: FxHashSet<_> = rows.iter().filter_map(|row| Some((path.code(*row)?, label.code(*row)?))).collect();
        let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
        seen.iter().for_each(|(file, _)| *counts.entry(*file).or_default() += 1);
        counts.values().any(|count| *count == MAX_VALUES)
    };
    let label = table.dimension_keys().into_iter().filter(|key| !matches!(*key, "path" | "scrape")).find(is_cut)?;
    Some(format!(
        "A file has {MAX_VALUES} values of “{}”, as many as are read of it: series with others are left out. Aggregate over it before \
         saving the metrics.",
        dimensions::label(label)
    ))
}

/// The engines and GPUs within the filters.
fn sources(context: &Context<'_>, frame: &Frame) -> Vec<Source> {
    let [samples, counters] = [Kind::Sample, Kind::Counter].map(|kind| frame.within(context, kind));
    telemetry::read(
        samples.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
        counters.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
        context.others.get(&Kind::Measurement).copied().or((context.kind == Kind::Measurement).then_some(context.table)),
    )
}
