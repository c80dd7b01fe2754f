//! The accelerator in the name of a result's folder, where no file states one: marked as taken from there.

use super::{Note, folder};
use crate::catalog::accelerators;
use crate::table::Columns;

/// Sets the accelerator of rows that have none, from the nearest folder that names one.
pub(super) fn apply(columns: &mut Columns, notes: &mut Vec<Note>) {
    for ([path], rows) in columns.distinct(["path"]) {
        let path = path.unwrap_or_default();
        let lacking: Vec<usize> = rows.into_iter().filter(|row| columns.lacks("accelerator", *row)).collect();
        if lacking.is_empty() {
            continue;
        }
        let named = folder(&path).rsplit(['/', '\\']).find_map(|part| Some((part.to_owned(), accelerators::in_name(part)?)));
        let Some((part, accelerator)) = named else { continue };
        for row in lacking {
            columns.set_text("accelerator", row, &accelerator);
            let before = columns.text("described_by", row).map(|by| format!("{by}; ")).unwrap_or_default();
            columns.set_text("described_by", row, &format!("{before}name of the folder {part}: Accelerator"));
        }
        notes.push((path, format!("Accelerator {accelerator} is taken from the name of the folder {part}: no file states one.")));
    }
}
