//! The chart: the frontier over all as steps, each group's own frontier in its colour, everything else faint.

use super::field::{Field, Point};
use crate::query::axes;
use crate::query::context::Context;
use crate::query::groups::Group;
use crate::query::series::{Drawing, MAX_POINTS};
use crate::state::{Axis, ViewState};
use crate::view_model::{self, COLOURS, ChartModel, Mark, Panel, Points, Series, Style};

/// Groups up to which each has steps of its own; more would cover each other.
const STEPPED: usize = 4;
/// Points of frontiers up to which each carries its load as a label.
const LABELLED: usize = 80;
/// The frontier over all is nobody's: it has the colour of text, which stands behind the palette.
const NOBODY: Style = Style { colour: COLOURS, shape: 0 };

/// A chart, the rows behind each of its points, and how many points are left out of crowded series.
pub(super) struct Picture {
    pub panel: Panel,
    pub behind: Vec<Vec<Vec<usize>>>,
    pub thinned: usize,
}

/// Series in the making.
struct Plot<'a> {
    field: &'a Field,
    series: Vec<Series>,
    behind: Vec<Vec<Vec<usize>>>,
    thinned: usize,
}

impl Plot<'_> {
    fn add(&mut self, id: String, label: String, style: Style, mark: fn(Points) -> Mark, at: &[usize]) {
        if at.is_empty() {
            return;
        }
        let drawn = at.len().min(MAX_POINTS);
        self.thinned += at.len() - drawn;
        // Evenly over the points, first and last included.
        let picked = (0..drawn).map(|i| if drawn < 2 { at[i] } else { at[i * (at.len() - 1) / (drawn - 1)] });
        let points: Vec<&Point> = picked.map(|at| &self.field.points[at]).collect();
        let drawn = |point: &&Point| {
            let (x, y) = point.at;
            view_model::Point { x, y, load: point.load, over_limit: point.failing }
        };
        self.series.push(Series { id, label, style, mark: mark(points.iter().map(drawn).collect()) });
        self.behind.push(points.iter().map(|point| point.rows.clone()).collect());
    }
}

/// Draws the shown groups.
pub(super) fn draw(
    context: &Context<'_>,
    state: &ViewState,
    (x, y): (&Axis, &Axis),
    field: &Field,
    groups: &[Group],
    shown: &[(usize, Style)],
) -> Picture {
    let mut plot = Plot { field, series: Vec::new(), behind: Vec::new(), thinned: 0 };
    plot.add("frontier".to_owned(), "Overall frontier".to_owned(), NOBODY, Mark::Step, &field.overall);
    let mut on_front = vec![false; field.points.len()];
    field.fronts.iter().flatten().for_each(|at| on_front[*at] = true);
    let mut labelled = 0;
    for (at, style) in shown {
        let (Some(group), Some(front)) = (groups.get(*at), field.fronts.get(*at)) else { continue };
        let first = field.points.partition_point(|point| point.group < *at);
        let end = field.points.partition_point(|point| point.group <= *at);
        let (beaten, refused): (Vec<usize>, Vec<usize>) =
            (first..end).filter(|point| !on_front[*point]).partition(|point| field.points[*point].complies);
        let named = |what: &str| format!("{} ({what})", group.label);
        plot.add(format!("{}-beaten", group.id), named("dominated"), *style, Mark::FaintDots, &beaten);
        plot.add(format!("{}-refused", group.id), named("outside the SLO"), *style, Mark::FaintDots, &refused);
        let mark = if shown.len() <= STEPPED {
            plot.add(format!("{}-steps", group.id), group.label.clone(), *style, Mark::Step, front);
            Mark::Dots
        } else {
            Mark::Curve
        };
        plot.add(group.id.clone(), group.label.clone(), *style, mark, front);
        labelled += front.len();
    }
    let loaded = shown.iter().flat_map(|(at, _)| field.fronts.get(*at)).flatten().all(|at| field.points[*at].load.is_some());
    let drawing = Drawing::new(context.table, context.kind, state, x, y);
    let chart = ChartModel {
        x: drawing.axis(x, 0, &plot.series, state.x_log),
        y: drawing.axis(y, 1, &plot.series, state.y_log),
        label_points: labelled <= LABELLED && loaded,
        rules: axes::limits(state, x, y),
        series: plot.series,
    };
    Picture { panel: Panel { title: String::new(), chart }, behind: plot.behind, thinned: plot.thinned }
}
