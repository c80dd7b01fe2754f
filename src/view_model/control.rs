//! Controls: options of a view besides filters and axes.

use serde::{Deserialize, Serialize};

/// An option of a view. [`crate::state::ViewState::options`] stores its value under the control's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Key in links; shared by views with the same option.
    pub key: String,
    /// Short label.
    pub label: String,
    /// Tooltip.
    pub help: String,
    /// Current values, selected or default.
    pub values: Vec<String>,
    /// Type of input.
    pub entry: Entry,
}

impl Control {
    /// In links: none of the choices of an [`Entry::Subset`].
    pub const NONE: &'static str = "none";

    /// The values after clicking a choice: replaces the value, or toggles it where several are possible.
    pub fn taking(&self, value: &str) -> Vec<String> {
        if !matches!(self.entry, Entry::MultiSelect(_) | Entry::Subset(_)) {
            return vec![value.to_owned()];
        }
        let others = self.values.iter().filter(|other| *other != value).cloned();
        let added = (!self.values.iter().any(|other| other == value)).then(|| value.to_owned());
        let taken: Vec<String> = others.chain(added).collect();
        match self.entry {
            Entry::Subset(_) if taken.is_empty() => vec![Control::NONE.to_owned()],
            _ => taken,
        }
    }
}

/// The input type of a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// Exactly one of these choices.
    Select(Vec<Choice>),
    /// Any number of these choices; with none chosen the view decides.
    MultiSelect(Vec<Choice>),
    /// Any number of these choices, or none.
    Subset(Vec<Choice>),
    /// A number, at least 0, in this unit.
    Number {
        /// The unit, shown after the number.
        unit: String,
    },
    /// Free text.
    Text {
        /// Shown while empty.
        placeholder: String,
    },
}

/// A selectable value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Value in links.
    pub value: String,
    /// Label on the page.
    pub label: String,
    /// Small text after the label: a count, a unit.
    pub hint: String,
}

impl Choice {
    /// A choice whose label is its value.
    pub fn plain(value: &str) -> Choice {
        Choice { value: value.to_owned(), label: value.to_owned(), hint: String::new() }
    }

    /// A choice with a label and a hint.
    pub fn new(value: &str, label: &str, hint: &str) -> Choice {
        Choice { value: value.to_owned(), label: label.to_owned(), hint: hint.to_owned() }
    }
}
