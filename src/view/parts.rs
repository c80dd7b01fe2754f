//! What a view is made of besides charts: controls, cards and grids. Plain data; the page draws each the same way
//! in every view.
//!
//! A link in here is a query string as [`crate::state::link`] writes it: following it replaces the state. A cell may also
//! lead out of the page, or to a log ([`super::log::link`]).

use serde::{Deserialize, Serialize};

use super::model::{Cell, Column};
use crate::state::Sort;

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
        if !matches!(self.entry, Entry::Several(_)) {
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
    One(Vec<Choice>),
    /// Any number of these.
    Several(Vec<Choice>),
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

/// A table of a view's results: some hundred rows at most, each cell may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Name in links and in file names: letters and hyphens.
    pub key: String,
    /// Heading.
    pub title: String,
    /// What stands in it and on what basis.
    pub note: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows; each has a cell for every column.
    pub rows: Vec<Vec<GridCell>>,
}

/// A cell of a grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GridCell {
    /// As shown, and with every digit.
    pub cell: Cell,
    /// What it says about good and bad.
    pub tone: Tone,
    /// More about it, for the tooltip.
    pub hint: String,
    /// Where a click leads: a query string, a whole address for a link out of the page, or a log
    /// ([`super::log::link`]).
    pub link: Option<String>,
    /// Where entering another value leads: a query string in which `{value}` stands for what is entered.
    pub edit: Option<String>,
}

impl GridCell {
    /// A text.
    pub fn text(text: impl Into<String>) -> GridCell {
        let text = text.into();
        GridCell { cell: Cell { exact: text.clone(), text }, ..GridCell::default() }
    }

    /// A number as shown, with its exact value.
    pub fn number(shown: impl Into<String>, value: f64) -> GridCell {
        GridCell { cell: Cell { text: shown.into(), exact: crate::catalog::number::exact(value) }, ..GridCell::default() }
    }

    /// A figure that may be missing: seven digits, without unit, which stands in the heading.
    pub fn figure(value: Option<f64>) -> GridCell {
        value.map_or_else(GridCell::default, |value| GridCell::number(crate::catalog::number::column(value), value))
    }

    /// The same with a tone.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> GridCell {
        self.tone = tone;
        self
    }

    /// The same with a tooltip.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> GridCell {
        self.hint = hint.into();
        self
    }

    /// The same, to be overwritten by the reader.
    #[must_use]
    pub fn editable(mut self, edit: impl Into<String>) -> GridCell {
        self.edit = Some(edit.into());
        self
    }

    /// The same as a link.
    #[must_use]
    pub fn linked(mut self, link: impl Into<String>) -> GridCell {
        self.link = Some(link.into());
        self
    }
}

/// Rows that a grid lists: what a person looks through.
pub(super) const LISTED: usize = 500;

impl Grid {
    /// Lists as many rows as a person looks through and says how many there are; `found` counts those that were not
    /// even made.
    #[must_use]
    pub(super) fn listed(mut self, found: usize) -> Grid {
        self.rows.truncate(LISTED);
        if found > self.rows.len() {
            let shown = self.rows.len();
            self.note = format!("{} The first {shown} of {found}; filter to see the others.", self.note).trim_start().to_owned();
        }
        self
    }

    /// Sorts the rows by a column of this grid, named `<grid>:<column>`; empty cells come last either way. A sort that
    /// is about another table changes nothing.
    pub fn sort(&mut self, sort: &Sort) {
        let column = sort.column.strip_prefix(&self.key).and_then(|rest| rest.strip_prefix(':'));
        let Some(at) = column.and_then(|key| self.columns.iter().position(|column| column.key == key)) else { return };
        let numeric = self.columns[at].numeric;
        let key = self.columns[at].key.clone();
        self.rows.sort_by(|a, b| {
            let (a, b) = (&a[at].cell.exact, &b[at].cell.exact);
            let order = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) if numeric => a.total_cmp(&b),
                _ => crate::catalog::dimensions::compare(&key, a, b),
            };
            let order = if sort.descending { order.reverse() } else { order };
            a.is_empty().cmp(&b.is_empty()).then(order)
        });
    }
}
