//! The single requests of a benchmark: three lists by outcome, of which only figures are kept.
//!
//! Each list holds all requests with that outcome, including those outside the measured window, unless the run kept only a
//! sample. Instants are seconds since 1970, latencies in ms except `request_latency`, which is in seconds. A
//! request's inter-token latency is (last token − first token) ÷ (output tokens − 1), which is TPOT.

use serde_json::Value;

use super::names::REQUESTS;
use crate::format::reader::findings::Findings;
use crate::format::reader::json_yaml::{Pattern, Step, Take, path};
use crate::format::reader::requests::{Request, reason, unreadable_figures};
use crate::record::{Place, Sink};

/// The lists that are read; a fourth, `total`, holds the same requests where it is filled.
const OUTCOMES: [&str; 3] = ["successful", "errored", "incomplete"];

/// What a request is whose benchmark ended before it did.
const INCOMPLETE: &str = "incomplete: the benchmark ended first";

/// The requests, as elements of their lists.
pub(super) const ELEMENTS: &[Pattern] = &[&["benchmarks", "*", "requests", "*", "*"]];

/// What is read of them: the figures of all generations, and the reasons of failures.
pub(super) const KEEP: &[Pattern] = &[
    &["benchmarks", "*", "requests", "*", "*", "request_start_time"],
    &["benchmarks", "*", "requests", "*", "*", "start_time"],
    &["benchmarks", "*", "requests", "*", "*", "request_end_time"],
    &["benchmarks", "*", "requests", "*", "*", "end_time"],
    &["benchmarks", "*", "requests", "*", "*", "time_to_first_token_ms"],
    &["benchmarks", "*", "requests", "*", "*", "inter_token_latency_ms"],
    &["benchmarks", "*", "requests", "*", "*", "request_latency"],
    &["benchmarks", "*", "requests", "*", "*", "prompt_tokens"],
    &["benchmarks", "*", "requests", "*", "*", "output_tokens"],
    &["benchmarks", "*", "requests", "*", "*", "error"],
    &["benchmarks", "*", "requests", "*", "*", "info", "error"],
];

/// A request with its position: which of [`OUTCOMES`], and where in that list.
pub(super) type Listed = ((usize, usize), Request);

/// The requests of a report, by benchmark.
#[derive(Default)]
pub(super) struct Requests {
    /// Whether they are only counted: nothing of them is read.
    counting: bool,
    counts: Vec<usize>,
    listed: Vec<Vec<Listed>>,
    /// Figures that are none, and the first of them in words.
    unreadable: (u64, Option<String>),
}

/// Where the request at a position of a benchmark's lists stands.
pub(super) fn place(benchmark: &Place, (outcome, index): (usize, usize)) -> Place {
    Place::Key(format!("{benchmark}.requests.{}[{index}]", OUTCOMES[outcome]))
}

impl Take for Requests {
    fn take(&mut self, steps: &[Step], element: Value) {
        let [_, Step::Index(benchmark), _, Step::Key(outcome), Step::Index(index)] = steps else { return };
        let Some(outcome) = OUTCOMES.iter().position(|known| known == outcome) else { return };
        if self.counting {
            self.counts.resize(self.counts.len().max(benchmark + 1), 0);
            self.counts[*benchmark] += 1;
            return;
        }
        if self.listed.len() <= *benchmark {
            self.listed.resize_with(benchmark + 1, Vec::new);
        }
        let wrong = REQUESTS.iter().flat_map(|keys| keys.iter()).map(|key| (*key, &element[*key]));
        let wrong = wrong.filter(|(_, value)| !value.is_null() && value.as_f64().is_none_or(|number| number < 0.0));
        let wrong = wrong.map(|(key, value)| format!("{}.{key} is {value}", path(steps)));
        let wrong = wrong.chain((!element.is_object()).then(|| format!("{} is {element}", path(steps))));
        for found in wrong {
            self.unreadable.0 += 1;
            self.unreadable.1.get_or_insert_with(|| found.chars().take(120).collect());
        }
        if element.is_object() {
            self.listed[*benchmark].push(((outcome, *index), request(&element, OUTCOMES[outcome])));
        }
    }

    fn restart(&mut self) {
        *self = Requests { counting: self.counting, ..Requests::default() };
    }
}

impl Requests {
    /// None yet; they are read or only counted.
    pub(super) fn new(wanted: bool) -> Requests {
        Requests { counting: !wanted, ..Requests::default() }
    }

    /// How many requests of a benchmark were counted, but not read.
    pub(super) fn count(&self, benchmark: usize) -> usize {
        self.counts.get(benchmark).copied().unwrap_or_default()
    }

    /// Takes the requests of a benchmark out.
    pub(super) fn of(&mut self, benchmark: usize) -> Vec<Listed> {
        self.listed.get_mut(benchmark).map(std::mem::take).unwrap_or_default()
    }

    /// Reports what of them could not be read.
    pub(super) fn finish(self, findings: &mut Findings, sink: &mut dyn Sink) {
        unreadable_figures(self.unreadable, &Place::File, findings, sink);
    }
}

fn request(element: &Value, outcome: &str) -> Request {
    let number = |key: &str| element[key].as_f64().filter(|number| *number >= 0.0);
    let [start, end, ttft, tpot, latency, input_tokens, output_tokens] =
        REQUESTS.map(|keys| keys.iter().find_map(|key| number(key)));
    let told = || [&element["info"]["error"], &element["error"]].into_iter().find_map(Value::as_str).map(reason);
    let failure = match outcome {
        "successful" => None,
        "incomplete" => Some(INCOMPLETE.to_owned()),
        _ => Some(told().filter(|text| !text.is_empty()).unwrap_or_else(|| "errored".to_owned())),
    };
    let e2el = latency.map(|seconds| seconds * 1000.0);
    // Of a single token there is no time between tokens.
    let tpot = tpot.filter(|_| output_tokens.is_none_or(|tokens| tokens > 1.0));
    Request { start, end, ttft, tpot, e2el, input_tokens, output_tokens, failure, ..Request::default() }
}
