//! Impossible values in records: invalid counts, negative figures of metrics that are never negative, shares above 100 %.
//! Each is reported.

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
    /// The number of a GPU in its machine; its name is as good.
    Index,
    /// An amount by its name, which the catalogue does not know: a text is as good, but not a number that is damaged.
    Amount,
}

impl Numeric {
    /// What the texts of this dimension should be; `None` for any text.
    pub(super) fn of(key: &str) -> Option<Numeric> {
        match dimension(key) {
            Some(_) if key == "gpu" => Some(Numeric::Index),
            Some(_) => ["isl", "osl"].contains(&key).then_some(Numeric::Length),
            None => metrics::is_never_negative(key).then_some(Numeric::Amount),
        }
    }

    /// Whether a text is what it should be. A blank one is missing.
    pub(super) fn fits(self, text: &str) -> bool {
        let is_number = || text.parse().is_ok_and(|number: f64| number.is_finite() && number >= 0.0);
        match self {
            Numeric::Length => text.is_empty() || is_number(),
            Numeric::Index => text.parse::<f64>().map_or(true, |number| number >= 0.0 && number.fract() == 0.0),
            Numeric::Amount => {
                let unsigned = text.trim_start_matches(['-', '+']);
                let is_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit())
                    && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | ',' | '.' | '\''));
                !is_like_one || is_number()
            }
        }
    }
}

/// Which values of a figure are possible. What is missing (NaN) always is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Any number.
    Any,
    /// From zero.
    Amount,
    /// Whole numbers from zero: of one measurement, as means of several have decimals.
    Count,
    /// From 0 to 100 %.
    Share,
}

impl Domain {
    pub(super) fn of(key: &str, stat: Stat) -> Domain {
        const COUNTS: [&str; 4] = ["completed", "errored", "incomplete", "num_prompts"];
        let is_share = || key.starts_with("gpu_") && metrics::metric(key).is_some_and(|metric| metric.unit == "%");
        match () {
            () if stat == Stat::Mean && COUNTS.contains(&key) => Domain::Count,
            () if stat != Stat::Std && is_share() => Domain::Share,
            () if stat == Stat::Std || metrics::is_never_negative(key) => Domain::Amount,
            () => Domain::Any,
        }
    }

    /// Whether a value is possible.
    pub(super) fn has(self, value: f64) -> bool {
        /// Counters are rounded.
        const FULL: f64 = 100.5;
        value.is_nan()
            || match self {
                Domain::Any => true,
                Domain::Amount => value >= 0.0,
                Domain::Count => value.is_infinite() || (value >= 0.0 && value.fract() == 0.0 && value.is_sign_positive()),
                Domain::Share => (0.0..FULL).contains(&value),
            }
    }

    /// Whether an impossible value is kept all the same: a part of a request, which may be a mean of runs.
    pub(super) fn keeps(self, value: f64) -> bool {
        self == Domain::Count && value > 0.0
    }

    fn expected(self) -> &'static str {
        match self {
            Domain::Any | Domain::Amount => "a non-negative number",
            Domain::Count => "a whole number from 0",
            Domain::Share => "a share from 0 to 100 %",
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

    /// Counts a figure outside its domain.
    pub(super) fn impossible(&mut self, id: u32, value: f64, place: &Place) {
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
                    let Figure { key, stat, domain } = figures.get(*id as usize)?;
                    let (label, stat) = (metrics::label(key), if *stat == Stat::Mean { "" } else { stat.label() });
                    let name = format!("{label} {stat}");
                    let done = if first.parse().is_ok_and(|first| domain.keeps(first)) { "kept" } else { "left out" };
                    let expected = domain.expected();
                    format!("Expected {expected} for {}, found “{first}”: {done}{others}.", name.trim_end())
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
    use super::*;

    #[test]
    fn figures_are_possible_or_not() {
        let has = |key: &str, value: f64| Domain::of(key, Stat::Mean).has(value);
        assert!(has("completed", 3.0) && has("completed", 0.0) && has("completed", f64::NAN));
        assert!(!has("completed", 2.5) && !has("completed", -0.0) && !has("completed", -1.0));
        assert!(has("gpu_util", 100.0) && !has("gpu_util", 101.0) && !has("gpu_util", -1.0));
        assert!(has("gpu_temperature", -5.0) && !has("gpu_power", -5.0) && has("ttft", 2.5) && has("cpu_util", 250.0));
        assert!(Domain::Count.keeps(2.5) && !Domain::Count.keeps(-0.0) && !Domain::Share.keeps(101.0));
        assert!(Numeric::Index.fits("0") && Numeric::Index.fits("GPU-1f") && !Numeric::Index.fits("-1"));
    }

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
