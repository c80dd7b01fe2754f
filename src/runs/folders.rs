//! Run folders: the measurements, descriptions, settings and worker logs of each. A folder without
//! results is a run too: a profiling job, a crashed job, or saved logs.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{choice, process};
use crate::catalog::folders::run_name;
use crate::catalog::{dimensions, number};
use crate::query::context::Context;
use crate::query::groups;
use crate::record::{Kind, LoadKind, Stat};
use crate::sorting::Sorting;
use crate::state::{Selection, ViewState};
use crate::table::{Figures, Table};

/// Option: id of the run selected for comparison.
pub(crate) const SELECTED_RUN: &str = "marked";
/// Option: id of the run shown.
pub(crate) const RUN: &str = "run";
/// Option: its own workers, or the id of another run to compare with.
pub(crate) const AGAINST: &str = "against";

/// Settings that list the planned concurrency levels: of the recipe, and of metadata.
const PLANS: [&str; 3] = ["benchmark.concurrencies", "profiler_metadata.concurrencies", "sweep.concurrencies"];

/// A run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// Stable id, from the folder and the run's id.
    pub id: String,
    /// Its folder; `None` for loose files.
    pub folder: Option<String>,
    /// Display name: the job number, or the folder's name.
    pub name: String,
    /// Its measurements.
    pub rows: Vec<usize>,
    /// Descriptions in its folder: rows of the contexts.
    pub contexts: Vec<usize>,
    /// Rows of the settings.
    pub settings: Vec<usize>,
    /// Number of samples over time in its folder.
    pub samples: usize,
    /// Whether it is the only run in its folder.
    pub alone: bool,
}

/// The tables that describe runs.
pub(crate) struct Sources<'a> {
    /// Measurements.
    pub measured: &'a Table,
    /// Descriptions.
    pub contexts: Option<&'a Table>,
    /// Settings.
    pub settings: Option<&'a Table>,
    /// Worker logs by folder.
    logs: BTreeMap<String, Logs>,
}

/// The worker logs of a folder.
#[derive(Clone, Debug, Default)]
struct Logs {
    samples: usize,
    workers: BTreeSet<Worker>,
}

/// The worker logs of every folder, in one pass over the samples.
fn logs(table: Option<&Table>, counts: bool, found: &mut BTreeMap<String, Logs>) {
    let Some((table, folders)) = table.and_then(|table| Some((table, table.dimension("folder")?))) else { return };
    let columns = ["worker", "role", "node"].map(|key| table.dimension(key));
    let code = |at: usize, row: usize| columns.get(at).and_then(Option::as_ref).and_then(|column| column.code(row));
    let word = |at: usize, row: usize| {
        columns.get(at).and_then(Option::as_ref).and_then(|column| column.text(row)).unwrap_or_default().to_owned()
    };
    // Hardware exporters write samples too; only server metrics make a run.
    let servers: Vec<Figures<'_>> = process::FIGURES.iter().filter_map(|(key, _)| table.figures(key, Stat::Mean)).collect();
    let mut samples: FxHashMap<u32, usize> = FxHashMap::default();
    let mut seen: FxHashSet<(u32, [Option<u32>; 3])> = FxHashSet::default();
    for row in 0..table.rows() {
        let Some(folder) = folders.code(row) else { continue };
        let counted = counts && servers.iter().any(|figures| figures.get(row).is_some());
        *samples.entry(folder).or_default() += usize::from(counted);
        let codes = [code(0, row), code(1, row), code(2, row)];
        if codes[0].is_some() && seen.insert((folder, codes)) {
            let worker = Worker { role: word(1, row), name: word(0, row), node: word(2, row) };
            found.entry(folders.value(folder).to_owned()).or_default().workers.insert(worker);
        }
    }
    for (folder, count) in samples {
        found.entry(folders.value(folder).to_owned()).or_default().samples += count;
    }
}

/// A row's value of a dimension.
pub(crate) fn text<'t>(table: &'t Table, key: &str, row: usize) -> Option<&'t str> {
    table.dimension(key).and_then(|column| column.text(row))
}

/// The rows of a table by their folder.
fn by_folder(table: Option<&Table>) -> BTreeMap<String, Vec<usize>> {
    let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let Some(column) = table.and_then(|table| table.dimension("folder")) else { return BTreeMap::new() };
    for row in 0..table.map_or(0, Table::rows) {
        if let Some(code) = column.code(row) {
            found.entry(code).or_default().push(row);
        }
    }
    found.into_iter().map(|(code, rows)| (column.value(code).to_owned(), rows)).collect()
}

impl<'a> Sources<'a> {
    /// The tables of a view that uses all of them.
    pub(crate) fn new(context: &Context<'a>) -> Sources<'a> {
        let other = |kind: Kind| context.others.get(&kind).copied();
        let mut found = BTreeMap::new();
        logs(other(Kind::Sample), true, &mut found);
        logs(other(Kind::Setting), false, &mut found);
        Sources { measured: context.table, contexts: other(Kind::Context), settings: other(Kind::Setting), logs: found }
    }

    /// The runs of these measurements and the runs without any: newest first, undated last.
    pub(crate) fn runs(&self, rows: &[usize], selection: &Selection) -> Vec<Run> {
        let [contexts, settings] = [self.contexts, self.settings].map(by_folder);
        let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
        let mut runs: Vec<Run> = Vec::new();
        let all: Vec<usize> = (0..self.measured.rows()).collect();
        let known = |row: &usize| ["folder", "run_id"].iter().any(|key| text(self.measured, key, *row).is_some());
        let (placed, loose): (Vec<usize>, Vec<usize>) = rows.iter().copied().partition(known);
        for (rows, by) in [(placed, &["folder", "run_id"][..]), (loose, &["path"])] {
            for group in groups::group(self.measured, &rows, by) {
                let Some(first) = group.rows.first().copied() else { continue };
                let of = |key: &str| text(self.measured, key, first);
                let named = of("run_id").or(of("folder").map(run_name)).or(of("path").map(run_name)).unwrap_or_default();
                let (folder, name) = (of("folder").map(str::to_owned), named.to_owned());
                runs.push(Run { id: group.id, folder, name, rows: group.rows, ..Run::default() });
            }
        }
        for row in groups::group(self.measured, &all, &["folder", "run_id"]).iter().filter_map(|group| group.rows.first()) {
            if let Some(folder) = text(self.measured, "folder", *row) {
                *folders.entry(folder).or_default() += 1;
            }
        }
        let mut empty: BTreeSet<&String> =
            self.logs.iter().filter(|(_, logs)| logs.samples > 0).map(|(folder, _)| folder).collect();
        let stated = |key: &str, row: &usize| self.contexts.and_then(|table| text(table, key, *row)).is_some();
        let speaks = |row: &usize| ["run_id", "benchmark_type"].iter().any(|key| stated(key, row));
        empty.extend(contexts.iter().filter(|(_, rows)| rows.iter().any(speaks)).map(|(folder, _)| folder));
        for folder in empty.into_iter().filter(|folder| !folders.contains_key(folder.as_str())) {
            let id = contexts.get(folder).into_iter().flatten().find_map(|row| text(self.contexts?, "run_id", *row));
            let name = id.unwrap_or(run_name(folder)).to_owned();
            let id = groups::id(&format!("folder={folder}"));
            runs.push(Run { id, folder: Some(folder.clone()), name, alone: true, ..Run::default() });
        }
        for run in &mut runs {
            let Some(folder) = &run.folder else { continue };
            let of = |rows: &BTreeMap<String, Vec<usize>>| rows.get(folder).cloned().unwrap_or_default();
            (run.contexts, run.settings) = (of(&contexts), of(&settings));
            run.samples = self.logs.get(folder).map_or(0, |logs| logs.samples);
            run.alone |= folders.get(folder.as_str()) == Some(&1);
        }
        runs.retain(|run| !run.rows.is_empty() || self.passes(run, selection));
        runs.order_by_cached_key(|run| self.start(run).map_or_else(|| (1, String::new()), |start| (0, reversed(&start))));
        runs
    }

    /// Whether a run without measurements passes the filters.
    fn passes(&self, run: &Run, selection: &Selection) -> bool {
        selection.iter().all(|(key, wanted)| {
            let values = self.values(run, key);
            let mut parts = values.iter().flat_map(|value| dimensions::parts(key, value));
            if values.is_empty() { wanted.contains("") } else { parts.any(|part| wanted.contains(part)) }
        })
    }

    /// All values of a dimension, from the run's measurements or else from the descriptions in its folder.
    pub(crate) fn values(&self, run: &Run, key: &str) -> BTreeSet<&'a str> {
        let of = |table: &'a Table, rows: &[usize]| -> BTreeSet<&'a str> {
            let Some(column) = table.dimension(key) else { return BTreeSet::new() };
            let codes: BTreeSet<u32> = rows.iter().filter_map(|row| column.code(*row)).collect();
            codes.into_iter().map(|code| column.value(code)).collect()
        };
        if key == "folder" {
            return run
                .rows
                .first()
                .and_then(|row| text(self.measured, key, *row))
                .into_iter()
                .chain(run.contexts.first().zip(self.contexts).and_then(|(row, table)| text(table, key, *row)))
                .take(1)
                .collect();
        }
        let measured = of(self.measured, &run.rows);
        match self.contexts {
            Some(table) if measured.is_empty() => of(table, &run.contexts),
            _ => measured,
        }
    }

    /// The value of a dimension; `None` if there are none or several.
    pub(crate) fn value(&self, run: &Run, key: &str) -> Option<&'a str> {
        let values = self.values(run, key);
        values.first().copied().filter(|_| values.len() == 1)
    }

    /// Start of the run as sortable text: of its job, or else of its first load level.
    pub(crate) fn start(&self, run: &Run) -> Option<String> {
        let first = |key: &str| self.values(run, key).first().map(|first| (*first).to_owned());
        let named = || run.folder.as_deref().and_then(|folder| FolderName::read(run_name(folder)).date);
        first("run_start").or_else(|| first("start_time")).or_else(|| first("end_time")).or_else(named)
    }

    /// Worker counts by role and their source: stated, from the folder name, or from the names of the logs.
    pub(crate) fn topology(&self, run: &Run) -> Option<(String, &'static str)> {
        if let Some(stated) = self.value(run, "topology") {
            return Some((stated.to_owned(), "stated by the run's description"));
        }
        let folder = run.folder.as_deref()?;
        if let Some(named) = FolderName::read(run_name(folder)).topology {
            return Some((named, "from the folder's name"));
        }
        let workers = self.workers(folder);
        let count = |role: &str| {
            let of = workers.iter().filter(|worker| worker.role == role);
            of.map(|worker| worker.name.as_str()).collect::<BTreeSet<_>>().len()
        };
        let label = match (count("agg"), count("prefill"), count("decode")) {
            (0, 0, 0) => return None,
            (0, prefill, decode) => format!("{prefill}P/{decode}D"),
            (together, ..) => format!("{together}A"),
        };
        Some((label, "counted from the names of its worker logs"))
    }

    /// The workers with logs in a folder.
    pub(crate) fn workers(&self, folder: &str) -> BTreeSet<Worker> {
        self.logs.get(folder).map(|logs| logs.workers.clone()).unwrap_or_default()
    }

    /// The planned concurrency levels, if a recipe or metadata lists them.
    pub(crate) fn planned(&self, run: &Run) -> Option<Vec<f64>> {
        let table = self.settings?;
        let stated = run.settings.iter().find_map(|row| {
            text(table, "setting", *row).filter(|setting| PLANS.contains(setting)).and_then(|_| text(table, "value", *row))
        })?;
        let mut levels: Vec<f64> =
            stated.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|level| level.parse().ok()).collect();
        levels.order_by(f64::total_cmp);
        levels.dedup();
        (!levels.is_empty()).then_some(levels)
    }

    /// The measured concurrency levels.
    pub(crate) fn measured(&self, run: &Run) -> Vec<f64> {
        let table = self.measured;
        let of = run.rows.iter().filter(|row| table.load_kind(**row) == Some(LoadKind::Concurrency));
        let mut levels: Vec<f64> = of.filter_map(|row| table.load()?.get(*row)).collect();
        levels.order_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    /// Planned levels without a measurement, as text: `256`; empty if none is missing or none was planned.
    pub(crate) fn missing(&self, run: &Run) -> Vec<String> {
        let measured = self.measured(run);
        let planned = self.planned(run).unwrap_or_default();
        planned.into_iter().filter(|level| !measured.contains(level)).map(number::short).collect()
    }
}

/// A worker, parsed from the name of its log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worker {
    /// `prefill`, `decode` or `agg`.
    pub role: String,
    /// Its number: `w0`.
    pub name: String,
    /// The node that wrote the log.
    pub node: String,
}

/// A folder name of the first layout: `3667_1P_4D_20251110_192145`, `3668_2A_20251110_192145`.
#[derive(Debug, Default, PartialEq, Eq)]
struct FolderName {
    topology: Option<String>,
    date: Option<String>,
}

impl FolderName {
    fn read(name: &str) -> FolderName {
        let count = |letter: char| {
            name.split('_').find_map(|word| word.strip_suffix(letter).filter(|count| count.parse::<u32>().is_ok()))
        };
        let topology = match (count('A'), count('P'), count('D')) {
            (None, Some(prefill), Some(decode)) => Some(format!("{prefill}P/{decode}D")),
            (Some(together), None, None) => Some(format!("{together}A")),
            _ => None,
        };
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        let words: Vec<&str> = name.split('_').collect();
        let date = words.windows(2).find(|two| digits(two[0], 8) && digits(two[1], 6)).map(|two| {
            let (day, time) = (two[0], two[1]);
            format!("{}-{}-{}T{}:{}:{}", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..])
        });
        FolderName { topology, date }
    }
}

/// Sort key for descending text: newest date first.
fn reversed(date: &str) -> String {
    date.bytes().map(|byte| char::from(0x7F - byte.min(0x7E))).collect()
}

/// The state that shows one run in another view: through the view's run selection if it has one, so that the other runs
/// remain selectable; otherwise through filters.
pub(crate) fn narrowed(state: &ViewState, view: &str, run: &Run) -> ViewState {
    let mut target = state.clone();
    target.show_view(view);
    for key in [RUN, AGAINST, choice::RUNS, SELECTED_RUN] {
        target.options.remove(key);
    }
    if view.starts_with("runs/") {
        // For every mode of the run page: whoever goes from one to the next stays with the run.
        let folder = run.folder.as_deref();
        return target.with_option(RUN, &[&run.id]).with_option(choice::RUNS, folder.as_slice());
    }
    if let Some(folder) = &run.folder {
        target.choose("folder", BTreeSet::from([folder.clone()]));
    }
    if run.folder.is_none() || !run.alone {
        target.choose("run_id", BTreeSet::from([run.name.clone()]));
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders() {
        let named = FolderName::read("3667_1P_4D_20251110_192145");
        assert_eq!((named.topology.as_deref(), named.date.as_deref()), (Some("1P/4D"), Some("2025-11-10T19:21:45")));
        assert_eq!(FolderName::read("12_3A_x").topology.as_deref(), Some("3A"));
        assert_eq!(FolderName::read("1573345_ctx2_dep8_gen2"), FolderName::default());
        assert!(reversed("2026-03-12") < reversed("2025-11-10"));
    }
}
