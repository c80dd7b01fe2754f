//! What a view says: plain data that crosses from the engine to the page.

use serde::{Deserialize, Serialize};

use super::parts::{Card, Control, Grid};
use crate::catalog::{instant, number};
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
    /// How many rows each of them has, where it crosses without all of them ([`ViewModel::fold_grids`]).
    pub grid_rows: Vec<usize>,
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

/// One filter: a dimension with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// Dimension key.
    pub key: String,
    /// Dimension label.
    pub label: String,
    /// Values, those that the search leaves.
    pub values: Vec<FacetValue>,
    /// How many values there are in all.
    pub distinct: usize,
    /// Whether the page shows it open at first: it identifies configurations and has something to choose.
    pub open: bool,
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    /// The value; empty for “missing”.
    pub value: String,
    /// How many measurements the choice would give, all other filters kept.
    pub count: usize,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Something that an axis can show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisChoice {
    /// The axis as the link writes it.
    pub key: String,
    /// Its name, e.g. `P95 TTFT`.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// The metric's name without its statistic: choices of one group stand together.
    pub group: String,
    /// The definition, and other names, for the menu's search and help.
    pub help: String,
    /// How many of the filtered measurements have it.
    pub present: usize,
    /// Whether more is better, where that means something.
    pub better: Option<bool>,
    /// The median of the filtered measurements: where a limit begins to mean something.
    pub middle: Option<f64>,
}

/// One chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// The panel's value, when panels are split; empty for a single one.
    pub title: String,
    /// The chart.
    pub chart: ChartModel,
}

/// A chart, before anybody thinks of a drawing library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartModel {
    /// The horizontal axis.
    pub x: AxisModel,
    /// The vertical axis.
    pub y: AxisModel,
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
    /// Whether points carry their load as a label: it is on neither axis and there is room. Bars carry their figure.
    pub label_points: bool,
    /// Lines across the plot: limits, means.
    pub rules: Vec<Rule>,
}

/// A line across the plot at a value of one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Whether it stands upright at a value of x; otherwise it lies at a value of y.
    pub upright: bool,
    /// Where.
    pub at: f64,
    /// What it is.
    pub label: String,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// One curve through points in their order.
    #[default]
    Curve,
    /// Points between which there is nothing.
    Dots,
    /// The same, faint: they are there, and they lose.
    FaintDots,
    /// A frontier: steps between points with a faint area on the dominated side.
    Step,
    /// Bars along x, one at each tick of the y axis.
    Bars,
    /// Bars that stand at x and touch each other: a histogram.
    Histogram,
    /// A thick grey curve: what the others are compared with.
    Baseline,
    /// A layer of a stack: an area on those of the series before it, which have the same x, point by point.
    Stack,
    /// From a lowest to a highest value over x: the third number of a point is the highest.
    Band,
    /// A stretch of x over the whole height, with its label: the series' two points are its ends. Its shape says how: 0 is
    /// shaded, 1 shaded darker, 2 outlined.
    Span,
}

impl Mark {
    /// Whether a series of this mark has points that can be pointed at: what is shaded has none.
    pub fn has_points(self) -> bool {
        !matches!(self, Mark::Band | Mark::Span)
    }
}

/// An axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisModel {
    /// The axis as the link writes it.
    pub key: String,
    /// Title without unit.
    pub title: String,
    /// Unit of the plotted numbers.
    pub unit: String,
    /// Whether more is better, where that means something.
    pub better: Option<bool>,
    /// Logarithmic scale.
    pub log: bool,
    /// Range of the shown points, before the drawing library rounds it; zoomed when the state is.
    pub range: Option<[f64; 2]>,
    /// Whether `range` is a zoom, to be kept exactly.
    pub zoomed: bool,
    /// Names instead of numbers: a value of n stands at the n-th of them.
    pub ticks: Option<Vec<String>>,
}

impl AxisModel {
    /// A linear axis of the view's own, which the reader does not choose.
    pub fn own(title: &str, unit: &str, better: Option<bool>) -> AxisModel {
        AxisModel {
            key: String::new(),
            title: title.to_owned(),
            unit: unit.to_owned(),
            better,
            log: false,
            range: None,
            zoomed: false,
            ticks: None,
        }
    }

    /// Whether it has numbers of the view's own, which are in no column of the table.
    pub fn is_plain(&self) -> bool {
        self.key.is_empty() && self.ticks.is_none()
    }

    /// A number on it: its name, the number with its unit, and with every digit.
    pub fn figure(&self, value: f64) -> (String, String, String) {
        let instant = instant::shown(value / 1000.0).filter(|_| self.unit == CLOCK);
        let shown = instant.unwrap_or_else(|| number::short(value));
        (self.title.clone(), format!("{shown} {}", self.unit).trim_end().to_owned(), number::exact(value))
    }
}

/// The unit of an axis of instants, whose numbers are milliseconds since 1970.
pub const CLOCK: &str = "UTC";

/// How many colours the categorical palette has.
pub const COLOURS: u8 = 8;
/// How many symbol and dash pairs there are.
pub const SHAPES: u8 = 6;

/// How an entity is drawn, wherever it appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Place in the categorical palette of eight.
    pub colour: u8,
    /// Which symbol and dash tell it from others of the same colour.
    pub shape: u8,
}

impl Style {
    /// Which of the symbols it is drawn with.
    pub fn symbol(self) -> u8 {
        (self.colour + self.shape) % SHAPES
    }
}

/// Numbers per point in [`Series::points`].
pub const STRIDE: usize = 4;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Stable id: the same configuration has the same id in every link.
    pub id: String,
    /// What tells it from the other series.
    pub label: String,
    /// In which colour and shape.
    pub style: Style,
    /// How its points are drawn.
    pub mark: Mark,
    /// x, y, load and 1 for “too many failures”, point after point ([`STRIDE`] numbers each); NaN is missing.
    /// Travels beside the header as a column of numbers.
    #[serde(skip)]
    pub points: Vec<f64>,
}

/// A series in the legend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegendEntry {
    /// The series' id.
    pub id: String,
    /// What tells it from the others.
    pub label: String,
    /// How it is drawn; `None` while it is not shown.
    pub style: Option<Style>,
    /// How many points it has on these axes.
    pub points: usize,
    /// Whether the others are compared with it.
    pub baseline: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name in links and exports.
    pub key: String,
    /// Name on the page.
    pub label: String,
    /// Unit.
    pub unit: String,
    /// Whether values are figures: right-aligned, sorted as numbers.
    pub numeric: bool,
}

impl Column {
    /// A column of texts.
    pub(super) fn text(key: &str, label: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: String::new(), numeric: false }
    }

    /// A column of figures.
    pub(super) fn figure(key: &str, label: &str, unit: &str) -> Column {
        Column { key: key.to_owned(), label: label.to_owned(), unit: unit.to_owned(), numeric: true }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// As shown; empty when missing.
    pub text: String,
    /// With every digit, for copies and exports.
    pub exact: String,
}

/// Why there is nothing to see, and the one step that helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Empty {
    /// The reason, in a sentence.
    pub reason: String,
    /// The step's name and the state it leads to.
    pub remedy: Option<(String, ViewState)>,
}

/// Everything about one point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointCard {
    /// The series' label.
    pub title: String,
    /// Identity: dimension key, label and value, those that differ between series first.
    pub identity: Vec<(String, String, String)>,
    /// Figures: label, value with unit, exact value.
    pub figures: Vec<(String, String, String)>,
    /// Where the figures come from: one line per measurement averaged.
    pub origins: Vec<String>,
    /// Definitions of the two axes.
    pub definitions: Vec<String>,
    /// Where else this point is shown: names and links.
    pub steps: Vec<(String, String)>,
}

impl ViewModel {
    /// What is shown.
    pub fn kind(&self) -> Kind {
        self.of.unwrap_or(Kind::Measurement)
    }

    /// Rows of a grid that cross with the picture; the page asks for the others when they come in sight.
    pub const GRID_ROWS: usize = 60;

    /// Keeps the first rows of each grid and says how many there are.
    pub fn fold_grids(&mut self) {
        self.grid_rows = self.grids.iter().map(|grid| grid.rows.len()).collect();
        self.grids.iter_mut().for_each(|grid| grid.rows.truncate(ViewModel::GRID_ROWS));
    }

    /// Takes the number columns out, panel by panel and series by series, to travel beside the header.
    pub fn take_columns(&mut self) -> Vec<Vec<f64>> {
        let series = self.panels.iter_mut().flat_map(|panel| &mut panel.chart.series);
        series.map(|series| std::mem::take(&mut series.points)).collect()
    }

    /// Puts back what [`ViewModel::take_columns`] took.
    pub fn attach_columns(&mut self, columns: impl IntoIterator<Item = Vec<f64>>) {
        let series = self.panels.iter_mut().flat_map(|panel| &mut panel.chart.series);
        for (series, column) in series.zip(columns) {
            series.points = column;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_grid_crosses_with_its_first_rows_and_says_how_many_there_are() {
        let grid = |rows| Grid { rows: vec![Vec::new(); rows], ..Grid::default() };
        let mut model = ViewModel { grids: vec![grid(3), grid(ViewModel::GRID_ROWS + 5)], ..ViewModel::default() };
        model.fold_grids();
        assert_eq!(model.grid_rows, [3, ViewModel::GRID_ROWS + 5]);
        assert_eq!(model.grids.iter().map(|grid| grid.rows.len()).collect::<Vec<_>>(), [3, ViewModel::GRID_ROWS]);
    }
}
