//! Trends: how a figure of each configuration went from release to release, or from day to day.
//!
//! A value is the geometric mean over the load levels that *all* shown versions of the configuration have, so that no
//! version is judged by easier levels than another. A version that lacks the configuration is a gap.

mod grid;
mod line;
mod releases;

use self::grid::Results;
use self::line::{Line, TrendBuilder, VersionPoint};
use self::releases::{Releases, VERSIONS};
use crate::catalog::number::{self, plural};
use crate::comparison::kpis;
use crate::comparison::slo::Eligibility;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::{deep_links, lines};
use crate::record::LoadKind;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::*;
use crate::view_model::{Choice, Control, Entry};

/// What the x axis shows.
const OVER: &str = "over";
const DATE: &str = "date";

/// A figure from version to version.
pub(crate) static TRENDS: View = View {
    about: &About {
        id: "trends",
        tab: &tabs::TRENDS,
        label: "Trends",
        purpose: "A metric of each configuration from release to release",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut frame = Frame::best_populated(context, asked, &["version"]);
    let Releases { versions, controls, notes } = releases::releases(table, &frame.rows, &frame.state);
    frame.notes.extend(notes);
    if let Some((first, others)) = versions.split_first() {
        frame.notes.extend(context.settings.method_notes(first, others.iter().map(String::as_str)));
    }
    let state = frame.state.clone();
    let of_line = |row: &usize| version_of(table, *row).is_some_and(|version| versions.iter().any(|other| other == version));
    let rows: Vec<usize> = frame.rows.iter().copied().filter(of_line).collect();
    let (kpi, metric) = kpis::choose(table, &rows, &state, "metric", "Metric");
    let dated = state.option(OVER) == Some(DATE);
    let mut controls = controls;
    controls.extend([metric, over(dated)]);
    let Some(kpi) = kpi.filter(|_| !rows.is_empty()) else {
        let empty = (!frame.rows.is_empty()).then(|| Empty {
            reason: "None of the filtered measurements states a version.".to_owned(),
            remedy: Some(("Open in Explore".to_owned(), other_view(&state, "explore"))),
        });
        let sentence = "No versions to compare".to_owned();
        return frame.finish(context, ViewModel { sentence, controls, empty, ..ViewModel::default() }, Vec::new(), &[]);
    };

    let by = dimensions(table, &rows);
    let loaded = |row: &usize| matches!(table.load_kind(*row), Some(LoadKind::Concurrency | LoadKind::Rate));
    let has = |row: &usize| loaded(row) && kpi.value(table, *row).is_some();
    let usable: Vec<usize> = rows.iter().copied().filter(has).collect();
    let groups = groups::group(table, &usable, &by);
    let builder = TrendBuilder { table, versions: &versions, kpi };
    let tracks: Vec<Line> = groups.iter().map(|group| builder.line(group)).collect();

    let shown = lines::choose(&groups, &mut frame.state, &mut frame.notes);
    let styles = lines::styles(context, &by, &groups, &shown);
    let legend = lines::legend(&groups, &shown, &styles);
    let ids: Vec<&str> = shown.iter().map(|group| group.id.as_str()).collect();
    let drawn: Vec<(&Group, &Line)> = groups.iter().zip(&tracks).filter(|(group, _)| ids.contains(&group.id.as_str())).collect();
    let eligibility = Eligibility::new(table, &state);
    let axis = if dated { Ticks::dates(table, &drawn) } else { Ticks::versions(&versions) };
    let mut undated = 0;
    let mut series = Vec::new();
    let mut behind = Vec::new();
    for ((group, line), style) in drawn.iter().zip(&styles) {
        let (points, rows, without) = axis.points(table, &eligibility, line);
        undated += without;
        let mark = Mark::Curve(points);
        series.push(Series { id: group.id.clone(), label: group.label.clone(), style: *style, mark });
        behind.push(rows);
    }
    let panel = Panel { title: String::new(), chart: chart(series, axis, &kpi, state.y_log == Some(true)) };

    let leads = deep_links::DeepLinks::new(table, &state, &by);
    let results = Results { table, groups: &groups, lines: &tracks, versions: &versions, kpi, leads, state: &state };
    let mut notes = vec![format!(
        "{}: geometric mean over the loads shared by all shown versions of a configuration (concurrency 1 excluded); \
         repeats averaged.",
        kpi.title()
    )];
    let without = rows.len() - usable.len();
    if without > 0 {
        notes.push(format!("{} excluded (no stated load or no {}).", context.kind.count(without), kpi.title()));
    }
    if undated > 0 {
        notes.push(format!("{} without a start time; listed in the table only.", plural(undated as u64, "value")));
    }
    let failing = panel.chart.series.iter().flat_map(Series::points).filter(|point| point.over_limit).count();
    if failing > 0 {
        let limit = number::short(state.error_limit);
        notes.push(format!(
            "{} with over {limit}% failed requests at one of the loads; drawn hollow.",
            plural(failing as u64, "value")
        ));
    }
    let gaps = tracks.iter().map(|line| versions.len() - line.stops.len()).sum::<usize>();
    if gaps > 0 {
        notes.push(format!("{} where a version was not measured with a configuration.", plural(gaps as u64, "gap")));
    }
    let none = tracks.iter().filter(|line| line.levels.is_empty()).count();
    if none > 0 {
        notes.push(format!(
            "{} without a shared load; the table suggests which version to exclude.",
            plural(none as u64, "configuration")
        ));
    }
    let empty = empty(&state, &versions, &tracks);
    let parts = ViewModel {
        sentence: format!(
            "{} over {}: {} of {}, {}",
            kpi.title(),
            if dated { "time".to_owned() } else { plural(versions.len() as u64, "version") },
            plural(drawn.len() as u64, "line"),
            plural(groups.len() as u64, "configuration"),
            context.kind.count(usable.len())
        ),
        notes,
        controls,
        panels: vec![panel],
        legend,
        grids: vec![results.grid(context.layout())],
        empty,
        ..ViewModel::default()
    };
    let table_rows: Vec<usize> = behind.iter().flatten().flatten().copied().collect();
    let mut shown = frame.finish(context, parts, table_rows, &[kpi.axis()]);
    shown.points = vec![behind];
    shown
}

fn version_of(table: &Table, row: usize) -> Option<&str> {
    table.dimension("version").and_then(|column| column.text(row))
}

fn other_view(state: &ViewState, view: &str) -> ViewState {
    let mut other = state.clone();
    other.show_view(view);
    other
}

/// What identifies a configuration besides its version. Where loads were asked for in several terms, so do these.
fn dimensions<'a>(table: &'a Table, rows: &[usize]) -> Vec<&'a str> {
    let mut by: Vec<&str> =
        groups::configuration(table).into_iter().filter(|key| !matches!(*key, "version" | "path" | "files")).collect();
    let first = rows.first().and_then(|row| table.load_kind(*row));
    if rows.iter().any(|row| table.load_kind(*row) != first) {
        by.push("load_kind");
    }
    by
}

fn over(dated: bool) -> Control {
    Control {
        key: OVER.to_owned(),
        label: "X axis".to_owned(),
        help: "Versions in release order, or the dates of their runs".to_owned(),
        values: vec![if dated { DATE } else { "version" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("version", "version", ""), Choice::new(DATE, "date", "UTC")]),
    }
}

/// What stands on x, and where a stop of a line stands there.
struct Ticks {
    names: Vec<String>,
    dated: bool,
}

impl Ticks {
    fn versions(versions: &[String]) -> Ticks {
        Ticks { names: versions.to_vec(), dated: false }
    }

    fn dates(table: &Table, lines: &[(&Group, &Line)]) -> Ticks {
        let stops = lines.iter().flat_map(|(_, line)| &line.stops);
        let mut names: Vec<String> = stops.filter(|stop| stop.value.is_some()).filter_map(|stop| date(table, stop)).collect();
        names.order();
        names.dedup();
        Ticks { names, dated: true }
    }

    /// The points of a line, the measurements behind each, and how many stops have no place here.
    fn points(&self, table: &Table, eligibility: &Eligibility<'_>, line: &Line) -> (Points, Vec<Vec<usize>>, usize) {
        let load = |row: &usize| table.load().and_then(|load| load.get(*row));
        let mut placed: Vec<(usize, &VersionPoint)> = Vec::new();
        let mut without = 0;
        for stop in line.stops.iter().filter(|stop| stop.value.is_some()) {
            let name = if self.dated { date(table, stop) } else { self.names.get(stop.version).cloned() };
            match name.and_then(|name| self.names.iter().position(|other| *other == name)) {
                Some(at) => placed.push((at, stop)),
                None => without += 1,
            }
        }
        placed.order_by_key(|(at, stop)| (*at, stop.version));
        let (mut points, mut behind) = (Points::default(), Vec::new());
        let mut next = 0;
        for (at, stop) in placed {
            // A version that lacks the configuration interrupts the line; a day without a run does not.
            for gap in next..at {
                if !self.dated && next > 0 {
                    points.push(Point::at(gap as f64, f64::NAN));
                    behind.push(Vec::new());
                }
            }
            next = at + 1;
            let rows: Vec<usize> =
                stop.rows.iter().copied().filter(|row| load(row).is_some_and(|load| line.levels.contains(&load))).collect();
            let over_limit = rows.iter().any(|row| eligibility.failing(*row));
            points.push(Point { over_limit, ..Point::at(at as f64, stop.value.unwrap_or(f64::NAN)) });
            behind.push(rows);
        }
        (points, behind, without)
    }
}

/// The day of a stop's first run, UTC.
fn date(table: &Table, stop: &VersionPoint) -> Option<String> {
    let starts = table.dimension("start_time")?;
    let first = stop.rows.iter().filter_map(|row| starts.text(*row)).min()?;
    first.get(..10).map(str::to_owned)
}

fn chart(series: Vec<Series>, ticks: Ticks, kpi: &kpis::Kpi, log: bool) -> ChartModel {
    let range = extent_y(&series);
    let title = if ticks.dated { "Date of first run (UTC)" } else { "Version" };
    let x = AxisModel { ticks: Some(ticks.names), ..AxisModel::own(title, "", None) };
    let y = AxisModel { log, range, ..AxisModel::own(&kpi.title(), kpi.unit(), Some(kpi.higher)) };
    ChartModel { x, y, series, ..ChartModel::default() }
}

/// Why no line has a value, and the version without which there would be some.
fn empty(state: &ViewState, versions: &[String], lines: &[Line]) -> Option<Empty> {
    if lines.iter().any(|line| !line.levels.is_empty()) {
        return None;
    }
    let culprits: Vec<usize> = lines.iter().filter_map(|line| line.emptied_by).collect();
    let culprit = culprits.iter().copied().max_by_key(|one| culprits.iter().filter(|other| *other == one).count());
    let reason = "No configuration has a load above concurrency 1 that all versions share.".to_owned();
    let remedy = match culprit.and_then(|at| versions.get(at)) {
        Some(culprit) => (format!("Exclude {culprit}"), without(state, versions, culprit)),
        None => ("Open in Explore".to_owned(), other_view(state, "explore")),
    };
    Some(Empty { reason, remedy: Some(remedy) })
}

/// The trend without a version.
fn without(state: &ViewState, versions: &[String], culprit: &str) -> ViewState {
    let rest: Vec<&str> = versions.iter().map(String::as_str).filter(|version| *version != culprit).collect();
    state.clone().with_option(VERSIONS, &rest)
}

/// A change as it is shown: with its sign.
fn signed(percent: f64) -> String {
    format!("{}{}%", if percent > 0.0 { "+" } else { "" }, number::short(percent).replace('-', "−"))
}
