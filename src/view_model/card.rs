//! Cards: the figures that matter, with what they rest on.

use serde::{Deserialize, Serialize};

/// What a figure says about good and bad. Shown by sign and shape as well as by colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// An improvement beyond the threshold.
    Better,
    /// A change for the worse beyond the threshold.
    Worse,
    /// Within the threshold, or inside the noise.
    Similar,
    /// To be read with care: assumed, estimated, or beyond a limit.
    Doubt,
}

/// One figure that matters, with what stands behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What the figure is.
    pub label: String,
    /// The figure with its unit, or a word such as “unknown”.
    pub value: String,
    /// What it says about good and bad.
    pub tone: Tone,
    /// One line under the figure: of what it is.
    pub detail: String,
    /// How it is computed, in a sentence or two.
    pub method: String,
    /// What it rests on: sentences, each with where it leads.
    pub evidence: Vec<Evidence>,
}

/// One thing that a card rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// In words.
    pub text: String,
    /// What it says about good and bad.
    pub tone: Tone,
    /// Where it is seen in detail.
    pub link: Option<String>,
}
