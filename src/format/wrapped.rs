//! Results of other formats inside something else: JSON between the lines of a log, a list below a key of an object, an
//! object of named results. The format of the first result inside reads every one of them.

use std::fmt;

use memchr::memmem;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::reader::findings::Findings;
use super::reader::json_yaml::scan::value_end;
use super::reader::json_yaml::stream::strict_json;
use super::{About, Certainty, FORMATS, Format, Input, Look};
use crate::catalog::number::plural;
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

/// How many times a log's length is read again in all where objects in it are damaged, before the rest is not searched.
const MAX_REREAD: usize = 8;

/// How many lines are tried to tell whether a text without those words has results as lines.
const TRIES: usize = 8;

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
    let has_words = WORDS.iter().any(|word| memmem::find(look.text.as_bytes(), word.as_bytes()).is_some());
    // A first line that is whole was looked at by every format.
    let has_lines =
        || lines(look.head(HEAD)).next().is_some() && (!look.text.trim_start().starts_with('{') || is_lined(look.text));
    if look.bytes.is_empty() || !(has_words || has_lines()) {
        return None;
    }
    let claimed = FORMATS.iter().any(|format| !is_wrapped(format) && format.sniff(look).is_some());
    if claimed || !(has_words || lines(look.head(HEAD)).take(TRIES).any(|line| inner(look.path, line).is_some())) {
        return None;
    }
    let text = if look.is_object() && !is_lined(look.text) { look.text } else { look.head(HEAD) };
    found(text).parts.iter().find_map(|part| inner(look.path, part.text)).map(|_| Certainty::Certain)
}

/// The lines that begin like an object.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|line| line.starts_with("{\""))
}

/// Whether a text that begins like one object is none, but lines of them, of which the first is damaged or blank.
fn is_lined(text: &str) -> bool {
    let is_whole = |text: &str| serde_json::from_str::<IgnoredAny>(&strict_json(text)).is_ok();
    let first = text.trim_start().split('\n').next().unwrap_or_default().trim_end();
    (first == "{}" || !is_whole(first)) && lines(text).skip(1).take(TRIES).any(is_whole) && !is_whole(text)
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
    let Found { parts, damaged, unread, fault } = found(input.text);
    let format = parts.iter().find_map(|part| inner(input.path, part.text));
    let hint = "Copy the file again, or wait for the benchmark to finish.";
    if let (Some((line, count)), Some(_)) = (damaged, format) {
        let message = match count {
            1 => "A result that begins here is cut off or damaged; it is not read.".to_owned(),
            count => {
                format!("{count} lines with results, of which this is the first, are cut off or damaged; they are not read.")
            }
        };
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::Line(line), message, hint));
    }
    if let Some((line, count)) = unread {
        let message = format!("Too much before is damaged: reading ends here, and {} are not read.", plural(count, "line"));
        sink.diagnostic(Diagnostic::new(Severity::Error, Place::Line(line), message, hint));
    }
    if let Some(fault) = fault {
        sink.diagnostic(fault);
    }
    let Some(format) = format else { return sink.progress(1.0) };
    let mut findings = Findings::default();
    let (mut at, mut last) = (0, None);
    while let Some(part) = parts.get(at) {
        let matches = |part: &Part<'_>| {
            let look = Look::new(Input { path: input.path, text: part.text, bytes: part.text.as_bytes() });
            format.sniff(&look).is_some()
        };
        let done = at as f64 / parts.len() as f64;
        at += 1;
        if !matches(part) {
            if part.name.is_none() {
                let message = format!("This entry is no result of the kind of the others ({}); skipped.", format.about.label);
                let hint = "The run may have failed: look at the entry.";
                let place = Inside { sink, place: &part.place, name: None, done: 0.0, share: 0.0 }.whole(&Place::File);
                // Objects within one line are one entry.
                if last.as_ref() != Some(&place) {
                    last = Some(place.clone());
                    findings.add(sink, "entries of another kind", || Diagnostic::new(Severity::Warning, place, message, hint));
                }
            }
            continue;
        }
        // Lines one after another are one text, of which the format says only once what it has to say.
        let mut text = part.text;
        while let Some(next) = parts.get(at).and_then(|next| joined(input.text, text, next.text)).filter(|_| matches(&parts[at]))
        {
            text = next;
            at += 1;
        }
        let name = part.name.as_deref().filter(|_| parts.len() > 1);
        let look = Look::new(Input { path: input.path, text, bytes: text.as_bytes() });
        let share = at as f64 / parts.len() as f64 - done;
        format.read(*look, &mut Inside { sink, place: &part.place, name, done, share });
    }
    findings.finish(sink);
    sink.progress(1.0);
}

/// A part and the next one as one text, where nothing but a line end is between them.
fn joined<'t>(whole: &'t str, part: &str, next: &str) -> Option<&'t str> {
    let offset = |text: &str| (text.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
    let (start, end, begins) = (offset(part)?, offset(part)? + part.len(), offset(next)?);
    let between = whole.get(end..begins)?;
    (between.contains('\n') && between.trim().is_empty()).then(|| &whole[start..begins + next.len()])
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

/// What is found in a text.
#[derive(Default)]
struct Found<'t> {
    /// The objects that may be results.
    parts: Vec<Part<'t>>,
    /// The first line with a result that is damaged, and how many such lines there are.
    damaged: Option<(u64, u64)>,
    /// Where reading ended, and how many lines are below.
    unread: Option<(u64, u64)>,
    /// Why an object cannot be read to its end.
    fault: Option<Diagnostic>,
}

/// The objects that may be results: in an object its values and the elements of its lists, in a log what stands between
/// the lines.
fn found(text: &str) -> Found<'_> {
    if !text.trim_start().starts_with('{') || is_lined(text) {
        return between_lines(text);
    }
    let strict = strict_json(text);
    let parts = values(&strict).into_iter().filter_map(|part| part.within(&strict, text)).collect();
    Found { parts, fault: fault(&strict), ..Found::default() }
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

fn between_lines(text: &str) -> Found<'_> {
    let mut found = Found::default();
    // Where the last part ends, and how many lines end before that.
    let (mut end, mut lines) = (0, 0_u64);
    let (mut at, mut reread) = (0, 0);
    let count = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
    while let Some(brace) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
        let start = at + brace;
        let rest = &text[start..];
        let begins_line = text[..start].rsplit('\n').next().is_none_or(|before| before.trim().is_empty());
        let is_blank = begins_line && rest.split('\n').next().is_some_and(|line| line.trim_end() == "{}");
        if !is_blank && !rest[1..].trim_start().starts_with('"') {
            at = start + 1;
            continue;
        }
        match length(rest) {
            Ok(length) => {
                damaged(&text[end..start], lines, &mut found);
                lines += count(&text[end..start]);
                found.parts.push(Part { text: &rest[..length], place: Where::Behind(lines), name: None });
                lines += count(&rest[..length]);
                end = start + length;
                at = end;
            }
            Err(cost) => {
                reread += cost;
                if reread > MAX_REREAD * text.len() {
                    let line = lines + count(&text[end..start]) + 1;
                    found.unread = Some((line, count(rest.trim_end()) + 1));
                    damaged(&text[end..start], lines, &mut found);
                    return found;
                }
                // Of a line that is no whole object, no part is a result.
                let line = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
                at = start + if begins_line && rest[..line].trim_end().len() > 1 { line } else { 1 };
            }
        }
    }
    damaged(&text[end..], lines, &mut found);
    found
}

/// The length of the object that a text begins with; how much was read in vain where it is damaged.
fn length(text: &str) -> Result<usize, usize> {
    let read = |text: &str| {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        match stream.next() {
            Some(Ok(_)) => Some(stream.byte_offset()),
            _ => None,
        }
    };
    if let Some(length) = read(text) {
        return Ok(length);
    }
    // What JSON does not have is made blank within the object only: quotes of a log around it are not always in pairs.
    let lined = memmem::find(text.as_bytes(), b"\n{").unwrap_or(text.len());
    let mut cost = 0;
    for end in [lined, text.len()] {
        cost += end;
        let whole = value_end(&text.as_bytes()[..end], 0).and_then(|end| text.get(..end));
        if let Some(whole) = whole.filter(|whole| read(&strict_json(whole)).is_some()) {
            return Ok(whole.len());
        }
        // A line that is damaged is no longer than the line.
        if end == text.len() || lined < memchr::memchr(b'\n', text.as_bytes()).unwrap_or(lined) + 1 {
            break;
        }
    }
    Err(cost)
}

/// Counts the lines of results in what is between two parts, before which so many lines end.
fn damaged(between: &str, lines: u64, found: &mut Found<'_>) {
    for (at, line) in between.split('\n').enumerate() {
        // The beginning of one, the end of one whose beginning is lost, or a figure of one.
        let is_result = line.trim_start().starts_with("{\"")
            || (line.trim_end().ends_with('}') && line.contains("\":"))
            || WORDS.iter().any(|word| memmem::find(line.as_bytes(), word.as_bytes()).is_some());
        if is_result {
            found.damaged.get_or_insert((lines + at as u64 + 1, 0)).1 += 1;
        }
    }
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
            (Where::Behind(lines), Place::Key(key) | Place::Text(key)) => {
                // Of lines in one text, the place names its own.
                let line = key.strip_prefix("line ").and_then(|rest| {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    Some((rest[..digits].parse::<u64>().ok()?, &rest[digits..]))
                });
                Place::Text(match line {
                    Some((line, rest)) => format!("line {}{rest}", lines + line),
                    None => format!("line {}, {key}", lines + 1),
                })
            }
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

    fn reports_repeats(&mut self) {
        self.sink.reports_repeats();
    }
}
