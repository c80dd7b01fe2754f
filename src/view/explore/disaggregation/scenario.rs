//! A scenario: comparable measurements of one model on one accelerator with one ISL and OSL. Independent
//! of configurations and metrics.
//!
//! Lengths are nominal, or else measured means; lengths within a tolerance are equal. A nominal length of 0 is
//! how tables mark a real data set: use measured means.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::catalog::number;
use crate::record::Stat;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::{Dimension, Figures, Table};
use crate::view_model::{Control, Entry};

/// Option: the scenario shown, `model|accelerator|ISL|OSL`.
pub(super) const SCENARIO: &str = "scenario";
/// Options: tolerances of input and output length, with labels.
pub(super) const TOLERANCES: [(&str, &str); 2] = [("isl_tolerance", "ISL tolerance"), ("osl_tolerance", "OSL tolerance")];
/// Wide enough for means of random prompts, but narrow enough to separate 1000 from 1024 tokens.
const DEFAULT_TOLERANCE: Tolerance = Tolerance::Percent(2.0);

/// Maximum difference between the longest and shortest length of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tolerance {
    /// In percent of the shortest.
    Percent(f64),
    /// In tokens.
    Tokens(f64),
}

impl Tolerance {
    /// `2%` or `100`.
    fn parse(text: &str) -> Option<Tolerance> {
        let (text, percent) = text.trim().strip_suffix('%').map_or((text.trim(), false), |text| (text.trim(), true));
        let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)?;
        Some(if percent { Tolerance::Percent(value) } else { Tolerance::Tokens(value) })
    }

    /// As entered by the user.
    fn written(self) -> String {
        match self {
            Tolerance::Percent(share) => format!("{}%", number::exact(share)),
            Tolerance::Tokens(tokens) => number::exact(tokens),
        }
    }

    /// As text.
    pub(super) fn words(self) -> String {
        match self {
            Tolerance::Percent(share) => format!("within {}%", number::exact(share)),
            Tolerance::Tokens(tokens) => format!("within {} tokens", number::exact(tokens)),
        }
    }

    /// The longest length within tolerance of the shortest.
    fn reach(self, shortest: f64) -> f64 {
        match self {
            Tolerance::Percent(share) => shortest * (1.0 + share / 100.0),
            Tolerance::Tokens(tokens) => shortest + tokens,
        }
    }
}

/// The tolerances of input and output length, their controls, and notes about invalid input.
pub(super) fn tolerances(state: &ViewState) -> ([Tolerance; 2], Vec<Control>, Vec<String>) {
    let mut notes = Vec::new();
    let found = TOLERANCES.map(|(key, label)| {
        let asked = state.option(key);
        let known = asked.and_then(Tolerance::parse);
        if let (Some(asked), None) = (asked, known) {
            notes.push(format!(
                "Invalid {label} “{asked}”: using {}. Enter a percentage (2%) or tokens (100).",
                DEFAULT_TOLERANCE.written()
            ));
        }
        known.unwrap_or(DEFAULT_TOLERANCE)
    });
    let control = |((key, label), tolerance): (&(&str, &str), &Tolerance)| Control {
        key: (*key).to_owned(),
        label: (*label).to_owned(),
        help: "How far lengths within one scenario may differ: in percent of the shortest, or in tokens. 0 keeps every length \
               separate"
            .to_owned(),
        values: vec![tolerance.written()],
        entry: Entry::Text { placeholder: "2% or 100".to_owned() },
    };
    (found, TOLERANCES.iter().zip(&found).map(control).collect(), notes)
}

/// A range of lengths treated as equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Length {
    /// The shortest and the longest.
    pub ends: (f64, f64),
    /// Whether some of them are measured means.
    pub measured: bool,
}

impl Length {
    fn words(self) -> String {
        let text = |value: f64| number::exact(value.round());
        let about = if self.measured { "≈ " } else { "" };
        let (low, high) = (text(self.ends.0), text(self.ends.1));
        if low == high { format!("{about}{low}") } else { format!("{about}{low}–{high}") }
    }
}

/// One scenario.
pub(super) struct Scenario {
    /// Model and accelerator; empty if not stated.
    pub names: [String; 2],
    /// Input and output length; `None` if unknown.
    pub lengths: [Option<Length>; 2],
    /// Its measurements.
    pub rows: Vec<usize>,
}

impl Scenario {
    /// Key in links.
    pub(super) fn key(&self) -> String {
        let length = |length: &Option<Length>| length.map(|length| number::exact(length.ends.0)).unwrap_or_default();
        let [model, accelerator] = &self.names;
        format!("{model}|{accelerator}|{}|{}", length(&self.lengths[0]), length(&self.lengths[1]))
    }

    /// Input or output length as text.
    pub(super) fn length(&self, which: usize) -> String {
        self.lengths.get(which).copied().flatten().map_or_else(|| "unknown".to_owned(), Length::words)
    }

    /// Display name.
    pub(super) fn label(&self) -> String {
        let [model, accelerator] = &self.names;
        let named = |name: &str, what: &str| if name.is_empty() { format!("{what} not stated") } else { name.to_owned() };
        let model = named(model, "model");
        let short = model.rsplit_once('/').map_or(model.as_str(), |(_, last)| last);
        let accelerator = named(accelerator, "accelerator");
        format!("{short} · {accelerator} · ISL {} · OSL {}", self.length(0), self.length(1))
    }

    /// Whether a link's scenario matches: same names, and lengths within tolerance.
    fn is(&self, asked: &str, tolerances: [Tolerance; 2]) -> bool {
        let mut parts = asked.rsplitn(4, '|');
        let [osl, isl, accelerator, model] = [(); 4].map(|()| parts.next());
        let same = |length: Option<Length>, asked: Option<&str>, tolerance: Tolerance| {
            let asked = asked.and_then(|text| text.parse::<f64>().ok());
            match (length, asked) {
                (Some(Length { ends: (low, high), .. }), Some(asked)) => {
                    asked <= tolerance.reach(low).max(high) && low <= tolerance.reach(asked)
                }
                (None, None) => true,
                _ => false,
            }
        };
        model == Some(self.names[0].as_str())
            && accelerator == Some(self.names[1].as_str())
            && same(self.lengths[0], isl, tolerances[0])
            && same(self.lengths[1], osl, tolerances[1])
    }
}

/// The length of each row; each distinct text is parsed once.
struct Lengths<'a> {
    column: Option<Dimension<'a>>,
    nominal: Vec<Option<f64>>,
    measured: Option<Figures<'a>>,
}

impl<'a> Lengths<'a> {
    fn new(table: &'a Table, nominal: &str, measured: &str) -> Lengths<'a> {
        let column = table.dimension(nominal);
        let number = |column: &Dimension<'a>, code| column.value(code).parse().ok().filter(|value: &f64| *value > 0.0);
        let nominal = column.iter().flat_map(|column| (0..column.cardinality() as u32).map(|code| number(column, code)));
        Lengths { column, nominal: nominal.collect(), measured: table.figures(measured, Stat::Mean) }
    }

    /// The length, and whether it is a measured mean.
    fn get(&self, row: usize) -> Option<(f64, bool)> {
        let code = self.column.and_then(|column| column.code(row));
        let nominal = code.and_then(|code| self.nominal.get(code as usize).copied().flatten());
        let measured = || self.measured?.get(row).filter(|value| value.is_finite() && *value > 0.0);
        nominal.map(|value| (value, false)).or_else(|| measured().map(|value| (value, true)))
    }
}

/// Splits rows by length, shortest first, unknown last. A length joins the group whose shortest is within tolerance.
fn split(rows: &[usize], lengths: &Lengths<'_>, tolerance: Tolerance) -> Vec<(Option<Length>, Vec<usize>)> {
    let mut known: Vec<(f64, bool, usize)> = Vec::new();
    let mut unknown = Vec::new();
    for row in rows {
        match lengths.get(*row) {
            Some((length, measured)) => known.push((length, measured, *row)),
            None => unknown.push(*row),
        }
    }
    known.order_by(|a, b| a.0.total_cmp(&b.0));
    let mut groups: Vec<(Option<Length>, Vec<usize>)> = Vec::new();
    for (value, measured, row) in known {
        match groups.last_mut() {
            Some((Some(length), rows)) if value <= tolerance.reach(length.ends.0) => {
                length.ends.1 = value;
                length.measured |= measured;
                rows.push(row);
            }
            _ => groups.push((Some(Length { ends: (value, value), measured }), vec![row])),
        }
    }
    if !unknown.is_empty() {
        groups.push((None, unknown));
    }
    for (_, rows) in &mut groups {
        rows.order();
    }
    groups
}

/// Every scenario of the rows, most measurements first.
pub(super) fn all(table: &Table, rows: &[usize], tolerances: [Tolerance; 2]) -> Vec<Scenario> {
    let columns = ["model", "accelerator"].map(|key| table.dimension(key));
    let mut by_names: FxHashMap<[Option<u32>; 2], Vec<usize>> = FxHashMap::default();
    for row in rows {
        by_names.entry(columns.map(|column| column?.code(*row))).or_default().push(*row);
    }
    let text = |column: Option<Dimension<'_>>, code: Option<u32>| -> String {
        column.zip(code).map(|(column, code)| column.value(code).to_owned()).unwrap_or_default()
    };
    let named: BTreeMap<[String; 2], Vec<usize>> = by_names
        .into_iter()
        .map(|([model, accelerator], rows)| ([text(columns[0], model), text(columns[1], accelerator)], rows))
        .collect();
    let [isl, osl] = [("isl", "input_tokens"), ("osl", "output_tokens")].map(|(key, mean)| Lengths::new(table, key, mean));
    let mut found = Vec::new();
    for (names, rows) in named {
        for (input, rows) in split(&rows, &isl, tolerances[0]) {
            for (output, rows) in split(&rows, &osl, tolerances[1]) {
                found.push(Scenario { names: names.clone(), lengths: [input, output], rows });
            }
        }
    }
    found.order_by_key(|scenario| std::cmp::Reverse(scenario.rows.len()));
    found
}

/// The requested scenario, or else the first, with a note if the requested one is missing.
pub(super) fn choose(scenarios: &[Scenario], state: &ViewState, tolerances: [Tolerance; 2]) -> (Option<usize>, Option<String>) {
    let Some(asked) = state.option(SCENARIO).filter(|asked| !asked.is_empty()) else {
        return ((!scenarios.is_empty()).then_some(0), None);
    };
    let exact = scenarios.iter().position(|scenario| scenario.key() == asked);
    match exact.or_else(|| scenarios.iter().position(|scenario| scenario.is(asked, tolerances))) {
        Some(at) => (Some(at), None),
        None if scenarios.is_empty() => (None, None),
        None => {
            (Some(0), Some(format!("No measurement within the filters belongs to scenario “{asked}”. Showing another scenario.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_shares_or_tokens() {
        assert_eq!(Tolerance::parse(" 2.5 % "), Some(Tolerance::Percent(2.5)));
        assert_eq!(Tolerance::parse("100"), Some(Tolerance::Tokens(100.0)));
        assert_eq!([Tolerance::parse("-1"), Tolerance::parse("wide"), Tolerance::parse("inf")], [None; 3]);
        assert_eq!(Tolerance::Percent(2.0).reach(1000.0), 1020.0);
        assert_eq!(Tolerance::Tokens(24.0).reach(1000.0), 1024.0);
    }
}
