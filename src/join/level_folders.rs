//! Trees of load levels, as Dynamo's benchmark script writes them: `<benchmark>/c<N>/…/profile_export_*.json`. The path
//! gives the benchmark's name, and the concurrency if the file does not state one (the CSV, older summaries).

use std::collections::{BTreeMap, BTreeSet};

use super::Note;
use crate::catalog::folders::LEVEL_FOLDER_TOOLS;
use crate::record::LoadKind;
use crate::table::Columns;

/// The folder for plots of Dynamo's script.
const RESERVED: &str = "plots";

/// The number of a level's folder: `c10`, or `c10_old` with a separated suffix.
fn level(folder: &str) -> Option<f64> {
    let digits = folder.strip_prefix('c')?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at(end);
    let apart = rest.is_empty() || rest.starts_with(['_', '-', '.', ' ']);
    number.parse().ok().filter(|number: &f64| apart && number.is_finite() && *number > 0.0)
}

/// A path's benchmark (its folders), level folder and level.
fn tree(path: &str) -> Option<(Vec<&str>, &str, f64)> {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let folders = parts.get(..parts.len().saturating_sub(1))?;
    let at = (1..folders.len()).rev().find(|at| folders.get(*at).is_some_and(|folder| level(folder).is_some()))?;
    let name = folders.get(at)?;
    let benchmark = folders.get(..at)?.to_vec();
    (benchmark.last().is_some_and(|last| !last.is_empty() && *last != RESERVED)).then_some((benchmark, name, level(name)?))
}

/// Benchmark names, and the parent folders of the benchmarks with that name.
#[derive(Default)]
pub(super) struct Trees(BTreeMap<String, BTreeSet<String>>);

impl Trees {
    /// Adds the benchmarks of some rows, and returns the names that are no longer unique.
    pub(super) fn add(&mut self, columns: &Columns) -> BTreeSet<String> {
        let mut shared = BTreeSet::new();
        for (path, _) in paths(columns) {
            let Some((benchmark, ..)) = tree(&path) else { continue };
            let Some((name, above)) = benchmark.split_last() else { continue };
            let parents = self.0.entry((*name).to_owned()).or_default();
            if parents.insert(above.join("/")) && parents.len() == 2 {
                shared.insert((*name).to_owned());
            }
        }
        shared
    }

    /// Sets benchmark and level folder of every measurement in such a tree, and its load if it has none. Benchmarks with
    /// the same name get their parent folders as a prefix.
    pub(super) fn apply(&self, columns: &mut Columns, notes: &mut Vec<Note>) {
        for (path, rows) in paths(columns) {
            let Some((benchmark, folder, level)) = tree(&path) else { continue };
            let Some(name) = benchmark.last() else { continue };
            let several = self.0.get(*name).is_some_and(|parents| parents.len() > 1);
            let name = if several { benchmark.join("/") } else { (*name).to_owned() };
            let mut given = 0;
            for row in rows {
                columns.set_text("benchmark", row, &name);
                columns.set_text("level_folder", row, folder);
                match columns.load(row) {
                    None if columns.lacks("load_kind", row) => {
                        columns.set_load(row, LoadKind::Concurrency, level);
                        given += 1;
                    }
                    Some(stated) if stated != level && columns.text("load_kind", row) == Some(LoadKind::Concurrency.key()) => {
                        let note =
                            format!("Its folder is named {folder}, but the file states concurrency {stated}, which is used.");
                        notes.push((path.clone(), note));
                    }
                    _ => {}
                }
            }
            if given > 0 {
                let note = format!("Concurrency {level} is taken from the name of its folder: the file states no load.");
                notes.push((path.clone(), note));
            }
        }
    }
}

/// The benchmark name of a path.
pub(super) fn benchmark(path: &str) -> Option<&str> {
    tree(path).and_then(|(benchmark, ..)| benchmark.last().copied())
}

/// The paths of the tools' files, with their rows.
fn paths(columns: &Columns) -> Vec<(String, Vec<usize>)> {
    let files = columns.distinct(["path", "tool"]).into_iter();
    let of_tool = files.filter(|([_, tool], _)| tool.as_deref().is_some_and(|tool| LEVEL_FOLDER_TOOLS.contains(&tool)));
    of_tool.filter_map(|([path, _], rows)| Some((path?, rows))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_levels() {
        for (folder, expected) in [("c10", Some(10.0)), ("c10_old", Some(10.0)), ("c1-2", Some(1.0)), ("c4d", None), ("c", None)]
        {
            assert_eq!(level(folder), expected, "{folder}");
        }
        let of = |path| tree(path).map(|(benchmark, folder, level)| (benchmark.join("/"), folder, level));
        assert_eq!(of("data/vllm/c10/artifacts/profile.json"), Some(("data/vllm".to_owned(), "c10", 10.0)));
        assert_eq!(of("vllm/c5/x.json"), Some(("vllm".to_owned(), "c5", 5.0)));
        for path in ["c5/x.json", "c5", "data/plots/c5/x.json", "data/vllm/x.json", "/c5/x.json", "vllm/c5"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
