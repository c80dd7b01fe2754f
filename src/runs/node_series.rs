//! The samples of all workers as rows for other programs: the columns of srt-slurm's own export of a worker, in its order and
//! units, then what tells runs, workers and load windows apart.

use super::processes::{self, Found};
use crate::catalog::instant;
use crate::record::Stat;
use crate::table::{Dimension, Figures, Table};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesCell<'a> {
    /// A text.
    Text(&'a str),
    /// A text that is made here.
    Made(String),
    /// A number.
    Number(f64),
    /// Nothing is known.
    Missing,
}

/// Where a column comes from.
#[derive(Clone, Copy)]
enum From {
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
const COLUMNS: [(&str, From); 33] = [
    ("timestamp", From::Instant),
    ("dp", From::Dimension("dp_rank")),
    ("tp", From::Dimension("tp_rank")),
    ("ep", From::Dimension("ep_rank")),
    ("batch_type", From::Dimension("batch")),
    ("new_seq", From::Figure("new_requests", 1.0)),
    ("new_token", From::Figure("new_tokens", 1.0)),
    ("cached_token", From::Figure("cached_tokens", 1.0)),
    ("token_usage", From::Figure("kv_usage", 0.01)),
    ("running_req", From::Figure("running_requests", 1.0)),
    ("queue_req", From::Figure("queued_requests", 1.0)),
    ("prealloc_req", From::Figure("prealloc_requests", 1.0)),
    ("inflight_req", From::Figure("inflight_requests", 1.0)),
    ("input_throughput", From::Figure("prompt_tps", 1.0)),
    ("transfer_req", From::Figure("transfer_requests", 1.0)),
    ("preallocated_usage", From::Figure("preallocated_usage", 0.01)),
    ("num_tokens", From::Figure("kv_tokens", 1.0)),
    ("gen_throughput", From::Figure("generation_tps", 1.0)),
    ("retracted_req", From::Figure("retracted_requests", 1.0)),
    ("accept_len", From::Figure("accepted_length", 1.0)),
    ("accept_rate", From::Figure("acceptance_rate", 0.01)),
    ("cache_hit_rate", From::Figure("cache_hit_rate", 0.01)),
    ("decode_tokens", From::Figure("decode_tokens", 1.0)),
    ("step_time", From::Figure("step_time", 1.0)),
    ("run", From::Run),
    ("folder", From::Folder),
    ("node", From::Node),
    ("role", From::Role),
    ("worker", From::Worker),
    ("elapsed", From::Elapsed),
    ("level", From::Level),
    ("file", From::Dimension("path")),
    ("place", From::Place),
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
    /// Of all samples, with the windows of the measurements beside them.
    pub fn new(samples: &'a Table, measurements: Option<&Table>) -> NodeSeries<'a> {
        let rows: Vec<usize> = (0..samples.rows()).collect();
        let mut found = processes::read(samples, &rows, measurements);
        found.runs.sort_by(|a, b| a.id.cmp(&b.id));
        let mut order = Vec::new();
        for (run, one) in found.runs.iter().enumerate() {
            for (source, process) in one.sources.iter().enumerate() {
                order.extend((0..process.moments.len()).map(|moment| [run as u32, source as u32, moment as u32]));
            }
        }
        let dimensions = COLUMNS.map(|(_, from)| if let From::Dimension(key) = from { samples.dimension(key) } else { None });
        let figures =
            COLUMNS.map(|(_, from)| if let From::Figure(key, _) = from { samples.figures(key, Stat::Mean) } else { None });
        NodeSeries { table: samples, found, order, dimensions: dimensions.to_vec(), figures: figures.to_vec() }
    }

    /// How many samples there are.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// The names of the columns, and whether they hold numbers.
    pub fn columns() -> impl Iterator<Item = (&'static str, bool)> {
        COLUMNS.iter().map(|(name, from)| (*name, matches!(from, From::Figure(..) | From::Elapsed)))
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
            From::Instant => instant::shown(moment.at).filter(|_| run.dated).map(SeriesCell::Made),
            From::Dimension(_) => self.dimensions.get(column).copied().flatten()?.text(moment.row).map(SeriesCell::Text),
            From::Figure(_, factor) => {
                let value = self.figures.get(column).copied().flatten()?.get(moment.row)?;
                // Dividing by a hundred gives back what the log said; multiplying by a hundredth does not always.
                Some(SeriesCell::Number(if factor < 1.0 { value / (1.0 / factor).round() } else { value }))
            }
            From::Run => text(&run.name),
            From::Folder => text(&run.id),
            From::Node => text(&source.node),
            From::Role => text(&source.role),
            From::Worker => text(&source.worker),
            From::Elapsed => Some(SeriesCell::Number(run.since(moment.at))),
            From::Level => {
                let inside = |window: &&super::load_windows::Window| window.from <= moment.at && moment.at < window.to;
                let window = run.windows.iter().find(inside)?;
                text(&window.level)
            }
            From::Place => text(&self.table.place(moment.row)),
        }
    }
}
