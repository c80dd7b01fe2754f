//! Run configurations: rows with identical settings form one. Two runs that differ in a
//! single argument are two, even with the same model, accelerator and version (`../shared/formats/rhaiis.md` §4.2-14).

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::arguments::{self, Arguments};
use crate::catalog::dimensions;
use crate::query::colours::hash;
use crate::query::groups;
use crate::table::Table;

/// Settings besides the dimensions of a configuration.
const ARGUMENTS: &str = "runtime_args";
const IMAGE: &str = "image";

/// Maximum length of a value in a label, in characters.
const LABEL_VALUE: usize = 24;
/// Maximum number of differing settings in a label.
const LABEL_KEYS: usize = 2;
/// Maximum number of listed values per setting.
const VALUES: usize = 4;

/// Rows with identical settings.
#[derive(Default)]
pub(crate) struct Run {
    /// Stable id, a hash of all settings.
    pub id: String,
    /// Label that distinguishes it from the others.
    pub label: String,
    /// Its measurements.
    pub rows: Vec<usize>,
    /// The arguments as written in the file.
    pub stated: Option<String>,
    /// The parsed arguments.
    pub arguments: Arguments,
    /// The container image as written in the file.
    pub image: Option<String>,
    /// Settings from files next to the results, by source.
    pub settings: BTreeMap<String, Arguments>,
    /// Its run folders, if only their settings distinguish it from another run.
    pub folders: BTreeSet<String>,
}

impl Run {
    /// A run with measurements only.
    pub(crate) fn named(id: &str, label: &str, rows: &[usize]) -> Run {
        Run { id: id.to_owned(), label: label.to_owned(), rows: rows.to_vec(), ..Run::default() }
    }
}

/// The dimensions that identify a run configuration.
pub(crate) fn dimensions_of(table: &Table) -> Vec<&str> {
    let mut by = groups::configuration(table);
    by.extend([ARGUMENTS, IMAGE].into_iter().filter(|key| table.dimension(key).is_some()));
    by
}

/// All run configurations of these rows.
pub(crate) fn gather(table: &Table, rows: &[usize], stated: &StatedSettings<'_>) -> Vec<Run> {
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
                // Number over the whole table, so that names do not depend on filters.
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

/// Appends the differing settings to the labels of runs that share a configuration.
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

/// Arguments, image and folder, for labels.
fn with_image(run: &Run) -> Arguments {
    let image = image_parts(run).into_iter().map(|(part, value)| (format!("image {part}"), value));
    let folder = run.folders.first().map(|folder| ("in".to_owned(), folder.clone()));
    run.arguments.clone().into_iter().chain(image).chain(folder).collect()
}

/// The parts of the image: name, tag, digest.
pub(crate) fn image_parts(run: &Run) -> Arguments {
    let Some(image) = run.image.as_deref().map(arguments::image) else { return Arguments::new() };
    let parts = [("name", Some(image.name)), ("tag", image.tag), ("digest", image.digest)];
    parts.into_iter().filter_map(|(part, value)| Some((part.to_owned(), value.filter(|value| !value.is_empty())?))).collect()
}

/// The dimensions of its configuration, by display name.
pub(crate) fn identity_of(table: &Table, run: &Run, by: &[&str]) -> Arguments {
    let row = run.rows.first().copied();
    let stated = by.iter().filter(|key| ![ARGUMENTS, IMAGE].contains(key));
    let value = |key: &&str| Some((dimensions::label(key).to_owned(), table.dimension(key)?.text(row?)?.to_owned()));
    stated.filter_map(value).collect()
}

/// Truncates text to `length` characters, with an ellipsis.
pub(crate) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Rows of one configuration with the same surrounding settings.
struct Part {
    rows: Vec<usize>,
    settings: BTreeMap<String, Arguments>,
    folders: BTreeSet<String>,
}

/// Settings records, and the runs they apply to.
pub(crate) struct StatedSettings<'a> {
    table: Option<&'a Table>,
    /// Settings by file.
    by_path: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> StatedSettings<'a> {
    pub(crate) fn new(table: Option<&'a Table>) -> StatedSettings<'a> {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if let Some((table, path)) = table.and_then(|table| Some((table, table.dimension("path")?))) {
            for row in 0..table.rows() {
                by_path.entry(path.text(row).unwrap_or_default()).or_default().push(row);
            }
        }
        StatedSettings { table, by_path }
    }

    /// Number of settings.
    pub(crate) fn count(&self) -> usize {
        self.table.map_or(0, Table::rows)
    }

    /// Splits rows by their surrounding settings. Repeats in several folders with equal settings stay together.
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

    /// The settings that apply to rows, by source: from their own files, from files in the same or an enclosing folder,
    /// and from files of the same run folder. Lists every value if workers of one role differ.
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

/// The folder of a file; empty for a loose file.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a folder equals or encloses this one. Loose files apply to loose files only.
fn is_around(outer: &str, inner: &str) -> bool {
    inner == outer || (!outer.is_empty() && inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')))
}
