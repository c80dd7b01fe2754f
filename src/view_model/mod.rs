//! What crosses from the engine to the page: plain data, without tables and without Arrow.
//!
//! A link in here is a query string as [`crate::state::link`] writes it: following it replaces the state. A cell may also
//! lead out of the page, or to a log ([`crate::runs::log::link`]).

mod card;
mod chart;
mod control;
mod filters;
mod mark;
mod point;
mod table;

pub use card::{Card, Evidence, Tone};
pub use chart::{AxisModel, CLOCK, COLOURS, ChartModel, LegendEntry, Panel, Rule, SHAPES, Series, Style};
pub(crate) use chart::{extent, extent_x, extent_y};
pub use control::{Choice, Control, Entry};
pub use filters::{AxisChoice, Facet, FacetValue};
pub use mark::{Mark, Numbers, Point, Points, Shade};
pub use point::PointCard;
pub use table::{Cell, Column, Grid, GridCell};

use serde::{Deserialize, Serialize};

use crate::record::Kind;
use crate::state::ViewState;

/// Everything the page needs to draw a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewModel {
    /// The state as shown: what was left to the data is decided.
    pub state: ViewState,
    /// One sentence: what is shown and on what basis.
    pub sentence: String,
    /// What the reader must know about the picture.
    pub notes: Vec<String>,
    /// The filters on offer.
    pub facets: Vec<Facet>,
    /// What an axis can show.
    pub axes: Vec<AxisChoice>,
    /// What series and panels can be made of: dimension key and label.
    pub dimensions: Vec<(String, String)>,
    /// What the view lets the reader choose, besides filters and axes.
    pub controls: Vec<Control>,
    /// The figures that matter.
    pub cards: Vec<Card>,
    /// Whether the cards are the answer and the charts its reasons: they stand before the charts.
    pub cards_first: bool,
    /// The charts.
    pub panels: Vec<Panel>,
    /// Every series on offer, shown or not.
    pub legend: Vec<LegendEntry>,
    /// The view's results as tables.
    pub grids: Vec<Grid>,
    /// Whether the rows themselves are what the view is about: the table twin is open and takes the room.
    pub rows_first: bool,
    /// The table twin's columns.
    pub columns: Vec<Column>,
    /// How many rows the table twin has.
    pub total: usize,
    /// Why there is nothing to see; `None` when there is something.
    pub empty: Option<Empty>,
    /// The same as plain text with a name for its file, where the view has such a text.
    pub text: Option<(String, String)>,
    /// The kind of records that is shown; set by the engine unless the view chose one, as are `kinds` and `joins`.
    pub of: Option<Kind>,
    /// The kinds of records that are loaded, with their numbers.
    pub kinds: Vec<(Kind, usize)>,
    /// What files gave each other: a file's path and a sentence about it.
    pub joins: Vec<(String, String)>,
}

/// Why there is nothing to see, and the one step that helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Empty {
    /// The reason, in a sentence.
    pub reason: String,
    /// The step's name and the state it leads to.
    pub remedy: Option<(String, ViewState)>,
}

impl ViewModel {
    /// What is shown.
    pub fn kind(&self) -> Kind {
        self.of.unwrap_or(Kind::Measurement)
    }

    /// Takes the number columns out, panel by panel and series by series, to travel beside the header.
    pub fn take_columns(&mut self) -> Vec<Numbers> {
        self.columns_mut().map(std::mem::take).collect()
    }

    /// Puts back what [`ViewModel::take_columns`] took.
    pub fn attach_columns(&mut self, columns: impl IntoIterator<Item = Vec<f64>>) {
        self.columns_mut().zip(columns).for_each(|(column, numbers)| *column = numbers.into());
    }

    fn columns_mut(&mut self) -> impl Iterator<Item = &mut Numbers> {
        let series = self.panels.iter_mut().flat_map(|panel| &mut panel.chart.series);
        series.flat_map(|series| series.mark.columns_mut())
    }
}
