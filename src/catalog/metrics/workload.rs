//! Properties of requests in data sets and traces.

use super::{Better, Metric, Shape};

const fn property(key: &'static str, label: &'static str, unit: &'static str, definition: &'static str) -> Metric {
    Metric { key, label, unit, better: Better::Neutral, shape: Shape::Scalar, definition, aliases: &[], derive: None }
}

const fn reuse(key: &'static str, label: &'static str) -> Metric {
    property(
        key,
        label,
        "%",
        "Share of the prompt's leading blocks that a prefix cache of so many blocks has, which evicts the least recently used.",
    )
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
    property("new_blocks", "New blocks", "", "Blocks of the prompt that no earlier request of the trace had."),
    reuse("lru_reuse_100", "Prefix reuse, cache of 100 blocks"),
    reuse("lru_reuse_300", "Prefix reuse, cache of 300 blocks"),
    reuse("lru_reuse_1k", "Prefix reuse, cache of 1,000 blocks"),
    reuse("lru_reuse_3k", "Prefix reuse, cache of 3,000 blocks"),
    reuse("lru_reuse_10k", "Prefix reuse, cache of 10,000 blocks"),
    reuse("lru_reuse_30k", "Prefix reuse, cache of 30,000 blocks"),
    reuse("lru_reuse_100k", "Prefix reuse, cache of 100,000 blocks"),
    reuse("lru_reuse_300k", "Prefix reuse, cache of 300,000 blocks"),
];

/// Sizes of a prefix cache, in blocks, and the metric that has its hit rates.
pub const LRU_REUSE: [(usize, &str); 8] = [
    (100, "lru_reuse_100"),
    (300, "lru_reuse_300"),
    (1_000, "lru_reuse_1k"),
    (3_000, "lru_reuse_3k"),
    (10_000, "lru_reuse_10k"),
    (30_000, "lru_reuse_30k"),
    (100_000, "lru_reuse_100k"),
    (300_000, "lru_reuse_300k"),
];
