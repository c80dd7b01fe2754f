//! What every format emits, whatever tool wrote the file: records of a kind, diagnostics, provenance.
//!
//! This room knows nothing of files' layouts, of tables, or of what a metric means; it only fixes the shape in which
//! figures travel from a format to a table. A format writes through a [`Sink`], one record at a time, so that a
//! file of a million rows never exists as a million heap objects.

mod diagnostic;
mod given;
mod kind;
mod load;
mod stat;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use given::Given;
pub use kind::Kind;
pub use load::{Load, LoadKind};
pub use stat::Stat;

use serde::{Deserialize, Serialize};

/// How many dimensions, and how many figures, one file may have. Files of the field have some hundreds; what is there
/// beyond is left out and named, so that a table made to hurt costs no more than others.
pub const MAX_COLUMNS: usize = 4096;

/// How long a text of the identity may be, in bytes; a longer one is cut and named.
pub const MAX_TEXT_BYTES: usize = 64 << 10;

/// How the name of every run of synthetic data begins.
pub const SYNTHETIC: &str = "synthetic-demo";

/// Handle of a dimension column, given out by [`Sink::dimension`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DimensionId(pub u32);

/// Handle of a (metric, statistic) column, given out by [`Sink::metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MetricId(pub u32);

/// One figure: a statistic of a metric, in the catalogue's unit. Never NaN or infinite: missing is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which metric and statistic.
    pub metric: MetricId,
    /// The figure, in the unit that the catalogue gives the metric.
    pub value: f64,
}

/// One row of figures with its identity. Borrowed: the sink copies what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// What it is about.
    pub kind: Kind,
    /// Where in the file the figures stand.
    pub place: &'a Place,
    /// The load that was asked for; [`Load::default`] where the kind has none.
    pub load: Load,
    /// Identity: pairs of dimension and value. Empty text means missing.
    pub identity: &'a [(DimensionId, &'a str)],
    /// The figures.
    pub samples: &'a [Sample],
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
    /// Fills what is still open with what is stated later.
    pub fn fill(&mut self, later: Provenance) {
        self.tool = self.tool.take().or(later.tool);
        self.tool_version = self.tool_version.take().or(later.tool_version);
        self.schema = self.schema.take().or(later.schema);
    }
}

/// Where a format puts what it reads. Nothing here can fail: what is wrong becomes a [`Diagnostic`].
pub trait Sink {
    /// Registers a dimension by its catalogue key (or, for an unknown column, its own name); same key, same handle.
    fn dimension(&mut self, key: &str) -> DimensionId;
    /// Registers a statistic of a metric by its catalogue key (or an unknown column's own name); same pair, same handle.
    fn metric(&mut self, key: &str, stat: Stat) -> MetricId;
    /// Takes one record.
    fn record(&mut self, record: Record<'_>);
    /// Takes one finding.
    fn diagnostic(&mut self, diagnostic: Diagnostic);
    /// States who wrote the file; later calls fill only what earlier ones left open.
    fn provenance(&mut self, provenance: Provenance);
    /// Tells how much of the input is read, from 0 to 1. Cheap enough to call for every row.
    fn progress(&mut self, fraction: f64);
}
