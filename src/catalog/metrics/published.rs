//! Metrics of published submissions, whose unit varies by benchmark.

use super::{Better, Derive, Metric, Shape};

/// Published results. Their unit is the dimension `unit`.
pub(super) static ROWS: &[Metric] = &[
    Metric {
        key: "result",
        label: "Published result",
        unit: "",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "The submitted throughput of the whole system, in the unit that its model and scenario have (dimension Unit).",
        aliases: &["mlperf", "avg. result", "performance"],
        derive: None,
    },
    Metric {
        key: "result_per_accelerator",
        label: "Published result per accelerator",
        unit: "",
        better: Better::Higher,
        shape: Shape::Scalar,
        definition: "The submitted throughput divided by the accelerators of the system; not verified by MLCommons. It favours \
                     small systems, because no system scales without loss.",
        aliases: &["normalized result"],
        derive: Some(Derive {
            formula: "published result ÷ accelerators",
            inputs: &["result", "gpus"],
            compute: |v| v[0] / v[1],
        }),
    },
    Metric {
        key: "result_latency",
        label: "Published latency",
        unit: "s",
        better: Better::Lower,
        shape: Shape::Scalar,
        definition: "The submitted latency of one query, of scenarios that measure it (SingleStream, MultiStream).",
        aliases: &["single stream latency"],
        derive: None,
    },
];
