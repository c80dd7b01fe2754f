//! Links of version 1, whose 27 views had one name each; now there are tabs with modes, `tab/mode`.

use super::legacy::Pairs;

/// The views of version 1 whose name changed, and their successors.
const VIEWS: [(&str, &str); 19] = [
    ("scenarios", "pareto/disaggregation"),
    ("latency", "explore/latency"),
    ("overview", "compare/release-check"),
    ("coverage", "data/coverage"),
    ("llmd-rhaiis", "compare/llmd-rhaiis"),
    ("cost", "capacity"),
    ("energy", "capacity/energy"),
    ("planner", "capacity/planner"),
    ("nodes", "runs/timeline"),
    ("rate-match", "runs/balance"),
    ("topology", "runs/configuration"),
    ("dynamo", "explore/dynamo"),
    ("mlperf-compare", "mlperf/comparison"),
    ("mlperf-normalised", "mlperf/per-accelerator"),
    ("mlperf-scenarios", "mlperf/offline-vs-server"),
    ("mlperf-rounds", "mlperf/rounds"),
    ("mlperf-scaling", "mlperf/scaling"),
    ("configurations", "data/configurations"),
    ("workloads", "data/workloads"),
];

/// The latency view showed single requests too; they have a tab of their own.
const REQUESTS: (&str, &str) = ("o.show", "requests");

/// A link of version 1 as one of version 2.
pub(super) fn upgrade(pairs: Pairs) -> Pairs {
    let latency = pairs.iter().any(|(key, value)| key == "view" && value == "latency");
    let requests = latency && pairs.iter().any(|(key, value)| (key.as_str(), value.as_str()) == REQUESTS);
    // Of the latency view nothing but the choice between both was meant by it.
    let kept = pairs.into_iter().filter(|(key, _)| !latency || key != REQUESTS.0);
    let renamed = kept.map(|(key, value)| {
        let successor = match VIEWS.iter().find(|(former, _)| *former == value) {
            _ if key != "view" => None,
            Some(_) if requests => Some("requests"),
            found => found.map(|(_, successor)| *successor),
        };
        let value = successor.map_or(value, str::to_owned);
        (key, value)
    });
    renamed.collect()
}
