//! The navigation: names of views, and links of before.

use std::collections::BTreeSet;

use inferscope::state::link::{decode, encode};
use inferscope::view::{ABOUT, about};

/// Every view of version 1, and what it shows now.
const BEFORE: [(&str, &str); 27] = [
    ("explore", "explore"),
    ("pareto", "pareto"),
    ("scenarios", "pareto/disaggregation"),
    ("latency", "explore/latency"),
    ("overview", "compare/release-check"),
    ("compare", "compare"),
    ("trends", "trends"),
    ("rankings", "rankings"),
    ("coverage", "data/coverage"),
    ("llmd-rhaiis", "compare/llmd-rhaiis"),
    ("cost", "capacity"),
    ("energy", "capacity/energy"),
    ("planner", "capacity/planner"),
    ("runs", "runs"),
    ("nodes", "runs/timeline"),
    ("rate-match", "runs/balance"),
    ("topology", "runs/configuration"),
    ("dynamo", "explore/dynamo"),
    ("mlperf", "mlperf"),
    ("mlperf-compare", "mlperf/comparison"),
    ("mlperf-normalised", "mlperf/per-accelerator"),
    ("mlperf-scenarios", "mlperf/offline-vs-server"),
    ("mlperf-rounds", "mlperf/rounds"),
    ("mlperf-scaling", "mlperf/scaling"),
    ("configurations", "data/configurations"),
    ("workloads", "data/workloads"),
    ("data", "data"),
];

#[test]
fn every_link_of_before_opens_on_its_successor() {
    for (former, successor) in BEFORE {
        assert!(about(successor).is_some(), "{successor} is a view");
        for version in ["v=1&", ""] {
            let (state, notes) = decode(&format!("?{version}view={former}&f.accelerator=H200&o.by=version"));
            assert_eq!((state.view.as_str(), notes.as_slice()), (successor, &[][..]), "{former}");
            assert_eq!((state.selection().len(), state.option("by")), (1, Some("version")), "{former}");
            assert_eq!(decode(&encode(&state)).0, state, "its link of today");
            // Its axes were linear; a link that never had a version left that to the page.
            let scaled = ["explore", "pareto", "compare", "llmd-rhaiis"].contains(&former);
            let linear = (scaled && !version.is_empty()).then_some(false);
            assert_eq!((state.x_log, state.y_log), (linear, linear), "{former}");
        }
    }
}

#[test]
fn scales_of_before_stay_as_they_were() {
    let scales = |link: &str| {
        let state = decode(link).0;
        (state.x_log, state.y_log)
    };
    assert_eq!(scales("?v=1&y=ttft.p95&log=y"), (Some(false), Some(true)));
    assert_eq!(scales("?v=1&log=xy"), (Some(true), Some(true)));
    assert_eq!(scales("?v=1&src=a.csv"), (None, None), "data alone are shown as today");
    assert_eq!(scales("?v=2&y=ttft.p95&scale.y=linear"), (None, Some(false)));
}

#[test]
fn single_requests_have_left_the_latencies() {
    assert_eq!(decode("?v=1&view=latency&o.show=requests&o.latency=e2el").0.view, "requests");
    let (state, _) = decode("?v=1&o.show=requests&view=latency");
    assert_eq!((state.view.as_str(), state.option("show")), ("requests", None));
    assert_eq!(decode("?v=1&view=latency&o.show=load").0.view, "explore/latency");
    // Another view means something else by it.
    assert_eq!(decode("?v=1&view=configurations&o.show=all").0.option("show"), Some("all"));
}

#[test]
fn tabs_have_one_place_and_modes_say_whose_they_are() {
    let ids: BTreeSet<&str> = ABOUT.iter().map(|about| about.id).collect();
    assert_eq!(ids.len(), ABOUT.len(), "every view has a name of its own");
    let tabs: Vec<_> = ABOUT.chunk_by(|a, b| a.tab == b.tab).collect();
    assert!(tabs.len() <= 12, "{} tabs", tabs.len());
    let labels: BTreeSet<&str> = tabs.iter().map(|modes| modes[0].tab.label).collect();
    assert_eq!(labels.len(), tabs.len(), "the modes of a tab stand together");
    for modes in tabs {
        let first = modes[0].id;
        assert!(!first.contains('/'), "{first}");
        assert_eq!(modes[0].name(), modes[0].tab.label);
        for mode in &modes[1..] {
            assert!(mode.id.starts_with(&format!("{first}/")), "{} is not of {first}", mode.id);
            assert_eq!(mode.name(), format!("{}: {}", mode.tab.label, mode.label));
        }
        let labels: BTreeSet<&str> = modes.iter().map(|mode| mode.label).collect();
        assert_eq!(labels.len(), modes.len());
    }
}
