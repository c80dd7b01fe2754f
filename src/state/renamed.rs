//! Links of version 1. Its 27 views had one name each; now there are tabs with modes, `tab/mode`. Its axes were linear
//! unless a link said otherwise; now the data decide.

use super::axis::{LINEAR, LOG};
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

/// The views whose axes have a scale to choose.
const SCALED: [&str; 4] = ["explore", "pareto", "compare", "llmd-rhaiis"];

/// The latency view showed single requests too; they have a tab of their own.
const REQUESTS: (&str, &str) = ("o.show", "requests");

/// A link of version 1 as one of version 2.
pub(super) fn upgrade(pairs: Pairs) -> Pairs {
    let latency = pairs.iter().any(|(key, value)| key == "view" && value == "latency");
    let requests = latency && pairs.iter().any(|(key, value)| (key.as_str(), value.as_str()) == REQUESTS);
    let logs = pairs.iter().find(|(key, _)| key == "log").map(|(_, axes)| axes.clone()).unwrap_or_default();
    // A link to data alone is to what they are shown as today.
    let chosen = |(key, _): &(String, String)| !matches!(key.as_str(), "v" | "src" | "local" | "data");
    let view = pairs.iter().find(|(key, _)| key == "view").map_or("explore", |(_, view)| view.as_str());
    let scaled = SCALED.contains(&view) && pairs.iter().any(|(key, _)| key == "v") && pairs.iter().any(chosen);
    let scaled = scaled.then_some(["x", "y"]).into_iter().flatten();
    let scales = scaled.map(|axis| (format!("scale.{axis}"), if logs.contains(axis) { LOG } else { LINEAR }.to_owned()));
    // Of the latency view nothing but the choice between both was meant by it.
    let kept = pairs.iter().filter(|(key, _)| key != "log" && (!latency || key != REQUESTS.0)).cloned().chain(scales);
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
