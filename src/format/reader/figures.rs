//! Taking figures out of a tree, one by one: what is missing is skipped, what is wrong is named.

use serde_json::Value;

use super::findings::Findings;
use crate::catalog::{Shape, metrics, stats, units};
use crate::record::{Diagnostic, Place, Sample, Severity, Sink, Stat};

/// Where figures go and where complaints about them go.
pub(in crate::format) struct Collector<'c> {
    pub sink: &'c mut dyn Sink,
    pub findings: &'c mut Findings,
    pub samples: Vec<Sample>,
}

impl Collector<'_> {
    /// Takes one figure, if it can be one; `path` says where it stands.
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
            // What stands here for the NaN and Infinity of Python's writer.
            Value::String(text) if text.is_empty() => {}
            Value::Number(number) => match number.as_f64() {
                Some(figure) if figure >= 0.0 && (figure * scale).is_finite() => {
                    let metric = self.sink.metric(metric, stat);
                    self.samples.push(Sample { metric, value: figure * scale });
                }
                _ => self.complain(value, path, "a non-negative number"),
            },
            other => self.complain(other, path, "a number"),
        }
    }

    /// Takes the statistics of a summary that states its unit under `unit_key`. One over nothing (a count of 0) is
    /// missing; one in a unit that does not measure the metric is left out and named, because guessing would be wrong
    /// by a factor.
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

    /// Takes the fields of a summary that `parse` knows as statistics, the first of those that name the same one.
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

    /// Says that something else stands where `expected` should.
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

/// What a value is, in a few words.
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
