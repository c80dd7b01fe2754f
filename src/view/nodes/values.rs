//! What a process reported of one figure, moment by moment or step by step.

use super::runs::{How, Source};
use crate::analysis::bins::{self, Steps};
use crate::record::Stat;
use crate::table::{Dimension, Figures, Table};

/// A figure of the samples, looked up once for many rows.
pub(in crate::view) struct Reading<'a> {
    figures: Option<Figures<'a>>,
    /// What stands for it where it is not stated: the speed of a step for throughput, in TensorRT-LLM's logs.
    instead: Option<Figures<'a>>,
    /// New and cached prompt tokens of a step.
    tokens: Option<(Figures<'a>, Figures<'a>)>,
    /// The kind of batch, which only SGLang's lines and what is made of them state, and the code of decode.
    decode: Option<(Dimension<'a>, u32)>,
}

/// What was said at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::view) struct Said {
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
    pub(in crate::view) fn of(table: &'a Table, metric: &'static str) -> Reading<'a> {
        let figures = |metric: &str| table.figures(metric, Stat::Mean);
        let batch = table.dimension("batch");
        let instead = match metric {
            "prompt_tps" => "step_prompt_tps",
            "generation_tps" => "step_decode_tps",
            _ => "",
        };
        Reading {
            figures: figures(metric),
            instead: figures(instead),
            tokens: figures("new_tokens").zip(figures("cached_tokens")),
            decode: batch.and_then(|batch| Some((batch, batch.find("decode")?))).filter(|_| metric == "generation_tps"),
        }
    }

    /// Whether a row has the figure.
    pub(in crate::view) fn has(&self, row: usize) -> bool {
        self.get(row).is_some()
    }

    /// Whether a row states the figure itself.
    pub(in crate::view) fn states(&self, row: usize) -> bool {
        self.get(row).is_some_and(|(_, own)| own)
    }

    /// A row's figure, and whether the row states it itself.
    fn get(&self, row: usize) -> Option<(f64, bool)> {
        let own = self.figures.and_then(|figures| figures.get(row)).map(|value| (value, true));
        own.or_else(|| Some((self.instead?.get(row)?, false)))
    }

    /// What a process said, and how many figures were left out as artefacts: SGLang divides the tokens of its first decode
    /// batch after a pause by the whole pause, so a throughput of zero, or the first after a pause, says nothing
    /// (`../shared/formats/srt-slurm.md` §2.4). A server that reports by the clock is believed its zeros.
    pub(in crate::view) fn said(&self, source: &Source) -> (Vec<Said>, usize) {
        if self.figures.is_none() && self.instead.is_none() {
            return (Vec::new(), 0);
        }
        let usual = source.pause / 3.0;
        let (mut said, mut left_out) = (Vec::with_capacity(source.moments.len()), 0);
        let mut before: Option<f64> = None;
        let mut paused = false;
        for moment in &source.moments {
            let Some((value, own)) = self.get(moment.row) else { continue };
            let since = before.filter(|before| moment.at - before <= source.pause);
            let pause = since.is_none();
            before = Some(moment.at);
            let batch = own && self.decode.is_some_and(|(batch, decode)| batch.code(moment.row) == Some(decode));
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
    pub(in crate::view) fn tokens(&self, source: &Source) -> Option<Vec<(f64, f64, f64)>> {
        let (new, cached) = self.tokens?;
        let both = |moment: &super::runs::Moment| {
            let found = cached.get(moment.row).unwrap_or(0.0);
            Some((moment.at, new.get(moment.row)?, found))
        };
        let tokens: Vec<(f64, f64, f64)> = source.moments.iter().filter_map(both).collect();
        (!tokens.is_empty()).then_some(tokens)
    }
}

/// The share of prompt tokens of several processes that were found in a cache, step by step, in percent: sums of tokens, never
/// a mean of shares; and whether no process stated tokens, so that the mean of their own shares had to do.
pub(in crate::view) fn hits(reading: &Reading<'_>, sources: &[&Source], steps: &Steps) -> (Vec<Option<f64>>, bool) {
    let tokens: Vec<Vec<(f64, f64, f64)>> = sources.iter().filter_map(|source| reading.tokens(source)).collect();
    if tokens.is_empty() {
        return (together(reading, sources, steps, How::Mean).values, true);
    }
    let of = |part: fn(&(f64, f64, f64)) -> (f64, f64)| bins::sums(steps, tokens.iter().flatten().map(part));
    let (all, cached) = (of(|(at, new, cached)| (*at, new + cached)), of(|(at, _, cached)| (*at, *cached)));
    (all.iter().zip(cached).map(|(all, cached)| (*all > 0.0).then(|| 100.0 * cached / all)).collect(), false)
}

/// What several processes said together, step by step.
pub(in crate::view) struct Combined {
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
pub(in crate::view) fn together(reading: &Reading<'_>, sources: &[&Source], steps: &Steps, how: How) -> Combined {
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
        bins::add(&mut spread, &stepped(&said, source, steps));
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

/// A rate step by step, where what is said at a moment holds since what was said before it, as engines mean it: so its sum over
/// time is what was really done, however unevenly the process speaks. Of what is said at one moment the mean counts.
pub(in crate::view) fn covered(said: &[Said], steps: &Steps) -> Vec<Option<f64>> {
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
