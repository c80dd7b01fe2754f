//! Marks of series, with the data of each kind of mark.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The mark of a series, with its data. Data are transferred separately from the header ([`Mark::columns_mut`]).
///
/// To add a mark, add a variant here, its data in [`Mark::columns_mut`], and its drawing in `chart::layers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    /// A curve through the points in order.
    Curve(Points),
    /// Unconnected points.
    Dots(Points),
    /// Faint unconnected points: dominated or excluded.
    FaintDots(Points),
    /// A frontier: step line with a faint area on the dominated side.
    Step(Points),
    /// Horizontal bars, one per tick of the y axis: x is the length, y the index of the tick.
    Bars(Points),
    /// Adjacent vertical bars (a histogram): x is the centre of a bin, y its height.
    Histogram(Points),
    /// A thick grey curve: the baseline.
    Baseline(Points),
    /// A stack layer: an area on top of the previous series with the same x values.
    Stack(Points),
    /// An area between minimum and maximum over x.
    Band {
        /// Position on the x axis.
        #[serde(skip)]
        x: Numbers,
        /// Minimum at each x; NaN if missing.
        #[serde(skip)]
        low: Numbers,
        /// Maximum at each x; NaN if missing.
        #[serde(skip)]
        high: Numbers,
    },
    /// A range of x over the full height, with the series' label.
    Span {
        /// Start on the x axis.
        from: f64,
        /// End on the x axis.
        to: f64,
        /// Its look.
        shade: Shade,
    },
}

/// The look of a range of the x axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shade {
    /// Shaded.
    Light,
    /// Shaded darker, to separate neighbours.
    Dark,
    /// Outlined with dashes.
    Outline,
}

impl Mark {
    /// A band from x, minimum and maximum of each point.
    pub fn band(ends: impl IntoIterator<Item = [f64; 3]>) -> Mark {
        let [mut x, mut low, mut high] = [(); 3].map(|()| Vec::new());
        for [at, lowest, highest] in ends {
            x.push(at);
            low.push(lowest);
            high.push(highest);
        }
        Mark::Band { x: x.into(), low: low.into(), high: high.into() }
    }

    /// The points for hit testing; `None` for shaded marks.
    pub fn points(&self) -> Option<&Points> {
        match self {
            Mark::Curve(points)
            | Mark::Dots(points)
            | Mark::FaintDots(points)
            | Mark::Step(points)
            | Mark::Bars(points)
            | Mark::Histogram(points)
            | Mark::Baseline(points)
            | Mark::Stack(points) => Some(points),
            Mark::Band { .. } | Mark::Span { .. } => None,
        }
    }

    /// Multiplies the values along x and y.
    pub fn scale(&mut self, by: [f64; 2]) {
        let scaled = |numbers: &mut Numbers, by: f64| Arc::make_mut(&mut numbers.0).iter_mut().for_each(|value| *value *= by);
        match self {
            Mark::Curve(points)
            | Mark::Dots(points)
            | Mark::FaintDots(points)
            | Mark::Step(points)
            | Mark::Bars(points)
            | Mark::Histogram(points)
            | Mark::Baseline(points)
            | Mark::Stack(points) => points.scale(by),
            Mark::Band { x, low, high } => {
                scaled(x, by[0]);
                scaled(low, by[1]);
                scaled(high, by[1]);
            }
            Mark::Span { from, to, .. } => {
                *from *= by[0];
                *to *= by[0];
            }
        }
    }

    /// The data columns transferred separately from the header, in an order that depends only on the kind of mark.
    pub fn columns_mut(&mut self) -> Vec<&mut Numbers> {
        match self {
            Mark::Curve(points)
            | Mark::Dots(points)
            | Mark::FaintDots(points)
            | Mark::Step(points)
            | Mark::Bars(points)
            | Mark::Histogram(points)
            | Mark::Baseline(points)
            | Mark::Stack(points) => vec![&mut points.numbers],
            Mark::Band { x, low, high } => vec![x, low, high],
            Mark::Span { .. } => Vec::new(),
        }
    }
}

/// A point of a curve, a dot, or the end of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Position on the x axis.
    pub x: f64,
    /// Position on the y axis; NaN is a gap in a curve.
    pub y: f64,
    /// The load under which it was measured.
    pub load: Option<f64>,
    /// Whether it exceeds the error limit: drawn hollow.
    pub over_limit: bool,
}

impl Point {
    /// A point without a load.
    pub fn at(x: f64, y: f64) -> Point {
        Point { x, y, ..Point::default() }
    }
}

/// Points in order, with interleaved values as the drawing library expects them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    #[serde(skip)]
    numbers: Numbers,
}

impl Points {
    /// Names of a point's values, in the order of [`Points::numbers`].
    pub const DIMENSIONS: [&str; 4] = ["x", "y", "load", "over_limit"];

    /// Creates an empty list with capacity.
    pub fn with_capacity(points: usize) -> Points {
        Points { numbers: Vec::with_capacity(points * Self::DIMENSIONS.len()).into() }
    }

    /// Adds a point.
    pub fn push(&mut self, Point { x, y, load, over_limit }: Point) {
        let over_limit = f64::from(u8::from(over_limit));
        Arc::make_mut(&mut self.numbers.0).extend([x, y, load.unwrap_or(f64::NAN), over_limit]);
    }

    /// Multiplies the positions along x and y.
    fn scale(&mut self, by: [f64; 2]) {
        for point in Arc::make_mut(&mut self.numbers.0).chunks_exact_mut(Self::DIMENSIONS.len()) {
            point[0] *= by[0];
            point[1] *= by[1];
        }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.numbers.len() / Self::DIMENSIONS.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// A point by index.
    pub fn get(&self, at: usize) -> Option<Point> {
        self.iter().nth(at)
    }

    /// All points.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Point> + '_ {
        self.numbers.chunks_exact(Self::DIMENSIONS.len()).map(|point| Point {
            x: point[0],
            y: point[1],
            load: Some(point[2]).filter(|load| !load.is_nan()),
            over_limit: point[3] > 0.0,
        })
    }

    /// Interleaved: x, y, load (NaN if unknown), and 1 for a point over the error limit.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }
}

impl Extend<Point> for Points {
    fn extend<I: IntoIterator<Item = Point>>(&mut self, points: I) {
        points.into_iter().for_each(|point| self.push(point));
    }
}

impl FromIterator<Point> for Points {
    fn from_iter<I: IntoIterator<Item = Point>>(points: I) -> Points {
        let mut all = Points::default();
        all.extend(points);
        all
    }
}

/// Points without loads.
impl FromIterator<(f64, f64)> for Points {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(points: I) -> Points {
        points.into_iter().map(|(x, y)| Point::at(x, y)).collect()
    }
}

/// A column of numbers; clones share the data.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<Vec<f64>>);

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Numbers {
        Numbers(Arc::new(numbers))
    }
}

/// Bitwise comparison: NaN equals NaN, so that an unchanged chart is not redrawn.
impl PartialEq for Numbers {
    fn eq(&self, other: &Numbers) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        Arc::ptr_eq(&self.0, &other.0) || self.len() == other.len() && self.iter().zip(other.iter()).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_as_they_were_given() {
        let given = [Point { x: 1.0, y: 2.0, load: Some(8.0), over_limit: true }, Point::at(3.0, 4.0)];
        let points: Points = given.into_iter().collect();
        assert_eq!((points.len(), points.iter().collect::<Vec<_>>()), (2, given.to_vec()));
        assert_eq!(points.numbers()[..4], [1.0, 2.0, 8.0, 1.0]);
        assert!(points.numbers()[6].is_nan(), "the load is unknown");
        assert_eq!((points.get(1), points.get(2)), (Some(given[1]), None));
    }

    #[test]
    fn a_copy_shares_its_numbers_until_it_is_changed() {
        let mut points: Points = [(1.0, f64::NAN)].into_iter().collect();
        let copy = points.clone();
        assert!(std::ptr::eq(points.numbers(), copy.numbers()));
        assert_eq!(points, [(1.0, f64::NAN)].into_iter().collect(), "missing numbers are equal");
        points.push(Point::at(2.0, 3.0));
        assert_eq!((points.len(), copy.len()), (2, 1));
    }

    #[test]
    fn numbers_travel_beside_the_header() {
        let points: Points = [(1.0, 2.0), (3.0, f64::NAN)].into_iter().collect();
        let marks: [fn(Points) -> Mark; 8] =
            [Mark::Curve, Mark::Dots, Mark::FaintDots, Mark::Step, Mark::Bars, Mark::Histogram, Mark::Baseline, Mark::Stack];
        let marks = marks.into_iter().map(|mark| mark(points.clone()));
        let shaded = [Mark::band([[1.0, 2.0, 3.0]]), Mark::Span { from: 1.0, to: 2.0, shade: Shade::Dark }];
        for mut mark in marks.chain(shaded) {
            let whole = mark.clone();
            let taken: Vec<Numbers> = mark.columns_mut().into_iter().map(std::mem::take).collect();
            let header = serde_json::to_string(&mark).expect("a header");
            let mut back: Mark = serde_json::from_str(&header).expect("the same");
            back.columns_mut().into_iter().zip(taken).for_each(|(column, numbers)| *column = numbers);
            assert_eq!(back, whole);
        }
    }
}
