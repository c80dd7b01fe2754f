//! The card of a point.

use serde::{Deserialize, Serialize};

/// Everything about one point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointCard {
    /// The series' label.
    pub title: String,
    /// Identity: dimension key, label and value, those that differ between series first.
    pub identity: Vec<(String, String, String)>,
    /// Figures: label, value with unit, exact value.
    pub figures: Vec<(String, String, String)>,
    /// Where the figures come from: one line per measurement averaged.
    pub origins: Vec<String>,
    /// Definitions of the two axes.
    pub definitions: Vec<String>,
    /// Where else this point is shown: names and links.
    pub steps: Vec<(String, String)>,
}
