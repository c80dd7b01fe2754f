//! Logs of inference workers: SGLang, TensorRT-LLM and vLLM.
//!
//! A log can be hundreds of megabytes, of which some lines contain metrics (`lines`); one pass finds them, and every other
//! line costs a search for a few words. Stamps (`stamp`) and rank tags (`head`) come in many spellings and behind the
//! timestamps of wrappers. Only the name of an srt-slurm log identifies its worker. What a server was started with
//! (`launch`, `starts`) describes the run in the same folder, if it came up.

mod figures;
pub(super) mod head;
mod launch;
mod lines;
mod reading;
pub(super) mod stamp;
mod starts;

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::format::{About, Certainty, Format, Input, Look, accuracy};
use crate::record::Sink;

/// How much of a text is searched for a timestamp or a mark before all of it is.
const HEAD: usize = 256 * 1024;

/// How far into a line its timestamp may begin.
const STAMPED: usize = 120;

/// What servers write about arguments that they do not know.
const REFUSALS: [&str; 3] = ["vllm: error: ", "launch_server.py: error: ", "trtllm-serve: error: "];

/// A worker's log.
pub(in crate::format) static WORKER_LOG: Format = Format {
    about: &About::new(
        "worker-log",
        "Worker log of SGLang, TensorRT-LLM or vLLM",
        "batch statistics over time, memory, start-up settings; all known timestamp and rank formats; terminal colours are stripped",
        &["out", "err", "log", "txt"],
    ),
    sniff,
    read,
};

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    let text = look.text.trim_start();
    let json = text.starts_with('{') || text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', '[', '"']));
    if json {
        return None;
    }
    // A server that does not take its arguments writes nothing else.
    let refused = || REFUSALS.iter().any(|mark| memmem::find(head(text).as_bytes(), mark.as_bytes()).is_some());
    if !(stamped(text) || has_figures(head(text))) {
        return refused().then_some(Certainty::Likely);
    }
    // What an evaluation printed is read with the scores in it.
    (has_figures(text) || refused()).then_some(Certainty::Certain).filter(|_| !accuracy::printed::is_printed(text))
}

/// Reads a worker's log.
pub(in crate::format) fn read(input: Input<'_>, sink: &mut dyn Sink) {
    reading::read(input, sink);
}

/// Whether a text contains a supported line.
pub(in crate::format) fn has_figures(text: &str) -> bool {
    lines::BATCHES.iter().any(|batch| first_line(text, batch.mark).is_some_and(|line| is_batch(&plain(line), batch)))
        || lines::STATEMENTS.iter().any(|statement| {
            let line = first_line(text, statement.mark);
            line.is_some_and(|line| statement.figures.iter().any(|(words, _)| figures::behind(line, words, false).is_some()))
        })
        || launch::MARKS.iter().any(|mark| {
            let line = first_line(text, mark.text).map(plain);
            line.is_some_and(|line| line.find(mark.text).is_some_and(|at| !mark.settings(&line, at).0.is_empty()))
        })
}

fn is_batch(line: &str, batch: &lines::Batch) -> bool {
    let Some(at) = line.find(batch.mark) else { return false };
    let (_, rest) = figures::split(line, batch.mark, at, batch.fields);
    figures::fields(rest, false).any(|(key, _)| batch.words.iter().any(|(word, ..)| *word == key))
}

/// A text's beginning.
fn head(text: &str) -> &str {
    let end = (0..=HEAD.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// Whether one of the first lines has a timestamp, as in nearly every log.
fn stamped(text: &str) -> bool {
    head(text).lines().any(|line| {
        let line = plain(line);
        let end = (0..=STAMPED.min(line.len())).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
        stamp::stamp(&line[..end], reading::YEAR).is_some()
    })
}

/// The first line with a mark.
fn first_line<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let at = memmem::find(text.as_bytes(), mark.as_bytes())?;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next()
}

/// A line without terminal colour codes.
fn plain(line: &str) -> Cow<'_, str> {
    if memchr(0x1B, line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut parts = line.split('\u{1B}');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let escape =
            part.strip_prefix('[').and_then(|rest| rest.find(|c: char| c.is_ascii_alphabetic()).map(|end| &rest[end + 1..]));
        text.push_str(escape.unwrap_or(part));
    }
    Cow::Owned(text)
}
