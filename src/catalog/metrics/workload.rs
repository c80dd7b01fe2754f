//! What data sets and traces say of a request before it is sent.

use super::{Better, Metric, Shape};

const fn property(key: &'static str, label: &'static str, unit: &'static str, definition: &'static str) -> Metric {
    Metric { key, label, unit, better: Better::Neutral, shape: Shape::Scalar, definition, aliases: &[], derive: None }
}

/// Properties of requests in data sets and traces, beside their lengths.
pub(super) static ROWS: &[Metric] = &[
    property("delay", "Delay before the turn", "s", "Time between the end of a session's turn and its next one, as asked for."),
    property(
        "blocks",
        "Prompt blocks",
        "",
        "Blocks that a trace divides the prompt into (512 tokens each, unless it says otherwise).",
    ),
    property(
        "prefix_reuse",
        "Prefix reuse",
        "%",
        "Share of the prompt's blocks, from the first on, that earlier requests of the trace had: the hit rate of an unlimited \
         prefix cache.",
    ),
];
