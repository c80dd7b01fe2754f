//! What is on the screen, as one value: [`ViewState`]. The link is its only serialisation ([`link`]).
//!
//! This room knows no table and no Leptos: a state is valid before any data is there.

mod legacy;
pub mod link;
pub mod settings;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::record::{Given, Kind, LoadKind, Stat};

/// The values kept, by dimension. An empty text stands for “missing”. No dimension maps to an empty set.
pub type Selection = BTreeMap<String, BTreeSet<String>>;

/// Which measurements are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filters {
    /// Not chosen yet: the best-populated model and workload of whatever is loaded.
    #[default]
    Automatic,
    /// Chosen; an empty selection shows everything.
    Chosen(Selection),
}

/// What an axis shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// The load that was asked for; measurements of another kind of load are left out.
    Load(LoadKind),
    /// A statistic of a metric.
    Figure {
        /// Catalogue key, or an unknown column's own name.
        metric: String,
        /// The statistic; mean for metrics that are one figure per run.
        stat: Stat,
    },
}

/// Which of the series are drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// The best-populated few; the rest are counted.
    #[default]
    Few,
    /// All of them.
    All,
    /// These, by series id.
    Only(BTreeSet<String>),
}

/// How a table is sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column's key.
    pub column: String,
    /// Largest or last first.
    pub descending: bool,
}

/// A zoomed window in data coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoom {
    /// Left and right end of the x axis.
    pub x: [f64; 2],
    /// Lower and upper end of the y axis.
    pub y: [f64; 2],
}

/// Everything that decides what is on the screen, besides the data itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewState {
    /// The view's id.
    pub view: String,
    /// Where the data came from, when it came from an address: reloaded with the link.
    pub sources: Vec<String>,
    /// What kind of records is shown; `None` lets the data decide: measurements, where there are any.
    pub kind: Option<Kind>,
    /// What a person says of files that do not say it themselves.
    pub given: Vec<Given>,
    /// Which records are shown.
    pub filters: Filters,
    /// The x axis; `None` lets the data decide.
    pub x: Option<Axis>,
    /// The y axis; `None` lets the data decide.
    pub y: Option<Axis>,
    /// Whether the x axis is logarithmic.
    pub x_log: bool,
    /// Whether the y axis is logarithmic.
    pub y_log: bool,
    /// One line per combination of these dimensions; empty means one per configuration.
    pub series_by: Vec<String>,
    /// One panel per value of this dimension.
    pub panel_by: Option<String>,
    /// Which series are drawn.
    pub shown: Shown,
    /// The zoomed window.
    pub zoom: Option<Zoom>,
    /// The table's order; `None` is by series and load.
    pub sort: Option<Sort>,
    /// Share of failed requests, in percent, above which a measurement is marked.
    pub error_limit: f64,
}

/// The share of failed requests above which a measurement is marked, unless the reader sets another, in percent.
pub const ERROR_LIMIT: f64 = 1.0;

impl Default for ViewState {
    fn default() -> ViewState {
        ViewState {
            view: "explore".to_owned(),
            sources: Vec::new(),
            kind: None,
            given: Vec::new(),
            filters: Filters::Automatic,
            x: None,
            y: None,
            x_log: false,
            y_log: false,
            series_by: Vec::new(),
            panel_by: None,
            shown: Shown::Few,
            zoom: None,
            sort: None,
            error_limit: ERROR_LIMIT,
        }
    }
}

impl ViewState {
    /// The chosen values by dimension; none while the choice is automatic.
    pub fn selection(&self) -> Selection {
        match &self.filters {
            Filters::Automatic => Selection::new(),
            Filters::Chosen(selection) => selection.clone(),
        }
    }

    /// Shows another kind of records. What was chosen for the former kind goes: its axes and filters mean nothing here.
    pub fn show_kind(&mut self, kind: Kind) {
        let kept = ViewState {
            view: self.view.clone(),
            sources: std::mem::take(&mut self.sources),
            given: std::mem::take(&mut self.given),
            ..ViewState::default()
        };
        *self = ViewState { kind: Some(kind), error_limit: self.error_limit, ..kept };
    }

    /// States something about files; an earlier statement of the same about the same files is replaced, and an empty
    /// value takes it back.
    pub fn give(&mut self, given: Given) {
        self.given.retain(|other| (&other.path, &other.dimension) != (&given.path, &given.dimension));
        if !given.value.is_empty() {
            self.given.push(given);
        }
    }

    /// Replaces the chosen values of one dimension; an empty set lifts its filter. Zoom goes: it was about other points.
    pub fn choose(&mut self, dimension: &str, values: BTreeSet<String>) {
        let mut selection = self.selection();
        if values.is_empty() {
            selection.remove(dimension);
        } else {
            selection.insert(dimension.to_owned(), values);
        }
        self.filters = Filters::Chosen(selection);
        self.zoom = None;
    }

    /// Adds a value to a dimension's filter, or takes it out.
    pub fn toggle(&mut self, dimension: &str, value: &str) {
        let mut values = self.selection().remove(dimension).unwrap_or_default();
        if !values.remove(value) {
            values.insert(value.to_owned());
        }
        self.choose(dimension, values);
    }
}
