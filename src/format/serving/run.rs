//! One run while it is read.

use serde_json::Value;

use super::{Fields, keys};
use crate::catalog::instant::rfc3339;
use crate::catalog::metrics;
use crate::catalog::number::plural;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::{Identity, scalar};
use crate::format::reader::json_yaml::losses;
use crate::format::reader::requests::{Request, Summary};
use crate::format::reader::server_arguments::{is_server_argument, set_server_argument};
use crate::record::{Diagnostic, Load, MAX_COLUMNS, Place, Provenance, Sample, Severity, Sink, Stat};

/// One run.
#[derive(Default)]
pub(in crate::format) struct Run {
    pub identity: Identity,
    /// Metric, statistic, value in the catalogue's unit.
    pub figures: Vec<(String, Stat, f64)>,
    /// Findings: kind (see `Findings::add`), severity, message, hint.
    pub notes: Vec<(&'static str, Severity, String, &'static str)>,
    /// The generation of the layout, where the tool has several.
    pub schema: Option<&'static str>,
    /// The single requests listed beside it, each with its position.
    pub requests: Vec<(usize, Request)>,
}

impl Run {
    /// Adds a figure from the file. The first of a repeated statistic is kept: the median may also appear as P50.
    pub(in crate::format) fn figure(&mut self, key: &str, value: &Value, metric: &str, stat: Stat, scale: f64) {
        // Some writers quote numbers; an empty text replaces Python's NaN and Infinity.
        let number = match value {
            Value::Null => return,
            Value::String(text) if text.trim().is_empty() => return,
            Value::String(text) => text.trim().parse::<f64>().ok(),
            other => other.as_f64(),
        };
        // Only the catalogue's metrics are known to be never negative.
        let least = if metrics::metric(metric).is_some() { 0.0 } else { f64::NEG_INFINITY };
        match number.map(|number| number * scale).filter(|number| number.is_finite() && *number >= least) {
            Some(number) => self.add(metric, stat, number),
            None => {
                let found = match value {
                    Value::Array(_) => "a list".to_owned(),
                    Value::Object(_) => "an object".to_owned(),
                    other => format!("“{}”", scalar(other).unwrap_or_default().chars().take(40).collect::<String>()),
                };
                let message = format!("Expected a non-negative number for “{key}”, found {found}; ignored.");
                let hint = "The file may have been edited by hand or written by an unsupported version.";
                self.notes.push(("values of the wrong type", Severity::Warning, message, hint));
            }
        }
    }

    /// Adds a figure that follows from others, unless it is there or is none. Takes one more than a sink does, so that
    /// the sink reports the excess.
    pub(in crate::format) fn add(&mut self, metric: &str, stat: Stat, value: f64) {
        if value.is_finite() && self.figures.len() <= MAX_COLUMNS && self.value(metric, stat).is_none() {
            self.figures.push((metric.to_owned(), stat, value));
        }
    }

    /// A figure that was read.
    pub(in crate::format) fn value(&self, metric: &str, stat: Stat) -> Option<f64> {
        self.figures.iter().find(|(known, of, _)| known == metric && *of == stat).map(|(.., value)| *value)
    }

    /// Adds a setting as identity: an argument of the server also makes the configuration what it is, since a line of a
    /// chart joins what has one configuration.
    pub(in crate::format) fn setting(&mut self, key: &str, value: &Value) {
        let Some(text) = scalar(value) else { return };
        if key == keys::REPEAT {
            return self.identity.set("run", Some(format!("run {text}")));
        }
        if is_server_argument(key) {
            return set_server_argument(&mut self.identity, key, &text);
        }
        self.identity.label(key, Some(text));
    }

    /// Drops latencies that are 0 in every statistic: the tools write 0 where no request gave one.
    pub(in crate::format) fn drop_placeholders(&mut self) {
        for metric in ["ttft", "tpot", "itl", "e2el", "interactivity"] {
            let mut values = self.figures.iter().filter(|(known, ..)| known == metric).peekable();
            if values.peek().is_some() && values.all(|(.., value)| *value == 0.0) {
                self.figures.retain(|(known, ..)| known != metric);
                let message =
                    format!("{} is 0 in every statistic: no request has a value; treated as missing.", metrics::label(metric));
                self.notes.push(("latencies without samples", Severity::Info, message, ""));
            }
        }
    }

    /// Emits the run with its diagnostics; returns its number of metrics.
    pub(in crate::format) fn emit(self, load: Load, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) -> usize {
        let Run { identity, figures, notes, schema, requests } = self;
        for (kind, severity, message, hint) in notes {
            findings.add(sink, kind, || Diagnostic::new(severity, place.clone(), message, hint));
        }
        if figures.is_empty() {
            findings.add(sink, "runs without metrics", || {
                let hint = "Check that the benchmark finished.";
                Diagnostic::new(Severity::Warning, place.clone(), "The run has no metrics; skipped.", hint)
            });
            return 0;
        }
        sink.provenance(Provenance { schema: schema.map(str::to_owned), ..Provenance::default() });
        let samples: Vec<Sample> =
            figures.iter().map(|(metric, stat, value)| Sample { metric: sink.metric(metric, *stat), value: *value }).collect();
        identity.emit(place, load, &samples, sink);
        let summary = Summary {
            identity: &identity,
            load,
            place,
            samples: &samples,
            compared: &["ttft", "tpot", "e2el", "input_tokens", "output_tokens"],
            derived: &["tpot", "e2el"],
            complete: true,
        };
        summary.list(requests, |index| Place::Text(format!("{place}, request {}", index + 1)), findings, sink);
        samples.len()
    }

    /// Mean tokens of one request: the totals count completed requests only, so they are divided by those.
    pub(in crate::format) fn mean_tokens(&mut self, fields: &Fields, keys: [(&str, &str); 2]) {
        let completed = self.value("completed", Stat::Mean).filter(|completed| *completed > 0.0);
        for (key, metric) in keys {
            let total = self.count(key, fields);
            if let (Some(total), Some(completed)) = (total, completed) {
                self.add(metric, Stat::Mean, total / completed);
            }
        }
    }

    /// Warns if requests are missing and the file does not count failures.
    pub(in crate::format) fn audit_requests(&mut self, fields: &Fields) {
        let sent = self.count("num_prompts", fields);
        let done = self.value("completed", Stat::Mean);
        if let (Some(sent), Some(done), None) = (sent, done, self.value("errored", Stat::Mean))
            && done < sent
        {
            if done == 0.0 {
                return self.add("errored", Stat::Mean, sent);
            }
            let message = format!("Only {done} of {sent} requests completed; the file does not count failures.");
            let hint = "The others failed, or the data set has fewer prompts: check the benchmark's log.";
            self.notes.push(("runs with fewer completed requests than prompts", Severity::Warning, message, hint));
        }
    }

    /// When the run was: stated instants, else the local time at which the tool wrote the file.
    pub(in crate::format) fn times(&mut self, fields: &Fields) {
        for (key, dimension) in [("benchmark_start_time_unix", "start_time"), ("benchmark_end_time_unix", "end_time")] {
            let mut text = String::new();
            let seconds = fields.get(key).and_then(Value::as_f64);
            let known = seconds.is_some_and(|seconds| seconds > 0.0 && rfc3339(seconds * 1000.0, &mut text));
            if !known {
                self.unread(key, fields);
            }
            self.identity.set(dimension, known.then_some(text));
        }
        if self.identity.get("end_time").is_none() {
            self.identity.set("end_time", fields.get("date").and_then(Value::as_str).map(local_time));
        }
    }

    /// A count of the file, from which others follow. What is none is reported, and its own figure is dropped.
    fn count(&mut self, key: &str, fields: &Fields) -> Option<f64> {
        let stated = fields.get(key).filter(|stated| !stated.is_null() && *stated != "")?;
        let count = stated.as_f64().or_else(|| stated.as_str()?.trim().parse().ok());
        // Nothing is a total, but no benchmark plans no prompts.
        let least = if key == "num_prompts" { 1.0 } else { 0.0 };
        let count = count.filter(|count| *count >= least && count.fract() == 0.0);
        if count.is_none() {
            self.figures.retain(|(metric, ..)| metric != key);
            let shown: String = scalar(stated).unwrap_or_else(|| stated.to_string()).chars().take(40).collect();
            let message = format!("Expected a whole number from {least} for “{key}”, found “{shown}”; ignored.");
            let hint = "The file may have been edited by hand or written by an unsupported version.";
            self.notes.push(("values of the wrong type", Severity::Warning, message, hint));
        }
        count
    }

    /// Notes what stands under a key in the place of a number. 0 and blank texts are how tools write that there is none.
    fn unread(&mut self, key: &str, fields: &Fields) {
        let is_none = |value: &Value| value.is_null() || value.as_f64() == Some(0.0) || *value == "";
        let Some(value) = fields.get(key).filter(|value| !is_none(value)) else { return };
        let shown: String = scalar(value).unwrap_or_else(|| value.to_string()).chars().take(40).collect();
        let message = format!("Expected a positive number for “{key}”, found “{shown}”; ignored.");
        let hint = "The file may have been edited by hand or written by an unsupported version.";
        self.notes.push(("values of the wrong type", Severity::Warning, message, hint));
    }

    /// Notes what stands in the place of a list.
    pub(super) fn no_list(&mut self, key: &str, value: &Value) {
        if value.is_null() || *value == "" {
            return;
        }
        let found = match value {
            Value::Object(_) => "an object".to_owned(),
            other => format!("“{}”", scalar(other).unwrap_or_default().chars().take(40).collect::<String>()),
        };
        let message = format!("Expected a list for “{key}”, found {found}; ignored.");
        let hint = "The file may have been edited by hand or written by an unsupported version.";
        self.notes.push(("values of the wrong type", Severity::Warning, message, hint));
    }

    /// Takes how many of the listed requests failed, which the summary must not contradict.
    pub(in crate::format) fn failed(&mut self, failed: usize) {
        match self.value("errored", Stat::Mean) {
            Some(stated) if stated != failed as f64 => {
                let message = format!("{} among the single requests, {stated} in the summary.", plural(failed as u64, "failure"));
                let hint = "The summary counts requests that failed as completed, or the file is edited.";
                self.notes.push(("summaries that their single requests contradict", Severity::Warning, message, hint));
            }
            Some(_) => {}
            None => self.add("errored", Stat::Mean, failed as f64),
        }
    }

    /// The limit on requests in flight; some writers quote numbers. What is no limit is reported.
    pub(in crate::format) fn limit(&mut self, fields: &Fields) -> Option<f64> {
        let stated = fields.get("max_concurrency").filter(|stated| !stated.is_null())?;
        let number = stated.as_f64().or_else(|| stated.as_str()?.trim().parse().ok());
        let limit = number.filter(|limit| *limit > 0.0 && limit.is_finite());
        if limit.is_none() && stated != "" {
            let found = scalar(stated).unwrap_or_else(|| "a list or an object".to_owned());
            let message = format!("Expected a positive number for “max_concurrency”, found “{found}”; ignored.");
            self.notes.push((
                "loads of the wrong type",
                Severity::Warning,
                message,
                "Describe the load by hand, or correct the file.",
            ));
        }
        limit
    }

    /// The load, where requests come at `request_rate` with at most `max_concurrency` in flight. Without a limit on
    /// the rate that is a fixed concurrency; with one, the rate is the requested load and the other a limit.
    pub(in crate::format) fn rate_or_concurrency(&mut self, fields: &Fields) -> Load {
        let limit = self.limit(fields);
        let ramp = fields.get("ramp_up_strategy").is_some_and(|strategy| !strategy.is_null());
        let rate = match fields.get("request_rate") {
            Some(Value::Number(rate)) if !ramp => rate.as_f64().filter(|rate| *rate > 0.0),
            // The empty text replaces the literal Infinity.
            Some(Value::String(rate)) if !ramp && is_unlimited(rate) => {
                losses::understood("request_rate");
                return limit.map_or(Load::MAX, Load::concurrency);
            }
            Some(Value::String(rate)) if !ramp => rate.trim().parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0),
            _ => None,
        };
        // A word is another way to send requests, such as SGLang's `trace`.
        let is_word = |value: &Value| value.as_str().is_some_and(|word| word.starts_with(char::is_alphabetic));
        if rate.is_none() && !ramp && !fields.get("request_rate").is_some_and(is_word) {
            self.unread("request_rate", fields);
        }
        self.identity.set("max_concurrency", limit.map(|limit| limit.to_string()));
        rate.map_or_else(Load::default, Load::rate)
    }
}

/// Whether a rate's text means unlimited.
pub(in crate::format) fn is_unlimited(rate: &str) -> bool {
    let rate = rate.trim();
    rate.is_empty() || ["inf", "infinity"].iter().any(|word| rate.eq_ignore_ascii_case(word))
}

/// `20261121-182350` as `2026-11-21T18:23:50`, local to the machine that measured; any other text stays.
fn local_time(date: &str) -> String {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match date.split_once('-') {
        Some((day, time)) if day.len() == 8 && time.len() == 6 && digits(day) && digits(time) => {
            format!("{}-{}-{}T{}:{}:{}", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..])
        }
        _ => date.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn loads() {
        let load = |fields: Value| {
            let fields = fields.as_object().cloned().unwrap_or_default();
            Run::default().rate_or_concurrency(&fields)
        };
        assert_eq!(load(json!({"request_rate": "inf", "max_concurrency": 8})), Load::concurrency(8.0));
        assert_eq!(load(json!({"request_rate": "", "max_concurrency": null})), Load::MAX);
        assert_eq!(load(json!({"request_rate": 5.5, "max_concurrency": 8})), Load::rate(5.5));
        assert_eq!(load(json!({"request_rate": "trace", "max_concurrency": null})), Load::default());
        assert_eq!(load(json!({"request_rate": "inf", "ramp_up_strategy": "linear"})), Load::default());
        assert_eq!(load(json!({"max_concurrency": 8})), Load::default());
    }

    #[test]
    fn zeros_throughout_are_missing() {
        let mut run = Run::default();
        run.add("tpot", Stat::Mean, 0.0);
        run.add("tpot", Stat::P99, 0.0);
        run.add("ttft", Stat::Mean, 5.0);
        run.add("ttft", Stat::Std, 0.0);
        run.drop_placeholders();
        assert_eq!(run.figures, [("ttft".to_owned(), Stat::Mean, 5.0), ("ttft".to_owned(), Stat::Std, 0.0)]);
        assert_eq!(local_time("20261121-182350"), "2026-11-21T18:23:50");
        assert_eq!(local_time("yesterday"), "yesterday");
    }
}
