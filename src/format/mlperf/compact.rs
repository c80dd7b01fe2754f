//! Inferscope's own layout: what `inferscope convert --to mlperf` writes and the page ships. One result per line, the unit corrected
//! and as published, the accelerator by its catalogue name, and as published if that is more specific. Caveats are recomputed on reading.

use super::publish::Publisher;
use crate::catalog::submissions::{COLUMNS, VALUE};
use crate::format::reader::csv::cells::unescaped;
use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, Place, Severity};

/// The first columns.
const HEADER: &str = "round,id,organization,availability,system,";

/// Whether a text is such a table.
pub(super) fn is(text: &str) -> bool {
    text.starts_with(HEADER) && text.lines().next().is_some_and(|line| line.split(',').any(|name| name == VALUE))
}

/// Reads the table.
pub(super) fn read(text: &str, publisher: &mut Publisher<'_>) {
    let mut rows = Rows::new(text, b',');
    rows.advance(None);
    let mut names: Vec<String> = rows.record().iter().map(|name| unescaped(name).to_owned()).collect();
    header::unique(&mut names, 1, &mut publisher.findings, publisher.sink);
    while let Some(row) = rows.advance(Some(names.len())) {
        publisher.sink.progress(rows.progress());
        let line = rows.line();
        if row.is_err() {
            publisher.findings.add(publisher.sink, "lines that are not table rows", || {
                let message = format!("The line does not have {} cells like the header; skipped.", names.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "Export the table again.")
            });
            continue;
        }
        let (mut identity, mut value) = (Identity::default(), "");
        for (name, cell) in names.iter().zip(rows.record()).filter(|(name, _)| !name.is_empty()) {
            if name == VALUE {
                value = cell;
                continue;
            }
            let cell = Some(unescaped(cell).to_owned());
            match COLUMNS.iter().find(|(known, _)| known == name) {
                Some((_, key)) => identity.set(key, cell),
                None => identity.label(name, cell),
            }
        }
        publisher.result(identity, value, &Place::Line(line));
    }
}
