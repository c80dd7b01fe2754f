//! Trees of load levels, as Dynamo's benchmark script leaves them: `<benchmark>/c<N>/…/profile_export_*.json`. The folder
//! names the benchmark, and the level where the file itself does not state one (the CSV, older summaries).

use std::collections::{BTreeMap, BTreeSet};

use super::Note;
use crate::record::LoadKind;
use crate::table::Columns;

/// The tools whose results lie in such trees. Other tools' folders may be called `c4` for other reasons.
const TOOLS: [&str; 2] = ["AIPerf", "GenAI-Perf"];

/// The folder that Dynamo's script keeps for its pictures.
const RESERVED: &str = "plots";

/// The number of a level's folder: `c10`, also with an ending that is set off, as in `c10_old`.
fn level(folder: &str) -> Option<f64> {
    let digits = folder.strip_prefix('c')?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at(end);
    let apart = rest.is_empty() || rest.starts_with(['_', '-', '.', ' ']);
    number.parse().ok().filter(|number: &f64| apart && number.is_finite() && *number > 0.0)
}

/// The folders of a path: the benchmark's parts, the level's name and its number.
fn tree(path: &str) -> Option<(Vec<&str>, &str, f64)> {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let folders = parts.get(..parts.len().saturating_sub(1))?;
    let at = (1..folders.len()).rev().find(|at| folders.get(*at).is_some_and(|folder| level(folder).is_some()))?;
    let name = folders.get(at)?;
    let benchmark = folders.get(..at)?.to_vec();
    (benchmark.last().is_some_and(|last| !last.is_empty() && *last != RESERVED)).then_some((benchmark, name, level(name)?))
}

/// The trees of all files: a benchmark's name, and the folders above those that have it.
#[derive(Default)]
pub(super) struct Trees(BTreeMap<String, BTreeSet<String>>);

impl Trees {
    /// Adds the files that some rows are of; the names of benchmarks that are no longer unique by this.
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

    /// Names the benchmark and the level's folder of every measurement in such a tree, and gives it the folder's level
    /// where it has none. Two trees can have a benchmark of one name: then the folders above tell them apart.
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
                            format!("Its folder is called {folder}, but it was made at concurrency {stated}: that counts.");
                        notes.push((path.clone(), note));
                    }
                    _ => {}
                }
            }
            if given > 0 {
                let note = format!("Concurrency {level} is the name of its folder: the file states no load.");
                notes.push((path.clone(), note));
            }
        }
    }
}

/// The name of the benchmark whose tree a file is in.
pub(super) fn benchmark(path: &str) -> Option<&str> {
    tree(path).and_then(|(benchmark, ..)| benchmark.last().copied())
}

/// The paths of the tools' files, with their rows.
fn paths(columns: &Columns) -> Vec<(String, Vec<usize>)> {
    let files = columns.distinct(["path", "tool"]).into_iter();
    let of_tool = files.filter(|([_, tool], _)| tool.as_deref().is_some_and(|tool| TOOLS.contains(&tool)));
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
