//! Request traces in JSON lines: Mooncake's, and the larger set of keys that AIPerf and srt-slurm replay.
//!
//! A line is a request: when it is sent, its lengths, and an id for each block of its prompt. Equal ids at the beginning
//! of two prompts are a shared prefix, so the hit rate of an unlimited prefix cache follows from the
//! lines before it. Prompts' texts are never read.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::recency::Recency;
use super::requests::{Block, Request, fitting};
use crate::catalog::metrics;
use crate::catalog::number::{plural, short};
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::Pattern;
use crate::format::reader::json_yaml::stream::documents;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

const KEEP: &[Pattern] = &[
    &["timestamp"],
    &["delay"],
    &["input_length"],
    &["output_length"],
    &["hash_ids"],
    &[RANDOM],
    &["session_id"],
    &["group_id"],
];

/// Key of a request whose `hash_ids` are random, as `inferscope trace convert` marks them: they fill a replay's blocks, and
/// say nothing about prefixes that are shared.
pub const RANDOM: &str = "random_hash_ids";

/// Tokens of a block, unless the input lengths tell otherwise: Mooncake's.
const BLOCK_TOKENS: f64 = 512.0;

/// No line that is a request has fewer bytes.
const SHORTEST: usize = 20;

/// Keys of a request whose prompt is given as text; only countable properties are read.
const TEXTS: [&str; 3] = ["text_input", "messages", "texts"];

/// Keys of the time at which a request is sent.
const WHEN: [&str; 3] = ["timestamp", "delay", "session_id"];

/// A trace of requests.
pub(in crate::format) static REQUEST_TRACE: Format = Format {
    about: &About::new(
        "request-trace",
        "Request trace (Mooncake or AIPerf JSONL)",
        "times, lengths, blocks and how much of each prompt repeats earlier ones; texts are not read",
        &["jsonl"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let line = look.text.trim_start().lines().next()?;
    let object = look.object()?;
    // A request a line: a key of an object of several lines does not count.
    let key = |name: &str| object.has(name) && line.contains(&format!("\"{name}\""));
    let any = |names: &[&str]| names.iter().any(|name| key(name));
    match (key("input_length"), key("hash_ids")) {
        (true, true) => Some(Certainty::Certain),
        (true, false) if any(&WHEN) => Some(Certainty::Likely),
        (false, false) if any(&TEXTS) && any(&WHEN) => Some(Certainty::Likely),
        _ => None,
    }
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { schema: Some("request trace".to_owned()), ..Provenance::default() });
    // Whether a block is repeated is known at the end.
    let mut prompts = Prompts::default();
    let lines = memchr::memchr_iter(b'\n', input.text.as_bytes()).count() + 1;
    let mut requests: Vec<(Request, Option<Prompt>)> = Vec::with_capacity(lines.min(input.text.len() / SHORTEST));
    each(input, sink, &mut |mut request, _| {
        let blocks = request.blocks.take().filter(|_| !request.random);
        let prompt = blocks.map(|blocks| prompts.take(blocks));
        requests.push((request, prompt));
    });
    let lengths = || requests.iter().filter_map(|(request, prompt)| Some((prompt.as_ref()?.blocks.len(), request.input?)));
    let size = block_tokens(lengths);
    let (distinct, total) =
        (prompts.codes.len(), requests.iter().flat_map(|(_, prompt)| prompt).map(|prompt| prompt.blocks.len()).sum());
    let mut recency = Recency::new(distinct, total);
    for (request, prompt) in &requests {
        let mut samples = request.samples(sink);
        if let Some(prompt) = prompt {
            let total = prompt.blocks.len() as f64;
            let figures = [("blocks", Some(total)), ("prefix_reuse", Some(100.0 * prompt.known as f64 / total))];
            let lengths = request.input.zip(size).map(|(input, size)| prompts.lengths(prompt, input, size));
            let (context, unique) = lengths.unzip();
            let figures = figures.into_iter().chain([("context_tokens", context), ("unique_tokens", unique)]);
            let before = recency.distinct();
            let sizes = recency.take(&prompt.blocks);
            let new = Some((recency.distinct() - before) as f64);
            // A cache that has room for all is the unlimited one.
            let limited = metrics::LRU_REUSE.into_iter().filter(|(blocks, _)| *blocks < distinct);
            let hits = |blocks: usize| 100.0 * sizes.iter().filter(|size| **size <= blocks).count() as f64 / total;
            let limited = limited.map(|(blocks, metric)| (metric, Some(hits(blocks))));
            let figures = figures.chain([("new_blocks", new)]).chain(limited);
            for (metric, value) in figures.filter_map(|(metric, value)| Some((metric, value?))) {
                samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value });
            }
        }
        if !samples.is_empty() {
            let mut identity = request.identity.clone();
            identity.set("dataset", Some(input.stem().to_owned()));
            identity.emit_as(Kind::Entry, &request.place, Load::default(), &samples, sink);
        }
    }
    prompts.report(requests.iter().filter_map(|(_, prompt)| prompt.as_ref()), sink);
    if prompts.counts.iter().any(|count| *count > 0) && size != Some(BLOCK_TOKENS) {
        let message = match size {
            Some(size) => format!("Blocks are taken as {size} tokens, which fits all input lengths; {BLOCK_TOKENS} do not."),
            None => "No block size fits all input lengths: no context lengths and unique prompt lengths.".to_owned(),
        };
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    }
    sink.progress(1.0);
}

/// Hands over every request of a trace in JSON lines, in the order of the file, and reports what is wrong.
pub(super) fn each(input: Input<'_>, sink: &mut dyn Sink, take: &mut dyn FnMut(Request, &mut dyn Sink)) {
    let mut findings = Findings::default();
    let (mut seconds, mut unmeasured, mut random) = (false, 0, 0);
    for document in documents(input.text) {
        let tree = document.read(KEEP, &mut |fraction| sink.progress(fraction));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "unreadable lines", || fault.diagnostic());
            continue;
        }
        let request = request(&tree.root, document.place, &mut findings, sink);
        seconds |= in_seconds(&tree.root);
        unmeasured += u64::from(tree.root["input_length"].is_null());
        random += u64::from(request.random);
        take(request, sink);
    }
    findings.finish(sink);
    let mut info = |message: String| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    if seconds {
        info("Times of entries with a group are in seconds, as srt-slurm writes them; others are in milliseconds.".to_owned());
    }
    if unmeasured > 0 {
        info(format!("{} without input_length: prompts given as text have none.", plural(unmeasured, "request")));
    }
    if random > 0 {
        info(format!("{} with random block ids: their shared prefixes are unknown.", plural(random, "request")));
    }
}

/// srt-slurm numbers its groups and counts seconds; everybody else counts milliseconds.
fn in_seconds(root: &Value) -> bool {
    !root["group_id"].is_null() && !root["timestamp"].is_null()
}

fn request(root: &Value, place: Place, findings: &mut Findings, sink: &mut dyn Sink) -> Request {
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let mut figure = |key: &str, metric: &str, scale: f64| {
        collector.figure(&root[key], metric, Stat::Mean, scale, || format!("{place}: {key}"));
        collector.samples.pop().map(|sample| sample.value)
    };
    let at = figure("timestamp", "elapsed", if in_seconds(root) { 1.0 } else { 1e-3 });
    let delay = figure("delay", "delay", 1e-3);
    let input = figure("input_length", "input_tokens", 1.0);
    let output = figure("output_length", "output_tokens", 1.0);
    let mut wrong = |expected: &str| {
        collector.complain(&root["hash_ids"], || format!("{place}: hash_ids"), expected);
        None
    };
    let blocks = match &root["hash_ids"] {
        Value::Null => None,
        Value::Array(ids) if ids.is_empty() => None,
        Value::Array(ids) => {
            let blocks: Option<Vec<Block>> = ids.iter().map(Block::read).collect();
            blocks.or_else(|| wrong("a list of strings or of numbers below 2⁶⁴ (write larger ones as strings)"))
        }
        _ => wrong("a list"),
    };
    let mut identity = Identity::default();
    identity.set("session", scalar(&root["session_id"]));
    identity.set("group", scalar(&root["group_id"]));
    Request { place, at, delay, input, output, blocks, random: root[RANDOM].as_bool() == Some(true), identity }
}

/// The tokens of a block: 512 unless more than one in a hundred prompts contradicts that; then the least power of two that
/// fits all, or the only size that does.
fn block_tokens<L: Iterator<Item = (usize, f64)>>(lengths: impl Fn() -> L) -> Option<f64> {
    let (prompts, wrong) = lengths().fold((0_u64, 0_u64), |(prompts, wrong), (blocks, input)| {
        (prompts + 1, wrong + u64::from((input / BLOCK_TOKENS).ceil() != blocks as f64))
    });
    if wrong * 100 <= prompts {
        return Some(BLOCK_TOKENS);
    }
    let (least, most) = fitting(lengths());
    let power = 2_f64.powf(least.log2().ceil());
    [power, least].into_iter().find(|size| *size <= most && (*size == power || least == most))
}

/// The blocks of one prompt.
struct Prompt {
    blocks: Vec<u32>,
    /// How many from the first on earlier requests had.
    known: usize,
}

/// The blocks of all prompts so far.
#[derive(Default)]
struct Prompts {
    codes: FxHashMap<Block, u32>,
    /// How often each block occurs.
    counts: Vec<u32>,
}

impl Prompts {
    /// Takes a request's blocks.
    fn take(&mut self, blocks: Vec<Block>) -> Prompt {
        let before = self.codes.len() as u32;
        let mut code = |block| {
            let next = self.codes.len() as u32;
            *self.codes.entry(block).or_insert(next)
        };
        let blocks: Vec<u32> = blocks.into_iter().map(&mut code).collect();
        self.counts.resize(self.codes.len(), 0);
        for block in &blocks {
            self.counts.get_mut(*block as usize).into_iter().for_each(|count| *count = count.saturating_add(1));
        }
        let known = blocks.iter().take_while(|block| **block < before).count();
        Prompt { blocks, known }
    }

    /// Context length and unique prompt length of a prompt of so many tokens, in blocks of this size (Dynamo's `datagen`): the
    /// blocks that occur more than once in the trace, or the whole prompt if all do; and the rest.
    fn lengths(&self, prompt: &Prompt, input: f64, size: f64) -> (f64, f64) {
        let repeated = |block: &&u32| self.counts.get(**block as usize).is_some_and(|count| *count > 1);
        let repeated = prompt.blocks.iter().filter(repeated).count();
        let context = if repeated == prompt.blocks.len() { input } else { repeated as f64 * size };
        (context, input - context)
    }

    /// Reports how much of the trace repeats earlier prompts.
    fn report<'p>(&self, prompts: impl Iterator<Item = &'p Prompt>, sink: &mut dyn Sink) {
        let add = |(requests, blocks, known), prompt: &Prompt| {
            (requests + 1, blocks + prompt.blocks.len() as u64, known + prompt.known as u64)
        };
        let (requests, blocks, known) = prompts.fold((0, 0, 0), add);
        if blocks == 0 {
            return;
        }
        let message = format!(
            "{} have {} in total, {} of them distinct; with an unlimited prefix cache, {}% of the blocks would be hits.",
            plural(requests, "request"),
            plural(blocks, "block"),
            self.codes.len(),
            short(100.0 * known as f64 / blocks as f64)
        );
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Prompts, block_tokens};
    use serde_json::{Value, json};

    #[test]
    fn a_prefix_is_known_from_its_beginning() {
        let mut prompts = Prompts::default();
        let blocks = |ids: Value| ids.as_array().into_iter().flatten().map(Block::read).collect::<Option<Vec<_>>>();
        let mut take = |ids: Value| prompts.take(blocks(ids).expect("ids")).known;
        assert_eq!(take(json!([0, 1, 2])), 0);
        assert_eq!(take(json!([0, 3, 2])), 1);
        assert_eq!(take(json!([7, 0])), 0);
        assert_eq!(take(json!([0, 1])), 2);
        assert_eq!(take(json!(["a", -1])), 0);
        assert!(blocks(json!(["a", null])).is_none());
        let read = |text: &str| blocks(serde_json::from_str(text).expect("JSON"));
        assert_eq!(read("[18446744073709551615]"), Some(vec![Block::Number(u64::MAX)]));
        // 2⁶⁴ and its neighbour are one float.
        assert_eq!(read("[18446744073709551616]"), None);
        assert!(read(r#"["18446744073709551616", "18446744073709551617", -9223372036854775808, 0.5]"#).is_some());
    }

    #[test]
    fn the_block_size_follows_from_lengths_where_512_does_not_fit() {
        let size = |lengths: &[(usize, f64)]| block_tokens(|| lengths.iter().copied());
        assert_eq!(size(&[(14, 6755.0), (5, 2287.0)]), Some(512.0));
        // 100 to 105 tokens in 7 blocks are 15 to 17 each: 16.
        assert_eq!(size(&[(7, 100.0), (7, 105.0), (1, 9.0)]), Some(16.0));
        // 60 in 3 are 20 to 29, 190 in 10 are 19 to 21, 21 in 2 are 11 to 20: only 20.
        assert_eq!(size(&[(3, 60.0), (10, 190.0), (2, 21.0)]), Some(20.0));
        assert_eq!(size(&[(1, 700.0), (7, 700.0)]), None);
    }
}
