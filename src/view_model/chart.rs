//! Charts, independent of the drawing library: panels, axes, series and legend.

use serde::{Deserialize, Serialize};

use super::mark::{Mark, Point, Points};
use crate::catalog::{instant, number};

/// One chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// The panel's value if panels are split; otherwise empty.
    pub title: String,
    /// The chart.
    pub chart: ChartModel,
}

/// A chart, independent of the drawing library.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChartModel {
    /// The horizontal axis.
    pub x: AxisModel,
    /// The vertical axis.
    pub y: AxisModel,
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
    /// Whether points have load labels: load is on neither axis, and there is room. Bars have value labels.
    pub label_points: bool,
    /// Lines across the plot: limits, means.
    pub rules: Vec<Rule>,
    /// The metrics along x and y by which a box drawn on the chart selects records, instead of zooming; empty where it
    /// does not select by an axis.
    pub brush: [String; 2],
    /// Whether the lines are different figures: how much one is above another says nothing.
    #[serde(default)]
    pub unlike: bool,
}

/// A line across the plot at a value of one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Vertical at a value of x; otherwise horizontal at a value of y.
    pub upright: bool,
    /// Axis value.
    pub at: f64,
    /// Label.
    pub label: String,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AxisModel {
    /// The axis key in links.
    pub key: String,
    /// Title without unit.
    pub title: String,
    /// Unit of the plotted numbers.
    pub unit: String,
    /// Whether higher is better; `None` if neither.
    pub better: Option<bool>,
    /// Logarithmic scale.
    pub log: bool,
    /// Range of the shown points, or the one that the view sets.
    pub range: Option<[f64; 2]>,
    /// Whether the axis ends where `range` does, instead of at the next round values.
    pub exact: bool,
    /// Whether the reader's zoom applies to it.
    pub zooms: bool,
    /// Category names: value n is at the n-th name.
    pub ticks: Option<Vec<String>>,
}

impl AxisModel {
    /// A fixed linear axis of the view, without a menu.
    pub fn own(title: &str, unit: &str, better: Option<bool>) -> AxisModel {
        AxisModel { title: title.to_owned(), unit: unit.to_owned(), better, ..AxisModel::default() }
    }

    /// Whether values from the least to the greatest are so far apart that their axis is logarithmic unless somebody says otherwise:
    /// more than 1 to 30, all above 0.
    pub fn is_wide([low, high]: [f64; 2]) -> bool {
        const WIDE: f64 = 30.0;
        low > 0.0 && high / low > WIDE
    }

    /// The ends of the axis, from the zoom along it or from the view; `None` leaves them to the drawing library.
    pub fn ends(&self, zoom: Option<[f64; 2]>) -> Option<[f64; 2]> {
        zoom.filter(|_| self.zooms).or(self.range.filter(|_| self.exact))
    }

    /// What is seen of the axis, before rounding by the drawing library.
    pub fn seen(&self, zoom: Option<[f64; 2]>) -> Option<[f64; 2]> {
        self.ends(zoom).or(self.range)
    }

    /// Whether its values are computed by the view and not in a table column.
    pub fn is_plain(&self) -> bool {
        self.key.is_empty() && self.ticks.is_none()
    }

    /// Formats a value: axis name, value with unit, exact value.
    pub fn figure(&self, value: f64) -> (String, String, String) {
        let instant = instant::shown(value / 1000.0).filter(|_| self.unit == CLOCK);
        let shown = instant.map_or_else(|| number::measure(value, &self.unit), |instant| format!("{instant} {}", self.unit));
        (self.title.clone(), shown, number::exact(value))
    }
}

/// The unit of a time axis in milliseconds since 1970.
pub const CLOCK: &str = "UTC";

/// Number of colours in the categorical palette. The last, grey, is no line’s but a baseline’s.
pub const COLOURS: u8 = HUES + 1;
/// Number of colours that other lines take.
pub const HUES: u8 = 8;
/// Number of symbol and dash pairs.
pub const SHAPES: u8 = 6;

/// The style of an entity, in all charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Index in the categorical palette.
    pub colour: u8,
    /// Index of symbol and dash, among entities of the same colour.
    pub shape: u8,
}

impl Style {
    /// The palette's grey, solid: of baselines.
    pub const GREY: Style = Style { colour: HUES, shape: 0 };

    /// Which of the symbols it is drawn with.
    pub fn symbol(self) -> u8 {
        (self.colour + self.shape) % SHAPES
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Stable id: the same configuration has the same id in every link.
    pub id: String,
    /// Label that distinguishes it from the other series.
    pub label: String,
    /// Colour and shape.
    pub style: Style,
    /// How it is drawn, with its numbers.
    pub mark: Mark,
}

impl Series {
    /// Its points; of what is shaded none.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.mark.points().into_iter().flat_map(Points::iter)
    }

    /// What it has along x, the ends of a stretch included.
    pub fn x(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.mark {
            Mark::Band { x, .. } => Box::new(x.iter().copied()),
            Mark::Span { from, to, .. } => Box::new([*from, *to].into_iter()),
            _ => Box::new(self.points().map(|point| point.x)),
        }
    }

    /// What it has along y; of a band the lowest values.
    pub fn y(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.mark {
            Mark::Band { low, .. } => Box::new(low.iter().copied()),
            _ => Box::new(self.points().map(|point| point.y)),
        }
    }
}

/// The lowest and the highest of some numbers; NaN and infinite ones do not count.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> Option<[f64; 2]> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |range: Option<[f64; 2]>, value| {
        Some(range.map_or([value; 2], |[low, high]| [low.min(value), high.max(value)]))
    })
}

/// The ends of what series have along x.
pub(crate) fn extent_x(series: &[Series]) -> Option<[f64; 2]> {
    extent(series.iter().flat_map(Series::x))
}

/// The ends of what series have along y.
pub(crate) fn extent_y(series: &[Series]) -> Option<[f64; 2]> {
    extent(series.iter().flat_map(Series::y))
}

/// A series in the legend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegendEntry {
    /// The series' id.
    pub id: String,
    /// Label that distinguishes it from the others.
    pub label: String,
    /// Style; `None` if not shown.
    pub style: Option<Style>,
    /// Number of points on these axes.
    pub points: usize,
    /// Whether it is the baseline.
    pub baseline: bool,
}
