//! Requests without a tree, where there is nothing to say about one.
//!
//! A request has dozens of metrics, of which a third is read, and a run has hundreds of thousands of requests. This passes
//! over a line once and takes the numbers as they stand. What units mean and what identifies a request is found out once for
//! all requests that state the same. At anything out of the ordinary (an error, a text in place of a number, an unknown unit, a
//! key twice) nothing is taken, and [`request`](super::request) reads the line. A test holds both ways against each other.

use fast_float2::parse;
use memchr::memmem::Finder;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::super::tags::WORDS;
use super::{GAPS, Notes, STATED, identity};
use crate::catalog::metrics::Metric;
use crate::catalog::{Shape, metrics, units};
use crate::format::reader::json_yaml::scan::Cursor;
use crate::format::reader::json_yaml::stream::Document;
use crate::format::reader::time;
use crate::record::{DimensionId, Kind, Load, MetricId, Record, Sample, Sink, Stat};

/// The tag that AIPerf's documentation shows twice in one request.
const TWICE: &str = "time_to_first_token";

/// How many kinds of requests are known at once.
const KNOWN: usize = 1024;

/// What is read of the metadata besides the instants: what the identity is made of.
const FIELDS: usize = 7;

/// What was found out, for the requests to come.
pub(super) struct Quick {
    /// The positions of the tags in [`WORDS`].
    tags: FxHashMap<&'static str, usize>,
    /// For each of them.
    words: Vec<Word>,
    fields: [&'static str; FIELDS],
    /// The identities, by the fields as they stand.
    identities: FxHashMap<String, Vec<(DimensionId, String)>>,
    twice: Finder<'static>,
    time: Option<MetricId>,
    /// Of the present request.
    key: String,
    gaps: Vec<f64>,
    samples: Vec<Sample>,
}

/// What is known about a tag.
struct Word {
    /// The metric, if one request can have it.
    row: Option<&'static Metric>,
    /// The last unit, and from it to the catalogue's.
    unit: String,
    scale: f64,
    mean: Option<MetricId>,
    longest: Option<MetricId>,
}

/// A metric as a request states it.
#[derive(Clone, Copy)]
struct Stated<'t> {
    value: Amount,
    unit: &'t str,
}

#[derive(Clone, Copy)]
enum Amount {
    None,
    One(f64),
    /// The gaps between chunks: so many in [`Quick::gaps`].
    Gaps,
}

impl Quick {
    pub(super) fn new() -> Quick {
        let row = |key: &str| metrics::metric(key).filter(|row| row.shape == Shape::Distribution);
        let word = |(_, key): &(&str, &str)| Word { row: row(key), unit: String::new(), scale: 0.0, mean: None, longest: None };
        let mut fields = ["was_cancelled"; FIELDS];
        let stated = STATED.iter().flat_map(|(_, names)| names.iter().copied());
        fields[1..].iter_mut().zip(stated).for_each(|(field, name)| *field = name);
        Quick {
            tags: WORDS.iter().enumerate().map(|(at, (tag, _))| (*tag, at)).collect(),
            words: WORDS.iter().map(word).collect(),
            fields,
            identities: FxHashMap::default(),
            twice: Finder::new("\"time_to_first_token\""),
            time: None,
            key: String::new(),
            gaps: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Reads the request that begins here, emits it, and gives its length; `None`, and nothing is taken, where it is not plain.
    pub(super) fn request(&mut self, document: &Document<'_>, notes: &mut Notes, sink: &mut dyn Sink) -> Option<usize> {
        let mut cursor = Cursor { text: document.text, at: 0 };
        cursor.space();
        cursor.take(b'{')?;
        let mut fields: [&str; FIELDS] = [""; FIELDS];
        let mut start = None;
        let mut stated: [Option<Stated<'_>>; WORDS.len()] = [None; WORDS.len()];
        let (mut metadata, mut metrics, mut error) = (false, false, false);
        while cursor.byte()? != b'}' {
            let key = cursor.key()?;
            match key {
                "\"metadata\"" if !metadata => {
                    metadata = true;
                    self.metadata(&mut cursor, &mut fields, &mut start)?;
                }
                "\"metrics\"" if !metrics => {
                    metrics = true;
                    self.metrics(&mut cursor, &mut stated)?;
                }
                "\"error\"" if !error => {
                    error = true;
                    (cursor.value()? == "null").then_some(())?;
                }
                "\"metadata\"" | "\"metrics\"" | "\"error\"" => return None,
                key if key.contains('\\') => return None,
                _ => _ = cursor.value()?,
            }
            cursor.follow(b'}')?;
        }
        cursor.at += 1;
        let text = &document.text[..cursor.at];
        let start = time::seconds(&start?.into()).filter(|_| metadata && metrics)?;
        self.samples.clear();
        self.samples.push(Sample { metric: *self.time.get_or_insert_with(|| sink.metric("time", Stat::Mean)), value: start });
        for (at, stated) in stated.iter().enumerate() {
            self.figure(at, *stated, text, sink)?;
        }
        // Without it the latency is taken from the instants.
        let latency = self.tags.get("request_latency")?;
        matches!(stated.get(*latency)?.as_ref()?.value, Amount::One(_)).then_some(())?;
        self.identify(&fields, sink)?;
        let identity: Vec<(DimensionId, &str)> =
            self.identities.get(&self.key)?.iter().map(|(id, text)| (*id, text.as_str())).collect();
        notes.requests += 1;
        let (place, load, samples) = (&document.place, Load::default(), self.samples.as_slice());
        sink.record(Record { kind: Kind::Request, place, load, identity: &identity, samples });
        Some(text.len())
    }

    /// Reads the metadata: what identifies the request as it stands, and its start in nanoseconds.
    fn metadata<'t>(&self, cursor: &mut Cursor<'t>, fields: &mut [&'t str; FIELDS], start: &mut Option<u64>) -> Option<()> {
        cursor.take(b'{')?;
        while cursor.byte()? != b'}' {
            let key = cursor.key()?;
            let value = cursor.value()?;
            let name = &key[1..key.len() - 1];
            if let Some(at) = self.fields.iter().position(|field| *field == name) {
                fields[at].is_empty().then_some(())?;
                fields[at] = value;
            } else if name == "request_start_ns" {
                start.is_none().then_some(())?;
                *start = Some(value.parse().ok().filter(|_| is_number(value))?);
            } else if name.contains('\\') {
                return None;
            }
            cursor.follow(b'}')?;
        }
        cursor.take(b'}')
    }

    fn metrics<'t>(&mut self, cursor: &mut Cursor<'t>, stated: &mut [Option<Stated<'t>>; WORDS.len()]) -> Option<()> {
        cursor.take(b'{')?;
        while cursor.byte()? != b'}' {
            let key = cursor.key()?;
            let name = &key[1..key.len() - 1];
            match self.tags.get(name) {
                Some(at) => {
                    let known = stated.get_mut(*at)?;
                    known.is_none().then_some(())?;
                    *known = Some(self.metric(cursor, name == GAPS)?);
                }
                None if name == "error_isl" || name.contains('\\') => return None,
                None => _ = cursor.value()?,
            }
            cursor.follow(b'}')?;
        }
        cursor.take(b'}')
    }

    /// Reads a metric: a value and a unit, nothing else.
    fn metric<'t>(&mut self, cursor: &mut Cursor<'t>, gaps: bool) -> Option<Stated<'t>> {
        let mut stated = Stated { value: Amount::None, unit: "" };
        let (mut values, mut units) = (0, 0);
        cursor.take(b'{')?;
        while cursor.byte()? != b'}' {
            let key = cursor.key()?;
            values += u8::from(key == "\"value\"");
            units += u8::from(key == "\"unit\"");
            (values < 2 && units < 2).then_some(())?;
            match key {
                "\"value\"" if gaps && cursor.byte()? == b'[' => {
                    self.list(cursor)?;
                    stated.value = Amount::Gaps;
                }
                "\"value\"" => {
                    stated.value = match cursor.value()? {
                        "null" => Amount::None,
                        value => Amount::One(number(value)?),
                    }
                }
                "\"unit\"" => {
                    let unit = cursor.value()?.strip_prefix('"')?.strip_suffix('"')?;
                    let is_plain = unit.bytes().all(|byte| byte >= b' ' && byte != b'\\');
                    stated.unit = Some(unit).filter(|_| is_plain)?;
                }
                _ => return None,
            }
            cursor.follow(b'}')?;
        }
        cursor.at += 1;
        Some(stated)
    }

    fn list(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.gaps.clear();
        cursor.take(b'[')?;
        while cursor.byte()? != b']' {
            self.gaps.push(number(cursor.value()?)?);
            cursor.follow(b']')?;
        }
        cursor.at += 1;
        Some(())
    }

    /// Adds the samples of a metric; `None` if there is something to say about it.
    fn figure(&mut self, at: usize, stated: Option<Stated<'_>>, text: &str, sink: &mut dyn Sink) -> Option<()> {
        let Some(Stated { value: value @ (Amount::One(_) | Amount::Gaps), unit }) = stated else { return Some(()) };
        let (tag, key) = WORDS.get(at)?;
        if *tag == TWICE && self.twice.find_iter(text.as_bytes()).count() > 1 {
            return None;
        }
        let word = self.words.get_mut(at)?;
        let Some(row) = word.row else { return Some(()) };
        if word.unit != unit || unit.is_empty() {
            (!unit.is_empty()).then_some(())?;
            word.scale = units::factor(unit, row.unit)?;
            word.unit = unit.to_owned();
        }
        let scale = word.scale;
        let mut add = |id: &mut Option<MetricId>, stat, value: f64| {
            let metric = *id.get_or_insert_with(|| sink.metric(key, stat));
            let scaled = value * scale;
            (value >= 0.0 && scaled.is_finite()).then(|| self.samples.push(Sample { metric, value: scaled }))
        };
        match value {
            Amount::None => {}
            Amount::One(value) => add(&mut word.mean, Stat::Mean, value)?,
            Amount::Gaps => {
                if let Some(longest) = self.gaps.iter().copied().reduce(f64::max) {
                    add(&mut word.mean, Stat::Mean, self.gaps.iter().sum::<f64>() / self.gaps.len() as f64)?;
                    add(&mut word.longest, Stat::Max, longest)?;
                }
            }
        }
        Some(())
    }

    /// Makes the identity of a request without an error known, under [`Quick::key`].
    fn identify(&mut self, fields: &[&str; FIELDS], sink: &mut dyn Sink) -> Option<()> {
        self.key.clear();
        for field in fields {
            field.bytes().all(|byte| byte >= b' ').then_some(())?;
            self.key.push_str(field);
            self.key.push('\n');
        }
        if self.identities.contains_key(&self.key) {
            return Some(());
        }
        let mut metadata = Map::new();
        for (name, field) in self.fields.iter().zip(fields).filter(|(_, field)| !field.is_empty()) {
            metadata.insert((*name).to_owned(), serde_json::from_str(field).ok()?);
        }
        let identity = identity(&Value::Object(metadata), &Value::Null, true);
        (identity.get("status") == Some("ok")).then_some(())?;
        let pairs = identity.iter().map(|(key, text)| (sink.dimension(key), text.to_owned())).collect();
        if self.identities.len() >= KNOWN {
            self.identities.clear();
        }
        self.identities.insert(self.key.clone(), pairs);
        Some(())
    }
}

/// Whether a text is a number as JSON writes it.
fn is_number(text: &str) -> bool {
    let digits = |text: &'_ str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    let leads = text.trim_start_matches('-').starts_with('0') && whole > 1;
    if let Some(decimals) = rest.strip_prefix('.') {
        let count = digits(decimals);
        rest = &decimals[count..];
        if count == 0 {
            return false;
        }
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return whole > 0 && !leads && count > 0 && count == exponent.len();
    }
    whole > 0 && !leads && rest.is_empty()
}

/// A finite number as JSON writes it.
fn number(text: &str) -> Option<f64> {
    is_number(text).then(|| parse(text).ok())?.filter(|number: &f64| number.is_finite())
}
