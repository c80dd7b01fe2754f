//! What every format emits, whatever tool wrote the file: records of a kind, diagnostics, provenance.
//!
//! This room does not know file layouts, tables, or what a metric means; it only defines the shape in which
//! figures travel from a format to a table. A format writes through a [`Sink`], one record at a time, so that a
//! file of a million rows never exists as a million heap objects.

mod diagnostic;
mod given;
mod kind;
mod load;
#[cfg(test)]
pub mod said;
mod stat;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use given::Given;
pub use kind::Kind;
pub use load::{Load, LoadKind};
pub use stat::Stat;

use serde::{Deserialize, Serialize};

/// The maximum number of dimensions, and of figures, per file. Real files have some hundreds; any
/// excess is skipped with a diagnostic, so that a hostile table costs no more than others.
pub const MAX_COLUMNS: usize = 4096;

/// The maximum length of an identity text, in bytes; a longer one is truncated with a diagnostic.
pub const MAX_TEXT_BYTES: usize = 64 << 10;

/// The prefix of every synthetic run's name.
pub const SYNTHETIC: &str = "synthetic-demo";

/// Handle of a dimension column, returned by [`Sink::dimension`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DimensionId(pub u32);

/// Handle of a (metric, statistic) column, returned by [`Sink::metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetricId(pub u32);

/// One figure: a statistic of a metric, in the catalogue's unit. Never NaN or infinite: missing is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which metric and statistic.
    pub metric: MetricId,
    /// The value, in the metric's catalogue unit.
    pub value: f64,
}

/// One row of figures with its identity. Borrowed: the sink copies what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The kind of record.
    pub kind: Kind,
    /// The place of the figures in the file.
    pub place: &'a Place,
    /// The requested load; [`Load::default`] for kinds without one.
    pub load: Load,
    /// Identity: pairs of dimension and value. Empty text means missing.
    pub identity: &'a [(DimensionId, &'a str)],
    /// The figures.
    pub samples: &'a [Sample],
}

/// Records of one kind, column by column. What a record does not have is an empty text, or not a number.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The kind of all of them.
    pub kind: Kind,
    /// About how many such records there will be in all, so that there is room for them.
    pub about: usize,
    /// The line of each.
    pub lines: &'a [u64],
    /// The requested load of each.
    pub loads: &'a [Load],
    /// The dimensions that they may have.
    pub dimensions: &'a [DimensionId],
    /// The texts of all records in the first dimension, then those in the second, and so on.
    pub texts: &'a [&'a str],
    /// The figures that they may have.
    pub metrics: &'a [MetricId],
    /// Those of all records, metric by metric.
    pub figures: &'a [f64],
}

impl<'a> Block<'a> {
    /// The dimensions with their texts.
    pub fn identity(&self) -> impl Iterator<Item = (DimensionId, &'a [&'a str])> + use<'a> {
        self.dimensions.iter().copied().zip(self.texts.chunks(self.lines.len().max(1)))
    }

    /// The metrics with their figures.
    pub fn samples(&self) -> impl Iterator<Item = (MetricId, &'a [f64])> + use<'a> {
        self.metrics.iter().copied().zip(self.figures.chunks(self.lines.len().max(1)))
    }

    /// Hands the records over one by one.
    #[cfg(test)]
    pub fn each(&self, take: &mut dyn FnMut(Record<'_>)) {
        let (mut identity, mut samples) = (Vec::new(), Vec::new());
        for (row, (line, load)) in self.lines.iter().zip(self.loads).enumerate() {
            identity.clear();
            identity.extend(self.identity().map(|(id, texts)| (id, texts[row])).filter(|(_, text)| !text.is_empty()));
            samples.clear();
            let figures = self.samples().map(|(metric, figures)| Sample { metric, value: figures[row] });
            samples.extend(figures.filter(|sample| !sample.value.is_nan()));
            let place = &Place::Line(*line);
            take(Record { kind: self.kind, place, load: *load, identity: &identity, samples: &samples });
        }
    }
}

/// Who wrote a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The tool's name, e.g. `GuideLLM`.
    pub tool: Option<String>,
    /// The tool's version as the file states it.
    pub tool_version: Option<String>,
    /// The file's schema or generation, e.g. `2` or `52 columns`.
    pub schema: Option<String>,
}

impl Provenance {
    /// Fills missing fields from later statements.
    pub fn fill(&mut self, later: Provenance) {
        self.tool = self.tool.take().or(later.tool);
        self.tool_version = self.tool_version.take().or(later.tool_version);
        self.schema = self.schema.take().or(later.schema);
    }
}

/// The destination of everything a format reads. Nothing here can fail: problems become [`Diagnostic`]s.
pub trait Sink {
    /// Registers a dimension by its catalogue key (or, for an unknown column, its own name); same key, same handle.
    fn dimension(&mut self, key: &str) -> DimensionId;
    /// Registers a statistic of a metric by its catalogue key (or an unknown column's own name); same pair, same handle.
    fn metric(&mut self, key: &str, stat: Stat) -> MetricId;
    /// Adds a record.
    fn record(&mut self, record: Record<'_>);
    /// Adds many records. False, and none is added, where they are to come one by one.
    fn block(&mut self, _block: &Block<'_>) -> bool {
        false
    }
    /// Adds a diagnostic.
    fn diagnostic(&mut self, diagnostic: Diagnostic);
    /// States which tool wrote the file; later calls only fill fields that earlier ones left unset.
    fn provenance(&mut self, provenance: Provenance);
    /// Reports the share of the input read so far, from 0 to 1. Cheap enough to call for every row.
    fn progress(&mut self, fraction: f64);
    /// Whether single requests that a file lists beside its summary are wanted as records; if not, a format only counts
    /// them ([`Sink::skip_requests`]).
    fn wants_requests(&self) -> bool {
        false
    }
    /// Says that the format itself reports measurements that are in the file twice.
    fn reports_repeats(&mut self) {}
    /// Counts single requests that were not read because they are not wanted.
    fn skip_requests(&mut self, _count: usize) {}
}

/// Keeps what is found in a file, and none of its figures.
#[derive(Default)]
pub struct DiagnosticsOnly(pub Vec<Diagnostic>);

impl Sink for DiagnosticsOnly {
    fn dimension(&mut self, _: &str) -> DimensionId {
        DimensionId(0)
    }

    fn metric(&mut self, _: &str, _: Stat) -> MetricId {
        MetricId(0)
    }

    fn record(&mut self, _: Record<'_>) {}

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    fn provenance(&mut self, _: Provenance) {}

    fn progress(&mut self, _: f64) {}
}
