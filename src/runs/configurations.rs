//! Which run configurations there are: rows that agree in everything that was set make one. Two runs that differ in a
//! single argument are two, however alike their model, accelerator and version are (`../shared/formats/rhaiis.md` §4.2-14).

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::arguments::{self, Arguments};
use crate::catalog::dimensions;
use crate::query::colours::hash;
use crate::query::groups;
use crate::table::Table;

/// What is set besides the dimensions of a configuration.
const ARGUMENTS: &str = "runtime_args";
const IMAGE: &str = "image";

/// Values in a label are cut here.
const LABEL_VALUE: usize = 24;
/// Differing settings that a label names.
const LABEL_KEYS: usize = 2;
/// Different values of one setting that are listed.
const VALUES: usize = 4;

/// Rows that agree in everything that was set.
#[derive(Default)]
pub(crate) struct Run {
    /// Stable id, from everything that was set.
    pub id: String,
    /// What tells it from the others.
    pub label: String,
    /// Its measurements.
    pub rows: Vec<usize>,
    /// The arguments as the file has them.
    pub stated: Option<String>,
    /// The same, parsed.
    pub arguments: Arguments,
    /// The container image as the file has it.
    pub image: Option<String>,
    /// What files around it say that was set, by the source that says so.
    pub settings: BTreeMap<String, Arguments>,
    /// Its run folders, where another run differs from it by what is set there.
    pub folders: BTreeSet<String>,
}

impl Run {
    /// A run of which only its measurements count.
    pub(crate) fn named(id: &str, label: &str, rows: &[usize]) -> Run {
        Run { id: id.to_owned(), label: label.to_owned(), rows: rows.to_vec(), ..Run::default() }
    }
}

/// What of the table a run configuration is made of.
pub(crate) fn dimensions_of(table: &Table) -> Vec<&str> {
    let mut by = groups::configuration(table);
    by.extend([ARGUMENTS, IMAGE].into_iter().filter(|key| table.dimension(key).is_some()));
    by
}

/// Every run configuration of these rows.
pub(crate) fn gather(table: &Table, rows: &[usize], stated: &Stated<'_>) -> Vec<Run> {
    let own: Vec<&str> = [ARGUMENTS, IMAGE].into_iter().filter(|key| table.dimension(key).is_some()).collect();
    let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row)).map(str::to_owned);
    let mut parsed: BTreeMap<u32, Arguments> = BTreeMap::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for outer in groups::group(table, rows, &groups::configuration(table)) {
        let variants = groups::group(table, &outer.rows, &own);
        let first = runs.len();
        for variant in variants {
            let Some(row) = variant.rows.first().copied() else { continue };
            let code = table.dimension(ARGUMENTS).and_then(|column| Some((column.code(row)?, column)));
            let arguments =
                code.map(|(code, column)| parsed.entry(code).or_insert_with(|| arguments::parse(column.value(code))).clone());
            let parts = stated.split(table, variant.rows);
            let several = parts.len() > 1;
            for Part { rows, settings, folders } in parts {
                // The same under every filter.
                let around =
                    if settings.is_empty() { String::new() } else { format!("-{:08x}", hash(&format!("{settings:?}")) as u32) };
                runs.push(Run {
                    id: format!("{}-{}{around}", outer.id, variant.id),
                    label: outer.label.clone(),
                    rows,
                    stated: text(ARGUMENTS, row),
                    arguments: arguments.clone().unwrap_or_default(),
                    image: text(IMAGE, row),
                    settings,
                    folders: if several { folders } else { BTreeSet::new() },
                });
            }
        }
        if let Some(variants) = runs.get_mut(first..).filter(|variants| variants.len() > 1) {
            tell_apart(variants);
        }
        for run in runs.iter_mut().skip(first) {
            let mut label = run.label.clone();
            let mut number = 1;
            while !taken.insert(label.clone()) {
                number += 1;
                label = format!("{} · variant {number}", run.label);
            }
            run.label = label;
        }
    }
    runs
}

/// Adds to the labels of runs of one configuration what they were set to differently.
fn tell_apart(runs: &mut [Run]) {
    let all: Vec<Arguments> = runs.iter().map(with_image).collect();
    let differing = arguments::differences(&all);
    for (at, run) in runs.iter_mut().enumerate() {
        for row in differing.iter().take(LABEL_KEYS) {
            let part = match row.values.get(at).and_then(Option::as_ref) {
                Some(value) => format!("{} {}", row.key, cut(value, LABEL_VALUE)),
                None => format!("no {}", row.key),
            };
            run.label = format!("{} · {part}", run.label);
        }
    }
}

/// Arguments, image and folder together, for labels.
fn with_image(run: &Run) -> Arguments {
    let image = image_parts(run).into_iter().map(|(part, value)| (format!("image {part}"), value));
    let folder = run.folders.first().map(|folder| ("in".to_owned(), folder.clone()));
    run.arguments.clone().into_iter().chain(image).chain(folder).collect()
}

/// The image in its parts: name, tag, digest.
pub(crate) fn image_parts(run: &Run) -> Arguments {
    let Some(image) = run.image.as_deref().map(arguments::image) else { return Arguments::new() };
    let parts = [("name", Some(image.name)), ("tag", image.tag), ("digest", image.digest)];
    parts.into_iter().filter_map(|(part, value)| Some((part.to_owned(), value.filter(|value| !value.is_empty())?))).collect()
}

/// The dimensions of its configuration, under their names on the page.
pub(crate) fn identity_of(table: &Table, run: &Run, by: &[&str]) -> Arguments {
    let row = run.rows.first().copied();
    let stated = by.iter().filter(|key| ![ARGUMENTS, IMAGE].contains(key));
    let value = |key: &&str| Some((dimensions::label(key).to_owned(), table.dimension(key)?.text(row?)?.to_owned()));
    stated.filter_map(value).collect()
}

/// A text that is cut after so many characters, with a mark that it is.
pub(crate) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Rows of one configuration around which the same is set.
struct Part {
    rows: Vec<usize>,
    settings: BTreeMap<String, Arguments>,
    folders: BTreeSet<String>,
}

/// The settings that files give as records of their own, and which runs they are about.
pub(crate) struct Stated<'a> {
    table: Option<&'a Table>,
    /// The settings of each file.
    by_path: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Stated<'a> {
    pub(crate) fn new(table: Option<&'a Table>) -> Stated<'a> {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if let Some((table, path)) = table.and_then(|table| Some((table, table.dimension("path")?))) {
            for row in 0..table.rows() {
                by_path.entry(path.text(row).unwrap_or_default()).or_default().push(row);
            }
        }
        Stated { table, by_path }
    }

    /// How many settings there are.
    pub(crate) fn count(&self) -> usize {
        self.table.map_or(0, Table::rows)
    }

    /// Rows parted by what is set around them: repeats in several folders that were set alike stay together.
    fn split(&self, table: &Table, rows: Vec<usize>) -> Vec<Part> {
        let folder = table.dimension("folder").filter(|_| self.count() > 0);
        let Some(folder) = folder else {
            let settings = self.of(table, &rows);
            return vec![Part { rows, settings, folders: BTreeSet::new() }];
        };
        let mut parts: Vec<Part> = Vec::new();
        for group in groups::group(table, &rows, &["folder"]) {
            let settings = self.of(table, &group.rows);
            let folders: BTreeSet<String> =
                group.rows.first().and_then(|row| folder.text(*row)).map(str::to_owned).into_iter().collect();
            match parts.iter_mut().find(|part| part.settings == settings) {
                Some(part) => {
                    part.rows.extend(group.rows);
                    part.folders.extend(folders);
                }
                None => parts.push(Part { rows: group.rows, settings, folders }),
            }
        }
        parts
    }

    /// What is set for rows, by the source that says so: by its own files, by files of its folder or a folder around it,
    /// and by files of the same run folder. Where workers of one role were set differently, every value is listed.
    fn of(&self, measurements: &Table, rows: &[usize]) -> BTreeMap<String, Arguments> {
        let Some(table) = self.table else { return BTreeMap::new() };
        let values = |key: &str| -> BTreeSet<&str> {
            let column = measurements.dimension(key);
            rows.iter().filter_map(|row| column.as_ref()?.text(*row)).collect()
        };
        let (paths, folders) = (values("path"), values("folder"));
        let text = |key: &str, row: usize| table.dimension(key).and_then(|column| column.text(row));
        let mut found: BTreeMap<String, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
        for (path, rows) in &self.by_path {
            let near = paths.iter().any(|of| of == path || is_around(folder(path), folder(of)));
            let first = rows.first().and_then(|row| text("folder", *row));
            if !near && !first.is_some_and(|folder| folders.contains(folder)) {
                continue;
            }
            for row in rows {
                let (Some(setting), Some(value)) = (text("setting", *row), text("value", *row)) else { continue };
                let key = text("role", *row).map_or_else(|| setting.to_owned(), |role| format!("{role}: {setting}"));
                let source = found.entry(text("source", *row).unwrap_or("settings").to_owned()).or_default();
                source.entry(key).or_default().insert(value);
            }
        }
        let joined = |values: BTreeSet<&str>| {
            let more = if values.len() > VALUES { format!(" and {} more", values.len() - VALUES) } else { String::new() };
            values.into_iter().take(VALUES).collect::<Vec<_>>().join(" | ") + &more
        };
        let settings = |of: BTreeMap<String, BTreeSet<&str>>| -> Arguments {
            of.into_iter().map(|(key, values)| (key, joined(values))).collect()
        };
        found.into_iter().map(|(source, of)| (source, settings(of))).collect()
    }
}

/// The folder in which a file lies; empty for a loose one.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a folder is this one or lies around it; loose files speak of loose files only.
fn is_around(outer: &str, inner: &str) -> bool {
    inner == outer || (!outer.is_empty() && inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')))
}
