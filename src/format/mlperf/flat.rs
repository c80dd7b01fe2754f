//! The flat layout: a header and one line for each system, model and scenario.

use super::Header;
use super::publish::{Publisher, system};
use crate::format::reader::csv::rows::Rows;
use crate::record::{Diagnostic, Place, Severity};

/// Reads the lines below the header.
pub(super) fn read(header: &Header, mut rows: Rows<'_>, publisher: &mut Publisher<'_>) {
    let Some(result) = header.result() else { return };
    let mut uneven: Vec<String> = Vec::new();
    while let Some(row) = rows.advance(Some(header.names.len())) {
        publisher.sink.progress(rows.progress());
        let line = rows.line();
        if row.is_err() {
            publisher.findings.add(publisher.sink, "lines that are not table rows", || {
                let message = format!("The line does not have {} cells like the header; skipped.", header.names.len());
                Diagnostic::new(Severity::Warning, Place::Line(line), message, "Download the table again from MLCommons.")
            });
            continue;
        }
        let record = rows.record();
        let identity = system(header.names.iter().map(String::as_str).zip(record));
        let number = |key: &str| identity.get(key).and_then(|text| text.parse::<f64>().ok());
        let id = identity.get("public_id").unwrap_or_default();
        if let (Some(total), Some(nodes), Some(each)) = (number("gpus"), number("nodes"), number("accelerators_per_node"))
            && total != nodes * each
            && !uneven.iter().any(|known| known == id)
        {
            uneven.push(id.to_owned());
            let message =
                format!("{id} states {total} accelerators in total but {nodes} nodes of {each}; the stated total is used.");
            publisher.findings.add(publisher.sink, "systems with two totals", || {
                Diagnostic::new(Severity::Info, Place::Line(line), message, "")
            });
        }
        let cell = record.get(result).unwrap_or_default();
        publisher.result(identity, cell, &Place::Line(line));
    }
}
