//! The runs behind the rows with links to other systems and logs, built from the deployment's
//! templates. Nothing is fetched here: links open in a new tab, logs in a dialog.

use std::collections::BTreeSet;

use crate::catalog::dimensions;
use crate::catalog::instant::milliseconds;
use crate::query::context::Context;
use crate::query::row_table;
use crate::runs::log;
use crate::table::Table;
use crate::view_model::{Column, Grid, GridCell};

/// Maximum number of runs listed.
const MAX_RUNS: usize = 200;
/// The dimensions that distinguish runs.
const RUN: &str = "run_id";
/// The dimensions that identify a run.
const IDENTITY: [&str; 5] = [RUN, "run", "model", "version", "accelerator"];
/// Column of log links.
const LOG: &str = "Log";

/// The runs of these rows, and notes; nothing if the deployment has no templates or the rows
/// no run ids.
pub(super) fn runs(context: &Context<'_>, rows: &[usize]) -> (Vec<Grid>, Vec<String>) {
    let (table, settings) = (context.table, context.settings);
    let Some(ids) = table.dimension(RUN) else { return (Vec::new(), Vec::new()) };
    if settings.links.is_empty() && settings.logs.template.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut seen = BTreeSet::new();
    let first: Vec<usize> = rows.iter().copied().filter(|row| ids.code(*row).is_some_and(|code| seen.insert(code))).collect();
    let linked: Vec<(usize, Vec<(String, String)>)> = first
        .iter()
        .take(MAX_RUNS)
        .map(|row| {
            let log = settings.log(ids.text(*row).unwrap_or_default()).map(|url| (LOG.to_owned(), log::link(&url)));
            (*row, settings.links_for(|name| value(table, name, *row)).into_iter().chain(log).collect())
        })
        .collect();
    let mut labels: Vec<&str> = Vec::new();
    for (label, _) in linked.iter().flat_map(|(_, links)| links) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    if labels.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let of = |key: &str| Column::text(key, dimensions::label(key));
    let known: Vec<&str> = IDENTITY.into_iter().filter(|key| row_table::present(table, &of(key), rows)).collect();
    let mut columns: Vec<Column> = known.iter().map(|key| of(key)).collect();
    columns.extend([Column::text("start_time", "Start (UTC)"), Column::text("end_time", "End (UTC)")]);
    columns.extend(labels.iter().map(|label| Column::text(label, label)));
    let line = |(row, links): &(usize, Vec<(String, String)>)| -> Vec<GridCell> {
        let text = |key: &str| table.dimension(key).and_then(|column| column.text(*row)).unwrap_or_default();
        let mut cells: Vec<GridCell> = known.iter().map(|key| GridCell::text(text(key))).collect();
        cells.extend(["start_time", "end_time"].map(|key| instant(text(key))));
        for label in &labels {
            let link = links.iter().find(|(other, _)| other == label).map(|(_, link)| link.as_str());
            cells.push(link.map_or_else(GridCell::default, |link| {
                let (text, url) = log::address(link).map_or(("open", link), |url| ("show", url));
                let mut cell = GridCell::text(text).linked(link).hinted(url);
                cell.cell.exact = url.to_owned();
                cell
            }));
        }
        cells
    };
    let grid = Grid {
        key: "runs".to_owned(),
        title: "Runs and links".to_owned(),
        note: "Links open in a new tab, logs on this page. Targets are not checked until you open them.".to_owned(),
        columns,
        rows: linked.iter().map(line).collect(),
        ..Grid::default()
    };
    let more = (first.len() > MAX_RUNS)
        .then(|| format!("Showing links of the first {MAX_RUNS} of {} runs. Filter to see the others.", first.len()));
    (vec![grid], more.into_iter().collect())
}

/// The value of a template's placeholder: `uuid`, `start_ms`, `end_ms`, or any dimension by its key.
fn value(table: &Table, name: &str, row: usize) -> Option<String> {
    let text = |key: &str| table.dimension(key).and_then(|column| column.text(row));
    match name {
        "uuid" => text(RUN).map(str::to_owned),
        "start_ms" => text("start_time").and_then(milliseconds).map(|at| at.to_string()),
        "end_ms" => text("end_time").and_then(milliseconds).map(|at| at.to_string()),
        _ => text(name).map(str::to_owned),
    }
}

/// Formats a timestamp to the second; other text is unchanged.
fn instant(text: &str) -> GridCell {
    let mut cell = GridCell::text(text);
    if let (Some(_), Some(shown)) = (milliseconds(text), text.get(..19)) {
        cell.cell.text = shown.replace('T', " ");
    }
    cell
}
