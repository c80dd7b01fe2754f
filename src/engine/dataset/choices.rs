//! By what people choose in a data set: columns, and their values under the other filters.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::footers::{Footers, Opened};
use super::plan::File;
use crate::catalog::dimensions;
use crate::format::ranged::{Keep, Role};

/// Values of a column to choose from, at most.
const MAX_VALUES: usize = 2000;

/// A column to choose by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The column.
    pub column: String,
    /// Its values under the other filters, as far as they are known.
    pub values: Vec<String>,
    /// Whether there may be others.
    pub more: bool,
}

/// Columns to choose by, with the values that folders, the index and the statistics of known footers name: those of the files
/// that the filters of other columns leave.
pub(super) fn choices(files: &[File], footers: &Footers, selection: &Keep) -> Vec<Choice> {
    // Folders first, as they stand in paths; then in the catalogue's order.
    let folders: Vec<&str> =
        files.first().map(|file| file.fixed.iter().map(|(name, _)| name.as_str()).collect()).unwrap_or_default();
    let opened: Vec<(&File, Option<Opened>)> = files.iter().map(|file| (file, footers.get(file))).collect();
    let mut columns: BTreeSet<&str> = folders.iter().copied().collect();
    for (file, opened) in &opened {
        columns.extend(file.values.keys().map(String::as_str).filter(|column| is_choice(column)));
        let of_footer = opened.iter().flat_map(|opened| opened.footer.columns());
        columns.extend(
            of_footer.filter(|(column, role)| *role == Role::Identity && is_choice(column)).map(|(column, _)| column.as_str()),
        );
    }
    let choice = |column: &str| {
        let others: Keep =
            selection.iter().filter(|(name, _)| *name != column).map(|(name, of)| (name.clone(), of.clone())).collect();
        let (mut values, mut more) = (BTreeSet::new(), false);
        for (file, opened) in opened.iter().filter(|(file, _)| file.may_have(&others)) {
            if let Some((_, value)) = file.fixed.iter().find(|(name, _)| name == column) {
                values.insert(value.clone());
            } else if let Some(all) = file.values.get(column) {
                values.extend(all.iter().cloned());
            } else if let Some(known) = opened.as_ref().and_then(|opened| opened.footer.known(column)) {
                values.extend(known.values);
                more |= !known.all;
            } else {
                more = true;
            }
        }
        let is_offered = folders.contains(&column) || (2..=MAX_VALUES).contains(&values.len()) || selection.contains_key(column);
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_by(|a, b| dimensions::compare(column, a, b));
        is_offered.then(|| Choice { column: column.to_owned(), values, more })
    };
    let mut choices: Vec<Choice> = columns.into_iter().filter_map(choice).collect();
    choices.sort_by_key(|choice| {
        let folder = folders.iter().position(|name| *name == choice.column).unwrap_or(folders.len());
        (folder, dimensions::rank(&choice.column))
    });
    choices
}

/// Whether people choose by a column: it is part of what a configuration is.
fn is_choice(column: &str) -> bool {
    dimensions::role(column) == dimensions::Role::Configuration
}
