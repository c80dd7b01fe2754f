//! The chart: the overall frontier as steps, each group's frontier in its colour, everything else faint.

use super::frontiers::{Frontiers, Point};
use crate::query::axes;
use crate::query::context::Context;
use crate::query::groups::Group;
use crate::query::series::{Drawing, MAX_POINTS};
use crate::state::{Axis, ViewState};
use crate::view_model::{self, COLOURS, ChartModel, Mark, Panel, Points, Series, Style};

/// Maximum number of groups with step lines; more would overlap.
const STEPPED: usize = 4;
/// Maximum number of frontier points with load labels.
const LABELLED: usize = 80;
/// The overall frontier belongs to no group: it uses the text colour, after the palette.
const NEUTRAL: Style = Style { colour: COLOURS, shape: 0 };

/// A chart, the rows behind each point, and the number of points downsampled.
pub(super) struct Chart {
    pub panel: Panel,
    pub point_rows: Vec<Vec<Vec<usize>>>,
    pub thinned: usize,
}

/// Series under construction.
struct Plot<'a> {
    frontiers: &'a Frontiers,
    series: Vec<Series>,
    point_rows: Vec<Vec<Vec<usize>>>,
    thinned: usize,
}

impl Plot<'_> {
    fn add(&mut self, id: String, label: String, style: Style, mark: fn(Points) -> Mark, at: &[usize]) {
        if at.is_empty() {
            return;
        }
        let drawn = at.len().min(MAX_POINTS);
        self.thinned += at.len() - drawn;
        // Evenly spaced, including first and last.
        let picked = (0..drawn).map(|i| if drawn < 2 { at[i] } else { at[i * (at.len() - 1) / (drawn - 1)] });
        let points: Vec<&Point> = picked.map(|at| &self.frontiers.points[at]).collect();
        let drawn = |point: &&Point| {
            let (x, y) = point.at;
            view_model::Point { x, y, load: point.load, over_limit: point.failing }
        };
        self.series.push(Series { id, label, style, mark: mark(points.iter().map(drawn).collect()) });
        self.point_rows.push(points.iter().map(|point| point.rows.clone()).collect());
    }
}

/// Draws the shown groups.
pub(super) fn draw(
    context: &Context<'_>,
    state: &ViewState,
    (x, y): (&Axis, &Axis),
    frontiers: &Frontiers,
    groups: &[Group],
    shown: &[(usize, Style)],
) -> Chart {
    let mut plot = Plot { frontiers, series: Vec::new(), point_rows: Vec::new(), thinned: 0 };
    plot.add("frontier".to_owned(), "Overall frontier".to_owned(), NEUTRAL, Mark::Step, &frontiers.overall);
    let mut on_front = vec![false; frontiers.points.len()];
    frontiers.fronts.iter().flatten().for_each(|at| on_front[*at] = true);
    let mut labelled = 0;
    for (at, style) in shown {
        let (Some(group), Some(front)) = (groups.get(*at), frontiers.fronts.get(*at)) else { continue };
        let first = frontiers.points.partition_point(|point| point.group < *at);
        let end = frontiers.points.partition_point(|point| point.group <= *at);
        let (dominated, ineligible): (Vec<usize>, Vec<usize>) =
            (first..end).filter(|point| !on_front[*point]).partition(|point| frontiers.points[*point].complies);
        let named = |what: &str| format!("{} ({what})", group.label);
        plot.add(format!("{}-beaten", group.id), named("dominated"), *style, Mark::FaintDots, &dominated);
        plot.add(format!("{}-refused", group.id), named("outside the SLO"), *style, Mark::FaintDots, &ineligible);
        let mark = if shown.len() <= STEPPED {
            plot.add(format!("{}-steps", group.id), group.label.clone(), *style, Mark::Step, front);
            Mark::Dots
        } else {
            Mark::Curve
        };
        plot.add(group.id.clone(), group.label.clone(), *style, mark, front);
        labelled += front.len();
    }
    let loaded =
        shown.iter().flat_map(|(at, _)| frontiers.fronts.get(*at)).flatten().all(|at| frontiers.points[*at].load.is_some());
    let drawing = Drawing::new(context.table, context.kind, state, x, y);
    let chart = ChartModel {
        x: drawing.axis(x, 0, &plot.series, state.x_log),
        y: drawing.axis(y, 1, &plot.series, state.y_log),
        label_points: labelled <= LABELLED && loaded,
        rules: axes::limits(state, x, y),
        series: plot.series,
        ..ChartModel::default()
    };
    Chart { panel: Panel { title: String::new(), chart }, point_rows: plot.point_rows, thinned: plot.thinned }
}
