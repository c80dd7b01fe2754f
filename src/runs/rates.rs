//! The values of one metric of a process, by sample or by time step.

use super::process::{Aggregation, Sample, Source};
use crate::analysis::bins::{self, Steps};
use crate::record::Stat;
use crate::table::{Dimension, Figures, Table};

/// A metric of the samples; its columns are looked up once.
pub(crate) struct Reading<'a> {
    figures: Option<Figures<'a>>,
    /// Batch tokens: the source of throughput if no line states one, as in TensorRT-LLM's logs.
    batches: Option<Batches<'a>>,
    /// New and cached prompt tokens of a step.
    tokens: Option<(Figures<'a>, Figures<'a>)>,
    /// The kind of batch (SGLang only) and the code of decode.
    decode: Option<(Dimension<'a>, u32)>,
}

/// Tokens computed by batches.
#[derive(Clone, Copy)]
struct Batches<'a> {
    /// Tokens of a batch.
    tokens: Figures<'a>,
    /// Its cached prompt tokens.
    cached: Option<Figures<'a>>,
    /// Number and time (ms) of a decode step. Not every step has a line; the next line reveals how many
    /// were skipped.
    step: Option<(Figures<'a>, Option<Figures<'a>>)>,
}

/// A reported value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reported {
    /// Seconds since 1970.
    pub at: f64,
    /// The value.
    pub value: f64,
    /// Start of the interval of a rate: the previous value or, after a pause, one usual reporting interval
    /// earlier.
    pub since: f64,
    /// Its row.
    pub row: usize,
    /// Whether a pause separates it from the previous value.
    pub after_pause: bool,
}

impl<'a> Reading<'a> {
    /// Reads a metric.
    pub(crate) fn of(table: &'a Table, metric: &'static str) -> Reading<'a> {
        let figures = |metric: &str| table.figures(metric, Stat::Mean);
        let batch = table.dimension("batch");
        // Without step numbers, skipped steps cannot be counted.
        let generated = || {
            let step = Some((figures("iteration")?, figures("step_time")));
            Some(Batches { tokens: figures("decode_tokens")?, cached: None, step })
        };
        let batches = match metric {
            "prompt_tps" => Batches::of_prompts(table),
            "generation_tps" => generated(),
            _ => None,
        };
        Reading {
            figures: figures(metric),
            batches,
            tokens: figures("new_tokens").zip(figures("cached_tokens")),
            decode: batch.and_then(|batch| Some((batch, batch.find("decode")?))).filter(|_| metric == "generation_tps"),
        }
    }

    /// Reads batch prompt tokens even if a throughput is stated as well: a stated throughput excludes
    /// cached tokens.
    pub(crate) fn of_prompts(table: &'a Table) -> Reading<'a> {
        Reading { figures: None, batches: Batches::of_prompts(table), tokens: None, decode: None }
    }

    /// Whether a row has the metric, or tokens to compute it from.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.states(row) || self.batches.is_some_and(|batches| batches.tokens(row).is_some())
    }

    /// Whether a row states the metric itself.
    pub(crate) fn states(&self, row: usize) -> bool {
        self.get(row).is_some()
    }

    fn get(&self, row: usize) -> Option<f64> {
        self.figures?.get(row)
    }

    /// The batches of a process, if the metric must be computed from them because no line states it.
    pub(crate) fn computed(&self, source: &Source) -> Option<Vec<Reported>> {
        let batches = self.batches.filter(|_| !source.moments.iter().any(|moment| self.states(moment.row)))?;
        Some(batches.rates(source)).filter(|rates| !rates.is_empty())
    }

    /// Integral of a rate of a process between two times. The prompts of a batch count entirely at its
    /// timestamp, and timestamps in whole seconds are up to one second early. `None` without data.
    pub(crate) fn done(&self, source: &Source, from: f64, to: f64) -> Option<f64> {
        let prompts = self.batches.is_some_and(|batches| batches.step.is_none());
        if let Some(rates) = self.computed(source).filter(|_| prompts) {
            let begun = |at: f64| if source.resolution > 0.0 { at + source.resolution > from } else { at >= from };
            let inside = rates.iter().filter(|reported| begun(reported.at) && reported.at < to);
            return Some(inside.map(|reported| reported.value * (reported.at - reported.since)).sum());
        }
        let (reported, left_out) = self.reported(source);
        let whole = Steps::within(from, to, f64::INFINITY);
        let rate = covered(&reported, &whole).into_iter().flatten().next();
        rate.filter(|_| !reported.is_empty() || left_out > 0).map(|rate| rate * whole.width)
    }

    /// The values of a process, and the number of artefacts left out: SGLang divides the tokens of its first decode
    /// batch after a pause by the whole pause, so a throughput of zero, or the first after a pause, says nothing
    /// (`../shared/formats/srt-slurm.md` §2.4). Zeros count for servers that report periodically.
    pub(crate) fn reported(&self, source: &Source) -> (Vec<Reported>, usize) {
        if let Some(rates) = self.computed(source) {
            return (rates, 0);
        }
        let usual = source.pause / 3.0;
        let (mut reported, mut left_out) = (Vec::with_capacity(source.moments.len()), 0);
        let mut before: Option<f64> = None;
        let mut paused = false;
        for moment in &source.moments {
            let Some(value) = self.get(moment.row) else { continue };
            let since = before.filter(|before| moment.at - before <= source.pause);
            let pause = since.is_none();
            before = Some(moment.at);
            let batch = self.decode.is_some_and(|(batch, decode)| batch.code(moment.row) == Some(decode));
            if batch && (value <= 0.0 || pause) {
                paused |= pause;
                left_out += 1;
                continue;
            }
            let after_pause = (pause || std::mem::take(&mut paused)) && !reported.is_empty();
            let since = since.unwrap_or(moment.at - usual);
            reported.push(Reported { at: moment.at, value, since, row: moment.row, after_pause });
        }
        (reported, left_out)
    }

    /// Computed and cached tokens of a process by sample; `None` if it does not report them.
    pub(crate) fn tokens(&self, source: &Source) -> Option<Vec<(f64, f64, f64)>> {
        let (new, cached) = self.tokens?;
        let both = |moment: &Sample| {
            let found = cached.get(moment.row).unwrap_or(0.0);
            Some((moment.at, new.get(moment.row)?, found))
        };
        let tokens: Vec<(f64, f64, f64)> = source.moments.iter().filter_map(both).collect();
        (!tokens.is_empty()).then_some(tokens)
    }
}

impl<'a> Batches<'a> {
    fn of_prompts(table: &'a Table) -> Option<Batches<'a>> {
        let figures = |metric: &str| table.figures(metric, Stat::Mean);
        Some(Batches { tokens: figures("new_tokens")?, cached: figures("cached_tokens"), step: None })
    }

    /// Tokens of the batch of a row.
    fn tokens(&self, row: usize) -> Option<f64> {
        let counted = self.step.is_none_or(|(number, _)| number.get(row).is_some());
        let tokens = self.tokens.get(row).filter(|_| counted)?;
        Some(tokens + self.cached.and_then(|cached| cached.get(row)).unwrap_or(0.0))
    }

    /// Tokens per second by timestamp: the tokens of all batches at one timestamp ÷ time since the previous one. After a
    /// pause that time is not known: then the usual one counts, and no more steps than it has room for.
    fn rates(&self, source: &Source) -> Vec<Reported> {
        let usual = source.pause / 3.0;
        let mut rates: Vec<Reported> = Vec::new();
        let (mut before, mut step): (Option<f64>, Option<f64>) = (None, None);
        for stamp in source.moments.chunk_by(|a, b| a.at == b.at) {
            let told = stamp.iter().find(|moment| self.tokens(moment.row).is_some());
            let Some((at, row)) = told.map(|moment| (moment.at, moment.row)) else { continue };
            let joined = before.filter(|before| at - before <= source.pause);
            let since = joined.unwrap_or(at - usual);
            let mut room = if joined.is_some() { f64::INFINITY } else { usual };
            let mut tokens = 0.0;
            for row in stamp.iter().map(|moment| moment.row) {
                let Some(found) = self.tokens(row) else { continue };
                tokens += found * self.steps(row, &mut step, room);
                room = f64::INFINITY;
            }
            before = Some(at);
            let after_pause = joined.is_none() && !rates.is_empty();
            rates.push(Reported { at, value: tokens / (at - since), since, row, after_pause });
        }
        rates
    }

    /// Number of steps that a line covers, including steps without a line since the previous one, and their duration.
    fn steps(&self, row: usize, before: &mut Option<f64>, room: f64) -> f64 {
        let Some((number, time)) = self.step.and_then(|(number, time)| Some((number.get(row)?, time))) else { return 1.0 };
        // Numbers start at 1, and restart with the engine.
        let passed = number - before.replace(number).unwrap_or_default();
        let time = time.and_then(|time| time.get(row)).filter(|time| *time > 0.0);
        let most = if room.is_finite() { time.map_or(1.0, |time| room * 1000.0 / time) } else { room };
        passed.min(most).max(1.0)
    }
}

/// Cache hit rate of several processes by step, in percent: a ratio of token sums, never
/// a mean of rates; and whether no process reports tokens, so that it falls back to the mean of reported rates.
pub(crate) fn hits(reading: &Reading<'_>, sources: &[&Source], steps: &Steps) -> (Vec<Option<f64>>, bool) {
    let tokens: Vec<Vec<(f64, f64, f64)>> = sources.iter().filter_map(|source| reading.tokens(source)).collect();
    if tokens.is_empty() {
        return (combine(reading, sources, steps, Aggregation::Mean).values, true);
    }
    let of = |part: fn(&(f64, f64, f64)) -> (f64, f64)| bins::sums(steps, tokens.iter().flatten().map(part));
    let (all, cached) = (of(|(at, new, cached)| (*at, new + cached)), of(|(at, _, cached)| (*at, *cached)));
    (all.iter().zip(cached).map(|(all, cached)| (*all > 0.0).then(|| 100.0 * cached / all)).collect(), false)
}

/// Combined values of several processes by step.
pub(crate) struct Combined {
    /// Sum or mean; missing if no process reports.
    pub values: Vec<Option<f64>>,
    /// Minimum, maximum and count.
    pub spread: Vec<bins::Together>,
    /// Some of the rows behind each step.
    pub rows: Vec<Vec<usize>>,
    /// Throughputs left out as artefacts.
    pub left_out: usize,
}

/// Maximum number of rows attached to one step.
const ROWS: usize = 50;

/// Combines several processes by step.
pub(crate) fn combine(reading: &Reading<'_>, sources: &[&Source], steps: &Steps, aggregation: Aggregation) -> Combined {
    let mut spread = vec![bins::Together::default(); steps.count];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); steps.count];
    let mut left_out = 0;
    for source in sources {
        let (reported, artefacts) = reading.reported(source);
        left_out += artefacts;
        for (at, row) in reported.iter().filter_map(|reported| Some((steps.of(reported.at)?, reported.row))) {
            if let Some(rows) = rows.get_mut(at).filter(|rows| rows.len() < ROWS) {
                rows.push(row);
            }
        }
        let values =
            if reading.computed(source).is_some() { worked(&reported, steps) } else { stepped(&reported, source, steps) };
        bins::add(&mut spread, &values);
    }
    let value = |step: &bins::Together| if aggregation == Aggregation::Sum { step.total() } else { step.mean() };
    Combined { values: spread.iter().map(value).collect(), spread, rows, left_out }
}

/// One value per step: the mean of the values in it, or else the last value, until a pause.
fn stepped(reported: &[Reported], source: &Source, steps: &Steps) -> Vec<Option<f64>> {
    let mut values = bins::means(steps, reported.iter().map(|reported| (reported.at, reported.value)));
    bins::hold(&mut values, (source.pause / steps.width).ceil() as usize);
    values
}

/// A rate computed from batches by step; missing without batches.
fn worked(reported: &[Reported], steps: &Steps) -> Vec<Option<f64>> {
    let always: Vec<Reported> = reported.iter().map(|reported| Reported { value: 1.0, ..*reported }).collect();
    let known = covered(&always, steps).into_iter().map(|share| share.filter(|share| *share > 0.0));
    covered(reported, steps).into_iter().zip(known).map(|(rate, known)| known.and(rate)).collect()
}

/// A rate by step. Each value applies since the previous one, as engines define it, so its integral over
/// time equals the work done regardless of reporting intervals. Values at one timestamp are averaged.
pub(crate) fn covered(reported: &[Reported], steps: &Steps) -> Vec<Option<f64>> {
    let mut sums = vec![0.0; steps.count];
    for moment in reported.chunk_by(|a, b| a.at == b.at) {
        let (Some(first), count) = (moment.first(), moment.len() as f64) else { continue };
        let rate = moment.iter().map(|reported| reported.value).sum::<f64>() / count;
        // Relative to the first step: seconds since 1970 have no digits below a microsecond.
        let end = steps.width * steps.count as f64;
        let (from, to) = ((first.since - steps.start).max(0.0), (first.at - steps.start).min(end));
        let first_step = (from / steps.width).floor().max(0.0) as usize;
        for (at, sum) in sums.iter_mut().enumerate().skip(first_step) {
            let begins = steps.width * at as f64;
            if begins >= to {
                break;
            }
            *sum += rate * (to.min(begins + steps.width) - from.max(begins)).max(0.0);
        }
    }
    sums.into_iter().map(|sum| Some(sum / steps.width)).collect()
}
