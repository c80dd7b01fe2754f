//! What a file says about the others in its folder and below: metadata, configurations, lock files.
//!
//! A log with a result's own stem counts first, then the nearest folder, and only where a record does not state a dimension
//! itself. A description that contradicts a record (another model, another server, another time) says nothing about it.
//! Where files of one folder disagree, the dimension is left unset: a wrong name is worse than none. A loose file (one in
//! no folder) describes loose files only.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::about::{About, Subject};
use super::nearby::{Hearing, Nearby};
use super::pairs::{log_of, stem};
use super::{Note, folder, name};
use crate::catalog::folders::run_folder;
use crate::catalog::{dimensions, models};
use crate::record::Kind;
use crate::table::{Columns, Tables};
use crate::work::{self, Pace};

/// Dimensions of a description that are about itself.
const OWN: [&str; 9] = ["path", "tool", "tool_version", "for_tool", "known_as", "model_alias", "port", "start_time", "end_time"];

/// One description of a folder. A file can have several: a log has one for each start of its server.
struct Description {
    path: String,
    for_tool: Option<String>,
    values: Vec<(String, String)>,
    about: About,
    /// What is behind the stem of a log's name: `_server.log`.
    suffix: Option<String>,
}

/// The combined description of one folder's files, for one subject.
#[derive(Default)]
struct Statement {
    /// Dimension, value, and the first file that states it.
    agreed: Vec<(String, String, String)>,
    /// Dimensions on which the descriptions disagree, and who does: names of files.
    disputed: Vec<(String, String)>,
    /// The first descriptions that say nothing about the subject, by number.
    refused: Vec<usize>,
}

impl Statement {
    /// What descriptions say of a subject; `near` are those of them that may be about it.
    fn new<'d>(
        descriptions: impl Iterator<Item = &'d Description>,
        near: impl Iterator<Item = &'d Description>,
        without: Option<&str>,
        subject: &Subject<'_>,
    ) -> Statement {
        let (mut agreed, mut disputed): (Vec<(String, String, String)>, BTreeSet<String>) = Default::default();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let is_heard = |one: &Description| {
            (without.is_none() || one.suffix.as_deref() != without)
                && (one.for_tool.is_none() || one.for_tool.as_deref() == subject.tool)
        };
        let folded = subject.model.map(models::Names::new);
        let contradicts = |one: &Description| one.about.contradicts(subject, &folded).is_some();
        // A folder of many models would refuse each of its logs for each of its results.
        let refused = descriptions.enumerate().filter(|(_, one)| is_heard(one) && contradicts(one));
        let refused = refused.map(|(number, _)| number).take(REFUSED).collect();
        let heard: Vec<&Description> = near.filter(|one| is_heard(one) && !contradicts(one)).collect();
        for Description { path, values, .. } in &heard {
            work::count(values.len());
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
            let by = heard.iter().filter(|one| one.values.iter().any(|(known, _)| known == key));
            let names: BTreeSet<&str> = by.map(|one| name(&one.path)).collect();
            let more = names.len().saturating_sub(WHO);
            let listed =
                names.iter().take(if more > 1 { WHO } else { names.len() }).copied().collect::<Vec<&str>>().join(" and ");
            match names.len() {
                1 => format!("Several descriptions in {listed}"),
                _ if more > 1 => format!("{listed} and {more} more"),
                _ => listed,
            }
        };
        let disputed = disputed.into_iter().map(|key| (key.clone(), who(&key))).collect();
        Statement { agreed, disputed, refused }
    }
}

/// Degrees from which a count of GPUs follows.
const COUNTED: [&str; 4] = ["tp", "dp", "pp", "replicas"];

/// What a server did to the weights: an evaluation beside its log may have loaded them itself.
const WEIGHTS: [&str; 2] = ["quantization", "precision"];

/// How many of the files that disagree are named: each file around them is told.
const WHO: usize = 6;

/// How many refused descriptions of a statement are noted.
const REFUSED: usize = 4;

/// The descriptions of one folder, and their combinations.
#[derive(Default)]
struct Folder {
    descriptions: Vec<Description>,
    statements: BTreeMap<Hearing, Rc<Statement>>,
    nearby: Option<Nearby>,
}

/// The files of descriptions that say nothing about a subject, and why.
fn refusals<'d>(descriptions: impl Iterator<Item = &'d Description>, subject: &Subject<'_>) -> Vec<Note> {
    let folded = subject.model.map(models::Names::new);
    let why = |one: &Description| Some((one.path.clone(), one.about.contradicts(subject, &folded)?.words(&one.about, subject)));
    descriptions.filter_map(why).collect()
}

/// All descriptions, by folder.
#[derive(Default)]
pub(super) struct Descriptions {
    folders: BTreeMap<String, Folder>,
    /// Logs by the stem that they share with a result: (folder, stem) → folder and number of the description. A log is
    /// listed for its own folder and for the one around it, because logs often lie in a folder of their own.
    paired: BTreeMap<(String, String), Vec<(String, usize)>>,
    /// Some description states its time.
    timed: bool,
}

/// What descriptions did for a file's records.
#[derive(Default)]
pub(super) struct Completions {
    /// Which files completed them, and in which dimension (its label).
    completed: BTreeSet<(String, String)>,
    /// Which files were not used, and why.
    refused: BTreeSet<(String, String)>,
}

impl Descriptions {
    /// Adds a file's descriptions, and returns the folders they describe.
    pub(super) fn add(&mut self, tables: &Tables) -> BTreeSet<String> {
        let mut touched = BTreeSet::new();
        let Some(table) = tables.get(Kind::Context) else { return touched };
        let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row)).map(str::to_owned);
        let keys: Vec<&str> = table.dimension_keys().into_iter().filter(|key| !OWN.contains(key)).collect();
        for row in 0..table.rows() {
            let Some(path) = text("path", row) else { continue };
            let values: Vec<(String, String)> =
                keys.iter().filter_map(|key| Some(((*key).to_owned(), text(key, row)?))).collect();
            let known_as = text("known_as", row).unwrap_or_default();
            let known_as = known_as.lines().map(str::to_owned);
            let about = About {
                // A name that people gave to a folder of weights is no name that a client asks for.
                model: text("model", row),
                models: match text("model_alias", row) {
                    Some(_) => None,
                    None => models::Names::of(text("model", row).into_iter().chain(known_as)),
                },
                quantisation: text("quantization", row),
                port: text("port", row),
                tp: text("tp", row),
                window: text("start_time", row).zip(text("end_time", row)),
            };
            self.timed |= about.window.is_some();
            let own = folder(&path);
            let number = self.folders.get(own).map_or(0, |folder| folder.descriptions.len());
            let pair = log_of(&path);
            if let Some((stem, _)) = &pair {
                for outer in BTreeSet::from([own, folder(own)]) {
                    let listed = self.paired.entry((outer.to_owned(), stem.clone())).or_default();
                    listed.push((own.to_owned(), number));
                    touched.insert(outer.to_owned());
                }
            }
            touched.insert(own.to_owned());
            let Folder { descriptions, statements, nearby } = self.folders.entry(own.to_owned()).or_default();
            statements.clear();
            *nearby = None;
            let suffix = pair.map(|(_, suffix)| suffix);
            descriptions.push(Description { for_tool: text("for_tool", row), path, values, about, suffix });
        }
        touched
    }

    /// A folder's description for a subject; `None` without descriptions. Logs with the suffix `without` are left out.
    fn of(&mut self, folder: &str, subject: &Subject<'_>, without: Option<&str>) -> Option<Rc<Statement>> {
        let Folder { descriptions, statements, nearby } = self.folders.get_mut(folder)?;
        let nearby =
            nearby.get_or_insert_with(|| Nearby::new(descriptions.iter().map(|one| (one.for_tool.as_deref(), &one.about))));
        let statement = statements.entry(nearby.hearing(subject, without));
        Some(Rc::clone(statement.or_insert_with(|| {
            let near = nearby.near(subject);
            let near = near.iter().filter_map(|number| descriptions.get(*number));
            Rc::new(Statement::new(descriptions.iter(), near, without, subject))
        })))
    }

    /// Why a statement leaves out descriptions of a folder: their files, and the reasons.
    fn refusals(&self, folder: &str, statement: &Statement, subject: &Subject<'_>) -> Vec<Note> {
        let descriptions = self.folders.get(folder).map(|folder| folder.descriptions.as_slice()).unwrap_or_default();
        refusals(statement.refused.iter().filter_map(|number| descriptions.get(*number)), subject)
    }

    /// What the logs with a result's own stem say, which of them it leaves out and why, and their suffix: they decide over
    /// mere neighbours.
    fn own_logs(&self, path: &str, subject: &Subject<'_>) -> Option<(Statement, Vec<Note>, String)> {
        let stem = stem(name(path));
        let listed = [folder(path), folder(folder(path))]
            .into_iter()
            .find_map(|outer| self.paired.get(&(outer.to_owned(), stem.to_owned())).filter(|listed| !listed.is_empty()))?;
        let logs = listed.iter().filter_map(|(folder, number)| self.folders.get(folder)?.descriptions.get(*number));
        let logs = logs.filter(|one| one.path != path);
        let suffix = logs.clone().find_map(|one| one.suffix.clone())?;
        let statement = Statement::new(logs.clone(), logs.clone(), None, subject);
        let refused = refusals(statement.refused.iter().filter_map(|number| logs.clone().nth(*number)), subject);
        Some((statement, refused, suffix))
    }

    /// The folder of a file's run: the nearest folder whose description has a run id, else the run folder around the
    /// nearest described folder or the file's own. (Logs, in folders inside a run's, describe themselves.)
    fn anchor<'p>(&mut self, path: &'p str, tool: Option<&str>) -> &'p str {
        let mut says = |outer: &&str, wanted: &dyn Fn(&str) -> bool| {
            let subject = Subject { tool, ..Subject::default() };
            self.of(outer, &subject, None).is_some_and(|statement| statement.agreed.iter().any(|(key, ..)| wanted(key)))
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
    pub(super) async fn complete(&mut self, columns: &mut Columns, notes: &mut Vec<Note>, pace: Pace<'_>) -> Completions {
        let mut completions = Completions::default();
        // Times differ from row to row: they are looked at only where a description has one.
        let times = if self.timed { ["start_time", "end_time"] } else { ["", ""] };
        let subjects = columns.distinct(["path", "tool", "model", "target", "tp", times[0], times[1]]);
        let count = subjects.len();
        for (at, ([path, tool, model, target, tp, start, end], rows)) in subjects.into_iter().enumerate() {
            pace.between(at, count).await;
            let path = path.unwrap_or_default();
            let window = end.as_deref().map(|end| (start.as_deref().unwrap_or(end), end));
            // What is farther away must also fit the model that the nearest description gave.
            let mut model = model;
            // By row, because rows of one file can state different dimensions themselves.
            let mut sources: Vec<Vec<(String, Vec<String>)>> = vec![Vec::new(); rows.len()];
            let subject = Subject { tool: tool.as_deref(), model: None, target: target.as_deref(), tp: tp.as_deref(), window };
            let own = self.own_logs(&path, &Subject { model: model.as_deref(), ..subject });
            // What near descriptions disagree about, none farther away can settle.
            let mut closed: BTreeSet<String> = BTreeSet::new();
            let (own, own_refused, suffix) = match own {
                Some((own, refused, suffix)) => (Some(Rc::new(own)), refused, Some(suffix)),
                None => Default::default(),
            };
            for outer in std::iter::once(None).chain(upwards(&path).map(Some)) {
                let statement = match outer {
                    None => own.clone(),
                    Some(outer) => self.of(outer, &Subject { model: model.as_deref(), ..subject }, suffix.as_deref()),
                };
                let Some(statement) = statement else { continue };
                let Statement { agreed, disputed, .. } = statement.as_ref();
                let refused = match outer {
                    None => own_refused.clone(),
                    Some(outer) => self.refusals(outer, &statement, &Subject { model: model.as_deref(), ..subject }),
                };
                completions.refused.extend(refused.into_iter().filter(|(source, _)| *source != path));
                for (key, who) in disputed.iter().filter(|(key, _)| key != "gpus_basis") {
                    let lacking: Vec<usize> = rows.iter().copied().filter(|row| columns.lacks(key, *row)).collect();
                    if lacking.is_empty() {
                        continue;
                    }
                    let label = dimensions::label(key);
                    notes.push((path.clone(), format!("{who} disagree about {label}: left unset.")));
                    // A basis without a count keeps the count from being derived from the other degrees.
                    if COUNTED.contains(&key.as_str()) {
                        let basis = format!("unknown: {who} disagree about {label}");
                        let uncounted: Vec<usize> = lacking.into_iter().filter(|row| columns.lacks("gpus", *row)).collect();
                        uncounted.into_iter().for_each(|row| columns.set_text("gpus_basis", row, &basis));
                    }
                }
                let weights = |key: &str| columns.kind() == Kind::Accuracy && WEIGHTS.contains(&key);
                let applies = |key: &String| !closed.contains(key) && !weights(key);
                let agreed: Vec<_> = agreed.iter().filter(|(key, ..)| applies(key)).collect();
                for (key, value, source) in &agreed {
                    for (row, sources) in rows.iter().zip(&mut sources) {
                        if !columns.lacks(key, *row) {
                            continue;
                        }
                        columns.set_text(key, *row, value);
                        let label = dimensions::label(key);
                        match sources.iter_mut().find(|(known, _)| known == source) {
                            Some((_, labels)) => labels.push(label.to_owned()),
                            None => sources.push((source.clone(), vec![label.to_owned()])),
                        }
                        completions.completed.insert((source.clone(), label.to_owned()));
                    }
                }
                closed.extend(disputed.iter().map(|(key, _)| key.clone()));
                if model.is_none() {
                    model = agreed.iter().find(|(key, ..)| key == "model").map(|(_, model, _)| model.clone());
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

/// How many reasons for not using a file are listed.
const REASONS: usize = 3;

/// One note per file that completed others, and one per file that could not.
pub(super) fn notes<'g>(completions: impl Iterator<Item = &'g Completions>) -> impl Iterator<Item = Note> {
    let mut completed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut refused: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for one in completions {
        for (source, label) in &one.completed {
            completed.entry(source).or_default().insert(label);
        }
        for (source, why) in &one.refused {
            *refused.entry(source).or_default().entry(why).or_default() += 1;
        }
    }
    let said = completed.into_iter().map(|(source, labels)| {
        let labels: Vec<&str> = labels.into_iter().collect();
        (source.to_owned(), format!("Describes the files around it: {}.", labels.join(", ")))
    });
    let unsaid = refused.into_iter().map(|(source, reasons)| {
        let files: usize = reasons.values().sum();
        let more = reasons.len().saturating_sub(REASONS);
        let mut listed: Vec<String> = reasons.into_keys().take(REASONS).map(str::to_owned).collect();
        listed.extend((more > 0).then(|| if more == 1 { "one more reason".to_owned() } else { format!("{more} more reasons") }));
        let files = if files == 1 { "one file".to_owned() } else { format!("{files} files") };
        (source.to_owned(), format!("Not used for {files} around it: {}.", listed.join("; ")))
    });
    said.chain(unsaid).collect::<Vec<_>>().into_iter()
}
