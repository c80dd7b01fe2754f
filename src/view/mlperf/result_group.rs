//! Groups of comparable published results: same model, round, scenario and unit. Shared by the views
//! that rank and draw them. Independent of charts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Published;
use super::charts::PANELS;
use crate::catalog::number::{self, plural};
use crate::catalog::spellings::shortened;
use crate::catalog::{dimensions, versions};
use crate::sorting::Sorting;

/// Scenarios in display order; others follow by name.
const SCENARIOS: [&str; 5] = ["Offline", "Server", "Interactive", "SingleStream", "MultiStream"];

/// Compares two scenarios.
pub(super) fn by_scenario(a: &str, b: &str) -> Ordering {
    let place = |name: &str| SCENARIOS.iter().position(|known| *known == name).unwrap_or(SCENARIOS.len());
    place(a).cmp(&place(b)).then_with(|| a.cmp(b))
}

/// Results that can share an axis.
pub(super) struct ResultGroup<'a> {
    /// Label that distinguishes it from the others shown.
    pub label: String,
    /// Its results, in the table's order.
    pub results: Vec<Published<'a>>,
    /// The unit of the results.
    pub unit: &'a str,
    /// Whether the results are latencies: lower is better.
    pub latency: bool,
}

impl ResultGroup<'_> {
    /// The bare unit: `s` for `Latency (s)`, which also names the metric.
    pub(super) fn bare_unit(&self) -> &str {
        self.unit.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).filter(|_| self.latency).unwrap_or(self.unit)
    }
}

/// Groups results into groups: by model, newest round first, by scenario.
pub(super) fn of<'a>(results: &[Published<'a>]) -> Vec<ResultGroup<'a>> {
    let mut found: BTreeMap<[&'a str; 4], Vec<Published<'a>>> = BTreeMap::new();
    for result in results {
        found.entry([result.model, result.round, result.scenario, result.unit]).or_default().push(*result);
    }
    let mut keys: Vec<[&str; 4]> = found.keys().copied().collect();
    keys.order_by(|a, b| {
        dimensions::compare("model", a[0], b[0])
            .then_with(|| versions::compare(b[1], a[1]))
            .then_with(|| by_scenario(a[2], b[2]))
            .then_with(|| a[3].cmp(b[3]))
    });
    let several = |at: usize| keys.iter().any(|key| key[at] != keys[0][at]);
    let (models, rounds) = (several(0), several(1));
    let twice = |key: &[&str; 4]| keys.iter().filter(|other| other[..3] == key[..3]).count() > 1;
    let label = |key: &[&str; 4]| {
        let round = dimensions::display("round", key[1]);
        let parts = [(models, key[0]), (rounds, round.as_str()), (true, key[2]), (twice(key), key[3])];
        parts.iter().filter(|(told, _)| *told).map(|(_, part)| *part).collect::<Vec<_>>().join(" · ")
    };
    let labels: Vec<String> = keys.iter().map(label).collect();
    let group = |(key, label): (&[&'a str; 4], String)| {
        let results = found.remove(key).unwrap_or_default();
        let latency = results.first().is_some_and(|result| result.latency);
        ResultGroup { label, unit: key[3], latency, results }
    };
    keys.iter().zip(labels).map(group).collect()
}

/// Maximum length of a system's name at a bar; the table has the full name.
const LETTERS: usize = 56;

/// Names of results in one list: system and organization; equal names are distinguished by the
/// accelerator count if that suffices, and by id.
pub(super) fn names(results: &[Published<'_>]) -> Vec<String> {
    let systems: Vec<String> = results.iter().map(|result| shortened(result.system, LETTERS)).collect();
    let mut same: BTreeMap<(&str, &str), Vec<&Published<'_>>> = BTreeMap::new();
    for (system, result) in systems.iter().zip(results) {
        same.entry((system, result.organization)).or_default().push(result);
    }
    let name = |(system, result): (&String, &Published<'_>)| {
        let name = format!("{system} ({})", result.organization);
        let alike = same.get(&(system.as_str(), result.organization)).map(Vec::as_slice).unwrap_or_default();
        if alike.len() < 2 {
            return name;
        }
        let sizes: BTreeSet<String> = alike.iter().filter_map(|other| other.gpus).map(number::exact).collect();
        let size = result.gpus.filter(|_| sizes.len() > 1).map(|gpus| format!(" × {}", number::exact(gpus)));
        format!("{name}{}, {}", size.unwrap_or_default(), result.id)
    };
    systems.iter().zip(results).map(name).collect()
}

/// Keeps only the best of each system and organization if requested, and notes how many are hidden; otherwise notes how
/// many systems have several submissions. Results are sorted, best first.
pub(super) fn keep_best(groups: &mut [ResultGroup<'_>], best: bool) -> Option<String> {
    let mut further = 0;
    for group in groups {
        let mut seen = BTreeSet::new();
        let first: Vec<bool> = group.results.iter().map(|result| seen.insert((result.system, result.organization))).collect();
        further += first.iter().filter(|first| !**first).count();
        if best {
            let mut kept = first.into_iter();
            group.results.retain(|_| kept.next().unwrap_or_default());
        }
    }
    let count = plural(further as u64, "result");
    (further > 0).then(|| match best {
        true => format!("{count} hidden: further submissions of the same systems. Set “Submissions” to show them."),
        false => format!("{count} from further submissions of the same systems, distinguished by size and ID."),
    })
}

/// The value shared by all results; `None` if they differ.
pub(super) fn common<'a>(groups: &[ResultGroup<'a>], of: fn(&Published<'a>) -> &'a str) -> Option<&'a str> {
    let mut all = groups.iter().flat_map(|group| &group.results).map(of);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// Describes the groups: `llama2-70b-99.9 in MLPerf Inference round 6.0`.
pub(super) fn subject(groups: &[ResultGroup<'_>]) -> String {
    let model = common(groups, |result| result.model).unwrap_or("Several models");
    match common(groups, |result| result.round) {
        Some(round) => format!("{model} in MLPerf Inference round {round}"),
        None => format!("{model} in several rounds of MLPerf Inference"),
    }
}

/// Results per group: `36 in Offline, 35 in Server`.
pub(super) fn counts(groups: &[ResultGroup<'_>]) -> String {
    let each = groups.iter().take(PANELS).map(|group| format!("{} in {}", group.results.len(), group.label));
    let rest = groups.len().saturating_sub(PANELS);
    let more = (rest > 0).then(|| format!("{rest} more benchmarks"));
    each.chain(more).collect::<Vec<_>>().join(", ")
}

/// The note if not every group is drawn.
pub(super) fn too_many(groups: &[ResultGroup<'_>]) -> Option<String> {
    let all = groups.len();
    (all > PANELS).then(|| {
        format!("Showing charts of the first {PANELS} of {all} benchmarks. Filter by model, round or scenario to see others.")
    })
}

/// The note about preview systems.
pub(super) fn previews(results: &[Published<'_>]) -> Option<String> {
    let count = results.iter().filter(|result| result.is_preview()).count();
    (count > 0).then(|| {
        format!("{} from preview systems (not for sale when submitted), marked in the table.", plural(count as u64, "result"))
    })
}
