//! A time range of a run: its rates, its bottleneck, and the evidence.

use super::sides::Lengths;
use crate::analysis::rate_match::{self, Sign, Signs, Verdict};
use crate::catalog::number::{column, short};

/// A time range.
pub(super) struct Part {
    pub level: String,
    pub seconds: f64,
    pub lengths: Lengths,
    /// Tokens per second of all prefill and all decode workers.
    pub tokens: [f64; 2],
    pub signs: Signs,
}

impl Part {
    /// Requests per second of both sides.
    pub fn requests(&self) -> [f64; 2] {
        [self.tokens[0] / self.lengths.input, self.tokens[1] / self.lengths.output]
    }

    /// Decode over prefill, in requests.
    pub fn ratio(&self) -> Option<f64> {
        let [prefill, decode] = self.requests();
        (prefill > 0.0).then(|| decode / prefill)
    }

    /// The bottleneck, and the evidence.
    pub fn verdict(&self, threshold: f64) -> Option<(Verdict, Sign)> {
        self.ratio().map(|_| rate_match::bottleneck(self.requests(), threshold, &self.signs))
    }

    /// Whether a side (0 prefill, 1 decode) runs at capacity: it is the bottleneck or has the longer queue.
    pub fn limits(&self, side: usize, threshold: f64) -> bool {
        let behind = self.verdict(threshold).is_some_and(|(verdict, _)| verdict == Verdict::BOUND[side]);
        let [own, other] = [self.signs.waiting[side], self.signs.waiting[1 - side]].map(Option::unwrap_or_default);
        behind || own >= rate_match::WAITING && own > other
    }

    /// Describes the evidence with its numbers.
    pub fn because(&self, sign: Sign) -> String {
        let [prefill, decode] = self.requests();
        let waits = |side: usize, place: &str| self.signs.waiting[side].map(|requests| format!("{} at {place}", short(requests)));
        let waiting: Vec<String> = [waits(0, "prefill"), waits(1, "decode")].into_iter().flatten().collect();
        let waiting = waiting.join(" and ");
        match sign {
            Sign::Rates => format!("prefill rate {} req/s, decode rate {} req/s", short(prefill), short(decode)),
            Sign::Queue => format!("queued requests: {waiting}"),
            Sign::Full => {
                let side = usize::from(self.signs.full[1].unwrap_or_default() > self.signs.full[0].unwrap_or_default());
                let share = self.signs.full[side].unwrap_or_default() * 100.0;
                let name = ["prefill", "decode"][side];
                format!("{name} workers run at their request limit {} % of the time", column(share.round()))
            }
            Sign::Even if self.signs.waiting.iter().flatten().all(|waiting| *waiting < rate_match::WAITING) => {
                format!("queues are nearly empty: {waiting}")
            }
            Sign::Even => format!("similar queues at both sides: {waiting}"),
            Sign::Silent => "rates are equal in any steady state, and the logs do not report queue lengths".to_owned(),
            Sign::Disagree => {
                let completed = self.signs.completed.map_or_else(String::new, short);
                format!(
                    "the benchmark completed {completed} req/s, which contradicts the prefill rate of {} and the decode rate of {}",
                    short(prefill),
                    short(decode)
                )
            }
        }
    }
}

/// Combines all parts, weighted by duration.
pub(super) fn combine(parts: &[Part], lengths: Lengths) -> Option<Part> {
    let seconds: f64 = parts.iter().map(|part| part.seconds).sum();
    // The mean over the parts with a value, and whether all have one.
    let mean = |of: &dyn Fn(&Part) -> Option<f64>| {
        let told = parts.iter().filter_map(|part| Some((of(part)?, part.seconds)));
        let (sum, time) = told.fold((0.0, 0.0), |(sum, time), (figure, seconds)| (sum + figure * seconds, time + seconds));
        (time > 0.0).then(|| (sum / time, time == seconds))
    };
    let known = |of: &dyn Fn(&Part) -> Option<f64>| mean(of).map(|(mean, _)| mean);
    // Combine requests, not tokens: levels can differ in lengths.
    let requests = [0, 1].map(|side| known(&|part| Some(part.requests()[side])).unwrap_or_default());
    let signs = Signs {
        waiting: [0, 1].map(|side| known(&|part| part.signs.waiting[side])),
        full: [0, 1].map(|side| known(&|part| part.signs.full[side])),
        completed: mean(&|part| part.signs.completed).filter(|(_, all)| *all).map(|(mean, _)| mean),
    };
    let tokens = [requests[0] * lengths.input, requests[1] * lengths.output];
    (seconds > 0.0).then(|| Part { level: "all levels".to_owned(), seconds, lengths, tokens, signs })
}
