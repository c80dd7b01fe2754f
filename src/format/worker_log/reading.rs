//! The pass over a log.

use memchr::{memchr, memmem::Finder};
use rustc_hash::FxHashMap;

use super::figures::{self, Value};
use super::head::{self, Ranks, Worker};
use super::launch::MARKS;
use super::lines::{BATCHES, Batch, STATEMENTS, Statement};
use super::plain;
use super::stamp::{Clock, Stamp, stamp};
use super::starts::{Settings, Starts};
use crate::catalog::{metrics, number};
use crate::format::Input;
use crate::format::llmd::deployment;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::Identity;
use crate::record::{Diagnostic, DimensionId, Kind, Load, MetricId, Place, Provenance, Record, Sample, Severity, Sink, Stat};

/// The default year of timestamps without one.
pub(super) const YEAR: u32 = 2025;

/// How many names of figures that no table knows a log may bring.
const UNKNOWN: usize = 64;

/// How many of a line's keys are expected where they were.
const MOST_PLACES: usize = 64;

/// How many lines pass between two reports of progress.
const STRIDE: u64 = 4096;

/// What identifies a line's figures.
const DIMENSIONS: [&str; 10] =
    ["worker", "role", "node", "rank", "dp_rank", "tp_rank", "pp_rank", "ep_rank", "batch", "cuda_graph"];

/// A kind of line that is read.
#[derive(Clone, Copy)]
enum Kinds {
    Batch(&'static Batch),
    Statement(&'static Statement),
    /// By its place in [`MARKS`].
    Launch(usize),
}

impl Kinds {
    fn mark(self) -> &'static str {
        match self {
            Kinds::Batch(batch) => batch.mark,
            Kinds::Statement(statement) => statement.mark,
            Kinds::Launch(index) => MARKS[index].text,
        }
    }
}

/// Reads a log.
pub(super) fn read(input: Input<'_>, sink: &mut dyn Sink) {
    let kinds = BATCHES.iter().map(Kinds::Batch).chain(STATEMENTS.iter().map(Kinds::Statement));
    let mut kinds: Vec<(Kinds, Finder<'_>)> =
        kinds.chain((0..MARKS.len()).map(Kinds::Launch)).map(|kind| (kind, Finder::new(kind.mark()))).collect();
    let mut reader = Reader::new(input, sink);
    let (text, length) = (input.text, input.text.len().max(1));
    let (mut at, mut number) = (0, 0);
    while at < text.len() {
        let end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |offset| at + offset);
        let line = text[at..end].trim_end_matches('\r');
        number += 1;
        if let Some(found) = kinds.iter().position(|(_, finder)| finder.find(line.as_bytes()).is_some()) {
            // Lines of one kind come in groups, so the previous line's mark is tried first.
            kinds[..=found].rotate_right(1);
            reader.line(kinds[0].0, line, number, at, end == text.len());
        }
        if number % STRIDE == 0 {
            reader.sink.progress(at as f64 / length as f64);
        }
        at = end + 1;
    }
    reader.finish();
}

struct Reader<'r> {
    sink: &'r mut dyn Sink,
    findings: Findings,
    worker: Worker<'r>,
    /// The role that the server's own settings state, where the name states none.
    role: Option<&'static str>,
    year: Option<u32>,
    /// The first stamp without a year, and the last one with the years that have passed.
    first: Option<f64>,
    last: (u32, u32),
    dimensions: [Option<DimensionId>; DIMENSIONS.len()],
    metrics: FxHashMap<&'static str, MetricId>,
    unknown: Vec<(String, MetricId)>,
    samples: Vec<Sample>,
    /// For each kind of batch line the word at each place of the last such line.
    places: [Vec<usize>; BATCHES.len()],
    starts: Starts,
    text: &'r str,
    count: u64,
    unzoned: bool,
    stages: u64,
}

impl<'r> Reader<'r> {
    fn new(input: Input<'r>, sink: &'r mut dyn Sink) -> Reader<'r> {
        let name = input.path.rsplit(['/', '\\']).next().unwrap_or(input.path);
        let year = head::year(input.path);
        Reader {
            sink,
            findings: Findings::default(),
            worker: Worker::read(name),
            role: None,
            year,
            first: None,
            last: (0, year.unwrap_or(YEAR)),
            dimensions: [None; DIMENSIONS.len()],
            metrics: FxHashMap::default(),
            unknown: Vec::new(),
            samples: Vec::new(),
            places: Default::default(),
            starts: Starts::default(),
            text: input.text,
            count: 0,
            unzoned: false,
            stages: 0,
        }
    }

    /// One line of a kind at its offset in the text; `last` when the text ends in it.
    fn line(&mut self, kind: Kinds, line: &str, number: u64, offset: usize, last: bool) {
        let line = plain(line);
        let Some(at) = line.find(kind.mark()) else { return };
        match kind {
            Kinds::Batch(batch) => self.batch(batch, &line, at, number, last),
            Kinds::Statement(statement) => self.statement(statement, &line, at, number, last),
            Kinds::Launch(index) => self.launch(index, &line, at, number, offset),
        }
    }

    fn batch(&mut self, batch: &'static Batch, line: &str, at: usize, number: u64, cut: bool) {
        let (head, rest) = figures::split(line, batch.mark, at, batch.fields);
        let ranks = Ranks::read(head);
        if batch.engine == "SGLang" && ranks.later_stage() {
            self.stages += 1;
            return;
        }
        self.samples.clear();
        let mut graph = "";
        let mut role = None;
        for (place, (key, value)) in figures::fields(rest, cut).enumerate() {
            let known = self.word(batch, place, key);
            match (known, value) {
                (Some((_, metric, factor)), Value::Number(value)) if value >= 0.0 => self.figure(metric, value * factor),
                // A share has a word of its own; a percentage that is multiplied again would be a fraction.
                (Some((_, metric, 1.0)), Value::Percent(value)) if value >= 0.0 && number::unit(metric) == "%" => {
                    self.figure(metric, value);
                }
                (Some(_), Value::Percent(value)) => self.wrong(key, &format!("{value}%"), number),
                (Some((_, metric, _)), Value::Share(rank, all)) if *metric != "fetched_requests" => {
                    self.wrong(key, &format!("{rank}/{all}"), number);
                }
                (Some((_, metric, _)), Value::Share(rank, all)) => {
                    self.figure(metric, rank);
                    self.figure("fetched_requests_all", all);
                }
                (Some(_), Value::Text("N/A" | "None" | "nan" | "inf")) => {}
                (Some(_), Value::Number(_)) => self.wrong(key, "a negative number", number),
                (Some(_), Value::Text(text)) | (_, Value::Broken(text)) => self.wrong(key, text, number),
                (None, Value::Text(text)) if key == "cuda graph" => graph = text,
                (None, Value::Number(value) | Value::Percent(value)) => self.unknown(key, value),
                (None, _) => {}
            }
            // Only the workers of a disaggregated deployment have these queues.
            role = match (batch.batch, key) {
                (Some("prefill"), "#inflight-req") => Some("prefill"),
                (Some("decode"), "#transfer-req") => Some("decode"),
                _ => role,
            };
        }
        if !self.samples.is_empty() {
            let (batch_kind, role) = (self.derive(batch), self.role.or(role));
            self.emit(head, ranks, role, batch_kind, graph, batch.engine, number);
        }
    }

    /// The word that a key is. Lines of one kind mostly have the same keys in the same places.
    fn word(&mut self, batch: &'static Batch, place: usize, key: &str) -> Option<&'static (&'static str, &'static str, f64)> {
        let kind = BATCHES.iter().position(|other| std::ptr::eq(other, batch))?;
        let places = &mut self.places[kind];
        if let Some(word) = places.get(place).and_then(|at| batch.words.get(*at)).filter(|(word, ..)| *word == key) {
            return Some(word);
        }
        let found = batch.words.iter().position(|(word, ..)| *word == key)?;
        if place < MOST_PLACES {
            places.resize(places.len().max(place + 1), usize::MAX);
            places[place] = found;
        }
        batch.words.get(found)
    }

    /// Adds derived figures of a line; returns what the step computed.
    fn derive(&mut self, batch: &Batch) -> &'static str {
        let (new, cached) = (self.value("new_tokens"), self.value("cached_tokens"));
        if let (Some(new), Some(cached), None) = (new, cached, self.value("cache_hit_rate"))
            && new + cached > 0.0
        {
            self.figure("cache_hit_rate", 100.0 * cached / (new + cached));
        }
        let Some(decoded) = self.value("decode_tokens") else { return batch.batch.unwrap_or_default() };
        let new = new.unwrap_or(0.0);
        if let Some(time) = self.value("step_time").filter(|time| *time > 0.0) {
            for (metric, tokens) in [("step_prompt_tps", new), ("step_decode_tps", decoded)] {
                self.figure(metric, tokens * 1000.0 / time);
            }
        }
        match (new > 0.0, decoded > 0.0) {
            (true, true) => "mixed",
            (true, false) => "prefill",
            (false, true) => "decode",
            (false, false) => "",
        }
    }

    fn statement(&mut self, statement: &'static Statement, line: &str, at: usize, number: u64, cut: bool) {
        self.samples.clear();
        for (words, metric) in statement.figures {
            let value = match figures::behind(line, words, cut) {
                Some(Value::Number(value)) => value,
                Some(Value::Broken(found)) => {
                    self.wrong(words.trim_matches([' ', ',', ':', '(']), found, number);
                    continue;
                }
                _ => continue,
            };
            let id = self.metric(metric);
            match self.samples.iter_mut().find(|sample| sample.metric == id) {
                Some(sample) => sample.value += value,
                None => self.samples.push(Sample { metric: id, value }),
            }
        }
        if let (Some(total), Some(used)) = (self.value("memory_total"), self.value("memory_used")) {
            self.figure("memory_available", (total - used).max(0.0));
        }
        if !self.samples.is_empty() {
            let head = &line[..at];
            self.emit(head, Ranks::read(head), self.role, "", "", statement.engine, number);
        }
    }

    /// The server's start-up settings, and the run description derived from them.
    fn launch(&mut self, index: usize, line: &str, at: usize, number: u64, offset: usize) {
        let mark = &MARKS[index];
        let (pairs, version) = mark.settings(line, at);
        if pairs.is_empty() {
            return;
        }
        if self.worker.role.is_none() {
            let mode = pairs.iter().find(|(key, _)| key.replace('-', "_") == "disaggregation_mode");
            self.role = ["prefill", "decode"].into_iter().find(|role| mode.is_some_and(|(_, mode)| mode == role)).or(self.role);
        }
        let role = self.worker.role.or(self.role);
        let mut identity = Identity::default();
        deployment::describe(&pairs, role, &mut identity);
        deployment::tell(&pairs, &mut identity);
        identity.set("framework", mark.framework.map(str::to_owned));
        identity.set("version", version.map(|version| format!("vLLM-{version}")));
        let settings = Settings { line: number, source: mark.source, role: role.map(str::to_owned), pairs };
        self.starts.add(index, offset, identity, settings);
        if let Some(stamp) = stamp(&line[..at], self.last.1) {
            self.starts.at(stamp.seconds, stamp.clock);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all of them are parts of one line")]
    fn emit(&mut self, head: &str, ranks: Ranks<'_>, role: Option<&str>, batch: &str, graph: &str, engine: &str, number: u64) {
        let time = stamp(head, self.last.1).map(|stamp| self.time(stamp));
        if let Some((metric, seconds, clock)) = time {
            self.starts.at(seconds, clock);
            self.figure(metric, seconds);
        }
        let named = self.worker.ranks;
        let rank = ranks.rank().or(named.rank());
        // In the order of `DIMENSIONS`.
        let values = [
            self.worker.worker,
            self.worker.role.or(role),
            self.worker.node,
            rank,
            ranks.dp.or(named.dp),
            ranks.tp.or(named.tp),
            ranks.pp.or(named.pp),
            ranks.ep.or(named.ep),
            Some(batch),
            Some(graph),
        ];
        let mut identity: Vec<(DimensionId, &str)> = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let sink = &mut *self.sink;
                identity.push((*self.dimensions[index].get_or_insert_with(|| sink.dimension(DIMENSIONS[index])), value));
            }
        }
        if self.count == 0 {
            self.sink.provenance(Provenance { tool: Some(engine.to_owned()), ..Provenance::default() });
        }
        self.count += 1;
        let place = Place::Line(number);
        let (load, samples) = (Load::default(), self.samples.as_slice());
        self.sink.record(Record { kind: Kind::Sample, place: &place, load, identity: &identity, samples });
    }

    /// The metric, the seconds and the clock of a stamp. Without a year only the time since the first such stamp is known.
    fn time(&mut self, stamp: Stamp) -> (&'static str, f64, Clock) {
        self.unzoned |= stamp.clock != Clock::Zoned;
        if stamp.clock != Clock::Yearless {
            return ("time", stamp.seconds, stamp.clock);
        }
        let (month, year) = self.last;
        self.last = (stamp.month, if month == 12 && stamp.month == 1 { year + 1 } else { year });
        // The stamp was counted in the year before.
        let seconds = if self.last.1 == year { stamp.seconds } else { stamp.seconds + 365.0 * 86_400.0 };
        if self.year.is_some() {
            return ("time", seconds, Clock::Local);
        }
        ("elapsed", seconds - *self.first.get_or_insert(seconds), stamp.clock)
    }

    fn metric(&mut self, key: &'static str) -> MetricId {
        let sink = &mut *self.sink;
        *self.metrics.entry(key).or_insert_with(|| sink.metric(key, Stat::Mean))
    }

    fn figure(&mut self, key: &'static str, value: f64) {
        let metric = self.metric(key);
        if value.is_finite() && self.samples.iter().all(|sample| sample.metric != metric) {
            self.samples.push(Sample { metric, value });
        }
    }

    fn value(&self, key: &str) -> Option<f64> {
        let id = self.metrics.get(key)?;
        self.samples.iter().find(|sample| sample.metric == *id).map(|sample| sample.value)
    }

    /// A figure under a name that no table knows.
    fn unknown(&mut self, key: &str, value: f64) {
        let known = self.unknown.iter().find(|(name, _)| name == key).map(|(_, id)| *id);
        let id = match known {
            Some(id) => id,
            None if self.unknown.len() >= UNKNOWN => return,
            None => {
                // A name that is a metric's means something else here.
                let name = if metrics::metric(key).is_some() { format!("log {key}") } else { key.to_owned() };
                let id = self.sink.metric(&name, Stat::Mean);
                self.unknown.push((key.to_owned(), id));
                id
            }
        };
        if self.samples.iter().all(|sample| sample.metric != id) {
            self.samples.push(Sample { metric: id, value });
        }
    }

    fn wrong(&mut self, key: &str, found: &str, number: u64) {
        self.findings.add(self.sink, "values of the wrong type", || {
            let found: String = found.chars().take(40).collect();
            let message = format!("Expected a non-negative number for “{key}”, found “{found}”; ignored.");
            Diagnostic::new(Severity::Warning, Place::Line(number), message, "Lines of several processes may be interleaved.")
        });
    }

    fn finish(self) {
        let Reader { sink, findings, starts, worker, text, .. } = self;
        starts.emit(text, worker.worker, worker.node, sink);
        findings.finish(sink);
        let mut inform = |message: String, hint: &str| {
            sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, message, hint));
        };
        if self.first.is_some() && self.year.is_none() {
            let message = "The log's timestamps have no year; times are relative to its first sample.";
            inform(message.to_owned(), "Times of several such logs cannot be aligned.");
        } else if self.unzoned {
            inform("The log's timestamps have no time zone; read as UTC.".to_owned(), "");
        }
        if self.stages > 0 {
            let message = format!("{} batch lines of later pipeline stages repeat the first stage's; skipped.", self.stages);
            inform(message, "");
        }
        if self.count == 0 {
            inform("The worker log has no batch statistics, only start-up settings.".to_owned(), "");
        }
        sink.progress(1.0);
    }
}
