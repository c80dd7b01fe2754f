//! The accelerator in the name of a result or its folder, where no file states one: marked as taken from there.

use super::Note;
use crate::catalog::accelerators;
use crate::table::Columns;

/// Sets the accelerator of rows that have none, from the file's own name or the nearest folder that names one.
pub(super) fn apply(columns: &mut Columns, notes: &mut Vec<Note>) {
    for ([path], rows) in columns.distinct(["path"]) {
        let path = path.unwrap_or_default();
        let lacking: Vec<usize> = rows.into_iter().filter(|row| columns.lacks("accelerator", *row)).collect();
        if lacking.is_empty() {
            continue;
        }
        let mut parts = path.rsplit(['/', '\\']).enumerate();
        let named = parts.find_map(|(at, part)| {
            let place = if at == 0 { "file" } else { "folder" };
            Some((format!("{place} {part}"), accelerators::in_name(part)?))
        });
        let Some((place, accelerator)) = named else { continue };
        for row in lacking {
            columns.set_text("accelerator", row, &accelerator);
            let before = columns.text("described_by", row).map(|by| format!("{by}; ")).unwrap_or_default();
            columns.set_text("described_by", row, &format!("{before}name of the {place}: Accelerator"));
        }
        notes.push((path, format!("Accelerator {accelerator} is taken from the name of the {place}: no file states one.")));
    }
}
