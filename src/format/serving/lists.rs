//! The lists of single requests that stand beside a run's summary: vLLM's `--save-detailed`, SGLang's `--output-details`,
//! sa-bench always.
//!
//! One list for each figure, in the order of the requests, failed ones included (with 0 and an error's text). Times are in
//! seconds, gaps are those between chunks. The end of a request is stated by few releases: else its latency is its TTFT plus
//! its gaps. `start_times` are of a clock that begins anywhere, so only their differences mean something.

use serde_json::Value;

use super::Fields;
use crate::catalog::stats;
use crate::format::reader::findings::Findings;
use crate::format::reader::identity::scalar;
use crate::format::reader::json_yaml::{Pattern, Step, Take, path};
use crate::format::reader::requests::{Gaps, Request, reason, unreadable_figures};
use crate::record::{Diagnostic, Place, Severity, Sink, Stat};

/// The elements of the lists.
pub(super) const ELEMENTS: &[Pattern] = &[
    &["input_lens", "*"],
    &["output_lens", "*"],
    &["ttfts", "*"],
    &["latencies", "*"],
    &["start_times", "*"],
    &["itls", "*"],
    &["errors", "*"],
];

/// The elements of the lists of percentiles in a summary, `[99, 61.5]` each, as the first releases wrote them.
pub(super) const PERCENTILES: &[Pattern] =
    &[&["percentiles_ttft_ms", "*"], &["percentiles_tpot_ms", "*"], &["percentiles_itl_ms", "*"], &["percentiles_e2el_ms", "*"]];

/// Whether a key is that of a list of requests or percentiles.
pub(super) fn is_list(key: &str) -> bool {
    ELEMENTS.iter().chain(PERCENTILES).any(|pattern| pattern[0] == key)
}

/// The lists with a number for each request.
const NUMBERS: [&str; 5] = ["input_lens", "output_lens", "ttfts", "latencies", "start_times"];

/// The lists of a run.
#[derive(Default)]
pub(super) struct Lists {
    /// Whether the requests are only counted: how long each list is, and how many errors there are.
    counting: bool,
    counts: [usize; ELEMENTS.len()],
    failed: usize,
    numbers: [Vec<Option<f64>>; NUMBERS.len()],
    gaps: Vec<Option<Gaps>>,
    errors: Vec<Option<String>>,
    /// The percentiles of the summary that are known, under the keys of their lists, each once.
    percentiles: Vec<(String, Stat, Value)>,
    /// Values that are no figures, and the first of them in words.
    unreadable: (u64, Option<String>),
}

/// The outcomes of requests: how many are listed, and how many of them failed.
#[derive(Clone, Copy, Default)]
pub(super) struct Outcomes {
    listed: usize,
    failed: usize,
}

impl Outcomes {
    /// How many of the listed requests failed; `None` where not the outcomes of all are listed.
    pub(super) fn failed(self, fields: &Fields, requests: &[(usize, Request)]) -> Option<usize> {
        let done = fields.get("completed").and_then(Value::as_f64);
        let all = |count: usize| count > 0 && done.is_none_or(|done| count as f64 >= done);
        if all(requests.len()) {
            return Some(requests.iter().filter(|(_, request)| request.failure.is_some()).count());
        }
        all(self.listed).then_some(self.failed)
    }
}

/// Whether an element of the list of errors is one: those of requests that succeeded are blank.
fn is_error(element: &Value) -> bool {
    element.as_str().is_some_and(|error| !error.trim().is_empty())
}

impl Take for Lists {
    fn take(&mut self, steps: &[Step], element: Value) {
        let [Step::Key(list), ..] = steps else { return };
        if PERCENTILES.iter().any(|pattern| pattern[0] == list) {
            let stat = scalar(&element[0]).and_then(|text| stats::percentile(&text));
            let known = |stat: &Stat| self.percentiles.iter().any(|(key, other, _)| key == list && other == stat);
            if let Some(stat) = stat.filter(|stat| !known(stat)) {
                self.percentiles.push((list.clone(), stat, element));
            }
            return;
        }
        if self.counting {
            if let Some(at) = ELEMENTS.iter().position(|element| element[0] == list) {
                self.counts[at] += 1;
            }
            self.failed += usize::from(list == "errors" && is_error(&element));
            return;
        }
        match list.as_str() {
            "itls" => {
                if !element.is_array() && !element.is_null() {
                    self.unreadable(&element, steps);
                }
                let listed = element.as_array().map_or(&[][..], Vec::as_slice);
                let gaps: Vec<f64> =
                    listed.iter().filter_map(|gap| self.number(gap, steps)).map(|seconds| seconds * 1000.0).collect();
                listed.iter().filter(|gap| gap.is_null()).for_each(|gap| self.unreadable(gap, steps));
                // Where one is missing, their sum is too small, and so is what follows from it.
                self.gaps.push(Gaps::of(&gaps).filter(|_| gaps.len() == listed.len()));
            }
            "errors" => {
                self.failed += usize::from(is_error(&element));
                self.errors.push(element.as_str().map(reason).filter(|error| !error.is_empty()));
            }
            _ => {
                if let Some(at) = NUMBERS.iter().position(|name| name == list) {
                    let number = self.number(&element, steps);
                    self.numbers[at].push(number);
                }
            }
        }
    }

    fn restart(&mut self) {
        *self = Lists { counting: self.counting, ..Lists::default() };
    }
}

impl Lists {
    /// None yet; the requests are read or only counted.
    pub(super) fn new(wanted: bool) -> Lists {
        Lists { counting: !wanted, ..Lists::default() }
    }

    /// Puts the percentiles into their lists.
    pub(super) fn complete(&mut self, fields: &mut Fields) {
        for (list, _, pair) in self.percentiles.drain(..) {
            if let Some(Value::Array(pairs)) = fields.get_mut(&list) {
                pairs.push(pair);
            }
        }
    }

    /// How many requests are listed that were only counted.
    pub(super) fn count(&self) -> usize {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// The outcomes that the list of errors tells.
    pub(super) fn outcomes(&self) -> Outcomes {
        let [.., counted] = self.counts;
        Outcomes { listed: counted.max(self.errors.len()), failed: self.failed }
    }

    /// A figure, which some writers quote; what is there and is none is counted.
    fn number(&mut self, element: &Value, steps: &[Step]) -> Option<f64> {
        let number = element.as_f64().or_else(|| element.as_str()?.trim().parse().ok());
        let number = number.filter(|number| number.is_finite() && *number >= 0.0);
        if number.is_none() && !element.is_null() {
            self.unreadable(element, steps);
        }
        number
    }

    /// Counts a value that is no figure.
    fn unreadable(&mut self, element: &Value, steps: &[Step]) {
        self.unreadable.0 += 1;
        let found = || format!("{} is {}", path(steps), element.to_string().chars().take(40).collect::<String>());
        self.unreadable.1.get_or_insert_with(found);
    }

    /// The requests, each with its position; none, and a finding, where the lists do not fit together.
    pub(super) fn requests(self, place: &Place, findings: &mut Findings, sink: &mut dyn Sink) -> Vec<(usize, Request)> {
        let Lists { numbers, gaps, errors, unreadable, .. } = self;
        unreadable_figures(unreadable, place, findings, sink);
        let lengths = numbers.iter().map(Vec::len).chain([gaps.len(), errors.len()]);
        let names = NUMBERS.into_iter().chain(["itls", "errors"]);
        let given: Vec<(&str, usize)> = names.zip(lengths).filter(|(_, length)| *length > 0).collect();
        let count = given.iter().map(|(_, length)| *length).max().unwrap_or(0);
        if given.iter().any(|(_, length)| *length != count) {
            findings.add(sink, "runs whose lists of requests do not fit together", || {
                let lengths: Vec<String> = given.iter().map(|(name, length)| format!("{name} {length}")).collect();
                let message = format!("The lists of single requests have different lengths ({}): not read.", lengths.join(", "));
                Diagnostic::new(Severity::Warning, place.clone(), message, "The file may be cut or edited; its summary is shown.")
            });
            return Vec::new();
        }
        let [input, output, ttft, latency, start] = numbers;
        let number = |list: &[Option<f64>], index: usize| list.get(index).copied().flatten();
        let first = start.iter().flatten().copied().reduce(f64::min).unwrap_or_default();
        let request = |index: usize| {
            // 0 stands where nothing came.
            let seconds = |list| number(list, index).filter(|seconds| *seconds > 0.0).map(|seconds| seconds * 1000.0);
            let ttft = seconds(&ttft);
            let gaps = gaps.get(index).copied().flatten();
            let output_tokens = number(&output, index);
            let one = output_tokens.is_some_and(|tokens| tokens <= 1.0);
            let after_first = gaps.map(|gaps| gaps.sum).or_else(|| one.then_some(0.0));
            Request {
                elapsed: number(&start, index).map(|start| start - first),
                ttft,
                e2el: seconds(&latency).or_else(|| Some(ttft? + after_first?)),
                gaps,
                input_tokens: number(&input, index),
                output_tokens,
                failure: errors.get(index).cloned().flatten(),
                ..Request::default()
            }
        };
        (0..count).map(|index| (index, request(index))).collect()
    }
}
