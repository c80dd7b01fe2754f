//! The probable meaning of an unknown table's columns, by their names.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{Candidate, Column, Header, Mapping, Role, factor};
use crate::catalog::stats;
use crate::catalog::{DIMENSIONS, METRICS, Metric, Shape};
use crate::format::reader::identity;
use crate::format::reader::server_arguments::server_argument;
use crate::record::{LoadKind, Stat};

/// Normalised names of the requested load.
const LOADS: &[(&str, LoadKind)] = &[
    ("concurrency", LoadKind::Concurrency),
    ("max_concurrency", LoadKind::Concurrency),
    ("intended_concurrency", LoadKind::Concurrency),
    ("num_concurrent", LoadKind::Concurrency),
    ("concurrent_requests", LoadKind::Concurrency),
    ("concurrent_users", LoadKind::Concurrency),
    ("num_concurrent_requests", LoadKind::Concurrency),
    ("number_of_concurrency", LoadKind::Concurrency),
    ("concurrent", LoadKind::Concurrency),
    ("conc", LoadKind::Concurrency),
    ("parallel", LoadKind::Concurrency),
    ("parallelism", LoadKind::Concurrency),
    ("num_parallel", LoadKind::Concurrency),
    ("client_count", LoadKind::Concurrency),
    ("clients", LoadKind::Concurrency),
    ("num_clients", LoadKind::Concurrency),
    ("streams", LoadKind::Concurrency),
    ("batch_size", LoadKind::Concurrency),
    ("batch", LoadKind::Concurrency),
    ("bs", LoadKind::Concurrency),
    ("users", LoadKind::Concurrency),
    ("num_users", LoadKind::Concurrency),
    ("request_rate", LoadKind::Rate),
    ("requested_rate", LoadKind::Rate),
    ("max_qps", LoadKind::Rate),
    ("target_qps", LoadKind::Rate),
    ("target_rps", LoadKind::Rate),
    ("qps", LoadKind::Rate),
    ("rate", LoadKind::Rate),
    ("request_rate_configured", LoadKind::Rate),
    ("arrival_rate", LoadKind::Rate),
    ("offered_load", LoadKind::Rate),
];

/// Throughputs of tokens that do not say of which.
const TOKENS: [&str; 9] =
    ["tokens_s", "token_s", "tok_s", "tokens_sec", "tok_sec", "tok_per_s", "tok_per_sec", "tokens_per_s", "throughput_tok_s"];

/// Words for properties that only a column of numbers has under them.
const LENGTHS: &[(&str, &str)] = &[("input", "isl"), ("output", "osl")];

/// Units at the end of a name.
const UNITS: &[(&str, &str)] = &[
    ("ms", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("seconds", "s"),
    ("us", "us"),
    ("ns", "ns"),
    ("pct", "%"),
    ("percent", "%"),
];

/// A mapping to begin with: by the catalogue's keys, labels and other names; what has none of them keeps its own.
pub fn suggest(header: &Header) -> Mapping {
    let mut taken: Vec<Role> = Vec::new();
    let mut columns = Vec::with_capacity(header.columns.len());
    for candidate in &header.columns {
        let name = candidate.name.as_str();
        // A load of 0 is one that was not limited.
        let level = ((candidate.levels || candidate.numbers) && candidate.median != Some(0.0)).then(|| load(name)).flatten();
        // A known heading stays what it is, however many runs broke and left a word in its column.
        let known = level.or_else(|| match (candidate.numeric, candidate.numbers) {
            (true, _) => length(name).or_else(|| dimension(name)).or_else(|| figure(name)).or_else(|| tokens(name)),
            (false, true) => dimension(name).or_else(|| figure(name)),
            (false, false) => dimension(name),
        });
        // Two columns of one meaning: the second keeps its own name.
        let known = known.filter(|role| !taken.iter().any(|other| same(other, role)));
        let role = known.unwrap_or_else(|| match (candidate.numeric, candidate.examples.is_empty()) {
            (_, true) => Role::Ignore,
            (true, _) if candidate.codes || is_code(name) => Role::Dimension { key: name.to_owned() },
            (true, _) => Role::Metric { key: name.to_owned(), stat: Stat::Mean, unit: String::new() },
            (false, _) => Role::Dimension { key: name.to_owned() },
        });
        taken.push(role.clone());
        columns.push(Column { name: name.to_owned(), role });
    }
    suggest_seconds(&mut columns, header);
    Mapping { columns, ..Mapping::default() }
}

/// A mapping with which a table can be read without asking, and the columns that it leaves out because their unit is not
/// stated; `None` if too little of the table is certain. Certain are known metrics with a unit in their name, and those
/// that have one unit everywhere.
pub fn automatic(header: &Header) -> Option<(Mapping, Vec<String>)> {
    let mut mapping = suggest(header);
    let (mut unsure, mut figures, mut names) = (Vec::new(), 0, 0);
    let mut tokens = false;
    for (column, candidate) in mapping.columns.iter_mut().zip(&header.columns) {
        match &column.role {
            Role::Metric { key, .. } => match METRICS.iter().find(|metric| metric.key == key) {
                Some(metric) if is_unsure(metric, candidate) => {
                    unsure.push(column.name.clone());
                    column.role = Role::Ignore;
                }
                Some(metric) => {
                    figures += 1;
                    tokens |= metric.key.ends_with("_tps") || OF_TOKENS.contains(&metric.key);
                }
                None => {}
            },
            Role::Load { .. } => names += 1,
            Role::Dimension { key } if key == "model" => names += 1,
            Role::Dimension { .. } | Role::Ignore => {}
        }
    }
    (tokens && figures >= 2 && (names > 0 || figures >= 4)).then_some((mapping, unsure))
}

/// The columns of a table that would be figures if their unit were stated.
pub fn without_unit(header: &Header) -> Vec<String> {
    let of = |(column, candidate): (Column, &Candidate)| match &column.role {
        Role::Metric { key, .. } => {
            let metric = METRICS.iter().find(|metric| metric.key == key)?;
            is_unsure(metric, candidate).then_some(column.name)
        }
        Role::Dimension { .. } | Role::Load { .. } | Role::Ignore => None,
    };
    suggest(header).columns.into_iter().zip(&header.columns).filter_map(of).collect()
}

/// Metrics that only servers of language models have: any web test has latencies and rates.
const OF_TOKENS: [&str; 6] = ["ttft", "tpot", "itl", "interactivity", "input_tokens", "output_tokens"];

/// Whether a column is not certain: a latency without a unit, a share without one that could be of 1 or of 100, and a
/// throughput of tokens that does not say of which.
fn is_unsure(metric: &Metric, candidate: &Candidate) -> bool {
    let could_be_fraction = || candidate.median.is_none_or(|median| median <= 1.0);
    if metric.key == "output_tps" && TOKENS.contains(&parts(&candidate.name).join("_").as_str()) {
        return true;
    }
    let doubtful = metric.unit == "ms" || (metric.unit == "%" && could_be_fraction());
    doubtful && !candidate.units && !states_unit(&candidate.name)
}

/// Whether a column's name states its unit.
fn states_unit(name: &str) -> bool {
    let (folded, bracket) = fold(name);
    bracket.is_some() || folded.rsplit('_').next().is_some_and(|last| UNITS.iter().any(|(known, _)| *known == last))
}

/// First tokens and whole requests without a unit whose numbers are this small are in seconds: nothing answers within a
/// millisecond. Gaps between tokens can be below one.
const SECONDS_BELOW: f64 = 1.0;
/// A latency of this many seconds is none.
const LONGEST: f64 = 600.0;

/// Suggests seconds for latencies without a unit, where the numbers of one of them show it: a table has one unit.
fn suggest_seconds(columns: &mut [Column], header: &Header) {
    let median = |candidate: &Candidate| candidate.median.filter(|median| *median > 0.0);
    let latencies = columns.iter_mut().zip(&header.columns).filter_map(|(column, candidate)| match &mut column.role {
        Role::Metric { key, unit, .. } => {
            let latency = METRICS.iter().any(|metric| metric.key == key && metric.unit == "ms");
            (latency && unit.is_empty() && !candidate.units).then(|| (key.clone(), unit, median(candidate)))
        }
        Role::Dimension { .. } | Role::Load { .. } | Role::Ignore => None,
    });
    let latencies: Vec<_> = latencies.collect();
    let shown = |(key, _, median): &(String, &mut String, Option<f64>)| {
        ["ttft", "e2el"].contains(&key.as_str()) && median.is_some_and(|median| median < SECONDS_BELOW)
    };
    if latencies.iter().any(shown) && latencies.iter().all(|(.., median)| median.is_none_or(|median| median < LONGEST)) {
        latencies.into_iter().for_each(|(_, unit, _)| "s".clone_into(unit));
    }
}

/// Whether a name is that of a code, which is no quantity even where it has digits alone.
fn is_code(name: &str) -> bool {
    const WORDS: [&str; 13] =
        ["commit", "sha", "hash", "build", "uuid", "id", "host", "hostname", "cluster", "version", "driver", "cuda", "note"];
    parts(name).iter().any(|part| WORDS.contains(&part.as_str()))
}

/// Whether two columns would give the same thing.
fn same(a: &Role, b: &Role) -> bool {
    match (a, b) {
        (Role::Dimension { key: a }, Role::Dimension { key: b }) => a == b,
        (Role::Metric { key: a, stat: x, .. }, Role::Metric { key: b, stat: y, .. }) => a == b && x == y,
        (Role::Load { .. }, Role::Load { .. }) => true,
        _ => false,
    }
}

/// A name in lower case, its parts joined by `_`; a unit in brackets apart.
fn fold(name: &str) -> (String, Option<String>) {
    let (name, unit) = match name.trim().strip_suffix([')', ']']).and_then(|rest| rest.rsplit_once(['(', '['])) {
        Some((name, unit)) => (name, Some(unit.trim().to_owned())),
        None => (name, None),
    };
    (parts(name).join("_"), unit)
}

fn parts(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn load(name: &str) -> Option<Role> {
    let (folded, _) = fold(name);
    LOADS.iter().find(|(known, _)| *known == folded).map(|(_, kind)| Role::Load { kind: *kind })
}

fn length(name: &str) -> Option<Role> {
    let (folded, _) = fold(name);
    LENGTHS.iter().find(|(known, _)| *known == folded).map(|(_, key)| Role::Dimension { key: (*key).to_owned() })
}

/// A throughput of tokens is that of output tokens more often than not; whoever maps it confirms that.
fn tokens(name: &str) -> Option<Role> {
    let known = TOKENS.contains(&parts(name).join("_").as_str());
    known.then(|| Role::Metric { key: "output_tps".to_owned(), stat: Stat::Mean, unit: String::new() })
}

fn dimension(name: &str) -> Option<Role> {
    let (folded, unit) = fold(name);
    if unit.is_some() {
        return None;
    }
    // What Inferscope sets itself keeps the table's word as a label.
    if identity::RESERVED.contains(&folded.as_str()) {
        return Some(Role::Dimension { key: format!("label {}", name.trim()) });
    }
    // Tables have hundreds of columns: what the catalogue calls dimensions is folded once.
    static BY_NAME: LazyLock<FxHashMap<String, &'static str>> = LazyLock::new(|| {
        let mut names = FxHashMap::default();
        for row in DIMENSIONS {
            names.entry(row.key.to_owned()).or_insert(row.key);
            names.entry(fold(row.label).0).or_insert(row.key);
        }
        names
    });
    let key = identity::dimension_named(&folded).or_else(|| BY_NAME.get(&folded).copied()).or_else(|| server_argument(name))?;
    Some(Role::Dimension { key: key.to_owned() })
}

/// The metric, statistic and unit that a name states.
fn figure(name: &str) -> Option<Role> {
    let (folded, bracket) = fold(name);
    let whole: Vec<&str> = folded.split('_').collect();
    let (last, rest) = whole.split_last()?;
    let suffix = UNITS.iter().find(|(known, _)| known == last).map(|(_, unit)| *unit);
    let without_unit: Vec<&str> = if suffix.is_some() { rest.to_vec() } else { whole.clone() };
    let (bare, stat) = statistic(&without_unit);
    let unit = bracket.as_deref().or(suffix).unwrap_or_default();
    [(whole, None), (without_unit, None), (bare, stat)].into_iter().enumerate().find_map(|(attempt, (name, stat))| {
        let metric = named(&name.join("_"))?;
        // What looks like a unit may be part of the name: `output_tok/sec`.
        let unit = if attempt == 0 && bracket.is_none() && factor(metric.key, unit).is_none() { "" } else { unit };
        let single = metric.shape == Shape::Scalar && stat.is_some_and(|stat| stat != Stat::Mean);
        let (key, stat) = (metric.key.to_owned(), stat.unwrap_or(Stat::Mean));
        (!single && factor(&key, unit).is_some()).then(|| Role::Metric { key, stat, unit: unit.to_owned() })
    })
}

/// The parts of a name without the one that is a statistic.
fn statistic<'n>(name: &[&'n str]) -> (Vec<&'n str>, Option<Stat>) {
    let found = name.iter().enumerate().find_map(|(at, part)| {
        let stat = stats::parse(part)?;
        // `p99.9` and `p0.1` fall into two parts.
        Some(match (part, name.get(at + 1)) {
            (&"p99", Some(&"9")) => (at, 2, Stat::P99_9),
            _ => (at, 1, stat),
        })
    });
    match found {
        Some((at, length, stat)) => {
            let rest = name.iter().enumerate().filter(|(index, _)| !(at..at + length).contains(index)).map(|(_, part)| *part);
            (rest.collect(), Some(stat))
        }
        None => (name.to_vec(), None),
    }
}

/// The metric with this key, label or other name.
fn named(folded: &str) -> Option<&'static Metric> {
    static BY_NAME: LazyLock<FxHashMap<String, &'static Metric>> = LazyLock::new(|| {
        let mut names = FxHashMap::default();
        let mut add = |name: String, metric| _ = names.entry(name).or_insert(metric);
        let rows = || METRICS.iter().copied();
        // A key comes before every label, and a label before every other name.
        rows().for_each(|metric| add(metric.key.to_owned(), metric));
        rows().for_each(|metric| add(parts(metric.label).join("_"), metric));
        rows().for_each(|metric| metric.aliases.iter().for_each(|alias| add(parts(alias).join("_"), metric)));
        names
    });
    BY_NAME.get(folded).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str) -> Option<(String, Stat, String)> {
        match figure(name) {
            Some(Role::Metric { key, stat, unit }) => Some((key, stat, unit)),
            _ => None,
        }
    }

    #[test]
    fn names_state_metric_statistic_and_unit() {
        for (name, key, stat, unit) in [
            ("ttft_p99_ms", "ttft", Stat::P99, "ms"),
            ("P95 TTFT (s)", "ttft", Stat::P95, "s"),
            ("mean_tpot_ms", "tpot", Stat::Mean, "ms"),
            ("Time to first token [ms]", "ttft", Stat::Mean, "ms"),
            ("time_to_first_token_ms", "ttft", Stat::Mean, "ms"),
            ("P99.9 ITL", "itl", Stat::P99_9, ""),
            ("itl_p99_9_ms", "itl", Stat::P99_9, "ms"),
            ("median request latency (s)", "e2el", Stat::P50, "s"),
            ("output_tok/sec", "output_tps", Stat::Mean, ""),
            ("Output throughput (tok/s)", "output_tps", Stat::Mean, "tok/s"),
            ("request_throughput", "rps", Stat::Mean, ""),
            ("error_rate_pct", "error_rate", Stat::Mean, "%"),
            ("duration_s", "duration", Stat::Mean, "s"),
        ] {
            assert_eq!(metric(name), Some((key.to_owned(), stat, unit.to_owned())), "{name}");
        }
        for name in ["ttft (tokens)", "speed", "output_tps_p99", "", "_", "ms"] {
            assert_eq!(metric(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_certain_is_read_without_asking() {
        let header = |names: &[&str]| Header {
            columns: names
                .iter()
                .map(|name| Candidate {
                    name: (*name).to_owned(),
                    numeric: *name != "Model",
                    numbers: *name != "Model",
                    levels: true,
                    median: Some(5.0),
                    ..Candidate::default()
                })
                .collect(),
        };
        let (mapping, unsure) = automatic(&header(&["Client Count", "Mean TTFT (ms)", "Latency", "rps"])).expect("certain");
        assert_eq!(unsure, ["Latency"]);
        assert_eq!(mapping.columns[0].role, Role::Load { kind: LoadKind::Concurrency });
        assert!(automatic(&header(&["Model", "Latency", "Throughput"])).is_none());
        assert!(automatic(&header(&["day", "sales"])).is_none());
    }

    #[test]
    fn numbers_suggest_seconds() {
        let unit = |name: &str, median: f64| {
            let candidate =
                Candidate { name: name.to_owned(), numeric: true, numbers: true, median: Some(median), ..Candidate::default() };
            match suggest(&Header { columns: vec![candidate] }).columns.remove(0).role {
                Role::Metric { unit, .. } => unit,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(unit("ttft", 0.31), "s");
        assert_eq!(
            (unit("ttft", 310.0), unit("itl", 0.31), unit("ttft_ms", 0.31)),
            (String::new(), String::new(), "ms".to_owned())
        );
    }

    #[test]
    fn every_statistic_and_column_of_ours_is_found() {
        for row in METRICS.iter() {
            let stats: &[Stat] = if row.shape == Shape::Scalar { &[Stat::Mean] } else { &Stat::ALL };
            for stat in stats.iter().filter(|stat| **stat != Stat::P0_1) {
                let name = row.column_name(*stat);
                let found = metric(&name).unwrap_or_else(|| panic!("{name} is not found"));
                assert_eq!((found.0.as_str(), found.1), (row.key, *stat), "{name}");
                assert_eq!(factor(row.key, &found.2), Some(1.0), "{name}");
            }
        }
    }
}
