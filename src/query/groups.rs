//! Which measurements make one line, what the line is called, and everything about one of its points.

use rustc_hash::{FxHashMap, FxHashSet};

use super::colours::hash;
use super::parallelism::{self, Layouts};
use crate::catalog::folders::run_name;
use crate::catalog::{Role, dimensions};
use crate::record::Kind;
use crate::table::{Dimension, Table};

/// Measurements that make one line.
#[derive(Clone)]
pub(crate) struct Group {
    /// Stable id, from the values of the identity.
    pub id: String,
    /// What tells it from the other groups.
    pub label: String,
    /// Its rows.
    pub rows: Vec<usize>,
}

/// The dimensions that identify a configuration in this table. Run folders, or files, join them only where two of them
/// measured the same configuration at the same load: then they are two runs to be compared, not parts of one. Requests
/// and samples are parts of a run, which is a folder, or a file that lies in none.
pub(crate) fn configuration(table: &Table) -> Vec<&str> {
    let keys = table.dimension_keys();
    let mut by: Vec<&str> = keys.into_iter().filter(|key| dimensions::role(key) == Role::Configuration).collect();
    match table.kind() {
        Kind::Request | Kind::Sample => by.extend(run(table)),
        _ if repeat_each_other(table, 0..table.rows(), &by, "path") => {
            by.push("folder");
            if repeat_each_other(table, 0..table.rows(), &by, "path") {
                by.pop();
                by.push("path");
            }
        }
        _ => {}
    }
    by
}

/// The dimensions that tell runs apart, where there are several.
fn run(table: &Table) -> Vec<&str> {
    let (folder, path) = (table.dimension("folder"), table.dimension("path"));
    let code = |column: Option<Dimension<'_>>, row: usize| column.and_then(|column| column.code(row));
    let folders: FxHashSet<Option<u32>> = (0..table.rows()).map(|row| code(folder, row)).collect();
    let loose = (0..table.rows()).filter(|row| code(folder, *row).is_none());
    let files: FxHashSet<Option<u32>> = loose.map(|row| code(path, row)).collect();
    let several = [("folder", folders.len() > 1), ("path", files.len() > 1)];
    several.into_iter().filter_map(|(key, several)| several.then_some(key)).collect()
}

/// Whether two places, as files or folders, have rows that are alike in these dimensions and in their load.
pub(crate) fn repeat_each_other(table: &Table, mut rows: impl Iterator<Item = usize>, by: &[&str], place: &str) -> bool {
    let Some(place) = table.dimension(place).filter(|place| place.cardinality() > 1) else { return false };
    let columns: Vec<Dimension<'_>> = by.iter().chain(&["load_kind", "load"]).filter_map(|key| table.dimension(key)).collect();
    let mut first: FxHashMap<u64, Option<u32>> = FxHashMap::default();
    rows.any(|row| {
        let at = place.code(row);
        // Where a file does not say its load, nothing says that it repeats another.
        table.load_kind(row).is_some() && *first.entry(mix(&columns, row)).or_insert(at) != at
    })
}

/// A 64-bit mix of a row's codes; two identities of one table share it with a chance of about 1 in 10^10.
fn mix(columns: &[Dimension<'_>], row: usize) -> u64 {
    columns.iter().fold(0x9e37_79b9_7f4a_7c15, |mixed: u64, column| {
        let code = column.code(row).map_or(0, |code| u64::from(code) + 1);
        (mixed ^ code).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29)
    })
}

/// Whether rows differ in a dimension; having none differs from having one.
pub(crate) fn differs(table: &Table, rows: impl IntoIterator<Item = usize>, key: &str) -> bool {
    let Some(column) = table.dimension(key) else { return false };
    let mut codes = rows.into_iter().map(|row| column.code(row));
    let first = codes.next();
    codes.any(|code| Some(code) != first)
}

/// Groups rows by the values of some dimensions. Groups come in the dimensions' order.
pub(crate) fn group(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Group> {
    let columns: Vec<(&str, Dimension<'_>)> = by.iter().filter_map(|key| Some((*key, table.dimension(key)?))).collect();
    let only: Vec<Dimension<'_>> = columns.iter().map(|(_, column)| *column).collect();
    let mut index: FxHashMap<u64, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let next = groups.len();
        let at = *index.entry(mix(&only, *row)).or_insert(next);
        if at == next {
            groups.push(Vec::new());
        }
        groups[at].push(*row);
    }
    let places: Vec<_> = columns.iter().map(|(key, column)| (column, places(key, *column, &groups))).collect();
    // What a group lacks comes last.
    let place = |group: &Vec<usize>, (column, places): &(&Dimension<'_>, FxHashMap<u32, u32>)| {
        group.first().and_then(|row| places.get(&column.code(*row)?)).copied().unwrap_or(u32::MAX)
    };
    groups.sort_by_cached_key(|group| places.iter().map(|of| place(group, of)).collect::<Vec<u32>>());
    let telling = telling(&columns, &groups);
    let identity = |rows: &[usize]| {
        let pairs = columns.iter().filter_map(|(key, column)| Some(format!("{key}={}", column.text(rows[0])?)));
        pairs.collect::<Vec<_>>().join("|")
    };
    // Servers that prefill and servers that decode have one name together: `1P-TP8 2D-TP4`.
    let apart = telling
        .iter()
        .any(|(key, _)| parallelism::KEYS.contains(key) && (key.starts_with("prefill") || key.starts_with("decode")));
    let layouts = Layouts::new(table);
    // What a group lacks, and the folders of its file, go unsaid where its name tells it from the others all the same.
    let name = |rows: &[usize], full: bool| {
        let layout = (apart && !full).then(|| layouts.of(rows[0])).filter(|layout| layout.split.is_some());
        let laid_out = layout.map(|layout| layout.label).unwrap_or_default();
        let told = |key: &str| !laid_out.is_empty() && parallelism::KEYS.contains(&key);
        let at = telling.iter().position(|(key, _)| told(key));
        let parts = telling.iter().enumerate().filter_map(|(place, (key, column))| {
            let text = column.text(rows[0]);
            match (at, told(key)) {
                (Some(at), true) => (at == place).then(|| laid_out.clone()),
                _ => (full || text.is_some()).then(|| part(key, text, full)),
            }
        });
        parts.collect::<Vec<_>>().join(" · ")
    };
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    for rows in &groups {
        *taken.entry(name(rows, false)).or_default() += 1;
    }
    let label = |rows: &[usize]| {
        let short = name(rows, false);
        if short.is_empty() || taken[&short] > 1 { name(rows, true) } else { short }
    };
    let groups = groups.iter().map(|rows| Group { id: id(&identity(rows)), label: label(rows), rows: rows.clone() });
    groups.collect()
}

/// The place of each value that the groups have in a dimension's order, by code; equals share one. Texts are compared
/// once, not for every two groups.
fn places(key: &str, column: Dimension<'_>, groups: &[Vec<usize>]) -> FxHashMap<u32, u32> {
    let used: FxHashSet<u32> = groups.iter().filter_map(|group| column.code(*group.first()?)).collect();
    let mut codes: Vec<u32> = used.into_iter().collect();
    codes.sort_by(|a, b| dimensions::compare(key, column.value(*a), column.value(*b)));
    let (mut place, mut before) = (0, None);
    let mut next = |code: u32| {
        let text = column.value(code);
        if before.replace(text).is_some_and(|before| dimensions::compare(key, before, text).is_ne()) {
            place += 1;
        }
        (code, place)
    };
    codes.into_iter().map(&mut next).collect()
}

/// The id of a group whose identity is written `key=value|…`, without what is missing.
pub(crate) fn id(identity: &str) -> String {
    format!("{:08x}", hash(identity) as u32)
}

fn part(key: &str, value: Option<&str>, full: bool) -> String {
    match value {
        Some(value) if key == "folder" && !full => run_name(value).to_owned(),
        Some(value) if key == "model" || (key == "path" && !full) => last_part(value).to_owned(),
        Some(value) => dimensions::display(key, value),
        None => format!("no {}", dimensions::label(key)),
    }
}

/// A model's name without its organisation, a file's without the folders around it.
fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// The dimensions that tell the groups apart: in order, each one that splits what the earlier ones leave together.
fn telling<'a, 'b>(columns: &'b [(&'a str, Dimension<'a>)], groups: &[Vec<usize>]) -> Vec<&'b (&'a str, Dimension<'a>)> {
    let mut classes = vec![0u64; groups.len()];
    let count = |classes: &[u64]| classes.iter().collect::<FxHashSet<_>>().len();
    let mut telling = Vec::new();
    for named in columns {
        let finer: Vec<u64> =
            groups.iter().zip(&classes).map(|(group, class)| class.rotate_left(7) ^ mix(&[named.1], group[0])).collect();
        if count(&finer) > count(&classes) {
            telling.push(named);
            classes = finer;
        }
    }
    if telling.is_empty() {
        telling.extend(
            columns.iter().filter(|(key, column)| {
                matches!(*key, "model" | "version") && groups.iter().all(|g| column.code(g[0]).is_some())
            }),
        );
    }
    if telling.is_empty() {
        telling.extend(columns.iter().take(1));
    }
    telling
}
