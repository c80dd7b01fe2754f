//! Collecting metrics from a JSON tree: missing values are skipped, invalid ones reported.

use serde_json::Value;

use super::findings::Findings;
use crate::catalog::{Shape, metrics, stats, units};
use crate::record::{Diagnostic, Place, Sample, Severity, Sink, Stat};

/// Collects samples, and reports values that are not numbers.
pub(in crate::format) struct Collector<'c> {
    pub sink: &'c mut dyn Sink,
    pub findings: &'c mut Findings,
    pub samples: Vec<Sample>,
}

impl Collector<'_> {
    /// Adds a value if it is a valid number; `path` is its place, for diagnostics.
    pub(in crate::format) fn figure(
        &mut self,
        value: &Value,
        metric: &str,
        stat: Stat,
        scale: f64,
        path: impl FnOnce() -> String,
    ) {
        match value {
            Value::Null => {}
            // The JSON reader's replacement for Python's NaN and Infinity.
            Value::String(text) if text.is_empty() => {}
            // Some writers quote numbers.
            Value::Number(_) | Value::String(_) => match number(value) {
                Some(figure) if figure >= 0.0 && (figure * scale).is_finite() => {
                    let metric = self.sink.metric(metric, stat);
                    self.samples.push(Sample { metric, value: figure * scale });
                }
                None if value.is_string() => self.complain(value, path, "a number"),
                _ => self.complain(value, path, "a non-negative number"),
            },
            other => self.complain(other, path, "a number"),
        }
    }

    /// Adds the statistics of a summary whose unit is under `unit_key`. A summary of nothing (a count of 0) is
    /// missing; one in an unsuitable unit is skipped and reported, because a guess could be wrong by orders
    /// of magnitude.
    pub(in crate::format) fn summary(&mut self, summary: &Value, unit_key: &str, metric: &str, path: &str) {
        let Some(row) = metrics::metric(metric) else { return };
        let fields = match summary {
            Value::Null => return,
            Value::Object(fields) if fields.get("count").and_then(Value::as_f64) == Some(0.0) => return,
            Value::Object(fields) => fields,
            other => return self.complain(other, || path.to_owned(), "a summary"),
        };
        let Some(scale) = fields.get(unit_key).and_then(Value::as_str).and_then(|unit| units::factor(unit, row.unit)) else {
            let stated = fields.get(unit_key).and_then(Value::as_str);
            let message = match stated {
                Some(unit) => format!("“{unit}” is not a unit of {}; ignored.", row.label),
                None => format!("{} has no unit; ignored.", row.label),
            };
            return self.findings.add(self.sink, "figures without a usable unit", || {
                let hint = "If you know the unit, correct it in the file; guessing could be off by orders of magnitude.";
                Diagnostic::new(Severity::Warning, Place::Key(format!("{path}.{unit_key}")), message, hint)
            });
        };
        let wanted = |name: &str| stats::parse(name).filter(|stat| row.shape == Shape::Distribution || *stat == Stat::Mean);
        self.statistics(summary, wanted, metric, scale, || path.to_owned());
    }

    /// Adds the fields of a summary that `parse` recognises as statistics; the first of several spellings of one.
    pub(in crate::format) fn statistics(
        &mut self,
        summary: &Value,
        parse: impl Fn(&str) -> Option<Stat>,
        metric: &str,
        scale: f64,
        path: impl Fn() -> String,
    ) {
        let Some(fields) = summary.as_object() else { return };
        let mut found: Vec<(Stat, &str, &Value)> =
            fields.iter().filter_map(|(name, value)| Some((parse(name)?, name.as_str(), value))).collect();
        found.sort_by_key(|(stat, ..)| *stat);
        found.dedup_by_key(|(stat, ..)| *stat);
        for (stat, name, value) in found {
            self.figure(value, metric, stat, scale, || format!("{}.{name}", path()));
        }
    }

    /// Reports a value of the wrong type.
    pub(in crate::format) fn complain(&mut self, value: &Value, path: impl FnOnce() -> String, expected: &str) {
        self.findings.add(self.sink, "values of the wrong type", || {
            let message = format!("Expected {expected}, found {}; ignored.", describe(value));
            Diagnostic::new(
                Severity::Warning,
                Place::Key(path()),
                message,
                "The file may have been edited by hand or written by an unsupported version.",
            )
        });
    }
}

/// A number, or one that is written as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A short description of a value.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("“{value}”"),
        Value::Number(number) => format!("{number}"),
        Value::String(text) => format!("the text “{}”", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
