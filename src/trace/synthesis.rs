//! A trace of the same kind as another, scaled: `datagen synthesize` of Dynamo.
//!
//! Each request walks through the core of the prompts' radix tree, at every node as often to either side as the original's
//! requests did, and may leave it for blocks of its own. Lengths of these, of the last block, of answers, the gaps between
//! times and the number of requests at one time are drawn from the original's. Means are kept; the spread of input lengths is
//! not, because what a prompt shares and what it has of its own are drawn apart.
//!
//! Ours differs from the reference in these: prompts are scaled in tokens, not in whole blocks; a prompt that ends in the core
//! has a partial last block where the original had one; times are rounded once, not at every gap; a prompt of another length
//! than asked for is drawn again, so that the number of requests is kept.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::mooncake::Row;
use super::tree::{Exit, Node, Prompts, Step};
use super::{BLOCK_TOKENS, Trace};
use crate::catalog::number::plural;
use crate::record::{Diagnostic, Place, Severity};
use crate::sorting::Sorting;

/// The greatest factor.
pub const MOST: f64 = 1000.0;
/// The least: smaller ones make times that no clock has.
pub const LEAST: f64 = 0.001;
/// The most copies of the core.
pub const MOST_ROOTS: u64 = 1_000_000;
/// How often a request is drawn again before the bounds are taken as impossible.
const PATIENCE: u32 = 100_000;

/// What to change. The defaults change nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// How many requests; `None` for as many as the original has.
    pub requests: Option<u64>,
    /// Divides the gaps between requests.
    pub speedup: f64,
    /// Factor on the length of every node of the core. Above 1 it is rounded up to an integer, as the reference does; below,
    /// every node keeps at least one block.
    pub prefix: f64,
    /// Number of independent copies of the core, among which requests are spread evenly.
    pub roots: u64,
    /// Factor on the tokens of a prompt that are its own, or of prompts without blocks on all.
    pub prompt: f64,
    /// Factor on the tokens of answers.
    pub output: f64,
    /// Least and greatest input length; prompts outside are drawn again.
    pub input_bounds: (Option<u64>, Option<u64>),
    /// Least and greatest output length; answers outside are set to the bound.
    pub output_bounds: (Option<u64>, Option<u64>),
    /// Tokens of a block.
    pub block_tokens: u32,
    /// The same seed gives the same trace.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            requests: None,
            speedup: 1.0,
            prefix: 1.0,
            roots: 1,
            prompt: 1.0,
            output: 1.0,
            input_bounds: (None, None),
            output_bounds: (None, None),
            block_tokens: BLOCK_TOKENS,
            seed: 0,
        }
    }
}

/// Makes requests, in their order.
pub struct Synthesis {
    options: Options,
    random: Rng,
    core: Vec<Node>,
    core_blocks: u64,
    /// Tokens of prompts' own ends.
    leaves: Vec<u64>,
    /// Tokens of the last block of prompts that end in the core.
    lasts: Vec<u64>,
    /// Tokens of prompts without blocks.
    bare: Vec<u64>,
    outputs: Vec<u64>,
    /// Gaps between different times, in milliseconds.
    gaps: Vec<f64>,
    /// Numbers of requests at the same time.
    together: Vec<u64>,
    now: f64,
    /// Requests still to come at this time.
    waiting: u64,
    next_own: u64,
    left: u64,
    begun: bool,
}

impl Synthesis {
    /// Learns from a trace. Comes with notes about what of it could not be used.
    ///
    /// # Errors
    ///
    /// When an option is out of range, or no request can be used.
    pub fn new(trace: &Trace, options: Options) -> Result<(Synthesis, Vec<Diagnostic>), Diagnostic> {
        let refuse = |message: String, hint: &str| Diagnostic::new(Severity::Error, Place::File, message, hint);
        let factors =
            [("speed-up", options.speedup), ("prefix", options.prefix), ("prompt", options.prompt), ("output", options.output)];
        if let Some((name, factor)) = factors.into_iter().find(|(_, factor)| !(LEAST..=MOST).contains(factor)) {
            return Err(refuse(format!("The factor {factor} ({name}) is not from {LEAST} to {MOST}."), "Choose another."));
        }
        let upside_down = |(low, high): (Option<u64>, Option<u64>)| low.zip(high).is_some_and(|(low, high)| low > high);
        if upside_down(options.input_bounds) || upside_down(options.output_bounds) {
            return Err(refuse("A least length is above the greatest.".to_owned(), "Correct the bounds."));
        }
        if !(1..=MOST_ROOTS).contains(&options.roots) || options.block_tokens == 0 {
            let message = format!("There must be 1 to {MOST_ROOTS} copies of the prefixes, and blocks of at least a token.");
            return Err(refuse(message, "Correct the options."));
        }
        let size = u64::from(options.block_tokens);
        let whole = |tokens: f64| tokens.round() as u64;
        let mut prompts = Prompts::new();
        let (mut usable, mut bare, mut left_out, mut example) = (Vec::new(), Vec::new(), 0, None);
        for request in &trace.requests {
            let (blocks, Some(input)) = (trace.blocks(request), request.input.map(whole)) else {
                left_out += 1;
                continue;
            };
            let full = (blocks.len() as u64).saturating_sub(1) * size;
            if blocks.is_empty() {
                bare.push(input);
            } else if input > full && input <= full + size {
                prompts.add(blocks);
                usable.push((blocks, input - full));
            } else {
                left_out += 1;
                example.get_or_insert(&request.place);
            }
        }
        if usable.is_empty() && bare.is_empty() {
            let hint = "State the trace's own block size (--block-size); `inferscope trace analyze` says which would fit.";
            return Err(refuse(
                format!("No request has an input length and the hash_ids that it needs with blocks of {size} tokens."),
                hint,
            ));
        }
        let (mut leaves, mut lasts) = (Vec::new(), Vec::new());
        for (blocks, last) in usable {
            match prompts.leave(blocks) {
                Exit::Leaf(own) => leaves.push(u64::from(own - 1) * size + last),
                Exit::End => lasts.push(last),
            }
        }
        let factor = if options.prefix > 1.0 { options.prefix.ceil() } else { options.prefix };
        let (core, core_blocks) = prompts.core(|length| ((length as f64 * factor).round() as u64).max(1));
        let (gaps, together) = times(trace);
        let mut notes = Vec::new();
        let mut note = |severity, place: Option<&Place>, message: String, hint: &str| {
            notes.push(Diagnostic::new(severity, place.cloned().unwrap_or(Place::File), message, hint));
        };
        if left_out > 0 {
            let message = format!(
                "{} left out: without an input length, or with more or fewer hash_ids than blocks of {size} tokens make.",
                plural(left_out, "request")
            );
            note(Severity::Warning, example, message, "Check the block size.");
        }
        if factor > options.prefix {
            note(
                Severity::Info,
                None,
                format!("Prefixes become {factor} times as long: a factor above 1 is rounded up, as Dynamo does."),
                "",
            );
        }
        if trace.delayed > 0 {
            note(
                Severity::Info,
                None,
                format!("{} that follow an earlier answer become requests of their own.", plural(trace.delayed, "request")),
                "",
            );
        }
        let outputs = trace.requests.iter().filter_map(|request| request.output.map(whole)).collect();
        let requests = options.requests.unwrap_or(trace.requests.len() as u64);
        let synthesis = Synthesis {
            random: Rng::with_seed(options.seed),
            next_own: core_blocks.saturating_mul(options.roots),
            core,
            core_blocks,
            leaves,
            lasts,
            bare,
            outputs,
            gaps,
            together,
            now: 0.0,
            waiting: 0,
            left: requests,
            begun: false,
            options,
        };
        Ok((synthesis, notes))
    }

    /// How many requests are still to come: not 0 at the end if none within the bounds was found.
    pub fn missing(&self) -> u64 {
        self.left
    }

    fn draw(random: &mut Rng, values: &[u64]) -> Option<u64> {
        (!values.is_empty()).then(|| random.usize(..values.len())).and_then(|at| values.get(at).copied())
    }

    /// A prompt: its tokens, of them in the core, and its blocks.
    fn prompt(&mut self) -> (u64, Option<(u64, Vec<u64>)>) {
        let size = u64::from(self.options.block_tokens);
        let with_blocks = self.core.first().map_or(0, Node::visits);
        if self.random.u64(..with_blocks + self.bare.len() as u64) >= with_blocks {
            let tokens = Self::draw(&mut self.random, &self.bare).unwrap_or(1);
            return (scaled(tokens, self.options.prompt), None);
        }
        let copy = self.random.u64(..self.options.roots) * self.core_blocks;
        let mut ids = Vec::new();
        let mut at = 0;
        while let Some(node) = self.core.get(at) {
            ids.extend((node.first..node.first + node.length).map(|id| copy + id));
            match node.step(self.random.u64(..node.visits().max(1))) {
                Step::Child(child) => at = child,
                Step::End => {
                    let last = Self::draw(&mut self.random, &self.lasts).unwrap_or(size);
                    let tokens = (ids.len() as u64).saturating_sub(1) * size + last;
                    return (tokens, Some((tokens, ids)));
                }
                Step::Leaf => break,
            }
        }
        let shared = ids.len() as u64 * size;
        let own = scaled(Self::draw(&mut self.random, &self.leaves).unwrap_or(1), self.options.prompt);
        let blocks = own.div_ceil(size);
        ids.extend(self.next_own..self.next_own + blocks);
        self.next_own += blocks;
        (shared + own, Some((shared, ids)))
    }

    /// The time of the next request in milliseconds; `None` if the original has none.
    fn time(&mut self) -> Option<f64> {
        if self.together.is_empty() {
            return None;
        }
        if self.waiting == 0 {
            self.waiting = Self::draw(&mut self.random, &self.together).unwrap_or(1);
            if std::mem::replace(&mut self.begun, true) && !self.gaps.is_empty() {
                let gap = self.random.usize(..self.gaps.len());
                self.now += self.gaps.get(gap).copied().unwrap_or(0.0) / self.options.speedup;
            }
        }
        self.waiting -= 1;
        Some(self.now)
    }
}

impl Iterator for Synthesis {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.left == 0 {
            return None;
        }
        let within = |tokens: u64, (low, high): (Option<u64>, Option<u64>)| {
            low.is_none_or(|low| tokens >= low) && high.is_none_or(|high| tokens <= high)
        };
        let bounds = self.options.input_bounds;
        let (input, blocks) = (0..PATIENCE).map(|_| self.prompt()).find(|(input, _)| within(*input, bounds))?;
        let output = Self::draw(&mut self.random, &self.outputs).map(|tokens| {
            let (low, high) = self.options.output_bounds;
            scaled(tokens, self.options.output).max(low.unwrap_or(0)).min(high.unwrap_or(u64::MAX))
        });
        let mut row = Row::of(self.time().map(|now| now.round() as u64), input, output);
        if let Some((shared, ids)) = blocks {
            row.hash_ids = Some(ids);
            row.context_len = Some(shared);
            row.unique_user_prompt_len = Some(input - shared);
        }
        self.left -= 1;
        Some(row)
    }
}

/// Tokens times a factor, at least one.
fn scaled(tokens: u64, factor: f64) -> u64 {
    ((tokens as f64 * factor).round() as u64).max(1)
}

/// The gaps between different times in milliseconds, and how many requests share each time.
fn times(trace: &Trace) -> (Vec<f64>, Vec<u64>) {
    let mut times: Vec<f64> = trace.requests.iter().filter_map(|request| request.at).map(|at| at * 1e3).collect();
    times.order_by(f64::total_cmp);
    let together: Vec<&[f64]> = times.chunk_by(|a, b| a == b).collect();
    let starts: Vec<f64> = together.iter().filter_map(|group| group.first().copied()).collect();
    let gaps = starts.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    (gaps, together.iter().map(|group| group.len() as u64).collect())
}
