//! Diagnostics: what is wrong in a file, where, why, and what to do.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Info,
    /// Something was skipped or is doubtful.
    Warning,
    /// The file, or a large part of it, could not be read.
    Error,
}

/// A place in a file, as precise as the format allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The whole file.
    File,
    /// A line, counted from 1 as an editor does.
    Line(u64),
    /// A column of a line of a table.
    Cell {
        /// Line, from 1.
        line: u64,
        /// The column's name in the header.
        column: String,
    },
    /// A character of a line (both from 1), as a syntax error reports it.
    Character {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// A path of keys, e.g. `benchmarks[3].metrics.request_latency`.
    Key(String),
    /// A place as text, after a diagnostic was serialised.
    Text(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => f.write_str("file"),
            Place::Line(line) => write!(f, "line {line}"),
            Place::Cell { line, column } => write!(f, "line {line}, column “{column}”"),
            Place::Character { line, column } => write!(f, "line {line}, character {column}"),
            Place::Key(path) | Place::Text(path) => f.write_str(path),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        String::deserialize(deserializer).map(Place::Text)
    }
}

/// One finding about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What happened and how it was handled.
    pub message: String,
    /// What the user can do; empty if nothing.
    pub hint: String,
}

impl Diagnostic {
    /// A finding of the given severity.
    pub fn new(severity: Severity, place: Place, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
        Diagnostic { severity, place, message: message.into(), hint: hint.into() }
    }
}
