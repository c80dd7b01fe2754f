//! The configurations of a scenario: which measurements belong to one, what it is called, and its levels.

use std::collections::BTreeMap;

use super::super::identity::{self, Group};
use super::super::layout::{self, Layout, Layouts};
use super::super::parts::{Choice, Control, Entry};
use super::scenario::Scenario;
use crate::catalog::{Role, dimensions, number};
use crate::state::ViewState;
use crate::table::Table;

/// Which kinds of deployment are shown.
pub(super) const KINDS: &str = "kinds";
/// Prefill and decode apart, and everything else.
const SPLIT: &str = "pd";
const WHOLE: &str = "standalone";
/// Whether measurements of several folders are one configuration.
const FOLDERS: &str = "folders";
const APART: &str = "apart";

/// What tells folders of results apart: the folder a file lies in, and the one that a table's line names.
const PLACES: &[&str] = &["folder", "run"];

/// What the scenario itself fixes, and what only restates it.
const FIXED: &[&str] = &["model", "accelerator", "isl", "osl", "profile"];

/// The dimensions of the request scheduler.
pub(super) const SCHEDULER: &[(&str, &str)] = &[
    ("kv_scorer_weight", "KV"),
    ("queue_scorer_weight", "queue"),
    ("prefix_scorer_weight", "prefix"),
    ("prefix_scorer_mode", "mode"),
    ("prefix_block_size", "block"),
    ("prefix_capacity", "capacity"),
    ("prefix_max_blocks", "blocks"),
];

/// One configuration.
pub(super) struct Config {
    /// Its measurements, with id and label.
    pub group: Group,
    /// How it is laid out.
    pub layout: Layout,
    /// The folders that its measurements lie in, when there are several.
    pub folders: usize,
}

impl Config {
    /// One of its rows.
    pub(super) fn first(&self) -> usize {
        self.group.rows.first().copied().unwrap_or_default()
    }
}

/// What is shown of a scenario.
pub(super) struct Configs {
    /// All that are shown, in their order.
    pub shown: Vec<Config>,
    /// The dimensions that identify one.
    pub by: Vec<String>,
    /// The two controls.
    pub controls: Vec<Control>,
    /// What must be said.
    pub notes: Vec<String>,
}

/// Whether the scheduler's settings differ in some rows.
pub(super) fn scheduler_differs(table: &Table, rows: &[usize]) -> bool {
    SCHEDULER.iter().any(|(key, _)| identity::differs(table, rows.iter().copied(), key))
}

/// The configurations of a scenario. Whatever identifies a configuration anywhere keeps them apart here too: no two data
/// sets, releases or schedulers are pooled. Folders do so on demand, and where nothing says how a deployment is laid out:
/// then nothing says that two folders hold the same one.
pub(super) fn all(table: &Table, scenario: &Scenario, state: &ViewState, scheduling: bool) -> Configs {
    let apart = state.option(FOLDERS) == Some(APART);
    let layouts = Layouts::new(table);
    let keys = table.dimension_keys().into_iter();
    let own: Vec<&str> = keys.filter(|key| dimensions::role(key) == Role::Configuration && !FIXED.contains(key)).collect();
    // Ten in flight and ten a second are not one level.
    let by: Vec<&str> = own.iter().copied().chain(["load_kind"]).collect();
    let with_places: Vec<&str> = by.iter().copied().chain(PLACES.iter().copied()).collect();
    let joined = identity::group(table, &scenario.rows, &by);
    let mut groups: Vec<Group> = Vec::new();
    let mut unsaid = 0;
    for group in joined {
        let Some(first) = group.rows.first() else { continue };
        let told = !layouts.of(*first).label.is_empty();
        if told && !apart {
            groups.push(group);
        } else {
            let parts = identity::group(table, &group.rows, &with_places);
            unsaid += if told { 0 } else { parts.len() };
            groups.extend(parts);
        }
    }
    let places = PLACES.iter().filter_map(|key| table.dimension(key)).collect::<Vec<_>>();
    let folders = |rows: &[usize]| {
        let mut found: Vec<Vec<Option<u32>>> =
            rows.iter().map(|row| places.iter().map(|column| column.code(*row)).collect()).collect();
        found.sort_unstable();
        found.dedup();
        found.len()
    };
    let labels = labels(table, &groups, &own, scheduling, &layouts);
    let of = |(mut group, label): (Group, String)| {
        group.label = label;
        let layout = layouts.of(group.rows.first().copied().unwrap_or_default());
        Config { folders: folders(&group.rows), layout, group }
    };
    let all: Vec<Config> = groups.into_iter().zip(labels).map(of).collect();
    let split = all.iter().filter(|config| config.layout.split.is_some()).count();
    let kinds = [(SPLIT, "P/D", split), (WHOLE, "standalone", all.len() - split)];
    let asked = state.options.get(KINDS).filter(|asked| kinds.iter().any(|(key, ..)| asked.iter().any(|other| other == key)));
    let wanted = |key: &str| asked.is_none_or(|asked| asked.iter().any(|other| other == key));
    let (shown, hidden): (Vec<Config>, Vec<Config>) =
        all.into_iter().partition(|config| wanted(if config.layout.split.is_some() { SPLIT } else { WHOLE }));
    let mut notes = Vec::new();
    if !hidden.is_empty() {
        let what = number::plural(hidden.len() as u64, "configuration");
        notes.push(format!("{what} not shown, as “Deployments” asks."));
    }
    if unsaid > 1 {
        notes.push(format!("{unsaid} configurations do not say how they are laid out: their folders tell them apart."));
    }
    let several = shown.iter().filter(|config| config.folders > 1).count();
    if several > 0 {
        let what = number::plural(several as u64, "configuration");
        notes.push(format!("{what} with measurements of several folders: joined, repeats of a level averaged."));
    }
    let kind = |(key, label, count): &(&str, &str, usize)| Choice::new(key, label, &count.to_string());
    let controls = vec![
        Control {
            key: KINDS.to_owned(),
            label: "Deployments".to_owned(),
            help: "Split: some servers prefill, others decode. Standalone: every replica does both".to_owned(),
            values: kinds.iter().filter(|(key, ..)| wanted(key)).map(|(key, ..)| (*key).to_owned()).collect(),
            entry: Entry::Several(kinds.iter().map(kind).collect()),
        },
        Control {
            key: FOLDERS.to_owned(),
            label: "Folders".to_owned(),
            help: "Whether the same configuration in two folders is one, its repeats averaged, or two".to_owned(),
            values: vec![if apart { APART } else { "joined" }.to_owned()],
            entry: Entry::One(vec![Choice::new("joined", "joined", ""), Choice::new(APART, "each by itself", "")]),
        },
    ];
    let by = if apart { with_places } else { by };
    Configs { shown, by: by.into_iter().map(str::to_owned).collect(), controls, notes }
}

/// What each configuration is called: its layout, then what else tells it from the others; the scheduler's settings first
/// where they are what is looked at. Names that would still be equal get everything that tells the groups apart.
fn labels(table: &Table, groups: &[Group], own: &[&str], scheduling: bool, layouts: &Layouts<'_>) -> Vec<String> {
    let firsts: Vec<usize> = groups.iter().filter_map(|group| group.rows.first()).copied().collect();
    let is_scheduler = |key: &str| SCHEDULER.iter().any(|(known, _)| *known == key);
    let differs = |key: &str| identity::differs(table, firsts.iter().copied(), key);
    let rest = own.iter().copied();
    let rest: Vec<&str> = rest.filter(|key| !layout::told().any(|told| told == *key) && !is_scheduler(key)).collect();
    let mut extra: BTreeMap<usize, String> = BTreeMap::new();
    if rest.iter().any(|key| differs(key)) {
        for group in identity::group(table, &firsts, &rest) {
            extra.extend(group.rows.iter().map(|row| (*row, group.label.clone())));
        }
    }
    let scheduler = |row: usize| {
        let value = |(key, name): &(&str, &str)| {
            let text = table.dimension(key).filter(|_| scheduling || differs(key))?.text(row)?;
            Some(format!("{name} {text}"))
        };
        SCHEDULER.iter().filter_map(value).collect::<Vec<_>>().join(" ")
    };
    let name = |row: usize| {
        let layout = layouts.of(row).label;
        let config = || table.dimension("config").and_then(|column| column.text(row)).unwrap_or_default().to_owned();
        let layout = if layout.is_empty() { config() } else { layout };
        let parts = if scheduling { [scheduler(row), layout] } else { [layout, scheduler(row)] };
        let parts = parts.into_iter().chain(extra.get(&row).cloned()).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" · ")
    };
    let names: Vec<String> = firsts.iter().map(|row| name(*row)).collect();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *taken.entry(name).or_default() += 1;
    }
    let full = |(name, group): (&String, &Group)| match taken.get(name.as_str()) {
        Some(1) if !name.is_empty() => name.clone(),
        _ if name.is_empty() => group.label.clone(),
        _ => format!("{name} · {}", group.label),
    };
    names.iter().zip(groups).map(full).collect()
}
