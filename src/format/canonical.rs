//! Our own tables: what `inferscope table` and the page export, read back without loss.
//!
//! Columns are known by the names that `table::export` gives them: dimensions by their key, figures as
//! `<metric>_<statistic>_<unit>`. Any other column is a dimension when it holds text and a metric when it holds numbers.

use super::{Certainty, Format, Input};
use crate::catalog::{METRICS, dimensions};
use crate::record::{Diagnostic, Kind, Load, LoadKind, MAX_COLUMNS, Place, Provenance, Record, Sample, Severity, Sink, Stat};

/// A table that this program wrote.
pub struct CanonicalCsv;

/// How the header begins.
const HEADER: &str = "path,tool,model,accelerator,version,tp,dp,gpus,isl,osl,load_kind,load,";

/// What a column holds.
enum Column {
    Dimension(crate::record::DimensionId),
    Figure(crate::record::MetricId),
    LoadKind,
    Load,
    Place,
}

impl Format for CanonicalCsv {
    fn id(&self) -> &'static str {
        "inferscope-csv"
    }

    fn label(&self) -> &'static str {
        "Inferscope table (CSV)"
    }

    fn reads(&self) -> &'static str {
        "what `inferscope table` and the page export, without loss"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn sniff(&self, input: Input<'_>) -> Option<Certainty> {
        input.text.starts_with(HEADER).then_some(Certainty::Certain)
    }

    fn read(&self, input: Input<'_>, sink: &mut dyn Sink) {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.text.as_bytes());
        let header: Vec<String> = reader.headers().map(|header| header.iter().map(str::to_owned).collect()).unwrap_or_default();
        sink.provenance(Provenance { schema: Some(format!("{} columns", header.len())), ..Provenance::default() });
        if header.len() > MAX_COLUMNS {
            let message = format!("The header names {} columns: the first {MAX_COLUMNS} are read.", header.len());
            let hint = "Keep only the columns that you want to see.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(1), message, hint));
        }
        let numeric = std::cell::OnceCell::new();
        let mut columns: Vec<Column> = Vec::with_capacity(header.len().min(MAX_COLUMNS));
        for (at, name) in header.iter().take(MAX_COLUMNS).enumerate() {
            columns.push(column(name, || numeric.get_or_init(|| numbers(input.text, header.len()))[at], sink));
        }
        let total = input.text.len().max(1) as f64;
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let hint = "Export the table again, or remove the line.";
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
                let message = format!("{} cells where the header has {}: the row is left out.", record.len(), header.len());
                let hint = "The file may have been cut off or edited; export it again.";
                sink.diagnostic(Diagnostic::new(Severity::Warning, Place::Line(position.0), message, hint));
                continue;
            }
            row(&record, &header, &columns, position.0, sink);
            sink.progress(position.1 as f64 / total);
        }
        sink.progress(1.0);
    }
}

fn column(name: &str, numeric: impl Fn() -> bool, sink: &mut dyn Sink) -> Column {
    match name {
        "load_kind" => return Column::LoadKind,
        "load" => return Column::Load,
        "place" => return Column::Place,
        _ => {}
    }
    let name = armed(name);
    if dimensions::dimension(name).is_some() {
        return Column::Dimension(sink.dimension(name));
    }
    let statistics = |metric: &'static crate::catalog::Metric| Stat::ALL.into_iter().map(move |stat| (metric, stat));
    match METRICS.iter().copied().flat_map(statistics).find(|(metric, stat)| metric.column_name(*stat) == name) {
        Some((metric, stat)) => Column::Figure(sink.metric(metric.key, stat)),
        None if numeric() => Column::Figure(sink.metric(name, Stat::Mean)),
        None => Column::Dimension(sink.dimension(name)),
    }
}

/// Which columns hold numbers and nothing else, and at least one.
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

fn row(record: &csv::StringRecord, header: &[String], columns: &[Column], line: u64, sink: &mut dyn Sink) {
    let mut place = Place::Line(line);
    let (mut identity, mut samples) = (Vec::new(), Vec::new());
    let mut load = Load::default();
    for ((cell, column), name) in record.iter().zip(columns).zip(header).filter(|((cell, _), _)| !cell.is_empty()) {
        let mut number = || {
            let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
            if value.is_none() {
                let at = Place::Cell { line, column: name.clone() };
                let message = format!("“{cell}” is no number: the cell is taken as missing.");
                sink.diagnostic(Diagnostic::new(Severity::Warning, at, message, "Correct the cell."));
            }
            value
        };
        match column {
            Column::Dimension(id) => identity.push((*id, armed(cell))),
            Column::Figure(id) => samples.extend(number().map(|value| Sample { metric: *id, value })),
            Column::LoadKind => load.kind = LoadKind::from_key(cell),
            Column::Load => load.value = number(),
            Column::Place => place = Place::Text(cell.to_owned()),
        }
    }
    sink.record(Record { kind: Kind::Measurement, place: &place, load, identity: &identity, samples: &samples });
}

/// A text as it was before the export defused it for spreadsheets.
fn armed(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(text)
}
