//! `node_metrics/{node}_{role}_w{i}.csv`: the batch lines of a worker's log as a table, in the words of the roll-up.

use serde_json::{Map, Value, json};

use super::rollup;
use crate::format::Input;
use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::header;
use crate::format::reader::findings::Findings;
use crate::format::worker_log::head::Worker;
use crate::record::{Diagnostic, Place, Severity, Sink};

/// How the table begins.
pub(super) const HEADER: &str = "timestamp,dp,tp,ep,batch_type,";

/// Reads the table. Only the file name identifies the worker.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let worker = Worker::read(input.file_name());
    let worker = json!({"node_name": worker.node, "worker_type": worker.role, "worker_id": worker.worker});
    let mut lines = input.text.lines().enumerate();
    let header = lines.next().map_or("", |(_, header)| header).trim();
    let mut columns: Vec<String> = header.split(',').map(|name| name.trim().to_owned()).collect();
    let mut findings = Findings::default();
    header::unique(&mut columns, 1, &mut findings, sink);
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let place = Place::Line(index as u64 + 1);
        let cells: Vec<&str> = line.trim_end().split(',').collect();
        if cells.len() != columns.len() {
            findings.add(sink, "rows whose cell count differs from the header", || {
                let message = format!("The row has {} cells, the header {}; skipped.", cells.len(), columns.len());
                Diagnostic::new(Severity::Warning, place.clone(), message, "The file may be truncated: copy it again.")
            });
            continue;
        }
        let cells = columns.iter().zip(cells).filter(|(column, cell)| !column.is_empty() && !cell.trim().is_empty());
        let entry: Map<String, Value> = cells.map(|(column, cell)| (column.clone(), value(cell.trim()))).collect();
        rollup::sample(&worker, &Value::Object(entry), place, &mut findings, sink);
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// A cell as a number where it is one; nothing for a blank one.
fn value(cell: &str) -> Value {
    match number(cell) {
        Cell::Number(number) => Value::from(number),
        Cell::Missing => Value::Null,
        Cell::Wrong => Value::from(cell),
    }
}
