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
}

/// The screen positions of a chart's points.
pub struct Spots(Vec<Spot>);

impl Spots {
    /// Computes positions with a function from axis value to pixel.
    pub fn of(chart: &ChartModel, pixel: impl Fn(f64, f64) -> Option<[f64; 2]>) -> Spots {
        let mut spots = Vec::new();
        let names = chart.y.ticks.as_ref().map(Vec::len);
        let height = || Some((pixel(0.0, 1.0)?[1] - pixel(0.0, 0.0)?[1]).abs() / 2.0);
        let row = names.map(|names| Some(names).filter(|names| *names > 1).and_then(|_| height()).unwrap_or(REACH));
        // A group's own point takes precedence over the frontier through it.
        let lines = chart.series.iter().enumerate();
        let (frontiers, own): (Vec<_>, Vec<_>) = lines.partition(|(_, series)| matches!(series.mark, Mark::Step(_)));
        // A stacked layer is on top of the previous layers.
        let mut below: Vec<f64> = Vec::new();
        for (series, line) in own.into_iter().chain(frontiers) {
            for (point, numbers) in line.points().enumerate() {
                let mut y = numbers.y;
                if matches!(line.mark, Mark::Stack(_)) {
                    below.resize(below.len().max(point + 1), 0.0);
                    y += below[point];
                    below[point] = if y.is_finite() { y } else { below[point] };
                }
                if let Some(at) = pixel(numbers.x, y).filter(|_| y.is_finite()) {
                    spots.push(Spot { series, point, at, row: row.filter(|_| matches!(line.mark, Mark::Bars(_))) });
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
        let nearest = near.min_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        nearest.map(|(spot, _)| (spot.series, spot.point))
    }

    /// The position of a point.
    pub fn at(&self, series: usize, point: usize) -> Option<[f64; 2]> {
        self.0.iter().find(|other| (other.series, other.point) == (series, point)).map(|other| other.at)
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
