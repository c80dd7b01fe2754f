//! The data passed from the engine to the page: plain data without tables or Arrow.
//!
//! Links are query strings written by [`crate::state::link`]: following one replaces the state. A cell may also
//! link to another site or to a log ([`crate::runs::log::link`]).

mod card;
mod chart;
mod control;
mod entry;
mod filters;
mod mark;
mod point;
pub mod report;
mod table;

pub use crate::state::Zoom;
pub use card::{Card, Evidence, Headline, Tone};
pub use chart::{AxisModel, CLOCK, COLOURS, ChartModel, HUES, LegendEntry, Panel, Rule, SHAPES, Series, Style};
pub(crate) use chart::{extent, extent_x, extent_y};
pub use control::{Choice, Control, Entry};
pub use entry::{Field, RowEntry};
pub use filters::{AxisChoice, Facet, FacetValue};
pub use mark::{Mark, Numbers, Point, Points, Shade};
pub use point::PointCard;
pub use report::Report;
pub use table::{Cell, Column, Grid, GridCell};

use serde::{Deserialize, Serialize};

use crate::record::Kind;
use crate::state::ViewState;

/// Everything the page needs to draw a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewModel {
    /// The resolved state, with defaults filled in.
    pub state: ViewState,
    /// The answer, where the view gives one.
    pub headline: Option<Headline>,
    /// Steps that the answer suggests: a label and a link.
    pub steps: Vec<(String, String)>,
    /// One sentence: what is shown, and its basis.
    pub sentence: String,
    /// Notes about the content.
    pub notes: Vec<String>,
    /// The available filters.
    pub facets: Vec<Facet>,
    /// The available axes.
    pub axes: Vec<AxisChoice>,
    /// Dimensions for splitting series and panels: key and label.
    pub dimensions: Vec<(String, String)>,
    /// What loaded files do not state and the view needs.
    pub asks: Vec<Ask>,
    /// The options besides filters and axes.
    pub controls: Vec<Control>,
    /// Key figures.
    pub cards: Vec<Card>,
    /// Whether cards come before the charts, because they are the answer.
    pub cards_first: bool,
    /// The charts.
    pub panels: Vec<Panel>,
    /// Every available series, shown or not.
    pub legend: Vec<LegendEntry>,
    /// The view's results as tables.
    pub grids: Vec<Grid>,
    /// Whether rows are the main content: the row table is open and takes the available space.
    pub rows_first: bool,
    /// The row table's columns.
    pub columns: Vec<Column>,
    /// Number of rows in the row table.
    pub total: usize,
    /// Why the view is empty; `None` if it is not.
    pub empty: Option<Empty>,
    /// Plain-text version with a file name, if the view has one.
    pub text: Option<(String, String)>,
    /// The kind of records shown; set by the engine (like `kinds` and `joins`) unless the view sets it.
    pub of: Option<Kind>,
    /// The loaded kinds of records, with counts.
    pub kinds: Vec<(Kind, usize)>,
    /// What names people or hosts in all that is loaded, shown or not: labels.
    pub personal: Vec<String>,
    /// Notes on joined files: path and sentence.
    pub joins: Vec<(String, String)>,
    /// How much of what is shown is demo data; set by the engine.
    pub synthetic: Synthetic,
}

/// How much of what is shown was made by a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Synthetic {
    /// Nothing.
    #[default]
    Nothing,
    /// Some of it: its lines say so.
    Some,
    /// All of it.
    Everything,
}

impl Synthetic {
    /// In words; `None` where nothing is.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Synthetic::Nothing => None,
            Synthetic::Some => Some("Partly synthetic demo data"),
            Synthetic::Everything => Some("Synthetic demo data"),
        }
    }
}

/// Something that files do not state: asked for in place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The dimension's key.
    pub dimension: String,
    /// Its label: `GPUs`.
    pub label: String,
    /// The files that lack it, as an override names them.
    pub paths: Vec<String>,
    /// Whether its values are whole numbers.
    pub counts: bool,
    /// The unit of its values, shown after the field.
    pub unit: String,
    /// For what is no property of files: the query string that sets it, with `{value}` for the value, a number.
    pub edit: Option<String>,
    /// How many of the shown rows lack it.
    pub missing: usize,
    /// How many there are.
    pub of: usize,
}

/// Why a view is empty, and one remedy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Empty {
    /// The reason, as a sentence.
    pub reason: String,
    /// Label of the remedy, and its state.
    pub remedy: Option<(String, ViewState)>,
}

impl ViewModel {
    /// What is shown.
    pub fn kind(&self) -> Kind {
        self.of.unwrap_or(Kind::Measurement)
    }

    /// Removes the data columns, by panel and series, for transfer next to the header.
    pub fn take_columns(&mut self) -> Vec<Numbers> {
        self.columns_mut().map(std::mem::take).collect()
    }

    /// Restores the columns removed by [`ViewModel::take_columns`].
    pub fn attach_columns(&mut self, columns: impl IntoIterator<Item = Vec<f64>>) {
        self.columns_mut().zip(columns).for_each(|(column, numbers)| *column = numbers.into());
    }

    fn columns_mut(&mut self) -> impl Iterator<Item = &mut Numbers> {
        let series = self.panels.iter_mut().flat_map(|panel| &mut panel.chart.series);
        series.flat_map(|series| series.mark.columns_mut())
    }
}
