//! Request traces in JSON lines: Mooncake's, and the larger set of keys that AIPerf and srt-slurm replay.
//!
//! A line is a request: when it is sent, its lengths, and an id for each block of its prompt. Equal ids at the beginning
//! of two prompts are a shared prefix, so the hit rate of an unlimited prefix cache follows from the
//! lines before it. Prompts' texts are never read.

use rustc_hash::FxHashSet;
use serde_json::Value;

use crate::catalog::number::{plural, short};
use crate::format::reader::figures::Collector;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::Pattern;
use crate::format::reader::json_yaml::stream::documents;
use crate::format::{About, Certainty, Format, Input, Look};
use crate::record::{Diagnostic, Kind, Load, Place, Provenance, Sample, Severity, Sink, Stat};

const KEEP: &[Pattern] =
    &[&["timestamp"], &["delay"], &["input_length"], &["output_length"], &["hash_ids"], &["session_id"], &["group_id"]];

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
    let mut findings = Findings::default();
    let mut prefixes = Prefixes::default();
    let (mut seconds, mut unmeasured) = (false, 0);
    for document in documents(input.text) {
        let tree = document.read(KEEP, &mut |fraction| sink.progress(fraction));
        if let Some(fault) = &tree.fault {
            findings.add(sink, "unreadable lines", || fault.diagnostic());
            continue;
        }
        let root = &tree.root;
        seconds |= in_seconds(root);
        let samples = figures(root, &document.place, &mut prefixes, &mut findings, sink);
        unmeasured += u64::from(root["input_length"].is_null());
        if samples.is_empty() {
            continue;
        }
        let mut identity = Identity::default();
        identity.set("dataset", Some(input.stem().to_owned()));
        identity.set("session", scalar(&root["session_id"]));
        identity.set("group", scalar(&root["group_id"]));
        identity.emit_as(Kind::Entry, &document.place, Load::default(), &samples, sink);
    }
    findings.finish(sink);
    let mut info = |message: String| sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, ""));
    if seconds {
        info("Times of entries with a group are in seconds, as srt-slurm writes them; others are in milliseconds.".to_owned());
    }
    if unmeasured > 0 {
        info(format!("{} without input_length: prompts given as text have none.", plural(unmeasured, "request")));
    }
    prefixes.report(sink);
    sink.progress(1.0);
}

/// srt-slurm numbers its groups and counts seconds; everybody else counts milliseconds.
fn in_seconds(root: &Value) -> bool {
    !root["group_id"].is_null() && !root["timestamp"].is_null()
}

fn figures(root: &Value, place: &Place, prefixes: &mut Prefixes, findings: &mut Findings, sink: &mut dyn Sink) -> Vec<Sample> {
    let mut collector = Collector { sink, findings, samples: Vec::new() };
    let scale = if in_seconds(root) { 1.0 } else { 1e-3 };
    for (key, metric, scale) in [
        ("timestamp", "elapsed", scale),
        ("delay", "delay", 1e-3),
        ("input_length", "input_tokens", 1.0),
        ("output_length", "output_tokens", 1.0),
    ] {
        collector.figure(&root[key], metric, Stat::Mean, scale, || format!("{place}: {key}"));
    }
    match &root["hash_ids"] {
        Value::Null => {}
        Value::Array(ids) if ids.is_empty() => {}
        Value::Array(ids) => match prefixes.take(ids) {
            Some(known) => {
                let total = ids.len() as f64;
                for (metric, value) in [("blocks", total), ("prefix_reuse", 100.0 * known as f64 / total)] {
                    let metric = collector.sink.metric(metric, Stat::Mean);
                    collector.samples.push(Sample { metric, value });
                }
            }
            None => collector.complain(&root["hash_ids"], || format!("{place}: hash_ids"), "a list of numbers or strings"),
        },
        other => collector.complain(other, || format!("{place}: hash_ids"), "a list"),
    }
    collector.samples
}

/// One block's id.
#[derive(PartialEq, Eq, Hash)]
enum Block {
    Number(u64),
    Text(String),
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
    /// Takes a request's blocks: how many from the first on earlier requests had; `None` when an id is no id.
    fn take(&mut self, ids: &[Value]) -> Option<usize> {
        let block = |id: &Value| match id {
            Value::Number(number) => number.as_u64().map(Block::Number).or_else(|| Some(Block::Text(number.to_string()))),
            Value::String(text) => Some(Block::Text(text.clone())),
            _ => None,
        };
        let blocks: Vec<Block> = ids.iter().map(block).collect::<Option<_>>()?;
        let known = blocks.iter().take_while(|block| self.seen.contains(*block)).count();
        self.requests += 1;
        self.blocks += blocks.len() as u64;
        self.known += known as u64;
        self.seen.extend(blocks);
        Some(known)
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
    use super::Prefixes;
    use serde_json::json;

    #[test]
    fn a_prefix_is_known_from_its_beginning() {
        let mut prefixes = Prefixes::default();
        let mut take = |ids: serde_json::Value| prefixes.take(ids.as_array().map(Vec::as_slice).unwrap_or_default());
        assert_eq!(take(json!([0, 1, 2])), Some(0));
        assert_eq!(take(json!([0, 3, 2])), Some(1));
        assert_eq!(take(json!([7, 0])), Some(0));
        assert_eq!(take(json!([0, 1])), Some(2));
        assert_eq!(take(json!(["a", -1])), Some(0));
        assert_eq!(take(json!(["a", null])), None);
    }
}
