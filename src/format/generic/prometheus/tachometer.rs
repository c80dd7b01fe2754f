//! The metrics that srt-slurm's Tachometer scrapes (`tachometer/…/final.parquet`): one value a row, the series as an
//! exposition writes it, with the scraped source and the time.
//!
//! Its histograms have `le` on the plain name and their sum on every row of a bucket.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;
use rustc_hash::FxHashMap;

use super::gather::{Gather, SeriesId};
use super::line::{self, Type};
use crate::format::generic::columnar::convert::{self, Values};
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// The columns that every such file has.
const COLUMNS: [&str; 4] = ["scraper_endpoint", "metric_name", "metric_value", "timestamp_ns"];

/// Columns that identify the scraped source, with their dimensions.
const SOURCE: [(&str, &str); 4] =
    [("scraper_endpoint", "worker"), ("worker_role", "role"), ("hostname", "node"), ("job_id", "run_id")];

/// A capture that is being read.
#[derive(Default)]
pub(in crate::format) struct Tachometer {
    gather: Gather,
    known: FxHashMap<String, Series>,
    rows: u64,
}

/// A series, and the series of its sum if it is the bucket that carries it.
#[derive(Clone, Copy, Default)]
struct Series {
    own: Option<SeriesId>,
    sum: Option<SeriesId>,
}

impl Tachometer {
    /// A reader, if a table of this schema is such a capture.
    pub(in crate::format) fn of(schema: &Schema, sink: &mut dyn Sink) -> Option<Tachometer> {
        let mine = COLUMNS.iter().all(|name| schema.field_with_name(name).is_ok());
        mine.then(|| {
            sink.provenance(Provenance { tool: Some("Tachometer".to_owned()), ..Provenance::default() });
            Tachometer::default()
        })
    }

    /// Takes the rows of a batch.
    pub(in crate::format) fn batch(&mut self, batch: &RecordBatch, sink: &mut dyn Sink) {
        let words = |name: &str| batch.column_by_name(name).and_then(convert::texts);
        let names = words("metric_name");
        let [values, sums] = ["metric_value", "histogram_sum"].map(|name| batch.column_by_name(name).and_then(convert::numbers));
        let times = batch.column_by_name("timestamp_ns").and_then(nanoseconds);
        let sources = SOURCE.map(|(name, dimension)| (dimension, words(name)));
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let place = Place::Text(format!("row {}", self.rows));
            let (Some(name), Some(value)) = (text(names.as_ref(), row), number(values.as_ref(), row)) else { continue };
            let Some(time) = number(times.as_ref(), row).map(|time| time / 1e9) else { continue };
            let base: Vec<(&str, &str)> =
                sources.iter().filter_map(|(dimension, array)| Some((*dimension, text(array.as_ref(), row)?))).collect();
            let sum = number(sums.as_ref(), row);
            self.value(name, value, sum, time, &base, &place, sink);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn value(
        &mut self,
        written: &str,
        value: f64,
        sum: Option<f64>,
        time: f64,
        base: &[(&str, &str)],
        place: &Place,
        sink: &mut dyn Sink,
    ) {
        let key = base.iter().fold(written.to_owned(), |key, (_, value)| format!("{key}\0{value}"));
        if !self.known.contains_key(&key) {
            let Some((name, labels)) = line::series(written) else {
                return self.gather.findings.add(sink, "names that are not series", || {
                    let message = format!("“{written}” is not a series; the row is skipped.");
                    Diagnostic::new(
                        Severity::Warning,
                        place.clone(),
                        message,
                        "The file may have been written by another program.",
                    )
                });
            };
            let labels: Vec<(&str, &str)> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            let bound = labels.iter().any(|(label, _)| *label == "le");
            let mut series = Series::default();
            if bound {
                self.gather.declare(&name, Type::Histogram);
                series.own = self.gather.series(&format!("{name}_bucket"), &labels, base, value, place, sink);
                // One of the buckets brings the sum: the lowest that comes.
                let others: Vec<(&str, &str)> = labels.iter().filter(|(label, _)| *label != "le").copied().collect();
                let whole = others.iter().chain(base).fold(format!("{name}\0sum"), |key, (_, value)| format!("{key}\0{value}"));
                if let (Some(_), false) = (sum, self.known.contains_key(&whole)) {
                    series.sum = self.gather.series(&format!("{name}_sum"), &others, base, 0.0, place, sink);
                    self.known.insert(whole, Series::default());
                }
            } else {
                series.own = self.gather.series(&name, &labels, base, value, place, sink);
            }
            self.known.insert(key.clone(), series);
        }
        let Series { own, sum: of_sum } = self.known.get(&key).copied().unwrap_or_default();
        if let Some(id) = own {
            self.gather.value(id, Some(time), value, place, sink);
        }
        if let (Some(id), Some(sum)) = (of_sum, sum) {
            self.gather.value(id, Some(time), sum, place, sink);
        }
    }

    /// Emits the records.
    pub(in crate::format) fn finish(self, sink: &mut dyn Sink) {
        self.gather.finish(sink);
    }
}

/// Nanoseconds since 1970, from numbers or from instants.
fn nanoseconds(array: &ArrayRef) -> Option<Values<f64>> {
    let instants = || Some(convert::instants(array)?.into_iter().map(|at| at.map(|at| at as f64 * 1e6)).collect());
    convert::numbers(array).or_else(instants)
}

fn text(column: Option<&Values<String>>, row: usize) -> Option<&str> {
    column?.get(row)?.as_deref().filter(|text| !text.is_empty())
}

fn number(column: Option<&Values<f64>>, row: usize) -> Option<f64> {
    column?.get(row).copied().flatten().filter(|number| number.is_finite())
}
