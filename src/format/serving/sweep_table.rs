//! `summary.csv` of vLLM's `bench sweep`: a row for each run, its columns the keys of the JSON and the arguments that were
//! varied. Knows only how cells become the values that the JSON has.

use serde_json::{Number, Value};

use super::{Dialect, Fields, measure};
use crate::format::reader::csv::cells::{is_missing, unescaped};
use crate::format::reader::csv::header;
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::format::{Input, Look};
use crate::record::{MAX_COLUMNS, Place, Provenance, Sink};

/// Columns that every such table has.
const MARKS: [&str; 4] = ["model_id", "request_rate", "completed", "mean_ttft_ms"];

/// How much of a text is looked at for the header.
const HEAD: usize = 1 << 14;

/// Whether the text is such a table.
pub(super) fn sniff(look: &Look<'_>) -> bool {
    if !look.text.starts_with([',', '"']) && !look.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let line = look.head(HEAD).lines().next().unwrap_or_default();
    let names: Vec<&str> = line.split(',').take(MAX_COLUMNS).map(|name| name.trim().trim_matches('"')).collect();
    MARKS.iter().all(|mark| names.contains(mark))
}

/// Reads every row as a run.
pub(super) fn read(input: Input<'_>, dialect: &Dialect, sink: &mut dyn Sink) {
    let mut rows = Rows::new(input.text, b',');
    rows.advance(None);
    let mut findings = Findings::default();
    let names = header::names(rows.record(), 1, &mut findings, sink);
    while let Some(row) = rows.advance(Some(names.len())) {
        let line = rows.line();
        match row {
            Ok(()) => {
                let cells = names.iter().zip(rows.record()).filter(|(name, _)| !name.is_empty());
                let fields: Fields = cells.filter_map(|(name, cell)| Some((name.clone(), value(cell.trim())?))).collect();
                measure(input, &fields, Default::default(), &Place::Line(line), dialect, &mut findings, sink);
            }
            Err(broken) => findings.add(sink, broken.kind(), || broken.describe(line, names.len())),
        }
        sink.progress(rows.progress().clamp(0.0, 1.0));
    }
    findings.finish(sink);
    sink.provenance(Provenance { tool: Some(dialect.tool.to_owned()), ..Provenance::default() });
    sink.progress(1.0);
}

/// A cell as the JSON has it; nothing for a blank one. `inf` stays a text, which an unlimited rate is there too.
fn value(cell: &str) -> Option<Value> {
    if is_missing(cell) {
        return None;
    }
    let number = cell.parse::<i64>().map(Number::from).ok();
    let number = number.or_else(|| cell.parse::<f64>().ok().and_then(Number::from_f64));
    Some(match (number, cell) {
        (Some(number), _) => Value::Number(number),
        (None, "True") => Value::Bool(true),
        (None, "False") => Value::Bool(false),
        (None, text) => Value::String(unescaped(text).to_owned()),
    })
}
