//! What is on the screen, as one value: [`ViewState`]. The link is its only serialisation ([`link`]).
//!
//! This room knows no table and no Leptos: a state is valid before any data is there.

mod legacy;
pub mod link;
pub mod settings;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::settings::Price;
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

/// A limit of the service level: what a measurement must keep to comply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Of what; a load is limited from above, a figure from the side that is worse by the catalogue.
    pub of: Axis,
    /// The bound, itself still compliant, in the catalogue's unit.
    pub bound: f64,
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
    /// The service level: a measurement that breaks any of these limits cannot win.
    pub slo: Vec<Limit>,
    /// Change in percent up to which two sides count as similar.
    pub threshold: f64,
    /// The statistic of latencies, where a view leaves it open; `None` for the view's own.
    pub stat: Option<Stat>,
    /// Prices that a person set, over those of the deployment.
    pub prices: Vec<Price>,
    /// What is chosen in the views' controls, by the control's key; a control that is not in here is left to the data.
    pub options: BTreeMap<String, Vec<String>>,
}

/// The option by which a view sets both axes at once. It holds over axes chosen singly.
pub const PRESET: &str = "preset";

/// The share of failed requests above which a measurement is marked, unless the reader sets another, in percent.
pub const ERROR_LIMIT: f64 = 1.0;

/// Change in percent up to which two sides count as similar, unless the reader sets another.
pub const THRESHOLD: f64 = 5.0;

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
            slo: Vec::new(),
            threshold: THRESHOLD,
            stat: None,
            prices: Vec::new(),
            options: BTreeMap::new(),
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
            slo: std::mem::take(&mut self.slo),
            prices: std::mem::take(&mut self.prices),
            options: std::mem::take(&mut self.options),
            ..ViewState::default()
        };
        let ViewState { error_limit, threshold, stat, .. } = *self;
        *self = ViewState { kind: Some(kind), error_limit, threshold, stat, ..kept };
    }

    /// Shows another view of the same data. Filters, service level and options stay; axes, lines, zoom and order belong
    /// to the view that is left.
    pub fn show_view(&mut self, view: &str) {
        let former = std::mem::take(self);
        *self = ViewState {
            view: view.to_owned(),
            x: None,
            y: None,
            x_log: false,
            y_log: false,
            series_by: Vec::new(),
            panel_by: None,
            shown: Shown::Few,
            zoom: None,
            sort: None,
            ..former
        };
    }

    /// What is chosen in a control that takes one value; `None` when it is left to the data.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key)?.first().map(String::as_str)
    }

    /// The number entered into a control.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.option(key)?.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    /// Sets what is chosen in a control; nothing leaves it to the data.
    pub fn set_option(&mut self, key: &str, values: Vec<String>) {
        if values.is_empty() {
            self.options.remove(key);
        } else {
            self.options.insert(key.to_owned(), values);
        }
    }

    /// Makes room for an axis that is chosen singly: a preset of both gives way, and they stay as they are `shown`.
    pub fn leave_preset(&mut self, shown: &ViewState) {
        if self.options.remove(PRESET).is_some() {
            (self.x, self.y) = (shown.x.clone(), shown.y.clone());
        }
    }

    /// The same state with a control set: for links from one view into another.
    #[must_use]
    pub fn with_option(mut self, key: &str, values: &[&str]) -> ViewState {
        self.set_option(key, values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    /// States something about files; an earlier statement of the same about the same files is replaced, and an empty
    /// value takes it back.
    pub fn give(&mut self, given: Given) {
        self.given.retain(|other| (&other.path, &other.dimension) != (&given.path, &given.dimension));
        if !given.value.is_empty() {
            self.given.push(given);
        }
    }

    /// Sets a price; an earlier one of the same instance is replaced.
    pub fn set_price(&mut self, price: Price) {
        self.prices.retain(|other| !other.same_instance(&price));
        self.prices.push(price);
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
