//! Benchmarks by commit: one x position per run in order of time, one line per load level or prefix ratio.

use super::draw::{self, Chart};
use super::sweeps::{SHOWN, statistic};
use super::{Content, choose, figure, named};
use crate::capacity::operating_points;
use crate::catalog::metrics;
use crate::query::context::Context;
use crate::query::groups;
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{AxisModel, Column, Grid, GridCell, Mark};

/// Length of an abbreviated commit.
const SHORT: usize = 8;
/// Dimensions of a run, which do not split lines.
const OF_RUN: [&str; 6] = ["version", "folder", "path", "files", "run_id", "run"];

/// A run: when, its commit and its id.
type Run = (String, String, String);

fn run(table: &Table, row: usize) -> Run {
    let text = |key: &str| operating_points::text(table, key, row).unwrap_or_default().to_owned();
    (text("start_time"), text("commit"), text("run_id"))
}

pub(super) fn content(context: &mut Context<'_>, state: &mut ViewState, rows: &[usize]) -> Content {
    let table = context.table;
    let mut notes = Vec::new();
    let mut runs: Vec<Run> = rows.iter().map(|row| run(table, *row)).collect();
    runs.order();
    runs.dedup();
    let mut by: Vec<&str> = groups::configuration(table).into_iter().filter(|key| !OF_RUN.contains(key)).collect();
    by.push("load");
    let groups = named(table, rows, &by);
    let chosen = choose(context, state, &groups, &by, &mut notes);
    let place = |row: usize| runs.binary_search(&run(table, row)).ok().map(|at| at as f64);
    let ticks: Vec<String> = runs
        .iter()
        .map(|(time, commit, _)| {
            let commit: String = commit.chars().take(SHORT).collect();
            format!("{} {commit}", time.split('T').next().unwrap_or_default())
        })
        .collect();
    let mut content = Content { legend: chosen.legend, ..Content::default() };
    let mut drawn: Vec<(&str, Stat)> = Vec::new();
    for (metric, usual) in SHOWN {
        let Some(stat) = statistic(table, rows, state, metric, usual) else { continue };
        drawn.push((metric, stat));
        let chart = Chart {
            table,
            title: metrics::title(metric, stat, Kind::Measurement),
            x: AxisModel { ticks: Some(ticks.clone()), ..AxisModel::own("Run, by time", "", None) },
            y: draw::axis(metric, stat),
            label_points: false,
            error_limit: state.error_limit,
            mark: Mark::Curve,
        };
        let y = |row: usize| figure(table, metric, stat, row);
        if let Some((panel, point_rows)) = draw::panel(chart, &chosen.shown, &chosen.styles, &place, &place, &y) {
            content.panels.push(panel);
            content.points.push(point_rows);
        }
    }
    content.rows = chosen.shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    content.grids = vec![grid(table, &runs, rows, &drawn)];
    content.sentence = format!(
        "{} by time: {}",
        crate::catalog::number::plural(runs.len() as u64, "run"),
        Kind::Measurement.count(content.rows.len())
    );
    content.notes = notes;
    content
}

/// The runs, with links.
fn grid(table: &Table, runs: &[Run], rows: &[usize], drawn: &[(&str, Stat)]) -> Grid {
    let mut columns: Vec<Column> = [("time", "Time"), ("commit", "Commit"), ("branch", "Branch"), ("run", "Run")]
        .map(|(key, label)| Column::text(key, label))
        .into_iter()
        .collect();
    columns.push(Column::figure("measurements", "Measurements", ""));
    columns.extend(drawn.iter().map(|(metric, stat)| draw_column(metric, *stat)));
    let mut by_run: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
    for row in rows {
        let at = runs.binary_search(&run(table, *row)).ok();
        at.and_then(|at| by_run.get_mut(at)).into_iter().for_each(|rows| rows.push(*row));
    }
    let line = |((time, commit, id), of): (&Run, &Vec<usize>)| {
        let text = |key: &str| of.first().and_then(|row| operating_points::text(table, key, *row)).unwrap_or_default();
        let url = Some(text("run_url")).filter(|url| url.starts_with("https://"));
        let run = GridCell::text(id.as_str());
        let run = match url {
            Some(url) => run.linked(url).hinted("Open the CI run"),
            None => run,
        };
        let mut cells = vec![GridCell::text(time.as_str()), GridCell::text(commit.as_str()), GridCell::text(text("branch")), run];
        cells.push(GridCell::number(of.len().to_string(), of.len() as f64));
        cells.extend(drawn.iter().map(|(metric, stat)| {
            let values = of.iter().filter_map(|row| figure(table, metric, *stat, *row));
            GridCell::figure(crate::analysis::mean::arithmetic(values)).hinted("mean over the run’s load levels")
        }));
        cells
    };
    let rows: Vec<Vec<GridCell>> = runs.iter().zip(&by_run).map(line).collect();
    let note = "Values are means over the load levels or prefix ratios of a run.".to_owned();
    Grid { key: "runs".to_owned(), title: "Runs".to_owned(), note, columns, rows, ..Grid::default() }
}

fn draw_column(metric: &str, stat: Stat) -> Column {
    let unit = metrics::metric(metric).map_or("", |row| row.unit);
    Column::figure(metric, &metrics::title(metric, stat, Kind::Measurement), unit)
}
