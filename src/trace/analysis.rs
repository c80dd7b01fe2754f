//! What a trace is like: lengths, shared prefixes, hit rates, arrivals.
//!
//! Per request, with blocks of `B` tokens, as `datagen analyze` defines it:
//!
//! - context length: `B` × the blocks of its prompt that occur more than once in the trace; all of the prompt if all do;
//! - unique prompt length: input length − context length;
//! - theoretical hit rate: the blocks before the first one that no earlier request had, by all its blocks: a prefix cache
//!   without a limit, in the order of the file.
//!
//! A request without blocks has none of them. (The reference takes all of its prompt as context.)

use serde::Serialize;

use super::arrivals::{self, Arrivals, Interval};
use super::cache::{HitCurve, Hits};
use super::summary::Summary;
use super::{BLOCK_TOKENS, Request, Trace};
use crate::catalog::number::plural;
use crate::format::trace::fitting;
use crate::record::{Diagnostic, Place, Severity};

/// How a trace is analysed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tokens of a block.
    pub block_tokens: u32,
    /// Width of the intervals over time, in seconds. Default: about sixty of a round width.
    pub interval: Option<f64>,
    /// Sizes of a limited cache, in blocks. Default: powers of four up to all blocks of the trace.
    pub capacities: Vec<u64>,
}

impl Default for Options {
    fn default() -> Options {
        Options { block_tokens: BLOCK_TOKENS, interval: None, capacities: Vec::new() }
    }
}

/// The blocks of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Blocks {
    /// All of them, each as often as it occurs.
    pub total: u64,
    /// Distinct ones: what a cache without a limit holds at the end.
    pub distinct: u64,
    /// Distinct ones that occur more than once.
    pub repeated: u64,
}

/// What a trace is like. Lengths are in tokens, rates from 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// How many requests there are.
    pub requests: u64,
    /// Tokens of a block, as stated or assumed.
    pub block_size: u32,
    /// Tokens of prompts.
    pub input_length: Summary,
    /// Tokens of answers.
    pub output_length: Summary,
    /// Tokens of prompts in blocks that occur more than once.
    pub context_length: Summary,
    /// The other tokens of prompts.
    pub unique_prompt_length: Summary,
    /// Hit rates of a cache without a limit.
    pub hit_rate: Summary,
    /// The blocks; missing if no request has any.
    pub blocks: Option<Blocks>,
    /// Hit rates of limited caches.
    pub lru: Vec<Hits>,
    /// When requests arrive; missing without times.
    pub arrivals: Option<Arrivals>,
    /// The trace over time.
    pub over_time: Vec<Interval>,
}

impl Analysis {
    /// The summaries by name, in the order of the reference's table.
    pub fn summaries(&self) -> [(&'static str, Summary); 5] {
        [
            ("input_length", self.input_length),
            ("context_length", self.context_length),
            ("unique_prompt_length", self.unique_prompt_length),
            ("output_length", self.output_length),
            ("hit_rate", self.hit_rate),
        ]
    }
}

/// Context length and unique prompt length of a request.
#[derive(Clone, Copy, Debug, Default)]
struct Split {
    context: Option<f64>,
    unique: Option<f64>,
    /// Whether some of its blocks are its own, and yet nothing of its prompt is.
    wrong: bool,
}

/// Analyses a trace, and reports what contradicts itself in it.
pub fn analyse(trace: &Trace, options: &Options) -> (Analysis, Vec<Diagnostic>) {
    let mut counts = vec![0_u32; trace.distinct()];
    for request in &trace.requests {
        for block in trace.blocks(request) {
            counts.get_mut(*block as usize).into_iter().for_each(|count| *count = count.saturating_add(1));
        }
    }
    let rates = hit_rates(trace);
    let splits: Vec<Split> = trace.requests.iter().map(|request| split(trace, request, &counts, options.block_tokens)).collect();
    let distinct = trace.distinct() as u64;
    let capacities = if options.capacities.is_empty() { powers(distinct) } else { options.capacities.clone() };
    let (arrivals, over_time) = arrivals::over_time(trace, &rates, options.interval).unzip();
    let analysis = Analysis {
        requests: trace.requests.len() as u64,
        block_size: options.block_tokens,
        input_length: Summary::of(trace.requests.iter().filter_map(|request| request.input)),
        output_length: Summary::of(trace.requests.iter().filter_map(|request| request.output)),
        context_length: Summary::of(splits.iter().filter_map(|split| split.context)),
        unique_prompt_length: Summary::of(splits.iter().filter_map(|split| split.unique)),
        hit_rate: Summary::of(rates.iter().copied().flatten()),
        blocks: (distinct > 0).then(|| Blocks {
            total: trace.block_count() as u64,
            distinct,
            repeated: counts.iter().filter(|count| **count > 1).count() as u64,
        }),
        lru: HitCurve::of(trace).at(&capacities, options.block_tokens),
        arrivals,
        over_time: over_time.unwrap_or_default(),
    };
    let findings = findings(trace, &splits, options.block_tokens);
    (analysis, findings)
}

/// The theoretical hit rate of each request.
fn hit_rates(trace: &Trace) -> Vec<Option<f64>> {
    // Blocks are numbered by their first appearance, so those of earlier requests are the ones below.
    let mut known = 0;
    let mut rate = |request: &Request| {
        let blocks = trace.blocks(request);
        let hits = blocks.iter().take_while(|block| **block < known).count();
        known = blocks.iter().fold(known, |known, block| known.max(block + 1));
        (!blocks.is_empty()).then(|| hits as f64 / blocks.len() as f64)
    };
    trace.requests.iter().map(&mut rate).collect()
}

fn split(trace: &Trace, request: &Request, counts: &[u32], block_tokens: u32) -> Split {
    let blocks = trace.blocks(request);
    if blocks.is_empty() {
        return Split::default();
    }
    let repeated = blocks.iter().filter(|block| counts.get(**block as usize).is_some_and(|count| *count > 1)).count();
    if repeated == blocks.len() {
        return Split { context: request.input, unique: request.input.map(|_| 0.0), wrong: false };
    }
    let context = repeated as f64 * f64::from(block_tokens);
    let unique = request.input.map(|input| input - context);
    Split { context: Some(context), unique, wrong: unique.is_some_and(|unique| unique <= 0.0) }
}

/// Powers of four from 16 on below all blocks, and all.
fn powers(distinct: u64) -> Vec<u64> {
    let below = std::iter::successors(Some(16_u64), |size| size.checked_mul(4)).take_while(|size| *size < distinct);
    below.chain((distinct > 0).then_some(distinct)).collect()
}

fn findings(trace: &Trace, splits: &[Split], block_tokens: u32) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut add = |severity, place: Option<&Place>, message: String, hint: &str| {
        found.push(Diagnostic::new(severity, place.cloned().unwrap_or(Place::File), message, hint));
    };
    if let Some((place, message)) = contradiction(trace, block_tokens) {
        add(Severity::Warning, Some(&place), message, "State the trace's own block size (--block-size).");
    }
    let wrong: Vec<&Request> =
        trace.requests.iter().zip(splits).filter(|(_, split)| split.wrong).map(|(request, _)| request).collect();
    if let Some(first) = wrong.first() {
        let count = plural(wrong.len() as u64, "request");
        let message = format!("{count} with a unique prompt of 0 tokens or less although not all blocks repeat, this the first.");
        add(Severity::Warning, Some(&first.place), message, "Check the block size and the order of the blocks' ids.");
    }
    let times = trace.requests.iter().filter_map(|request| Some((request.at?, request)));
    let mut latest = f64::NEG_INFINITY;
    let back: Vec<&Request> = times
        .filter(|(at, _)| {
            let back = *at < latest;
            latest = latest.max(*at);
            back
        })
        .map(|(_, request)| request)
        .collect();
    if let Some(first) = back.first() {
        let count = plural(back.len() as u64, "request");
        let message = format!("{count} sent before the one above, this the first; hit rates follow the order of the file.");
        add(Severity::Warning, Some(&first.place), message, "Sort the trace by time.");
    }
    let without = |missing: &dyn Fn(&Request) -> bool| trace.requests.iter().filter(|request| missing(request)).count() as u64;
    let bare = without(&|request| trace.blocks(request).is_empty()).saturating_sub(trace.random);
    let untimed = without(&|request| request.at.is_none());
    for (count, what) in [
        (bare, "without hash_ids: no context length, unique prompt length or hit rate."),
        (trace.random, "with random block ids: no context length, unique prompt length or hit rate."),
        (untimed, "without a time of their own: not among the arrivals."),
    ] {
        if count > 0 {
            add(Severity::Info, None, format!("{} {what}", plural(count, "request")), "");
        }
    }
    found
}

/// Where requests contradict the block size, the first of them, and the sizes that would fit all.
fn contradiction(trace: &Trace, block_tokens: u32) -> Option<(Place, String)> {
    let size = f64::from(block_tokens);
    let lengths = trace.requests.iter().filter_map(|request| Some((trace.blocks(request).len(), request.input?)));
    let (least, most) = fitting(lengths);
    let (mut few, mut many, mut first) = (0_u64, 0_u64, None);
    for request in &trace.requests {
        let (count, Some(input)) = (trace.blocks(request).len() as f64, request.input) else { continue };
        if count == 0.0 {
            continue;
        }
        let (short, long) = (count * size < input, (count - 1.0) * size >= input && count > 1.0);
        few += u64::from(short);
        many += u64::from(long);
        if short || long {
            first.get_or_insert(&request.place);
        }
    }
    let fitting = match most {
        _ if least > most => "No block size fits all of them".to_owned(),
        most if most.is_infinite() => format!("A block size of {least} or more would fit all"),
        most if least == most => format!("A block size of {least} would fit all"),
        most => format!("A block size of {least} to {most} would fit all"),
    };
    let parts = [(few, "fewer"), (many, "more")].into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{} with {what}", plural(count, "request"))).collect();
    let message =
        format!("{} hash_ids than blocks of {block_tokens} tokens make, this the first. {fitting}.", parts.join(" and "));
    first.map(|place| (place.clone(), message))
}
