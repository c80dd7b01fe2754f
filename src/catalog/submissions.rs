//! The compact table of published results (MLPerf), which `inferscope convert --to mlperf` writes and the page ships.

/// The columns in their order, and the dimensions that they hold; [`VALUE`] holds the figure.
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

/// The column of figures: throughputs, or latencies in seconds, as the unit says.
pub const VALUE: &str = "value";
