//! What a file says about the others in its folder and below: metadata, configurations, lock files.
//!
//! The nearest folder counts first, and only where a record does not state a dimension itself. Where files of one folder
//! disagree, the dimension is left unset: a wrong guess would mislabel results. A loose file (one in no folder) describes
//! loose files only.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Note, folder, name};
use crate::catalog::dimensions;
use crate::catalog::folders::run_folder;
use crate::record::Kind;
use crate::table::{Columns, Tables};

/// Dimensions of a description that are about itself.
const OWN: [&str; 4] = ["path", "tool", "tool_version", "for_tool"];

/// One file's description of its folder.
struct Description {
    path: String,
    for_tool: Option<String>,
    values: Vec<(String, String)>,
}

/// The combined description of one folder's files, for the records of one tool.
#[derive(Default)]
struct Statement {
    /// Dimension, value, and the first file that states it.
    agreed: Vec<(String, String, String)>,
    /// Dimensions on which the files disagree, and the names of the files.
    disputed: Vec<(String, String)>,
}

impl Statement {
    fn new(descriptions: &[Description], tool: Option<&str>) -> Statement {
        let (mut agreed, mut disputed): (Vec<(String, String, String)>, BTreeSet<String>) = Default::default();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let of_tool = |one: &&Description| one.for_tool.is_none() || one.for_tool.as_deref() == tool;
        for Description { path, values, .. } in descriptions.iter().filter(of_tool) {
            for (key, value) in values {
                match places.get(key.as_str()).map(|at| &agreed[*at].1) {
                    Some(known) if known == value => {}
                    Some(_) => {
                        disputed.insert(key.clone());
                    }
                    None => {
                        places.insert(key, agreed.len());
                        agreed.push((key.clone(), value.clone(), path.clone()));
                    }
                }
            }
        }
        agreed.retain(|(key, ..)| !disputed.contains(key));
        let who = |key: &String| {
            let by = descriptions.iter().filter(|one| one.values.iter().any(|(known, _)| known == key));
            by.map(|one| name(&one.path)).collect::<Vec<&str>>().join(" and ")
        };
        let disputed = disputed.into_iter().map(|key| (key.clone(), who(&key))).collect();
        Statement { agreed, disputed }
    }
}

/// The descriptions of one folder, and their combinations by tool.
#[derive(Default)]
struct Folder {
    descriptions: Vec<Description>,
    statements: BTreeMap<Option<String>, Rc<Statement>>,
}

/// All descriptions, by folder.
#[derive(Default)]
pub(super) struct Descriptions(BTreeMap<String, Folder>);

/// Which files completed a file's records, and in which dimension (its label).
pub(super) type Completions = BTreeSet<(String, String)>;

impl Descriptions {
    /// Adds a file's descriptions, and returns the folders they describe.
    pub(super) fn add(&mut self, tables: &Tables) -> BTreeSet<String> {
        let mut touched = BTreeSet::new();
        let Some(table) = tables.get(Kind::Context) else { return touched };
        let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row));
        let keys: Vec<&str> = table.dimension_keys().into_iter().filter(|key| !OWN.contains(key)).collect();
        for row in 0..table.rows() {
            let Some(path) = text("path", row) else { continue };
            let values = keys.iter().filter_map(|key| Some(((*key).to_owned(), text(key, row)?.to_owned()))).collect();
            let own = self.0.entry(folder(path).to_owned()).or_default();
            let for_tool = text("for_tool", row).map(str::to_owned);
            own.descriptions.push(Description { path: path.to_owned(), for_tool, values });
            own.statements.clear();
            touched.insert(folder(path).to_owned());
        }
        touched
    }

    /// A folder's description for a tool's records; `None` without descriptions.
    fn of(&mut self, folder: &str, tool: Option<&str>) -> Option<Rc<Statement>> {
        let Folder { descriptions, statements } = self.0.get_mut(folder)?;
        let statement = statements.entry(tool.map(str::to_owned));
        Some(Rc::clone(statement.or_insert_with(|| Rc::new(Statement::new(descriptions, tool)))))
    }

    /// The folder of a file's run: the nearest folder whose description has a run id, else the run folder around the
    /// nearest described folder or the file's own. (Logs, in folders inside a run's, describe themselves.)
    fn anchor<'p>(&mut self, path: &'p str, tool: Option<&str>) -> &'p str {
        let mut says = |outer: &&str, wanted: &dyn Fn(&str) -> bool| {
            self.of(outer, tool).is_some_and(|statement| statement.agreed.iter().any(|(key, ..)| wanted(key)))
        };
        if let Some(named) = upwards(path).find(|outer| says(outer, &|key| key == "run_id")) {
            return named;
        }
        run_folder(upwards(path).find(|outer| says(outer, &|_| true)).unwrap_or_else(|| folder(path)))
    }

    /// Sets the run folder of descriptions.
    pub(super) fn set_folders(&mut self, columns: &mut Columns) {
        for ([path, tool], rows) in columns.distinct(["path", "tool"]) {
            let path = path.unwrap_or_default();
            let anchor = self.anchor(&path, tool.as_deref());
            rows.into_iter().for_each(|row| columns.set_text("folder", row, anchor));
        }
    }

    /// Fills missing dimensions of a file's records from the descriptions around it, and sets their run folder.
    pub(super) fn complete(&mut self, columns: &mut Columns, notes: &mut Vec<Note>) -> Completions {
        let mut completions = Completions::new();
        for ([path, tool], rows) in columns.distinct(["path", "tool"]) {
            let path = path.unwrap_or_default();
            // By row, because rows of one file can state different dimensions themselves.
            let mut sources: Vec<Vec<(&str, Vec<&str>)>> = vec![Vec::new(); rows.len()];
            let statements: Vec<Rc<Statement>> = upwards(&path).filter_map(|outer| self.of(outer, tool.as_deref())).collect();
            for Statement { agreed, disputed } in statements.iter().map(Rc::as_ref) {
                for (key, who) in disputed.iter().filter(|(key, _)| rows.iter().any(|row| columns.lacks(key, *row))) {
                    let note = format!("{who} disagree about {}: left unset.", dimensions::label(key));
                    notes.push((path.clone(), note));
                }
                for (key, value, source) in agreed {
                    for (row, sources) in rows.iter().zip(&mut sources) {
                        if !columns.lacks(key, *row) {
                            continue;
                        }
                        columns.set_text(key, *row, value);
                        let label = dimensions::label(key);
                        match sources.iter_mut().find(|(known, _)| known == source) {
                            Some((_, labels)) => labels.push(label),
                            None => sources.push((source, vec![label])),
                        }
                        completions.insert((source.clone(), label.to_owned()));
                    }
                }
            }
            let anchor = self.anchor(&path, tool.as_deref());
            for (row, sources) in rows.iter().zip(sources) {
                let text: Vec<String> =
                    sources.iter().map(|(source, labels)| format!("{source}: {}", labels.join(", "))).collect();
                columns.set_text("described_by", *row, &text.join("; "));
                if columns.lacks("folder", *row) {
                    columns.set_text("folder", *row, anchor);
                }
            }
        }
        completions
    }
}

/// A file's folders, innermost first.
pub(super) fn upwards(path: &str) -> impl Iterator<Item = &str> {
    let own = folder(path);
    std::iter::successors(Some(own), |inner| Some(folder(inner)).filter(|outer| !outer.is_empty()))
}

/// One note per file that completed others.
pub(super) fn notes<'g>(completions: impl Iterator<Item = &'g Completions>) -> impl Iterator<Item = Note> {
    let mut by_source: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, label) in completions.flatten() {
        by_source.entry(source).or_default().insert(label);
    }
    let note = |(source, labels): (&str, BTreeSet<&str>)| {
        let labels: Vec<&str> = labels.into_iter().collect();
        (source.to_owned(), format!("Describes the files around it: {}.", labels.join(", ")))
    };
    by_source.into_iter().map(note).collect::<Vec<_>>().into_iter()
}
