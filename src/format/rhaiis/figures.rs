//! One row's figures, and which metric each belongs to: for tokens that depends on the row's GuideLLM.

use crate::catalog::consolidated::{FAMILIES, Family, INTER_TOKEN, TIME_PER_OUTPUT_TOKEN};
use crate::catalog::metrics;
use crate::catalog::number::plural;
use crate::format::guidellm::names::TimePerOutputToken;
use crate::record::{Diagnostic, MetricId, Place, Sample, Severity, Sink, Stat};

/// The meaning of a metric column.
#[derive(Clone, Copy)]
pub(super) struct Figure {
    metric: MetricId,
    scale: f64,
    /// Its distribution's bit; 0 where it belongs to none.
    family: u32,
    tokens: Tokens,
    /// Whether it may be below 0.
    negative: bool,
}

/// Figures whose metric depends on the row's GuideLLM.
#[derive(Clone, Copy)]
enum Tokens {
    Neither,
    /// Time per output token: the column's own metric where no version is known.
    PerOutput {
        with_first: MetricId,
        without_first: MetricId,
    },
    /// Inter-token latency, which is TPOT as well wherever the version is known.
    Inter {
        tpot: MetricId,
    },
}

impl Figure {
    /// A figure of its own, outside any distribution.
    pub(super) fn new(key: &str, stat: Stat, sink: &mut dyn Sink) -> Figure {
        // An unknown column may have any value.
        let negative = metrics::metric(key).is_none();
        Figure { metric: sink.metric(key, stat), scale: 1.0, family: 0, tokens: Tokens::Neither, negative }
    }

    /// A statistic of a distribution.
    pub(super) fn of(family: &Family, stat: Stat, sink: &mut dyn Sink) -> Figure {
        let tokens = if *family == TIME_PER_OUTPUT_TOKEN {
            let mut metric = |reading: TimePerOutputToken| sink.metric(reading.metric(), stat);
            let with_first = metric(TimePerOutputToken::FromRequest);
            let without_first = metric(TimePerOutputToken::FromFirstToken);
            Tokens::PerOutput { with_first, without_first }
        } else if *family == INTER_TOKEN {
            Tokens::Inter { tpot: sink.metric("tpot", stat) }
        } else {
            Tokens::Neither
        };
        let bit = FAMILIES.iter().position(|other| *other == family).map_or(0, |at| 1 << at);
        Figure { scale: family.factor, family: bit, tokens, ..Figure::new(family.metric, stat, sink) }
    }

    /// The metrics that it is in a row of a GuideLLM with this reading of time per output token.
    pub(super) fn metrics(&self, reading: Option<TimePerOutputToken>) -> [Option<MetricId>; 2] {
        match (self.tokens, reading) {
            (Tokens::Neither, _) | (Tokens::Inter { .. } | Tokens::PerOutput { .. }, None) => [Some(self.metric), None],
            (Tokens::Inter { tpot }, Some(_)) => [Some(self.metric), Some(tpot)],
            (Tokens::PerOutput { with_first, .. }, Some(TimePerOutputToken::FromRequest)) => [Some(with_first), None],
            (Tokens::PerOutput { without_first, .. }, Some(TimePerOutputToken::FromFirstToken)) => [Some(without_first), None],
        }
    }

    /// A cell's number in the metric's unit; `None` if it cannot be such a figure.
    pub(super) fn scaled(&self, value: f64) -> Option<f64> {
        let scaled = value * self.scale;
        ((value >= 0.0 || self.negative) && scaled.is_finite()).then_some(scaled)
    }

    /// Its distribution's bit; 0 where it belongs to none.
    pub(super) fn family(&self) -> u32 {
        self.family
    }

    /// Whether its meaning depends on the row's GuideLLM: time per output token.
    pub(super) fn is_per_output(&self) -> bool {
        matches!(self.tokens, Tokens::PerOutput { .. })
    }

    /// Whether it is one of GuideLLM's own measures.
    pub(super) fn is_guidellm(&self) -> bool {
        !matches!(self.tokens, Tokens::Neither)
    }
}

/// The figures of the present row, and what was noticed about those of all rows.
#[derive(Default)]
pub(super) struct Figures {
    samples: Vec<Sample>,
    /// The distribution of each sample.
    families: Vec<u32>,
    /// Figures whose metric is not decided yet.
    tokens: Vec<(Figure, f64)>,
    /// The distributions with a figure, and those with one that is not 0.
    present: u32,
    sampled: u32,
    empty: u64,
    /// Rows by their definition of time per output token: from 0.4 on, before 0.4, unknown.
    meanings: [u64; 3],
}

impl Figures {
    /// Begins a row.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
        self.families.clear();
        self.tokens.clear();
        self.present = 0;
        self.sampled = 0;
    }

    /// Takes a cell's number; false when it cannot be such a figure.
    pub(super) fn push(&mut self, figure: &Figure, value: f64) -> bool {
        let Some(scaled) = figure.scaled(value) else { return false };
        self.present |= figure.family;
        self.sampled |= if value == 0.0 { 0 } else { figure.family };
        match figure.tokens {
            Tokens::Neither => self.add(figure.metric, scaled, figure.family),
            Tokens::PerOutput { .. } | Tokens::Inter { .. } => self.tokens.push((*figure, scaled)),
        }
        true
    }

    fn add(&mut self, metric: MetricId, value: f64, family: u32) {
        self.samples.push(Sample { metric, value });
        self.families.push(family);
    }

    /// The row's samples. GuideLLM writes a distribution without samples as all zeros,
    /// and is missing.
    pub(super) fn pick(&mut self, version: &str) -> &[Sample] {
        let reading = TimePerOutputToken::of(version);
        let empty = self.present & !self.sampled;
        if empty != 0 {
            let mut families = self.families.iter();
            let before = self.samples.len();
            self.samples.retain(|_| families.next().is_none_or(|family| family & empty == 0));
            self.empty += (before - self.samples.len()) as u64;
        }
        let mut per_output = false;
        for (figure, value) in &self.tokens {
            let value = *value;
            if figure.family & empty != 0 {
                self.empty += 1;
                continue;
            }
            per_output |= figure.is_per_output();
            self.samples.extend(figure.metrics(reading).into_iter().flatten().map(|metric| Sample { metric, value }));
        }
        if per_output {
            self.count(reading);
        }
        &self.samples
    }

    /// Counts a row with a time per output token.
    pub(super) fn count(&mut self, reading: Option<TimePerOutputToken>) {
        self.meanings[match reading {
            Some(TimePerOutputToken::FromRequest) => 0,
            Some(TimePerOutputToken::FromFirstToken) => 1,
            None => 2,
        }] += 1;
    }

    /// Counts figures of distributions without samples.
    pub(super) fn count_empty(&mut self, figures: u64) {
        self.empty += figures;
    }

    /// Reports how metrics were interpreted.
    pub(super) fn report(&self, sink: &mut dyn Sink) {
        let [from_request, from_first, as_named] = self.meanings;
        let readings = [
            (from_request, "as NTPOT (including the first token) in", "measured by GuideLLM 0.4 or later"),
            (from_first, "as TPOT ÷ all tokens in", "measured by GuideLLM 0.2 or 0.3"),
            (as_named, "as TPOT in", "without a GuideLLM version"),
        ];
        let readings = readings.iter().filter(|row| row.0 > 0);
        let readings: Vec<String> =
            readings.map(|(count, how, which)| format!("{how} {} {which}", plural(*count, "row"))).collect();
        if !readings.is_empty() {
            let known = from_request + from_first > 0;
            let tpot = if known { " Where the version is known, TPOT is taken from the itl columns." } else { "" };
            let message = format!("The tpot columns are read {}.{tpot}", readings.join("; "));
            sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }
        if self.empty > 0 {
            let message = format!("{} of distributions without samples are 0; treated as missing.", plural(self.empty, "figure"));
            sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
        }
    }
}
