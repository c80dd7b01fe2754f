//! Tables below the results: corrected units with reasons, doubtful results, and the data
//! sets behind the models.

use std::collections::{BTreeMap, BTreeSet};

use super::{Published, ResultSet};
use crate::catalog::{benchmarks, number};
use crate::record::Kind;
use crate::state::link::encode;
use crate::state::{Filters, Selection, ViewState};
use crate::view_model::{Column, Grid, GridCell, Tone};

/// All non-empty tables.
pub(super) fn of(set: &ResultSet<'_>, state: &ViewState) -> Vec<Grid> {
    let tables = [corrections(&set.results, state), doubts(&set.doubtful), datasets(&set.results, state)];
    tables.into_iter().flatten().collect()
}

/// Corrected units with reasons.
fn corrections(all: &[Published<'_>], state: &ViewState) -> Option<Grid> {
    let mut rows: BTreeMap<[&str; 5], Vec<&Published<'_>>> = BTreeMap::new();
    for result in all {
        if let (Some(printed), Some(reason)) = (result.printed_unit, result.correction) {
            rows.entry([result.round, result.model, printed, result.unit, reason]).or_default().push(result);
        }
    }
    let line = |([round, model, printed, unit, reason], results): (&[&str; 5], &Vec<&Published<'_>>)| {
        let mut target = state.clone();
        target.choose("round", BTreeSet::from([(*round).to_owned()]));
        target.choose("model", BTreeSet::from([(*model).to_owned()]));
        target.choose("printed_unit", BTreeSet::from([(*printed).to_owned()]));
        let scenarios: BTreeSet<&str> = results.iter().map(|result| result.scenario).collect();
        vec![
            GridCell::text(*model),
            GridCell::text(*round),
            GridCell::text(scenarios.into_iter().collect::<Vec<_>>().join(", ")),
            GridCell::figure(Some(results.len() as f64)).linked(encode(&target)).hinted("Show only these results"),
            GridCell::text(*printed),
            GridCell::text(*unit).toned(Tone::Doubt),
            GridCell::text(*reason),
        ]
    };
    let texts = |list: &[(&str, &str)]| list.iter().map(|(key, label)| Column::text(key, label)).collect::<Vec<_>>();
    let mut columns = texts(&[("model", "Model"), ("round", "Round"), ("scenarios", "Scenarios")]);
    columns.push(Column::figure("results", "Results", ""));
    columns.extend(texts(&[("printed", "Printed as"), ("unit", "Unit"), ("reason", "Reason")]));
    (!rows.is_empty()).then(|| Grid {
        key: "corrections".to_owned(),
        title: "Corrected units".to_owned(),
        note: "Values are as printed; only their units are corrected.".to_owned(),
        columns,
        rows: rows.iter().map(line).collect(),
        ..Grid::default()
    })
}

/// Doubtful results, whether or not shown above.
fn doubts(doubtful: &[Published<'_>]) -> Option<Grid> {
    let line = |result: &Published<'_>| {
        vec![
            GridCell::text(result.system).hinted(result.id),
            GridCell::text(result.organization),
            GridCell::text(result.hardware_counted()),
            GridCell::text(result.model),
            GridCell::text(result.scenario),
            GridCell::number(number::column(result.value), result.value).toned(Tone::Doubt),
            GridCell::text(result.unit),
            GridCell::text(result.doubt.unwrap_or_default()),
        ]
    };
    let text = |(key, label): (&str, &str)| Column::text(key, label);
    let before = [("system", "System"), ("organization", "Organization"), ("accelerator", "Accelerators"), ("model", "Model")];
    let mut columns: Vec<Column> = before.into_iter().chain([("scenario", "Scenario")]).map(text).collect();
    columns.push(Column::figure("result", "Result", ""));
    columns.extend([("unit", "Unit"), ("doubt", "Reason")].map(text));
    (!doubtful.is_empty()).then(|| Grid {
        key: "doubts".to_owned(),
        title: "Doubtful results".to_owned(),
        note: "More than 30× from the median of the same round, model, scenario and unit, per accelerator or node: probably a \
                   misprint, or hardware of another class"
            .to_owned(),
        columns,
        rows: doubtful.iter().map(line).collect(),
        ..Grid::default()
    })
}

/// The data sets of the models, with token lengths if known.
fn datasets(all: &[Published<'_>], state: &ViewState) -> Option<Grid> {
    let models: BTreeSet<&str> = all.iter().map(|result| result.model).collect();
    let line = |model: &str| {
        let known = benchmarks::lengths(model);
        let lengths = known.map(|known| {
            let mut target = state.clone();
            target.show_view("data/workloads");
            target.kind = Some(Kind::Entry);
            target.filters = Filters::Chosen(Selection::new());
            let source = format!("figures/lengths/{}.csv", known.table);
            if !target.sources.contains(&source) {
                target.sources.push(source);
            }
            let target = target.with_option("dataset", &[known.table]);
            GridCell::text("histograms and percentiles").linked(encode(&target)).hinted("Token lengths of inputs and outputs")
        });
        vec![
            GridCell::text(model),
            lengths.unwrap_or_else(|| GridCell::text("unknown")),
            GridCell::figure(known.map(|known| f64::from(known.prompts))),
            GridCell::text(known.map_or("", |known| known.note)),
        ]
    };
    models.iter().any(|model| benchmarks::lengths(model).is_some()).then(|| Grid {
        key: "datasets".to_owned(),
        title: "Data sets".to_owned(),
        note: "Token lengths of the prompts and responses.".to_owned(),
        columns: vec![
            Column::text("model", "Model"),
            Column::text("lengths", "Token lengths"),
            Column::figure("prompts", "Prompts", ""),
            Column::text("note", "Note"),
        ],
        rows: models.iter().map(|model| line(model)).collect(),
        ..Grid::default()
    })
}
