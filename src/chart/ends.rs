//! Names at the ends of lines, where there is room: the shortest that tell them apart, none over another.

use crate::sorting::Sorting;
use crate::view_model::{ChartModel, Mark, Series};

/// Lines that have names: more would cover each other.
const MOST: usize = 8;
/// Width of a letter, in pixels; generous, to fit wide fonts.
const LETTER: f64 = 6.6;
/// Space before a name, in pixels.
const BEFORE: f64 = 10.0;
/// The share of a plot's width that names may take.
const SHARE: f64 = 0.3;
/// Height of a name, in pixels.
const LINE: f64 = 15.0;
/// What separates the parts of a label.
const PART: &str = " · ";

/// The name of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineName {
    /// Which of the series.
    pub series: usize,
    /// What tells it from the others.
    pub text: String,
}

/// The names of a chart's lines and the width that they need; `None` if there are too many, or no room in a plot of this
/// width.
pub fn line_names(model: &ChartModel, width: f64) -> Option<(Vec<LineName>, f64)> {
    let is_line = |mark: &Mark| matches!(mark, Mark::Curve(_) | Mark::Baseline(_));
    let plain = model.series.iter().all(|series| is_line(&series.mark)) && model.y.ticks.is_none();
    if !plain || !(2..=MOST).contains(&model.series.len()) {
        return None;
    }
    // Where all lines end at one height (requests in flight, at zero) names would lie far from what they name.
    let last = |series: &Series| series.points().last().map(|point| point.y.to_bits());
    let first = model.series.first().and_then(last);
    if first.is_some() && model.series.iter().all(|series| last(series) == first) {
        return None;
    }
    let labels: Vec<&str> = model.series.iter().map(|series| series.label.as_str()).collect();
    let names: Vec<LineName> =
        shortest(&labels).into_iter().enumerate().map(|(series, text)| LineName { series, text }).collect();
    let longest = names.iter().map(|name| name.text.chars().count()).max().unwrap_or_default();
    let room = BEFORE + LETTER * longest as f64;
    (longest > 0 && room <= SHARE * width).then_some((names, room.ceil()))
}

/// Labels without the parts that all of them have.
fn shortest(labels: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = labels.iter().map(|label| label.split(PART).collect()).collect();
    let common = |part: &&str| parts.iter().all(|other| other.contains(part));
    let short = |(label, parts): (&&str, &Vec<&str>)| {
        let own: Vec<&str> = parts.iter().copied().filter(|part| !common(part)).collect();
        if own.is_empty() { (*label).to_owned() } else { own.join(PART) }
    };
    labels.iter().zip(&parts).map(short).collect()
}

/// Moves names apart, so that none covers another, as little as that takes: where each lies along y, for where its line
/// ends, within a height.
pub fn apart(ends: &[f64], height: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.order_by(|a, b| ends[*a].total_cmp(&ends[*b]));
    let mut placed = ends.to_vec();
    // Down from the top, then up from the bottom.
    let mut free = LINE / 2.0;
    for at in &order {
        placed[*at] = placed[*at].max(free);
        free = placed[*at] + LINE;
    }
    let mut free = height - LINE / 2.0;
    for at in order.iter().rev() {
        placed[*at] = placed[*at].min(free);
        free = placed[*at] - LINE;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::Style;

    fn model(labels: &[&str]) -> ChartModel {
        let line = |(at, label): (usize, &&str)| Series {
            id: (*label).to_owned(),
            label: (*label).to_owned(),
            style: Style { colour: 0, shape: 0 },
            mark: Mark::Curve([(1.0, at as f64)].into_iter().collect()),
        };
        ChartModel { series: labels.iter().enumerate().map(line).collect(), ..ChartModel::default() }
    }

    fn names(labels: &[&str]) -> Option<Vec<String>> {
        line_names(&model(labels), 1000.0).map(|(names, _)| names.into_iter().map(|name| name.text).collect())
    }

    #[test]
    fn what_all_have_is_left_out() {
        let labels = ["v-1 · H200 · TP4", "v-2 · H200 · TP4", "v-2 · B200 · TP4"];
        assert_eq!(names(&labels), Some(vec!["v-1 · H200".to_owned(), "v-2 · H200".to_owned(), "v-2 · B200".to_owned()]));
        // One that has nothing of its own keeps its whole name.
        assert_eq!(names(&["m", "m · TP2"]), Some(vec!["m".to_owned(), "TP2".to_owned()]));
    }

    #[test]
    fn many_lines_and_long_names_have_none() {
        assert_eq!(names(&["a"; 9]), None);
        assert_eq!(names(&["a"]), None);
        let long = "x".repeat(60);
        assert_eq!(names(&["a", &long]), None);
        let room = line_names(&model(&["v-1", "v-2"]), 400.0).map(|(_, room)| room);
        assert_eq!(room, Some(30.0));
        assert_eq!(line_names(&model(&["v-1", "v-2"]), 90.0), None);
    }

    #[test]
    fn lines_that_end_at_one_height_have_none() {
        let mut flat = model(&["v-1", "v-2"]);
        flat.series[1].mark = flat.series[0].mark.clone();
        assert_eq!(line_names(&flat, 1000.0), None);
    }

    #[test]
    fn names_do_not_cover_each_other_and_stay_inside() {
        assert_eq!(apart(&[50.0, 52.0, 200.0], 300.0), [50.0, 65.0, 200.0]);
        assert_eq!(apart(&[298.0, 299.0, 10.0], 300.0), [277.5, 292.5, 10.0]);
        assert_eq!(apart(&[0.0], 300.0), [7.5]);
    }
}
