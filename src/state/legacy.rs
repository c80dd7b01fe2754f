//! Links of version 0: those of the Streamlit dashboard whose place this page takes. They carry comma-separated
//! lists under the dashboard's own names and no version.

use super::axis::{Axis, axis_text};
use crate::catalog::Order;
use crate::catalog::dimensions::dimension;
use crate::catalog::profiles::PROFILES;
use crate::record::{LoadKind, Stat};

/// A query string's pairs, decoded, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// The dashboard's filter parameters and our dimensions.
const FILTERS: [(&str, &str); 11] = [
    ("accelerators", "accelerator"),
    ("models", "model"),
    ("versions", "version"),
    ("tp_sizes", "tp"),
    ("dp_sizes", "dp"),
    ("dataset", "dataset"),
    ("spec_decoding", "spec_decoding"),
    ("prefix_caching", "prefix_caching"),
    ("mt_turns", "turns"),
    ("mt_prefix_tokens", "prefix_tokens"),
    ("mt_prefix_count", "prefix_count"),
];

/// The dashboard's sections and the views that show what they showed; its plots are what a link shows that names no view.
const SECTIONS: [(&str, &str); 14] = [
    ("overview", "overview"),
    ("competitive_analysis", "overview"),
    ("dataset_representation", "workloads"),
    ("pareto", "pareto"),
    ("pareto_custom", "pareto"),
    ("model_comparison", "rankings"),
    ("compare_versions", "compare"),
    ("compare_configs", "configurations"),
    ("performance_trends", "trends"),
    ("cost_analysis", "cost"),
    ("energy_carbon", "energy"),
    ("runtime_configs", "configurations"),
    ("view_logs", "data"),
    ("filtered_data", "data"),
];

/// What its comparison held against what: its formula divides by the second version.
const SIDES: [(&str, &str); 2] = [("cv_v1", "o.candidate"), ("cv_v2", "o.baseline")];

/// Words in the dashboard's axis names, the more particular first, and what they mean.
const AXES: [(&str, &str, Stat); 9] = [
    ("total", "total_tps", Stat::Mean),
    ("per tp", "output_tps_per_gpu", Stat::Mean),
    ("itl", "itl", Stat::P95),
    ("ttft", "ttft", Stat::P95),
    ("tpot", "ntpot", Stat::P95),
    ("latency", "e2el", Stat::P50),
    ("error", "error_rate", Stat::Mean),
    ("successful", "completed", Stat::Mean),
    ("output", "output_tps", Stat::Mean),
];

/// Whether these pairs are a dashboard link.
pub(super) fn recognises(pairs: &Pairs) -> bool {
    pairs.iter().any(|(key, _)| key == "section" || FILTERS[..4].iter().any(|(theirs, _)| theirs == key))
}

/// A dashboard link as a link of version 1.
pub(super) fn upgrade(pairs: Pairs) -> Pairs {
    let mut upgraded = Pairs::new();
    for (key, value) in pairs {
        if let Some((_, dimension_key)) = FILTERS.iter().find(|(theirs, _)| *theirs == key) {
            let number = dimension(dimension_key).is_some_and(|row| row.order == Order::Number);
            for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                // The dashboard writes a degree as `4.0` as soon as one row lacks it.
                let part = part.strip_suffix(".0").filter(|_| number).unwrap_or(part);
                upgraded.push((format!("f.{dimension_key}"), part.to_owned()));
            }
            continue;
        }
        if let Some((_, ours)) = SIDES.iter().find(|(theirs, _)| *theirs == key) {
            upgraded.push(((*ours).to_owned(), value));
            continue;
        }
        match key.as_str() {
            "section" => {
                let view = SECTIONS.iter().find(|(theirs, _)| *theirs == value);
                upgraded.extend(view.map(|(_, view)| ("view".to_owned(), (*view).to_owned())));
            }
            "profile" => {
                let pair = value.rfind('(').map(|at| &value[at..]);
                if let Some(profile) = PROFILES.iter().find(|profile| pair.is_some_and(|pair| profile.label.ends_with(pair))) {
                    upgraded.push(("f.profile".to_owned(), profile.label.to_owned()));
                }
            }
            "pp_x" | "pp_y" => upgraded.extend(axis(&value).map(|text| (key.trim_start_matches("pp_").to_owned(), text))),
            "src" => upgraded.push((key, value)),
            _ => {}
        }
    }
    upgraded
}

fn axis(name: &str) -> Option<String> {
    let name = name.to_lowercase().replace('_', " ");
    if name.contains("concurrency") {
        return Some(axis_text(&Axis::Load(LoadKind::Concurrency)));
    }
    let (_, metric, stat) = AXES.iter().find(|(word, ..)| name.contains(word))?;
    let stat = match *stat {
        Stat::Mean => Stat::Mean,
        _ if name.contains("median") => Stat::P50,
        _ if name.contains("max") => Stat::Max,
        stat => stat,
    };
    Some(axis_text(&Axis::Figure { metric: (*metric).to_owned(), stat }))
}
