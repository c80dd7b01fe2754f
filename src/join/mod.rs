//! The join: the tables of all loaded files become one table per kind of record, and files of one run complete each other.
//!
//! In this order: manual overrides ([`overrides`]), what files in a folder say about the others ([`folders`]), what the
//! folders of load levels are called ([`level_folders`]), measurements that two files contain ([`duplicates`]), what is known
//! of other levels of a sweep ([`sweeps`]), the time since the start of a run ([`clock`]), and last the columns that follow from others ([`derived`]) and the scores of each
//! measurement's model ([`scores`]). Knows no format and
//! no view: paths and contents decide which files belong together.

mod about;
mod clock;
mod duplicates;
mod folder_names;
mod folders;
mod identity;
mod level_folders;
mod measurements;
mod nearby;
mod overrides;
mod pairs;
mod releases;
mod scores;
mod sweeps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::record::{Given, Kind};
use crate::table::{Columns, Table, Tables, derived};
use crate::work::{self, Pace};
use folders::{Completions, Descriptions};
use level_folders::Trees;

/// A file's path and a sentence about it.
type Note = (String, String);

/// With more rows, no state is kept for the next file: it would need the table's memory a second time, and so many rows
/// come from few files.
const KEPT_ROWS: usize = 50_000;

/// About how much is done when the scores are joined, and of the rest when each file is complete by itself.
const SCORES: f64 = 0.05;
const PREPARED: f64 = 0.3;
/// And of the steps over the rows of all files: once duplicates are merged, once they are gone, once columns are derived.
const MERGED: f64 = 0.6;
const RETAINED: f64 = 0.65;
const DERIVED: f64 = 0.8;

/// The records of one kind of all files.
pub struct Joined {
    /// In the files' order, complete.
    pub table: Table,
    /// What was joined: a file's path and a sentence about it.
    pub notes: Vec<(String, String)>,
    kind: Kind,
    given: Vec<Given>,
    /// How many files are joined.
    count: usize,
    /// [`KEPT_ROWS`].
    most: usize,
    /// Whether only the notes are wanted: no column is derived, and the table stays empty.
    bare: bool,
    kept: Kept,
    /// The accuracy scores of all files, for their models' measurements; none until a file has some.
    scores: Option<Box<Joined>>,
}

/// State of the joined files, so that the next file does not repeat their work.
#[derive(Default)]
struct Kept {
    files: Vec<File>,
    descriptions: Descriptions,
    trees: Trees,
    /// All rows after the per-file steps, before duplicates are merged.
    columns: Option<Columns>,
    /// The same rows with their derived columns, if they are measurements.
    derived: Option<Columns>,
}

/// A joined file.
struct File {
    /// Its first row, and how many it has.
    rows: (usize, usize),
    /// The paths of its rows: an archive has several.
    paths: Vec<String>,
    /// Notes on descriptions, and on level folders.
    notes: [Vec<Note>; 2],
    completions: Completions,
}

/// Joins the records of one kind of all files.
pub fn join(files: &[&Tables], kind: Kind, given: &[Given]) -> Joined {
    let mut joined = Joined::new(kind, given);
    joined.extend(files);
    joined
}

/// What joining the records of one kind of all files says, without the table.
pub fn notes(files: &[&Tables], kind: Kind) -> Vec<(String, String)> {
    let mut joined = Joined { bare: true, ..Joined::new(kind, &[]) };
    joined.extend(files);
    joined.notes
}

impl Joined {
    /// No files yet; `given` are the manual overrides.
    pub fn new(kind: Kind, given: &[Given]) -> Joined {
        let (table, notes, kept) = (Table::empty(kind), Vec::new(), Kept::default());
        Joined { table, notes, kind, given: given.to_vec(), count: 0, most: KEPT_ROWS, bare: false, kept, scores: None }
    }

    /// How many files are joined.
    pub fn files(&self) -> usize {
        self.count
    }

    /// Joins the files that are not joined yet, at once: see [`Joined::extend_at`].
    pub fn extend(&mut self, files: &[&Tables]) {
        work::at_once(self.extend_at(files, Pace::UNBROKEN));
    }

    /// Joins the files that are not joined yet: of `files`, which are all of them, the last ones. The result is the same
    /// as if all had been joined at once. Where this is dropped before its end, nothing of it is to be used.
    ///
    /// A file's own rows are completed once ([`Kept::prepare`]), and again only when a later file describes their folder
    /// or has a benchmark of the same name. What compares rows of different files (duplicates, the clock) and what follows
    /// from it is done for all rows; it is little work per row, and none per file.
    pub async fn extend_at(&mut self, files: &[&Tables], pace: Pace<'_>) {
        if files.len() == self.count {
            return;
        }
        if files.len() < self.count {
            // Files were removed; what the others got from them is not recorded.
            *self = Joined { most: self.most, bare: self.bare, ..Joined::new(self.kind, &self.given) };
        }
        let scored = |tables: &&Tables| tables.rows(Kind::Accuracy) > 0;
        if self.kind == Kind::Measurement && !self.bare && (self.scores.is_some() || files.iter().any(scored)) {
            let given = &self.given;
            let scores = self.scores.get_or_insert_with(|| Box::new(Joined::new(Kind::Accuracy, given)));
            Box::pin(scores.extend_at(files, pace.part(0.0, SCORES))).await;
        }
        let pace = pace.part(SCORES, 1.0);
        let Joined { kind, given, kept, .. } = self;
        let known = kept.files.len();
        let new = files.get(known..).unwrap_or_default();
        let described: BTreeSet<String> = new.iter().flat_map(|tables| kept.descriptions.add(tables)).collect();
        let mut prepared: Vec<(Columns, File)> = Vec::with_capacity(new.len());
        for (at, tables) in new.iter().enumerate() {
            prepared.push(kept.prepare(tables, *kind, given, pace.part(0.0, PREPARED).step(at, new.len())).await);
        }
        let shared: BTreeSet<String> = match kind {
            Kind::Measurement => prepared.iter().flat_map(|(columns, _)| kept.trees.add(columns)).collect(),
            _ => BTreeSet::new(),
        };
        let anew = if described.is_empty() && shared.is_empty() { 0 } else { known };
        for at in 0..anew {
            let changed = kept.files[at].paths.iter().any(|path| {
                folders::upwards(path).any(|folder| described.contains(folder))
                    || level_folders::benchmark(path).is_some_and(|name| shared.contains(name))
            });
            if let Some(tables) = files.get(at).filter(|_| changed) {
                let (mut columns, mut file) = kept.prepare(tables, *kind, given, Pace::UNBROKEN).await;
                pace.part(0.0, PREPARED).between(1, 1).await;
                kept.name_benchmarks(*kind, &mut columns, &mut file);
                let rows = kept.files[at].rows;
                let range = rows.0..rows.0 + rows.1;
                if let Some(all) = &mut kept.columns {
                    all.overwrite(range.clone(), &columns);
                }
                if let Some(all) = &mut kept.derived {
                    derived::add(&mut columns);
                    all.overwrite(range, &columns);
                }
                kept.files[at] = File { rows, ..file };
            }
        }
        let mut all = kept.columns.take().unwrap_or_else(|| Columns::new(*kind));
        let rows = all.rows() + prepared.iter().map(|(columns, _)| columns.rows()).sum::<usize>();
        let mut full = kept.derived.take().unwrap_or_else(|| Columns::new(*kind));
        for (mut columns, mut file) in prepared {
            pace.part(0.0, PREPARED).between(1, 1).await;
            kept.name_benchmarks(*kind, &mut columns, &mut file);
            file.rows = (all.rows(), columns.rows());
            if *kind == Kind::Measurement && rows <= self.most && !self.bare {
                let mut own = columns.clone();
                derived::add(&mut own);
                full.extend(own);
            }
            all.extend(columns);
            kept.files.push(file);
        }
        self.finish(all, full, pace.part(PREPARED, 1.0)).await;
        self.count = files.len();
    }

    /// The steps over the rows of all files.
    async fn finish(&mut self, all: Columns, full: Columns, pace: Pace<'_>) {
        let Joined { kind, kept, most, bare, scores, .. } = self;
        let noted = |at: usize| kept.files.iter().flat_map(move |file| file.notes[at].iter().cloned());
        let completions = folders::notes(kept.files.iter().map(|file| &file.completions));
        let mut notes: Vec<Note> = noted(0).chain(completions).chain(noted(1)).collect();
        // Two loaded files can have the same path, and then the same note.
        let mut seen = BTreeSet::new();
        notes.retain(|note| seen.insert(note.clone()));
        // Which of the loaded files each row is of.
        let origins: Vec<usize> =
            kept.files.iter().enumerate().flat_map(|(at, file)| std::iter::repeat_n(at, file.rows.1)).collect();
        let mut columns = if all.rows() <= *most && !*bare {
            kept.derived = Some(full).filter(|_| *kind == Kind::Measurement);
            kept.columns.insert(all).clone()
        } else {
            *kept = Kept::default();
            all
        };
        pace.between(0, 1).await;
        match kind {
            Kind::Measurement => {
                let merging = measurements::merge(&mut columns, &origins, &mut notes, pace.part(0.0, MERGED));
                let measurements::Merged { keep, completed } = merging.await;
                if self.bare {
                    self.notes = notes;
                    return;
                }
                if let Some(full) = &kept.derived {
                    // Derived columns are known, except of rows that another file completed.
                    let mut again = columns.select(&completed);
                    derived::add(&mut again);
                    columns = full.clone();
                    columns.overwrite(completed, &again);
                    columns.retain(&keep);
                } else {
                    columns.retain_at(&keep, pace.part(MERGED, RETAINED)).await;
                    derived::add_at(&mut columns, pace.part(RETAINED, DERIVED)).await;
                }
                let described = sweeps::complete(&mut columns, &mut notes);
                let mut again = columns.select(&described);
                derived::add(&mut again);
                columns.overwrite(described, &again);
                releases::split(&mut columns);
                if let Some(scores) = scores {
                    scores::add(&mut columns, &scores.table);
                }
            }
            Kind::Submission => {
                duplicates::files(&mut columns, *kind, &mut notes);
                duplicates::submissions(&mut columns, &mut notes);
            }
            Kind::Request => {
                duplicates::files(&mut columns, *kind, &mut notes);
                duplicates::copies(&mut columns, *kind, &mut notes);
                clock::elapsed(&mut columns);
                derived::load_level(&mut columns);
            }
            Kind::Accuracy => {
                duplicates::files(&mut columns, *kind, &mut notes);
                duplicates::scores(&mut columns, &mut notes);
            }
            _ => {
                duplicates::files(&mut columns, *kind, &mut notes);
                clock::elapsed(&mut columns);
            }
        }
        // All columns have as many rows by construction, which is all that a batch asks for.
        self.table = columns.finish_at(pace.part(DERIVED, 1.0)).await.unwrap_or_else(|_| Table::empty(*kind));
        self.notes = notes;
    }
}

impl Kept {
    /// A file's rows after overrides and descriptions.
    async fn prepare(&mut self, tables: &Tables, kind: Kind, given: &[Given], pace: Pace<'_>) -> (Columns, File) {
        let mut columns = Columns::new(kind);
        if let Some(table) = tables.get(kind) {
            columns.append_at(table, pace.part(0.0, 0.5)).await;
        }
        let mut notes = Vec::new();
        overrides::apply(&mut columns, given);
        let completions = match kind {
            Kind::Context => {
                self.descriptions.set_folders(&mut columns);
                Completions::default()
            }
            _ => self.descriptions.complete(&mut columns, &mut notes, pace.part(0.5, 1.0)).await,
        };
        if matches!(kind, Kind::Measurement | Kind::Request) {
            folder_names::apply(&mut columns, &mut notes);
        }
        let paths = columns.distinct(["path"]).into_iter().filter_map(|([path], _)| path).collect();
        let rows = (0, columns.rows());
        (columns, File { rows, paths, notes: [notes, Vec::new()], completions })
    }

    /// Applies level folders, once the trees of all files are known.
    fn name_benchmarks(&self, kind: Kind, columns: &mut Columns, file: &mut File) {
        if kind == Kind::Measurement {
            self.trees.apply(columns, &mut file.notes[1]);
        }
    }
}

/// A path without its last part; empty for a file that lies in no folder.
fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or("", |at| &path[..at])
}

/// A path's last part.
fn name(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or(path, |at| &path[at + 1..])
}
