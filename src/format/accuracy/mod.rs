//! Benchmarks of accuracy: lm-evaluation-harness and those that build on it, and AIPerf's graded answers.
//!
//! A record is one metric of one task under one answer filter: `exact_match` of `gsm8k` by `strict-match`. Scores are
//! never averaged here: what a tool aggregates (`mmlu` over its subjects) is a record of its own, told apart by
//! `task_level`. A metric that is known to be a share of right answers becomes the figure `score` in percent; every other
//! one (BLEU, perplexity, a metric that nobody here knows) keeps its name and its scale.

pub(super) mod answers;
pub(super) mod aside;
pub(super) mod inferencex;
pub(super) mod lm_eval;
pub(super) mod printed;

use crate::format::reader::identity::Identity;
use crate::record::{Kind, Load, Place, Sample, Sink, Stat};

/// Metrics that are shares of right answers, by name.
const SHARES: [&str; 9] = ["acc", "exact_match", "em", "f1", "accuracy", "resolved", "mc1", "mc2", "pass_rate"];

/// How the names of further such metrics begin.
const SHARES_BEGIN: [&str; 4] = ["acc_", "exact_match_", "pass@", "pass_at_"];

/// How they end: `prompt_level_strict_acc`.
const SHARES_END: &str = "_acc";

/// One score.
#[derive(Clone, Copy, Default)]
pub(super) struct Score<'s> {
    /// The metric's name.
    pub metric: &'s str,
    /// How the answer was taken from the response; blank for `none`.
    pub filter: &'s str,
    pub value: f64,
    /// Standard error, in the value's scale.
    pub error: Option<f64>,
    /// The direction that the tool states.
    pub higher: Option<bool>,
    /// Documents graded.
    pub samples: Option<f64>,
}

impl Score<'_> {
    /// Whether the value is a share of right answers, from 0 to 1.
    fn is_share(&self) -> bool {
        let name = self.metric;
        let known =
            SHARES.contains(&name) || SHARES_BEGIN.iter().any(|begin| name.starts_with(begin)) || name.ends_with(SHARES_END);
        known && self.higher != Some(false) && (0.0..=1.0).contains(&self.value)
    }

    /// Emits the score as a record of this identity.
    pub fn emit(&self, identity: &Identity, load: Load, place: &Place, sink: &mut dyn Sink) {
        let mut identity = identity.clone();
        identity.set("accuracy_metric", Some(self.metric.to_owned()));
        identity.set("answer_filter", Some(self.filter.to_owned()).filter(|filter| filter != "none"));
        identity.set("better", self.higher.map(|higher| if higher { "higher" } else { "lower" }.to_owned()));
        let own = format!("{}_stderr", self.metric);
        let (name, error, scale) = if self.is_share() { ("score", "score_se", 100.0) } else { (self.metric, own.as_str(), 1.0) };
        let figures = [
            (name, Some(self.value * scale)),
            (error, self.error.map(|error| error * scale)),
            ("samples", self.samples.filter(|samples| *samples >= 0.0)),
        ];
        let samples: Vec<Sample> = figures
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.filter(|value| value.is_finite())?)))
            .map(|(key, value)| Sample { metric: sink.metric(key, Stat::Mean), value })
            .collect();
        identity.emit_as(Kind::Accuracy, place, load, &samples, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn only_known_shares_are_scaled() {
        let share = |metric, value, higher| Score { metric, value, higher, ..Score::default() }.is_share();
        for metric in ["acc", "acc_norm", "exact_match", "pass@1", "prompt_level_strict_acc"] {
            assert!(share(metric, 0.5, Some(true)) && share(metric, 1.0, None), "{metric}");
            assert!(!share(metric, 0.5, Some(false)) && !share(metric, 42.0, None), "{metric}");
        }
        for metric in ["bleu", "perplexity", "mcc", "acceptance_length", "brier_score"] {
            assert!(!share(metric, 0.5, Some(true)), "{metric}");
        }
    }
}
