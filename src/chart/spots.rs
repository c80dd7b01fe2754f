//! Hit testing: screen positions of chart points, and the point under the pointer or next by key. All in plot pixels.

use crate::view_model::{ChartModel, Mark};

/// Maximum distance from the pointer to a point.
const REACH: f64 = 40.0;

/// A point on the screen.
struct Spot {
    series: usize,
    point: usize,
    at: [f64; 2],
    /// Half the row height of a bar; `None` if not a bar.
    row: Option<f64>,
    /// Whether it is of a frontier: a group's own point at the same place takes precedence.
    frontier: bool,
}

/// The screen positions of a chart's points, those of a series together and in order.
pub struct Spots(Vec<Spot>);

/// From values to pixels, axis by axis: both are straight lines, of the value or of its logarithm.
struct Mapping([Line; 2]);

struct Line {
    log: bool,
    /// Pixels at 0, and for each unit.
    from: f64,
    per: f64,
}

impl Line {
    /// Through two values and their pixels.
    fn through(log: bool, values: [f64; 2], pixels: [f64; 2]) -> Line {
        let [a, b] = values.map(|value| if log { value.ln() } else { value });
        let per = if a == b { 0.0 } else { (pixels[1] - pixels[0]) / (b - a) };
        Line { log, from: pixels[0] - per * a, per }
    }

    fn of(&self, value: f64) -> f64 {
        self.from + self.per * if self.log { value.ln() } else { value }
    }
}

impl Mapping {
    /// A chart has thousands of points, and each question to the library is a call out of the program: two answers give the
    /// mapping, a third checks it. `None` where it is not as expected.
    fn of(chart: &ChartModel, pixel: &impl Fn(f64, f64) -> Option<[f64; 2]>) -> Option<Mapping> {
        let logs = [chart.x.log, chart.y.log];
        let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for point in chart.series.iter().flat_map(|series| series.points()) {
            for (along, value) in [point.x, point.y].into_iter().enumerate() {
                if value.is_finite() && (!logs[along] || value > 0.0) {
                    ends[along] = [ends[along][0].min(value), ends[along][1].max(value)];
                }
            }
        }
        let ends = [0, 1].map(|along| {
            let [low, high] = ends[along];
            // One value alone has no direction; any other is as good.
            if low < high { [low, high] } else { [low, 2.0 * low.abs() + 1.0] }
        });
        let [low, high] = [0, 1].map(|end| pixel(ends[0][end], ends[1][end]));
        let (low, high) = (low?, high?);
        let lines = [0, 1].map(|along| Line::through(logs[along], ends[along], [low[along], high[along]]));
        let middle = [0, 1].map(|along| (ends[along][0] + ends[along][1]) / 2.0);
        let found = pixel(middle[0], middle[1])?;
        let right = [0, 1].iter().all(|along| (lines[*along].of(middle[*along]) - found[*along]).abs() < 0.5);
        right.then_some(Mapping(lines))
    }

    fn at(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        let at = [self.0[0].of(x), self.0[1].of(y)];
        at.iter().all(|pixel| pixel.is_finite()).then_some(at)
    }
}

impl Spots {
    /// Computes positions with a function from axis value to pixel.
    pub fn of(chart: &ChartModel, pixel: impl Fn(f64, f64) -> Option<[f64; 2]>) -> Spots {
        let mapping = Mapping::of(chart, &pixel);
        let pixel = |x: f64, y: f64| mapping.as_ref().map_or_else(|| pixel(x, y), |mapping| mapping.at(x, y));
        let mut spots = Vec::new();
        let names = chart.y.ticks.as_ref().map(Vec::len);
        let height = || Some((pixel(0.0, 1.0)?[1] - pixel(0.0, 0.0)?[1]).abs() / 2.0);
        let row = names.map(|names| Some(names).filter(|names| *names > 1).and_then(|_| height()).unwrap_or(REACH));
        // A stacked layer is on top of the previous layers.
        let mut below: Vec<f64> = Vec::new();
        for (series, line) in chart.series.iter().enumerate() {
            for (point, numbers) in line.points().enumerate() {
                let mut y = numbers.y;
                if matches!(line.mark, Mark::Stack(_)) {
                    below.resize(below.len().max(point + 1), 0.0);
                    y += below[point];
                    below[point] = if y.is_finite() { y } else { below[point] };
                }
                if let Some(at) = pixel(numbers.x, y).filter(|_| y.is_finite()) {
                    let row = row.filter(|_| matches!(line.mark, Mark::Bars(_)));
                    spots.push(Spot { series, point, at, row, frontier: matches!(line.mark, Mark::Step(_)) });
                }
            }
        }
        Spots(spots)
    }

    /// The point under the pointer, by series and index: the nearest within reach. For bars, the one in the pointer's row, or
    /// the one with the nearest end if the row has several.
    pub fn nearest(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let far = |spot: &Spot| {
            let [across, down] = [(spot.at[0] - x).abs(), (spot.at[1] - y).abs()];
            match spot.row {
                Some(row) => (down <= row).then_some([down, across]),
                None => Some([across.hypot(down), 0.0]).filter(|far| far[0] <= REACH),
            }
        };
        let near = self.0.iter().filter_map(|spot| Some((spot, far(spot)?)));
        let nearest = near.min_by(|(spot, a), (other, b)| {
            a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(spot.frontier.cmp(&other.frontier))
        });
        nearest.map(|(spot, _)| (spot.series, spot.point))
    }

    /// The position of a point.
    pub fn at(&self, series: usize, point: usize) -> Option<[f64; 2]> {
        let found = self.0.binary_search_by_key(&(series, point), |other| (other.series, other.point)).ok()?;
        self.0.get(found).map(|other| other.at)
    }

    /// The next point along the line, or on the neighbouring line.
    pub fn step(&self, from: Option<(usize, usize)>, key: &str) -> Option<(usize, usize)> {
        let Some((series, point)) = from else { return self.0.first().map(|first| (first.series, first.point)) };
        let here = self.at(series, point)?;
        let on = |wanted: usize| self.0.iter().filter(move |other| other.series == wanted);
        let nearest_on = |wanted: usize| {
            on(wanted)
                .min_by(|a, b| (a.at[0] - here[0]).abs().total_cmp(&(b.at[0] - here[0]).abs()))
                .map(|other| (other.series, other.point))
        };
        let all = || self.0.iter().map(|other| other.series);
        match key {
            "ArrowRight" => on(series).map(|other| other.point).filter(|other| *other > point).min().map(|point| (series, point)),
            "ArrowLeft" => on(series).map(|other| other.point).filter(|other| *other < point).max().map(|point| (series, point)),
            "ArrowDown" => all().filter(|other| *other > series).min().and_then(nearest_on),
            "ArrowUp" => all().filter(|other| *other < series).max().and_then(nearest_on),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spots;
    use crate::view_model::{AxisModel, ChartModel, Mark, Points, Series, Style};

    fn chart(mark: fn(Points) -> Mark, named: bool, points: &[[f64; 2]]) -> ChartModel {
        let axis = |ticks| AxisModel {
            key: String::new(),
            title: String::new(),
            unit: String::new(),
            better: None,
            log: false,
            range: None,
            exact: false,
            zooms: false,
            ticks,
        };
        let mark = mark(points.iter().map(|[x, y]| (*x, *y)).collect());
        let style = Style { colour: 0, shape: 0 };
        let series = vec![Series { id: "a".into(), label: "a".into(), style, mark }];
        let names = named.then(|| vec!["one".to_owned(), "two".to_owned(), "three".to_owned()]);
        ChartModel { x: axis(None), y: axis(names), series, ..ChartModel::default() }
    }

    /// Ten pixels for each unit of x from 200 on, rows of 20 pixels.
    fn pixel(x: f64, y: f64) -> Option<[f64; 2]> {
        Some([200.0 + 10.0 * x, 10.0 + 20.0 * y])
    }

    #[test]
    fn a_bar_answers_in_its_whole_row() {
        let spots = Spots::of(&chart(Mark::Bars, true, &[[60.0, 0.0], [30.0, 1.0], [1.0, 2.0]]), pixel);
        for x in [205.0, 500.0, 799.0] {
            assert_eq!(spots.nearest(x, 4.0), Some((0, 0)), "{x}");
            assert_eq!(spots.nearest(x, 33.0), Some((0, 1)), "{x}");
            assert_eq!(spots.nearest(x, 59.0), Some((0, 2)), "{x}");
        }
        assert_eq!(spots.nearest(500.0, 75.0), None, "below the last row");
        assert_eq!(spots.at(0, 1), Some([500.0, 30.0]));
    }

    #[test]
    fn positions_follow_from_three_answers() {
        let asked = std::cell::Cell::new(0);
        let mut chart = chart(Mark::Dots, false, &[[1.0, 1.0], [10.0, 5.0], [1000.0, 3.0], [f64::NAN, 2.0], [0.0, 2.0]]);
        chart.x.log = true;
        let spots = Spots::of(&chart, |x, y| {
            asked.set(asked.get() + 1);
            Some([50.0 + 100.0 * x.log10(), 300.0 - 40.0 * y])
        });
        assert_eq!(asked.get(), 3);
        for (point, at) in [(0, [50.0, 260.0]), (1, [150.0, 100.0]), (2, [350.0, 180.0])] {
            let found = spots.at(0, point).expect("a position");
            assert!((found[0] - at[0]).abs() < 1e-9 && (found[1] - at[1]).abs() < 1e-9, "{point}: {found:?}");
        }
        assert_eq!((spots.at(0, 3), spots.at(0, 4)), (None, None), "neither no number nor zero on a logarithmic axis");
        // An axis that is neither linear nor logarithmic: every point is converted.
        let spots = Spots::of(&chart, |x, y| Some([x * x, y]));
        assert_eq!(spots.at(0, 1), Some([100.0, 5.0]));
    }

    #[test]
    fn of_bars_in_one_row_the_nearest_end_is_meant() {
        let spots = Spots::of(&chart(Mark::Bars, true, &[[10.0, 0.0], [40.0, 0.0]]), pixel);
        assert_eq!((spots.nearest(290.0, 12.0), spots.nearest(560.0, 12.0)), (Some((0, 0)), Some((0, 1))));
    }

    #[test]
    fn a_point_answers_nearby_alone() {
        let spots = Spots::of(&chart(Mark::Dots, false, &[[60.0, 0.0], [30.0, 1.0]]), pixel);
        assert_eq!(spots.nearest(790.0, 20.0), Some((0, 0)));
        assert_eq!(spots.nearest(650.0, 10.0), None);
        assert_eq!(spots.step(Some((0, 0)), "ArrowRight"), Some((0, 1)));
    }
}
