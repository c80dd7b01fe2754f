//! Servers over time: what limits them, what they report, and what their GPUs do.

pub(super) mod diagnosis;
mod draw;
pub(super) mod gpus;
pub(super) mod metrics;

use crate::query::context::Context;
use crate::query::facets;
use crate::query::frame::Frame;
use crate::record::Kind;
use crate::state::Selection;
use crate::table::Table;
use crate::telemetry::{self, Source};

/// The rows of a further table that pass the filters, as far as it has their dimensions.
fn within<'c>(context: &Context<'c>, frame: &Frame, kind: Kind) -> Option<(&'c Table, Vec<usize>)> {
    if context.kind == kind {
        return Some((context.table, frame.rows.clone()));
    }
    let table = context.others.get(&kind).copied().filter(|table| table.rows() > 0)?;
    let mut selection: Selection = frame.state.selection();
    selection.retain(|key, _| table.dimension(key).is_some());
    Some((table, facets::apply(table, &selection).rows))
}

/// The engines and GPUs within the filters.
fn sources(context: &Context<'_>, frame: &Frame) -> Vec<Source> {
    let [samples, counters] = [Kind::Sample, Kind::Counter].map(|kind| within(context, frame, kind));
    telemetry::read(
        samples.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
        counters.as_ref().map(|(table, rows)| (*table, rows.as_slice())),
    )
}
