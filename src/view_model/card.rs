//! The headline, and cards: key figures with their evidence.

use serde::{Deserialize, Serialize};

/// The verdict on a value. Shown by sign and shape as well as by colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Neutral.
    #[default]
    Plain,
    /// An improvement beyond the threshold.
    Better,
    /// A regression beyond the threshold.
    Worse,
    /// Within the threshold or noise.
    Similar,
    /// Caution: assumed, estimated, or outside a limit.
    Doubt,
}

/// The answer of a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// One or two sentences.
    pub text: String,
    /// Its verdict.
    pub tone: Tone,
}

/// A key figure with its evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Label.
    pub label: String,
    /// Value with unit, or a word such as “unknown”.
    pub value: String,
    /// Its verdict.
    pub tone: Tone,
    /// One line below the value.
    pub detail: String,
    /// Definition or formula, in one or two sentences.
    pub method: String,
    /// Supporting facts, each with a link.
    pub evidence: Vec<Evidence>,
}

/// A supporting fact of a card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The text.
    pub text: String,
    /// Its verdict.
    pub tone: Tone,
    /// Link to the details.
    pub link: Option<String>,
}
