//! What the rail and the menus of axes offer.

use serde::{Deserialize, Serialize};

/// One filter: a dimension with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// Dimension key.
    pub key: String,
    /// Dimension label.
    pub label: String,
    /// Values, those that the search leaves.
    pub values: Vec<FacetValue>,
    /// How many values there are in all.
    pub distinct: usize,
    /// Whether the page shows it open at first: it identifies configurations and has something to choose.
    pub open: bool,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// The value; empty for “missing”.
    pub value: String,
    /// How many measurements the choice would give, all other filters kept.
    pub count: usize,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Something that an axis can show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisChoice {
    /// The axis as the link writes it.
    pub key: String,
    /// Its name, e.g. `P95 TTFT`.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// The metric's name without its statistic: choices of one group stand together.
    pub group: String,
    /// The definition, and other names, for the menu's search and help.
    pub help: String,
    /// How many of the filtered measurements have it.
    pub present: usize,
    /// Whether more is better, where that means something.
    pub better: Option<bool>,
    /// The median of the filtered measurements: where a limit begins to mean something.
    pub middle: Option<f64>,
}
