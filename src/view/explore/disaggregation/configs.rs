//! The configurations of a scenario: their measurements, names and load levels.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{self, PLACES, SCHEDULER};
use super::scenario::Scenario;
use crate::catalog::{Role, dimensions, number};
use crate::query::groups::{self, Group};
use crate::query::parallelism::{Deployment, Layout, Layouts};
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// Option: kinds of deployment shown.
pub(super) const KINDS: &str = "kinds";
/// The kinds: key in links, label.
const DEPLOYMENTS: [(Deployment, &str, &str); 3] = [
    (Deployment::Split, "pd", "P/D"),
    (Deployment::Whole, "standalone", "standalone"),
    (Deployment::Unknown, "unsaid", "not stated"),
];

/// Option: how to treat one configuration in several folders.
const FOLDERS: &str = "folders";

/// Treatment of folders with the same configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folders {
    /// Separate if two of them measured the same load: two runs to compare, as in the other views.
    Runs,
    /// Merged, repeats averaged.
    Joined,
    /// Always separate.
    Apart,
}

/// The choices: key in links, label.
const CHOICES: [(Folders, &str, &str); 3] = [
    (Folders::Runs, "runs", "separate if they repeat each other"),
    (Folders::Joined, "joined", "merged, repeats averaged"),
    (Folders::Apart, "apart", "separate"),
];

/// Maximum number of places in a note.
const MAX_PLACES: usize = 4;
/// Maximum number of configurations with a note about averaging.
const MAX_AVERAGED: usize = 3;

/// Dimensions fixed or implied by the scenario.
const FIXED: &[&str] = &["model", "accelerator", "isl", "osl", "profile"];

/// One configuration.
pub(super) struct Config {
    /// Its measurements, with id and label.
    pub group: Group,
    /// Its parallelism and deployment.
    pub layout: Layout,
    /// Number of [`PLACES`] that distinguish it from others.
    pub depth: usize,
}

impl Config {
    /// One of its rows.
    pub(super) fn first(&self) -> usize {
        self.group.rows.first().copied().unwrap_or_default()
    }
}

/// The configurations of a scenario that are shown.
pub(super) struct Configs {
    /// The shown configurations, in order.
    pub shown: Vec<Config>,
    /// The dimensions that identify one.
    pub by: Vec<String>,
    /// The two controls.
    pub controls: Vec<Control>,
    /// Notes.
    pub notes: Vec<String>,
}

/// Whether the scheduler's settings differ in some rows.
pub(super) fn scheduler_differs(table: &Table, rows: &[usize]) -> bool {
    SCHEDULER.iter().any(|(key, _)| groups::differs(table, rows.iter().copied(), key))
}

/// The configurations of a scenario. All dimensions that identify a configuration elsewhere do so here: different data
/// sets, releases or schedulers are never pooled. Two folders (or files) with the same configuration at the same load are two
/// runs unless the user merges them. Folders without a stated layout stay separate, because they may hold different
/// deployments.
pub(super) fn all(table: &Table, scenario: &Scenario, state: &ViewState, scheduling: bool) -> Configs {
    let asked = CHOICES.iter().find(|(_, key, _)| state.option(FOLDERS) == Some(*key));
    let folders = asked.map_or(Folders::Runs, |(folders, ..)| *folders);
    let layouts = Layouts::new(table);
    let keys = table.dimension_keys().into_iter();
    let own: Vec<&str> = keys.filter(|key| dimensions::role(key) == Role::Configuration && !FIXED.contains(key)).collect();
    // Ten in flight and ten per second are different levels.
    let by: Vec<&str> = own.iter().copied().chain(["load_kind"]).collect();
    let with_places = |depth: usize| by.iter().copied().chain(PLACES.into_iter().take(depth)).collect::<Vec<&str>>();
    let mut groups: Vec<(Group, usize)> = Vec::new();
    let (mut unknown_layouts, mut runs) = (0, 0);
    for group in groups::group(table, &scenario.rows, &by) {
        let rows = || group.rows.iter().copied();
        let is_known = group.rows.first().is_some_and(|first| layouts.of(*first).deployment() != Deployment::Unknown);
        let repeated = |place: &str| folders == Folders::Runs && groups::repeat_each_other(table, rows(), &[], place);
        // If folders distinguish runs, files in one folder are repeats; within a single folder, files are the runs.
        let depth = match is_known {
            _ if folders == Folders::Apart => 2,
            true if repeated("folder") => 1,
            _ if !groups::differs(table, rows(), "folder") && repeated("path") => 3,
            true => 0,
            false => 2,
        };
        let parts = if depth == 0 { vec![group] } else { groups::group(table, &group.rows, &with_places(depth)) };
        unknown_layouts += if is_known { 0 } else { parts.len() };
        runs += usize::from(matches!(depth, 1 | 3));
        groups.extend(parts.into_iter().map(|part| (part, depth)));
    }
    let (groups, depths): (Vec<Group>, Vec<usize>) = groups.into_iter().unzip();
    let labels = names::labels(table, &groups, &own, scheduling, &layouts);
    let of = |((mut group, label), depth): ((Group, String), usize)| {
        group.label = label;
        let layout = layouts.of(group.rows.first().copied().unwrap_or_default());
        Config { layout, group, depth }
    };
    let all: Vec<Config> = groups.into_iter().zip(labels).zip(depths).map(of).collect();
    let count = |kind: Deployment| all.iter().filter(|config| config.layout.deployment() == kind).count();
    let kinds = DEPLOYMENTS.map(|(kind, key, label)| (kind, key, label, count(kind)));
    let kinds: Vec<_> = kinds.into_iter().filter(|(kind, .., count)| *kind != Deployment::Unknown || *count > 0).collect();
    let asked = state.options.get(KINDS).filter(|asked| kinds.iter().any(|(_, key, ..)| asked.iter().any(|other| other == key)));
    let wanted = |key: &str| asked.is_none_or(|asked| asked.iter().any(|other| other == key));
    let is_wanted = |config: &Config| {
        let kind = config.layout.deployment();
        kinds.iter().any(|(other, key, ..)| *other == kind && wanted(key))
    };
    let values = kinds.iter().filter(|(_, key, ..)| wanted(key)).map(|(_, key, ..)| (*key).to_owned()).collect();
    let (shown, hidden): (Vec<Config>, Vec<Config>) = all.into_iter().partition(is_wanted);
    let mut notes = Vec::new();
    if !hidden.is_empty() {
        let what = number::plural(hidden.len() as u64, "configuration");
        notes.push(format!("{what} hidden by “Deployments”."));
    }
    if unknown_layouts > 1 {
        notes.push(format!("{unknown_layouts} configurations do not state their layout: distinguished by folder or file."));
    }
    if runs > 0 {
        let what = number::plural(runs as u64, "configuration");
        notes.push(format!(
            "{what} measured at the same load in several folders or files: shown separately. “Folders” can merge them."
        ));
    }
    notes.extend(averaged(table, &shown));
    let kind = |(_, key, label, count): &(Deployment, &str, &str, usize)| Choice::new(key, label, &count.to_string());
    let controls = vec![
        Control {
            key: KINDS.to_owned(),
            label: "Deployments".to_owned(),
            help: "P/D: separate prefill and decode servers. Standalone: every replica does both. Not stated: no file \
                   states it"
                .to_owned(),
            values,
            entry: Entry::MultiSelect(kinds.iter().map(kind).collect()),
        },
        Control {
            key: FOLDERS.to_owned(),
            label: "Folders".to_owned(),
            help: "Treat one configuration in two folders as two runs, or average them as repeats".to_owned(),
            values: CHOICES.iter().filter(|(choice, ..)| *choice == folders).map(|(_, key, _)| (*key).to_owned()).collect(),
            entry: Entry::Select(CHOICES.iter().map(|(_, key, label)| Choice::new(key, label, "")).collect()),
        },
    ];
    let by = with_places(if folders == Folders::Apart { 2 } else { 0 });
    Configs { by: by.into_iter().map(str::to_owned).collect(), shown, controls, notes }
}

/// Notes on which folders, runs or files are averaged.
fn averaged(table: &Table, shown: &[Config]) -> Vec<String> {
    let places = |config: &Config| {
        let mut levels: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for row in &config.group.rows {
            let load = table.load().and_then(|load| load.get(*row));
            levels.entry(load.map_or(u64::MAX, f64::to_bits)).or_default().push(*row);
        }
        levels.remove(&u64::MAX);
        [("folder", "folders"), ("run", "runs"), ("path", "files")].into_iter().find_map(|(key, what)| {
            let repeated = levels.values().filter(|rows| groups::differs(table, rows.iter().copied(), key)).flatten();
            let names: BTreeSet<&str> = repeated.filter_map(|row| table.dimension(key)?.text(*row)).collect();
            (names.len() > 1).then_some((names, what))
        })
    };
    let found: Vec<_> = shown.iter().filter_map(|config| Some((&config.group.label, places(config)?))).collect();
    let sentence = |(label, (names, what)): &(&String, (BTreeSet<&str>, &str))| {
        let more = if names.len() > MAX_PLACES { ", …" } else { "" };
        // Omit enclosing folders if the last part is unique.
        let short: BTreeSet<&str> = names.iter().filter_map(|name| name.rsplit('/').next()).collect();
        let is_known = if short.len() == names.len() { &short } else { names };
        let named = is_known.iter().take(MAX_PLACES).copied().collect::<Vec<_>>().join(", ");
        format!("“{label}” averages load levels of {} {what}: {named}{more}.", names.len())
    };
    let rest = found.len().saturating_sub(MAX_AVERAGED);
    let rest = (rest > 0).then(|| format!("{} more averaged in the same way.", number::plural(rest as u64, "configuration")));
    found.iter().take(MAX_AVERAGED).map(sentence).chain(rest).collect()
}
