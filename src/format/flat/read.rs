//! Reads a table or JSON by a layout. Columns and keys are looked up once a file; after that each is an index.

use std::borrow::Cow;
use std::cell::RefCell;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::doubt::{self, Doubt};
use super::draft::{Draft, Raw, Slots};
use super::layout::{Layout, statistic};
use super::meaning::{Meaning, scale};
use super::value::{Given, cell_of, is_moment, json, parted_number, said};
use crate::catalog::dimensions::{Order, dimension};
use crate::catalog::metrics;
use crate::format::Input;
use crate::format::reader::csv::header::{self, Header};
use crate::format::reader::csv::rows::Rows;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{at, label_key};
use crate::format::reader::json_yaml::{Fault, Step, stream};
use crate::record::{
    Diagnostic, DimensionId, Kind, Load, LoadKind, MAX_COLUMNS, MetricId, Place, Provenance, Record, Sample, Severity, Sink, Stat,
};

/// Texts that a rate has where it is unlimited; JSON's reader replaces `Infinity` by the blank one.
const UNLIMITED: [&str; 4] = ["", "inf", "infinity", "unlimited"];

/// How much of a text a finding shows.
const SHOWN: usize = 40;

/// Where a column's values go.
#[derive(Clone, Copy)]
enum Target {
    Text(usize),
    Figure {
        slot: usize,
        scale: f64,
        least: f64,
    },
    /// A figure whose statistic another column names: the metric's position in `pivoted`.
    Pivoted {
        metric: usize,
        scale: f64,
    },
    Load(LoadKind),
    /// A column that the layout does not mention: its slots as a text and as a figure.
    Own {
        text: usize,
        figure: usize,
        identity: bool,
    },
    Nowhere,
}

pub(super) struct Reader<'l, 's> {
    layout: &'l Layout,
    sink: &'s mut dyn Sink,
    findings: Findings,
    slots: Slots,
    targets: FxHashMap<String, Target>,
    pivoted: Vec<String>,
    stat: Option<Stat>,
    /// From “ms” in a header to milliseconds: 1000 where the file has seconds.
    milliseconds: f64,
    dimension_ids: Vec<Option<DimensionId>>,
    metric_ids: Vec<Option<MetricId>>,
    concurrency: Option<f64>,
    /// The requested rate; infinite for unlimited.
    rate: Option<f64>,
    once: Vec<&'static str>,
    /// Whether the file is a table, whose cells are all texts.
    table: bool,
    records: u64,
}

/// Reads a file by a layout.
pub(super) fn read(layout: &Layout, input: Input<'_>, sink: &mut dyn Sink) {
    sink.provenance(Provenance { tool: Some(layout.tool.clone()).filter(|tool| !tool.is_empty()), ..Provenance::default() });
    let mut reader = Reader {
        layout,
        sink,
        findings: Findings::default(),
        slots: Slots::default(),
        targets: FxHashMap::default(),
        pivoted: Vec::new(),
        stat: None,
        milliseconds: 1.0,
        dimension_ids: Vec::new(),
        metric_ids: Vec::new(),
        concurrency: None,
        rate: None,
        once: layout.notes.to_vec(),
        table: !input.text.trim_start().starts_with(['{', '[']),
        records: 0,
    };
    if reader.table {
        reader.table(input.text);
    } else {
        reader.json(input.text);
    }
    reader.finish();
}

impl Reader<'_, '_> {
    fn json(&mut self, text: &str) {
        let keep = self.layout.keep();
        let keep: Vec<&[&str]> = keep.iter().map(Vec::as_slice).collect();
        for document in stream::documents(text) {
            let tree = document.read(&keep, &mut |share| self.sink.progress(share));
            match &tree.root {
                root @ Value::Object(_) => self.objects(root, &document.place, tree.fault.as_ref()),
                _ if tree.fault.is_none() => {
                    self.findings.entry(self.sink, "entries that are not objects", &document.place, || {
                        "This entry is not an object; skipped.".to_owned()
                    })
                }
                _ => {}
            }
            if let Some(fault) = tree.fault {
                self.findings.add(self.sink, "damaged records", || fault.diagnostic());
            }
        }
    }

    /// The records in an object: those at the layout's path, or itself where that leads nowhere.
    fn objects(&mut self, root: &Value, place: &Place, fault: Option<&Fault>) {
        let open = fault.is_some_and(|fault| self.is_open(fault));
        let mut found = root;
        for part in &self.layout.records {
            found = &found[part.trim_end_matches("[]")];
        }
        match found {
            _ if self.layout.records.is_empty() => self.object(root, root, place, open),
            Value::Array(list) => {
                let path = self.layout.records.join(".");
                for (index, record) in list.iter().enumerate() {
                    let place = Place::Key(format!("{}[{index}]", path.trim_end_matches("[]")));
                    self.object(record, root, &place, open && index + 1 == list.len());
                }
            }
            Value::Null => self.object(root, root, place, fault.is_some()),
            record => self.object(record, root, &Place::Key(self.layout.records.join(".")), open),
        }
    }

    /// Whether a fault is inside the records, so that the last of them is damaged.
    fn is_open(&self, fault: &Fault) -> bool {
        let records = &self.layout.records;
        let same = |(part, step): (&String, &Step)| matches!(step, Step::Key(key) if key == part.trim_end_matches("[]"));
        fault.open.len() >= records.len() && records.iter().zip(&fault.open).all(same)
    }

    fn object(&mut self, record: &Value, root: &Value, place: &Place, damaged: bool) {
        // What is missing may be what decides about the rest.
        if damaged && self.layout.complete.is_some() {
            self.records += 1;
            return self.findings.add(self.sink, "damaged records", || {
                let message = "The record is incomplete; skipped, because what its figures mean depends on all of it.";
                Diagnostic::new(Severity::Warning, place.clone(), message, "Copy the file again.")
            });
        }
        let Some(fields) = record.as_object() else {
            return self
                .findings
                .entry(self.sink, "entries that are not objects", place, || "This entry is not an object; skipped.".to_owned());
        };
        let raw = Raw::Object { record, root };
        if self.begin(raw) {
            self.walk(&mut String::new(), fields, place);
            for (path, name) in &self.layout.above {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                self.value(name, json(at(root, &keys)), place);
            }
            self.end(raw, place);
        }
    }

    /// Takes the plain values of an object, and of the objects in it that the layout looks into.
    fn walk(&mut self, path: &mut String, fields: &Map<String, Value>, place: &Place) {
        for (key, value) in fields {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(key);
            match value {
                Value::Object(inner) if self.layout.parents.contains(path.as_str()) => self.walk(path, inner, place),
                value => self.value(path, json(value), place),
            }
            path.truncate(length);
        }
    }

    fn table(&mut self, text: &str) {
        let Some(mut header) = Header::find(text) else { return };
        header::unique(&mut header.names, header.lines + 1, &mut self.findings, self.sink);
        let body = text.get(header.offset..).unwrap_or_default();
        let mut names: FxHashMap<String, usize> = FxHashMap::default();
        for (at, name) in header.names.iter().enumerate() {
            names.entry(name.clone()).or_insert(at);
        }
        if let Some(doubt) = self.layout.doubt {
            self.weigh(doubt, body, &header, &names);
        }
        let mut rows = Rows::new(body, header.delimiter);
        rows.advance(None);
        let markdown = header.delimiter == b'|';
        while let Some(row) = rows.advance(Some(header.names.len())) {
            self.sink.progress(rows.progress().clamp(0.0, 1.0));
            let line = rows.line() + header.lines;
            match row {
                // What stands around a Markdown table, and the rule below its header.
                Err(_) if markdown && rows.record().len() == 1 => continue,
                Ok(()) if markdown && rows.record().iter().all(|cell| cell.trim().trim_matches([':', '-']).is_empty()) => {
                    continue;
                }
                Err(broken) => {
                    self.findings.add(self.sink, broken.kind(), || broken.describe(line, header.names.len()));
                    continue;
                }
                Ok(()) => {}
            }
            let (place, raw) = (Place::Line(line), Raw::Cells { names: &names, row: rows.record() });
            if self.begin(raw) {
                for (name, cell) in header.names.iter().zip(rows.record()).filter(|(name, _)| !name.is_empty()) {
                    self.value(name, cell_of(cell), &place);
                }
                self.end(raw, &place);
            }
        }
    }

    /// Decides for the whole table whether a header's milliseconds are seconds.
    fn weigh(&mut self, doubt: Doubt, body: &str, header: &Header, names: &FxHashMap<String, usize>) {
        let Some(latency) = names.get(doubt.latency) else { return };
        let (seconds, others) = doubt::weigh(body, header, *latency, names.get(doubt.speed).copied());
        if seconds > others {
            self.milliseconds = 1000.0;
            self.once.push(doubt.note);
        }
        if seconds.min(others) > 0 {
            let message =
                format!("Rows disagree about the unit of times: {seconds} look like seconds, {others} like milliseconds.");
            let hint = "Were tables of different dates joined? Load each by itself.";
            self.sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, message, hint));
        }
    }

    /// Begins a record; false for one of a statistic that is not kept.
    fn begin(&mut self, raw: Raw<'_>) -> bool {
        if self.layout.statistic.is_empty() {
            return true;
        }
        self.stat = raw.text(&self.layout.statistic).as_deref().and_then(statistic);
        self.stat.is_some()
    }

    fn target(&mut self, name: &str) -> Target {
        if let Some(target) = self.targets.get(name) {
            return *target;
        }
        if self.targets.len() > MAX_COLUMNS {
            self.findings.first(self.sink, "columns beyond the limit", || {
                let message = format!("The file has more than {MAX_COLUMNS} columns or keys: the others are left out.");
                let hint = "Keep only the columns that you want to see.";
                Diagnostic::new(Severity::Warning, Place::File, message, hint)
            });
            return Target::Nowhere;
        }
        let target = match self.layout.meaning(name) {
            Some((Meaning::Ignore, _)) => Target::Nowhere,
            Some((Meaning::Text(key), _)) => Target::Text(self.slots.dimension(key)),
            Some((Meaning::Load(kind), _)) => Target::Load(*kind),
            Some((Meaning::Figure { key, stat, unit, scale: factor }, placed)) => {
                let suspect = self.milliseconds != 1.0 && unit == "ms";
                let scale = if suspect { scale(key, "s").unwrap_or(*factor) } else { *factor };
                let least = if metrics::metric(key).is_some() { 0.0 } else { f64::NEG_INFINITY };
                match stat.or(placed) {
                    Some(stat) => Target::Figure { slot: self.slots.figure(key, stat), scale, least },
                    None => {
                        self.pivoted.push(key.clone());
                        Target::Pivoted { metric: self.pivoted.len() - 1, scale }
                    }
                }
            }
            // What is not asked for does not describe other files, and has no statistic.
            None if self.layout.kind == Some(Kind::Context) || !self.layout.statistic.is_empty() => Target::Nowhere,
            None => match label_key(name) {
                Some(key) => {
                    let identity = dimension(&key).is_some_and(|row| row.order == Order::Number);
                    Target::Own { text: self.slots.dimension(&key), figure: self.slots.figure(name, Stat::Mean), identity }
                }
                None => Target::Nowhere,
            },
        };
        self.targets.insert(name.to_owned(), target);
        target
    }

    /// Takes one value.
    fn value(&mut self, name: &str, given: Given<'_>, place: &Place) {
        let target = self.target(name);
        if matches!(target, Target::Nowhere) {
            return;
        }
        let missing = match &given {
            Given::Missing => true,
            Given::Text(text) => self.layout.missing.iter().any(|missing| missing == text),
            Given::Number(number) | Given::Written(number, _) => {
                self.layout.missing.iter().any(|missing| missing.parse() == Ok(*number))
            }
            Given::Container => matches!(target, Target::Own { .. } | Target::Text(_)),
        };
        if missing {
            return;
        }
        match (target, &given) {
            (Target::Text(slot) | Target::Own { text: slot, identity: true, .. }, Given::Written(_, text))
                if !is_moment(&self.slots.dimensions[slot]) =>
            {
                return self.slots.say(slot, text);
            }
            _ => {}
        }
        let given = match given {
            // JSON has numbers: a text of digits is meant as a text, unless the layout says otherwise.
            Given::Written(_, text) if !self.table && matches!(target, Target::Own { .. }) => Given::Text(Cow::Borrowed(text)),
            Given::Written(number, _) => Given::Number(number),
            given => given,
        };
        match (target, given) {
            (Target::Text(slot) | Target::Own { text: slot, identity: true, .. }, Given::Number(number)) => {
                self.slots.say(slot, &said(&self.slots.dimensions[slot], number));
            }
            (Target::Text(slot) | Target::Own { text: slot, .. }, Given::Text(text)) => self.slots.say(slot, &text),
            (Target::Own { figure, .. }, Given::Number(number)) => self.slots.measure(figure, number),
            (Target::Figure { slot, scale, least }, Given::Number(number)) if number >= least => {
                self.slots.measure(slot, number * scale);
            }
            (Target::Pivoted { metric, scale }, Given::Number(number)) if number >= 0.0 => {
                if let Some(stat) = self.stat {
                    let slot = self.slots.figure(&self.pivoted[metric], stat);
                    self.slots.measure(slot, number * scale);
                }
            }
            (Target::Load(LoadKind::Concurrency), Given::Number(number)) if number > 0.0 => self.concurrency = Some(number),
            (Target::Load(LoadKind::Rate | LoadKind::Max), Given::Number(number)) if number > 0.0 => self.rate = Some(number),
            // A load of 0 is one that was not set.
            (Target::Load(_), Given::Number(0.0)) => {}
            (Target::Load(LoadKind::Rate), Given::Text(text)) if UNLIMITED.iter().any(|word| text.eq_ignore_ascii_case(word)) => {
                self.rate = Some(f64::INFINITY);
            }
            (target, given) if self.with_unit(target, &given) => {}
            (target, given) => self.complain(name, target, &given, place),
        }
    }

    /// Takes a cell with a unit of its own, which wins over its column's; false where it is none that fits.
    fn with_unit(&mut self, target: Target, given: &Given<'_>) -> bool {
        let Given::Text(text) = given else { return false };
        let Some((number, unit)) = parted_number(text).filter(|(number, _)| *number > 0.0) else { return false };
        match target {
            Target::Figure { slot, scale: column, .. } => {
                let key = &self.slots.figures[slot].0;
                let known = metrics::metric(key).is_some();
                let Some(scale) = (if known { scale(key, unit) } else { Some(column) }) else { return false };
                self.slots.measure(slot, number * scale);
            }
            Target::Load(LoadKind::Concurrency) => self.concurrency = Some(number),
            Target::Load(LoadKind::Rate) => self.rate = Some(number),
            _ => return false,
        }
        true
    }

    fn complain(&mut self, name: &str, target: Target, given: &Given<'_>, place: &Place) {
        let expected = if matches!(target, Target::Load(_)) { "a positive load" } else { "a non-negative number" };
        let found = match given {
            Given::Number(number) | Given::Written(number, _) => format!("“{number}”"),
            Given::Text(text) => format!("“{}”", text.chars().take(SHOWN).collect::<String>()),
            Given::Container | Given::Missing => "a list or an object".to_owned(),
        };
        self.report(name, expected, &found, place);
    }

    /// Reports a value that is not what it should be.
    fn report(&mut self, name: &str, expected: &str, found: &str, place: &Place) {
        self.findings.add(self.sink, "values of the wrong type", || {
            let place = match place {
                Place::Line(line) => Place::Cell { line: *line, column: name.to_owned() },
                other => Place::Key(format!("{other}.{name}")),
            };
            let message = format!("Expected {expected}, found {found}; ignored.");
            let hint = "The file may have been edited by hand or written by an unsupported version.";
            Diagnostic::new(Severity::Warning, place, message, hint)
        });
    }

    /// Ends a record: what the format adds to it, then the sink.
    fn end(&mut self, raw: Raw<'_>, place: &Place) {
        self.records += 1;
        if self.layout.statistic.is_empty() {
            self.emit(raw, place);
        }
    }

    fn emit(&mut self, raw: Raw<'_>, place: &Place) {
        let layout = self.layout;
        let (rate, concurrency) = (self.rate.take(), self.concurrency.take());
        let load = match (rate.filter(|rate| rate.is_finite()), concurrency) {
            (Some(rate), _) => Load::rate(rate),
            (None, Some(concurrency)) => Load::concurrency(concurrency),
            (None, None) if rate.is_some() => Load::MAX,
            (None, None) => Load::default(),
        };
        let mut draft =
            Draft { raw, slots: &mut self.slots, load, notes: Vec::new(), wrong: RefCell::default(), once: &mut self.once };
        if let (Some(LoadKind::Rate), Some(limit)) = (load.kind, concurrency) {
            draft.set("max_concurrency", Some(limit.to_string()));
        }
        for (key, value) in &layout.fixed {
            if key == "load" && draft.load == Load::default() {
                draft.load = Load { kind: LoadKind::from_key(value), value: None };
            } else if key != "load" && draft.get(key).is_none() {
                draft.set(key, Some(value));
            }
        }
        if let Some(complete) = layout.complete {
            complete(&mut draft);
        }
        draft.drop_placeholders();
        let Draft { load, notes, wrong, .. } = draft;
        let mut wrong = wrong.into_inner();
        wrong.sort_unstable();
        wrong.dedup_by(|a, b| a.0 == b.0);
        // Values that are shown were reported when read, unless they are counts and need more; others only feed derived figures.
        let is_reported = |name: &str| self.targets.get(name).is_some_and(|target| !matches!(target, Target::Nowhere));
        wrong.retain(|(name, expected)| !is_reported(name) || expected.starts_with("a whole"));
        for (name, expected) in wrong {
            self.report(&name, expected, &format!("“{}”", raw.shown(&name).chars().take(SHOWN).collect::<String>()), place);
        }
        for (kind, severity, message, hint) in notes {
            self.findings.add(self.sink, kind, || Diagnostic::new(severity, place.clone(), message, hint));
        }
        let kind = layout.kind.unwrap_or(Kind::Measurement);
        if self.slots.measured.is_empty() && kind != Kind::Context {
            self.findings.add(self.sink, "records without figures", || {
                let hint = "Check that the benchmark finished.";
                Diagnostic::new(Severity::Warning, place.clone(), "The record has no figures; skipped.", hint)
            });
            return self.slots.clear();
        }
        let (slots, sink) = (&self.slots, &mut *self.sink);
        self.dimension_ids.resize(slots.dimensions.len(), None);
        self.metric_ids.resize(slots.figures.len(), None);
        let identity: Vec<(DimensionId, &str)> = (slots.said.iter())
            .map(|slot| {
                let id = *self.dimension_ids[*slot].get_or_insert_with(|| sink.dimension(&slots.dimensions[*slot]));
                (id, slots.texts[*slot].as_str())
            })
            .collect();
        let samples: Vec<Sample> = (slots.measured.iter())
            .map(|slot| {
                let (key, stat) = &slots.figures[*slot];
                let metric = *self.metric_ids[*slot].get_or_insert_with(|| sink.metric(key, *stat));
                Sample { metric, value: slots.numbers[*slot] }
            })
            .collect();
        sink.record(Record { kind, place, load, identity: &identity, samples: &samples });
        self.slots.clear();
    }

    fn finish(mut self) {
        if !self.layout.statistic.is_empty() && !self.slots.measured.is_empty() {
            self.emit(Raw::Object { record: &Value::Null, root: &Value::Null }, &Place::File);
        }
        if self.records == 0 {
            let hint = "Check that the file was copied completely.";
            self.sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The file has no records.", hint));
        } else {
            for note in self.once {
                self.sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, note, ""));
            }
        }
        self.findings.finish(self.sink);
        self.sink.progress(1.0);
    }
}
