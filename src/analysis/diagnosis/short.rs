//! What the rules found, in one or two sentences.

use super::{Finding, Signal, Verdict};
use crate::catalog::number::{capitalised, plural};

/// Rules of one verdict that are named.
const NAMED: usize = 4;
/// Runs or engines of one rule that are all named.
const NAMES: usize = 2;
/// Figures that a reason names.
const FIGURES: usize = 3;

impl Finding {
    /// The first figures that hold, in words.
    pub fn because(&self) -> String {
        let held = self.signals.iter().filter(|signal| signal.holds == Some(true)).take(FIGURES);
        held.map(Signal::in_words).collect::<Vec<_>>().join("; ")
    }
}

/// The worst of some findings, each with whose it is (empty where there is only one), and why the first of them is.
pub fn in_short(found: &[(String, &Finding)]) -> String {
    let of = |verdict: Verdict| found.iter().filter(move |(_, found)| found.verdict == verdict);
    // By rule, so that a rule that holds for many is named once.
    let list = |verdict| {
        let mut rules: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, found) in of(verdict) {
            match rules.iter_mut().find(|(rule, _)| *rule == found.rule.label()) {
                Some((_, names)) => names.push(name),
                None => rules.push((found.rule.label(), vec![name])),
            }
        }
        let phrase = |(rule, names): &(&str, Vec<&str>)| match names.as_slice() {
            [] | [""] => (*rule).to_owned(),
            names if names.len() <= NAMES => format!("{rule} ({})", names.join(", ")),
            [first, others @ ..] => format!("{rule} ({first} and {} more)", others.len()),
        };
        let mut named: Vec<String> = rules.iter().take(NAMED).map(phrase).collect();
        let more = rules.len() - named.len();
        named.extend((more > 0).then(|| format!("{more} more")));
        named.join(", ")
    };
    let [confirmed, likely, unknown] =
        [Verdict::Confirmed, Verdict::Likely, Verdict::InsufficientData].map(|verdict| of(verdict).count());
    let text = match (confirmed, likely) {
        (0, 0) if unknown == found.len() => "Not enough data for any verdict.".to_owned(),
        (0, 0) => format!("No limit seen; {} could not be decided.", plural(unknown as u64, "rule")),
        (0, _) => format!("Likely: {}.", list(Verdict::Likely)),
        (_, 0) => format!("Confirmed: {}.", list(Verdict::Confirmed)),
        (..) => format!("Confirmed: {}. Likely: {}.", list(Verdict::Confirmed), list(Verdict::Likely)),
    };
    let first = of(Verdict::Confirmed).next().or_else(|| of(Verdict::Likely).next());
    match first.map(|(name, found)| (name, found.because())).filter(|(_, why)| !why.is_empty()) {
        // One finding is named already.
        Some((name, why)) if name.is_empty() || confirmed + likely == 1 => format!("{text} {}.", capitalised(&why)),
        Some((name, why)) => format!("{text} Of {name}: {why}."),
        None => text,
    }
}
