//! A run's settings as tables: one for each section, a column for each side of the deployment.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::ROLES;
use super::stated::{Section, Setting, category, plain};
use crate::view_model::{Column, Grid, GridCell, Tone};

/// Maximum length of a displayed value, in characters. Tooltips and copies have the whole value.
const VALUE: usize = 60;

/// Sections with their tables: key, heading, note.
const TABLES: [(Section, &str, &str, &str); 6] = [
    (Section::Flags, "flags", "Command line", "Flags of the server command lines; a flag without a value is true."),
    (Section::Environment, "environment", "Environment", "Variables by category; secrets were masked while reading the files."),
    (Section::Engine, "engine", "Engine configuration", "From recipes, node dumps and engine logs."),
    (Section::Run, "asked", "Recipe and metadata", "The requested run."),
    (Section::Machine, "machines", "Nodes", "Hardware and versions from node dumps."),
    (Section::Packages, "packages", "Packages", "From node dumps and fingerprints."),
];

/// Truncated text with the whole value in the tooltip.
pub(super) fn value(text: &str) -> GridCell {
    let mut cell = GridCell::text(text);
    if let Some((at, _)) = text.char_indices().nth(VALUE) {
        cell.cell.text = format!("{}…", &text[..at]);
        cell.hint = text.to_owned();
    }
    cell
}

/// The non-empty settings tables; all `words` must occur in a setting's name or value.
pub(super) fn grids(stated: &[Setting], words: &[&str]) -> Vec<Grid> {
    let has = |one: &&Setting| {
        let text = format!("{}\n{}", one.name, one.value).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let of = |section: Section| stated.iter().filter(move |one| one.section == section).filter(has).collect::<Vec<_>>();
    let tables = TABLES.iter().map(|(section, key, title, note)| (of(*section), *section, *key, *title, *note));
    tables
        .filter(|(found, ..)| !found.is_empty())
        .map(|(found, section, key, title, note)| grid(&found, section, key, title, note))
        .collect()
}

fn grid(stated: &[&Setting], section: Section, key: &str, title: &str, note: &str) -> Grid {
    let sides = [("", "All")].into_iter().chain(ROLES);
    let sides: Vec<(&str, &str)> = sides.filter(|(role, _)| stated.iter().any(|one| one.role == *role)).collect();
    let mut lines: BTreeMap<(usize, &str, String), Vec<&Setting>> = BTreeMap::new();
    for one in stated {
        let (place, group) = if section == Section::Environment { category(&one.name) } else { (0, "") };
        lines.entry((place, group, one.name.trim_start_matches('-').replace('-', "_"))).or_default().push(one);
    }
    let mut columns = vec![Column::text("setting", "Setting")];
    if section == Section::Environment {
        columns.insert(0, Column::text("category", "Category"));
    }
    columns.extend(sides.iter().map(|(role, label)| Column::text(if role.is_empty() { "all" } else { role }, label)));
    columns.push(Column::text("source", "Source"));
    let row = |((_, group, name), of): ((usize, &str, String), Vec<&Setting>)| {
        let mut cells = vec![GridCell::text(name)];
        if section == Section::Environment {
            cells.insert(0, GridCell::text(group));
        }
        cells.extend(sides.iter().map(|(role, _)| side(&of, role)));
        let sources: BTreeSet<&str> = of.iter().map(|one| one.source.as_str()).collect();
        cells.push(GridCell::text(sources.into_iter().collect::<Vec<_>>().join(", ")));
        cells
    };
    let rows = lines.into_iter().map(row).collect();
    Grid { key: key.to_owned(), title: title.to_owned(), note: note.to_owned(), columns, rows, ..Grid::default() }
}

/// The values of one role; marked if its workers, or recipe and workers, disagree.
fn side(stated: &[&Setting], role: &str) -> GridCell {
    let mut values: BTreeMap<String, (&str, BTreeSet<String>)> = BTreeMap::new();
    for one in stated.iter().filter(|one| one.role == role) {
        let who = if one.by.is_empty() { one.source.clone() } else { format!("{} ({})", one.by, one.source) };
        values.entry(plain(&one.value)).or_insert_with(|| (&one.value, BTreeSet::new())).1.insert(who);
    }
    if values.len() < 2 {
        return values.into_values().next().map_or_else(GridCell::default, |(text, _)| value(text));
    }
    let who = values.values().map(|(value, who)| format!("{value}: {}", who.iter().cloned().collect::<Vec<_>>().join(", ")));
    let who: Vec<String> = who.collect();
    let all: Vec<&str> = values.values().map(|(value, _)| *value).collect();
    value(&all.join(" | ")).toned(Tone::Doubt).hinted(who.join("\n"))
}
