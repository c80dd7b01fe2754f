//! The compact table of published results (MLPerf), which `inferscope convert --to mlperf` writes and the page ships.

/// The columns in order with their dimensions; [`VALUE`] contains the result.
pub const COLUMNS: [(&str, &str); 17] = [
    ("round", "round"),
    ("id", "public_id"),
    ("organization", "organization"),
    ("availability", "availability"),
    ("system", "system"),
    ("nodes", "nodes"),
    ("accelerators", "gpus"),
    ("accelerators_per_node", "accelerators_per_node"),
    ("accelerator", "accelerator"),
    ("accelerator_printed", "accelerator_printed"),
    ("processor", "processor"),
    ("model", "model"),
    ("scenario", "scenario"),
    ("unit", "unit"),
    (VALUE, ""),
    ("printed_unit", "printed_unit"),
    ("correction", "correction"),
];

/// The result column: throughput, or latency in seconds, depending on the unit.
pub const VALUE: &str = "value";
