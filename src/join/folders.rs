//! What a file says of the others in its folder and below: metadata, configurations, lock files.
//!
//! The nearest folder speaks first, and only where a record does not state a dimension itself. Where files of one
//! folder disagree, nothing is said: a guess would put a wrong name on a figure. A loose file (one that lies in no
//! folder) speaks of loose files only.

use std::collections::BTreeMap;

use super::{folder, name};
use crate::catalog::dimensions;
use crate::catalog::folders::run_folder;
use crate::record::Kind;
use crate::table::{Columns, Tables};

/// Dimensions of a context that are about itself.
const OWN: [&str; 4] = ["path", "tool", "tool_version", "for_tool"];

/// One file's description of its folder.
struct Description<'a> {
    path: &'a str,
    for_tool: Option<&'a str>,
    says: Vec<(&'a str, &'a str)>,
}

fn descriptions<'a>(files: &[&'a Tables]) -> BTreeMap<&'a str, Vec<Description<'a>>> {
    let mut by_folder: BTreeMap<&str, Vec<Description<'_>>> = BTreeMap::new();
    for table in files.iter().filter_map(|tables| tables.get(Kind::Context)) {
        let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row));
        for row in 0..table.rows() {
            let Some(path) = text("path", row) else { continue };
            let keys = table.dimension_keys().into_iter().filter(|key| !OWN.contains(key));
            let says = keys.filter_map(|key| Some((key, text(key, row)?))).collect();
            by_folder.entry(folder(path)).or_default().push(Description { path, for_tool: text("for_tool", row), says });
        }
    }
    by_folder
}

/// The folders from a file's own up to the outermost.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    let own = folder(path);
    std::iter::successors(Some(own), |inner| Some(folder(inner)).filter(|outer| !outer.is_empty()))
}

/// What the descriptions of one folder say to the records of one tool, and the dimensions that they disagree about.
fn said<'a>(descriptions: &'a [Description<'a>], tool: Option<&str>) -> (Vec<(&'a str, &'a str, &'a str)>, Vec<&'a str>) {
    let (mut agreed, mut disputed): (Vec<(&str, &str, &str)>, Vec<&str>) = (Vec::new(), Vec::new());
    for Description { path, says, .. } in descriptions.iter().filter(|one| one.for_tool.is_none() || one.for_tool == tool) {
        for (key, value) in says {
            match agreed.iter().find(|(known, ..)| known == key) {
                Some((_, known, _)) if known == value => {}
                Some(_) => disputed.push(key),
                None => agreed.push((key, value, path)),
            }
        }
    }
    agreed.retain(|(key, ..)| !disputed.contains(key));
    disputed.sort_unstable();
    disputed.dedup();
    (agreed, disputed)
}

/// The folder of a file's run: the nearest that says which run it is, else the nearest that says anything, else its own;
/// of the latter two the one that they are inside of. A run's folder has folders in it whose files describe themselves, as
/// logs do.
fn anchor<'p>(described: &BTreeMap<&str, Vec<Description<'_>>>, path: &'p str, tool: Option<&str>) -> &'p str {
    let says = |outer: &&str, wanted: &dyn Fn(&str) -> bool| {
        described.get(*outer).is_some_and(|descriptions| said(descriptions, tool).0.iter().any(|(key, ..)| wanted(key)))
    };
    let named = upwards(path).find(|outer| says(outer, &|key| key == "run_id"));
    let nearest = || upwards(path).find(|outer| says(outer, &|_| true)).unwrap_or_else(|| folder(path));
    named.unwrap_or_else(|| run_folder(nearest()))
}

/// Gives descriptions the folder of the run that they describe.
pub(super) fn anchor_all(columns: &mut Columns, files: &[&Tables]) {
    let described = descriptions(files);
    for ([path, tool], rows) in columns.distinct(["path", "tool"]) {
        let path = path.unwrap_or_default();
        let anchor = anchor(&described, &path, tool.as_deref());
        rows.into_iter().for_each(|row| columns.set_text("folder", row, anchor));
    }
}

/// Gives every record what the files around it say, and the folder of its run.
pub(super) fn apply(columns: &mut Columns, files: &[&Tables], notes: &mut Vec<(String, String)>) {
    let described = descriptions(files);
    let mut gave: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for ([path, tool], rows) in columns.distinct(["path", "tool"]) {
        let path = path.unwrap_or_default();
        // Who gave which dimensions, by row: rows of one file can state different things themselves.
        let mut givers: Vec<Vec<(&str, Vec<&str>)>> = vec![Vec::new(); rows.len()];
        for outer in upwards(&path) {
            let Some(descriptions) = described.get(outer) else { continue };
            let (agreed, disputed) = said(descriptions, tool.as_deref());
            for key in disputed.iter().filter(|key| rows.iter().any(|row| columns.text(key, *row).is_none())) {
                let who: Vec<&str> =
                    descriptions.iter().filter(|one| one.says.iter().any(|(k, _)| k == key)).map(|one| name(one.path)).collect();
                let note = format!("{} disagree about {}: it stays open.", who.join(" and "), dimensions::label(key));
                notes.push((path.clone(), note));
            }
            for (key, value, giver) in agreed {
                let mut count = 0;
                for (row, givers) in rows.iter().zip(&mut givers) {
                    if !columns.lacks(key, *row) {
                        continue;
                    }
                    columns.set_text(key, *row, value);
                    count += 1;
                    match givers.iter_mut().find(|(known, _)| *known == giver) {
                        Some((_, keys)) => keys.push(dimensions::label(key)),
                        None => givers.push((giver, vec![dimensions::label(key)])),
                    }
                }
                let gave = gave.entry((giver.to_owned(), dimensions::label(key))).or_default();
                *gave += count;
            }
        }
        let anchor = anchor(&described, &path, tool.as_deref());
        for (row, givers) in rows.iter().zip(givers) {
            let text: Vec<String> = givers.iter().map(|(giver, keys)| format!("{giver}: {}", keys.join(", "))).collect();
            columns.set_text("described_by", *row, &text.join("; "));
            if columns.lacks("folder", *row) {
                columns.set_text("folder", *row, anchor);
            }
        }
    }
    let mut by_giver: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for ((giver, label), _) in gave.into_iter().filter(|(_, count)| *count > 0) {
        by_giver.entry(giver).or_default().push(label);
    }
    notes.extend(by_giver.into_iter().map(|(giver, labels)| (giver, format!("Gave its neighbours: {}.", labels.join(", ")))));
}
