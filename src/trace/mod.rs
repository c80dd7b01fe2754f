//! Traces of requests: what they are like, and others made from them.
//!
//! [`Trace`] has the requests of one file with the blocks of their prompts; [`analysis`] describes it, [`synthesis`] makes a
//! scaled one of the same kind, [`generate`] one from a formula, [`mooncake`] writes them. This room knows neither tables nor
//! views nor the command line.
//!
//! Definitions follow Dynamo's `datagen` and AIPerf (`benchmarks/data_generator` of ai-dynamo/dynamo, `aiperf
//! analyze-trace`); where ours differ, the item says so.

pub mod analysis;
pub mod arrivals;
pub mod cache;
pub mod convert;
pub mod generate;
pub mod mooncake;
pub mod summary;
pub mod synthesis;
mod tree;

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::format::Input;
use crate::format::trace::{self as file, Block};
use crate::record::{Diagnostic, DiagnosticsOnly, Place, Severity};

/// Tokens of a block where nothing else is stated: Mooncake's.
pub const BLOCK_TOKENS: u32 = 512;

/// One request. Missing is `None`.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it is in the file.
    pub place: Place,
    /// When it is sent, in seconds from the start of the trace.
    pub at: Option<f64>,
    /// Tokens of its prompt.
    pub input: Option<f64>,
    /// Tokens of its answer.
    pub output: Option<f64>,
    blocks: Range<usize>,
}

/// The requests of one file, in its order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The requests.
    pub requests: Vec<Request>,
    /// How many have random block ids; they count as requests without blocks.
    pub random: u64,
    /// How many follow an earlier answer after a delay and have no time of their own.
    pub delayed: u64,
    /// The blocks of all requests, one request after the other.
    blocks: Vec<u32>,
    distinct: usize,
}

impl Trace {
    /// Reads a trace: JSON lines of Mooncake, AIPerf or srt-slurm, or a table of Azure or BurstGPT. With `random`, no id of
    /// a block is believed. Comes with what was found in the file.
    ///
    /// # Errors
    ///
    /// When the text is no trace, or has no request that can be read.
    pub fn read(path: &str, text: &str, random: bool) -> Result<(Trace, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut found = DiagnosticsOnly::default();
        let mut trace = Trace::default();
        let mut codes: FxHashMap<Block, u32> = FxHashMap::default();
        let known = file::each(Input { path, text, bytes: text.as_bytes() }, &mut found, &mut |request| {
            let start = trace.blocks.len();
            let blocks = request.blocks.unwrap_or_default();
            let believed = !(random || request.random);
            trace.random += u64::from(!believed && !blocks.is_empty());
            for block in blocks.into_iter().filter(|_| believed) {
                let next = codes.len() as u32;
                trace.blocks.push(*codes.entry(block).or_insert(next));
            }
            trace.delayed += u64::from(request.at.is_none() && request.delay.is_some());
            let blocks = start..trace.blocks.len();
            let (at, input, output) = (request.at, request.input, request.output);
            if at.or(request.delay).or(input).or(output).is_some() || !blocks.is_empty() {
                trace.requests.push(Request { place: request.place, at, input, output, blocks });
            }
        });
        trace.distinct = codes.len();
        if !known || trace.requests.is_empty() {
            found.0.push(read_error(known));
            return Err(found.0);
        }
        Ok((trace, found.0))
    }

    /// The blocks of a request's prompt, numbered by their first appearance in the trace; empty if it has none.
    pub fn blocks(&self, request: &Request) -> &[u32] {
        self.blocks.get(request.blocks.clone()).unwrap_or_default()
    }

    /// The number of all requests' blocks, each as often as it occurs.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// The number of distinct blocks.
    pub fn distinct(&self) -> usize {
        self.distinct
    }
}

/// Why a text gave no request: it is a trace, or not.
fn read_error(known: bool) -> Diagnostic {
    let message = if known { "No request could be read." } else { "Not a trace of requests." };
    let hint = "A trace is JSON lines with timestamp, input_length, output_length and hash_ids (Mooncake, AIPerf, srt-slurm), or \
                the CSV of Azure's LLM traces or BurstGPT.";
    Diagnostic::new(Severity::Error, Place::File, message.to_owned(), hint)
}
