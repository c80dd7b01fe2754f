//! Inferscope's own tables as CSV, as exported by `inferscope table` and the page; read back losslessly.

use super::{Cell, Columns, HEADER, figure};
use crate::format::reader::csv::cells::unescaped;
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
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.text.as_bytes());
    let header: Vec<String> = reader.headers().map(|header| header.iter().map(str::to_owned).collect()).unwrap_or_default();
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
        columns.add(unescaped(name), || at > figures && numeric.get_or_init(|| numbers(input.text, header.len()))[at], sink);
    }
    let total = input.text.len().max(1) as f64;
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let hint = "Export the table again or remove the line.";
                sink.diagnostic(Diagnostic::new(
                    Severity::Warning,
                    Place::Line(line),
                    format!("Not a table row: {error}."),
                    hint,
                ));
                continue;
            }
        }
        let position = record.position().map_or((0, 0), |position| (position.line(), position.byte()));
        if record.len() != header.len() {
            let message = format!("The row has {} cells, the header {}; skipped.", record.len(), header.len());
            let hint = "The file may be truncated or edited: export it again.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(position.0), message, hint));
            continue;
        }
        let cells = record.iter().take(MAX_COLUMNS).map(|cell| (!cell.is_empty()).then(|| Cell::Text(unescaped(cell).into())));
        let at = |column: &str| Place::Cell { line: position.0, column: column.to_owned() };
        columns.record(cells, Place::Line(position.0), at, sink);
        sink.progress(position.1 as f64 / total);
    }
    columns.findings.finish(sink);
    sink.progress(1.0);
}

/// Which columns contain only numbers, and at least one.
fn numbers(text: &str, columns: usize) -> Vec<bool> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let (mut numbers, mut texts) = (vec![false; columns], vec![false; columns]);
    for record in reader.records().flatten() {
        for (at, cell) in record.iter().enumerate().take(columns).filter(|(_, cell)| !cell.is_empty()) {
            let found = if cell.parse::<f64>().is_ok() { &mut numbers } else { &mut texts };
            found[at] = true;
        }
    }
    numbers.iter().zip(texts).map(|(numbers, texts)| *numbers && !texts).collect()
}
