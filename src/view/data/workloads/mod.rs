//! Workloads: input and output lengths of data sets and runs, as histograms and percentiles.

mod distributions;
mod summary;

use std::collections::BTreeSet;

use self::distributions::Distributions;
use crate::analysis::histogram::BINS;
use crate::catalog::number;
use crate::query::context::{Context, Output};
use crate::query::frame::Frame;
use crate::query::groups::{self, Group};
use crate::query::lines;
use crate::record::{Kind, Stat};
use crate::sorting::Sorting;
use crate::state::{Axis, ViewState};
use crate::table::Table;
use crate::view::contract::{About, View};
use crate::view::tabs;
use crate::view_model::{Choice, Control, Empty, Entry, ViewModel};

/// Option: data sets (or runs) shown.
const DATASET: &str = "dataset";
/// Input or output.
const OF: &str = "of";
/// Number of bins.
const BINNED: &str = "bins";
/// Option: whether to include outliers.
const OUTLIERS: &str = "outliers";
/// Maximum number of data sets drawn.
const DRAWN: usize = 4;

/// Input and output: key in links, metric, label.
const LENGTHS: [(&str, &str, &str); 2] = [("input", "input_tokens", "Input"), ("output", "output_tokens", "Output")];

/// Token lengths.
pub(crate) static WORKLOADS: View = View {
    about: &About {
        id: "data/workloads",
        tab: &tabs::DATA,
        label: "Workloads",
        purpose: "Input and output lengths of data sets and runs",
        kind: None,
        accepted_kinds: &[Kind::Entry, Kind::Request, Kind::Measurement],
        ..About::MEASUREMENTS
    },
    show,
};

fn show(context: &mut Context<'_>, asked: &ViewState) -> Output {
    let table = context.table;
    let mut notes = Vec::new();
    // Ignore filters of other kinds of records, except the data set's, which may match by a similar name.
    let selection = asked.selection();
    let wanted = selection.get(DATASET).cloned().unwrap_or_default();
    let similar = if context.kind == Kind::Entry { similar(table, &wanted) } else { BTreeSet::new() };
    let ignored = selection.keys().map(String::as_str);
    let ignored: Vec<&str> =
        ignored.filter(|key| table.dimension(key).is_none() || (*key == DATASET && !similar.is_empty())).collect();
    let frame = Frame::new(context, asked, if table.rows() > 0 { &ignored } else { &[] });
    if !similar.is_empty() {
        let (wanted, similar): (Vec<_>, Vec<_>) = (wanted.into_iter().collect(), similar.iter().cloned().collect());
        notes.push(format!("Data set filter “{}” matched to “{}”.", wanted.join("”, “"), similar.join("”, “")));
    }
    let state = frame.state.clone();
    let by: Vec<&str> = match context.kind {
        Kind::Entry => [DATASET, "path"].into_iter().filter(|key| table.dimension(key).is_some()).collect(),
        _ => groups::configuration(table),
    };
    let groups = groups::group(table, &frame.rows, &by);
    if context.kind == Kind::Measurement {
        return summary::show(context, frame, &groups, notes);
    }
    let shown = chosen(table, &groups, &state, &similar, &mut notes);
    let styles = lines::styles(context, &by, &groups, &shown);
    let sides: Vec<_> =
        LENGTHS.into_iter().filter(|(key, ..)| state.options.get(OF).is_none_or(|of| of.iter().any(|of| of == key))).collect();
    let without = state.option(OUTLIERS) == Some("without");
    let bins = state.number(BINNED).map_or(BINS, |bins| (bins as usize).max(1));
    let kind = context.kind;
    let (mut distributions, mut points) = (Distributions::new(kind, bins, without), Vec::new());
    for (group, style) in shown.iter().zip(&styles) {
        for (_, metric, word) in &sides {
            points.extend(distributions.add(table, group, *style, (metric, word)));
        }
    }
    let grids = distributions::grids(&mut distributions);
    notes.append(&mut distributions.notes);
    let rows: Vec<usize> = shown.iter().flat_map(|group| group.rows.iter().copied()).collect();
    let names: Vec<&str> = shown.iter().map(|group| group.label.as_str()).collect();
    let sentence =
        format!("Token lengths of {}: {}", kind.count(distributions::applicable(table, &rows, "input")), names.join(", "));
    let empty = (distributions.panels.is_empty() && !frame.rows.is_empty()).then(|| Empty {
        reason: format!("The filtered {} have no token lengths.", kind.plural()),
        remedy: Some(("Show all data sets".to_owned(), {
            let mut all = state.clone();
            [DATASET, OF].into_iter().for_each(|key| all.set_option(key, Vec::new()));
            all
        })),
    });
    let parts = ViewModel {
        sentence,
        notes,
        controls: controls(table, kind, &groups, &shown, &state, bins, without),
        cards: distributions.cards,
        panels: distributions.panels,
        grids,
        empty,
        ..ViewModel::default()
    };
    let figures = LENGTHS.map(|(_, metric, _)| Axis::Figure { metric: metric.to_owned(), stat: Stat::Mean });
    let mut shown = frame.finish(context, parts, rows, &figures);
    shown.points = points;
    shown
}

/// Letters and digits in lower case: equal for `ShareGPT Vicuna` and `sharegpt-vicuna`.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Data sets with similar names, if none matches exactly: a run states `sharegpt`, a file of lengths is
/// called `sharegpt-vicuna`.
fn similar(table: &Table, wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let Some(column) = table.dimension(DATASET) else { return BTreeSet::new() };
    let names: Vec<&str> = (0..column.cardinality() as u32).map(|code| column.value(code)).collect();
    if wanted.iter().any(|wanted| names.contains(&wanted.as_str())) {
        return BTreeSet::new();
    }
    let wanted: Vec<String> = wanted.iter().map(|name| folded(name)).filter(|name| !name.is_empty()).collect();
    let like =
        |name: &str| wanted.iter().any(|wanted| !name.is_empty() && (name.contains(wanted.as_str()) || wanted.contains(name)));
    names.into_iter().filter(|name| like(&folded(name))).map(str::to_owned).collect()
}

/// Key of a group in links: the data set's name, or a run id.
fn name(table: &Table, kind: Kind, group: &Group) -> String {
    let dataset = table.dimension(DATASET).filter(|_| kind == Kind::Entry);
    let dataset = group.rows.first().and_then(|row| dataset?.text(*row));
    dataset.map_or_else(|| group.id.clone(), str::to_owned)
}

fn chosen<'a>(
    table: &Table,
    groups: &'a [Group],
    state: &ViewState,
    similar: &BTreeSet<String>,
    notes: &mut Vec<String>,
) -> Vec<&'a Group> {
    let named = |group: &Group, names: &dyn Fn(&String) -> bool| names(&name(table, Kind::Entry, group)) || names(&group.id);
    let mut shown: Vec<&Group> = match state.options.get(DATASET) {
        Some(asked) => groups.iter().filter(|group| named(group, &|name| asked.contains(name))).collect(),
        None if !similar.is_empty() => groups.iter().filter(|group| named(group, &|name| similar.contains(name))).collect(),
        None => groups.iter().collect(),
    };
    if shown.is_empty() && state.options.contains_key(DATASET) && !groups.is_empty() {
        notes.push("The selected data sets are outside the filters.".to_owned());
    }
    if shown.len() > DRAWN {
        notes.push(format!("Showing the {DRAWN} largest of {}. Select others to see them.", shown.len()));
        let mut sizes: Vec<usize> = (0..shown.len()).collect();
        sizes.order_by_key(|at| std::cmp::Reverse(shown[*at].rows.len()));
        sizes.truncate(DRAWN);
        sizes.order();
        shown = sizes.into_iter().map(|at| shown[at]).collect();
    }
    shown
}

fn controls(
    table: &Table,
    kind: Kind,
    groups: &[Group],
    shown: &[&Group],
    state: &ViewState,
    bins: usize,
    without: bool,
) -> Vec<Control> {
    let choice = |group: &Group| {
        Choice::new(
            &name(table, kind, group),
            &group.label,
            &number::short(distributions::applicable(table, &group.rows, "input") as f64),
        )
    };
    let mut datasets: Vec<Choice> = groups.iter().map(choice).collect();
    datasets.dedup_by(|a, b| a.value == b.value);
    let mut values: Vec<String> = shown.iter().map(|group| name(table, kind, group)).collect();
    values.dedup();
    vec![
        Control {
            key: DATASET.to_owned(),
            label: if kind == Kind::Entry { "Data sets" } else { "Runs" }.to_owned(),
            help: format!("Up to {DRAWN} to show"),
            values,
            entry: Entry::MultiSelect(datasets),
        },
        Control {
            key: OF.to_owned(),
            label: "Direction".to_owned(),
            help: "Inputs, outputs or both; select none for both".to_owned(),
            values: state.options.get(OF).cloned().unwrap_or_else(|| LENGTHS.map(|(key, ..)| key.to_owned()).to_vec()),
            entry: Entry::MultiSelect(LENGTHS.map(|(key, _, word)| Choice::new(key, &word.to_lowercase(), "")).to_vec()),
        },
        Control {
            key: BINNED.to_owned(),
            label: "Bins".to_owned(),
            help: "Number of equal-width bins".to_owned(),
            values: vec![bins.to_string()],
            entry: Entry::Number { unit: String::new() },
        },
        Control {
            key: OUTLIERS.to_owned(),
            label: "Outliers".to_owned(),
            help: "Excludes lengths above Q3 + 1.5 × (Q3 − Q1) from histograms and percentiles".to_owned(),
            values: vec![if without { "without" } else { "all" }.to_owned()],
            entry: Entry::Select(vec![
                Choice::new("all", "include", ""),
                Choice::new("without", "exclude", "above Q3 + 1.5 IQR"),
            ]),
        },
    ]
}
