//! A row that a person can add to a table: a field for each thing that it needs.

use serde::{Deserialize, Serialize};

use crate::state::escape::escaped_word;

/// The last row of a table, in which another one is entered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowEntry {
    /// What the button says.
    pub button: String,
    /// The query string that adds the row, with each field's column in braces for its value.
    pub link: String,
    /// Its fields, in the order of their columns.
    pub fields: Vec<Field>,
}

/// A field of the row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The key of its column.
    pub column: String,
    /// What it is called, with its unit.
    pub label: String,
    /// What is in it at first.
    pub value: String,
    /// The least that it takes, where it is a number.
    pub least: Option<f64>,
    /// The step from one number to the next; `None` for any number.
    pub step: Option<f64>,
    /// Whether it must not be empty.
    pub required: bool,
    /// What is offered for it.
    pub choices: Vec<String>,
}

impl RowEntry {
    /// The query string that adds a row with these values, in the order of the fields.
    pub fn filled(&self, values: &[String]) -> String {
        let mut link = self.link.clone();
        for (field, value) in self.fields.iter().zip(values) {
            let value: String = form_urlencoded::byte_serialize(escaped_word(value.trim()).as_bytes()).collect();
            link = link.replace(&format!("{{{}}}", field.column), &value);
        }
        link
    }
}
