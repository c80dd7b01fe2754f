//! The topology: nodes, their workers and GPUs. Nodes and workers come from logs or dumps in the
//! folder; further ones in the run's description are unnamed.

use std::collections::BTreeMap;

use super::stated::Setting;
use crate::runs::folders::{Run, Sources, Worker};
use crate::sorting::Sorting;
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Symbols of a GPU in use and an idle one.
const WORKS: &str = "■";
const IDLE: &str = "□";
/// Maximum number of nodes, and of GPUs per node.
const MOST: usize = 128;

/// Roles in the order of a request.
pub(super) const ROLES: [(&str, &str); 3] = [("prefill", "Prefill"), ("decode", "Decode"), ("agg", "Aggregated")];

/// A node with its workers by role and their GPUs on it; `None` if unknown.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub name: Option<String>,
    pub workers: BTreeMap<String, Vec<(String, Option<usize>)>>,
    /// Its GPU count.
    pub gpus: Option<usize>,
}

impl Node {
    /// GPUs in use by workers; `None` if unknown for any worker.
    pub(super) fn used(&self) -> Option<usize> {
        self.workers.values().flatten().map(|(_, gpus)| *gpus).sum()
    }
}

/// The nodes of a run.
pub(super) fn nodes(sources: &Sources<'_>, run: &Run, stated: &[Setting]) -> Vec<Node> {
    let whole =
        |text: &str| text.parse::<f64>().ok().filter(|number| *number >= 1.0 && *number < 1e6).map(|number| number as usize);
    let said = |name: &str| {
        let ends = |one: &&Setting| one.name == name || one.name.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        stated.iter().find(ends).and_then(|one| whole(&one.value))
    };
    let counted = |key: &str| sources.value(run, key).and_then(whole);
    let size = said("gpus_per_node").or(said("gpu_info.count"));
    let logs: Vec<Worker> = run.folder.iter().flat_map(|folder| sources.workers(folder)).collect();
    let mut nodes: Vec<Node> = Vec::new();
    for (role, _) in ROLES {
        let named = if role == "agg" { "replicas".to_owned() } else { format!("{role}_workers") };
        let asked = counted(&named).unwrap_or(0).min(MOST);
        let mut workers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for worker in logs.iter().filter(|worker| worker.role == role) {
            workers.entry(worker.name.clone()).or_default().push(worker.node.clone());
        }
        // Workers in the description without logs.
        for number in 0..asked {
            if workers.len() < asked {
                workers.entry(format!("w{number}")).or_default();
            }
        }
        let total = counted(&format!("{role}_gpus")).filter(|total| !workers.is_empty() && total % workers.len() == 0);
        let each = said(&format!("gpus_per_{role}")).or(total.map(|total| total / workers.len()));
        let mut own: Vec<usize> = Vec::new();
        for (worker, places) in workers {
            let span = each.zip(size).map_or(1, |(each, size)| each.div_ceil(size)).max(places.len()).min(MOST);
            for at in 0..span {
                let gpus = each.map(|each| match size {
                    Some(size) => each.saturating_sub(at * size).min(size),
                    None => each / span,
                });
                let place = places.get(at).filter(|place| !place.is_empty());
                let index = match place {
                    Some(name) => nodes.iter().position(|node| node.name.as_ref() == Some(name)),
                    None => None,
                };
                let index = index.unwrap_or_else(|| {
                    nodes.push(Node { name: place.cloned(), gpus: size, ..Node::default() });
                    nodes.len() - 1
                });
                own.push(index);
                if let Some(node) = nodes.get_mut(index) {
                    node.workers.entry(role.to_owned()).or_default().push((worker.clone(), gpus));
                }
            }
        }
        own.order();
        own.dedup();
        // Nodes allocated to a role without a known worker.
        for _ in own.len()..counted(&format!("{role}_nodes")).unwrap_or(0).min(MOST) {
            nodes.push(Node { gpus: size, ..Node::default() });
        }
    }
    nodes.truncate(MOST);
    nodes
}

/// The drawing.
pub(super) fn grid(nodes: &[Node], link: impl Fn(&str, &str) -> Option<String>) -> Grid {
    let shown: Vec<_> = ROLES.iter().filter(|(role, _)| nodes.iter().any(|node| node.workers.contains_key(*role))).collect();
    let mut columns = vec![Column::text("node", "Node")];
    columns.extend(shown.iter().map(|(role, label)| Column::text(role, label)));
    columns.extend([
        Column::figure("used", "GPUs in use", ""),
        Column::figure("gpus", "GPUs", ""),
        Column::text("drawn", "Drawn"),
    ]);
    let row = |node: &Node| {
        let name = node.name.as_deref();
        let mut cells = vec![match name {
            Some(name) => GridCell::text(name),
            None => {
                GridCell::text("(no log)").toned(Tone::Doubt).hinted("Counted in the run's description; no log or dump names it")
            }
        }];
        for (role, label) in &shown {
            let workers = node.workers.get(*role).map_or(&[][..], Vec::as_slice);
            let one = |(worker, gpus): &(String, Option<usize>)| match gpus {
                Some(gpus) => format!("{worker} {}", WORKS.repeat((*gpus).min(MOST))),
                None => worker.clone(),
            };
            let mut cell = GridCell::text(workers.iter().map(one).collect::<Vec<_>>().join("  "));
            if let Some((worker, gpus)) = workers.first() {
                let count = gpus.map_or_else(|| "GPUs not stated".to_owned(), |gpus| format!("{gpus} GPUs here"));
                cell = cell.hinted(format!("{label}: {count}"));
                cell.link = name.and_then(|_| link(role, worker));
            }
            cells.push(cell);
        }
        let (used, gpus) = (node.used(), node.gpus);
        let idle = used.zip(gpus).map(|(used, gpus)| gpus.saturating_sub(used));
        let number = |count: Option<usize>| GridCell::figure(count.map(|count| count as f64));
        let used_cell = number(used);
        cells.push(match idle.filter(|idle| *idle > 0) {
            Some(idle) => used_cell.toned(Tone::Doubt).hinted(format!("{idle} idle")),
            None => used_cell,
        });
        cells.push(number(gpus));
        cells.push(match (used, gpus) {
            (Some(used), Some(gpus)) => GridCell::text(format!(
                "{}{}",
                WORKS.repeat(used.min(gpus).min(MOST)),
                IDLE.repeat(gpus.saturating_sub(used).min(MOST))
            )),
            _ => GridCell::default(),
        });
        cells
    };
    Grid {
        key: "topology".to_owned(),
        title: "Topology".to_owned(),
        note: format!("{WORKS} GPU in use, {IDLE} idle GPU; workers named after their logs."),
        columns,
        rows: nodes.iter().map(row).collect(),
        ..Grid::default()
    }
}
