//! The result tables of MLPerf Inference: Datacenter as MLCommons publishes them, of any round.
//!
//! A round comes as a pivot (a system on four lines under five header rows, 5.0 and 5.1) or flat (a result on a line,
//! 6.0); `compact` is Inferscope's own table of them. Both are read by their labels, never by position: a lost line costs its own system and shifts nothing. Labels
//! and known misprints are rows of data in `labels`; `audit` compares every figure with its class.

mod audit;
mod compact;
mod flat;
mod labels;
mod log_summary;
mod pivot;
mod publish;

pub(in crate::format) use log_summary::MLPERF_LOG_SUMMARY;

use memchr::memmem;

use crate::format::reader::csv::rows::Rows;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};
use labels::fold;
use publish::Publisher;

/// How much of a text is looked at for the header.
const HEADER_BYTES: usize = 1 << 16;

/// How many rows the header can have.
const HEADER_ROWS: usize = 12;

/// The header of a table.
struct Header {
    delimiter: u8,
    /// The rows above the one that names the columns.
    above: Vec<Vec<String>>,
    /// The names of the columns, verbatim.
    names: Vec<String>,
    /// Those names, folded.
    folded: Vec<String>,
}

impl Header {
    fn column(&self, label: &str) -> Option<usize> {
        self.folded.iter().position(|name| name == label)
    }

    fn result(&self) -> Option<usize> {
        self.folded.iter().position(|name| labels::is_result(name))
    }

    fn is_flat(&self) -> bool {
        self.column("model mlc").is_some() && self.column("scenario").is_some() && self.result().is_some()
    }
}

/// A round's table of results.
pub(in crate::format) static MLPERF: Format = Format {
    about: &About::new(
        "mlperf",
        "MLPerf Inference results (CSV)",
        "Datacenter tables of any round, pivot (5.0, 5.1) or flat (6.0), and Inferscope's own; known unit errors are corrected and reported",
        &["csv", "tsv", "txt"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if compact::is(look.text) {
        return Some(Certainty::Certain);
    }
    let header = header(look.text)?;
    (header.is_flat() || pivot::title(&header).is_some()).then_some(Certainty::Certain)
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    if compact::is(input.text) {
        let (tool, schema) = (Some("MLPerf Inference".to_owned()), Some("table".to_owned()));
        sink.provenance(Provenance { tool, tool_version: None, schema });
        let mut publisher = Publisher::new(sink);
        compact::read(input.text, &mut publisher);
        // Whoever wrote the table was warned.
        publisher.finish(Severity::Info);
        return sink.progress(1.0);
    }
    let Some(header) = header(input.text) else {
        let hint = "Download the table again from MLCommons.";
        let message = "No header row found: it must begin with “Public ID”.";
        return sink.diagnostic(Diagnostic::new(Severity::Error, Place::File, message, hint));
    };
    let mut rows = Rows::new(input.text, header.delimiter);
    for _ in 0..=header.above.len() {
        rows.advance(None);
    }
    let (schema, read): (_, fn(&Header, Rows<'_>, &mut Publisher<'_>)) =
        if header.is_flat() { ("flat", flat::read) } else { ("pivot", pivot::read) };
    let (tool, schema) = (Some("MLPerf Inference".to_owned()), Some(schema.to_owned()));
    sink.provenance(Provenance { tool, tool_version: None, schema });
    let mut publisher = Publisher::new(sink);
    read(&header, rows, &mut publisher);
    publisher.finish(Severity::Warning);
    sink.progress(1.0);
}

/// The header, down to the row that names the columns; `None` where no row does.
fn header(text: &str) -> Option<Header> {
    let mut end = text.len().min(HEADER_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let has = |mark: &str| memmem::find(head.as_bytes(), mark.as_bytes()).is_some();
    if !has("Public ID") || !has("Model MLC") {
        return None;
    }
    [b',', b'\t', b';'].into_iter().find_map(|delimiter| {
        let mut rows = Rows::new(head, delimiter);
        let mut above = Vec::new();
        while above.len() < HEADER_ROWS && rows.advance(None).is_some() {
            let names: Vec<String> = rows.record().iter().map(str::to_owned).collect();
            let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
            if names.len() > 2 && folded.iter().any(|name| name == "public id") {
                return Some(Header { delimiter, above, names, folded });
            }
            above.push(names);
        }
        None
    })
}
