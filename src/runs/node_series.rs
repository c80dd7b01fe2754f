//! The samples of all workers as rows for other programs: the columns of srt-slurm's worker export, in its order and
//! units, followed by columns that identify run, worker and load window.

use super::run::{self, Found};
use crate::catalog::instant;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::table::{Dimension, Figures, Table};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesCell<'a> {
    /// A text.
    Text(&'a str),
    /// Owned text.
    Made(String),
    /// A number.
    Number(f64),
    /// Missing.
    Missing,
}

/// The source of a column.
#[derive(Clone, Copy)]
enum ColumnSource {
    Instant,
    Dimension(&'static str),
    /// A metric and the factor to the column's unit.
    Figure(&'static str, f64),
    Run,
    Folder,
    Node,
    Role,
    Worker,
    Elapsed,
    Level,
    Place,
}

/// The columns. Shares are of 1, throughputs in tokens per second, `elapsed` in seconds since the run's first sample,
/// `step_time` in milliseconds.
const COLUMNS: [(&str, ColumnSource); 33] = [
    ("timestamp", ColumnSource::Instant),
    ("dp", ColumnSource::Dimension("dp_rank")),
    ("tp", ColumnSource::Dimension("tp_rank")),
    ("ep", ColumnSource::Dimension("ep_rank")),
    ("batch_type", ColumnSource::Dimension("batch")),
    ("new_seq", ColumnSource::Figure("new_requests", 1.0)),
    ("new_token", ColumnSource::Figure("new_tokens", 1.0)),
    ("cached_token", ColumnSource::Figure("cached_tokens", 1.0)),
    ("token_usage", ColumnSource::Figure("kv_usage", 0.01)),
    ("running_req", ColumnSource::Figure("running_requests", 1.0)),
    ("queue_req", ColumnSource::Figure("queued_requests", 1.0)),
    ("prealloc_req", ColumnSource::Figure("prealloc_requests", 1.0)),
    ("inflight_req", ColumnSource::Figure("inflight_requests", 1.0)),
    ("input_throughput", ColumnSource::Figure("prompt_tps", 1.0)),
    ("transfer_req", ColumnSource::Figure("transfer_requests", 1.0)),
    ("preallocated_usage", ColumnSource::Figure("preallocated_usage", 0.01)),
    ("num_tokens", ColumnSource::Figure("kv_tokens", 1.0)),
    ("gen_throughput", ColumnSource::Figure("generation_tps", 1.0)),
    ("retracted_req", ColumnSource::Figure("retracted_requests", 1.0)),
    ("accept_len", ColumnSource::Figure("accepted_length", 1.0)),
    ("accept_rate", ColumnSource::Figure("acceptance_rate", 0.01)),
    ("cache_hit_rate", ColumnSource::Figure("cache_hit_rate", 0.01)),
    ("decode_tokens", ColumnSource::Figure("decode_tokens", 1.0)),
    ("step_time", ColumnSource::Figure("step_time", 1.0)),
    ("run", ColumnSource::Run),
    ("folder", ColumnSource::Folder),
    ("node", ColumnSource::Node),
    ("role", ColumnSource::Role),
    ("worker", ColumnSource::Worker),
    ("elapsed", ColumnSource::Elapsed),
    ("level", ColumnSource::Level),
    ("file", ColumnSource::Dimension("path")),
    ("place", ColumnSource::Place),
];

/// The samples of all runs, run by run, worker by worker, in order of time; every sample of a pipeline's first stage once.
pub struct NodeSeries<'a> {
    table: &'a Table,
    found: Found,
    /// Run, process and moment.
    order: Vec<[u32; 3]>,
    dimensions: Vec<Option<Dimension<'a>>>,
    figures: Vec<Option<Figures<'a>>>,
}

impl<'a> NodeSeries<'a> {
    /// All samples, with the load windows of nearby measurements.
    pub fn new(samples: &'a Table, measurements: Option<&Table>) -> NodeSeries<'a> {
        let rows: Vec<usize> = (0..samples.rows()).collect();
        let mut found = run::read(samples, &rows, measurements);
        found.runs.order_by(|a, b| a.id.cmp(&b.id));
        let mut order = Vec::new();
        for (run, one) in found.runs.iter().enumerate() {
            for (source, process) in one.sources.iter().enumerate() {
                order.extend((0..process.moments.len()).map(|moment| [run as u32, source as u32, moment as u32]));
            }
        }
        let dimensions =
            COLUMNS.map(|(_, from)| if let ColumnSource::Dimension(key) = from { samples.dimension(key) } else { None });
        let figures = COLUMNS
            .map(|(_, from)| if let ColumnSource::Figure(key, _) = from { samples.figures(key, Stat::Mean) } else { None });
        NodeSeries { table: samples, found, order, dimensions: dimensions.to_vec(), figures: figures.to_vec() }
    }

    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Column names, and whether they are numeric.
    pub fn columns() -> impl Iterator<Item = (&'static str, bool)> {
        COLUMNS.iter().map(|(name, from)| (*name, matches!(from, ColumnSource::Figure(..) | ColumnSource::Elapsed)))
    }

    /// A cell, by row and column.
    pub fn cell(&self, row: usize, column: usize) -> SeriesCell<'_> {
        self.find(row, column).unwrap_or(SeriesCell::Missing)
    }

    fn find(&self, row: usize, column: usize) -> Option<SeriesCell<'_>> {
        let [run, source, moment] = self.order.get(row)?.map(|at| at as usize);
        let run = self.found.runs.get(run)?;
        let source = run.sources.get(source)?;
        let moment = source.moments.get(moment)?;
        let text = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned()).map(SeriesCell::Made);
        match COLUMNS.get(column)?.1 {
            ColumnSource::Instant => instant::shown(moment.at).filter(|_| run.dated).map(SeriesCell::Made),
            ColumnSource::Dimension(_) => self.dimensions.get(column).copied().flatten()?.text(moment.row).map(SeriesCell::Text),
            ColumnSource::Figure(_, factor) => {
                let value = self.figures.get(column).copied().flatten()?.get(moment.row)?;
                // Dividing by 100 restores the logged value exactly; multiplying by 0.01 does not always.
                Some(SeriesCell::Number(if factor < 1.0 { value / (1.0 / factor).round() } else { value }))
            }
            ColumnSource::Run => text(&run.name),
            ColumnSource::Folder => text(&run.id),
            ColumnSource::Node => text(&source.node),
            ColumnSource::Role => text(&source.role),
            ColumnSource::Worker => text(&source.worker),
            ColumnSource::Elapsed => Some(SeriesCell::Number(run.since(moment.at))),
            ColumnSource::Level => {
                let inside = |window: &&super::load_windows::Window| window.from <= moment.at && moment.at < window.to;
                let window = run.windows.iter().find(inside)?;
                text(&window.level)
            }
            ColumnSource::Place => text(&self.table.place(moment.row)),
        }
    }
}
