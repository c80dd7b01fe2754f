//! A comparison's outcome as a cell of a table: the change with its sign, its verdict, and both means in the tooltip.

use super::judge::Outcome;
use super::kpis::Kpi;
use crate::analysis::verdict::Verdict;
use crate::catalog::number;
use crate::view_model::{GridCell, Tone};

/// The percent text of a change: with its sign.
pub(crate) fn signed(change: f64) -> String {
    format!("{}{}%", if change > 0.0 { "+" } else { "" }, number::short(change).replace('-', "−"))
}

/// The tone of an outcome.
pub(crate) fn tone(outcome: &Outcome) -> Tone {
    match outcome.verdict {
        Verdict::Better | Verdict::Worse if outcome.ineligible => Tone::Doubt,
        Verdict::Better => Tone::Better,
        Verdict::Worse => Tone::Worse,
        Verdict::Similar => Tone::Similar,
        Verdict::Unknown => Tone::Plain,
    }
}

/// A cell with an outcome: the change, its tone, and both means in the tooltip.
pub(crate) fn cell(outcome: &Outcome, by: &Kpi) -> GridCell {
    let Some(change) = outcome.change else { return GridCell::default() };
    let mut hint = Vec::new();
    if let Some((base, other)) = outcome.means {
        let figure = |value| number::with_unit(by.metric, value);
        hint.push(format!("geometric means: {} vs {} (baseline)", figure(other), figure(base)));
    }
    if let Some(interval) = outcome.interval {
        let noise = match (interval.has_zero(), outcome.by_chance) {
            (true, _) => ", within noise",
            (_, true) => ", to be expected by chance among so many figures",
            _ => "",
        };
        let from = if interval.within { "from single requests, without the noise between runs" } else { "from repeats" };
        hint.push(format!("95% confidence interval {from}: {} to {}{noise}", signed(interval.low), signed(interval.high)));
    }
    if outcome.ineligible {
        hint.push("does not count as a win: the better side misses the SLO or error limit at one of these loads".to_owned());
    }
    GridCell::number(signed(change), change).toned(tone(outcome)).hinted(hint.join("; "))
}
