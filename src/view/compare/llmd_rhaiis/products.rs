//! Which measurements are of a cluster that llm-d routes, and which of one server: by what the rows say, not by the file
//! they came in.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::versions;
use crate::comparison::sides::{BASELINE, CANDIDATE};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::{Dimension, Table};
use crate::view_model::{Choice, Control, Entry};

/// The products that llm-d is in, the one that is supported first.
const CLUSTERS: [&str; 2] = ["rhoai", "llm-d"];
/// The product that is one server.
const SERVER: &str = "rhaiis";
/// What only a cluster has.
const MARKS: [&str; 5] = ["replicas", "prefill", "decode", "router_variant", "router_config"];
/// Stands for “no version” in a control, where an empty text would be no choice.
const NONE: &str = "(none)";

/// Both sides as they can be chosen: rows by version, the single server first.
pub(super) struct Products {
    sides: [Vec<(String, Vec<usize>)>; 2],
}

/// What is compared: versions and rows, the single server (which is the denominator) first.
pub(super) struct Compared {
    pub versions: [String; 2],
    pub rows: [Vec<usize>; 2],
    pub controls: Vec<Control>,
    pub notes: Vec<String>,
}

impl Products {
    pub(super) fn new(table: &Table, rows: &[usize]) -> Products {
        let versions = table.dimension("version");
        let routed: Vec<bool> = versions
            .iter()
            .flat_map(|column| (0..column.cardinality() as u32).map(|code| column.value(code)))
            .map(|version| CLUSTERS.contains(&versions::product(version).as_str()))
            .collect();
        let marks: Vec<Dimension<'_>> = MARKS.iter().filter_map(|key| table.dimension(key)).collect();
        let mut sides: [FxHashMap<Option<u32>, Vec<usize>>; 2] = Default::default();
        for row in rows {
            let version = versions.and_then(|column| column.code(*row));
            let named = version.and_then(|code| routed.get(code as usize)).copied().unwrap_or_default();
            let cluster = named || marks.iter().any(|column| column.code(*row).is_some());
            sides[usize::from(cluster)].entry(version).or_default().push(*row);
        }
        let text = |code: Option<u32>| versions.zip(code).map(|(column, code)| column.value(code).to_owned()).unwrap_or_default();
        let ordered = |side: FxHashMap<Option<u32>, Vec<usize>>| {
            let mut side: Vec<(String, Vec<usize>)> = side.into_iter().map(|(code, rows)| (text(code), rows)).collect();
            side.order_by(|(a, _), (b, _)| versions::newest_first(a, b));
            side
        };
        Products { sides: sides.map(ordered) }
    }

    /// Which side has nothing.
    pub(super) fn lacking(&self) -> Option<&'static str> {
        let [server, cluster] = &self.sides;
        match (server.is_empty(), cluster.is_empty()) {
            (_, true) => Some("LLM-D (version RHOAI or llm-d, or rows with replicas, pods or a router)"),
            (true, _) => Some("a single server such as RHAIIS"),
            _ => None,
        }
    }

    /// The versions that the state asks for, or else: RHAIIS and RHOAI before others, of those the pair with the most
    /// configurations in common by these keys, of equals the newest.
    pub(super) fn choose(&self, table: &Table, state: &ViewState, keys: &[&str]) -> Compared {
        let columns: Vec<Option<Dimension<'_>>> = keys.iter().map(|key| table.dimension(key)).collect();
        let found = |rows: &[usize]| -> FxHashSet<Vec<Option<u32>>> {
            rows.iter().map(|row| columns.iter().map(|column| column.and_then(|column| column.code(*row))).collect()).collect()
        };
        let known = [0, 1].map(|side| self.sides[side].iter().map(|(_, rows)| found(rows)).collect::<Vec<_>>());
        let mut notes = Vec::new();
        let asked = [(BASELINE, 0), (CANDIDATE, 1)].map(|(key, side)| {
            let asked = state.option(key).map(|asked| if asked == NONE { "" } else { asked })?;
            let at = self.sides[side].iter().position(|(version, _)| version == asked);
            if at.is_none() {
                notes.push(format!("No measurement has version “{asked}” on this side; comparing another version."));
            }
            at
        });
        let product = |side: usize, at: usize| self.sides[side].get(at).map(|(version, _)| versions::product(version));
        let rank = |(server, cluster): (usize, usize)| {
            let common = known[0].get(server).zip(known[1].get(cluster)).map_or(0, |(a, b)| a.intersection(b).count());
            let usual = product(0, server).as_deref() == Some(SERVER);
            let supported = product(1, cluster).as_deref() == CLUSTERS.first().copied();
            (common > 0, usual, supported, common)
        };
        let clusters = self.sides[1].len();
        let pairs = (0..self.sides[0].len()).flat_map(|server| (0..clusters).map(move |cluster| (server, cluster)));
        let fits = |(server, cluster): &(usize, usize)| {
            asked[0].is_none_or(|at| at == *server) && asked[1].is_none_or(|at| at == *cluster)
        };
        // Newest come first, and of equals the last one is taken.
        let pairs: Vec<(usize, usize)> = pairs.filter(fits).collect();
        let at = pairs.into_iter().rev().max_by_key(|pair| rank(*pair)).unwrap_or_default();
        let chosen = [self.sides[0].get(at.0), self.sides[1].get(at.1)];
        let versions = chosen.map(|side| side.map(|(version, _)| version.clone()).unwrap_or_default());
        let rows = chosen.map(|side| side.map(|(_, rows)| rows.clone()).unwrap_or_default());
        let control = |key: &str, label: &str, help: &str, side: usize| Control {
            key: key.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            values: vec![written(&versions[side])],
            entry: Entry::Select(
                self.sides[side]
                    .iter()
                    .map(|(version, rows)| Choice::new(&written(version), &shown(version), &rows.len().to_string()))
                    .collect(),
            ),
        };
        let controls = vec![
            control(CANDIDATE, "LLM-D", "Routed cluster", 1),
            control(BASELINE, "RHAIIS", "Single server, the baseline of every percentage and ratio", 0),
        ];
        Compared { controls, versions, rows, notes }
    }
}

fn written(version: &str) -> String {
    if version.is_empty() { NONE.to_owned() } else { version.to_owned() }
}

/// A version as the page names it.
pub(super) fn shown(version: &str) -> String {
    if version.is_empty() { "version not stated".to_owned() } else { version.to_owned() }
}
