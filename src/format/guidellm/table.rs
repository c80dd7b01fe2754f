//! GuideLLM's CSV: one row per benchmark.
//!
//! A row is converted to the JSON tree, so that both formats are interpreted identically. There are
//! two layouts: one header row (0.2, 0.3), and three (from 0.4 on: group, outcome and unit, statistic). From 0.4 to 0.6
//! the header is that of the first benchmark, though each benchmark has columns only for the outcomes and statistics
//! that are not 0, so a later row may not match the header. What comes before the statistics is always
//! in place; the rest is read only where it certainly is. Start and end are local times without a zone, and not read.

use serde_json::{Map, Value, json};

use super::Generation;
use super::columns::{Column, Content, columns};
use super::identity::Context;
use super::names::{bare_version, release};
use crate::format::reader::csv::cells::{Cell, number};
use crate::format::reader::csv::rows::{Broken, Rows};
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::at;
use crate::record::{Diagnostic, Place, Provenance, Severity, Sink};

/// How the layout with one header row begins, and the one with three.
const BEGINNINGS: [&str; 2] = ["Type,Run Id,Id,Name,", "Run Info,Run Info,"];

/// Whether a text is such a table.
pub(super) fn is_table(text: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Reads the table.
pub(super) fn read(text: &str, sink: &mut dyn Sink) {
    let grouped = text.starts_with(BEGINNINGS[1]);
    let mut findings = Findings::default();
    let mut rows = Rows::new(text, b',');
    let columns = columns(&mut rows, if grouped { 3 } else { 1 }, &mut findings, sink);
    let mut table = Table {
        prefix: columns.iter().position(|column| column.as_ref().is_some_and(Column::is_statistic)).unwrap_or(columns.len()),
        columns,
        grouped,
        report: Value::Null,
        generation: None,
        outcomes: None,
        rounded: false,
    };
    let mut kept = 0;
    let mut any = false;
    while let Some(row) = rows.advance((!grouped).then_some(table.columns.len())) {
        any = true;
        let line = rows.line();
        let benchmark = match row {
            Ok(()) => table.benchmark(&rows, &mut findings, sink),
            Err(broken) => Err(broken),
        };
        match benchmark {
            Ok((benchmark, generation)) => {
                let context = Context { report: &table.report, benchmark: &benchmark };
                let place = Place::Line(line);
                kept += u32::from(super::measure(place, context, generation.dialect(), Vec::new(), &mut findings, sink));
            }
            Err(broken) => findings.add(sink, broken.kind(), || broken.describe(line, table.columns.len())),
        }
        sink.progress(rows.progress());
    }
    findings.finish(sink);
    table.finish(kept, any, sink);
    sink.progress(1.0);
}

struct Table {
    columns: Vec<Option<Column>>,
    /// The first statistics column: everything before it is in place in every row.
    prefix: usize,
    /// Whether there are three header rows.
    grouped: bool,
    /// Report-level values from the first row.
    report: Value,
    generation: Option<Generation>,
    /// Which outcomes the first row's requests had: columns follow from them.
    outcomes: Option<[bool; 3]>,
    /// Whether some rate is known only as the strategy's display form writes it.
    rounded: bool,
}

impl Table {
    /// The current row as a JSON benchmark.
    fn benchmark(
        &mut self,
        rows: &Rows<'_>,
        findings: &mut Findings,
        sink: &mut dyn Sink,
    ) -> Result<(Value, Generation), Broken> {
        let (found, cells) = (rows.record().len(), self.columns.len());
        if found <= self.prefix {
            return Err(Broken::Cells(found));
        }
        let mut row = json!({});
        self.take(rows, 0..self.prefix, &mut row, findings, sink);
        let outcomes = ["successful", "incomplete", "errored"]
            .map(|outcome| at(&row, &["metrics", "request_totals", outcome]).as_f64().is_some_and(|count| count > 0.0));
        // From 0.7 on cells are put under their own header.
        let placed = !self.grouped || self.version().and_then(release).is_some_and(|release| release >= (0, 7));
        let fits = found == cells && (placed || self.outcomes.is_none_or(|first| first == outcomes));
        let latency = &self.columns[self.prefix..];
        let latency = latency.iter().take_while(|column| column.as_ref().is_some_and(Column::is_successful_latency)).count();
        let end = match fits {
            true => cells,
            // The first statistics are those of successful requests' latency, if there are such requests.
            false if outcomes[0] && self.outcomes.is_some_and(|first| first[0]) && found > self.prefix + latency => {
                self.prefix + latency
            }
            false => self.prefix,
        };
        self.take(rows, self.prefix..end, &mut row, findings, sink);
        if fits {
            self.outcomes.get_or_insert(outcomes);
        } else {
            findings.add(sink, "rows that do not fit the header", || misplaced(rows.line(), found, cells, placed));
        }
        if self.generation.is_none() {
            self.report = report(&mut row, self.grouped);
            self.generation = Some(self.dated(&row));
        }
        if self.grouped {
            self.rounded |= settle(&mut row, &self.report);
        }
        Ok((row, self.generation.unwrap_or(Generation::V0_4)))
    }

    /// Puts cells where the JSON has them.
    fn take(
        &self,
        rows: &Rows<'_>,
        range: std::ops::Range<usize>,
        row: &mut Value,
        findings: &mut Findings,
        sink: &mut dyn Sink,
    ) {
        for (column, cell) in self.columns[range.clone()].iter().zip(rows.record().iter().skip(range.start)) {
            let Some(column) = column else { continue };
            let cell = cell.trim();
            let expected = match &column.content {
                Content::Text => {
                    put(row, &column.path, Value::String(cell.to_owned()));
                    continue;
                }
                Content::Json => {
                    // A truncated or invalid value counts as missing: nothing else depends on it.
                    put(row, &column.path, serde_json::from_str(cell).unwrap_or_default());
                    continue;
                }
                Content::Number => match number(cell) {
                    Cell::Missing => continue,
                    Cell::Number(value) if value >= 0.0 => {
                        put(row, &column.path, Value::from(value));
                        continue;
                    }
                    Cell::Number(_) | Cell::Wrong => "a non-negative number",
                },
                Content::List(names) => match list(cell, names.len()) {
                    Some(values) => {
                        for (name, value) in names.iter().zip(values) {
                            let path: Vec<&str> = column.path.iter().map(String::as_str).chain(name.iter().copied()).collect();
                            value.into_iter().for_each(|value| put(row, &path, Value::from(value)));
                        }
                        continue;
                    }
                    None if cell.is_empty() => continue,
                    None => "a list with the number of values the column header specifies",
                },
            };
            findings.add(sink, "cells that do not match their column", || {
                let shown: String = cell.chars().take(40).collect();
                let place = Place::Cell { line: rows.line(), column: column.name.clone() };
                let message = format!("Expected {expected}, found “{shown}”; treated as missing.");
                Diagnostic::new(Severity::Warning, place, message, "Check whether the file was edited by hand.")
            });
        }
        for by_outcome in row["metrics"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            by_outcome.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(count);
        }
    }

    fn version(&self) -> Option<&str> {
        self.report["metadata"]["guidellm_version"].as_str()
    }

    /// Which release wrote the first row.
    fn dated(&self, row: &Value) -> Generation {
        match self.version().and_then(release) {
            // 0.3 is the first to name redirects among the backend's settings; the columns of 0.2 are the same.
            _ if !self.grouped && row["worker"]["backend_info"]["follow_redirects"].is_null() => Generation::V0_2,
            _ if !self.grouped => Generation::V0_3,
            Some(release) if release >= (0, 8) => Generation::V0_8,
            _ => Generation::V0_4,
        }
    }

    fn finish(&self, kept: u32, any: bool, sink: &mut dyn Sink) {
        let version = self.version().map(|version| bare_version(version).to_owned());
        let schema = match self.generation {
            Some(generation) => generation.schema(&self.report),
            None => if self.grouped { "from 0.4 on" } else { "before 0.4" }.to_owned(),
        };
        sink.provenance(Provenance {
            tool: Some("GuideLLM".to_owned()),
            tool_version: version,
            schema: Some(format!("{schema} (CSV)")),
        });
        if !any {
            let hint = "Check that the benchmark finished and that the file was copied completely.";
            sink.diagnostic(Diagnostic::new(Severity::Warning, Place::File, "The table has a header but no rows.", hint));
        }
        let Some(generation) = self.generation.filter(|_| kept > 0) else { return };
        sink.diagnostic(super::explanation(generation.dialect().time_per_output_token));
        let times = "Start and end times have no time zone; ignored.";
        sink.diagnostic(Diagnostic::new(Severity::Info, Place::File, times, ""));
        if self.rounded {
            let message = "The requested rates are rounded to two decimals.";
            sink.diagnostic(Diagnostic::new(
                Severity::Info,
                Place::File,
                message,
                "Use the JSON or YAML report for exact values.",
            ));
        }
    }
}

fn misplaced(line: u64, found: usize, cells: usize, placed: bool) -> Diagnostic {
    const TAKEN: &str = "Only the columns before the statistics were read, and the latency where it is unambiguous.";
    let message = match (placed, found == cells) {
        (true, _) => format!("The row has {found} cells, the header {cells}; the row was probably truncated. {TAKEN}"),
        (false, true) => format!("Its request outcomes differ from the first row's, which the header describes. {TAKEN}"),
        (false, false) => format!("The row has {found} cells, but the header describes the first row's {cells}. {TAKEN}"),
    };
    let hint = "Use the JSON or YAML report of the same run: before 0.7, GuideLLM wrote this table with the header of a single benchmark.";
    Diagnostic::new(Severity::Warning, Place::Line(line), message, hint)
}

/// Sets a value at a path of keys; null and empty text change nothing.
fn put(root: &mut Value, path: &[impl AsRef<str>], value: Value) {
    if value.is_null() || value.as_str().is_some_and(str::is_empty) {
        return;
    }
    let target = path.iter().fold(root, |inner, key| {
        if !inner.is_object() {
            *inner = json!({});
        }
        &mut inner[key.as_ref()]
    });
    *target = value;
}

/// A Python list of numbers; `None` for each that is missing.
fn list(cell: &str, length: usize) -> Option<Vec<Option<f64>>> {
    let inner = cell.strip_prefix('[')?.strip_suffix(']')?;
    let value = |part: &str| match number(part.trim()) {
        Cell::Number(value) if value >= 0.0 => Some(Some(value)),
        Cell::Missing => Some(None),
        Cell::Number(_) | Cell::Wrong => None,
    };
    inner.split(',').map(value).collect::<Option<Vec<_>>>().filter(|values| values.len() == length)
}

/// A summary of zeros alone is one over nothing, which the JSON states as a count of 0.
fn count(summary: &mut Value) {
    fn zeros(value: &Value) -> bool {
        value.as_f64() == Some(0.0) || value.as_object().is_some_and(|fields| fields.values().all(zeros))
    }
    if summary.is_object() && zeros(summary) {
        summary["count"] = Value::from(0);
    }
}

/// Report-level values of a row, in the JSON's layout.
fn report(row: &mut Value, grouped: bool) -> Value {
    if !grouped {
        return Value::Null;
    }
    let mut report = json!({ "metadata": row["report"]["metadata"].take() });
    match row["report"]["arguments"].take() {
        Value::Null => {
            // 0.4 and 0.5 state the data alone, as Python prints a list.
            let requests = &row["config"]["requests"];
            report["args"]["data"] = requests["data"].as_str().map(texts).into();
            let formatters = requests["preprocessors"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let formats = [
                ("GenerativeChatCompletionsRequestFormatter", "chat_completions"),
                ("GenerativeTextCompletionsRequestFormatter", "text_completions"),
            ];
            let mut named =
                formatters.filter_map(|name| formats.iter().find(|(known, _)| *known == name)).map(|(_, format)| *format);
            report["args"]["data_request_formatter"] = named.next_back().into();
        }
        arguments if arguments["spec"].is_object() => report["config"] = arguments,
        arguments => report["args"] = arguments,
    }
    report
}

/// The texts of a Python list of texts, e.g. `['a', 'b']`.
fn texts(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = rest.as_bytes()[start];
        let inner = &rest[start + 1..];
        let Some(end) = inner.find(char::from(quote)) else { break };
        found.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
    }
    found
}

/// Values that the JSON has in another form: the strategy with its level, the limits, the concurrency of all requests. True
/// when the level is a rate in its rounded display form.
fn settle(row: &mut Value, report: &Value) -> bool {
    let config = &row["config"];
    let shown = config["strategy"].as_str().unwrap_or_default();
    let (kind, level) = match shown.split_once('@') {
        Some((kind, level)) => (kind, level.parse::<f64>().ok()),
        None => (shown, None),
    };
    let index = config["run_index"].as_f64().map(|index| index as usize);
    let strategy = index.and_then(|index| strategy(&config["profile"], kind, level, index));
    let rounded = strategy.is_none() && level.is_some() && matches!(kind, "constant" | "poisson");
    let key = match kind {
        "concurrent" => "streams",
        "throughput" => "max_concurrency",
        _ => "rate",
    };
    let strategy = strategy.unwrap_or_else(|| json!({ "type_": kind, key: level }));
    put(row, &["config", "strategy"], strategy);
    put(row, &["config", "slo"], at(report, &["config", "spec", "metrics", "slo"]).clone());
    // In flight on the whole: the outcomes' means over the same window add up.
    let concurrency = &row["metrics"]["request_concurrency"];
    let means = concurrency.as_object().into_iter().flat_map(Map::values).filter_map(|summary| summary["mean"].as_f64());
    let total: f64 = means.sum();
    if total > 0.0 {
        put(row, &["metrics", "request_concurrency", "total", "mean"], Value::from(total));
    }
    rounded
}

/// The strategy of the benchmark with this index, as the profile lists it.
fn strategy(profile: &Value, kind: &str, level: Option<f64>, index: usize) -> Option<Value> {
    let completed = &profile["completed_strategies"][index];
    if completed["type_"] == *kind {
        return Some(completed.clone());
    }
    let (list, key) = match kind {
        "concurrent" => ("streams", "streams"),
        "constant" | "poisson" => ("rate", "rate"),
        _ => return None,
    };
    let listed = match &profile[list] {
        Value::Array(levels) => levels.get(index)?,
        one => one,
    };
    // A rate is shown with two decimals.
    let agrees = |exact: f64| level.is_none_or(|level| (exact - level).abs() <= 0.005 + f64::EPSILON * level);
    listed.as_f64().filter(|exact| agrees(*exact)).map(|exact| json!({ "type_": kind, key: exact }))
}
