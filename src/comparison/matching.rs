//! What two sides must have in common: the dimensions that must match and the load levels that count, with their controls.

use super::judge::Levels;
use super::pairing::{self, Pairing};
use crate::catalog::{Role, dimensions, number};
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{Choice, Control, Entry};

/// The loads that count.
const LEVELS: &str = "levels";
/// The dimensions that must match.
pub(crate) const MATCH: &str = "match";
/// The dimensions that must match, and the control that says which of those with a choice do.
pub(crate) fn matching<'a>(
    table: &'a Table,
    rows: &[usize],
    state: &ViewState,
    by: &str,
    usual: &[&'a str],
) -> (Vec<&'a str>, Control) {
    let varies = |key: &str| pairing::values(table, rows, key).len() > 1;
    let details = [
        "gpus",
        "router_variant",
        "router_config",
        "image",
        "tool_version",
        "runtime_args",
        "folder",
        "path",
        "files",
        "release",
        "label",
    ];
    let offered: Vec<&'a str> = table
        .dimension_keys()
        .into_iter()
        .filter(|key| *key != by && (dimensions::role(key) == Role::Configuration || details.contains(key)) && varies(key))
        .collect();
    let keys: Vec<&'a str> = match state.options.get(MATCH) {
        // What does not vary matches by itself.
        // [`Control::NONE`] is the name of no dimension.
        Some(chosen) => offered.iter().copied().filter(|key| chosen.iter().any(|other| other == key)).collect(),
        None => usual.to_vec(),
    };
    let choice = |key: &&str| {
        let hint = if usual.contains(key) { "" } else { "detail" };
        Choice::new(key, dimensions::label(key), hint)
    };
    let control = Control {
        key: MATCH.to_owned(),
        label: "Match on".to_owned(),
        help: "Configurations are paired when these are equal; everything else may differ and is listed in the table".to_owned(),
        values: offered.iter().filter(|key| keys.contains(key)).map(|key| (*key).to_owned()).collect(),
        entry: Entry::Subset(offered.iter().map(choice).collect()),
    };
    (keys, control)
}

/// The loads that count, and their control.
pub(crate) fn levels(table: &Table, pairing: &Pairing<'_>, state: &ViewState) -> (Levels, Control) {
    let all = pairing::levels(table, &pairing.rows());
    let asked =
        state.options.get(LEVELS).map(|asked| -> Vec<f64> { asked.iter().filter_map(|load| load.parse().ok()).collect() });
    let chosen = asked.filter(|asked| !asked.is_empty()).map_or(Levels::Usual, Levels::Only);
    let values = match &chosen {
        Levels::Only(levels) => levels.iter().map(|load| number::exact(*load)).collect(),
        Levels::Usual => Vec::new(),
    };
    let choice = |load: &f64| {
        let text = number::exact(*load);
        Choice::new(&text, &text, if *load <= 1.0 { "single user" } else { "" })
    };
    let control = Control {
        key: LEVELS.to_owned(),
        label: "Load levels".to_owned(),
        help: "Loads to compare where every side was measured. Default: all except concurrency 1".to_owned(),
        values,
        entry: Entry::MultiSelect(all.iter().map(choice).collect()),
    };
    (chosen, control)
}
