//! What a process reported of one figure, moment by moment or step by step.

use super::processes::{How, Source};
use crate::analysis::bins::{self, Steps};
use crate::record::Stat;
use crate::table::{Dimension, Figures, Table};

/// A figure of the samples, looked up once for many rows.
pub(crate) struct Reading<'a> {
    figures: Option<Figures<'a>>,
    /// What batches computed: a throughput follows from it where no line states one, as in TensorRT-LLM's logs.
    batches: Option<Batches<'a>>,
    /// New and cached prompt tokens of a step.
    tokens: Option<(Figures<'a>, Figures<'a>)>,
    /// The kind of batch, which only SGLang's lines and what is made of them state, and the code of decode.
    decode: Option<(Dimension<'a>, u32)>,
}

/// What batches computed.
#[derive(Clone, Copy)]
struct Batches<'a> {
    /// Tokens of a batch.
    tokens: Figures<'a>,
    /// Those of its prompt tokens that were found in a cache, beside the others.
    cached: Option<Figures<'a>>,
    /// The number and the time (in milliseconds) of a decode step: not every step has a line, and the next one tells how many
    /// had none.
    step: Option<(Figures<'a>, Option<Figures<'a>>)>,
}

/// What was said at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Said {
    /// Seconds since 1970.
    pub at: f64,
    /// The figure.
    pub value: f64,
    /// The time to which a rate applies begins here: with what was said before, or, after a pause, as long before as the
    /// process usually waits.
    pub since: f64,
    /// Its row.
    pub row: usize,
    /// Whether the process was silent before it for so long that nothing joins it with what was said before.
    pub after_pause: bool,
}

impl<'a> Reading<'a> {
    /// Of a metric.
    pub(crate) fn of(table: &'a Table, metric: &'static str) -> Reading<'a> {
        let figures = |metric: &str| table.figures(metric, Stat::Mean);
        let batch = table.dimension("batch");
        // Without numbers of steps nobody knows how many had no line.
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

    /// Of the prompt tokens of batches, whether or not a throughput is stated beside them: servers that state one leave out
    /// what was cached.
    pub(crate) fn of_prompts(table: &'a Table) -> Reading<'a> {
        Reading { figures: None, batches: Batches::of_prompts(table), tokens: None, decode: None }
    }

    /// Whether a row has the figure, or tokens that it follows from.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.states(row) || self.batches.is_some_and(|batches| batches.tokens(row).is_some())
    }

    /// Whether a row states the figure itself.
    pub(crate) fn states(&self, row: usize) -> bool {
        self.get(row).is_some()
    }

    fn get(&self, row: usize) -> Option<f64> {
        self.figures?.get(row)
    }

    /// What the batches of a process computed, if the figure follows from them: no line of it states the figure.
    pub(crate) fn computed(&self, source: &Source) -> Option<Vec<Said>> {
        let batches = self.batches.filter(|_| !source.moments.iter().any(|moment| self.states(moment.row)))?;
        Some(batches.rates(source)).filter(|rates| !rates.is_empty())
    }

    /// How much a process did between two moments: the integral of a rate. The prompts of a batch count where it is stamped,
    /// as a whole, and a stamp in whole seconds is up to a second early; `None` where the process does not say.
    pub(crate) fn done(&self, source: &Source, from: f64, to: f64) -> Option<f64> {
        let prompts = self.batches.is_some_and(|batches| batches.step.is_none());
        if let Some(rates) = self.computed(source).filter(|_| prompts) {
            let begun = |at: f64| if source.resolution > 0.0 { at + source.resolution > from } else { at >= from };
            let inside = rates.iter().filter(|said| begun(said.at) && said.at < to);
            return Some(inside.map(|said| said.value * (said.at - said.since)).sum());
        }
        let (said, left_out) = self.said(source);
        let whole = Steps::within(from, to, f64::INFINITY);
        let rate = covered(&said, &whole).into_iter().flatten().next();
        rate.filter(|_| !said.is_empty() || left_out > 0).map(|rate| rate * whole.width)
    }

    /// What a process said, and how many figures were left out as artefacts: SGLang divides the tokens of its first decode
    /// batch after a pause by the whole pause, so a throughput of zero, or the first after a pause, says nothing
    /// (`../shared/formats/srt-slurm.md` §2.4). A server that reports by the clock is believed its zeros.
    pub(crate) fn said(&self, source: &Source) -> (Vec<Said>, usize) {
        if let Some(rates) = self.computed(source) {
            return (rates, 0);
        }
        let usual = source.pause / 3.0;
        let (mut said, mut left_out) = (Vec::with_capacity(source.moments.len()), 0);
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
            let after_pause = (pause || std::mem::take(&mut paused)) && !said.is_empty();
            let since = since.unwrap_or(moment.at - usual);
            said.push(Said { at: moment.at, value, since, row: moment.row, after_pause });
        }
        (said, left_out)
    }

    /// Tokens that a process computed and found in its cache, moment by moment; `None` where it does not say.
    pub(crate) fn tokens(&self, source: &Source) -> Option<Vec<(f64, f64, f64)>> {
        let (new, cached) = self.tokens?;
        let both = |moment: &super::processes::Moment| {
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

    /// Tokens per second, stamp by stamp: what all batches of one stamp computed, over the time since the stamp before. After a
    /// pause that time is not known: then the usual one counts, and no more steps than it has room for.
    fn rates(&self, source: &Source) -> Vec<Said> {
        let usual = source.pause / 3.0;
        let mut rates: Vec<Said> = Vec::new();
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
            rates.push(Said { at, value: tokens / (at - since), since, row, after_pause });
        }
        rates
    }

    /// For how many steps a line stands, those without a line since the one before it among them; in so many seconds.
    fn steps(&self, row: usize, before: &mut Option<f64>, room: f64) -> f64 {
        let Some((number, time)) = self.step.and_then(|(number, time)| Some((number.get(row)?, time))) else { return 1.0 };
        // Numbers begin at 1, and again when an engine does.
        let passed = number - before.replace(number).unwrap_or_default();
        let time = time.and_then(|time| time.get(row)).filter(|time| *time > 0.0);
        let most = if room.is_finite() { time.map_or(1.0, |time| room * 1000.0 / time) } else { room };
        passed.min(most).max(1.0)
    }
}

/// The share of prompt tokens of several processes that were found in a cache, step by step, in percent: sums of tokens, never
/// a mean of shares; and whether no process stated tokens, so that the mean of their own shares had to do.
pub(crate) fn hits(reading: &Reading<'_>, sources: &[&Source], steps: &Steps) -> (Vec<Option<f64>>, bool) {
    let tokens: Vec<Vec<(f64, f64, f64)>> = sources.iter().filter_map(|source| reading.tokens(source)).collect();
    if tokens.is_empty() {
        return (together(reading, sources, steps, How::Mean).values, true);
    }
    let of = |part: fn(&(f64, f64, f64)) -> (f64, f64)| bins::sums(steps, tokens.iter().flatten().map(part));
    let (all, cached) = (of(|(at, new, cached)| (*at, new + cached)), of(|(at, _, cached)| (*at, *cached)));
    (all.iter().zip(cached).map(|(all, cached)| (*all > 0.0).then(|| 100.0 * cached / all)).collect(), false)
}

/// What several processes said together, step by step.
pub(crate) struct Combined {
    /// Their sum or mean; nothing where none of them says anything.
    pub values: Vec<Option<f64>>,
    /// The lowest and the highest of them, and how many they are.
    pub spread: Vec<bins::Together>,
    /// Some of the rows behind each step.
    pub rows: Vec<Vec<usize>>,
    /// Throughputs left out as artefacts.
    pub left_out: usize,
}

/// Rows that are kept for the details of one step: what a person looks through.
const ROWS: usize = 50;

/// Several processes together, step by step.
pub(crate) fn together(reading: &Reading<'_>, sources: &[&Source], steps: &Steps, how: How) -> Combined {
    let mut spread = vec![bins::Together::default(); steps.count];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); steps.count];
    let mut left_out = 0;
    for source in sources {
        let (said, artefacts) = reading.said(source);
        left_out += artefacts;
        for (at, row) in said.iter().filter_map(|said| Some((steps.of(said.at)?, said.row))) {
            if let Some(rows) = rows.get_mut(at).filter(|rows| rows.len() < ROWS) {
                rows.push(row);
            }
        }
        let values = if reading.computed(source).is_some() { worked(&said, steps) } else { stepped(&said, source, steps) };
        bins::add(&mut spread, &values);
    }
    let value = |step: &bins::Together| if how == How::Sum { step.total() } else { step.mean() };
    Combined { values: spread.iter().map(value).collect(), spread, rows, left_out }
}

/// One value a step: the mean of what a process said in it, else what it said last, until it is silent for longer than a pause.
fn stepped(said: &[Said], source: &Source, steps: &Steps) -> Vec<Option<f64>> {
    let mut values = bins::means(steps, said.iter().map(|said| (said.at, said.value)));
    bins::hold(&mut values, (source.pause / steps.width).ceil() as usize);
    values
}

/// A rate that follows from batches, step by step; nothing where none was computed.
fn worked(said: &[Said], steps: &Steps) -> Vec<Option<f64>> {
    let always: Vec<Said> = said.iter().map(|said| Said { value: 1.0, ..*said }).collect();
    let known = covered(&always, steps).into_iter().map(|share| share.filter(|share| *share > 0.0));
    covered(said, steps).into_iter().zip(known).map(|(rate, known)| known.and(rate)).collect()
}

/// A rate step by step, where what is said at a moment holds since what was said before it, as engines mean it: so its sum over
/// time is what was really done, however unevenly the process speaks. Of what is said at one moment the mean counts.
pub(crate) fn covered(said: &[Said], steps: &Steps) -> Vec<Option<f64>> {
    let mut sums = vec![0.0; steps.count];
    for moment in said.chunk_by(|a, b| a.at == b.at) {
        let (Some(first), count) = (moment.first(), moment.len() as f64) else { continue };
        let rate = moment.iter().map(|said| said.value).sum::<f64>() / count;
        // Counted from the first step: seconds since 1970 leave no digits for parts of a microsecond.
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
