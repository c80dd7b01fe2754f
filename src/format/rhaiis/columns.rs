//! What the columns of a consolidated CSV mean: those of the tables by the catalogue, others by their own names.

use std::fmt::Write;

use crate::catalog::consolidated::{self, Holds};
use crate::catalog::{DIMENSIONS, METRICS};
use crate::record::Stat;

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// As in the tables of the catalogue.
    Table(Holds),
    /// A statistic of a metric in the catalogue's unit.
    Figure(&'static str, Stat),
    /// A figure that the catalogue does not know, by its own name.
    OwnFigure(String),
    /// A text that the catalogue does not know, by its own name.
    OwnText(String),
}

impl Meaning {
    /// Whether both columns hold the same.
    pub(super) fn same(&self, other: &Meaning) -> bool {
        self == other || self.figure().is_some_and(|figure| other.figure() == Some(figure))
    }

    /// The figure of the catalogue that it holds.
    fn figure(&self) -> Option<(&'static str, Stat)> {
        match self {
            Meaning::Table(Holds::Figure(key)) => Some((key, Stat::Mean)),
            Meaning::Table(Holds::Statistic(family, stat)) => Some((family.metric, *stat)),
            Meaning::Figure(key, stat) => Some((key, *stat)),
            _ => None,
        }
    }
}

/// Dimensions that Inferscope sets; a column of that name is renamed.
const RESERVED: &[&str] = &["tool", "tool_version", "path", "profile", "load_kind", "gpus_basis"];

/// The meaning of a known column; `None` for an unknown one.
pub(super) fn known(name: &str) -> Option<Meaning> {
    consolidated::holds(name).map(Meaning::Table)
}

/// The meaning of an unknown column: the catalogue's if the name matches, else a column of its own, a
/// figure or a text as its cells (`numeric`) are. `position` names a column without a name, from 1.
pub(super) fn unknown(name: &str, position: usize, numeric: bool) -> Meaning {
    let folded = name.trim().to_lowercase().replace(' ', "_");
    let reserved = RESERVED.contains(&folded.as_str());
    if let Some(dimension) = DIMENSIONS.iter().find(|row| row.key == folded && !reserved) {
        return Meaning::Table(consolidated::of_dimension(dimension));
    }
    let exported = |stat| METRICS.iter().copied().find(|metric| metric.column_name(stat) == folded).map(|metric| (metric, stat));
    match Stat::ALL.into_iter().find_map(exported) {
        Some((metric, Stat::Mean)) => return Meaning::Table(Holds::Figure(metric.key)),
        Some((metric, stat)) => return Meaning::Figure(metric.key, stat),
        None => {}
    }
    let mut own = name.trim().to_owned();
    if own.is_empty() {
        _ = write!(own, "column {position}");
    } else if reserved || METRICS.iter().any(|metric| metric.key == own) {
        // The catalogue's key without a unit: the unit is unknown.
        own = format!("column {own}");
    }
    if numeric { Meaning::OwnFigure(own) } else { Meaning::OwnText(own) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_outside_the_tables() {
        assert_eq!(unknown("gpus", 3, true), Meaning::Table(Holds::Number("gpus", 0.0)));
        assert_eq!(unknown("isl", 3, true), known("prompt toks").expect("a column of the tables"));
        assert_eq!(unknown("ttft_p99_ms", 3, true), Meaning::Figure("ttft", Stat::P99));
        let twice = |own: &str, tables: &str| unknown(own, 3, true).same(&known(tables).expect("a column of the tables"));
        assert!(twice("ttft_p99_ms", "ttft_p99") && twice("ttft_mean_ms", "ttft_mean") && twice("rps", "measured rps"));
        assert!(!twice("ttft_p95_ms", "ttft_p99"));
        assert_eq!(unknown("ttft", 3, true), Meaning::OwnFigure("column ttft".to_owned()));
        assert_eq!(unknown("profile", 3, false), Meaning::OwnText("column profile".to_owned()));
        assert_eq!(unknown(" Rack ", 3, false), Meaning::OwnText("Rack".to_owned()));
        assert_eq!(unknown("", 3, true), Meaning::OwnFigure("column 3".to_owned()));
    }
}
