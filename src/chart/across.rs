//! All lines at one place: what a crosshair reads off.

use crate::catalog::number;
use crate::sorting::Sorting;
use crate::view_model::{ChartModel, Mark, Style};

/// Lines that are listed.
const MOST: usize = 9;

/// A line at the place of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossed {
    /// Its name.
    pub label: String,
    /// Its colour and shape; `None` of the baseline, which is grey.
    pub style: Option<Style>,
    /// Its value there, with the unit.
    pub value: String,
    /// The difference from the baseline in percent: `+12%`; `baseline` for one that is drawn as such, empty for the line of the
    /// point where there is none.
    pub change: String,
    /// Whether the point is on it.
    pub here: bool,
}

/// The lines at the x of a point, the highest first, each against the baseline: the one that is drawn as such, or else the
/// line of the point. Empty where no other line has a value there.
pub fn across(model: &ChartModel, series: usize, point: usize) -> Vec<Crossed> {
    let line = |mark: &Mark| matches!(mark, Mark::Curve(_) | Mark::Baseline(_));
    let Some(own) = model.series.get(series).filter(|own| line(&own.mark)) else { return Vec::new() };
    let Some(x) = own.points().nth(point).map(|point| point.x) else { return Vec::new() };
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (at, other) in model.series.iter().enumerate().filter(|(_, other)| line(&other.mark)) {
        let there = other.points().find(|point| point.x == x && point.y.is_finite());
        found.extend(there.map(|point| (at, point.y)));
    }
    if found.len() < 2 {
        return Vec::new();
    }
    let drawn = found.iter().find(|(at, _)| matches!(model.series[*at].mark, Mark::Baseline(_)));
    let base = drawn.or_else(|| found.iter().find(|(at, _)| *at == series && !model.unlike)).copied();
    found.order_by(|a, b| b.1.total_cmp(&a.1));
    // The line of the point is listed in any case.
    let place = found.iter().position(|(at, _)| *at == series).unwrap_or_default();
    let from = (place + 1).saturating_sub(MOST);
    let crossed = |(at, y): &(usize, f64)| {
        let other = &model.series[*at];
        let change = base.filter(|(base, value)| base != at && *value > 0.0).map(|(_, value)| 100.0 * (y / value - 1.0));
        Crossed {
            label: other.label.clone(),
            style: Some(other.style).filter(|_| !matches!(other.mark, Mark::Baseline(_))),
            value: number::measure(*y, &model.y.unit),
            change: match (change, &other.mark) {
                (_, Mark::Baseline(_)) => "baseline".to_owned(),
                (Some(change), _) => format!("{}{}%", if change > 0.0 { "+" } else { "" }, number::short(change)),
                (None, _) => String::new(),
            },
            here: *at == series,
        }
    };
    found.iter().skip(from).take(MOST).map(crossed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::{Points, Series};

    /// A line: its name, its mark and its points.
    type Line<'a> = (&'a str, fn(Points) -> Mark, &'a [(f64, f64)]);

    fn model(lines: &[Line<'_>]) -> ChartModel {
        let line = |(label, mark, points): &Line<'_>| Series {
            id: (*label).to_owned(),
            label: (*label).to_owned(),
            style: Style { colour: 0, shape: 0 },
            mark: mark(points.iter().copied().collect()),
        };
        let mut model = ChartModel { series: lines.iter().map(line).collect(), ..ChartModel::default() };
        model.y.unit = "tok/s".to_owned();
        model
    }

    fn read(model: &ChartModel, series: usize, point: usize) -> Vec<(String, String, String)> {
        across(model, series, point).into_iter().map(|line| (line.label, line.value, line.change)).collect()
    }

    fn line(label: &str, value: &str, change: &str) -> (String, String, String) {
        (label.to_owned(), value.to_owned(), change.to_owned())
    }

    #[test]
    fn every_line_with_a_value_there_against_the_line_of_the_point() {
        let model = model(&[
            ("a", Mark::Curve, &[(1.0, 10.0), (4.0, 100.0)]),
            ("b", Mark::Curve, &[(4.0, 125.0)]),
            ("c", Mark::Curve, &[(2.0, 7.0)]),
        ]);
        assert_eq!(read(&model, 0, 1), [line("b", "125 tok/s", "+25%"), line("a", "100 tok/s", "")]);
        assert_eq!(read(&model, 1, 0), [line("b", "125 tok/s", ""), line("a", "100 tok/s", "−20%")]);
        assert_eq!(read(&model, 2, 0), [], "alone at its place");
    }

    #[test]
    fn a_baseline_is_what_all_others_are_held_against() {
        let model = model(&[
            ("old", Mark::Baseline, &[(4.0, 80.0)]),
            ("x", Mark::Curve, &[(4.0, 60.0)]),
            ("y", Mark::Curve, &[(4.0, 100.0)]),
        ]);
        assert_eq!(
            read(&model, 1, 0),
            [line("y", "100 tok/s", "+25%"), line("old", "80 tok/s", "baseline"), line("x", "60 tok/s", "−25%")]
        );
    }

    #[test]
    fn of_many_lines_the_nearest_ranks_are_listed() {
        let values: Vec<[(f64, f64); 1]> = (0..20).map(|at| [(1.0, 100.0 - f64::from(at))]).collect();
        let lines: Vec<Line<'_>> =
            values.iter().map(|points| ("l", Mark::Curve as fn(Points) -> Mark, points.as_slice())).collect();
        let found = across(&model(&lines), 15, 0);
        assert_eq!(found.len(), MOST);
        assert!(found[MOST - 1].here);
    }
}
