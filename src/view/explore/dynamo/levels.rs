//! Benchmarks over concurrency: the script's five plots with actual output lengths and GPU counts, and a diagnosis
//! of each sweep.

use std::collections::{BTreeMap, BTreeSet};

use super::draw::{self, Chart};
use super::efficiency::{per_gpu, per_user};
use super::{Content, choose, count, figure, grids, named, summary};
use crate::capacity::operating_points;
use crate::query::context::Context;
use crate::query::groups::{self, Group};
use crate::record::{Kind, Stat};
use crate::state::ViewState;
use crate::table::Table;
use crate::view_model::{AxisModel, Mark, Points};

/// The time per output token of a table: AIPerf calls what others call TPOT its inter-token latency.
pub(super) fn pace(table: &Table) -> &'static str {
    if table.figures("tpot", Stat::Mean).is_some() || table.figures("tpot", Stat::P50).is_some() { "tpot" } else { "itl" }
}

pub(super) fn content(context: &mut Context<'_>, state: &mut ViewState, rows: &[usize], log: bool) -> Content {
    let table = context.table;
    let mut notes = Vec::new();
    let by = by(table);
    let mut groups = named(table, rows, &by);
    groups.iter_mut().for_each(|group| single_folders(table, group, &mut notes));
    let chosen = choose(context, state, &groups, &by, &mut notes);
    let load = |row: usize| table.load().and_then(|load| load.get(row)).filter(|load| !log || *load > 0.0);
    let pace = pace(table);
    let mut content = Content { legend: chosen.legend, ..Content::default() };
    let mut draw = |title: &str, x: &dyn Fn(usize) -> Option<f64>, y: &dyn Fn(usize) -> Option<f64>, axes, label_points| {
        let (x_axis, y_axis) = axes;
        let mark: fn(Points) -> Mark = if label_points { Mark::Dots } else { Mark::Curve };
        let error_limit = state.error_limit;
        let chart = Chart { table, title: title.to_owned(), x: x_axis, y: y_axis, label_points, error_limit, mark };
        if let Some((panel, point_rows)) = draw::panel(chart, &chosen.shown, &chosen.styles, &load, x, y) {
            content.panels.push(panel);
            content.points.push(point_rows);
        }
    };
    let concurrency = || AxisModel { log, ..AxisModel::own("Concurrency", "requests", None) };
    for (metric, stat) in [(pace, Stat::P50), (pace, Stat::Mean), ("rps", Stat::Mean), ("ttft", Stat::Mean)] {
        let title = crate::catalog::metrics::title(metric, stat, Kind::Measurement);
        draw(&title, &load, &|row| figure(table, metric, stat, row), (concurrency(), draw::axis(metric, stat)), false);
    }
    let user = AxisModel::own("Output per request in flight", "tok/s/user", Some(true));
    let axes = (user, draw::axis("output_tps_per_gpu", Stat::Mean));
    draw("Efficiency: throughput per GPU against per user", &|row| per_user(table, row), &|row| per_gpu(table, row), axes, true);

    content.rows = chosen.shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    notes.extend(remarks(table, &content.rows, pace));
    content.grids = vec![grids::verdicts(table, state, &chosen.shown), grids::levels(table, state, &chosen.shown, pace)];
    content.cards = grids::cards(table, state, &chosen.shown);
    content.text = summary::text(table, &groups);
    content.sentence = format!("{}, {} over concurrency", count(chosen.shown.len()), Kind::Measurement.count(content.rows.len()));
    content.notes = notes;
    content
}

/// The dimensions that identify a benchmark. Two files of one level are two folders of it or repeats, not two benchmarks.
fn by(table: &Table) -> Vec<&str> {
    let named = table.dimension("benchmark").is_some();
    groups::configuration(table).into_iter().filter(|key| !(named && matches!(*key, "folder" | "path" | "files"))).collect()
}

/// Keeps one folder per level, preferring the plain number: the script reads `c10_old` next to `c10` as the same
/// level and takes an arbitrary one.
fn single_folders(table: &Table, group: &mut Group, notes: &mut Vec<String>) {
    let (Some(column), Some(loads)) = (table.dimension("level_folder"), table.load()) else { return };
    let mut folders: BTreeMap<u64, BTreeSet<(usize, &str)>> = BTreeMap::new();
    for row in &group.rows {
        if let (Some(folder), Some(load)) = (column.text(*row), loads.get(*row)) {
            folders.entry(load.to_bits()).or_default().insert((folder.len(), folder));
        }
    }
    for (load, folders) in folders.into_iter().filter(|(_, folders)| folders.len() > 1) {
        let mut names = folders.into_iter().map(|(_, folder)| folder);
        let Some(kept) = names.next() else { continue };
        let others: Vec<&str> = names.collect();
        group.rows.retain(|row| {
            let other = column.text(*row).is_some_and(|folder| others.contains(&folder));
            !(other && loads.get(*row).map(f64::to_bits) == Some(load))
        });
        notes.push(format!(
            "{}: {} and {kept} measured the same load level: using {kept}, {} left out.",
            group.label,
            others.join(", "),
            if others.len() == 1 { "the other is" } else { "the others are" }
        ));
    }
}

fn remarks(table: &Table, rows: &[usize], pace: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let unknown = rows.iter().filter(|row| operating_points::gpus(table, **row).is_none()).count();
    if unknown > 0 {
        notes.push(format!(
            "GPU count of {} unknown: not shown per GPU. Enter it in the table below, or describe the \
             files.",
            Kind::Measurement.count(unknown)
        ));
    }
    let tools = table.dimension("tool");
    let theirs =
        |row: &usize| tools.and_then(|tools| tools.text(*row)).is_some_and(|tool| ["AIPerf", "GenAI-Perf"].contains(&tool));
    if pace == "tpot" && rows.iter().any(theirs) {
        notes.push(
            "AIPerf’s inter-token latency is a mean per request, which other tools call TPOT. It is shown as TPOT.".to_owned(),
        );
    }
    if rows.iter().any(|row| per_user(table, *row).is_some()) {
        notes.push(
            "Output per request in flight is output tokens per second ÷ concurrency, waiting included, from actual output \
             lengths. Dynamo’s own plot assumes 200 tokens per request and one GPU."
                .to_owned(),
        );
    }
    let twice = rows.len() - distinct(table, rows);
    if twice > 0 {
        notes.push(format!("{} at repeated load levels: averaged.", Kind::Measurement.count(twice)));
    }
    notes
}

/// Number of distinct levels over all benchmarks.
fn distinct(table: &Table, rows: &[usize]) -> usize {
    let by = by(table);
    let groups = groups::group(table, rows, &by.into_iter().chain(["load"]).collect::<Vec<_>>());
    groups.len()
}
