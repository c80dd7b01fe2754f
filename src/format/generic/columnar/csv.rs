//! Inferscope's own tables as CSV, as exported by `inferscope table` and the page; read back losslessly.

use super::{Cell, Columns, HEADER, figure};
use crate::format::reader::csv::cells::unescaped;
use crate::format::reader::csv::rows::Rows;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, MAX_COLUMNS, Place, Provenance, Severity, Sink};

/// A table that this program wrote.
pub(in crate::format) static CANONICAL_CSV: Format = Format {
    about: &About::new(
        "inferscope-csv",
        "Inferscope table (CSV)",
        "exports of `inferscope table` and of the page, lossless",
        &["csv"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    look.text.strip_prefix(HEADER)?.starts_with(',').then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let mut rows = Rows::new(input.text, b',');
    _ = rows.advance(None);
    let header: Vec<String> = rows.record().iter().map(str::to_owned).collect();
    sink.provenance(Provenance { schema: Some(format!("{} columns", header.len())), ..Provenance::default() });
    if header.len() > MAX_COLUMNS {
        let message = format!("The header has {} columns; only the first {MAX_COLUMNS} are read.", header.len());
        let hint = "Keep only the columns you need.";
        sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(1), message, hint));
    }
    let numeric = std::cell::OnceCell::new();
    // Exports write dimensions first: a column before the first known metric is one, even if it looks numeric.
    let figures = header.iter().position(|name| figure(unescaped(name)).is_some()).unwrap_or(0);
    let mut columns = Columns::default();
    for (at, name) in header.iter().take(MAX_COLUMNS).enumerate() {
        let is_numeric = || at > figures && numeric.get_or_init(|| numbers(input.text, header.len()))[at];
        columns.add(unescaped(name), |column| Place::Cell { line: 1, column }, is_numeric, sink);
    }
    while let Some(row) = rows.advance(Some(header.len())) {
        let line = rows.line();
        if let Err(broken) = row {
            columns.findings.add(sink, broken.kind(), || broken.describe(line, header.len()));
            continue;
        }
        let cells =
            rows.record().iter().take(MAX_COLUMNS).map(|cell| (!cell.is_empty()).then(|| Cell::Text(unescaped(cell).into())));
        let at = |column: &str| Place::Cell { line, column: column.to_owned() };
        columns.record(cells, Place::Line(line), at, sink);
        sink.progress(rows.progress().min(1.0));
    }
    columns.findings.finish(sink);
    sink.progress(1.0);
}

/// Which columns contain only numbers, and at least one.
fn numbers(text: &str, columns: usize) -> Vec<bool> {
    let mut rows = Rows::new(text, b',');
    _ = rows.advance(None);
    let (mut numbers, mut texts) = (vec![false; columns], vec![false; columns]);
    while let Some(row) = rows.advance(Some(columns)) {
        if row.is_err() {
            continue;
        }
        for (at, cell) in rows.record().iter().enumerate().take(columns).filter(|(_, cell)| !cell.is_empty()) {
            let found = if cell.parse::<f64>().is_ok() { &mut numbers } else { &mut texts };
            found[at] = true;
        }
    }
    numbers.iter().zip(texts).map(|(numbers, texts)| *numbers && !texts).collect()
}
