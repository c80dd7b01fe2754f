//! A mapping as a row of `formats` in a deployment's `config.json`, by which tables with these columns open by themselves.
//!
//! It is read by [`Layout::from_json`](crate::format::Layout::from_json), which the page does not link; the words for what a
//! column means are those of [`meaning`](crate::format::flat::meaning).

use serde_json::{Map, Value, json};

use super::{Candidate, Header, Mapping, Role, factor};
use crate::catalog::dimensions;
use crate::format;
use crate::format::flat::meaning::Meaning;

impl Mapping {
    /// The row for tables with these columns; `path` is one of them, whose name stands for the format until people give it a
    /// better one. What the mapping leaves out is left out there, too.
    pub fn as_format(&self, header: &Header, path: &str) -> Value {
        let names: Vec<&str> = header.columns.iter().map(|column| column.name.as_str()).collect();
        // A blank column and the second of two have names that only the mapping knows; `|` separates alternatives in a mark.
        let made = |at: usize, name: &str| {
            let first = name.rsplit_once(" (").map(|(first, _)| first);
            name == format!("column {}", at + 1) || first.is_some_and(|first| names.iter().take(at).any(|name| *name == first))
        };
        let fit =
            |(at, column): &(usize, &Candidate)| !column.sometimes && !made(*at, &column.name) && !column.name.contains('|');
        let marks = header.columns.iter().enumerate().filter(fit);
        let marks: Vec<&str> = marks.map(|(_, column)| column.name.as_str()).collect();
        let words = |name: &str| {
            let column = self.columns.iter().find(|column| column.name == name);
            column.map_or(Meaning::Ignore, |column| meaning(&column.role)).words()
        };
        let fields: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!(words(name)))).collect();
        let fixed = self.fixed.iter().filter(|(key, _)| dimensions::dimension(key).is_some());
        let fixed: Map<String, Value> = fixed.map(|(key, value)| (key.clone(), json!(value))).collect();
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let label = file.split_once('.').map_or(file, |(stem, _)| stem).trim();
        let label = if label.is_empty() { "table" } else { label };
        let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let id: String = label.chars().map(plain).collect();
        let id = if format::is_taken(&id) { format!("own-{id}") } else { id };
        let mut row = json!({"id": id, "label": label, "tool": "", "marks": marks, "fields": fields});
        if !fixed.is_empty() {
            row["fixed"] = Value::Object(fixed);
        }
        row
    }
}

fn meaning(role: &Role) -> Meaning {
    match role {
        Role::Dimension { key } if !key.trim().is_empty() => Meaning::Text(key.trim().to_owned()),
        Role::Load { kind } => Meaning::Load(*kind),
        Role::Metric { key, stat, unit } => match factor(key, unit) {
            Some(scale) => Meaning::Figure { key: key.clone(), stat: Some(*stat), unit: unit.trim().to_owned(), scale },
            None => Meaning::Ignore,
        },
        Role::Dimension { .. } | Role::Ignore => Meaning::Ignore,
    }
}
