//! Benchmarks: trees of load levels, as Dynamo's benchmark script leaves them, side by side; sweeps of its router over
//! prefix ratios; and their history by commit. Any number of benchmarks, with the output lengths and GPU counts of the
//! files (the script takes 200 tokens and one GPU for all).

mod draw;
mod efficiency;
mod grids;
mod history;
mod levels;
mod summary;
mod sweeps;

use crate::catalog::number::plural;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::record::{Kind, LoadKind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Choice, Control, Empty, Entry, Grid, LegendEntry, Panel, ViewModel};

/// Option: content shown.
const SHOW: &str = "show";
/// Option: scale of the concurrency axis.
const SCALE: &str = "scale";

/// The choices: key in links, label.
const CHOICES: [(&str, &str); 3] = [("levels", "over concurrency"), ("prefix", "over prefix ratio"), ("history", "by commit")];

/// The content of one choice.
#[derive(Default)]
struct Content {
    sentence: String,
    notes: Vec<String>,
    cards: Vec<Card>,
    panels: Vec<Panel>,
    points: Vec<Vec<Vec<Vec<usize>>>>,
    legend: Vec<LegendEntry>,
    grids: Vec<Grid>,
    text: Option<(String, String)>,
    rows: Vec<usize>,
}

/// Dynamo's benchmarks.
pub(crate) static DYNAMO: View = View {
    about: &About {
        id: "explore/dynamo",
        tab: &tabs::EXPLORE,
        label: "Dynamo",
        purpose: "Dynamo benchmarks over concurrency, router sweeps over prefix ratio, and history by commit",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, asked, &[]);
    let mut state = frame.state.clone();
    let of = |choice: &str| -> Vec<usize> { frame.rows.iter().copied().filter(|row| belongs(table, choice, *row)).collect() };
    let found = CHOICES.map(|(key, _)| of(key));
    let best = || CHOICES.iter().zip(&found).find(|(_, rows)| !rows.is_empty()).map(|((key, _), _)| *key);
    let chosen =
        CHOICES.iter().map(|(key, _)| *key).find(|key| asked.option(SHOW) == Some(key)).or_else(best).unwrap_or("levels");
    let rows = CHOICES.iter().zip(&found).find(|((key, _), _)| *key == chosen).map(|(_, rows)| rows.clone()).unwrap_or_default();
    let log = state.option(SCALE) != Some("linear");
    let content = match chosen {
        "prefix" => sweeps::content(context, &mut state, &rows),
        "history" => history::content(context, &mut state, &rows),
        _ => levels::content(context, &mut state, &rows, log),
    };
    let empty = (rows.is_empty() && !frame.rows.is_empty()).then(|| Empty {
        reason: match chosen {
            "prefix" => "None of the filtered measurements has a prefix ratio.",
            "history" => "None of the filtered measurements has a commit or run together with a time.",
            _ => "None of the filtered measurements ran at a fixed concurrency.",
        }
        .to_owned(),
        remedy: None,
    });
    let Content { sentence, notes, cards, panels, points, legend, mut grids, text, rows } = content;
    grids.retain(|grid| !grid.rows.is_empty());
    let controls = controls(chosen, &found, log);
    let parts = ViewModel { sentence, notes, controls, cards, panels, legend, grids, text, empty, ..ViewModel::default() };
    let axes = draw::FIGURES.map(|(metric, stat)| Axis::Figure { metric: metric.to_owned(), stat });
    let mut shown = frame.finish(context, parts, rows, &axes);
    shown.model.state.shown = state.shown;
    shown.points = points;
    shown
}

/// Whether a row belongs to a choice.
fn belongs(table: &Table, choice: &str, row: usize) -> bool {
    let has = |key: &str| table.dimension(key).is_some_and(|column| column.code(row).is_some());
    match choice {
        "prefix" => has("prefix_ratio"),
        "history" => has("start_time") && has("commit"),
        _ => table.load_kind(row) == Some(LoadKind::Concurrency) && !has("prefix_ratio"),
    }
}

fn controls(chosen: &str, found: &[Vec<usize>; 3], log: bool) -> Vec<Control> {
    let choice =
        |((key, label), rows): (&(&str, &str), &Vec<usize>)| Choice::new(key, label, &Kind::Measurement.count(rows.len()));
    let show = Control {
        key: SHOW.to_owned(),
        label: "Show".to_owned(),
        help: "Benchmarks over concurrency, router sweeps over prefix ratio, or runs by commit".to_owned(),
        values: vec![chosen.to_owned()],
        entry: Entry::Select(CHOICES.iter().zip(found).map(choice).collect()),
    };
    let scale = Control {
        key: SCALE.to_owned(),
        label: "Concurrency scale".to_owned(),
        help: "Scale of the concurrency axis: on a logarithmic axis, levels that double are evenly spaced".to_owned(),
        values: vec![if log { "log" } else { "linear" }.to_owned()],
        entry: Entry::Select(vec![Choice::new("log", "logarithmic", ""), Choice::plain("linear")]),
    };
    std::iter::once(show).chain((chosen == "levels").then_some(scale)).collect()
}

/// Groups of rows with short names: the benchmark's, if it is unique.
fn named(table: &Table, rows: &[usize], by: &[&str]) -> Vec<Group> {
    let mut groups = groups::group(table, rows, by);
    let name = |group: &Group| table.dimension("benchmark")?.text(*group.rows.first()?);
    let mut names: Vec<&str> = groups.iter().filter_map(name).collect();
    names.order();
    let all = names.len() == groups.len();
    names.dedup();
    if all && names.len() == groups.len() {
        let names: Vec<String> = groups.iter().filter_map(name).map(str::to_owned).collect();
        groups.iter_mut().zip(names).for_each(|(group, name)| group.label = name);
    }
    groups
}

/// Groups to draw, and their legend.
struct Chosen<'a> {
    shown: Vec<&'a Group>,
    styles: Vec<crate::view_model::Style>,
    legend: Vec<LegendEntry>,
}

fn choose<'a>(
    context: &mut Context<'_>,
    state: &mut ViewState,
    groups: &'a [Group],
    by: &[&str],
    notes: &mut Vec<String>,
) -> Chosen<'a> {
    let shown = lines::choose(groups, state, notes);
    let styles = lines::styles(context, by, groups, &shown);
    let legend = lines::legend(groups, &shown, &styles);
    Chosen { shown, styles, legend }
}

/// A row's value of a metric.
fn figure(table: &Table, metric: &str, stat: Stat, row: usize) -> Option<f64> {
    table.figures(metric, stat)?.get(row)
}

/// `3 benchmarks`, in a sentence.
fn count(groups: usize) -> String {
    plural(groups as u64, "benchmark")
}
