//! Controls: what a view lets the reader choose besides filters and axes.

use serde::{Deserialize, Serialize};

/// A choice that a view offers. What is chosen stands in [`crate::state::ViewState::options`] under the control's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Name in links. Views that mean the same by it share it.
    pub key: String,
    /// What is chosen, in a word or two.
    pub label: String,
    /// More about it, for the tooltip.
    pub help: String,
    /// What is in force, chosen or by default.
    pub values: Vec<String>,
    /// What can be entered.
    pub entry: Entry,
}

impl Control {
    /// What is in force after one of the choices is taken: that one alone, or, where several may be, one more or less.
    pub fn taking(&self, value: &str) -> Vec<String> {
        if !matches!(self.entry, Entry::MultiSelect(_)) {
            return vec![value.to_owned()];
        }
        let others = self.values.iter().filter(|other| *other != value).cloned();
        let added = (!self.values.iter().any(|other| other == value)).then(|| value.to_owned());
        others.chain(added).collect()
    }
}

/// What can be entered into a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// One of these.
    Select(Vec<Choice>),
    /// Any number of these.
    MultiSelect(Vec<Choice>),
    /// A number, at least 0, in this unit.
    Number {
        /// The unit, shown after the number.
        unit: String,
    },
    /// Free text; the text is shown while nothing is entered.
    Text {
        /// What may be entered, in a word or two.
        placeholder: String,
    },
}

/// Something that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// As the link writes it.
    pub value: String,
    /// As the page shows it.
    pub label: String,
    /// Shown small after it: a count, a unit.
    pub hint: String,
}

impl Choice {
    /// A choice that is shown as it is written.
    pub fn plain(value: &str) -> Choice {
        Choice { value: value.to_owned(), label: value.to_owned(), hint: String::new() }
    }

    /// A choice with a label and a hint.
    pub fn new(value: &str, label: &str, hint: &str) -> Choice {
        Choice { value: value.to_owned(), label: label.to_owned(), hint: hint.to_owned() }
    }
}
