//! Choices of the filter rail and axis menus.

use serde::{Deserialize, Serialize};

/// One filter: a dimension with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// Dimension key.
    pub key: String,
    /// Dimension label.
    pub label: String,
    /// Values that match the search.
    pub values: Vec<FacetValue>,
    /// Total number of values.
    pub distinct: usize,
    /// Whether it is initially expanded: it identifies configurations and has several values.
    pub open: bool,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// The value; empty for “missing”.
    pub value: String,
    /// Number of measurements with this value, all other filters applied.
    pub count: usize,
    /// Whether it is selected.
    pub chosen: bool,
}

/// A choice of an axis menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisChoice {
    /// The axis key in links.
    pub key: String,
    /// Its name, e.g. `P95 TTFT`.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// The metric's name without statistic, for grouping.
    pub group: String,
    /// Definition and aliases, for search and help.
    pub help: String,
    /// Number of filtered measurements with a value.
    pub present: usize,
    /// Whether higher is better; `None` if neither.
    pub better: Option<bool>,
    /// The median of the filtered measurements, as a default limit.
    pub middle: Option<f64>,
}
