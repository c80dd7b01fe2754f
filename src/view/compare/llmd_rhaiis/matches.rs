//! Which configuration of one side is compared with which of the other: equal in everything that must match, with a level of
//! load in common. Two layouts of one side are two matches, never one mean.

use std::collections::BTreeMap;

use crate::catalog::{Role, dimensions};
use crate::comparison::judge::Judge;
use crate::comparison::pairing::{Configuration, Sides, loads};
use crate::query::groups::{self, Group};
use crate::query::parallelism::Layouts;
use crate::sorting::Sorting;
use crate::table::{Dimension, Table};

/// Matches compared at once: every one costs some pairings, and more are not read.
pub(super) const MAX_MATCHES: usize = 2000;

/// A configuration of one side against one of the other.
pub(super) struct Match {
    /// Rows of both sides, the single server first.
    pub pair: Configuration,
    /// What each side's deployment is called.
    pub layouts: [String; 2],
}

/// A configuration that is compared with nothing.
pub(super) struct Unmatched {
    /// The side: 0 is the single server.
    pub side: usize,
    pub label: String,
    pub rows: Vec<usize>,
    /// Why.
    pub reason: String,
}

/// What came of matching.
#[derive(Default)]
pub(super) struct Matches {
    pub matched: Vec<Match>,
    pub unmatched: Vec<Unmatched>,
    /// How many matches were not even looked at.
    pub beyond: usize,
}

/// A side's configuration with the codes that must match.
struct One {
    group: Group,
    codes: Vec<Option<u32>>,
    layout: String,
    levels: Vec<f64>,
    used: bool,
}

/// Matches both sides' rows.
pub(super) fn find(table: &Table, rows: &[Vec<usize>; 2], names: &[String; 2], keys: &[&str], judge: &Judge<'_>) -> Matches {
    let configuration: Vec<&str> = table
        .dimension_keys()
        .into_iter()
        .filter(|key| dimensions::role(key) == Role::Configuration)
        .chain(["load_kind", "router_config"])
        .collect();
    let keys: Vec<&str> = keys.iter().copied().chain(["load_kind"]).collect();
    let columns: Vec<Option<Dimension<'_>>> = keys.iter().map(|key| table.dimension(key)).collect();
    let layouts = Layouts::new(table);
    let levels = |rows: &[usize]| {
        let mut found: Vec<f64> = rows.iter().filter_map(|row| judge.at(*row)).collect();
        found.order_by(f64::total_cmp);
        found.dedup();
        found
    };
    let of = |group: Group| {
        let first = group.rows.first().copied().unwrap_or_default();
        One {
            codes: columns.iter().map(|column| column.and_then(|column| column.code(first))).collect(),
            layout: layouts.of(first).label,
            levels: levels(&group.rows),
            used: false,
            group,
        }
    };
    let mut sides =
        [0, 1].map(|side| groups::group(table, &rows[side], &configuration).into_iter().map(of).collect::<Vec<One>>());
    let mut by_codes: BTreeMap<Vec<Option<u32>>, Vec<usize>> = BTreeMap::new();
    for (at, one) in sides[0].iter().enumerate() {
        by_codes.entry(one.codes.clone()).or_default().push(at);
    }
    let mut found = Matches::default();
    let [servers, clusters] = &mut sides;
    for cluster in clusters.iter_mut() {
        for at in by_codes.get(&cluster.codes).into_iter().flatten() {
            let Some(server) = servers.get_mut(*at) else { continue };
            if !cluster.levels.iter().any(|level| server.levels.contains(level)) {
                continue;
            }
            (cluster.used, server.used) = (true, true);
            if found.matched.len() >= MAX_MATCHES {
                found.beyond += 1;
                continue;
            }
            let first = cluster.group.rows.first().copied().unwrap_or_default();
            let text = |key: &str| table.dimension(key).and_then(|column| column.text(first)).map(str::to_owned);
            let model = text("model").map(|model| model.rsplit_once('/').map_or(model.clone(), |(_, last)| last.to_owned()));
            let label = [model, text("accelerator"), text("profile"), Some(format!("{} vs {}", cluster.layout, server.layout))];
            found.matched.push(Match {
                pair: Configuration {
                    id: groups::id(&format!("{}|{}", server.group.id, cluster.group.id)),
                    label: label.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                    rows: Sides {
                        kind: table.load_kind(first),
                        sides: vec![server.group.rows.clone(), cluster.group.rows.clone()],
                        variant: String::new(),
                    },
                },
                layouts: [server.layout.clone(), cluster.layout.clone()],
            });
        }
    }
    let [servers, clusters] = sides;
    for (side, own, others) in [(1, &clusters, &servers), (0, &servers, &clusters)] {
        for one in own.iter().filter(|one| !one.used) {
            let other = names.get(1 - side).map(String::as_str).unwrap_or_default();
            let reason = why(&keys, &columns, one, others, other);
            let label = if one.group.label.is_empty() { one.layout.clone() } else { one.group.label.clone() };
            found.unmatched.push(Unmatched { side, label, rows: one.group.rows.clone(), reason });
        }
    }
    found
}

/// The first thing, in the order of the keys, in which no configuration of the other side is equal; else the loads.
fn why(keys: &[&str], columns: &[Option<Dimension<'_>>], one: &One, others: &[One], other: &str) -> String {
    let mut left: Vec<&One> = others.iter().collect();
    for (at, (key, column)) in keys.iter().zip(columns).enumerate() {
        let same: Vec<&One> = left.iter().copied().filter(|other| other.codes.get(at) == one.codes.get(at)).collect();
        if same.is_empty() {
            let code = one.codes.get(at).copied().flatten();
            let value = column.zip(code).map(|(column, code)| column.value(code));
            let value = value.map_or_else(|| "not stated".to_owned(), str::to_owned);
            let before = keys.iter().take(at).map(|key| dimensions::label(key)).collect::<Vec<_>>().join(", ");
            let with = if before.is_empty() { String::new() } else { format!(" with the same {before}") };
            return format!("{other} was not measured with {} {value}{with}", dimensions::label(key));
        }
        left = same;
    }
    let mut theirs: Vec<f64> = left.iter().flat_map(|other| other.levels.iter().copied()).collect();
    theirs.order_by(f64::total_cmp);
    theirs.dedup();
    let described = |levels: &[f64]| if levels.is_empty() { "unknown".to_owned() } else { loads(levels) };
    format!("no load level in common (here {}; {other} {})", described(&one.levels), described(&theirs))
}
