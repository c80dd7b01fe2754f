//! Verdicts counted, and changes averaged: what a comparison comes to over many configurations.

use super::judge::Outcome;
use crate::analysis::mean;
use crate::analysis::verdict::Verdict;

/// How often each verdict was given. Ties, and ineligible winners, are counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// Better by the threshold or more.
    pub better: usize,
    /// Worse likewise.
    pub worse: usize,
    /// Below the threshold, or inside the noise.
    pub similar: usize,
    /// Winners that miss the SLO or the error limit.
    pub ineligible: usize,
}

impl Score {
    /// Counts the outcomes.
    pub(crate) fn of<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Score {
        let mut score = Score::default();
        for outcome in outcomes {
            match outcome.verdict {
                Verdict::Better | Verdict::Worse if outcome.ineligible => score.ineligible += 1,
                Verdict::Better => score.better += 1,
                Verdict::Worse => score.worse += 1,
                Verdict::Similar => score.similar += 1,
                Verdict::Unknown => {}
            }
        }
        score
    }

    /// How many were compared.
    pub(crate) fn compared(&self) -> usize {
        self.better + self.worse + self.similar + self.ineligible
    }

    /// Wins among the decided, `wins / (wins + losses)`, in percent; `None` where nothing was decided.
    pub(crate) fn win_rate(&self) -> Option<f64> {
        let decided = self.better + self.worse;
        (decided > 0).then(|| 100.0 * self.better as f64 / decided as f64)
    }

    /// In words: `12 better · 3 similar · 2 worse`.
    pub(crate) fn words(&self) -> String {
        let ineligible =
            if self.ineligible > 0 { format!(" · {} excluded (SLO or errors)", self.ineligible) } else { String::new() };
        format!("{} better · {} similar · {} worse{ineligible}", self.better, self.similar, self.worse)
    }
}

/// The mean change of several pairs, in percent: the geometric mean of their ratios.
pub(crate) fn mean_change<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Option<f64> {
    let ratios = outcomes.into_iter().filter_map(|outcome| Some(1.0 + outcome.change? / 100.0));
    mean::geometric(ratios).map(|ratio| (ratio - 1.0) * 100.0)
}
