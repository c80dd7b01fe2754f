//! Levels of one sweep that lack the files beside them which describe the others: the files of a sweep are called the same but
//! for their load, and what lies beside some of them is about all of them. Marked as taken from there.

use std::collections::BTreeSet;

use super::Note;
use crate::catalog::{Role, dimensions};
use crate::table::Columns;

/// Gives the levels of each sweep the configuration that descriptions state of its other levels, and returns their rows.
/// Nothing is given where two levels state different configurations, and nothing that a result states of itself: what one
/// says and another does not may be their difference.
pub(super) fn complete(columns: &mut Columns, notes: &mut Vec<Note>) -> Vec<usize> {
    let is_configuration = |key: &&str| dimensions::role(key) == Role::Configuration;
    let keys: Vec<String> = columns.dimension_keys().filter(is_configuration).map(str::to_owned).collect();
    let mut completed = Vec::new();
    for ([files], rows) in columns.distinct(["files"]) {
        let Some(files) = files else { continue };
        let Some(stated) = described(columns, &keys, &rows) else { continue };
        let mut noted = BTreeSet::new();
        for row in rows {
            let lacking: Vec<&(&str, String)> = stated.iter().filter(|(key, _)| columns.lacks(key, row)).collect();
            if lacking.is_empty() {
                continue;
            }
            let labels = lacking.iter().map(|(key, _)| dimensions::label(key)).collect::<Vec<_>>().join(", ");
            let before = columns.text("described_by", row).map(|by| format!("{by}; ")).unwrap_or_default();
            let by = format!("{before}other levels of {files}: {labels}");
            lacking.iter().for_each(|(key, text)| columns.set_text(key, row, text));
            columns.set_text("described_by", row, &by);
            completed.push(row);
            noted.insert((columns.text("path", row).unwrap_or_default().to_owned(), labels));
        }
        notes.extend(noted.into_iter().map(|(path, labels)| {
            (path, format!("{labels}: taken from the other levels of its sweep ({files}); no file beside this one states them."))
        }));
    }
    completed
}

/// What descriptions state of some of these rows and of no row otherwise; `None` where two rows state different things.
fn described<'k>(columns: &Columns, keys: &'k [String], rows: &[usize]) -> Option<Vec<(&'k str, String)>> {
    let mut found = Vec::new();
    for key in keys {
        let mut stating = rows.iter().filter(|row| !columns.lacks(key, **row));
        let Some(first) = stating.next() else { continue };
        let text = columns.text(key, *first)?;
        let mut every = vec![*first];
        for row in stating {
            if columns.text(key, *row) != Some(text) {
                return None;
            }
            every.push(*row);
        }
        let label = dimensions::label(key);
        let is_described = |row: &usize| {
            columns.text("described_by", *row).is_some_and(|by| by.split([':', ';', ',']).any(|part| part.trim() == label))
        };
        if every.len() < rows.len() && every.iter().all(is_described) {
            found.push((key.as_str(), text.to_owned()));
        }
    }
    Some(found)
}
