//! Labels of Prometheus series and their dimensions: rows of data. Any other label becomes a dimension of its own.

/// Labels and their dimensions. If several labels of a series have one dimension, the first in this order is used; the
/// others keep their own names.
const LABELS: &[(&str, &str)] = &[
    ("model_name", "model"),
    ("served_model_name", "model"),
    ("model", "model"),
    ("modelName", "accelerator"),
    ("worker_id", "worker"),
    ("worker", "worker"),
    ("instance", "worker"),
    ("pod", "worker"),
    ("engine", "worker"),
    ("dp_rank", "rank"),
    ("tp_rank", "rank"),
    ("worker_type", "role"),
    ("engine_type", "role"),
    ("gpu", "gpu"),
    ("UUID", "gpu_uuid"),
    ("gpu_uuid", "gpu_uuid"),
    ("Hostname", "node"),
    ("hostname", "node"),
    ("node", "node"),
];

/// Labels of ranks, each with the dimension that keeps it whichever of them is the rank: what tensor-parallel ranks report of
/// one engine is the same, what data-parallel ranks report is not.
const RANKS: &[(&str, &str)] = &[("dp_rank", "dp_rank"), ("tp_rank", "tp_rank"), ("pp_rank", "pp_rank")];

/// Labels that identify the source of a series, in addition to those that are dimensions; the other labels of an
/// `_info` series describe it.
const SOURCES: &[&str] = &["device", "port", "namespace", "container", "job", "service", "dynamo_component", "cpu"];

/// The dimension of a label, and its rank among labels of the same dimension.
pub(super) fn label(name: &str) -> Option<(&'static str, usize)> {
    let rank = LABELS.iter().position(|(known, _)| *known == name)?;
    LABELS.get(rank).map(|(_, key)| (*key, rank))
}

/// The dimension of a label that numbers a rank.
pub(super) fn rank(name: &str) -> Option<&'static str> {
    RANKS.iter().find(|(label, _)| *label == name).map(|(_, key)| *key)
}

/// Whether a label identifies the source of an `_info` series.
pub(super) fn is_source(name: &str) -> bool {
    SOURCES.contains(&name) || label(name).is_some()
}

/// The server that exports a metric, by the name's prefix.
pub(super) fn tool(name: &str) -> Option<&'static str> {
    const TOOLS: [(&str, &str); 6] = [
        ("vllm:", "vLLM"),
        ("sglang:", "SGLang"),
        ("trtllm_", "TensorRT-LLM"),
        ("dynamo_", "Dynamo"),
        ("DCGM_FI_", "DCGM exporter"),
        ("node_", "node-exporter"),
    ];
    TOOLS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, tool)| *tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_in_the_catalogue() {
        for (_, key) in LABELS {
            assert!(crate::catalog::dimensions::dimension(key).is_some(), "{key}");
        }
    }
}
