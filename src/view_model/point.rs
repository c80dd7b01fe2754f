//! The card of a point.

use serde::{Deserialize, Serialize};

/// Details of one point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointCard {
    /// The series' label.
    pub title: String,
    /// Identity: dimension key, label and value; those that differ between series come first.
    pub identity: Vec<(String, String, String)>,
    /// Metrics: label, value with unit, exact value.
    pub figures: Vec<(String, String, String)>,
    /// Origins: one line per averaged measurement.
    pub origins: Vec<String>,
    /// Definitions of the two axes.
    pub definitions: Vec<String>,
    /// Links to other views of this point: label and link.
    pub steps: Vec<(String, String)>,
}
