//! Coverage: which versions of the serving stack were measured for each model and workload on each accelerator.

use std::collections::BTreeMap;

use crate::catalog::dimensions::{self, WORKLOAD};
use crate::catalog::number::plural;
use crate::query::context::{Context, Output};
use crate::query::deep_links::DeepLinks;
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::listing::Detail;
use crate::sorting::Sorting;
use crate::state::ViewState;
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Card, Cell, Column, Grid, GridCell, ViewModel};

/// Said of what a file does not state.
const UNSTATED: &str = "not stated";

/// What was measured, and what was not.
pub(crate) static COVERAGE: View = View {
    about: &About {
        id: "data/coverage",
        tab: &tabs::DATA,
        label: "Coverage",
        purpose: "Which versions were measured for each model and workload on each accelerator, and what is missing",
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let frame = Frame::new(context, asked, &[]);
    let rows = frame.rows.clone();
    let task: Vec<&str> = ["model"].into_iter().chain(WORKLOAD).collect();
    let [tasks, workloads, accelerators] = [&task[..], &WORKLOAD, &["accelerator"]].map(|by| groups::group(table, &rows, by));
    let by: Vec<&str> = task.iter().copied().chain(["accelerator"]).collect();
    let links = DeepLinks::new(table, &frame.state, &by);

    let mut columns = vec![Column::text("model", "Model"), Column::text("workload", "Workload")];
    columns.extend(accelerators.iter().map(|group| stated(table, "accelerator", group)).map(|name| Column::text(name, name)));
    let cells_of = |task: &Group| -> Vec<Vec<usize>> {
        let here = |place: &Group| task.rows.iter().copied().filter(|row| place.rows.binary_search(row).is_ok()).collect();
        accelerators.iter().map(here).collect()
    };
    let lines: Vec<(&Group, Vec<Vec<usize>>)> = tasks.iter().map(|task| (task, cells_of(task))).collect();
    let measured = lines.iter().flat_map(|(_, cells)| cells).filter(|rows| !rows.is_empty()).count();
    let line = |_: usize, (task, measured): &(&Group, Vec<Vec<usize>>), _: Detail| {
        let own = workloads.iter().find(|workload| workload.rows.binary_search(&task.rows[0]).is_ok());
        let workload = own.map(|own| own.label.as_str()).filter(|label| !label.is_empty()).unwrap_or(UNSTATED);
        let model = stated(table, "model", task);
        let cell = |(place, rows): (&Group, &Vec<usize>)| match rows.first() {
            Some(first) => versions(table, rows).linked(links.to("explore", *first)),
            None => hole(format!("Not measured: {model} on {}, {workload}", stated(table, "accelerator", place))),
        };
        let named = [GridCell::text(model), GridCell::text(workload)];
        named.into_iter().chain(accelerators.iter().zip(measured).map(cell)).collect()
    };
    let note = "The newest version measured, and how many versions were; a cell opens its measurements in Explore.".to_owned();
    let heading = Grid { key: "coverage".to_owned(), title: "Coverage".to_owned(), note, columns, ..Grid::default() };
    let grid = context.layout().list(heading, &lines, line);
    let all = tasks.len() * accelerators.len();
    let card = |label: &str, value: usize, detail: &str| Card {
        label: label.to_owned(),
        value: value.to_string(),
        detail: detail.to_owned(),
        method: "Every pair of model and workload that was measured anywhere, with every accelerator.".to_owned(),
        ..Card::default()
    };
    let parts = ViewModel {
        sentence: format!(
            "Versions measured for {} of model and workload on {}: {measured} of {} measured",
            plural(tasks.len() as u64, "pair"),
            plural(accelerators.len() as u64, "accelerator"),
            plural(all as u64, "combination")
        ),
        cards: vec![
            card("Combinations measured", measured, &format!("of {all}")),
            card("Holes", all - measured, "combinations without a measurement"),
        ],
        grids: if lines.is_empty() { Vec::new() } else { vec![grid] },
        ..ViewModel::default()
    };
    frame.finish(context, parts, rows, &[])
}

/// What the rows of a group have in a dimension that they share.
fn stated<'t>(table: &'t Table, key: &str, group: &Group) -> &'t str {
    let column = table.dimension(key);
    column.and_then(|column| column.text(*group.rows.first()?)).unwrap_or(UNSTATED)
}

/// The newest version of some measurements, how many versions there are, and in the tooltip all of them.
fn versions(table: &Table, rows: &[usize]) -> GridCell {
    let column = table.dimension("version");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(column.and_then(|column| column.text(*row)).unwrap_or_default()).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.order_by(|a, b| dimensions::compare("version", b.0, a.0));
    let named = counts.iter().filter(|(version, _)| !version.is_empty());
    let newest = named.clone().next().map_or("version not stated", |(version, _)| version);
    let name = |version: &str| if version.is_empty() { "version not stated" } else { version }.to_owned();
    let hint = counts.iter().map(|(version, count)| format!("{}: {}", name(version), plural(*count as u64, "measurement")));
    let text = match named.count() {
        0 | 1 => newest.to_owned(),
        several => format!("{newest} ({several} versions)"),
    };
    GridCell::text(text).hinted(hint.collect::<Vec<_>>().join("\n"))
}

/// What was not measured.
fn hole(hint: String) -> GridCell {
    GridCell { cell: Cell { text: "–".to_owned(), exact: String::new() }, hint, ..GridCell::default() }
}
