//! Impossible values in records: invalid counts, negative figures of metrics that are never negative. Each is reported.

use super::{Figure, Named};
use crate::catalog::dimensions::{MULTIPLIED, dimension, label};
use crate::catalog::metrics;
use crate::record::{Diagnostic, Place, Severity, Stat};

/// How much of a text a finding shows.
const SHOWN: usize = 40;

/// The start of a text, for a finding.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// Whether a text is a count: a whole number, at least `least`. A blank one is missing.
pub(super) fn is_count(text: &str, least: u8) -> bool {
    const DIGITS: usize = 15;
    let is_zero = text.bytes().all(|byte| byte == b'0');
    let is_whole = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    text.is_empty() || (is_whole && !(is_zero && least > 0))
}

/// What the texts of a dimension should be.
#[derive(Clone, Copy)]
pub(super) enum Numeric {
    /// A length in tokens.
    Length,
    /// An amount by its name, which the catalogue does not know: a text is as good, but not a number that is damaged.
    Amount,
}

impl Numeric {
    /// What the texts of this dimension should be; `None` for any text.
    pub(super) fn of(key: &str) -> Option<Numeric> {
        match dimension(key) {
            Some(_) => ["isl", "osl"].contains(&key).then_some(Numeric::Length),
            None => metrics::is_never_negative(key).then_some(Numeric::Amount),
        }
    }

    /// Whether a text is what it should be. A blank one is missing.
    pub(super) fn fits(self, text: &str) -> bool {
        let is_number = || text.parse().is_ok_and(|number: f64| number.is_finite() && number >= 0.0);
        match self {
            Numeric::Length => text.is_empty() || is_number(),
            Numeric::Amount => {
                let unsigned = text.trim_start_matches(['-', '+']);
                let is_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit())
                    && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | ',' | '.' | '\''));
                !is_like_one || is_number()
            }
        }
    }
}

/// What was left out, column by column.
#[derive(Default)]
pub(super) struct Unsound(Vec<LeftOut>);

/// Values of one column that were left out: how many, and the first of them with its place.
struct LeftOut {
    of: Of,
    count: usize,
    first: String,
    place: Place,
}

/// Which column it was: the handle of a dimension, of a figure, or the load.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Dimension(u32),
    /// A dimension whose text is kept although it should be a number.
    Text(u32),
    Figure(u32),
    Load,
}

impl Unsound {
    /// Counts a text that should be a number, and is kept.
    pub(super) fn no_number(&mut self, id: u32, text: &str, place: &Place) {
        self.add(Of::Text(id), place, || shown(text));
    }

    /// Counts a text of a dimension that is no count.
    pub(super) fn no_count(&mut self, id: u32, text: &str, place: &Place) {
        self.add(Of::Dimension(id), place, || shown(text));
    }

    /// Counts a negative figure of what is never negative.
    pub(super) fn negative(&mut self, id: u32, value: f64, place: &Place) {
        self.add(Of::Figure(id), place, || value.to_string());
    }

    /// Counts a load that is not above zero.
    pub(super) fn no_load(&mut self, value: f64, place: &Place) {
        self.add(Of::Load, place, || value.to_string());
    }

    fn add(&mut self, of: Of, place: &Place, first: impl FnOnce() -> String) {
        match self.0.iter_mut().find(|known| known.of == of) {
            Some(known) => known.count += 1,
            None => self.0.push(LeftOut { of, count: 1, first: first(), place: place.clone() }),
        }
    }

    /// A finding for each column from which something was left out.
    pub(super) fn findings(&self, dimensions: &[Named], figures: &[Figure]) -> Vec<Diagnostic> {
        let message = |LeftOut { of, count, first, .. }: &LeftOut| {
            let others = if *count > 1 { format!("; {} more of this column, too", count - 1) } else { String::new() };
            Some(match of {
                Of::Dimension(id) => {
                    let Named { key, least, .. } = dimensions.get(*id as usize)?;
                    let follows =
                        if MULTIPLIED.contains(&key.as_str()) { ", with the GPU count that would follow from it" } else { "" };
                    let (label, least) = (label(key), least.unwrap_or_default());
                    format!("Expected a whole number from {least} for {label}, found “{first}”: left out{follows}{others}.")
                }
                Of::Text(id) => {
                    let label = label(&dimensions.get(*id as usize)?.key);
                    format!(
                        "Expected a non-negative number for {label}, found “{first}”: kept as a text, by which nothing is computed{others}."
                    )
                }
                Of::Figure(id) => {
                    let Figure { key, stat, .. } = figures.get(*id as usize)?;
                    let (label, stat) = (metrics::label(key), if *stat == Stat::Mean { "" } else { stat.label() });
                    let name = format!("{label} {stat}");
                    format!("Expected a non-negative number for {}, found “{first}”: left out{others}.", name.trim_end())
                }
                Of::Load => format!("Expected a positive number for the load, found “{first}”: left out{others}."),
            })
        };
        let hint = "The file may have been edited by hand or written by an unsupported version.";
        let found =
            |left_out: &LeftOut| Some(Diagnostic::new(Severity::Warning, left_out.place.clone(), message(left_out)?, hint));
        self.0.iter().filter_map(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::is_count;

    #[test]
    fn counts_are_whole_numbers() {
        for text in ["", "1", "8", "72", "1024"] {
            assert!(is_count(text, 1), "{text}");
        }
        for text in ["0", "-2", "2.5", "1_0", "+4", "1e3", "4 GPUs", "٤", "99999999999999999"] {
            assert!(!is_count(text, 1), "{text}");
        }
        assert!(is_count("0", 0) && !is_count("-0", 0));
    }
}
