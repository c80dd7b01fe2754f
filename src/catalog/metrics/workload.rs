//! Properties of requests in data sets and traces.

use super::{Better, Metric, Shape};

const fn property(key: &'static str, label: &'static str, unit: &'static str, definition: &'static str) -> Metric {
    Metric { key, label, unit, better: Better::Neutral, shape: Shape::Scalar, definition, aliases: &[], derive: None }
}

/// Properties of requests in data sets and traces, other than their lengths.
pub(super) static ROWS: &[Metric] = &[
    property("delay", "Delay before the turn", "s", "Requested delay between the end of a session's turn and the next."),
    property("blocks", "Prompt blocks", "", "Blocks into which a trace divides the prompt (512 tokens each unless stated)."),
    property(
        "prefix_reuse",
        "Prefix reuse",
        "%",
        "Share of the prompt's leading blocks shared with earlier requests of the trace: the hit rate of an unlimited \
         prefix cache.",
    ),
    property(
        "context_tokens",
        "Context length",
        "tokens",
        "Tokens of the prompt's blocks that occur more than once in the trace; the whole prompt if all of them do.",
    ),
    property("unique_tokens", "Unique prompt length", "tokens", "Input length without the context length."),
];
