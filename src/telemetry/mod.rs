//! What servers and GPUs report over time, put together from samples and counters: engines and GPUs on their clocks, what is
//! counted as increases, and the evidence for a diagnosis.
//!
//! An engine is a scheduler: a worker, or a data-parallel rank of one. What tensor-parallel ranks repeat counts once, shares of
//! a cache are never summed, two names of one thing are never added (`../shared/formats/server-metrics.md` §1).
//! This room knows no pixel and no view.

mod client;
mod counted;
mod cut;
mod devices;
mod evidence;
mod figures;
mod gauges;
mod measured;
mod scraped;
mod sources;
mod united;

pub(crate) use client::{Request, Shift, attach};
pub(crate) use cut::cut;
pub(crate) use devices::{count as count_gpus, once as each_gpu_once};
pub(crate) use evidence::{Subject, counted_attempts, subjects};
pub(crate) use figures::{Drawn, Window, figure};
pub(crate) use gauges::{Together, Track, at as value_at, near as value_near, together};
pub(crate) use measured::{levels, limits};

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::buckets::{Observed, Step};
use crate::runs::load_windows::near;
use crate::table::Table;

/// How moments are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clock {
    /// Seconds since 1970 (UTC).
    Date,
    /// Seconds since the file's start.
    Elapsed,
    /// Scrapes, one after the other: nothing says how far apart.
    Scrapes,
}

/// One source over time.
pub(crate) struct Source {
    /// Stable id.
    pub id: String,
    /// What tells it from others: worker, rank, role, file.
    pub label: String,
    /// The folder of its files.
    pub folder: String,
    /// What tells the server from all others, wherever its files are; `None` where nothing does.
    pub server: Option<String>,
    /// The UUID of a GPU, where it is stated: two captures of it show one GPU.
    pub device: Option<String>,
    /// Whether it reports 0 °C for its memory all the time, as cards without a sensor do.
    pub no_memory_sensor: bool,
    /// How its moments are counted.
    pub clock: Clock,
    /// Gauges by metric, in the catalogue's units.
    pub gauges: BTreeMap<&'static str, Track>,
    /// What counters gained between scrapes, by key and by value of the label that splits them (`""` if none).
    pub counts: BTreeMap<&'static str, BTreeMap<String, Vec<Step<f64>>>>,
    /// What histograms observed between scrapes, in the catalogue's units.
    pub histograms: BTreeMap<&'static str, Vec<Step<Observed>>>,
    /// What they had observed in all at the last scrape.
    pub totals: BTreeMap<&'static str, Observed>,
    /// Its requests as the client saw them, in order of their start.
    pub client: Vec<Request>,
    /// When its counters fell: it was restarted before.
    pub restarts: Vec<f64>,
    /// Whether it is a GPU.
    pub gpu: bool,
    /// The pods and workers that its series name: of a GPU those that it works for.
    pub pods: BTreeSet<String>,
    /// The model of a GPU; empty where it is not stated.
    pub accelerator: String,
    /// Its rows among the samples, in order of time.
    pub rows: Vec<(f64, usize)>,
}

impl Source {
    /// The first and the last moment.
    pub(crate) fn span(&self) -> Option<(f64, f64)> {
        let gauges = self.gauges.values().flat_map(|track| [track.first(), track.last()]).flatten().map(|(at, _)| *at);
        let counted = self.histograms.values().flatten().flat_map(|step| [step.from, step.to]);
        let counts = self.counts.values().flat_map(BTreeMap::values).flatten().flat_map(|step| [step.from, step.to]);
        gauges
            .chain(counted)
            .chain(counts)
            .fold(None, |span: Option<(f64, f64)>, at| Some(span.map_or((at, at), |(low, high)| (low.min(at), high.max(at)))))
    }

    /// The row of the samples nearest before or at a moment.
    pub(crate) fn row_at(&self, moment: f64) -> Option<usize> {
        let after = self.rows.partition_point(|(at, _)| *at <= moment);
        self.rows.get(after.saturating_sub(1)).map(|(_, row)| *row)
    }

    /// A row of the samples at a moment, of several one for which something holds.
    pub(crate) fn row_with(&self, moment: f64, holds: impl Fn(usize) -> bool) -> Option<usize> {
        let from = self.rows.partition_point(|(at, _)| *at < moment);
        let same = self.rows.get(from..).unwrap_or_default().iter().take_while(|(at, _)| *at == moment);
        same.map(|(_, row)| *row).find(|row| holds(*row)).or_else(|| self.row_at(moment))
    }

    /// What a counter gained between scrapes, whatever its labels.
    pub(crate) fn gains(&self, key: &str) -> Vec<Step<f64>> {
        let mut sums: Vec<Step<f64>> = Vec::new();
        for step in self.counts.get(key).into_iter().flat_map(BTreeMap::values).flatten() {
            match sums.binary_search_by(|other| other.to.total_cmp(&step.to)) {
                Ok(at) => {
                    if let Some(sum) = sums.get_mut(at) {
                        sum.by += step.by;
                    }
                }
                Err(at) => sums.insert(at, *step),
            }
        }
        sums
    }
}

/// The engines and GPUs of some rows of the samples and counters, engines first. A server whose scrapes are in several folders
/// is one, unless they are those of runs: of each run it is one for itself.
pub(crate) fn read(
    samples: Option<(&Table, &[usize])>,
    counters: Option<(&Table, &[usize])>,
    measured: Option<&Table>,
) -> Vec<Source> {
    let folders = measured.and_then(|table| table.dimension("folder"));
    let runs: Vec<&str> = folders.iter().flat_map(|of| (0..of.cardinality() as u32).map(|code| of.value(code))).collect();
    sources::read(samples, counters, |folder| runs.iter().any(|run| near(folder, run)))
}
