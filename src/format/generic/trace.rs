//! Request traces in JSON lines: Mooncake's, and the larger set of keys that AIPerf and srt-slurm replay.
//!
//! A line is a request: when it is sent, its lengths, and an id for each block of its prompt. Equal ids at the beginning
//! of two prompts are a shared prefix, so the hit rate of an unlimited prefix cache follows from the
//! lines before it. Prompts' texts are never read.

use rustc_hash::FxHashSet;
use serde_json::Value;

use super::requests::{Block, Request};
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
    let mut prefixes = Prefixes::default();
    each(input, sink, &mut |request, sink| {
        let mut samples = request.samples(sink);
        if let Some(blocks) = request.blocks.filter(|_| !request.random) {
            let total = blocks.len() as f64;
            let known = prefixes.take(blocks) as f64;
            for (metric, value) in [("blocks", total), ("prefix_reuse", 100.0 * known / total)] {
                samples.push(Sample { metric: sink.metric(metric, Stat::Mean), value });
            }
        }
        if !samples.is_empty() {
            request.identity.emit_as(Kind::Entry, &request.place, Load::default(), &samples, sink);
        }
    });
    prefixes.report(sink);
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
        let request = request(&tree.root, document.place, input.stem(), &mut findings, sink);
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

fn request(root: &Value, place: Place, dataset: &str, findings: &mut Findings, sink: &mut dyn Sink) -> Request {
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
            blocks.or_else(|| wrong("a list of numbers or strings"))
        }
        _ => wrong("a list"),
    };
    let mut identity = Identity::default();
    identity.set("dataset", Some(dataset.to_owned()));
    identity.set("session", scalar(&root["session_id"]));
    identity.set("group", scalar(&root["group_id"]));
    Request { place, at, delay, input, output, blocks, random: root[RANDOM].as_bool() == Some(true), identity }
}

/// The blocks of all requests so far.
#[derive(Default)]
struct Prefixes {
    seen: FxHashSet<Block>,
    requests: u64,
    blocks: u64,
    known: u64,
}

impl Prefixes {
    /// Takes a request's blocks: how many from the first on earlier requests had.
    fn take(&mut self, blocks: Vec<Block>) -> usize {
        let known = blocks.iter().take_while(|block| self.seen.contains(*block)).count();
        self.requests += 1;
        self.blocks += blocks.len() as u64;
        self.known += known as u64;
        self.seen.extend(blocks);
        known
    }

    /// Reports how much of the trace repeats earlier prompts.
    fn report(&self, sink: &mut dyn Sink) {
        if self.blocks == 0 {
            return;
        }
        let message = format!(
            "{} have {} in total, {} of them distinct; with an unlimited prefix cache, {}% of the blocks would be hits.",
            plural(self.requests, "request"),
            plural(self.blocks, "block"),
            self.seen.len(),
            short(100.0 * self.known as f64 / self.blocks as f64)
        );
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Prefixes};
    use serde_json::{Value, json};

    #[test]
    fn a_prefix_is_known_from_its_beginning() {
        let mut prefixes = Prefixes::default();
        let blocks = |ids: Value| ids.as_array().into_iter().flatten().map(Block::read).collect::<Option<Vec<_>>>();
        let mut take = |ids: Value| prefixes.take(blocks(ids).expect("ids"));
        assert_eq!(take(json!([0, 1, 2])), 0);
        assert_eq!(take(json!([0, 3, 2])), 1);
        assert_eq!(take(json!([7, 0])), 0);
        assert_eq!(take(json!([0, 1])), 2);
        assert_eq!(take(json!(["a", -1])), 0);
        assert!(blocks(json!(["a", null])).is_none());
    }
}
