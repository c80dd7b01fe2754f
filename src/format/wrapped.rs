//! Results of other formats inside something else: JSON between the lines of a log, a list below a key of an object, an
//! object of named results. The format of the first result inside reads every one of them.

use std::fmt;

use memchr::memmem;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::reader::json_yaml::stream::strict_json;
use super::{About, Certainty, FORMATS, Format, Input, Look};
use crate::record::{Diagnostic, DimensionId, MetricId, Place, Provenance, Record, Severity, Sink, Stat};

/// Results inside a log or an object.
pub(super) static WRAPPED: Format = Format {
    about: &About::new(
        "wrapped",
        "Results inside a log or another JSON object",
        "JSON of another format between log lines, below a key such as `results`, or by name",
        &["log", "txt", "out", "json"],
    ),
    sniff,
    read,
};

/// Words of which a log with results has one; a log without them is not searched.
pub(super) const WORDS: [&str; 4] = ["_throughput\"", "ttft_ms\"", "tput_per_gpu\"", "\"benchmarks\""];

/// How many beginnings of objects in a log are tried in vain before the rest is not searched.
const TRIES: usize = 200;

/// How much of the first part of a log is read to recognise it.
const HEAD: usize = 4 << 20;

/// A result inside: its text, where it is, and its name if it has one.
struct Part<'t> {
    text: &'t str,
    place: Where,
    name: Option<String>,
}

impl<'t> Part<'t> {
    /// The same part of a text that is as long as the one it was found in.
    fn within<'o>(self, text: &str, original: &'o str) -> Option<Part<'o>> {
        let start = self.text.as_ptr() as usize - text.as_ptr() as usize;
        Some(Part { text: original.get(start..start + self.text.len())?, place: self.place, name: self.name })
    }
}

/// Where a result is.
#[derive(Clone)]
enum Where {
    /// Behind so many lines.
    Behind(u64),
    /// Below a key.
    Key(String),
}

fn sniff(look: &Look<'_>) -> Option<Certainty> {
    if look.bytes.is_empty() || !WORDS.iter().any(|word| memmem::find(look.text.as_bytes(), word.as_bytes()).is_some()) {
        return None;
    }
    let claimed = FORMATS.iter().any(|format| !is_wrapped(format) && format.sniff(look).is_some());
    if claimed {
        return None;
    }
    let text = if look.is_object() { look.text } else { look.head(HEAD) };
    let text = strict_json(text);
    parts(&text).iter().find_map(|part| inner(look.path, part.text)).map(|_| Certainty::Certain)
}

fn is_wrapped(format: &Format) -> bool {
    std::ptr::eq(format.about, WRAPPED.about)
}

/// The format of a result inside.
fn inner(path: &str, text: &str) -> Option<&'static Format> {
    let look = Look::new(Input { path, text, bytes: text.as_bytes() });
    FORMATS.iter().copied().find(|format| !is_wrapped(format) && format.sniff(&look) == Some(Certainty::Certain))
}

fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let text = strict_json(input.text);
    let parts: Vec<Part<'_>> = parts(&text).into_iter().filter_map(|part| part.within(&text, input.text)).collect();
    let format = parts.iter().find_map(|part| inner(input.path, part.text));
    let count = parts.len().max(1) as f64;
    if let (Some(rest), Some(_)) = (cut_off(input.text, &parts), format) {
        let message = "A result that begins here is cut off or damaged; it is not read.";
        let hint = "Copy the file again, or wait for the benchmark to finish.";
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::Line(rest), message, hint));
    }
    if let Some(fault) = fault(&text) {
        sink.diagnostic(fault);
    }
    for (at, part) in parts.iter().enumerate() {
        let Some(format) = format else { break };
        let look = Look::new(Input { path: input.path, text: part.text, bytes: part.text.as_bytes() });
        if format.sniff(&look).is_none() {
            if part.name.is_none() {
                let message = format!("This entry is no result of the kind of the others ({}); skipped.", format.about.label);
                let hint = "The run may have failed: look at the entry.";
                let mut inside = Inside { sink, place: &part.place, name: None, done: 0.0, share: 0.0 };
                inside.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
            }
            continue;
        }
        let name = part.name.as_deref().filter(|_| parts.len() > 1);
        let mut inside = Inside { sink, place: &part.place, name, done: at as f64 / count, share: 1.0 / count };
        format.read(*look, &mut inside);
    }
    sink.progress(1.0);
}

/// The line of a result behind the last one that was read whole, in a log.
fn cut_off(text: &str, parts: &[Part<'_>]) -> Option<u64> {
    let last = parts.last().filter(|part| matches!(part.place, Where::Behind(_)))?;
    let end = (last.text.as_ptr() as usize + last.text.len()).checked_sub(text.as_ptr() as usize)?;
    let rest = text.get(end..)?;
    let word = WORDS.iter().filter_map(|word| memmem::find(rest.as_bytes(), word.as_bytes())).min()?;
    let begins = rest[..word].rfind('{')?;
    Some(memchr::memchr_iter(b'\n', &text.as_bytes()[..end + begins]).count() as u64 + 1)
}

/// Why an object cannot be read to its end.
fn fault(text: &str) -> Option<Diagnostic> {
    let error = text.trim_start().starts_with('{').then(|| serde_json::from_str::<IgnoredAny>(text).err()).flatten()?;
    let place = Place::Character { line: error.line() as u64, column: error.column() as u64 };
    let (message, hint) = match error.is_eof() {
        true => ("The file is truncated; results that are not complete before its end are not read.", "Copy the file again."),
        false => ("Syntax error: results that are not complete before this point are not read.", "Correct the file."),
    };
    Some(Diagnostic::new(Severity::Error, place, message, hint))
}

/// The objects that may be results: in an object its values and the elements of its lists, in a log what stands between
/// the lines.
fn parts(text: &str) -> Vec<Part<'_>> {
    if text.trim_start().starts_with('{') { values(text) } else { between_lines(text) }
}

fn values(text: &str) -> Vec<Part<'_>> {
    let mut members = Members(Vec::new());
    // A fault costs what follows it.
    _ = serde_json::Deserializer::from_str(text).deserialize_map(&mut members);
    let mut parts = Vec::new();
    for (key, value) in members.0 {
        let value = value.get();
        if value.starts_with('{') {
            parts.push(Part { text: value, place: Where::Key(key.clone()), name: Some(key) });
        } else if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value) {
            let objects = list.into_iter().enumerate().filter(|(_, one)| one.get().starts_with('{'));
            let place = |at: usize| Where::Key(format!("{key}[{at}]"));
            parts.extend(objects.map(|(at, one)| Part { text: one.get(), place: place(at), name: None }));
        }
    }
    parts
}

/// The members of an object, unread.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Visitor<'de> for &mut Members<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
            self.0.push(member);
        }
        Ok(())
    }
}

fn between_lines(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut at, mut lines, mut counted, mut tries) = (Vec::new(), 0, 0_u64, 0, 0);
    while let Some(found) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
        let start = at + found;
        let rest = &text[start..];
        let opens = rest[1..].trim_start().starts_with('"');
        let length = opens.then(|| {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
            matches!(stream.next(), Some(Ok(_))).then(|| stream.byte_offset())
        });
        match length {
            None => at = start + 1,
            Some(None) => {
                tries += 1;
                if tries > TRIES {
                    break;
                }
                at = start + 1;
            }
            Some(Some(length)) => {
                lines += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..start]).count() as u64;
                counted = start;
                parts.push(Part { text: &rest[..length], place: Where::Behind(lines), name: None });
                at = start + length;
            }
        }
    }
    parts
}

/// Passes on what a format reads of a part, with places in the whole file.
struct Inside<'s> {
    sink: &'s mut dyn Sink,
    place: &'s Where,
    name: Option<&'s str>,
    done: f64,
    share: f64,
}

impl Inside<'_> {
    fn whole(&self, place: &Place) -> Place {
        match (self.place, place) {
            (Where::Behind(lines), Place::Line(line)) => Place::Line(lines + line),
            (Where::Behind(lines), Place::File) => Place::Line(lines + 1),
            (Where::Behind(lines), Place::Character { line, column }) => Place::Character { line: lines + line, column: *column },
            (Where::Behind(lines), Place::Key(key)) => Place::Text(format!("line {}, {key}", lines + 1)),
            (Where::Key(outer), Place::Key(key)) => Place::Key(format!("{outer}.{key}")),
            (Where::Key(outer), Place::Line(1) | Place::File) => Place::Key(outer.clone()),
            (Where::Key(outer), Place::Character { line, column }) => {
                Place::Text(format!("{outer}, its line {line}, character {column}"))
            }
            (_, other) => other.clone(),
        }
    }
}

impl Sink for Inside<'_> {
    fn dimension(&mut self, key: &str) -> DimensionId {
        self.sink.dimension(key)
    }

    fn metric(&mut self, key: &str, stat: Stat) -> MetricId {
        self.sink.metric(key, stat)
    }

    fn record(&mut self, record: Record<'_>) {
        let place = self.whole(record.place);
        let mut identity = record.identity.to_vec();
        if let Some(name) = self.name {
            let run = self.sink.dimension("run");
            if identity.iter().all(|(id, text)| *id != run || text.is_empty()) {
                identity.push((run, name));
            }
        }
        self.sink.record(Record { place: &place, identity: &identity, ..record });
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        let place = self.whole(&diagnostic.place);
        self.sink.diagnostic(Diagnostic { place, ..diagnostic });
    }

    fn provenance(&mut self, provenance: Provenance) {
        self.sink.provenance(provenance);
    }

    fn progress(&mut self, fraction: f64) {
        self.sink.progress((self.done + self.share * fraction).min(1.0));
    }

    fn wants_requests(&self) -> bool {
        self.sink.wants_requests()
    }

    fn skip_requests(&mut self, count: usize) {
        self.sink.skip_requests(count);
    }
}
