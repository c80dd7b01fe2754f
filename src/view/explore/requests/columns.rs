//! The requests of the runs shown, and the columns that charts and tables read.

use crate::analysis::inflight;
use crate::query::groups::Group;
use crate::record::Stat;
use crate::table::{Figures, Table};

/// The metrics in use.
pub(super) const FIGURES: [&str; 8] =
    ["ttft", "tpot", "itl", "e2el", "elapsed", "input_tokens", "output_tokens", "cached_prompt_tokens"];
/// The outcome of a request that succeeded.
const OK: &str = "ok";
/// How outcomes begin of requests that the end of the benchmark cut off: neither successes nor failures.
const CUT_OFF: [&str; 2] = ["incomplete", "cancel"];

/// The requests of the runs shown. A run is a group: one configuration at one load.
pub(super) struct Requests<'a> {
    /// The table of requests.
    pub table: &'a Table,
    /// The runs.
    pub groups: &'a [&'a Group],
    /// By run: requests that succeeded or have no status.
    pub succeeded: Vec<Vec<usize>>,
    /// By run: requests that succeeded or failed, without those that the end of the benchmark cut off.
    pub finished: Vec<Vec<usize>>,
    /// The columns of [`FIGURES`], looked up once for many requests.
    columns: [Option<Figures<'a>>; FIGURES.len()],
}

impl<'a> Requests<'a> {
    pub(super) fn new(table: &'a Table, groups: &'a [&'a Group]) -> Requests<'a> {
        let status = table.dimension("status");
        let outcome = |row: usize| status.and_then(|column| column.text(row));
        let ok = |row: &usize| outcome(*row).is_none_or(|text| text == OK);
        let whole = |row: &usize| outcome(*row).is_none_or(|text| !CUT_OFF.iter().any(|cut| text.starts_with(cut)));
        let succeeded = groups.iter().map(|group| group.rows.iter().copied().filter(ok).collect()).collect();
        let finished = groups.iter().map(|group| group.rows.iter().copied().filter(whole).collect()).collect();
        Requests { table, groups, succeeded, finished, columns: FIGURES.map(|metric| table.figures(metric, Stat::Mean)) }
    }

    /// A request's value of a metric.
    pub(super) fn figure(&self, metric: &str, row: usize) -> Option<f64> {
        let at = FIGURES.iter().position(|other| *other == metric)?;
        self.columns.get(at)?.as_ref()?.get(row)
    }

    /// Start and end of a request, in seconds since its file's first request.
    pub(super) fn interval(&self, row: usize) -> Option<(f64, f64)> {
        let start = self.figure("elapsed", row)?;
        Some((start, start + self.figure("e2el", row)? / 1000.0))
    }

    /// How many successful requests of a run were in flight from each moment on.
    pub(super) fn in_flight(&self, run: usize) -> Vec<(f64, f64)> {
        let rows = self.succeeded.get(run).into_iter().flatten();
        inflight::steps(rows.filter_map(|row| self.interval(*row)))
    }

    /// From the first start to the last end of a run's successful requests, in seconds.
    pub(super) fn duration(&self, run: usize) -> Option<f64> {
        let rows = self.succeeded.get(run).into_iter().flatten();
        let ends = rows.filter_map(|row| self.interval(*row)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        ends.map(|(start, end)| end - start).filter(|seconds| *seconds > 0.0)
    }

    /// All requests of the runs, whatever became of them.
    pub(super) fn rows(&self) -> Vec<usize> {
        self.groups.iter().flat_map(|group| group.rows.iter().copied()).collect()
    }

    /// How many failed.
    pub(super) fn failed(&self) -> usize {
        self.finished.iter().zip(&self.succeeded).map(|(all, ok)| all.len() - ok.len()).sum()
    }

    /// How many the end of the benchmark cut off.
    pub(super) fn cut_off(&self) -> usize {
        self.groups.iter().zip(&self.finished).map(|(group, finished)| group.rows.len() - finished.len()).sum()
    }
}
