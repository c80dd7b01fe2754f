//! Servers over time: what limits them, what they report, and what their GPUs do.

mod clocks;
pub(super) mod diagnosis;
mod draw;
pub(super) mod gpus;
pub(super) mod metrics;

use crate::query::context::Context;
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::telemetry::{self, Source};

/// Says that engines are left out, where a file has as many values of a label as are read.
fn cut(context: &Context<'_>, frame: &Frame) -> Option<String> {
    let (table, rows) = frame.within(context, Kind::Sample)?;
    telemetry::cut(table, &rows)
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
