//! The requests of a trace, one by one, whatever file they are in: for the readers of traces, and for what needs the ids of
//! blocks, which no table has.

use serde_json::Value;

use super::{trace, trace_csv};
use crate::format::reader::identity::Identity;
use crate::format::{Input, told};
use crate::record::{Place, Sample, Sink, Stat};

pub use super::trace::RANDOM;

/// From here on neighbouring whole numbers are one and the same 64-bit float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// One block's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    /// A number, as Mooncake writes it.
    Number(u64),
    /// Anything else: a text, or a number that is no such integer.
    Text(String),
}

impl Block {
    /// An id; `None` if the value is none. A number beyond 64 bits was rounded when it was read, and others with it.
    pub(super) fn read(id: &Value) -> Option<Block> {
        match id {
            Value::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(id), _) => Some(Block::Number(id)),
                (None, Some(rounded)) if number.as_i64().is_none() && rounded.abs() >= EXACT => None,
                (None, _) => Some(Block::Text(number.to_string())),
            },
            Value::String(text) => Some(Block::Text(text.clone())),
            _ => None,
        }
    }
}

/// One request of a trace. Missing is `None`.
#[derive(Clone)]
pub struct Request {
    /// Where it is in the file.
    pub place: Place,
    /// When it is sent, in seconds from the start of the trace.
    pub at: Option<f64>,
    /// How long after the session's previous answer it is sent, in seconds.
    pub delay: Option<f64>,
    /// Tokens of its prompt.
    pub input: Option<f64>,
    /// Tokens of its answer.
    pub output: Option<f64>,
    /// The ids of its prompt's blocks, at least one. Equal ids at the beginning of two prompts are a shared prefix.
    pub blocks: Option<Vec<Block>>,
    /// Whether its ids are marked as random, so that they say nothing about shared prefixes.
    pub random: bool,
    pub(super) identity: Identity,
}

impl Request {
    /// What the file says about it: `model`, `request_type`, `session`, `group`, or `status`, which is `failed` or missing.
    pub fn stated(&self, dimension: &str) -> Option<&str> {
        self.identity.get(dimension)
    }

    /// Its time and its lengths as figures.
    pub(super) fn samples(&self, sink: &mut dyn Sink) -> Vec<Sample> {
        let figures = [("elapsed", self.at), ("delay", self.delay), ("input_tokens", self.input), ("output_tokens", self.output)];
        let present = figures.into_iter().filter_map(|(metric, value)| Some((metric, value?)));
        present.map(|(metric, value)| Sample { metric: sink.metric(metric, Stat::Mean), value }).collect()
    }
}

/// Hands over every request of a trace in the order of the file, and reports to the sink what is wrong; false if the file is
/// no trace: neither JSON lines nor a table of Azure's or BurstGPT's.
pub fn each(input: Input<'_>, sink: &mut dyn Sink, take: &mut dyn FnMut(Request)) -> bool {
    let mut take = |request, _: &mut dyn Sink| take(request);
    if input.text.trim_start().starts_with(['{', '[']) {
        let ((), noted) = told(input.text, || trace::each(input, sink, &mut take));
        noted.into_iter().for_each(|finding| sink.diagnostic(finding));
        return true;
    }
    trace_csv::each(input, sink, &mut take).is_some()
}

/// The least and the greatest size of a block that fit prompts of so many blocks and tokens: `n` blocks of `B` tokens have more
/// than `(n − 1)·B` tokens and at most `n·B`. The greatest is infinite where no prompt has two blocks, and below the least where
/// none fits.
pub fn fitting(lengths: impl Iterator<Item = (usize, f64)>) -> (f64, f64) {
    lengths.filter(|(blocks, _)| *blocks > 0).fold((1.0, f64::INFINITY), |(least, most), (blocks, input)| {
        let blocks = blocks as f64;
        let most = if blocks > 1.0 { most.min((input / (blocks - 1.0)).ceil() - 1.0) } else { most };
        (least.max((input / blocks).ceil()), most)
    })
}
