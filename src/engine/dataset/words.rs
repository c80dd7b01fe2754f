//! Messages about a data set and its files.

use super::plan::{File, Portion};
use super::{LIMIT, MAX_ROWS, Overview, Size};
use crate::catalog::dimensions;
use crate::catalog::number::{self, plural};
use crate::record::{Diagnostic, Place, Severity};

pub(super) fn error(message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

pub(super) fn contradicted(rows: usize) -> Diagnostic {
    let message = format!("{} say something else than the file's folder.", plural(rows as u64, "row"));
    warning(message, "Filters hold for both, so that such rows are seen only without them. Write the data set anew.")
}

pub(super) fn damaged(reason: &str) -> Diagnostic {
    let hint = "Copy the file again or write it anew; the rows of the other files are shown.";
    error(format!("It could not be read: {}.", reason.trim_end_matches('.')), hint)
}

pub(super) fn changed() -> Diagnostic {
    let message = "The server has another file than the index, or the footer that was read before, says.".to_owned();
    error(message, "It was written anew meanwhile: load the data set again.")
}

pub(super) fn warning(message: String, hint: &str) -> Diagnostic {
    Diagnostic::new(Severity::Warning, Place::File, message, hint)
}

/// A finding about a file of the data set.
pub(super) fn about(file: &File, finding: Diagnostic) -> Diagnostic {
    Diagnostic { message: format!("{}: {}", file.name, finding.message), ..finding }
}

/// The finding for a selection that is too large.
pub(super) fn too_much(size: Size, overview: &Overview) -> Diagnostic {
    let [rows, most] = [size.rows, MAX_ROWS].map(|rows| number::column(rows as f64));
    let [bytes, limit] = [size.bytes, LIMIT].map(|bytes| number::bytes(bytes as f64));
    let message = format!(
        "Too much to read for one view: {bytes} with {rows} rows may pass these filters; the limit is {limit} and {most} rows."
    );
    let open: Vec<&str> = overview
        .choices
        .iter()
        .filter(|choice| !overview.wanted.selection.contains_key(&choice.column))
        .map(|choice| dimensions::label(&choice.column))
        .collect();
    let hint = match open.as_slice() {
        [] => "Choose fewer values, or fewer figures.".to_owned(),
        open => format!("Choose less above, for example by {}.", open.iter().take(3).copied().collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::new(Severity::Error, Place::File, message, hint)
}

/// What was read of how much.
pub(super) fn told(overview: &Overview, portions: &[Portion], groups: usize) -> Diagnostic {
    let of_rows = overview.rows.map_or_else(String::new, |rows| format!(" of {}", number::column(rows as f64)));
    let message = format!(
        "Read {} of {}: {} in {} of {} may pass the filters, and {}{of_rows} rows do; {} of {} were read.",
        number::bytes(overview.read_bytes as f64),
        number::bytes(overview.bytes as f64),
        plural(groups as u64, "row group"),
        number::column(portions.len() as f64),
        plural(overview.files as u64, "file"),
        number::column(overview.passed as f64),
        number::column(overview.read_figures.len() as f64),
        plural(overview.figures.len() as u64, "figure"),
    );
    let hint = "Other filters and figures are read when you choose them.";
    Diagnostic::new(Severity::Info, Place::File, message, hint)
}
