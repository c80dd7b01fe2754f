//! The requests of the runs shown, and the columns that their charts and tables read.

use crate::record::Stat;
use crate::table::{Figures, Table};

/// The metrics in use.
const FIGURES: [&str; 7] = ["ttft", "tpot", "itl", "e2el", "elapsed", "input_tokens", "output_tokens"];

/// The requests of the runs shown.
pub(super) struct Requests<'a> {
    /// By run: requests that succeeded or have no status.
    pub succeeded: Vec<Vec<usize>>,
    /// The columns of [`FIGURES`], looked up once for many requests.
    columns: [Option<Figures<'a>>; FIGURES.len()],
}

impl<'a> Requests<'a> {
    pub(super) fn new(table: &'a Table, succeeded: Vec<Vec<usize>>) -> Requests<'a> {
        Requests { succeeded, columns: FIGURES.map(|metric| table.figures(metric, Stat::Mean)) }
    }

    /// A request's value of a metric.
    pub(super) fn figure(&self, metric: &str, row: usize) -> Option<f64> {
        let at = FIGURES.iter().position(|other| *other == metric)?;
        self.columns.get(at)?.as_ref()?.get(row)
    }

    /// Start and end of a request, in seconds since its run's first request.
    pub(super) fn interval(&self, row: usize) -> Option<(f64, f64)> {
        let start = self.figure("elapsed", row)?;
        Some((start, start + self.figure("e2el", row)? / 1000.0))
    }
}
