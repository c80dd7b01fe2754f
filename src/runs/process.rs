//! A reporting process: a rank of a worker, and its samples over time.

use std::collections::BTreeMap;

/// The server metrics, each with its aggregation over processes.
pub(crate) static FIGURES: [(&str, Aggregation); 19] = [
    ("prompt_tps", Aggregation::Sum),
    ("generation_tps", Aggregation::Sum),
    ("running_requests", Aggregation::Sum),
    ("queued_requests", Aggregation::Sum),
    ("inflight_requests", Aggregation::Sum),
    ("prealloc_requests", Aggregation::Sum),
    ("transfer_requests", Aggregation::Sum),
    ("retracted_requests", Aggregation::Sum),
    ("kv_usage", Aggregation::Mean),
    ("preallocated_usage", Aggregation::Mean),
    ("swa_kv_usage", Aggregation::Mean),
    ("mamba_usage", Aggregation::Mean),
    ("kv_tokens", Aggregation::Sum),
    ("cache_hit_rate", Aggregation::Hits),
    ("accepted_length", Aggregation::Mean),
    ("acceptance_rate", Aggregation::Mean),
    ("step_time", Aggregation::Mean),
    ("step_prompt_tps", Aggregation::Mean),
    ("step_decode_tps", Aggregation::Mean),
];

/// Aggregation over processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    /// Sum: throughput, requests, tokens.
    Sum,
    /// Mean: ratios, lengths, times.
    Mean,
    /// Cached ÷ all prompt tokens of a step: a mean of ratios would weight a prompt of ten tokens like one of ten
    /// thousand.
    Hits,
}

/// One sample of a process.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Seconds since 1970, or since the first line of the process if the run has no date.
    pub at: f64,
    /// Its row.
    pub row: usize,
}

/// A reporting process.
pub(crate) struct Source {
    /// The host, if known.
    pub node: String,
    /// `prefill`, `decode` or `agg`; empty if unknown.
    pub role: String,
    /// The worker, or the file if the worker is unnamed.
    pub worker: String,
    /// The rank within the worker; empty if there is only one.
    pub rank: String,
    /// Its samples, in order of time.
    pub moments: Vec<Sample>,
    /// Gap between samples that counts as a pause, in seconds.
    pub pause: f64,
    /// Maximum error of its timestamps, in seconds: those in whole seconds are up to one second early.
    pub resolution: f64,
}

impl Source {
    /// The process limited to a time range, plus enough neighbouring samples to keep rates and pauses within it unchanged, so
    /// that the cost depends on the window, not on the log. Includes the sample before the range: batches count from it.
    pub(crate) fn within(&self, from: f64, to: f64) -> Source {
        let margin = 1.5 * self.pause;
        let first = self.moments.partition_point(|moment| moment.at < from - margin);
        let last = self.moments.partition_point(|moment| moment.at <= to + margin);
        let first = first.saturating_sub(1);
        let [node, role, worker, rank] = [&self.node, &self.role, &self.worker, &self.rank].map(Clone::clone);
        Source {
            node,
            role,
            worker,
            rank,
            moments: self.moments.get(first..last).unwrap_or_default().to_vec(),
            pause: self.pause,
            resolution: self.resolution,
        }
    }

    /// The worker of this process.
    pub(crate) fn of_worker(&self) -> (&str, &str, &str) {
        (&self.role, &self.worker, if self.worker.is_empty() { &self.node } else { "" })
    }
}

/// Rows of a process by tensor-parallel rank.
pub(crate) struct Process {
    /// Its first row.
    pub first: usize,
    /// Whether its clock has dates.
    pub dated: bool,
    /// Samples by rank.
    pub by_tp: BTreeMap<u32, Vec<Sample>>,
}

/// Sort position of a role: the order in which requests pass through.
pub(crate) fn place(role: &str) -> usize {
    ["prefill", "decode", "agg"].iter().position(|known| *known == role).unwrap_or(3)
}
